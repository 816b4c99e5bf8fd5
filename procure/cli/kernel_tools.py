"""The commands over the pure rules: `procure workdays`, `procure capitals`, `procure codes`.

Answers go to standard output as UTF-8 JSON, words for people to standard error. The exit status is
0 for done, 1 for "the answer is no" or refused input, 2 for wrong usage. With `--lines` each line
of standard input is one JSON object of the same arguments and gets one line of answer, `{"error"}`
where none can be given; the exit status is then 0 once every line has been answered.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeVar

from procure.cli.status import DONE, REFUSED, USAGE
from procure.kernel.clock import SystemClock, local_date
from procure.kernel.codes import check_code
from procure.kernel.errors import DomainError, Invalid
from procure.kernel.money import Money, capitals, read_capitals
from procure.kernel.workdays import CHINA, Counting, Kind, Unit

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}\Z")


class _Usage(Exception):
    """The arguments do not make a question."""


Chosen = TypeVar("Chosen", bound=StrEnum)
ToolAnswer = dict[str, Any]
Ask = Callable[[Mapping[str, Any]], tuple[ToolAnswer, int]]


DUE_NAMES = ("from", "length", "unit", "kind", "counting")
"""What `workdays due` may be told."""


def add_workdays(subparsers: Any) -> None:
    """Register `workdays due` and `workdays check` with an argparse sub-parsers object."""
    parser = subparsers.add_parser("workdays", help="工作日与期限推算")
    _add_lines(parser)
    parser.set_defaults(run=_runner(_ask_workdays, ()))
    actions = parser.add_subparsers(dest="action", metavar="due|check")
    due = actions.add_parser("due", help="推算期限届满日")
    due.add_argument("--from", dest="from", metavar="DATE", help="起算日，例如 2026-04-11")
    due.add_argument("--length", metavar="N", help="期限长度")
    due.add_argument(
        "--unit", metavar="|".join(Unit), help="单位：工作日、日、月、年，默认 workday"
    )
    due.add_argument("--kind", metavar="|".join(Kind), help="最长 max 或最短 min，默认 max")
    due.add_argument(
        "--counting",
        metavar="|".join(Counting),
        help="从次日起算 next_day，或起算日当天计入 same_day，默认 next_day",
    )
    _add_lines(due)
    due.set_defaults(run=_runner(_ask_due, DUE_NAMES))
    check = actions.add_parser("check", help="查某日是否工作日")
    check.add_argument("date", metavar="DATE", nargs="?", help="日期，例如 2026-10-10")
    _add_lines(check)
    check.set_defaults(run=_runner(_ask_check, ("date",)))


def add_capitals(subparsers: Any) -> None:
    """Register `capitals` with an argparse sub-parsers object."""
    parser = subparsers.add_parser("capitals", help="金额与人民币大写互换")
    parser.add_argument("amount", metavar="AMOUNT", nargs="?", help="金额，例如 1234.50")
    parser.add_argument("--read", metavar="TEXT", help="读出大写金额")
    parser.add_argument("--against", metavar="AMOUNT", help="与大写核对的小写金额")
    _add_lines(parser)
    parser.set_defaults(run=_runner(_ask_capitals, ("amount", "read", "against")))


def add_codes(subparsers: Any) -> None:
    """Register `codes check` with an argparse sub-parsers object."""
    parser = subparsers.add_parser("codes", help="信用代码、组织机构代码、身份证号码校验")
    _add_lines(parser)
    parser.set_defaults(run=_runner(_ask_code, ()))
    actions = parser.add_subparsers(dest="action", metavar="check")
    check = actions.add_parser("check", help="校验一个号码")
    check.add_argument("code", metavar="CODE", nargs="?", help="18 位或 9 位号码")
    _add_lines(check)
    check.set_defaults(run=_runner(_ask_code, ("code",)))


def _add_lines(parser: argparse.ArgumentParser) -> None:
    # SUPPRESS keeps a sub-command from overwriting a `--lines` given before it.
    parser.add_argument(
        "--lines",
        action="store_true",
        default=argparse.SUPPRESS,
        help="从标准输入逐行读 JSON，逐行回答",
    )


def _runner(ask: Ask, names: tuple[str, ...]) -> Callable[[argparse.Namespace], int]:
    """The callable that a command runs: ask once, or once a line."""

    def run(arguments: argparse.Namespace) -> int:
        given = {name: getattr(arguments, name) for name in names}
        given = {name: value for name, value in given.items() if value is not None}
        try:
            if getattr(arguments, "lines", False):
                if given:
                    raise _Usage("使用 --lines 时，参数写在标准输入的每一行里。")
                return _answer_lines(ask)
            answer, status = ask(given)
        except _Usage as problem:
            print(f"用法不对：{problem}", file=sys.stderr)
            return USAGE
        except DomainError as refusal:
            print(_in_words(refusal), file=sys.stderr)
            return REFUSED
        _write(answer)
        if status == REFUSED:
            print(answer["why"], file=sys.stderr)
        return status

    return run


def _answer_lines(ask: Ask) -> int:
    try:
        for line in _input_lines():
            _write(_answer_line(ask, line))
    except BrokenPipeError:
        # The reader has gone; what it took it has.
        return REFUSED
    return DONE


def _answer_line(ask: Ask, line: str) -> ToolAnswer:
    try:
        given = json.loads(line, parse_float=Decimal, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return {"error": "这一行不是 JSON 对象。"}
    if not isinstance(given, dict):
        return {"error": "这一行不是 JSON 对象。"}
    try:
        return ask({name: value for name, value in given.items() if value is not None})[0]
    except (_Usage, DomainError) as problem:
        words = _in_words(problem) if isinstance(problem, DomainError) else str(problem)
        return {"error": words}


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _input_lines() -> Iterator[str]:
    """Standard input line by line as UTF-8, whatever the locale says."""
    raw = getattr(sys.stdin, "buffer", None)
    if raw is None:
        yield from sys.stdin
        return
    for line in raw:
        yield line.decode("utf-8", errors="replace")


def _write(answer: ToolAnswer) -> None:
    """One line of UTF-8 JSON; a lone surrogate becomes its JSON escape."""
    text = json.dumps(answer, ensure_ascii=False) + "\n"
    raw = getattr(sys.stdout, "buffer", None)
    if raw is None:
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    raw.write(text.encode("utf-8", errors="backslashreplace"))
    raw.flush()


def _in_words(refusal: DomainError) -> str:
    """What is wrong, which rule says so, and what to do."""
    rule = f"依据{refusal.rule}。" if refusal.rule else ""
    return f"{refusal.message}{rule}{refusal.remedy or ''}"


def _known(given: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in given:
        if name not in names:
            raise _Usage(f"不认识参数“{name}”。")


def _text(given: Mapping[str, Any], name: str) -> str:
    """An argument as text; an exact JSON number counts as its digits."""
    value = given.get(name)
    if value is None:
        raise _Usage(f"缺少参数“{name}”。")
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise Invalid(name, f"参数“{name}”应为文字或数字。")
    return value


def _date(given: Mapping[str, Any], name: str) -> date:
    text = _text(given, name).strip()
    if _DATE.match(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise Invalid(name, f"没有 {text} 这一天。", remedy="请核对年月日。") from None
    raise Invalid(name, "日期的写法不对。", remedy="请写成 2026-04-11 的样子。")


def _whole(given: Mapping[str, Any], name: str) -> int:
    text = _text(given, name).strip()
    if not _WHOLE.match(text):
        raise Invalid(name, "期限长度应为整数。", remedy="请写成 5、10、30 这样的整数。")
    return int(text)


def _chosen(given: Mapping[str, Any], name: str, usual: Chosen, words: str) -> Chosen:
    """One of an enumeration's values, the usual one where none is given."""
    try:
        return type(usual)(given.get(name, usual))
    except ValueError:
        raise _Usage(words) from None


