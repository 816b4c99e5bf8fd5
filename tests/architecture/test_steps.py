"""What is sent to a page is taken in one way: as a step or a press of `procure/web/steps.py`."""

from collections import Counter
from pathlib import Path

from flask import Blueprint, Flask

from procure.kernel.access import Permission
from procure.web.steps import Press, is_declared, press
from tests.permissions import addressed_app

BY_HAND = {
    "procure.desks.auditing.views": 2,
    "procure.registers.accounts.views.own": 4,
    "procure.registers.accounts.views.entering": 4,
    "procure.web.drafts": 1,
    "procure.web.styleguide": 1,
}
"""Views that answer otherwise: who proves who they are is counted and given a cookie; who checks a
package or the chains is shown what was found, and nothing is done, nor is it by a
sample of style; what is typed is kept for a script.
"""


def by_hand(app: Flask) -> Counter[str]:
    """How many views of each module take a POST without declaring it."""
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in rule.methods}
    views = [app.view_functions[endpoint] for endpoint in endpoints]
    return Counter(view.__module__ for view in views if not is_declared(view))


def test_every_view_that_takes_a_post_declares_its_step(tmp_path: Path) -> None:
    assert by_hand(addressed_app(tmp_path)) == BY_HAND


def test_a_view_that_answers_by_hand_is_found() -> None:
    app, room = Flask("trial"), Blueprint("room", "room")
    room.post("/old")(test_a_view_that_answers_by_hand_is_found)

    @press(room, "/new", Permission.PUBLIC)
    def new() -> Press[None]:
        raise NotImplementedError

    app.register_blueprint(room)

    assert by_hand(app) == {__name__: 1}
