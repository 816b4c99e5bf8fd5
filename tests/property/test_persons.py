"""Invented people: one is known with every title beside the name, two are never taken for one."""

from hypothesis import assume, example, given
from hypothesis import strategies as st

from procure.kernel.persons import TITLES, may_be

SURNAMES = st.sampled_from("王李张刘陈杨黄赵吴周")
GIVEN = st.text("芳强敏静丽娟涛明超秀霞平刚桂英华玉兰", min_size=1, max_size=2)
NAMES = st.tuples(SURNAMES, GIVEN).map("".join)
GRADES = st.sampled_from(["", "高级", "副", "原", "主任", "注册", "助理"])
BETWEEN = st.sampled_from(["", " ", "　", "·", "，"])


@given(NAMES, GRADES, st.sampled_from(TITLES), BETWEEN, st.booleans())
@example("王芳", "", "工程师", "", False)
@example("王芳", "", "律师", "", False)
@example("李强", "", "博士", "", False)
@example("王芳", "副", "局长", " ", True)
def test_a_person_is_known_with_every_title(
    name: str, grade: str, title: str, between: str, before: bool
) -> None:
    titled = f"{grade}{title}"
    typed = f"{titled}{between}{name}" if before else f"{name}{between}{titled}"

    assert may_be(typed, name)
    assert may_be(name, typed), "who is on record with a title is known without it"
    assert may_be(f"{name}（{titled}）", name)


@given(NAMES, NAMES, GRADES, st.sampled_from(TITLES))
def test_another_person_with_a_title_is_not_taken_for_them(
    one: str, other: str, grade: str, title: str
) -> None:
    assume(one not in other)
    assume(other not in one)

    assert not may_be(f"{one}{grade}{title}", other)
    assert not may_be(one, other)


@given(NAMES, st.sampled_from([*TITLES, "工", "总"]))
def test_a_surname_with_a_title_may_be_anybody_of_that_surname(name: str, title: str) -> None:
    assert may_be(f"{name[0]}{title}", name)
    assert not may_be(f"{'钱' if name[0] != '钱' else '孙'}{title}", name)


def test_nobody_is_meant_by_nothing() -> None:
    assert not may_be("王芳", "")
    assert not may_be("", "王芳")
    assert not may_be("工程师", "王芳")
