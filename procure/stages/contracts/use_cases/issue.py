"""Print the contract and put it before the parties, or take it back before the other side signs."""

from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.errors import Invalid, first_refusal
from procure.kernel.findings import Finding, count_blocks
from procure.kernel.lifecycle import advance
from procure.kernel.text import require_text
from procure.registers.documents.models import DocumentAudience, DocumentKind
from procure.registers.documents.use_cases import order_paper
from procure.stages.contracts import checks, policies, queries
from procure.stages.contracts.events import ContractIssued, ContractRecalled
from procure.stages.contracts.models import Contract
from procure.stages.contracts.paper import TEMPLATE, contract_data
from procure.stages.contracts.queries import ContractParts, Origin
from procure.stages.contracts.use_cases.fill import take_account
from procure.store import trail
from procure.store.holding import take_up
from procure.store.unit_of_work import UnitOfWork


class IssueContract(Command):
    """Print the text; `confirmed` says yes to what the check wants confirmed."""

    contract_id: str
    version: int
    confirmed: bool = False


class RecallContract(Command):
    """Take an issued text back, saying why."""

    contract_id: str
    version: int
    reason: str


def issue_contract(uow: UnitOfWork, command: IssueContract) -> Contract:
    """Have the contract printed for both parties and let the supplier sign.

    Raises Denied or IllegalTransition by policy, Invalid when a rule stands against the text or a
    finding to confirm was not confirmed.
    """
    contract, tender = queries.load_unsigned(uow.session, command.contract_id)
    parts = queries.contract_parts(uow.session, contract)
    origin = queries.origin_of(uow.session, contract)
    # Office and state before the text is judged, which is asked below.
    verdict = policies.may_issue_contract(uow.actor, contract, blocks=0)
    letter = queries.award_printed(uow.session, contract)
    take_up(contract, command, first_refusal(verdict, policies.purchase_stands(tender), letter))
    findings = findings_of(uow, parts, origin)
    policies.may_issue_contract(uow.actor, contract, blocks=count_blocks(findings)).require()
    to_confirm = checks.to_confirm(findings)
    if to_confirm and not command.confirmed:
        raise Invalid(
            "confirmed",
            "有需要您确认的情况，请勾选后再生成合同文本。",
            remedy="；".join(to_confirm),
        )
    take_account(contract)
    data = contract_data(
        parts,
        origin,
        made_on=local_date(uow.now),
        trail_head=trail.head_of_project(uow.session, contract.project_id),
    )
    # A draft begun under an older version of the terms is printed from the one in force.
    contract.template = TEMPLATE
    order = order_paper(
        uow,
        contract.template,
        data,
        project_id=contract.project_id,
        subject_id=contract.id,
        kind=DocumentKind.CONTRACT,
        title=f"合同 {contract.number}",
        filename=f"{contract.number}.pdf",
        audience=DocumentAudience.PARTIES,
        owner_id=contract.buyer_id,
    )
    contract.state = advance("issue_contract", contract.state)
    contract.document_id = order.id
    contract.issued_at = uow.now
    contract.issued_by = uow.actor.user_id
    uow.emit(
        ContractIssued.of(contract, snapshot_sha256=order.snapshot_sha256, confirmed=to_confirm)
    )
    return contract


def recall_contract(uow: UnitOfWork, command: RecallContract) -> Contract:
    """Take an issued text back to be corrected; the printed paper stays on file.

    Raises IllegalTransition once the supplier has signed, Invalid without a reason.
    """
    contract = queries.load_contract(uow.session, command.contract_id)
    take_up(contract, command, policies.may_recall_contract(uow.actor, contract), "recall_contract")
    reason = require_text(
        command.reason,
        "reason",
        "请写明收回的原因。",
        remedy="原因会告知乙方，并进入存证记录。",
    )
    sha256 = queries.digest_of_text(uow.session, contract)
    contract.document_id = None
    contract.issued_at = contract.issued_by = None
    uow.emit(ContractRecalled.of(contract, sha256=sha256, reason=reason))
    return contract


def findings_of(uow: UnitOfWork, parts: ContractParts, origin: Origin) -> tuple[Finding, ...]:
    """What stands against the contract at this instant."""
    return checks.check_contract(parts, queries.check_facts(uow.session, parts, origin), uow.now)
