"""Table of what can be searched in public."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from procure.store.base import Model


class SearchEntry(Model):
    """The searchable text of one notice; positions are instants of publication.

    Words of Chinese are not spaced, so the index holds every pair of neighbouring characters: on
    PostgreSQL in `grams`, on SQLite in the full-text table `search_index` under the same position.
    """

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notice.id"), unique=True)
    text: Mapped[str] = mapped_column(Text)
    grams: Mapped[list[str] | None] = mapped_column(
        Text().with_variant(ARRAY(Text), "postgresql"), nullable=True
    )
