"""The application's PostgreSQL account: exactly what the program needs, or the site stays down."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from psycopg import errors
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.orm import Session

from procure import wiring
from procure.app import create_app
from procure.cli.main import main
from procure.config import Mode, UnsafeConfiguration
from procure.kernel.access import SYSTEM_ACTOR, Level, OrganisationKind, Role
from procure.kernel.clock import FixedClock
from procure.kernel.money import Money
from procure.registers.accounts.models import Organisation
from procure.registers.funds.use_cases import RegisterBudgetLine, ShareDraft, register_budget_line
from procure.registers.installation.belonging import claim
from procure.store import grants, migrate, safety, trail
from procure.store.base import AppendOnly, Base, db, tables_marked
from procure.store.unit_of_work import UnitOfWork
from tests import postgres
from tests.factories.registers import actor_of
from tests.postgres import APPLICATION
from tests.world import START, as_application, config_for, grant_application

OWNER = "procure_owner"


@pytest.fixture(scope="module")
def safe_server() -> Iterator[postgres.Server]:
    """A server that production would take."""
    with postgres.server(safe=True) as server:
        yield server


@pytest.fixture(scope="module")
def owners(safe_server: postgres.Server) -> str:
    """The address of a new database for its owner, an ordinary account."""
    with psycopg.connect(safe_server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {OWNER} LOGIN")
        connection.execute(f"CREATE DATABASE house OWNER {OWNER} TEMPLATE template0")
    return safe_server.dsn("house", role=OWNER)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the keys and files that the database belongs to."""
    return tmp_path_factory.mktemp("house")


@pytest.fixture(scope="module")
def house(owners: str, safe_server: postgres.Server, keys: Path) -> str:
    """The administrator's address of the database; the account has moved money in it."""
    migrate.upgrade(owners)
    grant_application(owners)
    url = safe_server.dsn("house")
    clock = FixedClock(START)
    engine = create_engine(as_application(url))
    with Session(engine) as session:
        claim(session, config_for(url, keys, Mode.PRODUCTION), clock, wiring.WRAPPED)
        with UnitOfWork(session, SYSTEM_ACTOR, clock, technical=True) as uow:
            buyer = Organisation(
                name="斗门区民政局",
                kind=OrganisationKind.CIVIL_AFFAIRS_BUREAU,
                level=Level.DISTRICT,
                number_prefix="DMMZ",
            )
            finance = Organisation(
                name="斗门区财政局", kind=OrganisationKind.FINANCE, level=Level.DISTRICT
            )
            uow.session.add_all([buyer, finance])
        with UnitOfWork(session, actor_of(finance, Role.BUDGET_OFFICER), clock) as uow:
            register_budget_line(
                uow,
                RegisterBudgetLine(
                    buyer_id=buyer.id,
                    year=2026,
                    code="A0001",
                    name="社工站",
                    function_code="2080208",
                    economic_code="30227",
                    fund_source="公益金",
                    amount=Money(100),
                    shares=(ShareDraft(Level.DISTRICT, 1),),
                ),
            )
        assert trail.fsck(session) == []
        assert trail.heads(session)
    engine.dispose()
    return url


@pytest.fixture
def administrator(house: str) -> Iterator[Connection]:
    """The database's administrator; what they grant ends with the test."""
    engine: Engine = create_engine(house)
    with engine.connect() as connection:
        yield connection
        connection.rollback()
    engine.dispose()


@contextmanager
def started(url: str, folder: Path) -> Iterator[Flask]:
    """Start the application as production does, and let go of it again."""
    config = replace(config_for(url, folder, Mode.PRODUCTION), testing=False)
    app = create_app(config)
    yield app
    with app.app_context():
        db.engine.dispose()


def test_account_with_the_grants_starts_in_production(house: str, keys: Path) -> None:
    with started(as_application(house), keys) as app:
        assert "登录" in app.test_client().get("/login", base_url="https://localhost").text


def test_superuser_does_not_start_in_production(house: str, keys: Path) -> None:
    with pytest.raises(UnsafeConfiguration, match="超级用户"), started(house, keys):
        pass


