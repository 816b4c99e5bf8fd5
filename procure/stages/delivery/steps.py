"""What can be done while a contract is performed, by whom and where."""

from dataclasses import dataclass
from typing import Any

from procure.stages.contracts.models import Contract
from procure.stages.delivery import policies
from procure.stages.delivery.models import Milestone
from procure.web.step_table import Facts, StepOf


@dataclass(frozen=True, kw_only=True)
class RecordFacts(Facts):
    """The records of a contract, of which so many are `waiting` to be judged."""

    contract: Contract
    waiting: int = 0


@dataclass(frozen=True, kw_only=True)
class MilestoneFacts(Facts):
    """A milestone of a contract."""

    contract: Contract
    milestone: Milestone


# fmt: off
RECORD: StepOf[RecordFacts] = StepOf("record_service", "delivery.new_record", lambda it: policies.may_record_service(it.actor, it.contract))
REVIEW: StepOf[RecordFacts] = StepOf("accept_service", "delivery.decide_record", lambda it: policies.may_review_services(it.actor, it.contract),
    todo=lambda it: f"有 {it.waiting:,} 条服务记录等您核实", also=("reject_service",), begins="delivery.review")

MILESTONE_STEPS: tuple[StepOf[MilestoneFacts], ...] = (
    StepOf("report_milestone", "delivery.milestone",
        lambda it: policies.may_report_milestone(it.actor, it.contract, it.milestone),
        todo=lambda it: "被退回，请补充" if it.milestone.returned_reason else "到期报送"),
    StepOf("confirm_milestone", "delivery.milestone",
        lambda it: policies.may_confirm_milestone(it.actor, it.contract, it.milestone), todo="已报送，等您核实",
        also=("return_milestone",), label="核实履约节点"),
)

STEPS: tuple[StepOf[Any], ...] = (
    RECORD,
    REVIEW,
    *MILESTONE_STEPS,
    StepOf[RecordFacts]("withdraw_service", "delivery.withdraw_record"),
)
