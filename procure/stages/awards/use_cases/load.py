"""Loading a review for a verb: the rows it changes, held against a second writer."""

from sqlalchemy import select

from procure.kernel.errors import NotFound
from procure.registers.projects.models import Project
from procure.stages.awards import policies, queries
from procure.stages.awards.models import Review
from procure.stages.awards.standing import ReviewCase
from procure.stages.tenders.models import Tender
from procure.store.holding import hold
from procure.store.unit_of_work import UnitOfWork


def case_of(uow: UnitOfWork, review_id: str) -> ReviewCase:
    """The case of a review, held with its tender; NotFound for who may not know of it,
    IllegalTransition once the purchase has ended.

    Two members who lock their marks at the same moment come one after the other, so that exactly
    one of them is the last; and nobody ends the purchase while its result is decided or announced.
    """
    tender_id = uow.session.scalar(select(Review.tender_id).where(Review.id == review_id))
    if tender_id is None:
        raise NotFound
    hold(uow.session, Tender, tender_id)
    review = hold(uow.session, Review, review_id)
    project = uow.session.get_one(Project, review.project_id)
    case = queries.find_review_case(uow.session, uow.actor, project)
    if case is None or case.review is None or case.review.id != review.id:
        raise NotFound
    policies.is_going_on(case.tender).require()
    return case
