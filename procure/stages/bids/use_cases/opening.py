"""The opening: at the deadline instant, all envelopes at once, or none when they are too few."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from procure.kernel.clock import local, local_date
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import Stage, advance
from procure.kernel.money import Money
from procure.kernel.numbering import derived_number
from procure.kernel.text import shortened
from procure.kernel.vocabulary import METHOD_LABELS, NoticeKind, PriceWay
from procure.registers.accounts.models import Organisation
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.use_cases import file_content, file_rendered, print_paper
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.models import Project
from procure.registers.projects.queries import parts_of
from procure.registers.projects.use_cases import enter_stage
from procure.stages.bids import policies, queries
from procure.stages.bids.events import BidOpened, BidsOpened, TenderFailed, stream_of
from procure.stages.bids.models import Bid, OpenedBid
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
from procure.stages.tenders.terms import drop_terms, meet_terms_at_opening
from procure.store import trail
from procure.store.base import check_version
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import UnitOfWork
from procure.web.presenters import instant_words

RECORD_TEMPLATE = "opening-record@3"


@dataclass(frozen=True)
class OpenBids:
    """Open the bids of a tender; who records, who watches, what was objected on the spot."""

    tender_id: str
    version: int | None
    recorder: str
    supervisor: str = ""
    objections: str = ""


def open_bids(uow: UnitOfWork, command: OpenBids, key: PlatformKey) -> Tender:
    """Open all bids, or fail the tender when there are too few of them (R-OPEN-6, V22).

    Raises TooEarly before the deadline instant, EnvelopesAway when an envelope cannot be read,
    EnvelopesDamaged when one is not what was received and nobody has confirmed that; nothing is
    opened then, and the tender stays as it is.
    """
    tender, project = announced(uow, command.tender_id)
    parts = parts_of(uow.session, uow.actor, project.id)
    policies.may_open_bids(uow.actor, tender, parts, uow.now).require()
    check_version(tender, command.version)
    if not command.recorder.strip():
        raise Invalid("recorder", "请填写记录人。", policies.RULE_OPENING)
    received = received_bids(uow, tender)
    streams = _streams(uow, tender)
    if len(received) < policies.bids_needed(tender):
        _fail(uow, tender, project, len(received), streams)
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
    uow.session.flush()
    for one in received:
        if faults.get(one.version.id) == policies.LOST:
            note_loss(uow, project, tender, one, key)
    record = _record(uow, tender, project, command, received, opened, confirmed)
    meet_terms_at_opening(uow, tender)
    enter_stage(uow, project, Stage.AWARD)
    assert tender.deadline_at is not None
    uow.emit(
        BidsOpened(
            subject_id=tender.id,
            project=project.id,
            tender_id=tender.id,
            deadline_at=tender.deadline_at,
            opened_at=uow.now,
            recorder=command.recorder.strip(),
            supervisor=command.supervisor.strip(),
            objections=command.objections.strip(),
            bids=tuple(_said(one, row) for one, row in zip(received, opened, strict=True)),
            streams=streams,
            takers=taker_heads(uow.session, tender.id),
            record_id=record.id,
            record_sha256=record.sha256,
        )
    )
    return tender


def _streams(uow: UnitOfWork, tender: Tender) -> dict[str, tuple[int, str]]:
    """The ends of all bid chains of the tender, drafts and withdrawn bids included."""
    ids = uow.session.scalars(select(Bid.id).where(Bid.tender_id == tender.id).order_by(Bid.id))
    return trail.heads(uow.session, [stream_of(bid_id) for bid_id in ids])


def _fail(
    uow: UnitOfWork,
    tender: Tender,
    project: Project,
    received: int,
    streams: Mapping[str, tuple[int, str]],
) -> None:
    """Too few: nothing is opened, the key stays where it is, a notice says why (R-OPEN-9)."""
    needed = policies.bids_needed(tender)
    rule = policies.failure_rule(tender)
    reason = f"投标截止时提交投标文件的供应商不足 {needed} 家，不得开标（{rule}）。"
    tender.state = advance("fail_tender", tender.state)
    tender.ended_reason = reason
    uow.session.flush()
    drop_terms(uow, tender)
    notice = publish_notice(
        uow,
        project=project,
        kind=NoticeKind.FAILURE,
        title=f"{project.title}废标公告",
        sections=failure_sections(uow, project, tender, reason),
        period_days_rule=None,
    )
    assert tender.deadline_at is not None
    uow.emit(
        TenderFailed(
            subject_id=tender.id,
            project=project.id,
            tender_id=tender.id,
            deadline_at=tender.deadline_at,
            needed=needed,
            received=received,
            reason=reason,
            streams=streams,
            takers=taker_heads(uow.session, tender.id),
            notice=notice.number,
        )
    )


def failure_sections(
    uow: UnitOfWork, project: Project, tender: Tender, reason: str
) -> list[dict[str, object]]:
    """What a failure notice says (FMT50): project, reason, contact."""
    buyer = uow.session.get_one(Organisation, project.buyer_id)
    return [
        {
            "title": "项目情况",
            "rows": [
                ["项目编号", project.number],
                ["项目名称", project.title],
                ["采购方式", METHOD_LABELS[tender.method]],
                ["预算金额", Money(tender.budget_fen).format()],
            ],
        },
        {"title": "废标理由", "rows": [["理由", reason]]},
        {
            "title": "联系方式",
            "rows": [
                ["采购人", buyer.name],
                ["地址", buyer.address],
                ["联系人", uow.actor.name],
                ["电话", buyer.phone],
            ],
        },
    ]


def _open_one(
    uow: UnitOfWork, tender: Tender, project: Project, one: Received, identity: str, damage: str
) -> OpenedBid:
    opened = None if damage else unseal(one, identity)
    row = _opened_row(uow, tender, one, opened, damage)
    uow.session.add(row)
    one.bid.state = advance("open_bid", one.bid.state)
    uow.session.flush()
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
    uow.emit(
        BidOpened(
            subject_id=one.bid.id,
            number=one.version.number,
            sha256=one.version.sha256,
            damage=damage,
        )
    )
    return row


def _opened_row(
    uow: UnitOfWork,
    tender: Tender,
    one: Received,
    opened: OpenedEnvelope | None,
    damage: str,
) -> OpenedBid:
    fields: Mapping[str, Any] = opened.manifest.fields if opened else {}
    return OpenedBid(
        bid_id=one.bid.id,
        tender_id=tender.id,
        supplier_id=one.supplier.id,
        price_fen=fields.get("price_fen"),
        hours=fields.get("hours"),
        claims_deduction=bool(fields.get("claims_deduction")),
        project_manager=fields.get("project_manager", ""),
        manager_experience=fields.get("manager_experience", ""),
        proposal=fields.get("proposal", ""),
        answers=list(fields.get("answers", [])),
        statements=list(fields.get("statements", [])),
        damaged=bool(damage),
        damage=shortened(damage, 200),
        opened_at=uow.now,
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
) -> Document:
    """The opening record on file; public where prices are announced."""
    assert tender.deadline_at is not None
    buyer = uow.session.get_one(Organisation, project.buyer_id)
    data: dict[str, Any] = {
        "record_no": derived_number(project.number, "KB", tender.round),
        "organiser": buyer.name,
        "buyer": buyer.name,
        "made_on": local_date(uow.now).isoformat(),
        "project_no": project.number,
        "project_name": project.title,
        "method": METHOD_LABELS[tender.method],
        "deadline": local(tender.deadline_at).isoformat(),
        "opened_at": local(uow.now).isoformat(),
        "place": tender.opening_place or "本平台网上开标",
        "budget_fen": tender.budget_fen,
        "ceiling_fen": tender.ceiling_fen,
        "host": uow.actor.name,
        "recorder": command.recorder.strip(),
        "bidders": [
            _bidder_line(tender, one, row) for one, row in zip(received, opened, strict=True)
        ],
    }
    if command.supervisor.strip():
        data["supervisor"] = command.supervisor.strip()
    if command.objections.strip():
        data["objections"] = command.objections.strip()
    notes = [
        _damage_note(uow, one, row, confirmed[one.version.id])
        for one, row in zip(received, opened, strict=True)
        if row.damaged
    ]
    if notes:
        data["result_note"] = "\n".join(notes)
    announced_to_all = policies.prices_are_announced(tender)
    return file_rendered(
        uow,
        print_paper(uow, RECORD_TEMPLATE, data),
        project_id=project.id,
        subject_id=tender.id,
        kind=DocumentKind.OPENING_RECORD,
        title=f"{project.title}开标记录",
        filename=f"{data['record_no']}-开标记录.pdf",
        audience=DocumentAudience.PUBLIC if announced_to_all else DocumentAudience.BUYER,
    )


def _damage_note(
    uow: UnitOfWork, one: Received, row: OpenedBid, confirmed: queries.ConfirmedDamage
) -> str:
    """Both people to whom it was left that an envelope counts as damaged."""
    return (
        f"{one.supplier.name}的密封件：{row.damage}。由{confirmed.by}于"
        f" {instant_words(confirmed.at)} 确认不能恢复（{confirmed.reason}），"
        f"由{uow.actor.name}开标时登记。"
    )


def _seal_words(row: OpenedBid) -> str:
    if row.damage == policies.LOST:
        return "平台丢失，未能打开"
    return "密文损坏，未能打开" if row.damaged else "加密完好"


def _bidder_line(tender: Tender, one: Received, row: OpenedBid) -> dict[str, Any]:
    line: dict[str, Any] = {
        "name": one.supplier.name,
        "received_at": local(one.version.received_at).isoformat(),
        "seal": _seal_words(row),
        "envelope_sha256": one.version.sha256,
        "attended": "网上开标",
    }
    if row.price_fen is not None:
        line["price_fen"] = row.price_fen
    said = []
    if tender.price_way is PriceWay.RATIO_TO_MAX and row.hours is not None:
        said.append(f"承诺服务工时 {row.hours:,} 小时")
    if row.claims_deduction:
        said.append("申请价格扣除")
    if row.damaged:
        said.append(row.damage)
    if said:
        line["declared"] = "；".join(said)
    return line
