"""What can be read of delivery: progress, registers, records, milestones, what waits."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, true
from sqlalchemy.orm import Session, aliased

from procure.kernel.access import Actor, Permission
from procure.kernel.errors import NotFound
from procure.kernel.lifecycle import MilestoneState, ServiceRecordState
from procure.registers.accounts.queries import names_of
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.projects.models import Project
from procure.stages.catalogue.models import CatalogueIndicator
from procure.stages.contracts.models import Contract, ContractTarget
from procure.stages.contracts.policies import SIGNED_STATES
from procure.stages.contracts.queries import (
    get_contract,
    load_contract_below,
    targets_of,
)
from procure.stages.contracts.queries import visible_to as contract_visible_to
from procure.stages.delivery.counting import PersonDay, is_each_person, least_people
from procure.stages.delivery.models import Milestone, Recipient, ServiceRecord, StaffMember
from procure.stages.delivery.progress import (
    PeriodCheck,
    TargetProgress,
    check_each,
    check_periods,
    expected_by,
    until_the_end,
)
from procure.stages.plans.models import Plan
from procure.store.holding import hold
from procure.store.lists import Source, equal
from procure.store.rows import in_order

SOON_DAYS = 14
"""How many days before its date a milestone begins to wait for the supplier."""

_RECORDED, _ACCEPTED = ServiceRecordState.RECORDED, ServiceRecordState.ACCEPTED
_STANDING = (_RECORDED, _ACCEPTED)
"""Records that claim a service was given: neither rejected, withdrawn nor found untrue."""


@dataclass(frozen=True)
class RecordRow:
    """A service record as lists show it; the recipient by code and masked name."""

    id: str
    served_on: date
    started_minute: int
    ended_minute: int
    target: str
    unit: str
    quantity: int
    people: int
    volunteer_hours: int
    staff: str
    recipient_code: str | None
    recipient_name: str | None
    station: str | None
    place: str
    content: str
    backfilled: bool
    not_payable: bool
    backfill_reason: str
    state: ServiceRecordState
    recorded_at: datetime
    review_reason: str
    ended_reason: str
    version: int
    evidence: int


@dataclass(frozen=True)
class RecordDossier:
    """One record with its contract, and who wrote and judged it."""

    record: ServiceRecord
    row: RecordRow
    recorded_by: str
    reviewed_by: str


@dataclass(frozen=True)
class RecipientRow:
    """A person served, with how often so far."""

    recipient: Recipient
    services: int
    last_on: date | None


@dataclass(frozen=True)
class StaffRow:
    """A worker, with how much is recorded of them."""

    member: StaffMember
    records: int
    minutes: int


@dataclass(frozen=True)
class OverdueRow:
    """A milestone that is past its date, with who leads it."""

    project_number: str
    project_title: str
    title: str
    due_on: date
    lead_unit: str
    assisting_unit: str
    state: MilestoneState


def get_delivery(session: Session, actor: Actor, number: str) -> Contract:
    """The contract of a project that is in force or was; NotFound before both sides signed."""
    contract = get_contract(session, actor, number)
    if contract.state not in SIGNED_STATES or not actor.may(Permission.DELIVERY_VIEW):
        raise NotFound("合同生效以后才有履约记录。")
    return contract


def progress(session: Session, contract_id: str, today: date | None = None) -> list[TargetProgress]:
    """Every target of a contract with what was accepted so far; six statements.

    With `today` also what should be done by then. Evaluation and acceptance read this.
    """
    contract = session.get(Contract, contract_id)
    if contract is None:
        raise NotFound("没有找到这份合同。")
    targets = targets_of(session, contract_id)
    sums = _sums(session, contract_id, least_people_of(session, contract, targets))
    persons = _persons(session, contract_id)
    each = _person_days(session, [one.id for one in targets if is_each_person(one.each)])
    made = []
    for target in targets:
        row = sums.get(target.id, {})
        if target.id in each:
            row |= _each_person(contract, target, each[target.id], row, today)
        made.append(
            TargetProgress(
                target_id=target.id,
                position=target.position,
                what=target.what,
                unit=target.unit,
                period=target.period,
                at_least=target.at_least,
                each=target.each,
                each_count=target.each_count,
                condition=target.condition,
                total=target.total,
                persons=persons.get(target.id, 0),
                expected=_expected(contract, target, today),
                **row,
            )
        )
    return made


def _each_person(
    contract: Contract,
    target: ContractTarget,
    days: Sequence[PersonDay],
    row: dict[str, int],
    today: date | None,
) -> dict[str, int]:
    """What counts of a target for each person, and how much of it lies in periods that are over."""
    if contract.starts_on is None or contract.ends_on is None:
        return {}
    required = target.at_least * target.each_count
    term = contract.starts_on, contract.ends_on
    reckoned = None if today is None else _within_the_contract(contract, today)
    checks = check_each(
        target.period, target.at_least, required, *term, days, today or contract.ends_on
    )
    counted = sum(check.accepted for check in checks)
    over = sum(check.accepted for check in checks if reckoned is not None and check.last < reckoned)
    whole = row.get("accepted", 0) + row.get("uncounted", 0)
    return {"accepted": counted, "uncounted": whole - counted, "in_time": over}


def least_people_of(
    session: Session, contract: Contract, targets: Sequence[ContractTarget]
) -> dict[str, int]:
    """Target → the fewest people with whom an activity of it counts: by the contract's condition
    and the standard of the catalogue's indicator of that name.
    """
    standards = {
        name: standard
        for name, standard in session.execute(
            select(CatalogueIndicator.name, CatalogueIndicator.standard)
            .join(Plan, Plan.catalogue_item_id == CatalogueIndicator.item_id)
            .where(Plan.project_id == contract.project_id)
        )
    }
    return {one.id: least_people(one.condition, standards.get(one.what, "")) for one in targets}


def _person_days(session: Session, target_ids: Sequence[str]) -> dict[str, list[PersonDay]]:
    """Target → what each person was given of it by day; no statement where there is no target."""
    found: dict[str, list[PersonDay]] = {one: [] for one in target_ids}
    if not found:
        return found
    query = (
        select(
            ServiceRecord.target_id,
            ServiceRecord.recipient_id,
            ServiceRecord.served_on,
            _quantity(_ACCEPTED),
            _quantity(_RECORDED),
        )
        .where(
            ServiceRecord.target_id.in_(found),
            ServiceRecord.recipient_id.is_not(None),
            ServiceRecord.state.in_(_STANDING),
        )
        .group_by(ServiceRecord.target_id, ServiceRecord.recipient_id, ServiceRecord.served_on)
    )
    for target, person, day, done, waiting in session.execute(query):
        found[target].append(PersonDay(person, day, int(done), int(waiting)))
    return found


def periods_of(
    session: Session, contract: Contract, target: ContractTarget, today: date
) -> list[PeriodCheck]:
    """Each week, month or quarter of a target as the year runs, up to an early end; two statements."""
    checks = _all_periods(session, contract, target, today)
    ended = contract.ended_early_on
    return checks if ended is None else until_the_end(checks, ended)


def _all_periods(
    session: Session, contract: Contract, target: ContractTarget, today: date
) -> list[PeriodCheck]:
    if contract.starts_on is None or contract.ends_on is None:
        return []
    required = target.at_least * target.each_count
    term = contract.starts_on, contract.ends_on
    if is_each_person(target.each):
        days = _person_days(session, [target.id])[target.id]
        return check_each(target.period, target.at_least, required, *term, days, today)
    least = least_people_of(session, contract, [target])
    query = (
        select(ServiceRecord.served_on, _quantity(_ACCEPTED, _enough(least)), _quantity(_RECORDED))
        .where(ServiceRecord.target_id == target.id)
        .group_by(ServiceRecord.served_on)
    )
    by_day = {day: (int(done), int(open_)) for day, done, open_ in session.execute(query)}
    return check_periods(target.period, required, *term, by_day, today)


def people_served(session: Session, contract_id: str) -> Sequence[Recipient]:
    """Everybody with accepted services in the contract's term by code, whether listed still or not.

    The population of whoever asks the people served for their opinion: the provider, who keeps the
    register, does not choose it by taking somebody off the list (政府采购法实施条例 art 45).
    """
    return session.scalars(
        select(Recipient)
        .join(Contract, Contract.id == Recipient.contract_id)
        .where(
            Recipient.contract_id == contract_id,
            select(ServiceRecord.id)
            .where(
                ServiceRecord.recipient_id == Recipient.id,
                ServiceRecord.state == _ACCEPTED,
                ServiceRecord.served_on >= Contract.starts_on,
                ServiceRecord.served_on <= func.coalesce(Contract.ended_early_on, Contract.ends_on),
            )
            .exists(),
        )
        .order_by(Recipient.code)
    ).all()


def last_service_of(session: Session, recipient_id: str) -> date | None:
    """The last day on which the person was served, as far as records still stand."""
    return session.scalar(
        select(func.max(ServiceRecord.served_on)).where(
            ServiceRecord.recipient_id == recipient_id, ServiceRecord.state.in_(_STANDING)
        )
    )


def doubts_of(
    session: Session, contract: Contract, record_ids: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """What makes some records doubtful, each in words, for whoever reviews them; three statements.

    An activity with too few people does not count at all; one person served twice in the same
    minutes, or more briefly than the standard says, may be right and needs a reason.
    """
    doubts: dict[str, list[str]] = {}
    for record_id, other in _served_twice(session, record_ids):
        doubts.setdefault(record_id, []).append(f"同一服务对象的时间与{other}的另一条记录重叠")
    for record_id, people, least in too_few(session, contract, record_ids):
        doubts.setdefault(record_id, []).append(
            f"参加 {people:,} 人，少于约定的 {least:,} 人，不能计入"
        )
    return {record_id: tuple(words) for record_id, words in doubts.items()}


def too_few(
    session: Session, contract: Contract, record_ids: Collection[str]
) -> list[tuple[str, int, int]]:
    """Of some records the activities with fewer people than their standard: people and standard."""
    least = least_people_of(session, contract, targets_of(session, contract.id))
    rows = session.execute(
        select(ServiceRecord.id, ServiceRecord.people, ServiceRecord.target_id).where(
            ServiceRecord.id.in_(record_ids), ServiceRecord.recipient_id.is_(None)
        )
    )
    return [(one, people, least[on]) for one, people, on in rows if people < least[on]]


def _served_twice(session: Session, record_ids: Collection[str]) -> list[tuple[str, str]]:
    """Of some records those whose person is served by somebody else in the same minutes; by whom."""
    other = aliased(ServiceRecord)
    rows = session.execute(
        select(ServiceRecord.id, StaffMember.name)
        .join(
            other,
            (other.recipient_id == ServiceRecord.recipient_id)
            & (other.served_on == ServiceRecord.served_on)
            & (other.id != ServiceRecord.id)
            & (other.started_minute < ServiceRecord.ended_minute)
            & (other.ended_minute > ServiceRecord.started_minute),
        )
        .join(StaffMember, StaffMember.id == other.staff_id)
        .where(ServiceRecord.id.in_(record_ids), other.state.in_(_STANDING))
        .order_by(ServiceRecord.id, other.id)
    )
    return [(record_id, name) for record_id, name in rows]


def accepted_by_day(session: Session, contract_id: str) -> dict[tuple[str, date], int]:
    """Accepted quantities by target and day, for charts; one statement."""
    query = (
        select(ServiceRecord.target_id, ServiceRecord.served_on, func.sum(ServiceRecord.quantity))
        .where(ServiceRecord.contract_id == contract_id, ServiceRecord.state == _ACCEPTED)
        .group_by(ServiceRecord.target_id, ServiceRecord.served_on)
    )
    return {(target, day): int(done) for target, day, done in session.execute(query)}


def records_of(contract_id: str) -> Source[RecordRow]:
    """A contract's service records; pages mask names, files carry codes only."""

    def late(hours: str) -> ColumnElement[bool]:
        if not hours:
            return true()
        column = ServiceRecord.not_payable if hours == "72" else ServiceRecord.backfilled
        return column.is_(True)

    start = ServiceRecord.started_minute
    return Source(
        lines=_records().where(ServiceRecord.contract_id == contract_id),
        line=RecordRow,
        ident=ServiceRecord.id,
        first="-served",
        sorts={
            "served": (ServiceRecord.served_on, start),
            "recorded": ServiceRecord.recorded_at,
            "target": (ContractTarget.position, start),
            "staff": (StaffMember.name, start),
            "quantity": ServiceRecord.quantity,
            "state": (ServiceRecord.state, start),
        },
        filters={
            "state": equal(ServiceRecord.state),
            "target": equal(ServiceRecord.target_id),
            "late": late,
        },
        search=(ServiceRecord.content, ServiceRecord.place, StaffMember.name, Recipient.code),
    )


