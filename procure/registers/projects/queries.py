"""What can be read of projects, each reader seeing only what concerns them."""

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, case, false, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from procure.kernel.access import Actor, Level, Permission, Role
from procure.kernel.case_lines import StageStep, StepStanding
from procure.kernel.clock import local_date
from procure.kernel.errors import Invalid, NotFound
from procure.kernel.lifecycle import Stage
from procure.kernel.numbering import normalise_number
from procure.registers.accounts.models import Organisation
from procure.registers.projects.models import Lot, Part, Project, ProjectParty, StageEntry
from procure.store import trail
from procure.store.lists import Source, equal
from procure.store.request_cache import once

OVERSEERS = frozenset({Role.AUDITOR, Role.BUDGET_OFFICER, Role.TREASURER})
"""Roles that look into the cases of buyers which are not their own organisation."""

_PROJECT, _BUYER, _PARTY = Project.__table__, Organisation.__table__, ProjectParty.__table__
"""Lists are read through the tables: that skips the mapper, which costs more than the query."""


class ProjectRow(NamedTuple):
    """A line of the list of projects; a tuple, for lists make many."""

    number: str
    title: str
    buyer: str
    budget_fen: int
    stage: Stage
    created_at: datetime


def buyers_in_view(
    actor: Actor, buyer_id: ColumnElement[str] | InstrumentedAttribute[str]
) -> ColumnElement[bool]:
    """Condition on a buyer's id: the buyers whose cases the actor reads as buyer or overseer.

    A buyer's person reads the own organisation and those below it. Finance and audit read the
    buyers below them in the organisation tree and, where the tree names none, those of their own
    level of government and lower.
    """
    if actor.holds(Role.SYSTEM):
        return true()
    own = actor.scope | {actor.organisation_id}
    if actor.is_buyer and actor.may(Permission.PROJECT_VIEW):
        return buyer_id.in_(sorted(own))
    if not actor.holds(*OVERSEERS):
        return false()
    below = actor.scope - {actor.organisation_id}
    if below:
        return buyer_id.in_(sorted(below))
    if actor.level is None:
        return true()
    order = list(Level)
    levels = order[order.index(actor.level) :]
    return buyer_id.in_(select(Organisation.id).where(Organisation.level.in_(levels)))


@once
def oversees(session: Session, actor: Actor, buyer_id: str) -> bool:
    """Whether the buyer is one whose cases the actor reads as buyer or overseer."""
    if not _may_oversee(actor):
        return False
    found = session.scalar(
        select(Organisation.id).where(
            Organisation.id == buyer_id, buyers_in_view(actor, Organisation.id)
        )
    )
    return found is not None


@once
def oversees_case(session: Session, actor: Actor, project_id: str) -> bool:
    """The same of a case's buyer, for whoever knows the case alone."""
    if not _may_oversee(actor):
        return False
    found = session.scalar(
        select(_PROJECT.c.id).where(
            _PROJECT.c.id == project_id, buyers_in_view(actor, _PROJECT.c.buyer_id)
        )
    )
    return found is not None


