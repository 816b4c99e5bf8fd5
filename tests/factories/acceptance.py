"""Acceptances, each brought where a test needs it by the use cases of its people."""

from procure.kernel.access import VISITOR
from procure.kernel.clock import FixedClock
from procure.stages.acceptance import queries
from procure.stages.acceptance.models import Acceptance, Seat
from procure.stages.acceptance.queries import AcceptancePage
from procure.stages.acceptance.use_cases.collect import (
    AnswerSlip,
    OpenAcceptance,
    PrintSlips,
    answer_slip,
    open_acceptance,
    print_slips,
)
from procure.stages.acceptance.use_cases.decide import (
    ItemJudgement,
    MemberEntry,
    PassAcceptance,
    PublishAcceptance,
    SaveGroup,
    SaveItems,
    pass_acceptance,
    publish_acceptance,
    save_group,
    save_items,
)
from procure.stages.delivery.queries import progress
from procure.store.unit_of_work import UnitOfWork
from tests.factories.contracts import CLERK, contract_of
from tests.world import World

ACCEPTER = "yanshou"
HAPPY = (5, 4, 5, 4, 5)
MEMBERS = (
    MemberEntry(Seat.LEADER, "黄雅文", "珠海市斗门区民政局", "验收负责人", "同意验收。"),
    MemberEntry(Seat.EXPERT, "郑明德", "珠海城市职业技术学院", "副教授", "档案完整，服务规范。"),
)


def given_opened_acceptance(world: World) -> Acceptance:
    """An acceptance with its sample drawn; from a contract whose final evaluation stands."""
    contract = contract_of(world)
    with world.uow(ACCEPTER) as uow:
        open_acceptance(uow, OpenAcceptance(contract.id))
    return acceptance_of(world)


def given_tokens(world: World) -> list[str]:
    """The codes of newly printed slips, in the order of the slips."""
    with world.uow(CLERK) as uow:
        return [slip.token for slip in print_slips(uow, PrintSlips(acceptance_of(world).id))]


def given_answers(world: World, count: int, answers: tuple[int, ...] = HAPPY) -> list[str]:
    """So many recipients answer by their codes; all codes that were printed."""
    tokens = given_tokens(world)
    for token in tokens[:count]:
        with visitor(world) as uow:
            answer_slip(uow, AnswerSlip(token, answers))
    return tokens


def given_judged_acceptance(world: World, answers: int = 5) -> Acceptance:
    """An acceptance ready to be decided; from a contract whose final evaluation stands."""
    given_opened_acceptance(world)
    given_answers(world, answers)
    with world.uow(ACCEPTER) as uow:
        save_items(uow, judgements(world))
    with world.uow(ACCEPTER) as uow:
        acceptance = acceptance_of(world)
        save_group(uow, SaveGroup(acceptance.id, acceptance.version, MEMBERS))
    return acceptance_of(world)


def given_passed_acceptance(world: World) -> Acceptance:
    """An acceptance with its certificate; from a contract whose final evaluation stands."""
    given_judged_acceptance(world)
    with world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world))
    return acceptance_of(world)


def given_published_acceptance(world: World) -> Acceptance:
    """An acceptance that is public; from a contract whose final evaluation stands."""
    acceptance = given_passed_acceptance(world)
    with world.uow(CLERK) as uow:
        publish_acceptance(uow, PublishAcceptance(acceptance.id, acceptance.version))
    return acceptance_of(world)


def acceptance_of(world: World) -> Acceptance:
    """The acceptance as it stands."""
    found = queries.find_acceptance(world.session, contract_of(world).id)
    assert found is not None
    return found


def page_of(world: World) -> AcceptancePage:
    """Everything about the acceptance."""
    return queries.page_of(world.session, contract_of(world))


def visitor(world: World) -> UnitOfWork:
    """A unit of work of somebody without an account."""
    return UnitOfWork(world.session, VISITOR, FixedClock(world.now))


def judgements(world: World, *, passed: bool = True, note: str = "已按约定调整。") -> SaveItems:
    """The same judgement of every target."""
    acceptance = acceptance_of(world)
    return SaveItems(
        acceptance.id,
        acceptance.version,
        tuple(
            ItemJudgement(target.position, passed, note)
            for target in progress(world.session, acceptance.contract_id)
        ),
    )


def passing(world: World, reason: str = "") -> PassAcceptance:
    """The usual conclusion."""
    acceptance = acceptance_of(world)
    return PassAcceptance(
        acceptance.id,
        acceptance.version,
        place="井岸站",
        method="查阅档案，逐项核验。",
        conclusion="服务符合合同约定。",
        low_response_reason=reason,
    )
