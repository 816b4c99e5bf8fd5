"""What the case page shows of payments, for one reader."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.case_lines import Task
from procure.kernel.clock import local_date
from procure.kernel.deadline_lines import DeadlineLine
from procure.kernel.lifecycle import ContractState, PaymentRequestState, Stage, Tone
from procure.kernel.money import Money
from procure.registers.deadlines.queries import term_line
from procure.registers.documents.queries import papers_of
from procure.registers.projects.models import Project
from procure.stages.contracts.models import Contract, ContractSettlement
from procure.stages.contracts.policies import SIGNED_STATES, last_service_day
from procure.stages.contracts.queries import find_of_project
from procure.stages.payments import pages, queries
from procure.stages.payments.gates import due_milestones
from procure.stages.payments.models import PaymentRequest, PaymentReversal
from procure.stages.payments.queries import InstalmentLine, MoneyDossier
from procure.stages.payments.steps import (
    EXCUSE,
    INSTALMENT_STEPS,
    REFUND_STEPS,
    REVERSE,
    SETTLEMENT_STEPS,
    InstalmentFacts,
    RefundFacts,
    SettlingFacts,
)
from procure.store.proposals import waiting_for
from procure.web.case_panel import CasePanel, NextStep
from procure.web.presenters import Badge, Fact, Link
from procure.web.step_table import Facts, offered, tasks_of


def panel(session: Session, actor: Actor, project: Project, now: datetime) -> CasePanel | None:
    """The instalments of a case, what each waits for and till when; None for other readers."""
    if not actor.may(Permission.PAYMENT_VIEW):
        return None
    contract = find_of_project(session, actor, project.id)
    if contract is None or contract.state not in SIGNED_STATES:
        return None
    dossier = queries.dossier_of(session, contract, checks_too=False)
    total, paid = Money(contract.amount_fen), Money(dossier.paid_fen)
    unpaid = Money(dossier.unpaid_fen)
    facts = [Fact("合同金额", total, f"已支付 {paid.format()}，尚未支付 {unpaid.format()}")]
    facts += [
        Fact(
            f"第 {line.instalment.position} 期",
            (Money(line.instalment.amount_fen), pages.standing(line)),
            f"{line.instalment.trigger.label}。{pages.waits_for(line, actor)}",
            href=pages.address_of(project.number, line.instalment.position),
        )
        for line in dossier.lines
    ]
    return CasePanel(
        Stage.PAYMENT,
        "资金支付",
        badge=_badge(dossier),
        facts=tuple(facts),
        steps=steps_of(session, actor, dossier, local_date(now)),
        deadlines=pages.due_lines(dossier, now),
        papers=tuple(
            papers_of(session, actor, project_id=project.id, subject_ids=pages.subject_ids(dossier))
        ),
        links=(Link("资金流向", pages.address_of(project.number)),),
    )


def _badge(dossier: MoneyDossier) -> Badge:
    paid = sum(bool(line.payments) for line in dossier.lines)
    tone = Tone.ACTIVE if dossier.unpaid_fen else Tone.DONE
    return Badge(tone, f"{paid} 期已支付，共 {len(dossier.lines)} 期")


def steps_of(
    session: Session, actor: Actor, page: MoneyDossier, today: date
) -> tuple[NextStep, ...]:
    """The steps of all instalments, of those that still wait only the first with its reason; what the
    provider pays back; how the contract is settled.
    """
    contract, found = page.contract, list(_excuses(actor, page))
    for line in page.lines:
        waits = line.request is None and not line.gate.ok
        if waits and any(not step.verdict.ok for step in found):
            continue
        which = f"第 {line.instalment.position} 期款项"
        found += offered(INSTALMENT_STEPS, instalment_facts(actor, contract, line, which))
    refund = RefundFacts(
        actor,
        None,
        contract.project,
        contract=contract,
        left=page.claim_left_fen,
        pending=page.pending_refund,
    )
    return (*found, *offered(REFUND_STEPS, refund), *_settling(session, actor, page, today))


def instalment_facts(
    actor: Actor, contract: Contract, line: InstalmentLine, which: str = ""
) -> InstalmentFacts:
    """What the steps of an instalment are asked about."""
    reversal, position = line.pending_reversal, line.instalment.position
    row = reversal.row if reversal is not None else None
    facts = _waiting(actor, line.request, contract, contract.project, position, reversal=row)
    paid = bool(line.payments)
    return replace(facts, which=which, gate=line.gate, release=line.release, paid=paid)


def _excuses(actor: Actor, page: MoneyDossier) -> tuple[NextStep, ...]:
    """The milestones that hold the next instalment, for who may say that it need not wait."""
    waiting = next((one for one in page.lines if not _is_agreed(one)), None)
    if waiting is None:
        return ()
    return tuple(
        step
        for one in due_milestones(waiting.instalment.trigger, page.facts)
        if one.is_open
        for step in offered(
            (EXCUSE,),
            Facts(
                actor, None, page.contract.project, at={"position": one.position}, which=one.title
            ),
        )
    )


def _is_agreed(line: InstalmentLine) -> bool:
    return line.request is not None and line.request.state in (
        PaymentRequestState.APPROVED,
        PaymentRequestState.PAID,
    )


def _settling(
    session: Session, actor: Actor, page: MoneyDossier, today: date
) -> tuple[NextStep, ...]:
    """To propose where a ground is open, to answer, to decide, once the contract is over."""
    contract = page.contract
    if contract.state is not ContractState.FILED or contract.ends_on is None:
        return ()
    if today <= last_service_day(contract):
        return ()
    pending = waiting_for(session, ContractSettlement, contract.id)
    proposes = pending is None and actor.may(Permission.CONTRACT_DRAFT)
    facts = SettlingFacts(
        actor,
        contract.state,
        contract.project,
        supplier_id=contract.supplier_id,
        contract=contract,
        pending=pending,
        judged=queries.settlement_facts(session, page, today) if proposes else None,
    )
    return offered(SETTLEMENT_STEPS, facts)


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """What waits for this person of payments, the payer's last day with it; the buyer decides on a
    settlement once the supplier has answered or its days are over.
    """
    if not actor.may(Permission.PAYMENT_VIEW):
        return []
    requests, today = queries.requests_waiting(session, actor), local_date(now)
    terms = queries.pay_terms(session, [request.id for request, *_ in requests])
    lines = {subject: term_line(term, now) for subject, term in terms.items()}
    instalments = [
        *(_waiting(actor, *row, deadline=lines.get(row[0].id)) for row in requests),
        *(_waiting(actor, None, *row) for row in queries.instalments_open(session, actor)),
    ]
    taken_back = queries.reversals_waiting(session, actor)
    reversals = [
        _waiting(actor, request, contract, project, position, reversal=reversal)
        for reversal, request, contract, project, position in taken_back
    ]
    refunds = [
        RefundFacts(actor, None, project, contract=contract, pending=refund)
        for refund, contract, project in queries.refunds_waiting(session, actor)
    ]
    settlements = [
        SettlingFacts(
            actor,
            contract.state,
            project,
            supplier_id=contract.supplier_id,
            contract=contract,
            pending=pending,
            waited=pending.agreed is not None or today > pending.answer_by,
        )
        for pending, contract, project in queries.settlements_waiting(session, actor)
    ]
    return [
        *tasks_of(INSTALMENT_STEPS, instalments),
        *tasks_of((REVERSE,), reversals),
        *tasks_of(REFUND_STEPS, refunds),
        *tasks_of(SETTLEMENT_STEPS, settlements),
    ]


def _waiting(
    actor: Actor,
    request: PaymentRequest | None,
    contract: Contract,
    project: Project,
    position: int,
    *,
    deadline: DeadlineLine | None = None,
    reversal: PaymentReversal | None = None,
) -> InstalmentFacts:
    return InstalmentFacts(
        actor,
        request.state if request is not None else None,
        project,
        supplier_id=contract.supplier_id,
        at={"position": position},
        which=f"第 {position} 期款项",
        deadline=deadline,
        contract=contract,
        request=request,
        reversal=reversal,
    )
