"""The verbs of delivery: done, refused by person, state, time, and the second time."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from procure.kernel.errors import Conflict, Denied, IllegalTransition, Invalid, NotFound, Stale
from procure.kernel.lifecycle import MilestoneState, ServiceRecordState
from procure.kernel.vocabulary import Period
from procure.registers.deadlines.models import TermStatus
from procure.registers.deadlines.queries import find_term
from procure.registers.documents.models import Document
from procure.stages.contracts.queries import trail
from procure.stages.contracts.use_cases.publish import complete_contract
from procure.stages.contracts.use_cases.sign import sign_contract_buyer
from procure.stages.delivery import queries
from procure.stages.delivery.models import Recipient, ServiceRecord
from procure.stages.delivery.use_cases.milestones import (
    ConfirmMilestone,
    ReportMilestone,
    ReturnMilestone,
    confirm_milestone,
    report_milestone,
    return_milestone,
)
from procure.stages.delivery.use_cases.record import (
    ReviewServices,
    WithdrawService,
    accept_services,
    record_service,
    reject_services,
    withdraw_service,
)
from procure.stages.delivery.use_cases.registers import (
    EnrolRecipients,
    LeaveRecipient,
    LeaveStaff,
    RecipientPlan,
    enrol_recipients,
    leave_recipient,
    leave_staff,
)
from procure.stages.delivery.use_cases.start import MILESTONE_RULE
from procure.store.unit_of_work import UnitOfWork
from tests.factories.bids import given_upload
from tests.factories.contracts import (
    APPROVER,
    CLERK,
    MEMBER,
    SIGNATORY,
    contract_of,
    given_supplier_signed_contract,
    signing,
)
from tests.factories.delivery import (
    MORNING,
    NOON,
    at_service,
    first_day,
    given_accepted,
    given_recipients,
    given_record,
    given_reported_milestone,
    given_staff,
    milestone_at,
    service,
    target_of,
)
from tests.factories.registers import pdf_file
from tests.world import World

Verb = Callable[[UnitOfWork, Any], object]


@pytest.fixture
def world(filed_world: World) -> World:
    """A filed contract, on both databases."""
    return filed_world


@pytest.fixture
def embedded(embedded_filed_world: World) -> World:
    """A filed contract, on SQLite alone."""
    return embedded_filed_world


def attempt(world: World, username: str, verb: Verb, command: object) -> None:
    """Take one step as that person."""
    with world.uow(username) as uow:
        verb(uow, command)


def events_of(world: World, name: str) -> list[dict[str, Any]]:
    """The data of all events of a name in the trail of the contract's project."""
    links = trail.links_of_project(world.session, contract_of(world).project_id)
    return [link.data for link in links if link.event == name]


# --- registers -----------------------------------------------------------------------------------


def test_enrol_gives_codes_in_order_and_keeps_names_out_of_the_trail(world: World) -> None:
    at_service(world)

    made = given_recipients(world, 3)

    assert [one.code for one in made] == ["F0001", "F0002", "F0003"]
    (enrolled,) = events_of(world, "RecipientsEnrolled")
    assert enrolled["codes"] == ["F0001", "F0002", "F0003"]
    assert "婆婆" not in str(enrolled)


def test_enrol_with_a_code_used_before_is_refused(world: World) -> None:
    at_service(world)
    given_recipients(world, 1)
    plan = RecipientPlan("赵婆婆", "白蕉站", "特困", first_day(world), "F0001")

    with pytest.raises(Invalid, match="已经用过"):
        attempt(world, MEMBER, enrol_recipients, EnrolRecipients(contract_of(world).id, [plan]))


