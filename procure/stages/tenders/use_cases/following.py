"""What a change of the plan does to a document that nobody outside has seen: it follows, or falls."""

from collections.abc import Mapping
from typing import Any

from procure.kernel.lifecycle import TenderState, advance
from procure.stages.plans import queries as plans
from procure.stages.plans.events import PlanCancelled, PlanChanged
from procure.stages.plans.models import Plan
from procure.stages.tenders import queries
from procure.stages.tenders.events import TenderDropped, TenderFollowedPlan
from procure.stages.tenders.models import Tender
from procure.store.holding import hold, moved
from procure.store.unit_of_work import UnitOfWork


def on_plan_changed(uow: UnitOfWork, event: PlanChanged) -> None:
    """Carry the plan's method, amounts, term and way of pricing into the document.

    One that was sent to be approved comes back to be looked through once more.
    """
    tender, plan = _unseen(uow, event.project), plans.find_plan(uow.session, event.project)
    if tender is None or plan is None:
        return
    was_sent = tender.state is TenderState.SUBMITTED
    changed = {
        name: value for name, value in _carried(plan).items() if getattr(tender, name) != value
    }
    if not changed and not was_sent:
        return
    tender.state = advance("follow_plan", tender.state)
    for name, value in changed.items():
        setattr(tender, name, value)
    if was_sent:
        tender.returned_reason = f"采购计划已经调整：{event.reason}"
    moved(tender)
    uow.emit(TenderFollowedPlan.of(tender, plan_id=plan.id, returned=was_sent))


def on_plan_cancelled(uow: UnitOfWork, event: PlanCancelled) -> None:
    """The document of a plan that was given up is not written on."""
    tender = _unseen(uow, event.project)
    if tender is None:
        return
    tender.state = advance("drop_tender", tender.state)
    tender.ended_reason = event.reason
    uow.emit(TenderDropped(subject_id=tender.id, project=event.project, reason=event.reason))


def _carried(plan: Plan) -> Mapping[str, Any]:
    return {
        "method": plan.method,
        "price_way": plan.price_way,
        "budget_fen": plan.amount_fen,
        "ceiling_fen": plan.ceiling_fen,
        "term_months": plan.term_months,
    }


def _unseen(uow: UnitOfWork, project_id: str) -> Tender | None:
    """The newest document of the project, held, as long as it was never published."""
    tender = queries.find_tender(uow.session, project_id)
    if tender is None or tender.state not in queries.BEGUN:
        return None
    return hold(uow.session, Tender, tender.id)
