"""What can be done with an evaluation, by whom and where: the rows of its pages and of desks."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from procure.kernel.access import Permission
from procure.kernel.errors import Verdict
from procure.kernel.lifecycle import EvaluationState
from procure.stages.contracts.models import Contract
from procure.stages.evaluation import policies
from procure.stages.evaluation.models import Evaluation
from procure.web.step_table import Facts, StepOf


@dataclass(frozen=True, kw_only=True)
class EvaluationFacts(Facts):
    """An evaluation for one reader. `declared` says that they signed their independence, `able` that
    its assessor has people who can finish it.
    """

    evaluation: Evaluation
    contract: Contract
    midterm: Evaluation | None
    today: date
    declared: bool
    rectify_until: date | None
    able: bool = True

    @property
    def has_failed(self) -> bool:
        """Whether something is still to come of a result that was not good enough."""
        demanded = bool(self.evaluation.rectification_demand)
        return demanded and not policies.is_settled(self.evaluation)

    @property
    def waits_for_provider(self) -> bool:
        """Whether the provider has yet to say what it put right."""
        return self.has_failed and self.evaluation.rectified_at is None


def _may_assign(it: EvaluationFacts) -> Verdict:
    return policies.may_assign(
        it.actor, it.evaluation, it.contract, midterm=it.midterm, today=it.today
    )


def _may_score(it: EvaluationFacts) -> Verdict:
    return policies.may_score(it.actor, it.evaluation, declared=it.declared)


def _may_settle(it: EvaluationFacts) -> Verdict:
    return policies.may_settle(
        it.actor, it.evaluation, it.contract, today=it.today, rectify_until=it.rectify_until
    )


def _settling(it: EvaluationFacts) -> str:
    """What the desk says of a failed evaluation whose provider put nothing right."""
    if it.evaluation.rectified_at is not None:
        return ""
    waived = it.evaluation.waived_at is not None
    said = "承接主体说明不再整改" if waived else "整改期限已满，没有报送整改情况"
    return f"{said}，请决定是否办结"


# fmt: off
EVALUATION_STEPS: tuple[StepOf[EvaluationFacts], ...] = (
    # Nobody is offered to charge an assessor before the time has come.
    StepOf("assign_evaluation", "evaluation.assign", todo="等您委派评估机构", when=lambda it: _may_assign(it).ok),
    StepOf("recall_evaluation", "evaluation.recall", todo=lambda it: "" if it.able else "评估机构或者评估人员已停用，请收回后另行委派"),
    StepOf("", "evaluation.declare", lambda it: policies.may_declare(it.actor, it.evaluation, declared=it.declared),
        todo="评估前签署独立性声明", label="签署独立性声明", office=Permission.EVALUATION_SCORE,
        when=lambda it: it.state is EvaluationState.ASSIGNED and not it.declared),
    StepOf("score_evaluation", "evaluation.score", _may_score, todo="填写评分和报告", begins="evaluation.show"),
    StepOf("submit_evaluation", "evaluation.check", _may_score, label="核对评估报告", office=Permission.EVALUATION_SCORE),
    StepOf("decline_evaluation", "evaluation.decline", lambda it: policies.may_decline(it.actor, it.evaluation),
        only_allowed=True),
    StepOf("confirm_evaluation", "evaluation.decide",
        lambda it: policies.may_confirm(it.actor, it.evaluation, it.contract), todo="确认或退回评估报告",
        also=("return_evaluation",), label="审阅评估报告"),
    StepOf("", "evaluation.rectify",
        lambda it: policies.may_report_rectification(it.actor, it.evaluation, it.contract), todo="评估不合格，按要求整改",
        label="报送整改情况", office=Permission.DELIVERY_RECORD, when=lambda it: it.waits_for_provider, usual=False),
    StepOf("", "evaluation.waive", lambda it: policies.may_waive_rectification(it.actor, it.evaluation, it.contract),
        label="确认不再整改", office=Permission.CONTRACT_SIGN_SUPPLIER, when=lambda it: it.waits_for_provider,
        only_allowed=True),
    StepOf("", "evaluation.again", lambda it: policies.may_schedule_again(it.actor, it.evaluation, it.contract),
        todo=lambda it: "审阅整改情况，安排复评" if it.evaluation.rectified_at else "", label="安排复评",
        office=Permission.EVALUATION_ASSIGN, when=lambda it: it.has_failed, usual=False),
    StepOf("", "evaluation.refuse_rectification",
        lambda it: policies.may_refuse_rectification(it.actor, it.evaluation, it.contract), label="退回整改情况",
        office=Permission.EVALUATION_ASSIGN, when=lambda it: it.has_failed, only_allowed=True),
    StepOf("", "evaluation.settle", _may_settle, todo=_settling, label="办结不合格的评估",
        office=Permission.EVALUATION_CONFIRM, when=lambda it: it.has_failed, only_allowed=True, usual=False),
)

STEPS: tuple[StepOf[Any], ...] = EVALUATION_STEPS
