"""What the case page shows of delivery, and what waits for whom."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.case_lines import Task
from procure.kernel.clock import local_date
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.lifecycle import MilestoneState, ServiceRecordState, Stage, Tone
from procure.registers.projects.models import Project
from procure.stages.contracts.models import Contract
from procure.stages.contracts.policies import SIGNED_STATES, last_service_day
from procure.stages.contracts.queries import find_of_project
from procure.stages.delivery import pages, queries
from procure.stages.delivery.models import Milestone
from procure.stages.delivery.steps import (
    MILESTONE_STEPS,
    RECORD,
    REVIEW,
    MilestoneFacts,
    RecordFacts,
)
from procure.web.case_panel import CasePanel, NextStep
from procure.web.presenters import Badge, Fact, Link, Quantity
from procure.web.step_table import offered, tasks_of


def panel(session: Session, actor: Actor, project: Project, now: datetime) -> CasePanel | None:
    """Progress, open milestones and the next step, for whoever may read delivery."""
    contract = find_of_project(session, actor, project.id)
    if (
        contract is None
        or contract.state not in SIGNED_STATES
        or not actor.may(Permission.DELIVERY_VIEW)
    ):
        return None
    rows = queries.progress(session, contract.id, local_date(now))
    milestones = queries.milestones_of(session, contract.id)
    behind = [row.what for row in rows if row.is_behind]
    met = sum(one.state is MilestoneState.MET for one in milestones)
    waiting = queries.count_waiting(session, contract.id)
    number = project.number
    return CasePanel(
        stage=Stage.DELIVERY,
        title="履约",
        badge=_badge(contract, behind, local_date(now)),
        facts=(
            Fact("服务目标", Quantity(len(rows), "项"), note=_behind_words(behind)),
            Fact("履约节点", f"已完成 {met} 个，共 {len(milestones)} 个"),
            Fact("待核实的服务记录", Quantity(waiting, "条")),
        ),
        steps=steps_of(actor, contract, waiting),
        deadlines=_deadlines(milestones, now),
        links=(
            Link("履约进度与节点", pages.address_of(number)),
            Link("服务记录", pages.address_of(number, "records")),
            Link("服务对象名册", pages.address_of(number, "recipients")),
            Link("服务人员", pages.address_of(number, "staff")),
        ),
        chart=pages.progress_chart(rows),
    )


def _badge(contract: Contract, behind: list[str], today: date) -> Badge:
    if behind:
        return Badge(Tone.STOPPED, f"{len(behind):,} 项目标落后")
    if today > last_service_day(contract):
        return Badge(Tone.DONE, "服务期已满")
    return Badge(Tone.ACTIVE, "按进度")


def _behind_words(behind: list[str]) -> str:
    return f"落后于进度：{'、'.join(behind)}" if behind else "都不落后于进度"


def steps_of(actor: Actor, contract: Contract, waiting: int) -> tuple[NextStep, ...]:
    """To enter what was done, and to judge what was entered: the latter where something waits."""
    record = _records(actor, contract, contract.project, None)
    review = _records(actor, contract, contract.project, ServiceRecordState.RECORDED, waiting)
    return (*offered((RECORD,), record), *(offered((REVIEW,), review) if waiting else ()))


def _records(
    actor: Actor,
    contract: Contract,
    project: Project,
    state: ServiceRecordState | None,
    waiting: int = 0,
    aside: str = "",
) -> RecordFacts:
    return RecordFacts(
        actor,
        state,
        project,
        supplier_id=contract.supplier_id,
        aside=aside,
        contract=contract,
        waiting=waiting,
    )


def _deadlines(milestones: Sequence[Milestone], now: datetime) -> tuple[DeadlineLine, ...]:
    """The next milestone that is still to be reported, and those that are late."""
    open_ones = [one for one in milestones if one.state is MilestoneState.PLANNED]
    late = [one for one in open_ones if one.due_on < local_date(now)]
    shown = late or open_ones[:1]
    return tuple(_line(one, now) for one in shown)


def _line(milestone: Milestone, now: datetime) -> DeadlineLine:
    return deadline_line(
        milestone.due_on, now, label=f"履约节点：{milestone.title}", kind=DeadlineKind.DUTY
    )


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """Milestones to report or to judge, and records to review; two statements."""
    if not (actor.may(Permission.DELIVERY_RECORD) or actor.may(Permission.DELIVERY_REVIEW)):
        return []
    until = local_date(now) + timedelta(days=queries.SOON_DAYS)
    milestones = queries.milestones_waiting(session, actor, until)
    tasks = tasks_of(MILESTONE_STEPS, [_milestone(actor, *row, now) for row in milestones])
    if not actor.may(Permission.DELIVERY_REVIEW):
        return tasks
    records = [
        _records(
            actor,
            contract,
            project,
            ServiceRecordState.RECORDED,
            count,
            f"最早的服务日期是 {first.month}月{first.day}日",
        )
        for project, contract, count, first in queries.records_waiting(session, actor)
    ]
    return [*tasks, *tasks_of((REVIEW,), records)]


def _milestone(
    actor: Actor, milestone: Milestone, project: Project, contract: Contract, now: datetime
) -> MilestoneFacts:
    return MilestoneFacts(
        actor,
        milestone.state,
        project,
        supplier_id=contract.supplier_id,
        at={"position": milestone.position},
        which=f"“{milestone.title}”",
        aside=milestone.returned_reason,
        deadline=_line(milestone, now) if milestone.state is MilestoneState.PLANNED else None,
        contract=contract,
        milestone=milestone,
    )
