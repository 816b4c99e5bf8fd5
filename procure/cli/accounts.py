"""`procure accounts`: what takes somebody at the machine.

`create-first` lets a new installation be entered by its administrators (三员分立, GB/T 22239-2019
8.1.5); it works only while nobody holds any of the three offices, asks nothing and prints each
temporary password once. `reset-second-factor` releases an administrator whom nobody on the platform
can: it is the database owner's, takes two names and is an event.
"""

import argparse
import json
import sys
from typing import Any

from sqlalchemy.orm import Session

from procure.cli.status import DONE
from procure.config import database_from_environment, from_environment
from procure.demonstration.app import application
from procure.kernel.access import SYSTEM_ACTOR, Role
from procure.kernel.clock import SystemClock
from procure.registers.accounts.passwords import Passwords
from procure.registers.accounts.todo import ENOUGH_GUARDS
from procure.registers.accounts.use_cases.credentials import ResetAtMachine, reset_at_machine
from procure.registers.accounts.use_cases.roles import (
    CreateFirst,
    FirstAdministrator,
    create_first_administrators,
)
from procure.store import migrate
from procure.store.base import db
from procure.store.grants import require_owner
from procure.store.unit_of_work import UnitOfWork

OFFICES = (
    ("system", Role.SYSTEM_ADMIN),
    ("security", Role.SECURITY_ADMIN),
    ("audit", Role.AUDIT_ADMIN),
)


def add_accounts(subparsers: Any) -> None:
    """Register the commands with an argparse sub-parsers object."""
    parser = subparsers.add_parser("accounts", help="建立首批管理员；重置管理员的动态口令")
    actions = parser.add_subparsers(
        dest="action", metavar="create-first|reset-second-factor", required=True
    )
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
            action="append" if role is Role.SECURITY_ADMIN else "store",
            help=f"{role.label}，例如 {option}1:张三"
            + ("；应有两位，写两次" if role is Role.SECURITY_ADMIN else ""),
        )
    create.set_defaults(run=run_create_first)
    reset = actions.add_parser(
        "reset-second-factor",
        help="管理员遗失动态口令、平台上没有人能重置时，由数据库所有者和见证人一起重置",
    )
    reset.add_argument("--user", required=True, metavar="用户名", help="遗失动态口令的管理员")
    reset.add_argument("--by", required=True, metavar="姓名", help="办理人")
    reset.add_argument("--witness", required=True, metavar="姓名", help="见证人，另一个人")
    reset.add_argument("--reason", required=True, metavar="原因", help="怎样核实了本人身份")
    reset.set_defaults(run=run_reset)


def _person(text: str) -> tuple[str, str]:
    username, colon, name = text.partition(":")
    if not (username and colon and name):
        raise argparse.ArgumentTypeError("应写成“用户名:姓名”")
    return username, name


def run_create_first(arguments: argparse.Namespace) -> int:
    """Make the three accounts and print user names and temporary passwords as JSON."""
    config = from_environment()
    people = tuple(
        FirstAdministrator(username, name, role)
        for option, role in OFFICES
        for username, name in _named(getattr(arguments, option))
    )
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
        "首批管理员已建立。临时密码只显示这一次，请分别交给本人，首次登录时修改并绑定动态口令。",
        file=sys.stderr,
    )
    if len(arguments.security) < ENOUGH_GUARDS:
        print(
            "注意：安全管理员只有一位。这一位遗失手机和备用码，平台上就没有人能授予岗位、办理重置；"
            "请尽快在平台上设第二位。",
            file=sys.stderr,
        )
    return DONE


def _named(given: tuple[str, str] | list[tuple[str, str]]) -> list[tuple[str, str]]:
    return given if isinstance(given, list) else [given]


def run_reset(arguments: argparse.Namespace) -> int:
    """Reset an administrator's second factor. Raises Denied for an account that owns no tables."""
    engine = migrate.engine_for(database_from_environment(), guarded=True)
    command = ResetAtMachine(
        arguments.user, arguments.by.strip(), arguments.witness.strip(), arguments.reason
    )
    try:
        with Session(engine) as session, UnitOfWork(session, SYSTEM_ACTOR, SystemClock()) as uow:
            require_owner(uow.session.connection())
            reset_at_machine(uow, command)
    finally:
        engine.dispose()
    print(
        f"{arguments.user} 的动态口令已重置，登录已全部结束；本人用密码登录后重新绑定。"
        "这次重置已记入安全日志。",
        file=sys.stderr,
    )
    return DONE
