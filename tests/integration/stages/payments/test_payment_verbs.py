"""Payments on both databases: gate, four hands, shares by level, never twice, completion."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from procure.desks.reminders.jobs import complete_contracts
from procure.desks.reminders.registry import Bench
from procure.kernel.access import Level
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
from procure.kernel.lifecycle import ContractState, PaymentRequestState, Stage
from procure.kernel.money import Money
from procure.kernel.vocabulary import EarlyEndKind, EvaluationKind, PaymentTrigger
from procure.kernel.workdays import CHINA
from procure.registers.accounts.models import Organisation
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.registers.deadlines.queries import find_term
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.funds.models import AccountKind, BudgetLine, EntryKind
from procure.registers.funds.queries import entries_of_project, standing_on
from procure.registers.projects.models import Project, StageEntry
from procure.stages.acceptance.use_cases.decide import Deduction
from procure.stages.contracts.models import Contract
from procure.stages.contracts.use_cases.end import (
    DecideEarlyEnd,
    ProposeEarlyEnd,
    decide_early_end,
    propose_early_end,
)
from procure.stages.delivery.queries import get_milestone
from procure.stages.payments import pages
from procure.stages.payments.case import todo
from procure.stages.payments.days import last_day
from procure.stages.payments.gates import INVOICE_ITEMS, due_milestones
from procure.stages.payments.models import (
    CheckItem,
    PaymentRequest,
    ReturnReason,
    ReversalKind,
    TreasuryPayment,
)
from procure.stages.payments.use_cases.pay import (
    SendBackPayment,
    pay_share,
    send_back_payment,
)
from procure.stages.payments.use_cases.request import (
    ResubmitPayment,
    request_payment,
    resubmit_payment,
)
from procure.stages.payments.use_cases.reverse import (
    DecideReversal,
    ProposeReversal,
    decide_reversal,
    propose_reversal,
)
from procure.stages.payments.use_cases.review import (
    ApprovePayment,
    ExcuseMilestone,
    ItemAnswer,
    ReturnPayment,
    ReviewPayment,
    approve_payment,
    excuse_milestone,
    return_payment,
    review_payment,
)
from procure.store import trail
from procure.store.types import new_id
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import CONFIG
from tests.factories.acceptance import given_partial_acceptance, given_published_acceptance
from tests.factories.contracts import APPROVER, CLERK, MEMBER, contract_of
from tests.factories.evaluation import given_confirmed_evaluation
from tests.factories.payments import (
    TREASURER,
    asking,
    given_approved_request,
    given_met_milestones,
    given_paid_request,
    given_request,
    given_reviewed_request,
    invoice_for,
    line_of,
    money_of,
    paying,
    request_of,
    reviewing,
)
from tests.world import World

HEAD = ReturnReason.INVOICE_HEAD


def terms_of(world: World, request: PaymentRequest) -> list[Deadline]:
    """Every term the request ever had."""
    return list(world.session.scalars(select(Deadline).where(Deadline.subject_id == request.id)))


def pay_level(world: World, level: Level) -> None:
    """One level's share of the first instalment, by the treasurer."""
    with world.uow(TREASURER) as uow:
        pay_share(uow, paying(world, level))


def balances_of(world: World) -> dict[AccountKind, int]:
    """What stands on the contract's accounts, over all levels."""
    page = money_of(world)
    return {
        kind: sum(standing_on(world.session, page.line.id, kind, page.contract.id).values())
        for kind in (AccountKind.COMMITTED, AccountKind.PAID)
    }


def stages_of(world: World) -> set[Stage]:
    """The stages the case has entered."""
    return set(world.session.scalars(select(StageEntry.stage)))


def bouncing(world: World, level: Level, position: int = 1) -> ProposeReversal:
    """One level's payment, sent back by the bank today."""
    request = request_of(world, position)
    return ProposeReversal(
        request.id,
        request.version,
        level,
        ReversalKind.BOUNCED,
        "TP20260001",
        local_date(world.now),
        "收款账户已销户，银行退回。",
    )


def deciding(world: World, position: int = 1) -> DecideReversal:
    """The second person agrees."""
    request = request_of(world, position)
    return DecideReversal(request.id, request.version, agreed=True, note="已核对银行退票通知。")


