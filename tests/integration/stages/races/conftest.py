"""Stories parked on PostgreSQL where two people can meet, each made from the one before it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import select

from procure.kernel.access import Role
from procure.kernel.clock import local_date
from procure.kernel.money import Money
from procure.kernel.vocabulary import EarlyEndKind, SettlementGround
from procure.registers.accounts.passwords import Passwords
from procure.registers.accounts.queries import find_user_id
from procure.registers.accounts.use_cases import adding, roles
from procure.registers.funds.use_cases.correcting import (
    ProposeCorrection,
    particulars_of,
    propose_correction,
)
from procure.stages.acceptance.use_cases.decide import (
    PublishAcceptance,
    pass_acceptance,
    publish_acceptance,
)
from procure.stages.awards.use_cases.checks import (
    CheckBid,
    CompleteChecks,
    check_bid,
    complete_checks,
)
from procure.stages.awards.use_cases.decision import DecideWinner, decide_winner
from procure.stages.awards.use_cases.report import SignReport, sign_report
from procure.stages.catalogue.use_cases import ReviseItem, revise_item
from procure.stages.contracts.use_cases.end import ProposeEarlyEnd, propose_early_end
from procure.stages.payments.models import ReversalKind
from procure.stages.payments.use_cases.pay import pay_share
from procure.stages.payments.use_cases.reverse import ProposeReversal, propose_reversal
from procure.stages.payments.use_cases.review import ApprovePayment, approve_payment
from procure.stages.plans.models import Plan
from procure.stages.plans.use_cases.changing import ProposePlanChange, propose_plan_change
from tests import postgres
from tests.factories.acceptance import (
    ACCEPTER,
    after_the_term,
    given_judged_acceptance,
    given_signed_certificate,
    passing,
)
from tests.factories.awards import (
    bids_of,
    drawn_for,
    experts_of,
    first_bid,
    given_declared_panel,
    given_lock,
    given_scores,
    usual_points,
)
from tests.factories.bids import (
    given_opened_bids,
    given_tender_for_bids,
    given_written_bid,
    the_tender,
)
from tests.factories.catalogue import given_item
from tests.factories.contracts import (
    APPROVER,
    CLERK,
    contract_of,
    given_filled_contract,
)
from tests.factories.delivery import given_reported_milestone
from tests.factories.evaluation import (
    FINAL,
    given_scored_evaluation,
)
from tests.factories.parking import Parked, ParkedAt, Walk, park_on_postgres
from tests.factories.payments import (
    TREASURER,
    given_approved_request,
    given_met_milestones,
    given_paid_request,
    given_reviewed_request,
    line_of,
    money_of,
    paying,
    request_of,
)
from tests.factories.plans import (
    HOME_CARE_BUDGET,
    first_lawful_day,
    given_approved_plan,
    given_budget_line,
    given_drafted_plan,
    given_submitted_plan,
    plan_content,
)
from tests.factories.settlement import given_answer, given_proposed_settlement
from tests.factories.tenders import given_submitted_tender
from tests.world import World


def two_plans(world: World) -> None:
    """Two plans wait for approval, and the line has money for one of them."""
    line = given_budget_line(world, HOME_CARE_BUDGET)
    for title in ("斗门区居家养老服务", "斗门区社工站服务"):
        given_submitted_plan(world, plan_content(world, line, title=title))


def to_correct(world: World) -> None:
    """A plan waits for approval; its line is to be corrected to less than the plan asks for."""
    line = given_budget_line(world, HOME_CARE_BUDGET)
    given_submitted_plan(world, plan_content(world, line))
    half = Money(HOME_CARE_BUDGET.fen // 2)
    wanted = replace(particulars_of(world.session, line), amount=half)
    with world.uow("yusuan") as uow:
        propose_correction(uow, ProposeCorrection(line.id, line.version, wanted, "核减预算。"))


def one_plan(world: World) -> None:
    """A plan is being written that names an item of the catalogue."""
    given_drafted_plan(world)


def crossing(world: World) -> None:
    """Two approved plans are to go over to the budget line of the other."""
    lines = [given_budget_line(world, code=code) for code in ("2080299-01", "2080299-02")]
    titles = ("斗门区居家养老服务", "斗门区社工站服务")
    contents = [
        plan_content(world, line, title=title) for line, title in zip(lines, titles, strict=True)
    ]
    plans = [given_approved_plan(world, content) for content in contents]
    for plan, content, line in zip(plans, contents, reversed(lines), strict=True):
        with world.uow(CLERK) as uow:
            wanted = replace(content, budget_line_id=line.id)
            propose_plan_change(uow, ProposePlanChange(plan.id, plan.version, "换列预算。", wanted))


def new_edition(world: World) -> None:
    """A new edition of a catalogue item is being written."""
    item = given_item(world)
    with world.uow("mulu") as uow:
        revise_item(uow, ReviseItem(item.id))


def two_of_an_office(world: World) -> None:
    """A second system administrator, and a role that waits to be granted."""
    place = world.actor("xitong").organisation_id
    with world.uow("xitong") as uow:
        made = adding.add_person(
            uow, adding.AddPerson("xitong2", "邓小红", place, "p" * 12, False), Passwords("cheap")
        )
        office = roles.request_role(uow, roles.RequestRole(made, Role.SYSTEM_ADMIN))
    with world.uow("anquan") as uow:
        roles.grant_role(uow, roles.GrantRole(office))
    clerk = find_user_id(world.session, "mulu")
    assert clerk is not None
    with world.uow("xitong") as uow:
        roles.request_role(uow, roles.RequestRole(clerk, Role.ACCEPTER))


def submitted(world: World) -> None:
    """A tender waits for the approver on the first day on which it may be published."""
    given_submitted_tender(world)
    plan = world.session.scalars(select(Plan)).one()
    assert plan.intention_published_at is not None
    world.at(first_lawful_day(local_date(plan.intention_published_at)))


def to_cancel(world: World) -> None:
    """The document waits to be published, and somebody asked that its plan be cancelled."""
    plan = world.session.scalars(select(Plan)).one()
    with world.uow(CLERK) as uow:
        propose_plan_change(uow, ProposePlanChange(plan.id, plan.version, "预算调整。"))


def bidding(world: World) -> None:
    """A tender is public, and the first supplier's bid is written."""
    given_written_bid(world, given_tender_for_bids(world), 1)


