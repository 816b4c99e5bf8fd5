"""What can be done with a bid and at the opening, by whom and where."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procure.kernel.access import Permission
from procure.kernel.errors import Verdict
from procure.kernel.lifecycle import BidState
from procure.kernel.methods import words_of
from procure.stages.bids import policies
from procure.stages.bids.models import Bid
from procure.stages.bids.policies import Bidder
from procure.stages.tenders.models import Tender
from procure.web.step_table import Facts, StepOf


@dataclass(frozen=True, kw_only=True)
class BidFacts(Facts):
    """The own bid for one reader, before and after it has begun; `unsent` says in words what lies
    sealed where the draft is newer. Without a `bidder` only the time is asked.
    """

    tender: Tender
    existing: Bid | None
    bidder: Bidder | None
    now: datetime
    unsent: str = ""

    @property
    def bid(self) -> Bid:
        """The bid that was begun."""
        assert self.existing is not None
        return self.existing

    def verdict(self, asked: Callable[[Bidder], Verdict]) -> Verdict:
        """What is asked of the bidder, or whether bids are taken at all."""
        if self.bidder is not None:
            return asked(self.bidder)
        return policies.is_receiving(self.tender, self.now)


@dataclass(frozen=True, kw_only=True)
class OpeningFacts(Facts):
    """An opening for one reader; `damaged` says that envelopes wait for a second person's word."""

    tender: Tender
    now: datetime
    damaged: bool = False

    @property
    def is_due(self) -> bool:
        """Whether the deadline has come."""
        return self.tender.deadline_at is not None and self.now >= self.tender.deadline_at


def _is_unsent(it: BidFacts) -> bool:
    return it.state in (BidState.DRAFT, BidState.WITHDRAWN)


def _waiting(it: BidFacts) -> str:
    if _is_unsent(it):
        return "投标文件等您填写、核对并提交"
    return "标书已封存，修改的内容等您提交" if it.unsent else ""


def _opening(it: OpeningFacts) -> str:
    words = words_of(it.tender.method)
    return f"{words.deadline}时间已到，等您{words.opening}" if it.is_due else ""


# fmt: off
BID_STEPS: tuple[StepOf[BidFacts], ...] = (
    StepOf("save_bid", "bids.start",
        lambda it: it.verdict(lambda who: policies.may_start_bid(it.actor, it.tender, who, it.now)),
        todo="采购文件已领取，可以编制投标文件", begins="bids.show", label="参加投标"),
    StepOf("submit_bid", "bids.submit",
        lambda it: it.verdict(lambda who: policies.may_submit_bid(it.actor, it.bid, it.tender, who, it.now)),
        todo=_waiting, begins="bids.show", label="核对并提交标书", when=lambda it: bool(it.unsent)),
    StepOf("edit_bid", "bids.edit",
        lambda it: it.verdict(lambda who: policies.may_edit_bid(it.actor, it.bid, it.tender, who, it.now)),
        todo=_waiting, begins="bids.show", label=lambda it: "继续编制投标文件" if _is_unsent(it) else "查看或修改投标文件"),
)

OPENING_STEPS: tuple[StepOf[OpeningFacts], ...] = (
    StepOf("open_bids", "bid_openings.open_bids",
        lambda it: policies.may_open_bids(it.actor, it.tender, it.case, it.now), todo=_opening,
        label=lambda it: words_of(it.tender.method).opening, stays=True),
    StepOf("confirm_damage", "bid_openings.confirm_damage", todo="开标时发现密封件损坏或者找不到，标书没有打开，等您核实", when=lambda it: it.damaged, usual=False),
)

OBJECTIONS: StepOf[OpeningFacts] = StepOf("", "bid_openings.record_objections", label="登记异议和答复", office=Permission.BIDS_OPEN)

STEPS: tuple[StepOf[Any], ...] = (
    *BID_STEPS,
    StepOf[BidFacts]("withdraw_bid", "bids.withdraw"),
    *OPENING_STEPS,
    OBJECTIONS,
)
