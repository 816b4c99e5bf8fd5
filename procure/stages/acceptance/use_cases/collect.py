"""Verbs of collecting: open with a drawn sample, print slips, take opinions."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.errors import REOPEN, Invalid, NotFound
from procure.kernel.lifecycle import Stage, advance
from procure.kernel.vocabulary import EvaluationKind, OpinionChannel
from procure.kernel.workdays import CHINA
from procure.registers.deadlines.models import Deadline
from procure.registers.deadlines.use_cases import cancel_terms, start_term
from procure.registers.projects.use_cases import enter_stage
from procure.stages.acceptance import policies, queries
from procure.stages.acceptance.events import (
    AcceptanceOpened,
    OpinionRecorded,
    OpinionSlipsPrinted,
    RecipientUnreached,
)
from procure.stages.acceptance.models import Acceptance, OpinionSlip
from procure.stages.acceptance.opinions import QUESTIONS, slip_score
from procure.stages.contracts.agreed import agreed_of
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import load_contract
from procure.stages.delivery.queries import people_served
from procure.stages.evaluation.queries import latest_of
from procure.stages.evaluation.sampling import Sample, draw, new_seed
from procure.store.drafts import forget_drafts, save_draft
from procure.store.holding import take_up
from procure.store.secrets import PlatformKey
from procure.store.unit_of_work import UnitOfWork, explain_constraint

TOKEN_BYTES = 16
LONGEST_COMMENT = 500

explain_constraint(
    "uq_acceptance_contract_id", "contract_id", f"这个项目的验收刚刚已由其他人启动，{REOPEN}。"
)


class OpenAcceptance(Command):
    """Begin the acceptance of a contract."""

    contract_id: str


@dataclass(frozen=True)
class PrintedSlip:
    """A slip ready to be printed; the token exists here and on the paper only."""

    position: int
    code: str
    station: str
    token: str


class RecordOpinion(Command):
    """What a recipient said on the phone or wrote on paper, typed by the buyer's people."""

    acceptance_id: str
    position: int
    version: int
    channel: OpinionChannel
    answers: tuple[int, ...]
    comment: str = ""


class AnswerSlip(Command):
    """What a recipient answered in person, by their code: all of it, or so far on a card that is not
    handed in yet.
    """

    token: str
    answers: tuple[int, ...]
    comment: str = ""


class NoteUnreached(Command):
    """A recipient could not be reached."""

    acceptance_id: str
    position: int
    version: int


def open_acceptance(uow: UnitOfWork, command: OpenAcceptance) -> Acceptance:
    """Begin acceptance: the system draws who is heard.

    Raises Denied or IllegalTransition by the policy, Invalid when nobody is on the register.
    """
    contract = load_contract(uow.session, command.contract_id)
    existing = queries.find_acceptance(uow.session, contract.id)
    final = latest_of(uow.session, contract.id).get(EvaluationKind.FINAL)
    today = local_date(uow.now)
    policies.may_open(uow.actor, contract, existing, final, today=today).require()
    sample = draw_recipients(uow, contract)
    acceptance = Acceptance(
        contract_id=contract.id,
        state=advance("open_acceptance", None),
        opened_by=uow.actor.user_id,
        opened_at=uow.now,
        sample=sample_record(sample),
        round=1,
    )
    uow.session.add(acceptance)
    uow.session.flush()
    add_slips(uow, acceptance, sample)
    due_on = start_clock(uow, acceptance, contract)
    uow.emit(
        AcceptanceOpened.of(
            acceptance,
            sample,
            contract,
            sampled=len(sample.ids),
            due_on=due_on,
        )
    )
    enter_stage(uow, contract.project, Stage.ACCEPTANCE)
    return acceptance


