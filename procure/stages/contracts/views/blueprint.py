"""The blueprint of contracts, and what its pages share."""

from dataclasses import replace

from flask import Blueprint

from procure.kernel.findings import Finding
from procure.registers.accounts.queries import names_of
from procure.stages.contracts import checks, pages, queries
from procure.stages.contracts.models import Contract, ContractEarlyEnd
from procure.stages.contracts.queries import ContractParts
from procure.store.proposals import asked_of, parties_to
from procure.web.access import current_actor, read_session, request_now
from procure.web.columns import Table

CASE = "/projects/<number>/contract"

blueprint = Blueprint("contracts", __name__)


def contract_of(number: str) -> Contract:
    """The contract of a project as it stands now; NotFound when it is not for this reader."""
    return queries.get_contract(read_session(), current_actor(), number)


def is_author(contract: Contract) -> bool:
    """Whether the present reader had a hand in the text."""
    return queries.AUTHORS.include(read_session(), current_actor(), contract.project_id)


def early_ends_of(contract: Contract) -> Table:
    """The proposals to end the contract early, as the present reader may see them."""
    session = read_session()
    proposals = asked_of(session, ContractEarlyEnd, contract.id)
    names = names_of(session, parties_to(proposals)) if proposals else {}
    return pages.early_end_table(current_actor(), contract, proposals, names)


def findings_of(parts: ContractParts) -> tuple[Finding, ...]:
    """What stands against the contract, each finding leading to its section."""
    session = read_session()
    facts = queries.check_facts(session, parts, queries.origin_of(session, parts.contract))
    return tuple(
        replace(found, href=pages.address(parts.contract, found.href)) if found.href else found
        for found in checks.check_contract(parts, facts, request_now())
    )
