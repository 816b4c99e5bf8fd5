"""Put a visit to the place of service on file, with its printed record."""

from dataclasses import dataclass
from datetime import date

from procure.kernel.clock import local_date
from procure.kernel.errors import Invalid
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.use_cases import file_rendered, print_paper
from procure.stages.acceptance import policies, queries
from procure.stages.acceptance.events import SiteVisitNoted
from procure.stages.acceptance.use_cases.collect import event_header
from procure.store.unit_of_work import UnitOfWork, request_of

TEMPLATE = "site-visit@1"


@dataclass(frozen=True)
class NoteVisit:
    """What was seen, where and when."""

    acceptance_id: str
    visited_on: date
    place: str
    found: str
    key: str = ""


def note_visit(uow: UnitOfWork, command: NoteVisit) -> Document:
    """Print and file the record of a visit, for both sides.

    Raises Denied or IllegalTransition by policy, Invalid for a day to come.
    """
    acceptance, contract = queries.load_below(uow.session, command.acceptance_id)
    policies.may_note_visit(uow.actor, acceptance, contract).require()
    request = request_of("note_visit", command.key, command)
    if command.key and (earlier := uow.earlier_result(request)):
        return uow.session.get_one(Document, earlier)
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
    document = file_rendered(
        uow,
        print_paper(uow, TEMPLATE, data),
        project_id=contract.project_id,
        subject_id=acceptance.id,
        kind=DocumentKind.DELIVERY_EVIDENCE,
        title="现场查看记录",
        filename=f"{number}.pdf",
        audience=DocumentAudience.PARTIES,
    )
    uow.emit(
        SiteVisitNoted(
            **event_header(acceptance, contract),
            visited_on=command.visited_on,
            place=command.place,
            found=command.found,
            document_sha256=document.sha256,
        )
    )
    if command.key:
        uow.keep_result(request, document.id)
    return document
