"""The shapes of statutory periods and how each is counted; the periods themselves: `statute`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from procure.kernel.day_words import date_word
from procure.kernel.errors import Invalid
from procure.kernel.labelled import LabelledEnum
from procure.kernel.laws import Citation, Mark, cited
from procure.kernel.workdays import CHINA, BasisDay, Counting, Due, Kind, Pause, Unit, WorkCalendar


class TimerUnit(StrEnum):
    """The unit of a timer; the first four are counted on the calendar."""

    WORKDAY = "workday"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    MINUTE = "minute"
    DATE = "date"
    NONE = "none"


class TimerKind(StrEnum):
    """The shape of a timer.

    MAX, MIN: at most, at least so long after the trigger. EXACT: the same moment as the trigger.
    BEFORE: at the latest so long before the trigger. LOOK_BACK: the stretch before the trigger that
    is examined. MAX_AGE: something stays usable for so long. COUNT: so many events within a rolling
    stretch. FIXED_DATE: a day of the year after the one that ended. VALIDITY: between two dates.
    YEARS_RUNNING: the end of so many budget years, the trigger's year being the first.
    """

    MAX = "max"
    MIN = "min"
    EXACT = "exact"
    BEFORE = "before"
    LOOK_BACK = "look_back"
    MAX_AGE = "max_age"
    COUNT = "count"
    FIXED_DATE = "fixed_date"
    VALIDITY = "validity"
    YEARS_RUNNING = "years_running"


class Follow(StrEnum):
    """When the act that an at-least period protects may come: on its last day or after it."""

    ON_LAST_DAY = "on_last_day"
    AFTER_LAST_DAY = "after_last_day"


class Trigger(LabelledEnum):
    """The event a timer counts from (for BEFORE and LOOK_BACK: back from)."""

    INTENTION_PUBLISHED = "intention_published", "采购意向公开"
    NOTICE_PUBLISHED = "notice_published", "采购公告发布"
    DOCUMENT_ISSUED = "document_issued", "采购文件开始发出"
    CLARIFICATION_SENT = "clarification_sent", "澄清或者修改发出"
    PREQUALIFICATION_NOTICE = "prequalification_notice", "资格预审公告发布"
    SINGLE_SOURCE_PUBLISHED = "single_source_published", "单一来源采购公示发布"
    EXPERTS_DRAWN = "experts_drawn", "评审专家抽取"
    BID_DEADLINE = "bid_deadline", "投标截止"
    LOW_PRICE_QUESTION = "low_price_question", "评审现场要求说明报价合理性"
    EVALUATION_ENDED = "evaluation_ended", "评审结束"
    REPORT_RECEIVED = "report_received", "采购人收到评审报告"
    WINNER_DECIDED = "winner_decided", "中标、成交供应商确定"
    RESULT_PUBLISHED = "result_published", "结果公告发布"
    AWARD_NOTICE_SENT = "award_notice_sent", "中标、成交通知书发出"
    CONTRACT_SIGNED = "contract_signed", "采购合同签订"
    BID_WITHDRAWN = "bid_withdrawn", "收到投标人书面撤回通知"
    TERMINATION_PUBLISHED = "termination_published", "终止公告发布"
    MEDIUM_RECEIVED = "medium_received", "发布媒体收到信息"
    INQUIRY_RECEIVED = "inquiry_received", "收到询问"
    HARM_KNOWN = "harm_known", "知道或者应知权益受到损害"
    CHALLENGE_RECEIVED = "challenge_received", "收到质疑函"
    CHALLENGE_REPLY_ENDED = "challenge_reply_ended", "质疑答复或者答复期满"
    COMPLAINT_RECEIVED = "complaint_received", "财政部门收到投诉书"
    RESPONDENT_NOTIFIED = "respondent_notified", "被投诉人收到投诉答复通知书"
    SUSPENSION_NOTIFIED = "suspension_notified", "暂停采购活动通知送达"
    DECISION_KNOWN = "decision_known", "知道投诉处理决定"
    COMPLAINT_UNFOUNDED = "complaint_unfounded", "投诉被认定查无实据"
    PROCUREMENT_STARTED = "procurement_started", "采购活动开始"
    SURVEY_DONE = "survey_done", "需求调查完成"
    CONTRACT_STARTED = "contract_started", "合同履行期开始"
    AGREEMENT_STARTED = "agreement_started", "框架协议生效"
    ENTRY_APPLIED = "entry_applied", "收到入围申请"
    ENTRY_APPROVED = "entry_approved", "入围审核通过"
    ENTRY_NOTICE_SENT = "entry_notice_sent", "入围通知书发出"
    AGREEMENT_SIGNED = "agreement_signed", "框架协议签订"
    AGREEMENT_ENDED = "agreement_ended", "框架协议期满"
    DELIVERED = "delivered", "服务交付或者验收合格"
    INVOICE_RECEIVED = "invoice_received", "收到发票且付款条件具备"
    CONFIRMATION_ASKED = "confirmation_asked", "供应商提出应收账款确权请求"
    YEAR_ENDED = "year_ended", "年度终了"
    BUDGET_YEAR_ENDED = "budget_year_ended", "预算年度终了"
    PROCUREMENT_ENDED = "procurement_ended", "采购结束"
    AUDIT_REPORT_RECEIVED = "audit_report_received", "收到审计报告征求意见稿"
    ASSESSMENT_RECORDED = "assessment_recorded", "个人信息保护影响评估完成"
    ORGANISATION_RATED = "organisation_rated", "社会组织评估等级确定"
    ORGANISATION_REGISTERED = "organisation_registered", "社会组织登记成立"
    CONTRACT_ENDS = "contract_ends", "合同期满"
    PAPER_IN_FORCE = "paper_in_force", "文件施行"
    RECTIFICATION_ORDERED = "rectification_ordered", "整改通知送达"


_TIMER_UNIT_WORDS: Final = {
    **{TimerUnit(unit.value): unit.label for unit in Unit},
    TimerUnit.MINUTE: "分钟",
}
_COUNTED: Final = frozenset(TimerUnit(unit.value) for unit in Unit)


@dataclass(frozen=True, slots=True)
class Timer:
    """One version of one statutory period.

    `until` says in words what the period leads to. `variant` tells apart periods that one rule sets
    for different cases (contract term 12 or 36 months); the empty variant is the usual one.
    `region` is empty for national rules; a local rule never stops an act elsewhere. `counting` and
    `moves` say how the calendar counts it, `pausable` whether time may be left out of it.
    """

    id: str
    name: str
    trigger: Trigger
    until: str
    length: int | None
    unit: TimerUnit
    kind: TimerKind
    places: tuple[Citation, ...]
    mark: Mark
    in_force_from: date
    in_force_to: date | None = None
    note: str = ""
    variant: str = ""
    region: str = ""
    follow: Follow = Follow.ON_LAST_DAY
    counting: Counting = Counting.NEXT_DAY
    moves: bool = True
    pausable: bool = False
    count: int | None = None
    month_day: tuple[int, int] | None = None

    @property
    def may_block(self) -> bool:
        """Whether breaking this timer may stop an act; otherwise it may at most warn."""
        return self.mark.may_block and not self.region

    @property
    def law(self) -> str:
        """The citation in words; empty for what is our own default and no law."""
        return cited(*self.places) if self.places else ""

    @property
    def source(self) -> str:
        """The citation in words, or that it is our own default."""
        return cited(*self.places)

    def in_force(self, on: date) -> bool:
        """Whether this version applies to a case that starts on the day."""
        return self.in_force_from <= on and (self.in_force_to is None or on <= self.in_force_to)

    def due(self, start: date, *, pauses: Sequence[Pause] = (), work: WorkCalendar = CHINA) -> Due:
        """When the timer ends that its trigger started on `start`, with the arithmetic.

        For BEFORE the trigger is the event ahead and the answer lies before it; for FIXED_DATE and
        YEARS_RUNNING `start` is any day of the year that ended. Raises Invalid for shapes that have
        no due date (LOOK_BACK, COUNT; minutes: see `due_at`).
        """
        if pauses and not self.pausable:
            raise Invalid("pauses", f"{self.name}不能扣除时间。", self.source)
        if self.kind is TimerKind.BEFORE:
            return work.before(start, self._length(), self._calendar_unit(), moves=self.moves)
        fixed = self._fixed_day(start)
        if fixed is not None:
            basis = (BasisDay(fixed, True, self.words()),)
            return Due(fixed, False, basis, f"{self._clause()}，即{date_word(fixed)}")
        if self.kind in (TimerKind.LOOK_BACK, TimerKind.COUNT):
            raise Invalid("timer", f"{self.name}是往前追溯的期间，没有到期日。", self.source)
        kind = Kind.MIN if self.kind is TimerKind.MIN else Kind.MAX
        return work.due(
            start,
            self._length(),
            self._calendar_unit(),
            kind,
            counting=self.counting,
            pauses=pauses,
            moves=self.moves,
        )

    def due_at(self, start: datetime) -> datetime:
        """When a timer in minutes ends. Raises Invalid for every other unit."""
        if self.unit is not TimerUnit.MINUTE:
            raise Invalid("timer", f"{self.name}不按分钟计算。", self.source)
        return start + timedelta(minutes=self._length())

    def earliest_act(self, start: date, *, work: WorkCalendar = CHINA) -> date:
        """The first day for the act that an at-least period protects (`follow`)."""
        if self.kind is not TimerKind.MIN:
            raise Invalid("timer", f"{self.name}不是最短期限。", self.source)
        due = self.due(start, work=work)
        return due.next_day if self.follow is Follow.AFTER_LAST_DAY else due.on

    def words(self) -> str:
        """The rule in one clause with its source: 自……之日起不少于 20 日（《……》第……条）."""
        return f"{self._clause()}（{self.source}）"

    def _clause(self) -> str:
        length = f"{self.length} {_TIMER_UNIT_WORDS.get(self.unit, '')}"
        since = f"自{self.trigger.label}之日起"
        if self.unit is TimerUnit.MINUTE:
            return f"自{self.trigger.label}起{self.until}一般不少于 {length}"
        if self.month_day is not None and self.kind is TimerKind.FIXED_DATE:
            month, day = self.month_day
            return f"{self.trigger.label}后，于次年 {month} 月 {day} 日前{self.until}"
        clauses = {
            TimerKind.MAX: f"{since} {length}内{self.until}",
            TimerKind.MIN: f"{since}{self.until}不少于 {length}",
            TimerKind.EXACT: self.until,
            TimerKind.BEFORE: f"{self.trigger.label} {length}前{self.until}",
            TimerKind.LOOK_BACK: f"{self.trigger.label}前 {length}内{self.until}",
            TimerKind.MAX_AGE: f"{since} {length}内{self.until}",
            TimerKind.COUNT: f"{length}内{self.until}累计 {self.count} 次以上",
            TimerKind.VALIDITY: self._validity_words(),
            TimerKind.YEARS_RUNNING: f"连续 {length}{self.until}",
        }
        return clauses[self.kind]

    def _validity_words(self) -> str:
        last = self.in_force_to or date.max
        return f"{self.until}自{date_word(self.in_force_from)}施行，有效至{date_word(last)}"

    def _fixed_day(self, start: date) -> date | None:
        """The answer of the shapes that need no counting."""
        if self.kind is TimerKind.EXACT:
            return start
        if self.kind is TimerKind.FIXED_DATE and self.month_day is not None:
            return date(start.year + 1, *self.month_day)
        if self.kind is TimerKind.YEARS_RUNNING:
            return date(start.year + self._length() - 1, 12, 31)
        return self.in_force_to if self.kind is TimerKind.VALIDITY else None

    def _length(self) -> int:
        if self.length is None:
            raise Invalid("timer", f"{self.name}没有时长。", self.source)
        return self.length

    def _calendar_unit(self) -> Unit:
        if self.unit not in _COUNTED:
            raise Invalid("timer", f"{self.name}不按日历计算。", self.source)
        return Unit(self.unit.value)
