"""What can be read of plans: the buyer's own and those below it, and by oversight."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from procure.kernel.access import Actor, Level, Permission
from procure.kernel.clock import local_date
from procure.kernel.codes import region_of
from procure.kernel.errors import NotFound
from procure.kernel.laws import NotInForce
from procure.kernel.lifecycle import CatalogueItemState, PlanState, Stage
from procure.kernel.money import Money
from procure.kernel.parameters import Parameter, parameter
from procure.kernel.records import read_as
from procure.kernel.statute import timer
from procure.kernel.timers import Timer
from procure.kernel.vocabulary import NoticeKind, ProcurementMethod
from procure.kernel.workdays import Due
from procure.registers.accounts.models import Organisation, User
from procure.registers.funds import queries as funds
from procure.registers.funds.models import AccountKind, BudgetLine, LedgerAccount, LedgerLine
from procure.registers.notices.models import Notice
from procure.registers.notices.queries import of_project
from procure.registers.projects.models import Project, StageEntry
from procure.registers.projects.queries import (
    Authors,
    buyers_in_view,
    get_project,
    oversees,
)
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.plans.content import (
    FIELD_WORDS,
    PlanContent,
    PlanSurroundings,
    answer_words,
    changed_fields,
)
from procure.stages.plans.events import (
    PlanChangeProposed,
    PlanDrafted,
    PlanEdited,
    PlanSubmitted,
)
from procure.stages.plans.models import Plan, PlanChange
from procure.store.lists import Source
from procure.store.request_cache import once

INTENTION_RULE = "T01"
MISSING = "没有找到这份采购计划，或您无权查看。"
THRESHOLD_KEY, LOWEST_KEY = "open_tender.goods_services", "open_tender.floor"

_DRAFTER, _APPROVER = aliased(User), aliased(User)
"""Made once: an alias brings a copy of all columns with it."""

_WRITING = (PlanDrafted, PlanEdited, PlanSubmitted, PlanChangeProposed)
AUTHORS = Authors(Permission.PLAN_APPROVE, tuple(kind.__name__ for kind in _WRITING))
"""Who wrote a plan or answers for its text."""


@dataclass(frozen=True)
class PlanRow:
    """A line of the list of plans."""

    number: str
    title: str
    buyer: str
    amount_fen: int
    method: ProcurementMethod
    state: PlanState
    expected_on: date


@dataclass(frozen=True)
class PlanDossier:
    """A plan with all that its pages show."""

    plan: Plan
    project: Project
    buyer: Organisation
    item: CatalogueItem
    line: BudgetLine
    drafted_by: str
    approved_by: str

    @property
    def content(self) -> PlanContent:
        """The plan's answers as plain data."""
        return content_of(self.plan, self.project)


@dataclass(frozen=True)
class EarliestStart:
    """The first lawful day for the activity, counted from a day of publication (T01)."""

    period: Timer
    published_on: date
    due: Due
    on: date


def earliest_start(published_on: date) -> EarliestStart:
    """When the activity may start at the earliest if the intention is public on that day (T01)."""
    period = timer(INTENTION_RULE, published_on)
    return EarliestStart(
        period, published_on, period.due(published_on), period.earliest_act(published_on)
    )


def plans_in_view(actor: Actor) -> Source[PlanRow]:
    """The plans of the buyers in the actor's view; a draft thrown away only where it is asked for."""
    return Source(
        lines=select(
            Project.number,
            Project.title,
            Organisation.name,
            Plan.amount_fen,
            Plan.method,
            Plan.state,
            Plan.expected_on,
        )
        .join(Project, Project.id == Plan.project_id)
        .join(Organisation, Organisation.id == Project.buyer_id)
        .where(buyers_in_view(actor, Project.buyer_id)),
        line=PlanRow,
        ident=Plan.id,
        first="-created",
        sorts={
            "created": Project.created_at,
            "number": Project.number,
            "title": Project.title,
            "amount": Plan.amount_fen,
            "expected": Plan.expected_on,
            "state": Plan.state,
        },
        filters={
            "state": lambda state: (
                Plan.state == state if state else Plan.state != PlanState.DISCARDED
            )
        },
        search=(Project.title, Project.number),
    )


