"""What opens an instalment, and in words what it waits for."""

import re
from dataclasses import replace
from datetime import date

import pytest

from procure.kernel.errors import ALLOWED, TooEarly
from procure.kernel.lifecycle import (
    AcceptanceState,
    ContractState,
    EvaluationState,
    MilestoneState,
    PaymentRequestState,
)
from procure.kernel.vocabulary import EvaluationKind, Grade, PaymentTrigger
from procure.stages.contracts.paper import condition_words
from procure.stages.payments.gates import (
    WORDED_CONDITIONS,
    EvaluationFact,
    GateFacts,
    MilestoneFact,
    Predecessor,
    evidence_words,
    gate,
    release,
)

DUE = date(2026, 11, 5)
FILED = GateFacts(ContractState.FILED, "斗财采备〔2026〕7号", {}, None, "", date(2027, 5, 5))


def with_midterm(state: EvaluationState, grade: Grade | None) -> GateFacts:
    fact = EvaluationFact(state, grade, 8_650 if grade else None, DUE)
    return replace(FILED, evaluations={EvaluationKind.MIDTERM: fact})


@pytest.mark.parametrize("trigger", PaymentTrigger)
def test_gate_before_filing_waits_for_the_filing(trigger: PaymentTrigger) -> None:
    for state in [ContractState.SIGNED, ContractState.PUBLISHED]:
        verdict = gate(trigger, replace(FILED, contract_state=state))

        assert not verdict.ok
        assert verdict.error is TooEarly
        assert "备案" in verdict.reason


def test_gate_on_signing_opens_with_the_filing() -> None:
    assert gate(PaymentTrigger.SIGNING, FILED).ok


@pytest.mark.parametrize(
    "state", [EvaluationState.SCHEDULED, EvaluationState.ASSIGNED, EvaluationState.SUBMITTED]
)
def test_gate_on_midterm_says_where_the_evaluation_stands_and_till_when(
    state: EvaluationState,
) -> None:
    verdict = gate(PaymentTrigger.MIDTERM, with_midterm(state, None))

    assert not verdict.ok
    assert "2026年11月5日" in verdict.reason
    assert "待确认" not in verdict.reason, "the provider is not told that a report was submitted"


@pytest.mark.parametrize("grade", [Grade.EXCELLENT, Grade.GOOD, Grade.PASS])
def test_gate_on_midterm_opens_with_a_pass(grade: Grade) -> None:
    facts = with_midterm(EvaluationState.CONFIRMED, grade)

    assert gate(PaymentTrigger.MIDTERM, facts).ok
    assert "86.50 分" in evidence_words(PaymentTrigger.MIDTERM, facts)


def test_gate_on_midterm_is_held_by_a_failure() -> None:
    verdict = gate(PaymentTrigger.MIDTERM, with_midterm(EvaluationState.CONFIRMED, Grade.FAIL))

    assert not verdict.ok
    assert "暂停支付" in verdict.reason
    assert verdict.remedy is not None
    assert "复评" in verdict.remedy


def test_gate_on_final_is_not_opened_by_the_midterm() -> None:
    facts = with_midterm(EvaluationState.CONFIRMED, Grade.EXCELLENT)

    assert not gate(PaymentTrigger.FINAL, facts).ok


@pytest.mark.parametrize(
    "state",
    [None, AcceptanceState.COLLECTING, AcceptanceState.PASSED, AcceptanceState.NOT_PASSED],
)
def test_gate_on_acceptance_waits_for_the_announcement(state: AcceptanceState | None) -> None:
    verdict = gate(PaymentTrigger.ACCEPTANCE, replace(FILED, acceptance=state))

    assert not verdict.ok
    assert "公告" in verdict.reason


def test_gate_on_acceptance_opens_with_the_announcement() -> None:
    facts = replace(
        FILED, acceptance=AcceptanceState.PUBLISHED, notice_number="DMMZ-2026-001-YSG01"
    )

    assert gate(PaymentTrigger.ACCEPTANCE, facts).ok
    assert "DMMZ-2026-001-YSG01" in evidence_words(PaymentTrigger.ACCEPTANCE, facts)


def milestone(
    position: int, due_on: date, state: MilestoneState, *, excused: bool = False
) -> MilestoneFact:
    return MilestoneFact(position, f"第 {position} 季度服务报告", due_on, state, excused)


PASSED = with_midterm(EvaluationState.CONFIRMED, Grade.GOOD)


