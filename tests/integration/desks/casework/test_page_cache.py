"""Case pages that are kept: whatever happens shows at once, and nobody sees another's page."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from procure.app import create_app
from procure.desks.casework.views import PANELS
from procure.kernel.access import SYSTEM_ACTOR
from procure.kernel.clock import FixedClock
from procure.kernel.lifecycle import Stage
from procure.registers.accounts.events import OrganisationEdited
from procure.registers.accounts.models import Organisation
from procure.registers.projects.use_cases import enter_stage
from procure.stages.plans.models import Plan
from procure.store.base import db
from procure.store.unit_of_work import UnitOfWork
from tests.factories.plans import given_approved_plan, given_submitted_plan, project_of
from tests.world import World, as_application, config_for

ADDRESS = "/projects/DMMZ-2026-001"


@contextmanager
def drawing(world: World) -> Iterator[list[str]]:
    """Which panels are asked inside the block: none when a page comes ready."""
    asked: list[str] = []
    sources = world.app.extensions[PANELS]

    def noted(source):
        def panel(*given):
            asked.append(source.__module__)
            return source(*given)

        return panel

    world.app.extensions[PANELS] = tuple(map(noted, sources))
    try:
        yield asked
    finally:
        world.app.extensions[PANELS] = sources


def shown(world: World, username: str) -> str:
    return world.client(username).get(ADDRESS).text


def test_second_look_at_a_case_is_answered_ready_and_equal(world: World) -> None:
    given_submitted_plan(world)
    first = shown(world, "jingban")

    with drawing(world) as asked:
        assert shown(world, "jingban") == first
    assert asked == []


def test_decision_on_a_page_shows_at_once_to_all_who_had_looked(world: World) -> None:
    given_submitted_plan(world)
    for username in ("jingban", "shenhe", "shenji"):
        assert "待审核" in shown(world, username)

    approver = world.client("shenhe")
    page = approver.get(f"{ADDRESS}/plan/decision")
    approver.post(
        f"{ADDRESS}/plan/decision",
        {"decision": "approve", "reason": "同意", "confirmed": "yes"},
        page=page,
    )

    for username in ("jingban", "shenhe", "shenji"):
        assert "已批准，待公开意向" in shown(world, username)
        assert "批准采购计划" in shown(world, username)


def test_kept_page_is_never_shown_to_anybody_else(world: World) -> None:
    given_submitted_plan(world)
    decide = f"{ADDRESS}/plan/decision"

    for _ in range(2):
        assert decide in world.client("shenhe").get(ADDRESS).links()
        assert decide not in world.client("jingban").get(ADDRESS).links()
        assert decide not in world.client("shenji").get(ADDRESS).links()
        world.client("jigou1").get(ADDRESS, status=404)
        world.client("jiedao").get(ADDRESS, status=404)


def test_change_of_another_process_shows_at_once(world: World) -> None:
    plan = given_submitted_plan(world)
    assert "待审核" in shown(world, "jingban")
    url = world.session.get_bind().url.render_as_string(hide_password=False)
    other = create_app(config_for(as_application(url), world.folder), clock=FixedClock(world.now))

    with other.app_context():
        neighbour = replace(world, app=other, _clients={})
        approver = neighbour.client("shenhe")
        page = approver.get(f"{ADDRESS}/plan/decision")
        told = {"decision": "return", "reason": "请补充调查情况"}
        approver.post(f"{ADDRESS}/plan/decision", told, page=page)
        db.session.remove()
        db.engine.dispose()

    world.session.rollback()
    assert world.session.get_one(Plan, plan.id).returned_reason == "请补充调查情况"
    assert "请补充调查情况" in shown(world, "jingban")


def test_what_the_scheduler_does_shows_at_once(world: World) -> None:
    project = project_of(world, given_approved_plan(world))
    before = shown(world, "jingban")

    with UnitOfWork(world.session, SYSTEM_ACTOR, FixedClock(world.now)) as uow:
        enter_stage(uow, project, Stage.TENDER)

    with drawing(world) as asked:
        assert shown(world, "jingban") != before
    assert asked


def test_new_name_of_a_party_shows_at_once(world: World) -> None:
    given_submitted_plan(world)
    before = shown(world, "jingban")
    buyer = world.session.get_one(Organisation, world.actor("jingban").organisation_id)
    renamed = OrganisationEdited(
        subject_id=buyer.id, organisation="改名以后的民政局", changed=("name",)
    )
    with UnitOfWork(world.session, SYSTEM_ACTOR, FixedClock(world.now)) as uow:
        uow.session.get_one(Organisation, buyer.id).name = renamed.organisation
        uow.emit(renamed)

    assert renamed.organisation not in before
    assert renamed.organisation in shown(world, "jingban")