@once
def find_plan(session: Session, project_id: str) -> Plan | None:
    """The plan of a project, None when it has none."""
    return session.scalars(select(Plan).where(Plan.project_id == project_id)).one_or_none()


def get_plan(session: Session, plan_id: str) -> Plan:
    """The plan of that id, whoever asks; NotFound when there is none."""
    plan = session.get(Plan, plan_id)
    if plan is None:
        raise NotFound("没有找到这份采购计划。")
    return plan


def number_of(session: Session, plan: Plan) -> str:
    """The number of the plan's project."""
    return session.get_one(Project, plan.project_id).number


def get_plan_dossier(session: Session, actor: Actor, number: str) -> PlanDossier:
    """The plan of the project of that number; NotFound when it is not in the actor's view."""
    dossier = find_plan_dossier(session, actor, get_project(session, actor, number))
    if dossier is None:
        raise NotFound(MISSING)
    return dossier


def find_plan_dossier(session: Session, actor: Actor, project: Project) -> PlanDossier | None:
    """The plan of a project with its surroundings in one statement; None out of view."""
    if not oversees(session, actor, project.buyer_id):
        return None
    row = session.execute(
        select(Plan, Organisation, CatalogueItem, BudgetLine, _DRAFTER.name, _APPROVER.name)
        .select_from(Plan)
        .join(Organisation, Organisation.id == project.buyer_id)
        .join(CatalogueItem, CatalogueItem.id == Plan.catalogue_item_id)
        .join(BudgetLine, BudgetLine.id == Plan.budget_line_id)
        .join(_DRAFTER, _DRAFTER.id == Plan.drafted_by)
        .outerjoin(_APPROVER, _APPROVER.id == Plan.approved_by)
        .where(Plan.project_id == project.id)
    ).first()
    if row is None:
        return None
    plan, buyer, item, line, drafted_by, approved_by = row
    return PlanDossier(plan, project, buyer, item, line, drafted_by, approved_by or "")


def content_of(plan: Plan, project: Project) -> PlanContent:
    """A plan's answers as plain data."""
    return read_as(
        PlanContent,
        plan,
        title=project.title,
        amount=Money(plan.amount_fen),
        ceiling=Money(plan.ceiling_fen),
        negative_list=tuple(plan.negative_list),
        term_conditions=tuple(plan.term_conditions),
    )


def surroundings_of(
    session: Session,
    plan: Plan,
    project: Project,
    line: BudgetLine,
    item: CatalogueItem,
    now: datetime,
) -> PlanSurroundings:
    """What the plan is checked against; its own reservation counts as available."""
    today = local_date(now)
    buyer = session.get_one(Organisation, project.buyer_id)
    threshold = open_tender_threshold(buyer, today)
    standing = funds.standing_on(session, line.id, AccountKind.AVAILABLE)
    reserved = funds.standing_on(session, line.id, AccountKind.RESERVED, plan.id)
    others, count = _others(session, plan, project, line, item)
    sent = None if plan.state is PlanState.DRAFT else plan.submitted_at
    return PlanSurroundings(
        today=local_date(sent or now),
        available=Money(sum(standing.values()) + sum(reserved.values())),
        line_name=line.name,
        line_year=line.year,
        year=project.year,
        item_mode=item.mode,
        item_is_published=item.state is CatalogueItemState.PUBLISHED
        or plan.state is not PlanState.DRAFT,
        others=Money(others),
        others_count=count,
        threshold=threshold.money,
        threshold_source=threshold.source,
        warn_share=parameter("split.warn", "", today).percent,
        earliest_on=earliest_start(today).on,
    )


def open_tender_threshold(buyer: Organisation, on: date) -> Parameter:
    """From what amount on the buyer's place wants open tenders (政府采购法 art 27).

    Where its credit code names no place, or nothing is kept of it, the least that any place may set.
    """
    try:
        return parameter(THRESHOLD_KEY, region_of(buyer.credit_code), on)
    except NotInForce:
        return parameter(LOWEST_KEY, "", on)


