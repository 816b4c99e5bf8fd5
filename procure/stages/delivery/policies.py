"""Who may record, review, report and confirm in delivery, each refusal with its rule and remedy."""

from datetime import datetime, timedelta

from procure.kernel.access import Actor, Permission, carries
from procure.kernel.errors import ALLOWED, IllegalTransition, Verdict, first_refusal, refused
from procure.kernel.laws import cite
from procure.kernel.lifecycle import label_of, may_step, may_take
from procure.registers.projects.policies import is_buyer, is_supplier
from procure.stages.contracts.models import Contract
from procure.stages.contracts.policies import is_in_force
from procure.stages.delivery.models import Milestone, ServiceRecord

RULE_TWO_PEOPLE = cite("duties_apart")
RULE_PLATFORM = "本平台的服务记录规则"

BACKFILL_AFTER = timedelta(hours=24)
"""From here a record is entered late and says why (R-EVD-2 [design])."""
NOT_PAYABLE_AFTER = timedelta(hours=72)
"""From here a late record does not count unless the buyer says why it should (R-EVD-2 [design])."""


def may_keep_registers(actor: Actor, contract: Contract) -> Verdict:
    """Whether the actor may enter recipients and staff."""
    return first_refusal(
        carries(actor, Permission.DELIVERY_RECORD, "登记服务对象和服务人员"),
        is_supplier(actor, contract),
        _in_force(contract),
    )


def may_record_service(actor: Actor, contract: Contract) -> Verdict:
    """Whether the actor may enter services given."""
    return first_refusal(
        carries(actor, Permission.DELIVERY_RECORD, label_of("record_service")),
        is_supplier(actor, contract),
        _in_force(contract),
    )


def may_review_services(actor: Actor, contract: Contract) -> Verdict:
    """Whether the actor may review service records at all."""
    return first_refusal(
        carries(actor, Permission.DELIVERY_REVIEW, label_of("accept_service")),
        is_buyer(actor, contract),
        _in_force(contract),
    )


def may_accept_service(actor: Actor, contract: Contract, record: ServiceRecord) -> Verdict:
    """Whether the actor may accept this record; who entered it may not (R-EVD-1)."""
    return first_refusal(
        may_review_services(actor, contract),
        may_step("accept_service", record.state),
        _not_own_record(actor, record),
    )


def may_reject_service(actor: Actor, contract: Contract, record: ServiceRecord) -> Verdict:
    """Whether the actor may reject this record."""
    return first_refusal(
        may_review_services(actor, contract),
        may_step("reject_service", record.state),
        _not_own_record(actor, record),
    )


def may_withdraw_service(actor: Actor, contract: Contract, record: ServiceRecord) -> Verdict:
    """Whether the supplier may take back a record of its own that nobody has reviewed yet."""
    return first_refusal(
        may_record_service(actor, contract),
        may_step("withdraw_service", record.state),
    )


def may_report_milestone(actor: Actor, contract: Contract, milestone: Milestone) -> Verdict:
    """Whether the actor may report this milestone as reached."""
    return may_take(
        "report_milestone",
        actor,
        milestone.state,
        is_supplier(actor, contract),
        _in_force(contract),
    )


def may_return_milestone(actor: Actor, contract: Contract, milestone: Milestone) -> Verdict:
    """Whether the actor may send the report back."""
    return first_refusal(
        _decides_milestones(actor, contract),
        may_step("return_milestone", milestone.state),
        _not_own_report(actor, milestone),
    )


def may_confirm_milestone(actor: Actor, contract: Contract, milestone: Milestone) -> Verdict:
    """Whether the actor may confirm the milestone; who reported it may not."""
    return first_refusal(
        _decides_milestones(actor, contract),
        may_step("confirm_milestone", milestone.state),
        _not_own_report(actor, milestone),
    )


def is_backfilled(ended_at: datetime, now: datetime) -> bool:
    """Whether a service that ended then is entered late now."""
    return now - ended_at > BACKFILL_AFTER


def is_not_payable(ended_at: datetime, now: datetime) -> bool:
    """Whether a service that ended then is entered too late to count by default."""
    return now - ended_at > NOT_PAYABLE_AFTER


def _decides_milestones(actor: Actor, contract: Contract) -> Verdict:
    return first_refusal(
        carries(actor, Permission.DELIVERY_REVIEW, "核实履约节点"),
        is_buyer(actor, contract),
        _in_force(contract),
    )


def _in_force(contract: Contract) -> Verdict:
    if is_in_force(contract):
        return ALLOWED
    return refused(
        "合同还没有生效，或已经办结，不能登记履约情况。",
        rule=cite("contract_by_result"),
        remedy="合同双方签署以后才能开始履约登记。",
        error=IllegalTransition,
    )


def _not_own_record(actor: Actor, record: ServiceRecord) -> Verdict:
    if actor.user_id != record.recorded_by:
        return ALLOWED
    return refused(
        "这条记录由您登记，不能再由您核实。",
        rule=RULE_TWO_PEOPLE,
        remedy="请由采购人的另一人核实。",
    )


def _not_own_report(actor: Actor, milestone: Milestone) -> Verdict:
    if actor.user_id != milestone.reported_by:
        return ALLOWED
    return refused(
        "这个节点由您报送，不能再由您核实。",
        rule=RULE_TWO_PEOPLE,
        remedy="请由采购人的另一人核实。",
    )
