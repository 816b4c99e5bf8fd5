"""Who may do what in a review, and when; each refusal with its rule and what to do."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from procure.kernel.access import Actor
from procure.kernel.clock import local_date
from procure.kernel.day_words import instant_words
from procure.kernel.errors import (
    ALLOWED,
    IllegalTransition,
    Invalid,
    TooEarly,
    Verdict,
    first_refusal,
    refused,
)
from procure.kernel.laws import cite
from procure.kernel.lifecycle import ReviewState, TenderState, may_step, may_take
from procure.kernel.parameters import parameter
from procure.kernel.statute import timer
from procure.kernel.vocabulary import ProcurementMethod
from procure.kernel.workdays import CHINA
from procure.registers.projects.models import Part
from procure.stages.awards.models import MemberAbsence, PanelMember, Review
from procure.stages.bids.policies import failure_rule, is_buyer
from procure.stages.tenders.models import Tender
from procure.stages.tenders.policies import termination_rule

RULE_PANEL = cite("experts_drawn")
RULE_ABSENCE = "《政府采购评审专家管理办法》（财库〔2016〕198号）"
RULE_RECUSAL = cite("recusal")
RULE_ALONE = cite("review_by_document")
RULE_REPORT = cite("review_and_result")
RULE_RESULT = cite("result_in_time")
RULE_CHALLENGE = cite("challenge")
RULE_SEPARATION = cite("duties_apart")
RULE_LOW = "《关于推动解决政府采购异常低价问题的通知》（财库〔2026〕2号）"
LOW_FLAG = "low:"
PANEL_FLAG = "low:panel"


def _seated(member: PanelMember | None) -> Verdict:
    if member is not None and member.replaced_at is None:
        return ALLOWED
    return refused("您不是这个项目的评审小组成员。", rule=RULE_PANEL)


def is_going_on(tender: Tender) -> Verdict:
    """Whether the purchase still runs: nobody judges bids of one that failed or was terminated."""
    if tender.state is TenderState.OPENED:
        return ALLOWED
    return refused(
        "本次采购活动已经结束，评审不再进行。",
        rule=failure_rule(tender)
        if tender.state is TenderState.FAILED
        else termination_rule(tender),
        remedy="评审材料照常归档；重新采购的，开标后另行组建评审小组。",
        error=IllegalTransition,
    )


# --- panel -------------------------------------------------------------------------------------


def may_draw_panel(
    actor: Actor, tender: Tender, review: Review | None, parts: Collection[Part]
) -> Verdict:
    """Whether the actor may draw: the buyer's clerk, once, after the opening."""
    return may_take(
        "draw_panel",
        actor,
        review.state if review else None,
        is_buyer(parts),
        ALLOWED
        if tender.state is TenderState.OPENED
        else refused(
            "开标以后才能抽取评审小组：要先知道投标人，才能排除应当回避的专家。",
            rule=RULE_RECUSAL,
            error=IllegalTransition,
        ),
    )


def check_session(tender: Tender, session_at: datetime, now: datetime) -> None:
    """Refuse a session in the past, and in a tender one that is more than two working days after
    the draw (T16, R-COM-6). Raises Invalid at `session_at`.
    """
    if session_at < now:
        raise Invalid("session_at", "评审时间不能早于现在。", remedy="请核对日期和时刻。")
    if tender.method is not ProcurementMethod.OPEN_TENDER:
        return
    rule = timer("T16", local_date(now))
    last = rule.due(local_date(now)).on
    if local_date(session_at) > last:
        days = CHINA.between(local_date(now), local_date(session_at))
        raise Invalid(
            "session_at",
            f"评审专家最早在评审开始前 2 个工作日抽取，现在距评审还有 {days} 个工作日。",
            rule.source,
            "请提前评审时间，或到时候再抽取。",
        )


