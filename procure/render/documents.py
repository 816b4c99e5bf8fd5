"""Document templates: what a paper asks for, and its pages as HTML.

A template is a folder `contracts/<name>/<version>/` that never changes once it has been used: a
correction is a new version. `contracts/_house/<version>/` holds the letterhead, type and macros
that templates of one generation share, under the same rule. Jinja runs in a sandbox with nothing
in reach but the checked data, the clause numbers, the charts the template declares and the filters
below.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from procure.kernel.clock import local
from procure.kernel.day_words import day_in_words
from procure.kernel.errors import Invalid
from procure.kernel.money import Money, capitals
from procure.render import charts
from procure.render.blanks import blank_fields, is_form, leaving_blank
from procure.render.fields import (
    CROSS_CHECKS,
    CrossCheck,
    Primitive,
    TemplateFault,
    TemplateField,
    check_fields,
    read_fields,
    values_at,
)

TEMPLATE_ROOT = Path(__file__).parents[2] / "contracts"
TEMPLATE_NAME = re.compile(r"([a-z][a-z0-9-]{0,60})(?:@([1-9][0-9]{0,3}))?")
CHART_KINDS = {"radar", "bars"}
PRINT_FONTS = ("Procure Song", "Noto Serif CJK SC")
PRINT_CHART = charts.Look(font_family=", ".join(PRINT_FONTS), width=620, height=330)


@dataclass(frozen=True)
class Clause:
    """A clause of a template; a compulsory one cannot be left out."""

    ident: str
    title: str
    compulsory: bool
    basis: str | None


@dataclass(frozen=True)
class ChartPlan:
    """A chart a template draws from its own records, summed by category.

    It shows `value`, or `value` as a share of `full` in percent.
    """

    id: str
    kind: str
    title: str
    records: str
    category: str
    value: str
    unit: str
    full: str | None = None


@dataclass(frozen=True)
class DocumentTemplate:
    """A template folder, read and checked."""

    name: str
    version: int
    title: str
    is_contract: bool
    number_field: str
    date_field: str
    author_path: str
    contents_over_pages: int | None
    clause_word: str
    fields: Mapping[str, TemplateField]
    clauses: tuple[Clause, ...]
    checks: tuple[CrossCheck, ...]
    chart_plans: tuple[ChartPlan, ...]
    sources: Mapping[str, str]
    assets: Mapping[str, bytes]
    sha256: str

    @property
    def reference(self) -> str:
        """How the template is named in records: `home-care@1`."""
        return f"{self.name}@{self.version}"

    @property
    def stylesheet(self) -> str:
        """The letterhead's rules, then the template's own."""
        return self.sources["house/house.css"] + self.sources["style.css"]


@dataclass(frozen=True)
class RenderedDocument:
    """A printed paper: to be stored as it is and never rendered again."""

    content: bytes
    sha256: str
    template: str
    version: int
    template_sha256: str
    snapshot: str
    pages: int


def load_template(reference: str, root: Path = TEMPLATE_ROOT) -> DocumentTemplate:
    """The template called `name@version`, or the newest version of `name`.

    Raises Invalid when there is none of that name, TemplateFault when the folder is wrong.
    """
    match = TEMPLATE_NAME.fullmatch(reference)
    versions = _versions(root / match[1]) if match else []
    if match is None or not versions:
        raise Invalid(
            "template",
            f"没有名为“{reference[:80]}”的文书模板。",
            remedy=f"可用的模板：{'、'.join(template_names(root))}。",
        )
    version = int(match[2]) if match[2] else versions[-1]
    if version not in versions:
        have = "、".join(str(each) for each in versions)
        raise Invalid("template", f"文书模板“{match[1]}”没有第 {version} 版，现有版本：{have}。")
    return _read_template(root, match[1], version)


def template_names(root: Path = TEMPLATE_ROOT) -> list[str]:
    """The names of all templates, sorted."""
    return sorted(each.name for each in root.iterdir() if _versions(each))


def _versions(folder: Path) -> list[int]:
    if not folder.is_dir() or not TEMPLATE_NAME.fullmatch(folder.name):
        return []
    return sorted(
        int(each.name)
        for each in folder.iterdir()
        if each.name.isdecimal() and (each / "fields.toml").is_file()
    )


@lru_cache(maxsize=64)
def _read_template(root: Path, name: str, version: int) -> DocumentTemplate:
    folder = root / name / str(version)
    declared = tomllib.loads((folder / "fields.toml").read_text("utf-8"))
    head = declared["template"]
    house = root / "_house" / str(int(head["house"]))
    style = folder / "style.css"
    sources = {
        "contract.html": (folder / "contract.html").read_text("utf-8"),
        "style.css": style.read_text("utf-8") if style.exists() else "",
        "house/house.css": (house / "house.css").read_text("utf-8"),
        "house/page.html": (house / "page.html").read_text("utf-8"),
        "house/macros.html": (house / "macros.html").read_text("utf-8"),
    }
    assets = {each: _asset(folder, each) for each in head.get("assets", [])}
    fields = read_fields(declared["fields"])
    for each in (head["number_field"], head["date_field"]):
        if each not in fields:
            raise TemplateFault(f"{name}@{version}: there is no field {each}")
    return DocumentTemplate(
        name=name,
        version=version,
        title=head["title"],
        is_contract=head.get("kind") == "contract",
        number_field=head["number_field"],
        date_field=head["date_field"],
        author_path=head["author"],
        contents_over_pages=head.get("contents_over_pages"),
        clause_word=head.get("clause_word", "条"),
        fields=fields,
        clauses=tuple(
            Clause(each["id"], each["title"], each.get("compulsory", True), each.get("basis"))
            for each in declared.get("clause", [])
        ),
        checks=tuple(_cross_check(each) for each in declared.get("check", [])),
        chart_plans=tuple(_chart_plan(each) for each in declared.get("chart", [])),
        sources=sources,
        assets=assets,
        sha256=_digest(folder / "fields.toml", sources, assets),
    )


def _asset(folder: Path, name: str) -> bytes:
    if not re.fullmatch(r"[a-z0-9-]+\.(svg|png)", name):
        raise TemplateFault(f"{folder}: {name} may not be an asset")
    return (folder / name).read_bytes()


def _chart_plan(declared: Mapping[str, Any]) -> ChartPlan:
    if declared["kind"] not in CHART_KINDS:
        raise TemplateFault(f"unknown chart {declared['kind']}")
    return ChartPlan(**declared)


def _cross_check(declared: Mapping[str, Any]) -> CrossCheck:
    if declared["kind"] not in CROSS_CHECKS:
        raise TemplateFault(f"unknown check {declared['kind']}")
    return CrossCheck(**{**declared, "equals": str(declared["equals"])})


def _digest(declared: Path, sources: Mapping[str, str], assets: Mapping[str, bytes]) -> str:
    """SHA-256 over every file that shapes the paper, in the order of their names."""
    contents = {name: text.encode() for name, text in sources.items()}
    contents |= {f"assets/{name}": content for name, content in assets.items()}
    contents["fields.toml"] = declared.read_bytes()
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(name.encode() + b"\0" + hashlib.sha256(contents[name]).digest())
    return digest.hexdigest()


def validate(template: DocumentTemplate, data: object) -> None:
    """Raise Invalid, naming the field in Chinese, unless the data can be printed."""
    complete_data(template, data)


def complete_data(template: DocumentTemplate, data: object) -> dict[str, Any]:
    """The checked data with absent optional fields as None, or with places left open where they are
    a form (`blanks`); raises Invalid.
    """
    if is_form(data):
        assert isinstance(data, dict)
        return blank_fields(template.fields, data)
    complete = check_fields(template.fields, data)
    omitted = complete.get("omitted_clauses")
    _check_omitted(template, omitted if isinstance(omitted, list) else [])
    for check in template.checks:
        check.require(complete)
    return complete


def _check_omitted(template: DocumentTemplate, omitted: list[Primitive]) -> None:
    clauses = {clause.ident: clause for clause in template.clauses}
    for ident in omitted:
        clause = clauses.get(str(ident))
        if clause is None:
            raise Invalid("omitted_clauses", f"文书模板中没有名为“{ident}”的条款。")
        if clause.compulsory:
            raise Invalid(
                "omitted_clauses",
                f"“{clause.title}”是必备条款，不能删去。",
                rule=clause.basis,
                remedy="请保留该条款，并补全其中的内容。",
            )


def snapshot_of(data: Mapping[str, Any]) -> str:
    """Canonical JSON: sorted names, no spaces, characters as they are."""
    return json.dumps(
        data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )


def digest_of_data(data: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON: what a paper will say, told before it is printed."""
    return hashlib.sha256(snapshot_of(data).encode()).hexdigest()


