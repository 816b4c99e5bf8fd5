"""Put a visit to the place of service on file, with its printed record."""

from datetime import date

from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.errors import Invalid
from procure.registers.documents.models import DocumentAudience, DocumentKind, PaperOrder
from procure.registers.documents.use_cases import order_paper
from procure.stages.acceptance import policies, queries
from procure.stages.acceptance.events import SiteVisitNoted
from procure.store.unit_of_work import UnitOfWork

TEMPLATE = "site-visit@1"


class NoteVisit(Command):
    """What was seen, where and when."""

    acceptance_id: str
    visited_on: date
    place: str
    found: str


def note_visit(uow: UnitOfWork, command: NoteVisit) -> PaperOrder:
    """Put a visit on file and order its record, for both sides.

    Raises Denied or IllegalTransition by policy, Invalid for a day to come.
    """
    acceptance, contract = queries.load_below(uow.session, command.acceptance_id)
    policies.may_enter_opinion(uow.actor, acceptance, contract).require()
    if command.visited_on > local_date(uow.now):
        raise Invalid("visited_on", "查看日期在今天以后。", remedy="请填写实际查看的日期。")
    number = f"{contract.project.number}-CK{command.visited_on:%Y%m%d}"
    data = {
        "record_no": number,
        "made_on": local_date(uow.now).isoformat(),
        "buyer": contract.buyer.name,
        "supplier": contract.supplier.name,
        "project_no": contract.project.number,
        "project_name": contract.project.title,
        "contract_no": contract.number,
        "visited_on": command.visited_on.isoformat(),
        "place": command.place,
        "found": command.found,
        "visitor": uow.actor.name,
    }
    record = order_paper(
        uow,
        TEMPLATE,
        data,
        project_id=contract.project_id,
        subject_id=acceptance.id,
        kind=DocumentKind.DELIVERY_EVIDENCE,
        title="现场查看记录",
        filename=f"{number}.pdf",
        audience=DocumentAudience.PARTIES,
    )
    uow.emit(SiteVisitNoted.of(command, acceptance, contract, record))
    return record
