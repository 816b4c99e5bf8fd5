"""Money paid before and not earned: claimed back by the acceptance, paid back, and put in the ledger."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from procure.kernel.clock import local_date
from procure.kernel.errors import Conflict, Denied, Invalid, NotFound
from procure.kernel.money import Money
from procure.kernel.vocabulary import Outcome, PaymentTrigger
from procure.registers.documents.models import Document
from procure.registers.funds.models import AccountKind
from procure.registers.funds.queries import flow_of_project, standing_on
from procure.stages.acceptance.paper import notice_sections
from procure.stages.acceptance.use_cases.decide import (
    Deduction,
    PublishAcceptance,
    pass_acceptance,
    publish_acceptance,
)
from procure.stages.contracts.models import Instalment
from procure.stages.payments.case import todo
from procure.stages.payments.use_cases.refund import (
    DecideRefund,
    ProposeRefund,
    decide_refund,
    propose_refund,
)
from procure.store.unit_of_work import UnitOfWork
from tests.factories.acceptance import (
    ACCEPTER,
    acceptance_of,
    dossier_of,
    given_judged_acceptance,
    given_signed_certificate,
    passing,
)
from tests.factories.contracts import APPROVER, CLERK, MEMBER, contract_of
from tests.factories.payments import (
    TREASURER,
    given_agreed_request,
    given_met_milestones,
    given_payments,
    given_request,
    money_of,
)
from tests.world import World

CLAIM = Money(5_000_001)
SHORT = Deduction(Money(0), "合同违约责任第 2 项", "少 1,000 次，每次 50 元。", claim=CLAIM)


def hold_nothing_back(world: World) -> None:
    """As contracts of before: the last instalment is paid with the final evaluation."""
    with UnitOfWork(world.session, world.actor(CLERK), world.clock, technical=True) as uow:
        uow.session.execute(
            update(Instalment)
            .where(Instalment.trigger == PaymentTrigger.ACCEPTANCE)
            .values(trigger=PaymentTrigger.FINAL)
        )


def registering(world: World, amount: Money = CLAIM) -> ProposeRefund:
    contract = contract_of(world)
    return ProposeRefund(contract.id, contract.version, amount, "SK20270001", local_date(world.now))


def test_shortfall_without_anything_to_deduct_is_claimed_back_and_paid_back_by_two(
    evaluated_world: World,
) -> None:
    world = evaluated_world
    hold_nothing_back(world)
    given_met_milestones(world)
    for line in money_of(world).lines:
        given_request(world, line.instalment.position)
    given_judged_acceptance(world, whole=False)
    page = dossier_of(world)
    assert page.retained_fen == 0
    number = contract_of(world).project.number
    shown = world.client(ACCEPTER).get(f"/projects/{number}/acceptance/pass")
    assert "要求退回的金额" in shown.text
    assert "扣减金额" not in shown.text
    paid_before = Money(contract_of(world).amount_fen)
    for wrong in (
        None,
        replace(SHORT, claim=Money(0)),
        replace(SHORT, claim=paid_before + Money(1)),
        replace(SHORT, amount=Money(1)),
        replace(SHORT, reason=" "),
    ):
        with pytest.raises(Invalid, match="退回|扣减"), world.uow(ACCEPTER) as uow:
            pass_acceptance(uow, passing(world, deduction=wrong))
    with world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world, deduction=SHORT))
    page = dossier_of(world)
    assert page.result is not None
    assert (page.result.outcome, page.result.claim_fen) == (Outcome.PARTIAL, CLAIM.fen)
    document = world.session.get_one(Document, acceptance_of(world).certificate_document_id)
    assert document.snapshot is not None
    assert document.snapshot["claim"]["amount_fen"] == CLAIM.fen
    assert "deduction" not in document.snapshot
    assert CLAIM.format() in str(notice_sections(page))
    given_signed_certificate(world)
    acceptance = acceptance_of(world)
    with world.uow(CLERK) as uow:
        publish_acceptance(uow, PublishAcceptance(acceptance.id, acceptance.version))

    with pytest.raises(Invalid, match="还没有支付"):
        _received(world)
    with world.uow(APPROVER) as uow:
        contract = contract_of(world)
        decide_refund(uow, DecideRefund(contract.id, contract.version, False, "没有到账。"))
    given_agreed_request(world)
    given_payments(world)
    money = money_of(world)
    assert money.claim_left_fen == CLAIM.fen
    before = standing_on(world.session, money.line.id, AccountKind.AVAILABLE)
    for username in (MEMBER, CLERK, APPROVER):
        with pytest.raises(Denied), world.uow(username) as uow:
            propose_refund(uow, registering(world))
    for wrong in (Money(0), CLAIM + Money(1)):
        with pytest.raises(Invalid), world.uow(TREASURER) as uow:
            propose_refund(uow, registering(world, wrong))
    page = f"/projects/{number}/payments/refund"
    typed = {
        "amount": "50,000.01",
        "reference": "SK20270002",
        "bank_on": str(local_date(world.now)),
    }
    world.client(TREASURER).post(page, typed | {"amount": "50,000.02"}, status=400)
    world.client(TREASURER).post(page, typed)
    assert "SK20270002" in world.client(APPROVER).get(f"{page}/decide").text
    world.client(TREASURER).post(f"{page}/decide", {"agreed": "yes"}, status=409)
    world.client(APPROVER).post(f"{page}/decide", {"agreed": "yes"})

    money = money_of(world)
    after = standing_on(world.session, money.line.id, AccountKind.AVAILABLE)
    assert sum(after.values()) - sum(before.values()) == CLAIM.fen
    assert money.claim_left_fen == 0
    [flow] = flow_of_project(world.session, contract_of(world).project_id)
    assert flow.total("paid_fen") == money.paid_fen - CLAIM.fen
    with pytest.raises(Conflict), world.uow(TREASURER) as uow:
        propose_refund(uow, registering(world))
    text = world.client(MEMBER).get(f"/projects/{number}/payments").text
    assert "验收要求退回" in text
    assert "已全部退回" in text


def _received(world: World) -> None:
    """Registered by the treasury, confirmed by the payer's approver, and by nobody else."""
    with world.uow(TREASURER) as uow:
        propose_refund(uow, registering(world))
    contract = contract_of(world)
    confirmed = DecideRefund(contract.id, contract.version, True, "")
    with pytest.raises(Conflict), world.uow(TREASURER) as uow:
        propose_refund(uow, registering(world))
    with pytest.raises(Denied), world.uow(TREASURER) as uow:
        decide_refund(uow, confirmed)
    waiting = todo(world.session, world.actor(APPROVER), world.now)
    assert any(task.href.endswith("/refund/decide") for task in waiting)
    with world.uow(APPROVER) as uow:
        decide_refund(uow, confirmed)


