"""Searching the public notices finds what a scan for the same letters finds, on both databases."""

import random
from datetime import timedelta
from importlib import import_module

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import select

from procure.desks.portal.models import SearchEntry
from procure.desks.portal.queries import PublicNotices, stamp
from procure.kernel.paging import PageRequest
from procure.kernel.text import fold, words_of
from procure.kernel.vocabulary import NoticeKind
from procure.registers.notices.models import Notice
from tests.factories.notices import given_notice, given_project
from tests.world import World

WORDS = [
    "社区",
    "居家",
    "养老",
    "服务",
    "政府",
    "购买",
    "项目",
    "残疾人",
    "儿童",
    "心理",
    "社工",
    "喆堃",
    "䶮",
    "斗门",
    "白藤",
    "井岸",
    "A座",
    "B-12",
    "3.5",
    "100%",
    "养",
    "老",
    "（一期）",
    "二〇二六",
    "Care",
    "ＣＡＲＥ",
    "'x'",
    '"q"',
    "\\",
    "_",
    "%",
    "*",
    "50_60",
    "😀站",
    "𠮷祥",
]


def given_many(world: World, number: int = 60) -> None:
    chance = random.Random(7)
    project = given_project(world)
    for at in range(number):
        title = "".join(chance.choices(WORDS, k=6)) + ("" if at % 3 else " 第二 批")
        kind = list(NoticeKind)[at % len(NoticeKind)]
        value = "".join(chance.choices(WORDS, k=3))
        given_notice(world, title, kind=kind, project=project, rows=[("名称", value)], rule=None)


def scanned(world: World, search: str, kind: str = "") -> list[str]:
    rows = world.session.execute(
        select(Notice.number, Notice.kind, SearchEntry.text)
        .join(SearchEntry, SearchEntry.notice_id == Notice.id)
        .order_by(SearchEntry.position.desc())
    )
    return [
        number
        for number, of_kind, text in rows
        if (not kind or of_kind == kind) and all(word in text for word in words_of(search))
    ]


def test_search_finds_what_a_scan_finds_for_every_kind_of_word(world: World) -> None:
    given_many(world)
    searches = [
        *WORDS,
        "养老 服务",
        "老服",
        "居家养老",
        "第二 批",
        "二批",
        "不存在的词",
        "䶮",
        "批",
        "dmmz-2026",
        "2026-",
        "，",
        "第二批",
        "' OR 1=1",
        'a" AND "b',
        "kind",
        "tender",
        "#tender",
    ]
    for search in searches:
        found = list(PublicNotices().every(world.session, PageRequest(search=search)))
        assert [line.number for line in found] == scanned(world, search), search
    assert scanned(world, "养老"), "the corpus must hold what is searched for"


@pytest.mark.parametrize("kind", ["tender", "contract"])
def test_search_within_a_kind_finds_only_that_kind(world: World, kind: str) -> None:
    given_many(world, 20)

    for search in ("养老", "老", ""):
        request = PageRequest(search=search, filters={"kind": kind})
        page = PublicNotices().page(world.session, request)
        assert [line.number for line in page.rows] == scanned(world, search, kind)[:20]
        assert page.total == len(scanned(world, search, kind))


def test_list_of_forty_notices_shows_one_page_and_knows_the_total(
    world: World,
) -> None:
    given_many(world, 41)

    page = PublicNotices().page(world.session, PageRequest(page=2))

    assert (page.total, len(page.rows), page.pages) == (41, 20, 3)
    assert [line.number for line in page.rows] == scanned(world, "")[20:40]


def test_notices_stand_in_the_order_of_their_instants(world: World) -> None:
    """The demonstration publishes one case after another, each in a time of its own."""
    project, now = given_project(world), world.now
    later = given_notice(world, "后发布", project=project, rule=None)
    together = given_notice(world, "同时发布", project=project, rule=None)
    before = stamp(world.session)
    world.clock.instant = now - timedelta(days=3)
    earlier = given_notice(world, "先发布", project=project, rule=None)

    assert stamp(world.session) != before, "kept pages must learn of it"
    page = PublicNotices().page(world.session, PageRequest())

    assert [line.number for line in page.rows] == [together.number, later.number, earlier.number]


def test_notices_indexed_by_the_rule_before_are_found_by_the_present_one(world: World) -> None:
    notice = given_notice(world, "斗门区【居家】养老“两站”—阿依·古丽")
    entry = world.session.scalars(select(SearchEntry)).one()
    entry.text = entry.text.replace("(居家)", "【居家】").replace('"', "“").replace(".", "·")
    world.session.commit()
    connection = world.session.connection()
    with Operations.context(MigrationContext.configure(connection)):
        import_module("migrations.versions.0028_one_key").upgrade()
    world.session.commit()

    for search in ("(居家)", '"两站"', "阿依•古丽", "两站”-阿依", "居家 养老"):
        found = PublicNotices().page(world.session, PageRequest(search=search)).rows
        assert [line.number for line in found] == [notice.number], search


def test_folding_makes_widths_and_cases_equal() -> None:
    assert fold("ＣＡＲＥ　 Care\n\x07") == "care care"
    assert words_of(" 养老  养老 服务 ") == ("养老", "服务")
