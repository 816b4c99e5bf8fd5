"""Who may bid, until when, and who may open; each refusal with its rule and what to do."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from procure.kernel.access import Actor, Permission, carries
from procure.kernel.clock import local, local_date
from procure.kernel.day_words import instant_words
from procure.kernel.errors import (
    ALLOWED,
    Conflict,
    DeadlinePassed,
    IllegalTransition,
    TooEarly,
    Verdict,
    first_refusal,
    refused,
    refused_if,
)
from procure.kernel.laws import cite
from procure.kernel.lifecycle import BidState, TenderState, may_step, may_take
from procure.kernel.methods import words_of
from procure.kernel.parameters import newest, parameter
from procure.kernel.scoring.scheme import Procedure
from procure.kernel.scoring.validity import TOO_FEW_IN_CONSULTATION, needed
from procure.kernel.vocabulary import InstitutionClass, NoticeKind, ProcurementMethod
from procure.registers.documents.audiences import UNINFORMED, PanelSeat, PanelSeats
from procure.registers.projects.models import Part
from procure.registers.projects.policies import HasBuyer, is_buyer
from procure.stages.bids.models import Bid
from procure.stages.tenders.models import Tender

RULE_RECUSED = cite("recusal")
RULE_ALONE = cite("review_by_document")
RULE_RELATED = cite("related_bidders")
RULE_DOCUMENT = f"{cite('document_changed')}和采购公告"
RULE_SUBJECT = cite("provider_conditions")
RULE_FAILED = cite("too_few_bids")

BARRED_BODIES = frozenset({"11", "13"})
"""Beginnings of credit codes of state organs and of group organisations run on their payroll."""


DRAIN = "opening.drain"
LOST_WAIT = "opening.lost.wait"
LOST = "平台丢失了这份密封件，与投标人无关"
"""What the record, the events and the bidder read of an envelope that the platform lost."""


class ShutOut(Conflict):
    """A bid, or its withdrawal, that was here in time and was not stored before the opening: the
    platform's fault.
    """


@dataclass(frozen=True)
class Bidder:
    """How the actor's organisation stands to a tender: facts that the database answers.

    `is_below_buyer`: it is part of the buyer's own organisation; `has_document`: it fetched the
    tender document.
    """

    parts: frozenset[Part] = frozenset()
    credit_code: str | None = None
    institution_class: str | None = None
    is_active: bool = True
    is_below_buyer: bool = False
    has_document: bool = True


def is_receiving(tender: Tender, now: datetime) -> Verdict:
    """Whether bids are taken at this instant: published, and strictly before the deadline."""
    if tender.state is not TenderState.PUBLISHED or tender.deadline_at is None:
        return refused(
            "本项目现在不接收投标文件。",
            rule=cite("late", tender.method),
            remedy="请看项目页面上的公告和当前阶段。",
            error=IllegalTransition,
        )
    if now >= tender.deadline_at:
        return refused(
            f"投标已于 {instant_words(tender.deadline_at)} 截止，逾期送达的投标文件不予接收。",
            rule=cite("late", tender.method),
            remedy="已经提交的版本不受影响，请等待开标。",
            error=DeadlinePassed,
        )
    return ALLOWED


def opens_at(deadline_at: datetime) -> datetime:
    """From when on the bids may be opened: after the deadline by the time that a bid received just
    before it may still need to be stored.
    """
    return deadline_at + drain(local_date(deadline_at))


def drain(on: date) -> timedelta:
    """How long the opening waits for what was received in time, as set on that day."""
    return timedelta(seconds=int(parameter(DRAIN, "", on).value))


def lost_wait(on: date) -> timedelta:
    """How long an envelope has to be missing before it may be confirmed as lost, as set on that day."""
    return timedelta(hours=int(parameter(LOST_WAIT, "", on).value))


def lost_for_good() -> str:
    """What becomes of an envelope that cannot be found again, in words."""
    hours = int(newest(LOST_WAIT).value)
    return (
        f"确实不能恢复的，从第一次发现起满 {hours} 小时，由本单位的审核负责人在“密封件损坏或丢失”"
        "页面确认以后，再开标。"
    )


def may_note_shut_out(tender: Tender, received_at: datetime) -> Verdict:
    """Whether a bid, or its withdrawal, received at that instant was in time, but finds the opening
    already held.
    """
    held = tender.state in (TenderState.OPENED, TenderState.FAILED)
    in_time = tender.deadline_at is not None and received_at < tender.deadline_at
    return refused_if(
        not (held and in_time), "这份投标没有因平台原因漏收。", rule=cite("late", tender.method)
    )


def is_eligible(bidder: Bidder) -> Verdict:
    """Whether the organisation may take part at all (O102 art 8, R-ELIG-3, R-ELIG-4)."""
    if not bidder.is_active or not bidder.credit_code:
        return refused(
            "本单位的登记信息不完整，不能投标。",
            rule=cite("who_may_bid"),
            remedy="请联系平台系统管理员补登统一社会信用代码。",
        )
    if bidder.credit_code[:2] in BARRED_BODIES:
        return refused("机关和由财政供养的群团组织不能作为承接主体。", rule=RULE_SUBJECT)
    if bidder.institution_class == InstitutionClass.CLASS_I:
        return barred_class()
    return first_refusal(
        refused_if(
            bidder.is_below_buyer, "本单位与采购人存在管理关系，不能参加本项目。", rule=RULE_RELATED
        ),
        refused_if(
            Part.ASSESSOR in bidder.parts,
            "本单位为本项目提供评估服务，不能再参加本项目的采购活动。",
            rule=RULE_RELATED,
        ),
        refused_if(Part.BUYER in bidder.parts, "采购人不能参加自己的项目。", rule=RULE_RELATED),
        refused_if(
            not bidder.has_document,
            "本单位还没有领取本项目的采购文件。",
            rule=RULE_DOCUMENT,
            remedy="请先在项目的采购公告页面领取采购文件，再开始投标。",
        ),
    )


def barred_class() -> Verdict:
    """That an institution of the first class may not provide (R-GPS-3)."""
    return refused(
        "公益一类事业单位不能作为承接主体，不能参加本项目。",
        rule=RULE_SUBJECT,
        remedy="登记的类别有误的，请联系平台系统管理员更正。",
    )


def is_institution(credit_code: str | None) -> bool:
    """Whether the code is of a body that the 编制 office registers and that is not barred outright: its
    class has to be asked (GB 32100).
    """
    code = credit_code or ""
    return code.startswith("1") and code[:2] not in BARRED_BODIES


def may_start_bid(actor: Actor, tender: Tender, bidder: Bidder, now: datetime) -> Verdict:
    """Whether the actor may begin a bid of the own organisation."""
    return first_refusal(
        carries(actor, Permission.BID_DRAFT),
        is_eligible(bidder),
        is_receiving(tender, now),
    )


def may_edit_bid(actor: Actor, bid: Bid, tender: Tender, bidder: Bidder, now: datetime) -> Verdict:
    """Whether the actor may change the draft; sealed versions never change."""
    return may_take(
        "edit_bid",
        actor,
        bid.state,
        is_own(actor, bid),
        is_eligible(bidder),
        is_receiving(tender, now),
    )


def may_hand_in(actor: Actor, bid: Bid, bidder: Bidder) -> Verdict:
    """Whether the actor is who hands in this bid at all, whatever the hour."""
    return first_refusal(
        is_own(actor, bid),
        carries(actor, Permission.BID_SUBMIT),
        is_eligible(bidder),
    )


def may_submit_bid(
    actor: Actor, bid: Bid, tender: Tender, bidder: Bidder, now: datetime
) -> Verdict:
    """Whether the actor may seal and hand in the draft: the organisation's signatory, in time."""
    return first_refusal(
        may_hand_in(actor, bid, bidder),
        may_step("submit_bid", bid.state),
        is_receiving(tender, now),
    )


