"""The commands of the database: upgrade, check, grants."""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

from sqlalchemy.engine import Connection

from procure import wiring as _tables  # noqa: F401  its import loads every table
from procure.cli.status import DONE, REFUSED
from procure.config import database_from_environment
from procure.kernel.errors import Invalid
from procure.store import grants, guards, migrate

LACK_OR_EXCESS = {"add": "缺少", "remove": "多出"}
"""What has to be done to the database, as what is wrong with it."""

PARTS = {"index": "索引", "constraint": "约束", "fk": "外键"}
PROPERTIES = {"type": "类型", "nullable": "可否为空", "default": "默认值", "comment": "说明"}


def add_db(subparsers: Any) -> None:
    """Register `db upgrade`, `db check` and `db grants`."""
    parser = subparsers.add_parser("db", help="数据库迁移、核对与授权")
    actions = parser.add_subparsers(dest="action", metavar="upgrade|check|grants", required=True)
    actions.add_parser("upgrade", help="把数据库升级到最新结构").set_defaults(run=run_upgrade)
    actions.add_parser("check", help="核对数据库结构和保护与程序一致").set_defaults(run=run_check)
    grants = actions.add_parser("grants", help="网站账号在 PostgreSQL 上需要的权限，不多不少")
    grants.add_argument("--role", required=True, metavar="账号", help="网站和定时任务使用的账号")
    grants.add_argument(
        "--apply", action="store_true", help="直接执行（用所有者账号连接）；不写则只列出语句"
    )
    grants.set_defaults(run=run_grants)


def run_upgrade(arguments: argparse.Namespace) -> int:
    """Bring the database to the newest schema, and let it count its rows."""
    url = database_from_environment()
    migrate.upgrade(url)
    migrate.analyse(url)
    print(f"数据库已是最新结构（{migrate.newest()}）。", file=sys.stderr)
    return DONE


def run_check(arguments: argparse.Namespace) -> int:
    """Say whether schema and guards equal what the program says they are."""
    url = database_from_environment()
    found = [words for item in migrate.differences(url) for words in _in_words(item)]
    engine = migrate.engine_for(url)
    with engine.connect() as connection:
        found += [f"缺少保护触发器 {name}，或它被停用" for name in guards.missing(connection)]
    engine.dispose()
    print(json.dumps({"equal": not found, "differences": found}, ensure_ascii=False))
    return REFUSED if found else DONE


def _in_words(difference: Any) -> Iterator[str]:
    """A difference as the migrations' comparison gives it: which table, which column, what."""
    if isinstance(difference, list):
        for each in difference:
            yield from _in_words(each)
        return
    kind, *about = difference
    deed, _, part = kind.partition("_")
    if deed == "modify":
        _, table, column, _, now, wanted = about
        yield (
            f"表 {table} 的列 {column}：{PROPERTIES.get(part, part)}应为 {_shown(part, wanted)}，"
            f"现在是 {_shown(part, now)}"
        )
    elif part == "table":
        table = about[0].name
        yield f"缺少表 {table}" if deed == "add" else f"多出表 {table}"
    elif part == "column":
        _, table, column = about
        yield f"表 {table} {LACK_OR_EXCESS[deed]}列 {column.name}"
    elif part == "table_comment":
        yield f"表 {about[0].name} {LACK_OR_EXCESS[deed]}说明"
    else:
        [item] = about
        columns = "、".join(column.name for column in item.columns)
        named = f"{PARTS.get(part, part)} {item.name or ''}".rstrip()
        yield f"表 {item.table.name} {LACK_OR_EXCESS[deed]}{named}（列 {columns}）"


def _shown(part: str, value: Any) -> str:
    if part == "nullable":
        return "可以为空" if value else "不可为空"
    return "空" if value is None else str(value)


def run_grants(arguments: argparse.Namespace) -> int:
    """Print the statements that give an account what the program needs, or run them.

    Exit status 1 when the account may do more than it should even so, each reason on a line.
    Raises Invalid for a database without accounts, an account that does not exist, and the owner.
    """
    engine = migrate.engine_for(database_from_environment())
    try:
        with engine.begin() as connection:
            role: str = arguments.role
            _require_account(connection, role)
            statements = grants.grants(connection, role)
            if not arguments.apply:
                print(*(f"{statement};" for statement in statements), sep="\n")
                return DONE
            for statement in statements:
                connection.exec_driver_sql(statement)
            left = grants.problems(connection, role)
    finally:
        engine.dispose()
    if left:
        print(*left, sep="\n", file=sys.stderr)
        return REFUSED
    print(f"已授权：账号 {role} 可以办理程序的全部业务，不能改写只增不改的记录。", file=sys.stderr)
    return DONE


def _require_account(connection: Connection, role: str) -> None:
    if connection.dialect.name != "postgresql":
        raise Invalid(
            "role",
            "SQLite 没有账号，不需要授权。",
            remedy="请把 PROCURE_DATABASE_URL 设为 PostgreSQL 数据库、用所有者账号连接后再运行。",
        )
    if not grants.exists(connection, role):
        raise Invalid(
            "role",
            f"数据库里没有账号 {role}。",
            remedy=f"请由数据库管理员先建立：CREATE ROLE {role} LOGIN PASSWORD '另行保管的密码'。",
        )
    if role == grants.own_name(connection):
        raise Invalid(
            "role",
            f"{role} 是现在连接用的账号，不能给自己授权。",
            remedy="请用所有者账号连接，给另一个只供网站和定时任务使用的账号授权。",
        )
