"""The system administrator's pages: people."""

from collections.abc import Mapping, Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from procure.kernel.access import THREE_ADMINS, Permission
from procure.registers.accounts import directory, policies, queries
from procure.registers.accounts.directory import PersonRow
from procure.registers.accounts.events import PersonAct
from procure.registers.accounts.forms import (
    AddPersonForm,
    EditPersonForm,
    ReasonForm,
    RequestResetForm,
    RequestRoleForm,
)
from procure.registers.accounts.models import (
    CredentialReset,
    PersonRequest,
    RoleGrant,
    User,
)
from procure.registers.accounts.policies import Standing
from procure.registers.accounts.use_cases import (
    adding,
    changing_people,
    credentials,
    roles,
    two_people,
)
from procure.registers.accounts.views.blueprint import blueprint, hashing, step_up
from procure.registers.accounts.views.steps import (
    ACTIVE,
    KIND_CHOICES,
    MOST_ASKED,
    ROLE_CHOICES,
    active_words,
    asked_table,
    edited_words,
    one_form,
    role_list,
    standing_of,
    temporary_password,
)
from procure.render.sheets import CellKind
from procure.store.base import get_row
from procure.store.proposals import asked_of, waiting_for
from procure.web.access import current_actor, permits, read_session
from procure.web.columns import Col, Table, table_of
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.presenters import Fact, Link
from procure.web.steps import Press, Step, press, step


@blueprint.get("/admin/people")
@permits(Permission.ACCOUNT_KEEP)
@shows_list("accounts/list.html")
def people() -> ListOf[PersonRow]:
    """Everybody with an account."""
    return ListOf(
        title="人员",
        source=directory.people(),
        columns=(
            Col("name", "姓名", sort=True),
            Col("username", "用户名", sort=True),
            Col("organisation", "单位", sort=True),
            Col("roles", "岗位", lambda row: role_list(row.roles)),
            Col(
                "factor", "动态口令", lambda row: "已绑定" if row.factor_confirmed_at else "未绑定"
            ),
            Col("active", "状态", lambda row: active_words(row.is_active)),
            Col("created", "建立时间", lambda row: row.created_at, CellKind.INSTANT, sort=True),
        ),
        href=lambda row: url_for("accounts.person", user_id=row.id),
        filters=(
            Filter("kind", "单位类型", KIND_CHOICES),
            Filter("role", "岗位", ROLE_CHOICES),
            ACTIVE,
        ),
        search="查找姓名、用户名或单位",
        noun="人员",
        measure="名",
        empty="还没有人员。",
        shows=lambda: {"action": Link("建立账号", url_for("accounts.add_person"))},
    )


@step(blueprint, "/admin/people/new", Permission.ACCOUNT_KEEP, "accounts/form.html")
def add_person() -> Step[adding.OpenedAccount]:
    """Open an account; its temporary password is shown once."""
    form = AddPersonForm()
    form.organisation_id.choices = queries.organisation_choices(read_session())
    return Step(
        form=form,
        act=lambda uow: adding.open_account(
            uow, form.command(adding.OpenAccount, person=form.person()), hashing()
        ),
        done="",
        back=lambda opened: _handed_over(opened.user_id, opened.temporary_password),
        shows=one_form("建立账号", url_for("accounts.people")),
    )


def _handed_over(user_id: str, temporary: str | None) -> Response:
    onward = url_for("accounts.person", user_id=user_id)
    if temporary is None:
        flash("账号已经建立。临时密码只显示一次，没有记下的请申请重置密码。", "info")
        return redirect(onward)
    person = queries.get_user(read_session(), user_id)
    return temporary_password(person, temporary, onward)


