"""The command line's own words: argparse and the operating system speak English, these do not."""

import argparse
import errno
import re
import sys
from collections.abc import Iterable
from typing import Any, NoReturn

from procure.cli.status import USAGE

COMPLAINTS = (
    (r"the following arguments are required: (.+)", "缺少参数：{0}。"),
    (r"unrecognized arguments: (.+)", "不认识的参数：{0}。"),
    (
        r"argument (.+?): invalid choice: (.+) \(choose from (.+)\)",
        "{0}：没有 {1}，可用的有 {2}。",
    ),
    (r"argument (.+?): expected (?:one|at least one|\d+) arguments?", "{0} 后面缺少值。"),
    (r"argument (.+?): invalid int value: (.+)", "{0} 应为整数：{1}。"),
    (r"argument (.+?): ignored explicit argument (.+)", "{0} 后面不能带值：{1}。"),
    (r"argument (.+?): (\W.*|[^\x00-\x7f].*)", "{0}：{1}。"),
)
"""What argparse says, and how it is said here; its last line passes on words of our own."""

FAULTS = {
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘只能读",
    errno.ENOENT: "不存在",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EISDIR: "是文件夹，不是文件",
    errno.EEXIST: "已经存在",
    errno.ENOSPC: "磁盘已满",
    errno.EADDRINUSE: "地址或端口已被占用",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
    errno.ENAMETOOLONG: "名称太长",
}


def fault_words(fault: OSError) -> str:
    """What the operating system refused, in words, with the file it is about."""
    words = FAULTS.get(fault.errno or 0, f"系统拒绝，代码 {fault.errno}")
    return f"{fault.filename}：{words}" if fault.filename else words


def complaint_words(message: str) -> str:
    """What argparse complains of, in Chinese."""
    for pattern, words in COMPLAINTS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return words.format(*found.groups())
    return "参数的写法不对。"


class Layout(argparse.HelpFormatter):
    """Help with its headings in Chinese and room for the longest name."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32)
        # The library forgets to count how far the names of sub-commands are indented.
        self._action_max_length = 14

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        """The line that says how the command is typed."""
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class Commands(argparse._SubParsersAction):  # type: ignore[type-arg]
    """Sub-commands whose own help begins with what the list says of them."""

    def add_parser(self, name: str, **options: Any) -> Any:
        """A parser of one sub-command."""
        if "help" in options:
            options.setdefault("description", f"{options['help']}。")
        return super().add_parser(name, **options)


class Parser(argparse.ArgumentParser):
    """A parser that explains and complains in Chinese; sub-commands get the same."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{"formatter_class": Layout, "allow_abbrev": False, **options, "add_help": False}
        )
        self._positionals.title, self._optionals.title = "参数", "选项"
        self.register("action", "parsers", Commands)
        self.add_argument("-h", "--help", action="help", help="显示这份说明")

    def error(self, message: str) -> NoReturn:
        """Say how the command is typed and what was wrong; exit status 2."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{complaint_words(message)}\n")
