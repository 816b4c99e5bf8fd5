"""Every verb with a version: an old page is refused with nothing told, and the version moves.

Whoever adds such a verb adds its step to a story here; the trial itself is `tests/versioned.py`.
What the verbs do to terms on the way is noted by `tests/terms.py` and compared with its table.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from procure.kernel.clock import local_date
from procure.kernel.lifecycle import ServiceRecordState
from procure.kernel.money import Money
from procure.kernel.vocabulary import EarlyEndKind, OpinionChannel, SettlementGround
from procure.kernel.workdays import CHINA
from procure.registers.accounts import queries
from procure.registers.accounts.models import Organisation
from procure.registers.accounts.use_cases import changing_organisations, changing_people, two_people
from procure.registers.accounts.use_cases.adding import OrganisationParticulars
from procure.registers.accounts.use_cases.changing_organisations import (
    edit_organisation,
    request_closing,
    request_reopening,
)
from procure.registers.accounts.use_cases.changing_people import (
    deactivate_person,
    edit_person,
    request_reopening_of_person,
)
from procure.registers.deadlines.queries import running_for
from procure.registers.funds.models import BudgetLine
from procure.registers.funds.use_cases.correcting import (
    DecideCorrection,
    ProposeCorrection,
    WithdrawCorrection,
    decide_correction,
    particulars_of,
    propose_correction,
    withdraw_correction,
)
from procure.stages.acceptance.queries import get_slip
from procure.stages.acceptance.use_cases.ask import ReturnAmends, return_amends
from procure.stages.acceptance.use_cases.collect import (
    NoteUnreached,
    RecordOpinion,
    note_unreached,
    record_opinion,
)
from procure.stages.acceptance.use_cases.decide import (
    Deduction,
    PublishAcceptance,
    RefuseAcceptance,
    ReopenAcceptance,
    SaveGroup,
    pass_acceptance,
    publish_acceptance,
    refuse_acceptance,
    reopen_acceptance,
    save_group,
    save_items,
)
from procure.stages.awards.models import PassGround
from procure.stages.awards.ranking import sheet_version
from procure.stages.awards.use_cases.checks import (
    CheckBid,
    CompleteChecks,
    check_bid,
    complete_checks,
)
from procure.stages.awards.use_cases.decision import PassOver, pass_over
from procure.stages.awards.use_cases.panel import MoveSession, move_session
from procure.stages.awards.use_cases.report import SignReport, sign_report
from procure.stages.awards.use_cases.scores import Mark, SaveScores, save_scores
from procure.stages.bids.models import Bid
from procure.stages.bids.use_cases.draft import (
    SaveOffer,
    SaveProposal,
    SaveStatements,
    SaveTeam,
    save_offer,
    save_proposal,
    save_statements,
    save_team,
)
from procure.stages.bids.use_cases.opening import (
    OpenBids,
    RecordObjections,
    open_bids,
    record_objections,
)
from procure.stages.bids.use_cases.submit import WithdrawBid, withdraw_bid
from procure.stages.catalogue import use_cases as catalogue
from procure.stages.catalogue.queries import indicators_of
from procure.stages.catalogue.use_cases import edit_item, retire_item
from procure.stages.contracts.use_cases.end import (
    DecideEarlyEnd,
    ProposeEarlyEnd,
    decide_early_end,
    propose_early_end,
)
from procure.stages.contracts.use_cases.issue import RecallContract, recall_contract
from procure.stages.delivery.models import ServiceRecord, StaffMember
from procure.stages.delivery.use_cases.milestones import (
    ConfirmMilestone,
    ReturnMilestone,
    confirm_milestone,
    return_milestone,
)
from procure.stages.delivery.use_cases.record import WithdrawService, withdraw_service
from procure.stages.delivery.use_cases.registers import (
    LeaveRecipient,
    LeaveStaff,
    leave_recipient,
    leave_staff,
)
from procure.stages.evaluation.models import ChargeGround
from procure.stages.evaluation.use_cases.charge import (
    DeclineEvaluation,
    RecallEvaluation,
    decline_evaluation,
    recall_evaluation,
)
from procure.stages.evaluation.use_cases.confirm import (
    ConfirmEvaluation,
    RefuseRectification,
    ReportRectification,
    ReturnEvaluation,
    SettleEvaluation,
    SubmitEvaluation,
    WaiveRectification,
    confirm_evaluation,
    refuse_rectification,
    report_rectification,
    return_evaluation,
    settle_evaluation,
    submit_evaluation,
    waive_rectification,
)
from procure.stages.evaluation.use_cases.score import DrawRecords, draw_records
from procure.stages.payments.models import ReturnReason, ReversalKind
from procure.stages.payments.settlement import CLAIM_RULE
from procure.stages.payments.use_cases.pay import SendBackPayment, pay_share, send_back_payment
from procure.stages.payments.use_cases.refund import (
    DecideRefund,
    ProposeRefund,
    decide_refund,
    propose_refund,
)
from procure.stages.payments.use_cases.request import ResubmitPayment, resubmit_payment
from procure.stages.payments.use_cases.reverse import (
    DecideReversal,
    ProposeReversal,
    decide_reversal,
    propose_reversal,
)
from procure.stages.payments.use_cases.review import (
    ApprovePayment,
    ExcuseMilestone,
    ReturnPayment,
    approve_payment,
    excuse_milestone,
    return_payment,
    review_payment,
)
from procure.stages.plans.models import Plan
from procure.stages.plans.use_cases import (
    EditPlan,
    ReturnPlan,
    SubmitPlan,
    edit_plan,
    return_plan,
    submit_plan,
)
from procure.stages.plans.use_cases.changing import (
    DecidePlanChange,
    DiscardPlan,
    ProposePlanChange,
    RecallPlan,
    WithdrawPlanChange,
    decide_plan_change,
    discard_plan,
    propose_plan_change,
    recall_plan,
    withdraw_plan_change,
)
from procure.stages.tenders.queries import criteria_of
from procure.stages.tenders.use_cases.publishing import ReturnTender, return_tender
from procure.stages.tenders.use_cases.terminating import TerminateTender, terminate_tender
from tests import terms, versioned
from tests.factories.acceptance import (
    ACCEPTER,
    MEMBERS,
    acceptance_of,
    dossier_of,
    given_answers,
    given_opened_acceptance,
    given_reported_amends,
    given_signed_certificate,
    judgements,
    passing,
)
from tests.factories.awards import (
    bids_of,
    experts_of,
    first_bid,
    given_declared_panel,
    given_lock,
    given_scores,
    the_review,
    usual_points,
)
from tests.factories.bids import given_submitted_bid, given_tender_for_bids, given_upload
from tests.factories.catalogue import given_item
from tests.factories.contracts import (
    APPROVER,
    CLERK,
    MEMBER,
    SIGNATORY,
    contract_of,
    given_drafted_contract,
    given_filed_contract,
    given_issued_contract,
)
from tests.factories.delivery import given_reported_milestone, milestone_at
from tests.factories.evaluation import (
    EVALUATOR,
    FINAL,
    LEAD,
    evaluation_of,
    given_assigned_evaluation,
    given_confirmed_evaluation,
    given_served_contract,
    given_submitted_evaluation,
    in_final_window,
    recipients_of,
)
from tests.factories.parking import Parked, opened_on_sqlite, park_on_sqlite
from tests.factories.payments import (
    TREASURER,
    given_agreed_request,
    given_met_milestones,
    given_payments,
    given_request,
    invoice_for,
    line_of,
    paying,
    request_of,
    reviewing,
)
from tests.factories.plans import (
    given_budget_line,
    given_drafted_plan,
    given_submitted_plan,
    plan_content,
)
from tests.factories.registers import pdf_file
from tests.factories.settlement import given_answer, given_decision, given_proposed_settlement
from tests.factories.tenders import at_opening, given_submitted_tender, platform_key
from tests.world import START, World

WHY = "核对后需要更正。"


def before_the_purchase(world: World) -> None:
    """A catalogue item, the people, and plans led back and changed."""
    item = given_item(world)
    with world.uow("mulu") as uow:
        draft = catalogue.revise_item(uow, catalogue.ReviseItem(item.id))
    content = catalogue.content_of(draft, indicators_of(world.session, draft.id))
    with world.uow("mulu") as uow:
        edit_item(uow, catalogue.EditItem(draft.id, draft.version, content))
    other = given_item(world, "0202")
    with world.uow("mulu") as uow:
        retire_item(uow, catalogue.RetireItem(other.id, other.version, WHY))
    correct_people(world)
    content = plan_content(world, correct_a_line(world))
    plan = given_drafted_plan(world, content)
    with world.uow(CLERK) as uow:
        edit_plan(uow, EditPlan(plan.id, plan.version, content))
    with world.uow(CLERK) as uow:
        discard_plan(uow, DiscardPlan(plan.id, plan.version, WHY))
    plan = given_submitted_plan(world, content)
    with world.uow(CLERK) as uow:
        recall_plan(uow, RecallPlan(plan.id, plan.version))
    with world.uow(CLERK) as uow:
        submit_plan(uow, SubmitPlan(plan.id, plan.version))
    with world.uow(APPROVER) as uow:
        return_plan(uow, ReturnPlan(plan.id, plan.version, WHY))
    tender = given_submitted_tender(world, content)
    plan = world.session.scalars(select(Plan).where(Plan.project_id == tender.project_id)).one()
    for again in (withdraw_plan_change, decide_plan_change):
        with world.uow(CLERK) as uow:
            propose_plan_change(uow, ProposePlanChange(plan.id, plan.version, WHY))
        if again is withdraw_plan_change:
            with world.uow(CLERK) as uow:
                withdraw_plan_change(uow, WithdrawPlanChange(plan.id, plan.version))
        else:
            with world.uow(APPROVER) as uow:
                decide_plan_change(uow, DecidePlanChange(plan.id, plan.version, False, WHY))
    with world.uow(APPROVER) as uow:
        return_tender(uow, ReturnTender(tender.id, tender.version, WHY))


def correct_a_line(world: World) -> BudgetLine:
    """A budget line whose correction is taken back, then decided."""
    line = given_budget_line(world)
    wanted = replace(particulars_of(world.session, line), name="居家养老服务经费")
    for again in ("withdrawn", "decided"):
        with world.uow("yusuan") as uow:
            propose_correction(uow, ProposeCorrection(line.id, line.version, wanted, WHY))
        world.session.refresh(line)
        if again == "withdrawn":
            with world.uow("yusuan") as uow:
                withdraw_correction(uow, WithdrawCorrection(line.id, line.version))
        else:
            with world.uow("yusuan2") as uow:
                decide_correction(uow, DecideCorrection(line.id, line.version, agreed=True))
        world.session.refresh(line)
    return line


def correct_people(world: World) -> None:
    """What one administrator may correct alone, and what they ask for."""
    user = queries.get_user(world.session, world.actor("jigou3").user_id)
    command = changing_people.EditPerson(user.id, user.name, phone="0756-1", version=user.version)
    with world.uow("xitong") as uow:
        edit_person(uow, command)
    user = queries.get_user(world.session, user.id)
    with world.uow("xitong") as uow:
        deactivate_person(uow, changing_people.SwitchPerson(user.id, WHY, user.version))
    user = queries.get_user(world.session, user.id)
    with world.uow("xitong") as uow:
        request_reopening_of_person(uow, changing_people.SwitchPerson(user.id, WHY, user.version))
    place = world.session.get_one(Organisation, world.actor("jigou3").organisation_id)
    particulars = {one.name: getattr(place, one.name) for one in fields(OrganisationParticulars)}
    command = changing_organisations.EditOrganisation(
        **{**particulars, "phone": "0756-2"}, organisation_id=place.id, version=place.version
    )
    with world.uow("xitong") as uow:
        edit_organisation(uow, command)
    with world.uow("xitong") as uow:
        asked = changing_organisations.SwitchOrganisation(place.id, WHY, place.version)
        closing = request_closing(uow, asked)
    with world.uow("anquan") as uow:
        changing_organisations.decide_organisation(uow, two_people.Decide(closing))
    with world.uow("xitong") as uow:
        asked = changing_organisations.SwitchOrganisation(place.id, WHY, place.version)
        request_reopening(uow, asked)


def until_the_award(world: World) -> None:
    """Bids are changed and taken back, judged and scored; the purchase is ended."""
    tender = given_tender_for_bids(world)
    given_submitted_bid(world, tender, 1)
    bid, key = world.session.scalars(select(Bid)).one(), platform_key(world)
    factors = len(criteria_of(world.session, tender.id))
    for verb, command in (
        (save_offer, SaveOffer(bid.id, 0, 17_000_000, None, False)),
        (save_proposal, SaveProposal(bid.id, 0, "每周四天。", ("响应",) * factors)),
        (save_statements, SaveStatements(bid.id, 0, (True,) * 6)),
        (save_team, SaveTeam(bid.id, 0, "欧阳慧", "十年", ())),
    ):
        with world.uow("jigou1") as uow:
            verb(uow, replace(command, version=bid.version), key)
    with world.uow("fuzeren1") as uow:
        withdraw_bid(uow, WithdrawBid(bid.id, bid.version))
    for number in (1, 2, 3):
        given_submitted_bid(world, tender, number)
    at_opening(world, tender)
    world.session.refresh(tender)
    with world.uow(CLERK) as uow:
        open_bids(uow, OpenBids(tender.id, tender.version, "陈晓岚"), key)
    with world.uow(CLERK) as uow:
        record_objections(uow, RecordObjections(tender.id, tender.version, has_any=False))
    review = given_declared_panel(world, tender)
    with world.uow(CLERK) as uow:
        move_session(uow, MoveSession(review.id, review.version, world.now, WHY))
    bids = bids_of(world, tender)
    for bid_id in bids:
        with world.uow(CLERK) as uow:
            check_bid(uow, CheckBid(review.id, bid_id, True, True, version=0))
    with world.uow(CLERK) as uow:
        complete_checks(uow, CompleteChecks(review.id, the_review(world, review.id).version))
    criterion = criteria_of(world.session, tender.id)[0]
    marks = (Mark(criterion.id, 100, "有依据。"),)
    with world.uow(experts_of(world, review)[0]) as uow:
        save_scores(uow, SaveScores(review.id, bids[0], marks, sheet_version(())))
    for seat, username in enumerate(experts_of(world, review)):
        given_scores(world, review, username, usual_points(world, tender, seat))
        given_lock(world, review, username)
    for username in experts_of(world, review):
        with world.uow(username) as uow:
            sign_report(uow, SignReport(review.id))
    proof = given_upload(world, pdf_file(b"% letter"), "放弃声明.pdf", CLERK)
    first, version = first_bid(world, review), the_review(world, review.id).version
    with world.uow(CLERK) as uow:
        pass_over(uow, PassOver(review.id, version, first, PassGround.DECLINED, WHY, proof))
    world.session.refresh(tender)
    with world.uow(APPROVER) as uow:
        terminate_tender(uow, TerminateTender(tender.id, tender.version, WHY, cancelled=False))


def during_the_contract(world: World) -> None:
    """The contract's text is taken back; services, evaluation and payment are sent back; it ends."""
    milestone = given_reported_milestone(world)
    with world.uow(CLERK) as uow:
        return_milestone(uow, ReturnMilestone(milestone.id, milestone.version, WHY))
    milestone = milestone_at(world)
    with world.uow(APPROVER) as uow:
        excuse_milestone(uow, ExcuseMilestone(milestone.id, milestone.version, WHY))
    milestone = given_reported_milestone(world)
    with world.uow(CLERK) as uow:
        confirm_milestone(uow, ConfirmMilestone(milestone.id, milestone.version))
    today = local_date(world.now)
    person = recipients_of(world)[0]
    with world.uow(MEMBER) as uow:
        leave_recipient(uow, LeaveRecipient(person.id, person.version, today))
    worker = world.session.scalars(select(StaffMember)).first()
    assert worker is not None
    with world.uow(MEMBER) as uow:
        leave_staff(uow, LeaveStaff(worker.id, worker.version, today))
    record = world.session.scalars(
        select(ServiceRecord).where(ServiceRecord.state == ServiceRecordState.RECORDED)
    ).first()
    assert record is not None
    with world.uow(MEMBER) as uow:
        withdraw_service(uow, WithdrawService(record.id, record.version, WHY))
    request = given_request(world)
    with world.uow(CLERK) as uow:
        return_payment(uow, ReturnPayment(request.id, request.version, WHY, ReturnReason.PAPERS))
    invoice = invoice_for(world, 1, "INV2", filed=False)
    request = request_of(world, 1)
    with world.uow(MEMBER) as uow:
        resubmit_payment(uow, ResubmitPayment(request.id, request.version, invoice, "服务费"))
    with world.uow(CLERK) as uow:
        review_payment(uow, reviewing(world))
    request = request_of(world, 1)
    with world.uow(APPROVER) as uow:
        approve_payment(uow, ApprovePayment(request.id, request.version, ""))
    request = request_of(world, 1)
    with world.uow(TREASURER) as uow:
        send_back_payment(uow, SendBackPayment(request.id, request.version, WHY))
    with world.uow(CLERK) as uow:
        review_payment(uow, reviewing(world))
    request = request_of(world, 1)
    with world.uow(APPROVER) as uow:
        approve_payment(uow, ApprovePayment(request.id, request.version, ""))
    share = paying(world, next(iter(line_of(world, 1).owed)))
    with world.uow(TREASURER) as uow:
        pay_share(uow, share)
    request = request_of(world, 1)
    bank = (ReversalKind.BOUNCED, "TP20260001", local_date(world.now), WHY)
    with world.uow(TREASURER) as uow:
        reversal = ProposeReversal(request.id, request.version, share.level, *bank)
        propose_reversal(uow, reversal)
    request = request_of(world, 1)
    with world.uow(APPROVER) as uow:
        decide_reversal(uow, DecideReversal(request.id, request.version, False, WHY))
    mend(world)
    contract = contract_of(world)
    for agreed in (False, True):
        contract = contract_of(world)
        assert contract.ends_on is not None
        last = contract.ends_on - timedelta(days=2)
        with world.uow(CLERK) as uow:
            proposal = (contract.id, contract.version, EarlyEndKind.AGREED, last, WHY)
            propose_early_end(uow, ProposeEarlyEnd(*proposal))
        contract = contract_of(world)
        with world.uow(APPROVER) as uow:
            decide_early_end(uow, DecideEarlyEnd(contract.id, contract.version, agreed, WHY))


