"""A person's duties as a calendar to subscribe to (RFC 5545), behind an address only they know."""

import hmac
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from procure.desks.reminders.duties import Duty, duties
from procure.desks.reminders.staff import staff
from procure.kernel.errors import NotFound
from procure.kernel.text import visible
from procure.registers.accounts.models import User
from procure.store.types import ID_LENGTH
from procure.web.presenters import SITE_NAME
from procure.web.signatures import signed

MEDIA_TYPE = "text/calendar; charset=utf-8"
INSTANT = "%Y%m%dT%H%M%SZ"
HELD_FOR = timedelta(hours=1)
"""How long an hour is marked as taken; nobody knows how long an opening lasts."""

FOLD = 74
"""Octets a line, one less than allowed."""


def calendar_secret(key: str, user_id: str, password_hash: str) -> str:
    """The secret part of a person's address; a change of password makes another one."""
    return user_id + signed(key, "calendar", user_id, password_hash)


def secret_of(session: Session, key: str, user_id: str) -> str:
    """The secret of a person who is signed in."""
    return calendar_secret(key, user_id, session.get_one(User, user_id).password_hash)


def person_behind(session: Session, key: str, secret: str) -> str:
    """The active person whose secret this is. NotFound for anything else."""
    row = session.execute(
        select(User.id, User.password_hash).where(User.id == secret[:ID_LENGTH], User.is_active)
    ).first()
    expected = calendar_secret(key, row.id, row.password_hash) if row is not None else ""
    if row is None or not hmac.compare_digest(expected.encode(), secret.encode()):
        raise NotFound("没有找到这份日历，网址可能已随密码更换而失效。")
    return str(row.id)


def duties_of(session: Session, user_id: str, now: datetime) -> list[Duty]:
    """The running duties that wait for a person, the nearest first."""
    people = staff(session)
    mine = [duty for duty in duties(session, now) if user_id in people.at_any(duty.desks)]
    return sorted(mine, key=lambda duty: (duty.due_on, duty.number, duty.subject_id))


def write_calendar(
    found: Iterable[Duty], public_url: str, installation: UUID, now: datetime
) -> str:
    """The calendar: an entry for each duty, at its hour or for its whole day, with an alarm ahead."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//procure//procure//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_text(f'{SITE_NAME}期限')}",
        "X-WR-TIMEZONE:Asia/Shanghai",
        # A calendar must hold at least one component, also while nothing is due.
        "BEGIN:VTIMEZONE",
        "TZID:Asia/Shanghai",
        "BEGIN:STANDARD",
        "DTSTART:19910915T000000",
        "TZOFFSETFROM:+0800",
        "TZOFFSETTO:+0800",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]
    for duty in found:
        lines += _entry(duty, public_url, installation, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _entry(duty: Duty, public_url: str, installation: UUID, now: datetime) -> list[str]:
    line = duty.line(now)
    said = f"{duty.title}（{duty.number}）\n{line.words}" + (
        f"\n依据：{line.rule}" if line.rule else ""
    )
    return [
        "BEGIN:VEVENT",
        f"UID:{duty.kind}-{duty.subject_id}@{installation}",
        f"DTSTAMP:{now:{INSTANT}}",
        *_when(duty),
        f"SUMMARY:{_text(f'{duty.label}：{duty.title}')}",
        f"DESCRIPTION:{_text(said)}",
        f"URL:{public_url}{duty.path}",
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_text(duty.label)}",
        f"TRIGGER:{'-P1D' if duty.held_at else '-PT16H'}",
        "END:VALARM",
        "END:VEVENT",
    ]


def _when(duty: Duty) -> tuple[str, str]:
    """At its hour where it has one, else the whole day."""
    if duty.held_at is not None:
        until = duty.held_at + HELD_FOR
        return f"DTSTART:{duty.held_at:{INSTANT}}", f"DTEND:{until:{INSTANT}}"
    after = duty.due_on + timedelta(days=1)
    return f"DTSTART;VALUE=DATE:{duty.due_on:%Y%m%d}", f"DTEND;VALUE=DATE:{after:%Y%m%d}"


def _text(words: str) -> str:
    """Words as a property's value."""
    words = "\n".join(visible(line) for line in words.split("\n"))
    for sign in ("\\", ";", ","):
        words = words.replace(sign, f"\\{sign}")
    return words.replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """A line in pieces of at most 75 octets, never cut inside a character."""
    piece, size, first = "", 0, True
    for letter in line:
        width = len(letter.encode())
        if size + width > FOLD:
            yield piece if first else f" {piece}"
            piece, size, first = "", 1, False
        piece += letter
        size += width
    yield piece if first else f" {piece}"
