"""Verbs of deciding: look at items, name the group, accept or refuse, begin anew, announce."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import delete

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.day_words import date_word
from procure.kernel.employers import may_mean
from procure.kernel.errors import Invalid
from procure.kernel.findings import count_blocks
from procure.kernel.lifecycle import AcceptanceState, Stage, advance, label_of
from procure.kernel.money import Money
from procure.kernel.persons import bare_name
from procure.kernel.text import require_text, titled
from procure.kernel.vocabulary import NoticeKind, Outcome
from procure.registers.deadlines.use_cases import cancel_terms, meet_term, start_term
from procure.registers.documents.models import DocumentAudience, DocumentKind, PaperOrder
from procure.registers.documents.use_cases import order_paper
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.use_cases import enter_stage
from procure.stages.acceptance import checks, policies, queries
from procure.stages.acceptance.events import (
    AcceptanceGroupSaved,
    AcceptanceItemsSaved,
    AcceptancePassed,
    AcceptancePassedPartly,
    AcceptancePublished,
    AcceptanceRefused,
    AcceptanceReopened,
)
from procure.stages.acceptance.models import (
    Acceptance,
    AcceptanceItem,
    AcceptanceMember,
    AcceptanceResult,
    AcceptanceStandard,
)
from procure.stages.acceptance.panel import MemberEntry, check_group
from procure.stages.acceptance.paper import (
    TEMPLATE,
    certificate_data,
    certificate_number,
    notice_sections,
    publish_by,
)
from procure.stages.acceptance.queries import AcceptanceDossier
from procure.stages.acceptance.use_cases.ask import start_amends_days
from procure.stages.acceptance.use_cases.collect import (
    add_slips,
    draw_recipients,
    sample_record,
    start_clock,
)
from procure.stages.contracts.agreed import agreed_of
from procure.stages.contracts.models import Contract
from procure.stages.delivery.queries import progress
from procure.store import trail
from procure.store.holding import take_up
from procure.store.sections import open_section, save_section
from procure.store.unit_of_work import UnitOfWork

NOTHING = Money(0)
OPINION_TOLD = ("population", "sampled", "answered", "satisfied", "mean", "interval")
"""Which of the recipients' figures the event of a decision tells."""


@dataclass(frozen=True)
class Judgement:
    """What is made of one target or service standard: its place in the contract, passed or not, and
    what was found.
    """

    position: int
    passed: bool
    note: str = ""


class SaveItems(Command):
    """The judgement of every target and of every service standard."""

    acceptance_id: str
    version: int
    items: tuple[Judgement, ...]
    standards: tuple[Judgement, ...] = ()


class SaveGroup(Command):
    """The acceptance group."""

    acceptance_id: str
    version: int
    members: tuple[MemberEntry, ...]


@dataclass(frozen=True)
class Deduction:
    """What is taken off for what fell short: how much, by which clause, and how it was counted.

    `claim` is to be paid back, where what acceptance opens does not suffice. `below` says why both
    are less than what the missing quantities come to.
    """

    amount: Money
    rule: str
    reason: str
    claim: Money = NOTHING
    below: str = ""


class PassAcceptance(Command):
    """Accept the delivery: the whole of it, or with a deduction a part."""

    acceptance_id: str
    version: int
    place: str
    method: str
    conclusion: str
    opinion_excerpts: str = ""
    low_response_reason: str = ""
    dissent_reason: str = ""
    deduction: Deduction | None = None


class RefuseAcceptance(Command):
    """Refuse the delivery and say what must be put right till when."""

    acceptance_id: str
    version: int
    conclusion: str
    rectification_demand: str
    rectify_by: date


class ReopenAcceptance(Command):
    """Look anew after rectification."""

    acceptance_id: str
    version: int
    reason: str


class PublishAcceptance(Command):
    """Announce the result."""

    acceptance_id: str
    version: int


def save_items(uow: UnitOfWork, command: SaveItems) -> Acceptance:
    """Judge each target and each standard; the figures are those of the records at this moment.

    Raises Invalid when one is left out, when a target that fell short or failed has no note, and
    when a standard has no finding.
    """
    acceptance, contract = _to_decide(uow, "items", command.acceptance_id, command.version)
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
    standards = _standards(uow, acceptance, contract, command.standards)
    _forget_judgements(uow, acceptance)
    uow.session.add_all([*rows, *standards])
    acceptance.items_saved_at = uow.now
    save_section(uow, acceptance)
    uow.emit(
        AcceptanceItemsSaved.of(
            acceptance,
            contract,
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
            standards=[
                {"standard": one.standard, "passed": one.passed, "note": one.note}
                for one in standards
            ],
        )
    )
    return acceptance


