"""Sealed envelopes before anything of them is opened: all read, all compared, all tried.

What is not there is the store's fault and stops the opening until the store is back: it says nothing
about any bid. Only where the store is there and a file in it is not, for hours, can a second person
of the buyer have it recorded as lost by the platform, so that one lost file does not keep all others
sealed for ever. Damaged is only what is there and is not what was received, and even that is recorded
as damaged only once a second person of the buyer has confirmed it: nothing of the sealed content is
public yet, and a copy may be restored.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from procure.kernel.errors import Conflict, Unavailable
from procure.kernel.events import plain
from procure.kernel.lifecycle import BidState
from procure.registers.accounts.models import Organisation
from procure.registers.documents.storage import DamagedFile, StoreAway, file_store
from procure.stages.bids import policies, queries
from procure.stages.bids.models import Bid, BidVersion
from procure.stages.bids.sealing import ENVELOPE, Address, DamagedEnvelope, OpenedEnvelope
from procure.stages.tenders.models import Tender
from procure.store.unit_of_work import UnitOfWork

NOT_AS_RECEIVED = "密文与回执上的校验码不符"
NO_PRICE = "密封件内没有报价"


@dataclass(frozen=True)
class Received:
    """A bid that was handed in, with its newest version and its bidder."""

    bid: Bid
    version: BidVersion
    supplier: Organisation

    @property
    def address(self) -> Address:
        """What the envelope must say of itself."""
        bid = self.bid
        return Address(bid.tender_id, bid.lot_id, bid.supplier_id, self.version.number)


@dataclass(frozen=True)
class Damaged:
    """An envelope that is not what was received, without a word on whose it is."""

    version_id: str
    receipt_id: str
    received_at: datetime
    sha256: str
    damage: str

    def said(self) -> dict[str, Any]:
        """What events say of it."""
        return {
            "version": self.version_id,
            "receipt": self.receipt_id,
            "received_at": plain(self.received_at),
            "sha256": self.sha256,
            "damage": self.damage,
        }


class EnvelopesAway(Unavailable):
    """Envelopes cannot be read, so that none is opened; `digests` names them for a restore, `missing`
    are those that a store which is there no longer has.
    """

    def __init__(self, digests: Collection[str] = (), missing: Sequence[Damaged] = ()) -> None:
        super().__init__(
            "平台暂时读不到密封文件，标书没有打开，请联系系统管理员。",
            remedy="密封文件恢复以后再打开本页面开标；投标人提交的标书和回执不受影响。",
        )
        self.digests = tuple(sorted(digests))
        self.missing = tuple(missing)
        if missing:
            self.remedy = f"{self.remedy}{policies.lost_for_good()}"


class EnvelopesDamaged(Conflict):
    """Envelopes are damaged and nobody has confirmed so yet; none is opened."""

    def __init__(self, damaged: Sequence[Damaged]) -> None:
        super().__init__(
            f"有 {len(damaged)} 份密封件损坏，标书没有打开。",
            remedy=(
                "请联系系统管理员从备份恢复，恢复以后再开标；不能恢复的，由本单位的审核负责人"
                "在“密封件损坏”页面确认以后，再开标。"
            ),
        )
        self.damaged = tuple(damaged)


def received_bids(uow: UnitOfWork, tender: Tender) -> list[Received]:
    """The bids that count, in the order in which they came: so the record announces them."""
    rows = uow.session.execute(
        select(Bid, Organisation)
        .join(Organisation, Organisation.id == Bid.supplier_id)
        .where(Bid.tender_id == tender.id, Bid.state == BidState.SUBMITTED)
        .order_by(Organisation.name, Bid.id)
    )
    found = []
    for bid, supplier in rows.all():
        version = queries.newest_version(uow.session, bid.id)
        assert version is not None
        found.append(Received(bid, version, supplier))
    return sorted(found, key=lambda one: (one.version.received_at, one.supplier.name))


def compare_all(received: Sequence[Received], lost: Collection[str] = ()) -> dict[str, str]:
    """Read every envelope and compare it with its receipt; what is wrong, by version.

    `lost` are the versions that a second person confirmed as lost by the platform; they may be
    missing. Raises EnvelopesAway when the store is not ours, or another one cannot be read whatever
    the others are like.
    """
    try:
        file_store().require_ours()
    except StoreAway as fault:
        raise EnvelopesAway([one.version.sha256 for one in received]) from fault
    away, missing, faults = [], [], {}
    for one in received:
        try:
            file_store().read(one.version.sha256)
            is_whole = one.version.sha256 == one.version.receipt["sha256"]
        except StoreAway:
            is_missing = is_lost(one.version.sha256)
            if is_missing and one.version.id in lost:
                faults[one.version.id] = policies.LOST
                continue
            away.append(one.version.sha256)
            if is_missing:
                missing.append(_found(one, policies.LOST))
            continue
        except DamagedFile:
            is_whole = False
        if not is_whole:
            faults[one.version.id] = NOT_AS_RECEIVED
    if away:
        raise EnvelopesAway(away, missing)
    return faults


def is_lost(digest: str) -> bool:
    """Whether the envelope's file is gone from a store that is there.

    Raises EnvelopesAway when the store is away, where nobody can tell.
    """
    try:
        return file_store().lacks(digest)
    except StoreAway as fault:
        raise EnvelopesAway([digest]) from fault


def try_all(received: Sequence[Received], identity: str) -> dict[str, str]:
    """Try the key on every envelope and keep nothing; why it cannot be opened, by version."""
    faults = {}
    for one in received:
        try:
            unseal(one, identity)
        except DamagedEnvelope as damaged:
            faults[one.version.id] = damaged.reason
    return faults


def unseal(one: Received, identity: str) -> OpenedEnvelope:
    """The content of an envelope; DamagedEnvelope when it cannot be had, EnvelopesAway when the
    store gave it a moment ago and does not now.

    Its files were judged before they were sealed. They are not judged again: no rule that became
    stricter since, and no program that fails today, throws a bid out at its opening.
    """
    try:
        sealed = file_store().read(one.version.sha256)
    except (StoreAway, DamagedFile) as fault:
        raise EnvelopesAway([one.version.sha256]) from fault
    opened = ENVELOPE.open(identity, sealed, one.address)
    price = opened.manifest.fields.get("price_fen")
    if not isinstance(price, int) or price <= 0:
        raise DamagedEnvelope(NO_PRICE)
    return opened


def require_confirmed(
    received: Sequence[Received], faults: Mapping[str, str], confirmed: Collection[str]
) -> None:
    """Raise EnvelopesDamaged for envelopes whose damage no second person has confirmed."""
    unconfirmed = [
        _found(one, faults[one.version.id])
        for one in received
        if one.version.id in faults and one.version.id not in confirmed
    ]
    if unconfirmed:
        raise EnvelopesDamaged(unconfirmed)


def _found(one: Received, damage: str) -> Damaged:
    return Damaged(
        one.version.id,
        str(one.version.receipt["receipt_id"]),
        one.version.received_at,
        one.version.sha256,
        damage,
    )
