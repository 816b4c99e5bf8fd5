"""Every kept table has all its guards, on both databases, and no statement finds a way round."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, UniqueConstraint, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from procure.kernel.access import SYSTEM_ACTOR
from procure.store import guards, trail
from procure.store.base import WRITES, AppendOnly, Base, install, rights_by_table, tables_marked
from procure.store.safety import unsafe_settings
from tests.integration.store.test_trail import AT, happened

PROJECT = "a" * 32
STREAM = f"project:{PROJECT}"
KEPT = {
    "trail_event",
    "trail_body",
    "ledger_account",
    "ledger_entry",
    "ledger_line",
    "paper_order",
    "treasury_payment",
    "payment_check",
    "milestone_excuse",
    "evaluation_charge",
    "evaluation_declaration",
    "bid_receipt_paper",
    "opening_objections",
    "candidate_passed",
    "acceptance_application",
    "acceptance_result",
    "acceptance_signature",
    "bid_version",
    "opened_bid",
    "notice",
    "document",
    "installation",
}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A chain of three, and the application's own kind of connection."""
    made = create_engine(database_url)
    install(made)
    with Session(made) as session:
        session.connection(execution_options={WRITES: True})
        trail.append(session, [happened(PROJECT, n) for n in range(3)], SYSTEM_ACTOR, AT)
        session.commit()
    yield made
    made.dispose()


def test_mark_append_only_names_everything_that_is_written_once() -> None:
    assert tables_marked(AppendOnly) == KEPT


def test_triggers_of_the_database_are_exactly_those_listed(engine: Engine) -> None:
    with engine.connect() as connection:
        assert guards.standing(connection) == guards.expected(engine.dialect.name)
        assert guards.missing(connection) == []


def test_kept_tables_refuse_by_trigger_each_way_to_change_them(engine: Engine) -> None:
    """Asked of the database's own catalogue, not of the names."""
    ways = (
        ("UPDATE", "DELETE")
        if engine.dialect.name == "sqlite"
        else ("UPDATE", "DELETE", "TRUNCATE")
    )
    with engine.connect() as connection:
        for table in sorted(KEPT | {"trail_head"}):
            assert _refused_by_trigger(connection, table) >= set(ways), table
        if engine.dialect.name == "postgresql":
            for table in ("score", "panel_member", "role_grant"):
                assert "TRUNCATE" in _refused_by_trigger(connection, table), table


def _refused_by_trigger(connection, table: str) -> set[str]:
    if connection.dialect.name == "sqlite":
        query = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
        said = connection.execute(text(query), {"table": table}).scalars().all()
        return {words.split()[4] for words in said if words.split()[3] == "BEFORE"}
    query = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = CAST(:table AS regclass)"
    said = connection.execute(text(query), {"table": table}).scalars().all()
    return {
        way
        for words in said
        for way in ("UPDATE", "DELETE", "TRUNCATE")
        if way in words.split(" ON ")[0].split()
    }


def test_switched_off_trigger_is_named(engine: Engine, database_url: str) -> None:
    owner = create_engine(database_url)
    install(owner, guarded=False)
    embedded = engine.dialect.name == "sqlite"
    name = "document_no_delete" if embedded else "document_append_only"
    with owner.begin() as connection:
        connection.execute(
            text(
                f"DROP TRIGGER {name}"
                if embedded
                else f"ALTER TABLE document DISABLE TRIGGER {name}"
            )
        )
        assert guards.missing(connection) == [name]
    owner.dispose()


def test_trigger_of_the_same_name_on_another_table_is_no_guard(
    engine: Engine, database_url: str
) -> None:
    owner = create_engine(database_url)
    install(owner, guarded=False)
    with owner.begin() as connection:
        if engine.dialect.name == "sqlite":
            name, body = "document_no_delete", "BEGIN SELECT 1; END"
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            name, body = "document_append_only", "FOR EACH ROW EXECUTE FUNCTION append_only()"
            connection.exec_driver_sql(f"DROP TRIGGER {name} ON document")
        connection.exec_driver_sql(f"CREATE TRIGGER {name} BEFORE DELETE ON login_attempt {body}")
        assert guards.missing(connection) == [name]
    owner.dispose()


