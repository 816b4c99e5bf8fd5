"""What can be read of acceptance: one for its page, slips, opinion, what waits for whom."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission
from procure.kernel.errors import NotFound
from procure.kernel.lifecycle import AcceptanceState, EvaluationState
from procure.kernel.vocabulary import EvaluationKind, NoticeKind
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.registers.deadlines.queries import term_line
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.stages.acceptance import policies
from procure.stages.acceptance.models import (
    Acceptance,
    AcceptanceExpert,
    AcceptanceItem,
    OpinionChannel,
    OpinionSlip,
)
from procure.stages.acceptance.opinions import Opinion, summarise
from procure.stages.contracts import queries as contracts
from procure.stages.contracts.models import Contract
from procure.stages.delivery.models import Recipient
from procure.stages.delivery.progress import TargetProgress
from procure.stages.delivery.queries import progress
from procure.stages.evaluation.models import Evaluation
from procure.stages.evaluation.queries import latest_of, latest_of_many
from procure.store.holding import hold, hold_below
from procure.web.presenters import Task

TERM_RULE, RECTIFY_RULE = "C-ACCEPT", "C-AMEND"


@dataclass(frozen=True)
class SlipRow:
    """A slip as the buyer's people see it: the register's code and the station, no name."""

    position: int
    code: str
    station: str
    printed_at: datetime | None
    attempts: int
    channel: OpinionChannel | None
    answered_at: datetime | None
    version: int


@dataclass(frozen=True)
class AcceptancePage:
    """An acceptance with all that its pages show; without one, what it waits for."""

    contract: Contract
    acceptance: Acceptance | None
    final: Evaluation | None
    opinion: Opinion
    items: Sequence[AcceptanceItem]
    members: Sequence[AcceptanceExpert]
    targets: Sequence[TargetProgress]
    names: dict[str, str]
    notice_number: str

    def name(self, user_id: str | None) -> str:
        """A person's name; empty for nobody."""
        return self.names.get(user_id or "", "")


def digest_of(token: str) -> str:
    """What is kept of a slip's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def get_page(session: Session, actor: Actor, number: str) -> AcceptancePage:
    """The acceptance of a project's contract, begun or not; NotFound when not for this actor."""
    contract = contracts.get_contract(session, actor, number)
    actor.require(Permission.ACCEPTANCE_VIEW)
    return page_of(session, contract)


def page_of(session: Session, contract: Contract) -> AcceptancePage:
    """Everything about the acceptance of a contract; a fixed number of statements."""
    acceptance = find_acceptance(session, contract.id)
    ids = [acceptance.opened_by, acceptance.decided_by] if acceptance else []
    return AcceptancePage(
        contract,
        acceptance,
        latest_of(session, contract.id).get(EvaluationKind.FINAL),
        opinion_of(session, acceptance),
        items_of(session, acceptance),
        members_of(session, acceptance),
        progress(session, contract.id),
        contracts.names_of(session, ids),
        _notice_of(session, contract.project_id),
    )


def find_acceptance(session: Session, contract_id: str) -> Acceptance | None:
    """The acceptance of a contract, if it has begun."""
    return session.scalars(
        select(Acceptance).where(Acceptance.contract_id == contract_id)
    ).one_or_none()


def load(session: Session, acceptance_id: str) -> tuple[Acceptance, Contract]:
    """The acceptance of that id with its contract, both held for a verb that decides: no opinion and
    no judgement of a service comes in between. NotFound when there is none.
    """
    contract = contracts.load_contract(session, _contract_of(session, acceptance_id))
    return hold(session, Acceptance, acceptance_id), contract


def load_below(session: Session, acceptance_id: str) -> tuple[Acceptance, Contract]:
    """The same for a verb that takes what recipients say: many may at once, and nobody decides."""
    contract = contracts.load_contract_below(session, _contract_of(session, acceptance_id))
    return hold_below(session, Acceptance, acceptance_id), contract


def _contract_of(session: Session, acceptance_id: str) -> str:
    found = session.scalar(select(Acceptance.contract_id).where(Acceptance.id == acceptance_id))
    if found is None:
        raise NotFound("没有找到这次验收。")
    return found


def deduction_of(session: Session, contract_id: str) -> int:
    """What a partial result takes off the instalments that acceptance opens, in fen; 0 if none."""
    return 0