def check_moved_session(
    tender: Tender, session_at: datetime, drawn_at: datetime, now: datetime
) -> None:
    """The same for a session put at another time after the draw. Raises Invalid at `session_at`."""
    if session_at < now:
        raise Invalid("session_at", "评审时间不能早于现在。", remedy="请核对日期和时刻。")
    check_session(tender, session_at, drawn_at)


def may_move_session(
    actor: Actor, review: Review, parts: Collection[Part], *, is_scored: bool
) -> Verdict:
    """Whether the clerk may put the session at another time: until somebody has scored."""
    return may_take(
        "move_session",
        actor,
        review.state,
        is_buyer(parts),
        ALLOWED
        if not is_scored
        else refused("已经开始评分，评审时间不能再改。", rule=RULE_PANEL, error=IllegalTransition),
    )


def has_begun(review: Review, now: datetime) -> Verdict:
    """Whether the panel's session has come: nobody scores or signs before it."""
    if now >= review.session_at:
        return ALLOWED
    return refused(
        f"评审于 {instant_words(review.session_at)} 开始，在此之前不能评分和签署。",
        rule=RULE_PANEL,
        remedy="请到时间后再办理；评审时间有变的，由采购人的经办人在评审情况页面调整。",
        error=TooEarly,
    )


def may_declare(actor: Actor, review: Review, member: PanelMember | None) -> Verdict:
    """Whether the actor may sign the declaration: a seated member, once. A conflict found later is
    declared as well (`may_report_conflict`).
    """
    return may_take(
        "declare_interest",
        actor,
        review.state,
        _seated(member),
        refused(
            "您已经签署回避声明。",
            rule=RULE_RECUSAL,
            remedy="采购人完成资格和符合性审查以后，评分会出现在“我的待办”里。",
            error=IllegalTransition,
        )
        if member is not None and member.has_conflict is not None
        else ALLOWED,
    )


def may_report_conflict(actor: Actor, review: Review, member: PanelMember | None) -> Verdict:
    """Whether the actor may declare a conflict after having declared none: until the signature."""
    return may_take(
        "declare_interest", actor, review.state, may_read_as_member(member), _unsigned(member)
    )


def _unsigned(member: PanelMember | None) -> Verdict:
    if member is None or member.signed_at is None:
        return ALLOWED
    return refused(
        "这名成员已经签署评审报告。",
        rule=RULE_RECUSAL,
        remedy="签署以后发现应当回避的，请书面报告采购人和财政部门。",
        error=IllegalTransition,
    )


def may_replace(
    actor: Actor, review: Review, member: PanelMember, parts: Collection[Part]
) -> Verdict:
    """Whether the clerk may put the next of the draw in this seat: only for a declared conflict.

    For an absence it takes two people of the buyer (`may_report_absence`, `may_decide_absence`).
    """
    return may_take(
        "replace_member",
        actor,
        review.state,
        is_buyer(parts),
        _seated(member),
        ALLOWED
        if member.has_conflict
        else refused(
            "只有声明应当回避的成员才能更换。",
            rule=RULE_RECUSAL,
            remedy="缺席或者因健康原因不能参加的，请登记缺席，由审核负责人审核；"
            "不得为了改变评审结果更换专家。",
        ),
    )


def may_report_absence(
    actor: Actor,
    review: Review,
    member: PanelMember,
    parts: Collection[Part],
    *,
    is_reported: bool,
) -> Verdict:
    """Whether the clerk may report that a member cannot take part (O87 art 49)."""
    return may_take(
        "report_absence",
        actor,
        review.state,
        is_buyer(parts),
        ALLOWED
        if member.replaced_at is None
        else refused("这名成员已经更换。", rule=RULE_ABSENCE, error=IllegalTransition),
        _unsigned(member),
        refused("这名成员声明应当回避，直接更换即可。", rule=RULE_RECUSAL, error=IllegalTransition)
        if member.has_conflict
        else ALLOWED,
        refused(
            "这名成员的缺席已经登记，等待审核负责人审核。",
            rule=RULE_ABSENCE,
            error=IllegalTransition,
        )
        if is_reported
        else ALLOWED,
    )


