"""A review that ends without a winner: the state of both, a notice, the reason (政府采购法 art 36);
or that stops because its purchase was ended (O87 art 29).
"""

from sqlalchemy import select

from procure.kernel.lifecycle import advance
from procure.kernel.methods import words_of
from procure.kernel.text import titled
from procure.registers.deadlines.use_cases import cancel_terms
from procure.registers.notices.use_cases import publish_notice
from procure.stages.awards.events import ReviewEnded, ReviewFailed
from procure.stages.awards.models import Review
from procure.stages.awards.standing import ReviewCase
from procure.stages.bids.events import TenderFailed
from procure.stages.bids.policies import bids_needed, failure_kind
from procure.stages.bids.use_cases.opening import failure_sections
from procure.stages.tenders.events import TenderTerminated
from procure.store.holding import hold
from procure.store.unit_of_work import UnitOfWork


def fail_review(uow: UnitOfWork, case: ReviewCase, reason: str, valid: int) -> None:
    """End the review and its tender; `valid` bids were left. The caller has asked its policy."""
    review, tender, project = case.started, case.tender, case.project
    review.state = advance("fail_review", review.state)
    review.ended_reason = reason
    tender.state = advance("fail_tender", tender.state)
    tender.ended_reason = reason
    cancel_terms(uow, review.id)
    cancel_terms(uow, tender.id)
    notice = publish_notice(
        uow,
        project=project,
        kind=failure_kind(tender),
        title=titled(project.title, words_of(tender.method).failure_notice),
        sections=failure_sections(uow, project, tender, reason),
    )
    uow.emit(
        ReviewFailed(subject_id=review.id, project=project.id, reason=reason, notice=notice.number)
    )
    assert tender.deadline_at is not None
    uow.emit(
        TenderFailed(
            subject_id=tender.id,
            project=project.id,
            tender_id=tender.id,
            deadline_at=tender.deadline_at,
            needed=bids_needed(tender),
            received=valid,
            reason=reason,
            streams={},
            takers={},
            notice=notice.number,
        )
    )


def on_tender_terminated(uow: UnitOfWork, event: TenderTerminated) -> None:
    """End the review of an ended purchase and give up its terms; what was found stays on record."""
    review_id = uow.session.scalar(select(Review.id).where(Review.tender_id == event.subject_id))
    if review_id is None:
        return
    review = hold(uow.session, Review, review_id)
    review.state = advance("end_review", review.state)
    review.ended_reason = event.reason
    cancel_terms(uow, review_id)
    uow.emit(ReviewEnded(subject_id=review.id, project=event.project, reason=event.reason))
