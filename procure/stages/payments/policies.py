"""Who may do what with a payment request, and when: three people on two sides, then the treasury.

What opens an instalment (`gates.gate`) is asked anew by every hand the request passes through, the
treasury's last of all: a request is no proof that its condition still holds.
"""

from procure.kernel.access import Actor, Permission, carries
from procure.kernel.errors import (
    ALLOWED,
    Conflict,
    IllegalTransition,
    TooEarly,
    Verdict,
    first_refusal,
    refused,
    refused_if,
)
from procure.kernel.laws import cite
from procure.kernel.lifecycle import PaymentRequestState, label_of, may_step, may_take
from procure.kernel.vocabulary import SettlementGround
from procure.registers.projects.policies import is_buyer, is_supplier
from procure.stages.contracts.models import Contract, ContractSettlement
from procure.stages.delivery.models import Milestone
from procure.stages.payments.gates import OPEN_MILESTONES, RULE_CONDITIONS
from procure.stages.payments.models import PaymentRequest, PaymentReversal, SupplierRefund
from procure.stages.payments.settlement import (
    RULE_SETTLEMENT,
    SettlementFacts,
    has_ground,
    may_decide_now,
    may_settle,
    open_grounds,
)

RULE_TWO_PEOPLE = "不相容岗位分离"
RULE_TREASURY = cite("treasury_payment")

GATE_NOT_ASKED = ALLOWED
"""For what only leads to a request (lists, links, the page of a decision): one whose condition fell
away must still be reached, for it can be sent back there. What agrees or pays asks the gate.
"""


def may_request(
    actor: Actor, contract: Contract, existing: PaymentRequest | None, gate: Verdict
) -> Verdict:
    """Whether the instalment may be asked for: own contract, condition met, asked once."""
    return first_refusal(
        carries(actor, Permission.PAYMENT_REQUEST, "申请支付"),
        is_supplier(actor, contract),
        _asked_once(existing),
        gate,
    )


def may_resubmit(
    actor: Actor, contract: Contract, request: PaymentRequest, gate: Verdict
) -> Verdict:
    """Whether a returned request may be put right and sent again."""
    return may_take("resubmit_payment", actor, request.state, is_supplier(actor, contract), gate)


def may_review(actor: Actor, contract: Contract, request: PaymentRequest, gate: Verdict) -> Verdict:
    """Whether the clerk may pass the request on; never who asked, never with the gate closed."""
    return may_take(
        "review_payment",
        actor,
        request.state,
        is_buyer(actor, contract),
        _not_one_of(actor, (request.requested_by,), "申请由您提出，不能由您核对。"),
        gate,
    )


def may_approve(
    actor: Actor, contract: Contract, request: PaymentRequest, gate: Verdict
) -> Verdict:
    """Whether the approver may let it be paid; neither who asked nor who checked (R 5.3)."""
    return may_take(
        "approve_payment",
        actor,
        request.state,
        is_buyer(actor, contract),
        _not_one_of(
            actor,
            (request.requested_by, request.reviewed_by),
            "申请由您提出或者核对，不能由您批准。",
        ),
        gate,
    )


def may_return(actor: Actor, contract: Contract, request: PaymentRequest) -> Verdict:
    """Whether the request may be sent back: by the clerk, or by the approver once it is checked."""
    checked = request.state is PaymentRequestState.REVIEWED
    office = Permission.PAYMENT_APPROVE if checked else Permission.PAYMENT_REVIEW
    either = actor.may(Permission.PAYMENT_REVIEW) or actor.may(office)
    return first_refusal(
        ALLOWED
        if either
        else carries(actor, Permission.PAYMENT_REVIEW, label_of("return_payment")),
        is_buyer(actor, contract),
        may_step("return_payment", request.state),
    )


def may_excuse(
    actor: Actor, contract: Contract, milestone: Milestone, *, is_excused: bool
) -> Verdict:
    """Whether the buyer's approver may let money no longer wait for a milestone.

    Who reports, confirms or checks is of another office: nobody excuses what they ask or check.
    """
    return first_refusal(
        carries(actor, Permission.PAYMENT_APPROVE, "说明不再等待履约节点"),
        is_buyer(actor, contract),
        _still_open(milestone),
        refused_if(is_excused, "这个节点已经说明不再等待。", rule=RULE_CONDITIONS, error=Conflict),
    )