def may_decide_absence(
    actor: Actor, review: Review, absence: MemberAbsence | None, parts: Collection[Part]
) -> Verdict:
    """Whether the actor may find that an absent member is to be replaced: the buyer's approver, and
    not who reported it.
    """
    return may_take(
        "decide_absence",
        actor,
        review.state,
        is_buyer(parts),
        refused("没有等待审核的缺席。", rule=RULE_ABSENCE, error=IllegalTransition)
        if absence is None
        else ALLOWED,
        refused(
            "缺席由您登记，不能由您审核。",
            rule=RULE_SEPARATION,
            remedy="请由本单位的另一位审核负责人办理。",
        )
        if absence is not None and absence.reported_by == actor.user_id
        else ALLOWED,
    )


# --- checks ------------------------------------------------------------------------------------


def may_check(actor: Actor, review: Review, parts: Collection[Part], reads: Verdict) -> Verdict:
    """Whether the actor may judge qualification and conformity: the buyer's clerk, when they may read
    the bids (`reads`, of `may_read_bids`).
    """
    return may_take("check_bid", actor, review.state, is_buyer(parts), reads)


def check_rule(tender: Tender) -> str | None:
    """The article on checking who may bid, in a tender (O87 art 44); a consultation has its own."""
    if tender.method is ProcurementMethod.OPEN_TENDER:
        return cite("check", tender.method)
    return None


def decision_rule(tender: Tender) -> str:
    """The article on choosing the first of the ranking, by method (O87 art 68, CC214 art 28)."""
    return cite("decide", tender.method)


def may_complete_checks(
    actor: Actor,
    review: Review,
    parts: Collection[Part],
    members: Sequence[PanelMember],
    unchecked: int,
    reads: Verdict,
) -> Verdict:
    """Whether the checks may be closed: every member declared, every bid judged."""
    return first_refusal(
        may_check(actor, review, parts, reads),
        may_step("check_bids", review.state),
        _declared(members),
        refused(
            f"还有 {unchecked} 份投标文件没有登记审查意见。",
            remedy="请逐份登记后再完成审查。",
        )
        if unchecked
        else ALLOWED,
    )


def _without_conflict(members: Sequence[PanelMember]) -> Verdict:
    if any(member.has_conflict for member in members):
        return refused(
            "有成员声明应当回避，还没有更换。",
            rule=RULE_RECUSAL,
            remedy="请采购人先更换这名成员。",
        )
    return ALLOWED


def _declared(members: Sequence[PanelMember]) -> Verdict:
    conflict = _without_conflict(members)
    if not conflict.ok:
        return conflict
    waiting = sum(member.has_conflict is None for member in members)
    if waiting:
        return refused(
            f"还有 {waiting} 名成员没有签署回避声明。",
            rule=RULE_RECUSAL,
            remedy="请提醒成员登录平台签署。",
        )
    return ALLOWED


# --- scores ------------------------------------------------------------------------------------


def may_read_bids(member: PanelMember | None, *, oversees: bool, stepped_aside: bool) -> Verdict:
    """Whether the reader may see what the bids say (without prices): the buyer's side, and members
    after their declaration. Who sits on the panel declares first, be they the buyer's
    own person; who declared a conflict keeps away from the bids for good.
    """
    if stepped_aside:
        return _keeps_away(FOR_COLLEAGUES if oversees and member is None else FOR_SUCCESSOR)
    if oversees and member is None:
        return ALLOWED
    return may_read_as_member(member)


def may_read_as_member(member: PanelMember | None) -> Verdict:
    """Whether the seat opens the bids: it is held, and without conflict."""
    if member is not None and member.has_conflict:
        return _keeps_away(FOR_SUCCESSOR)
    return first_refusal(
        _seated(member),
        ALLOWED
        if member is not None and member.has_conflict is False
        else refused(
            "您是评审小组成员，请先签署回避声明，再查看投标文件。",
            rule=RULE_RECUSAL,
            remedy="请到“评审情况”页面签署回避声明。",
        ),
    )


