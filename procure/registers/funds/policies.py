"""Who may register budget lines, and who may look at them."""

from procure.kernel.access import BUYER_KINDS, Actor, Permission, may_take_back
from procure.kernel.errors import (
    ALLOWED,
    IllegalTransition,
    Verdict,
    first_refusal,
    refused,
    refused_if,
)
from procure.kernel.laws import cite
from procure.registers.accounts.models import Organisation
from procure.registers.funds.models import BudgetLineChange

RULE_TWO_PEOPLE = cite("control_posts")


def may_register_line(actor: Actor, buyer: Organisation, *, in_view: bool) -> Verdict:
    """Whether the actor may register a budget line of this buyer.

    `in_view` says that the buyer is one of those the actor's finance bureau looks after.
    """
    return first_refusal(
        may_register(actor),
        _is_buyer(buyer),
        refused_if(
            not in_view,
            f"“{buyer.name}”不由贵单位管理预算。",
            remedy="请选择本级财政管理的购买主体。",
        ),
    )


def may_register(actor: Actor) -> Verdict:
    """Whether the actor's role registers budget lines at all."""
    return refused_if(
        not actor.may(Permission.BUDGET_REGISTER),
        "登记预算由财政部门的“预算管理员”办理。",
        remedy="请联系本级财政部门登记。",
    )


def may_propose_correction(actor: Actor, *, is_waiting: bool) -> Verdict:
    """Whether the actor may ask that a line of a buyer in view be corrected."""
    return first_refusal(
        may_register(actor),
        refused_if(
            is_waiting,
            "这项预算已经有一项更正等待决定。",
            remedy="请等另一位预算管理员决定，或者由申请人撤回。",
            error=IllegalTransition,
        ),
    )


def may_decide_correction(actor: Actor, *, proposed_by: str | None) -> Verdict:
    """Whether the actor may decide on a correction: another person than who asked for it."""
    return first_refusal(
        may_register(actor),
        _waits(proposed_by is not None),
        refused_if(
            proposed_by == actor.user_id,
            "这项更正由您申请，不能再由您决定。",
            rule=RULE_TWO_PEOPLE,
            remedy="请由本级财政的另一位预算管理员决定。",
        ),
    )


def may_withdraw_correction(actor: Actor, pending: BudgetLineChange | None) -> Verdict:
    """Whether the actor may take a correction back."""
    if pending is None:
        return first_refusal(may_register(actor), _waits(is_waiting=False))
    return first_refusal(may_register(actor), may_take_back(actor, pending.proposed_by))


def _waits(is_waiting: bool) -> Verdict:
    return refused_if(not is_waiting, "没有待决定的更正。", error=IllegalTransition)


def _is_buyer(buyer: Organisation) -> Verdict:
    if buyer.kind in BUYER_KINDS and buyer.is_active:
        return ALLOWED
    return refused(
        f"“{buyer.name}”不是购买主体，不能登记政府购买服务预算。",
        rule=cite("who_buys"),
        remedy="请选择在用的购买主体。",
    )
