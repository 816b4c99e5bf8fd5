"""Who is written to at once when something happens, in the transaction in which it does."""

from collections.abc import Iterator

from flask import current_app
from sqlalchemy import Select, select

from procure.config import Config
from procure.desks.reminders.duties import staff
from procure.desks.reminders.events import SupplierTold
from procure.desks.reminders.messages import TITLE_LENGTH, Message
from procure.desks.reminders.use_cases import put_messages
from procure.kernel.access import Permission, roles_with
from procure.kernel.lifecycle import BidState
from procure.registers.accounts.models import Organisation
from procure.registers.projects.models import Project
from procure.stages.bids.events import TenderFailed
from procure.stages.bids.models import Bid
from procure.stages.bids.policies import failure_rule
from procure.stages.tenders.events import TenderTerminated
from procure.stages.tenders.models import DocumentTaker, Tender
from procure.stages.tenders.policies import termination_rule
from procure.store.unit_of_work import UnitOfWork

CONFIG = "procure.config"
TERMINATED, FAILED = "terminated", "failed"
AGAIN = "采购人可以重新采购；重新采购的另行公告，要重新领取采购文件、重新投标。"
CANCELLED = "采购任务已经取消，这个项目不再采购。"


def on_tender_terminated(uow: UnitOfWork, happened: TenderTerminated) -> None:
    """Tell all who took the document, bidders or not, why it ended (O87 art 29)."""
    takers = select(DocumentTaker).where(DocumentTaker.tender_id == happened.subject_id)
    _tell(uow, TERMINATED, happened, takers, CANCELLED if happened.cancelled else AGAIN)


def on_tender_failed(uow: UnitOfWork, happened: TenderFailed) -> None:
    """Tell all who bid why nobody can win, at the opening or in the review (GPL art 36)."""
    bidders = select(Bid.supplier_id).where(
        Bid.tender_id == happened.subject_id,
        Bid.state.in_((BidState.SUBMITTED, BidState.OPENED)),
    )
    takers = select(DocumentTaker).where(
        DocumentTaker.tender_id == happened.subject_id, DocumentTaker.supplier_id.in_(bidders)
    )
    _tell(uow, FAILED, happened, takers, AGAIN)


def _tell(
    uow: UnitOfWork,
    kind: str,
    happened: TenderTerminated | TenderFailed,
    takers: Select[DocumentTaker],
    ending: str,
) -> None:
    """Write to the people of these suppliers; who the other suppliers are stays unsaid.

    That each was told, and how, is proved in the chain of his own taking.
    """
    tender = uow.session.get_one(Tender, happened.subject_id)
    project = uow.session.get_one(Project, happened.project)
    buyer = uow.session.get_one(Organisation, project.buyer_id)
    ended = "采购活动已终止" if kind == TERMINATED else "采购活动已废标"
    words = "\n".join(_words(kind, happened, tender, project, buyer, ending))
    people, roles = staff(uow.session), roles_with(Permission.BID_DRAFT)
    letters: list[Message] = []
    for taker in uow.session.scalars(takers.order_by(DocumentTaker.id)):
        his = [
            Message(
                kind=kind,
                subject_id=tender.id,
                occurrence="once",
                user_id=user_id,
                title=f"{ended}：{project.title}"[:TITLE_LENGTH],
                words=words,
                path=f"/notices/{happened.notice}",
                project_id=project.id,
            )
            for user_id in sorted(people.holders(taker.supplier_id, roles))
        ]
        letters += his
        uow.emit(
            SupplierTold(
                subject_id=taker.id,
                tender_id=tender.id,
                notice=happened.notice,
                words=words,
                messages=tuple(letter.id for letter in his),
            )
        )
    config: Config = current_app.extensions[CONFIG]
    put_messages(uow, letters, people, by_mail=bool(config.mail_url))


def _words(
    kind: str,
    happened: TenderTerminated | TenderFailed,
    tender: Tender,
    project: Project,
    buyer: Organisation,
    ending: str,
) -> Iterator[str]:
    yield f"项目：{project.title}（{project.number}）"
    if kind == TERMINATED:
        yield f"贵单位领取过采购文件的这个项目，{buyer.name}已经终止采购活动。"
    else:
        yield "贵单位参加投标的这个项目已经废标，没有供应商成交。"
    yield f"理由：{happened.reason}"
    if kind == TERMINATED:
        rule, notice = termination_rule(tender), f"终止公告 {happened.notice}"
    else:
        rule, notice = failure_rule(tender), f"废标公告 {happened.notice}"
    yield f"依据：{rule}，{notice}。" if rule else f"依据：{notice}。"
    if tender.opened_at is None:
        yield "已经提交的投标文件没有拆封，保持加密。"
    yield ending
    if buyer.phone:
        yield f"有疑问的，请联系采购人：{buyer.phone}。"
