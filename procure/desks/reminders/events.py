"""What the trail hears of letters: only those that law wants written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from procure.kernel.events import Event
from procure.stages.tenders.events import stream_of_taker


@dataclass(frozen=True, kw_only=True)
class SupplierTold(Event):
    """A supplier who took the document was written to how the purchase ended, and in what words:
    that it was given up, that nobody won, or what became of its own bid.

    It stands in the chain of its taking, whose `subject_id` it has, and nowhere else: how many were
    written to, and who, stays what it was (政府采购货物和服务招标投标管理办法 art 28). `messages` are
    the letters, one to each of its people who prepare bids; none where it has nobody left.
    """

    label: ClassVar[str] = "书面告知供应商"

    tender_id: str
    supplier_name: str
    notice: str
    words: str
    messages: tuple[str, ...]

    @property
    def stream(self) -> str:
        return stream_of_taker(self.subject_id)

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        count = len(data["messages"])
        sent = f"发出 {count} 封" if count else "该单位没有可送达的人员"
        return f"{data['supplier_name']}，依据 {data['notice']}，{sent}"
