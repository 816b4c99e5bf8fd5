"""The pairs of verbs that can meet, one or more for each aggregate, and how each may end."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from procure.kernel.access import Role
from procure.kernel.lifecycle import (
    CatalogueItemState,
    ContractState,
    PlanState,
    ServiceRecordState,
    Stage,
    TenderState,
)
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts import queries as people
from procure.registers.accounts.models import Organisation, RoleGrant
from procure.registers.accounts.use_cases import changing_organisations, changing_people, roles
from procure.registers.funds.models import AccountKind
from procure.registers.funds.queries import standing_on
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.registers.projects.use_cases import enter_stage
from procure.stages.acceptance.queries import dossier_of as acceptance_dossier
from procure.stages.acceptance.use_cases.collect import AnswerSlip, answer_slip
from procure.stages.acceptance.use_cases.decide import (
    pass_acceptance,
)
from procure.stages.awards.models import Review
from procure.stages.awards.use_cases.checks import (
    CheckBid,
    CompleteChecks,
    check_bid,
    complete_checks,
)
from procure.stages.awards.use_cases.decision import AnnounceResult, announce_result
from procure.stages.awards.use_cases.scores import lock_scores
from procure.stages.bids.models import Bid
from procure.stages.bids.use_cases.draft import SaveOffer, save_offer
from procure.stages.bids.use_cases.submit import SubmitBid, submit_bid
from procure.stages.catalogue import use_cases as catalogue
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.catalogue.queries import indicators_of
from procure.stages.contracts.drafting import MilestonePlan
from procure.stages.contracts.models import Contract, ContractMilestone
from procure.stages.contracts.use_cases.fill import SaveMilestones, save_milestones
from procure.stages.contracts.use_cases.issue import IssueContract, issue_contract
from procure.stages.delivery.models import Milestone, ServiceRecord
from procure.stages.delivery.use_cases.milestones import (
    ConfirmMilestone,
    ReturnMilestone,
    confirm_milestone,
    return_milestone,
)
from procure.stages.delivery.use_cases.record import (
    ReviewServices,
    accept_services,
    reject_services,
)
from procure.stages.evaluation.models import ChargeGround
from procure.stages.evaluation.use_cases.charge import RecallEvaluation, recall_evaluation
from procure.stages.evaluation.use_cases.confirm import SubmitEvaluation, submit_evaluation
from procure.stages.evaluation.use_cases.score import save_scores
from procure.stages.payments.models import ReturnReason
from procure.stages.payments.use_cases.pay import PayShare, pay_share
from procure.stages.payments.use_cases.review import (
    ApprovePayment,
    ReturnPayment,
    approve_payment,
    return_payment,
)
from procure.stages.plans.models import Plan
from procure.stages.plans.use_cases import ApprovePlan, ReturnPlan, approve_plan, return_plan
from procure.stages.tenders.models import Tender
from procure.stages.tenders.use_cases.publishing import (
    PublishTender,
    ReturnTender,
    publish_tender,
    return_tender,
)
from procure.stages.tenders.use_cases.terminating import TerminateTender, terminate_tender
from procure.store.unit_of_work import UnitOfWork
from tests.factories.acceptance import ACCEPTER, given_tokens, passing
from tests.factories.awards import bids_of, experts_of
from tests.factories.evaluation import (
    EVALUATOR,
    FINAL,
    LEAD,
    evaluation_of,
    scores_for,
)
from tests.factories.evaluation import (
    indicators_of as scored_of,
)
from tests.factories.payments import TREASURER, line_of, money_of, paying, request_of
from tests.racing import Ended, Pair
from tests.world import World

from .acts import APPROVER, CLERK, act, keyed, one

_UNHAPPY = (1, 1, 1, 1, 1)


# --- what must be so afterwards ---


def is_published_or_drafted(world: World, ended: Ended) -> None:
    """A published edition holds the content that its event told, and one edition is in use."""
    items = world.session.scalars(
        select(CatalogueItem).where(
            CatalogueItem.code == _draft_item(world).code,
            CatalogueItem.state == CatalogueItemState.PUBLISHED,
        )
    ).all()
    assert len(items) == 1


def _draft_item(world: World) -> CatalogueItem:
    query = select(CatalogueItem).where(CatalogueItem.edition == 2)
    return world.session.scalars(query).one()


def reserved_once(world: World, ended: Ended) -> None:
    """The line has not promised more than it has."""
    plan = world.session.scalars(select(Plan)).first()
    assert plan is not None
    left = standing_on(world.session, plan.budget_line_id, AccountKind.AVAILABLE)
    assert min(left.values()) >= 0
    approved = world.session.scalars(select(Plan).where(Plan.state == PlanState.APPROVED)).all()
    assert len(approved) == 1


def announced_or_ended(world: World, ended: Ended) -> None:
    """A result notice and a contract, or a termination notice, never both."""
    kinds = set(world.session.scalars(select(Notice.kind)))
    tender = one(world, Tender)
    contracts = world.session.scalars(select(Contract.id)).all()
    assert (NoticeKind.RESULT in kinds) != (NoticeKind.TERMINATION in kinds)
    assert (NoticeKind.TERMINATION in kinds) == (tender.state is TenderState.TERMINATED)
    assert bool(contracts) == (NoticeKind.RESULT in kinds)


def last_lock_ranks(world: World, ended: Ended) -> None:
    """The bids are ranked once, by whoever was the last."""
    assert one(world, Review).scored_at is not None


def text_is_what_was_printed(world: World, ended: Ended) -> None:
    """Who issued the contract saw its milestones."""
    contract = one(world, Contract)
    titles = world.session.scalars(
        select(ContractMilestone.title).where(ContractMilestone.contract_id == contract.id)
    ).all()
    changed = "印好以后才改的节点" in titles
    assert changed == (contract.state is ContractState.DRAFT)


def counted_alike(world: World, ended: Ended) -> None:
    """What was decided on is what is counted: no opinion comes in afterwards."""
    contract = world.session.get_one(Contract, one(world, Contract.id))
    page = acceptance_dossier(world.session, contract)
    told = world.session.scalars(
        select(Notice.id).where(Notice.kind == NoticeKind.ACCEPTANCE)
    ).all()
    assert not told
    assert page.opinion.answered == 5 + ("OpinionRecorded" in ended.told)


def stands_at_the_later(world: World, ended: Ended) -> None:
    """A project only moves forward."""
    assert one(world, Project).stage is Stage.ACCEPTANCE


def completed(world: World, ended: Ended) -> None:
    """What is paid in full and accepted is completed, and its project closed."""
    contract = one(world, Contract)
    assert money_of(world).is_settled
    assert contract.state is ContractState.COMPLETED
    assert world.session.get_one(Project, contract.project_id).closed_at is not None


def somebody_can_sign_in(world: World, ended: Ended) -> None:
    """The office keeps somebody."""
    assert people.holders_of(world.session, Role.SYSTEM_ADMIN)


def granted_or_refused(world: World, ended: Ended) -> None:
    """Never both."""
    grant = _asked_grant(world)
    assert (grant.granted_at is None) != (grant.revoked_at is None)


def judged_once(world: World, ended: Ended) -> None:
    """No record is both."""
    states = world.session.scalars(select(ServiceRecord.state)).all()
    assert ServiceRecordState.RECORDED not in states


def nothing_more(world: World, ended: Ended) -> None:
    """What both events say is enough."""


# --- what the page showed ---


def _plan(world: World, place: int = 0) -> Plan:
    return world.session.scalars(select(Plan).order_by(Plan.id)).all()[place]


def _edited_item(world: World) -> catalogue.EditItem:
    item = _draft_item(world)
    content = catalogue.content_of(item, indicators_of(world.session, item.id))
    return catalogue.EditItem(item.id, item.version, replace(content, quality="另一种质量标准。"))


def _bid(world: World) -> Bid:
    return one(world, Bid)


def _review(world: World) -> Review:
    return one(world, Review)


def _expert(place: int) -> Callable[[World], str]:
    return lambda world: experts_of(world, _review(world))[place]


def _enter(uow: UnitOfWork, stage: Stage) -> None:
    project = uow.session.scalars(select(Project)).one()
    enter_stage(uow, project, stage)


def _milestones(world: World) -> SaveMilestones:
    contract = one(world, Contract)
    assert contract.ends_on is not None
    row = MilestonePlan("印好以后才改的节点", contract.ends_on, "井岸站", "")
    return SaveMilestones(contract.id, contract.version, [row])


def _milestone(world: World) -> Milestone:
    return one(world, Milestone, Milestone.reported_at.is_not(None))


def _open_records(world: World, reason: str = "") -> ReviewServices:
    records = world.session.scalars(
        select(ServiceRecord).where(ServiceRecord.state == ServiceRecordState.RECORDED)
    ).all()
    return ReviewServices(records[0].contract_id, [row.id for row in records], reason)


def _recall(world: World) -> RecallEvaluation:
    evaluation = evaluation_of(world, FINAL)
    ground = ChargeGround.CONFLICT
    return RecallEvaluation(evaluation.id, evaluation.version, ground, "负责人是亲属。")


def _scores(world: World) -> Any:
    evaluation = evaluation_of(world, FINAL)
    dimension = scored_of(world, evaluation)[0].dimension
    return scores_for(world, FINAL, dimension, Decimal("0.5"))


def _share(which: int, place: int) -> Callable[[World], PayShare]:
    def command(world: World) -> PayShare:
        position = money_of(world).lines[which].instalment.position
        owed = list(line_of(world, position).owed)
        return paying(world, owed[place], position)

    return command


def _asked_grant(world: World) -> RoleGrant:
    mulu = world.actor("mulu").user_id
    return one(world, RoleGrant, RoleGrant.role == Role.ACCEPTER, RoleGrant.user_id == mulu)


def _closing(username: str) -> Callable[[World], changing_people.SwitchPerson]:
    return lambda world: changing_people.SwitchPerson(world.actor(username).user_id, "离职")


def _address(text: str) -> Callable[[World], changing_organisations.EditOrganisation]:
    def command(world: World) -> changing_organisations.EditOrganisation:
        place = world.session.get_one(Organisation, world.actor("jigou1").organisation_id)
        names = (
            "name",
            "level",
            "parent_id",
            "credit_code",
            "number_prefix",
            "phone",
            "representative",
            "bank_name",
            "bank_account",
            "rating",
            "rating_valid_until",
        )
        present = {name: getattr(place, name) for name in names}
        return changing_organisations.EditOrganisation(
            organisation_id=place.id, version=place.version, address=text, **present
        )

    return command


def _slip(world: World) -> AnswerSlip:
    return AnswerSlip(given_tokens(world)[0], _UNHAPPY)


PAIRS = (
    Pair(
        "catalogue item: publish, edit",
        "new_edition",
        act(
            "mulu",
            "CatalogueItemPublished",
            catalogue.publish_item,
            lambda w: catalogue.PublishItem(_draft_item(w).id, _draft_item(w).version),
        ),
        act("mulu", "CatalogueItemEdited", catalogue.edit_item, _edited_item),
    ),
    Pair(
        "plan: approve, return",
        "two_plans",
        act(
            APPROVER,
            "PlanApproved",
            approve_plan,
            lambda w: ApprovePlan(_plan(w).id, _plan(w).version),
        ),
        act(
            APPROVER,
            "PlanReturned",
            return_plan,
            lambda w: ReturnPlan(_plan(w).id, _plan(w).version, "补充需求。"),
        ),
    ),
    Pair(
        "budget line: two plans for the money of one",
        "two_plans",
        act(
            APPROVER,
            "PlanApproved",
            approve_plan,
            lambda w: ApprovePlan(_plan(w, 0).id, _plan(w, 0).version),
        ),
        act(
            APPROVER,
            "PlanApproved",
            approve_plan,
            lambda w: ApprovePlan(_plan(w, 1).id, _plan(w, 1).version),
        ),
        right=reserved_once,
    ),
    Pair(
        "tender: publish, return",
        "submitted",
        keyed(
            APPROVER,
            "TenderPublished",
            publish_tender,
            lambda w: PublishTender(one(w, Tender).id, one(w, Tender).version),
        ),
        act(
            APPROVER,
            "TenderReturned",
            return_tender,
            lambda w: ReturnTender(one(w, Tender).id, one(w, Tender).version, "补充评分标准。"),
        ),
        prints=True,
    ),
    Pair(
        "bid: hand in, change the offer",
        "bidding",
        keyed(
            "fuzeren1", "BidSubmitted", submit_bid, lambda w: SubmitBid(_bid(w).id, _bid(w).version)
        ),
        keyed(
            "jigou1",
            "BidEdited",
            save_offer,
            lambda w: SaveOffer(_bid(w).id, _bid(w).version, 17_000_000, None, False),
        ),
    ),
    Pair(
        "review: close the checks, judge a bid anew",
        "checking",
        act(
            CLERK,
            "BidsChecked",
            complete_checks,
            lambda w: CompleteChecks(_review(w).id, _review(w).version),
        ),
        act(
            CLERK,
            "BidCheckRecorded",
            check_bid,
            lambda w: CheckBid(
                _review(w).id, bids_of(w, one(w, Tender))[0], False, False, "缺少声明。"
            ),
        ),
    ),
    Pair(
        "review: the last two lock their marks",
        "locking",
        act(_expert(0), "ScoresLocked", lock_scores, lambda w: _review(w).id),
        act(_expert(1), "ScoresLocked", lock_scores, lambda w: _review(w).id),
        wins=(2,),
        right=last_lock_ranks,
    ),
    Pair(
        "tender and review: announce the result, end the purchase",
        "decided",
        act(
            CLERK,
            "ResultAnnounced",
            announce_result,
            lambda w: AnnounceResult(_review(w).id, _review(w).version),
        ),
        act(
            APPROVER,
            "TenderTerminated",
            terminate_tender,
            lambda w: TerminateTender(
                one(w, Tender).id, one(w, Tender).version, "预算调整。", False
            ),
        ),
        right=announced_or_ended,
        prints=True,
    ),
    Pair(
        "contract: send the text to be signed, rewrite a section",
        "filled",
        act(
            CLERK,
            "ContractIssued",
            issue_contract,
            lambda w: IssueContract(one(w, Contract).id, one(w, Contract).version, True),
        ),
        act(CLERK, "ContractEdited", save_milestones, _milestones),
        right=text_is_what_was_printed,
        prints=True,
    ),
    Pair(
        "milestone: confirm, return",
        "reported",
        act(
            CLERK,
            "MilestoneMet",
            confirm_milestone,
            lambda w: ConfirmMilestone(_milestone(w).id, _milestone(w).version),
        ),
        act(
            CLERK,
            "MilestoneReturned",
            return_milestone,
            lambda w: ReturnMilestone(_milestone(w).id, _milestone(w).version, "补充照片。"),
        ),
    ),
    Pair(
        "service record: accept, reject",
        "served",
        act(CLERK, "ServiceAccepted", accept_services, _open_records),
        act(CLERK, "ServiceRejected", reject_services, lambda w: _open_records(w, "没有签到。")),
        right=judged_once,
    ),
    Pair(
        "evaluation: send the report, change scores",
        "scored",
        act(
            LEAD,
            "EvaluationSubmitted",
            submit_evaluation,
            lambda w: SubmitEvaluation(evaluation_of(w, FINAL).id, evaluation_of(w, FINAL).version),
        ),
        act(EVALUATOR, "EvaluationScored", save_scores, _scores),
        prints=True,
    ),
    Pair(
        "evaluation: send the report, take it back from the assessor",
        "scored",
        act(
            LEAD,
            "EvaluationSubmitted",
            submit_evaluation,
            lambda w: SubmitEvaluation(evaluation_of(w, FINAL).id, evaluation_of(w, FINAL).version),
        ),
        act(CLERK, "EvaluationRecalled", recall_evaluation, _recall),
        prints=True,
    ),
    Pair(
        "acceptance: accept, answer a slip",
        "judged",
        act(ACCEPTER, "AcceptancePassed", pass_acceptance, passing),
        act("", "OpinionRecorded", answer_slip, _slip),
        wins=(1, 2),
        right=counted_alike,
        prints=True,
    ),
    Pair(
        "payment request: approve, return",
        "reviewed",
        act(
            APPROVER,
            "PaymentApproved",
            approve_payment,
            lambda w: ApprovePayment(request_of(w, 1).id, request_of(w, 1).version, ""),
        ),
        act(
            CLERK,
            "PaymentReturned",
            return_payment,
            lambda w: ReturnPayment(
                request_of(w, 1).id,
                request_of(w, 1).version,
                "发票抬头有误。",
                ReturnReason.INVOICE_HEAD,
            ),
        ),
    ),
    Pair(
        "payment request: two levels pay their last shares",
        "last",
        act(TREASURER, "TreasuryPaid", pay_share, _share(-1, 0)),
        act(TREASURER, "TreasuryPaid", pay_share, _share(-1, 1)),
    ),
    Pair(
        "contract: the last shares of its two last instalments are paid",
        "two_last",
        act(TREASURER, "TreasuryPaid", pay_share, _share(-1, 0)),
        act(TREASURER, "TreasuryPaid", pay_share, _share(-2, 0)),
        wins=(2,),
        right=completed,
        prints=True,
    ),
    Pair(
        "project: two acts bring it to two stages",
        "served",
        act(CLERK, "StageEntered", _enter, lambda w: Stage.EVALUATION),
        act(ACCEPTER, "StageEntered", _enter, lambda w: Stage.ACCEPTANCE),
        wins=(2,),
        right=stands_at_the_later,
    ),
    Pair(
        "offices: two administrators close each other",
        "two_of_an_office",
        act("xitong", "PersonDeactivated", changing_people.deactivate_person, _closing("xitong2")),
        act("xitong2", "PersonDeactivated", changing_people.deactivate_person, _closing("xitong")),
        right=somebody_can_sign_in,
    ),
    Pair(
        "role: grant, refuse",
        "two_of_an_office",
        act(
            "anquan",
            "RoleGranted",
            roles.grant_role,
            lambda w: roles.GrantRole(_asked_grant(w).id),
        ),
        act(
            "anquan",
            "RoleRefused",
            roles.refuse_role,
            lambda w: roles.EndRole(_asked_grant(w).id, "编制已满"),
        ),
        right=granted_or_refused,
    ),
    Pair(
        "organisation: two corrections of one page",
        "new_edition",
        act(
            "xitong",
            "OrganisationEdited",
            changing_organisations.edit_organisation,
            _address("井岸镇一路"),
        ),
        act(
            "xitong",
            "OrganisationEdited",
            changing_organisations.edit_organisation,
            _address("井岸镇二路"),
        ),
    ),
)
