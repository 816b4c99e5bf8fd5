"""What templates ask for, refuse and print as HTML; no PDF is made here."""

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from jinja2.exceptions import SecurityError, UndefinedError

from procure.kernel.errors import Invalid
from procure.render.documents import (
    TEMPLATE_ROOT,
    chinese_number,
    complete_data,
    document_html,
    load_template,
    snapshot_of,
    template_names,
    validate,
)
from procure.render.fields import FieldKind, TemplateFault, TemplateField, with_texts

ALL = template_names()


def example(name: str, root: Path = TEMPLATE_ROOT) -> dict[str, Any]:
    """Data for a template's newest version: a fresh copy of its own, or else each field's own label."""
    own = root / name / "example.json"
    if not own.exists():
        return filled_in(load_template(name, root).fields)
    data: dict[str, Any] = json.loads(own.read_text("utf-8"))
    return data


def filled_in(fields: Mapping[str, TemplateField]) -> dict[str, Any]:
    """A value of its type for every field."""
    return {each.name: _value_of(each) for each in fields.values()}


def _value_of(each: TemplateField) -> Any:
    rows = [filled_in(each.fields)]
    plain: dict[FieldKind, Any] = {
        FieldKind.TEXTS: [each.label],
        FieldKind.DATE: "2026-11-26",
        FieldKind.INSTANT: "2026-11-26T09:30:00+08:00",
        FieldKind.MONEY_FEN: 100,
        FieldKind.INTEGER: 1,
        FieldKind.DECIMAL: "1",
        FieldKind.YES_NO: True,
        FieldKind.CHOICE: each.options and each.options[0],
        FieldKind.RECORD: rows[0],
        FieldKind.RECORDS: rows,
    }
    return plain.get(each.kind, each.label)


def with_written_texts(name: str, change: Callable[[str], str]) -> dict[str, Any]:
    """The example with every text changed that is printed; the names of left out clauses are not."""
    fields = load_template(name).fields
    printed = {key: field for key, field in fields.items() if key != "omitted_clauses"}
    return with_texts(printed, example(name), change)


def a_template(
    root: Path, html: str, fields: str = "", head: str = "", *, name: str = "paper"
) -> Path:
    """A small template below `root`, with the first house style; returns `root`."""
    folder = root / name / "1"
    folder.mkdir(parents=True, exist_ok=True)
    house = root / "_house" / "1"
    house.mkdir(parents=True, exist_ok=True)
    for each in ("page.html", "macros.html", "house.css"):
        source = TEMPLATE_ROOT / "_house" / "1" / each
        (house / each).write_text(source.read_text("utf-8"), "utf-8")
    (folder / "contract.html").write_text(html, "utf-8")
    (folder / "fields.toml").write_text(
        f"""
[template]
title = "便条"
house = 1
number_field = "number"
date_field = "made_on"
author = "office"
{head}

[fields]
number = {{ label = "编号", type = "text" }}
made_on = {{ label = "日期", type = "date" }}
office = {{ label = "单位", type = "text" }}
project_name = {{ label = "项目名称", type = "text" }}
{fields}
""",
        "utf-8",
    )
    return root


NOTE = {"number": "1", "made_on": "2026-11-26", "office": "某局", "project_name": "某项目"}


def test_templates_of_the_walk_are_all_there() -> None:
    assert set(ALL) >= {
        "acceptance-certificate",
        "award-notice",
        "bid-receipt",
        "contract-ending",
        "evaluation-report",
        "home-care",
        "opening-record",
        "payment-sheet",
        "public-notice",
        "review-report",
        "tender-document",
        "tender-notice",
    }


@pytest.mark.parametrize("name", ALL)
def test_validate_every_required_field_missing_names_it(name: str) -> None:
    template = load_template(name)
    for field in template.fields.values():
        if field.optional:
            continue
        data = example(name)
        del data[field.name]
        with pytest.raises(Invalid) as refusal:
            validate(template, data)
        assert refusal.value.field == field.name
        assert f"“{field.label}”没有填写" in refusal.value.message