def available_by_level(
    session: Session, line_ids: Collection[str]
) -> dict[str, dict[Level, Money]]:
    """What is left of each line at each level, in one statement."""
    rows = session.execute(
        select(LedgerAccount.budget_line_id, LedgerAccount.level, func.sum(LedgerLine.amount_fen))
        .join(LedgerLine, LedgerLine.account_id == LedgerAccount.id)
        .where(
            LedgerAccount.budget_line_id.in_(line_ids),
            LedgerAccount.kind == AccountKind.AVAILABLE,
        )
        .group_by(LedgerAccount.budget_line_id, LedgerAccount.level)
    )
    found: dict[str, dict[Level, Money]] = {ident: {} for ident in line_ids}
    for ident, level, fen in rows:
        found[ident][level] = Money(int(fen))
    return found


def waiting_plans(session: Session, actor: Actor) -> Sequence[tuple[Plan, Project]]:
    """The own organisation's plans that wait for this actor, oldest first."""
    states = []
    if actor.may(Permission.PLAN_DRAFT):
        states += [PlanState.DRAFT, PlanState.APPROVED]
    if actor.may(Permission.PLAN_APPROVE):
        states.append(PlanState.SUBMITTED)
    rows = session.execute(
        select(Plan, Project)
        .join(Project, Project.id == Plan.project_id)
        .where(Project.buyer_id == actor.organisation_id, Plan.state.in_(states))
        .order_by(Project.created_at, Project.id)
    )
    return [(plan, project) for plan, project in rows]


def _others(
    session: Session, plan: Plan, project: Project, line: BudgetLine, item: CatalogueItem
) -> tuple[int, int]:
    """Amount and number of like plans of the year that avoid the open tender (R-METH-2).

    A purchase that was given up without an award has bought nothing.
    """
    awarded = select(StageEntry.project_id).where(StageEntry.stage == Stage.CONTRACT)
    total, count = session.execute(
        select(func.coalesce(func.sum(Plan.amount_fen), 0), func.count())
        .join(Project, Project.id == Plan.project_id)
        .join(CatalogueItem, CatalogueItem.id == Plan.catalogue_item_id)
        .where(
            Plan.id != plan.id,
            Plan.state.not_in((PlanState.DRAFT, PlanState.DISCARDED, PlanState.CANCELLED)),
            Plan.method != ProcurementMethod.OPEN_TENDER,
            Plan.budget_line_id == line.id,
            Project.buyer_id == project.buyer_id,
            Project.year == project.year,
            CatalogueItem.class_code == item.class_code,
            or_(Project.closed_at.is_(None), Project.id.in_(awarded)),
        )
    ).one()
    return int(total), int(count)


def waiting_changes(session: Session, actor: Actor) -> Sequence[tuple[PlanChange, Plan, Project]]:
    """What waits of the own organisation's plans for who approves them, oldest first."""
    if not actor.may(Permission.PLAN_APPROVE):
        return ()
    rows = session.execute(
        select(PlanChange, Plan, Project)
        .join(Plan, Plan.id == PlanChange.plan_id)
        .join(Project, Project.id == Plan.project_id)
        .where(Project.buyer_id == actor.organisation_id, PlanChange.decided_at.is_(None))
        .order_by(PlanChange.proposed_at, PlanChange.id)
    )
    return [(change, plan, project) for change, plan, project in rows]


def told_changes(
    session: Session, before: PlanContent, after: PlanContent
) -> tuple[tuple[str, str, str], ...]:
    """The answers that differ, in words: which, what it was, what it is to be."""
    return tuple(
        (FIELD_WORDS[name], _said(session, before, name), _said(session, after, name))
        for name in changed_fields(before, after)
    )


def changes_asked(
    session: Session, dossier: PlanDossier, change: PlanChange | None
) -> tuple[tuple[str, str, str], ...]:
    """What would be different if that were agreed to; nothing where the plan is to be cancelled."""
    if change is None or not change.content:
        return ()
    return told_changes(session, dossier.content, PlanContent.read(change.content))


def _said(session: Session, content: PlanContent, name: str) -> str:
    if name == "catalogue_item_id":
        return session.get_one(CatalogueItem, content.catalogue_item_id).words
    if name == "budget_line_id":
        line = session.get_one(BudgetLine, content.budget_line_id)
        return f"{line.year} 年 {line.code} {line.name}"
    return answer_words(content, name)


def intention_of(session: Session, project_id: str) -> Notice | None:
    """The newest notice of the project's intention, None while it never was public."""
    told = [one for one in of_project(session, project_id) if one.kind is NoticeKind.INTENTION]
    return told[-1] if told else None
