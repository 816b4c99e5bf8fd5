"""What the case page shows of acceptance, for one reader."""

from datetime import datetime

from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.case_lines import PersonLine
from procure.kernel.clock import local_date
from procure.kernel.lifecycle import EvaluationState, Stage
from procure.registers.documents.queries import papers_of
from procure.registers.projects.models import Project
from procure.stages.acceptance import pages, policies, queries
from procure.stages.acceptance.models import SEAT_LABELS
from procure.stages.contracts.policies import SIGNED_STATES
from procure.stages.contracts.queries import find_of_project
from procure.web.case_panel import CasePanel
from procure.web.presenters import Link


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
        steps=pages.steps(dossier, actor, local_date(now)),
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
            (SEAT_LABELS[member.seat], PersonLine(member.name, member.unit))
            for member in (dossier.members if shown else ())
        ),
        links=(Link("验收情况", pages.address_of(project.number)),),
        chart=pages.opinion_chart(dossier) if shown else None,
    )