def get_record(session: Session, contract: Contract, record_id: str) -> RecordDossier:
    """One record of a contract; NotFound when it is not this contract's."""
    record = session.get(ServiceRecord, record_id)
    if record is None or record.contract_id != contract.id:
        raise NotFound("没有找到这条服务记录。")
    (row,) = records_by_id(session, [record_id])
    names = names_of(session, [record.recorded_by, record.reviewed_by])
    return RecordDossier(
        record,
        row,
        names.get(record.recorded_by, ""),
        names.get(record.reviewed_by or "", ""),
    )


def records_by_id(session: Session, ids: Collection[str]) -> list[RecordRow]:
    """The records of these ids, the oldest service first."""
    return _in_order_of_service(session, _records().where(ServiceRecord.id.in_(ids)))


def waiting_records(session: Session, contract_id: str, limit: int) -> list[RecordRow]:
    """The records that wait for review, the oldest service first."""
    waiting = (ServiceRecord.contract_id == contract_id, ServiceRecord.state == _RECORDED)
    return _in_order_of_service(session, _records().where(*waiting).limit(limit))


def _in_order_of_service(session: Session, records: Select[*tuple[Any, ...]]) -> list[RecordRow]:
    order = (ServiceRecord.served_on, ServiceRecord.started_minute, ServiceRecord.id)
    return [RecordRow(*row) for row in session.execute(records.order_by(*order))]


