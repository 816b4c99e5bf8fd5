"""`procure score` on the command line: answers, refusals, wrong usage, lines."""

import argparse
import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from procure.cli.score import add_score

CASE: dict[str, Any] = {
    "method": "lowest_price",
    "procedure": "open_tender",
    "price": {"points": "100", "rule": "low_price_first"},
    "bids": [
        {"bidder": "甲", "price": "3.00"},
        {"bidder": "乙", "price": "2.00"},
        {"bidder": "丙", "price": "4.00"},
    ],
}


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    add_score(parser.add_subparsers(required=True))
    parsed = parser.parse_args(["score", *arguments])
    status = parsed.run(parsed)
    assert isinstance(status, int)
    return status


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_score_case_file_prints_json_and_exits_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "case.json"
    file.write_text(json.dumps(CASE), encoding="utf-8")

    assert run(str(file)) == 0

    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert [bid["rank"] for bid in answer["bids"]] == [2, 1, 3]
    assert answer["bids"][0]["bidder"] == "甲"
    assert "甲" in printed.out
    assert printed.err == ""


def test_score_case_from_standard_input_with_byte_order_mark(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, b"\xef\xbb\xbf" + json.dumps(CASE, ensure_ascii=False).encode())

    assert run("-") == 0
    assert json.loads(capsys.readouterr().out)["base_price"] == "2.00"


def test_score_void_case_exits_0_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, json.dumps({**CASE, "bids": CASE["bids"][:2]}).encode())

    assert run("-") == 0

    printed = capsys.readouterr()
    assert json.loads(printed.out)["void"] == "lt3_suppliers"
    assert "不足三家" in printed.err


def test_score_refused_case_exits_1_and_names_field_and_rule(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, json.dumps({**CASE, "procedure": "consultation"}).encode())

    assert run("-") == 1

    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        "字段 method：竞争性磋商只能采用综合评分法。规则：R-CONSULT-METHOD "
        "《政府采购竞争性磋商采购方式管理暂行办法》第二十三条。改为综合评分法，或更换采购方式。\n"
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "不是合法的 JSON"),
        (b"{", "第 1 行第 2 列"),
        (b"\xff\xfe", "UTF-8"),
        (b"[NaN]", "NaN"),
        (b'{"places": Infinity}', "Infinity"),
        (b'{"places": -Infinity}', "-Infinity"),
        (b"[" * 200_000, "嵌套层数过多"),
        (b'{"places": ' + b"9" * 5000 + b"}", "位数过多"),
        (b'{"method": "composite", "method": "lowest_price"}', "method 出现了不止一次"),
        (b'{"method": "lowest_price", "procedure": 1e999}', "字段 procedure"),
        (b"null", "字段 case"),
        (b'"\\ud800"', "字段 case"),
        (b'{"\\ud800": 1}', "没有“?”这个字段"),
    ],
)
def test_score_input_that_is_no_case_exits_1_without_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data: bytes, words: str
) -> None:
    feed(monkeypatch, data)

    assert run("-") == 1

    printed = capsys.readouterr()
    assert printed.out == ""
    assert words in printed.err


@pytest.mark.parametrize("arguments", [(), ("case.json", "--lines")])
def test_score_without_one_source_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert run(*arguments) == 2
    assert "两者选一" in capsys.readouterr().err


def test_score_file_that_cannot_be_read_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(tmp_path / "none.json")) == 2
    assert run(str(tmp_path)) == 2
    assert "none.json" in capsys.readouterr().err


def test_score_lines_answers_each_line_in_order_and_goes_on_after_errors(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = json.dumps(CASE)
    bad = json.dumps({**CASE, "places": 9})
    feed(monkeypatch, f"{good}\nnot json\n\n{bad}\n{good}".encode())

    assert run("--lines") == 0

    printed = capsys.readouterr()
    answers = [json.loads(line) for line in printed.out.splitlines()]
    assert len(answers) == 5
    assert answers[0] == answers[4]
    assert answers[0]["base_price"] == "2.00"
    assert set(answers[1]) == {"error"}
    assert set(answers[2]) == {"error"}
    assert (answers[3]["field"], answers[3]["rule"]) == (
        "places",
        "采购文件关于小数位数的约定",
    )
    assert printed.err == ""


def test_score_lines_without_input_prints_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, b"")

    assert run("--lines") == 0
    assert capsys.readouterr().out == ""


def test_score_to_a_stream_without_encoding_still_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feed(monkeypatch, json.dumps(CASE).encode())
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)

    assert run("-") == 0
    assert json.loads(out.getvalue())["void"] is None


def test_score_to_an_ascii_stream_writes_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    feed(monkeypatch, json.dumps(CASE).encode())
    raw = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(raw, encoding="ascii"))

    assert run("-") == 0
    sys.stdout.flush()
    assert json.loads(raw.getvalue().decode("utf-8"))["bids"][0]["bidder"] == "甲"
