"""`procure keys create`: gives a new installation its keys and its folder of files, once.

In production nothing else ever makes a key: a start with an empty secret folder would otherwise look
well, and bids would be sealed to a key nobody had before.
"""

import argparse
import sys
from typing import Any

from sqlalchemy.orm import Session

from procure import wiring
from procure.app import require_newest
from procure.cli.status import DONE
from procure.config import from_environment, root_of
from procure.kernel.clock import SystemClock
from procure.registers.installation.belonging import claim, require_opening, require_own
from procure.registers.installation.queries import recorded_marks
from procure.store import migrate
from procure.store.secrets import make_keys


def add_keys(subparsers: Any) -> None:
    """Register `keys create`."""
    parser = subparsers.add_parser("keys", help="建立平台的密钥和文件存放处，只做一次")
    actions = parser.add_subparsers(dest="action", metavar="create", required=True)
    create = actions.add_parser(
        "create", help="在 PROCURE_SECRET_DIR 建立密钥，登记到数据库，并给文件存放处做标记"
    )
    create.set_defaults(run=run_create)


def run_create(arguments: argparse.Namespace) -> int:
    """Make keys and mark, and record both; a database that has its own is left as it is.

    Raises UnsafeConfiguration for keys or files that are not the database's.
    """
    config = from_environment(before_keys=True)
    engine = migrate.engine_for(config.database_url, guarded=True)
    try:
        require_newest(engine)
        with Session(engine) as session:
            recorded = recorded_marks(session)
            if recorded is not None:
                require_own(config, recorded)
                print(
                    f"密钥 {config.secret_dir} 和文件存放处 {root_of(config.storage_url)} 早已建立，"
                    "与数据库相符，没有改动。",
                    file=sys.stderr,
                )
                return DONE
            require_opening(session, config, wiring.WRAPPED)
            make_keys(config.secret_dir)
            claim(session, from_environment(), SystemClock(), wiring.WRAPPED)
    finally:
        engine.dispose()
    print(
        f"已在 {config.secret_dir} 建立密钥，给文件存放处 {root_of(config.storage_url)} 做了标记，并登记到数据库。"
        "请立即备份密钥文件夹，与数据库备份分开保管：没有它，封存的投标和动态口令谁也打不开。每台服务器使用同一套密钥和同一个文件存放处。",
        file=sys.stderr,
    )
    return DONE
