"""The public pages: what a visitor without an account reads, and what is kept ready for them."""

from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

import pytest
from sqlalchemy import event

from procure.desks.portal.atom import NAMESPACE
from procure.desks.portal.cache import PageCache
from procure.desks.portal.cached_response import CACHE
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.projects.models import Project
from procure.store.base import db
from procure.store.unit_of_work import UnitOfWork
from tests.factories.notices import given_notice, given_project
from tests.paper_readers import mupdf_text
from tests.world import World


@pytest.fixture
def world(embedded_world: World) -> World:
    """What the pages show is the same on either database; the search itself is tested on both."""
    return embedded_world


def statements_of(world: World, path: str) -> list[str]:
    seen: list[str] = []

    def note(connection, cursor, statement, *rest):
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert world.app.test_client().get(path).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return seen


def test_home_page_without_notices_says_what_the_site_is_for(world: World) -> None:
    page = world.client().get("/")

    assert page.heading == "政府购买服务，从计划到支付"
    assert "现在没有正在采购的项目" in page.text
    assert "还没有公告" in page.text


def test_home_page_leads_to_the_newest_notices(world: World) -> None:
    notice = given_notice(world)

    page = world.client().get("/")

    assert notice.title in page.text
    assert f"/notices/{notice.number}" in page.links()


def test_notice_page_shows_the_text_and_the_arithmetic_of_its_period(world: World) -> None:
    notice = given_notice(world, rows=[("预算金额", "18 万元"), ("说明", "=1+1<script>")])

    page = world.client().get(f"/notices/{notice.number.lower()}")

    assert page.heading == notice.title
    assert "=1+1<script>" in page.text
    assert "3月5日" in page.text
    assert "怎样算出" in page.text
    assert notice.sha256 in page.text
    assert f"/projects/{notice.project.number}" in page.links()
    (paper,) = [link for link in page.links() if link.startswith("/documents/")]
    printed = mupdf_text(world.client().raw("GET", paper).get_data())
    for words in (notice.title, notice.number, "预算金额", "18万元", "=1+1<script>"):
        assert words.replace(" ", "") in printed.replace(" ", "")


def test_result_of_a_consultation_stands_under_the_rule_of_its_own_notice(
    embedded_world: World,
) -> None:
    """财政部令第87号 art 69 is on tenders; both periods end on one day, so the day cannot tell."""
    world = embedded_world
    talks = given_notice(world, kind=NoticeKind.RESULT, rule="T23/consultation")
    tender = given_notice(world, kind=NoticeKind.RESULT, rule="T23")
    assert talks.period_until == tender.period_until

    assert "第87号" not in world.client().get(f"/notices/{talks.number}").text
    assert "招标投标管理办法" not in world.client().get(f"/notices/{talks.number}").text
    assert "招标投标管理办法" in world.client().get(f"/notices/{tender.number}").text


def test_notice_page_of_an_unknown_number_is_not_found(world: World) -> None:
    world.client().get("/notices/DMMZ-2026-404-CG01", status=404)


def test_notice_list_is_searched_filtered_and_exported(world: World) -> None:
    given_notice(world, "白藤街道居家养老采购公告")
    given_notice(world, "井岸镇儿童服务成交结果公告", kind=NoticeKind.RESULT, rule="T23")

    assert "白藤街道居家养老采购公告" in world.client().get("/notices?q=养老").text
    found = world.client().get("/notices?q=服务&kind=result")
    assert "共 1 份公告" in found.text
    assert "没有符合条件的公告" in world.client().get("/notices?q=没有这个词").text
    file = world.client().raw("GET", "/notices?q=采购公告&format=csv")
    assert "白藤街道居家养老采购公告" in file.get_data(as_text=True)
    assert "井岸镇" not in file.get_data(as_text=True)
    assert world.client().raw("GET", "/notices?format=xlsx").data.startswith(b"PK")