@pytest.mark.parametrize("name", ALL)
def test_validate_wrong_types_anywhere_are_refused_not_crashed(name: str) -> None:
    template = load_template(name)
    for field in template.fields.values():
        for wrong in ("", 1.5, -1, True, [], {}, [None], [{}], "\ud800", None, 10**20):
            data = example(name) | {field.name: wrong}
            try:
                validate(template, data)
            except Invalid as refusal:
                assert refusal.field.startswith(field.name) or "." not in refusal.field
            else:
                assert field.optional or field.kind.value == "yes_no"


def test_validate_money_as_yuan_text_is_refused() -> None:
    data = example("home-care") | {"amount_fen": "180000.00"}
    with pytest.raises(Invalid) as refusal:
        validate(load_template("home-care@3"), data)
    assert refusal.value.field == "amount_fen"
    assert "以分为单位的整数" in refusal.value.message


def test_validate_payment_plan_not_adding_up_is_refused() -> None:
    data = example("home-care")
    data["payments"][0]["amount_fen"] -= 1
    with pytest.raises(Invalid, match="各期的金额相加应等于合同金额"):
        validate(load_template("home-care"), data)
    data = example("home-care")
    data["payments"][0]["percent"] = "29.99"
    with pytest.raises(Invalid, match="比例相加应为 100%"):
        validate(load_template("home-care"), data)


def test_validate_contract_signed_before_award_names_the_article() -> None:
    data = example("home-care") | {"signed_on": "2026-06-24"}
    with pytest.raises(Invalid) as refusal:
        validate(load_template("home-care"), data)
    assert refusal.value.rule == "《中华人民共和国政府采购法》第四十六条"


def test_validate_record_in_list_names_its_row() -> None:
    data = example("home-care")
    del data["targets"][3]["unit"]
    with pytest.raises(Invalid) as refusal:
        validate(load_template("home-care"), data)
    assert refusal.value.field == "targets.3.unit"
    assert "“服务目标与频次”第4项“单位”没有填写" in refusal.value.message


def test_validate_unknown_field_is_refused() -> None:
    with pytest.raises(Invalid, match="没有的字段“colour”"):
        validate(load_template("home-care"), example("home-care") | {"colour": "red"})


def test_validate_invisible_characters_stop_nobody_but_half_a_character_does() -> None:
    for character in ("\u202e", "\u200b", "\ufeff", "\ue000", "\u2028"):
        validate(load_template("home-care"), example("home-care") | {"place": f"斗门{character}区"})
    with pytest.raises(Invalid, match="半个字符"):
        validate(load_template("home-care"), example("home-care") | {"place": "斗门\ud840区"})


def test_validate_compulsory_clause_left_out_is_refused() -> None:
    data = example("home-care") | {"omitted_clauses": ["acceptance"]}
    with pytest.raises(Invalid) as refusal:
        validate(load_template("home-care"), data)
    assert "“履约验收”是必备条款" in refusal.value.message
    assert refusal.value.rule == "《中华人民共和国政府采购法实施条例》第四十五条"


def test_html_optional_clause_left_out_renumbers_the_rest() -> None:
    template = load_template("home-care")
    data = complete_data(template, example("home-care") | {"omitted_clauses": ["deposit"]})
    html = document_html(template, data)
    assert "履约保证金" not in html
    assert "第十四条　保密与个人信息保护" in html
    assert "按本合同第十五条处理" in html


def test_html_supplement_limit_is_a_tenth_of_the_amount() -> None:
    template = load_template("home-care")
    html = document_html(template, complete_data(template, example("home-care")))
    assert '不超过 <span class="nowrap">¥18,000.00</span>' in html


def test_html_text_of_the_writer_is_escaped() -> None:
    template = load_template("home-care")
    data = example("home-care")
    attack = "<img src=x onerror=alert(1)>{{ 7*7 }}"
    data["project_name"] = attack
    html = document_html(template, complete_data(template, data))
    assert attack not in html
    assert "&lt;img src=x onerror=alert(1)&gt;{{ 7*7 }}" in html


