"""Verbs around the result: submit the report, send it back, let it stand, report what was mended."""

from collections.abc import Sequence

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.errors import first_refusal
from procure.kernel.findings import count_blocks
from procure.kernel.text import require_text
from procure.registers.deadlines.models import Deadline
from procure.registers.deadlines.use_cases import cancel_terms, meet_term, start_term
from procure.registers.documents.models import (
    Document,
    DocumentAudience,
    DocumentKind,
    PaperOrder,
)
from procure.registers.documents.queries import printed
from procure.registers.documents.use_cases import file_evidence, order_paper
from procure.registers.funds.queries import flow_of_project
from procure.stages.contracts.models import Contract
from procure.stages.evaluation import checks, policies, queries
from procure.stages.evaluation.events import (
    EvaluationConfirmed,
    EvaluationReturned,
    EvaluationSettled,
    EvaluationSubmitted,
    RectificationRefused,
    RectificationReported,
    RectificationWaived,
)
from procure.stages.evaluation.evidence import evidence_of
from procure.stages.evaluation.models import Evaluation
from procure.stages.evaluation.paper import TEMPLATE, report_data, report_number
from procure.stages.evaluation.queries import EvaluationDossier
from procure.stages.evaluation.results import passes
from procure.store import trail
from procure.store.holding import take_up
from procure.store.unit_of_work import UnitOfWork


class SubmitEvaluation(Command):
    """Send the report to the buyer."""

    evaluation_id: str
    version: int


class ReturnEvaluation(Command):
    """Send the report back."""

    evaluation_id: str
    version: int
    reason: str


class ConfirmEvaluation(Command):
    """Let the result stand; after a failed one, say what must be put right."""

    evaluation_id: str
    version: int
    rectification_demand: str = ""


class RefuseRectification(Command):
    """Send a report of rectification back, saying what is still wrong."""

    evaluation_id: str
    version: int
    reason: str


class SettleEvaluation(Command):
    """Close a failed evaluation without a further round."""

    evaluation_id: str
    version: int
    reason: str


class WaiveRectification(Command):
    """Say for the provider that nothing will be put right, and why."""

    evaluation_id: str
    version: int
    reason: str


class ReportRectification(Command):
    """What the provider put right."""

    evaluation_id: str
    version: int
    note: str
    evidence: Sequence[str] = ()
    """The tokens of what was uploaded with it."""


def submit_evaluation(uow: UnitOfWork, command: SubmitEvaluation) -> Evaluation:
    """Add up the scores, order the report and send it to the buyer.

    Raises Denied or IllegalTransition by the policy, which counts what is still open.
    """
    evaluation, contract = queries.load(uow.session, command.evaluation_id)
    dossier = queries.dossier_of(uow.session, evaluation, contract)
    declared, blocks = dossier.has_declared(uow.actor), _blocks(dossier)
    verdict = policies.may_submit(uow.actor, evaluation, declared=declared, blocks=blocks)
    take_up(evaluation, command, verdict, "submit_evaluation")
    result = dossier.result
    evidence = evidence_of(uow.session, contract, uow.now)
    data = report_data(
        dossier,
        evidence,
        made_on=local_date(uow.now),
        leader=uow.actor.name,
        paid_fen=sum(
            flow.total("paid_fen") for flow in flow_of_project(uow.session, contract.project_id)
        ),
        trail_head=trail.head_of_project(uow.session, contract.project_id),
    )
    order = order_paper(
        uow,
        TEMPLATE,
        data,
        project_id=contract.project_id,
        subject_id=evaluation.id,
        kind=DocumentKind.EVALUATION_REPORT,
        title=f"{dossier.title}报告（送审）",
        filename=f"{report_number(dossier)}.pdf",
        audience=DocumentAudience.BUYER,
        owner_id=evaluation.assessor_id,
    )
    evaluation.total_points = result.total
    evaluation.grade = result.grade
    evaluation.submitted_by = uow.actor.user_id
    evaluation.submitted_at = uow.now
    evaluation.report_document_id = order.id
    evaluation.returned_reason = ""
    uow.emit(
        EvaluationSubmitted.of(
            evaluation,
            contract,
            dimensions=[(part.dimension, part.score, part.points) for part in result.dimensions],
            document_id=order.id,
            snapshot_sha256=order.snapshot_sha256,
            template=TEMPLATE,
        )
    )
    return evaluation