@blueprint.get("/admin/people/<user_id>")
@permits(Permission.ACCOUNT_KEEP)
def person(user_id: str) -> ResponseReturnValue:
    """One person: particulars, roles, what can be done."""
    session, actor = read_session(), current_actor()
    user = queries.get_user(session, user_id)
    offices = queries.offices_only_held_by(session, user.id, THREE_ADMINS)
    acts = asked_of(session, PersonRequest, user.id, MOST_ASKED)
    waiting = waiting_for(session, PersonRequest, user.id)
    return render_template(
        "accounts/person.html",
        person=user,
        facts=_person_facts(user),
        roles=grant_table(queries.grants_of(session, user.id)),
        resets=reset_table(
            asked_of(session, CredentialReset, user.id, MOST_ASKED),
            directory.refusals_of_resets(session, user.id),
        ),
        acts=asked_table(acts, queries.person_changes_told),
        waiting=waiting,
        may_reopen=policies.may_request_person_act(
            actor, PersonAct.REOPEN, is_active=user.is_active, is_waiting=waiting is not None
        ),
        may_deactivate=policies.may_deactivate(actor, user.id, offices),
        may_request_role=policies.may_request_roles_for(actor, user.id, in_use=user.in_use),
        may_request_reset=policies.may_request_reset(actor, user.id, in_use=user.in_use),
    )


def _person_facts(user: User) -> tuple[Fact, ...]:
    return (
        Fact("姓名", user.name),
        Fact("用户名", user.username),
        Fact("单位", user.organisation.name),
        Fact("电话", user.phone or "未填写"),
        Fact("邮箱", user.email or "未填写"),
        Fact("职务或职称", user.title or "未填写"),
        Fact("专业", user.speciality or "未填写"),
        Fact("工作单位", user.employer or "未填写"),
        Fact("动态口令", "已绑定" if user.totp_confirmed_at else "未绑定"),
        Fact("状态", active_words(user.is_active)),
    )


def grant_table(grants: Sequence[RoleGrant]) -> Table:
    """A person's roles with their history."""
    columns: tuple[Col[RoleGrant], ...] = (
        Col("role", "岗位", lambda grant: grant.role.label),
        Col(
            "standing",
            "进展",
            lambda grant: Standing.of(grant.granted_at, grant.revoked_at).label,
        ),
        Col("requested_at", "申请时间", kind=CellKind.INSTANT),
        Col("reason", "说明", nothing="无"),
    )
    return table_of("岗位", columns, grants, empty="还没有申请过岗位。")


def reset_table(resets: Sequence[CredentialReset], refusals: Mapping[str, str]) -> Table:
    """Resets with how far they are, and why those refused were refused."""
    columns: tuple[Col[CredentialReset], ...] = (
        Col("kind", "申请事项", lambda reset: reset.kind.label),
        Col("standing", "进展", lambda one: standing_of(one, "已终止", "已重置")),
        Col("proposed_at", "申请时间", kind=CellKind.INSTANT),
        Col("reason", "申请原因"),
        Col("refusal", "没有办理的原因", lambda reset: refusals.get(reset.id), nothing="无"),
    )
    return table_of("重置申请", columns, resets)


TWO_PEOPLE = "姓名和工作单位的修改，由安全管理员核对后办理；办理以前仍按原信息。"
AT_ONCE = "停用后，{name}不能再登录，正在使用的登录立即退出；已经办理的事项和记录保留。"
LAST_TO_SIGN = (
    "停用后，{organisation}没有其他人能签署或提交，因此由安全管理员核对后办理；办理以前账号照常使用。"
    "账号被盗用的，请同时申请重置密码，并请安全管理员结束其登录。"
)


@step(blueprint, "/admin/people/<user_id>/edit", Permission.ACCOUNT_KEEP, "accounts/form.html")
def edit_person(user_id: str) -> Step[two_people.Edited]:
    """Correct a person's particulars, or ask the security administrator for it."""
    user = queries.get_user(read_session(), user_id)
    form = EditPersonForm(obj=user, version=user.version)
    back = url_for("accounts.person", user_id=user_id)
    return Step(
        form=form,
        proves=step_up,
        act=form.act(changing_people.edit_person, user_id),
        done=edited_words,
        back=back,
        shows=one_form("修改人员信息", back, verb="保存人员信息", intro=TWO_PEOPLE),
    )


