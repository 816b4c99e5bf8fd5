"""What happened to people, organisations, roles and sign-ins.

Kept for the audit administrator. No secret enters the trail, and a network address only with a try
to come in that failed; of these the trail tells the first, and of the others that they massed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Final

from procure.kernel.access import OrganisationKind, Role
from procure.kernel.events import EVENT_TYPES, Event
from procure.kernel.exporting import ListExported
from procure.kernel.labelled import LabelledEnum
from procure.kernel.phrases import Each, Rows, phrased
from procure.kernel.vocabulary import InstitutionClass


class AccountEvent(Event):
    """An event in the life of one person's account; `person` is the name shown to auditors."""

    says: ClassVar[str] = "{person}"

    person: str

    @property
    def stream(self) -> str:
        return f"account:{self.subject_id}"


class PersonAdded(AccountEvent):
    """An account was opened."""

    label: ClassVar[str] = "建立账号"
    says: ClassVar[str] = "{person}（{username}），{organisation}"
    username: str
    organisation_id: str
    organisation: str


class PersonAct(LabelledEnum):
    """What is done to a person's account by two people."""

    EDIT = "edit", "修改人员信息"
    CLOSE = "close", "停用账号"
    REOPEN = "reopen", "恢复账号"


Change = tuple[str, str, str]
"""A particular as a reader may see it: its name, what it was, what it is."""


CHANGES: Final = {"changes": Each("{0}：{1} → {2}")}


def changes_in_words(changes: Iterable[Sequence[str]]) -> str:
    """Old and new, one particular after the other."""
    return phrased("{changes:each}", {"changes": tuple(changes)}, each=CHANGES)


class PersonRequested(AccountEvent):
    """The system administrator asked for what takes a second person."""

    label: ClassVar[str] = "申请变更账号"
    says: ClassVar[str] = "{person}，{act:label}[，{changes:each}]，原因：{reason}"
    each: ClassVar[Rows] = CHANGES
    request_id: str
    act: PersonAct
    reason: str
    changes: tuple[Change, ...] = ()


class PersonRequestRefused(AccountEvent):
    """The security administrator did not agree."""

    label: ClassVar[str] = "不同意变更账号"
    says: ClassVar[str] = "{person}，{act:label}，原因：{reason}"
    request_id: str
    act: PersonAct
    reason: str


class PersonRequestWithdrawn(AccountEvent):
    """A system administrator took the request back."""

    label: ClassVar[str] = "撤回变更账号的申请"
    says: ClassVar[str] = "{person}，{act:label}"
    request_id: str
    act: PersonAct


class PersonEdited(AccountEvent):
    """Particulars of a person were changed.

    `changes` says from what to what, except how a person is reached: of that only that it changed.
    `request_id` names the request a second person carried out. Earlier versions kept names alone.
    """

    label: ClassVar[str] = "修改人员信息"
    says: ClassVar[str] = "{person}，改动：{told:list}"
    each: ClassVar[Rows] = CHANGES
    changed: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    request_id: str | None = None

    @classmethod
    def facts_of(cls, data: Mapping[str, Any]) -> Mapping[str, Any]:
        changes = data.get("changes", ())
        named = {what for what, _, _ in changes}
        alone = [what for what in data["changed"] if what not in named]
        return {**data, "told": [*alone, changes_in_words(changes)] if changes else alone}


class PersonDeactivated(AccountEvent):
    """An account was closed; its sessions ended with it.

    `request_id` names the request a second person carried out, where it took one.
    """

    label: ClassVar[str] = "停用账号"
    says: ClassVar[str] = "{person}，原因：{reason}"
    reason: str
    request_id: str | None = None


class PersonReactivated(AccountEvent):
    """A closed account was opened again; earlier versions had no reason, one person did it."""

    label: ClassVar[str] = "恢复账号"
    says: ClassVar[str] = "{person}[，原因：{reason}]"
    reason: str = ""
    request_id: str | None = None


class RoleEvent(AccountEvent):
    """Something about one role of one person; `grant_id` names the request."""

    says: ClassVar[str] = "{person}，{role:label}[，原因：{reason}]"

    grant_id: str
    role: Role
    reason: str = ""


class RoleRequested(RoleEvent):
    """The system administrator asked for a role."""

    label: ClassVar[str] = "申请岗位"


class RoleGranted(RoleEvent):
    """The security administrator granted a role."""

    label: ClassVar[str] = "授予岗位"


class RoleRefused(RoleEvent):
    """The security administrator refused a role."""

    label: ClassVar[str] = "不同意授予岗位"


