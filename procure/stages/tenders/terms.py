"""The terms of a published tender: which start with it, which its opening meets, which fall away."""

from datetime import datetime

from procure.kernel.access import Permission
from procure.kernel.clock import end_of_day, local_date
from procure.kernel.methods import opening_rule, words_of
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.deadlines.use_cases import meet_term, start_term
from procure.registers.projects.models import Project
from procure.stages.tenders.dates import rules_of
from procure.stages.tenders.models import Tender
from procure.store.unit_of_work import UnitOfWork

DEADLINE_RULE = "C-BID-DEADLINE"
"""The bid deadline itself: set by the document, at the law's minimum or later."""

OPENING_RULES = tuple(opening_rule(method) for method in ProcurementMethod)
"""Opening at the same time as the deadline, by method (T17)."""


def start_terms(uow: UnitOfWork, tender: Tender, project: Project, deadline_at: datetime) -> None:
    """Start notice period, document supply, waiting period, deadline and opening."""
    today = local_date(uow.now)
    rules = rules_of(tender.method)
    _start(uow, tender, project, rules.notice)
    start_term(
        uow,
        project_id=project.id,
        subject_id=tender.id,
        rule=rules.documents,
        starts_on=today,
        due_on=tender.documents_until,
        due_at=end_of_day(tender.documents_until) if tender.documents_until else None,
    )
    _start(uow, tender, project, rules.waiting)
    start_term(
        uow,
        project_id=project.id,
        subject_id=tender.id,
        rule=DEADLINE_RULE,
        starts_on=today,
        label=f"{words_of(tender.method).deadline}时间",
        due_at=deadline_at,
    )
    start_term(
        uow,
        project_id=project.id,
        subject_id=tender.id,
        rule=opening_rule(tender.method),
        starts_on=local_date(deadline_at),
        permission=Permission.BIDS_OPEN,
        organisation_id=project.buyer_id,
    )


def meet_terms_at_opening(uow: UnitOfWork, tender: Tender) -> None:
    """Note that what a published tender waited for has come: the bids are opened."""
    rules = rules_of(tender.method)
    # Terms begun before consultations had an opening rule of their own run under that of tenders.
    for rule in (rules.notice, rules.documents, rules.waiting, *OPENING_RULES):
        meet_term(uow, tender.id, rule)
    meet_term(uow, tender.id, DEADLINE_RULE, awaited=True)


def _start(uow: UnitOfWork, tender: Tender, project: Project, rule: str) -> None:
    start_term(
        uow,
        project_id=project.id,
        subject_id=tender.id,
        rule=rule,
    )
