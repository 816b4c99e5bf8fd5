"""Pages of the workbench.

| address | method | endpoint | who |
|---|---|---|---|
| /desk | GET | workbench.index | whoever is signed in |
| /help | GET | workbench.help_ | everybody |
| /help/<role> | GET | workbench.help_of_role | everybody |
"""

from collections.abc import Sequence

from flask import Blueprint, current_app, render_template

from procure.desks.workbench import help as helping
from procure.desks.workbench import queries
from procure.desks.workbench.menu import starts_of
from procure.kernel.access import Permission, Role
from procure.kernel.case_lines import Task, When
from procure.kernel.errors import NotFound
from procure.render.sheets import CellKind
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.columns import Col
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list

SOURCES = "procure.todo_sources"

blueprint = Blueprint("workbench", __name__)


@blueprint.get("/desk")
@permits(Permission.SIGNED_IN)
@shows_list("workbench/index.html")
def index() -> ListOf[Task]:
    """我的待办."""
    sources: Sequence[queries.TodoSource] = current_app.extensions[SOURCES]
    desk = queries.desk_page(read_session(), current_actor(), request_now(), sources)
    starts = () if desk.tasks else starts_of(current_actor())
    return ListOf(
        title="我的待办",
        source=desk,
        columns=(
            Col("step", "步骤"),
            Col("case", "项目"),
            Col("number", "编号"),
            Col("when", "紧急程度", lambda task: task.when.label),
            Col("deadline", "期限", kind=CellKind.DATE),
            Col("verb", "办理"),
            Col("note", "说明"),
        ),
        filters=(Filter("when", "期限", desk.parts), Filter("verb", "办理事项", desk.steps)),
        search="查找项目、编号或步骤",
        noun="待办",
        measure="项",
        shows=lambda: {"page": desk, "starts": starts, "parts": When},
    )


@blueprint.get("/help")
@permits(Permission.PUBLIC)
def help_() -> str:
    """Where to begin, the roles, one's own first, and how an agency gets its account."""
    mine = [role for role in helping.ROLES if current_actor().holds(role)]
    return render_template(
        "workbench/help.html",
        mine=mine,
        others=[role for role in helping.ROLES if role not in mine],
        texts=helping.help_texts(),
    )


@blueprint.get("/help/<role>")
@permits(Permission.PUBLIC)
def help_of_role(role: str) -> str:
    """What a role does, in the order of the procedure, and the words it meets."""
    if role == helping.VISITOR:
        return render_template("workbench/help_of_visitor.html", text=helping.help_texts()[role])
    if role not in helping.ROLES:
        raise NotFound("没有这个岗位的说明，请从“帮助”里选择岗位。")
    asked = Role(role)
    return render_template(
        "workbench/help_of_role.html",
        label=asked.label,
        text=helping.help_texts()[asked],
        rooms=helping.rooms_of(asked),
        starts=helping.starts_of_role(asked),
        menu=helping.menu_of_role(asked),
        sits_on_panels=helping.sits_on_panels(asked),
        may=current_actor().may,
    )
