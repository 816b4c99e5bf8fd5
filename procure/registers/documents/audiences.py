"""Who reads which paper: the one rule that pages, downloads and lists share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from procure.kernel.access import Actor, Permission, Role
from procure.registers.documents.models import (
    AboutPaper,
    DocumentAudience,
    DocumentKind,
    PaperLine,
)
from procure.registers.projects.models import Part

SEALED_KINDS = frozenset({DocumentKind.BID_RECEIPT, DocumentKind.BID_ATTACHMENT})
"""Papers that only their owner sees before the bids are opened (O87 art 39)."""

PAGE: Mapping[DocumentKind, Permission] = {
    DocumentKind.TENDER_DOCUMENT: Permission.PROJECT_VIEW,
    DocumentKind.CONTRACT_DRAFT: Permission.PROJECT_VIEW,
    DocumentKind.NOTICE: Permission.PROJECT_VIEW,
    DocumentKind.BID_RECEIPT: Permission.BID_VIEW_OWN,
    DocumentKind.BID_ATTACHMENT: Permission.REVIEW_VIEW,
    DocumentKind.OPENING_RECORD: Permission.REVIEW_VIEW,
    DocumentKind.REVIEW_REPORT: Permission.REVIEW_VIEW,
    DocumentKind.CANDIDATE_PROOF: Permission.REVIEW_VIEW,
    DocumentKind.AWARD_NOTICE: Permission.REVIEW_VIEW,
    DocumentKind.CONTRACT: Permission.CONTRACT_VIEW,
    DocumentKind.DELIVERY_EVIDENCE: Permission.DELIVERY_VIEW,
    DocumentKind.EVALUATION_REPORT: Permission.EVALUATION_VIEW,
    DocumentKind.ACCEPTANCE_CERTIFICATE: Permission.ACCEPTANCE_VIEW,
    DocumentKind.INVOICE: Permission.PAYMENT_VIEW,
    DocumentKind.PAYMENT_SHEET: Permission.PAYMENT_VIEW,
    DocumentKind.CONTRACT_ENDING: Permission.CONTRACT_VIEW,
    DocumentKind.ENDING_EVIDENCE: Permission.CONTRACT_VIEW,
}
"""The permission of the page that a paper belongs to: whom the page is closed to does not read the
paper either, unless it is published.
"""

OWN_PAGE: Mapping[DocumentKind, Permission] = {
    DocumentKind.BID_ATTACHMENT: Permission.BID_VIEW_OWN,
    DocumentKind.AWARD_NOTICE: Permission.BID_VIEW_OWN,
}
"""The same for the organisation whose own the paper is, where it has a page of its own."""


SIGNED_BY_PANEL = frozenset({DocumentKind.REVIEW_REPORT})
"""What the members of the panel sign and answer for (GPL-R art 41). They may not take papers of the
review along (O87 art 62), so a copy is theirs only once the result is out; until then the page on
which they signed shows what they signed.
"""


Addressed = AboutPaper | PaperLine
"""What says of a paper, filed or ordered, who may read it: kind, audience, whose own it is, and what it
is about: a report's review, an attachment's bid.
"""


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

    `newest` is their seat on that of the newest opened tender, `judges` the bids of that tender once
    they have declared; `informed_of` holds the reviews, of any round, on which they sit and all marks
    are locked; `by_tender` is the seat on each tender's panel, `newest_tender` the one of `newest`.
    """

    newest: PanelSeat = PanelSeat.NONE
    judges: frozenset[str] = frozenset()
    informed_of: frozenset[str] = frozenset()
    by_tender: Mapping[str, PanelSeat] = field(default_factory=dict)
    newest_tender: str | None = None

    def for_round(self, tender_id: str) -> PanelSeat:
        """What binds the reader of one round: the seat on its panel, or that on the newest one while
        it keeps from what earlier rounds bid.
        """
        if self.newest in UNINFORMED:
            return self.newest
        return self.by_tender.get(tender_id, PanelSeat.NONE)


UNINFORMED = frozenset({PanelSeat.KEPT_OUT, PanelSeat.STEPPED_ASIDE, PanelSeat.JUDGING})
KEPT_FROM_UNINFORMED = frozenset(
    {
        DocumentKind.BID_ATTACHMENT,
        DocumentKind.OPENING_RECORD,
        DocumentKind.REVIEW_REPORT,
        DocumentKind.CANDIDATE_PROOF,
    }
)
"""What a member does not read until the result is out, be they the buyer's own person, but for the
bids they judge: bids before their declaration, prices before the marks are locked, and all that an
earlier round bid and found.
"""


@dataclass(frozen=True)
class Standing:
    """How an actor stands to a case: facts that the database answers, the rule being pure.

    `in_view` says that the case's buyer is the actor's own, below it, or under its oversight;
    `opened` that the bids are open; `announced` that the result is; `seat` how their seat on the
    newest review panel binds them, `judges` the bids it opens to them; `informed_of` the reviews, of
    any round, whose marks they have seen as a member.
    """

    parts: frozenset[Part] = frozenset()
    in_view: bool = False
    opened: bool = False
    announced: bool = False
    seat: PanelSeat = PanelSeat.NONE
    judges: frozenset[str] = frozenset()
    informed_of: frozenset[str] = frozenset()


def is_readable(actor: Actor, document: Addressed, standing: Standing) -> bool:
    """Whether the actor may read the paper, given how they stand to its case.

    What is published is everybody's. All else takes the permission of the page it belongs to, and
    a part in the case that the paper is meant for.
    """
    if document.audience is DocumentAudience.PUBLIC or actor.holds(Role.SYSTEM):
        return True
    if not actor.may(Permission.PROJECT_VIEW):
        return False
    page = PAGE[document.kind]
    if document.owner_id is not None and document.owner_id == actor.organisation_id:
        return actor.may(OWN_PAGE.get(document.kind, page))
    if (document.kind in SEALED_KINDS and not standing.opened) or is_kept_from(document, standing):
        return False
    if _is_for_member(actor, document, standing):
        return True
    return actor.may(page) and _is_for_side(actor, document, standing)


def _is_for_member(actor: Actor, document: Addressed, standing: Standing) -> bool:
    """Whether the actor's seat on a review panel opens the paper, whatever else they are."""
    if not actor.may(Permission.BID_SCORE):
        return False
    if document.kind in SIGNED_BY_PANEL:
        return standing.announced and document.subject_id in standing.informed_of
    is_bid = document.audience is DocumentAudience.PANEL
    return is_bid and document.subject_id in standing.judges


def _is_for_side(actor: Actor, document: Addressed, standing: Standing) -> bool:
    """Whether the paper is meant for the side on which the actor stands."""
    audience = document.audience
    if actor.holds(Role.AUDITOR) and standing.in_view:
        return _is_for_audit(document, standing)
    if audience is DocumentAudience.OWNER:
        return False
    if actor.is_buyer and standing.in_view:
        return True
    if audience is DocumentAudience.PANEL:
        return False
    if actor.holds(Role.BUDGET_OFFICER, Role.TREASURER):
        return standing.in_view
    # One assessor has no part in what another found.
    others = {Part.ASSESSOR} if document.kind is DocumentKind.EVALUATION_REPORT else set()
    return audience is DocumentAudience.PARTIES and bool(standing.parts - others)


def is_kept_from(document: Addressed, standing: Standing) -> bool:
    """Whether the actor's seat on the panel keeps the paper from them for now."""
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
