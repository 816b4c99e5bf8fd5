"""Milestones: the supplier reports with evidence, the buyer confirms or sends back."""

from collections.abc import Sequence

from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.text import require_text
from procure.registers.deadlines.use_cases import meet_term
from procure.registers.documents.use_cases import file_evidence
from procure.stages.delivery import policies, queries
from procure.stages.delivery.events import MilestoneMet, MilestoneReported, MilestoneReturned
from procure.stages.delivery.models import Milestone
from procure.stages.delivery.use_cases.start import (
    MILESTONE_RULE,
    start_milestone_term,
)
from procure.store.holding import take_up
from procure.store.unit_of_work import UnitOfWork, explain_constraint

explain_constraint(
    "ck_milestone_two_people",
    "reason",
    "这个节点由您报送，不能再由您核实。",
    policies.RULE_TWO_PEOPLE,
)


class ReportMilestone(Command):
    """Say that a milestone is reached; `evidence` are tokens of uploads."""

    milestone_id: str
    version: int
    report: str
    evidence: Sequence[str] = ()


class ReturnMilestone(Command):
    """Send a report back, saying what is missing."""

    milestone_id: str
    version: int
    reason: str


class ConfirmMilestone(Command):
    """Confirm that a milestone is reached."""

    milestone_id: str
    version: int


def report_milestone(uow: UnitOfWork, command: ReportMilestone) -> Milestone:
    """Report a milestone; the supplier's term for it is met, late or in time."""
    milestone, contract = queries.load_milestone(uow.session, command.milestone_id)
    verdict = policies.may_report_milestone(uow.actor, contract, milestone)
    take_up(milestone, command, verdict, "report_milestone")
    milestone.report = require_text(command.report, "report", "请写明这个节点完成的情况。")
    milestone.reported_by = uow.actor.user_id
    milestone.reported_at = uow.now
    milestone.returned_reason = ""
    digests = file_evidence(
        uow,
        command.evidence,
        project_id=contract.project_id,
        subject_id=milestone.id,
        supplier_id=contract.supplier_id,
        title=f"{milestone.title}材料",
    )
    meet_term(uow, milestone.id, MILESTONE_RULE)
    uow.emit(
        MilestoneReported.of(
            milestone, contract, evidence_sha256=digests, days_late=_days_late(uow, milestone)
        )
    )
    return milestone


def return_milestone(uow: UnitOfWork, command: ReturnMilestone) -> Milestone:
    """Send a report back; the supplier's term runs again with its old date."""
    milestone, contract = queries.load_milestone(uow.session, command.milestone_id)
    verdict = policies.may_return_milestone(uow.actor, contract, milestone)
    take_up(milestone, command, verdict, "return_milestone")
    milestone.returned_reason = require_text(
        command.reason,
        "reason",
        "退回时要写明缺少什么。",
        remedy="承接主体可以看到这个理由。",
    )
    start_milestone_term(uow, contract, milestone)
    uow.emit(MilestoneReturned.of(milestone, contract, reason=milestone.returned_reason))
    return milestone


def confirm_milestone(uow: UnitOfWork, command: ConfirmMilestone) -> Milestone:
    """Confirm a milestone; who reported it may not (政府采购法 art 61)."""
    milestone, contract = queries.load_milestone(uow.session, command.milestone_id)
    verdict = policies.may_confirm_milestone(uow.actor, contract, milestone)
    take_up(milestone, command, verdict, "confirm_milestone")
    milestone.confirmed_by = uow.actor.user_id
    milestone.confirmed_at = uow.now
    uow.emit(
        MilestoneMet.of(
            milestone,
            contract,
            reported_by=milestone.reported_by or "",
            days_late=_days_late(uow, milestone),
        )
    )
    return milestone


def _days_late(uow: UnitOfWork, milestone: Milestone) -> int:
    """Days between the agreed date and the report, none when it was in time."""
    reported = milestone.reported_at or uow.now
    return max(0, (local_date(reported) - milestone.due_on).days)
