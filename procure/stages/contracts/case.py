"""What the case page shows of the contract, and what waits for whom."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.case_lines import PersonLine, Task
from procure.kernel.clock import local_date
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.lifecycle import ContractState, Stage
from procure.kernel.money import Money
from procure.kernel.paths import notice_path
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.queries import names_of
from procure.registers.deadlines.models import TermStatus
from procure.registers.deadlines.queries import term_line
from procure.registers.notices import queries as notices
from procure.registers.projects.models import Project
from procure.stages.contracts import pages, policies, queries
from procure.stages.contracts.models import Contract, ContractEarlyEnd
from procure.stages.contracts.steps import CONTRACT_STEPS, ContractFacts
from procure.store.proposals import waiting_for
from procure.web.case_panel import CasePanel, NextStep
from procure.web.presenters import Fact, Link
from procure.web.step_table import offered, tasks_of

TERM_OF_STATE = {
    ContractState.DRAFT: queries.SIGNING,
    ContractState.ISSUED: queries.SIGNING,
    ContractState.SUPPLIER_SIGNED: queries.SIGNING,
    ContractState.SIGNED: queries.PUBLICATION,
    ContractState.PUBLISHED: queries.FILING,
}
"""In each state the statutory term that presses."""


def panel(session: Session, actor: Actor, project: Project, now: datetime) -> CasePanel | None:
    """The contract for its parties and overseers; others read the contract notice."""
    contract = queries.find_of_project(session, actor, project.id)
    links = tuple(
        Link(f"{notice.title}（{notice.number}）", notice_path(notice.number))
        for notice in notices.of_project(session, project.id)
        if notice.kind is NoticeKind.CONTRACT
    )
    if contract is None:
        return CasePanel(stage=Stage.CONTRACT, title="合同", links=links) if links else None
    readable = policies.may_read_text(actor, contract)
    if not readable.ok:
        return CasePanel(
            stage=Stage.CONTRACT,
            title="合同",
            badge=pages.badge_of(actor, contract),
            facts=(Fact("进展", readable.reason),),
            links=links,
        )
    return CasePanel(
        stage=Stage.CONTRACT,
        title="合同",
        badge=pages.badge_of(actor, contract),
        facts=pages.head_facts(contract),
        steps=steps_of(session, actor, contract, now),
        deadlines=tuple(
            term_line(term, now)
            for term in queries.terms_of(session, contract)
            if term.status is TermStatus.RUNNING
        ),
        papers=tuple(queries.papers_of_contract(session, contract)),
        people=_people(session, contract),
        links=(Link("查看合同", pages.address(contract)), *links),
    )


def _people(session: Session, contract: Contract) -> tuple[tuple[str, PersonLine], ...]:
    names = names_of(session, [contract.supplier_signed_by, contract.buyer_signed_by])
    people = []
    for duty, signer, organisation in (
        ("乙方签署", contract.supplier_signed_by, contract.supplier.name),
        ("甲方签署", contract.buyer_signed_by, contract.buyer.name),
    ):
        if signer is not None:
            people.append((duty, PersonLine(names.get(signer, ""), organisation)))
    return tuple(people)


def facts_of(
    actor: Actor,
    contract: Contract,
    pending: ContractEarlyEnd | None,
    now: datetime,
    *,
    is_author: bool,
    deadline: DeadlineLine | None = None,
) -> ContractFacts:
    """What the steps of a contract are asked about."""
    return ContractFacts(
        actor,
        contract.state,
        contract.project,
        supplier_id=contract.supplier_id,
        aside=f"合同金额 {Money(contract.amount_fen).format()}",
        deadline=deadline,
        contract=contract,
        today=local_date(now),
        is_author=is_author,
        pending=pending,
    )


def steps_of(
    session: Session, actor: Actor, contract: Contract, now: datetime
) -> tuple[NextStep, ...]:
    """The steps that are this reader's office, refused ones with their reason."""
    is_author = queries.AUTHORS.include(session, actor, contract.project_id)
    pending = waiting_for(session, ContractEarlyEnd, contract.id)
    return offered(CONTRACT_STEPS, facts_of(actor, contract, pending, now, is_author=is_author))


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """The contracts that wait for this actor, each with the day by which the law wants it done."""
    if not actor.may(Permission.CONTRACT_VIEW) or not actor.organisation_id:
        return []
    waiting = queries.waiting(session, actor)
    contracts = [contract for contract, _ in waiting]
    lines = _lines(session, contracts, now)
    written = queries.AUTHORS.among(session, actor, [one.project_id for one in contracts])
    found = [
        facts_of(
            actor,
            contract,
            pending,
            now,
            is_author=contract.project_id in written,
            deadline=lines.get(contract.id),
        )
        for contract, pending in waiting
    ]
    return tasks_of(CONTRACT_STEPS, found)


def _lines(
    session: Session, contracts: Sequence[Contract], now: datetime
) -> dict[str, DeadlineLine]:
    """The running term of each contract's state, in one statement."""
    terms = queries.running_terms(session, [contract.project_id for contract in contracts])
    lines = {}
    for contract in contracts:
        term = terms.get((contract.project_id, TERM_OF_STATE.get(contract.state, "")))
        if term is not None:
            lines[contract.id] = term_line(term, now)
    return lines
