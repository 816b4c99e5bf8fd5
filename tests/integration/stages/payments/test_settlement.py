"""Contracts that cannot be performed, accepted and paid to their end are settled (结算办结).

Whatever became of a contract, a chain of offered steps leads to where it is closed and holds no money.
"""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from procure.desks.reminders.duties import duties
from procure.desks.reminders.models import InboxMessage
from procure.desks.reminders.staff import staff
from procure.kernel.clock import local_date
from procure.kernel.errors import (
    Conflict,
    Denied,
    DomainError,
    IllegalTransition,
    Invalid,
    Stale,
    TooEarly,
)
from procure.kernel.lifecycle import (
    AcceptanceState,
    ContractState,
    EvaluationState,
    MilestoneState,
    PaymentRequestState,
    ServiceRecordState,
)
from procure.kernel.money import Money
from procure.kernel.vocabulary import SettlementGround
from procure.kernel.workdays import CHINA
from procure.registers.accounts.models import User
from procure.registers.deadlines.queries import running_for
from procure.registers.documents.models import Document
from procure.registers.funds.models import AccountKind, LedgerLine
from procure.stages.acceptance.case import todo as acceptance_todo
from procure.stages.acceptance.use_cases.decide import (
    Deduction,
    RefuseAcceptance,
    ReopenAcceptance,
    refuse_acceptance,
    reopen_acceptance,
)
from procure.stages.contracts.policies import last_service_day
from procure.stages.delivery.models import Milestone, ServiceRecord
from procure.stages.delivery.use_cases.record import ReviewServices, accept_services
from procure.stages.evaluation.models import Evaluation
from procure.stages.payments.case import todo
from procure.stages.payments.models import ReturnReason
from procure.stages.payments.settlement import ANSWER_RULE, CLAIM_RULE
from procure.stages.payments.use_cases.pay import complete_settled
from procure.stages.payments.use_cases.request import (
    ResubmitPayment,
    request_payment,
    resubmit_payment,
)
from procure.stages.payments.use_cases.review import ReturnPayment, return_payment
from procure.stages.payments.use_cases.settle import (
    answer_settlement,
    decide_settlement,
    propose_settlement,
)
from procure.store import trail
from tests.factories.acceptance import (
    ACCEPTER,
    acceptance_of,
    after_the_term,
    given_opened_acceptance,
    given_partial_acceptance,
    given_published_acceptance,
    given_reported_amends,
    given_whole_delivery,
)
from tests.factories.contracts import APPROVER, CLERK, MEMBER, SIGNATORY, contract_of
from tests.factories.evaluation import FINAL, given_confirmed_evaluation
from tests.factories.payments import (
    asking,
    given_agreed_request,
    given_approved_request,
    given_met_milestones,
    given_paid_request,
    given_payments,
    given_request,
    invoice_for,
    line_of,
    money_of,
    request_of,
)
from tests.factories.registers import pdf_file
from tests.factories.reminders import unmet_duties
from tests.factories.settlement import (
    answering,
    balances_of,
    deciding,
    end_early,
    given_answer,
    given_decision,
    given_proposed_settlement,
    newest_of,
    proposing,
    running_terms,
)
from tests.world import World

NOT_SERVED = SettlementGround.NOT_SERVED
OBJECTION = "我方已经组建团队，场地没有移交，请支付筹备费用。"
REPLY = "场地已于约定日期移交，有移交单；筹备费用合同没有约定。"


def verbs(world: World, username: str) -> list[str]:
    """What waits on somebody's desk of payments."""
    return [task.verb for task in todo(world.session, world.actor(username), world.now)]


def next_day(world: World) -> None:
    """Go to the first working day after the contract's last."""
    world.at(CHINA.next_workday(last_service_day(contract_of(world)) + timedelta(days=1)), 9)


def after(world: World, rule: str) -> None:
    """Go to the first working day after a running term of the contract."""
    [due_on] = [
        term.due_on
        for term in running_for(world.session, [contract_of(world).id])
        if term.rule == rule
    ]
    world.at(CHINA.next_workday(due_on + timedelta(days=1)), 9)


