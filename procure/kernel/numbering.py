"""Numbers that people read: projects, notices, contracts, receipts.

Numbers count per buyer and year so that no reader learns from them how many rivals there are; what
is handed out before bid opening (receipts) carries no count at all.
"""

import re
from datetime import date

from procure.kernel.errors import Invalid
from procure.kernel.text import half_width

_NUMBER = re.compile(r"^[A-Z]{2,8}-\d{4}-\d{3,6}(-[A-Z]{1,3}\d{0,3})?$", re.ASCII)


def project_number(prefix: str, year: int, count: int) -> str:
    """The number of a buyer's n-th project in a year, e.g. DMMZ-2026-001."""
    return f"{prefix}-{year:04d}-{count:03d}"


def derived_number(project: str, kind: str, count: int = 1) -> str:
    """The number of a paper of a project: HT contract, CJ award notice, ZF payment, YS acceptance."""
    return f"{project}-{kind}{count:02d}"


def normalise_number(text: str) -> str:
    """A project number as typed by a person, brought into its one form.

    Stray blanks, full-width characters and lower case are forgiven (real notices contain them);
    anything else raises Invalid.
    """
    folded = "".join(half_width(text).split()).upper()
    if not _NUMBER.match(folded):
        raise Invalid(
            "number",
            f"“{text.strip()[:40]}”不是项目编号。",
            remedy="项目编号的样子是 DMMZ-2026-001，请对照公告核对。",
        )
    return folded


def budget_year(day: date) -> int:
    """The budget year a day belongs to: the calendar year (《预算法》第十八条)."""
    return day.year
