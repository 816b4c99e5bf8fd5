"""Who is told: the people at a desk, and the nearest organisation above that has any."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from procure.desks.reminders.duties import EVALUATION, TERM, Duty
from procure.desks.reminders.messages import calls_of, message_id
from procure.desks.reminders.staff import Desk, Place, Staff
from procure.kernel.access import Level, OrganisationKind, Permission, Role

STAFF = Staff(
    active=frozenset(
        {
            *("clerk", "approver", "above", "evaluator", "lead"),
            *("signatory", "treasurer", "keeper", "expert"),
        }
    ),
    by_role={
        ("street", Role.CLERK): frozenset({"clerk"}),
        ("street", Role.APPROVER): frozenset({"approver"}),
        ("city", Role.APPROVER): frozenset({"above"}),
        ("firm", Role.LEAD_EVALUATOR): frozenset({"lead"}),
        ("agency", Role.SUPPLIER_SIGNATORY): frozenset({"signatory"}),
        ("treasury", Role.TREASURER): frozenset({"treasurer"}),
        ("treasury", Role.BUDGET_OFFICER): frozenset({"keeper"}),
        ("elsewhere", Role.TREASURER): frozenset({"stranger"}),
    },
    places={
        "street": Place("district", OrganisationKind.STREET_OFFICE, Level.STREET),
        "district": Place("city", OrganisationKind.CIVIL_AFFAIRS_BUREAU, Level.DISTRICT),
        "city": Place(None, OrganisationKind.CIVIL_AFFAIRS_BUREAU, Level.CITY),
        "firm": Place(None, OrganisationKind.ASSESSOR, None),
        "agency": Place(None, OrganisationKind.SUPPLIER, None),
        "treasury": Place(None, OrganisationKind.FINANCE, Level.DISTRICT),
        "elsewhere": Place(None, OrganisationKind.FINANCE, Level.STREET),
        "below": Place("elsewhere", OrganisationKind.DEPARTMENT, Level.STREET),
        "ring": Place("ring", OrganisationKind.DEPARTMENT, Level.CITY),
    },
)


def duty(*desks: Desk) -> Duty:
    return Duty(
        kind=EVALUATION,
        subject_id="e1",
        project_id="p1",
        number="DMMZ-2026-001",
        title="居家养老服务",
        label="中期评估",
        due_on=date(2026, 3, 27),
        desks=desks,
        path="/x",
        buyer_id="street",
    )


ASSESSORS = (
    Desk("firm", Permission.EVALUATION_SCORE, "evaluator"),
    Desk("firm", Permission.EVALUATION_SUBMIT),
)


def told(of: Duty, day: date) -> set[tuple[str, str, str]]:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return {
        (call.kind, call.occurrence.partition("/")[2], call.user_id)
        for call in calls_of(of, STAFF, day, now)
    }


def test_evaluation_overdue_a_day_is_told_to_the_superior_too():
    assert told(duty(*ASSESSORS), date(2026, 3, 30)) == {
        ("evaluation", "late/1", "evaluator"),
        ("evaluation", "late/1", "lead"),
        ("escalation", "1/0", "approver"),
    }


def test_evaluation_overdue_five_days_is_told_to_the_organisation_above():
    found = told(duty(*ASSESSORS), date(2026, 4, 3))

    assert ("escalation", "5/1", "above") in found
    assert ("escalation", "1/1", "approver") in found


def test_superior_who_has_to_act_himself_is_told_once():
    found = told(duty(Desk("street", Permission.EVALUATION_CONFIRM)), date(2026, 3, 30))

    assert found == {("evaluation", "late/1", "approver")}


def test_person_who_left_is_at_no_desk():
    assert STAFF.at(Desk("firm", Permission.EVALUATION_SCORE, "gone")) == frozenset()


def test_organisation_tree_with_a_circle_ends():
    assert STAFF.above("ring", (Role.APPROVER,)) == frozenset()
    assert STAFF.above("unknown", (Role.APPROVER,)) == frozenset()


def test_message_id_depends_on_every_part_of_the_key():
    keys = [("a", "b", "c", "d"), ("ab", "", "c", "d"), ("a", "bc", "", "d"), ("a", "b", "c", "e")]

    assert len({message_id(*key) for key in keys}) == 4


@pytest.mark.parametrize(
    ("desk", "superiors"),
    [
        (Desk("street", Permission.CONTRACT_PUBLISH), {"approver"}),
        (Desk("agency", Permission.CONTRACT_SIGN_SUPPLIER), {"approver"}),
        (Desk("agency", Permission.DELIVERY_RECORD), {"approver"}),
        (Desk(None, Permission.PAYMENT_PAY, treasury_of="street"), {"approver", "keeper"}),
        (Desk(None, Permission.BID_SCORE, "expert"), {"approver"}),
    ],
)
def test_every_clock_overdue_climbs_from_whoever_holds_it(desk: Desk, superiors: set[str]) -> None:
    of = replace(duty(desk), kind=TERM)

    found = told(of, date(2026, 3, 30))

    holders = {"street": "clerk", "agency": "signatory", None: "treasurer"}
    held = desk.user_id or holders[desk.organisation_id]
    assert found == {("term", "late/1", held)} | {("escalation", "1/0", up) for up in superiors}
    assert ("escalation", "5/1", "above") in told(of, date(2026, 4, 3))
    assert told(of, date(2026, 3, 28)) == set()