def items_of(session: Session, acceptance: Acceptance | None) -> Sequence[AcceptanceItem]:
    """The items looked at, in their order."""
    if acceptance is None:
        return ()
    return session.scalars(
        select(AcceptanceItem)
        .where(AcceptanceItem.acceptance_id == acceptance.id)
        .order_by(AcceptanceItem.position)
    ).all()


def members_of(session: Session, acceptance: Acceptance | None) -> Sequence[AcceptanceExpert]:
    """The acceptance group, in its order."""
    if acceptance is None:
        return ()
    return session.scalars(
        select(AcceptanceExpert)
        .where(AcceptanceExpert.acceptance_id == acceptance.id)
        .order_by(AcceptanceExpert.position)
    ).all()


def opinion_of(session: Session, acceptance: Acceptance | None) -> Opinion:
    """What the answered slips of the present round say together."""
    if acceptance is None:
        return summarise(0, 0, ())
    slips = session.execute(
        select(OpinionSlip.answers, OpinionSlip.channel).where(
            OpinionSlip.acceptance_id == acceptance.id, OpinionSlip.round == acceptance.round
        )
    ).all()
    answered = [answers for answers, _ in slips if answers is not None]
    channels = {channel for _, channel in slips if channel is not None}
    population = acceptance.sample.get("population", 0)
    known = population if isinstance(population, int) else 0
    return summarise(known, len(slips), answered, channels)


def slips_of(session: Session, acceptance: Acceptance) -> list[SlipRow]:
    """The slips of the present round by number."""
    rows = session.execute(
        select(
            OpinionSlip.position,
            Recipient.code,
            Recipient.station,
            OpinionSlip.printed_at,
            OpinionSlip.attempts,
            OpinionSlip.channel,
            OpinionSlip.answered_at,
            OpinionSlip.version,
        )
        .join(Recipient, Recipient.id == OpinionSlip.recipient_id)
        .where(OpinionSlip.acceptance_id == acceptance.id, OpinionSlip.round == acceptance.round)
        .order_by(OpinionSlip.position)
    )
    return [SlipRow(*row) for row in rows]


def open_slips(session: Session, acceptance: Acceptance) -> Sequence[OpinionSlip]:
    """The slips of the present round that nobody has answered, for verbs."""
    return session.scalars(
        select(OpinionSlip)
        .where(
            OpinionSlip.acceptance_id == acceptance.id,
            OpinionSlip.round == acceptance.round,
            OpinionSlip.answered_at.is_(None),
        )
        .order_by(OpinionSlip.position)
    ).all()


def get_slip(session: Session, acceptance: Acceptance, position: int) -> OpinionSlip:
    """A slip of the present round by number; NotFound when there is none."""
    slip = session.scalars(
        select(OpinionSlip).where(
            OpinionSlip.acceptance_id == acceptance.id,
            OpinionSlip.round == acceptance.round,
            OpinionSlip.position == position,
        )
    ).one_or_none()
    if slip is None:
        raise NotFound("没有这张意见卡。")
    return slip


def find_open_slip(session: Session, token: str) -> OpinionSlip | None:
    """The unanswered slip a token opens while opinions are collected; None in every other case.

    An unknown code, a used one and one of a round that is over give the same answer.
    """
    return session.scalars(
        select(OpinionSlip)
        .join(Acceptance, Acceptance.id == OpinionSlip.acceptance_id)
        .where(
            OpinionSlip.token_digest == digest_of(token),
            OpinionSlip.answered_at.is_(None),
            OpinionSlip.round == Acceptance.round,
            Acceptance.state == AcceptanceState.COLLECTING,
        )
    ).one_or_none()


def project_of_slip(session: Session, slip: OpinionSlip) -> str:
    """The title of the project a slip is about."""
    return session.scalars(
        select(Project.title)
        .join(Contract, Contract.project_id == Project.id)
        .join(Acceptance, Acceptance.contract_id == Contract.id)
        .where(Acceptance.id == slip.acceptance_id)
    ).one()


def comments_of(session: Session, acceptance: Acceptance) -> Sequence[str]:
    """What recipients wrote in their own words, without who wrote it, in no telling order."""
    return session.scalars(
        select(OpinionSlip.comment)
        .where(
            OpinionSlip.acceptance_id == acceptance.id,
            OpinionSlip.round == acceptance.round,
            OpinionSlip.comment != "",
        )
        .order_by(OpinionSlip.token_digest)
    ).all()


def served(session: Session, contract_id: str) -> Sequence[str]:
    """The ids of the recipients on the contract's register who have not left."""
    return session.scalars(
        select(Recipient.id)
        .where(Recipient.contract_id == contract_id, Recipient.left_on.is_(None))
        .order_by(Recipient.code)
    ).all()


