"""Who may do what with an evaluation: every office in every state."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product

import pytest

from procure.kernel.access import Actor, OrganisationKind, Role
from procure.kernel.clock import at_local
from procure.kernel.errors import Verdict
from procure.kernel.lifecycle import ContractState, EvaluationState
from procure.kernel.vocabulary import EvaluationKind, Grade
from procure.registers.accounts.models import Organisation
from procure.stages.contracts.models import Contract
from procure.stages.evaluation import policies
from procure.stages.evaluation.models import ChargeGround, Evaluation
from procure.stages.evaluation.window import final_window
from tests.factories.people import ASSESSOR, BUYER, OFFICES, SUPPLIER, person_with

State = EvaluationState
Ask = Callable[[Actor, Evaluation, Contract], Verdict]

FIRST, LAST = date(2026, 6, 18), date(2027, 6, 17)
CHARGED = {Role.EVALUATOR, Role.LEAD_EVALUATOR}
PROVIDER = {Role.SUPPLIER_MEMBER, Role.SUPPLIER_SIGNATORY}
RULES: dict[str, tuple[Ask, set[Role], set[State]]] = {
    "assign": (
        lambda a, e, c: policies.may_assign(a, e, c, midterm=None, today=LAST),
        {Role.CLERK},
        {State.SCHEDULED},
    ),
    "declare": (
        lambda a, e, c: policies.may_declare(a, e, declared=False),
        CHARGED,
        {State.ASSIGNED},
    ),
    "score": (
        lambda a, e, c: policies.may_score(a, e, declared=True),
        CHARGED,
        {State.ASSIGNED},
    ),
    "submit": (
        lambda a, e, c: policies.may_submit(a, e, declared=True, blocks=0),
        {Role.LEAD_EVALUATOR},
        {State.ASSIGNED},
    ),
    "return": (policies.may_return, {Role.APPROVER}, {State.SUBMITTED}),
    "confirm": (policies.may_confirm, {Role.APPROVER}, {State.SUBMITTED}),
    "rectify": (policies.may_report_rectification, PROVIDER, {State.CONFIRMED}),
    "again": (policies.may_schedule_again, {Role.CLERK}, {State.CONFIRMED}),
    "settle": (
        lambda a, e, c: policies.may_settle(a, e, c, today=LAST, rectify_until=None),
        {Role.APPROVER},
        {State.CONFIRMED},
    ),
    "waive": (
        policies.may_waive_rectification,
        {Role.SUPPLIER_SIGNATORY},
        {State.CONFIRMED},
    ),
}


def contract() -> Contract:
    return Contract(
        id="contract-1",
        buyer_id=BUYER,
        supplier_id=SUPPLIER,
        state=ContractState.FILED,
        starts_on=FIRST,
        ends_on=LAST,
    )


def evaluation(state: State, grade: Grade | None = Grade.FAIL) -> Evaluation:
    return Evaluation(
        id="evaluation-1",
        kind=EvaluationKind.FINAL,
        round=1,
        state=state,
        grade=grade,
        assessor_id=None if state is State.SCHEDULED else ASSESSOR,
        evaluator_id=f"user-{Role.EVALUATOR}",
        submitted_by=f"user-{Role.LEAD_EVALUATOR}",
    )


@pytest.mark.parametrize("verb", RULES)
def test_verb_is_for_its_office_in_its_state(verb: str) -> None:
    ask, offices, states = RULES[verb]
    for role, state in product(OFFICES, State):
        verdict = ask(person_with(role), evaluation(state), contract())

        assert verdict.ok is (role in offices and state in states), (role, state)
        assert verdict.ok or verdict.reason


@pytest.mark.parametrize("verb", RULES)
def test_verb_is_never_for_another_organisation(verb: str) -> None:
    ask, _, states = RULES[verb]

    for role, state in product(OFFICES, states):
        stranger = person_with(role, organisation_id="elsewhere")
        assert not ask(stranger, evaluation(state), contract()).ok, (role, state)


def test_score_needs_the_declaration() -> None:
    open_one, evaluator = evaluation(State.ASSIGNED), person_with(Role.EVALUATOR)
    lead = person_with(Role.LEAD_EVALUATOR)

    assert not policies.may_score(evaluator, open_one, declared=False).ok
    assert not policies.may_submit(lead, open_one, declared=False, blocks=0).ok
    assert policies.may_declare(evaluator, open_one, declared=False).ok
    assert not policies.may_declare(evaluator, open_one, declared=True).ok


def test_score_is_not_for_another_evaluator_of_the_assessor() -> None:
    colleague = person_with(Role.EVALUATOR, user_id="user-colleague")

    assert not policies.may_score(colleague, evaluation(State.ASSIGNED), declared=True).ok


def test_confirm_is_not_for_who_submitted() -> None:
    same = person_with(Role.APPROVER, user_id=f"user-{Role.LEAD_EVALUATOR}")

    verdict = policies.may_confirm(same, evaluation(State.SUBMITTED), contract())
    assert not verdict.ok
    assert "您提交" in verdict.reason


def test_submit_with_findings_is_refused() -> None:
    lead = person_with(Role.LEAD_EVALUATOR)

    assert not policies.may_submit(lead, evaluation(State.ASSIGNED), declared=True, blocks=1).ok


@pytest.mark.parametrize("grade", [Grade.EXCELLENT, Grade.GOOD, Grade.PASS])
def test_passed_evaluation_needs_no_rectification(grade: Grade) -> None:
    passed = evaluation(State.CONFIRMED, grade)

    member, clerk = person_with(Role.SUPPLIER_MEMBER), person_with(Role.CLERK)
    assert not policies.may_report_rectification(member, passed, contract()).ok
    assert not policies.may_schedule_again(clerk, passed, contract()).ok


@pytest.mark.parametrize("state", State)
def test_provider_reads_the_result_only_once_it_stands(state: State) -> None:
    member = person_with(Role.SUPPLIER_MEMBER)

    verdict = policies.may_read_result(member, evaluation(state), contract())
    assert verdict.ok is (state is State.CONFIRMED)


def organisation(ident: str, kind: OrganisationKind, head: str = "甲") -> Organisation:
    return Organisation(id=ident, name="某机构", kind=kind, representative=head, is_active=True)


@pytest.mark.parametrize(
    ("assessor", "has_bid", "independent"),
    [
        (organisation(ASSESSOR, OrganisationKind.ASSESSOR), False, True),
        (organisation(ASSESSOR, OrganisationKind.ASSESSOR), True, False),
        (organisation(ASSESSOR, OrganisationKind.ASSESSOR, "阿依·乙"), False, False),
        (organisation(ASSESSOR, OrganisationKind.ASSESSOR, "阿依 • \u2f04\u200b"), False, False),
        (organisation(ASSESSOR, OrganisationKind.ASSESSOR, ""), False, True),
        (organisation(ASSESSOR, OrganisationKind.SUPPLIER), False, False),
        (organisation(SUPPLIER, OrganisationKind.ASSESSOR), False, False),
    ],
)
def test_assessor_must_be_independent(
    assessor: Organisation, has_bid: bool, independent: bool
) -> None:
    supplier = organisation(SUPPLIER, OrganisationKind.SUPPLIER, "阿依·乙")

    verdict = policies.is_independent(assessor, contract(), supplier, has_bid=has_bid)
    assert verdict.ok is independent


def assigning(today: date, midterm: Evaluation | None = None) -> Verdict:
    return policies.may_assign(
        person_with(Role.CLERK),
        evaluation(State.SCHEDULED),
        contract(),
        midterm=midterm,
        today=today,
    )


def test_final_evaluation_is_assigned_only_in_the_month_before_the_end() -> None:
    opens = date(2027, 5, 17)

    assert policies.window_of(contract()).opens_on == opens
    refusal = assigning(opens - timedelta(days=1))
    assert not refusal.ok
    assert "2027年5月17日" in refusal.reason
    assert "2027年6月17日" in refusal.reason
    for day in (opens, LAST, LAST + timedelta(days=100)):
        assert assigning(day).ok


@pytest.mark.parametrize(
    ("starts", "ends", "opens"),
    [
        (date(2027, 1, 4), date(2028, 1, 3), date(2027, 12, 3)),
        (date(2026, 4, 1), date(2027, 3, 31), date(2027, 2, 28)),
        (date(2027, 3, 10), date(2027, 3, 29), date(2027, 3, 10)),
    ],
)
def test_window_begins_on_the_corresponding_day_whatever_day_of_the_week(
    starts: date, ends: date, opens: date
) -> None:
    window = final_window(starts, ends)

    assert (window.opens_on, window.closes_on) == (opens, ends)


@pytest.mark.parametrize("state", [State.SCHEDULED, State.ASSIGNED, State.SUBMITTED])
def test_final_evaluation_waits_for_an_open_midterm(state: State) -> None:
    assert not assigning(LAST, evaluation(state, None)).ok


def test_final_evaluation_waits_for_a_failed_midterm_until_it_is_settled() -> None:
    failed = evaluation(State.CONFIRMED, Grade.FAIL)
    assert "办结不合格的评估" in assigning(LAST, failed).remedy

    failed.settled_at = at_local(LAST)
    assert assigning(LAST, failed).ok
    assert assigning(LAST, evaluation(State.CONFIRMED, Grade.PASS)).ok
    assert assigning(LAST, evaluation(State.CANCELLED, None)).ok


def test_window_follows_an_early_end_of_the_contract() -> None:
    ended = contract()
    ended.ended_early_on = date(2026, 12, 31)

    assert policies.window_of(ended) == final_window(FIRST, date(2026, 12, 31))


def test_rectification_is_reported_once_and_not_after_closing() -> None:
    member, failed = person_with(Role.SUPPLIER_MEMBER), evaluation(State.CONFIRMED)
    clerk = person_with(Role.CLERK)
    assert not policies.may_refuse_rectification(clerk, failed, contract()).ok

    failed.rectified_at = at_local(FIRST)
    assert not policies.may_report_rectification(member, failed, contract()).ok
    assert policies.may_refuse_rectification(clerk, failed, contract()).ok

    failed.rectified_at, failed.settled_at = None, at_local(LAST)
    assert not policies.may_report_rectification(member, failed, contract()).ok
    assert not policies.may_schedule_again(clerk, failed, contract()).ok


def test_failed_first_round_is_not_closed_while_the_term_leaves_time() -> None:
    approver = person_with(Role.APPROVER)
    early = date(2027, 1, 4)
    first = evaluation(State.CONFIRMED)
    asked = {"today": early, "rectify_until": None}
    assert not policies.may_settle(approver, first, contract(), **asked).ok

    first.round = 2
    assert policies.may_settle(approver, first, contract(), **asked).ok


@pytest.mark.parametrize("kind", EvaluationKind)
@pytest.mark.parametrize("number", [1, 2])
def test_failed_evaluation_is_not_closed_before_the_days_for_putting_right_are_over(
    kind: EvaluationKind, number: int
) -> None:
    approver, failed = person_with(Role.APPROVER), evaluation(State.CONFIRMED)
    failed.kind, failed.round = kind, number
    last = LAST + timedelta(days=30)
    verdict = policies.may_settle(approver, failed, contract(), today=last, rectify_until=last)
    assert not verdict.ok
    assert "整改期限到" in verdict.reason
    assert "不再整改" in (verdict.remedy or "")

    after = last + timedelta(days=1)
    assert policies.may_settle(approver, failed, contract(), today=after, rectify_until=last).ok


def test_waived_rectification_is_not_reported_any_more() -> None:
    failed = evaluation(State.CONFIRMED)
    failed.waived_at = at_local(LAST)
    assert not policies.may_report_rectification(
        person_with(Role.SUPPLIER_MEMBER), failed, contract()
    ).ok
    signatory = person_with(Role.SUPPLIER_SIGNATORY)
    assert not policies.may_waive_rectification(signatory, failed, contract()).ok


def test_closed_assessor_is_not_independent() -> None:
    closed = organisation(ASSESSOR, OrganisationKind.ASSESSOR)
    closed.is_active = False
    supplier = organisation(SUPPLIER, OrganisationKind.SUPPLIER, "乙")

    assert not policies.is_independent(closed, contract(), supplier, has_bid=False).ok


def test_every_ground_ends_a_charge_from_one_side_and_an_interest_from_both() -> None:
    own, buyers = set(policies.OWN_GROUNDS), set(policies.BUYERS_GROUNDS)

    assert own | buyers == set(ChargeGround)
    assert own & buyers == {ChargeGround.CONFLICT}