@pytest.mark.usefixtures("house")
def test_owner_does_not_start_in_production(owners: str, keys: Path) -> None:
    with pytest.raises(UnsafeConfiguration, match=f"就是所有者 {OWNER}"), started(owners, keys):
        pass


def test_account_without_any_grant_is_told_to_be_granted(
    house: str, safe_server: postgres.Server, keys: Path
) -> None:
    with psycopg.connect(house, autocommit=True) as connection:
        connection.execute("CREATE ROLE newcomer LOGIN")
    url = safe_server.dsn("house", role="newcomer")
    with pytest.raises(UnsafeConfiguration, match="procure db grants"), started(url, keys):
        pass


WEAKENED = {
    f"ALTER ROLE {APPLICATION} SUPERUSER": "SUPERUSER",
    f"ALTER ROLE {APPLICATION} BYPASSRLS": "BYPASSRLS",
    f"ALTER ROLE {APPLICATION} REPLICATION": "REPLICATION",
    f"ALTER ROLE {APPLICATION} CREATEROLE": "CREATEROLE",
    f"GRANT postgres TO {APPLICATION}": "通过账号 postgres",
    f"CREATE ROLE between; GRANT postgres TO between; GRANT between TO {APPLICATION}": "通过账号 postgres",
    f"CREATE ROLE plain; ALTER TABLE document OWNER TO plain; GRANT plain TO {APPLICATION}": "所有者 plain",
    f"CREATE ROLE plain; ALTER FUNCTION append_only() OWNER TO plain; GRANT plain TO {APPLICATION}": "所有者 plain",
    f"ALTER DATABASE house OWNER TO {APPLICATION}": "所有者",
    f"GRANT pg_write_all_data TO {APPLICATION}": "pg_write_all_data",
    f"GRANT pg_execute_server_program TO {APPLICATION}": "pg_execute_server_program",
    f"GRANT UPDATE ON ledger_line TO {APPLICATION}": "ledger_line 上有程序用不到的 UPDATE",
    f"GRANT UPDATE (memo) ON ledger_entry TO {APPLICATION}": "ledger_entry 上有程序用不到的 UPDATE",
    f"GRANT UPDATE (seq) ON trail_head TO {APPLICATION}": "trail_head 上有程序用不到的 UPDATE",
    "GRANT DELETE ON trail_event TO PUBLIC": "trail_event 上有程序用不到的 DELETE",
    f"GRANT TRUNCATE ON score TO {APPLICATION}": "score 上有程序用不到的 TRUNCATE",
    f"GRANT TRIGGER ON document TO {APPLICATION}": "document 上有程序用不到的 TRIGGER",
    f"GRANT UPDATE ON alembic_version TO {APPLICATION}": "alembic_version 上有程序用不到的 UPDATE",
    f"REVOKE SELECT ON alembic_version FROM {APPLICATION}": "alembic_version 上缺少 SELECT",
    f"CREATE TABLE left_over (id text); GRANT SELECT ON left_over TO {APPLICATION}": "left_over 上有程序用不到的 SELECT",
    "CREATE TABLE left_over (id text); GRANT INSERT ON left_over TO PUBLIC": "left_over 上有程序用不到的 INSERT",
    f"CREATE ROLE plain NOINHERIT; GRANT DELETE ON notice TO plain; GRANT plain TO {APPLICATION}": "notice 上有程序用不到的 DELETE",
    f"GRANT SET ON PARAMETER session_replication_role TO {APPLICATION}": "session_replication_role",
    f"GRANT CREATE ON SCHEMA public TO {APPLICATION}": "CREATE",
    f"REVOKE INSERT ON trail_event FROM {APPLICATION}": "缺少 INSERT",
    f"REVOKE UPDATE ON trail_head FROM {APPLICATION}": "缺少 UPDATE",
    f"REVOKE ALL ON SEQUENCE search_entry_position_seq FROM {APPLICATION}": "search_entry_position_seq",
}  # fmt: skip


