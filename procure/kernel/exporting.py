"""What pages of every kind have to say to the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from procure.kernel.events import Event

FORMAT_WORDS = {"csv": "CSV", "xlsx": "Excel"}


@dataclass(frozen=True, kw_only=True)
class ListExported(Event):
    """A signed-in person took a whole list away; `sha256` is the digest of the file."""

    label: ClassVar[str] = "导出列表"

    list_name: str
    file_format: str
    sha256: str
    size: int

    @property
    def stream(self) -> str:
        return f"account:{self.subject_id}"

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        kind = FORMAT_WORDS[data["file_format"]]
        return f"{data['list_name']}（{kind}），校验码 {data['sha256'][:12]}"
