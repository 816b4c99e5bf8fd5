"""What the case page shows of evaluations, for one reader."""

from datetime import datetime

from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.case_lines import PersonLine, Task
from procure.kernel.clock import local_date
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.lifecycle import Audience, EvaluationState, Stage, is_final
from procure.kernel.vocabulary import EvaluationKind
from procure.registers.deadlines.models import Deadline
from procure.registers.deadlines.queries import term_line
from procure.registers.documents.queries import papers_of
from procure.registers.projects.models import Project
from procure.stages.contracts.queries import find_of_project
from procure.stages.evaluation import pages, policies, queries
from procure.stages.evaluation.events import name_of
from procure.stages.evaluation.queries import EvaluationDossier
from procure.stages.evaluation.steps import EVALUATION_STEPS, EvaluationFacts
from procure.web.case_panel import CasePanel
from procure.web.presenters import Badge, Fact, Link
from procure.web.step_table import offered, tasks_of


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
        facts=tuple(_fact(page, actor, audience) for page in shown),
        steps=tuple(
            step
            for page in shown
            for step in offered(EVALUATION_STEPS, facts_of(actor, page, now, which=page.title))
        ),
        deadlines=tuple(line for page in shown for line in pages.deadlines(session, page, now)),
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


def facts_of(
    actor: Actor, page: EvaluationDossier, now: datetime, *, which: str = ""
) -> EvaluationFacts:
    """What the steps of an evaluation are asked about; `which` tells it from others of the case, whose
    page has not its date above the steps.
    """
    evaluation = page.evaluation
    return EvaluationFacts(
        actor,
        evaluation.state,
        page.contract.project,
        supplier_id=page.contract.supplier_id,
        at={"kind": evaluation.kind},
        which=which,
        note=pages.evaluation_line(page, now).words
        if which and not is_final(evaluation.state)
        else "",
        evaluation=evaluation,
        contract=page.contract,
        midterm=page.midterm,
        today=local_date(now),
        declared=page.has_declared(actor),
        rectify_until=page.rectify_until,
    )


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """What waits for this person of evaluations, the nearest date first; six statements."""
    if not actor.may(Permission.EVALUATION_VIEW):
        return []
    rows = queries.waiting(session, actor)
    evaluations = [one for one, _, _ in rows]
    terms = queries.terms_waiting(session, evaluations)
    latest = queries.latest_of_many(session, {contract.id for _, contract, _ in rows})
    signed = queries.declared_by(session, actor)
    until = queries.rectify_until(session, evaluations)
    able = queries.able_to_evaluate(
        session, [one for one in evaluations if one.state is EvaluationState.ASSIGNED]
    )
    found = [
        EvaluationFacts(
            actor,
            evaluation.state,
            project,
            supplier_id=contract.supplier_id,
            at={"kind": evaluation.kind},
            which=name_of(evaluation.kind, evaluation.round),
            deadline=_line(terms.get(evaluation.id), now),
            evaluation=evaluation,
            contract=contract,
            midterm=latest[contract.id].get(EvaluationKind.MIDTERM),
            today=local_date(now),
            declared=evaluation.id in signed,
            rectify_until=until.get(evaluation.id),
            able=able.get(evaluation.id, True),
        )
        for evaluation, contract, project in rows
    ]
    return tasks_of(EVALUATION_STEPS, found)


def _line(term: Deadline | None, now: datetime) -> DeadlineLine | None:
    return term_line(term, now) if term is not None else None
