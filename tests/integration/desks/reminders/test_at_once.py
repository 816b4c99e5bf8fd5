"""Who has work or bad news is told in the transaction that makes it, in the inbox and by mail."""

from sqlalchemy import select

from procure.desks.reminders.at_once import NOT_TOLD, TOLD
from procure.desks.reminders.models import InboxMessage
from procure.kernel.access import Role
from procure.kernel.lifecycle import TRANSITIONS
from procure.registers.accounts.models import User
from procure.registers.accounts.use_cases.roles import (
    GrantRole,
    RequestRole,
    grant_role,
    request_role,
)
from tests.world import World

STEPS = sorted({row.event for row in TRANSITIONS})

EXPECTED = {
    ("PlanSubmitted", "shenhe"),
    ("PlanApproved", "jingban"),
    ("TenderSubmitted", "shenhe"),
    ("TenderPublished", "jingban"),
    ("PanelDrawn", "zhuanjia1"),
    ("BidsChecked", "zhuanjia1"),
    ("ReviewReportDelivered", "shenhe"),
    ("WinnerDecided", "jingban"),
    ("ContractIssued", "fuzeren1"),
    ("ContractSignedBySupplier", "shenhe"),
    ("ContractSigned", "jingban"),
    ("ContractSigned", "jigou1"),
    ("ContractFiled", "jigou1"),
    ("MilestoneReported", "jingban"),
    ("EvaluationAssigned", "pinggu1"),
    ("EvaluationSubmitted", "shenhe"),
    ("EvaluationConfirmed", "jigou1"),
    ("EvaluationConfirmed", "jingban"),
    ("AcceptanceOpened", "jigou1"),
    ("AcceptancePassed", "jingban"),
    ("SignedCopyFiled", "jingban"),
    ("AcceptancePublished", "jigou1"),
    ("PaymentRequested", "jingban"),
    ("PaymentReviewed", "shenhe"),
    ("PaymentApproved", "guoku"),
    ("PaymentSettled", "jigou1"),
    ("PaymentSettled", "jingban"),
}
"""Who the story's people are told of by what."""


def test_every_step_of_the_procedure_is_told_or_says_why_not() -> None:
    assert [name for name in STEPS if (name in TOLD) == (name in NOT_TOLD)] == []


def test_story_tells_everybody_whose_turn_it_is(walked: World) -> None:
    rows = walked.session.execute(
        select(InboxMessage.kind, User.username, InboxMessage.words, InboxMessage.path)
        .join(User, User.id == InboxMessage.user_id)
        .where(InboxMessage.kind.in_(TOLD))
    ).all()

    assert EXPECTED - {(row.kind, row.username) for row in rows} == set()
    ranked = {row.username for row in rows if row.kind == "BidsRanked"}
    assert ranked & {f"zhuanjia{number}" for number in range(1, 20)}
    assert not [row for row in rows if row.kind == "PanelDrawn" and row.username == "jingban"]
    issued = next(row for row in rows if row.kind == "ContractIssued")
    assert "请办理：乙方签署合同。" in issued.words
    assert "最迟应于" in issued.words
    assert "《政府采购法》第四十六条" in issued.words
    for username, path in {(row.username, row.path) for row in rows}:
        walked.client(username).get(path)


def test_role_asked_for_and_decided_is_told_to_both_sides(world: World) -> None:
    person = world.actor("jingban")
    with world.uow("xitong") as uow:
        grant_id = request_role(uow, RequestRole(person.user_id, Role.CATALOGUE_KEEPER))
    asked = _told(world, "RoleRequested")
    with world.uow("anquan") as uow:
        grant_role(uow, GrantRole(grant_id))

    assert ("anquan", f"/admin/grants/{grant_id}") in asked
    assert {name for name, _ in asked} <= {"anquan", "anquan2"}
    assert _told(world, "RoleGranted") == {("xitong", "/desk"), ("jingban", "/desk")}


def _told(world: World, kind: str) -> set[tuple[str, str]]:
    query = select(User.username, InboxMessage.path).join(User, User.id == InboxMessage.user_id)
    return {tuple(row) for row in world.session.execute(query.where(InboxMessage.kind == kind))}
