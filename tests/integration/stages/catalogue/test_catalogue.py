"""The catalogue on both databases: what ships, new editions, who may not, its pages."""

from dataclasses import replace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from procure.kernel.errors import Conflict, Denied, IllegalTransition, Invalid, NotFound, Stale
from procure.kernel.lifecycle import CatalogueItemState
from procure.stages.catalogue import queries
from procure.stages.catalogue.events import STREAM
from procure.stages.catalogue.models import CatalogueClass, CatalogueItem
from procure.stages.catalogue.shipped import ItemData
from procure.stages.catalogue.use_cases import (
    DraftItem,
    EditItem,
    PublishItem,
    RetireItem,
    ReviseItem,
    content_of,
    draft_item,
    edit_item,
    load_shipped_catalogue,
    publish_item,
    retire_item,
    revise_item,
)
from procure.store import trail
from tests.factories.catalogue import given_catalogue, given_item
from tests.world import World


def drafted_revision(world: World) -> CatalogueItem:
    """A new edition of the home-care item, not yet published."""
    published = given_item(world)
    with world.uow("mulu") as uow:
        item = revise_item(uow, ReviseItem(published.id))
    return world.session.get_one(CatalogueItem, item.id)


def content(world: World, item: CatalogueItem) -> ItemData:
    """An edition as plain data."""
    return content_of(item, queries.indicators_of(world.session, item.id))


def test_load_shipped_catalogue_gives_eight_classes_and_says_so(world: World) -> None:
    given_catalogue(world)
    assert world.session.scalar(select(func.count()).select_from(CatalogueClass)) == 8
    items = queries.published_items(world.session)
    assert len({item.class_code for item in items}) == 8
    links = list(trail.read(world.session, trail.TrailEvent.stream == STREAM))
    assert sum(link.event == "CatalogueClassAdded" for link in links) == 8
    assert sum(link.event == "CatalogueItemPublished" for link in links) == len(items)
    assert trail.fsck(world.session) == []


def test_load_shipped_catalogue_twice_adds_nothing(world: World) -> None:
    given_catalogue(world)
    with world.uow("mulu") as uow:
        assert load_shipped_catalogue(uow) == 0


def test_publish_new_edition_retires_the_one_it_replaces(world: World) -> None:
    item = drafted_revision(world)
    assert item.edition == 2
    with world.uow("mulu") as uow:
        publish_item(uow, PublishItem(item.id, item.version))
    states = {
        one.edition: one.state
        for one in queries.editions_of(world.session, world.actor("mulu"), item.code)
    }
    assert states == {1: CatalogueItemState.RETIRED, 2: CatalogueItemState.PUBLISHED}


def test_edit_published_item_is_refused(world: World) -> None:
    item = given_item(world)
    told = content(world, item)
    with pytest.raises(IllegalTransition, match="不能修改"), world.uow("mulu") as uow:
        edit_item(uow, EditItem(item.id, item.version, told))


def test_edit_of_indicators_alone_changes_the_version(world: World) -> None:
    item = drafted_revision(world)
    seen = item.version
    told = content(world, item)
    with world.uow("mulu") as uow:
        edit_item(uow, EditItem(item.id, seen, replace(told, indicators=told.indicators[:-1])))
    with pytest.raises(Stale), world.uow("mulu") as uow:
        edit_item(uow, EditItem(item.id, seen, told))


def test_publish_item_whose_points_do_not_make_100_is_refused(world: World) -> None:
    item = drafted_revision(world)
    told = content(world, item)
    with world.uow("mulu") as uow:
        edit_item(
            uow, EditItem(item.id, item.version, replace(told, indicators=told.indicators[1:]))
        )
    world.session.refresh(item)
    left = sum(one.points for one in told.indicators[1:]) / 100
    page = world.client("mulu").get(f"/catalogue/{item.code}/{item.edition}").text
    assert f"评价指标，合计 {left:g} 分" in page
    with pytest.raises(Invalid, match="合计应为 100 分") as refused, world.uow("mulu") as uow:
        publish_item(uow, PublishItem(item.id, item.version))
    assert refused.value.field == "indicators"


@pytest.mark.parametrize("part", ["recipients", "procedure", "quality", "time_limit"])
def test_publish_item_with_a_gap_in_its_standard_is_refused(
    embedded_world: World, part: str
) -> None:
    world = embedded_world
    item = drafted_revision(world)
    with world.uow("mulu") as uow:
        edit_item(
            uow, EditItem(item.id, item.version, replace(content(world, item), **{part: " "}))
        )
    world.session.refresh(item)
    with pytest.raises(Invalid, match="还缺少"), world.uow("mulu") as uow:
        publish_item(uow, PublishItem(item.id, item.version))


def test_catalogue_is_kept_by_its_keeper_alone(embedded_world: World) -> None:
    world = embedded_world
    item = given_item(world)
    for username in ("jingban", "shenhe", "jigou1", "yusuan", "shenji"):
        with pytest.raises(Denied), world.uow(username) as uow:
            revise_item(uow, ReviseItem(item.id))
        with pytest.raises(Denied), world.uow(username) as uow:
            retire_item(uow, RetireItem(item.id, item.version, "停用"))


