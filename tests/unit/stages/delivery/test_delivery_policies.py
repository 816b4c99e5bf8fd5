"""Who may do what in delivery, for every role and every state."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest

from procure.kernel.access import ROLES_BY_KIND, Actor, Level, OrganisationKind, Role
from procure.kernel.errors import Denied, Verdict
from procure.kernel.lifecycle import ContractState, MilestoneState, ServiceRecordState
from procure.stages.contracts.models import Contract
from procure.stages.delivery import policies
from procure.stages.delivery.models import Milestone, ServiceRecord
from tests.world import START

BUYER, SUPPLIER, OTHER = "b" * 32, "s" * 32, "o" * 32
IN_FORCE = {ContractState.SIGNED, ContractState.PUBLISHED, ContractState.FILED}
RECORDERS = {Role.SUPPLIER_MEMBER, Role.SUPPLIER_SIGNATORY}
HUMAN = [role for role in Role if role is not Role.SYSTEM]


def actor(organisation: str, role: Role) -> Actor:
    """A person with one role in an organisation."""
    kind: OrganisationKind | None = next(
        (kind for kind, roles in ROLES_BY_KIND.items() if role in roles), None
    )
    user_id = f"{organisation[:1]}-{role}"
    return Actor(user_id, "甲", organisation, "单位", kind, Level.DISTRICT, frozenset({role}))


def contract(state: ContractState = ContractState.FILED) -> Contract:
    """A contract between the two in a state."""
    return Contract(state=state, buyer_id=BUYER, supplier_id=SUPPLIER, saved=[])


@pytest.mark.parametrize("state", ContractState)
def test_recording_is_the_suppliers_and_review_the_clerks_while_in_force(
    state: ContractState,
) -> None:
    one = contract(state)

    for office, role in product((BUYER, SUPPLIER, OTHER), HUMAN):
        who = actor(office, role)
        records = office == SUPPLIER and role in RECORDERS and state in IN_FORCE
        reviews = office == BUYER and role is Role.CLERK and state in IN_FORCE
        assert policies.may_record_service(who, one).ok == records, (office[:1], role)
        assert policies.may_keep_registers(who, one).ok == records, (office[:1], role)
        assert policies.may_review_services(who, one).ok == reviews, (office[:1], role)


@pytest.mark.parametrize("ask", [policies.may_accept_service, policies.may_reject_service])
def test_record_is_judged_once_and_by_another_person(ask: Callable[..., Verdict]) -> None:
    clerk = actor(BUYER, Role.CLERK)

    for state in ServiceRecordState:
        of_other = ServiceRecord(state=state, recorded_by="s-member")
        of_self = ServiceRecord(state=state, recorded_by=clerk.user_id)

        assert ask(clerk, contract(), of_other).ok == (state is ServiceRecordState.RECORDED)
        assert not ask(clerk, contract(), of_self).ok


@pytest.mark.parametrize("state", MilestoneState)
def test_milestone_is_reported_then_judged_by_another_person(state: MilestoneState) -> None:
    member, clerk = actor(SUPPLIER, Role.SUPPLIER_MEMBER), actor(BUYER, Role.CLERK)
    one = Milestone(state=state, reported_by=member.user_id)
    own = Milestone(state=state, reported_by=clerk.user_id)

    assert policies.may_report_milestone(member, contract(), one).ok == (
        state is MilestoneState.PLANNED
    )
    for role in set(HUMAN) - RECORDERS:
        assert not policies.may_report_milestone(actor(SUPPLIER, role), contract(), one).ok
    stranger = actor(OTHER, Role.SUPPLIER_MEMBER)
    assert not policies.may_report_milestone(stranger, contract(), one).ok
    for other in set(ContractState) - IN_FORCE:
        assert not policies.may_report_milestone(member, contract(other), one).ok
    for ask in (policies.may_confirm_milestone, policies.may_return_milestone):
        assert ask(clerk, contract(), one).ok == (state is MilestoneState.REPORTED)
        assert not ask(clerk, contract(), own).ok
        assert ask(member, contract(), one).error is Denied


def test_lateness_begins_after_24_and_72_hours() -> None:
    ended = START

    assert not policies.is_backfilled(ended, ended + timedelta(hours=24))
    assert policies.is_backfilled(ended, ended + timedelta(hours=24, microseconds=1))
    assert not policies.is_not_payable(ended, ended + timedelta(hours=72))
    assert policies.is_not_payable(ended, ended + timedelta(hours=72, microseconds=1))
