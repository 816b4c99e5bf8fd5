"""Table of what can be searched in public: two-character pieces of the text (bigrams)."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from procure.store.base import Model


class SearchEntry(Model):
    """The searchable text of one notice, cut into bigrams (words of Chinese are not spaced)."""

    __tablename__ = "search_entry"

    notice_id: Mapped[str] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    text: Mapped[str] = mapped_column(Text, nullable=False)
    grams: Mapped[str] = mapped_column(Text, nullable=False)
