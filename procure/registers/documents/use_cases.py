"""Verbs of papers: order and print them, file what was uploaded."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NotRequired, TypedDict, Unpack

from sqlalchemy.orm import Session

from procure.kernel.access import SYSTEM_ACTOR
from procure.kernel.clock import Clock, FixedClock
from procure.kernel.errors import Invalid
from procure.kernel.text import shortened
from procure.kernel.uploads import AS_IT_CAME, PDF, Outcome, Reception
from procure.registers.documents.events import DocumentFiled, PaperOrdered
from procure.registers.documents.models import (
    Document,
    DocumentAudience,
    DocumentKind,
    PaperOrder,
    StagedFile,
)
from procure.registers.documents.staging import drop_staged, find_waiting
from procure.registers.documents.storage import file_store
from procure.registers.projects.models import Project
from procure.render.documents import RenderedDocument, digest_of_data, load_template
from procure.render.pdf import check_paper, render_pdf
from procure.store.holding import hold
from procure.store.unit_of_work import UnitOfWork

TITLE_LENGTH = 200


class About(TypedDict):
    """What a paper is and for whom, however its bytes came about; `owner_id` is the organisation
    whose own it is.
    """

    project_id: str
    subject_id: str
    kind: DocumentKind
    title: str
    audience: DocumentAudience
    owner_id: NotRequired[str | None]


def order_paper(
    uow: UnitOfWork,
    template: str,
    data: Mapping[str, Any],
    *,
    filename: str,
    **about: Unpack[About],
) -> PaperOrder:
    """Order the paper of an act, which is printed once the act is committed (`print_ordered`).

    What it will say is settled here, and told by its digest. Raises Invalid naming the field that
    cannot be printed, PaperTooLarge.
    """
    chosen = load_template(template)
    check_paper(chosen, data)
    order = PaperOrder(
        template=chosen.reference,
        template_sha256=chosen.sha256,
        snapshot=dict(data),
        snapshot_sha256=digest_of_data(data),
        filename=filename,
        ordered_by=uow.actor.user_id,
        ordered_at=uow.now,
        **_checked(about),
    )
    uow.session.add(order)
    uow.emit(PaperOrdered.of(order, kind_words=order.kind.label, owner_id=order.owner_id))
    clock = FixedClock(uow.now)
    uow.after_commit(partial(print_ordered, uow.session, clock, order.id))
    return order


def print_ordered(session: Session, clock: Clock, order_id: str) -> None:
    """Print a paper that was ordered and put it on file; once, however often and by how many it is
    asked. Nothing is held while it is printed.

    Raises whatever kept it from being printed: it stays ordered, and is asked for again.
    """
    order = session.get_one(PaperOrder, order_id)
    template, data, project_id = order.template, order.snapshot, order.project_id
    ordered = order.template_sha256, order.snapshot_sha256
    session.rollback()
    printed = render_pdf(template, data)
    if (printed.template_sha256, digest_of_data(data)) != ordered:
        raise RuntimeError(f"{template}: printed is not what was ordered ({order_id})")
    with UnitOfWork(session, SYSTEM_ACTOR, clock) as uow:
        # An order cannot be held, since nothing ever changes it: its case is.
        hold(session, Project, project_id)
        if session.get(Document, order_id) is None:
            _file_printed(uow, session.get_one(PaperOrder, order_id), printed)


def _file_printed(uow: UnitOfWork, order: PaperOrder, printed: RenderedDocument) -> None:
    """The system files it for whoever ordered it. The bytes are kept before the row, so that no row
    ever points at nothing.
    """
    document = Document(
        id=order.id,
        filename=order.filename,
        media_type=PDF,
        size=len(printed.content),
        sha256=file_store().put(printed.content),
        template=order.template,
        snapshot=order.snapshot,
        outcome=Outcome.TAKEN.value,
        created_by=order.ordered_by,
        created_at=uow.now,
        **{name: getattr(order, name) for name in About.__annotations__},
    )
    _file(
        uow,
        document,
        template_sha256=order.template_sha256,
        snapshot_sha256=order.snapshot_sha256,
        pages=printed.pages,
    )


def file_upload(
    uow: UnitOfWork,
    token: str,
    *,
    uploader: str | None = None,
    **about: Unpack[About],
) -> Document:
    """Put a waiting upload on file and take it out of staging.

    `uploader` is whose upload it is, the actor's when left out. Raises Invalid when the token
    names no upload of that person (any more). What it holds was judged when it was uploaded.
    """
    store = file_store()
    waiting = find_waiting(uow.session, store, token, uploader or uow.actor.user_id)
    if waiting is None:
        raise Invalid(
            "file", "上传的文件已经不在暂存区。", remedy="请重新选择这个文件，再提交一次。"
        )
    filed = file_content(
        uow,
        waiting.open().read(),
        waiting.filename,
        waiting.media_type,
        reception=waiting.reception,
        **about,
    )
    drop_staged(uow, uow.session.get_one(StagedFile, token))
    return filed


def file_evidence(
    uow: UnitOfWork,
    tokens: Sequence[str],
    *,
    project_id: str,
    subject_id: str,
    supplier_id: str | None,
    title: str,
    kind: DocumentKind = DocumentKind.DELIVERY_EVIDENCE,
) -> tuple[str, ...]:
    """Put on file what is handed in with a report or a proposal, numbered after the title; the
    digests. `supplier_id` is None where the buyer hands it in.

    Raises Invalid as `file_upload` does.
    """
    return tuple(
        file_upload(
            uow,
            token,
            project_id=project_id,
            subject_id=subject_id,
            kind=kind,
            title=f"{title} {number}",
            audience=DocumentAudience.PARTIES,
            owner_id=supplier_id,
        ).sha256
        for number, token in enumerate(tokens, start=1)
    )


def file_content(
    uow: UnitOfWork,
    content: bytes,
    filename: str,
    media_type: str,
    *,
    reception: Reception = AS_IT_CAME,
    **about: Unpack[About],
) -> Document:
    """Put bytes on file that were judged before: an upload's, or what a bid's envelope held."""
    document = _document(uow, **about)
    document.filename = filename
    document.media_type = media_type
    document.reception = reception
    document.size = len(content)
    document.sha256 = file_store().put(content)
    return _file(uow, document)


def _document(uow: UnitOfWork, **about: Unpack[About]) -> Document:
    return Document(
        template="",
        snapshot=None,
        outcome=Outcome.TAKEN.value,
        created_by=uow.actor.user_id,
        created_at=uow.now,
        **_checked(about),
    )


def _checked(about: About) -> dict[str, Any]:
    """The same with its title as it is kept: one that is too long is shortened, since the platform
    makes it. Raises Invalid for an empty one.
    """
    title = about["title"].strip()
    if not title:
        raise Invalid("title", "文件名称要填写。")
    if about["audience"] is DocumentAudience.OWNER and about.get("owner_id") is None:
        raise ValueError("a paper for its owner only needs an owner")
    return {**about, "title": shortened(title, TITLE_LENGTH)}


def _file(uow: UnitOfWork, document: Document, **printed: Any) -> Document:
    uow.session.add(document)
    uow.emit(
        DocumentFiled.of(
            document,
            kind_words=document.kind.label,
            owner_id=document.owner_id,
            template=document.template,
            outcome=document.outcome,
            notes=tuple(document.notes or ()),
            original_sha256=document.original_sha256 or "",
            **printed,
        )
    )
    return document
