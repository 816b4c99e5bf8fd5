"""Public notices for tests, published by the use case of the register."""

from collections.abc import Sequence

from procure.kernel.access import SYSTEM_ACTOR
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.notices.models import Notice
from procure.registers.notices.queries import get_notice
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.models import Project
from procure.registers.projects.use_cases import open_project
from procure.store.unit_of_work import UnitOfWork
from tests.world import World


def given_project(
    world: World, title: str = "斗门区居家养老服务", budget_fen: int = 18_000_000
) -> Project:
    """A project of the district bureau that nobody outside knows of yet."""
    with world.uow("jingban") as uow:
        buyer = uow.session.get_one(Organisation, uow.actor.organisation_id)
        return open_project(uow, title=title, buyer=buyer, budget_fen=budget_fen)


def given_notice(
    world: World,
    title: str = "斗门区居家养老服务采购公告",
    *,
    kind: NoticeKind = NoticeKind.TENDER,
    project: Project | None = None,
    rows: Sequence[tuple[str, str]] = (("预算金额", "18 万元"), ("服务地点", "白藤街道")),
    rule: str | None = "T08",
) -> Notice:
    """A published notice."""
    project_id = (project or given_project(world)).id
    with UnitOfWork(world.session, SYSTEM_ACTOR, world.clock) as uow:
        number = publish_notice(
            uow,
            project=uow.session.get_one(Project, project_id),
            kind=kind,
            title=title,
            sections=[{"title": "项目基本情况", "rows": [list(row) for row in rows]}],
            period_days_rule=rule,
        ).number
    return get_notice(world.session, number)
