"""`procure workdays`, `capitals` and `codes`: answers, exit statuses, and one line for one line."""

import argparse
import io
import json
from typing import Any

import pytest

from procure.cli.kernel_tools import add_capitals, add_codes, add_workdays


class Outcome:
    """What a command answered: exit status, JSON lines, words for people."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.lines: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
        self.err = err

    @property
    def only(self) -> dict[str, Any]:
        (line,) = self.lines
        return line


@pytest.fixture
def run(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Any:
    def call(*words: str, stdin: str | bytes = "") -> Outcome:
        raw = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw), encoding="ascii"))
        parser = argparse.ArgumentParser(prog="procure")
        subparsers = parser.add_subparsers(required=True)
        for add in (add_workdays, add_capitals, add_codes):
            add(subparsers)
        arguments = parser.parse_args(words)
        status = arguments.run(arguments)
        out, err = capsysbinary.readouterr()
        return Outcome(status, out.decode("utf-8"), err.decode("utf-8"))

    return call


def test_workdays_due_gives_date_and_arithmetic(run: Any) -> None:
    outcome = run("workdays", "due", "--from", "2025-12-12", "--length", "5")

    assert outcome.status == 0
    assert outcome.only["due"] == "2025-12-19"
    assert outcome.only["provisional"] is False
    assert outcome.only["basis"][0] == {
        "date": "2025-12-12",
        "counted": False,
        "why": "周五，当日不计入",
    }
    assert sum(line["counted"] for line in outcome.only["basis"]) == 5
    assert outcome.err == ""


def test_workdays_due_takes_unit_and_kind(run: Any) -> None:
    outcome = run(
        *("workdays", "due", "--from", "2026-04-11", "--length", "10"),
        *("--unit", "day", "--kind", "min"),
    )

    assert outcome.only["due"] == "2026-04-21"


def test_workdays_due_counts_the_first_day_where_asked(run: Any) -> None:
    """21 to 27 May 2021: five working days with the first one counted, as some notices do."""
    asked = ("workdays", "due", "--from", "2021-05-21", "--length", "5")
    assert run(*asked, "--counting", "same_day").only["due"] == "2021-05-27"
    assert run(*asked).only["due"] == "2021-05-28"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-10-10", (True, "国庆节调休上班", False)),
        ("2026-10-01", (False, "国庆节放假", False)),
        ("2027-01-01", (False, "元旦（法定节假日）", True)),
    ],
)
def test_workdays_check_is_done_whatever_the_answer(
    run: Any, day: str, expected: tuple[bool, str, bool]
) -> None:
    outcome = run("workdays", "check", day)

    workday, why, provisional = expected
    assert outcome.status == 0
    assert outcome.only == {
        "date": day,
        "workday": workday,
        "why": why,
        "provisional": provisional,
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("workdays", "check", "2025-02-30"), "没有 2025-02-30 这一天"),
        (("workdays", "check", "20250203"), "日期的写法不对"),
        (("workdays", "check", "2025-W06-1"), "日期的写法不对"),
        (("workdays", "check", ""), "日期的写法不对"),
        (("workdays", "check", "2200-01-01"), "1950 年至 2099 年"),
        (("workdays", "due", "--from", "2025-12-12", "--length", "-5"), "不能是负数"),
        (("workdays", "due", "--from", "2025-12-12", "--length", "1.5"), "应为整数"),
        (("workdays", "due", "--from", "2025-12-12", "--length", "9" * 18), "期限太长"),
        (("workdays", "due", "--from", "2025-12-12", "--length", "9" * 5000), "应为整数"),
        (("capitals", "-5"), "不能是负数"),
        (("capitals", "12.345"), "最多两位小数"),
        (("capitals", ""), "请填写金额"),
        (("capitals", "100000000000000"), "超过 10 万亿元"),
        (("capitals", "--read", "叁拾万"), "缺少“元”"),
        (("capitals", "--read", ""), "没有读到大写金额"),
        (("capitals", "--read", "叁拾万元", "--against", "-300000"), "不能是负数"),
    ],
)
def test_refused_input_exits_one_with_words_only(
    run: Any, words: tuple[str, ...], said: str
) -> None:
    outcome = run(*words)

    assert outcome.status == 1
    assert outcome.lines == []
    assert said in outcome.err


@pytest.mark.parametrize(
    "words",
    [
        ("workdays",),
        ("workdays", "check"),
        ("workdays", "due", "--length", "5"),
        ("workdays", "due", "--from", "2026-01-05"),
        ("workdays", "due", "--from", "2026-01-05", "--length", "5", "--unit", "week"),
        ("workdays", "due", "--from", "2026-01-05", "--length", "5", "--kind", "most"),
        ("workdays", "due", "--from", "2026-01-05", "--length", "5", "--counting", "never"),
        ("workdays", "check", "2026-01-05", "--lines"),
        ("capitals",),
        ("capitals", "5", "--read", "伍元整"),
        ("capitals", "5", "--against", "5"),
        ("codes",),
        ("codes", "check"),
    ],
)
def test_wrong_usage_exits_two_with_words_only(run: Any, words: tuple[str, ...]) -> None:
    outcome = run(*words)

    assert outcome.status == 2
    assert outcome.lines == []
    assert "用法不对" in outcome.err


def test_unknown_option_like_words_exit_two_without_a_traceback(run: Any) -> None:
    with pytest.raises(SystemExit) as leaving:
        run("capitals", "-5万")

    assert leaving.value.code == 2


def test_capitals_goes_both_ways(run: Any) -> None:
    there = run("capitals", "1234.50")
    back = run("capitals", "--read", "壹仟贰佰叁拾肆圆伍角正")

    assert there.only == {"amount": "1234.50", "capitals": "壹仟贰佰叁拾肆元伍角"}
    assert back.only == there.only
    assert (there.status, back.status) == (0, 0)


def test_capitals_against_other_figures_exits_one_and_names_both(run: Any) -> None:
    """Vector V15."""
    outcome = run("capitals", "--read", "叁拾万元", "--against", "350000")

    assert outcome.status == 1
    assert outcome.only["amount"] == "300000.00"
    assert outcome.only["against"] == "350000.00"
    assert outcome.only["agree"] is False
    assert "以大写为准" in outcome.err


def test_capitals_against_the_same_figures_is_done(run: Any) -> None:
    outcome = run("capitals", "--read", "叁拾万元", "--against", "30万")

    assert outcome.status == 0
    assert outcome.only["agree"] is True


def test_codes_check_exits_by_validity(run: Any) -> None:
    good = run("codes", "check", "91110000600037341L")
    bad = run("codes", "check", "91110000600037341A")

    assert (good.status, good.only["kind"], good.only["valid"]) == (0, "uscc", True)
    assert (bad.status, bad.only["kind"], bad.only["valid"]) == (1, "uscc", False)
    assert bad.only["why"] in bad.err


def test_lines_of_workdays_answer_both_questions_in_order(run: Any) -> None:
    asked = [
        {"date": "2026-10-10"},
        {"from": "2025-12-12", "length": 5},
        {"from": "2026-04-11", "length": "10", "unit": "day", "kind": "min"},
    ]
    outcome = run("workdays", "--lines", stdin="\n".join(map(json.dumps, asked)))

    assert outcome.status == 0
    assert outcome.lines[0]["workday"] is True
    assert [line["due"] for line in outcome.lines[1:]] == ["2025-12-19", "2026-04-21"]


@pytest.mark.parametrize(
    "words",
    [
        ("workdays", "--lines"),
        ("workdays", "due", "--lines"),
        ("workdays", "check", "--lines"),
        ("workdays", "--lines", "check"),
        ("capitals", "--lines"),
        ("codes", "--lines"),
        ("codes", "check", "--lines"),
    ],
)
def test_lines_that_cannot_be_answered_get_an_error_each(run: Any, words: tuple[str, ...]) -> None:
    asked = [
        b"",
        b"[]",
        b"nonsense",
        b'{"date": NaN}',
        b"\xff\xfe",
        b"[" * 5000,
        b'{"surprise": 1}',
        b'{"date": true}',
        b'{"date": ["2026-01-05"]}',
        b'{"from": "2026-01-05", "length": 5, "unit": {}}',
        b'{"amount": 1e400}',
        b'{"amount": ' + b"9" * 5000 + b"}",
        b'{"read": "\\ud800"}',
        b"{}",
    ]
    outcome = run(*words, stdin=b"\n".join(asked))

    assert outcome.status == 0
    assert len(outcome.lines) == len(asked)
    assert all(set(line) == {"error"} and line["error"] for line in outcome.lines)


def test_lines_of_capitals_take_exact_numbers_and_report_disagreement(run: Any) -> None:
    asked = '{"amount": 1234.50}\n{"read": "叁拾万元", "against": "350000"}\n'

    outcome = run("capitals", "--lines", stdin=asked)

    assert outcome.status == 0
    assert outcome.lines[0] == {"amount": "1234.50", "capitals": "壹仟贰佰叁拾肆元伍角"}
    assert outcome.lines[1]["agree"] is False


def test_lines_of_codes_keep_odd_characters_readable(run: Any) -> None:
    outcome = run("codes", "check", "--lines", stdin='{"code": "\\ud800"}\n{"code": "600037341"}\n')

    assert outcome.lines[0]["valid"] is False
    assert outcome.lines[1] == {
        "code": "600037341",
        "kind": "org",
        "valid": True,
        "why": "组织机构代码校验通过。",
    }


def test_lines_work_on_plain_text_streams(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr("sys.stdout", written)
    parser = argparse.ArgumentParser()
    add_codes(parser.add_subparsers())
    monkeypatch.setattr("sys.stdin", io.StringIO('{"code": "600037341"}\n'))

    arguments = parser.parse_args(["codes", "--lines"])

    assert arguments.run(arguments) == 0
    assert json.loads(written.getvalue())["valid"] is True


def test_lines_stop_quietly_when_the_reader_has_gone(
    run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Gone())
    monkeypatch.setattr("sys.stdin", io.StringIO('{"code": "600037341"}\n'))
    parser = argparse.ArgumentParser()
    add_codes(parser.add_subparsers())
    arguments = parser.parse_args(["codes", "--lines"])

    assert arguments.run(arguments) == 1
