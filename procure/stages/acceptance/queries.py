"""What can be read of acceptance: one for its page, slips, opinion, what waits for whom."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from procure.kernel.access import Actor, Permission, roles_with
from procure.kernel.errors import NotFound
from procure.kernel.lifecycle import AcceptanceState, EvaluationState
from procure.kernel.money import Money
from procure.kernel.vocabulary import EvaluationKind, NoticeKind, OpinionChannel
from procure.registers.accounts.models import IS_HELD, Organisation, RoleGrant, User
from procure.registers.accounts.queries import names_of
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.registers.documents.models import Document
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.stages.acceptance.models import (
    Acceptance,
    AcceptanceApplication,
    AcceptanceItem,
    AcceptanceMember,
    AcceptanceRectification,
    AcceptanceResult,
    AcceptanceSignature,
    AcceptanceStandard,
    OpinionSlip,
)
from procure.stages.acceptance.opinions import Opinion, summarise
from procure.stages.acceptance.panel import Barred
from procure.stages.acceptance.reckoning import Reckoned, reckon
from procure.stages.contracts import queries as contracts
from procure.stages.contracts.agreed import Agreed, agreed_of
from procure.stages.contracts.models import Contract
from procure.stages.contracts.policies import SIGNED_STATES
from procure.stages.delivery.models import Recipient, StaffMember
from procure.stages.delivery.progress import TargetProgress
from procure.stages.delivery.queries import progress
from procure.stages.evaluation.models import Evaluation
from procure.stages.evaluation.queries import latest_of
from procure.stages.evaluation.results import opens_with_acceptance
from procure.store.base import Model
from procure.store.drafts import find_draft
from procure.store.holding import hold, hold_below
from procure.store.secrets import PlatformKey

Part = TypeVar("Part", bound=Model)
Statement = TypeVar("Statement", bound=Select[*tuple[Any, ...]])

TERM_RULE, RECTIFY_RULE, PUBLISH_RULE = "C-ACCEPT", "C-AMEND", "C-ACPUB"


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
class Missing:
    """The members of a group who have not signed: `seated` sign in the platform, the others on paper."""

    seated: tuple[AcceptanceMember, ...] = ()
    on_paper: tuple[AcceptanceMember, ...] = ()

    @property
    def members(self) -> tuple[AcceptanceMember, ...]:
        """All of them."""
        return (*self.seated, *self.on_paper)

    def seat_of(self, user_id: str) -> AcceptanceMember | None:
        """The seat of this person whose signature is missing."""
        return next((one for one in self.seated if one.user_id == user_id), None)


@dataclass(frozen=True)
class AcceptanceDossier:
    """An acceptance with all that its pages show; without one, what it waits for."""

    contract: Contract
    acceptance: Acceptance | None
    final: Evaluation | None
    opinion: Opinion
    items: Sequence[AcceptanceItem]
    members: Sequence[AcceptanceMember]
    targets: Sequence[TargetProgress]
    names: dict[str, str]
    notice_number: str
    agreed: Agreed
    retained_fen: int
    """What the instalments that acceptance opens come to: no deduction is larger."""
    failed: Sequence[Evaluation]
    """The evaluations that failed and were closed without a further round."""
    result: AcceptanceResult | None
    """What the present round came to."""
    standards: Sequence[AcceptanceStandard]
    signatures: Sequence[AcceptanceSignature]
    application: AcceptanceApplication | None
    rectifications: Sequence[AcceptanceRectification]
    """The provider's reports after refusals, the newest first."""
    missing: Missing
    """Whose signature under the certificate is not on file yet."""

    @property
    def reckoned(self) -> Reckoned:
        """What the quantities that were not provided come to by the contract's price."""
        return reckon(self.items, Money(self.contract.amount_fen))

    def name(self, user_id: str | None) -> str:
        """A person's name; empty for nobody."""
        return self.names.get(user_id or "", "")


