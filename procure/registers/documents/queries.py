"""What can be read of papers, each reader seeing only those meant for him."""

from collections.abc import Callable, Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from procure.kernel.access import Actor
from procure.kernel.errors import NotFound
from procure.kernel.lifecycle import Stage
from procure.registers.accounts.models import User
from procure.registers.documents.audiences import (
    SEALED_KINDS,
    PanelSeat,
    Standing,
    is_readable,
)
from procure.registers.documents.models import DOCUMENT_KIND_LABELS, Document
from procure.registers.projects.models import Project, StageEntry
from procure.registers.projects.queries import buyers_in_view, parts_of
from procure.web.presenters import Paper

PanelCheck = Callable[[Session, Actor, str], PanelSeat]


class _Panel:
    check: PanelCheck | None = None


def ask_panel_with(check: PanelCheck) -> None:
    """Say how to learn how an actor sits on a project's review panel.

    Panels live downstream of papers; the composition root names the query once at start. Before
    that nobody counts as sitting on a panel.
    """
    _Panel.check = check


def seat_of(session: Session, actor: Actor, project_id: str) -> PanelSeat:
    """The actor's seat on the panel of the project's newest opened tender."""
    if not actor.is_signed_in or _Panel.check is None:
        return PanelSeat.NONE
    return _Panel.check(session, actor, project_id)


def standing_of(session: Session, actor: Actor, project_id: str) -> Standing:
    """How the actor stands to a case; at most four statements."""
    seen = session.scalar(
        select(Project.id).where(Project.id == project_id, buyers_in_view(actor, Project.buyer_id))
    )
    entered = frozenset(
        session.scalars(select(StageEntry.stage).where(StageEntry.project_id == project_id))
    )
    seat = seat_of(session, actor, project_id)
    return Standing(
        parts=parts_of(session, actor, project_id) if actor.organisation_id else frozenset(),
        in_view=seen is not None,
        opened=Stage.AWARD in entered,
        announced=Stage.CONTRACT in entered,
        on_panel=seat in (PanelSeat.JUDGING, PanelSeat.INFORMED),
        seat=seat,
    )


def papers_of(
    session: Session,
    actor: Actor,
    *,
    project_id: str,
    subject_ids: Collection[str] | None = None,
) -> list[Paper]:
    """The papers of a case, or of some subjects of it, that the actor may read, oldest first."""
    query = (
        select(Document, User.name)
        .outerjoin(User, User.id == Document.created_by)
        .where(Document.project_id == project_id)
        .order_by(Document.created_at, Document.id)
    )
    if subject_ids is not None:
        query = query.where(Document.subject_id.in_(subject_ids))
    standing = standing_of(session, actor, project_id)
    return [
        paper_of(document, by=name or "", opened=standing.opened)
        for document, name in session.execute(query)
        if is_readable(actor, document, standing)
    ]


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


def paper_of(document: Document, *, by: str = "", opened: bool = True) -> Paper:
    """A paper as pages draw it."""
    return Paper(
        name=document.title,
        kind=DOCUMENT_KIND_LABELS[document.kind],
        size=document.size,
        digest=document.sha256,
        href=f"/documents/{document.id}",
        at=document.created_at,
        by=by,
        sealed=document.kind in SEALED_KINDS and not opened,
    )
