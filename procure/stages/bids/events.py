"""What happens to bids: each bid in a chain of its own, the opening in the project's chain.

Before the opening nothing about bids stands in the project's chain, and the chain of a bid names no
project: neither its growth nor its length tells anybody who bids. `BidsOpened` carries the ends of
all bid chains of the tender, and of those of its takers, which ties them to the project's.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from procure.kernel.events import Event, Exposure, ProjectEvent
from procure.kernel.phrases import Each, Labels, Rows

STREAM_PREFIX = "bid:"
SUBMISSION, WITHDRAWAL = "submit_bid", "withdraw_bid"
"""What a bidder may have asked for in time and not got: the actions of the lifecycle."""
LOSS = "open_bid"
"""What did not happen to a bid that was handed in and stored, because the platform lost it."""


def stream_of(bid_id: str) -> str:
    """The chain of a bid."""
    return f"{STREAM_PREFIX}{bid_id}"


ASKED: Final = "[{act:label}|提交投标]"
"""What was asked for; before withdrawals were noted there was one thing only."""
ASKED_LABELS: Final = {
    SUBMISSION: "提交投标",
    WITHDRAWAL: "撤回投标",
    LOSS: "已收到的密封件由平台丢失，没有能够拆封",
}
DAMAGE: Final = Each("回执 {receipt:spoken}，{damage}")


class BidEvent(Event):
    """Something happened to one bid; only its owner sees it before the opening."""

    @property
    def stream(self) -> str:
        return stream_of(self.subject_id)


class BidDrafted(BidEvent):
    """A supplier began a bid for a lot; `draft_sha256` is of the encrypted draft."""

    tender_id: str
    lot_id: str
    supplier_id: str
    draft_sha256: str


class BidEdited(BidEvent):
    """A section of the draft was saved. The digest is of the encrypted draft: that of the plain
    one would let a price be guessed and tried.
    """

    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{section}"

    section: str
    draft_sha256: str


class BidSubmitted(BidEvent):
    """A sealed version was received; the receipt names the place of this event in its chain."""

    says: ClassVar[str] = "第 {number} 版，密文校验码 {sha256:12}"

    tender_id: str
    version_id: str
    number: int
    sha256: str
    size: int
    received_at: datetime
    deadline_at: datetime
    receipt_id: str
    receipt_sha256: str
    signature: str


class EnvelopeReleased(BidEvent):
    """The sealed content of a version that was replaced many times is kept no longer; its receipt
    and digest are.
    """

    label: ClassVar[str] = "不再保存被替换的密封件"
    says: ClassVar[str] = "第 {number} 版，密文校验码 {sha256:12}，回执保留"

    version_id: str
    number: int
    sha256: str


class BidWithdrawn(BidEvent):
    """The bidder took the bid back before the deadline (O87 art 34)."""

    says: ClassVar[str] = "第 {number} 版不再有效[，原因：{reason}]"

    number: int
    reason: str


class BidShutOut(BidEvent):
    """What a bidder asked for before the deadline could not be done before the opening: `act` is
    the submission, or the withdrawal of a bid that was opened all the same; or the opening of a bid
    that the platform lost. `note` is the canonical
    JSON of what the bidder is told, `signature` the platform's of it.
    """

    label: ClassVar[str] = "截止前送达而没有办理"
    says: ClassVar[str] = ASKED + "，说明编号 {note_id:spoken}"
    labels: ClassVar[Labels] = {"act": ASKED_LABELS}

    tender_id: str
    act: str
    note_id: str
    received_at: datetime
    deadline_at: datetime
    opened_at: datetime | None
    draft_sha256: str
    note: str
    signature: str


class ShutOutNoted(ProjectEvent):
    """A bid, or its withdrawal, was in time and not stored before the opening, or a bid was stored
    and lost by the platform; its bidder has a signed note.
    """

    label: ClassVar[str] = "一份截止前送达的投标或者撤回没有办理"
    exposure: ClassVar[Exposure] = Exposure.REVIEW
    says: ClassVar[str] = ASKED + "，已向投标人出具有签名的说明，编号 {note_id:spoken}"
    labels: ClassVar[Labels] = {"act": ASKED_LABELS}

    act: str
    note_id: str
    received_at: datetime
    deadline_at: datetime


class OpeningRefused(ProjectEvent):
    """The bids were to be opened and none was: envelopes could not be read (`away`, by digest), or
    are not what was received (`damaged`). Of those away, `missing` are no longer in a store that is
    otherwise there. It names receipts and digests, no bidder.
    """

    label: ClassVar[str] = "开标没有进行"
    exposure: ClassVar[Exposure] = Exposure.REVIEW
    says: ClassVar[str] = (
        "[{missing:if}{missing:count} 份密封件在平台的文件存放处找不到，标书没有打开，"
        "与投标人无关：{missing:each}"
        "|{is_away:if}平台读不到密封文件，标书没有打开，与投标人无关"
        "|{damaged:count} 份密封件损坏，标书没有打开：{damaged:each}]"
    )
    each: ClassVar[Rows] = {"missing": DAMAGE, "damaged": DAMAGE}

    tried_at: datetime
    is_away: bool
    away: tuple[str, ...]
    damaged: tuple[Mapping[str, Any], ...]
    missing: tuple[Mapping[str, Any], ...] = ()


class DamageConfirmed(ProjectEvent):
    """A second person of the buyer had envelopes recorded as damaged, or as lost by the platform,
    that cannot be restored; `damage` of each says which.
    """

    exposure: ClassVar[Exposure] = Exposure.REVIEW
    says: ClassVar[str] = "{damaged:each}；核实情况：{reason}"
    each: ClassVar[Rows] = {"damaged": DAMAGE}

    damaged: tuple[Mapping[str, Any], ...]
    reason: str


class BidOpened(BidEvent):
    """The newest version was opened, or could not be."""

    says: ClassVar[str] = "第 {number} 版[，未能打开：{damage}|，密封完好]"

    number: int
    sha256: str
    damage: str


class BidsOpened(ProjectEvent):
    """All bids were opened at once. `bids` lists them; `streams` maps every bid chain of the tender,
    withdrawn ones included, to the [seq, hash] of its end before the opening; `takers` does so for
    the chains of those who took the document.
    """

    exposure: ClassVar[Exposure] = Exposure.REVIEW
    says: ClassVar[str] = "共 {bids:count} 家：{bids:each}"
    each: ClassVar[Rows] = {"bids": Each("{supplier_name} [{damage:if}未能打开|{price_fen:money}]")}

    tender_id: str
    deadline_at: datetime
    opened_at: datetime
    recorder: str
    supervisor: str
    objections: str
    bids: tuple[Mapping[str, Any], ...]
    streams: Mapping[str, tuple[int, str]]
    takers: Mapping[str, tuple[int, str]]
    record_id: str
    #: Of the data it is printed from; earlier versions told the digest of the printed record.
    record_snapshot_sha256: str = ""


class ObjectionsRecorded(ProjectEvent):
    """Asked after the opening whether anybody had objected, the clerk answered; `said` has what was
    objected and answered, empty when nothing was.
    """

    label: ClassVar[str] = "登记开标以后的异议和答复"
    exposure: ClassVar[Exposure] = Exposure.REVIEW
    says: ClassVar[str] = "[{said}|没有供应商提出异议]"

    said: str
    record_id: str
    record_snapshot_sha256: str = ""


class TenderFailed(ProjectEvent):
    """Too few bids at the deadline: not opened, the key not released (政府采购法 art 36)."""

    label: ClassVar[str] = "供应商不足，采购活动结束"
    says: ClassVar[str] = "{reason}"

    tender_id: str
    deadline_at: datetime
    needed: int
    received: int
    reason: str
    streams: Mapping[str, tuple[int, str]]
    takers: Mapping[str, tuple[int, str]]
    notice: str