def count_waiting(session: Session, contract_id: str) -> int:
    """How many records wait for review."""
    found = session.scalar(
        select(func.count())
        .select_from(ServiceRecord)
        .where(ServiceRecord.contract_id == contract_id, ServiceRecord.state == _RECORDED)
    )
    return found or 0


def recipients_of(contract_id: str) -> Source[RecipientRow]:
    """The register of recipients with their accepted services; files carry codes and no names."""
    of_recipient = (
        ServiceRecord.recipient_id == Recipient.id,
        ServiceRecord.contract_id == contract_id,
        ServiceRecord.state == _ACCEPTED,
    )
    services = select(func.count()).where(*of_recipient).correlate(Recipient).scalar_subquery()
    last_on = select(func.max(ServiceRecord.served_on)).where(*of_recipient)
    return Source(
        lines=select(Recipient, services, last_on.correlate(Recipient).scalar_subquery()).where(
            Recipient.contract_id == contract_id
        ),
        line=RecipientRow,
        ident=Recipient.id,
        first="code",
        sorts={
            "code": Recipient.code,
            "station": Recipient.station,
            "care_class": Recipient.care_class,
            "enrolled": Recipient.enrolled_on,
            "visits": services,
        },
        filters={"station": equal(Recipient.station)},
        search=(Recipient.code,),
    )