def _ask_workdays(given: Mapping[str, Any]) -> tuple[ToolAnswer, int]:
    """Tell the two questions apart by their keys, for `workdays --lines`."""
    if not given:
        raise _Usage("请用 workdays due 或 workdays check，或加 --lines。")
    return _ask_check(given) if "date" in given else _ask_due(given)


def _ask_due(given: Mapping[str, Any]) -> tuple[ToolAnswer, int]:
    _known(given, DUE_NAMES)
    due = CHINA.due(
        _date(given, "from"),
        _whole(given, "length"),
        _chosen(given, "unit", Unit.WORKDAY, "期限单位应为 workday、day、month 或 year。"),
        _chosen(given, "kind", Kind.MAX, "期限种类应为 max 或 min。"),
        counting=_chosen(
            given, "counting", Counting.NEXT_DAY, "起算方式应为 next_day 或 same_day。"
        ),
    )
    basis = [
        {"date": line.date.isoformat(), "counted": line.counted, "why": line.why}
        for line in due.basis
    ]
    return {
        "due": due.on.isoformat(),
        "provisional": due.provisional,
        "words": due.words,
        "basis": basis,
    }, DONE


def _ask_check(given: Mapping[str, Any]) -> tuple[ToolAnswer, int]:
    _known(given, ("date",))
    verdict = CHINA.check(_date(given, "date"))
    return {
        "date": verdict.date.isoformat(),
        "workday": verdict.workday,
        "why": verdict.why,
        "provisional": verdict.provisional,
    }, DONE


def _ask_capitals(given: Mapping[str, Any]) -> tuple[ToolAnswer, int]:
    _known(given, ("amount", "read", "against"))
    if "read" not in given:
        if "against" in given:
            raise _Usage("--against 要与 --read 一起使用。")
        money = Money.parse(_text(given, "amount"))
        return {"amount": money.yuan, "capitals": capitals(money)}, DONE
    if "amount" in given:
        raise _Usage("金额与 --read 只能给一个；核对小写金额请用 --against。")
    money = read_capitals(_text(given, "read"), field="read")
    answer: ToolAnswer = {"amount": money.yuan, "capitals": capitals(money)}
    if "against" not in given:
        return answer, DONE
    figures = Money.parse(_text(given, "against"), field="against")
    answer |= {"against": figures.yuan, "agree": figures == money}
    if figures != money:
        # Both amounts are named: the words win, and the bidder has to confirm them in writing.
        answer["why"] = (
            f"大写为 {money.format()}，小写为 {figures.format()}，两者不一致，以大写为准。"
        )
    return answer, DONE if figures == money else REFUSED


def _ask_code(given: Mapping[str, Any]) -> tuple[ToolAnswer, int]:
    _known(given, ("code",))
    verdict = check_code(_text(given, "code"), local_date(SystemClock().now()))
    return {
        "code": verdict.code,
        "kind": verdict.kind,
        "valid": verdict.valid,
        "why": verdict.why,
    }, DONE if verdict.valid else REFUSED
