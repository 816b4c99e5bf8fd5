"""Three sealed bids, and their opening at the deadline."""

from datetime import timedelta
from typing import Any

from procure.demonstration.steps.tendering import tender_of
from procure.demonstration.walk import Walk
from procure.kernel.lifecycle import Stage
from procure.kernel.money import Money
from procure.kernel.workdays import CHINA
from procure.stages.bids.content import STATEMENTS
from procure.stages.bids.models import Bid
from procure.stages.bids.use_cases.draft import (
    SaveOffer,
    SaveProposal,
    SaveStatements,
    SaveTeam,
    save_offer,
    save_proposal,
    save_statements,
    save_team,
    start_bid,
)
from procure.stages.bids.use_cases.opening import OpenBids, open_bids
from procure.stages.bids.use_cases.submit import SubmitBid, submit_bid


def first_bids(walk: Walk) -> None:
    """Two suppliers hand in early; the third keeps a draft."""
    walk.workdays_later(3, 14)
    for told in walk.told["bids"][1:]:
        _write(walk, told)
        _submit(walk, told)


def last_bid(walk: Walk) -> None:
    """The third hands in the afternoon before the deadline."""
    eve = CHINA.previous_workday(walk.made["deadline"] - timedelta(days=1))
    walk.on(eve, 16)
    _write(walk, walk.told["bids"][0])
    _submit(walk, walk.told["bids"][0])


def open_all(walk: Walk) -> None:
    """At the deadline the clerk opens what is sealed."""
    walk.on(walk.made["deadline"], 9, 30)
    with walk.as_("jingban") as uow:
        tender = tender_of(walk)
        open_bids(uow, OpenBids(tender.id, tender.version, "陈晓岚"), walk.key)
    walk.say("jingban", Stage.BID, "开标")


def _write(walk: Walk, told: dict[str, Any]) -> None:
    member = f"jigou{told['supplier']}"
    with walk.as_(member) as uow:
        bid_id = start_bid(uow, tender_of(walk).id, walk.key).id
    walk.made[f"bid{told['supplier']}"] = bid_id
    answers = tuple(f"{factor['name']}：{told['proposal']}" for factor in walk.told["criteria"])
    price = Money.parse(told["price"])
    with walk.as_(member) as uow:
        save_offer(uow, SaveOffer(bid_id, None, price.fen, None, False), walk.key)
        save_proposal(uow, SaveProposal(bid_id, None, told["proposal"], answers), walk.key)
        save_statements(uow, SaveStatements(bid_id, None, (True,) * len(STATEMENTS)), walk.key)
        save_team(
            uow,
            SaveTeam(
                bid_id, None, told["manager"], "从事社区养老服务多年，持有社会工作师证书。", ()
            ),
            walk.key,
        )
    walk.say(member, Stage.BID, "编制投标文件")


def _submit(walk: Walk, told: dict[str, Any]) -> None:
    signatory = f"fuzeren{told['supplier']}"
    with walk.as_(signatory) as uow:
        bid = walk.session.get_one(Bid, walk.made[f"bid{told['supplier']}"])
        submit_bid(uow, SubmitBid(bid.id, bid.version), walk.key)
    walk.say(signatory, Stage.BID, "提交标书，收到回执", Money.parse(told["price"]))