def given_returned_request(world: World, position: int = 1) -> None:
    """A request that was sent back to be put right."""
    request = given_request(world, position)
    command = ReturnPayment(request.id, request.version, "发票有误。", ReturnReason.INVOICE_FORM)
    with world.uow(CLERK) as uow:
        return_payment(uow, command)


def given_refused_acceptance(world: World) -> None:
    """A delivery that fell short and was refused."""
    acceptance = given_opened_acceptance(world, whole=False)
    day = local_date(world.now) + timedelta(days=10)
    with world.uow(ACCEPTER) as uow:
        refusal = RefuseAcceptance(acceptance.id, acceptance.version, "不足。", "补足探访。", day)
        refuse_acceptance(uow, refusal)


def asking_again(world: World) -> ResubmitPayment:
    """The first instalment's request put right with a new number and the sum that is due."""
    request = request_of(world, 1)
    invoice = invoice_for(world, 1, "26442000000888888888", filed=False)
    return ResubmitPayment(request.id, request.version, invoice, "服务费")


def refused(
    world: World,
    username: str,
    verb: Callable[..., object],
    command: object,
    error: type[DomainError],
) -> str:
    """What somebody is told whose act is refused."""
    with pytest.raises(error) as said, world.uow(username) as uow:
        verb(uow, command)
    return str(said.value)


def accept_the_rest(world: World) -> None:
    """The clerk verifies every record that still waits."""
    waiting = world.session.scalars(
        select(ServiceRecord.id).where(ServiceRecord.state == ServiceRecordState.RECORDED)
    ).all()
    with world.uow(CLERK) as uow:
        accept_services(uow, ReviewServices(contract_of(world).id, waiting))


def assert_over(world: World, *, paid: int = 0) -> None:
    """Closed, without a fen bound, a term that runs or a duty that nobody can meet."""
    contract = contract_of(world)
    assert contract.state is ContractState.COMPLETED
    assert contract.project.closed_at is not None
    assert balances_of(world) == {AccountKind.COMMITTED: 0, AccountKind.PAID: paid}
    assert running_terms(world) == []
    assert money_of(world).unpaid_fen == 0
    with world.app.test_request_context():
        assert not unmet_duties(world.session, world.now)
    for username in (CLERK, APPROVER, MEMBER, SIGNATORY, ACCEPTER):
        assert verbs(world, username) == []
        assert acceptance_todo(world.session, world.actor(username), world.now) == []


