"""Sign the contract: the supplier first, the buyer second; with the second it is in force.

A signature is an act on record: who, for whom, when, over which text (its SHA-256). Reliable
electronic signatures on the paper itself (电子签名法 art 13) are a later matter; the paper keeps
the places for signing by hand.
"""

from datetime import timedelta

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.day_words import day_in_words
from procure.kernel.errors import Conflict, Invalid, first_refusal
from procure.kernel.text import key, require_text
from procure.registers.deadlines.use_cases import meet_term, start_term
from procure.registers.documents.models import DocumentAudience, DocumentKind, PaperOrder
from procure.registers.documents.queries import printed
from procure.registers.documents.use_cases import order_paper
from procure.registers.funds import use_cases as funds
from procure.registers.funds.queries import Purse
from procure.stages.contracts import policies, queries
from procure.stages.contracts.events import ContractSigned, ContractSignedBySupplier
from procure.stages.contracts.models import Contract
from procure.stages.contracts.paper import signed_data
from procure.store.holding import take_up
from procure.store.unit_of_work import UnitOfWork, explain_constraint

explain_constraint(
    "ck_contract_two_people",
    "full_name",
    "合同文本由您填写，或者由您生成送签，不能再由您代表甲方签署。",
    policies.RULE_TWO_PEOPLE,
)


class SignContract(Command):
    """Sign the text whose digest is `sha256`; `full_name` is the signer's own, typed.

    `late_reason` is why the thirty days were not kept, when they were not (T28); `window_reason` why
    the buyer does not wait until nobody can challenge the result any more (T33).
    """

    contract_id: str
    version: int
    sha256: str
    full_name: str
    late_reason: str = ""
    window_reason: str = ""


def sign_contract_supplier(uow: UnitOfWork, command: SignContract) -> Contract:
    """Sign for the supplier.

    Raises Denied or IllegalTransition by policy, Invalid when the typed name is not the signer's,
    Conflict when the text on file is not the one that was read.
    """
    contract, tender = queries.load_unsigned(uow.session, command.contract_id)
    verdict = policies.may_sign_as_supplier(uow.actor, contract)
    text = printed(uow.session, id=contract.document_id)
    stands = first_refusal(verdict, policies.purchase_stands(tender), text)
    take_up(contract, command, stands, "sign_contract_supplier")
    sha256 = _check_act(uow, contract, command)
    contract.supplier_signed_by = uow.actor.user_id
    contract.supplier_signed_at = uow.now
    uow.emit(
        ContractSignedBySupplier.of(
            contract,
            sha256=sha256,
            signatory=uow.actor.name,
            organisation=uow.actor.organisation_name,
        )
    )
    return contract


def sign_contract_buyer(uow: UnitOfWork, command: SignContract) -> Contract:
    """Sign for the buyer; the money is committed and publication and filing fall due.

    Signing after the thirty days of 政府采购法 art 46, or while the result can still be challenged, is
    possible with a stated reason only. Raises
    what `sign_contract_supplier` raises, and Invalid when the plan's reservation is too small.
    """
    contract, tender = queries.load_unsigned(uow.session, command.contract_id)
    is_author = queries.AUTHORS.include(uow.session, uow.actor, contract.project_id)
    verdict = policies.may_sign_as_buyer(uow.actor, contract, is_author=is_author)
    text = printed(uow.session, id=contract.document_id)
    stands = first_refusal(verdict, policies.purchase_stands(tender), text)
    take_up(contract, command, stands, "sign_contract_buyer")
    contract.buyer_signed_by = uow.actor.user_id
    contract.buyer_signed_at = uow.now
    sha256 = _check_act(uow, contract, command)
    _check_start(uow, contract)
    term = queries.signing_term(uow.session, contract)
    late = policies.is_overdue(term.due_at if term is not None else None, uow.now)
    if late:
        contract.late_reason = require_text(
            command.late_reason,
            "late_reason",
            "成交通知书发出已超过 30 日，要说明逾期签订的原因。",
            policies.RULE_SIGNING,
            "请写明原因；原因进入存证记录，审计可以查看。",
        )
    contract.window_reason = _window_reason(uow, contract, command)
    _commit_money(uow, contract)
    if term is not None:
        meet_term(uow, term.subject_id, queries.SIGNING)
    _start_duties(uow, contract)
    copy = _order_signed(uow, contract, sha256)
    contract.signed_document_id = copy.id
    uow.emit(
        ContractSigned.of(
            contract,
            sha256=sha256,
            signatory=uow.actor.name,
            organisation=uow.actor.organisation_name,
            supplier_name=contract.supplier.name,
            supplier_signatory_id=contract.supplier_signed_by,
            signing_due_on=term.due_on if term else None,
            window_reason=contract.window_reason,
            copy_snapshot_sha256=copy.snapshot_sha256,
        )
    )
    return contract


