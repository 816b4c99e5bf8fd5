"""The database itself refuses to let the trail be rewritten."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from procure.kernel.access import SYSTEM_ACTOR
from procure.store import trail
from procure.store.base import WRITES, install
from tests.integration.store.test_trail import AT, happened

PROJECT = "a" * 32
LINK = {
    "stream": f"project:{PROJECT}", "prev": trail.GENESIS, "hash": "f" * 64, "header": "{}", "at": 1,
    "event": "X", "subject_id": "s", "actor_id": "a",
}  # fmt: skip
INSERT = (
    "INTO trail_event (stream, seq, prev, hash, header, at, event, subject_id, actor_id)"
    " VALUES (:stream, :seq, :prev, :hash, :header, :at, :event, :subject_id, :actor_id)"
)
STATEMENTS = [
    "UPDATE trail_event SET header = '{}'",
    "UPDATE trail_event SET seq = seq + 1",
    "UPDATE trail_body SET body = '{}'",
    "DELETE FROM trail_event",
    "DELETE FROM trail_body",
    "DELETE FROM trail_event WHERE seq = 2",
    "UPDATE ledger_line SET amount_fen = 1",
    "DELETE FROM ledger_entry",
    "UPDATE treasury_payment SET amount_fen = 1",
    "DELETE FROM treasury_payment",
    "UPDATE document SET sha256 = ''",
    "DELETE FROM notice",
    "DROP TABLE trail_event",
    "DROP TABLE ledger_line",
    "ALTER TABLE trail_event RENAME TO old",
]
EMBEDDED = [
    f"INSERT OR REPLACE {INSERT}",
    "DROP TRIGGER trail_event_link",
    "DROP TRIGGER trail_event_no_update",
    "UPDATE sqlite_master SET sql = '' WHERE name = 'trail_event'",
]
SERVER = [
    f"INSERT {INSERT} ON CONFLICT (stream, seq) DO UPDATE SET header = 'x'",
    "TRUNCATE trail_event CASCADE",
    "TRUNCATE ledger_line",
]
OWNERS_ONLY = ("DROP TABLE", "ALTER TABLE")


@pytest.fixture
def session(database_url: str) -> Session:
    """A chain of three, through the application's own kind of connection."""
    engine = create_engine(database_url)
    install(engine)
    with Session(engine) as opened:
        opened.connection(execution_options={WRITES: True})
        trail.append(opened, [happened(PROJECT, n) for n in range(3)], SYSTEM_ACTOR, AT)
        opened.commit()
        yield opened
    engine.dispose()


def test_rewriting_statements_change_nothing(session: Session) -> None:
    embedded = session.get_bind().dialect.name == "sqlite"
    tried = [*STATEMENTS, *(EMBEDDED if embedded else SERVER)]
    if not embedded:
        # The test's account owns the tables; production refuses to start with such an account.
        tried = [words for words in tried if not words.startswith(OWNERS_ONLY)]
    before = session.execute(text("SELECT count(*), max(header) FROM trail_event")).one()
    session.rollback()
    for words in tried:
        session.connection(execution_options={WRITES: True})
        try:
            changed = session.execute(text(words), {**LINK, "seq": 2}).rowcount
        except SQLAlchemyError:
            changed = 0
        assert changed <= 0, words
        session.rollback()
        assert (
            session.execute(text("SELECT count(*), max(header) FROM trail_event")).one() == before
        )
        session.rollback()
    assert trail.fsck(session) == []


@pytest.mark.parametrize(
    ("seq", "prev", "what"),
    [
        (5, "own", "sequence broken"),
        (4, "0" * 64, "chain broken"),
        (1, "0" * 64, "sequence broken"),
    ],
)
def test_insert_out_of_order_or_off_the_chain_refused(
    session: Session, seq: int, prev: str, what: str
) -> None:
    stream = f"project:{PROJECT}"
    head = trail.heads(session)[stream][1]
    session.rollback()
    session.connection(execution_options={WRITES: True})
    values = {**LINK, "seq": seq, "prev": head if prev == "own" else prev}

    with pytest.raises(DBAPIError, match=what):
        session.execute(text(f"INSERT {INSERT}"), values)
    session.rollback()


def test_two_appends_of_one_moment_follow_each_other(session: Session) -> None:
    session.connection(execution_options={WRITES: True})
    trail.append(session, [happened(PROJECT, 7)], SYSTEM_ACTOR, AT)
    trail.append(session, [happened(PROJECT, 8)], SYSTEM_ACTOR, AT)
    session.commit()

    assert trail.heads(session)[f"project:{PROJECT}"][0] == 5
    assert trail.fsck(session) == []
