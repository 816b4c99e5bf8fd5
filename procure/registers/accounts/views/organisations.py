"""The system administrator's pages: organisations."""

from collections.abc import Callable
from functools import partial

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission
from procure.kernel.vocabulary import InstitutionClass
from procure.registers.accounts import directory, policies, queries
from procure.registers.accounts.directory import OrganisationRow
from procure.registers.accounts.events import OrganisationAct
from procure.registers.accounts.forms import (
    AddOrganisationForm,
    EditOrganisationForm,
    ReasonForm,
)
from procure.registers.accounts.models import Organisation, OrganisationRequest
from procure.registers.accounts.use_cases import adding, changing_organisations, two_people
from procure.registers.accounts.views.blueprint import blueprint, step_up
from procure.registers.accounts.views.steps import (
    ACTIVE,
    KIND_CHOICES,
    MOST_ASKED,
    active_words,
    asked_table,
    edited_words,
    one_form,
)
from procure.render.sheets import CellKind
from procure.store.base import get_row
from procure.store.proposals import asked_of, waiting_for
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permits, read_session
from procure.web.columns import Col
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.presenters import Fact, Link
from procure.web.steps import Press, Step, press, step


@blueprint.get("/admin/organisations")
@permits(Permission.ACCOUNT_KEEP)
@shows_list("accounts/list.html")
def organisations() -> ListOf[OrganisationRow]:
    """Every organisation that takes part."""
    return ListOf(
        title="单位",
        source=directory.organisations(),
        columns=(
            Col("name", "名称", sort=True),
            Col("kind", "单位类型", lambda row: row.kind.label, sort=True),
            Col("level", "层级", lambda row: row.level.label if row.level else ""),
            Col("parent", "上级单位"),
            Col("credit_code", "统一社会信用代码", sort=True),
            Col("number_prefix", "项目编号字头"),
            Col("people", "在用账号", kind=CellKind.INTEGER),
            Col("active", "状态", lambda row: active_words(row.is_active)),
        ),
        href=lambda row: url_for("accounts.organisation", organisation_id=row.id),
        filters=(Filter("kind", "单位类型", KIND_CHOICES), ACTIVE),
        search="查找名称或信用代码",
        noun="单位",
        measure="家",
        empty="还没有单位。",
        shows=lambda: {"action": Link("登记单位", url_for("accounts.add_organisation"))},
    )


@step(blueprint, "/admin/organisations/new", Permission.ACCOUNT_KEEP, "accounts/form.html")
def add_organisation() -> Step[str]:
    """Enter an organisation, with the account that money goes to."""
    form = AddOrganisationForm()
    form.parent_id.choices = queries.organisation_choices(read_session())
    return Step(
        form=form,
        proves=step_up,
        act=lambda uow: adding.add_organisation(
            uow, form.command(adding.AddOrganisation, **form.codes())
        ),
        done="单位已登记。",
        back=lambda made: url_for("accounts.organisation", organisation_id=made),
        shows=one_form("登记单位", url_for("accounts.organisations")),
    )


@blueprint.get("/admin/organisations/<organisation_id>")
@permits(Permission.ACCOUNT_KEEP)
def organisation(organisation_id: str) -> ResponseReturnValue:
    """One organisation, and what was asked for about it."""
    session = read_session()
    found = queries.get_organisation(session, organisation_id)
    parent = found.parent_id and queries.get_organisation(session, found.parent_id)
    acts = asked_of(session, OrganisationRequest, found.id, MOST_ASKED)
    waiting = waiting_for(session, OrganisationRequest, found.id)
    switch = OrganisationAct.CLOSE if found.is_active else OrganisationAct.REOPEN
    return render_template(
        "accounts/organisation.html",
        organisation=found,
        facts=organisation_facts(found, parent.name if parent else "无"),
        acts=asked_table(acts, partial(queries.changes_told, session)),
        waiting=waiting,
        may_switch=policies.may_request_act(
            current_actor(),
            found.id,
            switch,
            is_active=found.is_active,
            is_waiting=waiting is not None,
            offices=queries.offices_only_held_in(session, found.id),
        ),
    )


