"""A year of service: register, staff, visits and activities month by month, milestones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from sqlalchemy import select

from procure.demonstration.steps.contracting import contract_of, winner_of
from procure.demonstration.walk import Walk
from procure.kernel.lifecycle import MilestoneState, ServiceRecordState, Stage
from procure.kernel.workdays import CHINA, Unit, add_months
from procure.stages.contracts.models import ContractTarget
from procure.stages.delivery.models import Milestone, Recipient, ServiceRecord, StaffMember
from procure.stages.delivery.queries import get_milestone
from procure.stages.delivery.use_cases.milestones import (
    ConfirmMilestone,
    ReportMilestone,
    confirm_milestone,
    report_milestone,
)
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

MIDTERM_MONTH = 5
"""The mid-term evaluation is due after half a year; this is when it is begun."""
CHECK_AFTER, LAST_CHECK_AFTER = 20, 12
"""How many days after a month's first services the clerk checks them; in the last month sooner."""
FINAL_MONTH = 11
"""The final evaluation is made in the last month (T68); this is when it is begun."""


@dataclass(frozen=True)
class Act:
    """Something that is done on a day of the year."""

    day: date
    hour: int
    minute: int
    do: Callable[[], None]


def member_of(walk: Walk) -> str:
    """The person of the winning supplier who records what is done."""
    return f"jigou{winner_of(walk)}"


def begin_service(walk: Walk) -> None:
    """On the first day the supplier enters its staff and the people it serves."""
    contract = contract_of(walk)
    assert contract.starts_on is not None
    walk.on(CHINA.next_workday(contract.starts_on), 9)
    told = walk.told
    with walk.as_(member_of(walk)) as uow:
        rows = [
            StaffPlan(person["name"], person["post"], person["certificate"], walk.today)
            for person in told["staff"]
        ]
        add_staff(uow, AddStaff(contract.id, rows))
    with walk.as_(member_of(walk)) as uow:
        served = [
            RecipientPlan(
                person["name"],
                told["stations"][person["station"]],
                person["care_class"],
                walk.today,
            )
            for person in told["recipients"]
        ]
        enrol_recipients(uow, EnrolRecipients(contract.id, served))
    walk.say(member_of(walk), Stage.DELIVERY, f"登记人员 {len(rows)} 名、服务对象 {len(served)} 名")


def serve_until_midterm(walk: Walk) -> None:
    """The first half of the year."""
    _serve(walk, 0, MIDTERM_MONTH)


def serve_until_final(walk: Walk) -> None:
    """From the mid-term evaluation to the final one."""
    _serve(walk, MIDTERM_MONTH, FINAL_MONTH)


def serve_the_last_month(walk: Walk) -> None:
    """The month of the final evaluation, checked in time for it."""
    contract = contract_of(walk)
    assert contract.starts_on is not None
    begin = max(add_months(contract.starts_on, FINAL_MONTH)[0], walk.today)
    _take(walk, _month(walk, begin, FINAL_MONTH, LAST_CHECK_AFTER))
    walk.say(member_of(walk), Stage.DELIVERY, "最后一个月服务记录已核实")


def hand_over(walk: Walk) -> None:
    """What is due by the last day: the files and the summary."""
    contract = contract_of(walk)
    assert contract.ends_on is not None
    _take(walk, _milestones(walk, contract.ends_on + timedelta(days=1)))
    walk.say(member_of(walk), Stage.DELIVERY, "移交服务档案")


def _serve(walk: Walk, first: int, last: int) -> None:
    contract = contract_of(walk)
    assert contract.starts_on is not None
    acts: list[Act] = []
    for month in range(first, last):
        begin = max(add_months(contract.starts_on, month)[0], walk.today)
        acts += _month(walk, begin, month, CHECK_AFTER)
    _take(walk, acts + _milestones(walk, add_months(contract.starts_on, last)[0]))
    walk.say(member_of(walk), Stage.DELIVERY, f"第 {first + 1} 至 {last} 个月服务记录已核实")


def _take(walk: Walk, acts: list[Act]) -> None:
    for act in sorted(acts, key=lambda one: (one.day, one.hour, one.minute)):
        walk.on(act.day, act.hour, act.minute)
        act.do()


def _month(walk: Walk, begin: date, month: int, check_after: int) -> list[Act]:
    """A month: an activity at each station, a visit to each person, a check by the clerk."""
    acts: list[Act] = []
    day = CHINA.next_workday(begin + timedelta(days=1))
    for number, place in enumerate(walk.told["stations"]):
        if month == 0:
            acts.append(Act(day, 16, 30, partial(_volunteers, walk, number, place)))
        activity = CHINA.next_workday(day + timedelta(days=9))
        acts.append(Act(activity, 16, 0 + number, partial(_activity, walk, number, place, month)))
    people = walk.session.scalars(
        select(Recipient)
        .where(Recipient.contract_id == contract_of(walk).id)
        .order_by(Recipient.code)
    ).all()
    turn = {place: 0 for place in walk.told["stations"]}
    for person in people:
        step, slot = divmod(turn[person.station], 2)
        turn[person.station] += 1
        visited = CHINA.due(day, 1 + step, Unit.WORKDAY).on
        start = 9 * 60 + 30 + slot * 75
        acts.append(Act(visited, 15, slot, partial(_visit, walk, person.id, person.station, start)))
    checked = CHINA.next_workday(day + timedelta(days=check_after))
    acts.append(Act(checked, 17, 0, partial(_check, walk)))
    return acts


