"""What a person and their colleagues are told when administrators change their account.

They notice what neither administrator can know: that nobody of them asked for it.
"""

from collections.abc import Iterator

from procure.desks.reminders.organisations import Told, tell
from procure.registers.accounts.events import (
    PERSON_ACT_LABELS,
    PersonAct,
    PersonDeactivated,
    PersonEdited,
    PersonReactivated,
    PersonRequested,
    PersonRequestRefused,
    PersonRequestWithdrawn,
    changes_in_words,
)
from procure.registers.accounts.queries import emails_in, get_user
from procure.store.unit_of_work import UnitOfWork

ASKED, DECIDED = "person_asked", "person_decided"
Decided = (
    PersonEdited
    | PersonDeactivated
    | PersonReactivated
    | PersonRequestRefused
    | PersonRequestWithdrawn
)


def on_person_requested(uow: UnitOfWork, happened: PersonRequested) -> None:
    """Tell them what is asked for, before it is decided."""
    what = PERSON_ACT_LABELS[happened.act]
    words = [f"平台的系统管理员{uow.actor.name}申请{what}：{happened.person}。"]
    if happened.changes:
        words.append(f"{changes_in_words(happened.changes)}。")
    words += [
        f"原因：{happened.reason}",
        "申请由另一人（安全管理员）核对后决定，决定以前照旧。",
    ]
    is_own = happened.act is PersonAct.EDIT
    _tell(uow, ASKED, happened, f"有人申请{what}", words, is_own=is_own)


def on_person_decided(uow: UnitOfWork, happened: Decided) -> None:
    """Tell them what became of it; what one administrator corrects alone is only in the log."""
    if isinstance(happened, PersonEdited) and happened.request_id is None:
        return
    is_own = isinstance(happened, PersonEdited) or (
        isinstance(happened, PersonRequestRefused | PersonRequestWithdrawn)
        and happened.act is PersonAct.EDIT
    )
    title, *words = _decided(happened)
    _tell(uow, DECIDED, happened, title, words, is_own=is_own)


def _decided(happened: Decided) -> Iterator[str]:
    """The title, and the lines of the letter."""
    who = happened.person
    match happened:
        case PersonEdited():
            yield "人员信息已修改"
            yield f"{who}的登记信息已经修改：{changes_in_words(happened.changes)}。"
        case PersonDeactivated():
            yield "账号已停用"
            yield f"{who}的账号已经停用，不能再登录。原因：{happened.reason}"
        case PersonReactivated():
            yield "账号已恢复使用"
            yield f"{who}的账号已经恢复使用，可以按原有岗位登录。"
        case PersonRequestRefused():
            yield f"{PERSON_ACT_LABELS[happened.act]}的申请没有同意"
            yield f"{who}：{PERSON_ACT_LABELS[happened.act]}的申请没有同意，一切照旧。"
            yield f"原因：{happened.reason}"
        case PersonRequestWithdrawn():
            yield f"{PERSON_ACT_LABELS[happened.act]}的申请已撤回"
            yield f"{who}：{PERSON_ACT_LABELS[happened.act]}的申请已经撤回，一切照旧。"


def _tell(
    uow: UnitOfWork,
    kind: str,
    happened: PersonRequested | Decided,
    title: str,
    words: list[str],
    *,
    is_own: bool,
) -> None:
    """Write to the person, and unless it is their own matter to everybody of their organisation."""
    person = get_user(uow.session, happened.subject_id)
    emails = {} if is_own else emails_in(uow.session, person.organisation_id)
    emails[person.id] = person.email
    request_id = happened.request_id
    at = uow.now.isoformat(timespec="microseconds")
    subject, occurrence = (request_id, "once") if request_id else (person.id, at)
    told = Told(kind, subject, occurrence, title, words, "与实际情况不符、不是你们要求办理的")
    tell(uow, emails, told)
