"""People and organisations: entering them."""

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from procure.kernel.access import BUYER_KINDS, Level, OrganisationKind
from procure.kernel.codes import CodeKind, check_code
from procure.kernel.commands import Command
from procure.kernel.errors import Invalid
from procure.kernel.records import read_as
from procure.kernel.text import key
from procure.registers.accounts import events, policies
from procure.registers.accounts.models import ORGANISATION_WORDS, PERSON_WORDS, Organisation, User
from procure.registers.accounts.names import USERNAME, is_username, typed_username
from procure.registers.accounts.passwords import NORMAL, Passwords
from procure.registers.accounts.queries import (
    find_organisation,
    find_user_id,
    former_owner,
    get_organisation,
    organisations_below,
)
from procure.render.printable import printable_name
from procure.store.holding import moved
from procure.store.unit_of_work import UnitOfWork, explain_constraint, request_of

CREDIT_CODE_RULE = "《法人和其他组织统一社会信用代码编码规则》（GB 32100-2015）"


_UNFIT = "这个岗位与这个人现有的岗位或所在单位不相容。"
for _text, _field, _words in (
    ("uq_organisation_name", "name", "这个单位名称已经登记过。"),
    (
        "uq_organisation_credit_code",
        "credit_code",
        "这个统一社会信用代码已经登记在另一家单位名下。",
    ),
    ("uq_organisation_number_prefix", "number_prefix", "这个项目编号字头已经有单位使用。"),
    ("uq_user_account_username", "username", "这个用户名已经有人使用。"),
    ("uq_role_grant_open", "role", "这个岗位已经申请过或已经授予。"),
    ("role_grant: roles do not fit", "role", _UNFIT),
    ("role_grant: three administrators", "role", _UNFIT),
    ("uq_credential_reset_open", "kind", "同样的重置已经申请过，正在等待安全管理员办理。"),
    ("uq_person_request_open", "reason", "这个账号已经有一项变更在等待安全管理员办理。"),
    ("uq_organisation_request_open", "reason", "这家单位已经有一项变更在等待安全管理员办理。"),
):
    explain_constraint(_text, _field, _words)


class OrganisationParticulars(Command):
    """What is known of an organisation besides its kind."""

    name: str
    level: Level | None = None
    parent_id: str | None = None
    credit_code: str | None = None
    number_prefix: str | None = None
    address: str = ""
    phone: str = ""
    representative: str = ""
    bank_name: str = ""
    bank_account: str = ""
    rating: str | None = None
    rating_valid_until: date | None = None
    institution_class: str | None = None


class AddOrganisation(OrganisationParticulars):
    """A new organisation; `key` is the form's one-time key, when a form asks."""

    kind: OrganisationKind = OrganisationKind.SUPPLIER
    key: str = ""


def add_organisation(uow: UnitOfWork, command: AddOrganisation) -> str:
    """Enter an organisation; gives its id."""
    policies.may_keep_accounts(uow.actor).require()
    request = request_of("add_organisation", command.key, command)
    earlier = uow.earlier_result(request)
    if earlier is not None:
        return earlier
    values = checked(uow, command.kind, command, None)
    organisation = Organisation(kind=command.kind, **values)
    uow.session.add(organisation)
    uow.session.flush()
    uow.keep_result(request, organisation.id)
    uow.emit(read_as(events.OrganisationAdded, organisation, **organisation.told))
    return organisation.id


def checked(
    uow: UnitOfWork,
    kind: OrganisationKind,
    command: OrganisationParticulars,
    existing: Organisation | None,
) -> dict[str, object]:
    """The particulars as they may be kept, by column. Raises Invalid at the field that is wrong."""
    values = {item.name: getattr(command, item.name) for item in fields(OrganisationParticulars)}
    values["name"] = printable_name("name", ORGANISATION_WORDS["name"], command.name)
    code = values["credit_code"] = _credit_code(command.credit_code)
    _refuse_twin(uow, command.name, code, existing)
    if kind in BUYER_KINDS and (command.level is None or not command.number_prefix):
        field = "level" if command.level is None else "number_prefix"
        raise Invalid(
            field,
            f"购买主体必须填写{ORGANISATION_WORDS[field]}。",
            remedy="资金渠道和项目编号都由它决定，请补充后再保存。",
        )
    if command.number_prefix and (
        existing is None or existing.number_prefix != command.number_prefix
    ):
        _refuse_used_prefix(uow, command.number_prefix, existing)
    if command.parent_id is not None:
        get_organisation(uow.session, command.parent_id)
        if existing and command.parent_id in organisations_below(uow.session, existing.id):
            raise Invalid(
                "parent_id",
                "上级单位不能是本单位或本单位的下级。",
                remedy="请选择真正的上级单位，没有上级的留空。",
            )
    return values