def stations_of(session: Session, contract_id: str) -> list[str]:
    """The stations named in the register, in order."""
    query = (
        select(Recipient.station)
        .where(Recipient.contract_id == contract_id)
        .distinct()
        .order_by(Recipient.station)
    )
    return list(session.scalars(query))


def recipients_on(session: Session, contract_id: str) -> Sequence[Recipient]:
    """The recipients of a contract by code, those who left included."""
    return session.scalars(
        select(Recipient).where(Recipient.contract_id == contract_id).order_by(Recipient.code)
    ).all()


def get_recipient(session: Session, contract: Contract, recipient_id: str) -> Recipient:
    """A recipient of this contract; NotFound otherwise."""
    found = session.get(Recipient, recipient_id)
    if found is None or found.contract_id != contract.id:
        raise NotFound("没有找到这位服务对象。")
    return found


def staff_of(session: Session, contract_id: str) -> list[StaffRow]:
    """The workers of a contract with their records; one statement."""
    done = (
        select(
            ServiceRecord.staff_id.label("staff_id"),
            func.count().label("records"),
            func.sum(ServiceRecord.ended_minute - ServiceRecord.started_minute).label("minutes"),
        )
        .where(ServiceRecord.contract_id == contract_id, ServiceRecord.state.in_(_STANDING))
        .group_by(ServiceRecord.staff_id)
        .subquery()
    )
    query = (
        select(StaffMember, func.coalesce(done.c.records, 0), func.coalesce(done.c.minutes, 0))
        .outerjoin(done, done.c.staff_id == StaffMember.id)
        .where(StaffMember.contract_id == contract_id)
        .order_by(StaffMember.joined_on, StaffMember.name, StaffMember.id)
    )
    return [StaffRow(*row) for row in session.execute(query)]


