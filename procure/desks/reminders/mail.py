"""Sends the mail copies of messages: each at least once, under one Message-ID for ever.

A mail is claimed by moving its next try ahead, so a killed process costs a delay and nothing else.
A server that cannot be reached is waited for; one that refuses a mail is asked again at growing
intervals, until the mail is given up and shown to the system administrator.
"""

import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from procure.config import Config
from procure.desks.reminders.models import InboxMessage, MailStatus, OutboxMail
from procure.desks.reminders.registry import Bench
from procure.kernel.clock import local
from procure.kernel.contacts import email_fault, tidy_email
from procure.registers.accounts.models import User
from procure.registers.projects.models import Project
from procure.render.wording import enclosed
from procure.web.presenters import SITE_NAME

MOST_TRIES = 10
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
CLAIM = timedelta(minutes=2)
"""For how long a claimed mail is left alone: longer than any server may keep us waiting."""
TIMEOUT_SECONDS = 10
AT_ONCE = 50
DEACTIVATED = "账号已停用，没有发送"
NO_ADDRESS = "没有登记邮箱，没有发送"
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


log = logging.getLogger(__name__)


class Unreachable(Exception):
    """The mail server cannot be talked to: not the mail's fault."""


class Unencrypted(smtplib.SMTPException):
    """The mail server would have names and cases sent in clear over the network."""


class Refused(Exception):
    """The mail server did not take this mail."""


class NoAddress(Exception):
    """No mail server could send to this address; trying again would not help."""


@dataclass(frozen=True)
class Waiting:
    """A mail that is due, with what it says."""

    id: str
    address: str
    tries: int
    name: str
    is_active: bool
    title: str
    words: str
    path: str
    number: str | None


def send_due(bench: Bench) -> str:
    """Send the mails that are due; what was done, in words."""
    if not bench.config.mail_url:
        return "没有设置邮件服务器"
    due = _due(bench.session, bench.clock.now())
    sent = failed = 0
    with _post(bench.config) as post:
        for waiting in due:
            if bench.stopping.is_set() or not _claim(bench, waiting.id):
                continue
            try:
                _deliver(bench, post, waiting)
                sent += 1
            except NoAddress as fault:
                _settle(bench, waiting.id, status=MailStatus.GIVEN_UP, last_error=str(fault))
                failed += 1
            except Refused as refusal:
                _wait(bench, waiting, str(refusal))
                failed += 1
            except Unreachable as trouble:
                _postpone(bench, waiting, str(trouble))
                return str(trouble)
    return f"已发送 {sent} 封，未成功 {failed} 封"


def compose(waiting: Waiting, config: Config, now: datetime) -> EmailMessage:
    """The mail as it goes out."""
    host = urlsplit(config.public_url).hostname or "localhost"
    mail = EmailMessage()
    mail["From"] = Address(SITE_NAME, addr_spec=parseaddr(config.mail_from)[1])
    mail["To"] = tidy_email(waiting.address)
    mail["Subject"] = _subject(waiting)
    mail["Date"] = format_datetime(local(now))
    mail["Message-ID"] = f"<{waiting.id}@{host}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        enclosed(
            "mail@1",
            {
                "name": waiting.name,
                "words": waiting.words,
                "url": f"{config.public_url}{waiting.path}",
                "site": SITE_NAME,
                "support_contact": config.support_contact,
            },
        )
    )
    return mail


def _subject(waiting: Waiting) -> str:
    """The project's number and the act first: a telephone shows about twenty characters."""
    number = waiting.number
    named = f"{number} " if number and number not in waiting.title else ""
    return " ".join(f"{named}{waiting.title}".split())


def _due(session: Session, now: datetime) -> list[Waiting]:
    query = (
        select(
            OutboxMail.id,
            # Where the person is reached now, not when the message was written.
            User.email,
            OutboxMail.tries,
            User.name,
            User.is_active,
            InboxMessage.title,
            InboxMessage.words,
            InboxMessage.path,
            Project.number,
        )
        .join(InboxMessage, InboxMessage.id == OutboxMail.message_id)
        .join(User, User.id == InboxMessage.user_id)
        .outerjoin(Project, Project.id == InboxMessage.project_id)
        .where(OutboxMail.status == MailStatus.WAITING, OutboxMail.next_try_at <= now)
        .order_by(OutboxMail.next_try_at, OutboxMail.id)
        .limit(AT_ONCE)
    )
    return [Waiting(*row) for row in session.execute(query)]


