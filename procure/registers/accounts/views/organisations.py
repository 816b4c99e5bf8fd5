"""The system administrator's pages: organisations."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from procure.kernel.access import LEVEL_LABELS, ORGANISATION_KIND_LABELS, Permission
from procure.kernel.errors import DomainError
from procure.registers.accounts import directory, queries, use_cases
from procure.registers.accounts.forms import AddOrganisationForm, OrganisationForm, ReasonForm
from procure.registers.accounts.models import Organisation
from procure.registers.accounts.views.blueprint import blueprint
from procure.registers.accounts.views.lists import ListPage, answer
from procure.registers.accounts.views.steps import (
    ACTIVE,
    KIND_CHOICES,
    active_words,
    form_page,
    form_step,
)
from procure.render import sheets
from procure.web.access import permits, read_session, unit_of_work
from procure.web.forms import done
from procure.web.listing import Filter
from procure.web.presenters import Column, Fact, Link, Row


@blueprint.get("/admin/organisations")
@permits(Permission.ACCOUNT_KEEP)
def organisations() -> ResponseReturnValue:
    """Every organisation that takes part."""
    session = read_session()
    return answer(
        ListPage(
            title="单位",
            template="accounts/list.html",
            noun="单位",
            measure="家",
            sorts=directory.ORGANISATION_SORTS,
            filters=(Filter("kind", "单位类型", KIND_CHOICES), ACTIVE),
            columns=(
                Column("name", "名称", sortable=True),
                Column("kind", "单位类型", sortable=True),
                Column("level", "层级"),
                Column("parent", "上级单位"),
                Column("credit_code", "统一社会信用代码", sortable=True),
                Column("prefix", "项目编号字头"),
                Column("people", "在用账号", numeric=True),
                Column("active", "状态"),
            ),
            sheet=(
                *map(
                    sheets.Column,
                    ("名称", "单位类型", "层级", "上级单位", "统一社会信用代码", "项目编号字头"),
                ),
                sheets.Column("在用账号", sheets.CellKind.INTEGER),
                sheets.Column("状态"),
            ),
            find=lambda asked: directory.list_organisations(session, asked),
            export=lambda asked: directory.export_organisations(session, asked),
            row=lambda row: Row(
                _organisation_cells(row),
                href=url_for("accounts.organisation", organisation_id=row.id),
            ),
            cells=_organisation_cells,
            search_label="查找名称或信用代码",
            empty="还没有单位。",
            action=Link("登记单位", url_for("accounts.add_organisation")),
        )
    )


def _organisation_cells(row: directory.OrganisationRow) -> tuple[object, ...]:
    return (
        row.name,
        ORGANISATION_KIND_LABELS[row.kind],
        LEVEL_LABELS[row.level] if row.level else "",
        row.parent or "",
        row.credit_code or "",
        row.number_prefix or "",
        row.people,
        active_words(row.is_active),
    )


@blueprint.get("/admin/organisations/new")
@blueprint.post("/admin/organisations/new")
@permits(Permission.ACCOUNT_KEEP)
def add_organisation() -> ResponseReturnValue:
    """Enter an organisation."""
    form = AddOrganisationForm()
    form.parent_id.choices = queries.organisation_choices(read_session())
    if form.validate_on_submit():
        try:
            with unit_of_work() as uow:
                organisation_id = use_cases.add_organisation(uow, form.to_new())
        except DomainError as refusal:
            form.add_refusal(refusal)
        else:
            done(form, "单位已登记。")
            target = url_for("accounts.organisation", organisation_id=organisation_id)
            return redirect(target)
    return form_page(form, "登记单位", "登记单位", url_for("accounts.organisations"))


@blueprint.get("/admin/organisations/<organisation_id>")
@permits(Permission.ACCOUNT_KEEP)
def organisation(organisation_id: str) -> ResponseReturnValue:
    """One organisation."""
    session = read_session()
    found = queries.get_organisation(session, organisation_id)
    parent = found.parent_id and queries.get_organisation(session, found.parent_id)
    return render_template(
        "accounts/organisation.html",
        organisation=found,
        facts=_organisation_facts(found, parent.name if parent else "无"),
    )


def _organisation_facts(found: Organisation, parent: str) -> tuple[Fact, ...]:
    return (
        Fact("名称", found.name),
        Fact("单位类型", ORGANISATION_KIND_LABELS[found.kind]),
        Fact("层级", LEVEL_LABELS[found.level] if found.level else "无"),
        Fact("上级单位", parent),
        Fact("统一社会信用代码", found.credit_code or "未填写"),
        Fact("项目编号字头", found.number_prefix or "无"),
        Fact("法定代表人或负责人", found.representative or "未填写"),
        Fact("地址", found.address or "未填写"),
        Fact("电话", found.phone or "未填写"),
        Fact("开户银行", found.bank_name or "未填写"),
        Fact("收款账号", found.bank_account or "未填写"),
        Fact("社会组织评估等级", found.rating or "无"),
        Fact("评估等级有效期至", found.rating_valid_until or "无"),
        Fact("状态", active_words(found.is_active)),
    )


@blueprint.get("/admin/organisations/<organisation_id>/edit")
@blueprint.post("/admin/organisations/<organisation_id>/edit")
@permits(Permission.ACCOUNT_KEEP)
def edit_organisation(organisation_id: str) -> ResponseReturnValue:
    """Correct an organisation's particulars."""
    found = queries.get_organisation(read_session(), organisation_id)
    form = OrganisationForm(obj=found, version=found.version)
    form.parent_id.choices = queries.organisation_choices(read_session())
    return form_step(
        form,
        lambda uow: use_cases.edit_organisation(uow, form.to_command(organisation_id)),
        "单位信息已保存。",
        "修改单位信息",
        url_for("accounts.organisation", organisation_id=organisation_id),
        verb="保存单位信息",
    )


@blueprint.get("/admin/organisations/<organisation_id>/deactivate")
@blueprint.post("/admin/organisations/<organisation_id>/deactivate")
@permits(Permission.ACCOUNT_KEEP)
def deactivate_organisation(organisation_id: str) -> ResponseReturnValue:
    """Close an organisation, with the reason."""
    found = queries.get_organisation(read_session(), organisation_id)
    form = ReasonForm(version=found.version)
    return form_step(
        form,
        lambda uow: use_cases.deactivate_organisation(
            uow,
            use_cases.SwitchOrganisation(organisation_id, form.reason.data, form.loaded_version),
        ),
        "单位已停用，其人员的登录已全部退出。",
        "停用单位",
        url_for("accounts.organisation", organisation_id=organisation_id),
        intro=f"停用后，{found.name}的人员都不能登录；已经办理的事项和记录保留。",
    )


@blueprint.post("/admin/organisations/<organisation_id>/reactivate")
@permits(Permission.ACCOUNT_KEEP)
def reactivate_organisation(organisation_id: str) -> ResponseReturnValue:
    """Open a closed organisation again."""
    with unit_of_work() as uow:
        use_cases.reactivate_organisation(uow, use_cases.SwitchOrganisation(organisation_id))
    flash("单位已恢复。", "done")
    return redirect(url_for("accounts.organisation", organisation_id=organisation_id))
