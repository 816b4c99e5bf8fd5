"""What happens to papers: they are filed, once, and never changed."""

from typing import ClassVar

from procure.kernel.events import Event, ProjectEvent
from procure.kernel.phrases import Each, Labels, Rows
from procure.kernel.uploads import Outcome


class PaperOrdered(ProjectEvent):
    """An act ordered a paper: from which template and which data it will be printed is settled.

    `subject_id` is the id that the paper is filed under.
    """

    label: ClassVar[str] = "文书交付印制"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{kind_words}《{title}》，内容校验码 {snapshot_sha256:12}"

    kind: str
    kind_words: str
    title: str
    filename: str
    audience: str
    owner_id: str | None
    template: str
    template_sha256: str
    snapshot_sha256: str


class DocumentFiled(ProjectEvent):
    """A paper was put on file; `sha256` is the digest of its bytes, size is in bytes.

    A printed paper also names its template, the template's digest, that of the data it was ordered
    with (earlier versions ordered nothing) and its number of pages; an
    upload what became of it, and the digest of the bytes as they came where others are kept.
    """

    label: ClassVar[str] = "文件归档"
    minor: ClassVar[bool] = True
    #: Events of 0.2 and before know nothing of outcomes.
    says: ClassVar[str] = (
        "{kind_words}《{title}》，校验码 {sha256:12}[{notes:if}。{outcome:label}：{notes:each}]"
    )
    labels: ClassVar[Labels] = {"outcome": Outcome.labels()}
    each: ClassVar[Rows] = {"notes": Each("{0}")}

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
    snapshot_sha256: str = ""
    pages: int = 0
    outcome: str = Outcome.TAKEN.value
    notes: tuple[str, ...] = ()
    original_sha256: str = ""


class StoreFaultFound(Event):
    """The store of files did not do its work: `fault` is of StoreFault, the subject the digest of
    the file that is missing or altered, or the store itself.
    """

    label: ClassVar[str] = "文件存放处故障"
    says: ClassVar[str] = "{fault_words}"
    fault: str
    fault_words: str

    @property
    def stream(self) -> str:
        return "files"
