"""Mid-term and final evaluation: assigned, visited, scored with reasons, submitted, confirmed."""

from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import select

from procure.demonstration.steps.contracting import contract_of
from procure.demonstration.walk import Walk
from procure.kernel.lifecycle import Stage
from procure.kernel.vocabulary import Dimension, EvaluationKind
from procure.kernel.workdays import CHINA
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


def assign_midterm(walk: Walk) -> None:
    """The clerk sends the assessor for the mid-term evaluation."""
    _assign(walk, EvaluationKind.MIDTERM)


def finish_midterm(walk: Walk) -> None:
    """The mid-term evaluation, to its confirmed grade."""
    _evaluate(walk, EvaluationKind.MIDTERM)


def assign_final(walk: Walk) -> None:
    """The clerk sends the assessor for the final evaluation, once its month has begun."""
    walk.on(CHINA.next_workday(window_of(contract_of(walk)).opens_on))
    _assign(walk, EvaluationKind.FINAL)


def finish_final(walk: Walk) -> None:
    """The final evaluation, to its confirmed grade."""
    _evaluate(walk, EvaluationKind.FINAL)


def evaluation_of(walk: Walk, kind: EvaluationKind) -> Evaluation:
    """The walk's evaluation of that kind as it stands."""
    return walk.one(
        Evaluation, Evaluation.contract_id == contract_of(walk).id, Evaluation.kind == kind
    )


def _assign(walk: Walk, kind: EvaluationKind) -> None:
    walk.workdays_later(1)
    words = kind.label
    with walk.as_("jingban") as uow:
        evaluation = evaluation_of(walk, kind)
        assign_evaluation(
            uow,
            AssignEvaluation(
                evaluation.id,
                evaluation.version,
                walk.actor("pinggu1").user_id,
                checked="查询登记和股权信息，评估机构与承接主体没有投资、人员和业务往来。",
            ),
        )
    walk.say("jingban", Stage.EVALUATION, f"委派{words}")
    for username in ("pinggu1", "pinggu2"):
        with walk.as_(username) as uow:
            declare_independence(uow, DeclareIndependence(evaluation_of(walk, kind).id))


def _evaluate(walk: Walk, kind: EvaluationKind) -> None:
    told = walk.told["evaluation"][kind.value]
    words = kind.label
    walk.workdays_later(4)
    evaluation = evaluation_of(walk, kind)
    with walk.as_("pinggu1") as uow:
        draw_records(uow, DrawRecords(evaluation.id, evaluation.version))
    with walk.as_("pinggu1") as uow:
        found = tuple(RecordCheck(one, SampleVerdict.TRUE) for one in evaluation.sampled_ids)
        save_checks(uow, SaveChecks(evaluation.id, evaluation.version, found))
    with walk.as_("pinggu1") as uow:
        served = len(walk.told["recipients"])
        save_visit(
            uow,
            SaveVisit(
                evaluation.id,
                evaluation.version,
                visited_on=walk.today,
                survey_sampled=served,
                survey_answered=served - 1,
                survey_satisfied=served - 1,
                survey_channel="入户面访",
            ),
        )
    for dimension in Dimension:
        _score(walk, evaluation, dimension, Decimal(told["ratio"]))
    with walk.as_("pinggu1") as uow:
        save_summary(
            uow,
            SaveSummary(
                evaluation.id,
                evaluation.version,
                summary=told["summary"],
                achievements=told["summary"],
                problems=told["problems"],
                advice="按上述问题逐项改进，并在下一季度台账中反映。",
            ),
        )
    walk.say("pinggu1", Stage.EVALUATION, f"完成{words}现场核查和评分")
    walk.workdays_later(2)
    with walk.as_("pinggu2") as uow:
        submit_evaluation(uow, SubmitEvaluation(evaluation.id, evaluation.version))
    walk.say("pinggu2", Stage.EVALUATION, f"提交{words}报告")
    walk.workdays_later(2)
    with walk.as_("shenhe") as uow:
        confirm_evaluation(uow, ConfirmEvaluation(evaluation.id, evaluation.version))
    walk.say("shenhe", Stage.EVALUATION, f"确认{words}结果")


def _score(walk: Walk, evaluation: Evaluation, dimension: Dimension, ratio: Decimal) -> None:
    rows = walk.session.scalars(
        select(EvaluationIndicator)
        .where(
            EvaluationIndicator.evaluation_id == evaluation.id,
            EvaluationIndicator.dimension == dimension,
        )
        .order_by(EvaluationIndicator.position)
    ).all()
    if not rows:
        return
    scores = tuple(
        IndicatorScore(
            row.id,
            int((row.points * ratio / 10).quantize(Decimal(1), ROUND_HALF_UP)) * 10,
            f"查阅{row.evidence}，对照标准给分。",
        )
        for row in rows
    )
    with walk.as_("pinggu1") as uow:
        save_scores(uow, SaveScores(evaluation.id, evaluation.version, dimension, scores))
