"""Charts: safe to put inline, readable, exact in what they write."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from procure.render import charts
from procure.render.charts import ChartsUnavailable, Flow, Indicator, Look, Node, Series

SVG = "{http://www.w3.org/2000/svg}"
STATIONS = ["井岸站", "白蕉站"]
SPENT = [Series("预算", [120, 200]), Series("支出", [Decimal("100.50"), None])]


def every_chart(name: str = "支出") -> dict[str, str]:
    """One chart of each kind, with `name` wherever a text of the caller goes."""
    series = [Series(name, [120, 200]), Series("支出", [Decimal("100.50"), None])]
    return {
        "bars": charts.bars(name, [name, "白蕉站"], series, unit="万元"),
        "stacked_bars": charts.stacked_bars(name, [name, "白蕉站"], series, unit="万元", full=400),
        "line": charts.line(name, [name, "白蕉站"], series, unit="万元"),
        "radar": charts.radar(
            name,
            [Indicator(name, 100), Indicator("效率", 100), Indicator("合规", 100)],
            [Series(name, [90, Decimal("80.5"), 70])],
            unit="%",
        ),
        "sankey": charts.sankey(
            name, [Node("a", name), Node("b", "合同")], [Flow("a", "b", 18_000_000)]
        ),
    }


@pytest.mark.parametrize("kind", ["bars", "stacked_bars", "line", "radar", "sankey"])
def test_draw_has_no_script_style_or_outside_address(kind: str) -> None:
    picture = ElementTree.fromstring(every_chart()[kind])
    for element in picture.iter():
        assert element.tag.removeprefix(SVG) in charts.ELEMENTS | {"title", "desc"}
        for name, value in element.attrib.items():
            assert name != "style" and not name.startswith("on") and "href" not in name
            assert "url(" not in value or "url(#chart-" in value


@pytest.mark.parametrize("kind", ["bars", "stacked_bars", "line", "radar", "sankey"])
def test_draw_says_itself_to_those_who_hear_it(kind: str) -> None:
    picture = ElementTree.fromstring(every_chart()[kind])
    title, description = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
    assert title is not None and description is not None
    assert picture.get("role") == "img"
    assert picture.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert title.text == "支出"
    assert description.text


@pytest.mark.parametrize("kind", ["bars", "stacked_bars", "line", "radar", "sankey"])
def test_draw_hostile_text_stays_text(kind: str) -> None:
    attack = '"><script>alert(1)</script><b style="x">{c}'
    drawn = every_chart(attack)[kind]
    assert "<script" not in drawn
    texts = "".join(text.text or "" for text in ElementTree.fromstring(drawn).iter(f"{SVG}text"))
    assert "{" not in texts


def test_draw_identifiers_differ_between_charts_and_not_between_runs() -> None:
    one = charts.bars("甲", STATIONS, SPENT, unit="元")
    other = charts.bars("乙", STATIONS, SPENT, unit="元")
    assert one == charts.bars("甲", STATIONS, SPENT, unit="元")

    def identifiers(svg: str) -> set[str]:
        return {
            each.attrib["id"] for each in ElementTree.fromstring(svg).iter() if "id" in each.attrib
        }

    assert not identifiers(one) & identifiers(other)


def test_picture_asked_for_again_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may ask for a public page's chart, and there is one press for all."""
    drawn: list[str] = []
    draw = charts._press.draw

    def noted(option: str, width: int, height: int) -> str:
        drawn.append(option)
        return draw(option, width, height)

    monkeypatch.setattr(charts._press, "draw", noted)
    first = charts.bars("再画一次", STATIONS, SPENT, unit="元")

    assert charts.bars("再画一次", STATIONS, SPENT, unit="元") == first
    assert len(drawn) == 1
    other = [Series("预算", [120, 201]), SPENT[1]]
    assert charts.bars("再画一次", STATIONS, other, unit="元") != first
    assert charts.bars("再画一次", STATIONS, SPENT, unit="元", look=Look(width=320)) != first
    assert len(drawn) == 3
    assert charts._drawn.cache_info().maxsize == charts.MOST_KEPT


def test_bars_write_values_exactly_with_unit_in_words() -> None:
    drawn = charts.bars("支出", STATIONS, [Series("支出", [Decimal("0.10"), 1_854_000])], unit="元")
    assert ">0.10<" in drawn
    assert ">1,854,000<" in drawn
    assert "支出：井岸站 0.10元，白蕉站 1,854,000元" in drawn


def test_bars_under_a_limit_draw_and_say_its_line() -> None:
    limit = charts.Limit("最高限价", Decimal("180000.00"))
    prices = [Decimal("172000.00"), Decimal("176500.50")]
    drawn = charts.bars("报价", STATIONS, [Series("报价", prices)], unit="元", limit=limit)
    assert "；最高限价 180,000.00元" in drawn
    assert ">最高限价<" in drawn and ">180,000.00<" in drawn and ">176,500.50<" in drawn
    dashed = [
        element
        for element in ElementTree.fromstring(drawn).iter()
        if element.get("stroke") == charts.SEAL and element.get("stroke-dasharray")
    ]
    assert len(dashed) == 1
    assert ">190,000<" not in drawn


