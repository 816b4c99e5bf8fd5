"""What the case's time line tells of a review, reader by reader, before the result is out."""

from procure.desks.casework.queries import timeline
from procure.stages.awards.models import Review
from tests.factories.awards import experts_of, given_announced_result, given_delivered_report
from tests.factories.bids import the_project, the_tender
from tests.world import World


def told(world: World, username: str) -> str:
    """The whole time line as this person reads it."""
    world.session.rollback()
    items = timeline(world.session, world.actor(username), the_project(world))
    return "\n".join(f"{item.what} {item.detail} {item.who.name}" for item in items)


def names_of_experts(world: World, review: Review) -> list[str]:
    return [world.actor(username).name for username in experts_of(world, review)]


def test_time_line_for_finance_after_opening_tells_no_bidder_and_no_rank(
    ranked_world: World,
) -> None:
    for username in ("yusuan", "guoku"):
        said = told(ranked_world, username)
        assert "和风社会工作服务社" in told(ranked_world, "jingban")
        assert "和风社会工作服务社" not in said
        assert "开标" not in said and "汇总得分并排序" not in said


def test_time_line_for_auditor_before_result_hides_names_of_experts(opened_world: World) -> None:
    world = opened_world
    review = given_delivered_report(world, the_tender(world))
    experts = names_of_experts(world, review)
    said = told(world, "shenji")
    assert "签署评审报告" in said
    assert not [name for name in experts if name in said]
    assert all(name in told(world, "shenhe") for name in experts)


def test_time_line_for_auditor_after_result_names_experts(opened_world: World) -> None:
    world = opened_world
    review = given_announced_result(world, the_tender(world))
    assert all(name in told(world, "shenji") for name in names_of_experts(world, review))
