"""What is said on each occasion, and to whom: the rows that the inbox should hold by now."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

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
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.events import Event
from procure.kernel.paths import case_path
from procure.kernel.text import shortened
from procure.render.wording import letter, phrase

TITLE_LENGTH = 200
AT_ONCE = 400
ESCALATION = "escalation"
DIGEST = "digest"
MAIL_FAILED = "mail_failed"
WORDS = "reminder@1"


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


def letter_to(
    people: Iterable[str],
    said: tuple[str, str],
    *,
    kind: str,
    subject_id: str,
    occurrence: str,
    path: str,
    project_id: str | None = None,
) -> list[Message]:
    """The same letter, title and text, to each of these people."""
    title, words = said
    return [
        Message(
            kind=kind,
            subject_id=subject_id,
            occurrence=occurrence,
            user_id=user_id,
            title=shortened(title, TITLE_LENGTH),
            words=words,
            path=path,
            project_id=project_id,
        )
        for user_id in sorted(people)
    ]


def event_facts(happened: Event) -> dict[str, Any]:
    """What an event is called, and what it says."""
    return {"label": happened.label, "said": happened.words_of(happened.body())}


def line_facts(line: DeadlineLine) -> dict[str, Any]:
    """How a date was counted, and whether it can still move."""
    return {"basis": line.basis_words, "provisional": line.provisional}


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


def missing_messages(session: Session, now: datetime) -> list[Message]:
    """The messages that should be in the inboxes by now and are not.

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
    others = [*digests, *_mail_failures(session, people, day, now)]
    known = _known(session, [call.id for call in single] + [one.id for one in others])
    found = [_said(call, now) for call in single if call.id not in known]
    return found + [message for message in others if message.id not in known]


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
        told = (
            people.above(duty.buyer_id, (Role.APPROVER,))
            if step == PARENT_AFTER
            else _superiors(duty, people)
        )
        for user_id in sorted(told - responsible):
            yield Call(ESCALATION, key, user_id, duty)


def _superiors(duty: Duty, people: Staff) -> frozenset[str]:
    """Who leads those at whose desks it lies, and who answers for the case at the buyer."""
    places = {place for desk in duty.desks for place in people.places_of(desk)}
    led = (people.holders(place, leaders_at(people.places[place].kind)) for place in places)
    return people.holders(duty.buyer_id, (Role.APPROVER,)).union(*led)


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
    oldest = sorted(calls, key=lambda call: (call.duty.due_on, call.duty.number))[:TOO_MANY]
    lines = [
        phrase(
            WORDS,
            "overdue",
            title=call.duty.title,
            number=call.duty.number,
            label=call.duty.label,
            due_on=date_words(call.duty.due_on),
        )
        for call in oldest
    ]
    facts = {"number": len(calls), "duties": lines, "rest": len(calls) - len(lines)}
    (message,) = letter_to(
        [user_id],
        letter("overdue@1", facts),
        kind=DIGEST,
        subject_id=user_id,
        occurrence=digest_occasion(day),
        path="/desk",
    )
    return message


def _said(call: Call, now: datetime) -> Message:
    duty = call.duty
    line = duty.line(now)
    escalated = call.kind == ESCALATION
    facts = {
        "project_name": duty.title,
        "project_no": duty.number,
        "label": duty.label,
        "line": line.words,
        "rule": line.rule,
        "is_bid": duty.kind == BID,
        "escalated": escalated,
        "offices": _offices(duty) if escalated else "",
        **line_facts(line),
    }
    (message,) = letter_to(
        [call.user_id],
        letter("duty@1", facts),
        kind=call.kind,
        subject_id=duty.subject_id,
        occurrence=call.occurrence,
        path=case_path(duty.number) if escalated else duty.path,
        project_id=duty.project_id,
    )
    return message


def _offices(duty: Duty) -> str:
    """Where it lies, in words: a person's name is nobody's business above."""
    words = {
        phrase(WORDS, "panel")
        if desk.permission is Permission.BID_SCORE
        else phrase(WORDS, "office", roles=role_words(desk.permission))
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
    return letter_to(
        people.everywhere(Role.SYSTEM_ADMIN),
        letter("mail-failed@1", {"number": number}),
        kind=MAIL_FAILED,
        subject_id="mail",
        occurrence=f"{day:%Y%m%d}",
        path="/admin/mail",
    )


def _known(session: Session, ids: Iterable[str]) -> set[str]:
    wanted = list(ids)
    known: set[str] = set()
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        known.update(session.scalars(select(InboxMessage.id).where(InboxMessage.id.in_(part))))
    return known
