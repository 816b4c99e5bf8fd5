"""What the case page shows of payments, for one reader."""

from datetime import datetime

from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.clock import local_date
from procure.kernel.lifecycle import Stage
from procure.kernel.money import Money
from procure.kernel.vocabulary import PAYMENT_TRIGGER_LABELS
from procure.registers.documents.queries import papers_of
from procure.registers.projects.models import Project
from procure.stages.contracts.policies import SIGNED_STATES
from procure.stages.contracts.queries import find_of_project
from procure.stages.payments import pages, queries, settlement_pages
from procure.web.case_panel import CasePanel
from procure.web.presenters import Fact, Link


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
            f"{PAYMENT_TRIGGER_LABELS[line.instalment.trigger]}。{pages.waits_for(line, actor)}",
            href=pages.address_of(project.number, line.instalment.position),
        )
        for line in dossier.lines
    ]
    return CasePanel(
        Stage.PAYMENT,
        "资金支付",
        facts=tuple(facts),
        steps=(
            *pages.all_steps(dossier, actor),
            *settlement_pages.steps(session, dossier, actor, local_date(now)),
        ),
        deadlines=pages.due_lines(dossier, now),
        papers=tuple(
            papers_of(session, actor, project_id=project.id, subject_ids=pages.subject_ids(dossier))
        ),
        links=(Link("资金流向", pages.address_of(project.number)),),
    )
