"""What budget officers are told of corrections: who is to decide, and what became of their own."""

from collections.abc import Set
from typing import Any

from procure.desks.reminders.letters import put
from procure.desks.reminders.messages import letter_to
from procure.desks.reminders.staff import Desk, staff
from procure.kernel.access import Permission
from procure.registers.funds.events import (
    BudgetLineChanged,
    BudgetLineChangeProposed,
    BudgetLineChangeRefused,
)
from procure.registers.funds.models import BudgetLine, BudgetLineChange
from procure.render.wording import letter
from procure.store.unit_of_work import UnitOfWork


def on_correction_proposed(uow: UnitOfWork, happened: BudgetLineChangeProposed) -> None:
    """Tell the other budget officers of the bureau that a correction waits for one of them."""
    people = staff(uow.session)
    asker = frozenset({uow.actor.user_id})
    desk = Desk(uow.actor.organisation_id, Permission.BUDGET_REGISTER, but=asker)
    facts = {"actor": uow.actor.name}
    _tell(uow, happened, people.at(desk), "correction-waits@1", facts, "/correction/decision")


def on_correction_decided(
    uow: UnitOfWork, happened: BudgetLineChanged | BudgetLineChangeRefused
) -> None:
    """Tell who asked what became of it."""
    change = uow.session.get_one(BudgetLineChange, happened.change_id)
    facts = {"agreed": isinstance(happened, BudgetLineChanged)}
    _tell(uow, happened, {change.proposed_by}, "correction-decided@1", facts)


def _tell(
    uow: UnitOfWork,
    happened: BudgetLineChangeProposed | BudgetLineChanged | BudgetLineChangeRefused,
    whose: Set[str],
    reference: str,
    facts: dict[str, Any],
    page: str = "",
) -> None:
    line = uow.session.get_one(BudgetLine, happened.subject_id)
    facts |= {
        "line": f"{line.year} 年 {line.code} {line.name}",
        "said": happened.words_of(happened.body()),
    }
    messages = letter_to(
        whose,
        letter(reference, facts),
        kind=happened.name,
        subject_id=line.id,
        occurrence=happened.change_id,
        path=f"/budget/{line.id}{page}",
    )
    put(uow, messages, staff(uow.session))
