"""Qualification and conformity of each bid, then the decision whether enough are left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from procure.kernel.commands import Command
from procure.kernel.errors import Invalid, Stale
from procure.kernel.lifecycle import advance
from procure.registers.deadlines.use_cases import meet_term
from procure.stages.awards import policies, queries
from procure.stages.awards.events import BidCheckRecorded, BidsChecked, RelationJudged
from procure.stages.awards.models import BidCheck, BidderRelation, Review
from procure.stages.awards.papers import too_few_words
from procure.stages.awards.ranking import broken_limits, is_valid
from procure.stages.awards.relations import (
    RULE_RELATED,
    SharedFact,
    is_settled,
    pair_of,
    shared_with_others,
)
from procure.stages.awards.standing import ReviewCase
from procure.stages.awards.use_cases.failure import fail_review
from procure.stages.awards.use_cases.load import case_of
from procure.stages.awards.use_cases.panel import DRAW_LEAD
from procure.stages.bids.policies import bids_needed, limit_rule
from procure.stages.bids.queries import OpenedRow
from procure.store.holding import moved, take_up
from procure.store.unit_of_work import UnitOfWork, explain_constraint

explain_constraint("refusal_has_reason", "reason", "审查不通过的，要写明原因。")


@dataclass(frozen=True)
class RelationFound:
    """What was found about the bidder and another one: whether what they share keeps both out."""

    other_bid_id: str
    is_barred: bool
    reason: str


class CheckBid(Command):
    """Judge one bid, and what it shares with others; `version` is that of the finding so far, 0 when
    there is none.
    """

    review_id: str
    bid_id: str
    qualified: bool
    conforms: bool
    reason: str = ""
    relations: tuple[RelationFound, ...] = ()
    version: int | None = None


class CompleteChecks(Command):
    """Close the checks of all bids."""

    review_id: str
    version: int | None


def check_bid(uow: UnitOfWork, command: CheckBid) -> BidCheck:
    """Record the finding about a bid; a second time replaces the first until the checks are closed.

    Raises Invalid when a bid that its figures make invalid is called conforming (O87 art 63), and
    when one qualifies of whose bidder and another nobody has judged what they share, or has found
    that they may not bid together (GPL-R art 18): at `relation_<place>` of the other in the rows.
    """
    case = case_of(uow, command.review_id)
    review = case.started
    policies.may_check(case).require()
    row = queries.opened_row(uow.session, case, command.bid_id)
    check = queries.checks_of(uow.session, review.id).get(row.bid_id)
    if command.version not in (None, check.version if check else 0):
        raise Stale
    _judge_relations(uow, case, row, command)
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
    if check is None:
        check = BidCheck(review_id=review.id, bid_id=row.bid_id)
        uow.session.add(check)
    check.qualified, check.conforms = command.qualified, conforms
    check.reason = reason
    check.checked_by, check.checked_at = uow.actor.user_id, uow.now
    review.state = advance("check_bid", review.state)
    # Whoever closes the checks confirms the findings that their page showed.
    moved(review)
    uow.emit(BidCheckRecorded.of(review, check, supplier_name=row.supplier.name))
    return check


def complete_checks(uow: UnitOfWork, command: CompleteChecks) -> Review:
    """Close the checks: scoring begins, or the review fails when too few bids are left
    (R-OPEN-8, R-OPEN-9, V22).
    """
    case = case_of(uow, command.review_id)
    review = case.started
    rows = queries.rows_of(uow.session, case.tender)
    checks = queries.checks_of(uow.session, review.id)
    unchecked = sum(row.bid_id not in checks for row in rows)
    take_up(review, command, policies.may_complete_checks(case, unchecked))
    valid = [row for row in rows if is_valid(checks[row.bid_id])]
    for row in valid:
        _refuse_open_relations(uow, case, rows, row)
    meet_term(uow, review.id, DRAW_LEAD)
    needed = bids_needed(case.tender)
    if len(valid) < needed:
        reason = too_few_words("too_few_valid", case, needed)
        fail_review(uow, case, reason, len(valid))
        return review
    review.state = advance("check_bids", review.state)
    review.checked_at = uow.now
    uow.emit(
        BidsChecked.of(
            review,
            valid=tuple(row.supplier.name for row in valid),
            invalid=tuple(
                {"supplier_name": row.supplier.name, "reason": checks[row.bid_id].reason}
                for row in rows
                if row not in valid
            ),
        )
    )
    return review


def _judge_relations(uow: UnitOfWork, case: ReviewCase, row: OpenedRow, command: CheckBid) -> None:
    """Keep what was found about the bidder and those with whom it shares something."""
    rows = queries.rows_of(uow.session, case.tender)
    shared = shared_with_others(case.tender, rows, row, queries.evidence_of(uow.session, rows))
    places = {one.bid_id: place for place, one in enumerate(rows)}
    names = {one.bid_id: one.supplier.name for one in rows}
    for found in command.relations:
        facts = shared.get(found.other_bid_id)
        if facts is None:
            raise Invalid(
                "", "两家供应商之间没有需要核实的情况。", RULE_RELATED, "请重新打开页面再登记。"
            )
        if not found.reason.strip():
            raise Invalid(
                f"relation_reason_{places[found.other_bid_id]}",
                f"请写明怎样核实与{names[found.other_bid_id]}的关系、为什么这样认定。",
                facts[0].rule,
                "写明查了什么材料、问了谁、结果怎样。",
            )
        _keep_relation(uow, case, (row, found), facts, names)
    if command.qualified:
        _refuse_open_relations(uow, case, rows, row)


def _keep_relation(
    uow: UnitOfWork,
    case: ReviewCase,
    judged: tuple[OpenedRow, RelationFound],
    facts: Sequence[SharedFact],
    names: Mapping[str, str],
) -> None:
    review, (row, found) = case.started, judged
    pair = pair_of(row.bid_id, found.other_bid_id)
    kept = queries.relations_of(uow.session, review.id).get(pair)
    said = [fact.words for fact in facts]
    same = kept is not None and (kept.facts, kept.is_barred, kept.reason) == (
        said,
        found.is_barred,
        found.reason.strip(),
    )
    if same:
        return
    if kept is None:
        kept = BidderRelation(review_id=review.id, bid_id=pair[0], other_bid_id=pair[1])
        uow.session.add(kept)
    kept.facts, kept.is_barred, kept.reason = said, found.is_barred, found.reason.strip()
    kept.decided_by, kept.decided_at = uow.actor.user_id, uow.now
    review.state = advance("judge_relation", review.state)
    uow.emit(
        RelationJudged.of(
            review, kept, bid_ids=pair, supplier_names=(names[pair[0]], names[pair[1]])
        )
    )


def _refuse_open_relations(
    uow: UnitOfWork, case: ReviewCase, rows: Sequence[OpenedRow], row: OpenedRow
) -> None:
    """Refuse to let a bid pass beside another one with which it may not bid, or may not yet."""
    shared = shared_with_others(case.tender, rows, row, queries.evidence_of(uow.session, rows))
    decided = queries.relations_of(uow.session, case.started.id)
    for place, other in enumerate(rows):
        facts = shared.get(other.bid_id, ())
        kept = decided.get(pair_of(row.bid_id, other.bid_id))
        if kept is not None and kept.is_barred:
            raise Invalid(
                f"relation_{place}",
                f"已认定{row.supplier.name}与{other.supplier.name}不得同时参加，"
                "两家都不能通过资格审查。",
                facts[0].rule if facts else RULE_RELATED,
                "资格审查请选择不通过；核实后不属实的，改为“不影响”并写明理由。",
            )
        if facts and not is_settled(kept, facts):
            raise Invalid(
                f"relation_{place}",
                f"{row.supplier.name}与{other.supplier.name}的"
                f"{'；'.join(fact.words for fact in facts)}，还没有核实认定。",
                facts[0].rule,
                "请核实两家的关系，写明理由后再登记审查意见。",
            )
