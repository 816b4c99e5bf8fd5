"""Draft the contract of an announced award: price, targets, instalments and shares are given."""

from typing import Any

from procure.kernel.clock import local_date
from procure.kernel.lifecycle import Stage, advance
from procure.kernel.money import Money
from procure.kernel.numbering import derived_number
from procure.registers.funds.queries import shares_of, split_by_level, split_for_contract
from procure.registers.projects.use_cases import enter_stage
from procure.stages.awards.events import ResultAnnounced
from procure.stages.contracts import drafting, queries
from procure.stages.contracts.events import ContractDrafted
from procure.stages.contracts.models import (
    Contract,
    ContractShare,
    ContractTarget,
    Instalment,
)
from procure.stages.contracts.paper import TEMPLATE
from procure.stages.contracts.queries import Award
from procure.store.unit_of_work import UnitOfWork

NUMBER_LETTERS = "HT"


def on_result_announced(uow: UnitOfWork, event: ResultAnnounced) -> None:
    """An announced result leads to a draft contract with the winner."""
    draft_contract(uow, event.subject_id)


def draft_contract(uow: UnitOfWork, review_id: str) -> Contract:
    """Draft the contract of a review's winner.

    The amount is the quoted price, never the evaluated one (R-SC-7); targets, term and instalments
    are the tender's (政府采购法 art 46); each level's share follows the budget line (R-SH-1).
    Raises NotFound when the review has no winner.
    """
    award = queries.award_of_review(uow.session, review_id)
    contract = _new_contract(award)
    contract.state = advance("draft_contract", None)
    uow.session.add(contract)
    uow.session.flush()
    instalments = _instalments(award, contract)
    shares = _shares(uow, award, contract)
    uow.session.add_all([*instalments, *shares, *_targets(uow, award, contract)])
    uow.emit(
        ContractDrafted.of(
            contract,
            supplier_name=award.supplier.name,
            instalments_fen=tuple(row.amount_fen for row in instalments),
            shares=tuple(
                {"level": row.level, "weight": row.weight, "amount_fen": row.amount_fen}
                for row in shares
            ),
        )
    )
    enter_stage(uow, award.project, Stage.CONTRACT)
    return contract


def _new_contract(award: Award) -> Contract:
    supplier, buyer = award.supplier, award.buyer
    return Contract(
        project_id=award.project.id,
        lot_id=award.bid.lot_id,
        bid_id=award.bid.id,
        number=derived_number(award.project.number, NUMBER_LETTERS),
        buyer_id=buyer.id,
        supplier_id=supplier.id,
        amount_fen=award.opened.price_fen,
        promised_hours=award.opened.hours,
        template=TEMPLATE,
        term_months=award.tender.term_months,
        place=award.tender.service_place,
        recipients="",
        buyer_contact=buyer.representative,
        buyer_phone=buyer.phone,
        supplier_contact=award.opened.project_manager or supplier.representative,
        supplier_phone=supplier.phone,
        payee_bank=supplier.bank_name,
        payee_account=supplier.bank_account,
        saved=[],
    )


def _instalments(award: Award, contract: Contract) -> list[Instalment]:
    amounts = drafting.instalment_amounts(
        Money(contract.amount_fen), [term.percent for term in award.terms]
    )
    return [
        Instalment(
            contract_id=contract.id,
            position=number,
            percent=term.percent,
            amount_fen=amount.fen,
            trigger=term.trigger,
        )
        for number, (term, amount) in enumerate(zip(award.terms, amounts, strict=True), start=1)
    ]


def _shares(uow: UnitOfWork, award: Award, contract: Contract) -> list[ContractShare]:
    line_id, amount = award.plan.budget_line_id, contract.amount_fen
    within: dict[Any, int] | None = split_for_contract(uow.session, line_id, award.plan.id, amount)
    by_level = within or split_by_level(uow.session, line_id, amount)
    return [
        ContractShare(
            contract_id=contract.id,
            position=number,
            level=share.level,
            weight=share.weight,
            amount_fen=by_level[share.level],
        )
        for number, share in enumerate(shares_of(uow.session, line_id), start=1)
    ]


def _targets(uow: UnitOfWork, award: Award, contract: Contract) -> list[ContractTarget]:
    """The tender's targets, counted over a term that begins today until the term is filled in."""
    starts_on = local_date(uow.now)
    ends_on = drafting.last_day(starts_on, contract.term_months)
    return [
        ContractTarget(
            contract_id=contract.id,
            position=number,
            what=target.what,
            unit=target.unit,
            period=target.period,
            at_least=target.at_least,
            each=target.each,
            each_count=1,
            condition=target.condition,
            total=drafting.total_over_term(target.period, target.at_least, 1, starts_on, ends_on),
        )
        for number, target in enumerate(award.targets, start=1)
    ]
