"""Payment requests, each brought where a test needs it by the use cases of its people."""

from procure.kernel.access import Level
from procure.kernel.clock import local_date
from procure.kernel.money import Money
from procure.stages.delivery.use_cases.milestones import ConfirmMilestone, confirm_milestone
from procure.stages.payments import queries
from procure.stages.payments.gates import items_to_check
from procure.stages.payments.models import PaymentRequest, PayMethod
from procure.stages.payments.queries import InstalmentLine, MoneyDossier
from procure.stages.payments.use_cases.pay import PayShare, pay_share
from procure.stages.payments.use_cases.request import Invoice, RequestPayment, request_payment
from procure.stages.payments.use_cases.review import (
    ApprovePayment,
    ItemAnswer,
    ReviewPayment,
    approve_payment,
    review_payment,
)
from tests.factories.bids import given_upload
from tests.factories.contracts import APPROVER, CLERK, MEMBER, contract_of
from tests.factories.delivery import given_reported_milestone, milestone_at
from tests.factories.registers import pdf_file
from tests.world import World

TREASURER = "guoku"


def given_request(world: World, position: int = 1, number: str = "") -> PaymentRequest:
    """An instalment asked for with an invoice; its condition must be met."""
    command = asking(world, position, number)
    with world.uow(MEMBER) as uow:
        request_payment(uow, command)
    return request_of(world, position)


def given_reviewed_request(world: World, position: int = 1) -> PaymentRequest:
    """A request that the clerk has checked."""
    given_request(world, position)
    return given_checked_request(world, position)


def given_checked_request(world: World, position: int = 1) -> PaymentRequest:
    """The same of a request that lies before the clerk."""
    with world.uow(CLERK) as uow:
        review_payment(uow, reviewing(world, position))
    return request_of(world, position)


def given_approved_request(world: World, position: int = 1) -> PaymentRequest:
    """A request that waits for the treasury."""
    given_request(world, position)
    return given_agreed_request(world, position)


def given_agreed_request(world: World, position: int = 1) -> PaymentRequest:
    """The same of a request that lies before the clerk."""
    request = given_checked_request(world, position)
    with world.uow(APPROVER) as uow:
        approve_payment(uow, ApprovePayment(request.id, request.version, "同意支付。"))
    return request_of(world, position)


def given_paid_request(world: World, position: int = 1) -> PaymentRequest:
    """A request that every level has paid."""
    given_approved_request(world, position)
    return given_payments(world, position)


def given_payments(world: World, position: int = 1) -> PaymentRequest:
    """Every level pays a request that waits for the treasury."""
    for level in list(line_of(world, position).owed):
        with world.uow(TREASURER) as uow:
            pay_share(uow, paying(world, level, position))
    return request_of(world, position)


def paying(world: World, level: Level, position: int = 1, order: str = "") -> PayShare:
    """The usual payment of a level's share, made by the bank today."""
    money, today = money_of(world), local_date(world.now)
    line = money.at(position)
    request, attempt = asked_in(line), line.attempts(level) + 1
    is_its_year = money.line.year == today.year
    return PayShare(
        request.id,
        request.version,
        level,
        order or f"ZF2026{position:02d}{attempt:02d}{level.value.upper()}",
        today,
        "财预〔2026〕31号",
        PayMethod.DIRECT,
        "" if level is world.actor(TREASURER).level else "财拨〔2026〕12号",
        "" if is_its_year else "结转资金，财预〔2027〕3号批准。",
    )


def asking(world: World, position: int = 1, number: str = "") -> RequestPayment:
    """The usual request, its invoice waiting in the supplier's staging."""
    contract = contract_of(world)
    return RequestPayment(
        contract.id,
        position,
        invoice_for(world, position, number or f"2644200000001234567{position}"),
        f"第 {position} 期服务费",
    )


def invoice_for(world: World, position: int, number: str, *, filed: bool = True) -> Invoice:
    """The right invoice for an instalment; without a file when the one on record stays."""
    contract = contract_of(world)
    return Invoice(
        number,
        local_date(world.now),
        Money(line_of(world, position).payable_fen),
        contract.supplier.name,
        contract.buyer.name,
        given_upload(world, pdf_file(), "发票.pdf", MEMBER) if filed else "",
    )


def reviewing(world: World, position: int = 1) -> ReviewPayment:
    """The clerk's check that finds everything in order."""
    line = line_of(world, position)
    request = asked_in(line)
    answers = {
        item: ItemAnswer(holds=True, evidence="移交清单一份，双方签收。")
        for item in items_to_check(line.instalment.trigger)
    }
    return ReviewPayment(request.id, request.version, "条件具备。", answers)


def given_met_milestones(world: World) -> None:
    """Every milestone of the contract reported and confirmed."""
    for fact in money_of(world).facts.milestones:
        if fact.is_open:
            given_reported_milestone(world, fact.position)
            milestone = milestone_at(world, fact.position)
            with world.uow(CLERK) as uow:
                confirm_milestone(uow, ConfirmMilestone(milestone.id, milestone.version))


def money_of(world: World) -> MoneyDossier:
    """The money of the contract as it stands."""
    return queries.dossier_of(world.session, contract_of(world))


def line_of(world: World, position: int) -> InstalmentLine:
    """An instalment as it stands."""
    return money_of(world).at(position)


def request_of(world: World, position: int) -> PaymentRequest:
    """The request of an instalment as it stands."""
    return asked_in(line_of(world, position))


def asked_in(line: InstalmentLine) -> PaymentRequest:
    """The request of an instalment for which one was made."""
    assert line.request is not None
    return line.request
