"""Pages of the case desk.

| address | method | endpoint | who |
|---|---|---|---|
| /projects/<number> | GET | casework.show | whoever may know of the case |
"""

from collections.abc import Sequence

from flask import Blueprint, current_app, render_template

from procure.desks.casework import queries
from procure.kernel.access import Permission
from procure.web.access import current_actor, permits, read_session, request_now

PANELS = "procure.case_panels"

blueprint = Blueprint("casework", __name__)


@blueprint.get("/projects/<number>")
@permits(Permission.PUBLIC)
def show(number: str) -> str:
    """One case, from plan to payment."""
    sources: Sequence[queries.PanelSource] = current_app.extensions[PANELS]
    page = queries.case_page(read_session(), current_actor(), number, request_now(), sources)
    return render_template("casework/show.html", page=page)
