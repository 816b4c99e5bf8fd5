"""Handing the document out to who wants to bid."""

from procure.kernel.commands import Command
from procure.kernel.errors import REOPEN, Invalid
from procure.stages.tenders import policies, queries
from procure.stages.tenders.events import DocumentTaken
from procure.stages.tenders.models import DocumentTaker
from procure.stages.tenders.use_cases.drafting import load
from procure.store.holding import hold_below
from procure.store.unit_of_work import UnitOfWork, explain_constraint

explain_constraint(
    "uq_document_taker_tender_id_supplier_id", "", f"贵单位已经领取过这份采购文件，{REOPEN}。"
)


class TakeDocument(Command):
    """Fetch the tender document for the actor's organisation."""

    tender_id: str


def take_document(uow: UnitOfWork, command: TakeDocument) -> DocumentTaker:
    """Note that the supplier fetched the document; a second time gives back the first row.

    Raises DeadlinePassed when documents are no longer given out.
    """
    # The opening, which names everybody who took the document, waits for this taking.
    tender, _ = load(uow, command.tender_id, hold_below)
    earlier = queries.find_taking(uow.session, tender.id, uow.actor.organisation_id)
    if earlier is not None:
        return earlier
    policies.may_take_document(uow.actor, tender, uow.now).require()
    queries.require_printed(uow.session, tender.id)
    document = queries.find_document(uow.session, tender.id)
    if document is None:
        raise Invalid("", "采购文件还没有生成。")
    taking = DocumentTaker(
        tender_id=tender.id,
        supplier_id=uow.actor.organisation_id,
        taken_by=uow.actor.user_id,
        taken_at=uow.now,
    )
    uow.session.add(taking)
    uow.emit(
        DocumentTaken(
            subject_id=taking.id,
            tender_id=tender.id,
            supplier_id=taking.supplier_id,
            supplier_name=uow.actor.organisation_name,
            document_sha256=document.sha256,
        )
    )
    return taking