def todo(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """What waits for this person of acceptance; a fixed number of statements."""
    return _to_put_right(session, actor, now) + _to_accept(session, actor, now)


def _to_put_right(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """Refused deliveries of the provider, each with the day till which it is to be put right."""
    if not actor.may(Permission.DELIVERY_RECORD):
        return []
    rows = session.execute(
        select(Acceptance, Project)
        .join(Contract, Contract.id == Acceptance.contract_id)
        .join(Project, Project.id == Contract.project_id)
        .where(
            Contract.supplier_id == actor.organisation_id,
            Acceptance.state == AcceptanceState.NOT_PASSED,
        )
        .order_by(Acceptance.rectify_by, Project.number)
    ).all()
    terms = _terms_of(session, [acceptance.id for acceptance, _ in rows]) if rows else {}
    return [
        Task(
            project.title,
            project.number,
            "验收不合格，按要求整改",
            "查看整改要求",
            f"/projects/{project.number}/acceptance",
            term_line(terms[acceptance.id], now) if acceptance.id in terms else None,
        )
        for acceptance, project in rows
    ]


def _to_accept(session: Session, actor: Actor, now: datetime) -> list[Task]:
    """What waits for the buyer's people."""
    wanted = (
        Permission.ACCEPTANCE_DECIDE,
        Permission.ACCEPTANCE_PUBLISH,
        Permission.OPINION_ENTER,
    )
    if not any(actor.may(permission) for permission in wanted):
        return []
    ready = (
        select(Evaluation.contract_id)
        .where(
            Evaluation.kind == EvaluationKind.FINAL,
            Evaluation.state == EvaluationState.CONFIRMED,
        )
        .distinct()
    )
    rows = session.execute(
        select(Contract, Project, Acceptance)
        .join(Project, Project.id == Contract.project_id)
        .outerjoin(Acceptance, Acceptance.contract_id == Contract.id)
        .where(
            Contract.buyer_id == actor.organisation_id,
            Contract.id.in_(ready),
            func.coalesce(Acceptance.state, "") != AcceptanceState.PUBLISHED,
        )
        .order_by(Project.number)
    ).all()
    terms = _terms_of(session, [a.id for _, _, a in rows if a is not None])
    latest = latest_of_many(session, [contract.id for contract, _, _ in rows])
    tasks = []
    for contract, project, acceptance in rows:
        final = latest[contract.id].get(EvaluationKind.FINAL)
        step = _step_of(actor, contract, acceptance, final)
        if step is None:
            continue
        words, verb, page = step
        term = terms.get(acceptance.id) if acceptance is not None else None
        tasks.append(
            Task(
                project.title,
                project.number,
                words,
                verb,
                f"/projects/{project.number}/acceptance{page}",
                term_line(term, now) if term is not None else None,
            )
        )
    return tasks


def _step_of(
    actor: Actor, contract: Contract, acceptance: Acceptance | None, final: Evaluation | None
) -> tuple[str, str, str] | None:
    """What this person has to do with the acceptance: words, button, page below its address."""
    if acceptance is None:
        may_open = policies.may_open(actor, contract, None, final)
        return ("启动履约验收", "启动履约验收", "/open") if may_open.ok else None
    if policies.may_decide(actor, acceptance, contract).ok:
        return "征求意见、逐项核验并作出结论", "办理履约验收", ""
    if policies.may_reopen(actor, acceptance, contract).ok:
        return "整改后重新验收", "重新启动验收", "/reopen"
    if policies.may_publish(actor, acceptance, contract, answered=1).ok:
        return "公告验收结果", "公告验收结果", "/publish"
    if policies.may_enter_opinion(actor, acceptance, contract).ok:
        return "印制意见卡，登记服务对象意见", "登记服务对象意见", "/opinions"
    return None


def _terms_of(session: Session, ids: Sequence[str]) -> dict[str, Deadline]:
    found = session.scalars(
        select(Deadline)
        .where(Deadline.subject_id.in_(ids), Deadline.status == TermStatus.RUNNING)
        .order_by(Deadline.due_at)
    )
    return {term.subject_id: term for term in found}


def _notice_of(session: Session, project_id: str) -> str:
    found = session.scalars(
        select(Notice.number)
        .where(Notice.project_id == project_id, Notice.kind == NoticeKind.ACCEPTANCE)
        .order_by(Notice.published_at.desc(), Notice.id)
    ).first()
    return found or ""
