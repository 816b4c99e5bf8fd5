"""Verbs of the catalogue: load what ships, draft, edit, publish, retire."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, func, select

from procure.kernel.commands import Command
from procure.kernel.errors import REOPEN, Conflict, Invalid
from procure.kernel.events import canonical, plain
from procure.kernel.lifecycle import CatalogueItemState, advance
from procure.kernel.records import read_as, read_each
from procure.kernel.text import require_text
from procure.stages.catalogue import policies, queries
from procure.stages.catalogue.events import (
    CatalogueClassAdded,
    CatalogueItemDrafted,
    CatalogueItemEdited,
    CatalogueItemPublished,
    CatalogueItemRetired,
)
from procure.stages.catalogue.models import CatalogueClass, CatalogueIndicator, CatalogueItem
from procure.stages.catalogue.shipped import IndicatorData, ItemData, read_shipped
from procure.store.holding import hold, moved, take_up
from procure.store.unit_of_work import UnitOfWork, explain_constraint, request_of

explain_constraint(
    "uq_catalogue_item_code_edition", "code", f"这个条目的同一版刚刚已由其他人建立，{REOPEN}。"
)


class DraftItem(Command):
    """Begin an item that the catalogue does not have yet."""

    content: ItemData
    key: str = ""


class ReviseItem(Command):
    """Begin a new edition of an item, with the content of the edition named."""

    item_id: str


class EditItem(Command):
    """Replace the content of a draft."""

    item_id: str
    version: int
    content: ItemData


class PublishItem(Command):
    """Let buyers plan with this edition from now on."""

    item_id: str
    version: int


class RetireItem(Command):
    """Take an edition out of use."""

    item_id: str
    version: int
    reason: str


def load_shipped_catalogue(uow: UnitOfWork) -> int:
    """Take in the shipped classes and items that the catalogue lacks; how many items were added.

    Doing it again changes nothing: an item whose code is known, in whatever edition, is left alone.
    """
    known_classes = set(uow.session.scalars(select(CatalogueClass.code)))
    known_items = set(uow.session.scalars(select(CatalogueItem.code)))
    added = 0
    for told in read_shipped():
        if told.code not in known_classes:
            uow.session.add(
                CatalogueClass(code=told.code, name=told.name, description=told.description)
            )
            uow.emit(CatalogueClassAdded(subject_id=told.code, code=told.code, title=told.name))
        for content in told.items:
            if content.code not in known_items:
                item = draft_item(uow, DraftItem(content))
                publish_item(uow, PublishItem(item.id, item.version))
                added += 1
    return added


def draft_item(uow: UnitOfWork, command: DraftItem) -> CatalogueItem:
    """Begin an item with its first edition.

    Raises Conflict when the code is taken, Invalid for an unknown class.
    """
    policies.may_keep(uow.actor).require()
    request = request_of("draft_item", command.key, command)
    earlier = uow.earlier_result(request)
    if earlier is not None:
        return queries.get_item(uow.session, uow.actor, earlier)
    content = command.content
    if uow.session.get(CatalogueClass, content.class_code) is None:
        raise Invalid("class_code", "没有这个目录类别。", remedy="请从列出的类别中选择。")
    if queries.editions_of(uow.session, uow.actor, content.code):
        raise Conflict(
            f"编号 {content.code} 已经有条目。",
            remedy="请换一个编号；要修改已有条目，请打开它编制新版。",
        )
    item = _new_edition(uow, content, 1)
    uow.keep_result(request, item.id)
    return item


def revise_item(uow: UnitOfWork, command: ReviseItem) -> CatalogueItem:
    """Begin a new edition; the published one stays in use until the new one is published."""
    item = _held(uow, command.item_id)
    dossier = queries.get_item_dossier(uow.session, uow.actor, item)
    policies.may_revise_item(uow.actor, dossier.item, has_draft=dossier.has_draft).require()
    newest = uow.session.scalar(
        select(func.max(CatalogueItem.edition)).where(CatalogueItem.code == dossier.item.code)
    )
    return _new_edition(uow, content_of(dossier.item, dossier.indicators), (newest or 0) + 1)


def edit_item(uow: UnitOfWork, command: EditItem) -> CatalogueItem:
    """Replace the content of a draft; the code stays."""
    item = _held(uow, command.item_id)
    take_up(item, command, policies.may_edit_item(uow.actor, item))
    before = digest_of(content_of(item, queries.indicators_of(uow.session, item.id)))
    advance("edit_item", item.state)
    for name, said in _columns(command.content).items():
        setattr(item, name, said)
    _replace_indicators(uow, item, command.content.indicators)
    moved(item)
    uow.emit(
        CatalogueItemEdited(
            subject_id=item.id,
            code=item.code,
            edition=item.edition,
            title=item.name,
            before=before,
            digest=digest_of(command.content),
        )
    )
    return item


def publish_item(uow: UnitOfWork, command: PublishItem) -> CatalogueItem:
    """Publish an edition; the one it replaces is retired in the same act.

    Raises Invalid while the standard or the indicators are not whole.
    """
    item = _held(uow, command.item_id)
    take_up(item, command, policies.may_publish_item(uow.actor, item))
    indicators = queries.indicators_of(uow.session, item.id)
    policies.whole(item, indicators).require()
    replaced = queries.find_published(uow.session, item.code)
    if replaced is not None and _is_in_use(uow, replaced):
        _retire(uow, replaced, f"由第 {item.edition} 版代替")
    item.state = advance("publish_item", item.state)
    item.published_at = uow.now
    content = content_of(item, indicators)
    uow.emit(
        CatalogueItemPublished(
            subject_id=item.id,
            code=item.code,
            edition=item.edition,
            title=item.name,
            digest=digest_of(content),
            content=asdict(content),
        )
    )
    return item


def retire_item(uow: UnitOfWork, command: RetireItem) -> CatalogueItem:
    """Take a published edition out of use; projects that named it keep it."""
    item = _held(uow, command.item_id)
    take_up(item, command, policies.may_retire_item(uow.actor, item))
    _retire(uow, item, require_text(command.reason, "reason", "请写明停用的理由。"))
    return item


def content_of(item: CatalogueItem, indicators: Sequence[CatalogueIndicator]) -> ItemData:
    """An edition as plain data."""
    return read_as(ItemData, item, indicators=read_each(IndicatorData, indicators))


def digest_of(content: ItemData) -> str:
    """The SHA-256 of an item's whole content in canonical form."""
    return hashlib.sha256(canonical(plain(asdict(content))).encode()).hexdigest()


