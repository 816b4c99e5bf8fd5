"""What budget officers are told of corrections: who is to decide, and what became of their own."""

from procure.desks.reminders.letters import tell_of
from procure.desks.reminders.staff import Desk, staff
from procure.kernel.access import Permission
from procure.kernel.events import Event
from procure.kernel.paths import budget_path
from procure.registers.funds.events import (
    BudgetLineChanged,
    BudgetLineChangeProposed,
    BudgetLineChangeRefused,
)
from procure.registers.funds.models import BudgetLine, BudgetLineChange
from procure.store.unit_of_work import UnitOfWork


def on_correction_proposed(uow: UnitOfWork, happened: BudgetLineChangeProposed) -> None:
    """Tell the other budget officers of the bureau that a correction waits for one of them."""
    asker = frozenset({uow.actor.user_id})
    desk = Desk(uow.actor.organisation_id, Permission.BUDGET_REGISTER, but=asker)
    facts = {"actor": uow.actor.name, "line": _line(uow, happened)}
    path = budget_path(happened.subject_id, "correction", "decision")
    tell_of(uow, happened, staff(uow.session).at(desk), "correction-waits@1", facts, path=path)


def on_correction_decided(
    uow: UnitOfWork, happened: BudgetLineChanged | BudgetLineChangeRefused
) -> None:
    """Tell who asked what became of it."""
    asker = uow.session.get_one(BudgetLineChange, happened.change_id).proposed_by
    facts = {"agreed": isinstance(happened, BudgetLineChanged), "line": _line(uow, happened)}
    path = budget_path(happened.subject_id)
    tell_of(uow, happened, [asker], "correction-decided@1", facts, path=path)


def _line(uow: UnitOfWork, happened: Event) -> str:
    line = uow.session.get_one(BudgetLine, happened.subject_id)
    return f"{line.year} 年 {line.code} {line.name}"
