"""What lies beside the score: what delivery recorded, met and served up to now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from procure.kernel.clock import local_date
from procure.kernel.lifecycle import MilestoneState, ServiceRecordState, is_final
from procure.stages.contracts.models import Contract, ContractTarget
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


@dataclass(frozen=True)
class RecordLine:
    """A service record as the evaluator looks into it, with whom it served by code, name and
    station, None for a group: only who is charged with the evaluation reads this.
    """

    id: str
    served_on: date
    what: str
    unit: str
    recipient: str | None
    name: str | None
    station: str | None
    staff: str
    place: str
    quantity: int
    people: int
    content: str

    @property
    def whom(self) -> str:
        """Whom to ask about it."""
        if self.recipient is None:
            return f"集体活动，{self.people:,} 人"
        return f"{self.recipient} {self.name}，{self.station}"


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


def records_of(session: Session, ids: Sequence[str]) -> list[RecordLine]:
    """The service records of a sample by date."""
    rows: Iterable[Any] = session.execute(
        select(
            ServiceRecord.id,
            ServiceRecord.served_on,
            ContractTarget.what,
            ContractTarget.unit,
            Recipient.code,
            Recipient.name,
            Recipient.station,
            StaffMember.name,
            ServiceRecord.place,
            ServiceRecord.quantity,
            ServiceRecord.people,
            ServiceRecord.content,
        )
        .join(ContractTarget, ContractTarget.id == ServiceRecord.target_id)
        .join(StaffMember, StaffMember.id == ServiceRecord.staff_id)
        .outerjoin(Recipient, Recipient.id == ServiceRecord.recipient_id)
        .where(ServiceRecord.id.in_(ids))
        .order_by(ServiceRecord.served_on, ServiceRecord.id)
    )
    return [RecordLine(*row) for row in rows]


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
