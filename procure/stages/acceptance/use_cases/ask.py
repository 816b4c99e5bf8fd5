"""Verbs of the provider: ask to be accepted, report what was put right; and sending that back."""

from collections.abc import Sequence
from datetime import date

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.day_words import date_word
from procure.kernel.errors import REOPEN, Invalid
from procure.kernel.lifecycle import advance
from procure.kernel.text import require_text
from procure.kernel.vocabulary import EvaluationKind
from procure.kernel.workdays import CHINA
from procure.registers.deadlines.use_cases import cancel_terms, meet_term, start_term
from procure.registers.documents.use_cases import file_evidence
from procure.stages.acceptance import policies, queries
from procure.stages.acceptance.events import AcceptanceApplied, AmendsReported, AmendsReturned
from procure.stages.acceptance.models import (
    Acceptance,
    AcceptanceApplication,
    AcceptanceRectification,
)
from procure.stages.acceptance.use_cases.collect import start_days
from procure.stages.contracts.agreed import agreed_of
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import load_contract
from procure.stages.evaluation.queries import latest_of
from procure.store.holding import take_up
from procure.store.unit_of_work import UnitOfWork, explain_constraint

explain_constraint(
    "uq_acceptance_application_contract_id", "statement", f"刚刚已经申请过验收，{REOPEN}。"
)


class ApplyForAcceptance(Command):
    """Ask that the delivery be accepted."""

    contract_id: str
    statement: str


class ReportAmends(Command):
    """Say what was put right after a refusal; `evidence` are tokens of uploads."""

    acceptance_id: str
    version: int
    report: str
    evidence: Sequence[str] = ()


class ReturnAmends(Command):
    """Send the report back, saying what is missing and till when."""

    acceptance_id: str
    version: int
    reason: str
    rectify_by: date


def apply_for_acceptance(uow: UnitOfWork, command: ApplyForAcceptance) -> AcceptanceApplication:
    """Ask to be accepted: the working days in which the contract wants it done run from today.

    Raises Denied, TooEarly or IllegalTransition by policy, Invalid without a statement.
    """
    contract = load_contract(uow.session, command.contract_id)
    today = local_date(uow.now)
    policies.may_apply(
        uow.actor,
        contract,
        queries.find_acceptance(uow.session, contract.id),
        latest_of(uow.session, contract.id).get(EvaluationKind.FINAL),
        applied=queries.find_application(uow.session, contract.id) is not None,
        today=today,
    ).require()
    statement = require_text(
        command.statement, "statement", "请写明服务完成的情况。", policies.RULE_ACCEPTANCE
    )
    due = CHINA.due(today, agreed_of(uow.session, contract).acceptance_workdays)
    application = AcceptanceApplication(
        contract_id=contract.id,
        statement=statement,
        applied_by=uow.actor.user_id,
        applied_at=uow.now,
        due_on=due.on,
    )
    uow.session.add(application)
    start_days(uow, contract, contract.id, "收到验收申请，完成履约验收（合同约定）", due.on)
    uow.emit(AcceptanceApplied.of(application, contract, subject_id=contract.id))
    return application


def report_amends(uow: UnitOfWork, command: ReportAmends) -> AcceptanceRectification:
    """Report that what was refused is put right: the provider's days end, the accepter's begin.

    Raises Denied or IllegalTransition by policy, Invalid without a report.
    """
    acceptance, contract = queries.load(uow.session, command.acceptance_id)
    verdict = policies.may_report_amends(uow.actor, acceptance, contract)
    take_up(acceptance, command, verdict, "report_amends")
    report = require_text(command.report, "report", "请逐条写明整改了什么、结果如何。")
    rectification = AcceptanceRectification(
        acceptance_id=acceptance.id,
        round=acceptance.round,
        report=report,
        reported_by=uow.actor.user_id,
        reported_at=uow.now,
    )
    uow.session.add(rectification)
    digests = file_evidence(
        uow,
        command.evidence,
        project_id=contract.project_id,
        subject_id=acceptance.id,
        supplier_id=contract.supplier_id,
        title="验收整改材料",
    )
    meet_term(uow, acceptance.id, queries.RECTIFY_RULE)
    days = agreed_of(uow.session, contract).acceptance_workdays
    due = CHINA.due(local_date(uow.now), days)
    start_days(uow, contract, acceptance.id, "收到整改情况，完成复验（合同约定）", due.on)
    uow.emit(AmendsReported.of(acceptance, contract, report=report, evidence_sha256=digests))
    return rectification


def return_amends(uow: UnitOfWork, command: ReturnAmends) -> Acceptance:
    """Send the report back: the provider has new days, the accepter's end.

    Raises Invalid without a reason and for a day that has passed.
    """
    acceptance, contract = queries.load(uow.session, command.acceptance_id)
    verdict = policies.may_decide(uow.actor, acceptance, contract, "return_amends")
    take_up(acceptance, command, verdict)
    reason, today = command.reason.strip(), local_date(uow.now)
    if not reason:
        raise Invalid("reason", "退回时要写明哪里没有整改到位。", remedy="承接主体会看到理由。")
    if command.rectify_by <= today:
        raise Invalid("rectify_by", f"整改期限应当在{date_word(today)}以后。")
    newest = queries.rectifications_of(uow.session, acceptance)[0]
    newest.returned_reason = reason
    newest.returned_by = uow.actor.user_id
    newest.returned_at = uow.now
    acceptance.state = advance("return_amends", acceptance.state)
    acceptance.rectify_by = command.rectify_by
    cancel_terms(uow, acceptance.id, queries.TERM_RULE)
    start_amends_days(uow, contract, acceptance, command.rectify_by)
    uow.emit(AmendsReturned.of(acceptance, contract, reason=reason))
    return acceptance


def start_amends_days(
    uow: UnitOfWork, contract: Contract, acceptance: Acceptance, due_on: date
) -> None:
    """Let the provider's days to put things right run."""
    start_term(
        uow,
        project_id=contract.project_id,
        subject_id=acceptance.id,
        rule=queries.RECTIFY_RULE,
        label="验收不合格整改",
        starts_on=local_date(uow.now),
        due_on=due_on,
        permission=Permission.DELIVERY_RECORD,
        organisation_id=contract.supplier_id,
    )
