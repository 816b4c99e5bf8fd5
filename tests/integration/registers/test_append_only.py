"""What is written stays: the application's own connection cannot change or unwrite it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Level
from procure.kernel.money import Money
from procure.kernel.uploads import PDF
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.documents.models import DocumentAudience, DocumentKind
from procure.registers.documents.use_cases import file_content
from procure.registers.funds.use_cases import (
    RegisterBudgetLine,
    ShareDraft,
    register_budget_line,
)
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.use_cases import open_project
from procure.store.unit_of_work import UnitOfWork
from tests.factories.registers import pdf_file

Begin = Callable[[Actor], AbstractContextManager[UnitOfWork]]

KEPT = ("trail_event", "trail_body", "ledger_entry", "ledger_line", "notice", "document")
COLUMNS = {
    "trail_event": "header",
    "trail_body": "body",
    "ledger_entry": "memo",
    "ledger_line": "amount_fen",
    "notice": "title",
    "document": "sha256",
}
UPSERT = (
    "INSERT INTO ledger_line (entry_id, line, account_id, amount_fen)"
    " SELECT entry_id, line, account_id, amount_fen FROM ledger_line WHERE true"
    " ON CONFLICT (entry_id, line) DO UPDATE SET amount_fen = 1"
)
STATEMENTS = [
    *(f"UPDATE {table} SET {COLUMNS[table]} = {COLUMNS[table]}" for table in KEPT),
    *(f"DELETE FROM {table}" for table in KEPT),
    UPSERT,
    "UPDATE ledger_line SET amount_fen = 1 WHERE amount_fen > 0",
    "DELETE FROM trail_event WHERE seq = (SELECT max(seq) FROM trail_event)",
    "WITH gone AS (SELECT entry_id FROM ledger_line) DELETE FROM ledger_line"
    " WHERE entry_id IN (SELECT entry_id FROM gone)",
]
SQLITE_ONLY = [
    "REPLACE INTO ledger_line SELECT entry_id, line, account_id, 1 FROM ledger_line",
    "INSERT OR REPLACE INTO trail_event SELECT * FROM trail_event",
    "UPDATE OR IGNORE ledger_line SET amount_fen = 1",
    "UPDATE OR REPLACE trail_body SET body = ''",
    "DROP TRIGGER ledger_line_no_update",
    "DROP TRIGGER trail_event_no_delete",
    "DROP TRIGGER IF EXISTS ledger_line_guard",
    "DROP TABLE ledger_line",
    "DROP TABLE trail_event",
    "ALTER TABLE ledger_line RENAME TO elsewhere",
    "ALTER TABLE trail_body DROP COLUMN body",
]
POSTGRESQL_ONLY = [
    "TRUNCATE ledger_line CASCADE",
    "TRUNCATE trail_event CASCADE",
    "TRUNCATE notice",
    "TRUNCATE document",
    "WITH gone AS (DELETE FROM ledger_line RETURNING *) SELECT * FROM gone",
    "WITH new AS (UPDATE trail_body SET body = '' RETURNING *) SELECT * FROM new",
    "MERGE INTO ledger_line USING ledger_account a ON a.id = account_id WHEN MATCHED THEN DELETE",
]


@pytest.fixture
def filled(
    engine: Engine,
    session: Session,
    uow_as: Begin,
    buyer: Organisation,
    clerk: Actor,
    budget_officer: Actor,
) -> Session:
    """A session on a database in which every kept table has rows."""
    with uow_as(clerk) as uow:
        project = open_project(uow, title="社工站", buyer=buyer, budget_fen=100)
        publish_notice(
            uow,
            project=project,
            kind=NoticeKind.TENDER,
            title="采购公告",
            sections=[{"title": "项目", "rows": [["名称", "社工站"]]}],
            period_days_rule="T08",
        )
        file_content(
            uow,
            pdf_file(),
            "采购文件.pdf",
            PDF,
            project_id=project.id,
            subject_id=project.id,
            kind=DocumentKind.TENDER_DOCUMENT,
            title="采购文件",
            audience=DocumentAudience.PUBLIC,
        )
    with uow_as(budget_officer) as uow:
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
    return session


def _contents(session: Session) -> dict[str, list[tuple[object, ...]]]:
    found = {
        table: sorted(tuple(row) for row in session.execute(text(f"SELECT * FROM {table}")))
        for table in KEPT[:4]
    }
    session.rollback()
    return found


def _is_accepted(session: Session, statement: str) -> bool:
    try:
        session.execute(text(statement))
    except DBAPIError:
        return False
    finally:
        session.rollback()
    return True


def test_kept_tables_refuse_every_way_to_change_them(filled: Session) -> None:
    own = SQLITE_ONLY if filled.get_bind().dialect.name == "sqlite" else POSTGRESQL_ONLY
    before = _contents(filled)
    assert all(before.values())

    accepted = [one for one in [*STATEMENTS, *own] if _is_accepted(filled, one)]

    assert accepted == []
    assert _contents(filled) == before
    assert len(STATEMENTS) + len(own) >= 20


def test_connection_setting_that_switches_triggers_off_is_refused(
    filled: Session, engine: Engine
) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("on PostgreSQL only a superuser may set session_replication_role")
    before = _contents(filled)
    with engine.connect() as connection:
        for statement in (
            "PRAGMA recursive_triggers = OFF",
            "PRAGMA ignore_check_constraints = ON",
            "UPDATE ledger_line SET amount_fen = 2",
            "DELETE FROM trail_event",
        ):
            with pytest.raises(DBAPIError):
                connection.exec_driver_sql(statement)
        connection.rollback()

    assert _contents(filled) == before
