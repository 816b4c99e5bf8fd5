"""The form that moves the demonstration's clock."""

from datetime import timedelta

from procure.web.fields.numbers import IntegerField
from procure.web.forms import ProcureForm


class MoveClockForm(ProcureForm):
    """How far forward the clock is to be moved."""

    days = IntegerField("往前拨几天", least=0, most=400, unit="天", default=1)
    hours = IntegerField("再往前拨几小时", least=0, most=23, unit="小时", default=0)

    def step(self) -> timedelta:
        """The step as a duration."""
        return timedelta(days=self.days.data or 0, hours=self.hours.data or 0)
