"""`procure score`: a scoring case in, its ranking out, as JSON.

Exit status: 0 done (a void case too: that is an answer), 1 the case was refused, 2 wrong usage.
With `--lines` every line of standard input is a case and gets one line of answer; a refused case
gets `{"error", "field", "rule"}` and the run goes on.
"""

import argparse
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from procure.cli.status import DONE, REFUSED, USAGE
from procure.kernel.errors import Invalid
from procure.kernel.scoring.case import read_case, score_case, write_outcome
from procure.kernel.scoring.notices import notices
from procure.kernel.scoring.rules import BrokenRule
from procure.kernel.scoring.score import score


class NotJson(Exception):
    """The text is not one JSON value; says why in words."""


def add_score(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Register `score CASE.json` and `score --lines`."""
    parser = subparsers.add_parser(
        "score", help="按评分办法计算得分和排名", description="按评分办法计算得分和排名。"
    )
    parser.add_argument("case", nargs="?", metavar="CASE.json", help="评分案例文件，- 为标准输入")
    parser.add_argument("--lines", action="store_true", help="从标准输入逐行读取案例，逐行输出")
    parser.set_defaults(run=run_score)


def run_score(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit status; both streams speak UTF-8 whatever the locale."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if arguments.lines == (arguments.case is not None):
        _say("请给出一个评分案例文件（- 为标准输入），或使用 --lines 逐行读取，两者选一。")
        return USAGE
    if arguments.lines:
        return _score_lines(sys.stdin.buffer)
    try:
        data = _read(arguments.case)
    except OSError:
        _say(f"读不到文件 {_shown(arguments.case)}。请核对文件名和权限。")
        return USAGE
    return _score_one(data)


def _score_one(data: bytes) -> int:
    """Answer one case; notices and refusals go to standard error."""
    try:
        outcome = score(*read_case(parse_case(data)))
    except NotJson as refusal:
        _say(str(refusal))
        return REFUSED
    except Invalid as refusal:
        _say(explain(refusal))
        return REFUSED
    print(json.dumps(write_outcome(outcome), ensure_ascii=False, indent=2))
    for notice in notices(outcome):
        _say(notice)
    return DONE


def _score_lines(lines: Iterable[bytes]) -> int:
    """Answer every line in order, as soon as it is read."""
    for line in lines:
        print(json.dumps(_answer(line), ensure_ascii=False), flush=True)
    return DONE


def _answer(line: bytes) -> dict[str, Any]:
    """The answer to one line, or what is wrong with it."""
    try:
        return score_case(parse_case(line))
    except NotJson as refusal:
        return {"error": str(refusal)}
    except Invalid as refusal:
        return {"error": explain(refusal), "field": refusal.field, "rule": refusal.rule}


def parse_case(data: bytes) -> object:
    """The JSON value in `data`; raises NotJson for anything else, never another exception.

    Repeated keys, NaN and Infinity are refused: different readers would see different cases.
    """
    try:
        return json.loads(
            data.decode("utf-8-sig"), parse_constant=_no_constant, object_pairs_hook=_unique
        )
    except UnicodeDecodeError:
        raise NotJson("输入不是 UTF-8 编码的文本。请另存为 UTF-8 后重试。") from None
    except json.JSONDecodeError as error:
        raise NotJson(
            f"输入不是合法的 JSON：第 {error.lineno} 行第 {error.colno} 列有误。请更正后重试。"
        ) from None
    except RecursionError:
        raise NotJson("输入的嵌套层数过多。请按评分案例的格式填写。") from None
    except ValueError:
        # The interpreter refuses to turn more than some 4,300 digits into an integer.
        raise NotJson("输入中有位数过多的数字。请写成最多 15 位整数的十进制数。") from None


def explain(refusal: Invalid) -> str:
    """A refusal as one line: field, what is wrong, which rule, what to do."""
    code = ""
    if isinstance(refusal, BrokenRule) and refusal.code.startswith("R-"):
        code = f"{refusal.code} "
    rule = f"规则：{code}{refusal.rule}。" if refusal.rule else ""
    return f"字段 {refusal.field}：{refusal.message}{rule}{refusal.remedy or ''}"


def _no_constant(name: str) -> None:
    raise NotJson(f"输入中有不能计算的数值 {name}。请填写十进制数。")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are all different."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise NotJson(f"字段 {_shown(key)} 出现了不止一次。请只保留一个。")
        found[key] = value
    return found


def _read(name: str) -> bytes:
    if name == "-":
        stream: BinaryIO = sys.stdin.buffer
        return stream.read()
    return Path(name).read_bytes()


def _shown(text: str) -> str:
    """`text` fit for a terminal: visible characters, cut short."""
    return "".join(c if c.isprintable() else "?" for c in text[:200])


def _say(message: str) -> None:
    print(message, file=sys.stderr)
