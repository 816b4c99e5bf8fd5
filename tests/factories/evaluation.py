"""Contracts served and evaluated, each brought where a test needs it by the use cases of its people."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import zip_longest

from sqlalchemy import select

from procure.kernel.clock import local_date
from procure.kernel.lifecycle import EvaluationState
from procure.kernel.vocabulary import Dimension, EvaluationKind
from procure.kernel.workdays import CHINA
from procure.stages.contracts.models import Contract, ContractTarget
from procure.stages.delivery.models import Recipient, ServiceRecord, StaffMember
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
from procure.stages.evaluation import queries
from procure.stages.evaluation.models import Evaluation, EvaluationIndicator, SampleVerdict
from procure.stages.evaluation.policies import window_of
from procure.stages.evaluation.use_cases.confirm import (
    ConfirmEvaluation,
    SubmitEvaluation,
    confirm_evaluation,
    submit_evaluation,
)
from procure.stages.evaluation.use_cases.schedule import AssignEvaluation, assign_evaluation
from procure.stages.evaluation.use_cases.score import (
    DeclareIndependence,
    DrawRecords,
    IndicatorScore,
    RecordCheck,
    SaveChecks,
    SaveScores,
    SaveSummary,
    SaveVisit,
    declare_independence,
    draw_records,
    save_checks,
    save_scores,
    save_summary,
    save_visit,
)
from tests.factories.contracts import APPROVER, CLERK, MEMBER, contract_of
from tests.world import World

EVALUATOR, LEAD = "pinggu1", "pinggu2"
MIDTERM, FINAL = EvaluationKind.MIDTERM, EvaluationKind.FINAL
NAMES = ("陈桂香", "李有福", "黄玉莲", "周炳坤", "梁彩霞", "何金水")


def given_served_contract(world: World) -> Contract:
    """A contract in its first week: staff, six people served, four records, three of them accepted.

    From a filed contract.
    """
    contract = contract_of(world)
    assert contract.starts_on is not None
    first = CHINA.next_workday(contract.starts_on)
    world.at(first, 9)
    with world.uow(MEMBER) as uow:
        workers = [StaffPlan(name, "社会工作者", "社会工作师", first) for name in ("赵敏", "钱立")]
        add_staff(uow, AddStaff(contract.id, workers))
    with world.uow(MEMBER) as uow:
        people = [RecipientPlan(name, "井岸站", "低保", first) for name in NAMES]
        enrol_recipients(uow, EnrolRecipients(contract.id, people))
    world.at(CHINA.next_workday(first + timedelta(days=1)), 18)
    records = [given_record(world, hour) for hour in (9, 11, 14, 16)]
    with world.uow(CLERK) as uow:
        accept_services(uow, ReviewServices(contract.id, records[:3]))
    return contract_of(world)


def given_record(world: World, hour: int, recipient: Recipient | None = None) -> str:
    """A service record of today's, not yet checked, for that person or a group; its id."""
    contract = contract_of(world)
    day = local_date(world.now)
    target = world.session.scalars(
        select(ContractTarget.id)
        .where(ContractTarget.contract_id == contract.id)
        .order_by(ContractTarget.position)
    ).first()
    worker = world.session.scalars(
        select(StaffMember.id)
        .where(StaffMember.contract_id == contract.id)
        .order_by(StaffMember.name)
    ).first()
    assert target is not None
    assert worker is not None
    with world.uow(MEMBER) as uow:
        record: ServiceRecord = record_service(
            uow,
            RecordService(
                contract.id,
                target,
                worker,
                served_on=day,
                started_minute=hour * 60,
                ended_minute=hour * 60 + 60,
                place="井岸站",
                quantity=1,
                content="健康操小组，社工带领。",
                recipient_id=recipient.id if recipient else None,
                people=None if recipient else 12,
            ),
        )
        return record.id


def given_assigned_evaluation(world: World, kind: EvaluationKind = MIDTERM) -> Evaluation:
    """An evaluation given to an assessor, both declarations signed; from a served contract.

    The final one in its window, the mid-term passed before.
    """
    if kind is FINAL and evaluation_of(world).state is EvaluationState.SCHEDULED:
        given_confirmed_evaluation(world, MIDTERM)
    if kind is FINAL:
        in_final_window(world)
    evaluation = evaluation_of(world, kind)
    with world.uow(CLERK) as uow:
        assign_evaluation(uow, assignment(world, evaluation))
    for username in (EVALUATOR, LEAD):
        with world.uow(username) as uow:
            declare_independence(uow, DeclareIndependence(evaluation.id))
    return evaluation_of(world, kind)


def in_final_window(world: World) -> None:
    """Go to the first working day on which the final evaluation may begin, unless it is past."""
    day = CHINA.next_workday(window_of(contract_of(world)).opens_on)
    if local_date(world.now) < day:
        world.at(day, 9)


