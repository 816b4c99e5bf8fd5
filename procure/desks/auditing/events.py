"""What auditors do that others must be able to see: they take packages away."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from procure.kernel.events import ProjectEvent


@dataclass(frozen=True, kw_only=True)
class AuditPackageExported(ProjectEvent):
    """An audit package was made and handed out; `sha256` is the digest of the file.

    The package holds everything up to before this event.
    """

    label: ClassVar[str] = "导出审计包"

    reason: str
    sha256: str
    size: int
    events: int
    rows: int
    documents: int

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return (
            f"事由：{data['reason']}；事件 {data['events']} 条，数据 {data['rows']} 行，"
            f"文件 {data['documents']} 份，校验码 {data['sha256'][:12]}"
        )
