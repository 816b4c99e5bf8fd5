"""The panel: drawn at random from a recorded pool, then declared."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from procure.kernel.commands import Command
from procure.kernel.errors import Invalid, NotFound
from procure.kernel.lifecycle import advance
from procure.kernel.scoring.panel import check_panel
from procure.kernel.scoring.rules import require_none
from procure.kernel.scoring.scheme import Procedure
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.accounts.models import User
from procure.registers.accounts.queries import names_ever
from procure.registers.deadlines.use_cases import start_term
from procure.registers.projects.models import Project
from procure.stages.awards import draw as drawing
from procure.stages.awards import policies, queries
from procure.stages.awards.events import InterestDeclared, PanelDrawn, SessionMoved
from procure.stages.awards.models import PanelMember, Review, Seat
from procure.stages.awards.standing import ReviewCase
from procure.stages.awards.use_cases.load import case_of
from procure.stages.awards.use_cases.seeds import new_seed
from procure.stages.tenders.models import Tender
from procure.store.holding import hold, moved, take_up
from procure.store.unit_of_work import UnitOfWork, explain_constraint, request_of

DRAW_LEAD = "T16"

explain_constraint(
    "uq_review_tender_id", "", "评审小组已经抽取，不能再抽一次。", policies.RULE_PANEL
)
explain_constraint(
    "buyer_never_chairs", "", "采购人代表不能担任评审小组组长。", policies.RULE_PANEL
)


class DrawPanel(Command):
    """Draw `experts` experts; `buyer_member_id` with its written authorisation may sit too. `key`
    makes a repeat of the same request count once.
    """

    tender_id: str
    session_at: datetime
    experts: int
    buyer_member_id: str | None = None
    authorisation: str = ""
    key: str = ""


class MoveSession(Command):
    """Put the panel's session at another time, with the reason."""

    review_id: str
    version: int | None
    session_at: datetime
    reason: str


class DeclareInterest(Command):
    """A member's declaration."""

    review_id: str
    has_conflict: bool
    reason: str = ""


def draw_panel(uow: UnitOfWork, command: DrawPanel) -> Review:
    """Draw the panel of an opened tender; the same request sent again gives back the first draw.

    Raises Invalid for an unlawful composition or session and for a pool that is too small.
    """
    tender, case = _opened(uow, command.tender_id)
    request = request_of("draw_panel", command.key, command)
    if (earlier := uow.earlier_result(request)) is not None:
        return uow.session.get_one(Review, earlier)
    policies.may_draw_panel(case).require()
    policies.check_session(tender, command.session_at, uow.now)
    _check_composition(tender, command)
    buyer_member = _buyer_member(uow, command)
    excluded = _excluded_employers(uow, case)
    pool = queries.expert_pool(uow.session)
    seed = new_seed(uow, case.project.id)
    drawn = drawing.draw(pool, seed, command.experts, excluded_employers=excluded)
    if len(drawn.chosen) < command.experts:
        raise Invalid(
            "experts",
            f"专家库中只有 {len(drawn.chosen)} 名可以参加的专家，不够 {command.experts} 名。",
            policies.RULE_PANEL,
            "请联系平台补充专家，或者减少评审小组人数（仍须符合人数规定）。",
        )
    review = Review(
        tender_id=tender.id,
        project_id=case.project.id,
        state=advance("draw_panel", None),
        draw={
            **drawing.record(pool, seed, excluded),
            "session_at": command.session_at.isoformat(),
            "authorisation": command.authorisation.strip(),
        },
        drawn_by=uow.actor.user_id,
        drawn_at=uow.now,
    )
    uow.session.add(review)
    uow.session.flush()
    members = _seat(uow, review, drawn, buyer_member)
    if tender.method is ProcurementMethod.OPEN_TENDER:
        start_term(
            uow,
            project_id=case.project.id,
            subject_id=review.id,
            rule=DRAW_LEAD,
            label="最迟开始评审的日期",
        )
    uow.emit(
        PanelDrawn.of(
            review,
            size=len(members),
            members=tuple(_said(member) for member in members),
            skipped=tuple(asdict(one) for one in drawn.skipped),
            buyer_seat=command.buyer_member_id or "",
            authorisation=command.authorisation.strip(),
        )
    )
    uow.keep_result(request, review.id)
    return review


