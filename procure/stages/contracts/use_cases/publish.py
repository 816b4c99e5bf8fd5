"""After signing: announce the contract, file it with finance, and in the end complete it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.errors import Invalid, first_refusal
from procure.kernel.lifecycle import advance
from procure.kernel.text import require_text, titled
from procure.kernel.vocabulary import NoticeKind
from procure.registers.deadlines.use_cases import meet_term
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.queries import printed
from procure.registers.documents.use_cases import order_paper
from procure.registers.notices.use_cases import publish_notice
from procure.render.documents import digest_of_data
from procure.stages.contracts import policies, queries
from procure.stages.contracts.events import (
    ContractCompleted,
    ContractFiled,
    ContractPublished,
    ContractReopened,
)
from procure.stages.contracts.models import Contract
from procure.stages.contracts.notice import notice_sections
from procure.stages.contracts.publication import copy_section, publication_data
from procure.store.holding import take_up
from procure.store.unit_of_work import UnitOfWork

LOWEST_WITH_NOTE = "home-care@2"


class PublishContract(Command):
    """Announce the signed contract."""

    contract_id: str
    version: int


class FileContract(Command):
    """Enter the number and day under which finance has filed the copy."""

    contract_id: str
    version: int
    filing_number: str
    filed_on: date


def publish_contract(uow: UnitOfWork, command: PublishContract) -> str:
    """Announce the contract with its text (政府采购法实施条例 art 50); gives the notice's number.

    The public paper is a copy without account, contact persons and their numbers; notice and event
    tell its digest beside that of the signed text.
    """
    contract = queries.load_contract(uow.session, command.contract_id)
    verdict = policies.may_publish_contract(uow.actor, contract)
    signed = printed(uow.session, id=contract.signed_document_id)
    take_up(contract, command, first_refusal(verdict, signed), "publish_contract")
    contract.published_at = uow.now
    parts = queries.contract_parts(uow.session, contract)
    origin = queries.origin_of(uow.session, contract)
    text = queries.document_of_text(uow.session, contract)
    template, data = _copy_of(uow, contract, text)
    notice = publish_notice(
        uow,
        project=contract.project,
        kind=NoticeKind.CONTRACT,
        title=titled(contract.project.title, "合同公告"),
        sections=(
            *notice_sections(parts, origin, local_date(uow.now)),
            *copy_section(text.sha256, digest_of_data(data)),
        ),
    )
    copy = order_paper(
        uow,
        template,
        data,
        project_id=contract.project_id,
        subject_id=notice.id,
        kind=DocumentKind.CONTRACT,
        title=f"合同 {contract.number}（公告副本）",
        filename=f"{contract.number}-公告副本.pdf",
        audience=DocumentAudience.PUBLIC,
    )
    meet_term(uow, contract.id, queries.PUBLICATION)
    uow.emit(
        ContractPublished.of(
            contract,
            notice_number=notice.number,
            sha256=text.sha256,
            copy_snapshot_sha256=copy.snapshot_sha256,
            supplier_name=contract.supplier.name,
        )
    )
    return notice.number


def _copy_of(uow: UnitOfWork, contract: Contract, text: Document) -> tuple[str, Mapping[str, Any]]:
    """Template and data of the public copy: in the terms that were signed, with who signed them.

    The first version of the terms has no place for the note that it is a copy.
    """
    signed = contract.signed_document_id
    paper = uow.session.get_one(Document, signed) if signed else text
    template = LOWEST_WITH_NOTE if contract.template == "home-care@1" else contract.template
    return template, publication_data(paper.snapshot or {}, text.sha256)


def file_contract(uow: UnitOfWork, command: FileContract) -> Contract:
    """Enter the filing with the finance department (政府采购法 art 47).

    Raises Invalid without a number, or for a day before the signing or after today.
    """
    contract = queries.load_contract(uow.session, command.contract_id)
    take_up(contract, command, policies.may_file_contract(uow.actor, contract), "file_contract")
    number = require_text(
        command.filing_number,
        "filing_number",
        "请填写财政部门的备案编号。",
        policies.RULE_FILING,
    )
    signed_at = contract.buyer_signed_at
    if signed_at is None or not local_date(signed_at) <= command.filed_on <= local_date(uow.now):
        raise Invalid(
            "filed_on",
            "备案日期应当在合同签订之后，不晚于今天。",
            policies.RULE_FILING,
            "请按财政部门的备案回执填写。",
        )
    contract.filed_at = uow.now
    contract.filed_on = command.filed_on
    contract.filing_number = number
    meet_term(uow, contract.id, queries.FILING, on=command.filed_on)
    uow.emit(ContractFiled.of(contract))
    return contract


def reopen_contract(uow: UnitOfWork, contract_id: str) -> Contract:
    """Take a completion back: a payment that counted towards it has been reversed."""
    contract = queries.load_contract(uow.session, contract_id)
    contract.state = advance("reopen_contract", contract.state)
    contract.completed_at = None
    uow.emit(ContractReopened.of(contract))
    return contract


def complete_contract(uow: UnitOfWork, contract_id: str) -> Contract:
    """Note that everything is delivered and paid; the payments stage calls it after the last one."""
    contract = queries.load_contract(uow.session, contract_id)
    contract.state = advance("complete_contract", contract.state)
    contract.completed_at = uow.now
    uow.emit(ContractCompleted.of(contract))
    return contract
