"""What the case page shows of acceptance, for one reader."""

from datetime import datetime

from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.case_lines import PersonLine, Task
from procure.kernel.clock import local_date
from procure.kernel.lifecycle import AcceptanceState, EvaluationState, Stage
from procure.kernel.vocabulary import EvaluationKind
from procure.registers.deadlines.queries import term_line
from procure.registers.documents.queries import papers_of
from procure.registers.projects.models import Project
from procure.stages.acceptance import pages, policies, queries
from procure.stages.acceptance.queries import AcceptanceDossier, Missing
from procure.stages.acceptance.steps import ACCEPTANCE_STEPS, AcceptanceFacts
from procure.stages.contracts.policies import SIGNED_STATES
from procure.stages.contracts.queries import find_of_project
from procure.stages.evaluation.queries import latest_of_many
from procure.web.case_panel import CasePanel
from procure.web.presenters import Link
from procure.web.step_table import offered, tasks_of


def panel(session: Session, actor: Actor, project: Project, now: datetime) -> CasePanel | None:
    """The acceptance of a case; None before a contract is signed and for readers who see none."""
    if not actor.may(Permission.ACCEPTANCE_VIEW):
        return None
    contract = find_of_project(session, actor, project.id)
    if contract is None or contract.state not in SIGNED_STATES:
        return None
    dossier = queries.dossier_of(session, contract)
    acceptance = dossier.acceptance
    evaluated = dossier.final is not None and dossier.final.state is EvaluationState.CONFIRMED
    if acceptance is None and not evaluated:
        return None
    shown = acceptance is not None and policies.may_read(actor, acceptance, contract).ok
    return CasePanel(
        Stage.ACCEPTANCE,
        "履约验收",
        badge=pages.badge_of(dossier, actor),
        facts=pages.head_facts(dossier, shown=shown),
        steps=offered(ACCEPTANCE_STEPS, facts_of(actor, dossier, now)),
        deadlines=pages.deadlines(session, dossier, now),
        papers=tuple(
            papers_of(
                session,
                actor,
                project_id=project.id,
                subject_ids=[acceptance.id] if acceptance else [],
            )
        ),
        people=tuple(
            (member.seat.label, PersonLine(member.name, member.unit))
            for member in (dossier.members if shown else ())
        ),
        links=(Link("验收情况", pages.address_of(project.number)),),
        chart=pages.opinion_chart(dossier) if shown else None,
    )


def facts_of(actor: Actor, page: AcceptanceDossier, now: datetime) -> AcceptanceFacts:
    """What the steps of an acceptance are asked about."""
    contract, acceptance = page.contract, page.acceptance
    return AcceptanceFacts(
        actor,
        acceptance.state if acceptance is not None else None,
        contract.project,
        supplier_id=contract.supplier_id,
        contract=contract,
        existing=acceptance,
        final=page.final,
        today=local_date(now),
        applied=page.application is not None,
        answered=page.opinion.answered,
        missing=page.missing,
    )


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """What waits for this person of acceptance; a fixed number of statements."""
    if not actor.may(Permission.ACCEPTANCE_VIEW):
        return []
    rows = queries.waiting(session, actor)
    terms = queries.terms_waiting(session, [a.id if a else c.id for c, _, a, _ in rows])
    latest = latest_of_many(session, [contract.id for contract, *_ in rows])
    passed = [one.id for _, _, one, _ in rows if one and one.state is AcceptanceState.PASSED]
    missing = queries.missing_of(session, passed) if passed else {}
    found = []
    for contract, project, acceptance, applied in rows:
        subject = acceptance.id if acceptance is not None else contract.id
        term = terms.get(subject)
        found.append(
            AcceptanceFacts(
                actor,
                acceptance.state if acceptance is not None else None,
                project,
                supplier_id=contract.supplier_id,
                contract=contract,
                existing=acceptance,
                final=latest[contract.id].get(EvaluationKind.FINAL),
                today=local_date(now),
                deadline=term_line(term, now) if term is not None else None,
                applied=applied,
                missing=missing.get(subject, Missing()),
            )
        )
    return tasks_of(ACCEPTANCE_STEPS, found)