def _standards(
    uow: UnitOfWork,
    acceptance: Acceptance,
    contract: Contract,
    given: Sequence[Judgement],
) -> list[AcceptanceStandard]:
    judged = {one.position: one for one in given}
    rows = []
    for at, standard in enumerate(agreed_of(uow.session, contract).standards, start=1):
        judgement = judged.get(at)
        if judgement is None or not judgement.note.strip():
            raise Invalid(
                f"standard_note_{at}",
                f"“{standard}”还没有写明核验情况。",
                policies.RULE_OPINION,
                "请写明怎样核验、结果如何。",
            )
        rows.append(
            AcceptanceStandard(
                acceptance_id=acceptance.id,
                position=at,
                standard=standard,
                passed=judgement.passed,
                note=judgement.note.strip(),
            )
        )
    return rows


def _forget_judgements(uow: UnitOfWork, acceptance: Acceptance) -> None:
    """Make room for new judgements; what was judged before stands in its event."""
    for kind in (AcceptanceItem, AcceptanceStandard):
        uow.session.execute(delete(kind).where(kind.acceptance_id == acceptance.id))


def save_group(uow: UnitOfWork, command: SaveGroup) -> Acceptance:
    """Put down who sits in the group of this round and what each says.

    Raises Invalid at the member's field for the provider's people, for who made or signed the
    contract (GPL art 61), for an outside expert from inside, and for a name given twice.
    """
    acceptance, contract = _to_decide(uow, "group", command.acceptance_id, command.version)
    advance("record_opinion", acceptance.state)
    check_group(
        command.members,
        queries.barred_from_panel(uow.session, contract),
        buyer=contract.buyer.name,
        supplier=contract.supplier.name,
    )
    uow.session.execute(
        delete(AcceptanceMember).where(
            AcceptanceMember.acceptance_id == acceptance.id,
            AcceptanceMember.round == acceptance.round,
        )
    )
    members = [_said(at, member) for at, member in enumerate(command.members)]
    accounts = queries.accounts_of(uow.session, contract.buyer_id)
    uow.session.add_all(
        AcceptanceMember(
            acceptance_id=acceptance.id,
            round=acceptance.round,
            position=at,
            user_id=_account_of(member, contract, accounts),
            **member,
        )
        for at, member in enumerate(members, start=1)
    )
    save_section(uow, acceptance)
    uow.emit(AcceptanceGroupSaved.of(acceptance, contract, members=members))
    return acceptance


def _account_of(
    member: dict[str, Any], contract: Contract, accounts: Sequence[tuple[str, str]]
) -> str | None:
    """The buyer's account that a member is, told by name and unit; None where that is not sure."""
    if not may_mean(member["unit"], contract.buyer.name):
        return None
    typed = bare_name(member["name"])
    found = [ident for ident, name in accounts if bare_name(name) == typed]
    return found[0] if len(found) == 1 else None


def _said(at: int, member: MemberEntry) -> dict[str, Any]:
    comment = member.comment.strip()
    if not comment:
        raise Invalid(f"members.{at}.comment", "请写明这位成员的验收意见。", policies.RULE_OPINION)
    return {
        "seat": member.seat,
        "name": member.name.strip(),
        "unit": member.unit.strip(),
        "title": member.title.strip(),
        "agrees": member.agrees,
        "comment": comment,
    }


