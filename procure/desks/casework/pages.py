"""What the case page shows: the stages' panels, the next step, the time line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from procure.desks.casework.queries import timeline
from procure.desks.reminders.waiting import waiting_for_others
from procure.kernel.access import Actor
from procure.kernel.case_lines import Paper, StageStep, StepStanding, TimelineItem, Waiting
from procure.kernel.lifecycle import Aggregate, Stage, Tone
from procure.kernel.methods import told_in
from procure.kernel.money import Money
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.accounts.models import Organisation
from procure.registers.projects import queries as projects
from procure.registers.projects.models import Project
from procure.stages.bids.queries import find_tender
from procure.store.request_cache import asked_once
from procure.web.case_panel import CasePanel, NextStep
from procure.web.presenters import Badge, badge_parts

RECENT = 15
"""How much of the time line stands open; the rest is one click away."""

UNDER_WAY = {StepStanding.CURRENT, StepStanding.HELD}
THING_OF = {
    Stage.PLAN: Aggregate.PLAN,
    Stage.TENDER: Aggregate.TENDER,
    Stage.AWARD: Aggregate.REVIEW,
    Stage.CONTRACT: Aggregate.CONTRACT,
    Stage.EVALUATION: Aggregate.EVALUATION,
    Stage.ACCEPTANCE: Aggregate.ACCEPTANCE,
    Stage.PAYMENT: Aggregate.PAYMENT_REQUEST,
}
"""What a stage under way waits with."""

PanelSource = Callable[[Session, Actor, Project, datetime], CasePanel | None]


@dataclass(frozen=True)
class CasePage:
    """A case as one reader sees it; `waiting` is what it waits for at others' desks."""

    project: Project
    buyer_name: str
    budget: Money
    steps: tuple[StageStep, ...]
    primary: NextStep | None
    others: tuple[NextStep, ...]
    waiting: tuple[Waiting, ...]
    current: tuple[CasePanel, ...]
    earlier: tuple[CasePanel, ...]
    recent: tuple[TimelineItem, ...]
    before: tuple[TimelineItem, ...]


def case_page(
    session: Session,
    actor: Actor,
    project: Project,
    now: datetime,
    sources: Sequence[PanelSource],
) -> CasePage:
    """The case page of a project that the actor may know of."""
    with asked_once(session):
        found = [source(session, actor, project, now) for source in sources]
        happened = timeline(session, actor, project)
        stages = projects.stage_steps(session, project)
        tender = find_tender(session, project.id)
    panels = _each_paper_once(project, [panel for panel in found if panel is not None])
    if tender is not None:
        method = tender.method
        panels = [_panel_in(method, panel) for panel in panels]
        stages = [replace(one, label=told_in(method, one.label)) for one in stages]
        happened = [replace(one, what=told_in(method, one.what)) for one in happened]
    steps = [] if project.closed_at else [step for panel in panels for step in panel.steps]
    awaited = [step for step in steps if step.is_awaited]
    primary = next((step for step in awaited if step.verdict.ok), next(iter(awaited), None))
    busy = [] if project.closed_at else _under_way(stages)
    current = [panel for panel in panels if panel.stage in busy] or panels[-1:]
    kinds = [kind for stage, kind in THING_OF.items() if stage in busy]
    waiting, _ = waiting_for_others(session, actor, now, project_id=project.id, kinds=kinds)
    if tender is not None:
        waiting = [replace(one, step=told_in(tender.method, one.step)) for one in waiting]
    return CasePage(
        project=project,
        buyer_name=session.get_one(Organisation, project.buyer_id).name,
        budget=Money(project.budget_fen),
        steps=tuple(stages),
        primary=primary,
        others=tuple(step for step in steps if step is not primary),
        waiting=tuple(waiting),
        current=tuple(current),
        earlier=tuple(panel for panel in reversed(panels) if panel not in current),
        recent=tuple(happened[:RECENT]),
        before=tuple(happened[RECENT:]),
    )


def _under_way(stages: Sequence[StageStep]) -> list[Stage]:
    return [stage for stage, one in zip(Stage, stages, strict=True) if one.standing in UNDER_WAY]


def _each_paper_once(project: Project, panels: Sequence[CasePanel]) -> list[CasePanel]:
    """The panels, each paper with the first stage that has it, under the name that it has beside its
    project's. Bytes that were filed again, for more readers, are one paper.
    """
    seen: set[str] = set()
    told = []
    for panel in panels:
        papers: dict[str, Paper] = {}
        for one in panel.papers:
            name = one.name.removeprefix(project.title)
            papers[one.digest or one.href] = replace(one, name=name or one.name)
        fresh = tuple(one for paper, one in papers.items() if paper not in seen)
        seen |= papers.keys()
        told.append(replace(panel, papers=fresh))
    return told


def _panel_in(method: ProcurementMethod, panel: CasePanel) -> CasePanel:
    """The panel in the words of the project's way of procuring; what people wrote stays."""
    return replace(
        panel,
        title=told_in(method, panel.title),
        steps=tuple(replace(one, label=told_in(method, one.label)) for one in panel.steps),
        facts=tuple(replace(one, label=told_in(method, one.label)) for one in panel.facts),
        links=tuple(replace(one, text=told_in(method, one.text)) for one in panel.links),
        badge=_badge_in(method, panel.badge) if panel.badge else None,
        papers=tuple(replace(one, kind=told_in(method, one.kind)) for one in panel.papers),
    )


def _badge_in(method: ProcurementMethod, badge: Badge) -> Badge:
    tone, words = badge_parts(badge.state, badge.words, badge.audience)
    return Badge(Tone(tone), told_in(method, words))
