"""What a signed contract itself says about acceptance, read from the text that was signed.

The figures of the house's standard terms may change with a later template; those of a contract in
force do not.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from procure.registers.documents.models import Document
from procure.stages.contracts import paper
from procure.stages.contracts.models import Contract


@dataclass(frozen=True)
class Agreed:
    """Floors in percent, days in working days, and the service standards of article 2."""

    satisfaction_floor: Decimal
    sample_percent: Decimal
    acceptance_workdays: int
    standards: tuple[str, ...]
    requirement: str


def agreed_of(session: Session, contract: Contract) -> Agreed:
    """The terms of the contract's text; the house's own where it says nothing of them."""
    text = session.get(Document, contract.document_id) if contract.document_id else None
    said = text.snapshot if text is not None and text.snapshot else {}
    acceptance = said.get("acceptance")
    house = paper.standard_terms("")
    terms = house["acceptance"] | (acceptance if isinstance(acceptance, dict) else {})
    standards = said.get("standards")
    return Agreed(
        Decimal(str(said.get("satisfaction_floor", house["satisfaction_floor"]))),
        Decimal(str(terms["recipient_sample_percent"])),
        int(terms["period_days"]),
        tuple(str(one) for one in standards) if isinstance(standards, list) else paper.standards(),
        str(said.get("service_content", "")),
    )
