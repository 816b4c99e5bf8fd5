"""For migrations: a check of a table says something else from now on, or a reference is given up, on
both databases.

SQLite cannot change a constraint, and a table built anew there loses its guards and its triggers. A
constraint has no part in how rows are stored, so its text is changed where the table's own definition
is kept, as SQLite's manual describes for such changes (lang_altertable, section 7).
"""

from collections.abc import Callable, Iterable

from alembic.operations import Operations
from sqlalchemy import text


def widen(op: Operations, table: str, column: str, constraint: str, values: Iterable[str]) -> None:
    """Let a column hold these values and no others; `constraint` is the full name of its check.

    Raises LookupError when the table has no such check, IntegrityError on PostgreSQL when a row
    holds a value that is let in no longer.
    """
    listed = ", ".join(f"'{value}'" for value in values)
    replace_check(op, table, constraint, f"{column} IN ({listed})")


def replace_check(op: Operations, table: str, constraint: str, condition: str) -> None:
    """Put another condition into a check of a table; rows, indexes and triggers stay as they are.

    Raises LookupError when the table has no such check.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{constraint}"')
        op.execute(f'ALTER TABLE "{table}" ADD CONSTRAINT "{constraint}" CHECK ({condition})')
        return
    _redefine(op, table, lambda kept: _with_condition(kept, constraint, condition))


def give_up_reference(op: Operations, table: str, constraint: str, column: str, to: str) -> None:
    """Let a column hold what no row of the other table has for its id; `constraint` is the name of its
    foreign key. Raises LookupError when the table has none of that name.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(constraint, table, type_="foreignkey")
        return
    clause = f", {_reference(constraint, column, to)}"

    def without(kept: str) -> str:
        before, found, after = " ".join(kept.split()).partition(clause)
        if not found:
            raise LookupError(f"no reference {constraint}")
        return before + after

    _redefine(op, table, without)


def take_up_reference(op: Operations, table: str, constraint: str, column: str, to: str) -> None:
    """Take that back: the column names rows of the other table again, and nothing else."""
    if op.get_bind().dialect.name != "sqlite":
        op.create_foreign_key(constraint, table, to, [column], ["id"])
        return
    clause = _reference(constraint, column, to)
    _redefine(op, table, lambda kept: f"{kept.rstrip().removesuffix(')')}, {clause})")


def _reference(constraint: str, column: str, to: str) -> str:
    return f"CONSTRAINT {constraint} FOREIGN KEY({column}) REFERENCES {to} (id)"


def _redefine(op: Operations, table: str, change: Callable[[str], str]) -> None:
    """Change a table's definition where SQLite keeps it."""
    connection = op.get_bind()
    kept = connection.scalar(
        text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table"),
        {"table": table},
    )
    changed = change(kept or "")
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.execute(
        text("UPDATE sqlite_master SET sql = :sql WHERE type = 'table' AND name = :table"),
        {"sql": changed, "table": table},
    )
    edition = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql(f"PRAGMA schema_version = {edition + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")


def _with_condition(definition: str, constraint: str, condition: str) -> str:
    """A table's definition with another condition in the named check."""
    for name in (constraint, f'"{constraint}"'):
        before, found, after = definition.partition(f"CONSTRAINT {name} CHECK (")
        if found:
            return f"{before}{found}{condition}{after[_end_of(after) :]}"
    raise LookupError(f"no check {constraint}")


def _end_of(sql: str) -> int:
    """Where the bracket that was open before this text is closed; texts in quotes are passed over."""
    depth, quoted = 1, False
    for place, sign in enumerate(sql):
        if sign == "'":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(sign, 0)
            if not depth:
                return place
    raise LookupError("a check without an end")
