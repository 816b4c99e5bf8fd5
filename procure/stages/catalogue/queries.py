"""What can be read of the catalogue: published editions by everybody, drafts by the keeper."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.errors import NotFound
from procure.kernel.lifecycle import CatalogueItemState
from procure.kernel.paging import Page, PageRequest
from procure.kernel.vocabulary import BuyMode
from procure.stages.catalogue.models import CatalogueClass, CatalogueIndicator, CatalogueItem
from procure.store.search import says

SORTS = ("code", "name", "class", "published")
FILTERS = ("class", "state")

_SORT_COLUMNS: dict[str, Any] = {
    "code": CatalogueItem.code,
    "name": CatalogueItem.name,
    "class": CatalogueItem.class_code,
    "published": CatalogueItem.published_at,
}


@dataclass(frozen=True)
class ItemRow:
    """A line of the catalogue."""

    id: str
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


def list_items(session: Session, actor: Actor, request: PageRequest) -> Page[ItemRow]:
    """One page of the catalogue; two statements whatever the size."""
    narrowed = _narrowed(actor, request)
    total = session.scalar(select(func.count()).select_from(CatalogueItem).where(*narrowed))
    query = _rows(narrowed, request).offset(request.offset).limit(request.size)
    return Page([ItemRow(*row) for row in session.execute(query)], total or 0, request)


def export_items(session: Session, actor: Actor, request: PageRequest) -> Iterator[ItemRow]:
    """The whole list with the filters of the page, for a file."""
    query = _rows(_narrowed(actor, request), request).execution_options(yield_per=1000)
    for row in session.execute(query):
        yield ItemRow(*row)


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
    return session.scalars(
        select(CatalogueIndicator)
        .where(CatalogueIndicator.item_id == item_id)
        .order_by(CatalogueIndicator.position)
    ).all()


def editions_of(session: Session, actor: Actor, code: str) -> Sequence[CatalogueItem]:
    """All editions of an item that the actor may read, newest first."""
    return session.scalars(
        select(CatalogueItem)
        .where(CatalogueItem.code == code, readable_by(actor))
        .order_by(CatalogueItem.edition.desc())
    ).all()


def _narrowed(actor: Actor, request: PageRequest) -> list[ColumnElement[bool]]:
    state = request.filters.get("state") or CatalogueItemState.PUBLISHED.value
    conditions = [readable_by(actor)]
    if state in set(CatalogueItemState):
        conditions.append(CatalogueItem.state == CatalogueItemState(state))
    if request.filters.get("class"):
        conditions.append(CatalogueItem.class_code == request.filters["class"])
    if request.search:
        conditions.append(says(request.search, CatalogueItem.name, CatalogueItem.code))
    return conditions


def _rows(
    conditions: Sequence[ColumnElement[bool]], request: PageRequest
) -> Select[*tuple[Any, ...]]:
    column = _SORT_COLUMNS[request.sort or "code"]
    return (
        select(
            CatalogueItem.id,
            CatalogueItem.code,
            CatalogueItem.edition,
            CatalogueItem.name,
            CatalogueClass.name,
            CatalogueItem.unit,
            CatalogueItem.mode,
            CatalogueItem.state,
            CatalogueItem.published_at,
        )
        .join(CatalogueClass, CatalogueClass.code == CatalogueItem.class_code)
        .where(*conditions)
        .order_by(
            column.desc() if request.descending else column.asc(),
            CatalogueItem.code,
            CatalogueItem.edition.desc(),
        )
    )