def document_html(
    template: DocumentTemplate,
    complete: Mapping[str, Any],
    *,
    with_contents: bool = False,
    look: charts.Look = PRINT_CHART,
) -> str:
    """The paper as HTML, from data that `complete_data` returned; its charts drawn with `look`."""
    omitted = set(complete.get("omitted_clauses") or ())
    kept = [clause for clause in template.clauses if clause.ident not in omitted]
    numbers: dict[str, str | None] = {clause.ident: None for clause in template.clauses}
    for order, clause in enumerate(kept, start=1):
        numbers[clause.ident] = f"第{chinese_number(order)}{template.clause_word}"
    html = compile_pages(template).render(
        dict(complete)
        | {
            "title": template.title,
            "number": complete[template.number_field],
            "clauses": [
                {"id": each.ident, "title": each.title, "number": numbers[each.ident]}
                for each in kept
            ],
            "clause_titles": {each.ident: each.title for each in template.clauses},
            "no": numbers,
            "charts": _draw_charts(template, complete, look),
            "with_contents": with_contents,
            "author": author_of(template, complete),
            "dated": complete[template.date_field],
        }
    )
    for clause in kept:
        if f'id="clause-{clause.ident}"' not in html:
            raise TemplateFault(f"{template.reference}: clause {clause.ident} is not printed")
    return html


