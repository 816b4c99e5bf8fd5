"""Who reads which paper: the one rule that pages, downloads and lists share."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from procure.kernel.access import Actor, Permission, Role
from procure.registers.documents.models import DocumentAudience, DocumentKind
from procure.registers.projects.models import Part

SEALED_KINDS = frozenset({DocumentKind.BID_RECEIPT, DocumentKind.BID_ATTACHMENT})
"""Papers that only their owner sees before the bids are opened (O87 art 39)."""

FINANCE_KINDS = frozenset(
    {
        DocumentKind.AWARD_NOTICE,
        DocumentKind.CONTRACT,
        DocumentKind.EVALUATION_REPORT,
        DocumentKind.ACCEPTANCE_CERTIFICATE,
        DocumentKind.INVOICE,
        DocumentKind.PAYMENT_SHEET,
    }
)
"""What the treasury checks a payment by (预算法 art 57)."""


SIGNED_BY_PANEL = frozenset({DocumentKind.REVIEW_REPORT})
"""What the members of the panel sign and answer for (GPL-R art 41). They may not take papers of the
review along (O87 art 62), so a copy is theirs only once the result is out; until then the page on
which they signed shows what they signed.
"""


class Addressed(Protocol):
    """What of a paper says who may read it."""

    @property
    def kind(self) -> DocumentKind:
        """What kind of paper it is."""

    @property
    def subject_id(self) -> str:
        """What it is about: a report, its review; an attachment, its bid."""

    @property
    def audience(self) -> DocumentAudience:
        """For whom it is meant."""

    @property
    def owner_id(self) -> str | None:
        """The organisation whose own it is."""


class PanelSeat(StrEnum):
    """How a seat on the review panel bears on what its holder may read.

    KEPT_OUT has not declared yet, STEPPED_ASIDE has declared a conflict: no bid is for them,
    whatever else they are. JUDGING has declared and reads no price. INFORMED: all marks are locked.
    """

    NONE = "none"
    KEPT_OUT = "kept_out"
    STEPPED_ASIDE = "stepped_aside"
    JUDGING = "judging"
    INFORMED = "informed"


@dataclass(frozen=True)
class PanelSeats:
    """How an actor sits on the panels of a case, which may be several when it was put out again.

    `newest` is his seat on that of the newest opened tender, `judges` the bids of that tender once
    he has declared; `informed_of` holds the reviews, of any round, on which he sits and all marks
    are locked.
    """

    newest: PanelSeat = PanelSeat.NONE
    judges: frozenset[str] = frozenset()
    informed_of: frozenset[str] = frozenset()


UNINFORMED = frozenset({PanelSeat.KEPT_OUT, PanelSeat.STEPPED_ASIDE, PanelSeat.JUDGING})
KEPT_FROM_UNINFORMED = frozenset(
    {
        DocumentKind.BID_ATTACHMENT,
        DocumentKind.OPENING_RECORD,
        DocumentKind.REVIEW_REPORT,
    }
)
"""What a member does not read until the result is out, be he the buyer's own person, but for the
bids he judges: bids before his declaration, prices before the marks are locked, and all that an
earlier round bid and found.
"""


@dataclass(frozen=True)
class Standing:
    """How an actor stands to a case: facts that the database answers, the rule being pure.

    `in_view` says that the case's buyer is the actor's own, below it, or under its oversight;
    `opened` that the bids are open; `announced` that the result is; `seat` how his seat on the
    newest review panel binds him, `judges` the bids it opens to him; `informed_of` the reviews, of
    any round, whose marks he has seen as a member.
    """

    parts: frozenset[Part] = frozenset()
    in_view: bool = False
    opened: bool = False
    announced: bool = False
    seat: PanelSeat = PanelSeat.NONE
    judges: frozenset[str] = frozenset()
    informed_of: frozenset[str] = frozenset()


def is_readable(actor: Actor, document: Addressed, standing: Standing) -> bool:
    """Whether the actor may read the paper, given how he stands to its case."""
    audience = document.audience
    if audience is DocumentAudience.PUBLIC or actor.holds(Role.SYSTEM):
        return True
    if not actor.may(Permission.PROJECT_VIEW):
        return False
    if document.owner_id is not None and document.owner_id == actor.organisation_id:
        return True
    if (document.kind in SEALED_KINDS and not standing.opened) or is_kept_from(document, standing):
        return False
    if actor.holds(Role.AUDITOR) and standing.in_view:
        return _is_for_audit(document, standing)
    if audience is DocumentAudience.OWNER:
        return False
    if actor.is_buyer and standing.in_view:
        return True
    if audience is DocumentAudience.PANEL or document.kind in SIGNED_BY_PANEL:
        return _is_for_panel(document, standing)
    if actor.holds(Role.BUDGET_OFFICER, Role.TREASURER):
        return standing.in_view and document.kind in FINANCE_KINDS
    return audience is DocumentAudience.PARTIES and bool(standing.parts)


def _is_for_panel(document: Addressed, standing: Standing) -> bool:
    if document.kind in SIGNED_BY_PANEL:
        return standing.announced and document.subject_id in standing.informed_of
    return document.subject_id in standing.judges


def is_kept_from(document: Addressed, standing: Standing) -> bool:
    """Whether the actor's seat on the panel keeps the paper from him for now."""
    if standing.announced or standing.seat not in UNINFORMED:
        return False
    return document.kind in KEPT_FROM_UNINFORMED and document.subject_id not in standing.judges


def _is_for_audit(document: Addressed, standing: Standing) -> bool:
    """Auditors read all but what is secret: the review report names the experts, who are until the
    result is out (R-COM-7).
    """
    if document.kind is DocumentKind.REVIEW_REPORT:
        return standing.announced
    return document.audience is not DocumentAudience.PANEL or standing.opened
