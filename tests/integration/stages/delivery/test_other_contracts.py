"""Records, people and workers of one contract are nothing to the verbs of another."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from procure.kernel.clock import local_date
from procure.kernel.errors import Invalid, NotFound
from procure.kernel.lifecycle import ContractState
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import targets_of
from procure.stages.delivery import queries
from procure.stages.delivery.models import Recipient, ServiceRecord, StaffMember
from procure.stages.delivery.use_cases.record import (
    RecordService,
    ReviewServices,
    accept_services,
    record_service,
    reject_services,
)
from tests.factories.contracts import CLERK
from tests.world import World


def two_contracts(world: World) -> tuple[Contract, Contract]:
    """The contract in the middle of its term, and another that is served as well."""
    filed = world.session.scalars(
        select(Contract)
        .where(Contract.state == ContractState.FILED)
        .order_by(Contract.ends_on.desc(), Contract.id)
    ).all()
    assert len(filed) > 1
    return filed[0], filed[1]


def first_of(world: World, kind: type, contract: Contract) -> str:
    """The id of a row below a contract."""
    found: str = world.session.scalars(
        select(kind.id).where(kind.contract_id == contract.id).order_by(kind.id)
    ).first()
    return found


def test_record_of_another_contract_is_not_reviewed(shared_walked: World) -> None:
    world = shared_walked
    own, other = two_contracts(world)
    record = world.session.get_one(ServiceRecord, first_of(world, ServiceRecord, other))
    before = record.state, record.version
    command = ReviewServices(own.id, [record.id], "看错")

    for verb in (accept_services, reject_services):
        with pytest.raises(NotFound), world.uow(CLERK) as uow:
            verb(uow, command)

    record = world.session.get_one(ServiceRecord, record.id)
    assert (record.state, record.version) == before


def test_record_names_target_person_and_worker_of_its_own_contract(shared_walked: World) -> None:
    world = shared_walked
    own, other = two_contracts(world)
    member = next(
        name
        for name in ("jigou1", "jigou2", "jigou3")
        if world.actor(name).organisation_id == own.supplier_id
    )
    visits = next(one for one in targets_of(world.session, own.id) if "老人" in one.each)
    command = RecordService(
        own.id,
        visits.id,
        first_of(world, StaffMember, own),
        served_on=local_date(world.now),
        started_minute=0,
        ended_minute=1,
        place="家中",
        quantity=1,
        content="探访。",
        recipient_id=first_of(world, Recipient, own),
    )
    foreign = (
        ("target", replace(command, target_id=targets_of(world.session, other.id)[0].id)),
        ("staff", replace(command, staff_id=first_of(world, StaffMember, other))),
        ("recipient", replace(command, recipient_id=first_of(world, Recipient, other))),
    )

    for field, wrong in foreign:
        with pytest.raises(Invalid) as refused, world.uow(member) as uow:
            record_service(uow, wrong)
        assert refused.value.field == field
    listed = [one.id for one in queries.recipients_on(world.session, own.id)]
    assert first_of(world, Recipient, other) not in listed
