"""The page of the demonstration's clock.

| address | method | endpoint | who |
|---|---|---|---|
| /demo/clock | GET, POST | demonstration.clock | anybody, in demo mode only |
"""

from datetime import timedelta

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from procure.demonstration.clock import move_ahead
from procure.demonstration.forms import MoveClockForm
from procure.kernel.access import Permission
from procure.web.access import permits, request_now, unit_of_work
from procure.web.forms import done
from procure.web.presenters import instant_words

blueprint = Blueprint("demonstration", __name__)


@blueprint.route("/demo/clock", methods=["GET", "POST"])
@permits(Permission.PUBLIC)
def clock() -> str | Response | tuple[str, int]:
    """Move the clock forward, so that terms run out and reminders fall due."""
    form = MoveClockForm()
    if form.validate_on_submit():
        if form.step() > timedelta(0):
            with unit_of_work(technical=True) as uow:
                move_ahead(uow.session, form.step())
            done(form, f"演示时钟已拨到 {instant_words(request_now() + form.step())}。")
            return redirect(url_for("demonstration.clock"))
        form.add_error("days", "天数和小时数都是 0，时钟没有动。", remedy="请至少往前拨 1 小时。")
    return render_template("demonstration/clock.html", form=form), form.status