def test_request_before_its_condition_is_refused(served_world: World) -> None:
    command = asking(served_world, 2)
    with pytest.raises(TooEarly, match="中期评估"), served_world.uow(MEMBER) as uow:
        request_payment(uow, command)


def test_request_starts_the_payers_days_with_contract_account(served_world: World) -> None:
    request = given_request(served_world)
    contract = contract_of(served_world)
    term = find_term(served_world.session, request.id, "T57")

    assert request.amount_fen == line_of(served_world, 1).instalment.amount_fen
    assert term is not None
    assert term.due_on >= local_date(served_world.now) + timedelta(days=30)
    assert term.organisation_id == contract.buyer_id
    assert term.label == "第 1 期款项：支付采购资金期限"


def test_request_by_somebody_else_is_denied(served_world: World) -> None:
    command = asking(served_world)

    for username in (CLERK, APPROVER, TREASURER, "jigou2"):
        with pytest.raises(DomainError) as refused, served_world.uow(username) as uow:
            request_payment(uow, command)
        assert isinstance(refused.value, Denied)


def test_request_twice_is_refused(served_world: World) -> None:
    given_request(served_world)

    command = asking(served_world)
    with pytest.raises(Conflict, match="已经申请过"), served_world.uow(MEMBER) as uow:
        request_payment(uow, command)


def test_request_sent_twice_with_one_key_counts_once(served_world: World) -> None:
    command = replace(asking(served_world), key="k" * 24)
    with served_world.uow(MEMBER) as uow:
        first = request_payment(uow, command).id
    with served_world.uow(MEMBER) as uow:
        again = request_payment(uow, command).id

    assert first == again
    assert len(served_world.session.scalars(select(PaymentRequest)).all()) == 1


def test_request_with_an_invoice_of_tomorrow_is_refused(served_world: World) -> None:
    command = asking(served_world)
    late = command.invoice.on + timedelta(days=1)
    tomorrow = replace(command, invoice=replace(command.invoice, on=late))

    with pytest.raises(Invalid, match="开票日期"), served_world.uow(MEMBER) as uow:
        request_payment(uow, tomorrow)


def test_invoice_used_for_another_instalment_is_refused(confirmed_world: World) -> None:
    world = confirmed_world
    given_met_milestones(world)
    given_request(world, 1, number="INV1")

    command = asking(world, 2, number="INV1")
    with pytest.raises(Invalid, match="发票号码"), world.uow(MEMBER) as uow:
        request_payment(uow, command)


def test_instalments_are_paid_in_the_contracts_order(confirmed_world: World) -> None:
    """The second waits for the first to be asked, to be agreed to, and while it is returned."""
    world = confirmed_world
    given_met_milestones(world)
    with pytest.raises(TooEarly, match="第 1 期还没有申请"), world.uow(MEMBER) as uow:
        request_payment(uow, asking(world, 2))
    first = given_request(world, 1)
    second = given_reviewed_request(world, 2)
    with pytest.raises(TooEarly, match="第 1 期还没有批准"), world.uow(APPROVER) as uow:
        approve_payment(uow, ApprovePayment(second.id, second.version, ""))
    with world.uow(CLERK) as uow:
        return_payment(uow, ReturnPayment(first.id, first.version, "抬头不对。", HEAD))
    with pytest.raises(TooEarly, match="第 1 期"), world.uow(APPROVER) as uow:
        approve_payment(uow, ApprovePayment(second.id, second.version, ""))


