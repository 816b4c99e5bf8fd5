"""Verbs of deciding: look at items, name the group, accept or refuse, begin anew, announce."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.employers import may_mean
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import Stage, advance
from procure.kernel.text import key
from procure.kernel.vocabulary import NoticeKind
from procure.kernel.workdays import date_word
from procure.registers.accounts.models import User
from procure.registers.deadlines.use_cases import meet_term, start_term
from procure.registers.documents.models import DocumentAudience, DocumentKind
from procure.registers.documents.use_cases import file_rendered, print_paper
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.use_cases import enter_stage
from procure.stages.acceptance import checks, policies, queries
from procure.stages.acceptance.events import (
    AcceptanceGroupSaved,
    AcceptanceItemsSaved,
    AcceptancePassed,
    AcceptancePublished,
    AcceptanceRefused,
    AcceptanceReopened,
)
from procure.stages.acceptance.models import Acceptance, AcceptanceExpert, AcceptanceItem, Seat
from procure.stages.acceptance.paper import (
    TEMPLATE,
    certificate_data,
    certificate_number,
    notice_sections,
)
from procure.stages.acceptance.queries import AcceptancePage
from procure.stages.acceptance.use_cases.collect import (
    add_slips,
    draw_recipients,
    head,
    sample_record,
    start_clock,
)
from procure.stages.contracts.models import Contract
from procure.stages.delivery.queries import progress
from procure.store import trail
from procure.store.base import check_version
from procure.store.holding import moved
from procure.store.types import new_id
from procure.store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class ItemJudgement:
    """What is made of one target: its position in the contract, passed or not, note."""

    position: int
    passed: bool
    note: str = ""


@dataclass(frozen=True)
class SaveItems:
    """The judgement of every target."""

    acceptance_id: str
    version: int
    items: tuple[ItemJudgement, ...]


@dataclass(frozen=True)
class MemberEntry:
    """A member of the acceptance group with his comment."""

    seat: Seat
    name: str
    unit: str
    title: str
    comment: str


@dataclass(frozen=True)
class SaveGroup:
    """The acceptance group."""

    acceptance_id: str
    version: int
    members: tuple[MemberEntry, ...]


@dataclass(frozen=True)
class PassAcceptance:
    """Accept the delivery."""

    acceptance_id: str
    version: int
    place: str
    method: str
    conclusion: str
    opinion_excerpts: str = ""
    low_response_reason: str = ""


@dataclass(frozen=True)
class RefuseAcceptance:
    """Refuse the delivery and say what must be put right till when."""

    acceptance_id: str
    version: int
    conclusion: str
    rectification_demand: str
    rectify_by: date


@dataclass(frozen=True)
class ReopenAcceptance:
    """Look anew after rectification."""

    acceptance_id: str
    version: int
    reason: str


@dataclass(frozen=True)
class PublishAcceptance:
    """Announce the result."""

    acceptance_id: str
    version: int


def save_items(uow: UnitOfWork, command: SaveItems) -> Acceptance:
    """Judge each target; the figures are those of the records at this moment.

    Raises Invalid when a target is left out, or when one that fell short or failed has no note.
    """
    acceptance, contract = _to_decide(uow, command.acceptance_id, command.version)
    advance("record_opinion", acceptance.state)
    judged = {item.position: item for item in command.items}
    rows = []
    for target in progress(uow.session, contract.id):
        judgement = judged.get(target.position)
        if judgement is None:
            raise Invalid("items", f"“{target.what}”还没有核验。", policies.RULE_OPINION)
        short = target.accepted < target.total
        if (short or not judgement.passed) and not judgement.note.strip():
            raise Invalid(
                f"note_{target.position}",
                f"“{target.what}”{'数量不足' if short else '不符合'}，要写明情况。",
                policies.RULE_OPINION,
                "请写明原因和处理办法。",
            )
        rows.append(
            AcceptanceItem(
                acceptance_id=acceptance.id,
                position=target.position,
                what=target.what,
                unit=target.unit,
                promised=target.total,
                delivered=target.accepted,
                passed=judgement.passed,
                note=judgement.note.strip(),
            )
        )
    uow.session.execute(delete(AcceptanceItem).where(AcceptanceItem.acceptance_id == acceptance.id))
    uow.session.add_all(rows)
    acceptance.items_saved_at = uow.now
    moved(acceptance)
    uow.session.flush()
    uow.emit(
        AcceptanceItemsSaved(
            **head(acceptance, contract),
            items=[
                {
                    "what": row.what,
                    "unit": row.unit,
                    "promised": row.promised,
                    "delivered": row.delivered,
                    "passed": row.passed,
                    "note": row.note,
                }
                for row in rows
            ],
        )
    )
    return acceptance


def save_group(uow: UnitOfWork, command: SaveGroup) -> Acceptance:
    """Put down who sits in the group and what each says.

    Raises Invalid for who made or signed the contract (GPL art 61), and for a name given twice.
    """
    acceptance, contract = _to_decide(uow, command.acceptance_id, command.version)
    advance("record_opinion", acceptance.state)
    _check_members(uow, contract, command.members)
    uow.session.execute(
        delete(AcceptanceExpert).where(AcceptanceExpert.acceptance_id == acceptance.id)
    )
    members = [
        {
            "seat": member.seat,
            "name": member.name.strip(),
            "unit": member.unit.strip(),
            "title": member.title.strip(),
            "comment": member.comment.strip(),
        }
        for member in command.members
    ]
    uow.session.add_all(
        AcceptanceExpert(id=new_id(), acceptance_id=acceptance.id, position=at, **member)
        for at, member in enumerate(members, start=1)
    )
    moved(acceptance)
    uow.session.flush()
    uow.emit(AcceptanceGroupSaved(**head(acceptance, contract), members=members))
    return acceptance


def pass_acceptance(uow: UnitOfWork, command: PassAcceptance) -> Acceptance:
    """Accept the delivery and print the certificate.

    Blocked without opinions, items or an outside expert; below 60 % response it needs a reason.
    """
    acceptance, contract = queries.load(uow.session, command.acceptance_id)
    page = queries.page_of(uow.session, contract)
    findings = checks.find_problems(page, local_date(uow.now), "")
    policies.may_pass(uow.actor, acceptance, contract, blocks=checks.blocks(findings)).require()
    check_version(acceptance, command.version)
    reason = command.low_response_reason.strip()
    if checks.needs_reason(findings) and not reason:
        raise Invalid(
            "low_response_reason",
            "答复率低于 60%，要写明为什么现在作出结论。",
            policies.RULE_OPINION,
            "请写明联系的次数和原因；原因进入存证记录，审计可以查看。",
        )
    acceptance.state = advance("pass_acceptance", acceptance.state)
    acceptance.place = command.place.strip()
    acceptance.method = command.method.strip()
    acceptance.conclusion = command.conclusion.strip()
    acceptance.opinion_excerpts = command.opinion_excerpts.strip()
    acceptance.low_response_reason = reason if checks.needs_reason(findings) else ""
    acceptance.decided_by = uow.actor.user_id
    acceptance.decided_at = uow.now
    document = file_rendered(
        uow,
        print_paper(
            uow,
            TEMPLATE,
            certificate_data(
                page,
                made_on=local_date(uow.now),
                trail_head=trail.head_of_project(uow.session, contract.project_id),
            ),
        ),
        project_id=contract.project_id,
        subject_id=acceptance.id,
        kind=DocumentKind.ACCEPTANCE_CERTIFICATE,
        title="履约验收书" if acceptance.round == 1 else f"履约验收书（第 {acceptance.round} 次）",
        filename=f"{certificate_number(page)}.pdf",
        audience=DocumentAudience.PARTIES,
    )
    acceptance.certificate_document_id = document.id
    uow.session.flush()
    meet_term(uow, acceptance.id, queries.TERM_RULE)
    uow.emit(_passed(page, acceptance, contract, document.id, document.sha256))
    return acceptance


def refuse_acceptance(uow: UnitOfWork, command: RefuseAcceptance) -> Acceptance:
    """Refuse the delivery; the provider learns what to put right till when.

    Raises Invalid without conclusion or demand, and for a day that has passed.
    """
    acceptance, contract = queries.load(uow.session, command.acceptance_id)
    policies.may_refuse(uow.actor, acceptance, contract).require()
    check_version(acceptance, command.version)
    today = local_date(uow.now)
    if not command.conclusion.strip() or not command.rectification_demand.strip():
        raise Invalid("rectification_demand", "不合格的结论要写明理由和整改要求。")
    if command.rectify_by <= today:
        raise Invalid(
            "rectify_by",
            f"整改期限应当在{date_word(today)}以后。",
            remedy="请给承接主体合理的整改时间。",
        )
    acceptance.state = advance("refuse_acceptance", acceptance.state)
    acceptance.conclusion = command.conclusion.strip()
    acceptance.rectification_demand = command.rectification_demand.strip()
    acceptance.rectify_by = command.rectify_by
    acceptance.decided_by = uow.actor.user_id
    acceptance.decided_at = uow.now
    uow.session.flush()
    meet_term(uow, acceptance.id, queries.TERM_RULE)
    start_term(
        uow,
        project_id=contract.project_id,
        subject_id=acceptance.id,
        rule=queries.RECTIFY_RULE,
        label="验收不合格整改",
        starts_on=today,
        due_on=command.rectify_by,
        permission=Permission.DELIVERY_RECORD,
        organisation_id=contract.supplier_id,
    )
    uow.emit(
        AcceptanceRefused(
            **head(acceptance, contract),
            conclusion=acceptance.conclusion,
            rectification_demand=acceptance.rectification_demand,
            rectify_by=command.rectify_by,
        )
    )
    return acceptance


def reopen_acceptance(uow: UnitOfWork, command: ReopenAcceptance) -> Acceptance:
    """Look anew after rectification: a new sample is drawn and everything is asked again."""
    acceptance, contract = queries.load(uow.session, command.acceptance_id)
    policies.may_reopen(uow.actor, acceptance, contract).require()
    check_version(acceptance, command.version)
    reason = command.reason.strip()
    if not reason:
        raise Invalid("reason", "请写明整改的核实情况。", remedy="逐条说明整改了什么、怎样核实。")
    sample = draw_recipients(uow, contract)
    acceptance.state = advance("reopen_acceptance", acceptance.state)
    acceptance.round += 1
    acceptance.sample = sample_record(sample)
    acceptance.items_saved_at = None
    acceptance.conclusion = ""
    acceptance.decided_by = None
    acceptance.decided_at = None
    uow.session.execute(delete(AcceptanceItem).where(AcceptanceItem.acceptance_id == acceptance.id))
    uow.session.flush()
    add_slips(uow, acceptance, sample)
    meet_term(uow, acceptance.id, queries.RECTIFY_RULE)
    start_clock(uow, acceptance, contract)
    uow.emit(
        AcceptanceReopened(
            **head(acceptance, contract),
            reason=reason,
            population=sample.population,
            population_sha256=sample.population_sha256,
            seed=sample.seed,
            sampled=len(sample.ids),
        )
    )
    return acceptance


def publish_acceptance(uow: UnitOfWork, command: PublishAcceptance) -> Acceptance:
    """Announce the result with the recipients' opinion; the last instalment may be asked for."""
    acceptance, contract = queries.load(uow.session, command.acceptance_id)
    page = queries.page_of(uow.session, contract)
    policies.may_publish(uow.actor, acceptance, contract, answered=page.opinion.answered).require()
    check_version(acceptance, command.version)
    acceptance.state = advance("publish_acceptance", acceptance.state)
    acceptance.published_at = uow.now
    notice = publish_notice(
        uow,
        project=contract.project,
        kind=NoticeKind.ACCEPTANCE,
        title=f"{contract.project.title}验收结果公告",
        sections=notice_sections(page),
        period_days_rule=None,
    )
    uow.session.flush()
    uow.emit(
        AcceptancePublished(
            **head(acceptance, contract),
            contract_id=contract.id,
            notice_number=notice.number,
            mean=str(page.opinion.mean),
            answered=page.opinion.answered,
        )
    )
    enter_stage(uow, contract.project, Stage.PAYMENT)
    return acceptance