@step(
    blueprint, "/admin/people/<user_id>/deactivate", Permission.ACCOUNT_KEEP, "accounts/form.html"
)
def deactivate_person(user_id: str) -> Step[bool]:
    """Close an account with the reason, or ask for it where it shuts the organisation out."""
    session = read_session()
    user = queries.get_user(session, user_id)
    name, unit = user.name, user.organisation.name
    is_last = bool(queries.signing_only_held_by(session, user))
    form = ReasonForm(version=user.version)
    back = url_for("accounts.person", user_id=user_id)
    intro = AT_ONCE.format(name=name) + (LAST_TO_SIGN.format(organisation=unit) if is_last else "")
    return Step(
        form=form,
        proves=step_up,
        act=form.act(changing_people.deactivate_person, user_id),
        done=lambda at_once: f"{name}的账号已停用，其登录已全部退出。" if at_once else ASKED,
        back=back,
        shows=one_form(
            "申请停用账号" if is_last else "停用账号", back, verb="停用账号", intro=intro
        ),
    )


ASKED = "已申请，等待安全管理员办理。"


@step(
    blueprint, "/admin/people/<user_id>/reactivate", Permission.ACCOUNT_KEEP, "accounts/form.html"
)
def reactivate_person(user_id: str) -> Step[object]:
    """Ask that a closed account be opened again, with the reason."""
    user = queries.get_user(read_session(), user_id)
    form = ReasonForm(version=user.version)
    back = url_for("accounts.person", user_id=user_id)
    return Step(
        form=form,
        proves=step_up,
        act=form.act(changing_people.request_reopening_of_person, user_id),
        done=ASKED,
        back=back,
        shows=one_form(
            "申请恢复账号",
            back,
            intro=f"恢复由安全管理员办理。恢复后，{user.name}可以按原有岗位登录。",
        ),
    )


@press(blueprint, "/admin/person-requests/<person_request_id>/withdraw", Permission.ACCOUNT_KEEP)
def withdraw_person_request(person_request_id: str) -> Press[object]:
    """Take back a change that nobody has decided yet."""
    user_id = get_row(read_session(), PersonRequest, person_request_id).user_id
    return Press(
        act=lambda uow: changing_people.withdraw_person_request(uow, person_request_id),
        done="申请已撤回。",
        back=url_for("accounts.person", user_id=user_id),
        page=url_for(".person", user_id=user_id),
    )


@step(
    blueprint, "/admin/people/<user_id>/request-role", Permission.ROLE_REQUEST, "accounts/form.html"
)
def request_role(user_id: str) -> Step[object]:
    """Ask the security administrator for a role."""
    user = queries.get_user(read_session(), user_id)
    form = RequestRoleForm()
    form.offer(user.organisation.kind)
    back = url_for("accounts.person", user_id=user_id)
    return Step(
        form=form,
        act=lambda uow: roles.request_role(uow, roles.RequestRole(user_id, form.role.data)),
        done="已申请，等待安全管理员授予。",
        back=back,
        shows=one_form("申请岗位", back, intro=f"为{user.name}申请岗位，由安全管理员授予。"),
    )


@step(
    blueprint,
    "/admin/people/<user_id>/request-reset",
    Permission.ACCOUNT_KEEP,
    "accounts/form.html",
)
def request_reset(user_id: str) -> Step[object]:
    """Ask the security administrator for a new password or release from a lost authenticator."""
    user = queries.get_user(read_session(), user_id)
    form = RequestResetForm()
    back = url_for("accounts.person", user_id=user_id)
    return Step(
        form=form,
        act=form.act(credentials.request_reset, user_id),
        done=ASKED,
        back=back,
        shows=one_form(
            "申请重置",
            back,
            intro=f"请先核实{user.name}本人的身份。重置由安全管理员办理，办理后其登录全部退出。",
        ),
    )