def return_evaluation(uow: UnitOfWork, command: ReturnEvaluation) -> Evaluation:
    """Send the report back with a reason; the scores stay and can be corrected."""
    evaluation, contract = queries.load(uow.session, command.evaluation_id)
    verdict = policies.may_return(uow.actor, evaluation, contract)
    take_up(evaluation, command, verdict, "return_evaluation")
    reason = require_text(
        command.reason, "reason", "退回要写明理由。", remedy="请写明哪一部分需要补充或更正。"
    )
    evaluation.total_points = None
    evaluation.grade = None
    evaluation.returned_reason = reason
    uow.emit(EvaluationReturned.of(evaluation, contract, reason=reason))
    return evaluation


def confirm_evaluation(uow: UnitOfWork, command: ConfirmEvaluation) -> Evaluation:
    """Let the result stand; a failed one starts the days for putting things right (T70).

    Raises Invalid when a failed result says nothing of what must be put right.
    """
    evaluation, contract = queries.load(uow.session, command.evaluation_id)
    blocks = _blocks(queries.dossier_of(uow.session, evaluation, contract))
    verdict = policies.may_confirm(uow.actor, evaluation, contract, blocks=blocks)
    report = printed(uow.session, id=evaluation.report_document_id)
    take_up(evaluation, command, first_refusal(verdict, report), "confirm_evaluation")
    failed = not passes(evaluation.grade)
    if failed:
        evaluation.rectification_demand = require_text(
            command.rectification_demand,
            "rectification_demand",
            "评估不合格，要写明整改要求。",
            policies.RULE_EVALUATION,
            "请按报告所列问题写明要整改什么、怎样算整改到位。",
        )
    assert evaluation.grade
    assert evaluation.submitted_by
    evaluation.confirmed_by = uow.actor.user_id
    evaluation.confirmed_at = uow.now
    kept = uow.session.get_one(Document, evaluation.report_document_id)
    evaluation.report_document_id = _open_to_parties(uow, kept).id
    due = queries.term_of(uow.session, evaluation)
    if due is not None:
        meet_term(uow, evaluation.id, due.rule)
    term = _ask_for_rectification(uow, evaluation, contract) if failed else None
    uow.emit(
        EvaluationConfirmed.of(
            evaluation,
            contract,
            document_id=evaluation.report_document_id,
            sha256=kept.sha256,
            rectify_by=term.due_on if term else None,
        )
    )
    return evaluation


def decide_evaluation(uow: UnitOfWork, command: ConfirmEvaluation | ReturnEvaluation) -> Evaluation:
    """Carry out what the approver chose on the decision page."""
    if isinstance(command, ReturnEvaluation):
        return return_evaluation(uow, command)
    return confirm_evaluation(uow, command)


def report_rectification(uow: UnitOfWork, command: ReportRectification) -> Evaluation:
    """Note what the provider put right; the buyer then arranges a further round."""
    evaluation, contract = queries.load(uow.session, command.evaluation_id)
    verdict = policies.may_report_rectification(uow.actor, evaluation, contract)
    take_up(evaluation, command, verdict)
    note = require_text(
        command.note, "note", "请写明整改情况。", remedy="逐条说明整改了什么、有什么证明。"
    )
    term = meet_term(uow, evaluation.id, policies.RECTIFICATION)
    evaluation.rectification_note = note
    evaluation.rectified_by = uow.actor.user_id
    evaluation.rectified_at = uow.now
    evaluation.rectification_refusal = ""
    digests = file_evidence(
        uow,
        command.evidence,
        project_id=contract.project_id,
        subject_id=evaluation.id,
        supplier_id=contract.supplier_id,
        title="评估整改材料",
    )
    uow.emit(
        RectificationReported.of(
            evaluation,
            contract,
            note=note,
            evidence_sha256=digests,
            due_on=term.due_on if term else None,
            late=bool(term and uow.now >= term.due_at),
        )
    )
    return evaluation


