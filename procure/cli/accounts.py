"""`procure accounts create-first`: lets a new installation be entered by its three administrators.

Asks nothing and prints each temporary password once; whoever runs it hands them over. It works only
while nobody holds any of the three offices (三员分立, GB/T 22239-2019 8.1.5).
"""

import argparse
import json
import sys
from typing import Any

from procure.cli.status import DONE
from procure.config import from_environment
from procure.demonstration.app import application
from procure.kernel.access import ROLE_LABELS, SYSTEM_ACTOR, Role
from procure.kernel.clock import SystemClock
from procure.registers.accounts.passwords import Passwords
from procure.registers.accounts.use_cases import (
    CreateFirst,
    FirstAdministrator,
    create_first_administrators,
)
from procure.store.base import db
from procure.store.unit_of_work import UnitOfWork

OFFICES = (
    ("system", Role.SYSTEM_ADMIN),
    ("security", Role.SECURITY_ADMIN),
    ("audit", Role.AUDIT_ADMIN),
)


def add_accounts(subparsers: Any) -> None:
    """Register `accounts create-first` with an argparse sub-parsers object."""
    parser = subparsers.add_parser("accounts", help="建立首批管理员")
    actions = parser.add_subparsers(dest="action", metavar="create-first", required=True)
    create = actions.add_parser(
        "create-first", help="建立首批三位管理员，各给一个只显示一次的临时密码"
    )
    create.add_argument("--organisation", required=True, metavar="名称", help="平台运行单位名称")
    for option, role in OFFICES:
        create.add_argument(
            f"--{option}",
            required=True,
            metavar="用户名:姓名",
            type=_person,
            help=f"{ROLE_LABELS[role]}，例如 {option}1:张三",
        )
    create.set_defaults(run=run_create_first)


def _person(text: str) -> tuple[str, str]:
    username, colon, name = text.partition(":")
    if not (username and colon and name):
        raise argparse.ArgumentTypeError("应写成“用户名:姓名”")
    return username, name


def run_create_first(arguments: argparse.Namespace) -> int:
    """Make the three accounts and print user names and temporary passwords as JSON."""
    config = from_environment()
    named = [(*getattr(arguments, option), role) for option, role in OFFICES]
    people = tuple(FirstAdministrator(username, name, role) for username, name, role in named)
    app = application(config)
    command = CreateFirst(arguments.organisation, people)
    with app.app_context():
        try:
            with UnitOfWork(db.session(), SYSTEM_ACTOR, SystemClock()) as uow:
                hashing = Passwords(config.password_hash_cost)
                passwords = create_first_administrators(uow, command, hashing)
        finally:
            db.session.remove()
            db.engine.dispose()
    answer = [
        {"username": one.username, "role": one.role.value, "password": passwords[one.username]}
        for one in people
    ]
    print(json.dumps(answer, ensure_ascii=False))
    print(
        "三位管理员已建立。临时密码只显示这一次，请分别交给本人，首次登录时修改并绑定动态口令。",
        file=sys.stderr,
    )
    return DONE
