"""The receipt of a sealed version: signed data that the bidder keeps and anybody can check.

It is signed with the platform's Ed25519 key over its canonical JSON. It names the bidder by a
pseudonym, and the place of the event in the bid's chain; the event in turn carries the digest of
the receipt, so that neither can be made up later without the other.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from procure.kernel.clock import local, local_date, to_micros
from procure.kernel.events import canonical, plain
from procure.kernel.methods import words_of
from procure.kernel.phrases import spoken
from procure.registers.accounts.models import Organisation
from procure.registers.projects.models import Project
from procure.render.wording import phrase
from procure.stages.bids.content import DraftFile
from procure.stages.bids.models import Bid, BidReceiptPaper, BidVersion
from procure.stages.tenders.models import Tender
from procure.store.secrets import PlatformKey
from procure.store.types import new_id
from procure.store.unit_of_work import UnitOfWork

WORDS = "opening@1"

FORMAT = "procure-bid-receipt/1"
TEMPLATE = "bid-receipt@3"


@dataclass(frozen=True)
class Receipt:
    """A receipt with its signature; `text` is what was signed."""

    body: dict[str, Any]
    signature: str

    @property
    def text(self) -> str:
        """The canonical JSON that was signed."""
        return canonical(self.body)

    @property
    def sha256(self) -> str:
        """The digest of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def make_receipt(
    key: PlatformKey,
    *,
    tender: Tender,
    bid: Bid,
    number: int,
    sealed: bytes,
    received_at: datetime,
    chain: tuple[str, int, str],
) -> Receipt:
    """The signed receipt of a version; `chain` is (stream, seq, hash before) of its event."""
    receipt_id = new_id()
    assert tender.deadline_at is not None
    body: dict[str, Any] = {
        "format": FORMAT,
        "receipt_id": receipt_id,
        "tender": tender.id,
        "lot": bid.lot_id,
        "bidder": pseudonym(receipt_id, bid.supplier_id),
        "version": number,
        "sha256": hashlib.sha256(sealed).hexdigest(),
        "size": len(sealed),
        "received_us": to_micros(received_at),
        "deadline_us": to_micros(tender.deadline_at),
        "chain": {"stream": chain[0], "seq": chain[1], "prev": chain[2]},
        "public_key": key.public_key,
    }
    return Receipt(body, key.sign(canonical(body).encode()))


def keep_paper(
    uow: UnitOfWork, key: PlatformKey, version: BidVersion, data: Mapping[str, Any]
) -> None:
    """Keep what the receipt of a version says on paper, so that it says the same for ever."""
    said = canonical(plain({"template": TEMPLATE, "data": data})).encode()
    uow.session.add(BidReceiptPaper(version_id=version.id, paper=key.wrap(said)))


def kept_paper(
    session: Session, key: PlatformKey, version_id: str
) -> tuple[str, dict[str, Any]] | None:
    """Template and data of the receipt of a version; None for versions of before they were kept."""
    kept = session.get(BidReceiptPaper, version_id)
    if kept is None:
        return None
    said = json.loads(key.unwrap(kept.paper))
    return said["template"], said["data"]


def pseudonym(receipt_id: str, supplier_id: str) -> str:
    """How a receipt names the bidder: only who knows both ids can tell."""
    return hashlib.sha256(canonical([receipt_id, supplier_id]).encode()).hexdigest()


def receipt_paper(
    *,
    project: Project,
    buyer: Organisation,
    bidder: Organisation,
    tender: Tender,
    version: BidVersion,
    submitted_by: str,
    files: Sequence[DraftFile],
) -> dict[str, Any]:
    """The data of the receipt as a paper (template bid-receipt)."""
    assert tender.deadline_at is not None
    words = words_of(tender.method)
    envelope = {
        "name": phrase(WORDS, "envelope", bid_file=words.bid_file),
        "size_bytes": version.size,
        "sha256": version.sha256,
    }
    return {
        "receipt_no": spoken(str(version.receipt["receipt_id"])),
        "receiver": buyer.name,
        "made_on": local_date(version.received_at).isoformat(),
        "project_no": project.number,
        "project_name": project.title,
        "bidder": bidder.name,
        "bidder_code": bidder.credit_code or "",
        "submitted_by": submitted_by,
        "version": version.number,
        "received_at": local(version.received_at).isoformat(),
        "deadline": local(tender.deadline_at).isoformat(),
        "bid_file": words.bid_file,
        "opening": words.opening,
        "envelope_sha256": version.sha256,
        "files": [
            envelope,
            *(
                {"name": file.name, "size_bytes": file.size, "sha256": file.sha256}
                for file in files
            ),
        ],
        "remark": phrase(WORDS, "signature", signature=version.signature),
    }
