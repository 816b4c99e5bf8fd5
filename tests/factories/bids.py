"""Bids, each brought where a test needs it by the use cases of its people."""

from dataclasses import dataclass, field
from io import BytesIO

from sqlalchemy import select

from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.projects.models import Project
from procure.stages.bids.content import STATEMENTS, Draft, unwrap
from procure.stages.bids.models import Bid, BidVersion
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
from procure.stages.tenders.models import Tender
from procure.stages.tenders.queries import criteria_of
from procure.web.fields.files import EXTENSION, Shelf
from tests.factories.plans import plan_content
from tests.factories.tenders import (
    at_opening,
    given_published_tender,
    given_taken_document,
    platform_key,
    tender_project,
)
from tests.world import World

PRICES = {1: 17_500_000, 2: 17_200_000, 3: 17_900_000}
"""What the three suppliers of the demonstration bid, in fen."""
MANAGERS = {1: "欧阳慧", 2: "司徒敏", 3: "上官静"}


@dataclass
class Words:
    """What a bid says besides its figures."""

    proposal: str = "两站每周开放四天，困难老年人每月探访一次。"
    manager: str = ""
    tokens: tuple[str, ...] = field(default_factory=tuple)


def given_tender_for_bids(
    world: World, method: ProcurementMethod = ProcurementMethod.CONSULTATION
) -> Tender:
    """A published tender whose document all three suppliers have taken."""
    tender = given_published_tender(world, plan_content(world, method=method))
    for number in PRICES:
        given_taken_document(world, tender, f"jigou{number}")
    world.session.refresh(tender)
    return tender


def the_tender(world: World) -> Tender:
    """The only tender of a parked world."""
    return world.session.scalars(select(Tender)).one()


def the_project(world: World) -> Project:
    """The only project of a parked world."""
    return tender_project(world, the_tender(world))


def given_started_bid(world: World, tender: Tender, number: int = 1) -> Bid:
    """A bid just begun by the supplier of that number."""
    with world.uow(f"jigou{number}") as uow:
        bid = start_bid(uow, tender.id, platform_key(world))
    return world.session.get_one(Bid, bid.id)


def given_written_bid(
    world: World,
    tender: Tender,
    number: int = 1,
    *,
    price_fen: int | None = None,
    hours: int | None = None,
    claims: bool = False,
    words: Words | None = None,
) -> Bid:
    """A draft with every section filled in."""
    bid = given_started_bid(world, tender, number)
    key, said = platform_key(world), words or Words()
    factors = len(criteria_of(world.session, tender.id))
    price = PRICES[number] if price_fen is None else price_fen
    answers = tuple(f"{said.proposal}（第 {place + 1} 项）" for place in range(factors))
    with world.uow(f"jigou{number}") as uow:
        save_offer(uow, SaveOffer(bid.id, None, price, hours, claims), key)
        save_proposal(uow, SaveProposal(bid.id, None, said.proposal, answers), key)
        save_statements(uow, SaveStatements(bid.id, None, (True,) * len(STATEMENTS)), key)
        manager = said.manager or MANAGERS[number]
        save_team(uow, SaveTeam(bid.id, None, manager, "十年经验", (), said.tokens), key)
    return world.session.get_one(Bid, bid.id)


def given_submitted_bid(
    world: World, tender: Tender, number: int = 1, *, price_fen: int | None = None
) -> BidVersion:
    """A bid handed in by the supplier's signatory; once more when it was handed in before."""
    bid = given_written_bid(world, tender, number, price_fen=price_fen)
    with world.uow(f"fuzeren{number}") as uow:
        version = submit_bid(uow, SubmitBid(bid.id, bid.version), platform_key(world))
    return world.session.get_one(BidVersion, version.id)


def given_opened_bids(world: World, tender: Tender, bidders: tuple[int, ...] = (1, 2, 3)) -> Tender:
    """Bids handed in and opened as soon as it may be."""
    for number in bidders:
        given_submitted_bid(world, tender, number)
    at_opening(world, tender)
    return open_now(world, tender)


def open_now(world: World, tender: Tender) -> Tender:
    """Have the clerk open, whatever there is."""
    with world.uow("jingban") as uow:
        open_bids(uow, OpenBids(tender.id, None, "陈晓岚"), platform_key(world))
    return world.session.get_one(Tender, tender.id)


def draft_of(world: World, bid: Bid) -> Draft:
    """The draft, decrypted."""
    return unwrap(bid.draft, platform_key(world))


def given_upload(world: World, content: bytes, filename: str, username: str = "jigou1") -> str:
    """An upload of that person that waits for its form; its token."""
    shelf: Shelf = world.app.extensions[EXTENSION]
    world.session.rollback()
    return shelf.staging.put(BytesIO(content), filename, world.actor(username).user_id)