def _check_start(uow: UnitOfWork, contract: Contract) -> None:
    """The service begins as soon after signing as the document said (政府采购法 art 46)."""
    within = queries.start_within_days(uow.session, contract)
    if within is None or contract.starts_on is None:
        return
    first = contract.starts_on - timedelta(days=within)
    if local_date(uow.now) < first:
        raise Invalid(
            "",
            f"采购文件要求签订后 {within} 日内开始服务，合同写的服务开始日期是"
            f"{day_in_words(contract.starts_on)}，今天签订就超过了。",
            policies.RULE_SIGNING,
            f"请在{day_in_words(first)}或以后签署；要早签的，请在乙方签署以前收回改期。",
        )


def _window_reason(uow: UnitOfWork, contract: Contract, command: SignContract) -> str:
    """Why the buyer signs before the time to challenge the result is over; empty after it.

    A challenge that may change the result suspends the signing (实施条例 art 54): who signs earlier
    takes that upon them, and says why.
    """
    until = queries.challenge_until(uow.session, contract)
    if until is None or local_date(uow.now) > until:
        return ""
    return require_text(
        command.window_reason,
        "window_reason",
        f"供应商对成交结果提出质疑的期限到{day_in_words(until)}才届满，提前签订要说明原因。",
        policies.RULE_CHALLENGE,
        "请等期限届满再签；确需提前的，请写明原因，原因进入存证记录。",
    )


def _check_act(uow: UnitOfWork, contract: Contract, command: SignContract) -> str:
    """The digest of the text on file, once text and name are those of the page."""
    sha256 = queries.digest_of_text(uow.session, contract)
    if command.sha256 != sha256:
        raise Conflict(
            "您阅读的合同文本与现在待签的文本不一致，没有签署。",
            rule=policies.RULE_SIGNING,
            remedy="请重新打开合同文本，核对校验码后再签署。",
        )
    if key(command.full_name) != key(uow.actor.name):
        raise Invalid(
            "full_name",
            "填写的姓名与登录人的姓名不一致。",
            remedy="请填写您本人的姓名，表示由您本人签署。",
        )
    return sha256


def _commit_money(uow: UnitOfWork, contract: Contract) -> None:
    plan, line = queries.budget_of(uow.session, contract)
    shares = queries.shares_of(uow.session, contract.id)
    funds.commit(
        uow,
        Purse(line, contract.project, contract.id),
        plan_id=plan.id,
        amount_fen=contract.amount_fen,
        by_level={share.level: share.amount_fen for share in shares},
    )


def _start_duties(uow: UnitOfWork, contract: Contract) -> None:
    """Publication within two working days (T29), filing within seven (T30)."""
    for rule in (queries.PUBLICATION, queries.FILING):
        start_term(
            uow,
            project_id=contract.project_id,
            subject_id=contract.id,
            rule=rule,
            permission=Permission.CONTRACT_PUBLISH,
            organisation_id=contract.buyer_id,
        )


def _order_signed(uow: UnitOfWork, contract: Contract, sha256: str) -> PaperOrder:
    """Have the text printed once more with who signed it: the paper that is handed on (电子签名法 art 5)."""
    text = queries.document_of_text(uow.session, contract)
    signatures = [
        *queries.signatures_of(uow.session, contract),
        queries.Signature("甲方", uow.actor.name, uow.actor.organisation_name, uow.now, sha256, ""),
    ]
    data = signed_data(text.snapshot or {}, sha256, signatures, local_date(uow.now))
    return order_paper(
        uow,
        contract.template,
        data,
        project_id=contract.project_id,
        subject_id=contract.id,
        kind=DocumentKind.CONTRACT,
        title=f"合同 {contract.number}（已签署）",
        filename=f"{contract.number}-已签署.pdf",
        audience=DocumentAudience.PARTIES,
        owner_id=contract.buyer_id,
    )
