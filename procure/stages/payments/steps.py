"""What can be done with the money of a contract, by whom and where: the rows of pages and desks."""

from dataclasses import dataclass
from typing import Any

from procure.kernel.access import Permission
from procure.kernel.errors import Verdict
from procure.stages.contracts.models import Contract, ContractSettlement
from procure.stages.payments import policies
from procure.stages.payments.models import PaymentRequest, PaymentReversal, SupplierRefund
from procure.stages.payments.policies import GATE_NOT_ASKED
from procure.stages.payments.settlement import SettlementFacts
from procure.web.step_table import Facts, StepOf


@dataclass(frozen=True, kw_only=True)
class InstalmentFacts(Facts):
    """An instalment for one reader. `gate` is what it waits for when it is asked for, `release` when
    money is let go; `paid` says that something of it was.
    """

    contract: Contract
    request: PaymentRequest | None = None
    gate: Verdict = GATE_NOT_ASKED
    release: Verdict = GATE_NOT_ASKED
    reversal: PaymentReversal | None = None
    paid: bool = False

    @property
    def asked(self) -> PaymentRequest:
        """The request that was made."""
        assert self.request is not None
        return self.request

    @property
    def reversing(self) -> PaymentReversal:
        """What somebody proposed to take back."""
        assert self.reversal is not None
        return self.reversal


@dataclass(frozen=True, kw_only=True)
class RefundFacts(Facts):
    """What the provider has to pay back; `left` fen are still out, `pending` waits to be confirmed."""

    contract: Contract
    left: int = 0
    pending: SupplierRefund | None = None


@dataclass(frozen=True, kw_only=True)
class SettlingFacts(Facts):
    """A contract that may be settled. `waited` says that the supplier has answered the proposal, or
    that its days are over; `judged` is what a proposal is judged by, None where nobody makes one.
    """

    contract: Contract
    pending: ContractSettlement | None = None
    waited: bool = True
    judged: SettlementFacts | None = None


def _may_decide_reversal(it: InstalmentFacts) -> Verdict:
    return policies.may_decide_reversal(it.actor, it.contract, it.reversing, in_view=True)


def _may_propose_reversal(it: InstalmentFacts) -> Verdict:
    return policies.may_propose_reversal(
        it.actor, it.asked, in_view=True, paid=it.paid, is_pending=it.reversal is not None
    )


def _may_decide_refund(it: RefundFacts) -> Verdict:
    assert it.pending is not None
    return policies.may_decide_refund(it.actor, it.contract, it.pending, in_view=True)


def _may_propose_settlement(it: SettlingFacts) -> Verdict:
    assert it.judged is not None
    return policies.may_propose_settlement(it.actor, it.contract, it.pending, it.judged)


def _concerns(it: Facts, verdict: Verdict) -> bool:
    """Whether a second signature is this reader's: of the treasury, or of whoever else may give it."""
    return verdict.ok or it.actor.may(Permission.PAYMENT_PAY)


def _settling(it: SettlingFacts) -> str:
    assert it.pending is not None
    return f"{it.pending.ground.label}，申请结算办结"


# fmt: off
# Another treasurer decides, or the buyer's approver: the verdict tells them apart.
REVERSE: StepOf[InstalmentFacts] = StepOf("reverse_payment", "payments.reversal", _may_decide_reversal,
    todo=lambda it: f"{it.reversing.kind.label}等您确认", also=("refuse_reversal",),
    office=Permission.PAYMENT_VIEW,
    when=lambda it: it.reversal is not None and _concerns(it, _may_decide_reversal(it)))

INSTALMENT_STEPS: tuple[StepOf[InstalmentFacts], ...] = (
    StepOf("request_payment", "payments.request_",
        lambda it: policies.may_request(it.actor, it.contract, None, it.gate), todo="可以申请支付"),
    StepOf("resubmit_payment", "payments.request_",
        lambda it: policies.may_resubmit(it.actor, it.contract, it.asked, it.gate), todo="申请已退回，等您补正", usual=False),
    StepOf("review_payment", "payments.review",
        lambda it: policies.may_review(it.actor, it.contract, it.asked, GATE_NOT_ASKED), todo="承接主体已申请，等您核对",
        also=("return_payment",)),
    StepOf("approve_payment", "payments.approve",
        lambda it: policies.may_approve(it.actor, it.contract, it.asked, GATE_NOT_ASKED), todo="经办人已核对，等您批准",
        label="审批支付申请"),
    StepOf("pay_share", "payments.pay",
        lambda it: policies.may_pay(it.actor, it.asked, in_view=True, gate=it.release), todo="采购人已批准，等您支付"),
    REVERSE,
    StepOf("propose_reversal", "payments.reverse", _may_propose_reversal,
        when=lambda it: it.reversal is None and it.paid),
    StepOf("send_back_payment", "payments.send_back", when=lambda it: not it.paid),
)

REFUND_STEPS: tuple[StepOf[RefundFacts], ...] = (
    StepOf("", "payments.decide_refund", _may_decide_refund, todo="承接主体退回的款项等您确认", label="确认退回款项",
        office=Permission.PAYMENT_VIEW, usual=False,
        when=lambda it: it.pending is not None and _concerns(it, _may_decide_refund(it))),
    StepOf("", "payments.refund", label="登记退回款项", office=Permission.PAYMENT_PAY,
        when=lambda it: it.pending is None and bool(it.left)),
)

EXCUSE: StepOf[Facts] = StepOf("", "payments.excuse", label="登记款项不再等待履约节点", office=Permission.PAYMENT_APPROVE)

SETTLEMENT_STEPS: tuple[StepOf[SettlingFacts], ...] = (
    StepOf("propose_settlement", "payments.propose_settlement", _may_propose_settlement,
        when=lambda it: it.judged is not None, only_allowed=True),
    StepOf("answer_settlement", "payments.answer_settlement",
        lambda it: policies.may_answer_settlement(it.actor, it.contract, it.pending), todo=_settling,
        when=lambda it: it.pending is not None, only_allowed=True, usual=False),
    StepOf("settle_contract", "payments.decide_settlement",
        lambda it: policies.may_decide_settlement(it.actor, it.contract, it.pending),
        todo=lambda it: _settling(it) if it.waited else "", also=("refuse_settlement",), label="审批结算办结申请",
        when=lambda it: it.pending is not None, only_allowed=True),
)

STEPS: tuple[StepOf[Any], ...] = (*INSTALMENT_STEPS, *REFUND_STEPS, EXCUSE, *SETTLEMENT_STEPS)
