"""Instalments: asked for with an invoice, checked, approved, paid level by level."""

from io import BytesIO

from sqlalchemy import select

from procure.demonstration.papers import invoice
from procure.demonstration.steps.contracting import contract_of
from procure.demonstration.steps.delivering import meet_milestone, member_of
from procure.demonstration.walk import Walk
from procure.kernel.lifecycle import Stage
from procure.kernel.money import Money
from procure.registers.accounts.models import Organisation
from procure.stages.contracts.models import Contract, ContractShare, Instalment
from procure.stages.contracts.queries import budget_of
from procure.stages.payments.gates import due_milestones, items_to_check
from procure.stages.payments.models import CheckItem, PaymentRequest, PayMethod
from procure.stages.payments.queries import gate_facts
from procure.stages.payments.use_cases.pay import PayShare, pay_share
from procure.stages.payments.use_cases.request import Invoice, RequestPayment, request_payment
from procure.stages.payments.use_cases.review import (
    ApprovePayment,
    ItemAnswer,
    ReviewPayment,
    approve_payment,
    review_payment,
)

_EVIDENCE = {CheckItem.FILES_HANDED_OVER: "服务档案移交清单一份，双方已签收。"}


def pay_on_signing(walk: Walk) -> None:
    """The instalment that signing and filing open."""
    _pay(walk, 1)


def pay_after_midterm(walk: Walk) -> None:
    """The instalment that the mid-term evaluation opens."""
    _pay(walk, 2)


def pay_after_final(walk: Walk) -> None:
    """The instalment that the final evaluation opens."""
    _pay(walk, 3)


def pay_after_acceptance(walk: Walk) -> None:
    """The last instalment, which the published acceptance opens; the project is closed."""
    _pay(walk, 4)


def _across_years(walk: Walk, request: PaymentRequest) -> str:
    """Why a year's money is paid in the next, where a story runs over its end."""
    contract = walk.session.get_one(Contract, request.contract_id)
    line = budget_of(walk.session, contract)[1]
    return "" if line.year == walk.today.year else "上年结转资金，财政部门已批准结转使用。"


def _pay(walk: Walk, position: int) -> None:
    walk.workdays_later(1, 10)
    contract = contract_of(walk)
    instalment: Instalment = walk.one(
        Instalment, Instalment.contract_id == contract.id, Instalment.position == position
    )
    amount = Money(instalment.amount_fen)
    facts = gate_facts(walk.session, [contract])[contract.id]
    for milestone in due_milestones(instalment.trigger, facts):
        if milestone.is_open:
            meet_milestone(walk, milestone.position)
    buyer = walk.session.get_one(Organisation, contract.buyer_id)
    supplier = walk.session.get_one(Organisation, contract.supplier_id)
    member = member_of(walk)
    number = f"{walk.today:%Y%m%d}{contract.number[-8:-5]}{position:02d}"
    token = walk.staging.put(
        BytesIO(invoice(number, amount)), f"发票{number}.pdf", walk.actor(member).user_id
    )
    with walk.as_(member) as uow:
        request_id = request_payment(
            uow,
            RequestPayment(
                contract.id,
                position,
                Invoice(number, walk.today, amount, supplier.name, buyer.name, token),
                purpose=f"{walk.title}第 {position} 期服务费",
            ),
        ).id
    walk.say(member, Stage.PAYMENT, f"申请支付第 {position} 期", amount)
    walk.workdays_later(1)
    with walk.as_("jingban") as uow:
        request = walk.session.get_one(PaymentRequest, request_id)
        answers = {
            item: ItemAnswer(holds=True, evidence=_EVIDENCE.get(item, ""))
            for item in items_to_check(instalment.trigger)
        }
        review_payment(
            uow,
            ReviewPayment(request.id, request.version, "发票和付款条件核对无误。", answers),
        )
    walk.say("jingban", Stage.PAYMENT, f"核对第 {position} 期支付申请")
    with walk.as_("shenhe") as uow:
        request = walk.session.get_one(PaymentRequest, request_id)
        approve_payment(uow, ApprovePayment(request.id, request.version, "同意支付。"))
    walk.say("shenhe", Stage.PAYMENT, f"批准第 {position} 期支付申请", amount)
    walk.workdays_later(2)
    shares = walk.session.scalars(
        select(ContractShare)
        .where(ContractShare.contract_id == contract.id)
        .order_by(ContractShare.position)
    ).all()
    for share in shares:
        order = f"ZF{number}{share.position}"
        received = (
            ""
            if share.level is walk.actor("guoku").level
            else f"财拨〔{walk.today:%Y}〕{order[-6:]}号"
        )
        with walk.as_("guoku") as uow:
            request = walk.session.get_one(PaymentRequest, request_id)
            payment = pay_share(
                uow,
                PayShare(
                    request.id,
                    request.version,
                    share.level,
                    order,
                    walk.today,
                    f"财预〔{walk.today:%Y}〕12号",
                    PayMethod.DIRECT,
                    received,
                    _across_years(walk, request),
                ),
            )
        paid = Money(payment.amount_fen)
        walk.say("guoku", Stage.PAYMENT, f"支付第 {position} 期，支付令 {order}", paid)
