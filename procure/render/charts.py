"""Charts as SVG, drawn by ECharts inside QuickJS: the same picture on a page and on paper.

The result is safe to put inline under a strict content policy: no script, no style attribute, no
address outside itself, identifiers of its own, and a title and description for those who do not see
it. Values are `Decimal` or whole numbers; what is written beside a mark is formatted here, exactly,
and JavaScript only ever computes where marks stand.
"""

import hashlib
import json
import re
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import quickjs

from procure.kernel.money import Money

ECHARTS_FILE = Path(__file__).parents[2] / "static" / "vendor" / "echarts.min.js"
SVG = "http://www.w3.org/2000/svg"
SCREEN_FONTS = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"
INK, GREY, LINE, SEAL = "#1f2329", "#5c6370", "#d5d8dc", "#a8201a"
# Dark enough for white figures upon them (WCAG AA).
PALETTE = ("#1d4f91", "#9c6519", "#467a4d", "#8a4f7d", "#1f7480", "#5c6370")

Number = Decimal | int


class ChartsUnavailable(RuntimeError):
    """ECharts has not been installed to static/vendor by the set-up."""


@dataclass(frozen=True)
class Look:
    """Size in pixels and typeface of a chart."""

    font_family: str = SCREEN_FONTS
    width: int = 640
    height: int = 360


SCREEN = Look()
NARROW = Look(width=344, height=0)
"""On a phone, where bars lie: as high as their number asks for."""


@dataclass(frozen=True)
class Series:
    """One row of values; None where there is none."""

    name: str
    values: Sequence[Number | None]


@dataclass(frozen=True)
class Limit:
    """A line across the bars, such as a ceiling: its name and its value."""

    name: str
    value: Number


@dataclass(frozen=True)
class Indicator:
    """One axis of a radar with its full value."""

    name: str
    full: Number


@dataclass(frozen=True)
class Node:
    """A place money passes: its key, and what is written beside it."""

    key: str
    label: str


@dataclass(frozen=True)
class Flow:
    """Money in fen from one node to another."""

    source: str
    target: str
    fen: int


def bars(
    title: str,
    categories: Sequence[str],
    series: Sequence[Series],
    *,
    unit: str,
    limit: Limit | None = None,
    full: Number | None = None,
    description: str | None = None,
    look: Look = SCREEN,
) -> str:
    """Bars side by side, one group a category; a limit is a line across all of them, `full` the end
    of the scale, such as 100 for points. On a narrow picture the bars lie.
    """
    lies = look == NARROW
    option = _cartesian(categories, series, unit, full, lies=lies, units=lies)
    for each in option["series"]:
        each |= {"type": "bar", "barMaxWidth": 24 if lies else 34}
    words = _described(description, categories, series, unit)
    if limit is not None:
        _draw_limit(option, series, limit, lies=lies)
        words = f"{words}；{limit.name} {_shown(limit.value)}{unit}"
    return _draw(title, words, option, _high_enough(look, len(categories) * len(series)))


def stacked_bars(
    title: str,
    categories: Sequence[str],
    series: Sequence[Series],
    *,
    unit: str,
    full: Number,
    description: str | None = None,
    look: Look = SCREEN,
) -> str:
    """Lying bars whose parts follow one another; a figure stands in its part where there is room."""
    look = _high_enough(replace(look, height=0), len(categories))
    option = _cartesian(categories, series, unit, full, lies=True)
    for each, told in zip(option["series"], series, strict=True):
        each |= {"type": "bar", "stack": "all", "barMaxWidth": 30}
        each["label"] |= {"position": "inside", "color": "#ffffff"}
        for point, value in zip(each["data"], told.values, strict=True):
            if value is not None and not _has_room(value, full, look):
                point["label"] = {"show": False}
    return _draw(title, _described(description, categories, series, unit), option, look)


def _high_enough(look: Look, many: int) -> Look:
    """The look, with a height for so many lying bars where it has none."""
    return look if look.height else replace(look, height=96 + 34 * max(many, 2))


def _has_room(value: Number, whole: Number, look: Look) -> bool:
    """Whether a figure fits into its part of a lying bar: seven pixels a sign, names at the left."""
    plot = Decimal(look.width - 140)
    return value * plot / whole >= 7 * len(_shown(value)) + 8


def line(
    title: str,
    categories: Sequence[str],
    series: Sequence[Series],
    *,
    unit: str,
    description: str | None = None,
    look: Look = SCREEN,
) -> str:
    """Lines over time; a missing value breaks the line."""
    option = _cartesian(categories, series, unit, None, lies=False)
    for index, each in enumerate(option["series"]):
        mark = ("circle", "rect", "triangle", "diamond")[index % 4]
        each |= {"type": "line", "symbol": mark, "symbolSize": 7, "connectNulls": False}
    return _draw(title, _described(description, categories, series, unit), option, look)