def digest_of(token: str) -> str:
    """What is kept of a slip's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def get_dossier(session: Session, actor: Actor, number: str) -> AcceptanceDossier:
    """The acceptance of a project's contract, begun or not.

    Raises NotFound when it is not for this actor, or nothing is signed yet that could be accepted.
    """
    contract = contracts.get_contract(session, actor, number)
    actor.require(Permission.ACCEPTANCE_VIEW)
    if contract.state not in SIGNED_STATES:
        raise NotFound("合同签订以后才有履约验收。")
    return dossier_of(session, contract)


def dossier_of(session: Session, contract: Contract) -> AcceptanceDossier:
    """Everything about the acceptance of a contract; a fixed number of statements."""
    acceptance = find_acceptance(session, contract.id)
    ids = [acceptance.opened_by, acceptance.decided_by] if acceptance else []
    latest = latest_of(session, contract.id)
    result = _result_of(session, acceptance)
    return AcceptanceDossier(
        contract,
        acceptance,
        latest.get(EvaluationKind.FINAL),
        _opinion_of(session, acceptance, result),
        _parts(session, AcceptanceItem, acceptance, AcceptanceItem.position),
        _parts_of_round(session, AcceptanceMember, acceptance, AcceptanceMember.position),
        progress(session, contract.id),
        names_of(session, ids),
        notice_numbers(session, [contract.project_id]).get(contract.project_id, ""),
        agreed_of(session, contract),
        sum(
            instalment.amount_fen
            for instalment in contracts.instalments_of(session, contract.id)
            if opens_with_acceptance(instalment, latest)
        ),
        [one for one in latest.values() if one.is_closed],
        result,
        _parts(session, AcceptanceStandard, acceptance, AcceptanceStandard.position),
        _parts_of_round(session, AcceptanceSignature, acceptance, AcceptanceSignature.recorded_at),
        find_application(session, contract.id),
        rectifications_of(session, acceptance),
        missing_of(session, [acceptance.id])[acceptance.id] if acceptance else Missing(),
    )


def _parts(
    session: Session, kind: type[Part], acceptance: Acceptance | None, *order: Any
) -> Sequence[Part]:
    """What hangs from an acceptance, in that order; nothing before it has begun."""
    if acceptance is None:
        return ()
    query = select(kind).filter_by(acceptance_id=acceptance.id)
    return session.scalars(query.order_by(*order)).all()


def _parts_of_round(
    session: Session, kind: type[Part], acceptance: Acceptance | None, *order: Any
) -> Sequence[Part]:
    """What hangs from the present round of it."""
    if acceptance is None:
        return ()
    return session.scalars(_in_round(select(kind), acceptance).order_by(*order)).all()


def _in_round(query: Statement, acceptance: Acceptance) -> Statement:
    return query.filter_by(acceptance_id=acceptance.id, round=acceptance.round)


def rectifications_of(
    session: Session, acceptance: Acceptance | None
) -> Sequence[AcceptanceRectification]:
    """What the provider reported after refusals, the newest first."""
    newest = AcceptanceRectification.reported_at.desc()
    return _parts(session, AcceptanceRectification, acceptance, newest, AcceptanceRectification.id)


def _result_of(session: Session, acceptance: Acceptance | None) -> AcceptanceResult | None:
    """What the present round was decided to be; None before the decision."""
    found = _parts_of_round(session, AcceptanceResult, acceptance, AcceptanceResult.id)
    return found[0] if found else None


def announced_results(
    session: Session, contract_ids: Collection[str]
) -> dict[str, AcceptanceResult]:
    """What the acceptances that are announced came to, by contract: what is taken off the
    instalments that acceptance opens, and what is claimed back.
    """
    rows = session.execute(
        select(Acceptance.contract_id, AcceptanceResult)
        .join(Acceptance, Acceptance.id == AcceptanceResult.acceptance_id)
        .where(
            Acceptance.contract_id.in_(contract_ids),
            Acceptance.round == AcceptanceResult.round,
            Acceptance.state == AcceptanceState.PUBLISHED,
        )
    )
    return {contract_id: result for contract_id, result in rows}


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


def find_application(session: Session, contract_id: str) -> AcceptanceApplication | None:
    """The provider's request to be accepted, if there is one."""
    return session.scalars(
        select(AcceptanceApplication).where(AcceptanceApplication.contract_id == contract_id)
    ).one_or_none()


