"""The supplier's days to ask for what the acceptance opened, and what is left to it."""

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.lifecycle import AcceptanceState, PaymentRequestState
from procure.kernel.vocabulary import PaymentTrigger
from procure.registers.deadlines.queries import running_for
from procure.registers.deadlines.use_cases import cancel_terms, meet_term, start_term
from procure.stages.acceptance.events import AcceptanceOpened
from procure.stages.acceptance.queries import find_acceptance
from procure.stages.contracts.events import ContractEndedEarly
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import load_contract
from procure.stages.payments import queries
from procure.stages.payments.queries import InstalmentLine
from procure.stages.payments.settlement import CLAIM_RULE, last_claim_day
from procure.store.unit_of_work import UnitOfWork


def on_contract_ended_early(uow: UnitOfWork, event: ContractEndedEarly) -> None:
    """Leave to the acceptance what was due on signing and lies with the supplier: nobody earns an
    advance on services that are no longer to come.
    """
    _leave_all(uow, event.subject_id)


def on_acceptance_opened(uow: UnitOfWork, event: AcceptanceOpened) -> None:
    """Leave to the acceptance whatever lies with the supplier: what is found missing is taken off
    money still to be paid, and claimed back is only what was paid or is on its way (O658 art 45).
    """
    _leave_all(uow, event.contract_id)


def _leave_all(uow: UnitOfWork, contract_id: str) -> None:
    contract = load_contract(uow.session, contract_id)
    for line in queries.dossier_of(uow.session, contract, checks_too=False).lines:
        leave_to_acceptance(uow, contract, line)


def leave_to_acceptance(uow: UnitOfWork, contract: Contract, line: InstalmentLine) -> None:
    """Let an instalment that nobody asked for, or that was sent back, wait for an acceptance that has
    begun; after an early end, what was due on signing waits for the one to come.
    """
    if line.request is not None and line.request.state is not PaymentRequestState.RETURNED:
        return
    acceptance = find_acceptance(uow.session, contract.id)
    if acceptance is None:
        on_signing = line.instalment.trigger is PaymentTrigger.SIGNING
        waits = on_signing and contract.ended_early_on is not None
    else:
        waits = acceptance.state is not AcceptanceState.PUBLISHED
    if waits:
        line.instalment.left_to_acceptance = True
        uow.session.flush()


def watch_claims(uow: UnitOfWork, contract: Contract, *, sent_back: bool = False) -> None:
    """Let the supplier's days run while something that the acceptance opened waits for it, from anew
    when a request was sent back; end them when nothing does.
    """
    acceptance = find_acceptance(uow.session, contract.id)
    accepted = acceptance is not None and acceptance.state is AcceptanceState.PUBLISHED
    if not accepted or contract.settled_at is not None:
        return
    dossier = queries.dossier_of(uow.session, contract, checks_too=False)
    if not any(line.is_unasked for line in dossier.lines):
        meet_term(uow, contract.id, CLAIM_RULE)
        return
    if sent_back:
        cancel_terms(uow, contract.id, CLAIM_RULE)
    if any(term.rule == CLAIM_RULE for term in running_for(uow.session, [contract.id])):
        return
    today = local_date(uow.now)
    start_term(
        uow,
        project_id=contract.project_id,
        subject_id=contract.id,
        rule=CLAIM_RULE,
        label="申请支付验收以后的款项",
        starts_on=today,
        due_on=last_claim_day(today),
        permission=Permission.PAYMENT_REQUEST,
        organisation_id=contract.supplier_id,
    )