def test_what_nobody_asked_for_before_the_acceptance_waits_for_it_and_bears_its_deduction(
    evaluated_world: World,
) -> None:
    """Nothing is claimed back that was never paid, and then paid out (O658 art 45)."""
    world = evaluated_world
    given_met_milestones(world)
    assert money_of(world).at(1).gate.ok
    given_judged_acceptance(world, whole=False)
    price = Money(contract_of(world).amount_fen)
    assert dossier_of(world).retained_fen == price.fen
    for line in money_of(world).lines:
        assert "等待履约验收合格并公告" in line.gate.reason
    with pytest.raises(Invalid, match="已经申请的 ¥0.00"), world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world, deduction=replace(SHORT, amount=price)))
    taken = price - Money(1_000_000)
    with world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world, deduction=replace(SHORT, amount=taken, claim=Money(0))))
    given_signed_certificate(world)
    acceptance = acceptance_of(world)
    with world.uow(CLERK) as uow:
        publish_acceptance(uow, PublishAcceptance(acceptance.id, acceptance.version))

    money = money_of(world)
    assert [line.payable_fen for line in money.lines] == [1_000_000, 0, 0]
    assert money.at(1).gate.ok
    assert "验收以前没有申请，按验收结论结算" in money.evidence(money.at(1))
    given_request(world)
    given_agreed_request(world)
    given_payments(world)
    assert money_of(world).paid_fen == 1_000_000


def test_what_is_still_to_be_paid_is_taken_off_before_anything_is_claimed_back(
    embedded_evaluated_world: World,
) -> None:
    world = embedded_evaluated_world
    given_met_milestones(world)
    given_request(world)
    given_judged_acceptance(world, whole=False)
    retained = Money(dossier_of(world).retained_fen)
    for amount in (Money(0), retained - Money(1)):
        with pytest.raises(Invalid, match="没有扣减"), world.uow(ACCEPTER) as uow:
            pass_acceptance(uow, passing(world, deduction=replace(SHORT, amount=amount)))
    with world.uow(ACCEPTER) as uow:
        pass_acceptance(uow, passing(world, deduction=replace(SHORT, amount=retained)))
    result = dossier_of(world).result
    assert result is not None
    assert (result.deduction_fen, result.claim_fen) == (retained.fen, CLAIM.fen)
    contract = contract_of(world)
    nothing = DecideRefund(contract.id, contract.version, True, "")
    with pytest.raises(NotFound), world.uow(APPROVER) as uow:
        decide_refund(uow, nothing)
