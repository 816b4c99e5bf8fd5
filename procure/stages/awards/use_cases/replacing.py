"""Members who leave the panel: for a conflict, declared by themselves, or for an absence on which two
people of the buyer agree. The next of the recorded draw takes the seat, nobody's choice (O87 art 49).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete

from procure.kernel.commands import Command
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import ReviewState, advance
from procure.kernel.vocabulary import AbsenceKind
from procure.registers.deadlines.use_cases import cancel_terms
from procure.stages.awards import draw as drawing
from procure.stages.awards import policies, queries
from procure.stages.awards.events import (
    CONFLICT,
    AbsenceDecided,
    AbsenceReported,
    PanelMemberReplaced,
    ScoringReopened,
)
from procure.stages.awards.models import MemberAbsence, PanelMember, RankedBid, Seat
from procure.stages.awards.standing import MemberRow, ReviewCase
from procure.stages.awards.use_cases.load import case_of
from procure.stages.awards.use_cases.seeds import new_seed
from procure.store.unit_of_work import UnitOfWork, explain_constraint

explain_constraint(
    "ck_member_absence_two_people", "", "登记缺席和审核缺席要由两个人办理。", policies.RULE_ABSENCE
)


class ReplaceMember(Command):
    """Put the next of the draw in the seat of a member who declared a conflict."""

    review_id: str
    member_id: str


class ReportAbsence(Command):
    """Say that a member cannot take part, and how that is known."""

    review_id: str
    member_id: str
    kind: AbsenceKind
    reason: str


class DecideAbsence(Command):
    """A second person's finding on an absence; a refusal has a reason."""

    review_id: str
    member_id: str
    confirmed: bool
    reason: str = ""


@dataclass(frozen=True)
class _Cause:
    """Why a member leaves, as the event says it."""

    cause: str
    reason: str
    absence_id: str = ""


def replace_member(uow: UnitOfWork, command: ReplaceMember) -> PanelMember:
    """Seat the next of the same draw; Invalid when nobody is left (R-COM-10)."""
    case = case_of(uow, command.review_id)
    leaving = case.member(command.member_id)
    policies.may_replace(case, leaving.member).require()
    return _seat_next(uow, case, leaving, _Cause(CONFLICT, leaving.member.conflict_reason))


def report_absence(uow: UnitOfWork, command: ReportAbsence) -> MemberAbsence:
    """Report a member absent; the seat stays until a second person has agreed."""
    case = case_of(uow, command.review_id)
    review, absent = case.started, case.member(command.member_id)
    pending = queries.pending_absence(uow.session, review.id, absent.member.id)
    policies.may_report_absence(case, absent.member, is_reported=pending is not None).require()
    reason = command.reason.strip()
    if not reason:
        raise Invalid("reason", "请写明缺席的情况和怎样得知。", policies.RULE_ABSENCE)
    absence = MemberAbsence(
        review_id=review.id,
        member_id=absent.member.id,
        kind=command.kind,
        reason=reason,
        reported_by=uow.actor.user_id,
        reported_at=uow.now,
    )
    review.state = advance("report_absence", review.state)
    uow.session.add(absence)
    uow.emit(AbsenceReported.of(review, absence, absent.member, absence_id=absence.id))
    return absence


def decide_absence(uow: UnitOfWork, command: DecideAbsence) -> PanelMember:
    """Agree that the member is replaced, which is done at once, or have them stay.

    The member who sits in the seat from now on. Invalid for a refusal without reason, and when
    nobody is left to take the seat.
    """
    case = case_of(uow, command.review_id)
    review, absent = case.started, case.member(command.member_id)
    absence = queries.pending_absence(uow.session, review.id, absent.member.id)
    policies.may_decide_absence(case, absence).require()
    assert absence is not None
    reason = command.reason.strip()
    if not command.confirmed and not reason:
        raise Invalid("reason", "不同意更换的，要写明理由。", policies.RULE_ABSENCE)
    review.state = advance("decide_absence", review.state)
    absence.decided_by, absence.decided_at = uow.actor.user_id, uow.now
    absence.confirmed, absence.decision_reason = command.confirmed, reason
    uow.emit(AbsenceDecided.of(review, absence, absence_id=absence.id, reason=reason))
    if not command.confirmed:
        return absent.member
    return _seat_next(uow, case, absent, _Cause(absence.kind, absence.reason, absence.id))