HEAD_MOVES = [
    "UPDATE trail_head SET seq = 2",
    "UPDATE trail_head SET seq = seq + 1",
    f"UPDATE trail_head SET seq = 0, hash = '{trail.GENESIS}'",
    f"UPDATE trail_head SET hash = '{'f' * 64}'",
    "UPDATE trail_head SET stream = 'project:other'",
    "DELETE FROM trail_head",
    f"INSERT INTO trail_head (stream, seq, hash) VALUES ('project:new', 4, '{'f' * 64}')",
    f"INSERT INTO trail_head (stream, seq, hash) VALUES ('{STREAM}', 0, '{trail.GENESIS}')"
    " ON CONFLICT (stream) DO UPDATE SET seq = 0",
]
EMBEDDED_HEAD_MOVES = [
    f"REPLACE INTO trail_head (stream, seq, hash) VALUES ('{STREAM}', 0, '{trail.GENESIS}')",
    "REPLACE INTO trail_head (rowid, stream, seq, hash)"
    f" SELECT rowid, 'project:new', 0, '{trail.GENESIS}' FROM trail_head",
]


@pytest.mark.parametrize("guarded", [True, False])
def test_head_is_moved_by_the_append_alone(
    engine: Engine, database_url: str, guarded: bool
) -> None:
    """Refused by the triggers too, for a connection that has no other guard."""
    tried = create_engine(database_url)
    install(tried, guarded=guarded)
    own = EMBEDDED_HEAD_MOVES if engine.dialect.name == "sqlite" else ["TRUNCATE trail_head"]
    query = text("SELECT * FROM trail_head ORDER BY stream")
    with tried.connect() as connection:
        if not guarded and engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA recursive_triggers = OFF")
        before = connection.execute(query).all()
        connection.rollback()
        for words in [*HEAD_MOVES, *own]:
            with pytest.raises(DBAPIError):
                connection.execute(text(words))
            connection.rollback()
            assert connection.execute(query).all() == before, words
            connection.rollback()
    tried.dispose()


def test_append_moves_the_head_of_an_opened_and_of_an_unopened_stream(engine: Engine) -> None:
    with Session(engine) as session:
        session.connection(execution_options={WRITES: True})
        trail.append(session, [happened(PROJECT, 4)], SYSTEM_ACTOR, AT)
        trail.append(session, [happened("b" * 32, 0)], SYSTEM_ACTOR, AT)
        session.commit()
        heads = trail.heads(session, [STREAM, f"project:{'b' * 32}"])
        assert [heads[name][0] for name in sorted(heads)] == [4, 1]
        assert trail.fsck(session) == []


UNOPENED = {
    "stream": "project:direct", "seq": 1, "prev": trail.GENESIS, "hash": "e" * 64, "header": "{}",
    "at": 1, "event": "X", "subject_id": "s", "actor_id": "a",
}  # fmt: skip