def radar(
    title: str,
    indicators: Sequence[Indicator],
    series: Sequence[Series],
    *,
    unit: str,
    description: str | None = None,
    look: Look = SCREEN,
) -> str:
    """A web with one axis an indicator; the label of an axis carries the first series' value."""
    first = series[0].values
    axes = [
        {
            "name": f"{_literal(each.name)}\n{_shown(value)}{unit}",
            "max": float(each.full),
        }
        for each, value in zip(indicators, first, strict=True)
    ]
    option = {
        "legend": _legend(series),
        "radar": {
            "indicator": axes,
            "radius": "64%",
            "center": ["50%", "52%"],
            "axisName": {"color": INK, "lineHeight": 17},
            "axisLine": {"lineStyle": {"color": LINE}},
            "splitLine": {"lineStyle": {"color": LINE}},
            "splitArea": {"show": False},
        },
        "series": [
            {
                "type": "radar",
                "symbolSize": 5,
                "areaStyle": {"opacity": 0.18},
                "data": [
                    {"name": _literal(each.name), "value": [_plain(value) for value in each.values]}
                    for each in series
                ],
            }
        ],
    }
    names = [each.name for each in indicators]
    return _draw(title, _described(description, names, series, unit), option, look)


def sankey(
    title: str,
    nodes: Sequence[Node],
    flows: Sequence[Flow],
    *,
    description: str | None = None,
    look: Look = SCREEN,
) -> str:
    """Money from left to right: budget line, contract, instalments, payments.

    Beside each node stands its label and what passes it. Flows of nothing are left out; flows in a
    circle raise ValueError.
    """
    flows = [flow for flow in flows if flow.fen > 0]
    labels = {node.key: node.label for node in nodes}
    _refuse_circles(flows)
    passing = {
        key: max(
            sum(flow.fen for flow in flows if flow.source == key),
            sum(flow.fen for flow in flows if flow.target == key),
        )
        for key in labels
    }
    option = {
        "series": [
            {
                "type": "sankey",
                "left": 12,
                "right": 190,
                "top": 16,
                "bottom": 16,
                "nodeWidth": 12,
                "nodeGap": 18,
                "draggable": False,
                "layoutIterations": 0,
                "nodeAlign": "left",
                "data": [
                    {
                        "name": key,
                        "label": {
                            "formatter": f"{_literal(label)}\n{Money(passing[key]).format()}",
                            "position": "right",
                        },
                        "itemStyle": {"color": PALETTE[0]},
                    }
                    for key, label in labels.items()
                    if passing[key]
                ],
                "links": [
                    {"source": flow.source, "target": flow.target, "value": flow.fen}
                    for flow in flows
                ],
                "label": {"color": INK, "fontSize": 12, "lineHeight": 16},
                "lineStyle": {"color": "source", "opacity": 0.25, "curveness": 0.5},
            }
        ]
    }
    words = description or "；".join(
        f"{labels[flow.source]}流向{labels[flow.target]}：{Money(flow.fen).format()}"
        for flow in flows
    )
    return _draw(title, words, option, look)


def _refuse_circles(flows: Sequence[Flow]) -> None:
    onward: dict[str, set[str]] = {}
    for flow in flows:
        onward.setdefault(flow.source, set()).add(flow.target)
    while onward:
        ends = {key for key, targets in onward.items() if not targets & onward.keys()}
        if not ends:
            raise ValueError(f"money flows in a circle through {sorted(onward)}")
        onward = {key: targets for key, targets in onward.items() if key not in ends}


def _cartesian(
    categories: Sequence[str],
    series: Sequence[Series],
    unit: str,
    full: Number | None,
    *,
    lies: bool,
    units: bool = False,
) -> dict[str, Any]:
    """Names along one axis, values along the other, which begins at nothing; the unit beside each
    figure or at the end of its axis.
    """
    crowded = len(categories) * len(series) > 16 and not lies
    names = {
        "type": "category",
        "data": [_literal(each) for each in categories],
        "axisLabel": {"color": INK, "interval": 0, "width": 90, "overflow": "break"},
        "axisLine": {"lineStyle": {"color": GREY}},
        "axisTick": {"show": False},
        "inverse": lies,
    }
    values = {
        "type": "value",
        "name": "" if units else unit,
        "nameTextStyle": {"color": GREY, "align": "right"},
        "axisLabel": {"color": GREY, "hideOverlap": True},
        "splitLine": {"lineStyle": {"color": LINE}},
        **_scale(series, unit, full),
    }
    beside = f" {unit}" if units else ""
    return {
        "legend": _legend(series),
        "grid": {
            "left": 12,
            "right": 60 if lies else 20,
            "top": 34,
            "bottom": 40 if len(series) > 1 else 12,
            "containLabel": True,
        },
        "xAxis": values if lies else names,
        "yAxis": names if lies else values,
        "series": [
            {
                "name": _literal(each.name),
                "data": [_point(value, beside) for value in each.values],
                "label": {
                    "show": not crowded,
                    "position": "right" if lies else "top",
                    "color": INK,
                    "fontSize": 11,
                },
            }
            for each in series
        ],
    }


