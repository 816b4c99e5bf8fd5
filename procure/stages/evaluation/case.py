"""What the case page shows of evaluations, for one reader."""

from datetime import datetime

from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.case_lines import PersonLine
from procure.kernel.lifecycle import Audience, Stage, is_final
from procure.kernel.vocabulary import EvaluationKind
from procure.registers.documents.queries import papers_of
from procure.registers.projects.models import Project
from procure.stages.contracts.queries import find_of_project
from procure.stages.evaluation import pages, policies, queries
from procure.stages.evaluation.queries import EvaluationDossier
from procure.web.case_panel import CasePanel
from procure.web.presenters import Badge, Fact, Link


def panel(session: Session, actor: Actor, project: Project, now: datetime) -> CasePanel | None:
    """Both evaluations of a case: dates, states, results; None for readers who see none."""
    if not actor.may(Permission.EVALUATION_VIEW):
        return None
    contract = find_of_project(session, actor, project.id)
    if contract is None:
        return None
    latest = queries.latest_of(session, contract.id)
    shown = [
        queries.dossier_of(session, latest[kind], contract)
        for kind in EvaluationKind
        if kind in latest and policies.may_know_of(actor, latest[kind])
    ]
    if not shown:
        return None
    audience = (
        Audience.SUPPLIER if actor.organisation_id == contract.supplier_id else Audience.BUYER
    )
    current = next((p for p in shown if not is_final(p.evaluation.state)), shown[-1])
    return CasePanel(
        Stage.EVALUATION,
        "绩效评价",
        badge=Badge(current.evaluation.state, audience=audience),
        facts=tuple(_fact(dossier, actor, audience) for dossier in shown),
        steps=tuple(step for dossier in shown for step in pages.steps(dossier, actor, now)),
        deadlines=tuple(
            line for dossier in shown for line in pages.deadlines(session, dossier, now)
        ),
        papers=pages.distinct_papers(
            papers_of(
                session,
                actor,
                project_id=project.id,
                subject_ids=[dossier.evaluation.id for dossier in shown],
            ),
            [dossier.evaluation for dossier in shown],
        ),
        people=tuple(
            (
                dossier.title,
                PersonLine(dossier.name(dossier.evaluation.evaluator_id), dossier.assessor.name),
            )
            for dossier in shown
            if dossier.assessor is not None
        ),
        links=tuple(Link(dossier.title, pages.address(dossier)) for dossier in shown),
    )


def _fact(dossier: EvaluationDossier, actor: Actor, audience: Audience) -> Fact:
    evaluation = dossier.evaluation
    readable = policies.may_read_result(actor, evaluation, dossier.contract).ok
    if readable and evaluation.grade is not None:
        return Fact(
            dossier.title,
            (pages.points(evaluation.total_points or 0), pages.grade_badge(evaluation.grade)),
            Badge(evaluation.state, audience=audience).words,
            href=pages.address(dossier),
        )
    return Fact(
        dossier.title, Badge(evaluation.state, audience=audience), href=pages.address(dossier)
    )
