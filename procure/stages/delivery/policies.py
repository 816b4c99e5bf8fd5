"""Who may record, review, report and confirm in delivery, each refusal with its rule and remedy."""

from datetime import datetime, timedelta

from procure.kernel.access import Actor, Permission, carries
from procure.kernel.errors import IllegalTransition, Verdict, first_refusal, refused_if
from procure.kernel.laws import cite
from procure.kernel.lifecycle import ServiceRecordState, State, may_take
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
    return _as_supplier("record_service", actor, contract, None)


def may_review_services(actor: Actor, contract: Contract) -> Verdict:
    """Whether the actor may review service records at all."""
    return _as_buyer("accept_service", actor, contract, ServiceRecordState.RECORDED)


def may_accept_service(actor: Actor, contract: Contract, record: ServiceRecord) -> Verdict:
    """Whether the actor may accept this record; who entered it may not (R-EVD-1)."""
    own = _not_own_record(actor, record)
    return _as_buyer("accept_service", actor, contract, record.state, own)


def may_reject_service(actor: Actor, contract: Contract, record: ServiceRecord) -> Verdict:
    """Whether the actor may reject this record."""
    own = _not_own_record(actor, record)
    return _as_buyer("reject_service", actor, contract, record.state, own)


def may_withdraw_service(actor: Actor, contract: Contract, record: ServiceRecord) -> Verdict:
    """Whether the supplier may take back a record of its own that nobody has reviewed yet."""
    return _as_supplier("withdraw_service", actor, contract, record.state)


def may_report_milestone(actor: Actor, contract: Contract, milestone: Milestone) -> Verdict:
    """Whether the actor may report this milestone as reached."""
    return _as_supplier("report_milestone", actor, contract, milestone.state)


def may_return_milestone(actor: Actor, contract: Contract, milestone: Milestone) -> Verdict:
    """Whether the actor may send the report back."""
    own = _not_own_report(actor, milestone)
    return _as_buyer("return_milestone", actor, contract, milestone.state, own)


def may_confirm_milestone(actor: Actor, contract: Contract, milestone: Milestone) -> Verdict:
    """Whether the actor may confirm the milestone; who reported it may not."""
    own = _not_own_report(actor, milestone)
    return _as_buyer("confirm_milestone", actor, contract, milestone.state, own)


def is_backfilled(ended_at: datetime, now: datetime) -> bool:
    """Whether a service that ended then is entered late now."""
    return now - ended_at > BACKFILL_AFTER


def is_not_payable(ended_at: datetime, now: datetime) -> bool:
    """Whether a service that ended then is entered too late to count by default."""
    return now - ended_at > NOT_PAYABLE_AFTER


def _as_supplier(action: str, actor: Actor, contract: Contract, state: State | None) -> Verdict:
    return may_take(action, actor, state, is_supplier(actor, contract), _in_force(contract))


def _as_buyer(
    action: str, actor: Actor, contract: Contract, state: State, *also: Verdict
) -> Verdict:
    return may_take(action, actor, state, is_buyer(actor, contract), _in_force(contract), *also)


def _in_force(contract: Contract) -> Verdict:
    return refused_if(
        not is_in_force(contract),
        "合同还没有生效，或已经办结，不能登记履约情况。",
        rule=cite("contract_by_result"),
        remedy="合同双方签署以后才能开始履约登记。",
        error=IllegalTransition,
    )


def _not_own_record(actor: Actor, record: ServiceRecord) -> Verdict:
    return refused_if(
        actor.user_id == record.recorded_by,
        "这条记录由您登记，不能再由您核实。",
        rule=RULE_TWO_PEOPLE,
        remedy="请由采购人的另一人核实。",
    )


def _not_own_report(actor: Actor, milestone: Milestone) -> Verdict:
    return refused_if(
        actor.user_id == milestone.reported_by,
        "这个节点由您报送，不能再由您核实。",
        rule=RULE_TWO_PEOPLE,
        remedy="请由采购人的另一人核实。",
    )
