"""Finds the command and runs it. Only the module of the command asked for is loaded, so that
`procure workdays` answers without waiting for the web application."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from procure.config import UnsafeConfiguration
from procure.kernel.errors import DomainError

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("procure.cli.demo:add_demo", "走完一个演示故事，或准备演示数据"),
    "db": ("procure.cli.service:add_db", "数据库迁移与核对"),
    "routes": ("procure.cli.service:add_routes", "列出所有网址及所需权限"),
    "workdays": ("procure.cli.kernel_tools:add_workdays", "工作日与期限推算"),
    "score": ("procure.cli.score:add_score", "按评分办法计算得分和排名"),
    "capitals": ("procure.cli.kernel_tools:add_capitals", "金额与人民币大写互换"),
    "codes": ("procure.cli.kernel_tools:add_codes", "信用代码、组织机构代码、身份证号码校验"),
    "contract": ("procure.cli.contract:add_contract", "用模板生成合同文本"),
    "trail": ("procure.cli.trail:add_trail", "审计包导出、校验，全库核链"),
    "accounts": ("procure.cli.accounts:add_accounts", "建立首批管理员"),
    "lifecycle": ("procure.cli.lifecycle:add_lifecycle", "以表格列出全部状态与办理步骤"),
    "serve": ("procure.cli.service:add_serve", "启动网站进程"),
    "scheduler": ("procure.cli.service:add_scheduler", "启动定时任务进程"),
}


def parser_for(wanted: str | None) -> argparse.ArgumentParser:
    """The parser, with the arguments of the wanted command only."""
    parser = argparse.ArgumentParser(
        prog="procure", description="政府购买服务平台的命令行。", allow_abbrev=False
    )
    subparsers = parser.add_subparsers(dest="command", metavar="命令", required=True)
    for name, (place, words) in COMMANDS.items():
        if name == wanted:
            module, function = place.split(":")
            getattr(importlib.import_module(module), function)(subparsers)
        else:
            subparsers.add_parser(name, help=words)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    given = list(sys.argv[1:] if arguments is None else arguments)
    wanted = next((word for word in given if not word.startswith("-")), None)
    try:
        chosen = parser_for(wanted).parse_args(given)
        status: int = chosen.run(chosen)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    except (DomainError, UnsafeConfiguration) as refusal:
        print(refusal, file=sys.stderr)
        remedy = getattr(refusal, "remedy", None)
        if remedy:
            print(remedy, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader went away (`| head`); nothing is left to be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status
