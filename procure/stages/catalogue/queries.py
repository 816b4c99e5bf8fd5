"""What can be read of the catalogue: published editions by everybody, drafts by the keeper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.errors import NotFound
from procure.kernel.lifecycle import CatalogueItemState
from procure.kernel.vocabulary import BuyMode
from procure.stages.catalogue.models import CatalogueClass, CatalogueIndicator, CatalogueItem
from procure.store.lists import Source, equal
from procure.store.rows import in_order


@dataclass(frozen=True)
class ItemRow:
    """A line of the catalogue."""

    code: str
    edition: int
    name: str
    class_name: str
    unit: str
    mode: BuyMode
    state: CatalogueItemState
    published_at: datetime | None


@dataclass(frozen=True)
class ItemDossier:
    """One edition with its class, indicators and sister editions."""

    item: CatalogueItem
    class_name: str
    indicators: tuple[CatalogueIndicator, ...]
    editions: tuple[CatalogueItem, ...]

    @property
    def has_draft(self) -> bool:
        """Whether a new edition is being written."""
        return any(one.state is CatalogueItemState.DRAFT for one in self.editions)

    @property
    def current(self) -> CatalogueItem | None:
        """The published edition, if there is one."""
        return next((e for e in self.editions if e.state is CatalogueItemState.PUBLISHED), None)


def readable_by(actor: Actor) -> ColumnElement[bool]:
    """Condition on CatalogueItem: drafts are the keeper's."""
    if actor.may(Permission.CATALOGUE_KEEP):
        return CatalogueItem.id.is_not(None)
    return CatalogueItem.state != CatalogueItemState.DRAFT


def classes(session: Session) -> Sequence[CatalogueClass]:
    """The first-level classes by code."""
    return session.scalars(select(CatalogueClass).order_by(CatalogueClass.code)).all()


def items_in_view(actor: Actor) -> Source[ItemRow]:
    """The editions of the catalogue that the actor may read, those in use unless asked otherwise."""
    item = CatalogueItem
    return Source(
        lines=select(
            item.code,
            item.edition,
            item.name,
            CatalogueClass.name,
            item.unit,
            item.mode,
            item.state,
            item.published_at,
        )
        .join(CatalogueClass, CatalogueClass.code == item.class_code)
        .where(readable_by(actor)),
        line=ItemRow,
        ident=item.id,
        first="code",
        sorts={
            "code": (item.code, item.edition),
            "name": item.name,
            "class": item.class_code,
            "published": item.published_at,
        },
        filters={
            "class": equal(item.class_code),
            "state": lambda state: item.state == (state or CatalogueItemState.PUBLISHED),
        },
        search=(item.name, item.code),
    )


def get_item(session: Session, actor: Actor, item_id: str) -> CatalogueItem:
    """The edition of that id; NotFound when there is none or it is another's draft."""
    item = session.scalars(
        select(CatalogueItem).where(CatalogueItem.id == item_id, readable_by(actor))
    ).one_or_none()
    if item is None:
        raise NotFound("没有找到这个目录条目。")
    return item


def get_edition(
    session: Session, actor: Actor, code: str, edition: int | None = None
) -> CatalogueItem:
    """The edition of an item, by default the one in use, else the newest; NotFound when hidden."""
    editions = editions_of(session, actor, code)
    wanted = [one for one in editions if edition in (None, one.edition)]
    in_use = [one for one in wanted if one.state is CatalogueItemState.PUBLISHED]
    if not wanted:
        raise NotFound("没有找到这个目录条目。")
    return (in_use or wanted)[0]


def get_item_dossier(session: Session, actor: Actor, item: CatalogueItem) -> ItemDossier:
    """An edition with all that its page shows; three statements."""
    return ItemDossier(
        item,
        session.scalars(
            select(CatalogueClass.name).where(CatalogueClass.code == item.class_code)
        ).one(),
        tuple(indicators_of(session, item.id)),
        tuple(editions_of(session, actor, item.code)),
    )


def find_published(session: Session, code: str) -> CatalogueItem | None:
    """The edition of an item in use now, None when it has none."""
    return session.scalars(
        select(CatalogueItem).where(
            CatalogueItem.code == code, CatalogueItem.state == CatalogueItemState.PUBLISHED
        )
    ).one_or_none()


def published_items(session: Session) -> Sequence[CatalogueItem]:
    """All editions in use, by code: what a plan may name."""
    return session.scalars(
        select(CatalogueItem)
        .where(CatalogueItem.state == CatalogueItemState.PUBLISHED)
        .order_by(CatalogueItem.code)
    ).all()


def indicators_of(session: Session, item_id: str) -> Sequence[CatalogueIndicator]:
    """The indicators of an edition in their order."""
    return in_order(session, CatalogueIndicator, CatalogueIndicator.item_id == item_id)


def editions_of(session: Session, actor: Actor, code: str) -> Sequence[CatalogueItem]:
    """All editions of an item that the actor may read, newest first."""
    return session.scalars(
        select(CatalogueItem)
        .where(CatalogueItem.code == code, readable_by(actor))
        .order_by(CatalogueItem.edition.desc())
    ).all()