def test_enrol_sent_twice_counts_once(embedded: World) -> None:
    at_service(embedded)
    plan = RecipientPlan("赵婆婆", "白蕉站", "特困", first_day(embedded))
    command = EnrolRecipients(contract_of(embedded).id, [plan], "k" * 20)

    attempt(embedded, MEMBER, enrol_recipients, command)
    attempt(embedded, MEMBER, enrol_recipients, command)

    assert len(embedded.session.scalars(select(Recipient)).all()) == 1
    other = replace(command, rows=[replace(plan, station="井岸站")])
    with pytest.raises(Conflict):
        attempt(embedded, MEMBER, enrol_recipients, other)


def test_enrol_by_anybody_but_the_supplier_is_denied(embedded: World) -> None:
    plan = RecipientPlan("赵婆婆", "白蕉站", "特困", first_day(embedded))
    command = EnrolRecipients(contract_of(embedded).id, [plan])

    for username in (CLERK, "jigou2", "shenji"):
        with pytest.raises(Denied):
            attempt(embedded, username, enrol_recipients, command)


def test_leave_closes_the_entry_once(embedded: World) -> None:
    day = at_service(embedded)
    (person,) = given_recipients(embedded, 1)
    staff = given_staff(embedded)

    attempt(embedded, MEMBER, leave_recipient, LeaveRecipient(person.id, person.version, day))
    attempt(embedded, MEMBER, leave_staff, LeaveStaff(staff.id, staff.version, day))

    with pytest.raises(Stale):
        attempt(embedded, MEMBER, leave_recipient, LeaveRecipient(person.id, 1, day))
    person = embedded.session.get_one(Recipient, person.id)
    with pytest.raises(Invalid, match="已经登记过"):
        attempt(embedded, MEMBER, leave_recipient, LeaveRecipient(person.id, person.version, day))


def test_number_after_one_given_by_hand_is_the_next_free_one(world: World) -> None:
    at_service(world)
    given_recipients(world, 2)
    contract = contract_of(world)
    by_hand = RecipientPlan("赵婆婆", "白蕉站", "特困", first_day(world), "F0004")
    attempt(world, MEMBER, enrol_recipients, EnrolRecipients(contract.id, [by_hand]))

    given_recipients(world, 1)
    given_recipients(world, 1)

    codes = [one.code for one in queries.recipients_on(world.session, contract.id)]
    assert codes == ["F0001", "F0002", "F0004", "F0005", "F0006"]


def test_enrolment_lies_between_the_first_day_and_today(embedded: World) -> None:
    day = at_service(embedded)
    embedded.at(day + timedelta(days=3), 18)

    for wrong in (day - timedelta(days=1), day + timedelta(days=4)):
        plan = RecipientPlan("赵婆婆", "白蕉站", "特困", wrong)
        with pytest.raises(Invalid, match="登记日期应当在") as refused:
            attempt(
                embedded,
                MEMBER,
                enrol_recipients,
                EnrolRecipients(contract_of(embedded).id, [plan]),
            )
        assert refused.value.field == "rows-0-enrolled_on"


def test_last_day_is_not_before_the_last_service_and_who_left_was_served(embedded: World) -> None:
    day = at_service(embedded)
    staff, (person, other) = given_staff(embedded), given_recipients(embedded)
    visits = target_of(embedded, Period.MONTH, 1)
    embedded.at(day + timedelta(days=1), 18)
    visit = service(embedded, staff, day + timedelta(days=1), recipient_id=person.id, target=visits)
    given_accepted(embedded, given_record(embedded, visit))

    with pytest.raises(Invalid, match="还有服务记录"):
        attempt(embedded, MEMBER, leave_recipient, LeaveRecipient(person.id, 1, day))
    left = LeaveRecipient(person.id, 1, day + timedelta(days=1))
    attempt(embedded, MEMBER, leave_recipient, left)
    attempt(embedded, MEMBER, leave_recipient, LeaveRecipient(other.id, 1, day))

    served = queries.people_served(embedded.session, contract_of(embedded).id)
    assert [one.code for one in served] == [person.code], "left, but served; the other never was"


