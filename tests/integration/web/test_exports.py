"""Every list as a file: what it holds, who is noted as its taker, and what is refused."""

import csv
import hashlib
import io
import re
from datetime import date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from procure.kernel.lifecycle import ContractState
from procure.registers.funds.models import BudgetLine, LedgerAccount, LedgerLine
from procure.registers.projects.models import Project
from procure.render import sheets
from procure.stages.contracts.models import Contract
from procure.store import trail
from procure.store.base import db
from tests.world import World

LISTS = [
    ("jingban", "/projects"), ("jingban", "/plans"), ("jingban", "/tenders"),
    ("jingban", "/contracts"), ("jingban", "/payments"), ("jingban", "/evaluations"),
    ("jingban", "/delivery/overdue"), ("jingban", "/inbox"), ("jingban", "/catalogue"),
    ("jigou1", "/bids"), ("jigou1", "/projects"), ("shenji", "/audit"),
    ("shenji", "/audit/projects/{number}"), ("yusuan", "/budget"), ("yusuan", "/budget/{line}"),
    ("jigou1", "/projects/{served}/delivery/records"),
    ("jigou1", "/projects/{served}/delivery/recipients"),
    ("xitong", "/admin/mail"), ("xitong", "/admin/people"), ("xitong", "/admin/organisations"),
    ("anquan", "/admin/grants"), ("shenjiguanli", "/admin/log?event=PersonAdded"), (None, "/notices"),
    (None, "/projects"), ("jingban", "/desk"), ("zhuanjia1", "/desk"),
]  # fmt: skip


def fill(world: World, path: str) -> str:
    """The address with things of the walked demonstration in its blanks."""
    session = world.session
    served = (
        select(Project.number)
        .join(Contract, Contract.project_id == Project.id)
        .where(Contract.state == ContractState.FILED)
        .limit(1)
    )
    return path.format(
        number=session.scalar(select(Project.number).order_by(Project.number).limit(1)),
        served=session.scalar(served),
        line=session.scalar(busiest_line()),
    )


def busiest_line():
    """The id of a budget line that has money spent of it."""
    return (
        select(BudgetLine.id)
        .join(LedgerAccount, LedgerAccount.budget_line_id == BudgetLine.id)
        .join(LedgerLine, LedgerLine.account_id == LedgerAccount.id)
        .where(LedgerAccount.kind == "paid")
        .limit(1)
    )


def rows_of(answer: TestResponse) -> list[list[str]]:
    text = answer.get_data().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def events(world: World) -> list[trail.Link]:
    world.session.rollback()
    return list(trail.read(world.session, trail.TrailEvent.event == "ListExported"))


@pytest.mark.parametrize(("person", "path"), LISTS)
def test_list_answers_as_csv_and_as_excel_with_the_same_cells(
    shared_walked: World, person: str | None, path: str
) -> None:
    world, address = shared_walked, fill(shared_walked, path)
    client = world.client(person)

    answer = client.raw("GET", as_file(address, "csv"))
    book = client.raw("GET", as_file(address, "xlsx"))

    assert (answer.status_code, answer.mimetype) == (200, "text/csv"), answer.get_data(as_text=True)
    assert answer.content_length == len(answer.get_data())
    page = load_workbook(io.BytesIO(book.get_data())).worksheets[0]
    told = rows_of(answer)
    assert len(told) >= 1
    assert not [cell for row in told for cell in row if re.fullmatch(r"0\d+|\d{12,}", cell)]
    found = [[shown(cell) for cell in row] for row in page.iter_rows(values_only=True)]
    assert found[: len(told)] == [[plain(cell) for cell in row] for row in told]
    for total in found[len(told) :]:
        assert total[0] == "合计"
        for at, cell in enumerate(total[1:], 1):
            assert cell == "" or Decimal(cell) == sum(Decimal(row[at]) for row in told[1:])


def as_file(address: str, kind: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}format={kind}"


def shown(value: object) -> str:
    """A cell of a workbook as the CSV file says it."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    return "" if value is None else plain(str(value))


def plain(text: str) -> str:
    """A cell without what only CSV needs; figures by their value, instants to the minute."""
    if re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", text):
        return f"{Decimal(text).normalize():f}"
    if re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", text):
        return text[:16].removesuffix(" 00:00")
    return text.removeprefix("'").removeprefix("\t").replace("\r\n", "\n")


def test_ledger_of_a_line_adds_up_to_nothing_in_the_file(shared_walked: World) -> None:
    """Each side of each movement stands there to the fen."""
    world, address = shared_walked, fill(shared_walked, "/budget/{line}")
    line = world.session.scalar(busiest_line())
    stored = world.session.scalars(
        select(LedgerLine.amount_fen)
        .join(LedgerAccount, LedgerAccount.id == LedgerLine.account_id)
        .where(LedgerAccount.budget_line_id == line)
    ).all()

    heading, *rows = rows_of(world.client("yusuan").raw("GET", f"{address}?format=csv"))

    amounts = [int(Decimal(row[heading.index("金额（元）")]) * 100) for row in rows]
    assert sorted(amounts) == sorted(stored)
    assert sum(amounts) == 0
    assert {"下达预算", "国库支付"} <= {row[1] for row in rows}


def test_file_is_entered_with_its_digest_in_the_record_of_its_taker(world: World) -> None:
    answer = world.client("jingban").raw("GET", "/projects?format=csv")

    [told] = events(world)
    assert told.stream == f"account:{world.actor('jingban').user_id}"
    assert told.data["sha256"] == hashlib.sha256(answer.get_data()).hexdigest()
    assert told.data["size"] == len(answer.get_data())
    assert told.words.startswith("采购项目（CSV），校验码 ")
    assert "导出列表" in world.client("shenjiguanli").get("/admin/log?event=ListExported").text
    assert trail.fsck(db.session()) == []


def test_visitors_file_leaves_no_entry_anybody_could_fill_the_record_with(world: World) -> None:
    assert world.client().raw("GET", "/projects?format=xlsx").status_code == 200
    assert events(world) == []


def test_list_beyond_one_sheet_is_refused_in_words(
    embedded_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "XLSX_ROWS", 2)

    page = embedded_world.client("xitong").get("/admin/people?format=xlsx", status=400)

    assert "请导出 CSV 文件" in page.text
    assert events(embedded_world) == []


def test_dates_of_a_file_are_those_of_china() -> None:
    columns = [sheets.SheetColumn("日期", sheets.CellKind.DATE)]
    file = io.BytesIO()
    sheets.write_xlsx(columns, [[date(2026, 11, 26)], [None]], file)
    [_, (day,), (nothing,)] = load_workbook(file).worksheets[0].iter_rows(values_only=True)
    assert day == datetime(2026, 11, 26)  # noqa: DTZ001  a sheet's dates have no zone
    assert nothing is None
