"""What can be read of payments: a contract's money, one request, the list, what waits for whom."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Row, exists, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from procure.kernel.access import Actor, Level, Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import NotFound, Verdict, first_refusal
from procure.kernel.lifecycle import (
    AcceptanceState,
    ContractState,
    EvaluationState,
    MilestoneState,
    PaymentRequestState,
)
from procure.kernel.records import read_as
from procure.kernel.vocabulary import EvaluationKind, PaymentTrigger
from procure.registers.accounts.models import Organisation
from procure.registers.accounts.queries import names_of
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.registers.deadlines.queries import running_for
from procure.registers.funds.models import BudgetLine
from procure.registers.funds.queries import Purse
from procure.registers.projects.models import Project
from procure.registers.projects.queries import buyers_in_view
from procure.stages.acceptance.models import Acceptance
from procure.stages.acceptance.queries import announced_results, find_acceptance, notice_numbers
from procure.stages.contracts import queries as contracts
from procure.stages.contracts.drafting import kind_of_supplier
from procure.stages.contracts.models import (
    Contract,
    ContractSettlement,
    ContractShare,
    Instalment,
)
from procure.stages.contracts.policies import SIGNED_STATES, last_service_day
from procure.stages.delivery.models import Milestone
from procure.stages.delivery.queries import count_waiting, people_served
from procure.stages.evaluation.models import Evaluation
from procure.stages.evaluation.queries import latest_of_many
from procure.stages.evaluation.results import KIND_OF_TRIGGER, opens_with_acceptance
from procure.stages.payments.days import PAY_RULES, days_away
from procure.stages.payments.gates import (
    EvaluationFact,
    GateFacts,
    MilestoneFact,
    Predecessor,
    evidence_words,
    gate,
    nothing_left,
    release,
)
from procure.stages.payments.models import (
    CheckItem,
    MilestoneExcuse,
    PaymentCheck,
    PaymentRequest,
    PaymentReturn,
    PaymentReversal,
    SupplierRefund,
    TreasuryPayment,
)
from procure.stages.payments.settlement import CLAIM_RULE, SettlementFacts
from procure.stages.payments.splitting import (
    split_deduction,
    split_instalments,
    spread_deduction,
)
from procure.store.holding import hold
from procure.store.lists import Source, equal, waiting_first
from procure.store.proposals import parties_to

MISSING_REQUEST = "没有找到这笔支付申请。"

OfRequest = TypeVar("OfRequest", PaymentCheck, PaymentReturn, TreasuryPayment)

_SUPPLIER = aliased(Organisation)
"""Made once: an alias brings a copy of all columns with it."""


@dataclass(frozen=True)
class Reversal:
    """A payment that was, or is to be, taken back."""

    payment: TreasuryPayment
    row: PaymentReversal

    @property
    def is_pending(self) -> bool:
        """Whether nobody has decided it yet."""
        return self.row.decided_at is None


@dataclass(frozen=True)
class InstalmentLine:
    """One instalment: what opens it, what was asked and checked, what each level pays and paid.

    `gate` is asked when it is requested and checked, `release` when money is let go.
    """

    instalment: Instalment
    gate: Verdict
    release: Verdict
    plan: Mapping[Level, int]
    """What each level pays of it, what acceptance took off left out."""
    request: PaymentRequest | None
    payments: Sequence[TreasuryPayment]
    """What was paid and did not come back."""
    term: Deadline | None
    checks: Sequence[PaymentCheck] = ()
    returns: Sequence[PaymentReturn] = ()
    reversals: Sequence[Reversal] = ()
    deducted: Mapping[Level, int] = field(default_factory=dict)
    """What acceptance took off each level's part."""
    released: Mapping[Level, int] = field(default_factory=dict)
    """What a settlement gave back of each level's part."""

    @property
    def released_fen(self) -> int:
        """What a settlement gave back of this instalment."""
        return sum(self.released.values())

    @property
    def deducted_fen(self) -> int:
        """What acceptance took off this instalment."""
        return sum(self.deducted.values())

    @property
    def payable_fen(self) -> int:
        """What there is to ask for."""
        return self.instalment.amount_fen - self.deducted_fen - self.released_fen

    @property
    def is_unasked(self) -> bool:
        """Whether there is something to pay that the supplier has not asked for, or was sent back."""
        asked = self.request is not None and self.request.state is not PaymentRequestState.RETURNED
        return bool(self.payable_fen) and not asked

    @property
    def is_open(self) -> bool:
        """Whether a request for it is under way: with the buyer, or with the treasury."""
        return self.request is not None and self.request.state in _UNDER_WAY

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is paid of it, and no payment is about to be taken back."""
        if not self.payable_fen:
            return True
        paid = self.request is not None and self.request.state is PaymentRequestState.PAID
        return paid and self.pending_reversal is None

    @property
    def paid_fen(self) -> int:
        """What the levels have paid of it."""
        return sum(payment.amount_fen for payment in self.payments)

    @property
    def pending_reversal(self) -> Reversal | None:
        """The one that waits for the second person."""
        return next((one for one in self.reversals if one.is_pending), None)

    def attempts(self, level: Level) -> int:
        """How often this level's share was paid and came back."""
        return sum(
            one.payment.level is level and one.row.confirmed is True for one in self.reversals
        )

    def days_away(self, today: date) -> int:
        """How many of the payer's days did not count: the request lay with the supplier."""
        return days_away(self.returns, today)

    @property
    def owed(self) -> dict[Level, int]:
        """What each level has still to pay; levels without a share are left out."""
        paid = {payment.level for payment in self.payments}
        return {level: fen for level, fen in self.plan.items() if fen and level not in paid}