def test_contract_that_served_nobody_is_settled_by_two_after_the_supplier_was_heard(
    filed_world: World,
) -> None:
    """Ended on its first day: no acceptance can be opened, and nobody but the buyer can end it."""
    world = filed_world
    contract = contract_of(world)
    assert contract.starts_on is not None
    whole, amount = balances_of(world)[AccountKind.COMMITTED], contract.amount_fen
    assert whole == amount
    assert "才结束" in refused(
        world, CLERK, propose_settlement, proposing(world, NOT_SERVED), TooEarly
    )
    end_early(world, contract.starts_on)
    next_day(world)
    refused(world, APPROVER, propose_settlement, proposing(world, NOT_SERVED), Denied)
    assert "不能以" in refused(
        world,
        CLERK,
        propose_settlement,
        proposing(world, SettlementGround.NOT_ASKED),
        IllegalTransition,
    )
    assert "没有待决定" in refused(
        world, APPROVER, decide_settlement, deciding(world, agreed=True), IllegalTransition
    )
    old = deciding(world, agreed=True)
    settlement = given_proposed_settlement(world, NOT_SERVED)
    assert settlement.unpaid_fen == amount
    assert settlement.answer_by == CHINA.due(local_date(world.now), 5).on
    assert ANSWER_RULE in running_terms(world)

    assert "还没有决定" in refused(
        world, CLERK, propose_settlement, proposing(world, NOT_SERVED), Conflict
    )
    refused(world, CLERK, decide_settlement, deciding(world, agreed=True), Denied)
    refused(world, APPROVER, decide_settlement, old, Stale)
    assert "还没有答复" in refused(
        world, APPROVER, decide_settlement, deciding(world, agreed=True), TooEarly
    )
    assert "异议" in refused(
        world, MEMBER, answer_settlement, answering(world, agreed=False), Invalid
    )
    assert (verbs(world, MEMBER), verbs(world, APPROVER)) == (["答复结算办结申请"], [])
    given_answer(world, agreed=False, answer=OBJECTION)
    assert "已经答复" in refused(
        world, MEMBER, answer_settlement, answering(world, agreed=True), Conflict
    )
    assert (verbs(world, MEMBER), verbs(world, APPROVER)) == ([], ["审批结算办结申请"])
    assert "对异议的答复" in refused(
        world, APPROVER, decide_settlement, deciding(world, agreed=True), Invalid
    )
    given_decision(world, agreed=True, decision=REPLY)

    assert_over(world)
    record = world.session.scalars(
        select(Document).where(Document.title == "合同结算办结记录")
    ).one()
    assert record.snapshot is not None
    assert record.snapshot["unpaid_fen"] == amount
    assert OBJECTION in record.snapshot["answer"]
    assert record.snapshot["reply"] == REPLY
    assert set(world.session.scalars(select(Milestone.state))) == {MilestoneState.CANCELLED}
    assert set(world.session.scalars(select(Evaluation.state))) == {EvaluationState.CANCELLED}
    by_entry = select(func.sum(LedgerLine.amount_fen)).group_by(LedgerLine.entry_id)
    assert set(world.session.scalars(by_entry)) == {0}
    told = world.session.execute(
        select(User.username, InboxMessage.words)
        .join(User, User.id == InboxMessage.user_id)
        .where(InboxMessage.kind == "ContractSettled")
    ).all()
    words = {username: said for username, said in told}
    assert {CLERK, MEMBER} <= words.keys()
    for said in (
        Money(amount).format(),
        OBJECTION.rstrip("。"),
        REPLY.rstrip("。"),
        "第一百八十八条",
    ):
        assert said in words[MEMBER]
    with pytest.raises(DBAPIError, match="decided once"):
        world.session.execute(text("UPDATE contract_settlement SET answer = 'another'"))
    world.session.rollback()
    assert not trail.fsck(world.session)


def test_silence_of_a_supplier_that_may_still_ask_takes_its_whole_days(filed_world: World) -> None:
    """The term over, nobody served, the advance asked for once and sent back."""
    world = filed_world
    given_returned_request(world)
    after_the_term(world)
    settlement = given_proposed_settlement(world, NOT_SERVED)
    assert (settlement.answer_by - local_date(world.now)).days >= 60
    given_answer(world, agreed=False, answer=OBJECTION)
    assert "还可以申请支付" in refused(
        world, APPROVER, decide_settlement, deciding(world, agreed=True, decision=REPLY), TooEarly
    )
    assert "理由" in refused(
        world, APPROVER, decide_settlement, deciding(world, agreed=False), Invalid
    )
    given_decision(world, agreed=False, decision="请再联系一次。")
    assert contract_of(world).state is ContractState.FILED

    given_proposed_settlement(world, NOT_SERVED)
    after(world, ANSWER_RULE)
    assert verbs(world, APPROVER) == ["审批结算办结申请"]
    given_decision(world, agreed=True)
    assert_over(world)
    assert request_of(world, 1).state is PaymentRequestState.CANCELLED


def test_contract_ended_early_is_settled_with_the_suppliers_consent(
    embedded_paid_world: World,
) -> None:
    """Three days of services and both sides agree that nothing is owed."""
    world = embedded_paid_world
    paid = balances_of(world)[AccountKind.PAID]
    end_early(world, local_date(world.now))
    given_whole_delivery(world, whole=False)
    next_day(world)
    ground = SettlementGround.ENDED_EARLY
    assert "服务记录没有核实" in refused(
        world, CLERK, propose_settlement, proposing(world, ground), IllegalTransition
    )
    accept_the_rest(world)
    assert "应当验收" in refused(
        world, CLERK, propose_settlement, proposing(world, NOT_SERVED), IllegalTransition
    )
    given_proposed_settlement(world, ground)
    after(world, ANSWER_RULE)
    assert "书面同意" in refused(
        world,
        APPROVER,
        decide_settlement,
        deciding(world, agreed=True, decision=REPLY),
        IllegalTransition,
    )
    given_answer(world, agreed=True)
    given_decision(world, agreed=True)
    assert_over(world, paid=paid)


