"""Contracts, each brought where a test needs it by the use cases of its people."""

from datetime import date, timedelta

from sqlalchemy import select

from procure.kernel.clock import local_date
from procure.kernel.lifecycle import ContractState
from procure.kernel.workdays import CHINA
from procure.stages.contracts import queries
from procure.stages.contracts.drafting import MilestonePlan, is_counted_once, last_day
from procure.stages.contracts.models import Contract, ContractMilestone
from procure.stages.contracts.queries import ContractParts
from procure.stages.contracts.use_cases.fill import (
    PostPlan,
    SaveMilestones,
    SaveOther,
    SaveParties,
    SaveTargets,
    SaveTerm,
    save_milestones,
    save_other,
    save_parties,
    save_targets,
    save_term,
)
from procure.stages.contracts.use_cases.issue import IssueContract, issue_contract
from procure.stages.contracts.use_cases.publish import (
    FileContract,
    PublishContract,
    file_contract,
    publish_contract,
)
from procure.stages.contracts.use_cases.sign import (
    SignContract,
    sign_contract_buyer,
    sign_contract_supplier,
)
from tests.factories.awards import given_announced_result
from tests.factories.bids import (
    PRICES,
    at_opening,
    given_submitted_bid,
    given_tender_for_bids,
    open_now,
)
from tests.world import World

CLERK, APPROVER = "jingban", "shenhe"
MEMBER, SIGNATORY = "jigou1", "fuzeren1"
"""The people of the winner."""
LOWEST = min(PRICES.values()) - 50_000
COUNTED = 2
URGENT = "原合同已经届满，服务不能中断。"
ROLL = "2026年4月采购人移交的服务对象名册"
POSTS = (
    PostPlan("项目主管", 1, "社会工作师", "统筹两站服务"),
    PostPlan("社会工作者", 2, "助理社会工作师以上", "站点开放、活动和探访"),
)


def given_drafted_contract(world: World) -> Contract:
    """The contract as the announced result leaves it; the first supplier bids lowest and wins."""
    tender = given_tender_for_bids(world)
    for number in PRICES:
        given_submitted_bid(world, tender, number, price_fen=LOWEST if number == 1 else None)
    at_opening(world, tender)
    given_announced_result(world, open_now(world, tender))
    return contract_of(world)


def given_filled_contract(world: World, starts_on: date | None = None) -> Contract:
    """A draft with every section saved, from one that was just drafted."""
    contract = contract_of(world)
    day = starts_on or CHINA.next_workday(local_date(world.now) + timedelta(days=7))
    fill(world, contract, day)
    return contract_of(world)


def given_issued_contract(world: World) -> Contract:
    """A contract whose text is printed and waits for the supplier, from a drafted one.

    Where the world is parked at it, it is taken as it stands.
    """
    if contract_of(world).state is not ContractState.DRAFT:
        return contract_of(world)
    contract = given_filled_contract(world)
    with world.uow(CLERK) as uow:
        issue_contract(uow, IssueContract(contract.id, contract.version, confirmed=True))
    return contract_of(world)


def given_supplier_signed_contract(world: World) -> Contract:
    """A contract that the supplier has signed, from a drafted one."""
    given_issued_contract(world)
    with world.uow(SIGNATORY) as uow:
        sign_contract_supplier(uow, signing(world, SIGNATORY))
    return contract_of(world)


def given_signed_contract(world: World) -> Contract:
    """A contract in force, from a drafted one."""
    given_supplier_signed_contract(world)
    with world.uow(APPROVER) as uow:
        sign_contract_buyer(uow, signing(world, APPROVER))
    return contract_of(world)


def given_published_contract(world: World) -> Contract:
    """A contract in force and announced, from a drafted one."""
    contract = given_signed_contract(world)
    with world.uow(CLERK) as uow:
        publish_contract(uow, PublishContract(contract.id, contract.version))
    return contract_of(world)


def given_filed_contract(world: World) -> Contract:
    """A contract in force, announced and filed, from a drafted one."""
    contract = given_published_contract(world)
    today = local_date(world.now)
    with world.uow(CLERK) as uow:
        file_contract(
            uow, FileContract(contract.id, contract.version, "斗财采备〔2026〕7号", today)
        )
    return contract_of(world)


def contract_of(world: World) -> Contract:
    """The one contract of this world, as it is committed: an open unit of work loses what it changed."""
    found = world.session.scalars(select(Contract.id)).one()
    world.session.rollback()
    return queries.load_contract(world.session, found)


def contract_parts(world: World) -> ContractParts:
    """The contract with everything in it."""
    return queries.contract_parts(world.session, contract_of(world))


def signing(
    world: World, username: str, late_reason: str = "", window_reason: str = URGENT
) -> SignContract:
    """The act of signing the text on file under the person's own name."""
    contract = contract_of(world)
    return SignContract(
        contract.id,
        contract.version,
        queries.digest_of_text(world.session, contract),
        world.actor(username).name,
        late_reason,
        window_reason,
    )


def counts_of(parts: ContractParts) -> dict[str, int]:
    """Two of whatever the targets count for."""
    return {row.each: COUNTED for row in parts.targets if not is_counted_once(row.each)}


def fill(world: World, contract: Contract, starts_on: date) -> None:
    """Save every section of the draft as a clerk would."""
    key = contract.id
    with world.uow(CLERK) as uow:
        save_parties(uow, usual_parties(contract))
    with world.uow(CLERK) as uow:
        save_term(uow, usual_term(contract_of(world), starts_on))
    parts = contract_parts(world)
    version, counts = parts.contract.version, counts_of(parts)
    with world.uow(CLERK) as uow:
        save_targets(uow, SaveTargets(key, version, counts, POSTS, ROLL))
    parts = contract_parts(world)
    rows = [plan_of(row) for row in parts.milestones]
    version = parts.contract.version
    with world.uow(CLERK) as uow:
        save_milestones(uow, SaveMilestones(key, version, rows))
    version = contract_of(world).version
    with world.uow(CLERK) as uow:
        save_other(uow, SaveOther(key, version, "甲方无偿提供两处站点场地。", ""))


def usual_parties(contract: Contract) -> SaveParties:
    """Contacts, and the account that the supplier has registered."""
    return SaveParties(
        contract.id,
        contract.version,
        "陈晓岚",
        "0756-0000021",
        "林佳怡",
        "0756-0000061",
    )


def usual_term(contract: Contract, starts_on: date) -> SaveTerm:
    """The whole announced term from a day on."""
    return SaveTerm(
        contract.id,
        contract.version,
        starts_on,
        last_day(starts_on, contract.term_months),
        "珠海市斗门区井岸镇、白蕉镇",
        "两镇六十周岁以上老年人",
        120,
    )


def plan_of(row: ContractMilestone) -> MilestonePlan:
    """A milestone's row as a command takes it."""
    return MilestonePlan(row.title, row.due_on, row.lead_unit, row.assisting_unit)