_UNDER_WAY = frozenset(
    {
        PaymentRequestState.SUBMITTED,
        PaymentRequestState.REVIEWED,
        PaymentRequestState.APPROVED,
    }
)


@dataclass(frozen=True)
class MoneyDossier:
    """The money of a contract: budget line, shares, instalments, payments."""

    contract: Contract
    line: BudgetLine
    shares: Sequence[ContractShare]
    lines: Sequence[InstalmentLine]
    facts: GateFacts
    names: dict[str, str]
    refunds: Sequence[SupplierRefund] = ()

    @property
    def purse(self) -> Purse:
        """The contract's money on its budget line."""
        return Purse(self.line, self.contract.project, self.contract.id)

    @property
    def refunded_fen(self) -> int:
        """What the provider has paid back, confirmed."""
        return sum(one.amount_fen for one in self.refunds if one.confirmed)

    @property
    def claim_left_fen(self) -> int:
        """What it has still to pay back."""
        return self.facts.claimed_fen - self.refunded_fen

    @property
    def pending_refund(self) -> SupplierRefund | None:
        """The one that waits for the second person."""
        return next((one for one in self.refunds if one.decided_at is None), None)

    @property
    def paid_fen(self) -> int:
        """What has been paid of the contract."""
        return sum(line.paid_fen for line in self.lines)

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is paid of the contract."""
        return all(line.is_settled for line in self.lines)

    @property
    def deducted_fen(self) -> int:
        """What acceptance took off the contract's price."""
        return sum(line.deducted_fen for line in self.lines)

    @property
    def released_fen(self) -> int:
        """What a settlement gave back of the contract's price."""
        return sum(line.released_fen for line in self.lines)

    @property
    def unpaid_fen(self) -> int:
        """What there is still to pay."""
        amount = self.contract.amount_fen
        return amount - self.deducted_fen - self.released_fen - self.paid_fen

    def evidence(self, line: InstalmentLine) -> str:
        """What proves that the condition of an instalment is met."""
        instalment = line.instalment
        left = instalment.left_to_acceptance
        return evidence_words(instalment.trigger, self.facts, line.deducted_fen, left=left)

    def of_level(self, level: Level) -> "LevelMoney":
        """The money of one level over all instalments."""
        share = next(one.amount_fen for one in self.shares if one.level is level)
        return LevelMoney(
            level,
            share,
            sum(
                one.amount_fen for line in self.lines for one in line.payments if one.level is level
            ),
            sum(line.deducted.get(level, 0) for line in self.lines),
            sum(line.released.get(level, 0) for line in self.lines),
        )

    def at(self, position: int) -> InstalmentLine:
        """The instalment at that place; NotFound when the contract has none there."""
        found = next((one for one in self.lines if one.instalment.position == position), None)
        if found is None:
            raise NotFound("合同没有这一期款项。")
        return found

    def name(self, user_id: str | None) -> str:
        """A person's name; empty for nobody."""
        return self.names.get(user_id or "", "")


