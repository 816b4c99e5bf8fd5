"""Who may do what with a contract, for every role and every state."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import product

import pytest

from procure.kernel.access import (
    ROLES_BY_KIND,
    Actor,
    Level,
    OrganisationKind,
    Role,
)
from procure.kernel.clock import FixedClock
from procure.kernel.errors import Denied, IllegalTransition, Verdict
from procure.kernel.lifecycle import ContractState
from procure.stages.contracts import policies
from procure.stages.contracts.models import Contract
from tests.world import START

BUYER, SUPPLIER, OTHER = "b" * 32, "s" * 32, "o" * 32
KINDS = {
    BUYER: OrganisationKind.CIVIL_AFFAIRS_BUREAU,
    SUPPLIER: OrganisationKind.SUPPLIER,
}


@dataclass(frozen=True)
class Act:
    """A policy with the one office and state in which it allows."""

    ask: Callable[[Actor, Contract], Verdict]
    office: str
    role: Role
    state: ContractState


ACTS = {
    "edit": Act(policies.may_edit_contract, BUYER, Role.CLERK, ContractState.DRAFT),
    "issue": Act(
        partial(policies.may_issue_contract, blocks=0), BUYER, Role.CLERK, ContractState.DRAFT
    ),
    "recall": Act(policies.may_recall_contract, BUYER, Role.CLERK, ContractState.ISSUED),
    "sign_supplier": Act(
        policies.may_sign_as_supplier, SUPPLIER, Role.SUPPLIER_SIGNATORY, ContractState.ISSUED
    ),
    "sign_buyer": Act(
        partial(policies.may_sign_as_buyer, is_author=False),
        BUYER,
        Role.APPROVER,
        ContractState.SUPPLIER_SIGNED,
    ),
    "publish": Act(policies.may_publish_contract, BUYER, Role.CLERK, ContractState.SIGNED),
    "file": Act(policies.may_file_contract, BUYER, Role.CLERK, ContractState.PUBLISHED),
}
HUMAN = [role for role in Role if role is not Role.SYSTEM]


def actor(organisation: str, role: Role) -> Actor:
    """A person with one role in an organisation."""
    kind = next((kind for kind, roles in ROLES_BY_KIND.items() if role in roles), None)
    return Actor(
        f"{organisation[:1]}-{role}",
        "甲",
        organisation,
        "单位",
        KINDS.get(organisation, kind),
        Level.DISTRICT,
        frozenset({role}),
    )


def contract(state: ContractState) -> Contract:
    """A contract between the two in a state."""
    return Contract(
        state=state, buyer_id=BUYER, supplier_id=SUPPLIER, issued_by="b-clerk", saved=[]
    )


@pytest.mark.parametrize("name", ACTS)
def test_act_is_allowed_to_one_office_in_one_state(name: str) -> None:
    act = ACTS[name]

    for state in ContractState:
        for office, role in product((BUYER, SUPPLIER, OTHER), HUMAN):
            verdict = act.ask(actor(office, role), contract(state))
            its_own = (office, role, state) == (act.office, act.role, act.state)
            assert verdict.ok == its_own, (office[:1], role)
            assert verdict.ok or (verdict.reason and verdict.remedy)


@pytest.mark.parametrize("name", ACTS)
def test_act_in_another_state_is_an_illegal_transition_and_says_the_state(name: str) -> None:
    act = ACTS[name]

    verdict = act.ask(actor(act.office, act.role), contract(ContractState.COMPLETED))

    assert verdict.error is IllegalTransition
    assert "已办结" in verdict.reason


def test_sign_by_buyer_who_issued_the_text_is_denied_with_the_law() -> None:
    approver = actor(BUYER, Role.APPROVER)
    one = contract(ContractState.SUPPLIER_SIGNED)
    one.issued_by = approver.user_id

    verdict = policies.may_sign_as_buyer(approver, one, is_author=False)

    assert verdict.error is Denied
    assert verdict.rule == "《政府采购法》第六十一条"


def test_issue_with_findings_says_how_many() -> None:
    clerk = actor(BUYER, Role.CLERK)

    verdict = policies.may_issue_contract(clerk, contract(ContractState.DRAFT), blocks=3)

    assert not verdict.ok
    assert "3 处" in verdict.reason


@pytest.mark.parametrize("state", ContractState)
def test_read_is_refused_to_the_supplier_only_while_it_is_a_draft(state: ContractState) -> None:
    supplier = actor(SUPPLIER, Role.SUPPLIER_MEMBER)

    assert policies.may_read_text(supplier, contract(state)).ok == (
        state is not ContractState.DRAFT
    )
    assert policies.may_read_text(actor(BUYER, Role.ACCEPTER), contract(state)).ok
    assert not policies.may_read_text(actor(OTHER, Role.EXPERT), contract(state)).ok


def test_overdue_begins_with_the_instant_itself() -> None:
    now = FixedClock(START).now()

    assert policies.is_overdue(now, now)
    assert not policies.is_overdue(now + timedelta(microseconds=1), now)
    assert not policies.is_overdue(None, now)
