"""Verbs of papers: print, file what was rendered, file what was uploaded."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NotRequired, TypedDict, Unpack

from procure.kernel.errors import Invalid
from procure.kernel.text import shortened
from procure.kernel.uploads import AS_IT_CAME, PDF, Outcome, Reception
from procure.registers.documents.events import DocumentFiled
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind, StagedFile
from procure.registers.documents.staging import drop_staged, find_waiting
from procure.registers.documents.storage import file_store
from procure.render.documents import RenderedDocument, snapshot_of
from procure.render.pdf import render_pdf
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


def print_paper(uow: UnitOfWork, template: str, data: Mapping[str, Any]) -> RenderedDocument:
    """Print the paper of an act, not while the act holds its rows.

    Raises Invalid naming the field that cannot be printed, PaperTooLarge.
    """
    return uow.prepared((template, snapshot_of(data)), partial(render_pdf, template, data))


def file_rendered(
    uow: UnitOfWork,
    rendered: RenderedDocument,
    *,
    filename: str,
    **about: Unpack[About],
) -> Document:
    """Put a printed paper on file with its template and the data it was printed from.

    Its bytes are kept before the row, so that no row ever points at nothing. Raises Invalid for an
    empty title; one that is too long is shortened, since the platform makes it.
    """
    document = _document(uow, **about)
    document.filename = filename
    document.media_type = PDF
    document.size = len(rendered.content)
    document.sha256 = file_store().put(rendered.content)
    document.template = f"{rendered.template}@{rendered.version}"
    document.snapshot = json.loads(rendered.snapshot)
    return _file(uow, document, rendered.template_sha256, rendered.pages)


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
    title = about["title"].strip()
    if not title:
        raise Invalid("title", "文件名称要填写。")
    if about["audience"] is DocumentAudience.OWNER and about.get("owner_id") is None:
        raise ValueError("a paper for its owner only needs an owner")
    kept = {**about, "title": shortened(title, TITLE_LENGTH)}
    return Document(
        template="",
        snapshot=None,
        outcome=Outcome.TAKEN.value,
        created_by=uow.actor.user_id,
        created_at=uow.now,
        **kept,
    )


def _file(
    uow: UnitOfWork, document: Document, template_sha256: str = "", pages: int = 0
) -> Document:
    uow.session.add(document)
    uow.emit(
        DocumentFiled.of(
            document,
            kind_words=document.kind.label,
            owner_id=document.owner_id,
            template=document.template,
            outcome=document.outcome,
            template_sha256=template_sha256,
            pages=pages,
            notes=tuple(document.notes or ()),
            original_sha256=document.original_sha256 or "",
        )
    )
    return document
