"""Verbs of the buyer: send back, check item by item, approve; wait no longer for a milestone."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from procure.kernel.commands import Command
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import advance
from procure.kernel.text import require_text
from procure.registers.deadlines.use_cases import cancel_terms
from procure.stages.contracts.models import Contract
from procure.stages.delivery.queries import load_milestone
from procure.stages.payments import policies, queries
from procure.stages.payments.checks import EVIDENCE_HINTS, expected_words, needs_evidence
from procure.stages.payments.days import PAY_RULES
from procure.stages.payments.events import (
    MilestoneExcused,
    PaymentApproved,
    PaymentReturned,
    PaymentReviewed,
)
from procure.stages.payments.gates import RULE_CONDITIONS, items_to_check
from procure.stages.payments.models import (
    CheckItem,
    MilestoneExcuse,
    PaymentCheck,
    PaymentRequest,
    PaymentReturn,
    ReturnReason,
)
from procure.stages.payments.use_cases.claims import leave_to_acceptance, watch_claims
from procure.store.holding import moved, take_up
from procure.store.unit_of_work import UnitOfWork, explain_constraint

explain_constraint(
    "uq_milestone_excuse_milestone_id", "reason", "这个节点刚刚已经说明不再等待。", RULE_CONDITIONS
)


@dataclass(frozen=True)
class ItemAnswer:
    """What the clerk found of one thing, and by what they can show it."""

    holds: bool
    evidence: str = ""


class ReturnPayment(Command):
    """Send a request back."""

    request_id: str
    version: int
    reason: str
    kind: ReturnReason


class ReviewPayment(Command):
    """Pass a checked request on."""

    request_id: str
    version: int
    note: str
    answers: Mapping[CheckItem, ItemAnswer] = field(default_factory=dict)


class ApprovePayment(Command):
    """Let the treasury pay."""

    request_id: str
    version: int
    note: str


class ExcuseMilestone(Command):
    """Let money no longer wait for a milestone."""

    milestone_id: str
    version: int
    reason: str


def return_payment(uow: UnitOfWork, command: ReturnPayment) -> PaymentRequest:
    """Send a request back with a reason; the payer's days stand still until it comes again.

    The first date stays on record, and what lies with the supplier is counted from this day.
    """
    request, contract, dossier = queries.load(uow.session, command.request_id)
    take_up(request, command, policies.may_return(uow.actor, contract, request), "return_payment")
    reason = require_text(
        command.reason, "note", "退回要写明理由。", remedy="请写明哪里不对、怎样补正。"
    )
    request.returned_reason = reason
    uow.session.add(
        PaymentReturn(
            payment_request_id=request.id,
            round=request.round,
            kind=command.kind,
            reason=reason,
            returned_by=uow.actor.user_id,
            returned_at=uow.now,
        )
    )
    for rule in PAY_RULES:
        cancel_terms(uow, request.id, rule)
    line = queries.line_of(dossier, request)
    leave_to_acceptance(uow, contract, line)
    watch_claims(uow, contract, sent_back=True)
    uow.emit(
        PaymentReturned.of(
            request,
            line.instalment,
            contract,
            reason=reason,
            reason_kind=command.kind,
            reason_kind_words=command.kind.label,
        )
    )
    return request


def review_payment(uow: UnitOfWork, command: ReviewPayment) -> PaymentRequest:
    """Pass a request on whose invoice, payee and other conditions the clerk looked at (R-FND-3).

    Each thing is kept with who found it in order, when, and by what. Raises Invalid at the first
    that was not answered, is not in order, or lacks its evidence.
    """
    request, contract, dossier = queries.load(uow.session, command.request_id)
    line = queries.line_of(dossier, request)
    take_up(request, command, policies.may_review(uow.actor, contract, request, line.gate))
    checks = [
        _found_in_order(item, command.answers.get(item), contract, request)
        for item in items_to_check(line.instalment.trigger)
    ]
    request.state = advance("review_payment", request.state)
    request.reviewed_by = uow.actor.user_id
    request.reviewed_at = uow.now
    request.review_note = command.note.strip()
    for check in checks:
        check.payment_request_id = request.id
        check.round = request.round
        check.checked_by = uow.actor.user_id
        check.checked_at = uow.now
        uow.session.add(check)
    told = [f"{one.item.label}：{one.expected} {one.evidence}".strip() for one in checks]
    uow.emit(
        PaymentReviewed.of(
            request,
            line.instalment,
            contract,
            note=request.review_note,
            checks=[
                dossier.evidence(line),
                *told,
            ],
        )
    )
    return request


def _found_in_order(
    item: CheckItem, answer: ItemAnswer | None, contract: Contract, request: PaymentRequest
) -> PaymentCheck:
    name = item.label
    if answer is None:
        raise Invalid(
            item.value, f"还没有核对“{name}”。", RULE_CONDITIONS, "请逐项核对以后再提交。"
        )
    if not answer.holds:
        raise Invalid(
            item.value,
            f"“{name}”不符合，不能核对通过。",
            RULE_CONDITIONS,
            "请选择退回承接主体，并写明哪里不符。",
        )
    evidence = answer.evidence.strip()
    if needs_evidence(item, contract) and not evidence:
        raise Invalid(
            f"{item.value}_evidence",
            f"请写明“{name}”的依据。",
            RULE_CONDITIONS,
            EVIDENCE_HINTS[item],
        )
    return PaymentCheck(
        item=item, expected=expected_words(item, contract, request), evidence=evidence
    )


def approve_payment(uow: UnitOfWork, command: ApprovePayment) -> PaymentRequest:
    """Let the treasury pay; the split between the levels is fixed by the contract (R-SH-1)."""
    request, contract, dossier = queries.load(uow.session, command.request_id)
    line = queries.line_of(dossier, request)
    verdict = policies.may_approve(uow.actor, contract, request, line.release)
    take_up(request, command, verdict, "approve_payment")
    request.approved_by = uow.actor.user_id
    request.approved_at = uow.now
    request.approval_note = command.note.strip()
    uow.emit(
        PaymentApproved.of(
            request,
            line.instalment,
            contract,
            note=request.approval_note,
            reviewed_by=request.reviewed_by or "",
            shares=[(level, fen) for level, fen in line.plan.items() if fen],
        )
    )
    return request


def excuse_milestone(uow: UnitOfWork, command: ExcuseMilestone) -> MilestoneExcuse:
    """Let money no longer wait for a milestone, in writing (contract: 付款条件).

    The milestone itself stays due. Raises Invalid without a reason, Conflict when it is met or was
    excused before.
    """
    milestone, contract = load_milestone(uow.session, command.milestone_id)
    excused = queries.excuse_of(uow.session, milestone.id) is not None
    verdict = policies.may_excuse(uow.actor, contract, milestone, is_excused=excused)
    take_up(milestone, command, verdict)
    reason = require_text(
        command.reason, "reason", "请写明为什么不再等待这个节点。", RULE_CONDITIONS
    )
    excuse = MilestoneExcuse(
        milestone_id=milestone.id,
        reason=reason,
        excused_by=uow.actor.user_id,
        excused_at=uow.now,
    )
    uow.session.add(excuse)
    moved(milestone)
    uow.emit(
        MilestoneExcused.of(
            milestone,
            contract,
            contract_number=contract.number,
            reason=reason,
        )
    )
    return excuse
