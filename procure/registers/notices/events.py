"""What happens to public notices: they are published, and that is all."""

from datetime import date
from typing import ClassVar

from procure.kernel.events import ProjectEvent
from procure.kernel.vocabulary import NoticeKind


class NoticePublished(ProjectEvent):
    """A notice went public; `sha256` is the digest of its text."""

    label: ClassVar[str] = "公告上网"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{kind:label} {number}[，公告期限至 {period_until:day}]"

    number: str
    kind: NoticeKind
    title: str
    period_until: date | None
    sha256: str
