"""Whether an instalment may be asked for, and in words what it waits for. Pure (R-FND-3, R-GZ-6).

The contract's conditions are asked one by one: what opens the instalment, that nothing before it
has failed, the milestones due by then, and that the instalments come in the contract's order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from procure.kernel.day_words import date_word
from procure.kernel.errors import ALLOWED, TooEarly, Verdict, first_refusal, refused, refused_if
from procure.kernel.laws import cite
from procure.kernel.lifecycle import (
    AcceptanceState,
    ContractState,
    EvaluationState,
    MilestoneState,
    PaymentRequestState,
)
from procure.kernel.money import Money
from procure.kernel.phrases import points_in_words
from procure.kernel.vocabulary import EvaluationKind, Grade, PaymentTrigger
from procure.stages.evaluation.results import KIND_OF_TRIGGER, is_left_to_acceptance, passes
from procure.stages.payments.models import CheckItem

FILED_STATES = frozenset({ContractState.FILED, ContractState.COMPLETED})
OPEN_MILESTONES = frozenset({MilestoneState.PLANNED, MilestoneState.REPORTED})
RULE_CONDITIONS = "合同约定的付款条件"
RULE_ORDER = "合同约定的付款安排"

INVOICE_ITEMS = (
    CheckItem.INVOICE_NUMBER,
    CheckItem.INVOICE_ON,
    CheckItem.INVOICE_AMOUNT,
    CheckItem.INVOICE_SELLER,
    CheckItem.INVOICE_BUYER,
    CheckItem.PAYEE,
)
WORDED_CONDITIONS = {PaymentTrigger.ACCEPTANCE: (CheckItem.FILES_HANDED_OVER,)}
"""The conditions of the contract's payment article that no row shows and a person must answer."""


@dataclass(frozen=True)
class EvaluationFact:
    """The newest round of one evaluation, as far as money depends on it."""

    state: EvaluationState
    grade: Grade | None
    total_points: int | None
    due_on: date
    round: int = 1
    is_closed: bool = False
    """Failed and closed by the buyer: no further round, its money waits for the acceptance."""


@dataclass(frozen=True)
class MilestoneFact:
    """A milestone of the contract; `is_excused`: the buyer no longer makes money wait for it."""

    position: int
    title: str
    due_on: date
    state: MilestoneState
    is_excused: bool = False

    @property
    def is_open(self) -> bool:
        """Whether money still waits for it."""
        return self.state in OPEN_MILESTONES and not self.is_excused


@dataclass(frozen=True)
class Predecessor:
    """The instalment before one; `state` is its request's, None while nobody asked for it."""

    position: int
    state: PaymentRequestState | None


@dataclass(frozen=True)
class GateFacts:
    """Everything an instalment can wait for."""

    contract_state: ContractState
    filing_number: str
    evaluations: dict[EvaluationKind, EvaluationFact]
    acceptance: AcceptanceState | None
    notice_number: str
    ends_on: date | None
    starts_on: date | None = None
    milestones: Sequence[MilestoneFact] = ()
    delivered_on: Mapping[PaymentTrigger, date] = field(default_factory=dict)
    """When what opens an instalment was found in order; nothing of what signing opens."""
    deduction_fen: int = 0
    """What the announced acceptance takes off the instalments that it opens."""
    claimed_fen: int = 0
    """What it claims back of what was paid before."""
    is_settled: bool = False
    """Closed by a settlement: what was not paid then is not paid any more."""


_BEFORE = {
    PaymentTrigger.FINAL: (EvaluationKind.MIDTERM,),
    PaymentTrigger.ACCEPTANCE: (EvaluationKind.MIDTERM, EvaluationKind.FINAL),
}
"""The evaluations that must not stand failed when an instalment is paid."""

_ASKED = frozenset(PaymentRequestState) - {PaymentRequestState.RETURNED}
_AGREED = frozenset({PaymentRequestState.APPROVED, PaymentRequestState.PAID})


