"""The security administrator's pages: roles asked for, resets, changes of organisations, other
people's sign-ins.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from procure.kernel.access import Permission, refusal_of_roles
from procure.kernel.errors import Invalid, Verdict
from procure.registers.accounts import directory, policies, queries
from procure.registers.accounts.directory import GrantRow, WaitingRow
from procure.registers.accounts.events import (
    OrganisationAct,
    PersonAct,
)
from procure.registers.accounts.forms import DecideForm, ReasonForm
from procure.registers.accounts.models import (
    ChangeRequest,
    CredentialReset,
    OrganisationRequest,
    PersonRequest,
    ResetKind,
    RoleGrant,
    User,
)
from procure.registers.accounts.policies import Standing
from procure.registers.accounts.use_cases import (
    changing_organisations,
    changing_people,
    credentials,
    roles,
    sign_in,
    two_people,
)
from procure.registers.accounts.views.blueprint import blueprint, hashing, step_up
from procure.registers.accounts.views.steps import (
    ROLE_CHOICES,
    active_words,
    one_form,
    role_list,
    standing_of,
    temporary_password,
)
from procure.render.sheets import CellKind
from procure.store.base import get_row
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permits, read_session, wall_now
from procure.web.columns import Col, Table, choices_of, difference_table, table_of
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.presenters import Fact
from procure.web.steps import Press, Step, press, step

Result = TypeVar("Result")

YES, NO = "yes", "no"
BOTH = "修改前后对照"
ACT_EFFECTS = {
    OrganisationAct.EDIT: "同意的，立即按“改为”一栏保存，并告知这家单位的人员。",
    OrganisationAct.CLOSE: "同意的，这家单位的人员立即退出登录，不能再登录，也不能投标；已有的记录保留。",
    OrganisationAct.REOPEN: "同意的，这家单位的人员可以按原有岗位登录。",
}
PARENT_EFFECT = (
    "上级单位的人员可以查看下级单位的项目；供应商与采购人有上下级关系的，不能参加该采购人的项目。"
)
ACCOUNT_EFFECT = "收款账号写入以后起草的合同；请另行联系这家单位，核实账号确由其提供。"
PERSON_EFFECTS = {
    PersonAct.EDIT: "同意的，立即按“改为”一栏保存，并告知本人。",
    PersonAct.CLOSE: "同意的，本人立即退出登录，不能再登录；已有的记录保留。",
    PersonAct.REOPEN: "同意的，本人可以按原有岗位登录。",
}
EMPLOYER_EFFECT = (
    "评审专家的工作单位用于回避：抽取专家时不抽投标人及其关联单位的人员；请另行核实确有变动。"
)
REFUSED_ACT = "已登记不同意，系统管理员在单位页面看得到原因。"
TOLD_WHERE = "不同意的，原因由系统管理员在单位页面看到。"
REFUSED = "已登记不同意，系统管理员在人员页面看得到原因。"
TOLD_WHY = "不同意的，原因由系统管理员在人员页面看到。"
RESET_EFFECTS = {
    ResetKind.PASSWORD: "同意的，原密码作废，平台生成一个临时密码，只显示一次，由您交给本人。",
    ResetKind.SECOND_FACTOR: "同意的，原来的动态口令和备用码作废，本人登录后重新绑定。",
}


@blueprint.get("/admin/grants")
@permits(Permission.ROLE_GRANT)
@shows_list("accounts/grants.html")
def grants() -> ListOf[GrantRow]:
    """Roles asked for, held, refused and taken back; above them the changes and resets that wait."""
    return ListOf(
        title="岗位授予",
        source=directory.grants(),
        columns=(
            Col("person", "姓名", sort=True),
            Col("organisation", "单位"),
            Col("role", "岗位", lambda row: row.role.label, sort=True),
            Col("standing", "进展", lambda row: row.standing.label),
            Col("requested", "申请时间", lambda row: row.requested_at, CellKind.INSTANT, sort=True),
        ),
        href=_grant_href,
        filters=(
            Filter("standing", "进展", choices_of(Standing)),
            Filter("role", "岗位", ROLE_CHOICES),
        ),
        search="查找姓名、用户名或单位",
        noun="岗位",
        measure="项",
        empty="还没有申请过岗位。",
        shows=_waiting_tables,
    )


def _grant_href(row: GrantRow) -> str:
    if row.standing is Standing.WAITING:
        return url_for("accounts.decide_grant", grant_id=row.id)
    return url_for("accounts.access_of_person", user_id=row.user_id)


def _waiting_tables() -> dict[str, object]:
    """What waits besides roles: changes of organisations and accounts, resets."""
    session = read_session()
    return {
        "acts": _waiting_table(
            "单位变更申请",
            directory.waiting_acts(session),
            lambda row: url_for("accounts.decide_organisation", organisation_request_id=row.id),
        ),
        "person_acts": _waiting_table(
            "账号变更申请",
            directory.waiting_person_acts(session),
            lambda row: url_for("accounts.decide_person", person_request_id=row.id),
            PERSON,
        ),
        "resets": _waiting_table(
            "重置申请",
            directory.waiting_resets(session),
            lambda row: url_for("accounts.decide_reset", reset_id=row.id),
            PERSON,
        ),
    }


PERSON: Col[WaitingRow] = Col("person", "姓名")


def _waiting_table(
    caption: str,
    rows: Sequence[WaitingRow],
    href: Callable[[WaitingRow], str],
    *first: Col[WaitingRow],
) -> Table:
    columns: tuple[Col[WaitingRow], ...] = (
        *first,
        Col("organisation", "单位"),
        Col("act", "申请事项", lambda row: row.act.label),
        Col("reason", "原因"),
        Col("requested_at", "申请时间", kind=CellKind.INSTANT),
    )
    return table_of(caption, columns, rows, href)


@step(blueprint, "/admin/grants/<grant_id>", Permission.ROLE_GRANT, "accounts/decide.html")
def decide_grant(grant_id: str) -> Step[object]:
    """Grant or refuse a role, seeing what the person holds already."""
    grant = get_row(read_session(), RoleGrant, grant_id)
    return _decide(
        grant_id,
        _decide_role,
        policies.may_refuse_role(current_actor(), grant),
        lambda: _grant_parts(grant),
        agreed="授予岗位",
        done=("已授予，本人重新登录后生效。", REFUSED),
    )


def _decide_role(uow: UnitOfWork, command: two_people.Decide) -> None:
    if command.carry_out:
        roles.grant_role(uow, roles.GrantRole(command.request_id))
    else:
        roles.refuse_role(uow, roles.EndRole(command.request_id, command.reason))


def _decide(
    request_id: str,
    decide: Callable[[UnitOfWork, two_people.Decide], Result],
    verdict: Verdict,
    shows: Callable[[], dict[str, object]],
    *,
    done: tuple[str, str],
    agreed: str = "同意办理",
    back: Callable[[Result], str | Response] = lambda _: url_for("accounts.grants"),
) -> Step[Result]:
    """Decide what another administrator asked for; `done` tells of either decision."""
    form = DecideForm()
    form.decision.choices = [(YES, agreed), (NO, "不同意")]
    return Step(
        form=form,
        verdict=verdict,
        proves=step_up,
        act=lambda uow: decide(uow, _decision(form, request_id)),
        done=lambda _: done[0] if form.decision.data == YES else done[1],
        back=back,
        shows=shows,
    )


def _decision(form: DecideForm, request_id: str) -> two_people.Decide:
    agreed = form.decision.data == YES
    if not agreed and not form.reason.data:
        raise Invalid("reason", "不同意的，必须写明原因。", remedy="请写明原因后再提交。")
    return two_people.Decide(request_id, agreed, form.reason.data or "")


def _grant_parts(grant: RoleGrant) -> dict[str, object]:
    session = read_session()
    user = queries.get_user(session, grant.user_id)
    held = queries.roles_of(session, user.id)
    facts = (
        Fact("姓名", user.name),
        Fact("单位", user.organisation.name),
        Fact("账号", active_words(user.in_use)),
        Fact("申请的岗位", grant.role.label),
        Fact("现有岗位", role_list(tuple(sorted(held)))),
        Fact("申请时间", grant.requested_at),
        Fact(
            "岗位不相容检查",
            refusal_of_roles(user.organisation.kind, {*held, grant.role}) or "没有冲突",
        ),
    )
    return {
        "heading": "授予岗位",
        "facts": facts,
        "effects": ("授予的，本人重新登录后可以使用这个岗位。", TOLD_WHY),
    }


@blueprint.get("/admin/grants/people/<user_id>")
@permits(Permission.ROLE_GRANT)
def access_of_person(user_id: str) -> ResponseReturnValue:
    """What one person may do and where they are signed in."""
    session = read_session()
    user = queries.get_user(session, user_id)
    actor = current_actor()
    held = [grant for grant in queries.grants_of(session, user.id) if grant.is_held]
    only = queries.offices_only_held_by(session, user.id, {grant.role for grant in held})
    return render_template(
        "accounts/access_of_person.html",
        person=user,
        held=[
            (
                grant.id,
                grant.role.label,
                policies.may_revoke_role(
                    actor, grant.role, is_held=True, others_hold=grant.role not in only
                ),
            )
            for grant in held
        ],
        devices=queries.devices_of(session, user.id, wall_now()),
    )


@step(blueprint, "/admin/grants/<grant_id>/revoke", Permission.ROLE_GRANT, "accounts/form.html")
def revoke_grant(grant_id: str) -> Step[object]:
    """Take a role away, with the reason."""
    session = read_session()
    grant = get_row(session, RoleGrant, grant_id)
    user = queries.get_user(session, grant.user_id)
    form, back = ReasonForm(), url_for("accounts.access_of_person", user_id=user.id)
    return Step(
        form=form,
        proves=step_up,
        act=form.act(roles.revoke_role, grant_id),
        done="岗位已收回。",
        back=back,
        shows=one_form(
            "收回岗位",
            back,
            intro=f"收回{user.name}的“{grant.role.label}”岗位后，其登录立即全部退出。",
        ),
    )


@press(blueprint, "/admin/grants/people/<user_id>/end-sessions", Permission.SESSION_REVOKE)
def end_sessions_of_person(user_id: str) -> Press[int]:
    """End every sign-in of somebody."""
    return Press(
        act=lambda uow: sign_in.end_session(uow, sign_in.EndSession(user_id)),
        done=lambda count: f"已退出 {count} 台设备上的登录。",
        back=url_for("accounts.access_of_person", user_id=user_id),
        page=url_for(".access_of_person", user_id=user_id),
    )


@step(blueprint, "/admin/resets/<reset_id>", Permission.SESSION_REVOKE, "accounts/decide.html")
def decide_reset(reset_id: str) -> Step[str | None]:
    """Carry out or refuse a reset; a temporary password is shown this once."""
    reset = get_row(read_session(), CredentialReset, reset_id)
    user_id, of_password = reset.user_id, reset.kind is ResetKind.PASSWORD
    return _decide(
        reset_id,
        lambda uow, command: credentials.decide_reset(uow, command, hashing()),
        policies.may_decide_reset(current_actor(), reset),
        lambda: _reset_parts(reset),
        agreed="同意重置",
        done=("" if of_password else "已重置。", REFUSED),
        back=lambda temporary: _after_reset(user_id, temporary),
    )


def _after_reset(user_id: str, temporary: str | None) -> str | Response:
    onward = url_for("accounts.grants")
    if temporary is None:
        return onward
    return temporary_password(queries.get_user(read_session(), user_id), temporary, onward)


def _reset_parts(reset: CredentialReset) -> dict[str, object]:
    user = queries.get_user(read_session(), reset.user_id)
    return {
        "heading": "办理重置",
        "facts": (
            Fact("姓名", user.name),
            Fact("单位", user.organisation.name),
            Fact("申请事项", reset.kind.label),
            Fact("原因", reset.reason),
            Fact("申请时间", reset.proposed_at),
        ),
        "effects": (
            RESET_EFFECTS[reset.kind],
            "同意的，本人在所有设备上的登录立即退出。",
            TOLD_WHY,
        ),
    }


@step(
    blueprint,
    "/admin/organisation-requests/<organisation_request_id>",
    Permission.ROLE_GRANT,
    "accounts/decide.html",
)
def decide_organisation(organisation_request_id: str) -> Step[object]:
    """Carry out or refuse a change of an organisation, seeing what it was and what it is to be."""
    asked = get_row(read_session(), OrganisationRequest, organisation_request_id)
    return _decide(
        organisation_request_id,
        changing_organisations.decide_organisation,
        policies.may_decide_act(current_actor(), asked),
        lambda: _organisation_parts(asked),
        done=("已办理，并已告知这家单位的人员。", REFUSED_ACT),
    )


@step(
    blueprint,
    "/admin/person-requests/<person_request_id>",
    Permission.ROLE_GRANT,
    "accounts/decide.html",
)
def decide_person(person_request_id: str) -> Step[object]:
    """Carry out or refuse a change of an account, seeing what it was and what it is to be."""
    asked = get_row(read_session(), PersonRequest, person_request_id)
    return _decide(
        person_request_id,
        changing_people.decide_person,
        policies.may_decide_person_act(current_actor(), asked),
        lambda: _person_parts(asked),
        done=("已办理，并已告知本人。", REFUSED),
    )


def _person_parts(request: PersonRequest) -> dict[str, object]:
    session = read_session()
    user = queries.get_user(session, request.user_id)
    return {
        "heading": request.act.label,
        "facts": (
            Fact("姓名", user.name),
            Fact("用户名", user.username),
            Fact("单位", user.organisation.name),
            Fact("岗位", role_list(tuple(sorted(queries.roles_of(session, user.id))))),
            Fact("状态", active_words(user.is_active)),
            *_asked_facts(request),
        ),
        "changes": difference_table(BOTH, queries.person_changes_told(request.changes)),
        "effects": (*_effects_on(user, request), TOLD_WHY),
    }


def _asked_facts(request: ChangeRequest) -> tuple[Fact, ...]:
    return (
        Fact("申请人", queries.name_of(read_session(), request.proposed_by)),
        Fact("原因", request.reason),
        Fact("申请时间", request.proposed_at),
        Fact("进展", standing_of(request, "已撤回", "已办理")),
        *([Fact("不同意的原因", request.refusal)] if request.refusal else []),
    )


def _effects_on(user: User, request: PersonRequest) -> tuple[str, ...]:
    if request.act is PersonAct.CLOSE:
        left = f"停用后，{user.organisation.name}没有其他人能签署或提交；请另行联系这家单位核实。"
        return PERSON_EFFECTS[request.act], left
    recused = (EMPLOYER_EFFECT,) if "employer" in request.changes else ()
    return (PERSON_EFFECTS[request.act], *recused)


def _organisation_parts(request: OrganisationRequest) -> dict[str, object]:
    session = read_session()
    found = queries.get_organisation(session, request.organisation_id)
    changes = queries.changes_told(session, request.changes, in_full=True)
    return {
        "heading": request.act.label,
        "facts": (
            Fact("单位", found.name),
            Fact("单位类型", found.kind.label),
            Fact("统一社会信用代码", found.credit_code or "未填写"),
            Fact("状态", active_words(found.is_active)),
            *_asked_facts(request),
        ),
        "changes": difference_table(BOTH, changes),
        "effects": _effects_of(request),
    }


def _effects_of(request: OrganisationRequest) -> tuple[str, ...]:
    more = [
        words
        for name, words in (("parent_id", PARENT_EFFECT), ("bank_account", ACCOUNT_EFFECT))
        if name in request.changes
    ]
    return (ACT_EFFECTS[request.act], *more, TOLD_WHERE)
