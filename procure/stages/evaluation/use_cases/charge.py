"""Verbs that end a charge without a report: the assessor steps back, the buyer takes it back.

What was declared, drawn and scored is kept for the auditor and counts no more; the evaluation waits
to be given to another, with days of its own.
"""

from datetime import timedelta
from typing import Any

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import ServiceRecordState
from procure.kernel.text import require_text
from procure.registers.accounts.models import Organisation, User
from procure.registers.deadlines.use_cases import cancel_terms, start_term
from procure.stages.contracts.models import Contract
from procure.stages.delivery.models import ServiceRecord
from procure.stages.delivery.use_cases.record import restore_service
from procure.stages.evaluation import policies, queries
from procure.stages.evaluation.events import EvaluationDeclined, EvaluationRecalled, name_of
from procure.stages.evaluation.models import (
    ChargeGround,
    Evaluation,
    EvaluationCharge,
    SampleVerdict,
)
from procure.store.holding import take_up
from procure.store.unit_of_work import UnitOfWork

DAYS_ANEW = 30
"""How many days another assessor has at least, from the day the charge ended [design]."""
WORK: dict[str, Any] = {
    "sample": None,
    "records_checked": None,
    "records_sound": None,
    "rest_conclusion": "",
    "visited_on": None,
    "survey_sampled": None,
    "survey_answered": None,
    "survey_satisfied": None,
    "survey_channel": "",
    "summary": "",
    "achievements": "",
    "problems": "",
    "advice": "",
}
"""What an evaluator fills in beside the scores, as it is before anybody has."""
CHARGED: dict[str, Any] = {
    "assessor_id": None,
    "evaluator_id": None,
    "assigned_by": None,
    "assigned_at": None,
    "declared_by": None,
    "declared_at": None,
    "submitted_by": None,
    "submitted_at": None,
    "report_document_id": None,
    "returned_reason": "",
}
"""Who is charged and what came of it, as it is before anybody is."""


class DeclineEvaluation(Command):
    """Step back from an evaluation: one cannot do it, or must not."""

    evaluation_id: str
    version: int
    ground: ChargeGround
    reason: str


class RecallEvaluation(Command):
    """Take an evaluation back from an assessor."""

    evaluation_id: str
    version: int
    ground: ChargeGround
    reason: str


def decline_evaluation(uow: UnitOfWork, command: DeclineEvaluation) -> Evaluation:
    """Step back for the assessor that is charged (政府采购法实施条例 art 9).

    Raises Invalid without a reason, or on a ground that is the buyer's.
    """
    evaluation, contract = queries.load(uow.session, command.evaluation_id)
    take_up(evaluation, command, policies.may_decline(uow.actor, evaluation), "decline_evaluation")
    if command.ground not in policies.OWN_GROUNDS:
        raise Invalid("ground", "请选择不能承担评估的原因。", policies.RULE_RECUSAL)
    _end_charge(uow, evaluation, contract, command, EvaluationDeclined)
    return evaluation


def recall_evaluation(uow: UnitOfWork, command: RecallEvaluation) -> Evaluation:
    """Take it back for the buyer: nobody there can act any more, must not, or did not in time.

    Raises Invalid without a reason, or on a ground that does not hold.
    """
    evaluation, contract = queries.load(uow.session, command.evaluation_id)
    verdict = policies.may_recall(uow.actor, evaluation, contract)
    take_up(evaluation, command, verdict, "recall_evaluation")
    able = queries.able_to_evaluate(uow.session, [evaluation])[evaluation.id]
    today = local_date(uow.now)
    ground = policies.ground_holds(command.ground, evaluation, able=able, today=today)
    if not ground.ok:
        raise Invalid("ground", ground.reason, ground.rule, ground.remedy)
    _end_charge(uow, evaluation, contract, command, EvaluationRecalled)
    return evaluation


def _end_charge(
    uow: UnitOfWork,
    evaluation: Evaluation,
    contract: Contract,
    command: DeclineEvaluation | RecallEvaluation,
    kind: type[EvaluationDeclined] | type[EvaluationRecalled],
) -> None:
    reason = require_text(
        command.reason, "reason", "请写明理由。", policies.RULE_EVALUATION, "理由进入存证记录。"
    )
    ended = _keep(uow, evaluation, command.ground, reason)
    if command.ground is ChargeGround.CONFLICT:
        _let_records_count_again(uow, evaluation, contract)
    for name, empty in (WORK | CHARGED).items():
        setattr(evaluation, name, empty)
    for row in queries.indicators_of(uow.session, evaluation.id):
        row.score, row.reason, row.scored_by, row.scored_at = None, "", None, None
    evaluation.charge += 1
    _start_days_anew(uow, evaluation, contract)
    uow.emit(
        kind.of(
            evaluation,
            contract,
            assessor_id=ended.assessor_id,
            assessor_name=uow.session.get_one(Organisation, ended.assessor_id).name,
            evaluator_name=uow.session.get_one(User, ended.evaluator_id).name,
            ground=ended.ground,
            ground_words=ended.ground.label,
            reason=reason,
        )
    )


def _keep(
    uow: UnitOfWork, evaluation: Evaluation, ground: ChargeGround, reason: str
) -> EvaluationCharge:
    """Write down who was charged and what had been done, as it stood when it ended."""
    assert evaluation.assessor_id
    assert evaluation.evaluator_id
    assert evaluation.assigned_at
    done = {name: getattr(evaluation, name) for name in WORK}
    done["visited_on"] = evaluation.visited_on.isoformat() if evaluation.visited_on else None
    done["report_document_id"] = evaluation.report_document_id
    done["scores"] = [
        [row.position, row.score, row.reason]
        for row in queries.indicators_of(uow.session, evaluation.id)
        if row.score is not None
    ]
    ended = EvaluationCharge(
        evaluation_id=evaluation.id,
        number=evaluation.charge,
        assessor_id=evaluation.assessor_id,
        evaluator_id=evaluation.evaluator_id,
        assigned_at=evaluation.assigned_at,
        ground=ground,
        reason=reason,
        work=done,
        ended_by=uow.actor.user_id,
        ended_at=uow.now,
    )
    uow.session.add(ended)
    return ended


def _let_records_count_again(uow: UnitOfWork, evaluation: Evaluation, contract: Contract) -> None:
    """What somebody with an interest found untrue is not found by anybody yet."""
    for record_id, check in queries.checks_of(uow.session, evaluation).items():
        record = uow.session.get_one(ServiceRecord, record_id)
        untrue = check.verdict is SampleVerdict.FALSE
        if untrue and record.state is ServiceRecordState.VOIDED:
            restore_service(uow, contract, record, "评估机构应当回避，其核查结论不采信")


def _start_days_anew(uow: UnitOfWork, evaluation: Evaluation, contract: Contract) -> None:
    """The days of the evaluation as agreed, and enough of them for whoever comes next."""
    today = local_date(uow.now)
    cancel_terms(uow, evaluation.id)
    term = start_term(
        uow,
        project_id=contract.project_id,
        subject_id=evaluation.id,
        rule=queries.rule_of(evaluation),
        label=name_of(evaluation.kind, evaluation.round),
        starts_on=today,
        due_on=max(evaluation.due_on, today + timedelta(DAYS_ANEW)),
        permission=Permission.EVALUATION_ASSIGN,
        organisation_id=contract.buyer_id,
    )
    evaluation.due_on = term.due_on
