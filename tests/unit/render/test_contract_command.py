"""`procure contract` as a person or a script meets it."""

import argparse
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from procure.cli.contract import add_contract
from procure.render.documents import TEMPLATE_ROOT, load_template, template_names
from procure.render.fields import TemplateField

EXAMPLE = TEMPLATE_ROOT / "award-notice" / "example.json"


def run(*words: str) -> int:
    """The exit status of `procure contract …`."""
    parser = argparse.ArgumentParser(prog="procure")
    add_contract(parser.add_subparsers(required=True))
    options = parser.parse_args(["contract", *words])
    status: int = options.run(options)
    return status


def paths(fields: Mapping[str, TemplateField], before: str = "") -> Iterator[str]:
    """Every field of a template by its path."""
    for each in fields.values():
        yield f"{before}{each.name}"
        yield from paths(each.fields, f"{before}{each.name}.")


def test_fields_lists_every_field_clause_and_check_of_every_template(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in template_names():
        template = load_template(name)
        assert run("fields", name) == 0
        head, *lines = capsys.readouterr().out.splitlines()
        assert head == f"{template.title}（{template.reference}）"
        clauses = [f"条款 {one.ident}" for one in template.clauses]
        checks = ["核对"] * len(template.checks)
        listed = [line.partition("　")[0] for line in lines]
        assert listed == [*paths(template.fields), *clauses, *checks], name
    assert run("fields", "home-care@3") == 0
    assert {
        "lot_name　采购包　文字，可不填",
        "payment_days　收到发票后的付款期限（日）　整数，必填，不大于 60",
        "pricing　计价方式　选择：总价合同、单价合同，必填",
        "条款 basis　订立依据与合同文件　必备　《中华人民共和国政府采购法》第四十六条",
        "条款 special　其他约定　可以删去",
        "核对　付款计划各期的比例相加应为 100%。",
    } <= set(capsys.readouterr().out.splitlines())
    assert run("fields", "home-care@9") == 1
    assert "没有第 9 版" in capsys.readouterr().err


def test_render_example_writes_the_file_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "notice.pdf"
    assert run("render", "--template", "award-notice", str(EXAMPLE), "--out", str(out)) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {
        "file": str(out),
        "sha256": hashlib.sha256(out.read_bytes()).hexdigest(),
        "pages": 2,
        "template": "award-notice@4",
    }


@pytest.mark.parametrize(
    ("template", "content", "words"),
    [
        ("award-notice", "{", "不是有效的 JSON"),
        ("award-notice", "[]", "最外层应是一组带名称的字段"),
        ("award-notice", "{}", "“通知书编号”没有填写"),
        ("award-notice", '{"a": ' * 100_000, "不是有效的 JSON"),
        ("nothing", "{}", "没有名为“nothing”的文书模板"),
        ("award-notice@7", "{}", "没有第 7 版"),
    ],
)
def test_render_bad_input_is_refused_in_words(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    template: str,
    content: str,
    words: str,
) -> None:
    data = tmp_path / "data.json"
    data.write_text(content, "utf-8")
    out = tmp_path / "out.pdf"
    assert run("render", "--template", template, str(data), "--out", str(out)) == 1
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""
    assert not out.exists()


def test_render_data_in_another_encoding_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data.json"
    data.write_bytes('{"a": "合同"}'.encode("gb18030"))
    assert run("render", "--template", "award-notice", str(data), "--out", str(tmp_path / "o")) == 1
    assert "不是 UTF-8 编码" in capsys.readouterr().err


def test_render_missing_file_or_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "no.json")
    assert run("render", "--template", "award-notice", missing, "--out", str(tmp_path / "o")) == 1
    assert "读不到" in capsys.readouterr().err
    out = str(tmp_path / "no" / "o.pdf")
    assert run("render", "--template", "award-notice", str(EXAMPLE), "--out", out) == 1
    assert "写不进去" in capsys.readouterr().err


def test_render_without_template_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        run("render", str(EXAMPLE), "--out", "x.pdf")
    assert stop.value.code == 2
    assert "--template" in capsys.readouterr().err