def may_withdraw_bid(actor: Actor, bid: Bid, tender: Tender, now: datetime) -> Verdict:
    """Whether the actor may take the bid back (O87 art 34: before the deadline)."""
    if bid.state is BidState.SUBMITTED and tender.deadline_at and now >= tender.deadline_at:
        return refused(
            f"投标已于 {instant_words(tender.deadline_at)} 截止，截止后不能撤回。",
            rule=cite("change", tender.method),
            error=DeadlinePassed,
        )
    return first_refusal(
        may_take_back(actor, bid),
        may_step("withdraw_bid", bid.state),
        is_receiving(tender, now),
    )


def may_take_back(actor: Actor, bid: Bid) -> Verdict:
    """Whether the actor is who takes this bid back at all, whatever the hour; a bid that was never
    handed in, or was taken back before, is none.
    """
    sent = bid.state in (BidState.SUBMITTED, BidState.OPENED)
    return first_refusal(
        is_own(actor, bid),
        carries(actor, Permission.BID_SUBMIT),
        ALLOWED if sent else may_step("withdraw_bid", bid.state),
    )


def is_own(actor: Actor, bid: Bid) -> Verdict:
    """Whether the bid is of the actor's organisation."""
    is_own = bool(actor.organisation_id) and bid.supplier_id == actor.organisation_id
    return refused_if(not is_own, "这不是本单位的投标文件。")


