"""The opening: at the deadline instant, all envelopes at once, or none when they are too few."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from procure.kernel.clock import local, local_date
from procure.kernel.commands import Command
from procure.kernel.day_words import date_words, instant_words
from procure.kernel.errors import Invalid, NotFound, first_refusal
from procure.kernel.laws import cite
from procure.kernel.lifecycle import Stage, advance
from procure.kernel.methods import words_of
from procure.kernel.numbering import derived_number
from procure.kernel.text import key, shortened, titled
from procure.kernel.vocabulary import InstitutionClass, PriceWay
from procure.registers.accounts.models import Organisation
from procure.registers.accounts.use_cases.changing_organisations import keep_institution_class
from procure.registers.deadlines.use_cases import cancel_terms
from procure.registers.documents.models import DocumentAudience, DocumentKind, PaperOrder
from procure.registers.documents.queries import printed
from procure.registers.documents.use_cases import file_content, order_paper
from procure.registers.notices.facts import case_facts
from procure.registers.notices.models import Notice
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.models import Project
from procure.registers.projects.use_cases import enter_stage
from procure.render.wording import Section, phrase, phrases, worded_notice
from procure.stages.bids import policies, queries
from procure.stages.bids.content import BidContent
from procure.stages.bids.events import (
    BidOpened,
    BidsOpened,
    ObjectionsRecorded,
    TenderFailed,
    stream_of,
)
from procure.stages.bids.models import Bid, OpenedBid, OpeningObjections
from procure.stages.bids.receipts import WORDS
from procure.stages.bids.sealing import OpenedEnvelope
from procure.stages.bids.use_cases.draft import announced
from procure.stages.bids.use_cases.envelopes import (
    Received,
    compare_all,
    received_bids,
    require_confirmed,
    try_all,
    unseal,
)
from procure.stages.bids.use_cases.incident import note_loss
from procure.stages.tenders.keys import release_identity
from procure.stages.tenders.models import Tender
from procure.stages.tenders.queries import taker_heads
from procure.stages.tenders.terms import meet_terms_at_opening
from procure.store import trail
from procure.store.holding import moved, take_up
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import UnitOfWork

RECORD_TEMPLATE = "opening-record@3"


class OpenBids(Command):
    """Open the bids of a tender; who records, who watches."""

    tender_id: str
    version: int | None
    recorder: str
    supervisor: str = ""


class RecordObjections(Command):
    """Whether anybody objected to the opening, and what was said and answered."""

    tender_id: str
    version: int | None
    has_any: bool
    said: str = ""


def open_bids(uow: UnitOfWork, command: OpenBids, key: PlatformKey) -> Tender:
    """Open all bids, or fail the tender when there are too few of them (R-OPEN-6, V22).

    Raises TooEarly before the deadline instant, EnvelopesAway when an envelope cannot be read,
    EnvelopesDamaged when one is not what was received and nobody has confirmed that; nothing is
    opened then, and the tender stays as it is.
    """
    tender, project = announced(uow, command.tender_id)
    take_up(tender, command, policies.may_open_bids(uow.actor, tender, project, uow.now))
    if not command.recorder.strip():
        raise Invalid("recorder", "请填写记录人。", cite("record", tender.method))
    received = received_bids(uow, tender)
    streams = _streams(uow, tender)
    if len(received) < policies.bids_needed(tender):
        # Nothing is opened, and the key stays where it is.
        needed, rule = policies.bids_needed(tender), policies.failure_rule(tender)
        words = asdict(words_of(tender.method))
        reason = phrase(WORDS, "too_few_bids", **words, needed=needed, rule=rule)
        takers = taker_heads(uow.session, tender.id)
        fail_tender(uow, tender, project, reason, len(received), streams, takers)
        return tender
    confirmed = queries.confirmed_damage(uow.session, tender)
    lost = {version for version, one in confirmed.items() if one.damage == policies.LOST}
    faults = compare_all(received, lost)
    identity = release_identity(uow, tender, key)
    faults |= try_all([one for one in received if one.version.id not in faults], identity)
    # Who confirmed a loss has confirmed no damage.
    settled = {
        version
        for version, fault in faults.items()
        if version in confirmed and (version in lost) == (fault == policies.LOST)
    }
    require_confirmed(received, faults, settled)
    opened = [
        _open_one(uow, tender, project, one, identity, faults.get(one.version.id, ""))
        for one in received
    ]
    tender.state = advance("open_bids", tender.state)
    tender.opened_at = uow.now
    for one, row in zip(received, opened, strict=True):
        if row.institution_class:
            keep_institution_class(uow, one.supplier, InstitutionClass(row.institution_class))
    for one in received:
        if faults.get(one.version.id) == policies.LOST:
            note_loss(uow, tender, one, key)
    record = _record(uow, tender, project, command, received, opened, confirmed)
    meet_terms_at_opening(uow, tender)
    enter_stage(uow, project, Stage.AWARD)
    uow.emit(
        BidsOpened.of(
            tender,
            tender_id=tender.id,
            recorder=command.recorder.strip(),
            supervisor=command.supervisor.strip(),
            objections="",
            bids=tuple(_said(one, row) for one, row in zip(received, opened, strict=True)),
            streams=streams,
            takers=taker_heads(uow.session, tender.id),
            record_id=record.id,
            record_snapshot_sha256=record.snapshot_sha256,
        )
    )
    return tender


def _streams(uow: UnitOfWork, tender: Tender) -> dict[str, tuple[int, str]]:
    """The ends of all bid chains of the tender, drafts and withdrawn bids included."""
    ids = uow.session.scalars(select(Bid.id).where(Bid.tender_id == tender.id).order_by(Bid.id))
    return trail.heads(uow.session, [stream_of(bid_id) for bid_id in ids])


def fail_tender(
    uow: UnitOfWork,
    tender: Tender,
    project: Project,
    reason: str,
    received: int,
    streams: Mapping[str, tuple[int, str]],
    takers: Mapping[str, tuple[int, str]],
) -> Notice:
    """End a purchase for which too few bids are left, with its terms, and say why in public
    (R-OPEN-9). `streams` and `takers` are the ends of chains that nothing has tied up before.
    """
    tender.state = advance("fail_tender", tender.state)
    tender.ended_reason = reason
    cancel_terms(uow, tender.id)
    notice = publish_notice(
        uow,
        project=project,
        kind=policies.failure_kind(tender),
        title=titled(project.title, words_of(tender.method).failure_notice),
        sections=_failure_sections(uow, project, tender, reason),
    )
    uow.emit(
        TenderFailed.of(
            tender,
            tender_id=tender.id,
            needed=policies.bids_needed(tender),
            received=received,
            reason=reason,
            streams=streams,
            takers=takers,
            notice=notice.number,
        )
    )
    return notice


def _failure_sections(
    uow: UnitOfWork, project: Project, tender: Tender, reason: str
) -> list[Section]:
    """What the notice of a purchase that too few were left for says."""
    buyer = uow.session.get_one(Organisation, project.buyer_id)
    facts = {
        "method": tender.method.label,
        "budget_fen": tender.budget_fen,
        "failing": words_of(tender.method).failing,
        "reason": reason,
        "ended_on": date_words(local_date(uow.now)),
    }
    return worded_notice("failure@1", case_facts(project, buyer, uow.actor.name) | facts)


def _open_one(
    uow: UnitOfWork, tender: Tender, project: Project, one: Received, identity: str, damage: str
) -> OpenedBid:
    opened = None if damage else unseal(one, identity)
    row = _opened_row(uow, tender, one, opened, damage)
    uow.session.add(row)
    one.bid.state = advance("open_bid", one.bid.state)
    for file in opened.files if opened else ():
        file_content(
            uow,
            file.content,
            file.name,
            file.media_type,
            reception=file.reception,
            project_id=project.id,
            subject_id=one.bid.id,
            kind=DocumentKind.BID_ATTACHMENT,
            title=f"{one.supplier.name}：{file.name}",
            audience=DocumentAudience.PANEL,
            owner_id=one.supplier.id,
        )
    uow.emit(BidOpened.of(one.bid, one.version, damage=damage))
    return row


def _opened_row(
    uow: UnitOfWork,
    tender: Tender,
    one: Received,
    opened: OpenedEnvelope | None,
    damage: str,
) -> OpenedBid:
    said: Mapping[str, Any] = opened.manifest.fields if opened else {}
    return OpenedBid(
        bid_id=one.bid.id,
        tender_id=tender.id,
        supplier_id=one.supplier.id,
        damaged=bool(damage),
        damage=shortened(damage, 200),
        opened_at=uow.now,
        # Envelopes of old do not say all of it.
        **{name: said.get(name, nothing) for name, nothing in BidContent().fields().items()},
    )


def _said(one: Received, row: OpenedBid) -> dict[str, Any]:
    """What the event says of one bid."""
    return {
        "bid": one.bid.id,
        "supplier": one.supplier.id,
        "supplier_name": one.supplier.name,
        "number": one.version.number,
        "received_at": one.version.received_at,
        "sha256": one.version.sha256,
        "price_fen": row.price_fen,
        "hours": row.hours,
        "claims_deduction": row.claims_deduction,
        "project_manager": row.project_manager,
        "damage": row.damage,
    }


def _record(
    uow: UnitOfWork,
    tender: Tender,
    project: Project,
    command: OpenBids,
    received: Sequence[Received],
    opened: Sequence[OpenedBid],
    confirmed: Mapping[str, queries.ConfirmedDamage],
) -> PaperOrder:
    """Have the opening record printed; public where prices are announced."""
    assert tender.deadline_at is not None
    buyer = uow.session.get_one(Organisation, project.buyer_id)
    data: dict[str, Any] = {
        **_record_words(tender),
        "record_no": derived_number(project.number, "KB", tender.round),
        "organiser": buyer.name,
        "buyer": buyer.name,
        "made_on": local_date(uow.now).isoformat(),
        "project_no": project.number,
        "project_name": project.title,
        "method": tender.method.label,
        "deadline": local(tender.deadline_at).isoformat(),
        "opened_at": local(uow.now).isoformat(),
        "place": tender.opening_place or "本平台网上办理",
        "budget_fen": tender.budget_fen,
        "ceiling_fen": tender.ceiling_fen,
        "host": uow.actor.name,
        "recorder": _one_name(command.recorder.strip(), uow.actor.name),
        "bidders": [
            _bidder_line(tender, one, row) for one, row in zip(received, opened, strict=True)
        ],
    }
    if command.supervisor.strip():
        data["supervisor"] = command.supervisor.strip()
    notes = [
        _damage_note(uow, one, row, confirmed[one.version.id])
        for one, row in zip(received, opened, strict=True)
        if row.damaged
    ]
    if notes:
        data["result_note"] = "\n".join(notes)
    return _order_record(uow, tender, project, data)


def _one_name(recorder: str, host: str) -> str:
    """The recorder as typed; the host's own name where it is the same, however it is written, so that
    the record says that one person was both.
    """
    return host if key(recorder) == key(host) else recorder


def _order_record(
    uow: UnitOfWork, tender: Tender, project: Project, data: Mapping[str, Any]
) -> PaperOrder:
    announced_to_all = policies.prices_are_announced(tender)
    title = words_of(tender.method).opening_record
    return order_paper(
        uow,
        RECORD_TEMPLATE,
        data,
        project_id=project.id,
        subject_id=tender.id,
        kind=DocumentKind.OPENING_RECORD,
        title=titled(
            project.title, f"{title}{'（异议及答复）' if 'objections_at' in data else ''}"
        ),
        filename=f"{data['record_no']}-{title}.pdf",
        audience=DocumentAudience.PUBLIC if announced_to_all else DocumentAudience.BUYER,
    )


def _record_words(tender: Tender) -> dict[str, str]:
    """What the record calls its things."""
    words = words_of(tender.method)
    return {
        "record_title": words.opening_record,
        "sheet_title": words.price_sheet,
        "opening": words.opening,
        "bid_file": words.bid_file,
        "law": cite("record", tender.method),
    }


def record_objections(uow: UnitOfWork, command: RecordObjections) -> OpeningObjections:
    """Record whether anybody objected to the opening, and order the record anew with the answer: only
    after the opening can anybody say so.

    Raises Invalid when there were objections and none is written down.
    """
    tender, project = announced(uow, command.tender_id)
    known = queries.objections_to(uow.session, tender.id)
    verdict = policies.may_record_objections(
        uow.actor, tender, project, is_recorded=known is not None
    )
    record = printed(uow.session, subject_id=tender.id, kind=DocumentKind.OPENING_RECORD)
    take_up(tender, command, first_refusal(verdict, record))
    said = command.said.strip() if command.has_any else ""
    if command.has_any and not said:
        raise Invalid(
            "said",
            "有供应商提出异议的，要写明谁提出了什么、怎样答复的。",
            cite("record", tender.method),
        )
    first = queries.opening_record_of(uow.session, tender.id)
    if first is None or first.snapshot is None:
        raise NotFound("没有找到开标记录。")
    data = _with_objections(tender, first.snapshot, said, uow)
    order = _order_record(uow, tender, project, data)
    found = OpeningObjections(
        tender_id=tender.id,
        has_any=command.has_any,
        said=said,
        document_id=order.id,
        recorded_by=uow.actor.user_id,
        recorded_at=uow.now,
    )
    uow.session.add(found)
    moved(tender)
    uow.emit(
        ObjectionsRecorded.of(
            tender,
            said=said,
            record_id=order.id,
            record_snapshot_sha256=order.snapshot_sha256,
        )
    )
    return found


def _with_objections(
    tender: Tender, record: Mapping[str, Any], said: str, uow: UnitOfWork
) -> dict[str, Any]:
    """The record of the opening as it was printed, with the answer about objections. Records of
    before the third version said more than anybody had answered; that is left out.
    """
    data = {**_record_words(tender), **record}
    data.pop("objections", None)
    data["bidders"] = [
        {name: value for name, value in line.items() if name != "attended"}
        for line in record["bidders"]
    ]
    data["record_no"] = f"{record['record_no']}-2"
    data["made_on"] = local_date(uow.now).isoformat()
    data["objections_at"] = local(uow.now).isoformat()
    data["objections_by"] = uow.actor.name
    return data | ({"objections": said} if said else {})


def _damage_note(
    uow: UnitOfWork, one: Received, row: OpenedBid, confirmed: queries.ConfirmedDamage
) -> str:
    """Both people to whom it was left that an envelope counts as damaged."""
    return phrase(
        WORDS,
        "damage_note",
        supplier=one.supplier.name,
        damage=row.damage,
        confirmed_by=confirmed.by,
        confirmed_at=instant_words(confirmed.at),
        reason=confirmed.reason,
        opened_by=uow.actor.name,
    )


def _seal_words(row: OpenedBid) -> str:
    lost = row.damage == policies.LOST
    return phrase(WORDS, "seal", lost=lost, damaged=row.damaged)


def _bidder_line(tender: Tender, one: Received, row: OpenedBid) -> dict[str, Any]:
    line: dict[str, Any] = {
        "name": one.supplier.name,
        "received_at": local(one.version.received_at).isoformat(),
        "seal": _seal_words(row),
        "envelope_sha256": one.version.sha256,
    }
    if row.price_fen is not None:
        line["price_fen"] = row.price_fen
    said = phrases(
        WORDS,
        "declared",
        hours=row.hours if tender.price_way is PriceWay.RATIO_TO_MAX else None,
        claims_deduction=row.claims_deduction,
        damage=row.damage if row.damaged else "",
    )
    if said:
        line["declared"] = "；".join(said)
    return line
