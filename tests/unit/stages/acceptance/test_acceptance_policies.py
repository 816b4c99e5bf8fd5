"""Who may do what with an acceptance: every office in every state."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from itertools import product

import pytest

from procure.kernel.access import Actor, Role
from procure.kernel.errors import Verdict
from procure.kernel.lifecycle import AcceptanceState, ContractState, EvaluationState
from procure.kernel.vocabulary import Grade
from procure.stages.acceptance import policies
from procure.stages.acceptance.models import Acceptance
from procure.stages.contracts.models import Contract
from procure.stages.evaluation.models import Evaluation
from tests.factories.people import BUYER, OFFICES, SUPPLIER, person_with

State = AcceptanceState
TERM = (date(2026, 4, 1), date(2027, 3, 31))
AFTER = TERM[1] + timedelta(days=1)
Ask = Callable[[Actor, Acceptance, Contract], Verdict]

RULES: dict[str, tuple[Ask, set[Role], set[State]]] = {
    "decide": (policies.may_decide, {Role.ACCEPTER}, {State.COLLECTING}),
    "pass": (
        partial(policies.may_pass, action="pass_acceptance", blocks=0),
        {Role.ACCEPTER},
        {State.COLLECTING},
    ),
    "pass_partly": (
        partial(policies.may_pass, action="pass_partly", blocks=0),
        {Role.ACCEPTER},
        {State.COLLECTING},
    ),
    "file_copy": (
        partial(policies.may_file_copy, on_paper=True),
        {Role.ACCEPTER},
        {State.PASSED},
    ),
    "refuse": (
        partial(policies.may_decide, action="refuse_acceptance"),
        {Role.ACCEPTER},
        {State.COLLECTING},
    ),
    "reopen": (
        partial(policies.may_reopen, today=AFTER),
        {Role.ACCEPTER},
        {State.NOT_PASSED, State.RECTIFIED},
    ),
    "return_amends": (
        partial(policies.may_decide, action="return_amends"),
        {Role.ACCEPTER},
        {State.RECTIFIED},
    ),
    "enter": (policies.may_enter_opinion, {Role.ACCEPTER, Role.CLERK}, {State.COLLECTING}),
    "publish": (
        lambda a, acceptance, c: policies.may_publish(a, acceptance, c, answered=5, unsigned=0),
        {Role.CLERK},
        {State.PASSED},
    ),
}


def contract(state: ContractState = ContractState.FILED) -> Contract:
    return Contract(
        id="contract-1",
        buyer_id=BUYER,
        supplier_id=SUPPLIER,
        state=state,
        issued_by="user-issuer",
        buyer_signed_by="user-signer",
        starts_on=TERM[0],
        ends_on=TERM[1],
    )


def acceptance(state: State) -> Acceptance:
    return Acceptance(id="acceptance-1", state=state)


def final(state: EvaluationState = EvaluationState.CONFIRMED) -> Evaluation:
    grade = Grade.GOOD if state is EvaluationState.CONFIRMED else None
    return Evaluation(id="evaluation-1", state=state, grade=grade)


@pytest.mark.parametrize("verb", RULES)
def test_verb_is_for_its_office_in_its_state(verb: str) -> None:
    ask, offices, states = RULES[verb]
    for role, state in product(OFFICES, State):
        verdict = ask(person_with(role), acceptance(state), contract())

        assert verdict.ok is (role in offices and state in states), (role, state)
        assert verdict.ok or verdict.reason


@pytest.mark.parametrize("verb", RULES)
def test_verb_is_never_for_another_organisation(verb: str) -> None:
    ask, _, states = RULES[verb]

    for role, state in product(OFFICES, states):
        stranger = person_with(role, organisation_id="elsewhere")
        assert not ask(stranger, acceptance(state), contract()).ok, (role, state)


@pytest.mark.parametrize("role", OFFICES)
def test_open_is_for_the_accepter_alone(role: Role) -> None:
    verdict = policies.may_open(person_with(role), contract(), None, final(), today=AFTER)

    assert verdict.ok is (role is Role.ACCEPTER)


@pytest.mark.parametrize(
    "evaluation",
    [None, *(final(state) for state in EvaluationState if state is not EvaluationState.CONFIRMED)],
)
def test_open_waits_for_the_final_evaluation(evaluation: Evaluation | None) -> None:
    verdict = policies.may_open(
        person_with(Role.ACCEPTER), contract(), None, evaluation, today=AFTER
    )

    assert not verdict.ok
    assert "末期评估" in verdict.reason


@pytest.mark.parametrize(
    "state", [state for state in ContractState if state is not ContractState.FILED]
)
def test_open_waits_for_the_filing_of_the_contract(state: ContractState) -> None:
    assert not policies.may_open(
        person_with(Role.ACCEPTER), contract(state), None, final(), today=AFTER
    ).ok


@pytest.mark.parametrize("state", State)
def test_open_is_refused_once_it_is_open(state: State) -> None:
    accepter = person_with(Role.ACCEPTER)

    assert not policies.may_open(accepter, contract(), acceptance(state), final(), today=AFTER).ok


@pytest.mark.parametrize("user_id", ["user-issuer", "user-signer"])
def test_who_made_or_signed_the_contract_may_not_accept_it(user_id: str) -> None:
    accepter = person_with(Role.ACCEPTER, user_id=user_id)

    for verdict in (
        policies.may_open(accepter, contract(), None, final(), today=AFTER),
        policies.may_pass(
            accepter, acceptance(State.COLLECTING), contract(), action="pass_acceptance", blocks=0
        ),
        policies.may_decide(
            accepter, acceptance(State.COLLECTING), contract(), "refuse_acceptance"
        ),
        policies.may_reopen(accepter, acceptance(State.NOT_PASSED), contract(), today=AFTER),
    ):
        assert not verdict.ok
        assert verdict.rule == policies.RULE_SIGNER


@pytest.mark.parametrize(
    ("ended_early_on", "today", "ok"),
    [
        (None, TERM[1], False),
        (None, AFTER, True),
        (date(2026, 9, 30), date(2026, 9, 30), False),
        (date(2026, 9, 30), date(2026, 10, 1), True),
    ],
)
def test_open_waits_for_the_last_day_or_the_early_end(
    ended_early_on: date | None, today: date, ok: bool
) -> None:
    ended = contract()
    ended.ended_early_on = ended_early_on

    verdict = policies.may_open(person_with(Role.ACCEPTER), ended, None, final(), today=today)
    assert verdict.ok is ok


def test_open_is_refused_on_a_failed_final() -> None:
    failed = final()
    failed.grade = Grade.FAIL
    verdict = policies.may_open(person_with(Role.ACCEPTER), contract(), None, failed, today=AFTER)

    assert not verdict.ok
    assert "末期评估不合格" in verdict.reason


def test_publish_waits_for_every_signature() -> None:
    clerk = person_with(Role.CLERK)
    verdict = policies.may_publish(
        clerk, acceptance(State.PASSED), contract(), answered=5, unsigned=1
    )

    assert not verdict.ok
    assert verdict.rule == policies.RULE_SIGNATURE


def test_pass_with_findings_is_refused() -> None:
    accepter = person_with(Role.ACCEPTER)

    assert not policies.may_pass(
        accepter, acceptance(State.COLLECTING), contract(), action="pass_acceptance", blocks=1
    ).ok


def test_publish_without_opinions_is_refused() -> None:
    clerk = person_with(Role.CLERK)
    verdict = policies.may_publish(
        clerk, acceptance(State.PASSED), contract(), answered=0, unsigned=0
    )

    assert not verdict.ok
    assert verdict.rule == policies.RULE_OPINION


@pytest.mark.parametrize("state", State)
def test_provider_reads_once_it_is_decided(state: State) -> None:
    member = person_with(Role.SUPPLIER_MEMBER)

    verdict = policies.may_read(member, acceptance(state), contract())
    assert verdict.ok is (state is not State.COLLECTING)


@pytest.mark.parametrize("role", [Role.SUPPLIER_MEMBER, Role.SUPPLIER_SIGNATORY])
def test_provider_reports_amends_of_a_refused_delivery(role: Role) -> None:
    for state in State:
        verdict = policies.may_report_amends(person_with(role), acceptance(state), contract())

        assert verdict.ok is (state is State.NOT_PASSED)


def test_reopening_waits_for_the_report_or_for_the_end_of_its_days() -> None:
    accepter = person_with(Role.ACCEPTER)
    refused = acceptance(State.NOT_PASSED)
    refused.rectify_by = AFTER + timedelta(days=10)

    early = policies.may_reopen(accepter, refused, contract(), today=refused.rectify_by)
    assert not early.ok
    assert "还没有报送整改情况" in early.reason
    late = refused.rectify_by + timedelta(days=1)
    assert policies.may_reopen(accepter, refused, contract(), today=late).ok


@pytest.mark.parametrize(
    ("applied", "today", "ok"),
    [(False, AFTER, True), (True, AFTER, False), (False, TERM[1], False)],
)
def test_provider_applies_once_after_the_last_day(applied: bool, today: date, ok: bool) -> None:
    member = person_with(Role.SUPPLIER_MEMBER)
    verdict = policies.may_apply(member, contract(), None, final(), applied=applied, today=today)

    assert verdict.ok is ok