def _columns(content: ItemData) -> dict[str, Any]:
    """What an edition says, without its code and its indicators."""
    apart = ("class_code", "code", "indicators")
    return {name: said for name, said in vars(content).items() if name not in apart}


def _held(uow: UnitOfWork, item_id: str) -> CatalogueItem:
    """The edition, held; NotFound when there is none or it is another's draft."""
    known = queries.get_item(uow.session, uow.actor, item_id)
    return hold(uow.session, CatalogueItem, known.id)


def _is_in_use(uow: UnitOfWork, item: CatalogueItem) -> bool:
    """Whether it still is, now that it is held: it may just have been retired."""
    return hold(uow.session, CatalogueItem, item.id).state is CatalogueItemState.PUBLISHED


def _new_edition(uow: UnitOfWork, content: ItemData, edition: int) -> CatalogueItem:
    state = advance("draft_item", None)
    item = CatalogueItem(
        class_code=content.class_code,
        code=content.code,
        edition=edition,
        state=state,
        **_columns(content),
    )
    uow.session.add(item)
    uow.session.flush()
    _replace_indicators(uow, item, content.indicators)
    uow.emit(
        CatalogueItemDrafted(
            subject_id=item.id,
            code=item.code,
            edition=item.edition,
            title=item.name,
            digest=digest_of(content),
        )
    )
    return item


def _replace_indicators(
    uow: UnitOfWork, item: CatalogueItem, indicators: Sequence[IndicatorData]
) -> None:
    uow.session.execute(delete(CatalogueIndicator).where(CatalogueIndicator.item_id == item.id))
    uow.session.add_all(
        CatalogueIndicator(item_id=item.id, position=position, **vars(row))
        for position, row in enumerate(indicators, start=1)
    )
    uow.session.flush()


def _retire(uow: UnitOfWork, item: CatalogueItem, reason: str) -> None:
    item.state = advance("retire_item", item.state)
    item.retired_at = uow.now
    uow.emit(
        CatalogueItemRetired(
            subject_id=item.id,
            code=item.code,
            edition=item.edition,
            title=item.name,
            reason=reason,
        )
    )
