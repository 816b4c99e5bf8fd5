"""Who is written to at once when something happens, in the transaction in which it does."""

from flask import current_app
from sqlalchemy import select

from procure.config import Config
from procure.desks.reminders.duties import staff
from procure.desks.reminders.messages import TITLE_LENGTH, Message
from procure.desks.reminders.use_cases import put_messages
from procure.kernel.access import Permission, roles_with
from procure.registers.accounts.models import Organisation
from procure.registers.projects.models import Project
from procure.stages.tenders.events import TenderTerminated
from procure.stages.tenders.models import DocumentTaker, Tender
from procure.stages.tenders.policies import RULE_TERMINATION
from procure.store.unit_of_work import UnitOfWork

CONFIG = "procure.config"
TERMINATED = "terminated"


def on_tender_terminated(uow: UnitOfWork, happened: TenderTerminated) -> None:
    """Tell all who took the document, bidders or not, why it ended (O87 art 29).

    Each of them reads of the own organisation's taking alone; who the others are stays unsaid.
    """
    tender = uow.session.get_one(Tender, happened.subject_id)
    project = uow.session.get_one(Project, happened.project)
    people = staff(uow.session)
    takers = uow.session.scalars(
        select(DocumentTaker.supplier_id).where(DocumentTaker.tender_id == tender.id)
    )
    told = {
        user_id
        for supplier_id in takers
        for user_id in people.holders(supplier_id, roles_with(Permission.BID_DRAFT))
    }
    buyer = uow.session.get_one(Organisation, project.buyer_id)
    words = "\n".join(_words(happened, tender, project, buyer))
    messages = [
        Message(
            kind=TERMINATED,
            subject_id=tender.id,
            occurrence="once",
            user_id=user_id,
            title=f"采购活动已终止：{project.title}"[:TITLE_LENGTH],
            words=words,
            path=f"/notices/{happened.notice}",
            project_id=project.id,
        )
        for user_id in sorted(told)
    ]
    config: Config = current_app.extensions[CONFIG]
    put_messages(uow, messages, people, by_mail=bool(config.mail_url))


def _words(
    happened: TenderTerminated, tender: Tender, project: Project, buyer: Organisation
) -> list[str]:
    said = [
        f"项目：{project.title}（{project.number}）",
        f"贵单位领取过采购文件的这个项目，{buyer.name}已经终止采购活动。",
        f"理由：{happened.reason}",
        f"依据：{RULE_TERMINATION}，终止公告 {happened.notice}。",
    ]
    if tender.opened_at is None:
        said.append("已经提交的投标文件没有拆封，保持加密。")
    if happened.cancelled:
        said.append("采购任务已经取消，这个项目不再采购。")
    else:
        said.append("采购人可以重新采购；重新采购的另行公告，要重新领取采购文件、重新投标。")
    if buyer.phone:
        said.append(f"有疑问的，请联系采购人：{buyer.phone}。")
    return said
