"""What happens in delivery: people enrolled, staff joined, services recorded and reviewed, milestones.

A person served stands in the trail by code only; names stay in rows that can be erased (个人信息保护法
art 47).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from procure.kernel.events import Exposure, ProjectEvent, told_day
from procure.stages.contracts.events import why_given_up


@dataclass(frozen=True, kw_only=True)
class DeliveryEvent(ProjectEvent):
    """An event in the delivery of one contract, told to its parties."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES

    contract_number: str


@dataclass(frozen=True, kw_only=True)
class DeliveryStarted(DeliveryEvent):
    """The contract is in force; its milestones stand from now on."""

    label: ClassVar[str] = "开始履约"

    contract_id: str
    milestones: Sequence[Mapping[str, Any]]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['contract_number']}，履约节点 {len(data['milestones'])} 个"


@dataclass(frozen=True, kw_only=True)
class RecipientsEnrolled(DeliveryEvent):
    """People were taken into the register of recipients, by code."""

    label: ClassVar[str] = "登记服务对象"
    minor: ClassVar[bool] = True

    codes: Sequence[str]
    stations: Sequence[str]
    care_classes: Sequence[str]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        codes = data["codes"]
        return f"{len(codes)} 人：{'、'.join(codes[:10])}{'等' if len(codes) > 10 else ''}"


@dataclass(frozen=True, kw_only=True)
class RecipientLeft(DeliveryEvent):
    """A person is no longer served."""

    label: ClassVar[str] = "服务对象退出"
    minor: ClassVar[bool] = True

    code: str
    left_on: date

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['code']}，{told_day(data['left_on'])}"


@dataclass(frozen=True, kw_only=True)
class StaffJoined(DeliveryEvent):
    """Workers were registered for the contract."""

    label: ClassVar[str] = "登记服务人员"
    minor: ClassVar[bool] = True

    staff: Sequence[Mapping[str, Any]]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return "、".join(f"{one['name']}（{one['post']}）" for one in data["staff"])


@dataclass(frozen=True, kw_only=True)
class StaffLeft(DeliveryEvent):
    """A worker no longer works on the contract."""

    label: ClassVar[str] = "服务人员离岗"
    minor: ClassVar[bool] = True

    worker: str
    post: str
    left_on: date

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['worker']}（{data['post']}），{told_day(data['left_on'])}"


@dataclass(frozen=True, kw_only=True)
class ServiceRecorded(DeliveryEvent):
    """A service was entered: minutes are counted from midnight in China."""

    label: ClassVar[str] = "登记服务记录"
    minor: ClassVar[bool] = True

    target: str
    unit: str
    quantity: int
    people: int
    volunteer_hours: int
    staff_id: str
    recipient_code: str
    served_on: date
    started_minute: int
    ended_minute: int
    place: str
    content: str
    hours_late: int
    backfill_reason: str
    not_payable: bool
    evidence_sha256: Sequence[str]

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        late = f"；补录原因：{data['backfill_reason']}" if data["backfill_reason"] else ""
        return f"{told_day(data['served_on'])}，{data['target']} {data['quantity']} {data['unit']}{late}"


@dataclass(frozen=True, kw_only=True)
class ServiceAccepted(DeliveryEvent):
    """The buyer found the record right; it counts from now on (R-EVD-1)."""

    label: ClassVar[str] = "核实服务记录"
    minor: ClassVar[bool] = True

    target: str
    unit: str
    quantity: int
    served_on: date
    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        reason = f"；{data['reason']}" if data["reason"] else ""
        return f"{told_day(data['served_on'])}，{data['target']} {data['quantity']} {data['unit']}{reason}"


@dataclass(frozen=True, kw_only=True)
class ServiceRejected(ServiceAccepted):
    """The buyer does not accept the record, and says why."""

    label: ClassVar[str] = "不认可服务记录"


@dataclass(frozen=True, kw_only=True)
class ServiceWithdrawn(ServiceAccepted):
    """The supplier took a record back before it was reviewed, and says why."""

    label: ClassVar[str] = "撤回服务记录"


@dataclass(frozen=True, kw_only=True)
class ServiceVoided(ServiceAccepted):
    """An evaluator found an accepted record untrue: it counts no longer, anywhere."""

    label: ClassVar[str] = "取消不属实的服务记录"
    minor: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class ServiceRestored(ServiceAccepted):
    """The evaluator corrected the verdict: the record counts again."""

    label: ClassVar[str] = "恢复服务记录"
    minor: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class MilestoneEvent(DeliveryEvent):
    """An event in the life of one milestone."""

    title: str
    due_on: date

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['title']}，约定 {told_day(data['due_on'])}前完成"


@dataclass(frozen=True, kw_only=True)
class MilestonePlanned(MilestoneEvent):
    """An agreed milestone became a thing to report; the short time line has it in DeliveryStarted."""

    label: ClassVar[str] = "排定履约节点"
    minor: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class MilestoneReported(MilestoneEvent):
    """The supplier reports a milestone as reached, with evidence."""

    label: ClassVar[str] = "报送履约节点"

    report: str
    evidence_sha256: Sequence[str]
    days_late: int


@dataclass(frozen=True, kw_only=True)
class MilestoneReturned(MilestoneEvent):
    """The buyer sends the report back."""

    label: ClassVar[str] = "退回履约节点"

    reason: str

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['title']}：{data['reason']}"


@dataclass(frozen=True, kw_only=True)
class MilestoneMet(MilestoneEvent):
    """The buyer confirms the milestone."""

    label: ClassVar[str] = "确认履约节点"

    reported_by: str
    days_late: int


@dataclass(frozen=True, kw_only=True)
class MilestoneCancelled(MilestoneEvent):
    """The contract ended before the milestone's day, or was settled: it is no longer due."""

    label: ClassVar[str] = "取消履约节点"

    ended_early_on: date | None = None
    settled_on: date | None = None

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        return f"{data['title']}；{why_given_up(data)}"