def gate(
    trigger: PaymentTrigger,
    facts: GateFacts,
    before: Predecessor | None = None,
    *,
    left: bool = False,
) -> Verdict:
    """Whether the instalment may be asked for and checked; if not, what it waits for, till when.

    `left` says that it waits for the acceptance, since nobody had asked for it when that began.
    """
    return first_refusal(
        _in_force(facts),
        _accepted(facts) if left else _opened(trigger, facts),
        _nothing_failed(trigger, facts),
        _milestones_met(trigger, facts),
        _follows(before, _ASKED, "还没有申请，或者已退回待补正", "承接主体按期次先后申请后"),
    )


def release(gate: Verdict, before: Predecessor | None) -> Verdict:
    """Whether its money may be let go: the gate, and the instalment before it agreed to as well."""
    words = "还没有批准"
    return first_refusal(gate, _follows(before, _AGREED, words, "采购人先批准前一期后"))


def due_milestones(trigger: PaymentTrigger, facts: GateFacts) -> tuple[MilestoneFact, ...]:
    """The milestones due up to the point of the contract that opens an instalment."""
    if trigger is PaymentTrigger.ACCEPTANCE:
        return tuple(facts.milestones)
    until = facts.starts_on
    if trigger is not PaymentTrigger.SIGNING:
        fact = facts.evaluations.get(KIND_OF_TRIGGER[trigger])
        until = fact.due_on if fact is not None else facts.ends_on
    return tuple(one for one in facts.milestones if until is not None and one.due_on <= until)


def items_to_check(trigger: PaymentTrigger) -> tuple[CheckItem, ...]:
    """What the clerk answers before a request for this instalment goes on."""
    return (*INVOICE_ITEMS, *WORDED_CONDITIONS.get(trigger, ()))


def evidence_words(
    trigger: PaymentTrigger, facts: GateFacts, deducted_fen: int = 0, *, left: bool = False
) -> str:
    """What proves that the condition is met, for the payment sheet; `deducted_fen` is the part of
    the acceptance's deduction that this instalment bears.
    """
    if left and trigger is not PaymentTrigger.ACCEPTANCE:
        words = _accepted_words(facts, deducted_fen)
        return f"验收以前没有申请，按验收结论结算；{words}"
    if trigger is PaymentTrigger.SIGNING:
        return f"合同已备案，备案号 {facts.filing_number}"
    if trigger is PaymentTrigger.ACCEPTANCE:
        return _accepted_words(facts, deducted_fen)
    kind = KIND_OF_TRIGGER[trigger]
    fact, name = facts.evaluations[kind], kind.label
    accepted = _accepted_words(facts, deducted_fen)
    if fact.state is EvaluationState.CANCELLED:
        return f"合同提前终止，{name}已取消，按验收结论结算；{accepted}"
    points = f"{name} {points_in_words(fact.total_points or 0)} 分"
    if fact.is_closed:
        return f"{points}，不合格并已办结，按验收结论结算；{accepted}"
    return points


def _accepted_words(facts: GateFacts, deducted_fen: int) -> str:
    if not facts.deduction_fen:
        return f"验收合格，验收结果公告 {facts.notice_number}"
    whole = Money(facts.deduction_fen).format()
    own = f"本期扣减 {Money(deducted_fen).format()}" if deducted_fen else "本期不扣减"
    return f"验收部分合格，共扣减 {whole}，{own}，验收结果公告 {facts.notice_number}"


def nothing_left(payable_fen: int, *, is_settled: bool = False) -> Verdict:
    """Whether anything of an instalment is left to ask for after what acceptance took off, and what
    a settlement gave back.
    """
    if payable_fen:
        return ALLOWED
    if is_settled:
        return refused(
            "合同已经结算办结，没有支付的资金已经退回预算，平台不再受理这一期的支付申请。",
            rule=cite("claims_lapse"),
            remedy="对结算有异议的，请与采购人协商，或者按合同的争议解决条款处理；"
            "请求保护民事权利的诉讼时效期间为三年。",
        )
    return refused(
        "这一期已按验收结论全部扣减，不再支付。",
        rule=cite("acceptance_by_contract"),
        remedy="对扣减有异议的，请与采购人协商，或者按合同的争议条款处理。",
    )


def _in_force(facts: GateFacts) -> Verdict:
    return refused_if(
        facts.contract_state not in FILED_STATES,
        "等待合同公告和备案。",
        rule=RULE_CONDITIONS,
        remedy="采购人办结合同备案后，就可以申请。",
        error=TooEarly,
    )