class RoleRequestEnded(RoleEvent):
    """A role that was asked for came to nothing: the account was closed meanwhile."""

    label: ClassVar[str] = "岗位申请终止"


class RoleRevoked(RoleEvent):
    """The security administrator took a role away."""

    label: ClassVar[str] = "收回岗位"


class SignedIn(AccountEvent):
    """A person came in; `with_code` says whether a one-time or recovery code was given."""

    label: ClassVar[str] = "登录"
    says: ClassVar[str] = "{person}，[{with_code:if}密码和动态口令|密码]，{device}"
    with_code: bool
    device: str


class IdentityConfirmed(AccountEvent):
    """A person who was in gave a fresh one-time code before an important step."""

    label: ClassVar[str] = "再次验证身份"


class SignedOut(AccountEvent):
    """A person left."""

    label: ClassVar[str] = "退出登录"


class PasswordChanged(AccountEvent):
    """A person chose a new password; all other sessions ended."""

    label: ClassVar[str] = "修改密码"


class SecondFactorEnrolled(AccountEvent):
    """A person bound an authenticator, the first or another; all other sessions ended."""

    label: ClassVar[str] = "绑定动态口令"
    #: Older ones do not say whether there was one before.
    says: ClassVar[str] = "{person}[{was_bound:if}，更换了原来的]"
    was_bound: bool = False


class RecoveryCodeUsed(AccountEvent):
    """A recovery code stood in for the one-time code."""

    label: ClassVar[str] = "使用备用码"
    says: ClassVar[str] = "{person}，还剩 {left} 个"
    left: int


class ResetEvent(AccountEvent):
    """Something about the reset of a password or a second factor."""

    says: ClassVar[str] = "{person}，原因：{reason}"

    reset_id: str
    reason: str


class PasswordResetRequested(ResetEvent):
    """The system administrator asked for a new password for a person."""

    label: ClassVar[str] = "申请重置密码"


class PasswordReset(ResetEvent):
    """The security administrator had a temporary password made."""

    label: ClassVar[str] = "重置密码"


class SecondFactorResetRequested(ResetEvent):
    """The system administrator asked to release a person from a lost authenticator."""

    label: ClassVar[str] = "申请重置动态口令"


class SecondFactorReset(ResetEvent):
    """The security administrator released a person from a lost authenticator."""

    label: ClassVar[str] = "重置动态口令"


class SecondFactorResetAtMachine(AccountEvent):
    """The database's owner released an administrator whom nobody on the platform could; two did."""

    label: ClassVar[str] = "在服务器上重置动态口令"
    says: ClassVar[str] = "{person}，由{by}办理、{witness}见证，原因：{reason}"
    by: str
    witness: str
    reason: str


class ResetRefused(ResetEvent):
    """The security administrator refused a reset."""

    label: ClassVar[str] = "不同意重置"


class ResetEnded(ResetEvent):
    """A reset that was asked for came to nothing: the account was closed meanwhile."""

    label: ClassVar[str] = "重置申请终止"


class SessionRevoked(AccountEvent):
    """Sign-ins on other devices were ended by the person or by the security administrator."""

    label: ClassVar[str] = "结束登录"
    says: ClassVar[str] = "{person}，{count} 台设备，{reason}"
    count: int
    reason: str


class OrganisationAct(LabelledEnum):
    """What is done to an organisation by two people."""

    EDIT = "edit", "修改单位信息"
    CLOSE = "close", "停用单位"
    REOPEN = "reopen", "恢复单位"


class SignInEvent(Event):
    """A try to come in, or to prove oneself anew, that failed. All stand in one chain, since most belong to no account.

    `person` is empty where the name typed is nobody's; `subject_id` is a keyed digest then, for
    people also type passwords into name fields. `way` is the proof that was wrong. `closed` says in
    words what of the account is closed; earlier versions took such a name for nobody's.
    """

    STREAM: ClassVar[str] = "sign-in"
    says: ClassVar[str] = (
        "[{person}|平台没有的用户名（记号 {subject_id:8}）][（{closed}）]，{way}，网络地址 {address}"
    )

    person: str
    way: str
    address: str
    closed: str = ""

    @property
    def stream(self) -> str:
        return self.STREAM


class SignInFailed(SignInEvent):
    """A password or code was wrong."""

    label: ClassVar[str] = "登录失败"


class SignInSlowed(SignInEvent):
    """Tries at an account, or from a network, have to wait from now on."""

    label: ClassVar[str] = "登录被限速"
    says: ClassVar[str] = (
        "[{by_network:if}网络 {subject_id}，失败太多，须同时填写密码和动态口令|{attempt}，失败太多，须等待]"
    )
    by_network: bool

    @classmethod
    def facts_of(cls, data: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**data, "attempt": SignInEvent.words_of(data)}