FOR_COLLEAGUES = "请由本单位其他经办人办理。"
FOR_SUCCESSOR = "采购人更换成员以后，由接替的成员评审，您不用再办理。"
"""What somebody else does instead of who declared a conflict: at the buyer's, and on the panel."""


def _keeps_away(remedy: str) -> Verdict:
    return refused("您已声明应当回避，不再查看本项目的投标文件。", rule=RULE_RECUSAL, remedy=remedy)


def may_score(actor: Actor, review: Review, member: PanelMember | None, now: datetime) -> Verdict:
    """Whether the member may write marks: seated, without conflict, not locked, in session."""
    return may_take(
        "save_scores",
        actor,
        review.state,
        may_read_as_member(member),
        has_begun(review, now),
        refused(
            "您的评分已经锁定，不能再改。",
            rule=RULE_ALONE,
            remedy="全部成员锁定以后，签署评审报告会出现在“我的待办”里。",
            error=IllegalTransition,
        )
        if member is not None and member.locked_at is not None
        else ALLOWED,
    )


def may_lock(
    actor: Actor,
    review: Review,
    member: PanelMember | None,
    missing: Sequence[str],
    now: datetime,
) -> Verdict:
    """Whether the member may lock the marks; `missing` names what has no mark or no reason yet."""
    return first_refusal(
        may_score(actor, review, member, now),
        may_step("lock_scores", review.state),
        refused(
            f"还有 {len(missing)} 处没有评完：{missing[0]}" + ("等。" if missing[1:] else "。"),
            rule=RULE_ALONE,
            remedy="每个评分因素都要打分，主观因素还要写理由。",
        )
        if missing
        else ALLOWED,
    )


# --- report ------------------------------------------------------------------------------------


def may_judge_low_price(
    actor: Actor,
    review: Review,
    member: PanelMember | None,
    members: Sequence[PanelMember],
    flags: Sequence[str],
) -> Verdict:
    """Whether the actor may record the review of a low price: the chair, before any signature."""
    return may_take(
        "judge_low_price",
        actor,
        review.state,
        _seated(member),
        _without_conflict(members),
        ALLOWED
        if member is not None and member.is_chair
        else refused("异常低价审查由评审小组组长登记。", rule=RULE_LOW),
        ALLOWED
        if any(flag.startswith(LOW_FLAG) for flag in flags)
        else refused("这份报价没有触发异常低价审查。", rule=RULE_LOW),
        refused("已有成员签署报告，不能再登记。", rule=RULE_LOW, error=IllegalTransition)
        if any(one.signed_at for one in members)
        else ALLOWED,
    )


def may_sign(
    actor: Actor,
    review: Review,
    member: PanelMember | None,
    members: Sequence[PanelMember],
    low_waiting: int,
    now: datetime,
) -> Verdict:
    """Whether the member may sign the report; low prices are judged first (LOW2), and a member with
    a conflict is replaced.
    """
    return may_take(
        "sign_report",
        actor,
        review.state,
        _seated(member),
        has_begun(review, now),
        _without_conflict(members),
        refused(
            "您已经签署。",
            rule=RULE_REPORT,
            remedy="全部成员签署以后，评审报告自动送达采购人。",
            error=IllegalTransition,
        )
        if member is not None and member.signed_at is not None
        else ALLOWED,
        refused(
            f"还有 {low_waiting} 份报价触发异常低价审查，没有登记结论。",
            rule=RULE_LOW,
            remedy="请组长先登记审查经过和结论。",
        )
        if low_waiting
        else ALLOWED,
    )


def may_question_price(
    actor: Actor, review: Review, member: PanelMember | None, members: Sequence[PanelMember]
) -> Verdict:
    """Whether the member may call a price clearly unreasonable, so that its bidder is asked: before
    signing the report.
    """
    return may_take(
        "question_price",
        actor,
        review.state,
        _seated(member),
        _without_conflict(members),
        _unsigned(member),
    )