@pytest.mark.parametrize(("statement", "said"), WEAKENED.items(), ids=list(WEAKENED))
def test_account_that_may_do_more_or_less_is_named(
    administrator: Connection, statement: str, said: str
) -> None:
    assert grants.problems(administrator, APPLICATION) == []
    for each in statement.split("; "):
        administrator.exec_driver_sql(each)

    found = grants.problems(administrator, APPLICATION)

    assert any(said in sentence for sentence in found), found
    assert all("请由" in sentence or "请把" in sentence for sentence in found)


def test_grants_run_again_take_back_what_was_added(administrator: Connection) -> None:
    administrator.exec_driver_sql(
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {APPLICATION}, PUBLIC"
    )
    assert grants.problems(administrator, APPLICATION) != []

    for statement in grants.grants(administrator, APPLICATION):
        administrator.exec_driver_sql(statement)

    assert grants.problems(administrator, APPLICATION) == []


def test_unsafe_server_settings_are_each_named(postgres_database: str) -> None:
    careless = create_engine(as_application(postgres_database))
    found = safety.unsafe_settings(careless)
    careless.dispose()

    wanted = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")
    assert [name for sentence in found for name in wanted if f"的 {name} 应为" in sentence] == [
        *wanted
    ]
    assert len(found) == len(wanted)
    assert all("请" in sentence for sentence in found)


def test_settings_of_the_session_are_named_too(administrator: Connection) -> None:
    assert list(safety.of_server(administrator)) == []
    administrator.exec_driver_sql("SET session_replication_role = replica")
    administrator.exec_driver_sql("SET synchronous_commit = local")

    found = list(safety.of_server(administrator))

    assert ["synchronous_commit 应为 on，现在是 local" in sentence for sentence in found] == [
        True,
        False,
    ]
    assert "session_replication_role 应为 origin，现在是 replica" in found[1]


def kept_and_head() -> list[str]:
    return sorted({*tables_marked(AppendOnly), "trail_head"})


REWRITES = [
    words.format(table=table, column=list(Base.metadata.tables[table].columns)[-1].name)
    for table in kept_and_head()
    for words in (
        "UPDATE {table} SET {column} = {column}",
        "DELETE FROM {table}",
        "TRUNCATE {table} CASCADE",
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "DROP TABLE {table} CASCADE",
        "CREATE TRIGGER mine BEFORE INSERT ON {table} EXECUTE FUNCTION append_only()",
    )
]
WAYS_ROUND = [
    "SET session_replication_role = replica",
    "SET SESSION AUTHORIZATION postgres",
    "SET ROLE postgres",
    "ALTER FUNCTION append_only() RENAME TO gone",
    "CREATE OR REPLACE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CREATE TABLE mine (id text)",
    "CREATE TEMPORARY TABLE ledger_account (id text, guarded boolean)",
    "TRUNCATE score",
    "ALTER TABLE score DISABLE TRIGGER score_frozen",
    "COPY trail_event TO PROGRAM 'cat'",
    "ALTER SYSTEM SET fsync = off",
    "DROP TRIGGER trail_event_link ON trail_event",
]


def test_account_is_refused_every_way_to_rewrite(house: str) -> None:
    with psycopg.connect(as_application(house), autocommit=True) as connection:
        carried_out = [one for one in (*REWRITES, *WAYS_ROUND) if not _is_refused(connection, one)]
    assert carried_out == []


def _is_refused(connection: "psycopg.Connection[tuple[object, ...]]", statement: str) -> bool:
    try:
        connection.execute(statement)
    except errors.InsufficientPrivilege:
        return True
    return False


