"""What lists look for when somebody types words above them, as each database works it out."""

import pytest
from sqlalchemy import ColumnElement, literal, select

from procure.kernel.text import key
from procure.store.search import Key, same_name, says
from tests.world import World

TITLE, NUMBER = "斗门区居家养老服务站（两站）·社区", "DMMZ-2026-001"
FOUND = (
    "养老", "dmmz-2026", "DMMZ-2026-001", "ＤＭＭＺ－２０２６", "(两站)", "【两站】", "\u2f43门", "斗\u2ed4", "斗门 养老",
    "养老\u3000斗门", "居家养老\u200b", "站 001", "•社区", "・社区", "dmmz—2026—001", "\u202d001\u202c", "\u200b", "服务 站",
)  # fmt: skip
NOT_FOUND = ("助残", "%", "_", "\\", "/", "养老 助残", "斗门区养老", "002")
# Planes 0 to 2 and the area of tags: what NFKC, letter case or our own tables could touch.
CODES = [*range(0x0001, 0xD800), *range(0xE000, 0x20000), *range(0x2F800, 0x2FA20), *range(0xE0000, 0xE0200)]  # fmt: skip


def holds(world: World, condition: ColumnElement[bool]) -> bool:
    return world.session.scalar(select(literal(1)).where(condition)) == 1


def test_search_finds_words_however_they_are_written(world: World) -> None:
    title, number = literal(TITLE), literal(NUMBER)

    assert [typed for typed in FOUND if not holds(world, says(typed, title, number))] == []
    assert [typed for typed in NOT_FOUND if holds(world, says(typed, title, number))] == []
    assert not holds(world, says("养老", literal(None), number))


def test_same_name_is_the_same_however_it_is_written(world: World) -> None:
    assert holds(world, same_name(literal("善邻 会计（普通合伙）"), "善邻会计(普通合伙)\u200b"))
    assert not holds(world, same_name(literal("善邻会计"), "善邻会计二"))


def test_both_databases_and_the_kernel_agree_on_every_character(world: World) -> None:
    differing = []
    for start in range(0, len(CODES), 4096):
        text = "|".join(map(chr, CODES[start : start + 4096]))
        said = world.session.scalar(select(Key(literal(text))))
        if said != key(text):
            differing += [
                (ours, theirs)
                for ours, theirs in zip(key(text).split("|"), said.split("|"), strict=False)
                if ours != theirs
            ]
    assert differing == []


@pytest.mark.parametrize("path", ["/projects", "/admin/people", "/admin/organisations", "/catalogue"])  # fmt: skip
def test_lists_take_whatever_is_typed(embedded_world: World, path: str) -> None:
    reader = embedded_world.client("xitong" if path.startswith("/admin") else "jingban")
    reader.get(f"{path}?q=%E2%80%8B")
    reader.get(f"{path}?q=%28%E4%B8%A4%E7%AB%99%29+%25+%27%22")
