"""Acceptances, each brought where a test needs it by the use cases of its people."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import select

from procure.kernel.access import VISITOR
from procure.kernel.clock import FixedClock, local_date
from procure.kernel.lifecycle import ServiceRecordState
from procure.kernel.workdays import CHINA
from procure.stages.acceptance import queries
from procure.stages.acceptance.models import Acceptance, Seat
from procure.stages.acceptance.panel import MemberEntry
from procure.stages.acceptance.queries import AcceptanceDossier
from procure.stages.acceptance.use_cases.ask import ReportAmends, report_amends
from procure.stages.acceptance.use_cases.collect import (
    AnswerSlip,
    OpenAcceptance,
    answer_slip,
    open_acceptance,
    print_slips,
)
from procure.stages.acceptance.use_cases.decide import (
    Deduction,
    Judgement,
    PassAcceptance,
    PublishAcceptance,
    SaveGroup,
    SaveItems,
    pass_acceptance,
    publish_acceptance,
    save_group,
    save_items,
)
from procure.stages.acceptance.use_cases.sign import (
    FileSignedCopy,
    SignCertificate,
    file_signed_copy,
    sign_certificate,
)
from procure.stages.contracts.models import Contract
from procure.stages.contracts.policies import last_service_day
from procure.stages.delivery.counting import is_each_person
from procure.stages.delivery.models import Recipient, ServiceRecord, StaffMember
from procure.stages.delivery.progress import TargetProgress, windows
from procure.stages.delivery.queries import progress
from procure.store.unit_of_work import UnitOfWork
from tests.factories.bids import given_upload
from tests.factories.contracts import CLERK, MEMBER, contract_of
from tests.factories.registers import pdf_file
from tests.world import World

ACCEPTER = "yanshou"
HAPPY = (5, 4, 5, 4, 5)
MEMBERS = (
    MemberEntry(Seat.LEADER, "黄雅文", "珠海市斗门区民政局", "验收负责人", "同意验收。"),
    MemberEntry(Seat.EXPERT, "郑明德", "珠海城市职业技术学院", "副教授", "档案完整，服务规范。"),
)


def given_whole_delivery(world: World, *, whole: bool = True) -> None:
    """What is missing of each target, verified: a year of records made at once, in one record each;
    if not `whole`, one service of the first target for each person.

    Each person on the register is among those served. The rows are written as the verbs leave them;
    a year of single services would take the tests minutes.
    """
    contract = contract_of(world)
    staff = world.session.scalars(select(StaffMember.id)).first()
    people = world.session.scalars(select(Recipient.id).order_by(Recipient.code)).all()
    member, clerk = world.actor(MEMBER).user_id, world.actor(CLERK).user_id
    rows = [
        ServiceRecord(
            contract_id=contract.id,
            target_id=target.target_id,
            staff_id=staff,
            recipient_id=recipient,
            served_on=day,
            started_minute=9 * 60,
            ended_minute=10 * 60,
            place="井岸站",
            quantity=quantity,
            people=1,
            content="按合同提供服务。",
            backfilled=False,
            state=ServiceRecordState.ACCEPTED,
            recorded_by=member,
            recorded_at=world.now,
            reviewed_by=clerk,
            reviewed_at=world.now,
        )
        for target in progress(world.session, contract.id)
        for recipient, day, quantity in _services(contract, target, people, whole=whole)
    ]
    with UnitOfWork(world.session, world.actor(CLERK), world.clock, technical=True) as uow:
        uow.session.add_all(rows)


def _services(
    contract: Contract, target: TargetProgress, people: Sequence[str], *, whole: bool
) -> list[tuple[str, date, int]]:
    """For whom, when and how much of a target is recorded, so that all of it counts."""
    assert contract.starts_on is not None
    assert contract.ends_on is not None
    if not whole:
        return (
            [(one, last_service_day(contract), 1) for one in people] if target.position == 1 else []
        )
    if is_each_person(target.each):
        return [
            (one, last, target.at_least)
            for _, last in windows(target.period, contract.starts_on, contract.ends_on)
            for one in people[: target.each_count]
        ]
    each, more = divmod(max(0, target.total - target.accepted), len(people))
    shares = [each + (at < more) for at in range(len(people))]
    return [
        (one, contract.ends_on, share) for one, share in zip(people, shares, strict=True) if share
    ]


def after_the_term(world: World) -> None:
    """Go to the first working day after the last day of services, unless it is past."""
    day = CHINA.next_workday(last_service_day(contract_of(world)) + timedelta(days=1))
    if local_date(world.now) < day:
        world.at(day, 9)


def given_opened_acceptance(world: World, *, whole: bool = True) -> Acceptance:
    """An acceptance with its sample drawn after the last day of services, everything delivered
    unless not `whole`; from a contract whose final evaluation stands.
    """
    after_the_term(world)
    given_whole_delivery(world, whole=whole)
    contract = contract_of(world)
    with world.uow(ACCEPTER) as uow:
        open_acceptance(uow, OpenAcceptance(contract.id))
    return acceptance_of(world)


def given_tokens(world: World) -> list[str]:
    """The codes of newly printed slips, in the order of the slips."""
    with world.uow(CLERK) as uow:
        return [slip.token for slip in print_slips(uow, acceptance_of(world).id)]


def given_answers(world: World, count: int, answers: tuple[int, ...] = HAPPY) -> list[str]:
    """So many recipients answer by their codes; all codes that were printed."""
    tokens = given_tokens(world)
    for token in tokens[:count]:
        with visitor(world) as uow:
            answer_slip(uow, AnswerSlip(token, answers))
    return tokens


def given_judged_acceptance(world: World, answers: int = 5, *, whole: bool = True) -> Acceptance:
    """An acceptance ready to be decided; from a contract whose final evaluation stands."""
    given_opened_acceptance(world, whole=whole)
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


def given_reported_amends(world: World) -> Acceptance:
    """What was refused is put right as the provider says; from a refused acceptance."""
    acceptance = acceptance_of(world)
    with world.uow(MEMBER) as uow:
        report_amends(uow, ReportAmends(acceptance.id, acceptance.version, "已补足探访。"))
    return acceptance_of(world)


def given_signed_certificate(world: World) -> Acceptance:
    """A certificate that its whole group has signed, from an acceptance that was passed."""
    acceptance = acceptance_of(world)
    actor = world.actor(ACCEPTER)
    digest = queries.certificate_digest(world.session, acceptance)
    with world.uow(ACCEPTER) as uow:
        sign_certificate(
            uow, SignCertificate(acceptance.id, acceptance.version, digest, actor.name)
        )
    token = given_upload(world, pdf_file(), "签字件.pdf", ACCEPTER)
    acceptance = acceptance_of(world)
    with world.uow(ACCEPTER) as uow:
        file_signed_copy(uow, FileSignedCopy(acceptance.id, acceptance.version, token))
    return acceptance_of(world)


def given_published_acceptance(world: World) -> Acceptance:
    """An acceptance that is public; from a contract whose final evaluation stands."""
    given_passed_acceptance(world)
    acceptance = given_signed_certificate(world)
    with world.uow(CLERK) as uow:
        publish_acceptance(uow, PublishAcceptance(acceptance.id, acceptance.version))
    return acceptance_of(world)


def given_partial_acceptance(world: World, deduction: Deduction) -> Acceptance:
    """A public acceptance of a short delivery that takes money off; from where the usual one starts."""
    given_judged_acceptance(world, whole=False)
    with world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world, deduction=deduction))
    acceptance = given_signed_certificate(world)
    with world.uow(CLERK) as uow:
        publish_acceptance(uow, PublishAcceptance(acceptance.id, acceptance.version))
    return acceptance_of(world)


def acceptance_of(world: World) -> Acceptance:
    """The acceptance as it stands."""
    found = queries.find_acceptance(world.session, contract_of(world).id)
    assert found is not None
    return found


def dossier_of(world: World) -> AcceptanceDossier:
    """Everything about the acceptance."""
    return queries.dossier_of(world.session, contract_of(world))


def visitor(world: World) -> UnitOfWork:
    """A unit of work of somebody without an account."""
    return UnitOfWork(world.session, VISITOR, FixedClock(world.now))


def judgements(world: World, *, passed: bool = True, note: str = "已按约定调整。") -> SaveItems:
    """The same judgement of every target; every standard conforms."""
    acceptance = acceptance_of(world)
    dossier = dossier_of(world)
    return SaveItems(
        acceptance.id,
        acceptance.version,
        tuple(Judgement(target.position, passed, note) for target in dossier.targets),
        tuple(
            Judgement(at, True, "抽查记录并实地查看，符合。")
            for at, _ in enumerate(dossier.agreed.standards, start=1)
        ),
    )


def passing(
    world: World,
    reason: str = "",
    deduction: Deduction | None = None,
    dissent: str = "",
    below: str = "其余数量另行核实。",
) -> PassAcceptance:
    """The usual conclusion; `below` says why less is taken than the missing quantities come to."""
    acceptance = acceptance_of(world)
    return PassAcceptance(
        acceptance.id,
        acceptance.version,
        place="井岸站",
        method="查阅档案，逐项核验。",
        conclusion="服务符合合同约定。",
        low_response_reason=reason,
        dissent_reason=dissent,
        deduction=deduction and replace(deduction, below=below),
    )
