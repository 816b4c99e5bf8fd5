"""What can be read of papers, each reader seeing only those meant for them."""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import exists, literal, select, union_all
from sqlalchemy.orm import Session

from procure.kernel.access import Actor
from procure.kernel.case_lines import Paper
from procure.kernel.errors import NotFound, Verdict
from procure.kernel.lifecycle import Stage
from procure.kernel.paths import document_path
from procure.kernel.uploads import Outcome
from procure.registers.accounts.models import User
from procure.registers.documents.audiences import (
    SEALED_KINDS,
    PanelSeat,
    PanelSeats,
    Standing,
    is_readable,
)
from procure.registers.documents.models import (
    Document,
    PaperLine,
    PaperOrder,
    reception_of,
)
from procure.registers.documents.policies import once_printed
from procure.registers.projects.queries import oversees_case, parts_of, stages_entered
from procure.store.request_cache import once

PanelCheck = Callable[[Session, Actor, str], PanelSeats]


class _Panel:
    check: PanelCheck | None = None


def ask_panel_with(check: PanelCheck) -> None:
    """Say how to learn how an actor sits on a project's review panels.

    Panels live downstream of papers; the composition root names the query once at start. Before
    that nobody counts as sitting on a panel.
    """
    _Panel.check = check


@once
def seats_of(session: Session, actor: Actor, project_id: str) -> PanelSeats:
    """The actor's seats on the panels of a project."""
    if not actor.is_signed_in or _Panel.check is None:
        return PanelSeats()
    return _Panel.check(session, actor, project_id)


def seat_of(session: Session, actor: Actor, project_id: str) -> PanelSeat:
    """The actor's seat on the panel of the project's newest opened tender."""
    return seats_of(session, actor, project_id).newest


@once
def standing_of(session: Session, actor: Actor, project_id: str) -> Standing:
    """How the actor stands to a case; at most five statements."""
    entered = stages_entered(session, project_id)
    seats = seats_of(session, actor, project_id)
    return Standing(
        parts=parts_of(session, actor, project_id) if actor.organisation_id else frozenset(),
        in_view=oversees_case(session, actor, project_id),
        opened=Stage.AWARD in entered,
        announced=Stage.CONTRACT in entered,
        seat=seats.newest,
        judges=seats.judges,
        informed_of=seats.informed_of,
    )


def papers_of(
    session: Session,
    actor: Actor,
    *,
    project_id: str,
    subject_ids: Collection[str] | None = None,
) -> list[Paper]:
    """The papers of a case, or of some subjects of it, that the actor may read, oldest first."""
    kept = [
        paper
        for paper in lines_of(session, project_id)
        if subject_ids is None or paper.subject_id in subject_ids
    ]
    if not kept:
        return []
    standing = standing_of(session, actor, project_id)
    return [
        paper_of(paper, opened=standing.opened)
        for paper in kept
        if is_readable(actor, paper, standing)
    ]


@once
def lines_of(session: Session, project_id: str) -> Sequence[PaperLine]:
    """All the papers of a case, whoever may read them, oldest first."""
    return papers_where(session, project_id=project_id)


def papers_where(session: Session, **about: object) -> list[PaperLine]:
    """The papers, filed or still to be printed, of which these columns say so, oldest first."""
    filed, ordered, person = Document.__table__, PaperOrder.__table__, User.__table__
    nothing = [literal(nothing, kind) for nothing, kind in _NOTHING_YET]
    here = select(
        *filed.c["id", "subject_id", "kind", "title", "size", "sha256"],
        *filed.c["audience", "owner_id", "created_at", "created_by"],
        *filed.c["outcome", "notes", "original_sha256"],
        ordered.c.snapshot_sha256,
    ).outerjoin(ordered, ordered.c.id == filed.c.id)
    due = select(
        *ordered.c["id", "subject_id", "kind", "title"],
        *nothing[:2],
        *ordered.c["audience", "owner_id", "ordered_at", "ordered_by"],
        *nothing[2:],
        ordered.c.snapshot_sha256,
    ).where(~exists().where(filed.c.id == ordered.c.id))
    either = union_all(
        here.where(*(filed.c[name] == value for name, value in about.items())),
        due.where(*(ordered.c[name] == value for name, value in about.items())),
    ).subquery()
    *before, by, outcome, notes, original, content = either.c
    found = session.execute(
        select(*before, person.c.name, outcome, notes, original, content)
        .outerjoin(person, person.c.id == by)
        .order_by(either.c.created_at, either.c.id)
    )
    return [PaperLine._make(row) for row in found]


_NOTHING_YET = (
    (0, Document.__table__.c.size.type),
    ("", Document.__table__.c.sha256.type),
    (Outcome.TAKEN.value, Document.__table__.c.outcome.type),
    (None, Document.__table__.c.notes.type),
    (None, Document.__table__.c.original_sha256.type),
)
"""What is known of a paper's bytes before it is printed."""


def printed(session: Session, **about: object) -> Verdict:
    """Whether no paper of which these columns say so is ordered and still to be printed."""
    waiting = select(PaperOrder.id).filter_by(**about).where(_NOT_FILED)
    return once_printed(is_due=session.scalar(waiting.limit(1)) is not None)


def due_orders(session: Session) -> Sequence[str]:
    """The ids of all papers that are still to be printed, the oldest order first."""
    waiting = select(PaperOrder.id).where(_NOT_FILED)
    return session.scalars(waiting.order_by(PaperOrder.ordered_at, PaperOrder.id)).all()


_NOT_FILED = ~exists().where(Document.id == PaperOrder.id)


def get_document(session: Session, actor: Actor, document_id: str) -> Document:
    """The paper of that id; NotFound when there is none or it is not for this actor, TooEarly while it
    is being printed.
    """
    document = session.get(Document, document_id)
    found = document or session.get(PaperOrder, document_id)
    if found is None or not is_readable(
        actor, found, standing_of(session, actor, found.project_id)
    ):
        raise NotFound("没有找到这份文件，或您无权查看。")
    if document is None:
        raise once_printed(is_due=True).refusal()
    return document


def find_paper(session: Session, document_id: str) -> Paper | None:
    """A paper as a line of a page, whoever asks; for pages that have asked their own policy."""
    found = papers_where(session, id=document_id)
    return paper_of(found[0]) if found else None


def paper_of(document: PaperLine, *, opened: bool = True) -> Paper:
    """A paper as pages draw it."""
    return Paper(
        name=document.title,
        kind=document.kind.label,
        size=document.size,
        digest=document.sha256,
        href=document_path(document.id),
        at=document.created_at,
        by=document.by or "",
        note=reception_of(document.outcome, document.notes, document.original_sha256).words,
        original=document.original_sha256 or "",
        content=document.content_sha256 or "",
        sealed=document.kind in SEALED_KINDS and not opened,
        due=not document.sha256,
    )