def mend(world: World) -> None:
    """A report is sent back; a failed evaluation is mended, not enough, and closed."""
    evaluation = given_submitted_evaluation(world, ratio=Decimal("0.5"))
    with world.uow(APPROVER) as uow:
        return_evaluation(uow, ReturnEvaluation(evaluation.id, evaluation.version, WHY))
    evaluation = evaluation_of(world)
    with world.uow(LEAD) as uow:
        submit_evaluation(uow, SubmitEvaluation(evaluation.id, evaluation.version))
    evaluation = evaluation_of(world)
    with world.uow(APPROVER) as uow:
        confirm_evaluation(uow, ConfirmEvaluation(evaluation.id, evaluation.version, WHY))
    evaluation = evaluation_of(world)
    with world.uow(MEMBER) as uow:
        report_rectification(uow, ReportRectification(evaluation.id, evaluation.version, WHY))
    evaluation = evaluation_of(world)
    with world.uow(CLERK) as uow:
        refuse_rectification(uow, RefuseRectification(evaluation.id, evaluation.version, WHY))
    in_final_window(world)
    evaluation = evaluation_of(world)
    with world.uow(SIGNATORY) as uow:
        waive_rectification(uow, WaiveRectification(evaluation.id, evaluation.version, WHY))
    evaluation = evaluation_of(world)
    with world.uow(APPROVER) as uow:
        settle_evaluation(uow, SettleEvaluation(evaluation.id, evaluation.version, WHY))
    evaluation = given_assigned_evaluation(world, FINAL)
    with world.uow(EVALUATOR) as uow:
        declined = (ChargeGround.DECLINED, WHY)
        decline_evaluation(uow, DeclineEvaluation(evaluation.id, evaluation.version, *declined))
    evaluation = given_assigned_evaluation(world, FINAL)
    with world.uow(EVALUATOR) as uow:
        draw_records(uow, DrawRecords(evaluation.id, evaluation.version))
    evaluation = evaluation_of(world, FINAL)
    with world.uow(CLERK) as uow:
        interested = (ChargeGround.CONFLICT, WHY)
        recall_evaluation(uow, RecallEvaluation(evaluation.id, evaluation.version, *interested))