def get_staff(session: Session, contract: Contract, staff_id: str) -> StaffMember:
    """A worker of this contract; NotFound otherwise."""
    found = session.get(StaffMember, staff_id)
    if found is None or found.contract_id != contract.id:
        raise NotFound("没有找到这位服务人员。")
    return found


def milestones_of(session: Session, contract_id: str) -> Sequence[Milestone]:
    """The milestones of a contract in their order."""
    return in_order(session, Milestone, Milestone.contract_id == contract_id)


def get_milestone(session: Session, contract: Contract, position: int) -> Milestone:
    """The milestone at a place of a contract; NotFound when there is none."""
    found = session.scalars(
        select(Milestone).where(
            Milestone.contract_id == contract.id, Milestone.position == position
        )
    ).first()
    if found is None:
        raise NotFound("没有找到这个履约节点。")
    return found


def load_milestone(session: Session, milestone_id: str) -> tuple[Milestone, Contract]:
    """The milestone, held, with its contract, which is kept from being ended or accepted meanwhile;
    NotFound when there is none.
    """
    contract_id = session.scalar(select(Milestone.contract_id).where(Milestone.id == milestone_id))
    if contract_id is None:
        raise NotFound("没有找到这个履约节点。")
    contract = load_contract_below(session, contract_id)
    return hold(session, Milestone, milestone_id), contract


def overlapping(
    session: Session, staff_id: str, served_on: date, started_minute: int, ended_minute: int
) -> ServiceRecord | None:
    """A record of the same worker that takes some of the same time (R-EVD-4)."""
    return session.scalars(
        select(ServiceRecord)
        .where(
            ServiceRecord.staff_id == staff_id,
            ServiceRecord.served_on == served_on,
            ServiceRecord.state.in_(_STANDING),
            ServiceRecord.started_minute < ended_minute,
            ServiceRecord.ended_minute > started_minute,
        )
        .order_by(ServiceRecord.started_minute, ServiceRecord.id)
    ).first()