def may_open_bids(actor: Actor, tender: Tender, project: HasBuyer, now: datetime) -> Verdict:
    """Whether the actor may open: the buyer's clerk, not before the deadline instant (T17) and not
    before what was received by then is stored.
    """
    return may_take(
        "open_bids", actor, tender.state, is_buyer(actor, project), _deadline_reached(tender, now)
    )


def may_confirm_damage(
    actor: Actor,
    tender: Tender,
    project: HasBuyer,
    tried_by: str | None,
    missing_since: datetime | None,
    now: datetime,
) -> Verdict:
    """Whether the actor may have damaged or lost envelopes recorded as such: the buyer's approver,
    not whoever opens. `tried_by` is who tried to open and found them, None when nothing was found;
    `missing_since` is when the last of those that are missing was first found so.
    """
    rule = cite("opening", tender.method)
    return may_take(
        "confirm_damage",
        actor,
        tender.state,
        is_buyer(actor, project),
        refused_if(
            tried_by is None,
            "没有等待确认的损坏或者丢失的密封件。",
            rule=rule,
            remedy="开标时发现密封件损坏或者找不到的，才在这里确认；整个文件存放处不可用的，恢复以后直接开标。",
            error=IllegalTransition,
        ),
        refused_if(
            tried_by == actor.user_id,
            "密封件损坏或者丢失由您开标时发现，不能由您确认。",
            rule=rule,
            remedy="请由本单位的另一位审核负责人确认。",
        ),
        ALLOWED if missing_since is None else _sought_long_enough(rule, missing_since, now),
    )


def _sought_long_enough(rule: str, missing_since: datetime, now: datetime) -> Verdict:
    until = missing_since + lost_wait(local_date(missing_since))
    return refused_if(
        now < until,
        f"密封件于 {instant_words(missing_since)} 第一次发现找不到，{instant_words(until)} 起才可以"
        "确认丢失，在此之前应当查找并从备份恢复。",
        rule=rule,
        remedy="请联系系统管理员从备份恢复，恢复以后直接开标，不需要确认。",
        error=TooEarly,
    )


def _deadline_reached(tender: Tender, now: datetime) -> Verdict:
    rule, due = cite("opening", tender.method), tender.deadline_at
    if due is None or now < due:
        words = instant_words(due) if due else "投标截止时间"
        return refused(
            f"开标应在投标截止的同一时间进行，{words} 起可以开标；在此之前任何人都不能查看投标文件。",
            rule=rule,
            remedy="请到时间后再打开本页面。",
            error=TooEarly,
        )
    # The instant, not what is left until it: a page that is kept stays true.
    return refused_if(
        now < opens_at(due),
        f"截止时间已到，正在收齐截止前送达的投标文件，{local(opens_at(due)):%H:%M:%S} 起可以开标。",
        rule=rule,
        remedy="请到时间后再打开本页面；截止以后送达的投标文件不再接收。",
        error=TooEarly,
    )


