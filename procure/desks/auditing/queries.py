"""What auditors read: cases with their money, one case's way of money and all its events."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.orm import Session

from procure.desks.auditing.contents import (
    Kept,
    Names,
    kept_back,
    names_of_recipients,
    why_withheld,
)
from procure.desks.auditing.models import AuditExport
from procure.kernel.access import Actor
from procure.kernel.errors import NotFound
from procure.kernel.events import EVENT_TYPES, canonical
from procure.kernel.lifecycle import Stage
from procure.registers.accounts.models import Organisation, User
from procure.registers.projects import queries as projects
from procure.registers.projects.models import Project
from procure.stages.contracts.models import Contract, Instalment
from procure.stages.payments.models import PaymentRequest, TreasuryPayment
from procure.stages.payments.queries import stands_paid
from procure.stages.plans.models import Plan
from procure.store import trail
from procure.store.lists import Source, equal, summed

log = logging.getLogger(__name__)

GROUPS: dict[str, tuple[str, str]] = {
    "plans": ("procure.stages.plans", "计划"),
    "tenders": ("procure.stages.tenders", "招标"),
    "bids": ("procure.stages.bids", "投标"),
    "awards": ("procure.stages.awards", "评审"),
    "contracts": ("procure.stages.contracts", "合同"),
    "delivery": ("procure.stages.delivery", "履约"),
    "evaluation": ("procure.stages.evaluation", "评估"),
    "acceptance": ("procure.stages.acceptance", "验收"),
    "payments": ("procure.stages.payments", "支付"),
    "funds": ("procure.registers.funds", "资金"),
    "documents": ("procure.registers.documents", "文件"),
    "notices": ("procure.registers.notices", "公告"),
    "deadlines": ("procure.registers.deadlines", "期限"),
    "projects": ("procure.registers.projects", "项目"),
    "reminders": ("procure.desks.reminders", "告知"),
    "auditing": ("procure.desks.auditing", "审计"),
}
"""Kinds of events as the time line can be narrowed to: package and word."""


@dataclass(frozen=True)
class MoneyRow:
    """A case in the auditor's list, amounts in fen."""

    number: str
    title: str
    buyer: str
    stage: Stage
    budget_fen: int
    contracted_fen: int
    paid_fen: int
    created_at: datetime

    @property
    def unpaid_fen(self) -> int:
        """What is still owed."""
        return self.contracted_fen - self.paid_fen


@dataclass(frozen=True)
class InstalmentMoney:
    """An instalment with its request and what was paid of it."""

    instalment: Instalment
    request: PaymentRequest | None
    payments: tuple[TreasuryPayment, ...]

    @property
    def paid_fen(self) -> int:
        """What all levels paid so far."""
        return sum(payment.amount_fen for payment in self.payments)


@dataclass(frozen=True)
class ContractMoney:
    """A contract with its instalments."""

    contract: Contract
    supplier: str
    instalments: tuple[InstalmentMoney, ...]

    @property
    def paid_fen(self) -> int:
        """What was paid of it so far."""
        return sum(instalment.paid_fen for instalment in self.instalments)


@dataclass(frozen=True)
class EventRow:
    """An event of the time line; what may not be shown yet says why instead."""

    stream: str
    seq: int
    at: datetime
    label: str
    words: str
    who: str
    organisation: str
    hash: str
    group: str


def get_audited(session: Session, actor: Actor, number: str) -> Project:
    """The project of that number under the actor's oversight; NotFound otherwise."""
    project = projects.get_project(session, actor, number)
    if not projects.oversees(session, actor, project.buyer_id):
        raise NotFound("没有找到这个项目，或它不在您的审计范围内。")
    return project


def cases_under_audit(actor: Actor) -> Source[MoneyRow]:
    """The cases under oversight with their money."""
    contracted = (
        select(summed(Contract.amount_fen))
        .where(Contract.project_id == Project.id)
        .correlate(Project)
        .scalar_subquery()
    )
    paid = (
        select(summed(TreasuryPayment.amount_fen))
        .join(PaymentRequest, PaymentRequest.id == TreasuryPayment.payment_request_id)
        .join(Contract, Contract.id == PaymentRequest.contract_id)
        .where(Contract.project_id == Project.id, stands_paid())
        .correlate(Project)
        .scalar_subquery()
    )
    return Source(
        lines=select(
            Project.number,
            Project.title,
            Organisation.name,
            Project.stage,
            Project.budget_fen,
            contracted,
            paid,
            Project.created_at,
        )
        .join(Organisation, Organisation.id == Project.buyer_id)
        .where(projects.buyers_in_view(actor, Project.buyer_id)),
        line=MoneyRow,
        ident=Project.id,
        first="-created",
        sorts={
            "created": Project.created_at,
            "number": Project.number,
            "title": Project.title,
            "buyer": Organisation.name,
            "budget": Project.budget_fen,
            "contracted": contracted,
            "paid": paid,
        },
        filters={"stage": equal(Project.stage)},
        search=(Project.title, Organisation.name, Project.number),
    )


