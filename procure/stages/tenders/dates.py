"""Every statutory date of a tender, counted from a day of publication, with its arithmetic.

Open tender: T02 notice, T03 documents, T04 waiting; consultation: T08, T09, T10. What may be set is
a range with its law; what is set is checked again at the moment of publication.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from procure.kernel.clock import local_date
from procure.kernel.day_words import date_words, instant_words
from procure.kernel.deadline_lines import DeadlineKind, DeadlineLine, deadline_line
from procure.kernel.findings import Finding, block, warn
from procure.kernel.laws import cite
from procure.kernel.methods import MethodWords, words_of
from procure.kernel.statute import timer
from procure.kernel.timers import Timer
from procure.kernel.vocabulary import ProcurementMethod
from procure.kernel.workdays import CHINA, Due, is_countable

CHALLENGE_RULE = "T33"


@dataclass(frozen=True)
class MethodRules:
    """Which periods govern a method."""

    notice: str
    documents: str
    waiting: str


_RULES = {
    ProcurementMethod.OPEN_TENDER: MethodRules("T02", "T03", "T04"),
    ProcurementMethod.CONSULTATION: MethodRules("T08", "T09", "T10"),
}


def rules_of(method: ProcurementMethod) -> MethodRules:
    """The periods of a method."""
    return _RULES[method]


@dataclass(frozen=True)
class StatutoryDate:
    """One date of a tender: its period, the due date with arithmetic, the first lawful day."""

    period: Timer
    starts_on: date
    due: Due
    earliest: date
    label: str


@dataclass(frozen=True)
class TenderDates:
    """All dates that follow from a day of publication."""

    published_on: date
    said: MethodWords
    notice: StatutoryDate
    documents: StatutoryDate
    waiting: StatutoryDate
    challenge: StatutoryDate

    @property
    def all(self) -> tuple[StatutoryDate, ...]:
        """In the order in which they fall due."""
        return (self.notice, self.documents, self.waiting, self.challenge)


def dates_of(
    method: ProcurementMethod, published_on: date, documents_until: date | None = None
) -> TenderDates:
    """All dates of a tender of this method that is published on that day.

    Who takes the document on its last day (`documents_until`, else the lawful minimum) may challenge
    it for the whole period from then on; who came earlier has till the notice's period and theirs
    are over (政府采购法实施条例 art 53).
    """
    rules, said = rules_of(method), words_of(method)
    notice = _counted(rules.notice, published_on, "公告期限届满")
    documents = _counted(rules.documents, published_on, f"{said.document}至少提供到")
    waiting = _counted(rules.waiting, published_on, f"{said.deadline}最早")
    period = timer(CHALLENGE_RULE, published_on)
    known_on = max(notice.due.on, documents_until or documents.due.on)
    due = period.due(known_on)
    challenge = StatutoryDate(period, known_on, due, due.on, f"对{said.document}提出质疑截止")
    return TenderDates(published_on, said, notice, documents, waiting, challenge)


def _counted(rule: str, published_on: date, label: str) -> StatutoryDate:
    period = timer(rule, published_on)
    due = period.due(published_on)
    return StatutoryDate(period, published_on, due, period.earliest_act(published_on), label)


def moved_words(due: Due) -> str:
    """That a period's last day was moved off days off, and by which rule; empty when it was not.

    The length is the law's; that a minimum moves too is how the platform reads 民法典 art 203.
    """
    last = max((line.date for line in due.basis if line.counted), default=due.on)
    if last >= due.on:
        return ""
    return f"（法定期间满于 {date_words(last)}，是休息日，平台按{cite('last_day_moved')}顺延）"


def check_dates(
    method: ProcurementMethod,
    published_on: date,
    documents_until: date | None,
    deadline_at: datetime | None,
) -> tuple[Finding, ...]:
    """What the dates of a document break if it is published on that day (T03/T04, T09/T10)."""
    dates = dates_of(method, published_on)
    return (
        *_check_documents(dates, documents_until),
        *_check_deadline(dates, documents_until, deadline_at),
    )


def _check_documents(dates: TenderDates, documents_until: date | None) -> Iterator[Finding]:
    lawful = dates.documents.due.on
    if documents_until is None:
        yield block(f"还没有填写{dates.said.document}提供的最后一日。")
    elif documents_until < lawful:
        yield block(
            f"{date_words(dates.published_on)}发布的，{dates.said.document}至少提供到 {date_words(lawful)}"
            f"{moved_words(dates.documents.due)}，"
            f"现在填的是 {date_words(documents_until)}。",
            dates.documents.period.words(),
            f"请改为 {date_words(lawful)}或以后。",
        )


def _check_deadline(
    dates: TenderDates, documents_until: date | None, deadline_at: datetime | None
) -> Iterator[Finding]:
    said, lawful = dates.said, dates.waiting.due.on
    if deadline_at is None:
        yield block(f"还没有填写{said.deadline}时间。")
        return
    on, when = local_date(deadline_at), instant_words(deadline_at)
    if on < lawful:
        yield block(
            f"{date_words(dates.published_on)}发布的，{said.deadline}最早 {date_words(lawful)}"
            f"{moved_words(dates.waiting.due)}，"
            f"现在填的是 {when}。",
            dates.waiting.period.words(),
            f"请改为 {date_words(lawful)}或以后。",
        )
    if documents_until is not None and documents_until >= on:
        yield block(
            f"{said.document}提供的最后一日应当早于{said.deadline}日。",
            "",
            f"请推迟{said.deadline}时间，或者提前结束{said.document}的提供。",
        )
    if not is_countable(on):
        yield block(
            f"{said.deadline}时间 {when} 超出了能推算工作日的年份。",
            "",
            f"请核对年份，改为实际的{said.deadline}时间。",
        )
    elif not CHINA.is_workday(on):
        yield warn(
            f"{said.deadline}时间 {when} 不是工作日，{said.opening}现场可能没有人。",
            "",
            f"{said.opening}时间和{said.deadline}时间相同，建议改到工作日。",
        )


def date_lines(
    dates: TenderDates, now: datetime, deadline_at: datetime | None = None
) -> tuple[DeadlineLine, ...]:
    """The dates ready to be shown, each with its arithmetic and law."""
    kinds = {dates.notice.label: DeadlineKind.PERIOD, dates.waiting.label: DeadlineKind.EARLIEST}
    lines = [
        deadline_line(
            one.due,
            now,
            label=one.label,
            kind=kinds.get(one.label, DeadlineKind.GATE),
            rule=one.period.words(),
        )
        for one in dates.all
    ]
    if deadline_at is not None:
        lines.append(
            deadline_line(
                local_date(deadline_at),
                now,
                label=f"{dates.said.deadline}和{dates.said.opening}时间",
                at=deadline_at,
            )
        )
    return tuple(lines)
