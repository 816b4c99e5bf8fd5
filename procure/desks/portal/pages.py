"""What the public pages are made of, ready to be laid out."""

from datetime import datetime

from procure.desks.portal.queries import NoticeLine, OpenTender
from procure.kernel.clock import local_date
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.statute import by_rule
from procure.kernel.vocabulary import NOTICE_LABELS, NoticeKind
from procure.registers.notices.models import Notice
from procure.render import sheets
from procure.web.presenters import Column, Row

COLUMNS = (
    Column("title", "标题", sortable=True),
    Column("kind", "种类"),
    Column("number", "公告编号", sortable=True),
    Column("buyer", "采购人", sortable=True),
    Column("published", "发布时间", sortable=True),
    Column("until", "公告期限至"),
)
SHEET = (
    sheets.SheetColumn("公告编号"),
    sheets.SheetColumn("种类"),
    sheets.SheetColumn("标题"),
    sheets.SheetColumn("项目编号"),
    sheets.SheetColumn("采购人"),
    sheets.SheetColumn("发布时间", sheets.CellKind.INSTANT),
    sheets.SheetColumn("公告期限至", sheets.CellKind.DATE),
)

PERIOD_RULES: dict[NoticeKind, tuple[str, ...]] = {
    NoticeKind.TENDER: ("T02", "T08"),
    NoticeKind.RESULT: ("T23",),
    NoticeKind.INTENTION: ("T01",),
}
"""The statutory periods a notice may have to stand for, where it does not keep its own."""

NO_PERIOD = "不设期限"


def row_of(line: NoticeLine) -> Row:
    """A line of the list as the table draws it."""
    until = line.period_until or NO_PERIOD
    kind = NOTICE_LABELS[line.kind]
    cells = (line.title, kind, line.number, line.buyer, line.published_at, until)
    return Row(cells, href=f"/notices/{line.number}")


def sheet_row_of(line: NoticeLine) -> tuple[object, ...]:
    """A line of the list as a file holds it."""
    kind = NOTICE_LABELS[line.kind]
    return (
        line.number,
        kind,
        line.title,
        line.project_number,
        line.buyer,
        line.published_at,
        line.period_until,
    )


def period_of(notice: Notice, now: datetime) -> DeadlineLine | None:
    """Until when the notice stands, with the arithmetic of the law it stands under."""
    if notice.period_until is None:
        return None
    published_on = local_date(notice.published_at)
    rules = (notice.period_rule,) if notice.period_rule else PERIOD_RULES.get(notice.kind, ())
    for rule in rules:
        period = by_rule(rule, published_on)
        due = period.due(published_on)
        if due.on == notice.period_until:
            return deadline_line(
                due, now, label="公告期限", kind=DeadlineKind.PERIOD, rule=period.source
            )
    return deadline_line(notice.period_until, now, label="公告期限", kind=DeadlineKind.PERIOD)


def bid_deadline_of(tender: OpenTender, now: datetime) -> DeadlineLine:
    """Until when a tender takes bids."""
    return deadline_line(local_date(tender.deadline_at), now, at=tender.deadline_at)
