"""Table of public notices."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procure.kernel.methods import method_of_result, told_in
from procure.kernel.vocabulary import NoticeKind
from procure.registers.projects.models import Project
from procure.store.base import AppendOnly, Identified, Model
from procure.store.types import CanonicalJson, one_of


class Notice(Identified, AppendOnly, Model):
    """A notice as published. `sections` is a list of {"title", "rows": [[label, text] …]}."""

    __table_args__ = (
        Index("ix_notice_published", "published_at", "id"),
        Index("ix_notice_kind", "kind", "published_at"),
        Index("ix_notice_project", "project_id", "published_at"),
    )

    number: Mapped[str] = mapped_column(String(50), unique=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    kind: Mapped[NoticeKind] = mapped_column(one_of(NoticeKind, "notice_kind"))
    title: Mapped[str] = mapped_column(String(200))
    sections: Mapped[list[dict[str, object]]] = mapped_column(CanonicalJson)
    published_at: Mapped[datetime]
    period_until: Mapped[date | None]
    period_rule: Mapped[str | None] = mapped_column(String(24))
    """The statutory period it stands for (T02, T23/consultation …); None where there is none, and in
    notices of before it was kept.
    """
    sha256: Mapped[str] = mapped_column(String(64))
    buyer_name: Mapped[str | None] = mapped_column(String(100))
    """What the buyer was called when it published; empty in rows of earlier versions."""

    project: Mapped[Project] = relationship(lazy="raise")

    @property
    def kind_words(self) -> str:
        """What it is, in the words of its way of procuring where its period tells which."""
        method = method_of_result(self.period_rule)
        return self.kind.label if method is None else told_in(method, self.kind.label)

    @property
    def buyer(self) -> str:
        """The buyer as the notice names it, whatever it is called by now."""
        return self.buyer_name or self.project.buyer.name
