"""Panel drawn by lot, declarations, checks, independent scores, report, decision, result."""

from contextlib import suppress
from datetime import time
from typing import Any

from sqlalchemy import select

from procure.demonstration.steps.tendering import hundredths, tender_of
from procure.demonstration.walk import Walk
from procure.kernel.clock import at_local, local
from procure.kernel.lifecycle import Stage
from procure.registers.accounts.models import User
from procure.stages.awards.models import PanelMember, RankedBid, Review
from procure.stages.awards.use_cases.checks import (
    CheckBid,
    CompleteChecks,
    check_bid,
    complete_checks,
)
from procure.stages.awards.use_cases.decision import (
    AnnounceResult,
    DecideWinner,
    announce_result,
    decide_winner,
)
from procure.stages.awards.use_cases.panel import (
    DeclareInterest,
    DrawPanel,
    declare_interest,
    draw_panel,
)
from procure.stages.awards.use_cases.report import SignReport, sign_report
from procure.stages.awards.use_cases.scores import (
    Mark,
    SaveScores,
    lock_scores,
    save_scores,
)
from procure.stages.tenders.models import TenderCriterion

GUEST = "zhuanjia1"
"""The expert as whom the README invites to look around."""


def review_of(walk: Walk) -> Review:
    """The walk's review as it stands."""
    return walk.session.get_one(Review, walk.made["review"])


def experts_of(walk: Walk) -> list[str]:
    """The usernames of the panel, in the order of their seats."""
    return _experts(walk, walk.made["review"])


def _experts(walk: Walk, review_id: str) -> list[str]:
    return list(
        walk.session.scalars(
            select(User.username)
            .join(PanelMember, PanelMember.user_id == User.id)
            .where(PanelMember.review_id == review_id, PanelMember.replaced_at.is_(None))
            .order_by(PanelMember.position)
        )
    )


def _others(walk: Walk) -> list[str]:
    return [expert for expert in experts_of(walk) if expert != GUEST]


class _Elsewhere(Exception):
    """The draw left out the expert whom the sign-in page offers."""


def draw_the_panel(walk: Walk) -> None:
    """The clerk draws three experts by lot.

    Whoever tries the demonstration enters as GUEST: a draw without GUEST is taken back before it is
    on record, and drawn again. Nothing but the demonstration does so.
    """
    while "review" not in walk.made:
        with suppress(_Elsewhere), walk.as_("jingban") as uow:
            session_at = at_local(walk.today, time(14, 0))
            review = draw_panel(uow, DrawPanel(tender_of(walk).id, session_at, 3))
            if GUEST not in _experts(walk, review.id):
                raise _Elsewhere
            walk.made["review"] = review.id
    walk.say("jingban", Stage.AWARD, "抽取评审小组")


def first_declarations(walk: Walk) -> None:
    """The members other than GUEST declare to have no interest."""
    for expert in _others(walk):
        declare(walk, expert)


def last_declaration(walk: Walk) -> None:
    """GUEST declares too."""
    declare(walk, GUEST)


def declare(walk: Walk, expert: str) -> None:
    """One member declares to have no interest."""
    with walk.as_(expert) as uow:
        declare_interest(uow, DeclareInterest(walk.made["review"], has_conflict=False))
    walk.say(expert, Stage.AWARD, "签署回避声明")


def check_the_bids(walk: Walk) -> None:
    """The clerk looks at qualification and conformity of every bid."""
    for told in walk.told["bids"]:
        with walk.as_("jingban") as uow:
            check_bid(
                uow,
                CheckBid(
                    walk.made["review"],
                    walk.made[f"bid{told['supplier']}"],
                    qualified=True,
                    conforms=True,
                ),
            )
    with walk.as_("jingban") as uow:
        complete_checks(uow, CompleteChecks(walk.made["review"], review_of(walk).version))
    walk.say("jingban", Stage.AWARD, "完成资格与符合性审查")


def first_scores(walk: Walk) -> None:
    """The panel meets: one expert scores and locks; GUEST and another have still to do it."""
    session_at = local(review_of(walk).session_at)
    walk.on(session_at.date(), session_at.hour, session_at.minute)
    score(walk, _others(walk)[0])


def other_scores(walk: Walk) -> None:
    """The rest of the panel scores; with the last lock the ranking comes out."""
    for expert in (*_others(walk)[1:], GUEST):
        score(walk, expert)


def score(walk: Walk, expert: str) -> None:
    """One member scores every bid, each score with its reason, and locks."""
    seat = experts_of(walk).index(expert)
    criteria = walk.session.scalars(
        select(TenderCriterion)
        .where(TenderCriterion.tender_id == walk.made["tender"])
        .order_by(TenderCriterion.position)
    ).all()
    for told, sheets in zip(walk.told["bids"], walk.told["scores"], strict=True):
        marks = tuple(
            Mark(criterion.id, hundredths(points), _reason(told, criterion.name))
            for criterion, points in zip(criteria, sheets[seat], strict=True)
        )
        bid_id = walk.made[f"bid{told['supplier']}"]
        with walk.as_(expert) as uow:
            save_scores(uow, SaveScores(walk.made["review"], bid_id, marks))
    with walk.as_(expert) as uow:
        lock_scores(uow, walk.made["review"])
    walk.say(expert, Stage.AWARD, "完成评分并锁定")


def _reason(told: dict[str, Any], factor: str) -> str:
    return f"对照评分标准，{factor}的响应内容与材料可以核对：{told['proposal'][:24]}。"


def sign_the_report(walk: Walk) -> None:
    """Every member signs; the report is delivered to the buyer."""
    for expert in experts_of(walk):
        sign(walk, expert)


def sign(walk: Walk, expert: str) -> None:
    """One member signs, and finds no price in doubt."""
    with walk.as_(expert) as uow:
        sign_report(uow, SignReport(walk.made["review"], prices_sound=True))
    walk.say(expert, Stage.AWARD, "签署评审报告")


def decide_and_announce(walk: Walk) -> None:
    """The approver takes rank 1; the clerk announces the result."""
    walk.workdays_later(2)
    with walk.as_("shenhe") as uow:
        review = review_of(walk)
        winner = walk.session.scalars(
            select(RankedBid.bid_id).where(RankedBid.review_id == review.id, RankedBid.rank == 1)
        ).one()
        decide_winner(uow, DecideWinner(review.id, review.version, winner))
    walk.say("shenhe", Stage.AWARD, "确定成交人")
    walk.workdays_later(1)
    with walk.as_("jingban") as uow:
        review = review_of(walk)
        announce_result(uow, AnnounceResult(review.id, review.version))
    walk.say("jingban", Stage.AWARD, "公告成交结果，发出成交通知书")
