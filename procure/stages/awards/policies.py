"""Who may do what in a review, and when; each refusal with its rule and what to do."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from procure.kernel.access import Permission
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
    refused_if,
)
from procure.kernel.laws import cite
from procure.kernel.lifecycle import ReviewState, TenderState, may_step, may_take
from procure.kernel.parameters import parameter
from procure.kernel.statute import timer
from procure.kernel.vocabulary import ProcurementMethod
from procure.kernel.workdays import CHINA
from procure.registers.projects.policies import is_buyer
from procure.stages.awards.models import MemberAbsence, PanelMember, RankedBid, Review
from procure.stages.awards.standing import ReviewCase
from procure.stages.bids.policies import failure_rule
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


def may_as_buyer(action: str, case: ReviewCase, *also: Verdict) -> Verdict:
    """Whether a person of the buyer may take the step; `also` is what it asks besides."""
    return may_take(action, case.reader, case.state, is_buyer(case.reader, case.project), *also)


def _may_as_member(action: str, case: ReviewCase, *also: Verdict) -> Verdict:
    return may_take(action, case.reader, case.state, _seated(case.own), *also)


def _seated(member: PanelMember | None) -> Verdict:
    return refused_if(
        member is None or member.replaced_at is not None,
        "您不是这个项目的评审小组成员。",
        rule=RULE_PANEL,
    )


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


def may_draw_panel(case: ReviewCase) -> Verdict:
    """Whether the reader may draw: the buyer's clerk, once, after the opening."""
    return may_as_buyer(
        "draw_panel",
        case,
        refused_if(
            case.tender.state is not TenderState.OPENED,
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


def may_move_session(case: ReviewCase, *, is_scored: bool) -> Verdict:
    """Whether the clerk may put the session at another time: until somebody has scored."""
    return may_as_buyer(
        "move_session",
        case,
        refused_if(
            is_scored, "已经开始评分，评审时间不能再改。", rule=RULE_PANEL, error=IllegalTransition
        ),
    )


def has_begun(review: Review, now: datetime) -> Verdict:
    """Whether the panel's session has come: nobody scores or signs before it."""
    return refused_if(
        now < review.session_at,
        f"评审于 {instant_words(review.session_at)} 开始，在此之前不能评分和签署。",
        rule=RULE_PANEL,
        remedy="请到时间后再办理；评审时间有变的，由采购人的经办人在评审情况页面调整。",
        error=TooEarly,
    )


def may_declare(case: ReviewCase) -> Verdict:
    """Whether the reader may sign the declaration: a seated member, once. A conflict found later is
    declared as well (`may_report_conflict`).
    """
    return _may_as_member(
        "declare_interest",
        case,
        refused_if(
            case.own is not None and case.own.has_conflict is not None,
            "您已经签署回避声明。",
            rule=RULE_RECUSAL,
            remedy="采购人完成资格和符合性审查以后，评分会出现在“我的待办”里。",
            error=IllegalTransition,
        ),
    )


def may_report_conflict(case: ReviewCase) -> Verdict:
    """Whether the reader may declare a conflict after having declared none: until the signature."""
    return may_take(
        "declare_interest",
        case.reader,
        case.state,
        may_read_as_member(case.own),
        _unsigned(case.own),
    )


def _unsigned(member: PanelMember | None) -> Verdict:
    return refused_if(
        member is not None and member.signed_at is not None,
        "这名成员已经签署评审报告。",
        rule=RULE_RECUSAL,
        remedy="签署以后发现应当回避的，请书面报告采购人和财政部门。",
        error=IllegalTransition,
    )


def may_replace(case: ReviewCase, member: PanelMember) -> Verdict:
    """Whether the clerk may put the next of the draw in this seat: only for a declared conflict.

    For an absence it takes two people of the buyer (`may_report_absence`, `may_decide_absence`).
    """
    return may_as_buyer(
        "replace_member",
        case,
        _seated(member),
        refused_if(
            not member.has_conflict,
            "只有声明应当回避的成员才能更换。",
            rule=RULE_RECUSAL,
            remedy="缺席或者因健康原因不能参加的，请登记缺席，由审核负责人审核；"
            "不得为了改变评审结果更换专家。",
        ),
    )


def may_report_absence(case: ReviewCase, member: PanelMember, *, is_reported: bool) -> Verdict:
    """Whether the clerk may report that a member cannot take part (O87 art 49)."""
    return may_as_buyer(
        "report_absence",
        case,
        refused_if(
            member.replaced_at is not None,
            "这名成员已经更换。",
            rule=RULE_ABSENCE,
            error=IllegalTransition,
        ),
        _unsigned(member),
        refused_if(
            member.has_conflict,
            "这名成员声明应当回避，直接更换即可。",
            rule=RULE_RECUSAL,
            error=IllegalTransition,
        ),
        refused_if(
            is_reported,
            "这名成员的缺席已经登记，等待审核负责人审核。",
            rule=RULE_ABSENCE,
            error=IllegalTransition,
        ),
    )


def may_decide_absence(case: ReviewCase, absence: MemberAbsence | None) -> Verdict:
    """Whether the reader may find that an absent member is to be replaced: the buyer's approver, and
    not who reported it.
    """
    return may_as_buyer(
        "decide_absence",
        case,
        refused_if(
            absence is None, "没有等待审核的缺席。", rule=RULE_ABSENCE, error=IllegalTransition
        ),
        refused_if(
            absence is not None and absence.reported_by == case.reader.user_id,
            "缺席由您登记，不能由您审核。",
            rule=RULE_SEPARATION,
            remedy="请由本单位的另一位审核负责人办理。",
        ),
    )


# --- checks ------------------------------------------------------------------------------------


def may_check(case: ReviewCase) -> Verdict:
    """Whether the reader may judge qualification and conformity: the buyer's clerk, when they may read
    the bids.
    """
    return may_as_buyer("check_bid", case, may_read_bids(case))


def check_rule(tender: Tender) -> str | None:
    """The article on checking who may bid, in a tender (O87 art 44); a consultation has its own."""
    if tender.method is ProcurementMethod.OPEN_TENDER:
        return cite("check", tender.method)
    return None


def decision_rule(tender: Tender) -> str:
    """The article on choosing the first of the ranking, by method (O87 art 68, CC214 art 28)."""
    return cite("decide", tender.method)


def may_complete_checks(case: ReviewCase, unchecked: int) -> Verdict:
    """Whether the checks may be closed: every member declared, every bid judged."""
    waiting = sum(row.member.has_conflict is None for row in case.seated)
    return first_refusal(
        may_check(case),
        may_step("check_bids", case.state),
        _without_conflict(case),
        refused_if(
            waiting,
            f"还有 {waiting} 名成员没有签署回避声明。",
            rule=RULE_RECUSAL,
            remedy="请提醒成员登录平台签署。",
        ),
        refused_if(
            unchecked,
            f"还有 {unchecked} 份投标文件没有登记审查意见。",
            remedy="请逐份登记后再完成审查。",
        ),
    )


def _without_conflict(case: ReviewCase) -> Verdict:
    return refused_if(
        any(row.member.has_conflict for row in case.seated),
        "有成员声明应当回避，还没有更换。",
        rule=RULE_RECUSAL,
        remedy="请采购人先更换这名成员。",
    )


# --- scores ------------------------------------------------------------------------------------


def may_read_bids(case: ReviewCase) -> Verdict:
    """Whether the reader may see what the bids say (without prices): the buyer's side, and members
    after their declaration. Who sits on the panel declares first, be they the buyer's
    own person; who declared a conflict keeps away from the bids for good.
    """
    is_of_buyer = case.oversees and case.own is None
    if case.stepped_aside:
        return _keeps_away(FOR_COLLEAGUES if is_of_buyer else FOR_SUCCESSOR)
    return ALLOWED if is_of_buyer else may_read_as_member(case.own)


def may_read_as_member(member: PanelMember | None) -> Verdict:
    """Whether the seat opens the bids: it is held, and without conflict."""
    if member is not None and member.has_conflict:
        return _keeps_away(FOR_SUCCESSOR)
    return first_refusal(
        _seated(member),
        refused_if(
            member is not None and member.has_conflict is None,
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


def may_score(case: ReviewCase, now: datetime) -> Verdict:
    """Whether the member may write marks: seated, without conflict, not locked, in session."""
    return may_take(
        "save_scores",
        case.reader,
        case.state,
        may_read_as_member(case.own),
        has_begun(case.started, now),
        refused_if(
            case.own is not None and case.own.locked_at is not None,
            "您的评分已经锁定，不能再改。",
            rule=RULE_ALONE,
            remedy="全部成员锁定以后，签署评审报告会出现在“我的待办”里。",
            error=IllegalTransition,
        ),
    )


def may_lock(case: ReviewCase, missing: Sequence[str], now: datetime) -> Verdict:
    """Whether the member may lock the marks; `missing` names what has no mark or no reason yet."""
    first = ("，例如" if missing[1:] else "：") + "".join(missing[:1])
    return first_refusal(
        may_score(case, now),
        may_step("lock_scores", case.state),
        refused_if(
            missing,
            f"还有 {len(missing)} 处没有评完{first}。",
            rule=RULE_ALONE,
            remedy="每个评分因素都要打分，主观因素还要写理由。",
        ),
    )


# --- report ------------------------------------------------------------------------------------


def is_low(ranked: RankedBid) -> bool:
    """Whether the price met a trigger of an abnormally low price."""
    return any(flag.startswith(LOW_FLAG) for flag in ranked.flags)


def may_judge_low_price(case: ReviewCase, ranked: RankedBid) -> Verdict:
    """Whether the reader may record the review of a low price: the chair, before any signature."""
    return _may_as_member(
        "judge_low_price",
        case,
        _without_conflict(case),
        refused_if(
            case.own is None or not case.own.is_chair,
            "异常低价审查由评审小组组长登记。",
            rule=RULE_LOW,
        ),
        refused_if(not is_low(ranked), "这份报价没有触发异常低价审查。", rule=RULE_LOW),
        refused_if(
            any(row.member.signed_at for row in case.seated),
            "已有成员签署报告，不能再登记。",
            rule=RULE_LOW,
            error=IllegalTransition,
        ),
    )


def may_sign(case: ReviewCase, low_waiting: int, now: datetime) -> Verdict:
    """Whether the member may sign the report; low prices are judged first (LOW2), and a member with
    a conflict is replaced.
    """
    return _may_as_member(
        "sign_report",
        case,
        has_begun(case.started, now),
        _without_conflict(case),
        refused_if(
            case.own is not None and case.own.signed_at is not None,
            "您已经签署。",
            rule=RULE_REPORT,
            remedy="全部成员签署以后，评审报告自动送达采购人。",
            error=IllegalTransition,
        ),
        refused_if(
            low_waiting,
            f"还有 {low_waiting} 份报价触发异常低价审查，没有登记结论。",
            rule=RULE_LOW,
            remedy="请组长先登记审查经过和结论。",
        ),
    )


def may_question_price(case: ReviewCase) -> Verdict:
    """Whether the member may call a price clearly unreasonable, so that its bidder is asked: before
    signing the report.
    """
    return _may_as_member("question_price", case, _without_conflict(case), _unsigned(case.own))


def sign_until(concluded_at: datetime) -> datetime:
    """Until when every member has time to sign or to write down a dissent, counted from when the
    conclusions stood as they are.
    """
    hours = int(parameter(SIGNING_TIME, "", local_date(concluded_at)).value)
    return concluded_at + timedelta(hours=hours)


def may_deliver(case: ReviewCase, until: datetime, now: datetime) -> Verdict:
    """Whether the chair may deliver the report although not all have signed: who by `until` neither
    signs nor states a dissent counts as agreeing (GPL-R art 41).
    """
    own, silent = case.own, sum(row.member.signed_at is None for row in case.seated)
    return _may_as_member(
        "deliver_report",
        case,
        _without_conflict(case),
        refused_if(
            own is None or not own.is_chair or own.signed_at is None,
            "评审报告由组长签署以后送达采购人。",
            rule=RULE_REPORT,
        ),
        refused_if(
            now < until and silent,
            f"还有 {silent} 名成员没有签署，{instant_words(until)} 以前他们可以签署或者写明"
            "不同意见，报告还不能送达。",
            rule=RULE_REPORT,
            remedy="全部成员签署以后自动送达；到时间仍不签署、也不书面说明的，视为同意，再送达。",
            error=TooEarly,
        ),
    )


# --- decision ----------------------------------------------------------------------------------


def may_decide(case: ReviewCase) -> Verdict:
    """Whether the reader may decide the winner: the buyer's approver who may read the bids, neither
    drawer nor member.
    """
    return may_as_buyer(
        "decide_winner",
        case,
        may_read_bids(case),
        refused_if(
            case.review is not None and case.reader.user_id == case.review.drawn_by,
            "抽取评审小组的人不能确定成交人。",
            rule=RULE_SEPARATION,
            remedy="请由本单位的另一位审核负责人办理。",
        ),
        refused_if(case.sat, "评审小组成员不能确定成交人。", rule=RULE_SEPARATION),
    )


def may_announce(case: ReviewCase) -> Verdict:
    """Whether the reader may announce the result, which says what the winner offers: who may read
    the bids.
    """
    return may_as_buyer("announce_result", case, may_read_bids(case))


def sees_names(case: ReviewCase) -> bool:
    """Whether the reader may know who sits on the panel: the buyer and the panel after the draw,
    audit and everybody once the result is out (R-COM-7).
    """
    if case.state is ReviewState.ANNOUNCED or case.own is not None:
        return True
    return case.oversees and not case.reader.may(Permission.AUDIT_READ)


def loser_rule(tender: Tender) -> str | None:
    """The article that a bidder who did not win is told its result by; None outside tenders.

    O87 art 69 is on tenders; a consultation's letter rests on its notice alone.
    """
    return cite("result", tender.method) if tender.method is ProcurementMethod.OPEN_TENDER else None


SIGNING_TIME = "report.signing"
"""The parameter that says how many hours the members have for their signature."""
MINUTES_TO_EXPLAIN = timedelta(minutes=30)
"""Least time for the explanation of a low price (T18, R-LOW-2)."""