def plan_money(session: Session, project_id: str) -> int | None:
    """What the plan of a case amounts to in fen; None before there is one."""
    return session.scalar(select(Plan.amount_fen).where(Plan.project_id == project_id))


def contracts_money(session: Session, project_id: str) -> list[ContractMoney]:
    """The contracts of a case down to each level's payments, in three statements."""
    contracts = session.execute(
        select(Contract, Organisation.name)
        .join(Organisation, Organisation.id == Contract.supplier_id)
        .where(Contract.project_id == project_id)
        .order_by(Contract.number)
    ).all()
    ids = [contract.id for contract, _ in contracts]
    instalments = session.execute(
        select(Instalment, PaymentRequest)
        .outerjoin(PaymentRequest, PaymentRequest.instalment_id == Instalment.id)
        .where(Instalment.contract_id.in_(ids))
        .order_by(Instalment.contract_id, Instalment.position)
    ).all()
    payments = session.scalars(
        select(TreasuryPayment)
        .join(PaymentRequest, PaymentRequest.id == TreasuryPayment.payment_request_id)
        .where(PaymentRequest.contract_id.in_(ids), stands_paid())
        .order_by(TreasuryPayment.paid_at, TreasuryPayment.order_number)
    ).all()
    paid: dict[str, list[TreasuryPayment]] = {}
    for payment in payments:
        paid.setdefault(payment.payment_request_id, []).append(payment)
    return [
        ContractMoney(
            contract,
            supplier,
            tuple(
                InstalmentMoney(part, asked, tuple(paid.get(asked.id, ())) if asked else ())
                for part, asked in instalments
                if part.contract_id == contract.id
            ),
        )
        for contract, supplier in contracts
    ]


def events_of_case(session: Session, project: Project) -> Source[EventRow]:
    """A case's events from every chain, in the order in which they happened."""
    event = trail.TrailEvent
    kept, names = kept_back(session, project.id), names_of_recipients(session, project.id)
    return Source(
        lines=trail.LINKS.where(
            or_(event.project_id == project.id, event.stream.in_(kept.opened_streams))
        ),
        line=lambda *link: _event_row(trail.Link(*link), project.id, kept, names),
        ident=event.seq,
        first="at",
        sorts={"at": (event.at, event.stream, event.seq)},
        filters={
            "kind": lambda group: event.event.in_(_names_in(group)) if group else true(),
        },
    )


def _event_row(link: trail.Link, project_id: str, kept: Kept, names: Names) -> EventRow:
    why = why_withheld(link, project_id, kept, names)
    who = {} if why == "sealed" else link.content["actor"]
    known = link.event in EVENT_TYPES
    label = EVENT_TYPES[link.event].label if known else link.event
    words = _words(link) if known and not why else ""
    if why == "sealed":
        label, words = "封存的事件", "开标或公告结果以后可以查看"
    elif why:
        words = "含服务对象信息，未显示"
    return EventRow(
        link.stream,
        link.seq,
        link.at,
        label,
        words,
        who.get("name", "未公开"),
        who.get("organisation", ""),
        link.hash,
        _group_of(link.event),
    )


def _words(link: trail.Link) -> str:
    """What the event adds to its label. An old body that today's class can no longer read must not
    hide the rest of the history from an auditor: it is shown as it was stored."""
    try:
        return link.words
    except (KeyError, ValueError, TypeError):
        log.warning("stored event not readable stream=%s seq=%s", link.stream, link.seq)
        return canonical(link.data)


def _group_of(event: str) -> str:
    module = EVENT_TYPES[event].__module__ if event in EVENT_TYPES else ""
    return next((word for package, word in GROUPS.values() if module.startswith(package)), "其他")


def _names_in(group: str) -> list[str]:
    package = GROUPS[group][0]
    return [name for name, kind in EVENT_TYPES.items() if kind.__module__.startswith(package)]


@dataclass(frozen=True)
class ExportRow:
    """A package that was taken away."""

    id: str
    number: str
    title: str
    by: str
    at: datetime
    reason: str
    sha256: str
    size: int


def exports_of(session: Session, project_id: str) -> list[ExportRow]:
    """Packages of a case that were taken away, newest first."""
    query = _exports().where(AuditExport.project_id == project_id)
    return [ExportRow(*row) for row in session.execute(query)]


def get_export(session: Session, actor: Actor, export_id: str) -> ExportRow:
    """A package that was taken away, under the actor's oversight; NotFound otherwise."""
    row = session.execute(_exports().where(AuditExport.id == export_id)).one_or_none()
    if row is None:
        raise NotFound("没有找到这次导出。")
    export = ExportRow(*row)
    get_audited(session, actor, export.number)
    return export


def _exports() -> "Select[*tuple[Any, ...]]":
    return (
        select(
            AuditExport.id,
            Project.number,
            Project.title,
            func.coalesce(User.name, "系统"),
            AuditExport.exported_at,
            AuditExport.reason,
            AuditExport.sha256,
            AuditExport.size,
        )
        .join(Project, Project.id == AuditExport.project_id)
        .outerjoin(User, User.id == AuditExport.exported_by)
        .order_by(AuditExport.exported_at.desc(), AuditExport.id)
    )
