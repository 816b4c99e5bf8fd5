"""What a database must promise before money and bids are trusted to it; asked at every start."""

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine

from procure.store import grants, guards
from procure.store.base import PRAGMAS

SERVER_SETTINGS: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("fsync", ("on",), "断电后已经答复“办理成功”的内容会丢失"),
    ("full_page_writes", ("on",), "断电时写了一半的页面无法恢复"),
    ("synchronous_commit", ("on", "remote_apply"), "断电后已经答复“办理成功”的内容会丢失"),
    ("data_sync_retry", ("off",), "磁盘写入失败后数据库会当作已经写好"),
    ("session_replication_role", ("origin",), "存证和资金台账的保护全部不起作用"),
)
"""What a server must be set to, and what happens otherwise."""

CHECKSUMS = (
    "PostgreSQL 的 data_checksums 应为 on，现在是 off：磁盘上的数据坏了不会被发现。"
    "请停库后运行 pg_checksums --enable，再启动。"
)


def unsafe_settings(engine: Engine) -> list[str]:
    """What this database would not keep its promises with, in words; empty when all is well.

    Each sentence says which setting, what follows from it and what to do.
    """
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            return [*_of_pragmas(connection), *_of_guards(connection)]
        return [
            *of_server(connection),
            *_of_guards(connection),
            *grants.problems(connection, grants.own_name(connection)),
        ]


def _of_pragmas(connection: Connection) -> Iterator[str]:
    for name, _, wanted in PRAGMAS:
        answer = connection.exec_driver_sql(f"PRAGMA {name}").scalar()
        if str(answer) != wanted:
            yield (
                f"SQLite 的 {name} 应为 {wanted}，现在是 {answer}：数据库不能保证写入的内容完整。"
                "请确认数据库文件在本机磁盘上，没有被其他程序打开。"
            )


def of_server(connection: Connection) -> Iterator[str]:
    """What the server, the database or this session is set to and must not be, in words."""
    for name, wanted, follows in SERVER_SETTINGS:
        answer = connection.execute(text(f"SHOW {name}")).scalar()
        if answer not in wanted:
            yield (
                f"PostgreSQL 的 {name} 应为 {wanted[0]}，现在是 {answer}：{follows}。"
                "请改正服务器、数据库和账号各处对它的设置，重新加载后再启动。"
            )
    if connection.execute(text("SHOW data_checksums")).scalar() != "on":
        yield CHECKSUMS


def _of_guards(connection: Connection) -> Iterator[str]:
    lost = guards.missing(connection)
    if lost:
        yield (
            f"数据库中的保护触发器 {'、'.join(lost)} 不在或被停用：存证、资金台账和评分可能被改写。"
            "请用所有者账号恢复，并运行 procure trail fsck 核对这段时间的记录。"
        )
