"""What the administrators and their people are told of requests: one that waits for a second person,
and what became of a role.
"""

from procure.desks.reminders.letters import put
from procure.desks.reminders.messages import Message
from procure.desks.reminders.staff import staff
from procure.kernel.access import Role
from procure.kernel.events import Event
from procure.registers.accounts.events import (
    OrganisationRequested,
    PasswordResetRequested,
    PersonRequested,
    RoleGranted,
    RoleRefused,
    RoleRequested,
    RoleRequestEnded,
    RoleRevoked,
    SecondFactorResetRequested,
)
from procure.registers.accounts.models import RoleGrant
from procure.store.unit_of_work import UnitOfWork

Asked = (
    RoleRequested
    | PersonRequested
    | OrganisationRequested
    | PasswordResetRequested
    | SecondFactorResetRequested
)
RoleDecided = RoleGranted | RoleRefused | RoleRequestEnded | RoleRevoked


def on_asked(uow: UnitOfWork, happened: Asked) -> None:
    """Tell the security administrators, one of whom decides; nothing of an installation's own."""
    if uow.actor.holds(Role.SYSTEM):
        return
    guards = staff(uow.session).everywhere(Role.SECURITY_ADMIN)
    words = [
        f"{uow.actor.name}{happened.label}：{happened.words_of(happened.body())}。",
        "请核对以后办理；申请人不能自己批准。",
    ]
    title = f"请办理：{happened.label}"
    _tell(uow, happened, guards - {uow.actor.user_id}, title, words, _page(happened))


def on_role_decided(uow: UnitOfWork, happened: RoleDecided) -> None:
    """Tell who asked for the role and whose role it is; of a refusal only who asked."""
    if uow.actor.holds(Role.SYSTEM):
        return
    asked_by = uow.session.get_one(RoleGrant, happened.grant_id).requested_by
    hears = isinstance(happened, RoleGranted | RoleRevoked)
    whose = {asked_by, *({happened.subject_id} if hears else ())} - {uow.actor.user_id}
    words = [f"{happened.label}：{happened.words_of(happened.body())}。"]
    if isinstance(happened, RoleGranted):
        words.append("请重新登录，即可按这个岗位办理；待办事项在“我的待办”。")
    _tell(uow, happened, frozenset(whose), f"{happened.label}：{happened.person}", words, "/desk")


def _page(happened: Asked) -> str:
    match happened:
        case RoleRequested():
            return f"/admin/grants/{happened.grant_id}"
        case PersonRequested():
            return f"/admin/person-requests/{happened.request_id}"
        case OrganisationRequested():
            return f"/admin/organisation-requests/{happened.request_id}"
        case _:
            return f"/admin/resets/{happened.reset_id}"


def _tell(
    uow: UnitOfWork,
    happened: Event,
    whose: frozenset[str],
    title: str,
    words: list[str],
    path: str,
) -> None:
    people = staff(uow.session)
    put(
        uow,
        [
            Message(
                kind=happened.name,
                subject_id=happened.subject_id,
                occurrence=uow.now.isoformat(timespec="microseconds"),
                user_id=user_id,
                title=title,
                words="\n".join(words),
                path=path,
            )
            for user_id in sorted(whose & people.emails.keys())
        ],
        people,
    )
