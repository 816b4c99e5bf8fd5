"""The security administrator's pages: roles asked for, resets, changes of organisations, other
people's sign-ins.
"""

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from procure.kernel.access import (
    ORGANISATION_KIND_LABELS,
    ROLE_LABELS,
    Permission,
    refusal_of_roles,
)
from procure.kernel.errors import DomainError, Invalid
from procure.registers.accounts import directory, policies, queries, use_cases
from procure.registers.accounts.events import (
    ACT_LABELS,
    PERSON_ACT_LABELS,
    OrganisationAct,
    PersonAct,
)
from procure.registers.accounts.forms import DecideForm, ReasonForm
from procure.registers.accounts.models import (
    RESET_LABELS,
    OrganisationRequest,
    PersonRequest,
    ResetKind,
    User,
)
from procure.registers.accounts.policies import STANDING_LABELS, Standing
from procure.registers.accounts.views.blueprint import blueprint, hashing, step_up
from procure.registers.accounts.views.lists import ListPage, answer
from procure.registers.accounts.views.steps import ROLE_CHOICES, active_words, form_step, role_list
from procure.render import sheets
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permits, read_session, unit_of_work, wall_now
from procure.web.forms import done
from procure.web.listing import Filter
from procure.web.presenters import Column, Fact, Row

YES, NO = "yes", "no"
CHANGE_COLUMNS = (
    Column("what", "项目"),
    Column("before", "现在"),
    Column("after", "改为"),
)
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
def grants() -> ResponseReturnValue:
    """Roles asked for, held, refused and taken back; above them the resets that wait."""
    session = read_session()
    standings = tuple((standing.value, words) for standing, words in STANDING_LABELS.items())
    return answer(
        ListPage(
            title="岗位授予",
            template="accounts/grants.html",
            noun="岗位",
            measure="项",
            sorts=directory.GRANT_SORTS,
            filters=(Filter("standing", "进展", standings), Filter("role", "岗位", ROLE_CHOICES)),
            columns=(
                Column("person", "姓名", sortable=True),
                Column("organisation", "单位"),
                Column("role", "岗位", sortable=True),
                Column("standing", "进展"),
                Column("requested", "申请时间", sortable=True),
            ),
            sheet=(
                sheets.Column("姓名"),
                sheets.Column("单位"),
                sheets.Column("岗位"),
                sheets.Column("进展"),
                sheets.Column("申请时间", sheets.CellKind.INSTANT),
            ),
            find=lambda asked: directory.list_grants(session, asked),
            export=lambda asked: directory.export_grants(session, asked),
            row=lambda row: Row(_grant_cells(row), href=_grant_href(row)),
            cells=_grant_cells,
            search_label="查找姓名、用户名或单位",
            empty="还没有申请过岗位。",
        ),
        acts=[_act_row(row) for row in directory.waiting_acts(session)],
        act_columns=ACT_COLUMNS,
        person_acts=[_person_act_row(row) for row in directory.waiting_person_acts(session)],
        person_act_columns=PERSON_ACT_COLUMNS,
        resets=[_reset_row(row) for row in directory.waiting_resets(session)],
        reset_columns=RESET_COLUMNS,
    )


RESET_COLUMNS = (
    Column("person", "姓名"),
    Column("organisation", "单位"),
    Column("kind", "申请事项"),
    Column("reason", "原因"),
    Column("requested", "申请时间"),
)


PERSON_ACT_COLUMNS = (Column("person", "姓名"), *RESET_COLUMNS[1:])
ACT_COLUMNS = (
    Column("organisation", "单位"),
    Column("act", "申请事项"),
    Column("reason", "原因"),
    Column("requested", "申请时间"),
)


def _act_row(row: directory.ActRow) -> Row:
    cells = (row.organisation, ACT_LABELS[row.act], row.reason, row.requested_at)
    href = url_for("accounts.decide_organisation", organisation_request_id=row.id)
    return Row(cells, href=href)


def _person_act_row(row: directory.PersonActRow) -> Row:
    cells = (
        row.person,
        row.organisation,
        PERSON_ACT_LABELS[row.act],
        row.reason,
        row.requested_at,
    )
    return Row(cells, href=url_for("accounts.decide_person", person_request_id=row.id))