def may_record_objections(
    actor: Actor, tender: Tender, project: HasBuyer, *, is_recorded: bool
) -> Verdict:
    """Whether the actor may record what was objected to the opening: the buyer's clerk, once, after
    the opening (O87 art 42).
    """
    rule = cite("record", tender.method)
    return first_refusal(
        carries(actor, Permission.BIDS_OPEN),
        is_buyer(actor, project),
        refused_if(
            tender.state is not TenderState.OPENED,
            f"{words_of(tender.method).opening}以后才能登记异议和答复。",
            rule=rule,
            error=IllegalTransition,
        ),
        refused_if(
            is_recorded,
            "异议和答复已经登记。",
            rule=rule,
            remedy="补充的记录在文件列表里。",
            error=IllegalTransition,
        ),
    )


def prices_are_announced(tender: Tender) -> bool:
    """Whether names and prices are announced at the opening: in a tender, not in a consultation
    (R-OPEN-5).
    """
    return tender.method is ProcurementMethod.OPEN_TENDER


def may_read_opening(
    tender: Tender, *, oversees: bool, seat: PanelSeat = PanelSeat.NONE
) -> Verdict:
    """Whether the reader may see who bid what: the buyer's side and audit; everybody in a tender.

    A member of the panel, be they the buyer's own person, waits until all marks are locked; who
    stepped aside reads nothing to the end.
    """
    if tender.opened_at is None:
        return refused("本项目还没有开标。", error=IllegalTransition)
    if prices_are_announced(tender):
        return ALLOWED
    if seat is PanelSeat.STEPPED_ASIDE:
        return refused(
            "您已声明应当回避，不再查看本项目的投标文件和报价。",
            rule=RULE_RECUSED,
            remedy="请由本单位其他经办人办理。",
        )
    if seat in UNINFORMED:
        return refused(
            "您是评审小组成员，全部成员锁定评分以后才能查看报价。",
            rule=RULE_RECUSED if seat is PanelSeat.KEPT_OUT else RULE_ALONE,
            remedy="请先签署回避声明，再审阅投标文件。"
            if seat is PanelSeat.KEPT_OUT
            else "请继续独立评分。",
        )
    return refused_if(
        not oversees,
        "磋商项目的报价不公开宣布。",
        rule=cite("talks", ProcurementMethod.CONSULTATION),
    )


def may_read_round(seats: PanelSeats, tender: Tender) -> Verdict:
    """Whether the reader may see what this round bid and found: not while sitting on the panel of a
    later one whose marks are not all locked.
    """
    return refused_if(
        seats.newest in UNINFORMED and seats.newest_tender != tender.id,
        "您是后一次采购的评审小组成员，全部成员锁定评分以后才能查看以前各次采购的投标和评审。",
        rule=RULE_ALONE,
        remedy="请先完成后一次采购的评审。",
    )


def bids_needed(tender: Tender) -> int:
    """How many bids the opening needs: three, or two in a consultation for purchased services
    (R-OPEN-6, V22).
    """
    return needed(Procedure(tender.method.value))


def failure_kind(tender: Tender) -> NoticeKind:
    """What tells of a purchase that ends because too few are left: a tender is void (废标), a
    consultation is terminated (R-OPEN-9).
    """
    if tender.method is ProcurementMethod.OPEN_TENDER:
        return NoticeKind.FAILURE
    return NoticeKind.TERMINATION


def failure_rule(tender: Tender) -> str:
    """What a purchase ends by when too few bids are left, for the notice and for the letters."""
    return RULE_FAILED if bids_needed(tender) == 3 else TOO_FEW_IN_CONSULTATION


def limit_rule(tender: Tender) -> str:
    """What makes a bid above the ceiling invalid: O87 art 63 in a tender, else the document."""
    if tender.method is ProcurementMethod.OPEN_TENDER:
        return cite("invalid", tender.method)
    return "采购文件"
