"""The clerk's task list: one page a section, then everything at once before the text is printed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import render_template
from werkzeug.wrappers import Response

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.registers.deadlines.queries import term_line
from procure.render.pdf import render_pdf
from procure.stages.contracts import checks, drafting, pages, policies, queries, use_cases
from procure.stages.contracts.forms import (
    IssueForm,
    MilestonesForm,
    OtherForm,
    PartiesForm,
    TermForm,
    milestone_values,
    targets_form,
)
from procure.stages.contracts.paper import TEMPLATE, contract_data
from procure.stages.contracts.views.blueprint import (
    CASE,
    Answer,
    blueprint,
    contract_of,
    draft_of,
    findings_of,
)
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.downloads import download
from procure.web.forms import ProcureForm
from procure.web.steps import attempt

PDF = "application/pdf"
DAYS_TO_SIGN = timedelta(days=7)
"""What the proposed start leaves both sides for signing."""


@blueprint.route(f"{CASE}/parties", methods=["GET", "POST"])
@permits(Permission.CONTRACT_DRAFT)
def parties(number: str) -> Answer:
    """Contacts and the payee account."""
    contract = draft_of(number)
    form = PartiesForm(version=contract.version, obj=contract)
    return _section(
        form, number, "parties", lambda uow: use_cases.save_parties(uow, form.to_command(contract))
    )


@blueprint.route(f"{CASE}/term", methods=["GET", "POST"])
@permits(Permission.CONTRACT_DRAFT)
def term(number: str) -> Answer:
    """Dates, place and recipients."""
    contract = draft_of(number)
    form = TermForm(version=contract.version, obj=contract)
    form.offer(contract, request_now())
    if not form.is_submitted() and contract.starts_on is None:
        starts_on = local_date(request_now()) + DAYS_TO_SIGN
        form.starts_on.data = starts_on
        form.ends_on.data = drafting.last_day(starts_on, contract.term_months)
    return _section(
        form, number, "term", lambda uow: use_cases.save_term(uow, form.to_command(contract))
    )


@blueprint.route(f"{CASE}/targets", methods=["GET", "POST"])
@permits(Permission.CONTRACT_DRAFT)
def targets(number: str) -> Answer:
    """What the targets count for, and the posts."""
    contract = draft_of(number)
    parts = queries.parts_of(read_session(), contract)
    form = targets_form(parts)
    origin = queries.origin_of(read_session(), contract)
    return _section(
        form,
        number,
        "targets",
        lambda uow: use_cases.save_targets(uow, form.to_command(contract)),
        template="contracts/targets.html",
        rows=pages.target_rows(parts),
        columns=pages,
        staffing=origin.tender.staffing,
    )


@blueprint.route(f"{CASE}/milestones", methods=["GET", "POST"])
@permits(Permission.CONTRACT_DRAFT)
def milestones(number: str) -> Answer:
    """The milestones."""
    contract = draft_of(number)
    parts = queries.parts_of(read_session(), contract)
    form = MilestonesForm(version=contract.version, data={"rows": milestone_values(parts)})
    return _section(
        form,
        number,
        "milestones",
        lambda uow: use_cases.save_milestones(uow, form.to_command(contract)),
    )


@blueprint.route(f"{CASE}/other", methods=["GET", "POST"])
@permits(Permission.CONTRACT_DRAFT)
def other(number: str) -> Answer:
    """Premises and special terms."""
    contract = draft_of(number)
    form = OtherForm(version=contract.version, obj=contract)
    return _section(
        form, number, "other", lambda uow: use_cases.save_other(uow, form.to_command(contract))
    )


@blueprint.get(f"{CASE}/money")
@permits(Permission.CONTRACT_DRAFT)
def money(number: str) -> Answer:
    """What is paid when and by whom; fixed by tender, award and budget."""
    contract = queries.get_contract(read_session(), current_actor(), number)
    parts = queries.parts_of(read_session(), contract)
    return render_template(
        "contracts/money.html",
        contract=contract,
        columns=pages,
        instalments=pages.instalment_rows(parts),
        chart=pages.instalment_chart(parts),
        shares=pages.share_rows(parts),
        facts=pages.head_facts(contract)[:4],
    )


@blueprint.get(f"{CASE}/preview.pdf")
@permits(Permission.CONTRACT_DRAFT)
def preview(number: str) -> Response:
    """The contract as it would be printed now, marked as a draft."""
    session = read_session()
    contract = draft_of(number)
    parts, origin = queries.parts_of(session, contract), queries.origin_of(session, contract)
    data = contract_data(
        parts, origin, made_on=local_date(request_now()), trail_head="", is_draft=True
    )
    return download(
        render_pdf(TEMPLATE, data).content,
        f"{contract.number}-草案.pdf",
        "application/pdf",
    )


@blueprint.route(f"{CASE}/check", methods=["GET", "POST"])
@permits(Permission.CONTRACT_DRAFT)
def check(number: str) -> Answer:
    """Everything at once and what breaks a rule; then the text is printed."""
    contract = draft_of(number)
    form = IssueForm(version=contract.version)
    onward = attempt(
        form,
        lambda uow: use_cases.issue_contract(uow, form.to_command(contract)),
        "合同文本已生成，等待乙方签署。",
        pages.address_of(number),
    )
    if onward is not None:
        return onward
    return _check_page(number, form), form.status


def _check_page(number: str, form: IssueForm) -> str:
    session, now = read_session(), request_now()
    contract = draft_of(number)
    parts = queries.parts_of(session, contract)
    findings = findings_of(parts)
    signing = queries.signing_term(session, contract)
    blocks = checks.blocks(findings)
    return render_template(
        "contracts/check.html",
        form=form,
        contract=contract,
        findings=findings,
        sections=pages.answer_sections(parts),
        deadline=term_line(signing, now) if signing else None,
        previewable=contract.starts_on is not None,
        verdict=policies.may_issue_contract(current_actor(), contract, blocks=blocks),
    )


def _section(
    form: ProcureForm,
    number: str,
    section: str,
    save: Callable[[UnitOfWork], object],
    *,
    template: str = "contracts/section.html",
    **more: Any,
) -> Answer:
    """One page of the task list: shown, saved, and back to the list."""
    title = checks.SECTION_TITLES[section]
    onward = attempt(
        form,
        save,
        f"“{title}”已保存。",
        pages.address_of(number),
    )
    if onward is not None:
        return onward
    return render_template(
        template, form=form, contract=contract_of(number), title=title, **more
    ), form.status
