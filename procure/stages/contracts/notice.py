"""The facts of the public notice of a contract."""

from datetime import date

from procure.kernel.clock import local_date
from procure.kernel.methods import words_of
from procure.kernel.money import Money
from procure.registers.notices.facts import case_facts
from procure.render.wording import Section, worded_notice
from procure.stages.contracts import drafting
from procure.stages.contracts.queries import ContractParts, Origin, instrument_name


def notice_sections(parts: ContractParts, origin: Origin, today: date) -> list[Section]:
    """The sections of the notice as it will be published.

    Of the parties it names the office's number; that of the person who carries out the contract is
    not for everybody.
    """
    contract, supplier = parts.contract, parts.contract.supplier
    assert contract.buyer_signed_at is not None
    assert contract.starts_on is not None
    assert contract.ends_on is not None
    facts = {
        "contract_no": contract.number,
        "contract_name": instrument_name(contract),
        "method": origin.tender.method.label,
        "win": words_of(origin.tender.method).win,
        "result_notice": origin.result_notice,
        "supplier": supplier.name,
        "supplier_address": supplier.address,
        "supplier_phone": supplier.phone,
        "catalogue_item": f"{origin.item.code} {origin.item.name}",
        "requirement": origin.tender.requirement or origin.plan.outline,
        "amount_fen": contract.amount_fen,
        "shares": "，".join(
            f"{row.level.label} {Money(row.amount_fen).format()}" for row in parts.shares
        ),
        "starts_on": contract.starts_on.isoformat(),
        "ends_on": contract.ends_on.isoformat(),
        "place": contract.place,
        "recipients": contract.recipients,
        "recipients_number": contract.recipients_number,
        "targets": [
            {
                "what": row.what,
                "frequency": drafting.frequency_words(
                    row.period, row.at_least, row.unit, row.each, row.each_count
                ),
                "total": row.total,
                "unit": row.unit,
            }
            for row in parts.targets
        ],
        "signed_on": local_date(contract.buyer_signed_at).isoformat(),
        "published_on": today.isoformat(),
    }
    return worded_notice("contract@1", case_facts(contract.project, contract.buyer) | facts)