@pytest.mark.parametrize(("value", "top"), [(18_000_000, 19_000_000), (7, "7.4"), ("0.95", 1)])
def test_axis_under_a_limit_ends_on_a_round_number_above_it(value: object, top: object) -> None:
    assert charts._round_above(Decimal(str(value))) == Decimal(str(top))


def test_bars_missing_value_is_said_not_drawn_as_zero() -> None:
    drawn = charts.bars("支出", STATIONS, [Series("支出", [5, None])], unit="元")
    assert "白蕉站 无" in drawn


def texts_of(drawn: str) -> list[str]:
    """What is written in a picture."""
    return [text.text or "" for text in ElementTree.fromstring(drawn).iter(f"{SVG}text")]


@pytest.mark.parametrize("marks", [(57, 60, 48), (95, 99, 97), (0, 0, 0)])
@pytest.mark.parametrize("look", [charts.SCREEN, charts.NARROW])
def test_axis_of_points_runs_from_nothing_to_full_whatever_the_marks(
    marks: tuple[int, ...], look: Look
) -> None:
    """A mean of 57 is no full bar."""
    names = ["态度", "质量", "及时"]
    drawn = charts.bars("意见", names, [Series("得分", marks)], unit="分", full=100, look=look)
    axis = [words for words in texts_of(drawn) if words in ("0", "100", "120", "60")]
    assert {"0", "100"} <= set(axis) and "120" not in axis


def test_axis_of_money_begins_at_nothing() -> None:
    prices = [Series("报价", [Decimal("171000.00"), Decimal("172000.00")])]
    assert "0" in texts_of(charts.bars("报价", STATIONS, prices, unit="元"))


def test_narrow_picture_keeps_its_letters_legible_and_all_its_names() -> None:
    names = [f"第{month}月" for month in range(1, 13)]
    hours = [Series("已核实", list(range(0, 1200, 100)))]
    drawn = charts.bars("每月", names, hours, unit="小时", look=charts.NARROW)
    picture = ElementTree.fromstring(drawn)
    assert float(picture.attrib["width"]) <= 358
    assert set(names) <= set(texts_of(drawn))
    sizes = [float(text.attrib["font-size"][:-2]) for text in picture.iter(f"{SVG}text")]
    assert min(sizes) >= 11


def test_figure_stands_only_in_a_part_that_has_room_for_it() -> None:
    parts = [Series("其他得分", [Decimal("70.25")]), Series("价格分", [Decimal("3.50")])]
    drawn = charts.stacked_bars("得分", ["甲"], parts, unit="分", full=100)
    assert "70.25" in texts_of(drawn) and "3.50" not in texts_of(drawn)


def test_radar_labels_carry_value_and_unit() -> None:
    drawn = every_chart()["radar"]
    assert "80.5%" in drawn


def test_sankey_writes_money_and_leaves_out_nothing_flows() -> None:
    nodes = [Node("a", "预算"), Node("b", "合同"), Node("c", "结余")]
    drawn = charts.sankey("资金", nodes, [Flow("a", "b", 18_000_000), Flow("a", "c", 0)])
    assert "¥180,000.00" in drawn
    assert "结余" not in drawn


def test_sankey_circle_raises() -> None:
    nodes = [Node("a", "甲"), Node("b", "乙")]
    with pytest.raises(ValueError, match="circle"):
        charts.sankey("资金", nodes, [Flow("a", "b", 1), Flow("b", "a", 1)])


def test_draw_from_many_threads_gives_each_its_own() -> None:
    def one(number: int) -> bool:
        drawn = charts.bars(f"第{number}张", ["甲"], [Series("数", [number])], unit="个")
        return f"第{number}张" in drawn and f"数：甲 {number}个" in drawn

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(24)))


def test_draw_look_sets_size_and_typeface() -> None:
    look = Look(font_family="Procure Song", width=500, height=250)
    drawn = charts.bars("支出", STATIONS, SPENT, unit="元", look=look)
    picture = ElementTree.fromstring(drawn)
    assert picture.get("viewBox") == "0 0 500 250"
    assert {text.get("font-family") for text in picture.iter(f"{SVG}text")} == {"Procure Song"}


def test_draw_without_echarts_says_what_to_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(charts, "ECHARTS_FILE", tmp_path / "echarts.min.js")
    monkeypatch.setattr(charts, "_press", charts._Press())
    with pytest.raises(ChartsUnavailable, match="script/server"):
        charts.bars("支出", STATIONS, SPENT, unit="元")