@dataclass(frozen=True)
class LevelMoney:
    """What one level carries of a contract and what became of it, in fen."""

    level: Level
    share_fen: int
    paid_fen: int
    deducted_fen: int
    released_fen: int

    @property
    def unpaid_fen(self) -> int:
        """What it has still to pay."""
        return self.share_fen - self.paid_fen - self.deducted_fen - self.released_fen


@dataclass(frozen=True)
class PaymentRow:
    """A line of the list of requests, with the payer's days and what each level paid."""

    id: str
    number: str
    project_number: str
    title: str
    supplier: str
    position: int
    amount_fen: int
    state: PaymentRequestState
    requested_at: datetime
    first_due_on: date | None
    invoice_number: str
    invoice_on: date
    paid_at: datetime | None
    term: Deadline | None = None
    payments: tuple[TreasuryPayment, ...] = ()


def is_company(supplier: Organisation) -> bool:
    """Whether the supplier is one of those whose days a law of their own counts (R-PAY-1)."""
    return kind_of_supplier(supplier.credit_code) == "企业"


def get_dossier(session: Session, actor: Actor, number: str) -> MoneyDossier:
    """The money of a project's signed contract; NotFound when there is none for this actor."""
    actor.require(Permission.PAYMENT_VIEW)
    contract = contracts.get_contract(session, actor, number)
    if contract.state not in SIGNED_STATES:
        raise NotFound("合同还没有签订，没有款项可以支付。")
    return dossier_of(session, contract)


def dossier_of(session: Session, contract: Contract, *, checks_too: bool = True) -> MoneyDossier:
    """Everything about the money of a contract; a fixed number of statements.

    The case page, which shows where money stands and not who checked what, leaves the checks out.
    """
    instalments = contracts.instalments_of(session, contract.id)
    shares = contracts.shares_of(session, contract.id)
    requests = {
        request.instalment_id: request
        for request in session.scalars(
            select(PaymentRequest).where(PaymentRequest.contract_id == contract.id)
        )
    }
    ids = [request.id for request in requests.values()]
    payments, reversals = _payments_of(session, ids)
    terms = pay_terms(session, ids)
    checks = _checks_of(session, requests.values()) if checks_too else {}
    returns = returns_of(session, _came_again(requests.values()))
    facts = gate_facts(session, [contract])[contract.id]
    plan = split_instalments(shares, [instalment.amount_fen for instalment in instalments])
    lines = []
    before: Predecessor | None = None
    taken_off = _taken_off(instalments, facts)
    for instalment, whole, off in zip(instalments, plan, taken_off, strict=True):
        request = requests.get(instalment.id)
        deducted = split_deduction(whole, off)
        parts = {level: fen - deducted.get(level, 0) for level, fen in whole.items()}
        released = parts if facts.is_settled and _was_unasked(request) else {}
        parts = {level: fen - released.get(level, 0) for level, fen in parts.items()}
        payable = sum(parts.values())
        asked = first_refusal(
            nothing_left(payable, is_settled=bool(released)),
            gate(instalment.trigger, facts, before, left=instalment.left_to_acceptance),
        )
        lines.append(
            InstalmentLine(
                instalment,
                asked,
                release(asked, before),
                parts,
                request,
                payments.get(request.id, []) if request else (),
                terms.get(request.id) if request else None,
                checks.get(request.id, []) if request else (),
                returns.get(request.id, []) if request else (),
                reversals.get(request.id, []) if request else (),
                deducted,
                released,
            )
        )
        if payable:
            before = Predecessor(instalment.position, request.state if request else None)
    refunds = refunds_of(session, contract.id) if facts.claimed_fen else ()
    return MoneyDossier(
        contract,
        contracts.budget_of(session, contract)[1],
        shares,
        lines,
        facts,
        names_of(session, [*_people_of(lines, refunds)]),
        refunds,
    )


def _people_of(
    lines: Sequence[InstalmentLine], refunds: Sequence[SupplierRefund]
) -> Iterator[str | None]:
    """Everybody whose name stands on a page of the money."""
    for line in lines:
        if line.request is not None:
            request = line.request
            yield from (request.requested_by, request.reviewed_by, request.approved_by)
        yield from (payment.paid_by for payment in line.payments)
        yield from parties_to(one.row for one in line.reversals)
    yield from parties_to(refunds)


