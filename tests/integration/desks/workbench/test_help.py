"""帮助: each role finds what it does, in the order of the procedure, and can begin it."""

import pytest

from procure.config import CHECKOUT
from procure.desks.steps import STEPS
from procure.desks.workbench.help import (
    ROLES,
    ROOMS,
    VISITOR,
    HelpStep,
    help_texts,
    rooms_of,
    starts_of_role,
)
from procure.kernel.access import Role
from tests.world import World


def steps_of(role: Role) -> dict[str, list[HelpStep]]:
    """All that a role is told to do, room by room."""
    return {room: [*told.usual, *told.others] for room, told in rooms_of(role).items()}


def test_every_step_is_told_to_somebody_and_every_role_has_work() -> None:
    told = {step.name for role in ROLES for steps in steps_of(role).values() for step in steps}
    asked_of_another = {row.name for row in STEPS} - told

    assert asked_of_another <= {"确认退回款项"}
    assert not [role for role in ROLES if not steps_of(role) and not starts_of_role(role)]
    assert {row.endpoint.partition(".")[0] for row in STEPS} <= ROOMS.keys()


def test_steps_come_in_the_order_of_the_procedure_with_who_goes_on() -> None:
    clerk = steps_of(Role.CLERK)
    plan = {step.name: step for step in clerk["采购计划"]}

    assert list(clerk) == [room for room in ROOMS.values() if room in clerk]
    assert plan["送审采购计划"].then == "审核负责人：批准采购计划"
    assert plan["公开采购意向"].todo == "采购计划已批准，等您公开采购意向"
    assert "审核采购计划" not in plan
    review = [step.name for step in rooms_of(Role.CLERK)["评审和定标"].usual]
    assert (
        review.index("抽取评审小组")
        < review.index("审查资格和符合性")
        < review.index("公告成交结果")
    )
    assert not [step for steps in clerk.values() for step in steps if "取消不属实" in step.then]
    assert steps_of(Role.AUDITOR) == {}


def test_ways_back_and_out_stand_apart_and_a_seat_on_a_panel_is_told_to_experts() -> None:
    usual = {
        role: {step.name for told in rooms_of(role).values() for step in told.usual}
        for role in ROLES
    }
    everybody = set().union(*usual.values())

    assert not [
        name
        for name in everybody
        if name.startswith(("收回", "撤回", "删除", "退出", "终止", "退回"))
    ]
    assert {"填写评分", "锁定评分", "签署评审报告"} <= usual[Role.EXPERT]
    for role in (Role.CLERK, Role.ACCEPTER):
        assert not {"填写评分", "锁定评分", "签署评审报告"} & usual[role]
    others = {step.name for told in rooms_of(Role.CLERK).values() for step in told.others}
    assert {"收回采购计划", "删除采购计划草稿", "申请提前终止合同", "更换评审专家"} <= others
    assert list(usual[Role.EXPERT]) and len(usual[Role.CLERK]) > 15


def test_pages_of_help_open_to_everybody(embedded_world: World) -> None:
    visitor = embedded_world.client()
    index = visitor.get("/help")
    assert "怎样开户" in index.text
    for role in ROLES:
        assert f"/help/{role}" in index.links()
        page = visitor.get(f"/help/{role}")
        assert page.heading.startswith(role.label)
        ids = {element.get("id") for element in page.root.iter()}
        contents = [href[1:] for href in page.links() if href.startswith("#") and href != "#main"]
        assert len(contents) == len(steps_of(role)) + 2 and ids.issuperset(contents)
        for word, meaning in help_texts()[role].words:
            assert word in page.text and meaning in page.text
        held = [entry[1] for entry in starts_of_role(role)]
        assert not {"/plans/new", "/budget/new", "/admin/people"}.intersection(page.links()), held
    assert visitor.raw("GET", "/help/system").status_code == 404
    assert "/help/visitor" in index.links()
    own = visitor.get("/help/visitor")
    assert {"/notices", "/catalogue", "/help#account"} <= set(own.links())
    assert "/plans/new" in embedded_world.client("jingban").get("/help/clerk").links()
    assert "/payments" not in embedded_world.client("mulu").get("/help/clerk").links()

    clerk = embedded_world.client("jingban").get("/help")
    assert clerk.links().index("/help/clerk") < clerk.links().index("/help/catalogue_keeper")


@pytest.mark.parametrize("path", ["/", "/login", "/notices", "/catalogue"])
def test_help_and_how_to_get_an_account_are_reached_from_every_page(
    embedded_world: World, path: str
) -> None:
    links = embedded_world.client().get(path).links()
    assert "/help" in links and "/help#account" in links


def test_every_picture_and_word_of_help_is_there_and_used() -> None:
    texts = help_texts().values()
    kept = {path.stem for path in (CHECKOUT / "static" / "img" / "help").iterdir()}
    assert {name for text in texts for name, _ in text.pictures} == kept
    assert all(2 <= len(text.pictures) <= 3 for text in texts)
    assert help_texts().keys() == {*ROLES, VISITOR}
