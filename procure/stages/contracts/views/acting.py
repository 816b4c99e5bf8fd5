"""Steps with a confirm page: take back, sign, announce, file."""

from datetime import timedelta

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.errors import first_refusal
from procure.registers.accounts.views.blueprint import step_up
from procure.registers.deadlines.queries import running_for, term_line
from procure.registers.documents.queries import printed
from procure.render.wording import Section
from procure.stages.contracts import pages, policies, queries
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
from procure.stages.contracts.models import Contract, ContractEarlyEnd
from procure.stages.contracts.notice import notice_sections
from procure.stages.contracts.use_cases import end, issue
from procure.stages.contracts.use_cases import publish as publishing
from procure.stages.contracts.use_cases import sign as signing
from procure.stages.contracts.views.blueprint import (
    CASE,
    blueprint,
    contract_of,
    early_ends_of,
    is_author,
)
from procure.store.proposals import waiting_for
from procure.web.access import current_actor, read_session, request_now
from procure.web.steps import Step, step


@step(blueprint, f"{CASE}/recall", Permission.CONTRACT_DRAFT, "contracts/recall.html")
def recall(number: str) -> Step[object]:
    """Take the text back before the other side signs."""
    contract = contract_of(number)
    form = RecallForm(version=contract.version)
    return Step(
        form=form,
        verdict=policies.may_recall_contract(current_actor(), contract),
        act=form.act(issue.recall_contract, contract.id),
        done="合同已收回，可以重新填写。",
        back=pages.address_of(number),
        shows=lambda: {"contract": contract},
    )


@step(blueprint, f"{CASE}/sign", Permission.CONTRACT_VIEW, "contracts/sign.html")
def sign(number: str) -> Step[object]:
    """Read the text and sign it, for either side."""
    session, actor, now = read_session(), current_actor(), request_now()
    contract = contract_of(number)
    for_buyer = actor.organisation_id == contract.buyer_id
    term = queries.signing_term(session, contract)
    late = for_buyer and policies.is_overdue(term.due_at if term else None, now)
    until = queries.challenge_until(session, contract) if for_buyer else None
    early = until is not None and local_date(now) <= until
    text = queries.text_of(session, contract)
    kind = LateSignForm if late else EarlySignForm if early else SignForm
    form = kind(version=contract.version, data={"sha256": text.digest if text else ""})
    verb = signing.sign_contract_buyer if for_buyer else signing.sign_contract_supplier
    return Step(
        form=form,
        verdict=first_refusal(
            policies.may_sign_as_buyer(actor, contract, is_author=is_author(contract))
            if for_buyer
            else policies.may_sign_as_supplier(actor, contract),
            printed(session, id=contract.document_id),
        ),
        proves=step_up,
        act=form.act(verb, contract.id),
        done="合同已签署并生效，请在 2 个工作日内公告。"
        if for_buyer
        else "您已签署，等待甲方签署。",
        back=pages.address_of(number),
        shows=lambda: {
            "contract": contract,
            "text": text,
            "for_buyer": for_buyer,
            "challenge_until": until if early else None,
            "deadline": term_line(term, now) if term else None,
            "facts": pages.signing_facts(contract),
            "starts_late": contract.starts_on is not None and contract.starts_on < local_date(now),
            "signatures": pages.signature_table(queries.signatures_of(session, contract)),
        },
    )


@step(blueprint, f"{CASE}/publish", Permission.CONTRACT_PUBLISH, "contracts/publish.html")
def publish(number: str) -> Step[object]:
    """Announce the contract after a last look at the notice."""
    contract = contract_of(number)
    form = PublishForm(version=contract.version)
    verdict = first_refusal(
        policies.may_publish_contract(current_actor(), contract),
        printed(read_session(), id=contract.signed_document_id),
    )
    return Step(
        form=form,
        verdict=verdict,
        act=form.act(publishing.publish_contract, contract.id),
        done="合同已公告。",
        back=pages.address_of(number),
        shows=lambda: {
            "contract": contract,
            "sections": _notice(contract) if verdict.ok else (),
            "deadlines": _running(contract),
        },
    )


@step(blueprint, f"{CASE}/filing", Permission.CONTRACT_PUBLISH, "contracts/filing.html")
def file(number: str) -> Step[object]:
    """Enter the filing with the finance department."""
    contract = contract_of(number)
    form = FilingForm(version=contract.version)
    form.filed_on.latest = local_date(request_now())
    if contract.buyer_signed_at is not None:
        form.filed_on.earliest = local_date(contract.buyer_signed_at)
    return Step(
        form=form,
        verdict=policies.may_file_contract(current_actor(), contract),
        act=form.act(publishing.file_contract, contract.id),
        done="合同备案已登记。",
        back=pages.address_of(number),
        shows=lambda: {"contract": contract, "deadlines": _running(contract)},
    )


@step(blueprint, f"{CASE}/early-end", Permission.CONTRACT_DRAFT, "contracts/early_end.html")
def propose_early_end(number: str) -> Step[object]:
    """Propose to end the contract before its term."""
    contract = contract_of(number)
    form = EarlyEndForm(version=contract.version)
    if contract.starts_on is not None and contract.ends_on is not None:
        form.last_on.earliest = contract.starts_on
        form.last_on.latest = contract.ends_on - timedelta(days=1)
    pending = waiting_for(read_session(), ContractEarlyEnd, contract.id)
    return Step(
        form=form,
        verdict=policies.may_propose_early_end(
            current_actor(), contract, pending, local_date(request_now())
        ),
        act=form.act(end.propose_early_end, contract.id),
        done="已提出提前终止，请审核负责人决定。",
        back=pages.address_of(number),
        shows=lambda: _early_end_parts(contract),
    )


@step(
    blueprint,
    f"{CASE}/early-end/decision",
    Permission.CONTRACT_SIGN_BUYER,
    "contracts/early_end_decision.html",
)
def decide_early_end(number: str) -> Step[object]:
    """Agree to the proposal to end the contract early, or refuse it."""
    contract = contract_of(number)
    form = EarlyEndDecisionForm(version=contract.version)
    pending = waiting_for(read_session(), ContractEarlyEnd, contract.id)
    return Step(
        form=form,
        verdict=policies.may_decide_early_end(
            current_actor(), contract, pending, local_date(request_now())
        ),
        proves=step_up,
        act=form.act(end.decide_early_end, contract.id),
        done="已对提前终止作出决定。",
        back=pages.address_of(number),
        shows=lambda: _early_end_parts(contract),
    )


def _early_end_parts(contract: Contract) -> dict[str, object]:
    return {"contract": contract, "early_ends": early_ends_of(contract)}


def _notice(contract: Contract) -> list[Section]:
    """The notice as it would be published now."""
    session = read_session()
    return notice_sections(
        queries.contract_parts(session, contract),
        queries.origin_of(session, contract),
        local_date(request_now()),
    )


def _running(contract: Contract) -> list[DeadlineLine]:
    terms = running_for(read_session(), [contract.id])
    return [term_line(term, request_now()) for term in terms]