def _to_decide(uow: UnitOfWork, acceptance_id: str, version: int) -> tuple[Acceptance, Contract]:
    acceptance, contract = queries.load(uow.session, acceptance_id)
    policies.may_decide(uow.actor, acceptance, contract).require()
    check_version(acceptance, version)
    return acceptance, contract


def _check_members(uow: UnitOfWork, contract: Contract, members: Sequence[MemberEntry]) -> None:
    names = [key(member.name) for member in members]
    hands = [
        key(uow.session.get_one(User, one).name)
        for one in (contract.issued_by, contract.buyer_signed_by)
        if one
    ]
    for at, member in enumerate(members):
        if names.count(names[at]) > 1:
            raise Invalid(f"members.{at}.name", f"“{member.name}”登记了两次。")
        if names[at] in hands and may_mean(member.unit, contract.buyer.name):
            raise Invalid(
                f"members.{at}.name",
                f"{member.name}经办或者签订了合同，不能参加验收小组。",
                policies.RULE_SIGNER,
                "请更换为没有参与合同签订的人员。",
            )


def _passed(
    page: AcceptancePage,
    acceptance: Acceptance,
    contract: Contract,
    document_id: str,
    sha256: str,
) -> AcceptancePassed:
    opinion = page.opinion
    figures: dict[str, Any] = {
        "population": opinion.population,
        "sampled": opinion.sampled,
        "answered": opinion.answered,
        "satisfied": opinion.satisfied,
        "mean": str(opinion.mean),
        "interval": (str(opinion.low), str(opinion.high)),
    }
    return AcceptancePassed(
        **head(acceptance, contract),
        conclusion=acceptance.conclusion,
        low_response_reason=acceptance.low_response_reason,
        items=len(page.items),
        group=[member.name for member in page.members],
        document_id=document_id,
        sha256=sha256,
        contract_signed_by=contract.buyer_signed_by or "",
        **figures,
    )