def _opened(trigger: PaymentTrigger, facts: GateFacts) -> Verdict:
    if trigger is PaymentTrigger.SIGNING:
        return ALLOWED
    if trigger is PaymentTrigger.ACCEPTANCE:
        return _accepted(facts)
    return _evaluated(KIND_OF_TRIGGER[trigger], facts)


def _evaluated(kind: EvaluationKind, facts: GateFacts) -> Verdict:
    """Passed; what an early end left unevaluated, or the buyer closed as failed, is settled with the
    acceptance.
    """
    name = kind.label
    fact = facts.evaluations.get(kind)
    if fact is None:
        return refused(f"等待{name}，还没有排定。", error=TooEarly)
    if is_left_to_acceptance(fact):
        return _accepted(facts)
    if fact.state is not EvaluationState.CONFIRMED:
        return refused(
            f"等待{name}合格。{_standing(fact)}",
            rule=RULE_CONDITIONS,
            remedy="评估结果确认合格后，就可以申请。",
            error=TooEarly,
        )
    if not passes(fact.grade):
        return refused(
            f"{name}不合格，这一期暂停支付。",
            rule=RULE_CONDITIONS,
            remedy="请按要求整改；复评合格后，就可以申请。",
            error=TooEarly,
        )
    return ALLOWED


def _nothing_failed(trigger: PaymentTrigger, facts: GateFacts) -> Verdict:
    """A failed evaluation holds everything after it until the service is evaluated again."""
    for kind in _BEFORE.get(trigger, ()):
        fact = facts.evaluations.get(kind)
        if fact is None or not _is_unsettled(fact):
            continue
        name = kind.label
        failed = fact.state is EvaluationState.CONFIRMED
        now = f"{name}不合格，还没有复评" if failed else f"{name}还没有结论"
        return refused(
            f"{now}，以后各期暂停支付。" + ("" if failed else _standing(fact)),
            rule=RULE_CONDITIONS,
            remedy="请按要求整改；复评合格后，就可以申请。",
            error=TooEarly,
        )
    return ALLOWED


def _is_unsettled(fact: EvaluationFact) -> bool:
    """Begun or failed and not passed; one that never began is asked for by what it opens."""
    if is_left_to_acceptance(fact):
        return False
    if fact.state is EvaluationState.CONFIRMED:
        return not passes(fact.grade)
    return fact.round > 1 or fact.state is not EvaluationState.SCHEDULED


def _standing(fact: EvaluationFact) -> str:
    now = fact.state.supplier
    return f"现在是“{now}”，最迟应于{date_word(fact.due_on)}完成。"


def _accepted(facts: GateFacts) -> Verdict:
    if facts.acceptance is AcceptanceState.PUBLISHED:
        return ALLOWED
    if facts.acceptance is None:
        ends = f"合同{date_word(facts.ends_on)}届满后，" if facts.ends_on else ""
        now = f"{ends}采购人组织验收"
    else:
        now = f"现在是“{facts.acceptance.supplier}”"
    return refused(
        f"等待履约验收合格并公告。{now}。",
        rule=cite("acceptance_by_contract"),
        remedy="验收结果公告后，就可以申请。",
        error=TooEarly,
    )


def _milestones_met(trigger: PaymentTrigger, facts: GateFacts) -> Verdict:
    open_ones = [one for one in due_milestones(trigger, facts) if one.is_open]
    if not open_ones:
        return ALLOWED
    first = open_ones[0]
    rest = f"等 {len(open_ones)} 个节点" if len(open_ones) > 1 else ""
    return refused(
        f"等待履约节点“{first.title}”{rest}完成。应于{date_word(first.due_on)}完成，"
        f"现在是“{first.state.label}”。",
        rule=RULE_CONDITIONS,
        remedy="请承接主体报送节点、采购人确认；采购人同意不再等待的，由审核负责人书面说明理由。",
        error=TooEarly,
    )


def _follows(
    before: Predecessor | None, enough: frozenset[PaymentRequestState], now: str, when: str
) -> Verdict:
    if before is None or before.state in enough:
        return ALLOWED
    return refused(
        f"各期按合同约定的先后支付，第 {before.position} 期{now}。",
        rule=RULE_ORDER,
        remedy=f"{when}，再办理这一期。",
        error=TooEarly,
    )