def test_unknown_ids_are_not_found(embedded: World) -> None:
    day = at_service(embedded)
    nothing = "0" * 32

    for verb, command in (
        (leave_recipient, LeaveRecipient(nothing, 1, day)),
        (leave_staff, LeaveStaff(nothing, 1, day)),
        (report_milestone, ReportMilestone(nothing, 1, "已完成")),
        (withdraw_service, WithdrawService(nothing, 1, "重复")),
    ):
        with pytest.raises(NotFound, match="没有"):
            attempt(embedded, MEMBER, verb, command)
    with pytest.raises(NotFound, match="没有"):
        attempt(embedded, CLERK, confirm_milestone, ConfirmMilestone(nothing, 1))


def test_leave_before_joining_or_after_today_is_refused(embedded: World) -> None:
    day = at_service(embedded)
    (person,) = given_recipients(embedded, 1)

    for wrong in (day - timedelta(days=1), day + timedelta(days=1)):
        with pytest.raises(Invalid) as refused:
            attempt(
                embedded, MEMBER, leave_recipient, LeaveRecipient(person.id, person.version, wrong)
            )
        assert refused.value.field == "left_on"


# --- service records -----------------------------------------------------------------------------


def test_record_on_the_day_waits_for_review_and_tells_everything(world: World) -> None:
    day = at_service(world)
    staff = given_staff(world)

    record = given_record(world, service(world, staff, day, volunteer_hours=6))

    assert record.state is ServiceRecordState.RECORDED
    assert (record.backfilled, record.not_payable) == (False, False)
    (recorded,) = events_of(world, "ServiceRecorded")
    assert recorded["volunteer_hours"] == 6
    assert recorded["started_minute"] == MORNING
    assert recorded["hours_late"] == 7


def test_record_for_a_listed_person_counts_one_person(embedded: World) -> None:
    day = at_service(embedded)
    staff, (person, _) = given_staff(embedded), given_recipients(embedded)

    record = given_record(embedded, service(embedded, staff, day, recipient_id=person.id))

    assert record.people == 1
    assert events_of(embedded, "ServiceRecorded")[0]["recipient_code"] == "F0001"


def test_record_with_evidence_files_it_for_the_parties(embedded: World) -> None:
    day = at_service(embedded)
    staff = given_staff(embedded)
    token = given_upload(embedded, pdf_file(), "签到表.pdf", MEMBER)

    record = given_record(embedded, replace(service(embedded, staff, day), evidence=(token,)))

    (paper,) = embedded.session.scalars(
        select(Document).where(Document.subject_id == record.id)
    ).all()
    assert events_of(embedded, "ServiceRecorded")[0]["evidence_sha256"] == [paper.sha256]


@pytest.mark.parametrize(
    ("hours", "minutes", "backfilled", "not_payable"),
    [(24, 0, False, False), (24, 1, True, False), (72, 0, True, False), (72, 1, True, True)],
)
def test_record_entered_late_is_flagged_at_24_and_72_hours(
    embedded: World, hours: int, minutes: int, backfilled: bool, not_payable: bool
) -> None:
    day = at_service(embedded)
    staff = given_staff(embedded)
    late = timedelta(hours=hours, minutes=minutes)
    embedded.clock.move_to(embedded.now - timedelta(hours=7) + late)

    record = given_record(embedded, service(embedded, staff, day, reason="站点断网"))

    assert (record.backfilled, record.not_payable) == (backfilled, not_payable)
    assert bool(record.backfill_reason) == backfilled


def test_record_entered_late_without_reason_is_refused(embedded: World) -> None:
    day = at_service(embedded)
    staff = given_staff(embedded)
    embedded.at(day + timedelta(days=2))

    with pytest.raises(Invalid) as refused:
        attempt(embedded, MEMBER, record_service, service(embedded, staff, day))

    assert refused.value.field == "backfill_reason"


