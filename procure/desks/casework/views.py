"""Pages of the case desk.

| address | method | endpoint | who |
|---|---|---|---|
| /projects/<number> | GET | casework.show | whoever may know of the case |
"""

from collections.abc import Sequence

from flask import Blueprint, current_app, render_template
from markupsafe import Markup

from procure.desks.casework import pages, queries
from procure.desks.casework.page_cache import CasePageCache, view_of
from procure.kernel.access import Permission
from procure.registers.projects.queries import get_project
from procure.web.access import current_actor, permits, read_session, request_now

PANELS = "procure.case_panels"
KEPT = "procure.kept_cases"

blueprint = Blueprint("casework", __name__)


@blueprint.get("/projects/<number>")
@permits(Permission.PUBLIC)
def show(number: str) -> str:
    """One case, from plan to payment."""
    session, actor, now = read_session(), current_actor(), request_now()
    head = queries.get_case_head(session, actor, number)
    view = view_of(actor, head.id, head.links)
    kept: CasePageCache = current_app.extensions[KEPT]
    body = kept.find(view, now) if view else None
    if body is None:
        sources: Sequence[pages.PanelSource] = current_app.extensions[PANELS]
        project = get_project(session, actor, number)
        page = pages.case_page(session, actor, project, now, sources)
        # Our own template has escaped it.
        body = Markup(  # noqa: S704
            render_template("casework/_body.html", page=page, layout="_layouts/bare.html")
        )
        if view:
            kept.keep(view, body, now, queries.next_turn(session, head.id, now))
    return render_template("casework/show.html", project=head, body=body)
