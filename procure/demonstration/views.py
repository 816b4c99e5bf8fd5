"""The page of the demonstration's clock.

| address | method | endpoint | who |
|---|---|---|---|
| /demo/clock | GET, POST | demonstration.clock | anybody, in demo mode only |
"""

from datetime import timedelta

from flask import Blueprint, url_for

from procure.demonstration.clock import move_ahead
from procure.demonstration.forms import MoveClockForm
from procure.kernel.access import Permission
from procure.kernel.day_words import instant_words
from procure.kernel.errors import Invalid
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import request_now
from procure.web.steps import Step, as_bookkeeping, step

blueprint = Blueprint("demonstration", __name__)


@step(blueprint, "/demo/clock", Permission.PUBLIC, "demonstration/clock.html")
def clock() -> Step[None]:
    """Move the clock forward, so that terms run out and reminders fall due."""
    form = MoveClockForm()

    def move(uow: UnitOfWork) -> None:
        if form.step() <= timedelta(0):
            raise Invalid(
                "days", "天数和小时数都是 0，时钟没有动。", remedy="请至少往前拨 1 小时。"
            )
        move_ahead(uow.session, form.step())

    return Step(
        form=form,
        act=move,
        carry=as_bookkeeping,
        done=lambda _: f"演示时钟已拨到 {instant_words(request_now() + form.step())}。",
        back=url_for("demonstration.clock"),
    )