def pass_acceptance(uow: UnitOfWork, command: PassAcceptance) -> Acceptance:
    """Accept the delivery, in whole or, where something fell short, a part of it with a deduction;
    the certificate will be printed from the figures that are kept with the decision.

    Blocked without opinions, items or an outside expert; below 60 % response, and against a member
    of the group, it needs a reason. Raises Invalid for a deduction that is missing or too large.
    """
    acceptance, contract = queries.load(uow.session, command.acceptance_id)
    dossier = queries.dossier_of(uow.session, contract)
    blocking = count_blocks(checks.find_problems(dossier, ""))
    shortfalls = [found.message for found in checks.find_shortfalls(dossier, "")]
    action = "pass_partly" if shortfalls else "pass_acceptance"
    verdict = policies.may_pass(uow.actor, acceptance, contract, action=action, blocks=blocking)
    take_up(acceptance, command, verdict)
    reasons = _reasons(dossier, command)
    deduction = _deduction(dossier, command.deduction, shortfalls)
    acceptance.state = advance(action, acceptance.state)
    acceptance.place = command.place.strip()
    acceptance.method = command.method.strip()
    acceptance.conclusion = command.conclusion.strip()
    acceptance.opinion_excerpts = command.opinion_excerpts.strip()
    acceptance.low_response_reason = reasons["low_response_reason"]
    outcome = Outcome.PARTIAL if shortfalls else Outcome.FULL
    result = _keep_result(
        uow, dossier, acceptance, outcome, shortfalls, deduction, reasons["dissent_reason"]
    )
    decided = replace(dossier, result=result)
    certificate = order_paper(
        uow,
        TEMPLATE,
        certificate_data(
            decided,
            made_on=local_date(uow.now),
            trail_head=trail.head_of_project(uow.session, contract.project_id),
        ),
        project_id=contract.project_id,
        subject_id=acceptance.id,
        kind=DocumentKind.ACCEPTANCE_CERTIFICATE,
        title="履约验收书" if acceptance.round == 1 else f"履约验收书（第 {acceptance.round} 次）",
        filename=f"{certificate_number(dossier)}.pdf",
        audience=DocumentAudience.PARTIES,
    )
    acceptance.certificate_document_id = certificate.id
    meet_term(uow, acceptance.id, queries.TERM_RULE)
    start_term(
        uow,
        project_id=contract.project_id,
        subject_id=acceptance.id,
        rule=queries.PUBLISH_RULE,
        label=label_of("publish_acceptance"),
        due_on=publish_by(local_date(uow.now)),
        permission=Permission.ACCEPTANCE_PUBLISH,
        organisation_id=contract.buyer_id,
    )
    uow.emit(_passed(decided, result, certificate))
    return acceptance


def _reasons(dossier: AcceptanceDossier, command: PassAcceptance) -> dict[str, str]:
    """Why it is decided on few answers, and why against a member; empty where nobody asks."""
    low, dissent = command.low_response_reason.strip(), command.dissent_reason.strip()
    if checks.is_low_response(dossier) and not low:
        raise Invalid(
            "low_response_reason",
            "答复率低于 60%，要写明为什么现在作出结论。",
            policies.RULE_OPINION,
            "请写明联系的次数和原因；原因进入存证记录，审计可以查看。",
        )
    against = checks.dissenters(dossier)
    if against and not dissent:
        raise Invalid(
            "dissent_reason",
            f"{'、'.join(member.name for member in against)}不同意验收，要写明为什么仍然通过。",
            policies.RULE_OPINION,
            "不同意见和这个理由都写入验收书。",
        )
    return {
        "low_response_reason": low if checks.is_low_response(dossier) else "",
        "dissent_reason": dissent if against else "",
    }


def _deduction(
    dossier: AcceptanceDossier, given: Deduction | None, shortfalls: Sequence[str]
) -> Deduction | None:
    """The deduction of a partial result, checked; None where nothing fell short."""
    if not shortfalls:
        if given is not None and (given.amount.fen or given.claim.fen):
            raise Invalid(
                "deduction",
                "各项都达到合同约定，没有扣减的依据。",
                policies.RULE_SHORTFALL,
                "请重新打开页面，按合格办理。",
            )
        return None
    if given is None:
        raise _no_amount(dossier, shortfalls)
    _check_amounts(dossier, given, shortfalls)
    if not given.rule.strip() or not given.reason.strip():
        raise Invalid(
            "deduction_reason",
            "扣减要写明依据的条款和计算过程。",
            policies.RULE_SHORTFALL,
            "承接主体会看到依据和计算过程。",
        )
    return replace(
        given,
        rule=given.rule.strip(),
        reason=given.reason.strip(),
        below=_below(dossier, given),
    )


def _below(dossier: AcceptanceDossier, given: Deduction) -> str:
    """Why less is taken than the missing quantities come to; empty where nobody asks."""
    wanted = dossier.reckoned.total
    if given.amount + given.claim >= wanted:
        return ""
    if not given.below.strip():
        raise Invalid(
            "below_reason",
            f"没有提供或者验收不合格的数量按合同计算为 {wanted.format()}，"
            f"扣减和要求退回的一共只有 {(given.amount + given.claim).format()}，要写明理由。",
            policies.RULE_SHORTFALL,
            "请按计算的金额扣减、要求退回，或者写明少扣的理由；理由写入验收书和公告。",
        )
    return given.below.strip()