def may_pay(actor: Actor, request: PaymentRequest, *, in_view: bool, gate: Verdict) -> Verdict:
    """Whether the treasury may pay a share; `in_view`: it looks after this buyer's money."""
    return may_take(
        "pay_share",
        actor,
        request.state,
        _looks_after(in_view=in_view),
        _not_one_of(
            actor,
            (request.requested_by, request.reviewed_by, request.approved_by),
            "您已办理过这笔申请的其他环节，不能再办理支付。",
        ),
        gate,
    )


def may_send_back(actor: Actor, request: PaymentRequest, *, in_view: bool, paid: bool) -> Verdict:
    """Whether the treasury may send an approved request back to the buyer: nothing of it is paid."""
    return may_take(
        "send_back_payment",
        actor,
        request.state,
        _looks_after(in_view=in_view),
        refused_if(
            paid,
            "这笔申请已经支付了一部分，不能退回。",
            rule=RULE_TREASURY,
            remedy="已支付的有误的，请先办理冲正或者退票。",
            error=Conflict,
        ),
    )


def may_propose_reversal(
    actor: Actor, request: PaymentRequest, *, in_view: bool, paid: bool, is_pending: bool
) -> Verdict:
    """Whether a treasurer may say that a payment came back or was wrong; one at a time."""
    return may_take(
        "propose_reversal",
        actor,
        request.state,
        _looks_after(in_view=in_view),
        refused_if(
            not paid, "这一期没有可以冲正或者退票的支付。", rule=RULE_TREASURY, error=Conflict
        ),
        refused_if(
            is_pending,
            "这一期已经有一笔冲正或者退票等待确认。",
            rule=RULE_TWO_PEOPLE,
            remedy="请由另一位同事先确认。",
            error=Conflict,
        ),
    )


def may_decide_reversal(
    actor: Actor, contract: Contract, reversal: PaymentReversal, *, in_view: bool
) -> Verdict:
    """Whether the actor may decide it: another treasurer, or the payer's approver; never who asked."""
    return _may_decide(actor, contract, reversal, "冲正或者退票", in_view=in_view)


def may_propose_refund(actor: Actor, *, in_view: bool, left: int, is_pending: bool) -> Verdict:
    """Whether a treasurer may register what the provider paid back; `left` fen are still out."""
    return first_refusal(
        carries(actor, Permission.PAYMENT_PAY, "登记退回款项"),
        _looks_after(in_view=in_view),
        refused_if(
            not left, "验收没有要求退回款项，或者已经全部退回。", rule=RULE_TREASURY, error=Conflict
        ),
        refused_if(
            is_pending,
            "已经有一笔退回款项等待确认。",
            rule=RULE_TWO_PEOPLE,
            remedy="请由另一位同事先确认。",
            error=Conflict,
        ),
    )


def may_decide_refund(
    actor: Actor, contract: Contract, refund: SupplierRefund, *, in_view: bool
) -> Verdict:
    """Whether the actor may confirm it: another treasurer, or the payer's approver."""
    return _may_decide(actor, contract, refund, "退回款项", in_view=in_view)


def _may_decide(
    actor: Actor,
    contract: Contract,
    asked: PaymentReversal | SupplierRefund,
    what: str,
    *,
    in_view: bool,
) -> Verdict:
    either = actor.may(Permission.PAYMENT_PAY) or actor.may(Permission.PAYMENT_APPROVE)
    own = in_view if actor.may(Permission.PAYMENT_PAY) else is_buyer(actor, contract).ok
    return first_refusal(
        ALLOWED if either else carries(actor, Permission.PAYMENT_PAY, f"确认{what}"),
        ALLOWED if own else is_buyer(actor, contract),
        refused_if(
            asked.decided_at is not None,
            "这一笔已经有人办理。",
            rule=RULE_TWO_PEOPLE,
            error=Conflict,
        ),
        _not_one_of(actor, (asked.proposed_by,), f"{what}由您提出，不能由您确认。"),
    )