def at_the_acceptance(world: World) -> None:
    """Opinions are typed in, the delivery is refused and looked at anew."""
    given_met_milestones(world)
    for position in (1, 2):
        given_request(world, position)
    acceptance = given_opened_acceptance(world)
    slip = get_slip(world.session, acceptance, 1)
    with world.uow(ACCEPTER) as uow:
        note_unreached(uow, NoteUnreached(acceptance.id, 1, slip.version))
    slip = get_slip(world.session, acceptance, 1)
    with world.uow(ACCEPTER) as uow:
        answers = (OpinionChannel.PHONE, (5, 5, 5, 5, 5))
        record_opinion(uow, RecordOpinion(acceptance.id, 1, slip.version, *answers))
    acceptance, day = acceptance_of(world), local_date(world.now) + timedelta(days=10)
    with world.uow(ACCEPTER) as uow:
        refusal = RefuseAcceptance(acceptance.id, acceptance.version, "不足。", "补足探访。", day)
        refuse_acceptance(uow, refusal)
    acceptance = given_reported_amends(world)
    with world.uow(ACCEPTER) as uow:
        return_amends(uow, ReturnAmends(acceptance.id, acceptance.version, WHY, day))
    acceptance = given_reported_amends(world)
    with world.uow(ACCEPTER) as uow:
        reopen_acceptance(uow, ReopenAcceptance(acceptance.id, acceptance.version, WHY))
    given_answers(world, 5)
    with world.uow(ACCEPTER) as uow:
        save_items(uow, judgements(world, passed=False))
    acceptance = acceptance_of(world)
    with world.uow(ACCEPTER) as uow:
        save_group(uow, SaveGroup(acceptance.id, acceptance.version, MEMBERS))
    with world.uow(ACCEPTER) as uow:
        retained = Money(dossier_of(world).retained_fen)
        short = Deduction(retained, "合同违约责任第 2 项", WHY, claim=Money(100))
        pass_acceptance(uow, passing(world, deduction=short))
    acceptance = given_signed_certificate(world)
    with world.uow(CLERK) as uow:
        publish_acceptance(uow, PublishAcceptance(acceptance.id, acceptance.version))
    given_agreed_request(world)
    given_payments(world)
    contract = contract_of(world)
    with world.uow(TREASURER) as uow:
        came = (Money(100), "SK20270001", local_date(world.now))
        propose_refund(uow, ProposeRefund(contract.id, contract.version, *came))
    contract = contract_of(world)
    with world.uow(APPROVER) as uow:
        decide_refund(uow, DecideRefund(contract.id, contract.version, True, WHY))
    request = request_of(world, 2)
    with world.uow(CLERK) as uow:
        return_payment(uow, ReturnPayment(request.id, request.version, WHY, ReturnReason.PAPERS))
    settle(world)


