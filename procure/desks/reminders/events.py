"""What the trail hears of letters: only those that law wants written."""

from typing import ClassVar

from procure.kernel.events import Event
from procure.stages.tenders.events import stream_of_taker


class SupplierTold(Event):
    """A supplier who took the document was written to how the purchase ended, and in what words:
    that it was given up, that nobody won, or what became of its own bid.

    It stands in the chain of its taking, whose `subject_id` it has, and nowhere else: how many were
    written to, and who, stays what it was (政府采购货物和服务招标投标管理办法 art 28). `messages` are
    the letters, one to each of its people who prepare bids; none where it has nobody left.
    """

    label: ClassVar[str] = "书面告知供应商"
    says: ClassVar[str] = (
        "{supplier_name}，依据 {notice}，[发出 {messages:count} 封|该单位没有可送达的人员]"
    )

    tender_id: str
    supplier_name: str
    notice: str
    words: str
    messages: tuple[str, ...]

    @property
    def stream(self) -> str:
        return stream_of_taker(self.subject_id)