def test_milestone_holds_the_instalment_until_it_is_met_or_excused_in_writing(
    confirmed_world: World,
) -> None:
    world = confirmed_world
    given_request(world, 1)
    with pytest.raises(TooEarly, match="履约节点"), world.uow(MEMBER) as uow:
        request_payment(uow, asking(world, 2))
    contract = contract_of(world)
    waiting = [one for one in due_milestones(PaymentTrigger.MIDTERM, money_of(world).facts)]
    for number, fact in enumerate(waiting):
        milestone = get_milestone(world.session, contract, fact.position)
        why = "机构已口头说明，报告随末期补交。"
        command = ExcuseMilestone(milestone.id, milestone.version, why)
        if number == 0:
            for username in (MEMBER, CLERK, TREASURER):
                with pytest.raises(Denied), world.uow(username) as uow:
                    excuse_milestone(uow, command)
            with pytest.raises(Invalid, match="为什么"), world.uow(APPROVER) as uow:
                excuse_milestone(uow, replace(command, reason=" "))
        with world.uow(APPROVER) as uow:
            excuse_milestone(uow, command)
        with pytest.raises(Conflict), world.uow(APPROVER) as uow:
            excuse_milestone(uow, command)
        milestone = get_milestone(world.session, contract, fact.position)
        assert milestone.version > command.version, "a page loaded before is out of date"

    assert given_request(world, 2).state is PaymentRequestState.SUBMITTED


def test_invoice_that_is_not_the_instalments_is_refused(served_world: World) -> None:
    command = asking(served_world)
    for change, field in (
        ({"amount": Money(1)}, "invoice_amount"),
        ({"seller": "斗门区某某服务中心"}, "invoice_seller"),
        ({"buyer": "斗门区财政局"}, "invoice_buyer"),
    ):
        wrong = replace(command, invoice=replace(command.invoice, **change))

        with pytest.raises(Invalid) as refused, served_world.uow(MEMBER) as uow:
            request_payment(uow, wrong)
        assert refused.value.field == field


def test_review_keeps_each_thing_looked_at_and_refuses_what_is_not_in_order(
    served_world: World,
) -> None:
    """No check is stated that nobody made (R-FND-3)."""
    world = served_world
    request = given_request(world)
    whole = reviewing(world)
    lacking = {item: a for item, a in whole.answers.items() if item is not CheckItem.INVOICE_ON}
    wrong = {**whole.answers, CheckItem.INVOICE_SELLER: ItemAnswer(holds=False)}
    for answers, words in ((lacking, "还没有核对“开票日期”"), (wrong, "“发票销售方”不符合")):
        with pytest.raises(Invalid, match=words), world.uow(CLERK) as uow:
            review_payment(uow, replace(whole, answers=answers))
    with world.uow(CLERK) as uow:
        review_payment(uow, whole)

    checks = line_of(world, 1).checks
    assert [check.item for check in checks] == [one for one in CheckItem if one in INVOICE_ITEMS]
    assert {check.checked_by for check in checks} == {world.actor(CLERK).user_id}
    assert {check.payment_request_id for check in checks} == {request.id}


def test_files_handed_over_are_asked_with_their_evidence(evaluated_world: World) -> None:
    world = evaluated_world
    given_published_acceptance(world)
    given_met_milestones(world)
    last = len(money_of(world).lines)
    for position in range(1, last):
        given_approved_request(world, position)
    given_request(world, last)
    whole = reviewing(world, last)
    bare = {**whole.answers, CheckItem.FILES_HANDED_OVER: ItemAnswer(holds=True)}
    with pytest.raises(Invalid, match="服务档案已移交"), world.uow(CLERK) as uow:
        review_payment(uow, replace(whole, answers=bare))
    with world.uow(CLERK) as uow:
        review_payment(uow, whole)
    (files,) = [
        one for one in line_of(world, last).checks if one.item is CheckItem.FILES_HANDED_OVER
    ]
    assert files.evidence == "移交清单一份，双方签收。"


