"""Who may do what with an evaluation: every office in every state."""

from collections.abc import Callable

import pytest

from procure.kernel.access import Actor, OrganisationKind, Role
from procure.kernel.errors import Verdict
from procure.kernel.lifecycle import ContractState, EvaluationState
from procure.kernel.vocabulary import Grade
from procure.registers.accounts.models import Organisation
from procure.stages.contracts.models import Contract
from procure.stages.evaluation import policies
from procure.stages.evaluation.models import Evaluation
from tests.factories.people import ASSESSOR, BUYER, OFFICES, SUPPLIER, person_with

State = EvaluationState
Ask = Callable[[Actor, Evaluation, Contract], Verdict]

CHARGED = {Role.EVALUATOR, Role.LEAD_EVALUATOR}
PROVIDER = {Role.SUPPLIER_MEMBER, Role.SUPPLIER_SIGNATORY}
RULES: dict[str, tuple[Ask, set[Role], set[State]]] = {
    "assign": (policies.may_assign, {Role.CLERK}, {State.SCHEDULED}),
    "score": (lambda a, e, c: policies.may_score(a, e), CHARGED, {State.ASSIGNED}),
    "submit": (
        lambda a, e, c: policies.may_submit(a, e, blocks=0),
        {Role.LEAD_EVALUATOR},
        {State.ASSIGNED},
    ),
    "return": (policies.may_return, {Role.APPROVER}, {State.SUBMITTED}),
    "confirm": (policies.may_confirm, {Role.APPROVER}, {State.SUBMITTED}),
    "rectify": (policies.may_report_rectification, PROVIDER, {State.CONFIRMED}),
    "again": (policies.may_schedule_again, {Role.CLERK}, {State.CONFIRMED}),
}


def contract() -> Contract:
    return Contract(
        id="contract-1", buyer_id=BUYER, supplier_id=SUPPLIER, state=ContractState.FILED
    )


def evaluation(state: State, grade: Grade | None = Grade.FAIL) -> Evaluation:
    return Evaluation(
        id="evaluation-1",
        state=state,
        grade=grade,
        assessor_id=None if state is State.SCHEDULED else ASSESSOR,
        evaluator_id=f"user-{Role.EVALUATOR}",
        declared_at=None if state is State.SCHEDULED else object(),
        submitted_by=f"user-{Role.LEAD_EVALUATOR}",
    )


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("role", OFFICES)
@pytest.mark.parametrize("verb", RULES)
def test_verb_is_for_its_office_in_its_state(verb: str, role: Role, state: State) -> None:
    ask, offices, states = RULES[verb]
    verdict = ask(person_with(role), evaluation(state), contract())

    assert verdict.ok is (role in offices and state in states)
    assert verdict.ok or verdict.reason


@pytest.mark.parametrize("verb", RULES)
@pytest.mark.parametrize("role", OFFICES)
def test_verb_is_never_for_another_organisation(verb: str, role: Role) -> None:
    ask, _, states = RULES[verb]
    stranger = person_with(role, organisation_id="elsewhere")

    for state in states:
        assert not ask(stranger, evaluation(state), contract()).ok


def test_score_needs_the_declaration() -> None:
    open_one = evaluation(State.ASSIGNED)
    open_one.declared_at = None

    assert not policies.may_score(person_with(Role.EVALUATOR), open_one).ok
    assert policies.may_declare(person_with(Role.EVALUATOR), open_one).ok


def test_score_is_not_for_another_evaluator_of_the_assessor() -> None:
    colleague = person_with(Role.EVALUATOR, user_id="user-colleague")

    assert not policies.may_score(colleague, evaluation(State.ASSIGNED)).ok


def test_confirm_is_not_for_who_submitted() -> None:
    same = person_with(Role.APPROVER, user_id=f"user-{Role.LEAD_EVALUATOR}")

    verdict = policies.may_confirm(same, evaluation(State.SUBMITTED), contract())
    assert not verdict.ok
    assert "您提交" in verdict.reason


def test_submit_with_findings_is_refused() -> None:
    lead = person_with(Role.LEAD_EVALUATOR)

    assert not policies.may_submit(lead, evaluation(State.ASSIGNED), blocks=1).ok


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
