"""Pages of the workbench.

| address | method | endpoint | who |
|---|---|---|---|
| /desk | GET | workbench.index | whoever is signed in |
"""

from collections.abc import Sequence

from flask import Blueprint, current_app, render_template

from procure.desks.workbench import queries
from procure.desks.workbench.menu import starts_of
from procure.kernel.access import Permission
from procure.web.access import current_actor, permits, read_session, request_now

SOURCES = "procure.todo_sources"

blueprint = Blueprint("workbench", __name__)


@blueprint.get("/desk")
@permits(Permission.SIGNED_IN)
def index() -> str:
    """我的待办."""
    sources: Sequence[queries.TodoSource] = current_app.extensions[SOURCES]
    page = queries.desk_page(read_session(), current_actor(), request_now(), sources)
    starts = () if page.tasks else starts_of(current_actor())
    return render_template("workbench/index.html", page=page, starts=starts)
