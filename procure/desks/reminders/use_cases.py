"""Verbs of reminders: put messages into inboxes, mark them read, send a mail again.

Bookkeeping of its own: a message changes nothing in a case, so the trail does not hear of it. The
letters that law wants written are in the trail all the same, by `told`, which writes them.
"""

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import select, update

from procure.desks.reminders.messages import Message
from procure.desks.reminders.models import InboxMessage, MailStatus, OutboxMail
from procure.kernel.access import Permission
from procure.kernel.errors import NotFound
from procure.registers.accounts.models import User
from procure.store.unit_of_work import UnitOfWork
from procure.store.upsert import insert_missing


def put_messages(uow: UnitOfWork, messages: Sequence[Message], *, by_mail: bool) -> int:
    """Put messages into inboxes, with a copy by mail to whoever has an address and an open account;
    how many were new.

    A message whose key is there already is left as it is, whoever put it there.
    """
    inserted = insert_missing(
        uow.session,
        InboxMessage,
        [{"id": one.id, "created_at": uow.now, **asdict(one)} for one in messages],
    )
    if by_mail:
        whose = {message.user_id for message in messages}
        active = select(User.id, User.email).where(User.id.in_(whose), User.is_active)
        addresses = {user_id: email for user_id, email in uow.session.execute(active)}
        insert_missing(
            uow.session,
            OutboxMail,
            [
                {
                    "id": message.id,
                    "message_id": message.id,
                    "address": addresses[message.user_id],
                    "status": MailStatus.WAITING,
                    "tries": 0,
                    "next_try_at": uow.now,
                    "last_error": "",
                }
                for message in messages
                if addresses.get(message.user_id)
            ],
        )
    return inserted


def read_message(uow: UnitOfWork, message_id: str) -> str:
    """Mark one of the own messages as read; the address it leads to. NotFound for another person's message."""
    message = uow.session.get(InboxMessage, message_id)
    if message is None or message.user_id != uow.actor.user_id:
        raise NotFound("没有找到这条消息。")
    if message.read_at is None:
        message.read_at = uow.now
    return message.path


def read_all_messages(uow: UnitOfWork) -> None:
    """Mark all messages of the actor as read."""
    uow.session.execute(
        update(InboxMessage)
        .where(InboxMessage.user_id == uow.actor.user_id, InboxMessage.read_at.is_(None))
        .values(read_at=uow.now)
    )


def send_again(uow: UnitOfWork, mail_id: str) -> None:
    """Have a mail that was given up tried again from the beginning."""
    uow.actor.require(Permission.ACCOUNT_KEEP)
    mail = uow.session.get(OutboxMail, mail_id)
    if mail is None or mail.status is not MailStatus.GIVEN_UP:
        raise NotFound("这封邮件不在未送达的邮件里。")
    mail.status = MailStatus.WAITING
    mail.tries = 0
    mail.next_try_at = uow.now
