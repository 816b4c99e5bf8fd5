"""Qualification and conformity of each bid, then the decision whether enough are left."""

from dataclasses import dataclass

from procure.kernel.errors import Invalid, NotFound
from procure.kernel.lifecycle import advance
from procure.registers.deadlines.use_cases import meet_term
from procure.stages.awards import policies, queries
from procure.stages.awards.events import BidCheckRecorded, BidsChecked
from procure.stages.awards.models import BidCheck, Review
from procure.stages.awards.queries import ReviewCase
from procure.stages.awards.ranking import broken_limits, is_valid
from procure.stages.awards.use_cases.failure import fail_review
from procure.stages.awards.use_cases.load import case_of
from procure.stages.awards.use_cases.panel import DRAW_LEAD
from procure.stages.bids.policies import bids_needed, limit_rule
from procure.stages.bids.queries import OpenedRow
from procure.store.base import check_version
from procure.store.unit_of_work import UnitOfWork, explain_constraint

explain_constraint("refusal_has_reason", "reason", "审查不通过的，要写明原因。")


@dataclass(frozen=True)
class CheckBid:
    """Judge one bid."""

    review_id: str
    bid_id: str
    qualified: bool
    conforms: bool
    reason: str = ""


@dataclass(frozen=True)
class CompleteChecks:
    """Close the checks of all bids."""

    review_id: str
    version: int | None


def check_bid(uow: UnitOfWork, command: CheckBid) -> BidCheck:
    """Record the finding about a bid; a second time replaces the first until the checks are closed.

    Raises Invalid when a bid that its figures make invalid is called conforming (O87 art 63).
    """
    case = case_of(uow, command.review_id)
    review = case.started
    policies.may_check(uow.actor, review, case.parts, case.may_read_bids).require()
    row = _row(uow, case, command.bid_id)
    reason = command.reason.strip()
    conforms = command.conforms and command.qualified
    broken = broken_limits(case.tender, case.criteria, row.opened)
    if conforms and broken:
        raise Invalid(
            "conforms",
            f"{'，'.join(broken)}，投标无效，符合性审查不能通过。",
            limit_rule(case.tender),
            "请选择不通过，并写明原因。",
        )
    if not conforms and not reason:
        raise Invalid("reason", "审查不通过的，要写明原因。", policies.check_rule(case.tender))
    check = queries.checks_of(uow.session, review.id).get(row.bid_id)
    if check is None:
        check = BidCheck(review_id=review.id, bid_id=row.bid_id)
        uow.session.add(check)
    check.qualified, check.conforms = command.qualified, conforms
    check.reason = reason
    check.checked_by, check.checked_at = uow.actor.user_id, uow.now
    review.state = advance("check_bid", review.state)
    uow.session.flush()
    uow.emit(
        BidCheckRecorded(
            subject_id=review.id,
            project=case.project.id,
            bid_id=row.bid_id,
            supplier_name=row.supplier.name,
            qualified=check.qualified,
            conforms=check.conforms,
            reason=reason,
        )
    )
    return check


def complete_checks(uow: UnitOfWork, command: CompleteChecks) -> Review:
    """Close the checks: scoring begins, or the review fails when too few bids are left
    (R-OPEN-8, R-OPEN-9, V22).
    """
    case = case_of(uow, command.review_id)
    review = case.started
    rows = queries.rows_of(uow.session, case.tender)
    checks = queries.checks_of(uow.session, review.id)
    policies.may_complete_checks(
        uow.actor,
        review,
        case.parts,
        [row.member for row in case.seated],
        sum(row.bid_id not in checks for row in rows),
        case.may_read_bids,
    ).require()
    check_version(review, command.version)
    meet_term(uow, review.id, DRAW_LEAD)
    valid = [row for row in rows if is_valid(checks[row.bid_id])]
    needed = bids_needed(case.tender)
    if len(valid) < needed:
        reason = f"通过资格审查和符合性审查的供应商不足 {needed} 家，依法废标。"
        fail_review(uow, case, reason, len(valid))
        return review
    review.state = advance("check_bids", review.state)
    review.checked_at = uow.now
    uow.session.flush()
    uow.emit(
        BidsChecked(
            subject_id=review.id,
            project=case.project.id,
            valid=tuple(row.supplier.name for row in valid),
            invalid=tuple(
                {"supplier_name": row.supplier.name, "reason": checks[row.bid_id].reason}
                for row in rows
                if row not in valid
            ),
        )
    )
    return review


def _row(uow: UnitOfWork, case: ReviewCase, bid_id: str) -> OpenedRow:
    found = next(
        (row for row in queries.rows_of(uow.session, case.tender) if row.bid_id == bid_id), None
    )
    if found is None:
        raise NotFound("没有找到这份投标文件。")
    return found
