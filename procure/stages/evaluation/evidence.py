"""What lies beside the score: what delivery recorded, met and served up to now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from procure.kernel.clock import local_date
from procure.kernel.lifecycle import MilestoneState, ServiceRecordState, is_final
from procure.stages.contracts.models import Contract
from procure.stages.delivery.models import Milestone, Recipient, ServiceRecord, StaffMember
from procure.stages.delivery.progress import TargetProgress
from procure.stages.delivery.queries import progress


@dataclass(frozen=True)
class Evidence:
    """Counts of one contract up to an instant."""

    targets: Sequence[TargetProgress]
    accepted: int
    recorded: int
    rejected: int
    backfilled: int
    volunteer_hours: int
    recipients: int
    staff: int
    milestones: int
    milestones_met: int
    milestones_overdue: int

    @property
    def words(self) -> str:
        """The counts in one sentence, for the report."""
        return (
            f"截至评估时，平台登记并核实服务记录 {self.accepted:,} 条，待核实 {self.recorded:,} 条，"
            f"不予认可 {self.rejected:,} 条，其中补登 {self.backfilled:,} 条；"
            f"服务对象 {self.recipients:,} 人，在岗服务人员 {self.staff:,} 人；"
            f"履约节点 {self.milestones} 个，已完成 {self.milestones_met} 个。"
        )


def evidence_of(session: Session, contract: Contract, now: datetime) -> Evidence:
    """Everything recorded of a contract up to now; a fixed number of statements."""
    states, backfilled, hours = _record_counts(session, contract.id)
    met, overdue, whole = _milestone_counts(session, contract.id, local_date(now))
    return Evidence(
        progress(session, contract.id, local_date(now)),
        states.get(ServiceRecordState.ACCEPTED, 0),
        states.get(ServiceRecordState.RECORDED, 0),
        states.get(ServiceRecordState.REJECTED, 0),
        backfilled,
        hours,
        _count(session, Recipient.contract_id == contract.id, Recipient.left_on.is_(None)),
        _count(session, StaffMember.contract_id == contract.id, StaffMember.left_on.is_(None)),
        whole,
        met,
        overdue,
    )


def _record_counts(
    session: Session, contract_id: str
) -> tuple[dict[ServiceRecordState, int], int, int]:
    accepted = ServiceRecord.state == ServiceRecordState.ACCEPTED
    states: dict[ServiceRecordState, int] = {}
    backfilled = hours = 0
    for state, late, count, volunteers in session.execute(
        select(
            ServiceRecord.state,
            ServiceRecord.backfilled,
            func.count(),
            func.sum(ServiceRecord.volunteer_hours).filter(accepted),
        )
        .where(ServiceRecord.contract_id == contract_id)
        .group_by(ServiceRecord.state, ServiceRecord.backfilled)
    ):
        states[state] = states.get(state, 0) + count
        backfilled += count if late else 0
        hours += int(volunteers or 0)
    return states, backfilled, hours


def _milestone_counts(session: Session, contract_id: str, today: date) -> tuple[int, int, int]:
    rows = session.execute(
        select(Milestone.state, Milestone.due_on).where(Milestone.contract_id == contract_id)
    ).all()
    met = sum(state is MilestoneState.MET for state, _ in rows)
    overdue = sum(not is_final(state) and due < today for state, due in rows)
    return met, overdue, len(rows)


def _count(session: Session, *conditions: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0