def print_slips(uow: UnitOfWork, acceptance_id: str) -> list[PrintedSlip]:
    """Give every unanswered slip a new code of 128 bits; only digests are kept.

    Codes printed before stop working, so that a lost sheet can simply be printed again.
    """
    acceptance, contract = queries.load_below(uow.session, acceptance_id)
    policies.may_enter_opinion(uow.actor, acceptance, contract).require()
    slips = queries.open_slips(uow.session, acceptance)
    if not slips:
        raise Invalid("slips", "所有意见卡都已答复，不需要再印制。")
    rows = {row.position: row for row in queries.slips_of(uow.session, acceptance)}
    printed = []
    for slip in slips:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        slip.token_digest = queries.digest_of(token)
        slip.printed_at = uow.now
        row = rows[slip.position]
        printed.append(PrintedSlip(slip.position, row.code, row.station, token))
    uow.emit(OpinionSlipsPrinted.of(acceptance, contract, slips=len(printed)))
    return printed


def record_opinion(uow: UnitOfWork, command: RecordOpinion) -> OpinionSlip:
    """Type in what a recipient said on the phone or on paper.

    Raises IllegalTransition once decided, Invalid for a slip that is answered already.
    """
    acceptance, contract = queries.load_below(uow.session, command.acceptance_id)
    verdict = policies.may_enter_opinion(uow.actor, acceptance, contract)
    slip = queries.get_slip(uow.session, acceptance, command.position)
    if verdict.ok and slip.answered_at is not None:
        raise Invalid(
            "answers", "这张意见卡已经答复，不能再改。", remedy="请核对意见卡编号，登记另一张。"
        )
    if command.channel is OpinionChannel.CODE:
        raise Invalid("channel", "扫码填写由服务对象本人办理。", remedy="请选择电话或者纸质。")
    take_up(slip, command, verdict)
    _answer(uow, acceptance, contract, slip, command.channel, command.answers, command.comment)
    return slip


def answer_slip(uow: UnitOfWork, command: AnswerSlip) -> OpinionSlip:
    """Take a recipient's own answers; the code is the only authority and works once.

    Raises NotFound, in the same words, for a code that is unknown, used or over.
    """
    found = queries.find_open_slip(uow.session, command.token)
    if found is not None:
        acceptance, contract = queries.load_below(uow.session, found.acceptance_id)
    # Asked once more: it may have been decided while this waited.
    slip = queries.find_open_slip(uow.session, command.token)
    if slip is None:
        raise NotFound("这个意见码现在不能填写。")
    _answer(uow, acceptance, contract, slip, OpinionChannel.CODE, command.answers, command.comment)
    forget_drafts(uow, queries.card_of(slip), queries.CARD)
    return slip


def keep_answers(uow: UnitOfWork, command: AnswerSlip, key: PlatformKey) -> None:
    """Keep what was answered so far under the card, so that a lost line or the way back loses
    nothing; for a technical unit of work. Raises NotFound for a code that opens nothing.
    """
    slip = queries.find_open_slip(uow.session, command.token)
    if slip is None:
        raise NotFound("这个意见码现在不能填写。")
    so_far = {"answers": list(command.answers), "comment": command.comment}
    save_draft(uow, key, queries.card_of(slip), queries.CARD, so_far)


def note_unreached(uow: UnitOfWork, command: NoteUnreached) -> OpinionSlip:
    """Note that a recipient could not be reached; they still count in the sample."""
    acceptance, contract = queries.load_below(uow.session, command.acceptance_id)
    verdict = policies.may_enter_opinion(uow.actor, acceptance, contract)
    slip = queries.get_slip(uow.session, acceptance, command.position)
    if verdict.ok and slip.answered_at is not None:
        raise Invalid("answers", "这张意见卡已经答复。", remedy="请核对意见卡编号。")
    take_up(slip, command, verdict)
    slip.attempts += 1
    uow.emit(
        RecipientUnreached.of(acceptance, contract, slip=slip.position, attempts=slip.attempts)
    )
    return slip