def _seat_next(uow: UnitOfWork, case: ReviewCase, leaving: MemberRow, why: _Cause) -> PanelMember:
    review = case.started
    drawn, supplement = _next(uow, case, leaving)
    review.state = advance("replace_member", review.state)
    leaving.member.replaced_at = uow.now
    taking = PanelMember(
        review_id=review.id,
        user_id=drawn.chosen[0].id,
        position=leaving.member.position,
        seat=Seat.EXPERT,
        is_chair=leaving.member.is_chair,
    )
    uow.session.add(taking)
    uow.emit(
        PanelMemberReplaced.of(
            review,
            leaving.member,
            why,
            member_id=leaving.member.id,
            new_member_id=taking.id,
            new_user_id=taking.user_id,
            skipped=tuple(asdict(one) for one in drawn.skipped),
            supplement=supplement,
            void_marks=len(queries.scores_of(uow.session, review.id, leaving.member.id)),
        )
    )
    if review.state is ReviewState.SCORED:
        _reopen_scoring(uow, case)
    return taking


def _next(
    uow: UnitOfWork, case: ReviewCase, leaving: MemberRow
) -> tuple[drawing.Drawn, Mapping[str, Any]]:
    """Who takes the seat: the next of the recorded order who can still come in. When it is exhausted,
    one drawn among those who joined the pool since, with the record of that draw.
    """
    recorded: Any = case.started.draw
    excluded = recorded["excluded_employers"]
    present = {one.id: one for one in queries.expert_pool(uow.session)}
    # Where somebody works now counts, not where they worked at the draw.
    pool = [present.get(one.id, one) for one in drawing.pool_of(recorded)]
    known = {one.id for one in pool}
    seated = [row.user.employer for row in case.seated if row.member.id != leaving.member.id]
    used = [row.member.user_id for row in case.members]
    drawn = drawing.draw(
        pool,
        recorded["seed"],
        1,
        excluded_employers=excluded,
        used_ids=used,
        seated_employers=seated,
        unavailable=queries.unavailable_experts(uow.session, known - set(present)),
    )
    if drawn.chosen:
        return drawn, {}
    newcomers = [one for one in present.values() if one.id not in known and one.id not in used]
    seed = new_seed(uow, case.project.id)
    again = drawing.draw(newcomers, seed, 1, excluded_employers=excluded, seated_employers=seated)
    if not again.chosen:
        raise Invalid(
            "",
            "专家库中没有可以替补的专家。",
            policies.RULE_ABSENCE,
            "请停止评审、封存评审材料，联系平台补充专家后再更换；不能补足的，终止采购活动后重新采购。",
        )
    skipped = (*drawn.skipped, *again.skipped)
    return drawing.Drawn(again.chosen, skipped), drawing.record(newcomers, seed, excluded)


def _reopen_scoring(uow: UnitOfWork, case: ReviewCase) -> None:
    """The ranking rests on marks that count no more: the successor gives theirs, prices are closed
    to the panel again, and what was signed is signed anew.
    """
    review = case.started
    review.state = advance("reopen_scoring", review.state)
    review.scored_at = review.tie_seed = None
    signed = [row.member for row in case.seated if row.member.signed_at is not None]
    for member in signed:
        member.signed_at, member.dissent, member.prices_sound = None, "", None
    uow.session.execute(delete(RankedBid).where(RankedBid.review_id == review.id))
    cancel_terms(uow, review.id)
    uow.emit(ScoringReopened.of(review, void_signatures=tuple(member.id for member in signed)))
