"""The record of how a contract ended (提前终止, 结算办结): the data of template contract-ending@1."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from procure.kernel.numbering import derived_number
from procure.render.wording import phrase
from procure.stages.contracts.models import Contract, ContractEarlyEnd, ContractSettlement
from procure.stages.contracts.policies import RULE_EARLY_END, last_service_day
from procure.stages.payments.paper import WORDS, StepTaken, steps_told
from procure.stages.payments.queries import MoneyDossier
from procure.stages.payments.settlement import RULE_SETTLEMENT

TEMPLATE = "contract-ending@1"
EARLY_END_TITLE, SETTLEMENT_TITLE = "合同提前终止记录", "合同结算办结记录"

Cancelled = Sequence[tuple[str, date]]
"""What is no longer due, each with the day it was due on."""


def early_end_data(
    dossier: MoneyDossier,
    proposal: ContractEarlyEnd,
    cancelled: Cancelled,
    names: Mapping[str, str],
    *,
    sha256: str,
    made_on: date,
) -> dict[str, Any]:
    """The data to print the record of an early end from that was just decided."""
    label = proposal.kind.label
    asked, agreed = (
        phrase(WORDS, "early_end_asked", ground=label),
        phrase(WORDS, "early_end_agreed"),
    )
    steps: list[StepTaken] = [
        ("申请", proposal.proposed_by, proposal.proposed_at, asked),
        ("决定", proposal.decided_by, proposal.decided_at, agreed),
    ]
    return {
        **_head(dossier, cancelled, sha256=sha256, made_on=made_on),
        "record_no": derived_number(dossier.contract.project.number, "ZZ"),
        "heading": EARLY_END_TITLE,
        "ground": label,
        "basis": RULE_EARLY_END,
        "reason": proposal.reason,
        "unpaid_fen": dossier.unpaid_fen,
        "effect": phrase(WORDS, "early_end_effect"),
        "steps": steps_told(steps, names),
    }


def settlement_data(
    dossier: MoneyDossier,
    settlement: ContractSettlement,
    cancelled: Cancelled,
    names: Mapping[str, str],
    *,
    sha256: str,
    made_on: date,
) -> dict[str, Any]:
    """The data to print the record of a settlement from; `dossier` is the money as it was before."""
    label = settlement.ground.label
    answer, agreed = "", phrase(WORDS, "settlement_agreed")
    said: dict[str, Any] = {}
    if settlement.answered_at is not None:
        answer = phrase(WORDS, "settlement_answer", agreed=settlement.agreed)
        said["answer"] = phrase(WORDS, "settlement_reply", said=answer, answer=settlement.answer)
    if settlement.decision:
        said["reply"] = settlement.decision
    steps: list[StepTaken] = [
        ("申请", settlement.proposed_by, settlement.proposed_at, label),
        ("乙方答复", settlement.answered_by, settlement.answered_at, answer),
        ("决定", settlement.decided_by, settlement.decided_at, agreed),
    ]
    return {
        **_head(dossier, cancelled, sha256=sha256, made_on=made_on),
        **said,
        "record_no": derived_number(dossier.contract.project.number, "JS"),
        "heading": SETTLEMENT_TITLE,
        "ground": label,
        "basis": RULE_SETTLEMENT,
        "reason": settlement.reason,
        "unpaid_fen": settlement.unpaid_fen,
        "effect": phrase(WORDS, "settlement_effect"),
        "steps": steps_told(steps, names),
    }


def _head(
    dossier: MoneyDossier, cancelled: Cancelled, *, sha256: str, made_on: date
) -> dict[str, Any]:
    contract = dossier.contract
    data: dict[str, Any] = {
        **_parties(contract, sha256),
        "made_on": made_on.isoformat(),
        "amount_fen": contract.amount_fen,
        "levels": [
            {
                "level": one.level.label,
                "share_fen": one.share_fen,
                "paid_fen": one.paid_fen,
                "deducted_fen": one.deducted_fen,
                "unpaid_fen": one.unpaid_fen,
            }
            for one in (dossier.of_level(share.level) for share in dossier.shares)
        ],
    }
    if cancelled:
        data["cancelled"] = [
            {"what": what, "due_on": due_on.isoformat()} for what, due_on in cancelled
        ]
    return data


def _parties(contract: Contract, sha256: str) -> dict[str, Any]:
    assert contract.starts_on is not None
    assert contract.ends_on is not None
    return {
        "project_no": contract.project.number,
        "project_name": contract.project.title,
        "contract_no": contract.number,
        "contract_sha256": sha256,
        "buyer": contract.buyer.name,
        "supplier": contract.supplier.name,
        "starts_on": contract.starts_on.isoformat(),
        "ends_on": contract.ends_on.isoformat(),
        "last_on": last_service_day(contract).isoformat(),
    }