@pytest.mark.parametrize(
    ("grade", "state", "round_", "held"),
    [
        (Grade.FAIL, EvaluationState.CONFIRMED, 1, True),
        (None, EvaluationState.SCHEDULED, 2, True),
        (None, EvaluationState.SUBMITTED, 1, True),
        (Grade.PASS, EvaluationState.CONFIRMED, 2, False),
        (None, EvaluationState.SCHEDULED, 1, False),
    ],
)
@pytest.mark.parametrize("trigger", [PaymentTrigger.FINAL, PaymentTrigger.ACCEPTANCE])
def test_failed_midterm_holds_everything_after_it_until_it_is_evaluated_again(
    trigger: PaymentTrigger,
    grade: Grade | None,
    state: EvaluationState,
    round_: int,
    held: bool,
) -> None:
    """The failing contract of month six: final and acceptance on paper open nothing."""
    midterm = EvaluationFact(state, grade, 5_999 if grade else None, DUE, round_)
    final = EvaluationFact(EvaluationState.CONFIRMED, Grade.EXCELLENT, 10_000, DUE)
    facts = replace(
        FILED,
        evaluations={EvaluationKind.MIDTERM: midterm, EvaluationKind.FINAL: final},
        acceptance=AcceptanceState.PUBLISHED,
    )
    verdict = gate(trigger, facts)

    assert verdict.ok is not held
    assert held is ("中期评估" in verdict.reason)


def test_failed_midterm_does_not_hold_what_signing_opened() -> None:
    assert gate(PaymentTrigger.SIGNING, with_midterm(EvaluationState.CONFIRMED, Grade.FAIL)).ok


def test_milestones_due_by_the_instalments_point_hold_it_and_later_ones_do_not() -> None:
    met = milestone(1, date(2026, 8, 5), MilestoneState.MET)
    late = milestone(2, DUE, MilestoneState.REPORTED)
    later = milestone(3, date(2027, 5, 5), MilestoneState.PLANNED)
    facts = replace(PASSED, milestones=(met, late, later), acceptance=AcceptanceState.PUBLISHED)

    verdict = gate(PaymentTrigger.MIDTERM, facts)
    assert "第 2 季度服务报告" in verdict.reason
    excused = replace(facts, milestones=(met, replace(late, is_excused=True), later))
    assert gate(PaymentTrigger.MIDTERM, excused).ok
    assert "第 3 季度服务报告" in gate(PaymentTrigger.ACCEPTANCE, excused).reason
    assert gate(PaymentTrigger.SIGNING, facts).ok


@pytest.mark.parametrize("state", [None, *PaymentRequestState])
def test_instalments_come_in_the_contracts_order(state: PaymentRequestState | None) -> None:
    before = Predecessor(1, state)
    asked = gate(PaymentTrigger.MIDTERM, PASSED, before)
    released = release(ALLOWED, before)

    assert asked.ok is (state not in (None, PaymentRequestState.RETURNED))
    assert released.ok is (state in (PaymentRequestState.APPROVED, PaymentRequestState.PAID))
    assert asked.ok or "第 1 期" in asked.reason
    assert released.ok or "第 1 期" in released.reason


def test_every_condition_the_contract_prints_is_asked_by_a_row_or_of_a_person() -> None:
    """A clause added to the payment article must be computed here or be answered by the clerk."""
    computed = {
        "合同已公告并报财政部门备案",
        "中期评估等级为合格以上",
        "不合格的",
        "整改后复评合格",
        "末期评估等级为合格以上",
        "履约验收合格",
        "验收结果已向社会公告",
    }
    for trigger in PaymentTrigger:
        words = condition_words(trigger)
        asked = {item.label for item in WORDED_CONDITIONS.get(trigger, ())}
        assert set(re.split("[，；]", words)) - computed == asked


@pytest.mark.parametrize(
    ("state", "closed"), [(EvaluationState.CONFIRMED, True), (EvaluationState.CANCELLED, False)]
)
def test_instalment_of_an_evaluation_that_will_not_pass_goes_with_the_acceptance(
    state: EvaluationState, closed: bool
) -> None:
    """Closed as failed or cancelled with an early end: no contract keeps money nobody can ask for."""
    grade = Grade.FAIL if closed else None
    fact = EvaluationFact(state, grade, 5_999 if closed else None, DUE, is_closed=closed)
    waiting = replace(FILED, evaluations={EvaluationKind.MIDTERM: fact})
    accepted = replace(waiting, acceptance=AcceptanceState.PUBLISHED, deduction_fen=100)

    assert "验收" in gate(PaymentTrigger.MIDTERM, waiting).reason
    assert gate(PaymentTrigger.MIDTERM, accepted).ok
    assert gate(PaymentTrigger.ACCEPTANCE, accepted).ok
    for own, said in ((60, "本期扣减 ¥0.60"), (0, "本期不扣减")):
        words = evidence_words(PaymentTrigger.MIDTERM, accepted, own)
        assert f"部分合格，共扣减 ¥1.00，{said}" in words
