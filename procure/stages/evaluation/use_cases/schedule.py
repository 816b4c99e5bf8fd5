"""Verbs before the work: put evaluations on the calendar, charge an assessor with them."""

from datetime import date, timedelta

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.day_words import date_word
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import Stage, advance
from procure.kernel.vocabulary import EvaluationKind, PaymentTrigger
from procure.kernel.workdays import add_months
from procure.registers.accounts.models import Organisation, User
from procure.registers.deadlines.events import TermSettled
from procure.registers.deadlines.models import Deadline
from procure.registers.deadlines.use_cases import cancel_terms, start_term
from procure.registers.projects.models import Part
from procure.registers.projects.use_cases import add_party, enter_stage
from procure.stages.contracts.drafting import months_of
from procure.stages.contracts.events import ContractSigned
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import instalments_of, load_contract
from procure.stages.evaluation import policies, queries
from procure.stages.evaluation.events import EvaluationAssigned, EvaluationScheduled, name_of
from procure.stages.evaluation.models import Evaluation, EvaluationIndicator
from procure.store.holding import take_up
from procure.store.unit_of_work import UnitOfWork

MIDTERM_MONTH = 6
AGAIN_AT_MOST = 90
"""Within how many days of its scheduling a further round is due (R-GZ-5 [design])."""


class AssignEvaluation(Command):
    """Charge an evaluator, and with them their organisation, with an evaluation."""

    evaluation_id: str
    version: int
    evaluator_id: str
    checked: str
    """What the clerk checked of the assessor's independence, in words."""


class ScheduleAgain(Command):
    """Put a further round of a failed evaluation on the calendar."""

    evaluation_id: str
    due_on: date