def test_returns_hold_the_days_up_and_never_hide_the_first_date(served_world: World) -> None:
    """T57: the days with the supplier do not count, the buyer's own do, however often they return."""
    world = served_world
    start = CHINA.next_workday(local_date(world.now) + timedelta(days=1))
    world.at(start, 9)
    request = given_request(world)
    first_due = request.first_due_on
    day = start
    for number, away in ((1, 3), (2, 4)):
        day += timedelta(days=1)
        world.at(day, 9)
        request = request_of(world, 1)
        with world.uow(CLERK) as uow:
            return_payment(uow, ReturnPayment(request.id, request.version, "发票抬头不对。", HEAD))
        request = request_of(world, 1)
        assert [one.status for one in terms_of(world, request)].count(TermStatus.RUNNING) == 0
        assert request.first_due_on == first_due
        day += timedelta(days=away)
        world.at(day, 9)
        invoice = invoice_for(world, 1, f"INV{number}", filed=False)
        with world.uow(MEMBER) as uow:
            resubmit_payment(uow, ResubmitPayment(request.id, request.version, invoice, "服务费"))

    request = request_of(world, 1)
    term = find_term(world.session, request.id, "T57")
    assert (request.state, request.invoice_number) == (PaymentRequestState.SUBMITTED, "INV2")
    assert term is not None
    assert (term.starts_on, request.first_due_on) == (start, first_due)
    assert term.due_on == last_day("T57", start, 7)
    assert [one.kind for one in line_of(world, 1).returns] == [HEAD, HEAD]
    assert (request.days_from, request.invoice_received_on) == (start, day)
    text = " ".join(f"{fact}" for fact in pages.days_facts(line_of(world, 1), day))
    assert "退回补正共 7 日不计入" in text


def test_rule_of_the_days_stays_the_requests_when_the_suppliers_code_is_corrected(
    approved_world: World,
) -> None:
    """A correction after the request leaves no term running when the money is paid."""
    request = request_of(approved_world, 1)
    approved_world.session.execute(
        update(Organisation)
        .where(Organisation.id == contract_of(approved_world).supplier_id)
        .values(credit_code="91440403MA4WXYZ12X")
    )
    approved_world.session.commit()
    for level in list(line_of(approved_world, 1).owed):
        pay_level(approved_world, level)

    states = {term.status for term in terms_of(approved_world, request)}
    assert states == {TermStatus.MET}
    assert request_of(approved_world, 1).pay_rule == "T57"


def test_review_by_another_office_is_denied(served_world: World) -> None:
    request = given_request(served_world)

    for username in (MEMBER, APPROVER, TREASURER, "yanshou"):
        with pytest.raises(Denied), served_world.uow(username) as uow:
            review_payment(uow, ReviewPayment(request.id, request.version, ""))


def test_approve_before_the_review_is_refused(served_world: World) -> None:
    request = given_request(served_world)

    with pytest.raises(IllegalTransition), served_world.uow(APPROVER) as uow:
        approve_payment(uow, ApprovePayment(request.id, request.version, ""))


def test_approve_by_another_office_is_denied(served_world: World) -> None:
    request = given_reviewed_request(served_world)

    for username in (MEMBER, CLERK, TREASURER):
        with pytest.raises(Denied), served_world.uow(username) as uow:
            approve_payment(uow, ApprovePayment(request.id, request.version, ""))


def test_approver_may_return_what_was_reviewed(served_world: World) -> None:
    request = given_reviewed_request(served_world)
    with served_world.uow(APPROVER) as uow:
        return_payment(
            uow, ReturnPayment(request.id, request.version, "请附服务费明细。", ReturnReason.PAPERS)
        )

    assert request_of(served_world, 1).state is PaymentRequestState.RETURNED


def test_pay_before_the_approval_is_refused(served_world: World) -> None:
    given_reviewed_request(served_world)

    with pytest.raises(IllegalTransition), served_world.uow(TREASURER) as uow:
        pay_share(uow, paying(served_world, Level.CITY))


def test_pay_by_another_office_is_denied(approved_world: World) -> None:
    command = paying(approved_world, Level.CITY)

    for username in (MEMBER, CLERK, APPROVER, "yusuan"):
        with pytest.raises(Denied), approved_world.uow(username) as uow:
            pay_share(uow, command)


def test_pay_when_the_condition_no_longer_holds_is_refused_and_moves_no_money(
    approved_world: World,
) -> None:
    """R-FND-3: approved is not enough; the money itself asks whether the gate is open."""
    world = approved_world
    command = paying(world, Level.DISTRICT)
    world.session.execute(update(Contract).values(state=ContractState.PUBLISHED))
    world.session.commit()

    with pytest.raises(TooEarly, match="等待合同公告和备案"), world.uow("guoku") as uow:
        pay_share(uow, command)
    assert world.session.scalars(select(TreasuryPayment)).all() == []