def sign_until(concluded_at: datetime) -> datetime:
    """Until when every member has time to sign or to write down a dissent, counted from when the
    conclusions stood as they are.
    """
    hours = int(parameter(SIGNING_TIME, "", local_date(concluded_at)).value)
    return concluded_at + timedelta(hours=hours)


def may_deliver(
    actor: Actor,
    review: Review,
    member: PanelMember | None,
    members: Sequence[PanelMember],
    until: datetime,
    now: datetime,
) -> Verdict:
    """Whether the chair may deliver the report although not all have signed: who by `until` neither
    signs nor states a dissent counts as agreeing (GPL-R art 41).
    """
    silent = sum(one.signed_at is None for one in members)
    return may_take(
        "deliver_report",
        actor,
        review.state,
        _seated(member),
        _without_conflict(members),
        ALLOWED
        if member is not None and member.is_chair and member.signed_at is not None
        else refused("评审报告由组长签署以后送达采购人。", rule=RULE_REPORT),
        ALLOWED
        if now >= until or not silent
        else refused(
            f"还有 {silent} 名成员没有签署，{instant_words(until)} 以前他们可以签署或者写明"
            "不同意见，报告还不能送达。",
            rule=RULE_REPORT,
            remedy="全部成员签署以后自动送达；到时间仍不签署、也不书面说明的，视为同意，再送达。",
            error=TooEarly,
        ),
    )


# --- decision ----------------------------------------------------------------------------------


def may_decide(
    actor: Actor, review: Review, parts: Collection[Part], reads: Verdict, *, sat_on_panel: bool
) -> Verdict:
    """Whether the actor may decide the winner: the buyer's approver who may read the bids (`reads`,
    of `may_read_bids`), neither drawer nor member.
    """
    return may_take(
        "decide_winner",
        actor,
        review.state,
        is_buyer(parts),
        reads,
        refused(
            "抽取评审小组的人不能确定成交人。",
            rule=RULE_SEPARATION,
            remedy="请由本单位的另一位审核负责人办理。",
        )
        if actor.user_id == review.drawn_by
        else ALLOWED,
        refused("评审小组成员不能确定成交人。", rule=RULE_SEPARATION) if sat_on_panel else ALLOWED,
    )


def may_pass_over(actor: Actor, review: Review, parts: Collection[Part]) -> Verdict:
    """Whether the actor may record that a candidate cannot be chosen: the buyer's clerk, between
    report and decision.
    """
    return may_take("pass_candidate", actor, review.state, is_buyer(parts))


def may_announce(actor: Actor, review: Review, parts: Collection[Part], reads: Verdict) -> Verdict:
    """Whether the actor may announce the result, which says what the winner offers: who may read
    the bids (`reads`, of `may_read_bids`).
    """
    return may_take("announce_result", actor, review.state, is_buyer(parts), reads)


def sees_names(review: Review, *, oversees: bool, on_panel: bool, is_auditor: bool) -> bool:
    """Whether the reader may know who sits on the panel: the buyer and the panel after the draw,
    audit and everybody once the result is out (R-COM-7).
    """
    if review.state is ReviewState.ANNOUNCED or on_panel:
        return True
    return oversees and not is_auditor


def loser_rule(tender: Tender) -> str | None:
    """The article that a bidder who did not win is told its result by; None outside tenders.

    O87 art 69 is on tenders; a consultation's letter rests on its notice alone.
    """
    return cite("result", tender.method) if tender.method is ProcurementMethod.OPEN_TENDER else None


SIGNING_TIME = "report.signing"
"""The parameter that says how many hours the members have for their signature."""
MINUTES_TO_EXPLAIN = timedelta(minutes=30)
"""Least time for the explanation of a low price (T18, R-LOW-2)."""