def _scale(series: Sequence[Series], unit: str, full: Number | None) -> dict[str, Any]:
    """From nothing to the full value; a whole is 100 %, and what is counted in pieces has no tenths
    on its axis.
    """
    values = [value for each in series for value in each.values if value is not None]
    if full is None and unit == "%" and all(value <= 100 for value in values):
        full = 100
    if full is not None:
        return {"min": 0, "max": float(full)}
    return {"min": 0} | ({"minInterval": 1} if all(value == int(value) for value in values) else {})


def _draw_limit(
    option: dict[str, Any], series: Sequence[Series], limit: Limit, *, lies: bool
) -> None:
    """The line behind the bars, its label at its end; the axis reaches over it and every bar."""
    values = [value for each in series for value in each.values if value is not None]
    along = "xAxis" if lies else "yAxis"
    option["grid"]["top" if lies else "right"] = 60 if lies else 110
    option[along]["axisLabel"]["showMaxLabel"] = False
    option[along]["max"] = float(_round_above(max([*values, limit.value])))
    for each in option["series"]:
        each["label"] |= {"backgroundColor": "#ffffff", "padding": [1, 2]}
    option["series"][0]["markLine"] = {
        "silent": True,
        "symbol": "none",
        "z": 1,
        "data": [{along: _plain(limit.value)}],
        "lineStyle": {"color": SEAL, "type": "dashed", "width": 2},
        "label": {
            "position": "start" if lies else "end",
            "color": SEAL,
            "lineHeight": 16,
            "formatter": f"{_literal(limit.name)}\n{_shown(limit.value)}",
        },
    }


def _round_above(value: Number) -> Decimal:
    """A round number at least a twentieth above the value, so that a label has room."""
    wanted = Decimal(value) * 21 / 20
    step = Decimal(1).scaleb(wanted.adjusted() - 1)
    return (wanted / step).to_integral_value(ROUND_CEILING) * step


def _legend(series: Sequence[Series]) -> dict[str, Any]:
    return {
        "show": len(series) > 1,
        "bottom": 0,
        "itemHeight": 10,
        "textStyle": {"color": INK},
        "data": [_literal(each.name) for each in series],
    }


def _point(value: Number | None, unit: str) -> dict[str, Any] | str:
    if value is None:
        return "-"
    return {"value": _plain(value), "label": {"formatter": f"{_shown(value)}{_literal(unit)}"}}


def _plain(value: Number | None) -> float | None:
    """Where a mark stands; the only place a value becomes a float, and none is written from it."""
    return None if value is None else float(value)


def _shown(value: Number | None) -> str:
    return "无" if value is None else f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"


def _literal(text: str) -> str:
    """Text that ECharts will not read as one of its own placeholders or rich text marks."""
    return text.replace("{", "｛").replace("}", "｝").replace("|", "｜")


def _described(
    description: str | None, names: Sequence[str], series: Sequence[Series], unit: str
) -> str:
    """The values in words, for those who hear the chart."""
    if description is not None:
        return description
    return "；".join(
        f"{each.name}："
        + "，".join(
            f"{name} {_shown(value)}{'' if value is None else unit}"
            for name, value in zip(names, each.values, strict=True)
        )
        for each in series
    )


# What a browser would offer; ECharts asks for no more when it draws a string.
PRELUDE = """
var self = globalThis, window = undefined, module = undefined, exports = undefined;
var define = undefined;
globalThis.setTimeout = function () {}; globalThis.clearTimeout = function () {};
globalThis.performance = { now: function () { return 0; } };
"""
# The string is joined anew because QuickJS cannot hand over the rope it was built as.
RENDER = """
function render(text, width, height) {
  var chart = echarts.init(null, null, {renderer: "svg", ssr: true, width: width, height: height});
  chart.setOption(JSON.parse(text));
  var svg = chart.renderToSVGString();
  chart.dispose();
  return [svg].join("");
}
"""


