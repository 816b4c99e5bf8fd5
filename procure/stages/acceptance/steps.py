"""What can be done with an acceptance, by whom and where: the rows of its pages and of desks."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from procure.kernel.access import Permission
from procure.kernel.errors import Verdict
from procure.kernel.lifecycle import AcceptanceState
from procure.stages.acceptance import policies
from procure.stages.acceptance.models import Acceptance
from procure.stages.acceptance.queries import Missing
from procure.stages.contracts.models import Contract
from procure.stages.evaluation.models import Evaluation
from procure.web.step_table import Facts, StepOf


@dataclass(frozen=True, kw_only=True)
class AcceptanceFacts(Facts):
    """The acceptance of a contract for one reader, before and after it has begun.

    `answered` recipients were heard; `missing` says who has yet to sign.
    """

    contract: Contract
    existing: Acceptance | None
    final: Evaluation | None
    today: date
    applied: bool = False
    answered: int = 1
    missing: Missing

    @property
    def acceptance(self) -> Acceptance:
        """The acceptance that has begun."""
        assert self.existing is not None
        return self.existing


def _may_apply(it: AcceptanceFacts) -> Verdict:
    return policies.may_apply(
        it.actor, it.contract, it.existing, it.final, applied=it.applied, today=it.today
    )


def _may_decide(it: AcceptanceFacts) -> Verdict:
    return policies.may_decide(it.actor, it.acceptance, it.contract)


def _may_publish(it: AcceptanceFacts) -> Verdict:
    unsigned = len(it.missing.members)
    return policies.may_publish(
        it.actor, it.acceptance, it.contract, answered=it.answered, unsigned=unsigned
    )


# fmt: off
ACCEPTANCE_STEPS: tuple[StepOf[AcceptanceFacts], ...] = (
    StepOf("", "acceptance.apply", _may_apply, todo="服务已经结束，可以申请验收", label="申请验收", office=Permission.DELIVERY_RECORD,
        when=lambda it: it.existing is None),
    StepOf("report_amends", "acceptance.rectification",
        lambda it: policies.may_report_amends(it.actor, it.acceptance, it.contract), todo="验收不合格，按要求整改", usual=False),
    StepOf("open_acceptance", "acceptance.open_",
        lambda it: policies.may_open(it.actor, it.contract, it.existing, it.final, today=it.today),
        todo="服务已经结束，等您启动验收"),
    StepOf("", "acceptance.items", _may_decide, todo="征求意见、逐项核验并作出结论", begins="acceptance.show", label="办理履约验收",
        office=Permission.ACCEPTANCE_DECIDE, when=lambda it: it.state is AcceptanceState.COLLECTING),
    StepOf("pass_acceptance", "acceptance.pass_", _may_decide, also=("pass_partly",), label="核对并确认验收结果"),
    StepOf("refuse_acceptance", "acceptance.refuse", _may_decide),
    StepOf("reopen_acceptance", "acceptance.reopen",
        lambda it: policies.may_reopen(it.actor, it.acceptance, it.contract, today=it.today), todo="核实整改情况，复验或者退回", usual=False),
    StepOf("return_amends", "acceptance.return_rectification",
        lambda it: policies.may_decide(it.actor, it.acceptance, it.contract, "return_amends")),
    StepOf("sign_certificate", "acceptance.sign_", todo="等您在验收书上签字", when=lambda it: it.missing.seat_of(it.actor.user_id) is not None),
    StepOf("file_signed_copy", "acceptance.signed_copy", todo="归档成员在纸质件上的签字", when=lambda it: bool(it.missing.on_paper)),
    StepOf("publish_acceptance", "acceptance.publish", _may_publish, todo="验收书已签署，等您公告"),
    StepOf("record_opinion", "acceptance.enter", todo="印制意见卡，登记服务对象意见", begins="acceptance.opinions"),
)

STEPS: tuple[StepOf[Any], ...] = ACCEPTANCE_STEPS