def test_record_of_one_worker_at_two_places_is_refused(embedded: World) -> None:
    day = at_service(embedded)
    staff = given_staff(embedded)
    given_record(embedded, service(embedded, staff, day))
    overlapping = (
        (MORNING - 1, MORNING + 1),
        (NOON - 1, NOON + 30),
        (MORNING + 10, NOON - 10),
        (MORNING - 10, NOON + 10),
    )

    for started, ended in overlapping:
        command = service(embedded, staff, day, started=started, ended=ended)
        with pytest.raises(Invalid, match="09:00 至 11:00 已有另一条服务记录"):
            attempt(embedded, MEMBER, record_service, command)
    for started, ended in ((MORNING - 60, MORNING), (NOON, NOON + 30)):
        touching = service(embedded, staff, day, started=started, ended=ended)
        assert given_record(embedded, touching).started_minute == started


def test_record_in_the_time_of_a_rejected_one_is_taken(embedded: World) -> None:
    day = at_service(embedded)
    staff = given_staff(embedded)
    first = given_record(embedded, service(embedded, staff, day))
    contract = contract_of(embedded)
    review = ReviewServices(contract.id, [first.id], "人数有误")
    attempt(embedded, CLERK, reject_services, review)

    second = given_record(embedded, service(embedded, staff, day, people=12))

    assert second.people == 12


def test_record_counts_what_its_kind_gives(embedded: World) -> None:
    day = at_service(embedded)
    staff, (person, _) = given_staff(embedded), given_recipients(embedded)
    visits = target_of(embedded, Period.MONTH, 1)
    wrong = (
        service(embedded, staff, day, quantity=10, recipient_id=person.id, target=visits),
        service(embedded, staff, day, quantity=2),
        service(embedded, staff, day, target=visits),
    )

    for command, field in zip(wrong, ("quantity", "quantity", "recipient"), strict=True):
        with pytest.raises(Invalid) as refused:
            attempt(embedded, MEMBER, record_service, command)
        assert refused.value.field == field


def test_activity_with_too_few_people_is_not_accepted(world: World) -> None:
    day = at_service(world)
    staff = given_staff(world)
    enough = given_record(world, service(world, staff, day, started=8 * 60, people=10))
    alone = given_record(world, service(world, staff, day, started=NOON, ended=NOON + 60, people=1))

    with pytest.raises(Invalid, match="参加 1 人，少于约定的 10 人"):
        given_accepted(world, enough, alone, reason="都来过")
    given_accepted(world, enough)

    activities = queries.progress(world.session, contract_of(world).id)[
        target_of(world).position - 1
    ]
    assert activities.accepted == 1


def test_one_person_served_by_two_in_the_same_minutes_needs_a_reason(world: World) -> None:
    day = at_service(world)
    first, second = given_staff(world), given_staff(world, "黎国强")
    (person, _) = given_recipients(world)
    visits = target_of(world, Period.MONTH, 1)
    records = [
        given_record(world, service(world, staff, day, recipient_id=person.id, target=visits))
        for staff in (first, second)
    ]

    with pytest.raises(Invalid, match="时间与.*的另一条记录重叠"):
        given_accepted(world, records[0])
    given_accepted(world, records[0], reason="两人协助移位。")
    assert records[0].review_reason == "两人协助移位。"


def test_own_record_is_withdrawn_before_review_and_stays_on_file(world: World) -> None:
    day = at_service(world)
    staff = given_staff(world)
    record = given_record(world, service(world, staff, day))

    with pytest.raises(Invalid, match="理由"):
        attempt(world, MEMBER, withdraw_service, WithdrawService(record.id, 1, " "))
    for username in (CLERK, "jigou2"):
        with pytest.raises(Denied):
            attempt(world, username, withdraw_service, WithdrawService(record.id, 1, "重复"))
    attempt(world, MEMBER, withdraw_service, WithdrawService(record.id, 1, "重复登记"))

    record = world.session.get_one(ServiceRecord, record.id)
    assert (record.state, record.ended_reason) == (ServiceRecordState.WITHDRAWN, "重复登记")
    assert events_of(world, "ServiceWithdrawn")[0]["reason"] == "重复登记"
    with pytest.raises(IllegalTransition):
        given_accepted(world, record)
    again = given_record(world, service(world, staff, day))
    given_accepted(world, again)
    with pytest.raises(IllegalTransition):
        attempt(world, MEMBER, withdraw_service, WithdrawService(again.id, again.version, "重复"))