def checking(world: World) -> None:
    """The bids are open and all of them judged; the checks are not closed."""
    tender = given_opened_bids(world, the_tender(world))
    review = given_declared_panel(world, tender)
    for bid_id in bids_of(world, tender):
        with world.uow("jingban") as uow:
            check_bid(uow, CheckBid(review.id, bid_id, qualified=True, conforms=True))


def locking(world: World) -> None:
    """All marks are given, and two members have still to lock theirs."""
    tender = the_tender(world)
    review = drawn_for(world, tender)
    assert review is not None
    with world.uow("jingban") as uow:
        complete_checks(uow, CompleteChecks(review.id, None))
    experts = experts_of(world, review)
    for seat, username in enumerate(experts):
        given_scores(world, review, username, usual_points(world, tender, seat))
    for username in experts[2:]:
        given_lock(world, review, username)


def reported_on(world: World) -> None:
    """The report is signed by all, and the winner not yet decided."""
    review = drawn_for(world, the_tender(world))
    assert review is not None
    experts = experts_of(world, review)
    for username in experts[:2]:
        given_lock(world, review, username)
    for username in experts:
        with world.uow(username) as uow:
            sign_report(uow, SignReport(review.id))


def decided(world: World) -> None:
    """The winner is decided and not yet announced."""
    review = drawn_for(world, the_tender(world))
    assert review is not None
    with world.uow("shenhe") as uow:
        decide_winner(uow, DecideWinner(review.id, review.version, first_bid(world, review)))


def ending(world: World) -> None:
    """The buyer's clerk has proposed that the service end today."""
    contract = contract_of(world)
    told = (EarlyEndKind.AGREED, local_date(world.now), "服务对象已由其他机构接收。")
    with world.uow(CLERK) as uow:
        propose_early_end(uow, ProposeEarlyEnd(contract.id, contract.version, *told))


