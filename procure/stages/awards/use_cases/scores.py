"""Marks: saved alone, locked alone, added up when the last member has locked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete

from procure.kernel.commands import Command
from procure.kernel.errors import Invalid, NotFound, Stale
from procure.kernel.laws import cite
from procure.kernel.lifecycle import advance
from procure.kernel.phrases import points_in_words
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.deadlines.use_cases import start_term
from procure.stages.awards import policies, queries
from procure.stages.awards.events import BidsRanked, ScoresLocked, ScoresSaved
from procure.stages.awards.models import PanelMember, RankedBid, Score
from procure.stages.awards.papers import tie_seed_of
from procure.stages.awards.ranking import (
    Place,
    Ranking,
    marks_of,
    mismatches,
    rank,
    sheet_digest,
    sheet_version,
)
from procure.stages.awards.standing import ReviewCase
from procure.stages.awards.use_cases.failure import fail_review
from procure.stages.awards.use_cases.load import case_of
from procure.stages.awards.use_cases.seeds import new_seed
from procure.stages.bids.queries import OpenedRow
from procure.stages.tenders.models import TenderCriterion
from procure.stages.tenders.scheme import digest_of_scheme
from procure.store.unit_of_work import UnitOfWork, explain_constraint

REPORT_TERM, SELF_RUN_TERM = "T19", "T21"

explain_constraint("score: locked", "", "评分已经锁定，不能再改。", policies.RULE_ALONE)


@dataclass(frozen=True)
class Mark:
    """Points in hundredths for one factor, None when not given yet, with the reason."""

    criterion_id: str
    points: int | None
    reason: str = ""


class SaveScores(Command):
    """A member's marks for one bid; gaps are allowed until the lock.

    `version` is that of the sheet (`sheet_version`) as it stood when the marks were typed; left
    out, it is not asked for.
    """

    review_id: str
    bid_id: str
    marks: tuple[Mark, ...]
    version: int | None = None


def save_scores(uow: UnitOfWork, command: SaveScores) -> None:
    """Save marks.

    Raises Invalid at `points_<position>` for marks out of range and for a reason without a mark,
    which would be lost; Stale when the sheet was saved elsewhere meanwhile.
    """
    case = case_of(uow, command.review_id)
    review, member = case.started, case.own
    policies.may_score(case, uow.now).require()
    assert member is not None
    if command.bid_id not in {row.bid_id for row in queries.valid_rows(uow.session, case)}:
        raise NotFound("没有找到这份投标文件。")
    known = {row.id: row for row in case.criteria}
    kept = {
        (row.bid_id, row.criterion_id): row
        for row in queries.scores_of(uow.session, review.id, member.id)
    }
    sheet = [row for (bid_id, _), row in kept.items() if bid_id == command.bid_id]
    if command.version not in (None, sheet_version(sheet)):
        raise Stale("这份评分刚在另一个窗口保存过，您在这里的修改没有保存。")
    for mark in command.marks:
        criterion = known.get(mark.criterion_id)
        if criterion is None:
            raise NotFound("没有找到这个评分因素。")
        _check_mark(criterion, mark)
        _keep(uow, case, member, command.bid_id, mark, kept)
    review.state = advance("save_scores", review.state)
    scores = queries.scores_of(uow.session, review.id, member.id)
    uow.emit(
        ScoresSaved.of(
            review, member_id=member.id, sheet_sha256=sheet_digest(member.id, marks_of(scores))
        )
    )


def lock_scores(uow: UnitOfWork, review_id: str) -> bool:
    """Lock the actor's marks; whether that was the last lock, upon which the bids are ranked.

    Raises Invalid when marks are missing or when an objective factor differs from what another
    member has saved, naming factor, bid and member (R-SC-9, V17).
    """
    case = case_of(uow, review_id)
    review, member = case.started, case.own
    rows = queries.valid_rows(uow.session, case)
    scores = queries.scores_of(uow.session, review.id)
    own = [row for row in scores if member is not None and row.member_id == member.id]
    missing = missing_marks(case, rows, own)
    policies.may_lock(case, missing, uow.now).require()
    assert member is not None
    _refuse_mismatch(case, rows, member, scores)
    review.state = advance("lock_scores", review.state)
    member.locked_at = uow.now
    # Who declared a conflict after locking is waited for as well: a successor gives marks anew.
    left = sum(row.member.locked_at is None or bool(row.member.has_conflict) for row in case.seated)
    uow.emit(
        ScoresLocked.of(
            review,
            member_id=member.id,
            sheet_sha256=sheet_digest(member.id, marks_of(own)),
            left=left,
        )
    )
    if left == 0:
        _rank(uow, case)
    return left == 0


def missing_marks(case: ReviewCase, rows: Sequence[OpenedRow], own: Sequence[Score]) -> list[str]:
    """What one member still has to do, in words: marks, and reasons of subjective ones."""
    given = {(row.bid_id, row.criterion_id): row for row in own}
    missing = []
    for row in rows:
        for criterion in case.criteria:
            score = given.get((row.bid_id, criterion.id))
            if score is None:
                missing.append(f"{row.supplier.name}的“{criterion.name}”没有打分")
            elif not criterion.objective and not score.reason.strip():
                missing.append(f"{row.supplier.name}的“{criterion.name}”没有写理由")
    return missing


def compute_ranking(uow: UnitOfWork, case: ReviewCase) -> Ranking:
    """The ranking as the stored checks and locked marks give it."""
    return rank(
        case.tender,
        case.criteria,
        queries.rows_of(uow.session, case.tender),
        queries.checks_of(uow.session, case.started.id),
        [row.member for row in case.seated],
        marks_of(queries.scores_of(uow.session, case.started.id)),
        tie_seed_of(case.started),
    )


def store_ranking(uow: UnitOfWork, case: ReviewCase, ranking: Ranking) -> None:
    """Write the places, in place of earlier ones."""
    review = case.started
    doubted = {
        row.bid_id
        for row in queries.ranking_of(uow.session, review.id)
        if policies.PANEL_FLAG in row.flags
    }
    uow.session.execute(delete(RankedBid).where(RankedBid.review_id == review.id))
    uow.session.add_all(
        RankedBid(
            review_id=review.id,
            bid_id=place.bid_id,
            rank=place.rank,
            price_points=place.price_points,
            quality_points=place.quality_points,
            total_points=place.total_points,
            evaluated_price_fen=place.evaluated_fen,
            # What the panel called too low stays so, wherever its bid comes to stand.
            flags=[*place.flags, *([policies.PANEL_FLAG] if place.bid_id in doubted else ())],
        )
        for place in ranking.places
    )
    uow.session.flush()


def places_said(
    case: ReviewCase, rows: Sequence[OpenedRow], places: Sequence[Place]
) -> tuple[dict[str, Any], ...]:
    """The ranking as events say it, best first."""
    names = {row.bid_id: row for row in rows}
    ordered = sorted(places, key=lambda one: (one.rank is None, one.rank or 0, one.bid_id))
    return tuple(
        {
            "bid": place.bid_id,
            "supplier_name": names[place.bid_id].supplier.name,
            "rank": place.rank,
            "price_fen": names[place.bid_id].opened.price_fen,
            "evaluated_fen": place.evaluated_fen,
            "price_points": place.price_points,
            "quality_points": place.quality_points,
            "total": place.total_points,
            "flags": list(place.flags),
        }
        for place in ordered
    )


def _rank(uow: UnitOfWork, case: ReviewCase) -> None:
    review, tender = case.started, case.tender
    review.tie_seed = new_seed(uow, case.project.id)
    ranking = compute_ranking(uow, case)
    rows = queries.rows_of(uow.session, tender)
    if ranking.void:
        fail_review(uow, case, ranking.void, 0)
        return
    store_ranking(uow, case, ranking)
    review.state = advance("rank_bids", review.state)
    review.scored_at = uow.now
    rules = [REPORT_TERM]
    if tender.method is ProcurementMethod.OPEN_TENDER:
        rules.append(SELF_RUN_TERM)
    for rule in rules:
        start_term(
            uow,
            project_id=case.project.id,
            subject_id=review.id,
            rule=rule,
            organisation_id=case.project.buyer_id,
        )
    scores = queries.scores_of(uow.session, review.id)
    seated = {row.member.id for row in case.seated}
    uow.emit(
        BidsRanked.of(
            review,
            scheme_sha256=digest_of_scheme(tender, case.criteria),
            sheets=tuple(_sheet_line(one) for one in scores if one.member_id in seated),
            void_sheets=tuple(_sheet_line(one) for one in scores if one.member_id not in seated),
            ranking=places_said(case, rows, ranking.places),
            drawn=ranking.drawn,
            notices=ranking.notices,
        )
    )


def _sheet_line(score: Score) -> dict[str, Any]:
    return {
        "member": score.member_id,
        "bid": score.bid_id,
        "criterion": score.criterion_id,
        "points": score.points,
        "reason": score.reason,
    }


def _check_mark(criterion: TenderCriterion, mark: Mark) -> None:
    if mark.points is None and mark.reason.strip():
        raise Invalid(
            f"points_{criterion.position}",
            f"“{criterion.name}”写了理由，还没有打分。",
            remedy="请打分后再保存，理由和得分一起存。",
        )
    if mark.points is not None and not 0 <= mark.points <= criterion.points:
        raise Invalid(
            f"points_{criterion.position}",
            f"“{criterion.name}”的得分应在 0 至 {points_in_words(criterion.points)} 分之间。",
            "采购文件评分办法",
            "请按评分标准更正。",
        )


def _keep(
    uow: UnitOfWork,
    case: ReviewCase,
    member: PanelMember,
    bid_id: str,
    mark: Mark,
    kept: dict[tuple[str, str], Score],
) -> None:
    row = kept.get((bid_id, mark.criterion_id))
    if mark.points is None:
        if row is not None:
            uow.session.delete(row)
        return
    if row is None:
        row = Score(
            review_id=case.started.id,
            member_id=member.id,
            bid_id=bid_id,
            criterion_id=mark.criterion_id,
        )
        uow.session.add(row)
    row.points, row.reason, row.saved_at = mark.points, mark.reason.strip(), uow.now


def _refuse_mismatch(
    case: ReviewCase,
    rows: Sequence[OpenedRow],
    member: PanelMember,
    scores: Sequence[Score],
) -> None:
    others = {row.member.id: row.user.name for row in case.seated if row.member.id != member.id}
    found = mismatches(
        case.criteria, [row.bid_id for row in rows], member.id, list(others), marks_of(scores)
    )
    if not found:
        return
    names = {row.bid_id: row.supplier.name for row in rows}
    factors = {row.id: row.name for row in case.criteria}
    said = dict.fromkeys(
        f"{names[one.bid_id]}的“{factors[one.criterion_id]}”（与{others[one.other_member]}不一致）"
        for one in found
    )
    raise Invalid(
        "",
        f"客观评分因素各成员应当打同一分数，以下还不一致：{'；'.join(said)}。",
        cite("rescore", case.tender.method),
        "请与这几位成员核对证明材料，更正后再锁定；已锁定的以锁定的为准。",
    )