def _check_amounts(dossier: AcceptanceDossier, given: Deduction, shortfalls: Sequence[str]) -> None:
    """Money that is still to be paid comes first: back is claimed only what it does not cover."""
    most = Money(dossier.retained_fen)
    if not 0 <= given.amount.fen <= most.fen or given.amount.fen + given.claim.fen <= 0:
        raise _no_amount(dossier, shortfalls)
    if not given.claim.fen:
        return
    if given.amount < most:
        raise Invalid(
            "claim",
            f"验收后支付的款项还有 {(most - given.amount).format()} 没有扣减，不能要求退回。",
            policies.RULE_SHORTFALL,
            "请先从验收后支付的款项中扣减，扣完仍不足的部分再要求退回。",
        )
    paid = Money(dossier.contract.amount_fen) - most
    if not 0 < given.claim.fen <= paid.fen:
        raise Invalid(
            "claim",
            f"要求退回的金额应当大于零，不超过验收以前已经申请的 {paid.format()}。",
            policies.RULE_SHORTFALL,
            "请按没有达到约定的部分计算。",
        )


def _no_amount(dossier: AcceptanceDossier, shortfalls: Sequence[str]) -> Invalid:
    count, most = len(shortfalls), Money(dossier.retained_fen)
    if not most.fen:
        return Invalid(
            "claim",
            f"有 {count} 处没有达到合同约定，合同没有验收后支付的款项可以扣减，要写明承接主体应当退回的金额。",
            policies.RULE_SHORTFALL,
            "不要求退回的，请要求补齐后再验收，或者作出不合格的结论。",
        )
    return Invalid(
        "deduction",
        f"有 {count} 处没有达到合同约定，要写明扣减的金额，大于零，不超过验收后支付的 {most.format()}。",
        policies.RULE_SHORTFALL,
        "不扣减的，请要求补齐后再验收，或者作出不合格的结论。",
    )


def _keep_result(
    uow: UnitOfWork,
    dossier: AcceptanceDossier,
    acceptance: Acceptance,
    outcome: Outcome,
    shortfalls: Sequence[str] = (),
    deduction: Deduction | None = None,
    dissent_reason: str = "",
) -> AcceptanceResult:
    """Write down what the round came to, with the figures of this moment."""
    acceptance.decided_by = uow.actor.user_id
    acceptance.decided_at = uow.now
    reckoned = dossier.reckoned if deduction else None
    result = AcceptanceResult(
        acceptance_id=acceptance.id,
        round=acceptance.round,
        outcome=outcome,
        opinion=dossier.opinion.to_record(),
        shortfalls=list(shortfalls),
        deduction_fen=deduction.amount.fen if deduction else 0,
        claim_fen=deduction.claim.fen if deduction else 0,
        reckoned_fen=reckoned.total.fen if reckoned else 0,
        reckoning=list(reckoned.lines) if reckoned else [],
        below_reason=deduction.below if deduction else "",
        deduction_rule=deduction.rule if deduction else "",
        deduction_reason=deduction.reason if deduction else "",
        dissent_reason=dissent_reason,
        conclusion=acceptance.conclusion,
        decided_by=uow.actor.user_id,
        decided_at=uow.now,
    )
    uow.session.add(result)
    uow.session.flush()
    return result


def refuse_acceptance(uow: UnitOfWork, command: RefuseAcceptance) -> Acceptance:
    """Refuse the delivery; the provider learns what to put right till when.

    Raises Invalid without conclusion or demand, and for a day that has passed.
    """
    acceptance, contract = queries.load(uow.session, command.acceptance_id)
    verdict = policies.may_decide(uow.actor, acceptance, contract, "refuse_acceptance")
    take_up(acceptance, command, verdict)
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
    dossier = queries.dossier_of(uow.session, contract)
    shortfalls = [found.message for found in checks.find_shortfalls(dossier, "")]
    _keep_result(uow, dossier, acceptance, Outcome.REFUSED, shortfalls)
    meet_term(uow, acceptance.id, queries.TERM_RULE)
    start_amends_days(uow, contract, acceptance, command.rectify_by)
    uow.emit(AcceptanceRefused.of(acceptance, contract))
    return acceptance


