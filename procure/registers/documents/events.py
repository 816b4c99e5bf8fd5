"""What happens to papers: they are filed, once, and never changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from procure.kernel.events import Event, ProjectEvent
from procure.kernel.uploads import OUTCOME_LABELS, Outcome


@dataclass(frozen=True, kw_only=True)
class DocumentFiled(ProjectEvent):
    """A paper was put on file; `sha256` is the digest of its bytes, size is in bytes.

    A rendered paper also names its template, the template's digest and its number of pages; an
    upload what became of it, and the digest of the bytes as they came where others are kept.
    """

    label: ClassVar[str] = "文件归档"
    minor: ClassVar[bool] = True

    kind: str
    kind_words: str
    title: str
    filename: str
    media_type: str
    size: int
    sha256: str
    audience: str
    owner_id: str | None = None
    template: str = ""
    template_sha256: str = ""
    pages: int = 0
    outcome: str = Outcome.TAKEN.value
    notes: tuple[str, ...] = ()
    original_sha256: str = ""

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        said = f"{data['kind_words']}《{data['title']}》，校验码 {data['sha256'][:12]}"
        # Events of 0.2 and before know nothing of outcomes.
        notes = "；".join(data.get("notes", ()))
        return f"{said}。{OUTCOME_LABELS[Outcome(data['outcome'])]}：{notes}" if notes else said


@dataclass(frozen=True, kw_only=True)
class StoreFaultFound(Event):
    """The store of files did not do its work: `fault` is of StoreFault, the subject the digest of
    the file that is missing or altered, or the store itself.
    """

    label: ClassVar[str] = "文件存放处故障"
    fault: str
    fault_words: str

    @property
    def stream(self) -> str:
        return "files"

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return str(data["fault_words"])
