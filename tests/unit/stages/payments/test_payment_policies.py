"""Who may do what with a payment request: every office in every state, four different hands."""

from collections.abc import Callable
from itertools import product

import pytest

from procure.kernel.access import Actor, Role
from procure.kernel.errors import ALLOWED, Conflict, TooEarly, Verdict, refused
from procure.kernel.lifecycle import PaymentRequestState
from procure.stages.contracts.models import Contract, Instalment
from procure.stages.payments import policies
from procure.stages.payments.models import PaymentRequest
from procure.stages.payments.pages import waits_for
from procure.stages.payments.queries import InstalmentLine
from tests.factories.people import BUYER, OFFICES, SUPPLIER, person_with

State = PaymentRequestState
Ask = Callable[[Actor, Contract, PaymentRequest], Verdict]

PROVIDER = {Role.SUPPLIER_MEMBER, Role.SUPPLIER_SIGNATORY}
RULES: dict[str, tuple[Ask, set[tuple[Role, State]]]] = {
    "resubmit": (
        lambda a, c, r: policies.may_resubmit(a, c, r, ALLOWED),
        {(role, State.RETURNED) for role in PROVIDER},
    ),
    "review": (
        lambda a, c, r: policies.may_review(a, c, r, ALLOWED),
        {(Role.CLERK, State.SUBMITTED)},
    ),
    "approve": (
        lambda a, c, r: policies.may_approve(a, c, r, ALLOWED),
        {(Role.APPROVER, State.REVIEWED)},
    ),
    "return": (
        policies.may_return,
        {
            (Role.CLERK, State.SUBMITTED),
            (Role.CLERK, State.REVIEWED),
            (Role.APPROVER, State.REVIEWED),
        },
    ),
    "pay": (
        lambda a, c, r: policies.may_pay(a, r, in_view=True, gate=ALLOWED),
        {(Role.TREASURER, State.APPROVED)},
    ),
}
CLOSED = refused("等待中期评估合格。", error=TooEarly)


def contract() -> Contract:
    return Contract(id="contract-1", buyer_id=BUYER, supplier_id=SUPPLIER)


def request(state: State) -> PaymentRequest:
    return PaymentRequest(
        id="request-1",
        number="DMMZ-2026-001-ZF01",
        state=state,
        requested_by="user-asked",
        reviewed_by="user-checked",
        approved_by="user-approved",
    )


@pytest.mark.parametrize("verb", RULES)
def test_verb_is_for_its_office_in_its_state(verb: str) -> None:
    ask, allowed = RULES[verb]
    for role, state in product(OFFICES, State):
        verdict = ask(person_with(role), contract(), request(state))

        assert verdict.ok is ((role, state) in allowed), (role, state)
        assert verdict.ok or verdict.reason


@pytest.mark.parametrize("verb", [verb for verb in RULES if verb != "pay"])
def test_verb_is_never_for_another_organisation(verb: str) -> None:
    ask, allowed = RULES[verb]

    for role, (_, state) in product(OFFICES, allowed):
        stranger = person_with(role, organisation_id="elsewhere")
        assert not ask(stranger, contract(), request(state)).ok, (role, state)


@pytest.mark.parametrize("role", OFFICES)
def test_request_is_for_the_provider_alone(role: Role) -> None:
    verdict = policies.may_request(person_with(role), contract(), None, ALLOWED)

    assert verdict.ok is (role in PROVIDER)


def test_request_waits_for_its_gate() -> None:
    member = person_with(Role.SUPPLIER_MEMBER)
    verdict = policies.may_request(member, contract(), None, CLOSED)

    assert verdict == CLOSED


def test_every_hand_asks_the_gate_anew() -> None:
    """R-FND-3: the condition must hold when the money leaves, not only when it was asked for."""
    verdicts = (
        policies.may_review(person_with(Role.CLERK), contract(), request(State.SUBMITTED), CLOSED),
        policies.may_approve(
            person_with(Role.APPROVER), contract(), request(State.REVIEWED), CLOSED
        ),
        policies.may_pay(
            person_with(Role.TREASURER), request(State.APPROVED), in_view=True, gate=CLOSED
        ),
    )

    assert set(verdicts) == {CLOSED}


def test_request_is_made_once() -> None:
    member = person_with(Role.SUPPLIER_MEMBER)
    verdict = policies.may_request(member, contract(), request(State.SUBMITTED), ALLOWED)

    assert not verdict.ok
    assert verdict.error is Conflict


def test_pay_is_not_for_a_treasury_that_does_not_look_after_the_buyer() -> None:
    treasurer = person_with(Role.TREASURER)

    assert not policies.may_pay(treasurer, request(State.APPROVED), in_view=False, gate=ALLOWED).ok


@pytest.mark.parametrize("user_id", ["user-asked"])
def test_who_asked_may_not_check(user_id: str) -> None:
    clerk = person_with(Role.CLERK, user_id=user_id)

    assert not policies.may_review(clerk, contract(), request(State.SUBMITTED), ALLOWED).ok


@pytest.mark.parametrize("user_id", ["user-asked", "user-checked"])
def test_who_asked_or_checked_may_not_approve(user_id: str) -> None:
    approver = person_with(Role.APPROVER, user_id=user_id)
    verdict = policies.may_approve(approver, contract(), request(State.REVIEWED), ALLOWED)

    assert not verdict.ok
    assert verdict.rule == policies.RULE_TWO_PEOPLE


@pytest.mark.parametrize("user_id", ["user-asked", "user-checked", "user-approved"])
def test_who_had_a_hand_in_it_may_not_pay(user_id: str) -> None:
    treasurer = person_with(Role.TREASURER, user_id=user_id)

    assert not policies.may_pay(treasurer, request(State.APPROVED), in_view=True, gate=ALLOWED).ok


@pytest.mark.parametrize("role", OFFICES)
def test_open_instalment_tells_the_provider_to_ask_and_others_that_he_is_waited_for(
    role: Role,
) -> None:
    line = InstalmentLine(Instalment(), ALLOWED, ALLOWED, {}, None, (), None)

    words = waits_for(line, person_with(role))

    own = "条件已具备，请提出付款申请。"
    assert words == (own if role in PROVIDER else "条件已具备，等待承接主体申请。")


@pytest.mark.parametrize("role", sorted(PROVIDER))
def test_closed_instalment_tells_the_provider_what_it_waits_for(role: Role) -> None:
    line = InstalmentLine(Instalment(), CLOSED, CLOSED, {}, None, (), None)

    assert waits_for(line, person_with(role)) == "等待中期评估合格。"
