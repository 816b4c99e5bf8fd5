"""What happens in delivery: people enrolled, staff joined, services recorded and reviewed, milestones.

A person served stands in the trail by code only; names stay in rows that can be erased (个人信息保护法
art 47).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from procure.kernel.events import Exposure, ProjectEvent
from procure.kernel.phrases import Each, Rows
from procure.stages.contracts.events import WHY_GIVEN_UP


class DeliveryEvent(ProjectEvent):
    """An event in the delivery of one contract, told to its parties."""

    exposure: ClassVar[Exposure] = Exposure.PARTIES
    elsewhere: ClassVar[Mapping[str, str]] = {
        "contract_number": "number",
    }

    contract_number: str


class DeliveryStarted(DeliveryEvent):
    """The contract is in force; its milestones stand from now on."""

    label: ClassVar[str] = "开始履约"
    says: ClassVar[str] = "{contract_number}，履约节点 {milestones:count} 个"

    contract_id: str
    milestones: Sequence[Mapping[str, Any]]


class RecipientsEnrolled(DeliveryEvent):
    """People were taken into the register of recipients, by code."""

    label: ClassVar[str] = "登记服务对象"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{codes:count} 人：{first:list}[{more:if}等]"

    codes: Sequence[str]
    stations: Sequence[str]
    care_classes: Sequence[str]

    @classmethod
    def facts_of(cls, data: Mapping[str, Any]) -> Mapping[str, Any]:
        codes = data["codes"]
        return {**data, "first": codes[:10], "more": len(codes) > 10}


class RecipientLeft(DeliveryEvent):
    """A person is no longer served."""

    label: ClassVar[str] = "服务对象退出"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{code}，{left_on:day}"

    code: str
    left_on: date


class StaffJoined(DeliveryEvent):
    """Workers were registered for the contract."""

    label: ClassVar[str] = "登记服务人员"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{staff:each}"
    each: ClassVar[Rows] = {"staff": Each("{name}（{post}）", between="、")}

    staff: Sequence[Mapping[str, Any]]


class StaffLeft(DeliveryEvent):
    """A worker no longer works on the contract."""

    label: ClassVar[str] = "服务人员离岗"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{worker}（{post}），{left_on:day}"

    worker: str
    post: str
    left_on: date


class ServiceRecorded(DeliveryEvent):
    """A service was entered: minutes are counted from midnight in China."""

    minor: ClassVar[bool] = True
    says: ClassVar[str] = (
        "{served_on:day}，{target} {quantity} {unit}[；补录原因：{backfill_reason}]"
    )

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


class ServiceAccepted(DeliveryEvent):
    """The buyer found the record right; it counts from now on (R-EVD-1)."""

    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{served_on:day}，{target} {quantity} {unit}[；{reason}]"

    target: str
    unit: str
    quantity: int
    served_on: date
    reason: str


class ServiceRejected(ServiceAccepted):
    """The buyer does not accept the record, and says why."""


class ServiceWithdrawn(ServiceAccepted):
    """The supplier took a record back before it was reviewed, and says why."""


class ServiceVoided(ServiceAccepted):
    """An evaluator found an accepted record untrue: it counts no longer, anywhere."""

    minor: ClassVar[bool] = False


class ServiceRestored(ServiceAccepted):
    """The evaluator corrected the verdict: the record counts again."""

    minor: ClassVar[bool] = False


class MilestoneEvent(DeliveryEvent):
    """An event in the life of one milestone."""

    says: ClassVar[str] = "{title}，约定 {due_on:day}前完成"

    title: str
    due_on: date


class MilestonePlanned(MilestoneEvent):
    """An agreed milestone became a thing to report; the short time line has it in DeliveryStarted."""

    minor: ClassVar[bool] = True


class MilestoneReported(MilestoneEvent):
    """The supplier reports a milestone as reached, with evidence."""

    report: str
    evidence_sha256: Sequence[str]
    days_late: int


class MilestoneReturned(MilestoneEvent):
    """The buyer sends the report back."""

    says: ClassVar[str] = "{title}：{reason}"

    reason: str


class MilestoneMet(MilestoneEvent):
    """The buyer confirms the milestone."""

    reported_by: str
    days_late: int


class MilestoneCancelled(MilestoneEvent):
    """The contract ended before the milestone's day, or was settled: it is no longer due."""

    says: ClassVar[str] = "{title}；" + WHY_GIVEN_UP

    ended_early_on: date | None = None
    settled_on: date | None = None