def test_pay_a_level_twice_is_refused_and_moves_no_money(approved_world: World) -> None:
    level = next(iter(line_of(approved_world, 1).owed))
    with approved_world.uow(TREASURER) as uow:
        pay_share(uow, paying(approved_world, level))
    paid = money_of(approved_world).paid_fen
    again = paying(approved_world, level, order="ZF20260199")

    with pytest.raises(Conflict, match="不会重复支付"), approved_world.uow(TREASURER) as uow:
        pay_share(uow, again)
    assert money_of(approved_world).paid_fen == paid


def test_pay_on_a_page_opened_before_the_last_payment_is_refused(approved_world: World) -> None:
    first, second = list(line_of(approved_world, 1).owed)[:2]
    stale = paying(approved_world, second)
    with approved_world.uow(TREASURER) as uow:
        pay_share(uow, paying(approved_world, first))

    with pytest.raises(Stale), approved_world.uow(TREASURER) as uow:
        pay_share(uow, stale)


def test_order_number_used_before_is_refused(approved_world: World) -> None:
    first, second = list(line_of(approved_world, 1).owed)[:2]
    with approved_world.uow(TREASURER) as uow:
        pay_share(uow, paying(approved_world, first, order="ZF20260101"))
    again = paying(approved_world, second, order="ZF20260101")

    with pytest.raises(Invalid, match="支付令"), approved_world.uow(TREASURER) as uow:
        pay_share(uow, again)


def test_order_number_that_no_treasury_gives_is_refused(approved_world: World) -> None:
    for order in ("", "1", "支付令 1", "ABCDEFGH", "ZF-1", "12345", "--123456--"):
        command = replace(paying(approved_world, Level.DISTRICT), order_number=order)

        with pytest.raises(Invalid) as refused, approved_world.uow(TREASURER) as uow:
            pay_share(uow, command)
        assert refused.value.field == "order_number"


def test_bank_day_other_level_and_other_year_are_asked_for(approved_world: World) -> None:
    """Not before the order, not to come; money of another level or year needs its proof."""
    world = approved_world
    own, other = paying(world, Level.DISTRICT), paying(world, Level.CITY)
    today = local_date(world.now)
    for command, field in (
        (replace(own, bank_on=today + timedelta(days=1)), "bank_on"),
        (replace(own, bank_on=today - timedelta(days=1)), "bank_on"),
        (replace(other, received_number=" "), "received_number"),
    ):
        with pytest.raises(Invalid) as refused, world.uow(TREASURER) as uow:
            pay_share(uow, command)
        assert refused.value.field == field
    world.session.execute(update(BudgetLine).values(year=today.year - 1))
    world.session.commit()
    with pytest.raises(Invalid, match="年度") as refused, world.uow(TREASURER) as uow:
        pay_share(uow, own)
    assert refused.value.field == "year_reason"
    with world.uow(TREASURER) as uow:
        payment = pay_share(uow, replace(own, year_reason="结转，财预〔2026〕3号批准。"))
    assert (payment.bank_on, payment.attempt) == (today, 1)


def test_paid_in_time_and_registered_late_is_in_time(approved_world: World) -> None:
    """T57 is met on the day the bank paid, not on the day that was typed."""
    world = approved_world
    request = request_of(world, 1)
    bank_on, due_on = local_date(world.now), request.first_due_on
    assert due_on is not None
    world.at(due_on + timedelta(days=3), 9)
    for level in list(line_of(world, 1).owed):
        with world.uow(TREASURER) as uow:
            pay_share(uow, replace(paying(world, level), bank_on=bank_on))

    term = find_term(world.session, request.id, "T57")
    assert term is not None
    assert term.met_on == bank_on
    links = trail.links_of_project(world.session, contract_of(world).project_id)
    (settled,) = [link.data for link in links if link.event == "PaymentSettled"]
    assert settled["late"] is False


