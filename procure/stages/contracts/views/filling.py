"""The clerk's task list: one page a section, then everything at once before the text is printed."""

from collections.abc import Callable
from datetime import timedelta

from flask import render_template
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import first_refusal
from procure.kernel.findings import count_blocks
from procure.kernel.records import read_each
from procure.registers.deadlines.queries import term_line
from procure.render.pdf import render_pdf
from procure.stages.contracts import checks, drafting, pages, policies, queries
from procure.stages.contracts.forms import (
    IssueForm,
    MilestonesForm,
    OtherForm,
    PartiesForm,
    TermForm,
    targets_form,
)
from procure.stages.contracts.models import Contract
from procure.stages.contracts.paper import TEMPLATE, contract_data
from procure.stages.contracts.use_cases import fill, issue
from procure.stages.contracts.views.blueprint import (
    CASE,
    blueprint,
    contract_of,
    findings_of,
)
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.downloads import download
from procure.web.forms import ProcureForm
from procure.web.steps import Step, step

SECTION = "contracts/section.html"
DAYS_TO_SIGN = timedelta(days=7)
"""What the proposed start leaves both sides for signing."""


@step(blueprint, f"{CASE}/parties", Permission.CONTRACT_DRAFT, SECTION)
def parties(number: str) -> Step[object]:
    """Contacts and the payee account."""
    contract = contract_of(number)
    form = PartiesForm(version=contract.version, obj=contract)
    return _section(contract, "parties", form, form.act(fill.save_parties, contract.id))


@step(blueprint, f"{CASE}/term", Permission.CONTRACT_DRAFT, SECTION)
def term(number: str) -> Step[object]:
    """Dates, place and recipients."""
    contract = contract_of(number)
    form = TermForm(version=contract.version, obj=contract)
    form.offer(contract, request_now())
    if not form.holds_typed and contract.starts_on is None:
        starts_on = local_date(request_now()) + DAYS_TO_SIGN
        form.starts_on.data = starts_on
        form.ends_on.data = drafting.last_day(starts_on, contract.term_months)
    return _section(contract, "term", form, form.act(fill.save_term, contract.id))


@step(blueprint, f"{CASE}/targets", Permission.CONTRACT_DRAFT, "contracts/targets.html")
def targets(number: str) -> Step[object]:
    """What the targets count for, and the posts."""
    session = read_session()
    contract = contract_of(number)
    parts = queries.contract_parts(session, contract)
    form = targets_form(parts)
    return _section(
        contract,
        "targets",
        form,
        form.act(fill.save_targets, contract.id, counts=lambda: form.counts),
        lambda: {
            "targets": pages.target_table(parts),
            "staffing": queries.origin_of(session, contract).tender.staffing,
        },
    )


@step(blueprint, f"{CASE}/milestones", Permission.CONTRACT_DRAFT, SECTION)
def milestones(number: str) -> Step[object]:
    """The milestones."""
    contract = contract_of(number)
    agreed = read_each(drafting.MilestonePlan, queries.milestones_of(read_session(), contract.id))
    form = MilestonesForm(version=contract.version, data={"rows": [vars(one) for one in agreed]})
    return _section(contract, "milestones", form, form.act(fill.save_milestones, contract.id))


@step(blueprint, f"{CASE}/other", Permission.CONTRACT_DRAFT, SECTION)
def other(number: str) -> Step[object]:
    """Premises and special terms."""
    contract = contract_of(number)
    form = OtherForm(version=contract.version, obj=contract)
    return _section(contract, "other", form, form.act(fill.save_other, contract.id))


@blueprint.get(f"{CASE}/money")
@permits(Permission.CONTRACT_DRAFT)
def money(number: str) -> ResponseReturnValue:
    """What is paid when and by whom; fixed by tender, award and budget."""
    contract = contract_of(number)
    parts = queries.contract_parts(read_session(), contract)
    return render_template(
        "contracts/money.html",
        contract=contract,
        instalments=pages.instalment_table(parts),
        shares=pages.share_table(parts),
        facts=pages.head_facts(contract)[:4],
    )


@blueprint.get(f"{CASE}/preview.pdf")
@permits(Permission.CONTRACT_DRAFT)
def preview(number: str) -> Response:
    """The contract as it would be printed now, marked as a draft."""
    session = read_session()
    contract = contract_of(number)
    policies.may_edit_contract(current_actor(), contract).require()
    parts, origin = queries.contract_parts(session, contract), queries.origin_of(session, contract)
    data = contract_data(
        parts, origin, made_on=local_date(request_now()), trail_head="", is_draft=True
    )
    return download(
        render_pdf(TEMPLATE, data).content,
        f"{contract.number}-草案.pdf",
        "application/pdf",
    )


@step(blueprint, f"{CASE}/check", Permission.CONTRACT_DRAFT, "contracts/check.html")
def check(number: str) -> Step[object]:
    """Everything at once and what breaks a rule; then the text is printed."""
    session, now = read_session(), request_now()
    contract = contract_of(number)
    parts = queries.contract_parts(session, contract)
    findings = findings_of(parts)
    signing = queries.signing_term(session, contract)
    form = IssueForm(version=contract.version)
    return Step(
        form=form,
        verdict=first_refusal(
            policies.may_issue_contract(current_actor(), contract, blocks=count_blocks(findings)),
            queries.award_printed(session, contract),
        ),
        act=form.act(issue.issue_contract, contract.id),
        done="合同文本已生成，等待乙方签署。",
        back=pages.address_of(number),
        shows=lambda: {
            "contract": contract,
            "findings": findings,
            "sections": pages.answer_sections(parts),
            "deadline": term_line(signing, now) if signing else None,
            "previewable": contract.starts_on is not None,
        },
    )


def _section(
    contract: Contract,
    section: str,
    form: ProcureForm,
    save: Callable[[UnitOfWork], object],
    more: Callable[[], dict[str, object]] = dict,
) -> Step[object]:
    """One page of the task list: shown, saved, and back to the list."""
    title = checks.SECTION_TITLES[section]
    return Step(
        form=form,
        verdict=policies.may_edit_contract(current_actor(), contract),
        act=save,
        done=f"“{title}”已保存。",
        back=pages.address(contract),
        shows=lambda: {"contract": contract, "title": title, **more()},
    )
