"""What budget officers are told of corrections: who is to decide, and what became of their own."""

from procure.desks.reminders.letters import put
from procure.desks.reminders.messages import TITLE_LENGTH, Message
from procure.desks.reminders.staff import Desk, staff
from procure.kernel.access import Permission
from procure.kernel.text import shortened
from procure.registers.funds.events import (
    BudgetLineChanged,
    BudgetLineChangeProposed,
    BudgetLineChangeRefused,
)
from procure.registers.funds.models import BudgetLine, BudgetLineChange
from procure.store.unit_of_work import UnitOfWork


def on_correction_proposed(uow: UnitOfWork, happened: BudgetLineChangeProposed) -> None:
    """Tell the other budget officers of the bureau that a correction waits for one of them."""
    people = staff(uow.session)
    asker = frozenset({uow.actor.user_id})
    desk = Desk(uow.actor.organisation_id, Permission.BUDGET_REGISTER, but=asker)
    words = f"{uow.actor.name}申请更正预算。{happened.words_of(happened.body())}"
    messages = [
        _message(uow, happened, user_id, "请审核预算更正", words, "/correction/decision")
        for user_id in sorted(people.at(desk))
    ]
    put(uow, messages, people)


def on_correction_decided(
    uow: UnitOfWork, happened: BudgetLineChanged | BudgetLineChangeRefused
) -> None:
    """Tell who asked what became of it."""
    change = uow.session.get_one(BudgetLineChange, happened.change_id)
    title = "预算已更正" if isinstance(happened, BudgetLineChanged) else "预算更正没有同意"
    words = f"{title}。{happened.words_of(happened.body())}"
    put(
        uow,
        [_message(uow, happened, change.proposed_by, title, words)],
        staff(uow.session),
    )


def _message(
    uow: UnitOfWork,
    happened: BudgetLineChangeProposed | BudgetLineChanged | BudgetLineChangeRefused,
    user_id: str,
    title: str,
    words: str,
    page: str = "",
) -> Message:
    line = uow.session.get_one(BudgetLine, happened.subject_id)
    return Message(
        kind=happened.name,
        subject_id=line.id,
        occurrence=happened.change_id,
        user_id=user_id,
        title=shortened(f"{title}：{line.year} 年 {line.code} {line.name}", TITLE_LENGTH),
        words=words,
        path=f"/budget/{line.id}{page}",
    )