def refuse_rectification(uow: UnitOfWork, command: RefuseRectification) -> Evaluation:
    """Send the report back: what was demanded is demanded again, and new days run (T70)."""
    evaluation, contract = queries.load(uow.session, command.evaluation_id)
    verdict = policies.may_refuse_rectification(uow.actor, evaluation, contract)
    take_up(evaluation, command, verdict)
    reason = require_text(
        command.reason,
        "reason",
        "退回整改情况要写明理由。",
        remedy="请写明哪些要求还没有整改到位。",
    )
    evaluation.rectification_refusal = reason
    evaluation.rectified_by = None
    evaluation.rectified_at = None
    term = _ask_for_rectification(uow, evaluation, contract)
    uow.emit(RectificationRefused.of(evaluation, contract, reason=reason, rectify_by=term.due_on))
    return evaluation


def waive_rectification(uow: UnitOfWork, command: WaiveRectification) -> Evaluation:
    """Note that the provider will put nothing right: its days end, and the buyer may close."""
    evaluation, contract = queries.load(uow.session, command.evaluation_id)
    verdict = policies.may_waive_rectification(uow.actor, evaluation, contract)
    take_up(evaluation, command, verdict)
    reason = require_text(
        command.reason,
        "reason",
        "请写明为什么不再整改。",
        remedy="采购人据此决定是否以不合格办结。",
    )
    evaluation.waiver = reason
    evaluation.waived_by = uow.actor.user_id
    evaluation.waived_at = uow.now
    cancel_terms(uow, evaluation.id, policies.RECTIFICATION)
    uow.emit(RectificationWaived.of(evaluation, contract, reason=reason))
    return evaluation


def settle_evaluation(uow: UnitOfWork, command: SettleEvaluation) -> Evaluation:
    """Close a failed evaluation without a further round: its instalment goes with the acceptance, as
    a shortfall (R-GZ-5). Never before the provider's days for putting things right are over.
    """
    evaluation, contract = queries.load(uow.session, command.evaluation_id)
    latest = queries.latest_of(uow.session, contract.id)[evaluation.kind]
    until = queries.rectify_until(uow.session, [latest]).get(latest.id)
    verdict = policies.may_settle(
        uow.actor, latest, contract, today=local_date(uow.now), rectify_until=until
    )
    take_up(latest, command, verdict)
    reason = require_text(
        command.reason, "reason", "办结不合格的评估要写明理由。", remedy="请写明为什么不再复评。"
    )
    latest.settled_by = uow.actor.user_id
    latest.settled_at = uow.now
    latest.settled_reason = reason
    cancel_terms(uow, latest.id, policies.RECTIFICATION)
    uow.emit(EvaluationSettled.of(latest, contract, reason=reason))
    return latest


def _blocks(dossier: EvaluationDossier) -> int:
    found = checks.find_problems(
        dossier.evaluation, dossier.indicators, dossier.sample, dossier.floor, ""
    )
    return count_blocks(found)


def _ask_for_rectification(uow: UnitOfWork, evaluation: Evaluation, contract: Contract) -> Deadline:
    """Let the provider's days for putting things right run from today."""
    return start_term(
        uow,
        project_id=contract.project_id,
        subject_id=evaluation.id,
        rule=policies.RECTIFICATION,
        permission=Permission.DELIVERY_RECORD,
        organisation_id=contract.supplier_id,
    )


def _open_to_parties(uow: UnitOfWork, kept: Document) -> PaperOrder:
    """Order the confirmed report for the parties: the same data print the same bytes."""
    assert kept.snapshot is not None
    return order_paper(
        uow,
        kept.template,
        kept.snapshot,
        project_id=kept.project_id,
        subject_id=kept.subject_id,
        kind=kept.kind,
        title=kept.title.replace("（送审）", ""),
        filename=kept.filename,
        audience=DocumentAudience.PARTIES,
        owner_id=kept.owner_id,
    )
