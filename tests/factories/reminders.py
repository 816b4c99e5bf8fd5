"""Running terms and messages for tests of the reminders."""

from datetime import date, datetime

from procure.kernel.access import Permission
from procure.registers.deadlines.models import Deadline
from procure.registers.deadlines.use_cases import start_term
from procure.registers.projects.models import Project
from tests.factories.notices import given_project
from tests.world import World


def given_term(
    world: World,
    due_on: date,
    *,
    project: Project | None = None,
    subject: str = "subject-1",
    label: str = "报送季度报告",
    permission: Permission | None = Permission.CONTRACT_PUBLISH,
    due_at: datetime | None = None,
) -> Deadline:
    """A running term that waits for the clerk of the district bureau, unless told otherwise."""
    of = project or given_project(world)
    with world.uow("jingban") as uow:
        return start_term(
            uow,
            project_id=of.id,
            subject_id=subject,
            rule="C-TEST",
            starts_on=date(2026, 3, 2),
            label=label,
            permission=permission,
            organisation_id=uow.actor.organisation_id if permission else None,
            due_on=due_on,
            due_at=due_at,
        )