def organisation_facts(
    found: Organisation, parent: str, *, masked: bool = False
) -> tuple[Fact, ...]:
    """What is registered of an organisation, the account by its last digits where `masked`."""
    account = queries.masked_account(found.bank_account) if masked else found.bank_account
    return (
        Fact("名称", found.name),
        Fact("单位类型", found.kind.label),
        Fact("层级", found.level.label if found.level else "无"),
        Fact("上级单位", parent),
        Fact("统一社会信用代码", found.credit_code or "未填写"),
        Fact("项目编号字头", found.number_prefix or "无"),
        Fact("法定代表人或负责人", found.representative or "未填写"),
        Fact("地址", found.address or "未填写"),
        Fact("电话", found.phone or "未填写"),
        Fact("开户银行", found.bank_name or "未填写"),
        Fact("收款账号", account if found.bank_account else "未填写"),
        Fact("社会组织评估等级", found.rating or "无"),
        Fact("评估等级有效期至", found.rating_valid_until or "无"),
        Fact(
            "事业单位类别",
            InstitutionClass(found.institution_class).label if found.institution_class else "无",
        ),
        Fact("状态", active_words(found.is_active)),
    )


TWO_PEOPLE = "除地址和电话以外的修改，由安全管理员核对后办理；办理以前仍按原信息。"


@step(
    blueprint,
    "/admin/organisations/<organisation_id>/edit",
    Permission.ACCOUNT_KEEP,
    "accounts/form.html",
)
def edit_organisation(organisation_id: str) -> Step[two_people.Edited]:
    """Correct an organisation's particulars, or ask the security administrator for it."""
    found = queries.get_organisation(read_session(), organisation_id)
    form = EditOrganisationForm(obj=found, version=found.version)
    form.parent_id.choices = _parent_choices(found)
    back = url_for("accounts.organisation", organisation_id=organisation_id)
    return Step(
        form=form,
        proves=step_up,
        act=lambda uow: changing_organisations.edit_organisation(
            uow,
            form.command(
                changing_organisations.EditOrganisation,
                organisation_id=organisation_id,
                **form.codes(),
            ),
        ),
        done=edited_words,
        back=back,
        shows=one_form("修改单位信息", back, verb="保存单位信息", intro=TWO_PEOPLE),
    )


def _parent_choices(found: Organisation) -> list[tuple[str, str]]:
    """Organisations in use, and the present parent even if it is closed."""
    choices = queries.organisation_choices(read_session())
    if found.parent_id is None or found.parent_id in dict(choices):
        return choices
    parent = queries.get_organisation(read_session(), found.parent_id)
    return [*choices, (parent.id, f"{parent.name}（已停用）")]


@step(
    blueprint,
    "/admin/organisations/<organisation_id>/deactivate",
    Permission.ACCOUNT_KEEP,
    "accounts/form.html",
)
def deactivate_organisation(organisation_id: str) -> Step[str]:
    """Ask that an organisation be closed, with the reason."""
    return _switch(
        organisation_id,
        changing_organisations.request_closing,
        "申请停用单位",
        "停用由安全管理员办理。停用后，{name}的人员都不能登录；已经办理的事项和记录保留。",
    )


@step(
    blueprint,
    "/admin/organisations/<organisation_id>/reactivate",
    Permission.ACCOUNT_KEEP,
    "accounts/form.html",
)
def reactivate_organisation(organisation_id: str) -> Step[str]:
    """Ask that a closed organisation be opened again, with the reason."""
    return _switch(
        organisation_id,
        changing_organisations.request_reopening,
        "申请恢复单位",
        "恢复由安全管理员办理。恢复后，{name}的人员可以按原有岗位登录。",
    )


def _switch(
    organisation_id: str,
    ask: Callable[[UnitOfWork, changing_organisations.SwitchOrganisation], str],
    heading: str,
    intro: str,
) -> Step[str]:
    found = queries.get_organisation(read_session(), organisation_id)
    form = ReasonForm(version=found.version)
    back = url_for("accounts.organisation", organisation_id=organisation_id)
    return Step(
        form=form,
        act=form.act(ask, organisation_id),
        done="已申请，等待安全管理员办理。",
        back=back,
        shows=one_form(heading, back, intro=intro.format(name=found.name)),
    )


@press(
    blueprint,
    "/admin/organisation-requests/<organisation_request_id>/withdraw",
    Permission.ACCOUNT_KEEP,
)
def withdraw_organisation_request(organisation_request_id: str) -> Press[object]:
    """Take back a change that nobody has decided yet."""
    request = get_row(read_session(), OrganisationRequest, organisation_request_id)
    place = request.organisation_id
    return Press(
        act=lambda uow: changing_organisations.withdraw_organisation_request(
            uow, organisation_request_id
        ),
        done="申请已撤回。",
        back=url_for("accounts.organisation", organisation_id=place),
        page=url_for(".organisation", organisation_id=place),
    )
