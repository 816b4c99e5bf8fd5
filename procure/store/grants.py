"""The application's own PostgreSQL account: what it must be able to do, and nothing more.

The owner migrates; the account that serves pages can neither rewrite what is written nor switch a
guard off. Both lists are derived from the models, so that a new table is granted
by running the same command again, and an account that differs is refused at the start.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import text
from sqlalchemy.engine import Connection

from procure.kernel.errors import Denied
from procure.store.base import AppendOnly, Base, rights_by_table, tables_marked

VERSIONS = "alembic_version"
"""The migrations' own table; the start reads it."""

WHOLE = ("SELECT", "INSERT", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
"""Rights asked for whole tables; UPDATE is asked for each column."""

POWERS: tuple[tuple[str, str], ...] = (
    ("rolsuper", "超级用户（SUPERUSER）"),
    ("rolbypassrls", "绕过行级限制（BYPASSRLS）"),
    ("rolreplication", "复制（REPLICATION）"),
    ("rolcreaterole", "建立和修改账号（CREATEROLE）"),
)
POWERFUL_ROLES = (
    "pg_execute_server_program",
    "pg_write_server_files",
    "pg_read_server_files",
    "pg_write_all_data",
)
"""Roles of the server's own that reach round every grant."""

_MINE = "pg_has_role(:role, r.oid, 'MEMBER')"
"""Every role the account is, or may become."""

_HERE = "c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')"
_NAMED = 6


def own_name(connection: Connection) -> str:
    """The account this connection signed in with."""
    return str(connection.execute(text("SELECT session_user")).scalar_one())


def require_owner(connection: Connection) -> None:
    """Raise Denied unless this connection's account owns the tables; a file's owner has the file."""
    if connection.dialect.name != "postgresql":
        return
    query = text(
        "SELECT pg_has_role(session_user, c.relowner, 'MEMBER') FROM pg_class c"
        f" WHERE c.relname = :name AND {_HERE}"
    )
    if not connection.execute(query, {"name": VERSIONS}).scalar_one():
        raise Denied(
            f"账号 {own_name(connection)} 不是数据库的所有者。",
            remedy="请把 PROCURE_DATABASE_URL 设为所有者账号，即运行 procure db upgrade 的账号。",
        )


def exists(connection: Connection, role: str) -> bool:
    """Whether the server knows an account of this name."""
    query = text("SELECT 1 FROM pg_roles WHERE rolname = :role")
    return connection.execute(query, {"role": role}).first() is not None


def grants(connection: Connection, role: str) -> list[str]:
    """The statements that give an account exactly what the program needs; for the owner to run.

    They take back first, so that running them again after a migration ends in the same state.
    """
    place = connection.execute(text("SELECT current_database(), current_schema()")).one()
    quote = connection.dialect.identifier_preparer.quote
    database, schema, to = (quote(str(name)) for name in (*place, role))
    return [
        f"REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC",
        f"REVOKE ALL ON DATABASE {database} FROM {to}",
        f"GRANT CONNECT ON DATABASE {database} TO {to}",
        f"REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC",
        f"REVOKE ALL ON SCHEMA {schema} FROM {to}",
        f"GRANT USAGE ON SCHEMA {schema} TO {to}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM PUBLIC, {to}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM PUBLIC, {to}",
        f"GRANT SELECT ON {schema}.{VERSIONS} TO {to}",
        *(
            f"GRANT {', '.join(rights)} ON {schema}.{quote(table)} TO {to}"
            for table, rights in sorted(rights_by_table().items())
        ),
        *(f"GRANT USAGE ON SEQUENCE {schema}.{quote(name)} TO {to}" for name in _sequences()),
    ]


def _sequences() -> list[str]:
    """The counters of tables that number their rows themselves."""
    found = []
    for table in Base.metadata.sorted_tables:
        counted = table.autoincrement_column
        if counted is not None:
            found.append(f"{table.name}_{counted.name}_seq")
    return sorted(found)


def problems(connection: Connection, role: str) -> list[str]:
    """Why this account must not serve the site, in words; empty when it may.

    A superuser and an owner are told that alone: of them every other right follows.
    """
    found = list(_powers(connection, role))
    if found and _may_become_superuser(connection, role):
        return found[:1]
    owned = list(_ownership(connection, role))
    if owned:
        return [*found, *owned]
    return [*found, *_ways_round(connection, role), *_excess_and_lack(connection, role)]


def _may_become_superuser(connection: Connection, role: str) -> bool:
    query = text(f"SELECT bool_or(r.rolsuper) FROM pg_roles r WHERE {_MINE}")
    return bool(connection.execute(query, {"role": role}).scalar())


def _powers(connection: Connection, role: str) -> Iterator[str]:
    columns = ", ".join(name for name, _ in POWERS)
    query = text(f"SELECT rolname, {columns} FROM pg_roles r WHERE {_MINE} ORDER BY rolname")
    rows = connection.execute(query, {"role": role}).mappings().all()
    for name, words in POWERS:
        holders = [str(row["rolname"]) for row in rows if row[name]]
        if holders:
            through = " " if role in holders else f"（通过账号 {holders[0]}）"
            yield (
                f"数据库账号 {role}{through}有“{words}”的权力，可以绕过存证和资金台账的保护。"
                "请由数据库管理员收回，或另建一个普通账号给网站和定时任务使用。"
            )
    for row in rows:
        if row["rolname"] in POWERFUL_ROLES and row["rolname"] != role:
            yield (
                f"数据库账号 {role} 是 {row['rolname']} 的成员，可以绕过存证和资金台账的保护。"
                f"请由数据库管理员运行 REVOKE {row['rolname']} FROM {role}。"
            )


def _ownership(connection: Connection, role: str) -> Iterator[str]:
    query = text(
        "SELECT r.rolname FROM ("
        " SELECT c.relowner AS oid FROM pg_class c"
        "  WHERE c.relnamespace = current_schema()::regnamespace"
        " UNION SELECT proowner FROM pg_proc WHERE pronamespace = current_schema()::regnamespace"
        " UNION SELECT nspowner FROM pg_namespace WHERE nspname = current_schema()"
        " UNION SELECT datdba FROM pg_database WHERE datname = current_database()"
        f") owner JOIN pg_roles r ON r.oid = owner.oid WHERE {_MINE}"
        " GROUP BY r.rolname ORDER BY r.rolname = 'pg_database_owner', r.rolname"
    )
    owners = connection.execute(query, {"role": role}).scalars().all()
    if owners:
        yield (
            f"数据库账号 {role} 就是所有者 {owners[0]}，或是它的成员："
            "所有者可以停用保护、改写和清空记录。请把所有者账号只留给迁移，"
            "另建账号给网站和定时任务，由所有者运行 procure db grants --role 新账号 --apply。"
        )


def _ways_round(connection: Connection, role: str) -> Iterator[str]:
    given = {"role": role}
    query = f"SELECT bool_or(has_schema_privilege(r.oid, current_schema(), 'CREATE')) FROM pg_roles r WHERE {_MINE}"
    if connection.execute(text(query), given).scalar():
        yield (
            f"数据库账号 {role} 可以在数据库里新建函数和表（schema 的 CREATE 权限），"
            f"用来冒充保护所用的函数。{_remedy(role)}"
        )
    if (connection.dialect.server_version_info or (0,)) < (15,):
        return
    query = (
        "SELECT bool_or(has_parameter_privilege(r.oid, 'session_replication_role', 'SET'))"
        f" FROM pg_roles r WHERE {_MINE}"
    )
    if connection.execute(text(query), given).scalar():
        yield (
            f"数据库账号 {role} 可以设置 session_replication_role，一句话就能停用全部保护。"
            "请由数据库管理员运行"
            f" REVOKE SET ON PARAMETER session_replication_role FROM {role}。"
        )


def _remedy(role: str) -> str:
    return f"请由所有者运行 procure db grants --role {role} --apply。"


def _excess_and_lack(connection: Connection, role: str) -> Iterator[str]:
    rights = rights_by_table()
    may_become, may_do = _held(connection, role)
    wanted = {table: _spelt_out(table, rights[table]) for table in rights} | {VERSIONS: {"SELECT"}}
    # Tables the program does not know are looked at too: of them it wants nothing.
    excess = _by_right(
        (table, held - wanted.get(table, set())) for table, held in may_become.items()
    )
    lack = _by_right((table, wanted[table] - may_do[table]) for table in wanted)
    for right, tables in excess.items():
        yield (
            f"数据库账号 {role} 在 {_some(tables)} 上有程序用不到的 {right} 权限："
            f"记录可能被改写或清空，保护可能被绕开。{_remedy(role)}"
        )
    for right, tables in lack.items():
        yield (
            f"数据库账号 {role} 在 {_some(tables)} 上缺少 {right} 权限，有的步骤会办不成。"
            f"{_remedy(role)}"
        )
    usable = text("SELECT has_sequence_privilege(:role, :name, 'USAGE')")
    for name in _sequences():
        if not connection.execute(usable, {"role": role, "name": name}).scalar():
            yield f"数据库账号 {role} 不能使用编号器 {name}，有的步骤会办不成。{_remedy(role)}"


def _held(
    connection: Connection, role: str
) -> tuple[Mapping[str, set[str]], Mapping[str, set[str]]]:
    """Rights by table: those of any role the account may become, and those it has as it is."""
    queries = (
        f"SELECT c.relname, p.name, bool_or(r.rolname = :role) FROM pg_class c, pg_roles r,"
        f" unnest(CAST(:whole AS text[])) AS p(name) WHERE {_HERE} AND {_MINE}"
        " AND has_table_privilege(r.oid, c.oid, p.name) GROUP BY 1, 2",
        "SELECT c.relname, 'UPDATE ' || a.attname, bool_or(r.rolname = :role) FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped,"
        f" pg_roles r WHERE {_HERE} AND {_MINE}"
        " AND has_column_privilege(r.oid, c.oid, a.attnum, 'UPDATE') GROUP BY 1, 2",
    )
    may_become: dict[str, set[str]] = defaultdict(set)
    may_do: dict[str, set[str]] = defaultdict(set)
    given = {"role": role, "whole": list(WHOLE)}
    for query in queries:
        for table, right, itself in connection.execute(text(query), given):
            may_become[table].add(right)
            if itself:
                may_do[table].add(right)
    return may_become, may_do


def _spelt_out(table: str, rights: Iterable[str]) -> set[str]:
    """Rights as the server is asked for them: UPDATE column by column."""
    spelt: set[str] = set()
    for right in rights:
        if right == "UPDATE":
            columns = Base.metadata.tables[table].columns
            spelt |= {f"UPDATE {column.name}" for column in columns}
        elif right.startswith("UPDATE ("):
            spelt.add(f"UPDATE {right.removeprefix('UPDATE (').removesuffix(')')}")
        else:
            spelt.add(right)
    return spelt


def _by_right(found: Iterable[tuple[str, set[str]]]) -> dict[str, list[str]]:
    """Which tables each right is about."""
    tables: dict[str, set[str]] = defaultdict(set)
    for table, rights in found:
        for right in rights:
            tables[right.split()[0]].add(table)
    kept = tables_marked(AppendOnly)
    # What may never change is named first; a list of all tables would be read by nobody.
    return {
        right: sorted(names, key=lambda name: (name not in kept, name))
        for right, names in sorted(tables.items())
    }


def _some(tables: list[str]) -> str:
    if len(tables) <= _NAMED:
        return "、".join(tables)
    return f"{'、'.join(tables[:_NAMED])} 等 {len(tables)} 张表"
