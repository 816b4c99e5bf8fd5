"""The total that a page adds up while its parts are typed, run as the browser would run it."""

import json
from pathlib import Path
from typing import Any

import pytest
import quickjs
from hypothesis import given
from hypothesis import strategies as st
from wtforms import Form, StringField

from procure.kernel.errors import Invalid
from procure.kernel.money import Money
from procure.kernel.text import clean
from procure.web.fields.numbers import MoneyField
from procure.web.totals import Remainder, RunningTotal

SCRIPTS = Path(__file__).parents[3] / "static" / "js"
POINTS = {"full": "10000", "unit": "分"}
PERCENT = {"full": "10000", "unit": "%", "fen": "18000000", "of": "最高限价"}


@pytest.fixture(scope="module")
def script() -> Any:
    """The page's own script, on a page with nothing on it."""
    context = quickjs.Context()
    context.eval("var document = {querySelectorAll: () => [], addEventListener: () => {}}")
    context.module(
        (SCRIPTS / "amounts.js").read_text("utf-8")
        + "\nglobalThis.totalWords = totalWords; globalThis.leftWords = leftWords; globalThis.readAmount = readAmount;"
    )
    return context


def told(script: Any, texts: list[str], of: dict[str, str]) -> tuple[str, bool]:
    texts_and_of = f"{json.dumps(texts)}, {json.dumps(of)}"
    answer = json.loads(script.eval(f"JSON.stringify(totalWords({texts_and_of}))"))
    return answer["words"], answer["right"]


@pytest.mark.parametrize(
    ("texts", "words", "right"),
    [
        (["30", "40", "30"], "合计 100 分，符合要求", True),
        (["0.1", "0.2"], "合计 0.3 分，还差 99.7 分", False),
        (["33.33", "33.33", "33.34"], "合计 100 分，符合要求", True),
        (["60.05", "", "40"], "合计 100.05 分，超出 0.05 分", False),
        (["３０", " 40 分", "30.00"], "合计 100 分，符合要求", True),
        (["100", "三十"], "合计 100 分；有 1 处不是可以识别的数字，没有计入", False),
        (["100", "-5", "1.234"], "合计 100 分；有 2 处不是可以识别的数字，没有计入", False),
        ([""], "合计 0 分，还差 100 分", False),
    ],
)
def test_add_marks_while_typed_says_what_is_missing(
    script: Any, texts: list[str], words: str, right: bool
) -> None:
    assert told(script, texts, POINTS) == (words, right)
    drawn = RunningTotal((), "分").sum_up(texts)
    assert (drawn.words, drawn.is_right) == (words, right)


@pytest.mark.parametrize(
    "texts",
    [["30%", "40", "20"], ["33.33", "66.67"], ["60", "60"], ["0.01", "x"], ["1,0", "２０％"]],
)
def test_add_on_the_server_says_what_the_script_says(script: Any, texts: list[str]) -> None:
    for fen in (18_000_000, 18_000_001):
        drawn = RunningTotal((), "%", Money(fen), "最高限价").sum_up(texts)
        assert (drawn.words, drawn.is_right) == told(script, texts, PERCENT | {"fen": str(fen)})


def test_add_instalments_while_typed_says_the_amount_too(script: Any) -> None:
    assert told(script, ["30%", "40", "20"], PERCENT) == (
        "合计 90%，还差 10%；按最高限价 ¥180,000.00 计，合计 ¥162,000.00，还差 ¥18,000.00",
        False,
    )
    assert told(script, ["33.33", "66.67"], PERCENT | {"fen": "18000001"}) == (
        "合计 100%，符合要求；按最高限价 ¥180,000.01 计，合计 ¥180,000.01",
        True,
    )
    words, right = told(script, ["60", "60"], PERCENT)
    assert words.endswith("合计 ¥216,000.00，超出 ¥36,000.00") and not right


def read_back(script: Any, text: str) -> str | None:
    """What stands under the field while this is typed, as fen; None where nothing does."""
    answer: str | None = json.loads(
        script.eval(f"JSON.stringify(readAmount({json.dumps(text)})?.toString() ?? null)")
    )
    return answer


AMOUNTS = st.one_of(
    st.sampled_from(
        (
            "1,85,0000",
            "3,5万",
            "1,8",
            "RMB 100",
            "1 850 000",
            "1,850 000",
            "０1，850,000",
            "¥ 3万元整",
        )
    ),
    st.text("0123456789,. 万亿元整¥", min_size=1, max_size=12),
    st.from_regex(
        r"(RMB|人民币)? ?¥?[0-9]{1,3}(,[0-9]{3}){0,3}(\.[0-9]{1,2})?(万|亿)?元?整?", fullmatch=True
    ),
)


@given(AMOUNTS)
def test_amount_read_back_while_typed_is_the_one_the_server_takes(script: Any, text: str) -> None:
    said = read_back(script, text)
    try:
        taken = str(Money.parse(clean(text)).fen)
    except Invalid:
        assert said is None, text
    else:
        assert said == taken, text


@pytest.mark.parametrize(
    ("texts", "words", "right"),
    [
        (["4", "", "3.5"], "合计 7.5 分，满分 14.5 分", True),
        (["14.5"], "合计 14.5 分，满分 14.5 分", True),
        (["14", "1"], "合计 15 分，超出 0.5 分", False),
        (["14.5", "多"], "合计 14.5 分；有 1 处不是可以识别的数字，没有计入", False),
    ],
)
def test_add_marks_that_have_a_most_says_how_many_can_be_reached(
    script: Any, texts: list[str], words: str, right: bool
) -> None:
    assert told(script, texts, {"full": "1450", "unit": "分", "most": "yes"}) == (words, right)
    drawn = RunningTotal((), "分", full=1450, is_most=True).sum_up(texts)
    assert (drawn.words, drawn.is_right) == (words, right)


class Planned(Form):
    """A choice and what is taken of it."""

    line = StringField()
    amount = MoneyField("采购预算")


@pytest.mark.parametrize(
    ("chosen", "typed", "words", "right"),
    [
        ("", "1", "选定预算以后，这里写明还剩多少。", True),
        ("a", "", "可用 ¥487,200.00", True),
        ("a", "18万", "可用 ¥487,200.00，计划 ¥180,000.00，还剩 ¥307,200.00", True),
        ("a", "487200.01", "可用 ¥487,200.00，计划 ¥487,200.01，超出 ¥0.01", False),
    ],
)
def test_budget_left_is_said_alike_by_server_and_script(
    script: Any, chosen: str, typed: str, words: str, right: bool
) -> None:
    wholes = {"a": Money(48_720_000)}
    whole = wholes[chosen].fen if chosen else "undefined"
    answer = json.loads(script.eval(f"JSON.stringify(leftWords({whole}, {json.dumps(typed)}))"))
    assert (answer["words"], answer["right"]) == (words, right)
    form = Planned(data={"line": chosen, "amount": Money.parse(typed) if typed else None})
    drawn = Remainder("line", "amount", wholes).sum_of(form)
    assert (drawn.words, drawn.is_right) == (words, right)