def refunds_of(session: Session, contract_id: str) -> Sequence[SupplierRefund]:
    """What the provider of a contract paid back, and what of it waits to be confirmed."""
    return session.scalars(
        select(SupplierRefund)
        .where(SupplierRefund.contract_id == contract_id)
        .order_by(SupplierRefund.proposed_at, SupplierRefund.id)
    ).all()


def _was_unasked(request: PaymentRequest | None) -> bool:
    """Whether nobody was to be paid by it when its contract was settled."""
    return request is None or request.state is PaymentRequestState.CANCELLED


def _taken_off(instalments: Sequence[Instalment], facts: GateFacts) -> tuple[int, ...]:
    """What a deduction takes off each instalment, in fen: off those that acceptance opens."""
    open_to = [
        one.amount_fen if opens_with_acceptance(one, facts.evaluations) else 0
        for one in instalments
    ]
    return spread_deduction(open_to, facts.deduction_fen)


def _payable(
    rows: Sequence[tuple[str, Instalment]], facts: Mapping[str, GateFacts]
) -> dict[str, int]:
    """What there is to ask for of each instalment of some contracts, told by its id."""
    own = defaultdict(list)
    for contract_id, instalment in rows:
        own[contract_id].append(instalment)
    return {
        instalment.id: instalment.amount_fen - off
        for contract_id, instalments in own.items()
        for instalment, off in zip(
            instalments, _taken_off(instalments, facts[contract_id]), strict=True
        )
    }


def _payments_of(
    session: Session, request_ids: Collection[str]
) -> tuple[dict[str, list[TreasuryPayment]], dict[str, list[Reversal]]]:
    """What stands paid of each request, and what was or is to be taken back."""
    paid: dict[str, list[TreasuryPayment]] = defaultdict(list)
    taken: dict[str, list[Reversal]] = defaultdict(list)
    if not request_ids:
        return paid, taken
    for payment, row in session.execute(
        select(TreasuryPayment, PaymentReversal)
        .outerjoin(PaymentReversal, PaymentReversal.treasury_payment_id == TreasuryPayment.id)
        .where(TreasuryPayment.payment_request_id.in_(request_ids))
        .order_by(TreasuryPayment.paid_at, TreasuryPayment.id, PaymentReversal.proposed_at)
    ):
        own = paid[payment.payment_request_id]
        if payment not in own:
            own.append(payment)
        if row is not None:
            taken[payment.payment_request_id].append(Reversal(payment, row))
            if row.confirmed:
                own.remove(payment)
    return paid, taken


def stands_paid() -> ColumnElement[bool]:
    """Condition on TreasuryPayment: that it has not been taken back."""
    return ~exists().where(
        PaymentReversal.treasury_payment_id == TreasuryPayment.id,
        PaymentReversal.confirmed.is_(True),
    )


def gate_facts(session: Session, contract_rows: Collection[Contract]) -> dict[str, GateFacts]:
    """Everything the instalments of some contracts can wait for; five statements."""
    ids = [contract.id for contract in contract_rows]
    accepted = {
        acceptance.contract_id: acceptance
        for acceptance in session.scalars(select(Acceptance).where(Acceptance.contract_id.in_(ids)))
    }
    notices = notice_numbers(session, [contract.project_id for contract in contract_rows])
    milestones = _milestones_of(session, ids)
    latest, results = latest_of_many(session, ids), announced_results(session, ids)
    return {
        contract.id: GateFacts(
            contract.state,
            contract.filing_number,
            {kind: read_as(EvaluationFact, one) for kind, one in latest[contract.id].items()},
            accepted[contract.id].state if contract.id in accepted else None,
            notices.get(contract.project_id, ""),
            last_service_day(contract) if contract.ends_on else None,
            contract.starts_on,
            milestones.get(contract.id, ()),
            _delivered(latest[contract.id], accepted.get(contract.id)),
            results[contract.id].deduction_fen if contract.id in results else 0,
            results[contract.id].claim_fen if contract.id in results else 0,
            contract.settled_at is not None,
        )
        for contract in contract_rows
    }


def _delivered(
    evaluations: Mapping[EvaluationKind, Evaluation], acceptance: Acceptance | None
) -> dict[PaymentTrigger, date]:
    """The days on which the service was found in order, by the instalment they open (R-PAY-1)."""
    found = {}
    for trigger, kind in KIND_OF_TRIGGER.items():
        confirmed_at = evaluations[kind].confirmed_at if kind in evaluations else None
        if confirmed_at is not None:
            found[trigger] = local_date(confirmed_at)
    if acceptance is not None and acceptance.decided_at is not None:
        found[PaymentTrigger.ACCEPTANCE] = local_date(acceptance.decided_at)
    return found