def draw_recipients(uow: UnitOfWork, contract: Contract) -> Sample:
    """Draw who is heard out of everybody with verified services, listed still or not; Invalid when
    there is nobody: the provider, who keeps the register, does not choose who is asked.
    """
    served = [person.id for person in people_served(uow.session, contract.id)]
    if not served:
        raise Invalid(
            "recipients",
            "还没有已核实的、写明服务对象的服务记录，无法抽样征求意见。",
            policies.RULE_OPINION,
            "请承接主体登记服务对象和服务记录，由采购人核实。",
        )
    return draw(served, new_seed())


def sample_record(sample: Sample) -> dict[str, Any]:
    """What is kept of a draw, so that it can be repeated."""
    return {
        "seed": sample.seed,
        "population": sample.population,
        "population_sha256": sample.population_sha256,
        "recipients": list(sample.ids),
    }


def add_slips(uow: UnitOfWork, acceptance: Acceptance, sample: Sample) -> None:
    """A slip for everybody drawn; until it is printed nobody knows its code."""
    uow.session.add_all(
        OpinionSlip(
            acceptance_id=acceptance.id,
            round=acceptance.round,
            position=at,
            recipient_id=recipient_id,
            token_digest=queries.digest_of(secrets.token_urlsafe(TOKEN_BYTES)),
            attempts=0,
        )
        for at, recipient_id in enumerate(sample.ids, start=1)
    )
    uow.session.flush()


def start_clock(uow: UnitOfWork, acceptance: Acceptance, contract: Contract) -> date:
    """Let the days run within which the contract says acceptance is done; gives the last one.

    They run from the provider's request (contract, article on acceptance); where there was none,
    from the opening.
    """
    today = local_date(uow.now)
    starts_on, due_on = (
        today,
        CHINA.due(today, agreed_of(uow.session, contract).acceptance_workdays).on,
    )
    application = queries.find_application(uow.session, contract.id)
    if application is not None and acceptance.round == 1:
        cancel_terms(uow, contract.id, queries.TERM_RULE)
        starts_on, due_on = local_date(application.applied_at), application.due_on
    label = "完成履约验收（合同约定）"
    return start_days(uow, contract, acceptance.id, label, due_on, starts_on).due_on


def start_days(
    uow: UnitOfWork,
    contract: Contract,
    subject_id: str,
    label: str,
    due_on: date,
    starts_on: date | None = None,
) -> Deadline:
    """Let the accepter's days run, from today where nothing else is said."""
    return start_term(
        uow,
        project_id=contract.project_id,
        subject_id=subject_id,
        rule=queries.TERM_RULE,
        label=label,
        starts_on=starts_on or local_date(uow.now),
        due_on=due_on,
        permission=Permission.ACCEPTANCE_DECIDE,
        organisation_id=contract.buyer_id,
    )


def _answer(
    uow: UnitOfWork,
    acceptance: Acceptance,
    contract: Contract,
    slip: OpinionSlip,
    channel: OpinionChannel,
    answers: Sequence[int],
    comment: str,
) -> None:
    if len(answers) != len(QUESTIONS) or not all(1 <= answer <= 5 for answer in answers):
        raise Invalid("answers", "五个问题都要回答。", remedy="请每个问题选择一项。")
    if len(comment.strip()) > LONGEST_COMMENT:
        raise Invalid("comment", f"意见最多 {LONGEST_COMMENT} 个字。", remedy="请写得短一些。")
    advance("record_opinion", acceptance.state)
    slip.channel = channel
    slip.answers = list(answers)
    slip.comment = comment.strip()
    slip.answered_at = uow.now
    by_code = channel is OpinionChannel.CODE
    slip.entered_by = "" if by_code else uow.actor.user_id
    uow.emit(
        OpinionRecorded.of(
            acceptance,
            slip,
            contract,
            slip=slip.position,
            score=slip_score(answers),
            has_comment=bool(slip.comment),
        )
    )
