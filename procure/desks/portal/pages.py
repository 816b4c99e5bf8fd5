"""What the public pages are made of, ready to be laid out."""

from datetime import datetime

from procure.desks.portal.queries import NoticeLine, OpenTender, PublicNotices
from procure.kernel.clock import local_date
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.paths import notice_path
from procure.kernel.statute import by_rule
from procure.kernel.vocabulary import NoticeKind
from procure.registers.notices.models import Notice
from procure.render.sheets import CellKind
from procure.web.columns import Col, Where, choices_of
from procure.web.listing import Filter
from procure.web.lists import ListOf

COLUMNS: tuple[Col[NoticeLine], ...] = (
    Col("title", "标题", sort=True),
    Col("kind", "种类", lambda line: line.kind.label),
    Col("number", "公告编号", sort=True),
    Col("project_number", "项目编号", where=Where.FILE),
    Col("buyer", "采购人", sort=True),
    Col("published", "发布时间", lambda line: line.published_at, CellKind.INSTANT, sort=True),
    Col("period_until", "公告期限至", kind=CellKind.DATE, nothing="不设期限"),
)

PERIOD_RULES: dict[NoticeKind, tuple[str, ...]] = {
    NoticeKind.TENDER: ("T02", "T08"),
    NoticeKind.RESULT: ("T23",),
    NoticeKind.INTENTION: ("T01",),
}
"""The statutory periods a notice may have to stand for, where it does not keep its own."""


def notice_list() -> ListOf[NoticeLine]:
    """The public notices as page, files and interface for programs ask for them."""
    return ListOf(
        title="公告",
        source=PublicNotices(),
        columns=COLUMNS,
        href=lambda line: notice_path(line.number),
        filters=(Filter("kind", "种类", choices_of(NoticeKind)),),
        search="查找标题、编号、单位或公告中的名称",
        noun="公告",
        measure="份",
        empty="还没有公告。",
        shows=lambda: {"server_now": None},
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