def _may_oversee(actor: Actor) -> bool:
    """Whether there may be such a buyer; suppliers and experts are told without asking."""
    return actor.is_buyer or actor.holds(Role.SYSTEM, *OVERSEERS)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Condition on Project: what this actor may know to exist.

    Everybody, visitors included, sees public projects; members of a case see theirs before that;
    buyers and overseers see the buyers in their view. What was thrown away as a draft is for
    auditors alone.
    """
    ways = [_PROJECT.c.is_public, buyers_in_view(actor, _PROJECT.c.buyer_id)]
    if actor.organisation_id and actor.may(Permission.PROJECT_VIEW):
        ways.append(
            _PROJECT.c.id.in_(
                select(_PARTY.c.project_id).where(_PARTY.c.organisation_id == actor.organisation_id)
            )
        )
    if actor.holds(Role.AUDITOR, Role.SYSTEM):
        return or_(*ways)
    return and_(_PROJECT.c.discarded_at.is_(None), or_(*ways))


def get_project(session: Session, actor: Actor, number: str) -> Project:
    """The project of that number, however carelessly typed; NotFound when hidden or missing."""
    return _one(session, Project.number == read_number(number), visible_to(actor))


def read_number(number: str) -> str:
    """The number in the one way it is kept; NotFound when it can be none."""
    try:
        return normalise_number(number)
    except Invalid as unreadable:
        raise NotFound(unreadable.message) from unreadable


def get_project_by_id(session: Session, actor: Actor, project_id: str) -> Project:
    """The project of that id; NotFound when hidden or missing."""
    return _one(session, Project.id == project_id, visible_to(actor))


def projects_in_view(actor: Actor) -> Source[ProjectRow]:
    """The projects the actor may know to exist."""
    order = case({stage.value: at for at, stage in enumerate(Stage)}, value=_PROJECT.c.stage)
    return Source(
        lines=select(
            *_PROJECT.c["number", "title"],
            _BUYER.c.name,
            *_PROJECT.c["budget_fen", "stage", "created_at"],
        )
        .join_from(_PROJECT, _BUYER, _BUYER.c.id == _PROJECT.c.buyer_id)
        .where(visible_to(actor)),
        line=ProjectRow,
        ident=_PROJECT.c.id,
        first="-created",
        sorts={
            "created": _PROJECT.c.created_at,
            "number": _PROJECT.c.number,
            "title": _PROJECT.c.title,
            "buyer": _BUYER.c.name,
            "budget": _PROJECT.c.budget_fen,
            "stage": order,
        },
        filters={"stage": equal(_PROJECT.c.stage)},
        search=(_PROJECT.c.title, _PROJECT.c.number),
    )


def stage_steps(session: Session, project: Project) -> list[StageStep]:
    """The stage bar of a project: every stage with the day it was entered."""
    entered = stages_entered(session, project.id)
    return [
        StageStep(
            stage.label,
            _standing(stage, project, entered),
            on=local_date(entered[stage]) if stage in entered else None,
        )
        for stage in Stage
    ]


@once
def stages_entered(session: Session, project_id: str) -> Mapping[Stage, datetime]:
    """When a project entered each of the stages it has entered."""
    entry = StageEntry.__table__
    query = select(entry.c.stage, entry.c.entered_at).where(entry.c.project_id == project_id)
    return {stage: at for stage, at in session.execute(query)}


@once
def parts_of(session: Session, actor: Actor, project_id: str) -> frozenset[Part]:
    """In what capacity the actor's own organisation belongs to the case; empty for outsiders.

    An organisation above the buyer has no part: it reads (`oversees`) and does not act.
    """
    return frozenset(
        session.scalars(
            select(_PARTY.c.part).where(
                _PARTY.c.project_id == project_id,
                _PARTY.c.organisation_id == actor.organisation_id,
            )
        )
    )


@dataclass(frozen=True)
class Authors:
    """Who wrote the papers of one kind, by the events of writing: whoever approves one is another
    person (政府采购法 art 61).

    The trail knows every hand a paper went through, its columns only the first, so the trail is
    asked, and of those who approve alone.
    """

    approving: Permission
    events: tuple[str, ...]

    def among(self, session: Session, actor: Actor, project_ids: Collection[str]) -> frozenset[str]:
        """Those of the projects whose paper the actor wrote."""
        if not project_ids or not actor.may(self.approving):
            return frozenset()
        link = trail.TrailEvent
        found = session.scalars(
            select(link.project_id)
            .where(
                link.project_id.in_(project_ids),
                link.actor_id == actor.user_id,
                link.event.in_(self.events),
            )
            .distinct()
        )
        return frozenset(ident for ident in found if ident is not None)

    def include(self, session: Session, actor: Actor, project_id: str) -> bool:
        """Whether the actor wrote the paper of that project."""
        return project_id in self.among(session, actor, [project_id])


def lots_of(session: Session, project_id: str) -> Sequence[Lot]:
    """The lots of a project by number."""
    return session.scalars(
        select(Lot).where(Lot.project_id == project_id).order_by(Lot.number)
    ).all()


def _one(session: Session, *conditions: ColumnElement[bool]) -> Project:
    project = session.scalars(select(Project).where(*conditions)).one_or_none()
    if project is None:
        raise NotFound
    return project


_DURING_CONTRACT = (Stage.DELIVERY, Stage.EVALUATION, Stage.ACCEPTANCE, Stage.PAYMENT)
"""These run beside one another: the first instalment is paid before anything is evaluated."""


def _standing(stage: Stage, project: Project, entered: Container[Stage]) -> StepStanding:
    """Where a stage of the project stands; what lies behind it and was never entered fell away."""
    left_behind = StepStanding.DONE if stage in entered else StepStanding.SKIPPED
    if project.closed_at is not None:
        return left_behind
    if stage in _DURING_CONTRACT and project.stage in _DURING_CONTRACT:
        # Acceptance begins when the service and its evaluations have ended.
        if stage in (Stage.DELIVERY, Stage.EVALUATION) and Stage.ACCEPTANCE in entered:
            return left_behind
        return StepStanding.CURRENT if stage in entered else StepStanding.AHEAD
    if stage.is_before(project.stage):
        return left_behind
    return StepStanding.CURRENT if stage is project.stage else StepStanding.AHEAD