def reopen_acceptance(uow: UnitOfWork, command: ReopenAcceptance) -> Acceptance:
    """Look anew after rectification: a new sample is drawn and everything is asked again."""
    acceptance, contract = queries.load(uow.session, command.acceptance_id)
    verdict = policies.may_reopen(uow.actor, acceptance, contract, today=local_date(uow.now))
    take_up(acceptance, command, verdict)
    reason = require_text(
        command.reason, "reason", "请写明整改的核实情况。", remedy="逐条说明整改了什么、怎样核实。"
    )
    sample = draw_recipients(uow, contract)
    was_reported = acceptance.state is AcceptanceState.RECTIFIED
    acceptance.state = advance("reopen_acceptance", acceptance.state)
    acceptance.round += 1
    acceptance.sample = sample_record(sample)
    acceptance.items_saved_at = None
    acceptance.place = acceptance.method = acceptance.opinion_excerpts = ""
    acceptance.low_response_reason = acceptance.conclusion = ""
    acceptance.decided_by = None
    acceptance.decided_at = None
    _forget_judgements(uow, acceptance)
    add_slips(uow, acceptance, sample)
    if not was_reported:
        # Nobody reported in time: the provider's days are over, the accepter's begin here.
        cancel_terms(uow, acceptance.id, queries.RECTIFY_RULE)
        start_clock(uow, acceptance, contract)
    uow.emit(
        AcceptanceReopened.of(
            acceptance,
            sample,
            contract,
            reason=reason,
            sampled=len(sample.ids),
        )
    )
    return acceptance


def publish_acceptance(uow: UnitOfWork, command: PublishAcceptance) -> Acceptance:
    """Announce the result with the recipients' opinion; the last instalment may be asked for."""
    acceptance, contract = queries.load(uow.session, command.acceptance_id)
    dossier = queries.dossier_of(uow.session, contract)
    verdict = policies.may_publish(
        uow.actor,
        acceptance,
        contract,
        answered=dossier.opinion.answered,
        unsigned=len(dossier.missing.members),
    )
    take_up(acceptance, command, verdict, "publish_acceptance")
    acceptance.published_at = uow.now
    notice = publish_notice(
        uow,
        project=contract.project,
        kind=NoticeKind.ACCEPTANCE,
        title=titled(contract.project.title, "验收结果公告"),
        sections=notice_sections(dossier),
    )
    uow.emit(
        AcceptancePublished.of(
            acceptance,
            contract,
            notice_number=notice.number,
            mean=str(dossier.opinion.mean),
            answered=dossier.opinion.answered,
            outcome=dossier.result.outcome if dossier.result is not None else Outcome.FULL,
        )
    )
    meet_term(uow, acceptance.id, queries.PUBLISH_RULE)
    enter_stage(uow, contract.project, Stage.PAYMENT)
    return acceptance


def _to_decide(
    uow: UnitOfWork, section: str, acceptance_id: str, version: int
) -> tuple[Acceptance, Contract]:
    acceptance, contract = queries.load(uow.session, acceptance_id)
    policies.may_decide(uow.actor, acceptance, contract).require()
    open_section(uow, acceptance, section, version)
    return acceptance, contract


def _passed(
    dossier: AcceptanceDossier, result: AcceptanceResult, certificate: PaperOrder
) -> AcceptancePassed:
    """What is told of a decision: the figures that were kept with it."""
    acceptance, contract = dossier.acceptance, dossier.contract
    assert acceptance is not None
    kept = result.opinion
    figures: dict[str, Any] = {
        **{name: kept[name] for name in OPINION_TOLD},
        "dissent_reason": result.dissent_reason,
        "items": len(dossier.items),
        "short": sum(item.delivered < item.promised or not item.passed for item in dossier.items),
        "group": [member.name for member in dossier.members],
        "document_id": certificate.id,
        "snapshot_sha256": certificate.snapshot_sha256,
        "contract_signed_by": contract.buyer_signed_by or "",
    }
    if result.outcome is Outcome.FULL:
        return AcceptancePassed.of(acceptance, contract, **figures)
    return AcceptancePassedPartly.of(
        acceptance,
        result,
        contract,
        **figures,
        claim_fen=result.claim_fen,
        reckoned_fen=result.reckoned_fen,
        below_reason=result.below_reason,
    )
