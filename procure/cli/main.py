"""Finds the command and runs it. Only the module of the command asked for is loaded, so that
`procure workdays` answers without waiting for the web application."""

import importlib
import os
import sys
from collections.abc import Sequence

from procure.cli.status import DONE, REFUSED, USAGE
from procure.cli.words import Parser, fault_words
from procure.config import UnsafeConfiguration
from procure.kernel.errors import DomainError, NotFound

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("procure.cli.demo:add_demo", "走完一个演示故事，或准备演示数据"),
    "db": ("procure.cli.db:add_db", "数据库迁移、核对与授权"),
    "routes": ("procure.cli.service:add_routes", "列出所有网址及所需权限"),
    "workdays": ("procure.cli.kernel_tools:add_workdays", "工作日与期限推算"),
    "score": ("procure.cli.score:add_score", "按评分办法计算得分和排名"),
    "capitals": ("procure.cli.kernel_tools:add_capitals", "金额与人民币大写互换"),
    "codes": ("procure.cli.kernel_tools:add_codes", "信用代码、组织机构代码、身份证号码校验"),
    "contract": ("procure.cli.contract:add_contract", "用模板生成合同文本"),
    "trail": ("procure.cli.trail:add_trail", "审计包导出、校验，全库核链"),
    "keys": ("procure.cli.keys:add_keys", "建立平台的密钥和文件存放处，只做一次"),
    "accounts": ("procure.cli.accounts:add_accounts", "建立首批管理员"),
    "lifecycle": ("procure.cli.lifecycle:add_lifecycle", "以表格列出全部状态与办理步骤"),
    "serve": ("procure.cli.service:add_serve", "启动网站进程"),
    "scheduler": ("procure.cli.service:add_scheduler", "启动定时任务进程"),
}


MANNERS = (
    "每条命令加 --help 看它的参数。退出状态：0 已办好，1 结果为否或内容被拒绝，2 用法不对。"
    "供程序读取的答复写到标准输出，给人看的话写到标准错误。"
)


def parser_for(wanted: str | None) -> Parser:
    """The parser, with the arguments of the wanted command only."""
    parser = Parser(prog="procure", description="政府购买服务平台的命令行。", epilog=MANNERS)
    subparsers = parser.add_subparsers(dest="command", metavar="命令", required=True, title="命令")
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
        return stop.code if isinstance(stop.code, int) else USAGE
    except UnsafeConfiguration as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    except DomainError as refusal:
        rule = f"依据：{refusal.rule}。" if refusal.rule else None
        # What to do where nothing was found speaks of pages; there are none here.
        remedy = None if isinstance(refusal, NotFound) else refusal.remedy
        print(*filter(None, (refusal.message, rule, remedy)), sep="\n", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader went away (`| head`); nothing is left to be said to it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as fault:
        print(f"{fault_words(fault)}。请核对后再试。", file=sys.stderr)
        return REFUSED
    except _database_faults() as fault:
        print(f"{NO_DATABASE}\n数据库的原话：{str(fault).splitlines()[0]}", file=sys.stderr)
        return REFUSED
    return status


NO_DATABASE = "数据库连不上或不能读写。请核对 PROCURE_DATABASE_URL，以及数据库是否在运行。"


def _database_faults() -> tuple[type[Exception], ...]:
    """What a database that cannot be used raises; nothing while no command has loaded it."""
    errors = sys.modules.get("sqlalchemy.exc")
    if errors is None:
        return ()
    return errors.OperationalError, errors.InterfaceError, errors.ArgumentError