def test_record_outside_term_or_before_its_end_is_refused(embedded: World) -> None:
    day = at_service(embedded)
    staff = given_staff(embedded)
    wrong = (
        service(embedded, staff, day - timedelta(days=1)),
        service(embedded, staff, day, started=17 * 60, ended=19 * 60),
        service(embedded, staff, day + timedelta(days=1)),
        service(embedded, staff, day, started=NOON, ended=MORNING),
        service(embedded, staff, day, quantity=0),
        service(embedded, staff, day, people=None),
    )

    for command in wrong:
        with pytest.raises(Invalid):
            attempt(embedded, MEMBER, record_service, command)


def test_record_of_a_service_before_the_signature_is_refused(
    embedded_drafted_world: World,
) -> None:
    world = embedded_drafted_world
    given_supplier_signed_contract(world)
    world.at(first_day(world) + timedelta(days=3), 12)
    with world.uow(APPROVER) as uow:
        sign_contract_buyer(uow, signing(world, APPROVER))
    staff = given_staff(world)
    before = service(world, staff, first_day(world) + timedelta(days=2))

    with pytest.raises(Invalid, match="签订以前的服务不计入"):
        attempt(world, MEMBER, record_service, before)


def test_record_of_a_worker_who_left_is_refused(embedded: World) -> None:
    day = at_service(embedded)
    staff = given_staff(embedded)
    attempt(embedded, MEMBER, leave_staff, LeaveStaff(staff.id, staff.version, day))
    embedded.at(day + timedelta(days=1), 18)
    staff = given_staff(embedded, "黎国强") and staff

    with pytest.raises(Invalid, match="不在岗"):
        attempt(embedded, MEMBER, record_service, service(embedded, staff, day + timedelta(days=1)))


def test_record_sent_twice_counts_once(embedded: World) -> None:
    day = at_service(embedded)
    staff = given_staff(embedded)
    command = service(embedded, staff, day, key="q" * 20)

    first = given_record(embedded, command)
    second = given_record(embedded, command)

    assert first.id == second.id


def test_record_by_anybody_but_the_supplier_is_denied(embedded: World) -> None:
    day = at_service(embedded)
    command = service(embedded, given_staff(embedded), day)

    for username in (CLERK, "jigou2", "pinggu1"):
        with pytest.raises(Denied):
            attempt(embedded, username, record_service, command)


def test_record_after_completion_is_refused(embedded: World) -> None:
    day = at_service(embedded)
    staff = given_staff(embedded)
    with embedded.uow("system") as uow:
        complete_contract(uow, contract_of(embedded).id)

    with pytest.raises(IllegalTransition):
        attempt(embedded, MEMBER, record_service, service(embedded, staff, day))


# --- review --------------------------------------------------------------------------------------


def test_accept_several_at_once_makes_them_count(world: World) -> None:
    day = at_service(world)
    staff = given_staff(world)
    records = [
        given_record(world, service(world, staff, day, started=at * 60, ended=at * 60 + 30))
        for at in (8, 9, 10)
    ]

    given_accepted(world, *records)

    (row,) = [
        one
        for one in queries.progress(world.session, contract_of(world).id)
        if one.target_id == target_of(world).id
    ]
    assert (row.accepted, row.pending, row.person_times) == (3, 0, 45)
    assert len(events_of(world, "ServiceAccepted")) == 3


