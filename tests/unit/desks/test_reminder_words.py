"""What a reminder says of a term that a law counts."""

from datetime import date

from procure.desks.reminders.duties import TERM, Duty
from procure.desks.reminders.messages import Call, _said
from procure.desks.reminders.staff import Desk
from procure.kernel.access import Permission
from procure.kernel.clock import at_local, end_of_day
from procure.kernel.statute import timer
from procure.registers.deadlines.models import Deadline, TermKind, TermStatus

SENT_ON = date(2026, 4, 13)


def test_said_of_a_statutory_term_tells_how_its_date_was_counted() -> None:
    due = timer("T28", SENT_ON).due(SENT_ON)
    term = Deadline(
        id="term",
        project_id="project",
        subject_id="review",
        rule="T28",
        label="签订合同",
        kind=TermKind.AT_MOST,
        status=TermStatus.RUNNING,
        starts_on=SENT_ON,
        due_on=due.on,
        due_at=end_of_day(due.on),
    )
    duty = Duty(
        TERM,
        "term",
        "project",
        "DMMZ-2026-001",
        "居家养老服务",
        "签订合同",
        due.on,
        (Desk("buyer", Permission.CONTRACT_PUBLISH),),
        "/projects/DMMZ-2026-001",
        "buyer",
        term=term,
    )
    words = _said(Call(TERM, "1", "user", duty), at_local(date(2026, 5, 11))).words

    assert "依据：《政府采购法》第四十六条" in words
    assert "怎样算出：自2026年4月13日（周一）的次日起算，满30日" in words
    assert "。。" not in words