def test_bounced_payment_is_taken_back_by_two_and_paid_again(evaluated_world: World) -> None:
    """退票 after everything was paid: a pair of entries, the contract goes on, the share is paid anew."""
    world = evaluated_world
    given_published_acceptance(world)
    given_met_milestones(world)
    last = len(money_of(world).lines)
    for position in range(1, last + 1):
        given_paid_request(world, position)
    contract = contract_of(world)
    assert contract.state is ContractState.COMPLETED
    before = balances_of(world)
    level = Level.DISTRICT
    command = bouncing(world, level, last)
    for username in (CLERK, APPROVER, MEMBER):
        with pytest.raises(Denied), world.uow(username) as uow:
            propose_reversal(uow, command)
    with world.uow(TREASURER) as uow:
        propose_reversal(uow, command)
    assert balances_of(world) == before
    assert not money_of(world).is_settled
    for username, error in ((TREASURER, Denied), (CLERK, Denied), (MEMBER, Denied)):
        with pytest.raises(error), world.uow(username) as uow:
            decide_reversal(uow, deciding(world, last))
    with world.uow(APPROVER) as uow:
        row = decide_reversal(uow, deciding(world, last))

    share = line_of(world, last).owed[level]
    request = request_of(world, last)
    assert request.state is PaymentRequestState.APPROVED
    assert contract_of(world).state is ContractState.FILED
    assert contract_of(world).project.closed_at is None
    taken = balances_of(world)
    assert taken[AccountKind.PAID] == before[AccountKind.PAID] - share
    assert taken[AccountKind.COMMITTED] == before[AccountKind.COMMITTED] + share
    assert row.entry_id is not None
    assert find_term(world.session, request.id, request.pay_rule).status is TermStatus.RUNNING
    shown = line_of(world, last).term
    assert shown is not None
    assert shown.status is TermStatus.RUNNING, "the page tells the days that run, not those met"
    with world.uow(TREASURER) as uow:
        again = pay_share(uow, paying(world, level, last))
    assert again.attempt == 2
    assert balances_of(world) == before
    assert request_of(world, last).state is PaymentRequestState.PAID
    assert contract_of(world).state is ContractState.COMPLETED
    assert contract_of(world).project.closed_at is not None


def test_partial_acceptance_takes_its_deduction_off_the_last_instalment(
    evaluated_world: World,
) -> None:
    """The money nobody will be paid goes back to the budget by a balanced entry, fen by fen."""
    world = evaluated_world
    deduction = Deduction(Money(120_001), "合同违约责任第 2 项", "少 24 次，每次 50 元。")
    held = balances_of(world)[AccountKind.COMMITTED]
    given_partial_acceptance(world, deduction)
    given_met_milestones(world)
    last = len(money_of(world).lines)
    line = line_of(world, last)
    assert balances_of(world)[AccountKind.COMMITTED] == held - deduction.amount.fen
    assert line.payable_fen == line.instalment.amount_fen - deduction.amount.fen
    money = money_of(world)
    left = (Money(contract_of(world).amount_fen) - deduction.amount).format()
    assert pages.flow_chart(money).caption.endswith(f"尚未支付 {left}。")
    row = pages.instalment_table(money, world.actor(MEMBER), world.now).rows[-1]
    assert row.cells[2] == Money(line.payable_fen)
    assert f"扣减 {deduction.amount.format()}" in row.note
    for position in range(1, last + 1):
        given_paid_request(world, position)

    contract = contract_of(world)
    assert balances_of(world) == {
        AccountKind.COMMITTED: 0,
        AccountKind.PAID: contract.amount_fen - deduction.amount.fen,
    }
    assert contract.state is ContractState.COMPLETED
    sheet = world.session.get_one(Document, request_of(world, last).sheet_document_id)
    assert sheet.snapshot is not None
    assert sheet.snapshot["deducted_fen"] == deduction.amount.fen
    assert sheet.snapshot["remaining_fen"] == 0


def end_early(world: World, last_on: date) -> None:
    """Both parties agree that the services end on that day."""
    contract = contract_of(world)
    command = ProposeEarlyEnd(
        contract.id, contract.version, EarlyEndKind.AGREED, last_on, "双方协商一致。"
    )
    with world.uow(CLERK) as uow:
        propose_early_end(uow, command)
    with world.uow(APPROVER) as uow:
        decide_early_end(uow, DecideEarlyEnd(contract.id, contract_of(world).version, agreed=True))


