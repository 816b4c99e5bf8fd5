"""Whose turn it is: for every thing in its present state, the next acts and the desks they wait at.

The state says which step is next (`kernel/lifecycle`), the step's permission which side takes it,
the case which organisation that is. Terms, reminders and what is told at once all ask here, so that
nobody is reminded of what is somebody else's to do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, null, select
from sqlalchemy.orm import Session

from procure.desks.reminders.staff import Desk
from procure.kernel.access import OrganisationKind, Permission, kinds_with
from procure.kernel.lifecycle import (
    AcceptanceState,
    Aggregate,
    EvaluationState,
    PaymentRequestState,
    ReviewState,
    State,
    Transition,
    forward_step,
    transition,
)
from procure.kernel.paths import case_path
from procure.kernel.vocabulary import EvaluationKind
from procure.registers.projects.models import Project
from procure.stages.acceptance.models import Acceptance
from procure.stages.acceptance.queries import TERM_RULE as ACCEPTANCE_TERM
from procure.stages.acceptance.queries import Missing, missing_of
from procure.stages.awards.models import PanelMember, Review
from procure.stages.contracts.models import Contract
from procure.stages.delivery.models import Milestone, ServiceRecord
from procure.stages.evaluation.models import Evaluation
from procure.stages.evaluation.policies import RECTIFICATION, is_settled
from procure.stages.evaluation.queries import able_to_evaluate, latest_of_many
from procure.stages.payments.models import PaymentRequest
from procure.stages.payments.settlement import ANSWER_RULE, CLAIM_RULE
from procure.stages.plans.models import Plan
from procure.stages.tenders.models import Tender

PREPARED_WITH = {Permission.EVALUATION_SUBMIT: Permission.EVALUATION_SCORE}
"""Steps whose work somebody else does first: it waits for both, and first for who prepares it."""

OF_RULE = {
    RECTIFICATION: Permission.DELIVERY_RECORD,
    ACCEPTANCE_TERM: Permission.ACCEPTANCE_DECIDE,
    CLAIM_RULE: Permission.PAYMENT_REQUEST,
    ANSWER_RULE: Permission.PAYMENT_REQUEST,
}
"""Terms of what is over otherwise: a failed evaluation is confirmed, its rectification is due; a
contract under performance waits for nobody, the supplier has days to ask and to answer.
"""


@dataclass(frozen=True)
class Standing:
    """Where a thing of a case stands, and who has a part in it.

    `office` is whose turn it is where the state does not tell; `members` are the people of a panel
    who have yet to do what its state asks for; `hands` those who have done an earlier step and so
    may not do the next. While a certificate is being signed, `signing` are the desks at which its
    signatures are missing.
    """

    aggregate: Aggregate
    subject_id: str
    state: State
    project_id: str
    number: str
    title: str
    buyer_id: str
    supplier_id: str | None = None
    assessor_id: str | None = None
    evaluator_id: str | None = None
    kind: str = ""
    office: Permission | None = None
    members: tuple[str, ...] = ()
    hands: frozenset[str] = field(default_factory=frozenset)
    signing: tuple[Desk, ...] = ()

    @property
    def step(self) -> Transition | None:
        """The step that is next."""
        if self.signing:
            return transition("sign_certificate")
        return forward_step(self.aggregate, self.state)

    @property
    def path(self) -> str:
        """The page to go to. A member of a panel has a page of the own desk only."""
        if self.aggregate is Aggregate.REVIEW and self.members:
            return "/desk"
        if self.signing:
            return case_path(self.number, "acceptance")
        if self.aggregate is Aggregate.EVALUATION:
            return case_path(self.number, "evaluations", self.kind)
        return case_path(self.number)

    def desks(self, rule: str = "") -> tuple[Desk, ...]:
        """Where the next step waits; with a term's rule, where what that term is for does."""
        if office := OF_RULE.get(rule, self.office):
            return (self.desk(office),)
        if self.signing:
            return self.signing
        step = self.step
        if step is None:
            return ()
        own = replace(self.desk(step.permission), but=self.hands)
        found = [own] if step.permission is not Permission.BID_SCORE else []
        prepared = PREPARED_WITH.get(step.permission)
        if prepared is not None:
            found.insert(0, replace(self.desk(prepared), user_id=self.evaluator_id))
        return (*found, *self.seats)

    @property
    def seats(self) -> tuple[Desk, ...]:
        """The places on a panel at which something waits."""
        return tuple(Desk(None, Permission.BID_SCORE, member) for member in self.members)

    def desk(self, permission: Permission) -> Desk:
        """The desk of an office in this case."""
        kinds = kinds_with(permission)
        if OrganisationKind.FINANCE in kinds:
            return Desk(None, permission, treasury_of=self.buyer_id)
        if OrganisationKind.SUPPLIER in kinds:
            return Desk(self.supplier_id, permission)
        if OrganisationKind.ASSESSOR in kinds:
            return Desk(self.assessor_id, permission)
        return Desk(self.buyer_id, permission)


