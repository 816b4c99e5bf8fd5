"""Handing a bid in, replacing it, taking it back: all strictly before the deadline instant."""

import hashlib
from dataclasses import replace
from functools import partial

from sqlalchemy import select

from procure.kernel.commands import Command
from procure.kernel.errors import Invalid
from procure.kernel.laws import cite
from procure.kernel.lifecycle import advance
from procure.registers.accounts.models import Organisation
from procure.registers.documents.storage import file_store
from procure.registers.projects.models import Project
from procure.stages.bids import policies, queries
from procure.stages.bids.check import findings
from procure.stages.bids.content import BidContent, unwrap, wrap
from procure.stages.bids.events import BidSubmitted, BidWithdrawn, EnvelopeReleased, stream_of
from procure.stages.bids.models import Bid, BidVersion
from procure.stages.bids.receipts import keep_paper, make_receipt, receipt_paper
from procure.stages.bids.sealing import (
    ENVELOPE,
    Address,
    Manifest,
    SealedFile,
    looks_sealed,
)
from procure.stages.tenders.models import Tender
from procure.stages.tenders.queries import criteria_of
from procure.store.holding import take_up
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import UnitOfWork, request_of

ACTION = "submit_bid"
KEPT_ENVELOPES = 20
"""How many of a bid's envelopes are kept: replacing is never refused, so the oldest makes room."""
NOTED = "平台已出具有签名的说明，请在投标页面查看，并立即联系采购人。"


class SubmitBid(Command):
    """Seal the draft and hand it in. `version` is the draft's as the check page showed it; `key`
    makes a repeat of the same request count once.
    """

    bid_id: str
    version: int | None
    key: str = ""


class WithdrawBid(Command):
    """Take the bid back."""

    bid_id: str
    version: int | None
    reason: str = ""


def submit_bid(uow: UnitOfWork, command: SubmitBid, key: PlatformKey) -> BidVersion:
    """Seal the draft on the server to the tender's key and receive it; the receipt is signed.

    Raises DeadlinePassed from the deadline instant on, Invalid when the draft has gaps, ShutOut for
    a bid that was received in time and finds the opening held.
    """
    request = request_of(ACTION, command.key, command)
    earlier = uow.earlier_result(request)
    if earlier is not None:
        return uow.session.get_one(BidVersion, earlier)
    held = queries.hold_own_bid(uow.session, uow.actor, command.bid_id)
    bid, tender, project = held.bid, held.tender, held.project
    bidder = queries.bidder_of(uow.session, uow.actor, project, tender)
    policies.may_hand_in(uow.actor, bid, bidder).require()
    # What would have been refused at any hour was not shut out by the hour.
    draft = unwrap(bid.draft, key)
    _refuse_gaps(uow, draft.present, tender, bidder)
    if policies.may_note_shut_out(tender, uow.now).ok:
        raise policies.ShutOut(
            "您的投标在截止前已经送达平台，但在开标前没有能够存入，这不是您的原因。",
            rule=cite("late", tender.method),
            remedy=NOTED,
        )
    take_up(bid, command, policies.may_submit_bid(uow.actor, bid, tender, bidder, uow.now))
    number = held.versions + 1
    sealed = _seal(uow, held, draft.present, number, key)
    # Before the first change, which the next question to the database would write by itself.
    uow.head_of(stream_of(bid.id))
    bid.draft = wrap(replace(draft, sealed=draft.present, sealed_version=number), key)
    version = receive_envelope(uow, bid, tender, project, number, sealed, key)
    paper = receipt_paper(
        project=project,
        buyer=uow.session.get_one(Organisation, project.buyer_id),
        bidder=uow.session.get_one(Organisation, bid.supplier_id),
        tender=tender,
        version=version,
        submitted_by=uow.actor.name,
        files=draft.present.files,
    )
    keep_paper(uow, key, version, paper)
    uow.keep_result(request, version.id)
    return version


