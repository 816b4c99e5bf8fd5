"""Ending a purchase that was announced, with a public notice."""

from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.text import require_text
from procure.kernel.vocabulary import NoticeKind
from procure.registers.deadlines.use_cases import cancel_terms
from procure.registers.funds.models import BudgetLine
from procure.registers.funds.queries import Purse
from procure.registers.funds.use_cases import release
from procure.registers.notices.queries import of_project
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.models import Project
from procure.registers.projects.use_cases import close_project
from procure.stages.plans import queries as plans
from procure.stages.tenders import policies, queries
from procure.stages.tenders.events import TenderTerminated
from procure.stages.tenders.models import Tender
from procure.stages.tenders.notice import termination_sections, termination_title
from procure.stages.tenders.use_cases.drafting import load
from procure.store.holding import take_up
from procure.store.unit_of_work import UnitOfWork


class TerminateTender(Command):
    """End the purchase. `cancelled` says that the task itself falls away: the money goes back to
    the budget line and the project is closed; otherwise it may be put out again.
    """

    tender_id: str
    version: int
    reason: str
    cancelled: bool


def terminate_tender(uow: UnitOfWork, command: TerminateTender) -> Tender:
    """End the purchase with a public notice (O87 art 29); its terms fall away.

    When the task is cancelled what the plan reserved becomes available again.
    """
    tender, project = load(uow, command.tender_id)
    verdict = policies.may_terminate_tender(uow.actor, tender, project)
    take_up(tender, command, verdict, "terminate_tender")
    reason = require_text(
        command.reason, "reason", "请写明终止的理由。", policies.termination_rule(tender)
    )
    tender.ended_reason = reason
    cancel_terms(uow, tender.id)
    dossier = queries.dossier_of(uow.session, tender, project)
    notice = publish_notice(
        uow,
        project=project,
        kind=NoticeKind.TERMINATION,
        title=termination_title(dossier),
        sections=termination_sections(
            dossier,
            reason=reason,
            on=local_date(uow.now),
            first_notice=_tender_notice(uow, tender),
            cancelled=command.cancelled,
            contact=dossier.drafted_by,
        ),
    )
    released = _give_back(uow, project) if command.cancelled else 0
    uow.emit(
        TenderTerminated(
            subject_id=tender.id,
            project=project.id,
            reason=reason,
            cancelled=command.cancelled,
            notice=notice.number,
            notice_sha256=notice.sha256,
            takers=queries.taker_heads(uow.session, tender.id),
            released_fen=released,
        )
    )
    if command.cancelled:
        close_project(uow, project)
    return tender


def _tender_notice(uow: UnitOfWork, tender: Tender) -> str:
    """The number of the notice by which this round was announced; empty when it has none."""
    return next(
        (
            notice.number
            for notice in of_project(uow.session, tender.project_id)
            if notice.kind is NoticeKind.TENDER and notice.published_at == tender.published_at
        ),
        "",
    )


def _give_back(uow: UnitOfWork, project: Project) -> int:
    plan = plans.find_plan(uow.session, project.id)
    if plan is None:
        return 0
    line = uow.session.get_one(BudgetLine, plan.budget_line_id)
    entry = release(uow, Purse(line, project, plan.id))
    return 0 if entry is None else plan.amount_fen
