"""What the auditor reads of one movement of money and of one event."""

from datetime import UTC, datetime

from procure.desks.auditing.pages import EVENT_COLUMNS
from procure.desks.auditing.queries import EventRow
from procure.kernel.access import Level
from procure.registers.funds.models import AccountKind, EntryKind
from procure.registers.funds.pages import MOVEMENT_COLUMNS
from procure.registers.funds.queries import EntryLine, EntryRow
from procure.web.columns import rows_of

NOON = datetime(2026, 4, 2, 4, tzinfo=UTC)


def _line(level: Level, kind: AccountKind, fen: int) -> EntryLine:
    return EntryLine(level, kind, "20810", "p1", fen)


RESERVED = EntryRow(
    "e1",
    EntryKind.RESERVE,
    "占用预算",
    NOON,
    "梁志远",
    "p1",
    "DMMZ-2026-001",
    (
        _line(Level.DISTRICT, AccountKind.RESERVED, 10_800_000),
        _line(Level.CITY, AccountKind.AVAILABLE, -7_200_000),
        _line(Level.CITY, AccountKind.RESERVED, 7_200_000),
        _line(Level.DISTRICT, AccountKind.AVAILABLE, -10_800_000),
    ),
)


def test_show_entry_with_two_levels_names_each_account_in_the_order_of_its_way() -> None:
    sides = (
        "市级预算可用 -¥72,000.00",
        "市级计划占用 +¥72,000.00",
        "区级预算可用 -¥108,000.00",
        "区级计划占用 +¥108,000.00",
    )
    assert rows_of(MOVEMENT_COLUMNS, [RESERVED])[0].cells[-1] == sides


def test_show_event_without_particulars_has_no_second_line() -> None:
    event = EventRow("project:p1", 7, NOON, "公开项目信息", "", "陈晓岚", "某局", "a" * 64, "项目")
    assert rows_of(EVENT_COLUMNS, [event])[0].note == ""
