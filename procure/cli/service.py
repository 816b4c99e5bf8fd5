"""The commands of a running installation: routes, serve, scheduler."""

import argparse
import json
import logging
import os
import signal
import sys
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from procure import scheduler
from procure.cli.status import DONE
from procure.config import Config, Mode, from_environment
from procure.demonstration.app import application
from procure.kernel.addresses import address_of
from procure.kernel.errors import Invalid
from procure.web.access import permission_of
from procure.web.connections import NOTICE_SECONDS, raise_descriptor_limit
from procure.web.receiving import make_server

MOST_NOTICE = 300
"""Seconds: no load balancer asks more rarely."""


MODES = {
    Mode.DEMO: (
        "【演示模式】账号的密码人人知道，没有动态口令，时钟可以拨动。不要存放真实资料，不要让外人访问；"
        "正式使用请设置 PROCURE_MODE=production。"
    ),
    Mode.PRODUCTION: "【生产模式】",
}


OPEN_TO_THE_NETWORK = (
    "【警告】这个演示平台正对整个网络开放：登录页列出全部账号，密码人人知道，任何能连到这台机器的人都能进入、改动和上传。"
    "只给自己用，请去掉 --host；给别人看完，请立即停止。"
)


def add_routes(subparsers: Any) -> None:
    """Register `routes --json`."""
    parser = subparsers.add_parser("routes", help="列出所有网址及所需权限")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.set_defaults(run=run_routes)


def routes_of(app: Flask) -> list[dict[str, Any]]:
    """Every rule of the application with its methods, endpoint and permission."""

    def row(rule: Rule) -> dict[str, Any]:
        permission = permission_of(app, rule.endpoint)
        return {
            "rule": rule.rule,
            "methods": sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}),
            "endpoint": rule.endpoint,
            "permission": None if permission is None else permission.value,
        }

    return sorted((row(rule) for rule in app.url_map.iter_rules()), key=lambda r: r["rule"])


def run_routes(arguments: argparse.Namespace) -> int:
    """Print the routes."""
    rows = routes_of(application(from_environment()))
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False))
        return DONE
    for row in rows:
        print(f"{'、'.join(row['methods']):10} {row['rule']:60} {row['permission']}")
    return DONE


def add_serve(subparsers: Any) -> None:
    """Register `serve`."""
    parser = subparsers.add_parser("serve", help="启动网站进程")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址，默认 127.0.0.1")
    parser.add_argument("--port", type=_port, default=8000, help="监听端口，默认 8000")
    parser.add_argument(
        "--notice",
        type=_seconds,
        default=NOTICE_SECONDS,
        help="收到停止信号后，/readyz 先报告多少秒，再停止接受新连接，默认 2",
    )
    parser.set_defaults(run=run_serve)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise argparse.ArgumentTypeError("端口应是 1 到 65535 的整数")
    return int(text)


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:5]) <= MOST_NOTICE):
        raise argparse.ArgumentTypeError(f"秒数应是 0 到 {MOST_NOTICE} 的整数")
    return int(text)


def run_serve(arguments: argparse.Namespace) -> int:
    """Serve the site until told to stop; what is begun is finished first."""
    logging.basicConfig()
    # One line for each request that waits would drown all others when the site is busiest.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    raise_descriptor_limit()
    config = from_environment()
    app = application(config)
    server = make_server(app, host=arguments.host, port=arguments.port, threads=8, ident=None)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.stop(arguments.notice))
    print(announcement(config, arguments.host, arguments.port), file=sys.stderr, flush=True)
    server.run()
    server.task_dispatcher.shutdown()
    return DONE


def announcement(config: Config, host: str, port: int) -> str:
    """Where the site answers, and what it is: a demonstration must not be taken for the real one."""
    name = f"[{host}]" if ":" in host else host
    lines = [MODES[config.mode], f"网站已启动：http://{name}:{port}/"]
    if config.is_demo and not _is_this_machine(host):
        lines.insert(1, OPEN_TO_THE_NETWORK)
    return "\n".join(lines)


def _is_this_machine(host: str) -> bool:
    address = address_of(host)
    return host == "localhost" if address is None else address.is_loopback


def add_scheduler(subparsers: Any) -> None:
    """Register `scheduler`."""
    parser = subparsers.add_parser("scheduler", help="启动定时任务进程")
    parser.add_argument("--once", metavar="NAME", help="只办一次这项任务，办完即退出")
    parser.set_defaults(run=run_scheduler)


def run_scheduler(arguments: argparse.Namespace) -> int:
    """Run the ticks until told to stop, or one job once. Raises Invalid for an unknown job."""
    app = application(from_environment())
    if arguments.once is None:
        if not scheduler.run(app):
            # The interpreter would wait for the thread that waits for a mail server.
            sys.stderr.flush()
            os._exit(0)
        return DONE
    if arguments.once not in scheduler.by_name():
        raise Invalid(
            "once", "没有这项任务。", remedy=f"可办的任务：{'、'.join(scheduler.by_name())}。"
        )
    print(scheduler.run_once(app, arguments.once))
    return DONE
