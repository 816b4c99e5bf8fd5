"""Delivery brought where a test needs it: staff, recipients, service records, by use cases."""

from datetime import date

from procure.kernel.vocabulary import Period
from procure.stages.contracts.models import ContractTarget
from procure.stages.contracts.queries import targets_of
from procure.stages.delivery import queries
from procure.stages.delivery.models import Milestone, Recipient, ServiceRecord, StaffMember
from procure.stages.delivery.use_cases.milestones import ReportMilestone, report_milestone
from procure.stages.delivery.use_cases.record import (
    RecordService,
    ReviewServices,
    accept_services,
    record_service,
)
from procure.stages.delivery.use_cases.registers import (
    AddStaff,
    EnrolRecipients,
    RecipientPlan,
    StaffPlan,
    add_staff,
    enrol_recipients,
)
from tests.factories.contracts import CLERK, MEMBER, contract_of
from tests.world import World

MORNING, NOON = 9 * 60, 11 * 60


def first_day(world: World) -> date:
    """The first day of the contract's term."""
    starts_on = contract_of(world).starts_on
    assert starts_on is not None
    return starts_on


def at_service(world: World) -> date:
    """Go to six in the evening of the contract's first day."""
    day = first_day(world)
    world.at(day, 18)
    return day


def given_staff(world: World, name: str = "何嘉仪", certificate: str = "社会工作师") -> StaffMember:
    """A worker who is there from the first day on."""
    contract = contract_of(world)
    plan = StaffPlan(name, "社会工作者", certificate, first_day(world))
    with world.uow(MEMBER) as uow:
        (made,) = add_staff(uow, AddStaff(contract.id, [plan]))
    return world.session.get_one(StaffMember, made.id)


def given_recipients(world: World, number: int = 2) -> list[Recipient]:
    """Listed recipients, in the register from the first day on."""
    contract = contract_of(world)
    names = "陈李张黄何周吴郑"
    plans = [
        RecipientPlan(f"{names[at % 8]}婆婆", "井岸站", "高龄独居", first_day(world))
        for at in range(number)
    ]
    with world.uow(MEMBER) as uow:
        made = enrol_recipients(uow, EnrolRecipients(contract.id, plans))
        ids = [one.id for one in made]
    return [world.session.get_one(Recipient, one) for one in ids]


def target_of(world: World, period: Period = Period.MONTH, position: int = 0) -> ContractTarget:
    """One of the targets with that period."""
    targets = targets_of(world.session, contract_of(world).id)
    return [one for one in targets if one.period is period][position]


def service(
    world: World,
    staff: StaffMember,
    served_on: date,
    *,
    started: int = MORNING,
    ended: int = NOON,
    quantity: int = 1,
    people: int | None = 15,
    recipient_id: str | None = None,
    volunteer_hours: int = 0,
    reason: str = "",
    target: ContractTarget | None = None,
    key: str = "",
) -> RecordService:
    """A service as it is entered; a group activity unless a recipient is named."""
    return RecordService(
        contract_id=contract_of(world).id,
        target_id=(target or target_of(world)).id,
        staff_id=staff.id,
        served_on=served_on,
        started_minute=started,
        ended_minute=ended,
        place="井岸站",
        quantity=quantity,
        content="手工小组",
        recipient_id=recipient_id,
        people=None if recipient_id else people,
        volunteer_hours=volunteer_hours,
        backfill_reason=reason,
        key=key,
    )


def given_record(world: World, command: RecordService, username: str = MEMBER) -> ServiceRecord:
    """A service entered by the supplier."""
    with world.uow(username) as uow:
        made = record_service(uow, command)
    return world.session.get_one(ServiceRecord, made.id)


def given_accepted(world: World, *records: ServiceRecord, reason: str = "") -> None:
    """Records found right by the buyer's clerk."""
    contract = contract_of(world)
    ids = [record.id for record in records]
    with world.uow(CLERK) as uow:
        accept_services(uow, ReviewServices(contract.id, ids, reason))


def milestone_at(world: World, position: int = 1) -> Milestone:
    """A milestone as it stands."""
    return queries.get_milestone(world.session, contract_of(world), position)


def given_reported_milestone(world: World, position: int = 1) -> Milestone:
    """A milestone that waits for the clerk's judgement."""
    milestone = milestone_at(world, position)
    command = ReportMilestone(milestone.id, milestone.version, "人员到岗，站点已开放。")
    with world.uow(MEMBER) as uow:
        report_milestone(uow, command)
    return milestone_at(world, position)
