"""What the case page and the to-do list show of bids, for one reader."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from procure.kernel.access import Actor, OrganisationKind, Permission
from procure.kernel.case_lines import Task
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.errors import Verdict
from procure.kernel.lifecycle import BidState, Stage, TenderState, Tone
from procure.kernel.methods import told_in, words_of
from procure.registers.documents.audiences import PanelSeat, PanelSeats
from procure.registers.documents.queries import papers_of, seats_of
from procure.registers.projects.models import Project
from procure.registers.projects.queries import parts_of
from procure.stages.bids import pages, policies, queries
from procure.stages.bids.content import unwrap
from procure.stages.bids.models import Bid
from procure.stages.bids.queries import TenderCase
from procure.stages.tenders.models import Tender
from procure.web.case_panel import CasePanel, NextStep
from procure.web.keys import platform_key
from procure.web.presenters import Badge, Fact, Link, Quantity
from procure.web.rounds import round_address

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
        elif _may_read_opening(session, actor, case.project, tender)[0].ok:
            links.append(Link(f"{name}：开标结果", f"{base}/opening"))
    return tuple(links)


def _may_read_opening(
    session: Session, actor: Actor, project: Project, tender: Tender
) -> tuple[Verdict, PanelSeat]:
    oversees = queries.reads_opening(session, actor, project)
    seats = seats_of(session, actor, project.id) if oversees else PanelSeats()
    seat = seats.for_round(tender.id)
    return policies.may_read_opening(tender, oversees=oversees, seat=seat), seat


class _Step(NamedTuple):
    """A task of a case: what, in which words to do it, and at which page."""

    what: str
    verb: str
    address: str


def _task(project: Project, tender: Tender, step: _Step, now: datetime, note: str = "") -> Task:
    return Task(
        project.title,
        project.number,
        told_in(tender.method, step.what),
        told_in(tender.method, step.verb),
        f"/projects/{project.number}{step.address}",
        pages.bid_deadline(TenderCase(project, tender, ()), now),
        note=note,
    )


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """Bids not handed in or not begun, for their owner; due openings, for the buyer's people."""
    tasks: list[Task] = []
    if actor.may(Permission.BID_VIEW_OWN):
        tasks += _drafts(session, actor, now)
        tasks += _unsent_changes(session, actor, now)
    if actor.may(Permission.BID_DRAFT):
        tasks += _bids_to_begin(session, actor, now)
    if actor.may(Permission.BIDS_OPEN):
        tasks += [
            _task(project, tender, _opening_step(tender), now)
            for tender, project in queries.tenders_to_open(session, actor)
            if tender.deadline_at is not None and now >= tender.deadline_at
        ]
    if actor.may(Permission.DAMAGE_CONFIRM):
        tasks += _damage_to_confirm(session, actor, now)
    return tasks


def _opening_step(tender: Tender) -> _Step:
    words = words_of(tender.method)
    return _Step(f"{words.deadline}时间已到，待{words.opening}", words.opening, "/opening/open")


def _drafts(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """Bids that were begun, or taken back, and are not handed in while the time runs."""
    step = _Step("投标文件尚未提交", "继续编制投标文件", "/bid")
    return [
        _task(
            project,
            tender,
            step,
            now,
            "" if bid.state is BidState.DRAFT else "已撤回，截止前可以重新提交",
        )
        for bid, tender, project in queries.drafts_waiting(session, actor)
        if policies.is_receiving(tender, now).ok
    ]


def _damage_to_confirm(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """Openings that wait for a second person's word on envelopes found damaged or missing."""
    step = _Step(
        "开标时发现密封件损坏或者找不到，标书没有打开", "核实密封件情况", "/opening/damage"
    )
    return [
        _task(project, tender, step, now)
        for tender, project in queries.openings_with_damage(session, actor)
        if queries.unconfirmed_damage(session, tender)
    ]


def _bids_to_begin(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """Tenders whose document was taken and for which nothing is written while the time runs."""
    step = _Step("采购文件已领取，尚未参加投标", "参加投标", "/bid")
    return [
        _task(project, tender, step, now)
        for tender, project in queries.tenders_without_bid(session, actor)
        if policies.is_receiving(tender, now).ok
    ]


def _unsent_changes(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """Sealed bids that were changed since: the envelope is older than what the person wrote."""
    sends = actor.may(Permission.BID_SUBMIT)
    what = "标书已封存，有修改未提交"
    step = _Step(what, "核对并提交标书", "/bid") if sends else _Step(what, "查看投标文件", "/bid")
    return [
        _task(project, tender, step, now, pages.unsent_change(version))
        for bid, tender, project, version in queries.saved_after_sealing(session, actor)
        if policies.is_receiving(tender, now).ok and _is_ahead(bid)
    ]


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
    base = f"/projects/{case.project.number}/bid"
    if bid is None:
        steps: tuple[NextStep, ...] = (
            NextStep("参加投标", base, policies.may_start_bid(actor, case.tender, bidder, now)),
        )
    else:
        may = policies.may_edit_bid(actor, bid, case.tender, bidder, now)
        label = "继续编制投标文件" if pages.is_unsent(bid) else "查看或修改投标"
        steps = (NextStep(label, base, may, _unsent_change(session, bid)),)
    return CasePanel(
        stage=Stage.BID,
        title="本单位的投标",
        badge=pages.state_badge(bid, case.tender),
        steps=steps if case.tender.state is TenderState.PUBLISHED else (),
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
        parts = parts_of(session, actor, case.project.id)
        is_recorded = queries.objections_to(session, case.tender.id) is not None
        if policies.may_record_objections(actor, case.tender, parts, is_recorded=is_recorded).ok:
            links.append(Link(f"登记对{words.opening}的异议和答复", f"{base}/objections"))
    return tuple(links)


def _reader_panel(
    session: Session, actor: Actor, case: TenderCase, now: datetime
) -> CasePanel | None:
    """Before the opening the same for everybody but for the clerk's button: nothing about bids."""
    tender, project = case.tender, case.project
    base = f"/projects/{project.number}/opening"
    if tender.opened_at is None:
        steps: tuple[NextStep, ...] = ()
        if actor.may(Permission.BIDS_OPEN) and tender.state is TenderState.PUBLISHED:
            parts = parts_of(session, actor, project.id)
            may = policies.may_open_bids(actor, tender, parts, now)
            steps = (
                (NextStep(words_of(tender.method).opening, f"{base}/open", may),) if parts else ()
            )
        words = _ended_words(tender) or "截止前不可见"
        return CasePanel(
            stage=Stage.BID,
            title=TITLE,
            badge=Badge(Tone.QUIET, words),
            facts=(Fact("说明", tender.ended_reason),) if tender.ended_reason else (),
            steps=steps,
            deadlines=_deadlines(case, now),
        )
    verdict, seat = _may_read_opening(session, actor, project, tender)
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