def author_of(template: DocumentTemplate, complete: Mapping[str, Any]) -> str:
    """The organisation that issues the paper."""
    return str(values_at(complete, template.author_path)[0])


def _draw_charts(
    template: DocumentTemplate, complete: Mapping[str, Any], look: charts.Look
) -> dict[str, Markup]:
    drawn = {}
    for plan in template.chart_plans:
        totals = _chart_values(plan, complete[plan.records] or [])
        names, values = list(totals), list(totals.values())
        series = [charts.Series(plan.title, values)]
        # Fewer than three axes make no web.
        if plan.kind == "radar" and len(names) > 2:
            axes = [charts.Indicator(name, Decimal(100)) for name in names]
            svg = charts.radar(plan.title, axes, series, unit=plan.unit, look=look)
        else:
            svg = charts.bars(plan.title, names, series, unit=plan.unit, look=look)
        drawn[plan.id] = Markup(svg)  # noqa: S704 - our own SVG, rebuilt element by element
    return drawn


def _chart_values(plan: ChartPlan, records: Sequence[Mapping[str, Any]]) -> dict[str, Decimal]:
    """What to draw for each category: the sum of its records, or their share of full in percent."""
    values: dict[str, Decimal] = {}
    fulls: dict[str, Decimal] = {}
    for record in records:
        category = str(record[plan.category])
        values[category] = values.get(category, Decimal(0)) + Decimal(record[plan.value])
        if plan.full is not None:
            fulls[category] = fulls.get(category, Decimal(0)) + Decimal(record[plan.full])
    return {
        category: (value * 100 / fulls[category]).quantize(Decimal("0.1"), ROUND_HALF_UP)
        if fulls.get(category)
        else value
        for category, value in values.items()
    }


@lru_cache(maxsize=64)
def _sandbox(
    template_sha256: str, sources: tuple[tuple[str, str], ...]
) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=DictLoader(dict(sources)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.clear()
    length = environment.filters["length"]
    environment.filters.clear()
    environment.filters.update(
        {name: leaving_blank(each) for name, each in FILTERS.items()} | {"length": length}
    )
    known = {name: environment.tests[name] for name in ("none", "eq", "==")}
    environment.tests.clear()
    environment.tests.update(known)
    return environment


def compile_pages(template: DocumentTemplate) -> Template:
    """The template's pages, compiled in the sandbox once and kept."""
    pages = tuple((name, text) for name, text in template.sources.items() if name.endswith(".html"))
    return _sandbox(template.sha256, pages).get_template("contract.html")


def _money(fen: int) -> str:
    return Money(fen).format()


def _yuan(fen: int) -> str:
    return Money(fen).format().replace("¥", "")


def _capitals(fen: int) -> str:
    return capitals(Money(fen))


def _ten_percent(fen: int) -> int:
    """The most that supplements may add up to, in fen, rounded down (政府采购法 art 49)."""
    return fen // 10


def _cndate(value: str) -> str:
    return day_in_words(date.fromisoformat(value))


def _instant(value: str) -> str:
    moment = local(datetime.fromisoformat(value))
    return f"{day_in_words(moment.date())} {moment:%H:%M:%S}"


def _minute(value: str) -> str:
    moment = local(datetime.fromisoformat(value))
    return f"{day_in_words(moment.date())} {moment:%H:%M}"


def _number(value: str | int) -> str:
    return f"{Decimal(value):,f}"


def _paragraphs(value: str) -> list[str]:
    return [line.strip() for line in value.split("\n") if line.strip()]


def _blocks(rows: Sequence[Any], size: int) -> list[Sequence[Any]]:
    """Rows in groups of at most `size`, for a table that would be too wide."""
    return [rows[first : first + size] for first in range(0, len(rows), size)]


DIGITS = "零一二三四五六七八九"


def chinese_number(number: int) -> str:
    """A whole number from 0 to 99 as it is read: 二十一; clauses and copies are counted so."""
    if not 0 <= number < 100:
        raise ValueError(f"{number} is not between 0 and 99")
    tens, ones = divmod(number, 10)
    if tens == 0:
        return DIGITS[ones]
    return ("" if tens == 1 else DIGITS[tens]) + "十" + (DIGITS[ones] if ones else "")


FILTERS: dict[str, Callable[..., Any]] = {
    "money": _money,
    "yuan": _yuan,
    "capitals": _capitals,
    "ten_percent": _ten_percent,
    "cndate": _cndate,
    "instant": _instant,
    "minute": _minute,
    "number": _number,
    "paragraphs": _paragraphs,
    "blocks": _blocks,
    "chinese": chinese_number,
}
