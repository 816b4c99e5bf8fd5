"""What the case page and the to-do list show of bids, for one reader."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from procure.kernel.access import Actor, OrganisationKind, Permission
from procure.kernel.case_lines import Task
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.lifecycle import BidState, Stage, TenderState, Tone
from procure.kernel.methods import words_of
from procure.kernel.paths import case_path
from procure.registers.documents.audiences import PanelSeat
from procure.registers.documents.queries import papers_of
from procure.registers.projects.models import Project
from procure.stages.bids import pages, policies, queries
from procure.stages.bids.content import unwrap
from procure.stages.bids.models import Bid
from procure.stages.bids.policies import Bidder
from procure.stages.bids.queries import TenderCase
from procure.stages.bids.steps import BID_STEPS, OPENING_STEPS, BidFacts, OpeningFacts
from procure.stages.tenders.models import Tender
from procure.web.case_panel import CasePanel
from procure.web.keys import platform_key
from procure.web.presenters import Badge, Fact, Link, Quantity
from procure.web.rounds import round_address
from procure.web.step_table import offered, tasks_of

TITLE = "投标与开标"


def panel(session: Session, actor: Actor, project: Project, now: datetime) -> CasePanel | None:
    """The stage for this reader; None before the tender is announced."""
    tender = queries.find_tender(session, project.id)
    if tender is None:
        return None
    case = TenderCase(project, tender, ())
    bids = actor.may(Permission.BID_VIEW_OWN)
    if bids and actor.organisation_kind is OrganisationKind.SUPPLIER:
        found: CasePanel | None = _supplier_panel(session, actor, case, now)
    else:
        found = _reader_panel(session, actor, case, now)
    earlier = _earlier(session, actor, case)
    return replace(found, links=(*found.links, *earlier)) if found and earlier else found


def _earlier(session: Session, actor: Actor, case: TenderCase) -> tuple[Link, ...]:
    """Where the reader finds what was bid for when the purchase was put out before."""
    links = []
    for tender in queries.earlier_rounds(session, case.tender):
        base, name = round_address(case.project.number, tender.round), f"第 {tender.round} 次采购"
        if queries.find_own_bid(session, actor, tender.id) is not None:
            links.append(Link(f"{name}：本单位的投标", f"{base}/bid"))
        elif queries.opening_for(session, actor, case.project, tender)[0].ok:
            links.append(Link(f"{name}：开标结果", f"{base}/opening"))
    return tuple(links)


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """Bids not handed in or not begun, for their owner; due openings, for the buyer's people."""
    if actor.may(Permission.BID_VIEW_OWN):
        return _own_bids(session, actor, now)
    if not (actor.may(Permission.BIDS_OPEN) or actor.may(Permission.DAMAGE_CONFIRM)):
        return []
    damaged = {
        tender.id
        for tender, _ in queries.openings_with_damage(session, actor)
        if queries.unconfirmed_damage(session, tender)
    }
    found = [
        OpeningFacts(
            actor,
            tender.state,
            project,
            deadline=pages.bid_deadline(TenderCase(project, tender, ()), now),
            method=tender.method,
            tender=tender,
            now=now,
            damaged=tender.id in damaged,
        )
        for tender, project in queries.tenders_to_open(session, actor)
    ]
    return tasks_of(OPENING_STEPS, found)