def overdue_in_view(actor: Actor, today: date) -> Source[OverdueRow]:
    """Milestones past their date and not yet met in the actor's contracts."""
    return Source(
        lines=select(
            Project.number,
            Project.title,
            Milestone.title,
            Milestone.due_on,
            Milestone.lead_unit,
            Milestone.assisting_unit,
            Milestone.state,
        )
        .join(Contract, Contract.id == Milestone.contract_id)
        .join(Project, Project.id == Contract.project_id)
        .where(
            Milestone.state.in_((MilestoneState.PLANNED, MilestoneState.REPORTED)),
            Milestone.due_on < today,
            Contract.state.in_(SIGNED_STATES),
            contract_visible_to(actor),
        ),
        line=OverdueRow,
        ident=Milestone.id,
        first="due",
        sorts={
            "due": Milestone.due_on,
            "lead": Milestone.lead_unit,
            "title": Milestone.title,
            "number": Project.number,
        },
        filters={"lead": equal(Milestone.lead_unit)},
        search=(Project.title, Project.number, Milestone.title),
    )


def lead_units(session: Session, actor: Actor) -> list[str]:
    """The lead units of the milestones in the actor's contracts."""
    query = (
        select(Milestone.lead_unit)
        .join(Contract, Contract.id == Milestone.contract_id)
        .where(contract_visible_to(actor), Milestone.lead_unit != "")
        .distinct()
        .order_by(Milestone.lead_unit)
    )
    return list(session.scalars(query))


def milestones_waiting(
    session: Session, actor: Actor, until: date
) -> list[tuple[Milestone, Project, Contract]]:
    """Open milestones of the actor's own contracts that are due by a day, or are reported."""
    query = (
        select(Milestone, Project, Contract)
        .join(Contract, Contract.id == Milestone.contract_id)
        .join(Project, Project.id == Contract.project_id)
        .where(
            _own(actor),
            or_(
                Milestone.state == MilestoneState.REPORTED,
                (Milestone.state == MilestoneState.PLANNED)
                & ((Milestone.due_on <= until) | (Milestone.returned_reason != "")),
            ),
        )
        .order_by(Milestone.due_on, Milestone.id)
    )
    return [(one, project, contract) for one, project, contract in session.execute(query)]


def records_waiting(session: Session, actor: Actor) -> list[tuple[Project, Contract, int, date]]:
    """The actor's own contracts with records to review: how many, since when."""
    query = (
        select(Project, Contract, func.count(), func.min(ServiceRecord.served_on))
        .join(Contract, Contract.project_id == Project.id)
        .join(ServiceRecord, ServiceRecord.contract_id == Contract.id)
        .where(_own(actor), ServiceRecord.state == _RECORDED)
        .group_by(Project.id, Contract.id)
        .order_by(func.min(ServiceRecord.served_on), Project.number)
    )
    return [
        (project, contract, count, first)
        for project, contract, count, first in session.execute(query)
    ]


def evidence_of(session: Session, subject_ids: Collection[str]) -> dict[str, int]:
    """How many pieces of evidence each subject has."""
    query = (
        select(Document.subject_id, func.count())
        .where(
            Document.subject_id.in_(subject_ids),
            Document.kind == DocumentKind.DELIVERY_EVIDENCE,
        )
        .group_by(Document.subject_id)
    )
    return {key: value for key, value in session.execute(query)}


def _own(actor: Actor) -> ColumnElement[bool]:
    return Contract.state.in_(SIGNED_STATES) & or_(
        Contract.buyer_id == actor.organisation_id,
        Contract.supplier_id == actor.organisation_id,
    )


def _quantity(state: ServiceRecordState, *conditions: ColumnElement[bool]) -> Any:
    counts = and_(ServiceRecord.state == state, *conditions)
    return func.coalesce(func.sum(case((counts, ServiceRecord.quantity), else_=0)), 0)