def receive_envelope(
    uow: UnitOfWork,
    bid: Bid,
    tender: Tender,
    project: Project,
    number: int,
    sealed: bytes,
    key: PlatformKey,
) -> BidVersion:
    """Take a sealed envelope in as the bid's newest version; wherever it was sealed.

    The caller has asked the policy with the tender's row locked.
    """
    if not looks_sealed(sealed):
        raise Invalid(
            "envelope",
            "收到的内容没有按要求加密，不予接收。",
            cite("late", tender.method),
            "请从本平台的投标页面提交。",
        )
    stream = stream_of(bid.id)
    seq, head = uow.head_of(stream)
    receipt = make_receipt(
        key,
        tender=tender,
        bid=bid,
        number=number,
        sealed=sealed,
        received_at=uow.now,
        chain=(stream, seq + 1, head),
    )
    version = BidVersion(
        bid_id=bid.id,
        number=number,
        sha256=file_store().put(sealed),
        size=len(sealed),
        received_at=uow.now,
        received_from=uow.actor.user_id,
        receipt=receipt.body,
        signature=receipt.signature,
    )
    bid.state = advance("submit_bid", bid.state)
    uow.session.add(version)
    uow.emit(
        BidSubmitted.of(
            bid,
            version,
            tender,
            version_id=version.id,
            receipt_id=str(receipt.body["receipt_id"]),
            receipt_sha256=receipt.sha256,
        )
    )
    if number > KEPT_ENVELOPES:
        _release(uow, bid, number - KEPT_ENVELOPES)
    return version


def _release(uow: UnitOfWork, bid: Bid, number: int) -> None:
    """Let go of the sealed content of a version that was replaced so many times; receipt, digest and
    row stay. Only the newest counts (O87 art 34), and a bidder may replace without end.
    """
    replaced = uow.session.scalars(
        select(BidVersion).where(BidVersion.bid_id == bid.id, BidVersion.number == number)
    ).first()
    if replaced is None:
        return
    uow.emit(EnvelopeReleased.of(bid, replaced, version_id=replaced.id))
    uow.after_commit(partial(file_store().forget, replaced.sha256))


def withdraw_bid(uow: UnitOfWork, command: WithdrawBid) -> Bid:
    """Take the bid back; its versions stay sealed for ever, the draft stays (O87 art 34)."""
    held = queries.hold_own_bid(uow.session, uow.actor, command.bid_id)
    bid = held.bid
    policies.may_take_back(uow.actor, bid).require()
    if policies.may_note_shut_out(held.tender, uow.now).ok:
        raise policies.ShutOut(
            "您的撤回申请在截止前已经送达平台，但在开标前没有能够办理，这不是您的原因。",
            rule=cite("change", held.tender.method),
            remedy=NOTED,
        )
    take_up(bid, command, policies.may_withdraw_bid(uow.actor, bid, held.tender, uow.now))
    uow.head_of(stream_of(bid.id))
    bid.state = advance("withdraw_bid", bid.state)
    uow.emit(BidWithdrawn(subject_id=bid.id, number=held.versions, reason=command.reason.strip()))
    return bid


def _refuse_gaps(
    uow: UnitOfWork, content: BidContent, tender: Tender, bidder: policies.Bidder
) -> None:
    criteria = criteria_of(uow.session, tender.id)
    blocked = [
        finding
        for finding in findings(content, tender, criteria, bidder.credit_code)
        if finding.blocks
    ]
    if blocked:
        first = blocked[0]
        raise Invalid("confirmed", first.message, first.rule, first.remedy)


def _seal(
    uow: UnitOfWork, held: queries.HeldBid, content: BidContent, number: int, key: PlatformKey
) -> bytes:
    store = file_store()
    files = [
        SealedFile(file.name, file.media_type, key.unwrap(store.read(file.kept)), file.reception)
        for file in content.files
    ]
    for told, file in zip(content.files, files, strict=True):
        if hashlib.sha256(file.content).hexdigest() != told.sha256:
            raise Invalid(
                "files", f"附件“{told.name}”的存储内容不完整。", remedy="请移除后重新上传。"
            )
    # A published tender has its key; the policy has asked for that.
    assert held.recipient is not None
    manifest = Manifest(
        Address(held.tender.id, held.bid.lot_id, held.bid.supplier_id, number),
        uow.now.isoformat(timespec="microseconds"),
        content.fields(),
    )
    return ENVELOPE.seal(held.recipient, manifest, files)