def _came_again(requests: Collection[PaymentRequest]) -> list[str]:
    """The requests that have been sent back at least once: only these have returns."""
    back = (PaymentRequestState.RETURNED, PaymentRequestState.CANCELLED)
    return [one.id for one in requests if one.round > 1 or one.state in back]


def returns_of(session: Session, request_ids: Collection[str]) -> dict[str, list[PaymentReturn]]:
    """How often each request was sent back, why and for how long."""
    if not request_ids:
        return {}
    query = select(PaymentReturn).where(PaymentReturn.payment_request_id.in_(request_ids))
    return _by_request(session.scalars(query.order_by(PaymentReturn.round)))


def _milestones_of(
    session: Session, contract_ids: Collection[str]
) -> dict[str, list[MilestoneFact]]:
    found: dict[str, list[MilestoneFact]] = defaultdict(list)
    for milestone, excuse in session.execute(
        select(Milestone, MilestoneExcuse.id)
        .outerjoin(MilestoneExcuse, MilestoneExcuse.milestone_id == Milestone.id)
        .where(Milestone.contract_id.in_(contract_ids))
        .order_by(Milestone.due_on, Milestone.position)
    ):
        fact = read_as(MilestoneFact, milestone, is_excused=excuse is not None)
        found[milestone.contract_id].append(fact)
    return found


def _checks_of(
    session: Session, requests: Collection[PaymentRequest]
) -> dict[str, list[PaymentCheck]]:
    """What was checked of each request as it lies now; of earlier rounds only the trail tells."""
    rounds = {one.id: one.round for one in requests if one.reviewed_at is not None}
    if not rounds:
        return {}
    query = select(PaymentCheck).where(PaymentCheck.payment_request_id.in_(rounds))
    # As the form asks for them: all of a request were found in order at one instant.
    checks = sorted(session.scalars(query), key=lambda one: list(CheckItem).index(one.item))
    return _by_request(one for one in checks if one.round == rounds[one.payment_request_id])


def _by_request(rows: Iterable[OfRequest]) -> dict[str, list[OfRequest]]:
    found = defaultdict(list)
    for row in rows:
        found[row.payment_request_id].append(row)
    return found


def settlement_facts(session: Session, dossier: MoneyDossier, today: date) -> SettlementFacts:
    """All that bears on whether a contract may be settled; a fixed number of statements."""
    contract, facts = dossier.contract, dossier.facts
    acceptance = find_acceptance(session, contract.id)
    terms = running_for(session, [contract.id])
    return SettlementFacts(
        today=today,
        last_day=facts.ends_on,
        ended_early=contract.ended_early_on is not None,
        is_settled=facts.is_settled,
        acceptance=facts.acceptance,
        rectify_by=acceptance.rectify_by if acceptance is not None else None,
        served=len(people_served(session, contract.id)),
        unverified=count_waiting(session, contract.id),
        reported=tuple(
            one.title for one in facts.milestones if one.state is MilestoneState.REPORTED
        ),
        submitted=tuple(
            kind.label
            for kind, one in facts.evaluations.items()
            if one.state is EvaluationState.SUBMITTED
        ),
        under_way=tuple(one.instalment.position for one in dossier.lines if one.is_open),
        reversals=tuple(
            one.instalment.position for one in dossier.lines if one.pending_reversal is not None
        ),
        claim_until=next((one.due_on for one in terms if one.rule == CLAIM_RULE), None),
        may_be_asked=tuple(
            one.instalment.position for one in dossier.lines if one.is_unasked and one.gate.ok
        ),
    )


def excuse_of(session: Session, milestone_id: str) -> MilestoneExcuse | None:
    """Why money no longer waits for a milestone, if it does not."""
    return session.scalars(
        select(MilestoneExcuse).where(MilestoneExcuse.milestone_id == milestone_id)
    ).first()