def _reset_row(row: directory.ResetRow) -> Row:
    cells = (row.person, row.organisation, RESET_LABELS[row.kind], row.reason, row.requested_at)
    return Row(cells, href=url_for("accounts.decide_reset", reset_id=row.id))


def _grant_cells(row: directory.GrantRow) -> tuple[object, ...]:
    standing = STANDING_LABELS[row.standing]
    return row.person, row.organisation, ROLE_LABELS[row.role], standing, row.requested_at


def _grant_href(row: directory.GrantRow) -> str:
    if row.standing is Standing.WAITING:
        return url_for("accounts.decide_grant", grant_id=row.id)
    return url_for("accounts.access_of_person", user_id=row.user_id)


@blueprint.get("/admin/grants/<grant_id>")
@blueprint.post("/admin/grants/<grant_id>")
@permits(Permission.ROLE_GRANT)
def decide_grant(grant_id: str) -> ResponseReturnValue:
    """Grant or refuse a role, seeing what the person holds already."""
    if away := step_up():
        return away
    form = DecideForm()
    form.decision.choices = [(YES, "授予岗位"), (NO, "不同意")]
    if form.validate_on_submit():
        try:
            _decide_grant(grant_id, form)
        except DomainError as refusal:
            form.add_refusal(refusal)
        else:
            done(form, "已授予，本人重新登录后生效。" if form.decision.data == YES else REFUSED)
            return redirect(url_for("accounts.grants"))
    return _grant_page(grant_id, form)


def _decide_grant(grant_id: str, form: DecideForm) -> None:
    reason = _reason(form)
    with unit_of_work() as uow:
        if form.decision.data == YES:
            use_cases.grant_role(uow, use_cases.GrantRole(grant_id))
        else:
            use_cases.refuse_role(uow, use_cases.EndRole(grant_id, reason))


def _reason(form: DecideForm) -> str:
    if form.decision.data == NO and not form.reason.data:
        raise Invalid("reason", "不同意的，必须写明原因。", remedy="请写明原因后再提交。")
    return str(form.reason.data or "")


def _grant_page(grant_id: str, form: DecideForm) -> ResponseReturnValue:
    session = read_session()
    grant = queries.get_grant(session, grant_id)
    user = queries.get_user(session, grant.user_id)
    held = queries.roles_of(session, user.id)
    facts = (
        Fact("姓名", user.name),
        Fact("单位", user.organisation.name),
        Fact("账号", active_words(user.in_use)),
        Fact("申请的岗位", ROLE_LABELS[grant.role]),
        Fact("现有岗位", role_list(tuple(sorted(held)))),
        Fact("申请时间", grant.requested_at),
        Fact(
            "岗位不相容检查",
            refusal_of_roles(user.organisation.kind, {*held, grant.role}) or "没有冲突",
        ),
    )
    verdict = policies.may_refuse_role(
        current_actor(), is_open=grant.granted_at is None and grant.revoked_at is None
    )
    page = render_template(
        "accounts/decide.html",
        form=form,
        heading="授予岗位",
        facts=facts,
        effects=("授予的，本人重新登录后可以使用这个岗位。", TOLD_WHY),
        verb="提交决定",
        verdict=verdict,
    )
    return page, form.status


@blueprint.get("/admin/grants/people/<user_id>")
@permits(Permission.ROLE_GRANT)
def access_of_person(user_id: str) -> ResponseReturnValue:
    """What one person may do and where they are signed in."""
    session = read_session()
    user = queries.get_user(session, user_id)
    lines = queries.grants_of(session, user.id)
    actor = current_actor()
    held = [line for line in lines if line.granted_at and not line.revoked_at]
    only = queries.offices_only_held_by(session, user.id, {line.role for line in held})
    return render_template(
        "accounts/access_of_person.html",
        person=user,
        held=[
            (
                line.grant_id,
                ROLE_LABELS[line.role],
                policies.may_revoke_role(
                    actor, line.role, is_held=True, others_hold=line.role not in only
                ),
            )
            for line in held
        ],
        devices=queries.devices_of(session, user.id, "", wall_now()),
    )