def settling(world: World) -> None:
    """The term is over, nobody was served, and the supplier agrees to the settlement."""
    after_the_term(world)
    given_proposed_settlement(world, SettlementGround.NOT_SERVED)
    given_answer(world, agreed=True)


def bounced(world: World) -> None:
    """One level's share of the first instalment is paid, and the treasury proposes to take it back."""
    request = request_of(world, 1)
    with world.uow(APPROVER) as uow:
        approve_payment(uow, ApprovePayment(request.id, request.version, ""))
    share = paying(world, next(iter(line_of(world, 1).owed)))
    with world.uow(TREASURER) as uow:
        pay_share(uow, share)
    request = request_of(world, 1)
    bank = (ReversalKind.BOUNCED, "TP20260001", local_date(world.now), "账户已经注销。")
    with world.uow(TREASURER) as uow:
        propose_reversal(uow, ProposeReversal(request.id, request.version, share.level, *bank))


def accepted(world: World) -> None:
    """The service is accepted."""
    given_met_milestones(world)
    with world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world))
    acceptance = given_signed_certificate(world)
    with world.uow(CLERK) as uow:
        publish_acceptance(uow, PublishAcceptance(acceptance.id, acceptance.version))


def last(world: World) -> None:
    """All is paid but the last instalment's shares of two levels."""
    *before, final = [line.instalment.position for line in money_of(world).lines]
    for position in before:
        given_paid_request(world, position)
    _all_but(world, final, slice(2, None))


def two_last(world: World) -> None:
    """All is paid but the share of one level of each of the two last instalments, not the same one:
    who pays from one account waits for whoever pays from it, held or not."""
    *before, last_but_one, final = [line.instalment.position for line in money_of(world).lines]
    for position in before:
        given_paid_request(world, position)
    _all_but(world, last_but_one, slice(1, None))
    _all_but(world, final, slice(None, -1))


def _all_but(world: World, position: int, paid: slice) -> None:
    given_approved_request(world, position)
    for level in list(line_of(world, position).owed)[paid]:
        with world.uow(TREASURER) as uow:
            pay_share(uow, paying(world, level, position))


WALKS: Mapping[str, tuple[str, Walk]] = {
    "two_plans": ("", two_plans),
    "one_plan": ("", one_plan),
    "to_correct": ("", to_correct),
    "crossing": ("", crossing),
    "new_edition": ("", new_edition),
    "two_of_an_office": ("", two_of_an_office),
    "submitted": ("", submitted),
    "to_cancel": ("submitted", to_cancel),
    "bidding": ("", bidding),
    "checking": ("bidding", checking),
    "locking": ("checking", locking),
    "reported_on": ("locking", reported_on),
    "decided": ("reported_on", decided),
    "filled": ("drafted", given_filled_contract),
    "reported": ("served", given_reported_milestone),
    "scored": ("served", lambda world: given_scored_evaluation(world, FINAL)),
    "reviewed": ("served", given_reviewed_request),
    "ending": ("served", ending),
    "settling": ("filed", settling),
    "bounced": ("reviewed", bounced),
    "judged": ("evaluated", given_judged_acceptance),
    "accepted": ("judged", accepted),
    "last": ("accepted", last),
    "two_last": ("accepted", two_last),
}
"""From where a story is walked on, and how."""


@pytest.fixture(scope="session")
def parked(
    postgres_server: postgres.Server,
    parked_on_postgres: ParkedAt,
    tmp_path_factory: pytest.TempPathFactory,
) -> ParkedAt:
    """The story parked at a place; each is walked to once."""
    made: dict[str, Parked] = {}

    def at(name: str) -> Parked:
        if name not in WALKS:
            return parked_on_postgres(name)
        if name not in made:
            made[name] = walked(*WALKS[name], f"race-{name.replace('_', '-')}")
        return made[name]

    def walked(before: str, walk: Walk, own: str) -> Parked:
        source, folder = at(before), tmp_path_factory.mktemp(own)
        return park_on_postgres(
            postgres_server, (source.database, source.folder), folder, walk, source.at
        )

    return at