def _own_bids(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """The bids of the actor's organisation while the time runs: begun or taken back and not handed
    in, changed since they were sealed, not begun although the document was taken.
    """
    found = [
        *(
            (bid, tender, project, "")
            for bid, tender, project in queries.drafts_waiting(session, actor)
        ),
        *(
            (bid, tender, project, pages.unsent_change(version))
            for bid, tender, project, version in queries.saved_after_sealing(session, actor)
            if _is_ahead(bid)
        ),
        *((None, *row, "") for row in queries.tenders_without_bid(session, actor)),
    ]
    return tasks_of(
        BID_STEPS,
        [
            _bid_facts(actor, TenderCase(project, tender, ()), bid, None, now, unsent)
            for bid, tender, project, unsent in found
        ],
    )


def _bid_facts(
    actor: Actor,
    case: TenderCase,
    bid: Bid | None,
    bidder: Bidder | None,
    now: datetime,
    unsent: str,
) -> BidFacts:
    withdrawn = bid is not None and bid.state is BidState.WITHDRAWN
    return BidFacts(
        actor,
        bid.state if bid is not None else None,
        case.project,
        deadline=pages.bid_deadline(case, now),
        aside="已撤回，截止前可以重新提交" if withdrawn else unsent,
        note=unsent,
        method=case.tender.method,
        tender=case.tender,
        existing=bid,
        bidder=bidder,
        now=now,
        unsent=unsent,
    )


def _unsent_change(session: Session, bid: Bid) -> str:
    """What the bidder is told whose sealed bid is older than the draft; empty otherwise."""
    if bid.state is not BidState.SUBMITTED or not _is_ahead(bid):
        return ""
    version = queries.newest_version(session, bid.id)
    return pages.unsent_change(version) if version is not None else ""


def _is_ahead(bid: Bid) -> bool:
    return pages.is_ahead_of_seal(unwrap(bid.draft, platform_key()))


def _deadlines(case: TenderCase, now: datetime) -> tuple[DeadlineLine, ...]:
    """Until when bids are taken; nothing of a purchase that has ended."""
    if case.tender.state in (TenderState.FAILED, TenderState.TERMINATED):
        return ()
    return (pages.bid_deadline(case, now),)


def _supplier_panel(session: Session, actor: Actor, case: TenderCase, now: datetime) -> CasePanel:
    bid = queries.find_own_bid(session, actor, case.tender.id)
    bidder = queries.bidder_of(session, actor, case.project, case.tender)
    base = case_path(case.project.number, "bid")
    unsent = _unsent_change(session, bid) if bid is not None else ""
    facts = _bid_facts(actor, case, bid, bidder, now, unsent)
    return CasePanel(
        stage=Stage.BID,
        title="本单位的投标",
        badge=pages.state_badge(bid, case.tender),
        steps=offered(BID_STEPS, facts) if case.tender.state is TenderState.PUBLISHED else (),
        deadlines=_deadlines(case, now),
        facts=(Fact("说明", case.tender.ended_reason),) if case.tender.ended_reason else (),
        links=(Link("本单位的投标", base),) if bid else (),
    )


def _ended_words(tender: Tender) -> str:
    """How a purchase ended before its result, by its method; empty while it goes on."""
    return {
        TenderState.FAILED: words_of(tender.method).failed,
        TenderState.TERMINATED: "已终止",
    }.get(tender.state, "")


def _opening_links(session: Session, actor: Actor, case: TenderCase, base: str) -> tuple[Link, ...]:
    """What was opened, and for the clerk the question whether anybody objected."""
    words, links = words_of(case.tender.method), []
    links.append(Link(f"查看{words.opening}结果", base))
    if actor.may(Permission.BIDS_OPEN):
        is_recorded = queries.objections_to(session, case.tender.id) is not None
        may = policies.may_record_objections(
            actor, case.tender, case.project, is_recorded=is_recorded
        )
        if may.ok:
            links.append(Link(f"登记对{words.opening}的异议和答复", f"{base}/objections"))
    return tuple(links)


def _reader_panel(
    session: Session, actor: Actor, case: TenderCase, now: datetime
) -> CasePanel | None:
    """Before the opening the same for everybody but for the clerk's button: nothing about bids."""
    tender, project = case.tender, case.project
    base = case_path(project.number, "opening")
    if tender.opened_at is None:
        facts = OpeningFacts(
            actor,
            tender.state,
            project,
            method=tender.method,
            tender=tender,
            now=now,
        )
        words = _ended_words(tender) or "截止前不可见"
        return CasePanel(
            stage=Stage.BID,
            title=TITLE,
            badge=Badge(Tone.QUIET, words),
            facts=(Fact("说明", tender.ended_reason),) if tender.ended_reason else (),
            steps=offered(OPENING_STEPS, facts),
            deadlines=_deadlines(case, now),
        )
    verdict, seat = queries.opening_for(session, actor, project, tender)
    if not verdict.ok and seat is PanelSeat.NONE:
        return None
    opened = queries.opened_bids(session, tender.id)
    return CasePanel(
        stage=Stage.BID,
        title=TITLE,
        badge=Badge(Tone.DONE, f"已{words_of(tender.method).opening}")
        if tender.state is TenderState.OPENED
        else Badge(Tone.STOPPED, _ended_words(tender)),
        facts=(
            Fact("开标时间", tender.opened_at),
            Fact("投标人", Quantity(len(opened), "家"), "" if verdict.ok else verdict.reason),
        ),
        links=_opening_links(session, actor, case, base) if verdict.ok else (),
        papers=tuple(papers_of(session, actor, project_id=project.id, subject_ids=(tender.id,))),
    )