def test_accept_later_than_72_hours_needs_a_reason(embedded: World) -> None:
    day = at_service(embedded)
    staff = given_staff(embedded)
    embedded.at(day + timedelta(days=4))
    record = given_record(embedded, service(embedded, staff, day, reason="站点断网"))

    with pytest.raises(Invalid, match="超过 72 小时"):
        given_accepted(embedded, record)
    given_accepted(embedded, record, reason="断网有通知为证")

    (accepted,) = events_of(embedded, "ServiceAccepted")
    assert accepted["reason"] == "断网有通知为证"


def test_reject_needs_a_reason_and_does_not_count(embedded: World) -> None:
    day = at_service(embedded)
    record = given_record(embedded, service(embedded, given_staff(embedded), day))
    contract = contract_of(embedded)

    with pytest.raises(Invalid) as refused:
        attempt(embedded, CLERK, reject_services, ReviewServices(contract.id, [record.id]))
    attempt(embedded, CLERK, reject_services, ReviewServices(contract.id, [record.id], "无签到"))

    assert refused.value.field == "reason"
    assert sum(row.accepted for row in queries.progress(embedded.session, contract.id)) == 0


def test_review_twice_is_refused(embedded: World) -> None:
    day = at_service(embedded)
    record = given_record(embedded, service(embedded, given_staff(embedded), day))
    given_accepted(embedded, record)

    with pytest.raises(IllegalTransition):
        given_accepted(embedded, record)


def test_review_by_anybody_but_the_clerk_is_denied(embedded: World) -> None:
    day = at_service(embedded)
    record = given_record(embedded, service(embedded, given_staff(embedded), day))
    command = ReviewServices(contract_of(embedded).id, [record.id])

    for username in (MEMBER, SIGNATORY, APPROVER, "jiedao"):
        with pytest.raises(Denied):
            attempt(embedded, username, accept_services, command)


def test_review_by_who_entered_it_is_denied_by_policy_and_database(world: World) -> None:
    day = at_service(world)
    record = given_record(world, service(world, given_staff(world), day))
    clerk = world.actor(CLERK)
    with UnitOfWork(world.session, clerk, world.clock, technical=True) as uow:
        uow.session.get_one(ServiceRecord, record.id).recorded_by = clerk.user_id

    with pytest.raises(Denied, match="由您登记"):
        given_accepted(world, record)
    with pytest.raises(Conflict):
        judge_past_every_policy(world, record.id, clerk.user_id)


def judge_past_every_policy(world: World, record_id: str, user_id: str) -> None:
    """Write a judgement straight into the row, as a faulty program would."""
    with UnitOfWork(world.session, world.actor(CLERK), world.clock, technical=True) as uow:
        uow.session.get_one(ServiceRecord, record_id).reviewed_by = user_id


def test_review_of_nothing_or_of_another_contract_is_refused(embedded: World) -> None:
    contract = contract_of(embedded)

    with pytest.raises(Invalid, match="请勾选"):
        attempt(embedded, CLERK, accept_services, ReviewServices(contract.id, []))
    with pytest.raises(NotFound):
        attempt(embedded, CLERK, accept_services, ReviewServices(contract.id, ["0" * 32]))


# --- progress ------------------------------------------------------------------------------------


def test_progress_keeps_persons_person_times_and_volunteers_apart(world: World) -> None:
    day = at_service(world)
    staff, people = given_staff(world), given_recipients(world)
    visits = target_of(world, Period.MONTH, 1)
    records = [
        given_record(
            world,
            service(
                world,
                staff,
                day,
                started=(8 + at) * 60,
                ended=(8 + at) * 60 + 30,
                recipient_id=people[at % 2].id,
                volunteer_hours=2,
                target=visits,
            ),
        )
        for at in range(3)
    ]
    given_accepted(world, *records)

    row = queries.progress(world.session, contract_of(world).id)[visits.position - 1]

    assert (row.person_times, row.persons, row.volunteer_hours) == (3, 2, 6)
    assert (row.accepted, row.uncounted) == (2, 1), "the second visit to one serves nobody else"


