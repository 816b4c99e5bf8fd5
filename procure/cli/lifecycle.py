"""`procure lifecycle`: the workflow as a table, as kernel/lifecycle.md shows it."""

import argparse
from typing import Any

from procure.cli.status import DONE
from procure.kernel.access import role_words
from procure.kernel.lifecycle import TRANSITIONS, Transition

HEAD = ("| 对象 | 动作 | 从 | 到 | 谁办理 | 事件 |", "|---|---|---|---|---|---|")


def add_lifecycle(subparsers: Any) -> None:
    """Register `lifecycle`."""
    parser = subparsers.add_parser("lifecycle", help="以表格列出全部状态与办理步骤")
    parser.set_defaults(run=run)


def row_of(step: Transition) -> str:
    """One line of the table."""
    start = "、".join(source.label for source in step.sources) or "（新建）"
    end = step.target.label if step.target is not None else "不变"
    who = role_words(step.permission)
    label = step.aggregate.label
    return f"| {label} | {step.label} `{step.action}` | {start} | {end} | {who} | `{step.event}` |"


def table() -> str:
    """The whole table in Markdown."""
    return "\n".join((*HEAD, *(row_of(step) for step in TRANSITIONS)))


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    print(table())
    return DONE