def load(session: Session, request_id: str) -> tuple[PaymentRequest, Contract, MoneyDossier]:
    """The request of that id with its contract, both held for verbs, and the contract's money as it
    is now: whether all of it is paid depends on the other requests too. NotFound when none is.
    """
    contract_id = session.scalar(
        select(PaymentRequest.contract_id).where(PaymentRequest.id == request_id)
    )
    if contract_id is None:
        raise NotFound(MISSING_REQUEST)
    contract = contracts.load_contract(session, contract_id)
    request = hold(session, PaymentRequest, request_id, MISSING_REQUEST)
    return request, contract, dossier_of(session, contract)


def line_of(dossier: MoneyDossier, request: PaymentRequest) -> InstalmentLine:
    """The instalment a request is for."""
    return next(one for one in dossier.lines if one.instalment.id == request.instalment_id)


def accepted_contracts(session: Session) -> Sequence[str]:
    """The contracts not completed whose acceptance is announced: what may only lack that."""
    return session.scalars(
        select(Contract.id)
        .join(Acceptance, Acceptance.contract_id == Contract.id)
        .where(
            Contract.state == ContractState.FILED,
            Contract.settled_at.is_(None),
            Acceptance.state == AcceptanceState.PUBLISHED,
        )
        .order_by(Contract.number)
    ).all()


