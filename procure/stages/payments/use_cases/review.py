"""Verbs of the buyer: send back, check, approve."""

from dataclasses import dataclass

from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import advance
from procure.registers.deadlines.use_cases import cancel_terms
from procure.stages.payments import policies, queries
from procure.stages.payments.events import PaymentApproved, PaymentReturned, PaymentReviewed
from procure.stages.payments.gates import evidence_words
from procure.stages.payments.models import PaymentRequest
from procure.stages.payments.use_cases.request import head
from procure.store.base import check_version
from procure.store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class ReturnPayment:
    """Send a request back."""

    request_id: str
    version: int
    reason: str


@dataclass(frozen=True)
class ReviewPayment:
    """Pass a checked request on."""

    request_id: str
    version: int
    note: str


@dataclass(frozen=True)
class ApprovePayment:
    """Let the treasury pay."""

    request_id: str
    version: int
    note: str


def return_payment(uow: UnitOfWork, command: ReturnPayment) -> PaymentRequest:
    """Send a request back with a reason; the payer's days stop until it comes again."""
    request, contract, page = queries.load(uow.session, command.request_id)
    policies.may_return(uow.actor, contract, request).require()
    check_version(request, command.version)
    reason = command.reason.strip()
    if not reason:
        raise Invalid("reason", "退回要写明理由。", remedy="请写明哪里不对、怎样补正。")
    request.state = advance("return_payment", request.state)
    request.returned_reason = reason
    uow.session.flush()
    for rule in queries.PAY_RULES:
        cancel_terms(uow, request.id, rule)
    line = queries.line_of(page, request)
    uow.emit(PaymentReturned(**head(contract, request, line), reason=reason))
    return request


def review_payment(uow: UnitOfWork, command: ReviewPayment) -> PaymentRequest:
    """Pass a request on whose condition, invoice and payee are in order (R-FND-3)."""
    request, contract, page = queries.load(uow.session, command.request_id)
    line = queries.line_of(page, request)
    policies.may_review(uow.actor, contract, request, line.gate).require()
    check_version(request, command.version)
    request.state = advance("review_payment", request.state)
    request.reviewed_by = uow.actor.user_id
    request.reviewed_at = uow.now
    request.review_note = command.note.strip()
    uow.session.flush()
    uow.emit(
        PaymentReviewed(
            **head(contract, request, line),
            note=request.review_note,
            checks=[evidence_words(line.instalment.trigger, page.facts)],
        )
    )
    return request


def approve_payment(uow: UnitOfWork, command: ApprovePayment) -> PaymentRequest:
    """Let the treasury pay; the split between the levels is fixed by the contract (R-SH-1)."""
    request, contract, page = queries.load(uow.session, command.request_id)
    line = queries.line_of(page, request)
    policies.may_approve(uow.actor, contract, request, line.gate).require()
    check_version(request, command.version)
    request.state = advance("approve_payment", request.state)
    request.approved_by = uow.actor.user_id
    request.approved_at = uow.now
    request.approval_note = command.note.strip()
    uow.session.flush()
    uow.emit(
        PaymentApproved(
            **head(contract, request, line),
            note=request.approval_note,
            requested_by=request.requested_by,
            reviewed_by=request.reviewed_by or "",
            shares=[(level, fen) for level, fen in line.plan.items() if fen],
        )
    )
    return request
