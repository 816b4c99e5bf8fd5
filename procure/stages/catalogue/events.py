"""What happens in the catalogue: items drafted, edited, published, retired; classes added."""

from collections.abc import Mapping
from typing import Any, ClassVar

from procure.kernel.events import Event, Exposure

STREAM = "catalogue"


class CatalogueEvent(Event):
    """An event of the catalogue; all stand in one chain."""

    exposure: ClassVar[Exposure] = Exposure.PUBLIC

    @property
    def stream(self) -> str:
        return STREAM


class CatalogueClassAdded(CatalogueEvent):
    """A first-level class was taken into the catalogue."""

    label: ClassVar[str] = "设立目录类别"
    says: ClassVar[str] = "{code} {title}"

    code: str
    title: str


class CatalogueItemEvent(CatalogueEvent):
    """Something happened to one edition of an item."""

    says: ClassVar[str] = "{code} {title}（第 {edition} 版）"

    code: str
    edition: int
    title: str


class CatalogueItemDrafted(CatalogueItemEvent):
    """An item, or a new edition of one, was begun; `digest` is that of its whole content."""

    digest: str


class CatalogueItemEdited(CatalogueItemEvent):
    """A draft was changed; `before` and `digest` are the digests of the content."""

    minor: ClassVar[bool] = True

    before: str
    digest: str


class CatalogueItemPublished(CatalogueItemEvent):
    """An edition may be bought from now on; its content is carried whole."""

    digest: str
    content: Mapping[str, Any]


class CatalogueItemRetired(CatalogueItemEvent):
    """An edition may no longer be planned; running projects keep it."""

    says: ClassVar[str] = CatalogueItemEvent.says + "：{reason}"

    reason: str
