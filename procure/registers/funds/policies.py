"""Who may register budget lines, and who may look at them."""

from procure.kernel.access import BUYER_KINDS, Actor, Permission
from procure.kernel.errors import ALLOWED, Verdict, first_refusal, refused
from procure.registers.accounts.models import Organisation


def may_register_line(actor: Actor, buyer: Organisation, *, in_view: bool) -> Verdict:
    """Whether the actor may register a budget line of this buyer.

    `in_view` says that the buyer is one of those the actor's finance bureau looks after.
    """
    return first_refusal(
        may_register(actor),
        _is_buyer(buyer),
        ALLOWED
        if in_view
        else refused(
            f"“{buyer.name}”不由贵单位管理预算。",
            remedy="请选择本级财政管理的购买主体。",
        ),
    )


def may_register(actor: Actor) -> Verdict:
    """Whether the actor's role registers budget lines at all."""
    if actor.may(Permission.BUDGET_REGISTER):
        return ALLOWED
    return refused("登记预算由财政部门的“预算管理员”办理。", remedy="请联系本级财政部门登记。")


def _is_buyer(buyer: Organisation) -> Verdict:
    if buyer.kind in BUYER_KINDS and buyer.is_active:
        return ALLOWED
    return refused(
        f"“{buyer.name}”不是购买主体，不能登记政府购买服务预算。",
        rule="《政府购买服务管理办法》第五条",
        remedy="请选择在用的购买主体。",
    )
