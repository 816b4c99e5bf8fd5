"""What pages of every kind have to say to the record."""

from typing import ClassVar

from procure.kernel.events import Event
from procure.kernel.phrases import Labels

FORMAT_WORDS = {"csv": "CSV", "xlsx": "Excel"}


class ListExported(Event):
    """A signed-in person took a whole list away; `sha256` is the digest of the file."""

    label: ClassVar[str] = "导出列表"
    says: ClassVar[str] = "{list_name}（{file_format:label}），校验码 {sha256:12}"
    labels: ClassVar[Labels] = {"file_format": FORMAT_WORDS}

    list_name: str
    file_format: str
    sha256: str
    size: int

    @property
    def stream(self) -> str:
        return f"account:{self.subject_id}"