def _enough(least: Mapping[str, int]) -> ColumnElement[bool]:
    """Condition on ServiceRecord: for a person, or with as many people as its target's standard."""
    short = [
        and_(ServiceRecord.target_id == target, ServiceRecord.people < number)
        for target, number in least.items()
        if number
    ]
    return or_(ServiceRecord.recipient_id.is_not(None), ~or_(*short)) if short else true()


def _sums(
    session: Session, contract_id: str, least: Mapping[str, int]
) -> dict[str, dict[str, int]]:
    enough = _enough(least)

    def accepted(column: Any) -> Any:
        counts = and_(ServiceRecord.state == _ACCEPTED, enough)
        return func.coalesce(func.sum(case((counts, column), else_=0)), 0)

    query = (
        select(
            ServiceRecord.target_id,
            _quantity(_ACCEPTED, enough),
            _quantity(_ACCEPTED, ~enough) if any(least.values()) else literal(0),
            _quantity(_RECORDED),
            accepted(ServiceRecord.people),
            accepted(ServiceRecord.volunteer_hours),
        )
        .where(ServiceRecord.contract_id == contract_id)
        .group_by(ServiceRecord.target_id)
    )
    names = (
        "accepted",
        "uncounted",
        "pending",
        "person_times",
        "volunteer_hours",
    )
    return {
        row[0]: dict(zip(names, (int(value) for value in row[1:]), strict=True))
        for row in session.execute(query)
    }


def _persons(session: Session, contract_id: str) -> dict[str, int]:
    query = (
        select(ServiceRecord.target_id, func.count(ServiceRecord.recipient_id.distinct()))
        .where(ServiceRecord.contract_id == contract_id, ServiceRecord.state == _ACCEPTED)
        .group_by(ServiceRecord.target_id)
    )
    return {key: value for key, value in session.execute(query)}


def _expected(contract: Contract, target: ContractTarget, today: date | None) -> int:
    if today is None or contract.starts_on is None or contract.ends_on is None:
        return 0
    required = target.at_least * target.each_count
    reckoned = _within_the_contract(contract, today)
    return expected_by(target.period, required, contract.starts_on, contract.ends_on, reckoned)


def _within_the_contract(contract: Contract, today: date) -> date:
    """The day up to which a contract asks for anything: not beyond the day after an early end."""
    ended = contract.ended_early_on
    return today if ended is None else min(today, ended + timedelta(days=1))


def _records() -> Select[*tuple[Any, ...]]:
    evidence = (
        select(func.count())
        .select_from(Document)
        .where(
            Document.subject_id == ServiceRecord.id,
            Document.kind == DocumentKind.DELIVERY_EVIDENCE,
        )
        .correlate(ServiceRecord)
        .scalar_subquery()
    )
    return (
        select(
            ServiceRecord.id,
            ServiceRecord.served_on,
            ServiceRecord.started_minute,
            ServiceRecord.ended_minute,
            ContractTarget.what,
            ContractTarget.unit,
            ServiceRecord.quantity,
            ServiceRecord.people,
            ServiceRecord.volunteer_hours,
            StaffMember.name,
            Recipient.code,
            Recipient.name,
            Recipient.station,
            ServiceRecord.place,
            ServiceRecord.content,
            ServiceRecord.backfilled,
            ServiceRecord.not_payable,
            ServiceRecord.backfill_reason,
            ServiceRecord.state,
            ServiceRecord.recorded_at,
            ServiceRecord.review_reason,
            ServiceRecord.ended_reason,
            ServiceRecord.version,
            evidence,
        )
        .join(ContractTarget, ContractTarget.id == ServiceRecord.target_id)
        .join(StaffMember, StaffMember.id == ServiceRecord.staff_id)
        .outerjoin(Recipient, Recipient.id == ServiceRecord.recipient_id)
    )