def _refuse_used_prefix(uow: UnitOfWork, prefix: str, existing: Organisation | None) -> None:
    """Numbers of projects tell for ever who bought: a prefix never changes hands."""
    owner = former_owner(uow.session, prefix, existing)
    if owner is not None:
        raise Invalid(
            "number_prefix",
            f"项目编号字头 {prefix} 曾由“{owner.name}”使用，它的项目编号还在。",
            remedy="请另取一个没有用过的字头。",
        )


def _refuse_twin(
    uow: UnitOfWork, name: str, credit_code: str | None, existing: Organisation | None
) -> None:
    """One organisation stands once in the register, however its name is written."""
    twins = {}
    if existing is None or key(existing.name) != key(name):
        twins["name"] = find_organisation(uow.session, name=name)
    if credit_code is not None and (existing is None or existing.credit_code != credit_code):
        twins["credit_code"] = find_organisation(uow.session, credit_code=credit_code)
    for field, twin in twins.items():
        if twin is not None:
            closed = "" if twin.is_active else "，现已停用"
            raise Invalid(
                field,
                f"这个{_OF_ONE[field]}已经登记过：“{twin.name}”{closed}。",
                remedy="请使用已登记的这一家；它的信息有误的，请修改它。",
            )


_OF_ONE = {"name": "单位名称", "credit_code": "统一社会信用代码"}


def _credit_code(text: str | None) -> str | None:
    if not text:
        return None
    verdict = check_code(text)
    if verdict.kind is not CodeKind.USCC or not verdict.valid:
        reason = verdict.why if verdict.kind is CodeKind.USCC else "这不是统一社会信用代码。"
        raise Invalid("credit_code", reason, CREDIT_CODE_RULE, "请对照登记证书重新填写。")
    return verdict.code


class AddPerson(Command):
    """A new account; the password is temporary when somebody else than the person made it."""

    username: str
    name: str
    organisation_id: str
    password: str
    password_is_temporary: bool = True
    email: str = ""
    phone: str = ""
    title: str = ""
    speciality: str = ""
    employer: str = ""


def add_person(uow: UnitOfWork, command: AddPerson, hashing: Passwords = NORMAL) -> str:
    """Open an account without any role; gives the person's id."""
    policies.may_keep_accounts(uow.actor).require()
    organisation = get_organisation(uow.session, command.organisation_id)
    username = typed_username(command.username)
    if not is_username(username):
        raise Invalid("username", USERNAME, remedy="例如 chenxiaolan 或 chen.xl。")
    if find_user_id(uow.session, username) is not None:
        raise Invalid("username", "这个用户名已经有人使用。", remedy="请换一个用户名。")
    user = User(
        **person_particulars(command),
        username=username,
        organisation_id=organisation.id,
        password_hash=hashing.hash(command.password),
        password_is_temporary=command.password_is_temporary,
        created_at=uow.now,
    )
    uow.session.add(user)
    about = {**user.told, "organisation": organisation.name}
    uow.emit(read_as(events.PersonAdded, user, **about))
    return user.id


def person_particulars(said: object) -> dict[str, Any]:
    """A person's particulars as they may be kept, by column; Invalid for a name that nobody can print."""
    values = {name: getattr(said, name) for name in PERSON_WORDS}
    return {**values, "name": printable_name("name", PERSON_WORDS["name"], values["name"])}


class OpenAccount(Command):
    """A new account asked for on a page; `key` is the form's one-time key."""

    person: AddPerson
    key: str


@dataclass(frozen=True)
class OpenedAccount:
    """The person's id; the temporary password, None when the same form was sent before."""

    user_id: str
    temporary_password: str | None


def open_account(
    uow: UnitOfWork, command: OpenAccount, hashing: Passwords = NORMAL
) -> OpenedAccount:
    """Open an account with the temporary password in the command, to be handed over once."""
    asked = command.person
    # The temporary password is made anew at each sending.
    request = request_of("open_account", command.key, replace(asked, password=""))
    earlier = uow.earlier_result(request)
    if earlier is not None:
        return OpenedAccount(earlier, None)
    user_id = add_person(uow, asked, hashing)
    uow.keep_result(request, user_id)
    return OpenedAccount(user_id, asked.password)


def roles_changed(user: User) -> None:
    """Give the account a new version, by which every cached view of its roles is passed over."""
    moved(user)