def unfinished_contracts(session: Session, project_id: str) -> int:
    """How many contracts of a project are not completed yet."""
    query = (
        select(func.count())
        .select_from(Contract)
        .where(Contract.project_id == project_id, Contract.state != ContractState.COMPLETED)
    )
    return session.scalar(query) or 0


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Condition on Contract: whose payments this actor may know of."""
    if not actor.may(Permission.PAYMENT_VIEW):
        return false()
    ways = [buyers_in_view(actor, Contract.buyer_id)]
    if actor.organisation_id:
        ways.append(Contract.supplier_id == actor.organisation_id)
    return or_(*ways)


def requests_in_view(actor: Actor) -> Source[PaymentRow]:
    """The requests the actor may know of, those still to be paid first by their last day."""
    over = (PaymentRequestState.PAID, PaymentRequestState.CANCELLED)
    return Source(
        lines=select(
            PaymentRequest.id,
            PaymentRequest.number,
            Project.number,
            Project.title,
            _SUPPLIER.name,
            Instalment.position,
            PaymentRequest.amount_fen,
            PaymentRequest.state,
            PaymentRequest.requested_at,
            PaymentRequest.first_due_on,
            PaymentRequest.invoice_number,
            PaymentRequest.invoice_on,
            PaymentRequest.paid_at,
        )
        .join(Contract, Contract.id == PaymentRequest.contract_id)
        .join(Instalment, Instalment.id == PaymentRequest.instalment_id)
        .join(Project, Project.id == Contract.project_id)
        .join(_SUPPLIER, _SUPPLIER.id == Contract.supplier_id)
        .where(visible_to(actor)),
        line=PaymentRow,
        ident=PaymentRequest.id,
        first=waiting_first(PaymentRequest.state.not_in(over), PaymentRequest.first_due_on),
        sorts={
            "requested": PaymentRequest.requested_at,
            "number": PaymentRequest.number,
            "title": Project.title,
            "supplier": _SUPPLIER.name,
            "amount": PaymentRequest.amount_fen,
            "first_due": PaymentRequest.first_due_on,
            "paid": PaymentRequest.paid_at,
        },
        filters={"state": equal(PaymentRequest.state)},
        search=(Project.title, PaymentRequest.number, PaymentRequest.invoice_number),
        complete=_with_payments,
    )


def _with_payments(session: Session, rows: Sequence[PaymentRow]) -> Iterator[PaymentRow]:
    ids = [row.id for row in rows]
    query = select(TreasuryPayment).where(
        TreasuryPayment.payment_request_id.in_(ids), stands_paid()
    )
    in_order = query.order_by(TreasuryPayment.paid_at, TreasuryPayment.order_number)
    terms, paid = pay_terms(session, ids), _by_request(session.scalars(in_order))
    for row in rows:
        yield replace(row, term=terms.get(row.id), payments=tuple(paid.get(row.id, ())))


def reversals_waiting(
    session: Session, actor: Actor
) -> Sequence[Row[PaymentReversal, PaymentRequest, Contract, Project, int]]:
    """What somebody proposed to take back, with the instalment it was paid for."""
    return session.execute(
        select(PaymentReversal, PaymentRequest, Contract, Project, Instalment.position)
        .join(TreasuryPayment, TreasuryPayment.id == PaymentReversal.treasury_payment_id)
        .join(PaymentRequest, PaymentRequest.id == TreasuryPayment.payment_request_id)
        .join(Instalment, Instalment.id == PaymentRequest.instalment_id)
        .join(Contract, Contract.id == PaymentRequest.contract_id)
        .join(Project, Project.id == Contract.project_id)
        .where(PaymentReversal.decided_at.is_(None), visible_to(actor))
        .order_by(PaymentReversal.proposed_at, PaymentReversal.id)
    ).all()


def refunds_waiting(
    session: Session, actor: Actor
) -> Sequence[Row[SupplierRefund, Contract, Project]]:
    """What somebody registered as paid back."""
    return session.execute(
        select(SupplierRefund, Contract, Project)
        .join(Contract, Contract.id == SupplierRefund.contract_id)
        .join(Project, Project.id == Contract.project_id)
        .where(SupplierRefund.decided_at.is_(None), visible_to(actor))
        .order_by(SupplierRefund.proposed_at, SupplierRefund.id)
    ).all()


def settlements_waiting(
    session: Session, actor: Actor
) -> Sequence[Row[ContractSettlement, Contract, Project]]:
    """Proposals to settle a contract: the supplier's to answer, the buyer's to decide."""
    return session.execute(
        select(ContractSettlement, Contract, Project)
        .join(Contract, Contract.id == ContractSettlement.contract_id)
        .join(Project, Project.id == Contract.project_id)
        .where(ContractSettlement.decided_at.is_(None), visible_to(actor))
        .order_by(ContractSettlement.answer_by, Project.number)
    ).all()


def requests_waiting(
    session: Session, actor: Actor
) -> Sequence[Row[PaymentRequest, Contract, Project, int]]:
    """The requests that are neither paid nor cancelled, the oldest first."""
    return session.execute(
        select(PaymentRequest, Contract, Project, Instalment.position)
        .join(Contract, Contract.id == PaymentRequest.contract_id)
        .join(Project, Project.id == Contract.project_id)
        .join(Instalment, Instalment.id == PaymentRequest.instalment_id)
        .where(
            PaymentRequest.state.not_in((PaymentRequestState.PAID, PaymentRequestState.CANCELLED)),
            visible_to(actor),
        )
        .order_by(PaymentRequest.requested_at, PaymentRequest.id)
    ).all()


def instalments_open(session: Session, actor: Actor) -> list[tuple[Contract, Project, int]]:
    """The provider's instalments whose conditions are met and that it has not asked for."""
    if not actor.may(Permission.PAYMENT_REQUEST):
        return []
    rows = session.execute(
        select(Contract, Project, Instalment, PaymentRequest.state)
        .join(Project, Project.id == Contract.project_id)
        .join(Instalment, Instalment.contract_id == Contract.id)
        .outerjoin(PaymentRequest, PaymentRequest.instalment_id == Instalment.id)
        .where(
            Contract.supplier_id == actor.organisation_id,
            Contract.state == ContractState.FILED,
            Contract.settled_at.is_(None),
        )
        .order_by(Project.number, Contract.id, Instalment.position)
    ).all()
    facts = gate_facts(session, {contract for contract, _, _, _ in rows})
    payable = _payable([(contract.id, one) for contract, _, one, _ in rows], facts)
    found: list[tuple[Contract, Project, int]] = []
    before: dict[str, Predecessor] = {}
    for contract, project, instalment, state in rows:
        if not payable[instalment.id]:
            continue
        earlier = before.get(contract.id)
        before[contract.id] = Predecessor(instalment.position, state)
        left = instalment.left_to_acceptance
        if state is None and gate(instalment.trigger, facts[contract.id], earlier, left=left).ok:
            found.append((contract, project, instalment.position))
    return found


def pay_terms(session: Session, ids: Sequence[str]) -> dict[str, Deadline]:
    """The payer's term of each request: the running one, else the one that was met."""
    found = session.scalars(
        select(Deadline)
        .where(
            Deadline.subject_id.in_(ids),
            Deadline.rule.in_(PAY_RULES),
            Deadline.status != TermStatus.CANCELLED,
        )
        # The last one stands; days taken up again after a reversal begin where those before began.
        .order_by(
            Deadline.status == TermStatus.RUNNING, Deadline.starts_on, Deadline.met_at, Deadline.id
        )
    )
    return {term.subject_id: term for term in found}
