"""What a bid says: the bidder's draft, kept encrypted, and what of it is sealed.

A draft may have gaps; `procure.stages.bids.check` says which. The blob that stands in the database
holds the present draft and, once sealed, the content of the newest sealed version, so that the
bidder can always read what it sent.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from procure.kernel.events import canonical, plain
from procure.kernel.uploads import AS_IT_CAME, Reception, reception_from
from procure.store.secrets import PlatformKey

STATEMENTS: tuple[str, ...] = (
    "具有独立承担民事责任的能力",
    "具有良好的商业信誉和健全的财务会计制度",
    "具有履行合同所必需的设备和专业技术能力",
    "有依法缴纳税收和社会保障资金的良好记录",
    "参加政府采购活动前三年内，在经营活动中没有重大违法记录",
    "符合法律、行政法规规定的其他条件和采购文件的资格要求",
)
"""Q1 to Q6: what a supplier must be (政府采购法 art 22)."""


@dataclass(frozen=True)
class DraftFile:
    """An attachment of a draft: `sha256` is of the file, `kept` of its encrypted copy on disk."""

    name: str
    media_type: str
    size: int
    sha256: str
    kept: str
    reception: Reception = AS_IT_CAME


@dataclass(frozen=True)
class BidContent:
    """The answers of a bid; None and empty texts are what is still missing."""

    price_fen: int | None = None
    hours: int | None = None
    claims_deduction: bool | None = None
    proposal: str = ""
    answers: tuple[str, ...] = ()
    statements: tuple[bool, ...] = (False,) * len(STATEMENTS)
    project_manager: str = ""
    manager_experience: str = ""
    files: tuple[DraftFile, ...] = ()
    institution_class: str = ""
    """What an institution is classed as, by its own answer; empty for others."""

    @property
    def stated(self) -> tuple[str, ...]:
        """The statements that were made, in words."""
        return tuple(words for words, made in zip(STATEMENTS, self.statements, strict=True) if made)

    def fields(self) -> dict[str, Any]:
        """What goes into the envelope, without the files."""
        return {
            "price_fen": self.price_fen,
            "hours": self.hours,
            "claims_deduction": bool(self.claims_deduction),
            "proposal": self.proposal,
            "answers": list(self.answers),
            "statements": list(self.stated),
            "project_manager": self.project_manager,
            "manager_experience": self.manager_experience,
            "institution_class": self.institution_class,
        }


@dataclass(frozen=True)
class Draft:
    """What stands encrypted in a bid's row."""

    present: BidContent = field(default_factory=BidContent)
    sealed: BidContent | None = None
    sealed_version: int = 0


def wrap(draft: Draft, key: PlatformKey) -> bytes:
    """A draft encrypted for keeping."""
    return key.wrap(canonical(plain(asdict(draft))).encode())


def unwrap(blob: bytes, key: PlatformKey) -> Draft:
    """A kept draft; ValueError when it was kept by another platform."""
    said = json.loads(key.unwrap(blob))
    sealed = said["sealed"]
    return Draft(
        _content(said["present"]),
        None if sealed is None else _content(sealed),
        said["sealed_version"],
    )


def _content(said: Mapping[str, Any]) -> BidContent:
    return BidContent(
        **{
            **said,
            "answers": tuple(said["answers"]),
            "statements": tuple(said["statements"]),
            "files": tuple(_file(file) for file in said["files"]),
        }
    )


def _file(said: Mapping[str, Any]) -> DraftFile:
    return DraftFile(**{**said, "reception": reception_from(said.get("reception"))})
