"""What can be read of a case as a whole: its head, its time line, when it next turns."""

from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, literal, select
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.case_lines import PersonLine, TimelineItem
from procure.kernel.clock import end_of_day, local_date
from procure.kernel.errors import NotFound
from procure.kernel.events import EVENT_TYPES, Exposure
from procure.registers.deadlines.models import Deadline
from procure.registers.documents.audiences import UNINFORMED
from procure.registers.documents.queries import seat_of
from procure.registers.projects import queries as projects
from procure.registers.projects.models import Part, Project, ProjectParty
from procure.stages.bids.policies import opens_at
from procure.stages.tenders.models import Tender
from procure.store import trail

_HEAD = trail.TrailHead.__table__


class CaseHead(NamedTuple):
    """What a kept page is found by. `links` is how many links the chains of the case and of its
    parties have: it grows with everything that happens in the case, and when one is renamed.
    """

    id: str
    title: str
    links: int


def get_case_head(session: Session, actor: Actor, number: str) -> CaseHead:
    """The head of the case of that number, one statement; NotFound when hidden or missing."""
    wanted = projects.read_number(number)
    row = session.execute(_head_query(actor), {"number": wanted}).first()
    if row is None:
        raise NotFound
    return CaseHead(row.id, row.title, row.seq or 0)


@lru_cache(maxsize=512)
def _head_query(actor: Actor) -> Select[*tuple[Any, ...]]:
    """The statement, kept for each reader with all their rights: building it costs more than asking."""
    case = Project.__table__
    stream = literal("project:") + case.c.id
    head, party = _HEAD.alias(), ProjectParty.__table__
    of_parties = (
        select(func.coalesce(func.sum(head.c.seq), 0))
        .join_from(party, head, head.c.stream == literal("organisation:") + party.c.organisation_id)
        .where(party.c.project_id == case.c.id)
        .correlate(case)
        .scalar_subquery()
    )
    return (
        select(*case.c["id", "title"], (func.coalesce(_HEAD.c.seq, 0) + of_parties).label("seq"))
        .join_from(case, _HEAD, _HEAD.c.stream == stream, isouter=True)
        .where(case.c.number == bindparam("number"), projects.visible_to(actor))
    )


def next_turn(session: Session, project_id: str, now: datetime) -> datetime:
    """The next instant at which time alone changes what a case page says: a term or a tender's
    deadline runs out, its bids may be opened, or the day ends.
    """
    last_bid = select(func.max(Tender.deadline_at)).where(Tender.project_id == project_id)
    next_term = select(func.min(Deadline.due_at), last_bid.scalar_subquery()).where(
        Deadline.project_id == project_id, Deadline.due_at > now
    )
    term, deadline = session.execute(next_term).one()
    turns = [end_of_day(local_date(now))]
    turns += [term] if term is not None else []
    turns += [deadline, opens_at(deadline)] if deadline is not None else []
    return min(turn for turn in turns if turn > now)


def timeline(session: Session, actor: Actor, project: Project) -> list[TimelineItem]:
    """What happened in the case, newest first, as far as this reader may know."""
    seen = exposures(session, actor, project)
    panel_known = actor.is_buyer or project.has_result
    named = Exposure.BUYER in seen
    items = [
        TimelineItem(
            at=told.at,
            what=told.label,
            who=_person(told, named and (panel_known or not _of_panel(told))),
            detail=told.words,
        )
        for told in trail.tell(session, f"project:{project.id}", _shown(seen))
    ]
    return items[::-1]


@cache
def _shown(seen: frozenset[Exposure]) -> frozenset[str]:
    """The events that stand on the time line of whoever sees so much."""
    return frozenset(
        name for name, kind in EVENT_TYPES.items() if not kind.minor and kind.exposure in seen
    )


def exposures(session: Session, actor: Actor, project: Project) -> frozenset[Exposure]:
    """Which events of a case's time line the reader may see."""
    if projects.oversees(session, actor, project.buyer_id):
        may_read_bids = (
            actor.may(Permission.REVIEW_VIEW)
            and seat_of(session, actor, project.id) not in UNINFORMED
        )
        return frozenset(Exposure) - (frozenset() if may_read_bids else {Exposure.REVIEW})
    parts = projects.parts_of(session, actor, project.id)
    if Part.BUYER in parts:
        return frozenset(Exposure)
    if parts:
        return frozenset({Exposure.PARTIES, Exposure.PUBLIC})
    return frozenset({Exposure.PUBLIC})


def _of_panel(told: trail.Told) -> bool:
    """Whether the event may have been made by a member of a review panel."""
    return EVENT_TYPES[told.event].exposure is Exposure.REVIEW


def _person(told: trail.Told, named: bool) -> PersonLine:
    """Who acted; outside the buyer's side the organisation stands for its people."""
    who = told.actor
    if named and who["organisation"]:
        return PersonLine(who["name"], who["organisation"])
    return PersonLine(who["organisation"] or who["name"])
