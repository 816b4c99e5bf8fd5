"""Pages of the register of projects. The page of one case is the case desk's.

| address | method | endpoint | who |
|---|---|---|---|
| /projects | GET | projects.index | everybody, each seeing what concerns them |
| /projects?format=csv, xlsx | GET | projects.index | the same list as a file |
"""

from flask import Blueprint

from procure.kernel.access import Permission
from procure.kernel.lifecycle import Stage
from procure.kernel.paths import case_path
from procure.registers.projects import queries
from procure.registers.projects.queries import ProjectRow
from procure.render.sheets import CellKind
from procure.web.access import current_actor, permits
from procure.web.columns import Col, choices_of
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list

blueprint = Blueprint("projects", __name__)


@blueprint.get("/projects")
@permits(Permission.PUBLIC)
@shows_list("projects/index.html")
def index() -> ListOf[ProjectRow]:
    """The projects the reader may know of."""
    return ListOf(
        title="采购项目",
        source=queries.projects_in_view(current_actor()),
        columns=(
            Col("title", "项目名称", sort=True),
            Col("number", "项目编号", sort=True),
            Col("buyer", "采购人", sort=True),
            Col("budget", "预算金额", lambda row: row.budget_fen, CellKind.MONEY_FEN, sort=True),
            Col("stage", "阶段", lambda row: row.stage.label, CellKind.LABEL, sort=True),
            Col("created", "建立时间", lambda row: row.created_at, CellKind.INSTANT, sort=True),
        ),
        href=lambda row: case_path(row.number),
        filters=(Filter("stage", "阶段", choices_of(Stage)),),
        search="查找名称或编号",
        noun="项目",
        measure="个",
        empty="还没有您可以查看的项目。",
    )