def test_link_written_past_the_program_moves_the_head_too(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(
            text(
                f"INSERT INTO trail_event ({', '.join(UNOPENED)})"
                f" VALUES ({', '.join(f':{name}' for name in UNOPENED)})"
            ),
            UNOPENED,
        )
        head = connection.execute(
            text("SELECT seq, hash FROM trail_head WHERE stream = 'project:direct'")
        ).one()
        connection.rollback()
    assert tuple(head) == (1, "e" * 64)


DENIED = [
    "ATTACH DATABASE ':memory:' AS other",
    "PRAGMA recursive_triggers = OFF",
    "PRAGMA recursive_triggers(0)",
    "PRAGMA main.recursive_triggers = 0",
    "PRAGMA Writable_Schema = ON",
    "PRAGMA ignore_check_constraints = ON",
    "PRAGMA foreign_keys = OFF",
    "PRAGMA journal_mode = OFF",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA synchronous = OFF",
    "PRAGMA trusted_schema = ON",
    "PRAGMA schema_version = 1",
    "PRAGMA secure_delete = OFF",
    "DROP TRIGGER trail_event_link",
    "DROP TRIGGER IF EXISTS score_frozen_update",
    "CREATE TRIGGER mine AFTER INSERT ON document BEGIN SELECT 1; END",
    "CREATE TEMP TRIGGER mine AFTER INSERT ON main.document BEGIN SELECT 1; END",
    "CREATE TEMP TABLE ledger_account (id TEXT)",
    "CREATE VIEW mine AS SELECT 1",
    "CREATE TABLE mine (id TEXT)",
    "DROP INDEX ix_ledger_line_account",
    "DROP TABLE organisation",
    "ALTER TABLE organisation RENAME TO elsewhere",
    "VACUUM INTO 'copy.db'",
    *(f"DELETE FROM {table}" for table in sorted(KEPT)),
    "DELETE FROM role_grant",
    "DELETE FROM project",
    "UPDATE trail_head SET seq = 0",
]


@pytest.fixture
def embedded(sqlite_database: str) -> Iterator[Engine]:
    """The application's own kind of connection to SQLite."""
    made = create_engine(sqlite_database)
    install(made)
    yield made
    made.dispose()


def test_connection_of_the_application_prepares_no_way_round(embedded: Engine) -> None:
    driver = embedded.raw_connection().driver_connection
    prepared = [words for words in DENIED if not _is_denied(driver, words)]
    assert prepared == []


def _is_denied(driver: Any, words: str) -> bool:
    try:
        driver.execute(words)
    except driver.DatabaseError as refusal:
        return re.search("not authorized|authorization denied", str(refusal)) is not None
    return False


def test_connection_of_the_application_may_do_what_the_models_say(embedded: Engine) -> None:
    """So that what a test on SQLite walks through, the account on PostgreSQL may do as well."""
    driver = embedded.raw_connection().driver_connection
    for table, rights in rights_by_table().items():
        column = list(Base.metadata.tables[table].columns)[0].name
        for right, words in (
            ("SELECT", f"SELECT * FROM {table}"),
            ("INSERT", f"INSERT INTO {table} ({column}) VALUES (NULL)"),
            ("UPDATE", f"UPDATE {table} SET {column} = {column}"),
            ("DELETE", f"DELETE FROM {table}"),
        ):
            try:
                driver.execute(f"EXPLAIN {words}").close()
                is_allowed = True
            except driver.DatabaseError as refusal:
                assert "not authorized" in str(refusal), words
                is_allowed = False
            assert is_allowed == (right in rights), words


def test_connection_of_the_application_still_answers_what_is_asked(embedded: Engine) -> None:
    with embedded.connect() as connection:
        assert "trail_event" in inspect(connection).get_table_names()
        assert inspect(connection).get_unique_constraints("notice")
        assert connection.exec_driver_sql("PRAGMA recursive_triggers").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def _unique_keys() -> list[tuple[str, tuple[str, ...]]]:
    keys = []
    for name in sorted(KEPT):
        table = Base.metadata.tables[name]
        keys.append((name, tuple(column.name for column in table.primary_key)))
        keys += [
            (name, tuple(column.name for column in constraint.columns))
            for constraint in table.constraints
            if isinstance(constraint, UniqueConstraint)
        ]
        keys += [
            (name, tuple(column.name for column in index.columns))
            for index in table.indexes
            if index.unique
        ]
        keys.append((name, ("rowid",)))
    return keys


def test_replace_finds_no_unique_key_unguarded(sqlite_database: str) -> None:
    """Even on a connection that never heard of recursive triggers, which REPLACE slips past."""
    bare = create_engine(sqlite_database)
    keys = _unique_keys()
    assert len(keys) > 20
    with bare.connect() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        for _, name in guards.standing(connection):
            moves_chain = name in ("trail_event_link", "trail_event_head")
            if not moves_chain and not name.endswith("_no_replace"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.commit()
        for table, key in keys:
            columns = [column.name for column in Base.metadata.tables[table].columns]
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            first = {name: _filler(table, name, 8) for name in columns}
            other = {name: _filler(table, name, 9) for name in columns}
            if table == "trail_event":
                first |= {"seq": 1, "prev": trail.GENESIS}
                other |= {"seq": 1, "prev": trail.GENESIS}
            if key == ("rowid",):
                first["rowid"] = 100_077
            other |= {name: first[name] for name in key}
            _write(connection, "INSERT", table, first)
            with pytest.raises(IntegrityError):
                _write(connection, "REPLACE", table, other)
            connection.rollback()
    bare.dispose()


def _filler(table: str, column: str, number: int) -> object:
    kind = Base.metadata.tables[table].columns[column].type.python_type
    return (
        number if kind in (int, bool) or column.endswith("_at") or column == "at" else str(number)
    )


def _write(connection, verb: str, table: str, row: dict[str, object]) -> None:
    marks = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"{verb} INTO {table} ({', '.join(row)}) VALUES ({marks})"), row)


def test_embedded_database_that_was_not_told_how_to_keep_things_is_unsafe(
    sqlite_database: str,
) -> None:
    told, untold = create_engine(sqlite_database), create_engine(sqlite_database)
    install(told)
    with untold.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = DELETE")

    problems = unsafe_settings(untold)

    assert unsafe_settings(told) == []
    lax = ("journal_mode", "foreign_keys", "recursive_triggers", "busy_timeout")
    assert [
        name for name in lax if not any(f"SQLite 的 {name} 应为" in one for one in problems)
    ] == []
    for engine in (told, untold):
        engine.dispose()
