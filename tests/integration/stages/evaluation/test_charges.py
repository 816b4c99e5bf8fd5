"""An evaluation changes hands: what was done before is kept, counts no more, and somebody else can finish it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from procure.desks.reminders.models import InboxMessage
from procure.desks.reminders.staff import staff
from procure.desks.reminders.turns import standing_of
from procure.kernel.clock import local_date
from procure.kernel.errors import Denied, Invalid
from procure.kernel.lifecycle import Aggregate, EvaluationState, ServiceRecordState
from procure.kernel.vocabulary import Dimension
from procure.registers.accounts.models import User
from procure.registers.accounts.use_cases import changing_people
from procure.registers.accounts.use_cases.changing_people import deactivate_person
from procure.registers.deadlines.queries import running_for
from procure.stages.delivery.models import ServiceRecord
from procure.stages.evaluation import queries
from procure.stages.evaluation.case import todo
from procure.stages.evaluation.models import (
    ChargeGround,
    Evaluation,
    SampleCheck,
    SampleVerdict,
)
from procure.stages.evaluation.use_cases.charge import (
    DeclineEvaluation,
    RecallEvaluation,
    decline_evaluation,
    recall_evaluation,
)
from procure.stages.evaluation.use_cases.schedule import assign_evaluation
from procure.stages.evaluation.use_cases.score import (
    DrawRecords,
    draw_records,
    save_checks,
    save_scores,
)
from tests.factories.contracts import APPROVER, CLERK, MEMBER, contract_of
from tests.factories.evaluation import (
    EVALUATOR,
    LEAD,
    MIDTERM,
    assignment,
    checks_for,
    evaluation_of,
    given_assigned_evaluation,
    given_confirmed_evaluation,
    indicators_of,
    scores_for,
)
from tests.world import World

WHY = "人员调整，无法承担。"


def given_begun_evaluation(world: World) -> Evaluation:
    """An evaluation with a score, a drawn sample and one record found untrue."""
    given_assigned_evaluation(world)
    with world.uow(EVALUATOR) as uow:
        save_scores(uow, scores_for(world, MIDTERM, Dimension.OUTPUT, Decimal("0.1")))
    evaluation = evaluation_of(world)
    with world.uow(EVALUATOR) as uow:
        draw_records(uow, DrawRecords(evaluation.id, evaluation.version))
    with world.uow(EVALUATOR) as uow:
        save_checks(uow, checks_for(world, MIDTERM, SampleVerdict.FALSE, rest="其余可信。"))
    return evaluation_of(world)


def declining(evaluation: Evaluation, ground: ChargeGround) -> DeclineEvaluation:
    return DeclineEvaluation(evaluation.id, evaluation.version, ground, WHY)


def voided(world: World) -> int:
    query = select(func.count()).where(ServiceRecord.state == ServiceRecordState.VOIDED)
    return world.session.scalar(query) or 0


def test_who_steps_back_leaves_everything_to_be_done_anew(served_world: World) -> None:
    world = served_world
    begun = given_begun_evaluation(world)
    for username in (MEMBER, CLERK, APPROVER):
        with pytest.raises(Denied), world.uow(username) as uow:
            decline_evaluation(uow, declining(begun, ChargeGround.DECLINED))
    for wrong in ({"reason": " "}, {"ground": ChargeGround.OVERDUE}):
        command = replace(declining(begun, ChargeGround.DECLINED), **wrong)
        with pytest.raises(Invalid), world.uow(EVALUATOR) as uow:
            decline_evaluation(uow, command)
    with world.uow(EVALUATOR) as uow:
        decline_evaluation(uow, declining(begun, ChargeGround.DECLINED))

    waiting = evaluation_of(world)
    assert (waiting.state, waiting.assessor_id) == (EvaluationState.SCHEDULED, None)
    [ended] = queries.ended_charges(world.session, waiting.id)
    assert (ended.ground, ended.reason) == (ChargeGround.DECLINED, WHY)
    assert ended.work["scores"]
    assert ended.work["sample"] is not None
    assert not queries.declarations_of(world.session, waiting.id)
    assert all(row.score is None for row in indicators_of(world, waiting))
    assert voided(world) == 1, "what an assessor without interest found untrue stays so"
    [term] = running_for(world.session, [waiting.id])
    assert term.starts_on == local_date(world.now)
    assert term.due_on == waiting.due_on >= term.starts_on + timedelta(days=30)
    assert _told(world, "EvaluationDeclined") == {CLERK}
    page = world.client(CLERK).get(
        f"/projects/{contract_of(world).project.number}/evaluations/midterm"
    )
    assert WHY in page.text

    with pytest.raises(Denied), world.uow(EVALUATOR) as uow:
        decline_evaluation(uow, declining(waiting, ChargeGround.DECLINED))
    done = given_confirmed_evaluation(world)
    assert done.state is EvaluationState.CONFIRMED
    assert len(queries.declarations_of(world.session, done.id)) == 2
    drawn = world.session.scalar(select(func.count()).select_from(SampleCheck)) or 0
    assert drawn == len(done.sampled_ids) + 3, "the first sample is on file beside the second"


def test_who_is_interested_is_not_charged_again_and_their_findings_do_not_count(
    embedded_served_world: World,
) -> None:
    world = embedded_served_world
    begun = given_begun_evaluation(world)
    with world.uow(LEAD) as uow:
        decline_evaluation(uow, declining(begun, ChargeGround.CONFLICT))

    assert voided(world) == 0
    waiting = evaluation_of(world)
    with pytest.raises(Invalid, match="应当回避"), world.uow(CLERK) as uow:
        assign_evaluation(uow, assignment(world, waiting))


def test_buyer_takes_back_from_who_cannot_act_or_is_late_and_from_nobody_else(
    embedded_served_world: World,
) -> None:
    world = embedded_served_world
    given_assigned_evaluation(world)

    def recall(ground: ChargeGround) -> None:
        evaluation = evaluation_of(world)
        command = RecallEvaluation(evaluation.id, evaluation.version, ground, WHY)
        with world.uow(CLERK) as uow:
            recall_evaluation(uow, command)

    for ground in (ChargeGround.CLOSED, ChargeGround.OVERDUE, ChargeGround.DECLINED):
        with pytest.raises(Invalid):
            recall(ground)
    assert _at_work(world) >= {EVALUATOR}
    person = world.session.scalars(select(User).where(User.username == EVALUATOR)).one()
    with world.uow("xitong") as uow:
        deactivate_person(uow, changing_people.SwitchPerson(person.id, WHY, person.version))
    assert _at_work(world) == {CLERK}
    tasks = todo(world.session, world.actor(CLERK), world.now)
    assert [task.href.rsplit("/", 1)[1] for task in tasks] == ["recall"]
    recall(ChargeGround.CLOSED)
    assert _told(world, "EvaluationRecalled") == {LEAD}

    evaluation = evaluation_of(world)
    other = replace(assignment(world, evaluation), evaluator_id=world.actor(LEAD).user_id)
    with world.uow(CLERK) as uow:
        assign_evaluation(uow, other)
    assert _at_work(world) == {LEAD}
    world.at(evaluation_of(world).due_on + timedelta(days=1))
    recall(ChargeGround.OVERDUE)
    assert evaluation_of(world).charge == 3


def test_stepping_back_and_taking_back_are_done_on_their_pages(
    embedded_served_world: World,
) -> None:
    world = embedded_served_world
    path = f"/projects/{contract_of(world).project.number}/evaluations/midterm"
    given_assigned_evaluation(world)
    assert "退出绩效评价" in world.client(EVALUATOR).get(path).text
    world.client(EVALUATOR).post(f"{path}/decline", {"ground": "declined"}, status=400)
    world.client(EVALUATOR).post(
        f"{path}/decline", {"ground": "declined", "reason": WHY, "confirmed": "yes"}
    )
    assert evaluation_of(world).state is EvaluationState.SCHEDULED

    given_assigned_evaluation(world)
    assert "收回评估委派" in world.client(CLERK).get(path).text
    wrong = {"ground": "closed", "reason": WHY}
    refused = world.client(CLERK).post(f"{path}/recall", wrong, status=400)
    assert "不能以停用为由收回" in refused.text
    assert WHY in refused.text
    world.client(CLERK).post(f"{path}/recall", wrong | {"ground": "conflict"})
    assert evaluation_of(world).state is EvaluationState.SCHEDULED
    assert "应当回避" in world.client(CLERK).get(path).text


def _at_work(world: World) -> set[str]:
    standing = standing_of(world.session, Aggregate.EVALUATION, evaluation_of(world).id)
    assert standing is not None
    ids = staff(world.session).at_any(standing.desks())
    return set(world.session.scalars(select(User.username).where(User.id.in_(ids))))


def _told(world: World, kind: str) -> set[str]:
    query = (
        select(User.username)
        .join(InboxMessage, InboxMessage.user_id == User.id)
        .where(InboxMessage.kind == kind)
    )
    return set(world.session.scalars(query))
