"""More pairs that can meet: the registers, plans, documents, bids and the award."""

from collections.abc import Callable, Sequence

from sqlalchemy import select

from procure.kernel.access import Role
from procure.kernel.lifecycle import PlanState, TenderState
from procure.registers.accounts.models import RoleGrant, User
from procure.registers.accounts.use_cases import changing_people, roles
from procure.registers.accounts.use_cases.sign_in import OpenSession, Visit, open_session
from procure.registers.deadlines.use_cases import end_terms
from procure.registers.funds.models import AccountKind, BudgetLine
from procure.registers.funds.queries import standing_on
from procure.registers.funds.use_cases.correcting import DecideCorrection, decide_correction
from procure.stages.awards.models import PassGround, Review
from procure.stages.awards.use_cases.decision import (
    DecideWinner,
    PassOver,
    decide_winner,
    pass_over,
)
from procure.stages.bids.models import Bid
from procure.stages.bids.use_cases.submit import SubmitBid, submit_bid
from procure.stages.catalogue import use_cases as catalogue
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.plans.models import Plan
from procure.stages.plans.queries import content_of
from procure.stages.plans.use_cases import ApprovePlan, EditPlan, approve_plan, edit_plan
from procure.stages.plans.use_cases.changing import (
    DecidePlanChange,
    RecallPlan,
    decide_plan_change,
    recall_plan,
)
from procure.stages.tenders.models import Tender
from procure.stages.tenders.use_cases.publishing import PublishTender, publish_tender
from procure.stages.tenders.use_cases.terminating import TerminateTender, terminate_tender
from tests.factories.awards import first_bid
from tests.factories.bids import given_upload
from tests.factories.plans import project_of
from tests.factories.registers import pdf_file
from tests.racing import Act, Ended, Pair
from tests.verbs import name_of
from tests.world import World

from .acts import APPROVER, CLERK, act, keyed, one


def ends_with(event: str) -> Callable[[World, Ended], None]:
    """Where both were carried out, this one came last: after it the other is refused."""

    def right(world: World, ended: Ended) -> None:
        assert len(ended.told) < 2 or ended.told[-1] == event, ended.told

    return right


def plans_of(world: World) -> Sequence[Plan]:
    """The plans, the oldest first."""
    return world.session.scalars(select(Plan).order_by(Plan.id)).all()


def _approval(world: World) -> ApprovePlan:
    plan = plans_of(world)[0]
    return ApprovePlan(plan.id, plan.version)


def _change(place: int) -> Act:
    def command(world: World) -> DecidePlanChange:
        plan = plans_of(world)[place]
        return DecidePlanChange(plan.id, plan.version, agreed=True)

    return act(APPROVER, "PlanChanged", decide_plan_change, command)


def _edited_plan(world: World) -> EditPlan:
    plan = one(world, Plan)
    return EditPlan(plan.id, plan.version, content_of(plan, project_of(world, plan)))


def _retired(world: World) -> catalogue.RetireItem:
    item = world.session.get_one(CatalogueItem, one(world, Plan).catalogue_item_id)
    return catalogue.RetireItem(item.id, item.version, "不再购买。")


def _correction(world: World) -> DecideCorrection:
    line = one(world, BudgetLine)
    return DecideCorrection(line.id, line.version, agreed=True)


def _ending(world: World) -> TerminateTender:
    tender = one(world, Tender)
    return TerminateTender(tender.id, tender.version, "预算调整。", cancelled=False)


def _bid(world: World) -> tuple[str, int]:
    bid = one(world, Bid)
    return bid.id, bid.version


def _passed(world: World) -> PassOver:
    review = one(world, Review)
    proof = given_upload(world, pdf_file(b"% letter"), "放弃声明.pdf", CLERK)
    found = (first_bid(world, review), PassGround.DECLINED, "书面放弃。", proof)
    return PassOver(review.id, review.version, *found)


def _winner(world: World) -> DecideWinner:
    review = one(world, Review)
    return DecideWinner(review.id, review.version, first_bid(world, review))


def _asked(world: World) -> RoleGrant:
    clerk = world.actor("mulu").user_id
    return one(world, RoleGrant, RoleGrant.role == Role.ACCEPTER, RoleGrant.user_id == clerk)


def _signing_in(world: World) -> OpenSession:
    visit = Visit(device="race", address="127.0.0.1", agent="race")
    return OpenSession(world.actor("mulu").user_id, visit, world.now, factor_required=False)


def _leaving(world: World) -> changing_people.SwitchPerson:
    user = world.session.get_one(User, world.actor("mulu").user_id)
    return changing_people.SwitchPerson(user.id, "离职", user.version)


