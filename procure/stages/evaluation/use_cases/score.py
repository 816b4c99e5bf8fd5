"""Verbs of the evaluator: declare, draw a sample, score, fill in the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.day_words import date_word
from procure.kernel.errors import REOPEN, Invalid
from procure.kernel.lifecycle import ServiceRecordState
from procure.kernel.phrases import points_in_words
from procure.kernel.vocabulary import Dimension
from procure.stages.contracts.models import Contract
from procure.stages.delivery.models import ServiceRecord
from procure.stages.delivery.use_cases.record import restore_service, void_service
from procure.stages.evaluation import policies, queries
from procure.stages.evaluation.events import (
    EvaluationNoted,
    EvaluationScored,
    EvaluatorDeclared,
    RecordsChecked,
    RecordsSampled,
)
from procure.stages.evaluation.models import (
    Evaluation,
    EvaluationDeclaration,
    EvaluationIndicator,
    SampleCheck,
    SampleVerdict,
)
from procure.stages.evaluation.sampling import draw, new_seed, sample_size
from procure.store.sections import open_section, save_section
from procure.store.unit_of_work import UnitOfWork

STATEMENT = (
    "我和我所在的机构与承接主体、采购人没有隶属、投资、雇佣、亲属或者其他可能影响公正的关系。"
)
CHECKS, VISIT, SUMMARY = "checks", "visit", "summary"
"""The sections of the report that are saved by themselves, beside the dimensions scored."""
LEAST_RECORDS, MOST_RECORDS = 10, 50
"""How many service records are looked into at least and at most (5–10 %, the platform's choice)."""


class DeclareIndependence(Command):
    """Sign that there is no interest."""

    evaluation_id: str


class DrawRecords(Command):
    """Draw the service records to be looked into."""

    evaluation_id: str
    version: int


@dataclass(frozen=True)
class RecordCheck:
    """What one drawn record turned out to be; without a verdict it stays open."""

    record_id: str
    verdict: SampleVerdict | None
    reason: str = ""


class SaveChecks(Command):
    """What looking into the drawn records showed, and what follows for those not drawn."""

    evaluation_id: str
    version: int
    checks: tuple[RecordCheck, ...]
    rest_conclusion: str = ""


@dataclass(frozen=True)
class IndicatorScore:
    """A score in hundredths of a point with its reason; both empty for one left open."""

    indicator_id: str
    score: int | None
    reason: str


class SaveScores(Command):
    """The scores of one dimension; indicators may be left open and scored later."""

    evaluation_id: str
    version: int
    dimension: Dimension
    scores: tuple[IndicatorScore, ...]


class SaveVisit(Command):
    """What was seen on site: the day, and the survey."""

    evaluation_id: str
    version: int
    visited_on: date
    survey_sampled: int
    survey_answered: int
    survey_satisfied: int
    survey_channel: str


class SaveSummary(Command):
    """What the report says in words."""

    evaluation_id: str
    version: int
    summary: str
    achievements: str
    problems: str
    advice: str


def declare_independence(uow: UnitOfWork, command: DeclareIndependence) -> Evaluation:
    """Note a person's own declaration; before it they take no part (GPL-R art 9)."""
    evaluation, contract = queries.load(uow.session, command.evaluation_id)
    declared = queries.has_declared(uow.session, uow.actor, evaluation)
    policies.may_declare(uow.actor, evaluation, declared=declared).require()
    assert uow.actor.user_id
    uow.session.add(
        EvaluationDeclaration(
            evaluation_id=evaluation.id,
            charge=evaluation.charge,
            user_id=uow.actor.user_id,
            declared_at=uow.now,
        )
    )
    uow.emit(
        EvaluatorDeclared.of(
            evaluation, contract, evaluator_name=uow.actor.name, statement=STATEMENT
        )
    )
    return evaluation


def draw_records(uow: UnitOfWork, command: DrawRecords) -> Evaluation:
    """Draw service records at random; once drawn the sample stands.

    Raises Invalid when it was drawn before, or when no record is accepted yet.
    """
    evaluation, contract = _to_score(uow, CHECKS, command.evaluation_id, command.version)
    if evaluation.sample is not None:
        raise Invalid("sample", "核查样本已经抽取，不能重抽。", remedy="请按已抽取的记录核查。")
    ids = uow.session.scalars(
        select(ServiceRecord.id).where(
            ServiceRecord.contract_id == contract.id,
            ServiceRecord.state == ServiceRecordState.ACCEPTED,
        )
    ).all()
    if not ids:
        raise Invalid(
            "sample",
            "还没有已核实的服务记录可以抽取。",
            remedy="请联系采购人先核实服务记录。",
        )
    wanted = min(MOST_RECORDS, max(LEAST_RECORDS, sample_size(len(ids))))
    sample = draw(ids, new_seed(), wanted)
    evaluation.sample = {
        "seed": sample.seed,
        "population": sample.population,
        "population_sha256": sample.population_sha256,
        "records": list(sample.ids),
    }
    save_section(uow, evaluation)
    uow.emit(RecordsSampled.of(evaluation, contract, sample, records=sample.ids))
    return evaluation


def save_checks(uow: UnitOfWork, command: SaveChecks) -> Evaluation:
    """Save a verdict on each drawn record: an untrue one counts nowhere from now on (R-EVD-1).

    A verdict corrected before the report is sent lets the record count again. Raises Invalid for a
    record that was not drawn, and for a doubt without its reason.
    """
    evaluation, contract = _to_score(uow, CHECKS, command.evaluation_id, command.version)
    given = [one for one in command.checks if one.verdict is not None]
    _check_verdicts(evaluation, given)
    kept = queries.checks_of(uow.session, evaluation)
    for one in given:
        _judge(uow, evaluation, contract, kept.get(one.record_id), one)
    evaluation.rest_conclusion = command.rest_conclusion.strip()
    result = queries.sample_of(uow.session, evaluation)
    evaluation.records_checked = len(result.judged)
    evaluation.records_sound = result.count(SampleVerdict.TRUE)
    save_section(uow, evaluation)
    uow.emit(
        RecordsChecked.of(
            evaluation,
            contract,
            checks=[(one.record_id, str(one.verdict), one.reason.strip()) for one in given],
        )
    )
    return evaluation


def _check_verdicts(evaluation: Evaluation, given: Sequence[RecordCheck]) -> None:
    places = {record_id: at for at, record_id in enumerate(evaluation.sampled_ids, start=1)}
    for one in given:
        if one.record_id not in places:
            raise Invalid("verdict", "这条服务记录没有抽中。", remedy=f"{REOPEN}，再填写。")
        if one.verdict is not SampleVerdict.TRUE and not one.reason.strip():
            raise Invalid(
                f"reason_{places[one.record_id]}",
                "不属实和无法核实的，要写明理由。",
                policies.RULE_EVALUATION,
                "请写明向谁核实、怎么说的、与记录哪里不一致。",
            )


def _judge(
    uow: UnitOfWork,
    evaluation: Evaluation,
    contract: Contract,
    kept: SampleCheck | None,
    given: RecordCheck,
) -> None:
    """Write one verdict down, and let the record count or not count accordingly."""
    assert given.verdict is not None
    assert uow.actor.user_id
    reason = given.reason.strip()
    if kept is None:
        kept = SampleCheck(
            evaluation_id=evaluation.id, charge=evaluation.charge, record_id=given.record_id
        )
        uow.session.add(kept)
    elif (kept.verdict, kept.reason) == (given.verdict, reason):
        return
    kept.verdict, kept.reason = given.verdict, reason
    kept.judged_by, kept.judged_at = uow.actor.user_id, uow.now
    record = uow.session.get_one(ServiceRecord, given.record_id)
    untrue = given.verdict is SampleVerdict.FALSE
    if untrue and record.state is ServiceRecordState.ACCEPTED:
        void_service(uow, contract, record, reason)
    elif not untrue and record.state is ServiceRecordState.VOIDED:
        restore_service(uow, contract, record, reason or "更正核查结论")


def save_scores(uow: UnitOfWork, command: SaveScores) -> Evaluation:
    """Save the scores of one dimension with their reasons.

    Raises Invalid for a score above the indicator's points, below zero, or without a reason.
    """
    evaluation, contract = _to_score(uow, command.dimension, command.evaluation_id, command.version)
    rows = {
        row.id: row
        for row in queries.indicators_of(uow.session, evaluation.id)
        if row.dimension is command.dimension
    }
    saved: list[tuple[int, int | None, str]] = []
    for given in command.scores:
        row = rows.get(given.indicator_id)
        if row is None:
            raise Invalid("scores", "没有这项指标。", remedy=f"{REOPEN}，再填写。")
        _check_score(row, given)
        row.score = given.score
        row.reason = given.reason.strip()
        row.scored_by = uow.actor.user_id if given.score is not None else None
        row.scored_at = uow.now if given.score is not None else None
        saved.append((row.position, row.score, row.reason))
    save_section(uow, evaluation)
    uow.emit(EvaluationScored.of(evaluation, contract, dimension=command.dimension, scores=saved))
    return evaluation


def save_visit(uow: UnitOfWork, command: SaveVisit) -> Evaluation:
    """Save the day on site and the survey's figures.

    Raises Invalid for a day outside the contract so far, and for figures that cannot be.
    """
    evaluation, contract = _to_score(uow, VISIT, command.evaluation_id, command.version)
    _check_visit(uow, contract, command)
    return _noted(uow, evaluation, contract, "走访、核查和满意度调查", command)


def save_summary(uow: UnitOfWork, command: SaveSummary) -> Evaluation:
    """Save what the report says in words."""
    evaluation, contract = _to_score(uow, SUMMARY, command.evaluation_id, command.version)
    return _noted(uow, evaluation, contract, "评估意见", command)


def _to_score(
    uow: UnitOfWork, section: str, evaluation_id: str, version: int
) -> tuple[Evaluation, Contract]:
    """The evaluation for somebody who is charged with it and has declared themselves."""
    evaluation, contract = queries.load(uow.session, evaluation_id)
    declared = queries.has_declared(uow.session, uow.actor, evaluation)
    policies.may_score(uow.actor, evaluation, declared=declared).require()
    open_section(uow, evaluation, section, version)
    return evaluation, contract


def _check_score(row: EvaluationIndicator, given: IndicatorScore) -> None:
    if given.score is None:
        return
    if not 0 <= given.score <= row.points:
        raise Invalid(
            f"score_{row.position}",
            f"“{row.name}”的得分应当在 0 至 {points_in_words(row.points)} 分之间。",
            remedy="请按评分标准重新填写。",
        )
    if not given.reason.strip():
        raise Invalid(
            f"reason_{row.position}",
            f"“{row.name}”已评分，还要写明理由。",
            policies.RULE_EVALUATION,
            "请写明依据了哪些材料、扣分的原因。",
        )


def _check_visit(uow: UnitOfWork, contract: Contract, command: SaveVisit) -> None:
    today = local_date(uow.now)
    assert contract.starts_on is not None
    if not contract.starts_on <= command.visited_on <= today:
        raise Invalid(
            "visited_on",
            f"走访日期应当在{date_word(contract.starts_on)}至{date_word(today)}之间。",
            remedy="请填写实际走访的日期。",
        )
    if command.survey_answered > command.survey_sampled:
        raise Invalid("survey_answered", "有效回答的人数不能多于抽样人数。")
    if command.survey_satisfied > command.survey_answered:
        raise Invalid("survey_satisfied", "表示满意的人数不能多于有效回答的人数。")


def _noted(
    uow: UnitOfWork,
    evaluation: Evaluation,
    contract: Contract,
    section: str,
    command: SaveVisit | SaveSummary,
) -> Evaluation:
    """Write each answer of a section into the column of its name, and say so."""
    values = {
        name: value
        for name, value in vars(command).items()
        if name not in ("evaluation_id", "version")
    }
    for name, value in values.items():
        setattr(evaluation, name, value)
    save_section(uow, evaluation)
    uow.emit(EvaluationNoted.of(evaluation, contract, section=section, values=values))
    return evaluation