class OwnProofFailed(SignInFailed):
    """Somebody who is in gave a wrong password or code of their own: no try to sign in."""

    label: ClassVar[str] = "登录后核对身份失败"


class OwnProofSlowed(SignInSlowed):
    """Tries of somebody who is in have to wait from now on."""

    label: ClassVar[str] = "登录后核对身份被限速"


class SignInsMassed(SignInEvent):
    """Failures mass, on one account or on many: somebody has to look."""

    label: ClassVar[str] = "登录或核对身份失败成批出现"
    says: ClassVar[str] = (
        "一小时内失败 {tries} 次，[{person}的账号|涉及 {names} 个用户名]，"
        "来自 {addresses} 个网络地址，最近一次来自 {address}"
    )
    tries: int
    names: int
    addresses: int


class OrganisationEvent(Event):
    """An event in the life of one organisation."""

    says: ClassVar[str] = "{organisation}"

    organisation: str

    @property
    def stream(self) -> str:
        return f"organisation:{self.subject_id}"


class OrganisationAdded(OrganisationEvent):
    """An organisation was entered."""

    label: ClassVar[str] = "登记单位"
    says: ClassVar[str] = "{organisation}（{kind:label}）"
    kind: OrganisationKind
    credit_code: str | None
    parent_id: str | None


class InstitutionClassed(OrganisationEvent):
    """What an institution is classed as was entered, as it answered in a bid that was opened."""

    label: ClassVar[str] = "登记事业单位类别"
    says: ClassVar[str] = "{organisation}（{institution_class:label}，据本单位投标时的声明）"
    institution_class: InstitutionClass


class OrganisationRequested(OrganisationEvent):
    """The system administrator asked for what takes a second person.

    An account number stands masked in `changes`; `account_before` and `account_after` are its
    SHA-256 after the organisation's id and a colon, by which an auditor compares it with a paper.
    """

    label: ClassVar[str] = "申请变更单位"
    says: ClassVar[str] = "{organisation}，{act:label}[，{changes:each}]，原因：{reason}"
    each: ClassVar[Rows] = CHANGES
    request_id: str
    act: OrganisationAct
    reason: str
    changes: tuple[Change, ...] = ()
    account_before: str | None = None
    account_after: str | None = None


class OrganisationRequestRefused(OrganisationEvent):
    """The security administrator did not agree."""

    label: ClassVar[str] = "不同意变更单位"
    says: ClassVar[str] = "{organisation}，{act:label}，原因：{reason}"
    request_id: str
    act: OrganisationAct
    reason: str


class OrganisationRequestWithdrawn(OrganisationEvent):
    """A system administrator took the request back."""

    label: ClassVar[str] = "撤回变更单位的申请"
    says: ClassVar[str] = "{organisation}，{act:label}"
    request_id: str
    act: OrganisationAct


class OrganisationEdited(OrganisationEvent):
    """Particulars of an organisation were changed, from what to what.

    `request_id` names the request a second person carried out; None for what one corrects alone.
    An account is told as in `OrganisationRequested`. Earlier versions kept the names alone.
    """

    label: ClassVar[str] = "修改单位信息"
    says: ClassVar[str] = "{organisation}，改动：[{changes:each}|{changed:list}]"
    each: ClassVar[Rows] = CHANGES
    changed: tuple[str, ...]
    rating: str | None = None
    rating_valid_until: date | None = None
    request_id: str | None = None
    changes: tuple[Change, ...] = ()
    account_before: str | None = None
    account_after: str | None = None


class OrganisationDeactivated(OrganisationEvent):
    """An organisation takes no part any more; the sessions of its people ended."""

    label: ClassVar[str] = "停用单位"
    says: ClassVar[str] = "{organisation}，原因：{reason}"
    reason: str
    request_id: str | None = None


class OrganisationReactivated(OrganisationEvent):
    """An organisation takes part again."""

    label: ClassVar[str] = "恢复单位"
    says: ClassVar[str] = "{organisation}[，原因：{reason}]"
    reason: str = ""
    request_id: str | None = None


SECURITY_EVENTS: tuple[type[Event], ...] = (
    *(
        kind
        for kind in EVENT_TYPES.values()
        if kind.label and issubclass(kind, (AccountEvent, SignInEvent, OrganisationEvent))
    ),
    ListExported,
)
"""What the audit administrator reads: all that happens to people, sign-ins and organisations."""
