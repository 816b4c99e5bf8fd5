"""What an organisation's own people are told when administrators change what it is.

They notice what neither administrator can know: that nobody of them asked for it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from flask import current_app

from procure.config import Config
from procure.desks.reminders.letters import CONFIG
from procure.desks.reminders.messages import TITLE_LENGTH, Message
from procure.desks.reminders.staff import Staff
from procure.desks.reminders.use_cases import put_messages
from procure.registers.accounts.events import (
    ACT_LABELS,
    OrganisationDeactivated,
    OrganisationEdited,
    OrganisationReactivated,
    OrganisationRequested,
    OrganisationRequestRefused,
    OrganisationRequestWithdrawn,
    changes_in_words,
)
from procure.registers.accounts.queries import emails_in
from procure.store.unit_of_work import UnitOfWork

ASKED, DECIDED = "organisation_asked", "organisation_decided"
Decided = (
    OrganisationEdited
    | OrganisationDeactivated
    | OrganisationReactivated
    | OrganisationRequestRefused
    | OrganisationRequestWithdrawn
)


def on_organisation_requested(uow: UnitOfWork, happened: OrganisationRequested) -> None:
    """Tell them what is asked for, before it is decided."""
    what = ACT_LABELS[happened.act]
    words = [
        f"平台的系统管理员{uow.actor.name}申请{what}：{happened.organisation}。",
        *_changes(happened),
        f"原因：{happened.reason}",
        "申请由另一人（安全管理员）核对后决定，决定以前仍按原信息办理。",
    ]
    _tell(uow, ASKED, happened.request_id, happened.subject_id, f"有人申请{what}", words)


def on_organisation_decided(uow: UnitOfWork, happened: Decided) -> None:
    """Tell them what became of it; what one administrator corrects alone is no request."""
    if happened.request_id is None:
        return
    title, *words = _decided(happened)
    _tell(uow, DECIDED, happened.request_id, happened.subject_id, title, words)


def _decided(happened: Decided) -> Iterator[str]:
    """The title, and the lines of the letter."""
    name = happened.organisation
    match happened:
        case OrganisationEdited():
            yield "本单位的登记信息已修改"
            yield f"{name}的登记信息已经修改。"
            yield from _changes(happened)
        case OrganisationDeactivated():
            yield "本单位已停用"
            yield f"{name}已经停用，本单位人员不能再登录。原因：{happened.reason}"
        case OrganisationReactivated():
            yield "本单位已恢复使用"
            yield f"{name}已经恢复使用，本单位人员可以按原有岗位登录。"
        case OrganisationRequestRefused():
            yield f"{ACT_LABELS[happened.act]}的申请没有同意"
            yield f"{name}：{ACT_LABELS[happened.act]}的申请没有同意，仍按原信息。"
            yield f"原因：{happened.reason}"
        case OrganisationRequestWithdrawn():
            yield f"{ACT_LABELS[happened.act]}的申请已撤回"
            yield f"{name}：{ACT_LABELS[happened.act]}的申请已经撤回，仍按原信息。"


def _changes(happened: OrganisationRequested | OrganisationEdited) -> Iterator[str]:
    if happened.changes:
        yield f"{changes_in_words(happened.changes)}。"


def _tell(
    uow: UnitOfWork, kind: str, request_id: str, organisation_id: str, title: str, words: list[str]
) -> None:
    emails = emails_in(uow.session, organisation_id)
    tell(uow, emails, Told(kind, request_id, "once", title, words, "与本单位实际情况不符的"))


@dataclass(frozen=True)
class Told:
    """One letter: what it is about, by which it is sent once, its lines, and when to object."""

    kind: str
    subject_id: str
    occurrence: str
    title: str
    words: list[str]
    objection: str


def tell(uow: UnitOfWork, emails: Mapping[str, str], told: Told) -> None:
    """Put the letter into the inbox of each of these people, and send it where mail is set up."""
    config: Config = current_app.extensions[CONFIG]
    contact = config.support_contact or "平台运行单位"
    words = "\n".join([*told.words, f"{told.objection}，请立即联系{contact}。"])
    messages = [
        Message(
            kind=told.kind,
            subject_id=told.subject_id,
            occurrence=told.occurrence,
            user_id=user_id,
            title=told.title[:TITLE_LENGTH],
            words=words,
            path="/account",
        )
        for user_id in sorted(emails)
    ]
    put_messages(uow, messages, Staff(emails), by_mail=bool(config.mail_url))