@blueprint.get("/admin/grants/<grant_id>/revoke")
@blueprint.post("/admin/grants/<grant_id>/revoke")
@permits(Permission.ROLE_GRANT)
def revoke_grant(grant_id: str) -> ResponseReturnValue:
    """Take a role away, with the reason."""
    if away := step_up():
        return away
    session = read_session()
    grant = queries.get_grant(session, grant_id)
    user = queries.get_user(session, grant.user_id)
    form = ReasonForm()
    return form_step(
        form,
        lambda uow: use_cases.revoke_role(uow, use_cases.EndRole(grant_id, form.reason.data)),
        "岗位已收回。",
        "收回岗位",
        url_for("accounts.access_of_person", user_id=user.id),
        intro=f"收回{user.name}的“{ROLE_LABELS[grant.role]}”岗位后，其登录立即全部退出。",
    )


@blueprint.post("/admin/grants/people/<user_id>/end-sessions")
@permits(Permission.SESSION_REVOKE)
def end_sessions_of_person(user_id: str) -> ResponseReturnValue:
    """End every sign-in of somebody."""
    with unit_of_work() as uow:
        count = use_cases.end_session(uow, use_cases.EndSession(user_id))
    flash(f"已退出 {count} 台设备上的登录。", "done")
    return redirect(url_for("accounts.access_of_person", user_id=user_id))


@blueprint.get("/admin/resets/<reset_id>")
@blueprint.post("/admin/resets/<reset_id>")
@permits(Permission.SESSION_REVOKE)
def decide_reset(reset_id: str) -> ResponseReturnValue:
    """Carry out or refuse a reset."""
    if away := step_up():
        return away
    form = DecideForm()
    form.decision.choices = [(YES, "同意重置"), (NO, "不同意")]
    if form.validate_on_submit():
        try:
            temporary = _decide_reset(reset_id, form)
        except DomainError as refusal:
            form.add_refusal(refusal)
        else:
            return _reset_done(reset_id, form, temporary)
    return _reset_page(reset_id, form)


def _decide_reset(reset_id: str, form: DecideForm) -> str | None:
    reason = _reason(form)
    with unit_of_work() as uow:
        command = use_cases.DecideReset(reset_id, form.decision.data == YES, reason)
        return use_cases.decide_reset(uow, command, hashing())


def _reset_done(reset_id: str, form: DecideForm, temporary: str | None) -> ResponseReturnValue:
    if temporary is None:
        done(form, "已重置。" if form.decision.data == YES else REFUSED)
        return redirect(url_for("accounts.grants"))
    reset = queries.get_reset(read_session(), reset_id)
    return render_template(
        "accounts/temporary_password.html",
        person=queries.get_user(read_session(), reset.user_id),
        password=temporary,
        onward=url_for("accounts.grants"),
    )


def _reset_page(reset_id: str, form: DecideForm) -> ResponseReturnValue:
    session = read_session()
    reset = queries.get_reset(session, reset_id)
    user = queries.get_user(session, reset.user_id)
    facts = (
        Fact("姓名", user.name),
        Fact("单位", user.organisation.name),
        Fact("申请事项", RESET_LABELS[reset.kind]),
        Fact("原因", reset.reason),
        Fact("申请时间", reset.requested_at),
    )
    verdict = policies.may_decide_reset(
        current_actor(),
        reset.user_id,
        requested_by=reset.requested_by,
        is_open=reset.decided_at is None,
    )
    page = render_template(
        "accounts/decide.html",
        form=form,
        heading="办理重置",
        facts=facts,
        effects=(RESET_EFFECTS[reset.kind], "同意的，本人在所有设备上的登录立即退出。", TOLD_WHY),
        verb="提交决定",
        verdict=verdict,
    )
    return page, form.status


@blueprint.get("/admin/organisation-requests/<organisation_request_id>")
@blueprint.post("/admin/organisation-requests/<organisation_request_id>")
@permits(Permission.ROLE_GRANT)
def decide_organisation(organisation_request_id: str) -> ResponseReturnValue:
    """Carry out or refuse a change of an organisation, seeing what it was and what it is to be."""
    return _decide(
        lambda uow, agreed, reason: use_cases.decide_organisation(
            uow, use_cases.DecideOrganisation(organisation_request_id, agreed, reason)
        ),
        lambda form: _organisation_page(organisation_request_id, form),
        ("已办理，并已告知这家单位的人员。", REFUSED_ACT),
    )


