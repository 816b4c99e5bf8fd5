"""Whether an instalment may be asked for, and in words what it waits for. Pure (R-FND-3, R-GZ-6)."""

from dataclasses import dataclass
from datetime import date

from procure.kernel.errors import ALLOWED, TooEarly, Verdict, refused
from procure.kernel.lifecycle import AcceptanceState, ContractState, EvaluationState, state_words
from procure.kernel.vocabulary import EVALUATION_KIND_LABELS, EvaluationKind, Grade, PaymentTrigger
from procure.kernel.workdays import date_word
from procure.stages.evaluation.events import points_words
from procure.stages.evaluation.results import passes

FILED_STATES = frozenset({ContractState.FILED, ContractState.COMPLETED})


@dataclass(frozen=True)
class EvaluationFact:
    """The newest round of one evaluation, as far as money depends on it."""

    state: EvaluationState
    grade: Grade | None
    total_points: int | None
    due_on: date


@dataclass(frozen=True)
class GateFacts:
    """Everything an instalment can wait for."""

    contract_state: ContractState
    filing_number: str
    evaluations: dict[EvaluationKind, EvaluationFact]
    acceptance: AcceptanceState | None
    notice_number: str
    ends_on: date | None


_KIND_OF_TRIGGER = {
    PaymentTrigger.MIDTERM: EvaluationKind.MIDTERM,
    PaymentTrigger.FINAL: EvaluationKind.FINAL,
}


def gate(trigger: PaymentTrigger, facts: GateFacts) -> Verdict:
    """Whether what opens the instalment has happened; if not, what it waits for and till when."""
    if facts.contract_state not in FILED_STATES:
        return refused(
            "等待合同公告和备案。",
            rule="合同约定的付款条件",
            remedy="采购人办结合同备案后，就可以申请。",
            error=TooEarly,
        )
    if trigger is PaymentTrigger.SIGNING:
        return ALLOWED
    if trigger is PaymentTrigger.ACCEPTANCE:
        return _accepted(facts)
    return _evaluated(_KIND_OF_TRIGGER[trigger], facts)


def evidence_words(trigger: PaymentTrigger, facts: GateFacts) -> str:
    """What proves that the condition is met, for the payment sheet."""
    if trigger is PaymentTrigger.SIGNING:
        return f"合同已备案，备案号 {facts.filing_number}"
    if trigger is PaymentTrigger.ACCEPTANCE:
        return f"验收合格，验收结果公告 {facts.notice_number}"
    kind = _KIND_OF_TRIGGER[trigger]
    return (
        f"{EVALUATION_KIND_LABELS[kind]} {points_words(facts.evaluations[kind].total_points or 0)}"
    )


def _evaluated(kind: EvaluationKind, facts: GateFacts) -> Verdict:
    name = EVALUATION_KIND_LABELS[kind]
    fact = facts.evaluations.get(kind)
    if fact is None:
        return refused(f"等待{name}，还没有排定。", error=TooEarly)
    if fact.state is not EvaluationState.CONFIRMED:
        now = state_words(fact.state).supplier or state_words(fact.state).words
        return refused(
            f"等待{name}合格。现在是“{now}”，最迟应于{date_word(fact.due_on)}完成。",
            rule="合同约定的付款条件",
            remedy="评估结果确认合格后，就可以申请。",
            error=TooEarly,
        )
    if not passes(fact.grade):
        return refused(
            f"{name}不合格，这一期暂停支付。",
            rule="合同约定的付款条件",
            remedy="请按要求整改；复评合格后，就可以申请。",
            error=TooEarly,
        )
    return ALLOWED


def _accepted(facts: GateFacts) -> Verdict:
    if facts.acceptance is AcceptanceState.PUBLISHED:
        return ALLOWED
    if facts.acceptance is None:
        ends = f"合同{date_word(facts.ends_on)}届满后，" if facts.ends_on else ""
        now = f"{ends}采购人组织验收"
    else:
        words = state_words(facts.acceptance)
        now = f"现在是“{words.supplier or words.words}”"
    return refused(
        f"等待履约验收合格并公告。{now}。",
        rule="《政府采购法实施条例》第四十五条",
        remedy="验收结果公告后，就可以申请。",
        error=TooEarly,
    )
