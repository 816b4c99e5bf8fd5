"""A review that ends without a winner: the state of both, a notice, the reason (政府采购法 art 36);
or that stops because its purchase was ended (O87 art 29).
"""

from sqlalchemy import select

from procure.kernel.lifecycle import advance
from procure.registers.deadlines.use_cases import cancel_terms
from procure.stages.awards.events import ReviewEnded, ReviewFailed
from procure.stages.awards.models import Review
from procure.stages.awards.standing import ReviewCase
from procure.stages.bids.use_cases.opening import fail_tender
from procure.stages.tenders.events import TenderTerminated
from procure.store.holding import hold
from procure.store.unit_of_work import UnitOfWork


def fail_review(uow: UnitOfWork, case: ReviewCase, reason: str, valid: int) -> None:
    """End the review and its tender; `valid` bids were left. The caller has asked its policy."""
    review = case.started
    review.state = advance("fail_review", review.state)
    review.ended_reason = reason
    cancel_terms(uow, review.id)
    notice = fail_tender(uow, case.tender, case.project, reason, valid, streams={}, takers={})
    uow.emit(ReviewFailed.of(review, reason=reason, notice=notice.number))


def on_tender_terminated(uow: UnitOfWork, event: TenderTerminated) -> None:
    """End the review of an ended purchase and give up its terms; what was found stays on record."""
    review_id = uow.session.scalar(select(Review.id).where(Review.tender_id == event.subject_id))
    if review_id is None:
        return
    review = hold(uow.session, Review, review_id)
    review.state = advance("end_review", review.state)
    review.ended_reason = event.reason
    cancel_terms(uow, review_id)
    uow.emit(ReviewEnded.of(review, reason=event.reason))