class _Press:
    """One QuickJS context, loaded at the first chart, and the one thread that may touch it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: ThreadPoolExecutor | None = None
        self._render: Any = None

    def draw(self, option: str, width: int, height: int) -> str:
        with self._lock:
            if self._thread is None:
                self._thread = ThreadPoolExecutor(1, thread_name_prefix="charts")
        return self._thread.submit(self._draw, option, width, height).result()

    def _draw(self, option: str, width: int, height: int) -> str:
        if self._render is None:
            self._render = _load_echarts()
        return str(self._render(option, width, height))


def _load_echarts() -> Any:
    try:
        source = ECHARTS_FILE.read_text("utf-8")
    except FileNotFoundError as missing:
        raise ChartsUnavailable(
            f"没有找到图表组件 static/vendor/{ECHARTS_FILE.name}，"
            "请先运行 script/server 或 script/test 完成安装。"
        ) from missing
    context = quickjs.Context()
    for script in (PRELUDE, source, RENDER):
        context.eval(script)
    return context.get("render")


_press = _Press()
MOST_KEPT = 128
"""How many drawings are kept, some hundred kilobytes each at most: all pages share one press."""


def _draw(title: str, description: str, option: Mapping[str, Any], look: Look) -> str:
    whole = dict(option) | {
        "animation": False,
        "color": list(PALETTE),
        "textStyle": {"fontFamily": look.font_family, "color": INK},
    }
    return _drawn(title, description, json.dumps(whole, ensure_ascii=False, sort_keys=True), look)


@lru_cache(maxsize=MOST_KEPT)
def _drawn(title: str, description: str, text: str, look: Look) -> str:
    """The picture of an option, which is all it is drawn from: kept, since pages ask for it again."""
    drawn = _press.draw(text, look.width, look.height)
    key = hashlib.sha256(f"{title}\0{text}\0{look.width}x{look.height}".encode()).hexdigest()[:10]
    return _cleaned(drawn, f"chart-{key}", title, description, look)


ELEMENTS = {
    "svg",
    "g",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "text",
    "tspan",
    "defs",
    "linearGradient",
    "stop",
    "clipPath",
}
DROPPED_ATTRIBUTES = {"style", "class", "paint-order", "pointer-events", "cursor"}
STYLE_TO_ATTRIBUTE = {
    "font-size",
    "font-family",
    "font-weight",
    "font-style",
    "fill",
    "stroke",
    "stroke-width",
    "opacity",
}
OWN_REFERENCE = re.compile(r"url\(#([A-Za-z0-9_-]+)\)")


def _cleaned(drawn: str, key: str, title: str, description: str, look: Look) -> str:
    """The same picture, rebuilt from elements and attributes that may stand in a strict page."""
    ElementTree.register_namespace("", SVG)
    picture = ElementTree.fromstring(drawn)  # noqa: S314 - text our own process just made
    for parent in list(picture.iter()):
        for child in list(parent):
            if child.tag.removeprefix(f"{{{SVG}}}") not in ELEMENTS:
                parent.remove(child)
    for element in picture.iter():
        _clean_attributes(element, key)
    ratio = f"0 0 {look.width} {look.height}"
    picture.attrib = {
        "viewBox": ratio,
        "width": str(look.width),
        "height": str(look.height),
        "role": "img",
        "aria-labelledby": f"{key}-title {key}-desc",
        "class": "chart",
        "font-family": look.font_family,
    }
    for index, (name, words) in enumerate((("title", title), ("desc", description))):
        child = ElementTree.Element(f"{{{SVG}}}{name}", {"id": f"{key}-{name}"})
        child.text = words
        picture.insert(index, child)
    return ElementTree.tostring(picture, encoding="unicode")


def _clean_attributes(element: ElementTree.Element, key: str) -> None:
    attributes = element.attrib
    style = dict(
        (name.strip(), value.strip())
        for name, colon, value in (
            part.partition(":") for part in attributes.get("style", "").split(";")
        )
        if colon
    )
    # The white halo of a label would be painted over the label itself on paper.
    if element.tag == f"{{{SVG}}}text" and "paint-order" in (*attributes, *style):
        for name in ("stroke", "stroke-width"):
            attributes.pop(name, None)
            style.pop(name, None)
    for name, value in style.items():
        if name in STYLE_TO_ATTRIBUTE:
            attributes[name] = value
        elif name == "font":
            _spread_font(value, attributes)
    for name in list(attributes):
        if name in DROPPED_ATTRIBUTES or name.startswith("on") or ":" in name or "}" in name:
            del attributes[name]
        elif name == "id":
            attributes[name] = f"{key}-{attributes[name]}"
        else:
            attributes[name] = OWN_REFERENCE.sub(rf"url(#{key}-\1)", attributes[name])


def _spread_font(shorthand: str, attributes: dict[str, str]) -> None:
    match = re.fullmatch(r"(?:(bold|normal|[1-9]00) )?([0-9.]+px) (.+)", shorthand)
    if match:
        weight, size, family = match.groups()
        attributes["font-size"], attributes["font-family"] = size, family
        if weight and weight != "normal":
            attributes["font-weight"] = weight
