"""The audit administrator's page: what happened to accounts, roles and sign-ins."""

from datetime import timedelta

from procure.kernel.access import Permission
from procure.registers.accounts import directory, queries
from procure.registers.accounts.directory import LogRow
from procure.registers.accounts.events import SECURITY_EVENTS
from procure.registers.accounts.views.blueprint import blueprint
from procure.render.sheets import CellKind
from procure.web.access import permits, read_session, wall_now
from procure.web.columns import Col
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list


@blueprint.get("/admin/log")
@permits(Permission.SECURITY_LOG_READ)
@shows_list("accounts/log.html")
def security_log() -> ListOf[LogRow]:
    """The security log, newest first."""
    since = wall_now() - timedelta(days=1)
    return ListOf(
        title="安全日志",
        source=directory.security_log(),
        columns=(
            Col("at", "时间", kind=CellKind.INSTANT, sort=True),
            Col("label", "事项"),
            Col("actor", "经办人", lambda row: row.actor or "未登录"),
            Col("organisation", "经办人单位"),
            Col("words", "内容"),
        ),
        filters=(
            Filter("event", "事项", tuple((kind.__name__, kind.label) for kind in SECURITY_EVENTS)),
        ),
        search="查找姓名或内容",
        empty="还没有记录。",
        shows=lambda: {"failed": queries.failed_tries(read_session(), since)},
    )