# --- what must be so afterwards ---


def published_or_cancelled(world: World, ended: Ended) -> None:
    """Nobody is asked to offer for what is not bought."""
    plan, tender = one(world, Plan), one(world, Tender)
    assert (plan.state is PlanState.CANCELLED) != (tender.state is TenderState.PUBLISHED)
    assert (plan.state is PlanState.CANCELLED) == (tender.state is TenderState.DROPPED)


def each_on_the_others_line(world: World, ended: Ended) -> None:
    """Both plans went over, and each line holds the money of one."""
    for line in world.session.scalars(select(BudgetLine)):
        (plan,) = [plan for plan in plans_of(world) if plan.budget_line_id == line.id]
        reserved = standing_on(world.session, line.id, AccountKind.RESERVED, plan.id)
        assert sum(reserved.values()) == plan.amount_fen


def covered(world: World, ended: Ended) -> None:
    """What is promised is there."""
    for line in world.session.scalars(select(BudgetLine)):
        assert min(standing_on(world.session, line.id, AccountKind.AVAILABLE).values()) >= 0


PAIRS = (
    Pair(
        "plan: approve, recall",
        "two_plans",
        act(APPROVER, "PlanApproved", approve_plan, _approval),
        act(
            CLERK,
            "PlanRecalled",
            recall_plan,
            lambda w: RecallPlan(plans_of(w)[0].id, plans_of(w)[0].version),
        ),
    ),
    Pair(
        "plan and tender: publish the document, cancel the plan",
        "to_cancel",
        keyed(
            APPROVER,
            "TenderPublished",
            publish_tender,
            lambda w: PublishTender(one(w, Tender).id, one(w, Tender).version),
        ),
        act(
            APPROVER,
            "PlanCancelled",
            decide_plan_change,
            lambda w: DecidePlanChange(one(w, Plan).id, one(w, Plan).version, agreed=True),
        ),
        right=published_or_cancelled,
        prints=True,
        between=(2,),
    ),
    Pair(
        "term: met by who publishes, ended at night",
        "submitted",
        keyed(
            APPROVER,
            "TenderPublished",
            publish_tender,
            lambda w: PublishTender(one(w, Tender).id, one(w, Tender).version),
        ),
        Act("system", lambda w: end_terms, "TermMet", name_of(end_terms)),
        wins=(2,),
    ),
    Pair(
        "budget lines: two plans go over to each other's",
        "crossing",
        _change(0),
        _change(1),
        wins=(2,),
        right=each_on_the_others_line,
        between=(6,),
        about_order=True,
    ),
    Pair(
        "budget line: correct it downwards, approve a plan",
        "to_correct",
        act("yusuan2", "BudgetLineChanged", decide_correction, _correction),
        act(APPROVER, "PlanApproved", approve_plan, _approval),
        right=covered,
    ),
    Pair(
        "catalogue item: take out of use, name in a plan",
        "one_plan",
        act("mulu", "CatalogueItemRetired", catalogue.retire_item, _retired),
        act(CLERK, "PlanEdited", edit_plan, _edited_plan),
        wins=(1, 2),
        right=ends_with("CatalogueItemRetired"),
    ),
    Pair(
        "tender: end the purchase, hand in a bid",
        "bidding",
        act(APPROVER, "TenderTerminated", terminate_tender, _ending),
        keyed("fuzeren1", "BidSubmitted", submit_bid, lambda w: SubmitBid(*_bid(w))),
        wins=(1, 2),
        right=ends_with("TenderTerminated"),
    ),
    Pair(
        "review: decide the winner, pass them over",
        "reported_on",
        act(APPROVER, "WinnerDecided", decide_winner, _winner),
        act(CLERK, "CandidatePassedOver", pass_over, _passed),
    ),
    Pair(
        "person: close the account, grant a role",
        "two_of_an_office",
        act("xitong", "PersonDeactivated", changing_people.deactivate_person, _leaving),
        act(
            "anquan",
            "RoleGranted",
            roles.grant_role,
            lambda w: roles.GrantRole(_asked(w).id),
        ),
        wins=(1, 2),
        right=ends_with("PersonDeactivated"),
    ),
    Pair(
        "person: close the account, sign in",
        "two_of_an_office",
        act("xitong", "PersonDeactivated", changing_people.deactivate_person, _leaving),
        act("mulu", "SignedIn", open_session, _signing_in),
        wins=(1, 2),
        right=ends_with("PersonDeactivated"),
    ),
)
