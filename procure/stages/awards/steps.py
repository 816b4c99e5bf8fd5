"""What can be done in a review, by whom and where: the rows that pages and desks are drawn from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procure.kernel.errors import Verdict
from procure.kernel.lifecycle import ReviewState
from procure.stages.awards import policies
from procure.stages.awards.models import MemberAbsence, PanelMember
from procure.stages.awards.standing import ReviewCase
from procure.web.step_table import Facts, StepOf


@dataclass(frozen=True, kw_only=True)
class ReviewFacts(Facts):
    """A review for one reader, before and after the draw; `is_marked` says that they have given all
    their marks.
    """

    review: ReviewCase
    now: datetime
    is_marked: bool = False

    @property
    def own(self) -> PanelMember | None:
        """The reader's seat."""
        return self.review.own

    @property
    def leaving(self) -> PanelMember | None:
        """A seated member who declared a conflict."""
        seats = (row.member for row in self.review.seated)
        return next((one for one in seats if one.has_conflict), None)

    @property
    def declares(self) -> bool:
        """Whether the declaration is what this member does now, or did last."""
        if self.own is None:
            return False
        return self.state is ReviewState.PANEL_DRAWN or self.own.has_conflict is None

    @property
    def judges(self) -> bool:
        """Whether the reader sits on the panel and declared that nothing stands against it."""
        return self.own is not None and self.own.has_conflict is False


@dataclass(frozen=True, kw_only=True)
class AbsenceFacts(Facts):
    """A member reported absent, whose replacement a second person judges."""

    review: ReviewCase
    absence: MemberAbsence


def _may_replace(it: ReviewFacts) -> Verdict:
    assert it.leaving is not None
    return policies.may_replace(it.review, it.leaving)


def _may_score(it: ReviewFacts) -> Verdict:
    return policies.may_score(it.review, it.now)


# fmt: off
MEMBER_STEPS: tuple[StepOf[ReviewFacts], ...] = (
    StepOf("declare_interest", "awards.declare", lambda it: policies.may_declare(it.review),
        todo="评审前签署回避声明", when=lambda it: it.declares),
    StepOf("save_scores", "awards.score", _may_score,
        todo=lambda it: "独立评分并锁定" if it.own and it.own.locked_at is None else "", begins="awards.scores",
        label="填写评分", when=lambda it: it.judges and not it.is_marked, stays=True),
    StepOf("lock_scores", "awards.lock", _may_score, usual=True, when=lambda it: it.judges and it.is_marked),
    StepOf("sign_report", "awards.sign", lambda it: policies.may_sign(it.review, 0, it.now),
        todo=lambda it: "评审结论已汇总，等您签署" if it.own and it.own.signed_at is None else "", when=lambda it: it.judges,
        stays=True),
)

BUYER_STEPS: tuple[StepOf[ReviewFacts], ...] = (
    StepOf("draw_panel", "awards.draw_panel", lambda it: policies.may_draw_panel(it.review), todo="已开标，等您抽取评审小组"),
    StepOf("replace_member", "awards.replace", _may_replace, todo="有专家应当回避，等您更换", begins="awards.show",
        when=lambda it: it.leaving is not None, usual=False),
    StepOf("check_bid", "awards.check", lambda it: policies.may_check(it.review),
        todo="已抽取评审小组，等您逐份审查", begins="awards.checks", label="审查资格和符合性"),
    StepOf("decide_winner", "awards.decide", lambda it: policies.may_decide(it.review), todo="评审报告已送达，等您确定成交人"),
    StepOf("announce_result", "awards.announce", lambda it: policies.may_announce(it.review), todo="成交人已确定，等您公告"),
)

DECIDE_ABSENCE: StepOf[AbsenceFacts] = StepOf("decide_absence", "awards.decide_absence",
    lambda it: policies.may_decide_absence(it.review, it.absence), todo="评审成员缺席，等您审核更换", usual=False)

OWN_PAGES: tuple[StepOf[ReviewFacts], ...] = (
    StepOf("check_bids", "awards.checks", also=("judge_relation",)),
    StepOf("move_session", "awards.move_session"),
    StepOf("report_absence", "awards.report_absence"),
    StepOf("judge_low_price", "awards.low_price", also=("question_price",)),
    StepOf("deliver_report", "awards.deliver"),
    StepOf("pass_candidate", "awards.pass_over"),
)
"""What the pages of a review offer themselves, seat by seat and bid by bid."""

STEPS: tuple[StepOf[Any], ...] = (*MEMBER_STEPS, *BUYER_STEPS, DECIDE_ABSENCE, *OWN_PAGES)
