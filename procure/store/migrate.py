"""Migrations: bring a database to the newest schema, and say whether it equals the models."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, create_engine, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.types import TypeEngine

from procure.config import CHECKOUT, UnsafeConfiguration, alone_in
from procure.store.base import Base, install

FOLDER = CHECKOUT / "migrations"
SCHEMA_LOCK = 7_076_201
"""The advisory lock of whoever changes the schema; nothing else of the platform uses this number."""
REFUSED = (
    "数据库账号不能读取数据库的版本：请由所有者运行 procure db grants --role 这个账号 --apply，"
    "再启动。"
)


def engine_for(url: str, *, guarded: bool = False) -> Engine:
    """An engine that may change the schema: the append-only guard of its connections is off.

    With `guarded` it is an ordinary one, for a command that needs no application.
    """
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url)
    install(engine, guarded=guarded)
    return engine


def analyse(url: str) -> None:
    """Let the database count its rows anew, so that it chooses its ways by what is there now.

    The owner's to do with every upgrade and after a bulk load; the site's own account may not.
    """
    engine = engine_for(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()


def _settings(connection: Connection | None = None) -> AlembicConfig:
    settings = AlembicConfig()
    settings.set_main_option("script_location", str(FOLDER))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def run_on_connection(context: EnvironmentContext) -> None:
    """What `migrations/env.py` does: all pending steps in one transaction."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database up to a revision; nothing happens when it is there already.

    Of two that come together the second waits, and then finds nothing to do.
    """
    with _alone(url) as connection:
        command.upgrade(_settings(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Take the database back to a revision; for tests of the migrations themselves."""
    with _alone(url) as connection:
        command.downgrade(_settings(connection), revision)


@contextmanager
def _alone(url: str) -> Iterator[Connection]:
    """A transaction that changes the schema while no other does: held by a lock of the server, or on
    SQLite of the folder, since even opening a new file for the first time would fail beside another.
    """
    engine = engine_for(url)
    try:
        with ExitStack() as held:
            if engine.dialect.name == "sqlite" and engine.url.database:
                held.enter_context(alone_in(Path(engine.url.database).absolute().parent))
            connection = held.enter_context(engine.begin())
            if engine.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(SCHEMA_LOCK)))
            yield connection
    finally:
        engine.dispose()


@cache
def newest() -> str:
    """The newest revision there is; read once, since none comes while a process runs."""
    head = ScriptDirectory.from_config(_settings()).get_current_head()
    assert head is not None
    return head


def current(engine: Engine) -> str | None:
    """The revision a database stands at.

    Raises UnsafeConfiguration when the account may not even ask.
    """
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except ProgrammingError as refusal:
        raise UnsafeConfiguration(REFUSED) from refusal


def differences(url: str) -> list[Any]:
    """Where the schema of a database differs from the models; empty when they agree."""
    engine = engine_for(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": _types_differ})
        found = compare_metadata(context, Base.metadata)
    engine.dispose()
    return [item for item in found if not _known(item)]


def _types_differ(
    context: MigrationContext,
    kept: Column[Any],
    wanted: Column[Any],
    kept_type: TypeEngine[Any],
    wanted_type: TypeEngine[Any],
) -> bool | None:
    """Whether a column holds other values than its model's; None leaves the answer to Alembic.

    SQLite keeps values by the affinity of a type and knows neither lengths nor sizes, so that none
    is changed there. A primary key is another matter: only INTEGER makes one the row's own number.
    """
    if context.dialect.name != "sqlite" or wanted.primary_key:
        return None
    dialect = context.dialect
    return _affinity(kept_type.compile(dialect)) != _affinity(wanted_type.compile(dialect))


def _affinity(declared: str) -> str:
    """What SQLite makes of a declared type (its manual: Datatypes in SQLite, 3.1)."""
    for parts, affinity in (
        (("INT",), "INTEGER"),
        (("CHAR", "CLOB", "TEXT"), "TEXT"),
        (("BLOB",), "BLOB"),
        (("REAL", "FLOA", "DOUB"), "REAL"),
    ):
        if any(part in declared.upper() for part in parts):
            return affinity
    return "NUMERIC"


def _known(item: Any) -> bool:
    """Differences that are no differences: the search index's own tables on SQLite."""
    return (
        isinstance(item, tuple)
        and item[0] in ("remove_table", "remove_index")
        and item[1].name.startswith("search_index")
    )