def settle(world: World) -> None:
    """What was sent back is not asked for again: the contract is settled, the second time round."""
    [claim] = [
        term
        for term in running_for(world.session, [contract_of(world).id])
        if term.rule == CLAIM_RULE
    ]
    world.at(CHINA.next_workday(claim.due_on + timedelta(days=1)), 9)
    for agreed in (False, True):
        given_proposed_settlement(world, SettlementGround.NOT_ASKED)
        given_answer(world, agreed=agreed, answer=WHY)
        given_decision(world, agreed=agreed, decision=WHY)


def back_to_the_draft(world: World) -> None:
    """A contract sent to be signed is taken back."""
    contract = contract_of(world)
    with world.uow(CLERK) as uow:
        recall_contract(uow, RecallContract(contract.id, contract.version, WHY))


STORIES: tuple[tuple[str, Callable[[World], None]], ...] = (
    ("", before_the_purchase),
    ("", until_the_award),
    ("issued", back_to_the_draft),
    ("served", during_the_contract),
    ("evaluated", at_the_acceptance),
)
"""Where each is parked, and what is done then."""


PARKS: tuple[tuple[str, str, Callable[[World], object]], ...] = (
    ("drafted", "", given_drafted_contract),
    ("issued", "drafted", given_issued_contract),
    ("filed", "drafted", given_filed_contract),
    ("served", "filed", given_served_contract),
    ("evaluated", "served", lambda world: given_confirmed_evaluation(world, FINAL)),
)
"""Where the stories are parked, from where, and by which steps: these are tried on old pages too."""


@contextmanager
def opened(parked: Parked, folder: Path) -> Iterator[World]:
    """A world of its own on a copy of a parked story."""
    steps = opened_on_sqlite(parked, folder)
    try:
        yield next(steps)
    finally:
        next(steps, None)


def test_verbs_refuse_an_old_page_move_the_version_and_keep_the_terms(
    sqlite_template: Path, tmp_path: Path
) -> None:
    parked = {"": Parked(sqlite_template.parent, sqlite_template.name, START)}
    with versioned.watched() as tried, terms.noted() as seen:
        for name, before, steps in PARKS:
            source = parked[before]
            template = source.folder / source.database
            parked[name] = park_on_sqlite(template, tmp_path / name, steps, source.at)
        for number, (at, story) in enumerate(STORIES):
            with opened(parked[at], tmp_path / str(number)) as world:
                story(world)

    assert sorted(versioned.versioned().keys() - tried) == []
    assert sorted(seen) == terms.TABLE.read_text(encoding="utf-8").splitlines(), "\n".join(
        sorted(seen)
    )
