"""What is said on each occasion, and to whom: the rows that the inbox should hold by now."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procure.desks.reminders.duties import BID, TERM, Duty, duties
from procure.desks.reminders.models import InboxMessage, MailStatus, OutboxMail
from procure.desks.reminders.reminder_thresholds import (
    AHEAD,
    EVALUATION_DAYS,
    PARENT_AFTER,
    TERM_DAYS,
    TOO_MANY,
    Occasion,
    digest_occasion,
    draft_occasion,
    escalations_of,
    occasion_of,
    reminder_day,
)
from procure.desks.reminders.staff import Staff, leaders_at, staff
from procure.kernel.access import Permission, Role, role_words
from procure.kernel.day_words import date_words
from procure.kernel.text import shortened

TITLE_LENGTH = 200
AT_ONCE = 400
ESCALATION = "escalation"
DIGEST = "digest"
MAIL_FAILED = "mail_failed"
PROVISIONAL = "这一天为暂定日期，放假安排公布后会重新计算。"


@dataclass(frozen=True)
class Message:
    """A message to one person; kind, subject and occurrence make it the same one for ever."""

    kind: str
    subject_id: str
    occurrence: str
    user_id: str
    title: str
    words: str
    path: str
    project_id: str | None = None

    @property
    def id(self) -> str:
        """The message's id, made of what makes it unique."""
        return message_id(self.kind, self.subject_id, self.occurrence, self.user_id)


