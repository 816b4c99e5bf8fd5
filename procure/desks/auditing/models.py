"""Table of exports made for auditors."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from procure.store.base import Identified, Model


class AuditExport(Identified, Model):
    """An audit package that was handed out: who took it, why, and the digest of the file."""

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"), index=True)
    exported_by: Mapped[str] = mapped_column(String(64))
    exported_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