def test_draft_item_with_a_known_code_is_refused(world: World) -> None:
    item = given_item(world)
    told = content(world, item)
    with pytest.raises(Conflict, match="0201"), world.uow("mulu") as uow:
        draft_item(uow, DraftItem(told))


def test_draft_item_sent_twice_makes_one_item(world: World) -> None:
    told = replace(content(world, given_item(world)), code="0299", name="试点服务")
    with world.uow("mulu") as uow:
        first = draft_item(uow, DraftItem(told, "k" * 24)).id
    with world.uow("mulu") as uow:
        assert draft_item(uow, DraftItem(told, "k" * 24)).id == first


def test_draft_item_of_an_unknown_class_is_refused(embedded_world: World) -> None:
    world = embedded_world
    told = replace(content(world, given_item(world)), code="9901", class_code="99")
    with pytest.raises(Invalid, match="没有这个目录类别"), world.uow("mulu") as uow:
        draft_item(uow, DraftItem(told))


def test_retire_item_without_reason_is_refused(embedded_world: World) -> None:
    world = embedded_world
    item = given_item(world)
    with pytest.raises(Invalid) as refused, world.uow("mulu") as uow:
        retire_item(uow, RetireItem(item.id, item.version, "  "))
    assert refused.value.field == "reason"


def test_drafts_are_hidden_from_everybody_else(world: World) -> None:
    item = drafted_revision(world)
    for username in ("jingban", "jigou1", "shenji"):
        with pytest.raises(NotFound):
            queries.get_item(world.session, world.actor(username), item.id)


def test_database_refuses_half_a_frequency(world: World) -> None:
    item = drafted_revision(world)
    with pytest.raises(DatabaseError, match="frequency_whole"):
        world.session.execute(
            text("UPDATE catalogue_indicator SET period='month', at_least=NULL WHERE item_id=:i"),
            {"i": item.id},
        )
    world.session.rollback()


# --- pages -------------------------------------------------------------------------------------


def test_everybody_reads_the_catalogue(embedded_world: World) -> None:
    world = embedded_world
    given_catalogue(world)
    page = world.client().get("/catalogue")
    assert "社区居家养老服务站运营服务" in page.text
    assert "新增目录条目" not in page.text
    item = world.client().get("/catalogue/0201")
    for words in ("服务对象", "时限要求", "每个站点每周不少于 4 天", "困难老年人探访"):
        assert words in item.text


def test_list_is_filtered_searched_and_exported(embedded_world: World) -> None:
    world = embedded_world
    given_catalogue(world)
    client = world.client()
    page = client.get("/catalogue?class=06")
    assert "社区矫正社会工作岗位服务" in page.text
    assert "居家养老" not in page.text
    assert "平安通" in client.get("/catalogue?q=平安通").text
    sheet = client.raw("GET", "/catalogue?format=xlsx")
    assert sheet.data.startswith(b"PK")


def test_keeper_edits_and_publishes_on_the_pages(world: World) -> None:
    given_catalogue(world)
    keeper = world.client("mulu")
    shown = keeper.get("/catalogue/0401")
    answer = keeper.client.post("/catalogue/0401/1/revise", data=shown.hidden(-2))
    assert answer.status_code == 302
    edit = keeper.get("/catalogue/0401/2/edit")
    assert "残疾人日间照料托养服务" in [
        field.get("value") for field in edit.root.iter() if field.get("value")
    ]
    publish = keeper.get("/catalogue/0401/2/publish")
    assert "同时停用" in publish.text
    keeper.post("/catalogue/0401/2/publish", {"confirmed": "yes"})
    assert "第 2 版" in world.client().get("/catalogue/0401").text


def test_new_item_page_keeps_what_was_typed(embedded_world: World) -> None:
    world = embedded_world
    given_catalogue(world)
    page = world.client("mulu").post(
        "/catalogue/new",
        {"class_code": "02", "code": "0299", "name": "助餐服务", "mode": "unit_price"},
        status=400,
    )
    assert "请填写“服务对象”" in page.text
    assert "助餐服务" in [field.get("value") for field in page.root.iter()]


def test_frequency_typed_by_half_is_told(embedded_world: World) -> None:
    world = embedded_world
    given_catalogue(world)
    page = world.client("mulu").post(
        "/catalogue/new",
        {
            "class_code": "02",
            "code": "0299",
            "name": "助餐服务",
            "unit": "餐",
            "mode": "unit_price",
            "recipients": "老年人",
            "procedure": "送餐",
            "quality": "热餐",
            "time_limit": "一小时内",
            "responsibility": "承接主体",
            "indicators-0-dimension": "output",
            "indicators-0-name": "送餐",
            "indicators-0-points": "100",
            "indicators-0-standard": "按完成率给分",
            "indicators-0-evidence": "记录",
            "indicators-0-period": "month",
        },
        status=400,
    )
    assert "要一起填写" in page.text


def test_page_of_another_buyer_has_no_buttons(embedded_world: World) -> None:
    world = embedded_world
    given_catalogue(world)
    assert "编制条目新版" not in world.client("jingban").get("/catalogue/0201").text
    assert world.client("jingban").raw("GET", "/catalogue/0201/1/retire").status_code == 403


def test_unknown_item_is_not_found(embedded_world: World) -> None:
    assert embedded_world.client().raw("GET", "/catalogue/9999").status_code == 404