def message_id(kind: str, subject_id: str, occurrence: str, user_id: str) -> str:
    """The id under which the message of that key stands."""
    key = "\0".join((kind, subject_id, occurrence, user_id))
    return hashlib.sha256(key.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Call:
    """A reason to write to a person, not yet put into words."""

    kind: str
    occurrence: str
    user_id: str
    duty: Duty
    is_overdue: bool = False

    @property
    def id(self) -> str:
        return message_id(self.kind, self.duty.subject_id, self.occurrence, self.user_id)


def missing_messages(session: Session, now: datetime) -> tuple[list[Message], Staff]:
    """The messages that should be in the inboxes by now and are not, and who works where.

    The same question after a minute or after a week: nothing needs to be caught up.
    """
    people = staff(session)
    day = reminder_day(now)
    calls = [
        call
        for duty in duties(session, now, now + AHEAD)
        for call in calls_of(duty, people, day, now)
    ]
    single, digests = _summed_up(calls, day)
    known = _known(session, [call.id for call in single] + [one.id for one in digests])
    found = [_said(call, now) for call in single if call.id not in known]
    found += [message for message in digests if message.id not in known]
    failed = _mail_failures(session, people, day, now)
    known = _known(session, [message.id for message in failed])
    return [*found, *(message for message in failed if message.id not in known)], people


def calls_of(duty: Duty, people: Staff, day: date, now: datetime) -> Iterator[Call]:
    """Who is to be told of a duty now, and why: those at its desks, and those above them."""
    occasion = _occasion(duty, day, now)
    if occasion is None:
        return
    responsible = people.at_any(duty.desks)
    for user_id in sorted(responsible):
        yield Call(duty.kind, occasion.key, user_id, duty, occasion.is_overdue)
    if not occasion.is_overdue or duty.kind == BID:
        return
    for step, key in escalations_of(duty.due_on, day):
        told = _above(duty, people) if step == PARENT_AFTER else _superiors(duty, people)
        for user_id in sorted(told - responsible):
            yield Call(ESCALATION, key, user_id, duty)


def _superiors(duty: Duty, people: Staff) -> frozenset[str]:
    """Who leads those at whose desks it lies, and who answers for the case at the buyer."""
    places = {place for desk in duty.desks for place in people.places_of(desk)}
    led = (people.holders(place, leaders_at(people.places[place].kind)) for place in places)
    return people.holders(duty.buyer_id, (Role.APPROVER,)).union(*led)


def _above(duty: Duty, people: Staff) -> frozenset[str]:
    """Who answers in the organisation above the buyer."""
    return people.above(duty.buyer_id, (Role.APPROVER,))


def _occasion(duty: Duty, day: date, now: datetime) -> Occasion | None:
    if duty.kind == BID:
        return draft_occasion(duty.due_at, now) if duty.due_at else None
    return occasion_of(duty.due_on, day, TERM_DAYS if duty.kind == TERM else EVALUATION_DAYS)


def _summed_up(calls: Sequence[Call], day: date) -> tuple[list[Call], list[Message]]:
    """With too many overdue duties a person gets one message that names how many they are."""
    late: dict[str, list[Call]] = {}
    for call in calls:
        if call.is_overdue:
            late.setdefault(call.user_id, []).append(call)
    flooded = {user_id: mine for user_id, mine in late.items() if len(mine) > TOO_MANY}
    single = [call for call in calls if not (call.is_overdue and call.user_id in flooded)]
    return single, [_digest(user_id, mine, day) for user_id, mine in sorted(flooded.items())]


def _digest(user_id: str, calls: Sequence[Call], day: date) -> Message:
    oldest = sorted(calls, key=lambda call: (call.duty.due_on, call.duty.number))
    lines = [
        f"{call.duty.title}（{call.duty.number}）：{call.duty.label}，"
        f"最迟应于{date_words(call.duty.due_on)}完成"
        for call in oldest[:TOO_MANY]
    ]
    rest = len(calls) - len(lines)
    return Message(
        kind=DIGEST,
        subject_id=user_id,
        occurrence=digest_occasion(day),
        user_id=user_id,
        title=f"您有 {len(calls)} 件事项已经逾期",
        words="\n".join([*lines, f"另有 {rest} 件，请到“我的待办”查看。" if rest else ""]).strip(),
        path="/desk",
    )


def _said(call: Call, now: datetime) -> Message:
    duty = call.duty
    line = duty.line(now)
    parts = [f"项目：{duty.title}（{duty.number}）", f"{duty.label}：{line.words}。"]
    if line.rule:
        parts.append(f"依据：{line.rule}。")
    if line.basis_words:
        parts.append(f"怎样算出：{line.basis_words.rstrip('。')}。")
    if line.provisional:
        parts.append(PROVISIONAL)
    if duty.kind == BID:
        parts.append(
            "截止以后平台不接收投标文件。请核对内容后由机构负责人提交；已放弃投标的不用理会。"
        )
    if call.kind == ESCALATION:
        parts.append(f"这件事现在由{_offices(duty)}办理，逾期仍未完成，请督促办理。")
    law = f"（{line.rule}）" if line.rule else ""
    title = f"{'请督促：' if call.kind == ESCALATION else ''}{duty.label}，{line.words}{law}"
    return Message(
        kind=call.kind,
        subject_id=duty.subject_id,
        occurrence=call.occurrence,
        user_id=call.user_id,
        title=shortened(title, TITLE_LENGTH),
        words="\n".join(parts),
        path=duty.path if call.kind != ESCALATION else f"/projects/{duty.number}",
        project_id=duty.project_id,
    )


def _offices(duty: Duty) -> str:
    """Where it lies, in words: a person's name is nobody's business above."""
    words = {
        "评审小组"
        if desk.permission is Permission.BID_SCORE
        else f"“{role_words(desk.permission)}”"
        for desk in duty.desks
    }
    return "、".join(sorted(words))


def _mail_failures(session: Session, people: Staff, day: date, now: datetime) -> list[Message]:
    """What the system administrators are told of mails that were given up in the last day."""
    number = session.scalar(
        select(func.count()).where(
            OutboxMail.status == MailStatus.GIVEN_UP,
            OutboxMail.next_try_at > now - timedelta(days=1),
        )
    )
    if not number:
        return []
    return [
        Message(
            kind=MAIL_FAILED,
            subject_id="mail",
            occurrence=f"{day:%Y%m%d}",
            user_id=user_id,
            title=f"最近一天有 {number} 封提醒邮件没有送达",
            words="提醒仍在各人的消息里，不受影响。请核对邮箱地址和邮件服务器后重新发送。",
            path="/admin/mail",
        )
        for user_id in sorted(people.everywhere(Role.SYSTEM_ADMIN))
    ]


def _known(session: Session, ids: Iterable[str]) -> set[str]:
    wanted = list(ids)
    known: set[str] = set()
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        known.update(session.scalars(select(InboxMessage.id).where(InboxMessage.id.in_(part))))
    return known