def certificate_digest(session: Session, acceptance: Acceptance) -> str:
    """The SHA-256 of the certificate that is to be signed; NotFound before it was printed."""
    document = (
        session.get(Document, acceptance.certificate_document_id)
        if acceptance.certificate_document_id
        else None
    )
    if document is None:
        raise NotFound("验收书还没有生成。")
    return document.sha256


def accounts_of(session: Session, organisation_id: str) -> list[tuple[str, str]]:
    """The ids and names of the people of an organisation who can open an acceptance."""
    query = _who_can_open(User.organisation_id == organisation_id)
    return [(ident, name) for ident, name in session.execute(query)]


def _able(session: Session, user_ids: Sequence[str]) -> frozenset[str]:
    """Which of these people can still open an acceptance."""
    if not user_ids:
        return frozenset()
    return frozenset(ident for ident, _ in session.execute(_who_can_open(User.id.in_(user_ids))))


def _who_can_open(these: ColumnElement[bool]) -> Select[str, str]:
    return (
        select(User.id, User.name)
        .join(Organisation, Organisation.id == User.organisation_id)
        .join(RoleGrant, RoleGrant.user_id == User.id)
        .where(
            these,
            User.is_active,
            Organisation.is_active,
            RoleGrant.role.in_(roles_with(Permission.ACCEPTANCE_VIEW)),
            IS_HELD,
        )
        .distinct()
    )


def barred_from_panel(session: Session, contract: Contract) -> list[Barred]:
    """Who may not judge this delivery: the provider's people, and who made or signed the contract."""
    supplier = contract.supplier
    found = [
        Barred(supplier.representative, "是承接主体的负责人"),
        Barred(contract.supplier_contact, "是承接主体的联系人"),
    ]
    staff = select(StaffMember.name).where(StaffMember.contract_id == contract.id)
    found += [Barred(name, "是承接主体派到这个项目的人员") for name in session.scalars(staff)]
    accounts = select(User.name).where(User.organisation_id == supplier.id)
    found += [Barred(name, "是承接主体的人员") for name in session.scalars(accounts)]
    hands = select(User.name).where(
        User.id.in_(
            {contract.issued_by, contract.buyer_signed_by, contract.supplier_signed_by}
            | contracts.writers_of(session, contract.project_id)
        )
    )
    found += [Barred(name, "经办或者签订了合同") for name in session.scalars(hands)]
    return [one for one in found if one.name]