def move_session(uow: UnitOfWork, command: MoveSession) -> Review:
    """Put the session at another time before anybody has scored.

    Raises Invalid for a time in the past or too long after the draw (T16), and without a reason.
    """
    case = case_of(uow, command.review_id)
    review = case.started
    is_scored = bool(queries.scores_of(uow.session, review.id))
    take_up(review, command, policies.may_move_session(case, is_scored=is_scored))
    policies.check_moved_session(case.tender, command.session_at, review.drawn_at, uow.now)
    reason, before = command.reason.strip(), review.session_at
    if not reason:
        raise Invalid("reason", "请写明调整评审时间的原因。", policies.RULE_PANEL)
    review.state = advance("move_session", review.state)
    review.draw = {**review.draw, "session_at": command.session_at.isoformat()}
    moved(review)
    uow.emit(SessionMoved.of(review, before=before, reason=reason))
    return review


def declare_interest(uow: UnitOfWork, command: DeclareInterest) -> PanelMember:
    """Sign the declaration; who must step aside is replaced by the clerk.

    A conflict found after another declaration is declared until the signature; the marks given
    count no more once the member is replaced.
    """
    case = case_of(uow, command.review_id)
    review, member = case.started, case.own
    is_later = command.has_conflict and member is not None and member.has_conflict is False
    may = policies.may_report_conflict if is_later else policies.may_declare
    may(case).require()
    assert member is not None
    reason = command.reason.strip()
    if command.has_conflict and not reason:
        raise Invalid(
            "reason", "应当回避的，请写明情形。", policies.RULE_RECUSAL, "例如：曾任某投标人理事。"
        )
    review.state = advance("declare_interest", review.state)
    member.declared_at = uow.now
    member.has_conflict = command.has_conflict
    member.conflict_reason = reason if command.has_conflict else ""
    uow.emit(
        InterestDeclared.of(
            review, member, member_id=member.id, reason=member.conflict_reason, is_later=is_later
        )
    )
    return member


def _opened(uow: UnitOfWork, tender_id: str) -> tuple[Tender, ReviewCase]:
    tender = hold(uow.session, Tender, tender_id)
    project = uow.session.get_one(Project, tender.project_id)
    case = queries.find_review_case(uow.session, uow.actor, project)
    if case is None or case.tender.id != tender.id:
        raise NotFound
    return tender, case


def _check_composition(tender: Tender, command: DrawPanel) -> None:
    """Size, odd number, share of experts (R-COM-1 to R-COM-4, V13); authorisation (R-COM-8)."""
    size = command.experts + (1 if command.buyer_member_id else 0)
    require_none(
        check_panel(size, command.experts, Procedure(tender.method.value), tender.budget_fen)
    )
    if command.buyer_member_id and not command.authorisation.strip():
        raise Invalid(
            "authorisation",
            "采购人代表参加评审，应当有书面授权。",
            policies.RULE_PANEL,
            "请填写授权书的文号或签发日期。",
        )


def _buyer_member(uow: UnitOfWork, command: DrawPanel) -> User | None:
    if command.buyer_member_id is None:
        return None
    found = next(
        (
            user
            for user in queries.buyer_seats(uow.session, uow.actor)
            if user.id == command.buyer_member_id
        ),
        None,
    )
    if found is None:
        raise Invalid(
            "buyer_member",
            "这个人不能担任采购人代表。",
            policies.RULE_PANEL,
            "请选择本单位的其他经办人或验收负责人；组织评审和确定成交人的人不能参加评审。",
        )
    return found


def _excluded_employers(uow: UnitOfWork, case: ReviewCase) -> list[str]:
    """The buyer and all bidders, by every name they had: their people cannot be experts here
    (R-COM-12, R-REC-1).
    """
    bidders = [row.supplier.id for row in queries.rows_of(uow.session, case.tender)]
    return sorted(names_ever(uow.session, [case.project.buyer_id, *bidders]))


def _seat(
    uow: UnitOfWork, review: Review, drawn: drawing.Drawn, buyer_member: User | None
) -> list[PanelMember]:
    """The first expert drawn is the chair; a buyer's representative never is (R-COM-8)."""
    members = [
        PanelMember(
            review_id=review.id,
            user_id=candidate.id,
            position=position,
            seat=Seat.EXPERT,
            is_chair=position == 1,
        )
        for position, candidate in enumerate(drawn.chosen, start=1)
    ]
    if buyer_member is not None:
        members.append(
            PanelMember(
                review_id=review.id,
                user_id=buyer_member.id,
                position=len(members) + 1,
                seat=Seat.BUYER,
                is_chair=False,
            )
        )
    uow.session.add_all(members)
    return members


def _said(member: PanelMember) -> dict[str, Any]:
    return {
        "member": member.id,
        "user": member.user_id,
        "position": member.position,
        "seat": member.seat,
        "is_chair": member.is_chair,
    }