def _milestones(walk: Walk, before: date) -> list[Act]:
    rows = walk.session.scalars(
        select(Milestone)
        .where(
            Milestone.contract_id == contract_of(walk).id,
            Milestone.state == MilestoneState.PLANNED,
            Milestone.due_on < before,
        )
        .order_by(Milestone.due_on)
    )
    acts = []
    for row in rows:
        reported = max(CHINA.previous_workday(row.due_on - timedelta(days=1)), walk.today)
        acts.append(Act(reported, 11, 0, partial(_report, walk, row.id, row.title)))
        confirmed = CHINA.next_workday(reported + timedelta(days=1))
        acts.append(Act(confirmed, 9, 30, partial(_confirm, walk, row.id)))
    return acts


def meet_milestone(walk: Walk, position: int) -> None:
    """Report a milestone ahead of its date, and have it confirmed the next day."""
    milestone = get_milestone(walk.session, contract_of(walk), position)
    if milestone.state is MilestoneState.PLANNED:
        _report(walk, milestone.id, milestone.title)
        walk.workdays_later(1)
    _confirm(walk, milestone.id)


def _target(walk: Walk, number: int) -> str:
    target: str = walk.one(
        ContractTarget,
        ContractTarget.contract_id == contract_of(walk).id,
        ContractTarget.position == number,
    ).id
    return target


def _worker(walk: Walk, station: int) -> str:
    name = walk.told["staff"][1 + station]["name"]
    worker: str = walk.one(
        StaffMember, StaffMember.contract_id == contract_of(walk).id, StaffMember.name == name
    ).id
    return worker


def _volunteers(walk: Walk, station: int, place: str) -> None:
    _record(
        walk, 3, station, 14 * 60, 16 * 60, place, "招募并培训站点志愿者，成立志愿服务队。", 12, 24
    )


def _activity(walk: Walk, station: int, place: str, month: int) -> None:
    themes = ("防跌倒讲座", "手工小组", "生日会", "健康操小组", "防诈骗讲座", "怀旧小组")
    content = f"{themes[month % len(themes)]}，社工带领，志愿者协助。"
    _record(walk, 1, station, 13 * 60 + 30, 15 * 60 + 30, place, content, 32, 8)


def _visit(walk: Walk, recipient_id: str, station_name: str, start: int) -> None:
    station = walk.told["stations"].index(station_name)
    with walk.as_(member_of(walk)) as uow:
        record_service(
            uow,
            RecordService(
                contract_of(walk).id,
                _target(walk, 2),
                _worker(walk, station),
                served_on=walk.today,
                started_minute=start,
                ended_minute=start + 40,
                place="服务对象家中",
                quantity=1,
                content="探访慰问，测量血压，了解用药和居家安全，记录需求。",
                recipient_id=recipient_id,
            ),
        )


def _record(
    walk: Walk,
    target: int,
    station: int,
    start: int,
    end: int,
    place: str,
    content: str,
    people: int,
    volunteer_hours: int,
) -> None:
    with walk.as_(member_of(walk)) as uow:
        record_service(
            uow,
            RecordService(
                contract_of(walk).id,
                _target(walk, target),
                _worker(walk, station),
                served_on=walk.today,
                started_minute=start,
                ended_minute=end,
                place=place,
                quantity=1,
                content=content,
                people=people,
                volunteer_hours=volunteer_hours,
            ),
        )


def _check(walk: Walk) -> None:
    contract = contract_of(walk)
    waiting = walk.session.scalars(
        select(ServiceRecord.id).where(
            ServiceRecord.contract_id == contract.id,
            ServiceRecord.state == ServiceRecordState.RECORDED,
        )
    ).all()
    with walk.as_("jingban") as uow:
        accept_services(uow, ReviewServices(contract.id, waiting))


def _report(walk: Walk, milestone_id: str, title: str) -> None:
    with walk.as_(member_of(walk)) as uow:
        row = walk.session.get_one(Milestone, milestone_id)
        words = f"{title}已按合同完成，台账和记录可在平台核对。"
        report_milestone(uow, ReportMilestone(row.id, row.version, words))


def _confirm(walk: Walk, milestone_id: str) -> None:
    with walk.as_("jingban") as uow:
        row = walk.session.get_one(Milestone, milestone_id)
        confirm_milestone(uow, ConfirmMilestone(row.id, row.version))