def _claim(bench: Bench, mail_id: str) -> bool:
    with bench.uow(technical=True) as uow:
        taken = uow.session.execute(
            update(OutboxMail)
            .where(
                OutboxMail.id == mail_id,
                OutboxMail.status == MailStatus.WAITING,
                OutboxMail.next_try_at <= uow.now,
            )
            .values(next_try_at=uow.now + CLAIM)
            .returning(OutboxMail.id)
        )
        return taken.scalar_one_or_none() is not None


def _deliver(bench: Bench, post: "Post", waiting: Waiting) -> None:
    if not waiting.is_active:
        _settle(bench, waiting.id, status=MailStatus.GIVEN_UP, last_error=DEACTIVATED)
        return
    address = tidy_email(waiting.address)
    _settle(bench, waiting.id, address=address)
    fault = email_fault(address) if address else NO_ADDRESS
    if fault:
        raise NoAddress(fault)
    try:
        mail = compose(waiting, bench.config, bench.clock.now())
    except ValueError as flaw:
        raise Refused(_words(flaw)) from flaw
    post.send(mail)
    _settle(
        bench,
        waiting.id,
        status=MailStatus.SENT,
        sent_at=bench.clock.now(),
        tries=waiting.tries + 1,
        last_error="",
    )


def _wait(bench: Bench, waiting: Waiting, why: str) -> None:
    """Try again later, each time after twice as long; after the last time give up."""
    tries = waiting.tries + 1
    now = bench.clock.now()
    given_up = tries >= MOST_TRIES
    pause = min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT)
    _settle(
        bench,
        waiting.id,
        status=MailStatus.GIVEN_UP if given_up else MailStatus.WAITING,
        tries=tries,
        next_try_at=now if given_up else now + pause,
        last_error=why,
    )


def _postpone(bench: Bench, waiting: Waiting, why: str) -> None:
    """Wait for the server; the mail itself was not refused and keeps its tries."""
    _settle(
        bench,
        waiting.id,
        next_try_at=bench.clock.now() + FIRST_WAIT,
        last_error=why,
    )


def _settle(bench: Bench, mail_id: str, **values: object) -> None:
    with bench.uow(technical=True) as uow:
        uow.session.execute(update(OutboxMail).where(OutboxMail.id == mail_id).values(**values))


class Post:
    """A connection to the mail server, opened when the first mail is sent."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._server: smtplib.SMTP | None = None

    def send(self, mail: EmailMessage) -> None:
        """Hand a mail over. Raises Unreachable or Refused."""
        try:
            server = self._server or self._connect()
        except (OSError, smtplib.SMTPException) as trouble:
            raise Unreachable(_words(trouble)) from trouble
        self._server = server
        try:
            server.send_message(mail)
        except (smtplib.SMTPException, OSError) as trouble:
            # After a lost connection nobody knows whether the mail was taken; it is sent again
            # under the same Message-ID.
            self.close()
            raise Refused(_words(trouble)) from trouble

    def close(self) -> None:
        """Say goodbye, if the server still listens."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _connect(self) -> smtplib.SMTP:
        url = self._url
        host = url.hostname or "localhost"
        context = ssl.create_default_context()
        if url.scheme == "smtps":
            port = url.port or smtplib.SMTP_SSL_PORT
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(host, url.port or smtplib.SMTP_PORT, timeout=TIMEOUT_SECONDS)
        try:
            server.ehlo()
            secure = url.scheme == "smtps"
            if not secure and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
                secure = True
            if not secure and host not in LOCAL:
                raise Unencrypted
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
        except BaseException:
            server.close()
            raise
        return server


@contextmanager
def _post(config: Config) -> Iterator[Post]:
    post = Post(config.mail_url)
    try:
        yield post
    finally:
        post.close()


def _words(trouble: Exception) -> str:
    """What went wrong, for the administrator; the server's own words stand in the log."""
    log.warning("mail not sent: %r", trouble)
    if isinstance(trouble, smtplib.SMTPRecipientsRefused):
        codes = sorted({str(code) for code, _ in trouble.recipients.values()})
        return f"邮件服务器不接受这个收件地址，代码 {'、'.join(codes)}"
    if isinstance(trouble, smtplib.SMTPAuthenticationError):
        return f"邮件服务器不接受平台的登录名或授权码，代码 {trouble.smtp_code}"
    if isinstance(trouble, smtplib.SMTPResponseException):
        return f"邮件服务器拒收，代码 {trouble.smtp_code}"
    if isinstance(trouble, Unencrypted):
        return "邮件服务器不支持加密（STARTTLS），邮件没有发送"
    if isinstance(trouble, TimeoutError):
        return "邮件服务器没有及时回答"
    if isinstance(trouble, ValueError):
        return "收件地址或标题的写法不能用于邮件"
    return "与邮件服务器的连接中断或无法建立"
