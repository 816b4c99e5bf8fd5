"""Pages of the register of projects. The page of one case is the case desk's.

| address | method | endpoint | who |
|---|---|---|---|
| /projects | GET | projects.index | everybody, each seeing what concerns them |
| /projects?format=csv, xlsx | GET | projects.index | the same list as a file |
"""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from procure.kernel.access import Permission
from procure.kernel.lifecycle import STAGE_LABELS
from procure.kernel.money import Money
from procure.kernel.paging import page_request
from procure.registers.projects import queries
from procure.render import sheets
from procure.web.access import current_actor, permits, read_session
from procure.web.exports import FORMATS, sheet_answer
from procure.web.listing import Filter, Listing
from procure.web.presenters import Column, Row

blueprint = Blueprint("projects", __name__)

COLUMNS = (
    Column("title", "项目名称", sortable=True),
    Column("number", "项目编号", sortable=True),
    Column("buyer", "采购人", sortable=True),
    Column("budget", "预算金额", numeric=True, sortable=True),
    Column("stage", "阶段", sortable=True),
    Column("created", "建立时间", sortable=True),
)
SHEET = (
    sheets.SheetColumn("项目编号"),
    sheets.SheetColumn("项目名称"),
    sheets.SheetColumn("采购人"),
    sheets.SheetColumn("预算金额（元）", sheets.CellKind.MONEY_FEN, is_summed=True),
    sheets.SheetColumn("阶段", sheets.CellKind.LABEL),
    sheets.SheetColumn("建立时间", sheets.CellKind.INSTANT),
)


@blueprint.get("/projects")
@permits(Permission.PUBLIC)
def index() -> str | Response:
    """The projects the reader may know of, as a list or as a file."""
    session, actor = read_session(), current_actor()
    wanted = page_request(request.args, queries.SORTS, queries.FILTERS)
    if kind := request.args.get("format"):
        table = queries.export_projects(actor, wanted)
        return sheet_answer(kind, "采购项目", SHEET, table, actor)
    found = queries.list_projects(session, actor, wanted)
    listing = Listing(
        url_for(".index"),
        found,
        COLUMNS,
        [_row(row) for row in found.rows],
        filters=(
            Filter("stage", "阶段", tuple((s.value, words) for s, words in STAGE_LABELS.items())),
        ),
        noun="项目",
        measure="个",
        caption="采购项目",
        empty="还没有您可以查看的项目。",
        exports=FORMATS,
        search_label="查找名称或编号",
    )
    return render_template("projects/index.html", listing=listing)


def _row(row: queries.ProjectRow) -> Row:
    stage = STAGE_LABELS[row.stage]
    cells = (row.title, row.number, row.buyer, Money(row.budget_fen), stage, row.created_at)
    return Row(cells, href=f"/projects/{row.number}")
