"""What can be read of papers, each reader seeing only those meant for them."""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from procure.kernel.access import Actor
from procure.kernel.case_lines import Paper
from procure.kernel.errors import NotFound
from procure.kernel.lifecycle import Stage
from procure.kernel.paths import document_path
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
    reception_of,
)
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
        for paper in _lines_of(session, project_id)
        if subject_ids is None or paper.subject_id in subject_ids
    ]
    if not kept:
        return []
    standing = standing_of(session, actor, project_id)
    return [
        paper_of(paper, by=paper.by or "", opened=standing.opened)
        for paper in kept
        if is_readable(actor, paper, standing)
    ]


@once
def _lines_of(session: Session, project_id: str) -> Sequence[PaperLine]:
    """All the papers of a case, whoever may read them, oldest first."""
    paper = Document.__table__
    found = session.execute(
        select(
            *paper.c["id", "subject_id", "kind", "title", "size", "sha256"],
            *paper.c["audience", "owner_id", "created_at"],
            User.__table__.c.name.label("by"),
            *paper.c["outcome", "notes", "original_sha256"],
        )
        .outerjoin(User.__table__, User.__table__.c.id == paper.c.created_by)
        .where(paper.c.project_id == project_id)
        .order_by(paper.c.created_at, paper.c.id)
    )
    return [PaperLine._make(row) for row in found]


def get_document(session: Session, actor: Actor, document_id: str) -> Document:
    """The paper of that id; NotFound when there is none or it is not for this actor."""
    document = session.get(Document, document_id)
    if document is None or not is_readable(
        actor, document, standing_of(session, actor, document.project_id)
    ):
        raise NotFound("没有找到这份文件，或您无权查看。")
    return document


def find_paper(session: Session, document_id: str) -> Paper | None:
    """A paper as a line of a page, whoever asks; for pages that have asked their own policy."""
    query = (
        select(Document, User.name)
        .outerjoin(User, User.id == Document.created_by)
        .where(Document.id == document_id)
    )
    found = session.execute(query).first()
    return None if found is None else paper_of(found[0], by=found[1] or "")


def paper_of(document: Document | PaperLine, *, by: str = "", opened: bool = True) -> Paper:
    """A paper as pages draw it."""
    return Paper(
        name=document.title,
        kind=document.kind.label,
        size=document.size,
        digest=document.sha256,
        href=document_path(document.id),
        at=document.created_at,
        by=by,
        note=reception_of(document.outcome, document.notes, document.original_sha256).words,
        original=document.original_sha256 or "",
        sealed=document.kind in SEALED_KINDS and not opened,
    )
