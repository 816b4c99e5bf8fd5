"""What the platform owes a bidder whose bid, or whose withdrawal of it, was here in time and could not
be stored, or whose bid it stored and lost: a signed note.

The note says what was asked for, when it was received and when the opening was, so that the bidder
can have the matter judged. It changes nothing: what was not stored before the opening stays out, and
what was not taken back stays in.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from procure.kernel.clock import to_micros
from procure.kernel.events import canonical
from procure.kernel.lifecycle import BidState
from procure.stages.bids import policies, queries
from procure.stages.bids.events import LOSS, SUBMISSION, BidShutOut, ShutOutNoted
from procure.stages.bids.models import Bid
from procure.stages.bids.receipts import pseudonym
from procure.stages.bids.use_cases.envelopes import Received
from procure.stages.tenders.models import Tender
from procure.store.secrets import PlatformKey
from procure.store.types import new_id
from procure.store.unit_of_work import UnitOfWork

FORMAT = "procure-shut-out-note/2"


def note_shut_out(
    uow: UnitOfWork, bid_id: str, key: PlatformKey, act: str = SUBMISSION
) -> BidShutOut:
    """Sign and record that what was asked for a bid at `uow.now` was in time and found the opening
    held.

    Raises Denied when it was not so. The case's chain learns that it happened, not to whom: in a
    tender that failed nobody is named.
    """
    bid = queries.get_own_bid(uow.session, uow.actor, bid_id)
    tender = uow.session.get_one(Tender, bid.tender_id)
    policies.may_note_shut_out(tender, uow.now).require()
    return _noted(uow, tender, bid, key, act, uow.now, {})


def note_loss(uow: UnitOfWork, tender: Tender, lost: Received, key: PlatformKey) -> BidShutOut:
    """Sign and record that the platform lost an envelope that it had received in time, at the opening
    of the others: the receipt holds, and the bidder did nothing wrong.
    """
    version = lost.version
    receipt = {"receipt": str(version.receipt["receipt_id"]), "envelope_sha256": version.sha256}
    return _noted(uow, tender, lost.bid, key, LOSS, version.received_at, receipt)


def _noted(
    uow: UnitOfWork,
    tender: Tender,
    bid: Bid,
    key: PlatformKey,
    act: str,
    received_at: datetime,
    more: Mapping[str, str],
) -> BidShutOut:
    assert tender.deadline_at is not None
    note_id = new_id()
    draft_sha256 = hashlib.sha256(bid.draft).hexdigest()
    text = canonical(
        {
            "format": FORMAT,
            "act": act,
            "note_id": note_id,
            "tender": tender.id,
            "lot": bid.lot_id,
            "bidder": pseudonym(note_id, bid.supplier_id),
            "received_us": to_micros(received_at),
            "deadline_us": to_micros(tender.deadline_at),
            "opened_us": to_micros(tender.opened_at) if tender.opened_at else None,
            "earlier_version_opened": bid.state is BidState.OPENED and act != LOSS,
            "draft_sha256": draft_sha256,
            "public_key": key.public_key,
            **more,
        }
    )
    note = BidShutOut.of(
        bid,
        tender,
        act=act,
        note_id=note_id,
        received_at=received_at,
        draft_sha256=draft_sha256,
        note=text,
        signature=key.sign(text.encode()),
    )
    uow.emit(note)
    uow.emit(ShutOutNoted.of(tender, act=act, note_id=note_id, received_at=received_at))
    return note
