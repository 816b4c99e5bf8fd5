"""Payments on both databases: gate, four hands, shares by level, never twice, completion."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

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
from procure.registers.deadlines.models import TermStatus
from procure.registers.deadlines.queries import find_term
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.funds.models import AccountKind
from procure.registers.funds.queries import standing_on
from procure.stages.contracts.models import Contract
from procure.stages.payments.models import PaymentRequest, TreasuryPayment
from procure.stages.payments.use_cases.pay import PayShare, pay_share
from procure.stages.payments.use_cases.request import (
    ResubmitPayment,
    request_payment,
    resubmit_payment,
)
from procure.stages.payments.use_cases.review import (
    ApprovePayment,
    ReturnPayment,
    ReviewPayment,
    approve_payment,
    return_payment,
    review_payment,
)
from procure.store.types import new_id
from tests.factories.acceptance import given_published_acceptance
from tests.factories.contracts import APPROVER, CLERK, MEMBER, contract_of
from tests.factories.evaluation import MIDTERM, given_confirmed_evaluation
from tests.factories.payments import (
    TREASURER,
    asking,
    given_approved_request,
    given_paid_request,
    given_request,
    given_reviewed_request,
    line_of,
    money_of,
    request_of,
)
from tests.world import World


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


@pytest.mark.parametrize("username", [CLERK, APPROVER, TREASURER, "jigou2"])
def test_request_by_somebody_else_is_denied(served_world: World, username: str) -> None:
    command = asking(served_world)

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
    tomorrow = replace(command, invoice_on=command.invoice_on + timedelta(days=1))

    with pytest.raises(Invalid, match="开票日期"), served_world.uow(MEMBER) as uow:
        request_payment(uow, tomorrow)


def test_invoice_used_for_another_instalment_is_refused(served_world: World) -> None:
    given_confirmed_evaluation(served_world, MIDTERM)
    given_request(served_world, 1, number="INV1")

    command = asking(served_world, 2, number="INV1")
    with pytest.raises(Invalid, match="发票号码"), served_world.uow(MEMBER) as uow:
        request_payment(uow, command)


def test_return_stops_the_days_and_resubmitting_starts_them_anew(served_world: World) -> None:
    request = given_request(served_world)
    with served_world.uow(CLERK) as uow:
        return_payment(uow, ReturnPayment(request.id, request.version, "发票抬头不对。"))
    request = request_of(served_world, 1)
    running = find_term(served_world.session, request.id, "T57")
    assert running is None
    served_world.at(local_date(served_world.now) + timedelta(days=3), 9)
    command = ResubmitPayment(
        request.id, request.version, "INV2", local_date(served_world.now), "", "服务费"
    )
    with served_world.uow(MEMBER) as uow:
        resubmit_payment(uow, command)

    request = request_of(served_world, 1)
    term = find_term(served_world.session, request.id, "T57")
    assert (request.state, request.invoice_number) == (PaymentRequestState.SUBMITTED, "INV2")
    assert term is not None
    assert term.starts_on == local_date(served_world.now)


@pytest.mark.parametrize("username", [MEMBER, APPROVER, TREASURER, "yanshou"])
def test_review_by_another_office_is_denied(served_world: World, username: str) -> None:
    request = given_request(served_world)

    with pytest.raises(Denied), served_world.uow(username) as uow:
        review_payment(uow, ReviewPayment(request.id, request.version, ""))


def test_approve_before_the_review_is_refused(served_world: World) -> None:
    request = given_request(served_world)

    with pytest.raises(IllegalTransition), served_world.uow(APPROVER) as uow:
        approve_payment(uow, ApprovePayment(request.id, request.version, ""))


@pytest.mark.parametrize("username", [MEMBER, CLERK, TREASURER])
def test_approve_by_another_office_is_denied(served_world: World, username: str) -> None:
    request = given_reviewed_request(served_world)

    with pytest.raises(Denied), served_world.uow(username) as uow:
        approve_payment(uow, ApprovePayment(request.id, request.version, ""))


def test_approver_may_return_what_was_reviewed(served_world: World) -> None:
    request = given_reviewed_request(served_world)
    with served_world.uow(APPROVER) as uow:
        return_payment(uow, ReturnPayment(request.id, request.version, "请附服务费明细。"))

    assert request_of(served_world, 1).state is PaymentRequestState.RETURNED


def test_pay_before_the_approval_is_refused(served_world: World) -> None:
    request = given_reviewed_request(served_world)

    with pytest.raises(IllegalTransition), served_world.uow(TREASURER) as uow:
        pay_share(uow, PayShare(request.id, request.version, Level.CITY, "ZF1"))


@pytest.mark.parametrize("username", [MEMBER, CLERK, APPROVER, "yusuan"])
def test_pay_by_another_office_is_denied(served_world: World, username: str) -> None:
    request = given_approved_request(served_world)

    with pytest.raises(Denied), served_world.uow(username) as uow:
        pay_share(uow, PayShare(request.id, request.version, Level.CITY, "ZF1"))


def test_pay_when_the_condition_no_longer_holds_is_refused_and_moves_no_money(
    served_world: World,
) -> None:
    """R-FND-3: approved is not enough; the money itself asks whether the gate is open."""
    world = served_world
    request = given_approved_request(world)
    world.session.execute(update(Contract).values(state=ContractState.PUBLISHED))
    world.session.commit()

    with pytest.raises(TooEarly, match="等待合同公告和备案"), world.uow("guoku") as uow:
        pay_share(uow, PayShare(request.id, request.version, Level.DISTRICT, "ZF001"))
    assert world.session.scalars(select(TreasuryPayment)).all() == []


def test_pay_a_level_twice_is_refused_and_moves_no_money(served_world: World) -> None:
    request = given_approved_request(served_world)
    level = next(iter(line_of(served_world, 1).owed))
    with served_world.uow(TREASURER) as uow:
        pay_share(uow, PayShare(request.id, request.version, level, "ZF1"))
    paid = money_of(served_world).paid_fen
    request = request_of(served_world, 1)

    with pytest.raises(Conflict, match="不会重复支付"), served_world.uow(TREASURER) as uow:
        pay_share(uow, PayShare(request.id, request.version, level, "ZF2"))
    assert money_of(served_world).paid_fen == paid


def test_pay_on_a_page_opened_before_the_last_payment_is_refused(served_world: World) -> None:
    request = given_approved_request(served_world)
    version = request.version
    first, second = list(line_of(served_world, 1).owed)[:2]
    with served_world.uow(TREASURER) as uow:
        pay_share(uow, PayShare(request.id, version, first, "ZF1"))

    with pytest.raises(Stale), served_world.uow(TREASURER) as uow:
        pay_share(uow, PayShare(request.id, version, second, "ZF2"))


def test_order_number_used_before_is_refused(served_world: World) -> None:
    request = given_approved_request(served_world)
    first, second = list(line_of(served_world, 1).owed)[:2]
    with served_world.uow(TREASURER) as uow:
        pay_share(uow, PayShare(request.id, request.version, first, "ZF1"))
    request = request_of(served_world, 1)

    with pytest.raises(Invalid, match="支付令"), served_world.uow(TREASURER) as uow:
        pay_share(uow, PayShare(request.id, request.version, second, "ZF1"))


def test_pay_a_level_without_a_share_is_refused(served_world: World) -> None:
    request = given_approved_request(served_world)
    without = next(level for level in Level if level not in line_of(served_world, 1).plan)

    with pytest.raises(Invalid, match="不承担"), served_world.uow(TREASURER) as uow:
        pay_share(uow, PayShare(request.id, request.version, without, "ZF1"))


def test_database_refuses_a_second_payment_of_a_level(served_world: World) -> None:
    request = given_paid_request(served_world)
    line = line_of(served_world, 1)
    earlier = line.payments[0]
    again = TreasuryPayment(
        id=new_id(),
        payment_request_id=request.id,
        level=earlier.level,
        amount_fen=earlier.amount_fen,
        order_number="ZF-AGAIN",
        payee_name=earlier.payee_name,
        payee_account=earlier.payee_account,
        paid_by=earlier.paid_by,
        paid_at=served_world.now,
    )

    served_world.session.add(again)
    with pytest.raises(DBAPIError):
        served_world.session.flush()
    served_world.session.rollback()


def test_last_share_settles_the_request_with_its_sheet(served_world: World) -> None:
    request = given_paid_request(served_world)

    assert request.state is PaymentRequestState.PAID
    sheet = served_world.session.get_one(Document, request.sheet_document_id)
    assert sheet.kind is DocumentKind.PAYMENT_SHEET
    assert sheet.snapshot is not None
    shares = sheet.snapshot["shares"]
    assert isinstance(shares, list)
    assert sum(share["amount_fen"] for share in shares) == request.amount_fen
    term = find_term(served_world.session, request.id, "T57")
    assert term is not None
    assert term.status is TermStatus.MET
    contract = contract_of(served_world)
    assert contract.state is ContractState.FILED


def test_all_instalments_paid_add_up_by_level_and_close_the_project(
    evaluated_world: World,
) -> None:
    given_published_acceptance(evaluated_world)
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