def _opinion_of(
    session: Session, acceptance: Acceptance | None, result: AcceptanceResult | None
) -> Opinion:
    """What the answered slips of the present round say together; once decided, the figures of the
    decision.
    """
    if acceptance is None:
        return summarise(0, 0, ())
    if result is not None:
        return Opinion.from_record(result.opinion)
    slips = session.execute(
        _in_round(select(OpinionSlip.answers, OpinionSlip.channel), acceptance)
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
    query = _in_round(select(OpinionSlip), acceptance).where(OpinionSlip.answered_at.is_(None))
    return session.scalars(query.order_by(OpinionSlip.position)).all()


def get_slip(session: Session, acceptance: Acceptance, position: int) -> OpinionSlip:
    """A slip of the present round by number; NotFound when there is none."""
    query = _in_round(select(OpinionSlip), acceptance).where(OpinionSlip.position == position)
    slip = session.scalars(query).one_or_none()
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


CARD = "opinion"
"""Under which name a card keeps what was answered so far."""


def card_of(slip: OpinionSlip) -> str:
    """Whose answers so far these are: the card's, since nobody knows the person's name."""
    return f"slip:{slip.id}"


def answers_so_far(
    session: Session, key: PlatformKey, slip: OpinionSlip
) -> tuple[tuple[int, ...], str]:
    """The answers and the words of a card that is not handed in yet."""
    saved = find_draft(session, key, card_of(slip), CARD)
    return (tuple(saved.content["answers"]), saved.content["comment"]) if saved else ((), "")


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
    query = _in_round(select(OpinionSlip.comment), acceptance).where(OpinionSlip.comment != "")
    return session.scalars(query.order_by(OpinionSlip.token_digest)).all()


def waiting(
    session: Session, actor: Actor
) -> list[tuple[Contract, Project, Acceptance | None, bool]]:
    """The finally evaluated contracts of the actor's organisation whose acceptance is not announced,
    each with its acceptance and whether the provider asked for it.
    """
    own = actor.organisation_id
    evaluated = select(Evaluation.contract_id).where(
        Evaluation.kind == EvaluationKind.FINAL, Evaluation.state == EvaluationState.CONFIRMED
    )
    rows = session.execute(
        select(Contract, Project, Acceptance, AcceptanceApplication.id)
        .join(Project, Project.id == Contract.project_id)
        .outerjoin(Acceptance, Acceptance.contract_id == Contract.id)
        .outerjoin(AcceptanceApplication, AcceptanceApplication.contract_id == Contract.id)
        .where(
            or_(Contract.buyer_id == own, Contract.supplier_id == own),
            Contract.id.in_(evaluated),
            func.coalesce(Acceptance.state, "") != AcceptanceState.PUBLISHED,
        )
        .order_by(Project.number)
    )
    return [
        (contract, project, acceptance, applied is not None)
        for contract, project, acceptance, applied in rows
    ]


def missing_of(session: Session, acceptance_ids: Sequence[str]) -> dict[str, Missing]:
    """Whose signature of the present round is missing, by acceptance; three statements.

    Whose account was closed, or can no longer open an acceptance, signs on paper as who never had one.
    """
    members = session.scalars(
        select(AcceptanceMember)
        .join(Acceptance, Acceptance.id == AcceptanceMember.acceptance_id)
        .where(Acceptance.id.in_(acceptance_ids), AcceptanceMember.round == Acceptance.round)
        .order_by(AcceptanceMember.position)
    ).all()
    signatures = session.scalars(
        select(AcceptanceSignature)
        .join(Acceptance, Acceptance.id == AcceptanceSignature.acceptance_id)
        .where(Acceptance.id.in_(acceptance_ids), AcceptanceSignature.round == Acceptance.round)
    ).all()
    able = _able(session, [row.user_id for row in members if row.user_id is not None])
    left = [row for row in members if not _has_signed(row, signatures)]
    return {
        ident: Missing(
            tuple(row for row in left if row.acceptance_id == ident and row.user_id in able),
            tuple(row for row in left if row.acceptance_id == ident and row.user_id not in able),
        )
        for ident in acceptance_ids
    }


def _has_signed(member: AcceptanceMember, signatures: Sequence[AcceptanceSignature]) -> bool:
    """By their account, or on a paper that says so; one of before stands for all without account."""
    return any(
        (one.signed_by is not None and one.signed_by == member.user_id)
        or (one.covers is not None and member.position in one.covers)
        or (one.document_id is not None and one.covers is None and member.user_id is None)
        for one in signatures
        if one.acceptance_id == member.acceptance_id
    )


def terms_waiting(session: Session, ids: Sequence[str]) -> dict[str, Deadline]:
    """The term that presses each acceptance, or the contract that asked for one."""
    found = session.scalars(
        select(Deadline)
        .where(
            Deadline.subject_id.in_(ids),
            Deadline.status == TermStatus.RUNNING,
            Deadline.rule.in_((TERM_RULE, RECTIFY_RULE, PUBLISH_RULE)),
        )
        .order_by(Deadline.due_at)
    )
    return {term.subject_id: term for term in found}


def notice_numbers(session: Session, project_ids: Collection[str]) -> dict[str, str]:
    """The number of the newest notice of an acceptance, by project."""
    rows = session.execute(
        select(Notice.project_id, Notice.number)
        .where(Notice.project_id.in_(project_ids), Notice.kind == NoticeKind.ACCEPTANCE)
        .order_by(Notice.published_at, Notice.id)
    )
    return {project_id: number for project_id, number in rows}
