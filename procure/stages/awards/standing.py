"""How one reader stands to a review: what policies are asked about and pages are drawn from."""

from dataclasses import dataclass

from procure.kernel.access import Actor
from procure.kernel.errors import NotFound
from procure.kernel.lifecycle import ReviewState
from procure.registers.accounts.models import User
from procure.registers.projects.models import Project
from procure.stages.awards.models import PanelMember, Review
from procure.stages.tenders.models import Tender, TenderCriterion

REVEALED = frozenset(
    {
        ReviewState.SCORED,
        ReviewState.REPORTED,
        ReviewState.DECIDED,
        ReviewState.ANNOUNCED,
        ReviewState.FAILED,
        ReviewState.ENDED,
    }
)
"""States in which all marks are locked or no more are given, so that prices may be seen."""
DELIVERED = (ReviewState.REPORTED, ReviewState.DECIDED, ReviewState.ANNOUNCED)
"""States in which the buyer has the report."""


@dataclass(frozen=True)
class MemberRow:
    """A seat of the panel with its person."""

    member: PanelMember
    user: User


@dataclass(frozen=True, kw_only=True)
class ReviewCase:
    """A case under review as its reader stands to it; `review` is None before the draw, `members` are
    all who sat or sit, `oversees` says that the case is read for the buyer or for audit.
    """

    reader: Actor
    project: Project
    tender: Tender
    review: Review | None
    members: tuple[MemberRow, ...] = ()
    criteria: tuple[TenderCriterion, ...] = ()
    oversees: bool = False

    @property
    def started(self) -> Review:
        """The review; NotFound before the draw."""
        if self.review is None:
            raise NotFound("评审小组还没有抽取。")
        return self.review

    @property
    def state(self) -> ReviewState | None:
        """Where the review stands; None before the draw."""
        return self.review.state if self.review is not None else None

    @property
    def seated(self) -> tuple[MemberRow, ...]:
        """The members who sit, in the order of the draw."""
        return tuple(row for row in self.members if row.member.replaced_at is None)

    @property
    def own(self) -> PanelMember | None:
        """The reader's seat."""
        return next((row.member for row in self.seated if self._is_readers(row)), None)

    @property
    def sat(self) -> bool:
        """Whether the reader has, or had, a seat."""
        return any(self._is_readers(row) for row in self.members)

    @property
    def stepped_aside(self) -> bool:
        """Whether the reader had a seat and declared a conflict."""
        return any(self._is_readers(row) and row.member.has_conflict for row in self.members)

    @property
    def sees_prices(self) -> bool:
        """Whether prices are for this reader: members wait until all marks are locked."""
        return self.is_revealed or (self.oversees and self.own is None)

    @property
    def is_revealed(self) -> bool:
        """Whether prices and everybody's marks may be seen by the panel."""
        return self.state in REVEALED

    def member(self, member_id: str) -> MemberRow:
        """The seat of that id; NotFound where there is none."""
        found = next((row for row in self.members if row.member.id == member_id), None)
        if found is None:
            raise NotFound("没有找到这名成员。")
        return found

    def _is_readers(self, row: MemberRow) -> bool:
        return row.member.user_id == self.reader.user_id