@blueprint.get("/admin/person-requests/<person_request_id>")
@blueprint.post("/admin/person-requests/<person_request_id>")
@permits(Permission.ROLE_GRANT)
def decide_person(person_request_id: str) -> ResponseReturnValue:
    """Carry out or refuse a change of an account, seeing what it was and what it is to be."""
    return _decide(
        lambda uow, agreed, reason: use_cases.decide_person(
            uow, use_cases.DecidePerson(person_request_id, agreed, reason)
        ),
        lambda form: _person_page(person_request_id, form),
        ("已办理，并已告知本人。", REFUSED),
    )


def _decide(
    decide: Callable[[UnitOfWork, bool, str], None],
    page: Callable[[DecideForm], ResponseReturnValue],
    words: tuple[str, str],
) -> ResponseReturnValue:
    """Decide what another administrator asked for; `words` tell of either decision."""
    if away := step_up():
        return away
    form = DecideForm()
    form.decision.choices = [(YES, "同意办理"), (NO, "不同意")]
    if form.validate_on_submit():
        agreed = form.decision.data == YES
        try:
            reason = _reason(form)
            with unit_of_work() as uow:
                decide(uow, agreed, reason)
        except DomainError as refusal:
            form.add_refusal(refusal)
        else:
            done(form, words[0] if agreed else words[1])
            return redirect(url_for("accounts.grants"))
    return page(form)


def _person_page(request_id: str, form: DecideForm) -> ResponseReturnValue:
    session = read_session()
    request = queries.get_person_request(session, request_id)
    user = queries.get_user(session, request.user_id)
    page = render_template(
        "accounts/decide.html",
        form=form,
        heading=PERSON_ACT_LABELS[request.act],
        facts=(
            Fact("姓名", user.name),
            Fact("用户名", user.username),
            Fact("单位", user.organisation.name),
            Fact("岗位", role_list(tuple(sorted(queries.roles_of(session, user.id))))),
            Fact("状态", active_words(user.is_active)),
            Fact("申请人", queries.name_of(session, request.requested_by)),
            Fact("原因", request.reason),
            Fact("申请时间", request.requested_at),
        ),
        columns=CHANGE_COLUMNS,
        changes=[Row(told) for told in queries.person_changes_told(request.changes)],
        effects=(*_effects_on(user, request), TOLD_WHY),
        verb="提交决定",
        verdict=policies.may_decide_person_act(
            current_actor(),
            user.id,
            requested_by=request.requested_by,
            is_open=request.decided_at is None,
        ),
    )
    return page, form.status


def _effects_on(user: User, request: PersonRequest) -> tuple[str, ...]:
    if request.act is PersonAct.CLOSE:
        left = f"停用后，{user.organisation.name}没有其他人能签署或提交；请另行联系这家单位核实。"
        return PERSON_EFFECTS[request.act], left
    recused = (EMPLOYER_EFFECT,) if "employer" in request.changes else ()
    return (PERSON_EFFECTS[request.act], *recused)


def _organisation_page(request_id: str, form: DecideForm) -> ResponseReturnValue:
    session = read_session()
    request = queries.get_organisation_request(session, request_id)
    found = queries.get_organisation(session, request.organisation_id)
    page = render_template(
        "accounts/decide.html",
        form=form,
        heading=ACT_LABELS[request.act],
        facts=(
            Fact("单位", found.name),
            Fact("单位类型", ORGANISATION_KIND_LABELS[found.kind]),
            Fact("统一社会信用代码", found.credit_code or "未填写"),
            Fact("状态", active_words(found.is_active)),
            Fact("申请人", queries.name_of(session, request.requested_by)),
            Fact("原因", request.reason),
            Fact("申请时间", request.requested_at),
        ),
        columns=CHANGE_COLUMNS,
        changes=[
            Row(told) for told in queries.changes_told(session, request.changes, in_full=True)
        ],
        effects=_effects_of(request),
        verb="提交决定",
        verdict=policies.may_decide_act(
            current_actor(),
            requested_by=request.requested_by,
            is_open=request.decided_at is None,
        ),
    )
    return page, form.status


def _effects_of(request: OrganisationRequest) -> tuple[str, ...]:
    more = [
        words
        for name, words in (("parent_id", PARENT_EFFECT), ("bank_account", ACCOUNT_EFFECT))
        if name in request.changes
    ]
    return (ACT_EFFECTS[request.act], *more, TOLD_WHERE)
