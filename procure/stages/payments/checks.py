"""What the clerk holds the invoice, the account and the conditions in words against. Pure."""

import re

from procure.kernel.day_words import day_in_words
from procure.kernel.money import Money
from procure.stages.contracts.models import Contract
from procure.stages.payments.models import CheckItem, PaymentRequest

ORDER_NUMBER = re.compile(r"(?=(?:[^0-9]*[0-9]){6})[A-Z0-9][A-Z0-9-]{6,28}[A-Z0-9]")
ORDER_WORDS = "支付令编号由 8 至 30 位数字、大写字母和横线组成，其中至少 6 位数字"

EVIDENCE_HINTS = {
    CheckItem.PAYEE: "例如账户变更的书面材料和批准人。",
    CheckItem.FILES_HANDED_OVER: "例如移交清单的日期、份数和接收人。",
}


def is_order_number(typed: str) -> bool:
    """Whether something can be the number of a treasury's order, as `ORDER_WORDS` says."""
    return ORDER_NUMBER.fullmatch(typed) is not None


def needs_evidence(item: CheckItem, contract: Contract) -> bool:
    """Whether the answer must say by what it can be shown: nobody sees it on the page."""
    if item is CheckItem.PAYEE:
        return not is_registered(contract)
    return item is CheckItem.FILES_HANDED_OVER


def expected_words(item: CheckItem, contract: Contract, request: PaymentRequest) -> str:
    """What an item must agree with, as the page shows it and the check keeps it."""
    if item is CheckItem.INVOICE_NUMBER:
        return request.invoice_number
    if item is CheckItem.INVOICE_ON:
        return day_in_words(request.invoice_on)
    if item is CheckItem.INVOICE_AMOUNT:
        return Money(request.amount_fen).format()
    if item is CheckItem.INVOICE_SELLER:
        return request.invoice_seller or contract.supplier.name
    if item is CheckItem.INVOICE_BUYER:
        return request.invoice_buyer or contract.buyer.name
    if item is CheckItem.PAYEE:
        return payee_words(contract)
    return "合同约定的付款条件：服务档案已移交"


def payee_words(contract: Contract) -> str:
    """The account the contract pays to, beside the one the supplier has registered."""
    agreed = f"{contract.payee_bank} {contract.payee_account}"
    supplier = contract.supplier
    if is_registered(contract):
        return f"合同约定 {agreed}，与机构登记的账户一致"
    registered = f"{supplier.bank_name} {supplier.bank_account}".strip() or "没有登记"
    return f"合同约定 {agreed}，机构登记 {registered}，两者不一致"


def is_registered(contract: Contract) -> bool:
    """Whether the contract's account is the one the supplier's register shows."""
    supplier = contract.supplier
    return (contract.payee_bank, contract.payee_account) == (
        supplier.bank_name,
        supplier.bank_account,
    )