Those = Callable[[Any], ColumnElement[bool]]
"""Which rows are asked for, as a condition on the column of their ids."""
Found = dict[str, Standing]
"""Where things stand, by their ids."""

THINGS: Mapping[Aggregate, Any] = {
    Aggregate.PLAN: Plan,
    Aggregate.TENDER: Tender,
    Aggregate.REVIEW: Review,
    Aggregate.CONTRACT: Contract,
    Aggregate.MILESTONE: Milestone,
    Aggregate.SERVICE_RECORD: ServiceRecord,
    Aggregate.EVALUATION: Evaluation,
    Aggregate.ACCEPTANCE: Acceptance,
    Aggregate.PAYMENT_REQUEST: PaymentRequest,
}
"""The things of a case that somebody's turn may be to move on, each with its table."""
BEFORE_CONTRACT = (Aggregate.PLAN, Aggregate.TENDER, Aggregate.REVIEW)
"""Those that belong to the project itself; the others to its contract."""


def in_case(aggregate: Aggregate) -> Select[*tuple[Any, ...]]:
    """Things of a kind with their case: id, state, the project's id, number, title and buyer, and
    under a contract its supplier.
    """
    model, by_contract = THINGS[aggregate], aggregate not in BEFORE_CONTRACT
    supplier = Contract.supplier_id if by_contract else null()
    case = (Project.id, Project.number, Project.title, Project.buyer_id)
    query = select(model.id, model.state, *case, supplier).select_from(model)
    if by_contract and model is not Contract:
        query = query.join(Contract, Contract.id == model.contract_id)
    return query.join(Project, Project.id == (Contract if by_contract else model).project_id)


def standings(session: Session, aggregate: Aggregate, those: Those) -> Found:
    """Where things of a kind stand, by their ids; a fixed number of statements.

    An announced review is followed by its contract: that is what stands there in its place.
    """
    query = in_case(aggregate).where(those(THINGS[aggregate].id))
    found = {row[0]: Standing(aggregate, *row) for row in session.execute(query)}
    more = _MORE.get(aggregate)
    return more(session, found, those) if more is not None else found


def standing_of(session: Session, aggregate: Aggregate, subject_id: str) -> Standing | None:
    """Where one thing stands; None for what is not there."""
    return standings(session, aggregate, lambda ids: ids == subject_id).get(subject_id)


def subjects_of_terms(session: Session, standing: Standing) -> tuple[str, ...]:
    """What the terms of a thing hang on: itself, and for a contract the review that led to it, from
    whose result its days for signing run (GPL art 46).
    """
    if standing.aggregate is not Aggregate.CONTRACT:
        return (standing.subject_id,)
    review_id = session.scalar(
        select(Review.id)
        .join(Contract, Contract.bid_id == Review.winner_bid_id)
        .where(Contract.id == standing.subject_id)
    )
    return (standing.subject_id, *((review_id,) if review_id else ()))


def _acceptances(session: Session, found: Found, those: Those) -> Found:
    passed = [one for one in found.values() if one.state is AcceptanceState.PASSED]
    left = missing_of(session, [one.subject_id for one in passed]) if passed else {}
    return found | {
        one.subject_id: replace(one, signing=_signing(one, left[one.subject_id])) for one in passed
    }


def _signing(standing: Standing, left: Missing) -> tuple[Desk, ...]:
    """Each member's own desk, and the accepter's, who files what is signed on paper."""
    seats = tuple(
        Desk(standing.buyer_id, Permission.ACCEPTANCE_VIEW, member.user_id)
        for member in left.seated
    )
    filing = (standing.desk(Permission.ACCEPTANCE_DECIDE),) if left.on_paper else ()
    return (*seats, *filing)