def test_refused_delivery_that_is_not_put_right_is_settled(evaluated_world: World) -> None:
    """Nothing can be served any more; the refusal would stand for ever, its money with it."""
    world = evaluated_world
    given_paid_request(world, 1)
    paid = balances_of(world)[AccountKind.PAID]
    accept_the_rest(world)
    given_refused_acceptance(world)
    ground = SettlementGround.NOT_MADE_GOOD
    assert "还可以整改" in refused(
        world, CLERK, propose_settlement, proposing(world, ground), IllegalTransition
    )
    given_reported_amends(world)
    assert "待复验" in refused(world, CLERK, propose_settlement, proposing(world, ground), Conflict)
    acceptance = acceptance_of(world)
    with world.uow(ACCEPTER) as uow:
        reopen_acceptance(uow, ReopenAcceptance(acceptance.id, acceptance.version, "仍有不足。"))
    assert "正在收集" in refused(
        world, CLERK, propose_settlement, proposing(world, ground), Conflict
    )
    acceptance = acceptance_of(world)
    day = local_date(world.now) + timedelta(days=3)
    with world.uow(ACCEPTER) as uow:
        refusal = RefuseAcceptance(acceptance.id, acceptance.version, "不足。", "补足探访。", day)
        refuse_acceptance(uow, refusal)
    world.at(CHINA.next_workday(day + timedelta(days=1)), 9)
    given_proposed_settlement(world, ground)
    given_answer(world, agreed=True)
    given_decision(world, agreed=True)

    assert_over(world, paid=paid)
    acceptance = acceptance_of(world)
    assert acceptance.state is AcceptanceState.NOT_PASSED
    assert "结算办结" in refused(
        world,
        ACCEPTER,
        reopen_acceptance,
        ReopenAcceptance(acceptance.id, acceptance.version, "再看。"),
        IllegalTransition,
    )


def test_supplier_that_is_silent_after_the_acceptance_has_its_days_and_is_reminded(
    evaluated_world: World,
) -> None:
    """The days begin with the announcement, anew with a return, end with the last request; a request
    in them keeps the contract from being settled.
    """
    world = evaluated_world
    given_met_milestones(world)
    given_published_acceptance(world)
    ground = SettlementGround.NOT_ASKED
    [duty] = [
        one
        for one in duties(world.session, world.now)
        if one.term is not None and one.term.rule == CLAIM_RULE
    ]
    assert world.actor(MEMBER).user_id in staff(world.session).at_any(duty.desks)
    assert "申请支付的期限到" in refused(
        world, CLERK, propose_settlement, proposing(world, ground), IllegalTransition
    )
    given_paid_request(world, 1)
    given_paid_request(world, 2)
    paid = balances_of(world)[AccountKind.PAID]
    after(world, CLAIM_RULE)
    given_proposed_settlement(world, ground)
    given_request(world, 3)
    assert CLAIM_RULE not in running_terms(world)
    given_answer(world, agreed=False, answer="已经申请。")
    assert "正在办理支付" in refused(
        world, APPROVER, decide_settlement, deciding(world, agreed=True, decision=REPLY), Conflict
    )
    given_decision(world, agreed=False, decision="承接主体已经申请。")
    request = request_of(world, 3)
    command = ReturnPayment(request.id, request.version, "发票有误。", ReturnReason.INVOICE_FORM)
    with world.uow(CLERK) as uow:
        return_payment(uow, command)
    assert CLAIM_RULE in running_terms(world)
    after(world, CLAIM_RULE)
    given_proposed_settlement(world, ground)
    after(world, ANSWER_RULE)
    given_decision(world, agreed=True)
    assert_over(world, paid=paid)
    assert newest_of(world).unpaid_fen == line_of(world, 3).instalment.amount_fen
    refused(world, MEMBER, request_payment, asking(world, 3, "26442000000999999999"), Conflict)