def test_temporary_tables_deceive_no_guard(house: str, administrator: Connection) -> None:
    """Even an account that may make temporary tables: guards look where the owner put things."""
    administrator.exec_driver_sql(f"GRANT TEMPORARY ON DATABASE house TO {APPLICATION}")
    administrator.commit()
    try:
        with psycopg.connect(as_application(house)) as connection:
            purse = connection.execute("SELECT id FROM ledger_account WHERE guarded").fetchone()[0]
            connection.execute(
                "CREATE TEMPORARY TABLE ledger_account AS"
                " SELECT id, false AS guarded FROM public.ledger_account"
            )
            with pytest.raises(errors.CheckViolation, match="overdrawn"), connection.transaction():
                connection.execute(
                    "INSERT INTO ledger_line (entry_id, line, account_id, amount_fen)"
                    " VALUES ('x', 1, %s, -1000000)",
                    (purse,),
                )
            connection.execute(
                "CREATE TEMPORARY TABLE fake (stream text, seq bigint, prev text, hash text)"
            )
            with pytest.raises(errors.InsufficientPrivilege, match="trail_event_link"):
                connection.execute(
                    "CREATE TRIGGER mine BEFORE INSERT ON fake"
                    " FOR EACH ROW EXECUTE FUNCTION trail_event_link()"
                )
            connection.rollback()
    finally:
        administrator.exec_driver_sql(f"REVOKE TEMPORARY ON DATABASE house FROM {APPLICATION}")
        administrator.commit()


@pytest.fixture
def command(house: str, owners: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line in the owner's hands."""
    monkeypatch.setenv("PROCURE_MODE", "demo")
    monkeypatch.setenv("PROCURE_DATABASE_URL", owners)
    monkeypatch.setenv("PROCURE_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PROCURE_SECRET_DIR", str(tmp_path / "secrets"))


@pytest.mark.usefixtures("command")
def test_grants_command_prints_what_it_would_run(
    capsys: pytest.CaptureFixture[str], administrator: Connection
) -> None:
    assert main(["db", "grants", "--role", APPLICATION]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert f"GRANT SELECT, INSERT ON public.trail_event TO {APPLICATION};" in lines
    assert f"GRANT SELECT, INSERT, UPDATE (stream) ON public.trail_head TO {APPLICATION};" in lines
    assert f"GRANT SELECT, INSERT, UPDATE, DELETE ON public.web_session TO {APPLICATION};" in lines
    assert [line.removesuffix(";") for line in lines] == grants.grants(administrator, APPLICATION)


@pytest.mark.usefixtures("command")
def test_grants_command_applied_lets_a_new_account_start(
    house: str, safe_server: postgres.Server, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(house, autocommit=True) as connection:
        connection.execute('CREATE ROLE "another account" LOGIN')

    assert main(["db", "grants", "--role", "another account", "--apply"]) == 0
    assert "已授权" in capsys.readouterr().err
    with started(safe_server.dsn("house", role="another%20account"), keys):
        pass


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize(
    ("role", "said"), [("nobody_here", "CREATE ROLE nobody_here"), (OWNER, "不能给自己授权")]
)
def test_grants_command_refuses_a_wrong_account(
    role: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["db", "grants", "--role", role, "--apply"]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("command")
def test_grants_command_tells_what_it_cannot_take_back(
    house: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(house, autocommit=True) as connection:
        connection.execute("CREATE ROLE strong LOGIN CREATEROLE")

    assert main(["db", "grants", "--role", "strong", "--apply"]) == 1
    assert "CREATEROLE" in capsys.readouterr().err


@pytest.mark.usefixtures("command")
def test_check_command_finds_the_schema_and_the_guards_as_they_should_be(
    house: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["db", "check"]) == 0
    with psycopg.connect(house, autocommit=True) as connection:
        connection.execute("ALTER TABLE score DISABLE TRIGGER score_frozen")
        try:
            assert main(["db", "check"]) == 1
        finally:
            connection.execute("ALTER TABLE score ENABLE TRIGGER score_frozen")
    assert "缺少保护触发器 score_frozen，或它被停用" in capsys.readouterr().out


def test_grants_command_on_sqlite_says_there_are_no_accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROCURE_DATABASE_URL", f"sqlite:///{tmp_path / 'procure.db'}")
    monkeypatch.setenv("PROCURE_SECRET_DIR", str(tmp_path / "secrets"))

    assert main(["db", "grants", "--role", "x"]) == 1
    assert "SQLite 没有账号" in capsys.readouterr().err


def test_newest_revision_is_read_by_the_account(house: str) -> None:
    engine = create_engine(as_application(house))
    assert migrate.current(engine) == migrate.newest()
    engine.dispose()