def test_notice_list_refuses_nonsense_in_the_address(world: World) -> None:
    for query in ("kind=nothing", "page=0", "page=x", "sort=secret", "q=" + "长" * 101):
        page = world.client().get(f"/notices?{query}", status=400)
        assert "填写的内容不符合要求" in page.heading


def test_signed_in_reader_gets_his_own_page_and_nothing_is_kept(world: World) -> None:
    given_notice(world)

    own = world.client("jingban").raw("GET", "/notices")

    assert "陈晓岚" in own.get_data(as_text=True)
    assert own.headers["Cache-Control"] == "no-store"
    assert "陈晓岚" not in world.client().get("/notices").text


def test_ready_page_is_answered_without_asking_the_database(world: World) -> None:
    given_notice(world)

    first = statements_of(world, "/notices")
    second = statements_of(world, "/notices")

    assert len(first) <= 3
    assert second == []


def test_publication_shows_at_once_and_changes_the_etag(world: World) -> None:
    given_notice(world, "第一份公告")
    client = world.app.test_client()
    before = client.get("/notices")
    tag = before.headers["ETag"]
    assert client.get("/notices", headers={"If-None-Match": tag}).status_code == 304

    given_notice(world, "第二份公告")

    after = client.get("/notices", headers={"If-None-Match": tag})
    assert after.status_code == 200
    assert "第二份公告" in after.get_data(as_text=True)
    assert after.headers["Vary"] == "Cookie"


def test_number_of_statements_does_not_grow_with_notices(world: World) -> None:
    project = given_project(world)
    given_notice(world, project=project)
    few = statements_of(world, "/notices?q=养老")
    for at in range(4):
        given_notice(world, f"居家养老公告{at}", project=project)

    many = statements_of(world, "/notices?q=养老")

    assert len(many) == len(few)


def test_feed_holds_the_notices_as_wellformed_atom(world: World) -> None:
    given_notice(world, "甲 & 乙\u3000<公告>\xa0三\x0b")

    response = world.client().raw("GET", "/feeds/notices.atom")

    assert response.mimetype == "application/atom+xml"
    root = ElementTree.fromstring(response.data)
    entry = root.find(f"{{{NAMESPACE}}}entry")
    assert entry is not None
    assert entry.findtext(f"{{{NAMESPACE}}}title") == "甲 & 乙 <公告> 三"


def test_notice_keeps_the_buyers_name_and_is_found_by_it(world: World) -> None:
    notice = given_notice(world)
    before, number = notice.buyer_name, notice.number
    project = world.session.get_one(Project, notice.project_id)
    with UnitOfWork(world.session, world.actor("system"), world.clock, technical=True) as uow:
        uow.session.get_one(Organisation, project.buyer_id).name = "改名以后的民政局"
    client = world.client()

    shown = [client.get(f"/notices?q={before}").text, client.get(f"/notices/{number}").text]
    told = client.raw("GET", f"/api/notices/{number}").json

    assert all(before in page and "改名以后" not in page for page in shown)
    assert told["buyer"] == before
    assert "没有符合条件的公告" in client.get("/notices?q=改名以后的民政局").text


def test_feed_keeps_its_ids_when_the_address_changes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_notice(world, "甲")

    def ids() -> list[str | None]:
        world.app.extensions[CACHE] = PageCache()
        root = ElementTree.fromstring(world.client().raw("GET", "/feeds/notices.atom").data)
        return [found.text for found in root.iter(f"{{{NAMESPACE}}}id")]

    before = ids()
    config = world.app.extensions["procure.config"]
    moved = replace(config, public_url="https://elsewhere.example")
    monkeypatch.setitem(world.app.extensions, "procure.config", moved)

    assert ids() == before
    assert len(set(before)) == 2
    assert all(str(one).startswith("urn:uuid:") for one in before)


def test_notice_period_over_is_said_in_the_past(world: World) -> None:
    notice = given_notice(world)
    world.at(date(2026, 3, 9))

    assert "已于 3月5日 届满" in world.client().get(f"/notices/{notice.number}").text
