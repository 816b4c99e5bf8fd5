"""What auditors do that others must be able to see: they take packages away."""

from typing import ClassVar

from procure.kernel.events import ProjectEvent


class AuditPackageExported(ProjectEvent):
    """An audit package was made and handed out; `sha256` is the digest of the file.

    The package holds everything up to before this event.
    """

    label: ClassVar[str] = "导出审计包"
    says: ClassVar[str] = (
        "事由：{reason}；事件 {events} 条，数据 {rows} 行，文件 {documents} 份，校验码 {sha256:12}"
    )

    reason: str
    sha256: str
    size: int
    events: int
    rows: int
    documents: int