def test_what_an_early_end_left_undone_is_taken_off_the_midterms_money_too(
    embedded_served_world: World,
) -> None:
    """Three days of services: nobody evaluated the half year, and its money is not paid for it."""
    world = embedded_served_world
    whole = balances_of(world)[AccountKind.COMMITTED]
    end_early(world, local_date(world.now))
    given_confirmed_evaluation(world, EvaluationKind.FINAL)
    signing, midterm, last = (line.instalment.amount_fen for line in money_of(world).lines)
    taken = last + midterm - 500_001
    given_partial_acceptance(
        world, Deduction(Money(taken), "合同结算条款", "按核实的数量乘以单价结算。")
    )
    given_met_milestones(world)

    assert balances_of(world)[AccountKind.COMMITTED] == whole - taken
    assert [line.payable_fen for line in money_of(world).lines] == [signing, 500_001, 0]
    given_paid_request(world, 1)
    assert [one.verb for one in todo(world.session, world.actor(MEMBER), world.now)] == [
        "申请支付款项"
    ]
    request = given_reviewed_request(world, 2)
    assert todo(world.session, world.actor(MEMBER), world.now) == []
    with world.uow(APPROVER) as uow:
        approve_payment(uow, ApprovePayment(request.id, request.version, "同意支付。"))
    for level in line_of(world, 2).owed:
        with world.uow(TREASURER) as uow:
            pay_share(uow, paying(world, level, 2))
    assert balances_of(world)[AccountKind.COMMITTED] == 0
    assert contract_of(world).state is ContractState.COMPLETED


def test_refused_reversal_leaves_everything_as_it_was(paid_world: World) -> None:
    world = paid_world
    before = balances_of(world)
    with world.uow(TREASURER) as uow:
        propose_reversal(uow, bouncing(world, Level.DISTRICT))
    waiting = {
        username: [task.verb for task in todo(world.session, world.actor(username), world.now)]
        for username in (APPROVER, TREASURER, CLERK, MEMBER)
    }
    assert waiting == {APPROVER: ["确认冲正或者退票"], TREASURER: [], CLERK: [], MEMBER: []}
    with pytest.raises(Conflict, match="等待确认"), world.uow(TREASURER) as uow:
        propose_reversal(uow, bouncing(world, Level.CITY))
    with pytest.raises(Invalid, match="理由"), world.uow(APPROVER) as uow:
        decide_reversal(uow, replace(deciding(world), agreed=False, note=""))
    with world.uow(APPROVER) as uow:
        decide_reversal(uow, replace(deciding(world), agreed=False, note="银行已入账。"))

    assert balances_of(world) == before
    assert request_of(world, 1).state is PaymentRequestState.PAID
    with world.uow(TREASURER) as uow:
        propose_reversal(uow, bouncing(world, Level.DISTRICT))
    assert line_of(world, 1).pending_reversal is not None


def test_treasury_sends_an_approved_request_back_until_something_is_paid(
    approved_world: World,
) -> None:
    world = approved_world
    request = request_of(world, 1)
    command = SendBackPayment(request.id, request.version, "收款户名与账号不符。")
    with pytest.raises(Denied), world.uow(APPROVER) as uow:
        send_back_payment(uow, command)
    with world.uow(TREASURER) as uow:
        send_back_payment(uow, command)
    request = request_of(world, 1)
    assert (request.state, request.approved_by) == (PaymentRequestState.SUBMITTED, None)
    with world.uow(CLERK) as uow:
        review_payment(uow, reviewing(world))
    with world.uow(APPROVER) as uow:
        request = request_of(world, 1)
        approve_payment(uow, ApprovePayment(request.id, request.version, ""))
    with world.uow(TREASURER) as uow:
        pay_share(uow, paying(world, Level.DISTRICT))
    request = request_of(world, 1)
    with pytest.raises(Conflict, match="已经支付了一部分"), world.uow(TREASURER) as uow:
        send_back_payment(uow, SendBackPayment(request.id, request.version, "户名不符。"))


def test_contract_in_the_ledger_is_told_with_its_own_amount(served_world: World) -> None:
    """签订合同 shows the contract's amount, not what it left of the plan's money beside it."""
    contract = contract_of(served_world)
    (entry,) = [
        entry
        for entry in entries_of_project(served_world.session, contract.project_id)
        if entry.kind is EntryKind.COMMIT
    ]
    assert entry.amount_fen == contract.amount_fen