def on_contract_signed(uow: UnitOfWork, event: ContractSigned) -> None:
    """Put the mid-term and the final evaluation of a signed contract on the calendar (R 6.6)."""
    contract = load_contract(uow.session, event.subject_id)
    assert contract.starts_on is not None
    assert contract.ends_on is not None
    months = months_of(contract.starts_on, contract.ends_on)
    waits = {row.trigger for row in instalments_of(uow.session, contract.id)}
    if months > MIDTERM_MONTH or PaymentTrigger.MIDTERM in waits:
        after = min(MIDTERM_MONTH, max(1, months // 2))
        due = min(add_months(contract.starts_on, after)[0], contract.ends_on)
        _schedule(uow, contract, EvaluationKind.MIDTERM, 1, contract.starts_on, due)
    window = policies.window_of(contract)
    _schedule(uow, contract, EvaluationKind.FINAL, 1, window.opens_on, window.closes_on)


def on_term_settled(uow: UnitOfWork, event: TermSettled) -> None:
    """Carry a date that became final on to the evaluation it is the date of."""
    evaluation = uow.session.get(Evaluation, event.subject_id)
    term = uow.session.get(Deadline, event.deadline_id)
    if evaluation is None or term is None or term.rule == policies.RECTIFICATION:
        return
    evaluation.due_on = term.due_on


def assign_evaluation(uow: UnitOfWork, command: AssignEvaluation) -> Evaluation:
    """Charge an assessor; the indicators of the catalogue's edition are copied once and for all.

    Raises Invalid when the person does not evaluate, or when their organisation bid for the project
    or is related to the provider (R-ELIG-2, R-ELIG-3).
    """
    evaluation, contract = queries.load(uow.session, command.evaluation_id)
    midterm = queries.latest_of(uow.session, contract.id).get(EvaluationKind.MIDTERM)
    today = local_date(uow.now)
    verdict = policies.may_assign(uow.actor, evaluation, contract, midterm=midterm, today=today)
    take_up(evaluation, command, verdict, "assign_evaluation")
    choice = next(
        (
            one
            for one in queries.evaluator_choices(uow.session, contract)
            if one.user_id == command.evaluator_id
        ),
        None,
    )
    if choice is None:
        raise Invalid("evaluator_id", "没有这位评估员。", remedy="请从列出的评估员中选择。")
    if choice.refusal:
        raise Invalid("evaluator_id", choice.refusal, policies.RULE_INDEPENDENT)
    assessor = uow.session.get_one(Organisation, choice.organisation_id)
    evaluator = uow.session.get_one(User, choice.user_id)
    evaluation.assessor_id = assessor.id
    evaluation.evaluator_id = evaluator.id
    evaluation.assigned_by = uow.actor.user_id
    evaluation.assigned_at = uow.now
    item, indicators = queries.indicators_of_catalogue(uow.session, contract.project_id)
    # Given to another, an evaluation keeps the indicators it began under.
    copies = list(queries.indicators_of(uow.session, evaluation.id)) or [
        EvaluationIndicator(
            evaluation_id=evaluation.id,
            position=at,
            dimension=indicator.dimension,
            name=indicator.name,
            points=indicator.points,
            standard=indicator.standard,
            evidence=indicator.evidence,
        )
        for at, indicator in enumerate(indicators, start=1)
    ]
    uow.session.add_all(copies)
    uow.emit(
        EvaluationAssigned.of(
            evaluation,
            contract,
            assessor_name=assessor.name,
            evaluator_name=evaluator.name,
            catalogue_code=item.code,
            catalogue_edition=item.edition,
            indicators=[
                {
                    "position": copy.position,
                    "dimension": copy.dimension,
                    "name": copy.name,
                    "points": copy.points,
                }
                for copy in copies
            ],
            independence=command.checked,
        )
    )
    add_party(uow, contract.project_id, assessor.id, Part.ASSESSOR)
    enter_stage(uow, contract.project, Stage.EVALUATION)
    return evaluation


def schedule_again(uow: UnitOfWork, command: ScheduleAgain) -> Evaluation:
    """Put a further round on the calendar; the instalment stays held till one passes (R-GZ-5).

    A report of rectification that is still due ends as a term; it can still be made.
    Raises Invalid for a date that has passed or lies more than ninety days ahead.
    """
    failed, contract = queries.load(uow.session, command.evaluation_id)
    latest = queries.latest_of(uow.session, contract.id)[failed.kind]
    policies.may_schedule_again(uow.actor, latest, contract).require()
    today = local_date(uow.now)
    last = today + timedelta(AGAIN_AT_MOST)
    if not today <= command.due_on <= last:
        raise Invalid(
            "due_on",
            f"复评日期应当在{date_word(today)}至{date_word(last)}之间。",
            remedy="请按整改期限安排复评，不要拖延。",
        )
    cancel_terms(uow, latest.id, policies.RECTIFICATION)
    return _schedule(uow, contract, latest.kind, latest.round + 1, today, command.due_on)


def _schedule(
    uow: UnitOfWork,
    contract: Contract,
    kind: EvaluationKind,
    number: int,
    starts_on: date,
    due_on: date,
) -> Evaluation:
    """Put one evaluation on the calendar with its term."""
    evaluation = Evaluation(
        contract_id=contract.id,
        kind=kind,
        round=number,
        due_on=due_on,
        state=advance("schedule_evaluation", None),
    )
    start_term(
        uow,
        project_id=contract.project_id,
        subject_id=evaluation.id,
        rule=queries.rule_of(evaluation),
        starts_on=starts_on,
        due_on=due_on,
        label=name_of(kind, number),
        permission=Permission.EVALUATION_ASSIGN,
        organisation_id=contract.buyer_id,
    )
    uow.session.add(evaluation)
    uow.emit(
        EvaluationScheduled.of(
            evaluation,
            contract,
            basis=_basis(contract, evaluation),
        )
    )
    return evaluation


def _basis(contract: Contract, evaluation: Evaluation) -> str:
    assert contract.starts_on is not None
    if evaluation.round > 1:
        return "上一次评估不合格，整改后复评"
    if evaluation.kind is EvaluationKind.MIDTERM:
        return f"合同自{date_word(contract.starts_on)}起履行，满六个月评估；不足一年的在期中评估"
    return policies.window_of(contract).words