def given_scored_evaluation(
    world: World, kind: EvaluationKind = MIDTERM, ratio: Decimal = Decimal("0.90")
) -> Evaluation:
    """An evaluation scored throughout, visited and worded; from a served contract."""
    evaluation = given_assigned_evaluation(world, kind)
    for dimension in {row.dimension for row in indicators_of(world, evaluation)}:
        with world.uow(EVALUATOR) as uow:
            save_scores(uow, scores_for(world, kind, dimension, ratio))
    with world.uow(EVALUATOR) as uow:
        save_visit(uow, visit_for(world, kind))
    with world.uow(EVALUATOR) as uow:
        evaluation = evaluation_of(world, kind)
        draw_records(uow, DrawRecords(evaluation.id, evaluation.version))
    with world.uow(EVALUATOR) as uow:
        save_checks(uow, checks_for(world, kind))
    with world.uow(EVALUATOR) as uow:
        save_summary(uow, summary_for(world, kind))
    return evaluation_of(world, kind)


def given_submitted_evaluation(
    world: World, kind: EvaluationKind = MIDTERM, ratio: Decimal = Decimal("0.90")
) -> Evaluation:
    """An evaluation whose report lies before the buyer; from a served contract."""
    evaluation = given_scored_evaluation(world, kind, ratio)
    with world.uow(LEAD) as uow:
        submit_evaluation(uow, SubmitEvaluation(evaluation.id, evaluation.version))
    return evaluation_of(world, kind)


def given_confirmed_evaluation(
    world: World, kind: EvaluationKind = MIDTERM, ratio: Decimal = Decimal("0.90")
) -> Evaluation:
    """An evaluation whose result stands; from a served contract."""
    evaluation = given_submitted_evaluation(world, kind, ratio)
    demand = "" if ratio >= Decimal("0.6") else "补齐探访记录，按月开展活动。"
    with world.uow(APPROVER) as uow:
        confirm_evaluation(uow, ConfirmEvaluation(evaluation.id, evaluation.version, demand))
    return evaluation_of(world, kind)


def evaluation_of(world: World, kind: EvaluationKind = MIDTERM) -> Evaluation:
    """The newest round of that kind, as it stands."""
    contract = contract_of(world)
    return queries.latest_of(world.session, contract.id)[kind]


def indicators_of(world: World, evaluation: Evaluation) -> Sequence[EvaluationIndicator]:
    """The indicators of an evaluation."""
    return queries.indicators_of(world.session, evaluation.id)


def assignment(world: World, evaluation: Evaluation) -> AssignEvaluation:
    """The usual charge."""
    evaluator = world.actor(EVALUATOR).user_id
    return AssignEvaluation(evaluation.id, evaluation.version, evaluator, "没有利害关系。")


def scores_for(
    world: World, kind: EvaluationKind, dimension: Dimension, ratio: Decimal
) -> SaveScores:
    """The same share of the points for every indicator of a dimension."""
    evaluation = evaluation_of(world, kind)
    rows = [row for row in indicators_of(world, evaluation) if row.dimension is dimension]
    scores = tuple(
        IndicatorScore(row.id, int(row.points * ratio), f"查阅{row.evidence}。") for row in rows
    )
    return SaveScores(evaluation.id, evaluation.version, dimension, scores)


def visit_for(world: World, kind: EvaluationKind) -> SaveVisit:
    """A visit today; five of six people answered the survey."""
    evaluation = evaluation_of(world, kind)
    today = local_date(world.now)
    return SaveVisit(evaluation.id, evaluation.version, today, 6, 5, 5, "入户访问")


def checks_for(
    world: World, kind: EvaluationKind, *verdicts: SampleVerdict, rest: str = ""
) -> SaveChecks:
    """A verdict on each drawn record, true unless said otherwise for the first ones."""
    evaluation = evaluation_of(world, kind)
    found = tuple(
        RecordCheck(record_id, one, "" if one is SampleVerdict.TRUE else "服务对象说没有这次服务。")
        for record_id, one in zip_longest(
            evaluation.sampled_ids, verdicts, fillvalue=SampleVerdict.TRUE
        )
    )
    return SaveChecks(evaluation.id, evaluation.version, found, rest)


def summary_for(world: World, kind: EvaluationKind) -> SaveSummary:
    """A report in words."""
    evaluation = evaluation_of(world, kind)
    return SaveSummary(
        evaluation.id,
        evaluation.version,
        "两站按合同开放。",
        "探访全覆盖。",
        "台账不全。",
        "补齐。",
    )


def recipients_of(world: World) -> Sequence[Recipient]:
    """The people on the register."""
    return world.session.scalars(select(Recipient).order_by(Recipient.code)).all()