@pytest.mark.parametrize(
    "name", ["", "../home-care", "home-care@0", "HOME", "home-care@3/..", "_house"]
)
def test_load_template_strange_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        load_template(name)
    assert refusal.value.field == "template"


def test_load_template_missing_version_says_which_exist() -> None:
    with pytest.raises(Invalid, match="没有第 9 版，现有版本：1"):
        load_template("home-care@9")


def test_load_template_without_version_takes_the_newest(tmp_path: Path) -> None:
    root = a_template(tmp_path, "x")
    second = root / "paper" / "2"
    second.mkdir()
    for each in (root / "paper" / "1").iterdir():
        (second / each.name).write_text(each.read_text("utf-8"), "utf-8")
    assert load_template("paper", root).version == 2


def test_template_of_two_files_prints_every_kind_of_field(tmp_path: Path) -> None:
    kinds = [kind for kind in FieldKind if kind not in (FieldKind.RECORD, FieldKind.RECORDS)]
    declared = {kind: f'label = "项{at}", type = "{kind}"' for at, kind in enumerate(kinds)}
    declared[FieldKind.CHOICE] += ', options = ["甲", "乙"]'
    plain = "\n".join(f"f_{kind} = {{ {words} }}" for kind, words in declared.items())
    rows = 'rows = { label = "行", type = "records", fields = { what = { label = "事", type = "text" } } }'
    html = "{% for row in rows %}{{ row.what }}{% endfor %}{{ f_choice }}{{ f_money_fen|money }}"
    root = a_template(tmp_path, html, f"{plain}\n{rows}")

    template = load_template("paper", root)
    assert template.sources["style.css"] == ""
    assert document_html(template, complete_data(template, example("paper", root))) == "事甲¥1.00"


def test_template_digest_covers_the_house_style(tmp_path: Path) -> None:
    first = load_template("paper", a_template(tmp_path / "a", "x")).sha256
    root = a_template(tmp_path / "b", "x")
    (root / "_house" / "1" / "house.css").write_text("p { color: red }", "utf-8")
    assert load_template("paper", root).sha256 != first


@pytest.mark.parametrize(
    "html",
    [
        "{{ number.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ chosen }}",
        "{{ number.nothing }}",
    ],
)
def test_html_template_reaching_out_raises(tmp_path: Path, html: str) -> None:
    template = load_template("paper", a_template(tmp_path, html))
    with pytest.raises((SecurityError, UndefinedError)):
        document_html(template, complete_data(template, NOTE))


@pytest.mark.parametrize("name", ["range", "dict", "cycler", "lipsum", "namespace", "self.env"])
def test_html_template_finds_no_globals(tmp_path: Path, name: str) -> None:
    template = load_template("paper", a_template(tmp_path, f"{{{{ {name}(3) }}}}"))
    with pytest.raises((SecurityError, UndefinedError)):
        document_html(template, complete_data(template, NOTE))


def test_html_template_without_a_declared_clause_is_a_fault(tmp_path: Path) -> None:
    root = a_template(tmp_path, "nothing")
    declared = root / "paper" / "1" / "fields.toml"
    declared.write_text('clause = [{ id = "pay", title = "付款" }]\n' + declared.read_text("utf-8"))
    template = load_template("paper", root)
    with pytest.raises(TemplateFault, match="clause pay is not printed"):
        document_html(template, complete_data(template, NOTE))


def test_read_fields_named_like_a_method_is_a_fault(tmp_path: Path) -> None:
    root = a_template(tmp_path, "x", 'items = { label = "项", type = "text" }')
    with pytest.raises(TemplateFault, match="not a field name"):
        load_template("paper", root)


def test_snapshot_is_canonical() -> None:
    data = example("home-care")
    shuffled = dict(reversed(list(copy.deepcopy(data).items())))
    assert snapshot_of(data) == snapshot_of(shuffled)
    assert json.loads(snapshot_of(data)) == data


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "零"), (1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九")],
)
def test_chinese_number_reads_as_clauses_are_counted(number: int, words: str) -> None:
    assert chinese_number(number) == words