def test_stage_of_payment_begins_with_the_first_payment(approved_world: World) -> None:
    assert Stage.PAYMENT not in stages_of(approved_world)
    with approved_world.uow(TREASURER) as uow:
        pay_share(uow, paying(approved_world, Level.DISTRICT))
    assert Stage.PAYMENT in stages_of(approved_world)


@pytest.mark.parametrize("attempt", [1, 2])
def test_database_refuses_a_second_payment_of_a_level_that_did_not_come_back(
    paid_world: World, attempt: int
) -> None:
    request = request_of(paid_world, 1)
    earlier = line_of(paid_world, 1).payments[0]
    again = TreasuryPayment(
        id=new_id(),
        payment_request_id=request.id,
        level=earlier.level,
        amount_fen=earlier.amount_fen,
        order_number="ZF-AGAIN",
        payee_name=earlier.payee_name,
        payee_account=earlier.payee_account,
        paid_by=earlier.paid_by,
        paid_at=paid_world.now,
        attempt=attempt,
    )

    paid_world.session.add(again)
    with pytest.raises(DBAPIError):
        paid_world.session.flush()
    paid_world.session.rollback()


def test_last_share_settles_the_request_with_its_sheet(paid_world: World) -> None:
    request = request_of(paid_world, 1)

    assert request.state is PaymentRequestState.PAID
    sheet = paid_world.session.get_one(Document, request.sheet_document_id)
    assert sheet.kind is DocumentKind.PAYMENT_SHEET
    assert sheet.snapshot is not None
    shares = sheet.snapshot["shares"]
    assert isinstance(shares, list)
    assert sum(share["amount_fen"] for share in shares) == request.amount_fen
    term = find_term(paid_world.session, request.id, "T57")
    assert term is not None
    assert term.status is TermStatus.MET
    contract = contract_of(paid_world)
    assert contract.state is ContractState.FILED


def test_all_instalments_paid_add_up_by_level_and_close_the_project(
    evaluated_world: World,
) -> None:
    given_published_acceptance(evaluated_world)
    given_met_milestones(evaluated_world)
    for position in range(1, len(money_of(evaluated_world).lines) + 1):
        given_paid_request(evaluated_world, position)
    page = money_of(evaluated_world)
    contract = contract_of(evaluated_world)

    assert page.paid_fen == contract.amount_fen
    for share in page.shares:
        paid = sum(
            payment.amount_fen
            for line in page.lines
            for payment in line.payments
            if payment.level is share.level
        )
        assert paid == share.amount_fen
    kinds = {
        kind: sum(standing_on(evaluated_world.session, page.line.id, kind, contract.id).values())
        for kind in (AccountKind.COMMITTED, AccountKind.PAID)
    }
    assert kinds == {AccountKind.COMMITTED: 0, AccountKind.PAID: contract.amount_fen}
    assert contract.state is ContractState.COMPLETED
    assert contract.project.closed_at is not None
    assert contract.project.stage is Stage.CLOSED


def test_contract_that_its_last_acts_left_uncompleted_is_completed_at_night(
    embedded_evaluated_world: World,
) -> None:
    """Two last payments of one moment did not see each other before they held the contract."""
    world = embedded_evaluated_world
    given_published_acceptance(world)
    given_met_milestones(world)
    bench = Bench(world.session, world.clock, world.app.extensions[CONFIG])
    assert complete_contracts(bench) == "办结已付清并验收的合同 0 份"
    for position in range(1, len(money_of(world).lines) + 1):
        given_paid_request(world, position)
    contract = contract_of(world)
    with UnitOfWork(world.session, world.actor(TREASURER), world.clock, technical=True) as uow:
        left = uow.session.get_one(Contract, contract.id)
        left.state, left.completed_at = ContractState.FILED, None
        uow.session.get_one(Project, left.project_id).closed_at = None

    assert complete_contracts(bench) == "办结已付清并验收的合同 1 份"
    contract = contract_of(world)
    assert contract.state is ContractState.COMPLETED
    assert contract.project.closed_at is not None
    assert complete_contracts(bench) == "办结已付清并验收的合同 0 份"
