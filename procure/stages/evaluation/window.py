"""When the final evaluation may be made: the month before the contract's last day. Pure.

The contract prints 期满前一个月内; Shenzhen organises it one month ahead (R-GZ-4, T68). The window begins
on the day that lies one month before the last one, so that who obeys one does not break the other.
"""

from dataclasses import dataclass
from datetime import date

from procure.kernel.day_words import date_word
from procure.kernel.workdays import add_months

RULE_WINDOW = "合同约定：期满前一个月内进行末期评估"


@dataclass(frozen=True)
class Window:
    """The first and the last day on which the final evaluation is in time."""

    opens_on: date
    closes_on: date

    @property
    def words(self) -> str:
        """The arithmetic, for people."""
        return (
            f"合同{date_word(self.closes_on)}届满，往前一个月为{date_word(self.opens_on)}，"
            "末期评估在这两天之间进行"
        )


def final_window(starts_on: date, last: date) -> Window:
    """The window of a contract that runs till `last`; of one shorter than a month all its days."""
    return Window(max(starts_on, add_months(last, -1)[0]), last)