def _evaluations(session: Session, found: Found, those: Those) -> Found:
    """Evaluations; where the final one waits for the mid-term, that is what stands in its place."""
    evaluations = session.scalars(select(Evaluation).where(those(Evaluation.id))).all()
    assigned = [one for one in evaluations if one.state is EvaluationState.ASSIGNED]
    able = able_to_evaluate(session, assigned)
    # Where nobody can finish it, the clerk takes it back and gives it to another.
    stand = {
        one.id: replace(
            found[one.id],
            assessor_id=one.assessor_id,
            evaluator_id=one.evaluator_id,
            kind=one.kind,
            office=None if able.get(one.id, True) else Permission.EVALUATION_ASSIGN,
        )
        for one in evaluations
    }
    waiting = [
        one
        for one in evaluations
        if (one.kind, one.state) == (EvaluationKind.FINAL, EvaluationState.SCHEDULED)
    ]
    before = latest_of_many(session, [one.contract_id for one in waiting]) if waiting else {}
    for one in waiting:
        midterm = before[one.contract_id].get(EvaluationKind.MIDTERM)
        if midterm is not None and not is_settled(midterm):
            stand[one.id] = _behind(stand[one.id], midterm)
    return stand


def _behind(final: Standing, midterm: Evaluation) -> Standing:
    """A final evaluation that waits for the mid-term: for whoever holds that, for the supplier's
    rectification, for the clerk to plan the further round, or for who may close what is waived.
    """
    if midterm.state is not EvaluationState.CONFIRMED:
        return replace(
            final,
            state=midterm.state,
            kind=midterm.kind,
            assessor_id=midterm.assessor_id,
            evaluator_id=midterm.evaluator_id,
        )
    office = None if midterm.rectified_at is not None else OF_RULE[RECTIFICATION]
    if midterm.waived_at is not None:
        office = Permission.EVALUATION_CONFIRM
    return replace(final, kind=midterm.kind, office=office)


def _payment_requests(session: Session, found: Found, those: Those) -> Found:
    """Requests; who had a hand in one may not take its next step, unless it begins anew."""
    requests = select(PaymentRequest).where(
        those(PaymentRequest.id), PaymentRequest.state != PaymentRequestState.RETURNED
    )
    return found | {
        one.id: replace(
            found[one.id],
            hands=frozenset(filter(None, (one.requested_by, one.reviewed_by, one.approved_by))),
        )
        for one in session.scalars(requests)
    }


def _reviews(session: Session, found: Found, those: Those) -> Found:
    """Reviews; an announced one is followed by its contract, for whose signing its term runs."""
    seated: dict[str, list[PanelMember]] = {}
    for member in session.scalars(
        select(PanelMember).where(those(PanelMember.review_id), PanelMember.replaced_at.is_(None))
    ):
        seated.setdefault(member.review_id, []).append(member)
    followed = {
        review_id: contract_id
        for review_id, contract_id in session.execute(
            select(Review.id, Contract.id)
            .join(Contract, Contract.bid_id == Review.winner_bid_id)
            .where(those(Review.id), Review.state == ReviewState.ANNOUNCED)
        )
    }
    contracts = (
        standings(session, Aggregate.CONTRACT, lambda ids: ids.in_(followed.values()))
        if followed
        else {}
    )
    return {
        review_id: contracts[followed[review_id]]
        if review_id in followed
        else replace(one, members=_to_act(one.state, seated.get(review_id, ())))
        for review_id, one in found.items()
    }


def _to_act(state: State, seated: Sequence[PanelMember]) -> tuple[str, ...]:
    """The members who have yet to do what a review's state asks of them; when all have signed the
    report, the chair, who delivers it.
    """
    undeclared = tuple(one.user_id for one in seated if one.has_conflict is None)
    if state is ReviewState.PANEL_DRAWN:
        return undeclared
    if state is ReviewState.CHECKED:
        return tuple(one.user_id for one in seated if one.locked_at is None)
    if state is not ReviewState.SCORED:
        return ()
    unsigned = tuple(one.user_id for one in seated if one.signed_at is None)
    return unsigned or tuple(one.user_id for one in seated if one.is_chair)


_MORE: Mapping[Aggregate, Callable[[Session, Found, Those], Found]] = {
    Aggregate.REVIEW: _reviews,
    Aggregate.EVALUATION: _evaluations,
    Aggregate.ACCEPTANCE: _acceptances,
    Aggregate.PAYMENT_REQUEST: _payment_requests,
}
"""What else says whose turn it is, beside the state."""
