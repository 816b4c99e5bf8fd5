"""The audit administrator's page: what happened to accounts, roles and sign-ins."""

from datetime import timedelta

from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission
from procure.registers.accounts import directory, queries
from procure.registers.accounts.events import SECURITY_EVENTS
from procure.registers.accounts.views.blueprint import blueprint
from procure.registers.accounts.views.lists import ListPage, answer
from procure.render import sheets
from procure.web.access import permits, read_session, wall_now
from procure.web.listing import Filter
from procure.web.presenters import Column, Row

HEADINGS = ("时间", "事项", "经办人", "经办人单位", "内容")


@blueprint.get("/admin/log")
@permits(Permission.SECURITY_LOG_READ)
def security_log() -> ResponseReturnValue:
    """The security log, newest first."""
    session = read_session()
    return answer(
        ListPage(
            title="安全日志",
            template="accounts/log.html",
            noun="记录",
            measure="条",
            sorts=directory.LOG_SORTS,
            filters=(
                Filter(
                    "event", "事项", tuple((kind.__name__, kind.label) for kind in SECURITY_EVENTS)
                ),
            ),
            columns=(
                Column("at", HEADINGS[0], sortable=True),
                *(Column(f"column-{place}", words) for place, words in enumerate(HEADINGS[1:])),
            ),
            sheet=(
                sheets.SheetColumn(HEADINGS[0], sheets.CellKind.INSTANT),
                *map(sheets.SheetColumn, HEADINGS[1:]),
            ),
            find=lambda asked: directory.list_log(session, asked),
            export=lambda asked: directory.export_log(session, asked),
            row=lambda row: Row(_cells(row)),
            cells=_cells,
            search_label="查找姓名或内容",
            empty="还没有记录。",
        ),
        failed=queries.failed_tries(session, wall_now() - timedelta(days=1)),
    )


def _cells(row: directory.LogRow) -> tuple[object, ...]:
    return row.at, row.label, row.actor or "未登录", row.organisation, row.words
