"""What happens to public notices: they are published, and that is all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from procure.kernel.events import ProjectEvent, told_day
from procure.kernel.vocabulary import NOTICE_LABELS, NoticeKind


@dataclass(frozen=True, kw_only=True)
class NoticePublished(ProjectEvent):
    """A notice went public; `sha256` is the digest of its text."""

    label: ClassVar[str] = "公告上网"
    minor: ClassVar[bool] = True

    number: str
    kind: NoticeKind
    title: str
    period_until: date | None
    sha256: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        until = f"，公告期限至 {told_day(data['period_until'])}" if data["period_until"] else ""
        return f"{NOTICE_LABELS[NoticeKind(data['kind'])]} {data['number']}{until}"
