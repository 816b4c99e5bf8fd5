"""The verbs of delivery: start, keep registers, record and review services, report milestones."""

from procure.stages.delivery.use_cases.milestones import (
    ConfirmMilestone,
    ReportMilestone,
    ReturnMilestone,
    confirm_milestone,
    report_milestone,
    return_milestone,
)
from procure.stages.delivery.use_cases.record import (
    RecordService,
    ReviewServices,
    WithdrawService,
    accept_services,
    record_service,
    reject_services,
    withdraw_service,
)
from procure.stages.delivery.use_cases.registers import (
    AddStaff,
    EnrolRecipients,
    LeaveRecipient,
    LeaveStaff,
    RecipientPlan,
    StaffPlan,
    add_staff,
    enrol_recipients,
    leave_recipient,
    leave_staff,
)
from procure.stages.delivery.use_cases.start import on_contract_signed, start_delivery

__all__ = [
    "AddStaff",
    "ConfirmMilestone",
    "EnrolRecipients",
    "LeaveRecipient",
    "LeaveStaff",
    "RecipientPlan",
    "RecordService",
    "ReportMilestone",
    "ReturnMilestone",
    "ReviewServices",
    "StaffPlan",
    "WithdrawService",
    "accept_services",
    "add_staff",
    "confirm_milestone",
    "enrol_recipients",
    "leave_recipient",
    "leave_staff",
    "on_contract_signed",
    "record_service",
    "reject_services",
    "report_milestone",
    "return_milestone",
    "start_delivery",
    "withdraw_service",
]
