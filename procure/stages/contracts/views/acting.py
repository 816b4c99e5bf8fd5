"""Steps with a confirm page: take back, sign, announce, file."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import render_template

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import Verdict
from procure.registers.accounts.views.blueprint import step_up
from procure.registers.deadlines.queries import running_for, term_line
from procure.stages.contracts import pages, policies, queries, use_cases
from procure.stages.contracts.forms import (
    EarlyEndDecisionForm,
    EarlyEndForm,
    EarlySignForm,
    FilingForm,
    LateSignForm,
    PublishForm,
    RecallForm,
    SignForm,
)
from procure.stages.contracts.models import Contract
from procure.stages.contracts.notice import notice_sections
from procure.stages.contracts.views.blueprint import (
    CASE,
    Answer,
    blueprint,
    contract_of,
    early_ends_of,
    wrote,
)
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.forms import ProcureForm
from procure.web.presenters import DeadlineLine
from procure.web.steps import attempt_allowed


@blueprint.route(f"{CASE}/recall", methods=["GET", "POST"])
@permits(Permission.CONTRACT_DRAFT)
def recall(number: str) -> Answer:
    """Take the text back before the other side signs."""
    contract = contract_of(number)
    form = RecallForm(version=contract.version)
    return _act(
        form,
        number,
        "contracts/recall.html",
        policies.may_recall_contract(current_actor(), contract),
        lambda uow: use_cases.recall_contract(uow, form.to_command(contract)),
        "合同已收回，可以重新填写。",
    )


@blueprint.route(f"{CASE}/sign", methods=["GET", "POST"])
@permits(Permission.CONTRACT_VIEW)
def sign(number: str) -> Answer:
    """Read the text and sign it, for either side."""
    session, actor, now = read_session(), current_actor(), request_now()
    contract = contract_of(number)
    for_buyer = actor.organisation_id == contract.buyer_id
    verdict = (
        policies.may_sign_as_buyer(actor, contract, wrote=wrote(contract))
        if for_buyer
        else policies.may_sign_as_supplier(actor, contract)
    )
    if verdict.ok and (verify := step_up()) is not None:
        return verify
    term = queries.signing_term(session, contract)
    late = for_buyer and policies.is_overdue(term.due_at if term else None, now)
    until = queries.challenge_until(session, contract) if for_buyer else None
    early = until is not None and local_date(now) <= until
    text = queries.text_of(session, contract)
    kind = LateSignForm if late else EarlySignForm if early else SignForm
    form = kind(version=contract.version, data={"sha256": text.digest if text else ""})
    verb = use_cases.sign_contract_buyer if for_buyer else use_cases.sign_contract_supplier
    return _act(
        form,
        number,
        "contracts/sign.html",
        verdict,
        lambda uow: verb(uow, form.to_command(contract)),
        "合同已签署并生效，请在 2 个工作日内公告。" if for_buyer else "您已签署，等待甲方签署。",
        text=text,
        for_buyer=for_buyer,
        challenge_until=until if early else None,
        deadline=term_line(term, now) if term else None,
        facts=pages.signing_facts(contract),
        starts_late=contract.starts_on is not None and contract.starts_on < local_date(now),
        signatures=pages.signature_rows(queries.signatures_of(session, contract)),
        columns=pages,
    )


@blueprint.route(f"{CASE}/publish", methods=["GET", "POST"])
@permits(Permission.CONTRACT_PUBLISH)
def publish(number: str) -> Answer:
    """Announce the contract after a last look at the notice."""
    session = read_session()
    contract = contract_of(number)
    form = PublishForm(version=contract.version)
    verdict = policies.may_publish_contract(current_actor(), contract)
    sections = (
        notice_sections(
            queries.parts_of(session, contract),
            queries.origin_of(session, contract),
            local_date(request_now()),
        )
        if verdict.ok
        else ()
    )
    return _act(
        form,
        number,
        "contracts/publish.html",
        verdict,
        lambda uow: use_cases.publish_contract(uow, form.to_command(contract)),
        "合同已公告。",
        sections=sections,
        deadlines=_running(contract),
    )


@blueprint.route(f"{CASE}/filing", methods=["GET", "POST"])
@permits(Permission.CONTRACT_PUBLISH)
def file(number: str) -> Answer:
    """Enter the filing with the finance department."""
    contract = contract_of(number)
    form = FilingForm(version=contract.version)
    form.filed_on.latest = local_date(request_now())
    if contract.buyer_signed_at is not None:
        form.filed_on.earliest = local_date(contract.buyer_signed_at)
    return _act(
        form,
        number,
        "contracts/filing.html",
        policies.may_file_contract(current_actor(), contract),
        lambda uow: use_cases.file_contract(uow, form.to_command(contract)),
        "合同备案已登记。",
        deadlines=_running(contract),
    )


@blueprint.route(f"{CASE}/early-end", methods=["GET", "POST"])
@permits(Permission.CONTRACT_DRAFT)
def propose_early_end(number: str) -> Answer:
    """Propose to end the contract before its term."""
    contract = contract_of(number)
    form = EarlyEndForm(version=contract.version)
    if contract.starts_on is not None and contract.ends_on is not None:
        form.last_on.earliest = contract.starts_on
        form.last_on.latest = contract.ends_on - timedelta(days=1)
    return _act(
        form,
        number,
        "contracts/early_end.html",
        policies.may_propose_early_end(
            current_actor(),
            contract,
            queries.pending_early_end(read_session(), contract.id),
            local_date(request_now()),
        ),
        lambda uow: use_cases.propose_early_end(uow, form.to_command(contract)),
        "已提出提前终止，请审核负责人决定。",
        columns=pages,
        early_ends=early_ends_of(contract),
    )


@blueprint.route(f"{CASE}/early-end/decision", methods=["GET", "POST"])
@permits(Permission.CONTRACT_SIGN_BUYER)
def decide_early_end(number: str) -> Answer:
    """Agree to the proposal to end the contract early, or refuse it."""
    contract = contract_of(number)
    form = EarlyEndDecisionForm(version=contract.version)
    verdict = policies.may_decide_early_end(
        current_actor(),
        contract,
        queries.pending_early_end(read_session(), contract.id),
        local_date(request_now()),
    )
    if verdict.ok and (verify := step_up()) is not None:
        return verify
    return _act(
        form,
        number,
        "contracts/early_end_decision.html",
        verdict,
        lambda uow: use_cases.decide_early_end(uow, form.to_command(contract)),
        "已对提前终止作出决定。",
        columns=pages,
        early_ends=early_ends_of(contract),
    )


def _running(contract: Contract) -> list[DeadlineLine]:
    terms = running_for(read_session(), [contract.id])
    return [term_line(term, request_now()) for term in terms]


def _act(
    form: ProcureForm,
    number: str,
    template: str,
    verdict: Verdict,
    act: Callable[[UnitOfWork], object],
    message: str,
    **more: Any,
) -> Answer:
    """A step with its confirm page: refused visibly, or taken and told."""
    onward = attempt_allowed(verdict, form, act, message, pages.address_of(number))
    if onward is not None:
        return onward
    return render_template(
        template, form=form, contract=contract_of(number), verdict=verdict, **more
    ), form.status