def test_days_to_ask_of_an_acceptance_from_before_begin_with_the_nightly_job(
    embedded_evaluated_world: World,
) -> None:
    world = embedded_evaluated_world
    given_published_acceptance(world)
    contract = contract_of(world)
    world.session.execute(text("UPDATE deadline SET status = 'cancelled' WHERE rule = 'C-CLAIM'"))
    world.session.commit()
    for _ in range(2):
        with world.uow("system") as uow:
            assert not complete_settled(uow, contract.id)
    assert running_terms(world).count(CLAIM_RULE) == 1


@pytest.mark.parametrize("returned", [False, True])
def test_advance_not_paid_before_an_early_end_waits_for_the_acceptance_and_its_deduction(
    embedded_served_world: World, returned: bool
) -> None:
    """30 % were due on signing; three days were served, and five hundred yuan are all that is owed."""
    world = embedded_served_world
    if returned:
        given_returned_request(world)
    end_early(world, local_date(world.now))
    whole = line_of(world, 1).instalment.amount_fen
    assert "验收" in line_of(world, 1).gate.reason
    if returned:
        assert "验收" in refused(world, MEMBER, resubmit_payment, asking_again(world), TooEarly)
    else:
        assert "验收" in refused(world, MEMBER, request_payment, asking(world), TooEarly)
    given_confirmed_evaluation(world, FINAL)
    contract = contract_of(world)
    taken = contract.amount_fen - 50_000
    given_partial_acceptance(world, Deduction(Money(taken), "合同结算条款", "按实际数量结算。"))
    given_met_milestones(world)
    assert [line.payable_fen for line in money_of(world).lines] == [50_000, 0, 0]
    if returned:
        number = contract_of(world).project.number
        page = world.client(MEMBER).get(f"/projects/{number}/payments/1")
        assert Money(whole).format() in page.text
        assert "现在应付 ¥500.00" in page.text
        command = asking_again(world)
        with world.uow(MEMBER) as uow:
            resubmit_payment(uow, command)
        [link] = trail.read(world.session, trail.TrailEvent.event == "PaymentResubmitted")
        assert link.data["asked_before_fen"] == whole
        assert f"原来申请 {Money(whole).format()}，现在应付 ¥500.00" in link.words
        assert request_of(world, 1).amount_fen == 50_000
        given_agreed_request(world)
    else:
        given_approved_request(world, 1)
    given_payments(world)
    assert_over(world, paid=50_000)


def test_settlement_is_proposed_answered_and_decided_on_pages(embedded_filed_world: World) -> None:
    world = embedded_filed_world
    contract = contract_of(world)
    assert contract.starts_on is not None
    number, amount = contract.project.number, Money(contract.amount_fen).format()
    end_early(world, contract.starts_on)
    next_day(world)
    address = f"/projects/{number}/payments/settlement"
    clerk, member, approver = (world.client(one) for one in (CLERK, MEMBER, APPROVER))
    assert "申请结算办结合同" in clerk.get(f"/projects/{number}/payments").text
    page = clerk.get(address)
    assert amount in page.text
    assert "工作日" in page.text
    clerk.post(address, {"reason": "没有提供服务。", "ground": "not_served"}, status=400)
    scan = (BytesIO(pdf_file()), "情况说明.pdf")
    clerk.post(address, {"reason": "没有提供服务。", "ground": "not_served", "evidence": scan})
    for text_of_page in (member.get(f"{address}/answer").text, member.get("/desk").text):
        assert "没有提供可以验收的服务" in text_of_page
    assert "现在还不能同意办结" in approver.get(f"{address}/decision").text
    member.post(f"{address}/answer", {"agreed": "no", "answer": OBJECTION})
    assert OBJECTION in approver.get(f"{address}/decision").text
    approver.post(
        f"{address}/decision", {"agreed": "yes", "decision": "", "confirmed": "yes"}, status=400
    )
    approver.post(f"{address}/decision", {"agreed": "yes", "decision": REPLY, "confirmed": "yes"})
    for person in (CLERK, APPROVER, MEMBER):
        client = world.client(person)
        assert "已结算办结" in client.get("/contracts").text, person
        assert "已结算办结" in client.get(f"/projects/{number}/contract").text, person
        money = client.get(f"/projects/{number}/payments").text
        assert "结算退回预算" in money, person
        assert REPLY in money, person
