"""What opens an instalment, and in words what it waits for."""

from dataclasses import replace
from datetime import date

import pytest

from procure.kernel.errors import TooEarly
from procure.kernel.lifecycle import AcceptanceState, ContractState, EvaluationState
from procure.kernel.vocabulary import EvaluationKind, Grade, PaymentTrigger
from procure.stages.payments.gates import EvaluationFact, GateFacts, evidence_words, gate

DUE = date(2026, 11, 5)
FILED = GateFacts(ContractState.FILED, "斗财采备〔2026〕7号", {}, None, "", date(2027, 5, 5))


def with_midterm(state: EvaluationState, grade: Grade | None) -> GateFacts:
    fact = EvaluationFact(state, grade, 8_650 if grade else None, DUE)
    return replace(FILED, evaluations={EvaluationKind.MIDTERM: fact})


@pytest.mark.parametrize("state", [ContractState.SIGNED, ContractState.PUBLISHED])
@pytest.mark.parametrize("trigger", PaymentTrigger)
def test_gate_before_filing_waits_for_the_filing(
    trigger: PaymentTrigger, state: ContractState
) -> None:
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
