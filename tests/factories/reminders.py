"""Running terms and messages for tests of the reminders."""

from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from procure.desks.reminders.duties import duties
from procure.desks.reminders.staff import staff
from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.workdays import CHINA
from procure.registers.accounts.queries import actor_of
from procure.registers.deadlines.models import Deadline
from procure.registers.deadlines.use_cases import start_term
from procure.registers.projects.models import Project
from procure.stages.tenders.terms import OPENING_RULES
from procure.wiring import TODO_SOURCES
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


def unmet_duties(session: Session, now: datetime) -> list[str]:
    """The duties that nobody could meet: without anybody, or due soon and on no desk of theirs.

    An opening comes to the desk with the hour of the deadline, not before.
    """
    people = staff(session)
    desks: dict[str, set[str]] = {}
    found = []
    for duty in duties(session, now):
        whose = people.at_any(duty.desks)
        soon = duty.due_on <= CHINA.next_workday(local_date(now) + timedelta(days=1))
        opening = duty.term is not None and duty.term.rule in OPENING_RULES
        ahead = opening and duty.due_at is not None and now < duty.due_at
        if soon and not ahead:
            for user_id in whose - desks.keys():
                actor = actor_of(session, user_id)
                desks[user_id] = {
                    task.number for source in TODO_SOURCES for task in source(session, actor, now)
                }
            whose = frozenset(one for one in whose if duty.number in desks[one])
        if not whose:
            found.append(f"{now:%Y-%m-%d} {duty.label}（{duty.due_on}）：{duty.desks}")
    return found