def may_propose_settlement(
    actor: Actor, contract: Contract, pending: ContractSettlement | None, facts: SettlementFacts
) -> Verdict:
    """Whether the clerk may propose to settle the contract: one proposal at a time, on some ground."""
    return may_take(
        "propose_settlement",
        actor,
        contract.state,
        is_buyer(actor, contract),
        refused_if(
            pending is not None,
            "已经有人申请结算办结，还没有决定。",
            rule=RULE_SETTLEMENT,
            remedy="请等承接主体答复、审核负责人决定。",
            error=Conflict,
        ),
        may_settle(facts),
        _some_ground(facts),
    )


def ground_holds(ground: SettlementGround, facts: SettlementFacts) -> Verdict:
    """Whether the ground that was chosen holds; refused at the field where it is chosen."""
    verdict = has_ground(ground, facts)
    if verdict.ok:
        return verdict
    words = f"不能以“{ground.label}”办结：{verdict.reason}"
    return refused(words, rule=verdict.rule, remedy=verdict.remedy, error=IllegalTransition)


def may_answer_settlement(
    actor: Actor, contract: Contract, pending: ContractSettlement | None
) -> Verdict:
    """Whether the supplier may agree to the proposal or object: while nobody has decided, once."""
    return first_refusal(
        carries(actor, Permission.PAYMENT_REQUEST, "答复结算办结"),
        is_supplier(actor, contract),
        _is_pending(pending),
        ALLOWED
        if pending is None or pending.agreed is None
        else refused("贵单位已经答复。", rule=RULE_SETTLEMENT, error=Conflict),
    )


def may_decide_settlement(
    actor: Actor, contract: Contract, pending: ContractSettlement | None
) -> Verdict:
    """Whether the actor may decide on the proposal: who may sign for the buyer, and not who asked.

    Refusing needs no more; settling asks `may_settle_now` as well.
    """
    return first_refusal(
        carries(actor, Permission.CONTRACT_SIGN_BUYER, "审批结算办结"),
        is_buyer(actor, contract),
        _is_pending(pending),
        _not_one_of(
            actor,
            (pending.proposed_by,) if pending is not None else (),
            "结算办结由您申请，不能再由您决定。",
        ),
    )


def may_settle_now(pending: ContractSettlement, facts: SettlementFacts) -> Verdict:
    """Whether the contract may be settled today as was proposed."""
    return first_refusal(
        may_settle(facts), ground_holds(pending.ground, facts), may_decide_now(pending, facts)
    )


def _is_pending(pending: ContractSettlement | None) -> Verdict:
    return refused_if(
        pending is None,
        "没有待决定的结算办结申请。",
        remedy="请由经办人先申请。",
        error=IllegalTransition,
    )


def _some_ground(facts: SettlementFacts) -> Verdict:
    if open_grounds(facts):
        return ALLOWED
    verdicts = [has_ground(ground, facts) for ground in SettlementGround]
    nearest = next((one for one in verdicts if one.error in (Conflict, TooEarly)), verdicts[0])
    return refused(
        f"现在没有可以结算办结的情形。{nearest.reason}",
        rule=RULE_SETTLEMENT,
        remedy=nearest.remedy,
        error=IllegalTransition,
    )


def _looks_after(*, in_view: bool) -> Verdict:
    return refused_if(
        not in_view,
        "这个采购人的资金不由贵单位支付。",
        rule=RULE_TREASURY,
        remedy="请由采购人同级财政部门的国库支付员办理。",
    )


def _still_open(milestone: Milestone) -> Verdict:
    return refused_if(
        milestone.state not in OPEN_MILESTONES,
        f"这个节点现在是“{milestone.state.label}”，款项不用等待它。",
        rule=RULE_CONDITIONS,
        error=Conflict,
    )


def _asked_once(existing: PaymentRequest | None) -> Verdict:
    if existing is None:
        return ALLOWED
    return refused(
        f"这一期已经申请过，申请编号 {existing.number}。",
        remedy="一期只能申请一次；被退回的，请在原申请上补正。",
        error=Conflict,
    )


def _not_one_of(actor: Actor, people: tuple[str | None, ...], words: str) -> Verdict:
    return refused_if(
        actor.user_id in people, words, rule=RULE_TWO_PEOPLE, remedy="请由另一位同事办理。"
    )