def test_periods_say_short_once_a_month_is_over(world: World) -> None:
    day = at_service(world)
    target = target_of(world)
    given_accepted(world, given_record(world, service(world, given_staff(world), day)))

    checks = queries.periods_of(world.session, contract_of(world), target, day + timedelta(days=40))

    assert len(checks) == 12
    assert (checks[0].accepted, checks[0].missing, checks[0].standing) == (1, 1, "short")
    assert checks[1].standing == "running"
    assert checks[2].standing == "ahead"


# --- milestones ----------------------------------------------------------------------------------


def test_milestone_reported_meets_its_term_and_is_confirmed_by_the_buyer(world: World) -> None:
    at_service(world)

    milestone = given_reported_milestone(world)
    term = find_term(world.session, milestone.id, MILESTONE_RULE)
    attempt(world, CLERK, confirm_milestone, ConfirmMilestone(milestone.id, milestone.version))

    assert term is not None
    assert milestone_at(world).state is MilestoneState.MET
    assert find_term(world.session, milestone.id, MILESTONE_RULE).status is TermStatus.MET  # type: ignore[union-attr]
    (met,) = events_of(world, "MilestoneMet")
    assert met["days_late"] == 0


def test_milestone_returned_runs_again_with_its_old_date(world: World) -> None:
    at_service(world)
    milestone = given_reported_milestone(world)

    attempt(
        world, CLERK, return_milestone, ReturnMilestone(milestone.id, milestone.version, "缺照片")
    )

    again = milestone_at(world)
    term = find_term(world.session, milestone.id, MILESTONE_RULE)
    assert (again.state, again.returned_reason) == (MilestoneState.PLANNED, "缺照片")
    assert term is not None
    assert (term.status, term.due_on) == (TermStatus.RUNNING, milestone.due_on)


def test_milestone_returned_after_its_date_is_overdue_at_once(embedded: World) -> None:
    milestone = milestone_at(embedded)
    embedded.at(milestone.due_on + timedelta(days=3))
    milestone = given_reported_milestone(embedded)

    attempt(
        embedded,
        CLERK,
        return_milestone,
        ReturnMilestone(milestone.id, milestone.version, "缺照片"),
    )

    term = find_term(embedded.session, milestone.id, MILESTONE_RULE)
    assert term is not None
    assert term.status is TermStatus.RUNNING
    assert events_of(embedded, "MilestoneReported")[0]["days_late"] == 3


def test_milestone_without_words_or_reason_is_refused(embedded: World) -> None:
    milestone = milestone_at(embedded)
    with pytest.raises(Invalid):
        attempt(
            embedded,
            MEMBER,
            report_milestone,
            ReportMilestone(milestone.id, milestone.version, " "),
        )
    milestone = given_reported_milestone(embedded)
    with pytest.raises(Invalid):
        attempt(
            embedded, CLERK, return_milestone, ReturnMilestone(milestone.id, milestone.version, " ")
        )


def test_milestone_reported_by_anybody_but_the_supplier_is_denied(embedded: World) -> None:
    command = ReportMilestone(milestone_at(embedded).id, 1, "已完成")

    for username in (CLERK, "jigou2", "shenji"):
        with pytest.raises(Denied):
            attempt(embedded, username, report_milestone, command)


def test_milestone_confirmed_by_anybody_but_the_clerk_is_denied(embedded: World) -> None:
    milestone = given_reported_milestone(embedded)
    command = ConfirmMilestone(milestone.id, milestone.version)

    for username in (MEMBER, APPROVER, "jiedao"):
        with pytest.raises(Denied):
            attempt(embedded, username, confirm_milestone, command)


def test_milestone_confirmed_before_report_is_refused(embedded: World) -> None:
    milestone = milestone_at(embedded)

    with pytest.raises(IllegalTransition):
        attempt(
            embedded, CLERK, confirm_milestone, ConfirmMilestone(milestone.id, milestone.version)
        )
