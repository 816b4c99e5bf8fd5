"""Stricter guards: chain heads move with the chain alone, no REPLACE, no emptying, locks stay.

On PostgreSQL the guards look tables up where the owner put them, whatever the caller's search path
or temporary tables say, and those that write more than the application's account may do so with the
owner's rights.
"""

from alembic import op

revision = "0023"
down_revision = "0022"

GENESIS = "0" * 64
REFUSED = "RAISE(ABORT, 'trail_head: moved by the trail alone')"
UNIQUE = {
    # Its (stream, seq) is kept by trail_event_link: only the number after the newest may come.
    "trail_event": (("hash",),),
    "trail_body": (("stream", "seq"),),
    "ledger_account": (("id",), ("budget_line_id", "level", "kind", "subject_id")),
    "ledger_entry": (("id",),),
    "ledger_line": (("entry_id", "line"),),
    "treasury_payment": (("id",), ("payment_request_id", "level"), ("order_number",)),
    "bid_version": (("id",), ("bid_id", "number")),
    "opened_bid": (("bid_id",),),
    "notice": (("id",), ("number",)),
    "document": (("id",),),
}
NO_TRUNCATE = ("trail_head", "score", "panel_member", "role_grant", "ledger_account")
"""What PostgreSQL must not empty either; the other append-only tables have that guard already."""


def _no_replace(table: str, keys: tuple[tuple[str, ...], ...]) -> str:
    """REPLACE removes the row in its way, past the delete trigger if recursive triggers are off."""
    cases = [("rowid = NEW.rowid", f"{table}: append only")]
    for key in keys:
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        # SQLite's own words, which the program explains to people.
        said = "UNIQUE constraint failed: " + ", ".join(f"{table}.{column}" for column in key)
        cases.append((same, said))
    whens = "".join(
        f"""
        WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})
            THEN RAISE(ABORT, '{said}')"""
        for same, said in cases
    )
    return f"""CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} BEGIN
    SELECT CASE{whens}
    END;
END"""


OLD_HEAD = """CREATE TRIGGER trail_event_head AFTER INSERT ON trail_event BEGIN
    INSERT INTO trail_head (stream, seq, hash) VALUES (NEW.stream, NEW.seq, NEW.hash)
    ON CONFLICT (stream) DO UPDATE SET seq = excluded.seq, hash = excluded.hash;
END"""
HEAD = """CREATE TRIGGER trail_event_head AFTER INSERT ON trail_event BEGIN
    INSERT INTO trail_head (stream, seq, hash) SELECT NEW.stream, NEW.seq, NEW.hash
        WHERE NOT EXISTS (SELECT 1 FROM trail_head WHERE stream = NEW.stream);
    UPDATE trail_head SET seq = NEW.seq, hash = NEW.hash
        WHERE stream = NEW.stream AND seq <> NEW.seq;
END"""
OLD_SCORE = """CREATE TRIGGER score_frozen_update BEFORE UPDATE ON score BEGIN
    SELECT CASE WHEN (SELECT locked_at FROM panel_member WHERE id = OLD.member_id) IS NOT NULL
        THEN RAISE(ABORT, 'score: locked') END;
END"""
SCORE = """CREATE TRIGGER score_frozen_update BEFORE UPDATE ON score BEGIN
    SELECT CASE WHEN EXISTS (SELECT 1 FROM panel_member
                WHERE id IN (OLD.member_id, NEW.member_id) AND locked_at IS NOT NULL)
        THEN RAISE(ABORT, 'score: locked') END;
END"""

SQLITE = {
    "trail_head_insert": f"""BEFORE INSERT ON trail_head BEGIN
    SELECT CASE
        WHEN EXISTS (SELECT 1 FROM trail_head WHERE stream = NEW.stream OR rowid = NEW.rowid)
            THEN {REFUSED}
        WHEN (NEW.seq, NEW.hash) IS NOT (
            SELECT seq, hash FROM trail_event WHERE stream = NEW.stream
            UNION ALL SELECT 0, '{GENESIS}' ORDER BY 1 DESC LIMIT 1)
            THEN {REFUSED}
    END;
END""",
    "trail_head_update": f"""BEFORE UPDATE ON trail_head BEGIN
    SELECT CASE
        WHEN NEW.stream <> OLD.stream OR NEW.rowid <> OLD.rowid OR (NEW.seq, NEW.hash) IS NOT (
            SELECT seq, hash FROM trail_event WHERE stream = NEW.stream ORDER BY seq DESC LIMIT 1)
            THEN {REFUSED}
    END;
END""",
    "trail_head_delete": f"""BEFORE DELETE ON trail_head BEGIN
    SELECT {REFUSED};
END""",
    "panel_member_lock_kept": """BEFORE UPDATE OF locked_at ON panel_member
WHEN OLD.locked_at IS NOT NULL AND NEW.locked_at IS NOT OLD.locked_at
BEGIN SELECT RAISE(ABORT, 'panel_member: scores stay locked'); END""",
    "ledger_account_no_update": """BEFORE UPDATE ON ledger_account
BEGIN SELECT RAISE(ABORT, 'ledger_account: append only'); END""",
    "ledger_account_no_delete": """BEFORE DELETE ON ledger_account
BEGIN SELECT RAISE(ABORT, 'ledger_account: append only'); END""",
}

FUNCTIONS = (
    "trail_event_link",
    "ledger_line_guard",
    "ledger_entry_balance",
    "score_frozen",
    "role_grant_three_admins",
    "append_only",
)
"""The functions of revision 0022."""

WITH_OWNERS_RIGHTS = ("trail_event_link", "ledger_line_guard", "role_grant_three_admins")
"""Those that move a chain's head or lock a row of a table the application may not update."""

POSTGRESQL = [
    f"""CREATE FUNCTION trail_head_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.seq = 0 AND NEW.hash = '{GENESIS}' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'trail_head: moved by the trail alone' USING ERRCODE = 'check_violation';
END $$""",
    # Inside trail_event_link the depth is 1: what that trigger does is not asked again.
    """CREATE TRIGGER trail_head_guard BEFORE INSERT OR UPDATE OR DELETE ON trail_head
FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION trail_head_guard()""",
    """CREATE FUNCTION panel_member_lock_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'panel_member: scores stay locked' USING ERRCODE = 'check_violation';
END $$""",
    """CREATE TRIGGER panel_member_lock_kept BEFORE UPDATE ON panel_member FOR EACH ROW
WHEN (OLD.locked_at IS NOT NULL AND NEW.locked_at IS DISTINCT FROM OLD.locked_at)
EXECUTE FUNCTION panel_member_lock_kept()""",
    """CREATE OR REPLACE FUNCTION score_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND EXISTS (
        SELECT 1 FROM panel_member WHERE id = OLD.member_id AND locked_at IS NOT NULL)
    OR TG_OP <> 'DELETE' AND EXISTS (
        SELECT 1 FROM panel_member WHERE id = NEW.member_id AND locked_at IS NOT NULL) THEN
        RAISE EXCEPTION 'score: locked' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$""",
    """CREATE TRIGGER ledger_account_append_only BEFORE UPDATE OR DELETE ON ledger_account
FOR EACH ROW EXECUTE FUNCTION append_only()""",
    *(
        f"""CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION append_only()"""
        for table in NO_TRUNCATE
    ),
]
OLD_FROZEN = """CREATE OR REPLACE FUNCTION score_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE member text;
BEGIN
    IF TG_OP = 'INSERT' THEN member := NEW.member_id; ELSE member := OLD.member_id; END IF;
    IF (SELECT locked_at FROM panel_member WHERE id = member) IS NOT NULL THEN
        RAISE EXCEPTION 'score: locked' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$"""
NEW_FUNCTIONS = ("trail_head_guard", "panel_member_lock_kept")


def upgrade() -> None:
    """Put the stricter guards up."""
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name == "sqlite":
        for name in ("trail_event_head", "score_frozen_update"):
            run(f"DROP TRIGGER {name}")
        for statement in (HEAD, SCORE):
            run(statement)
        for name, rest in SQLITE.items():
            run(f"CREATE TRIGGER {name} {rest}")
        for table, keys in UNIQUE.items():
            run(_no_replace(table, keys))
        return
    for statement in POSTGRESQL:
        run(statement)
    place = op.get_bind().dialect.identifier_preparer.quote(
        run("SELECT current_schema()").scalar_one()
    )
    for name in (*FUNCTIONS, *NEW_FUNCTIONS):
        # Temporary tables come last: one named ledger_account must not answer for the real one.
        run(f"ALTER FUNCTION {name}() SET search_path = {place}, pg_temp")
        # Nobody else may hang these on a table of their own.
        run(f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC")
    for name in WITH_OWNERS_RIGHTS:
        run(f"ALTER FUNCTION {name}() SECURITY DEFINER")


def downgrade() -> None:
    """Go back to the guards of 0022; only tests of the migrations do this."""
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name == "sqlite":
        for name in (
            *SQLITE,
            *(f"{table}_no_replace" for table in UNIQUE),
            "trail_event_head",
            "score_frozen_update",
        ):
            run(f"DROP TRIGGER {name}")
        for statement in (OLD_HEAD, OLD_SCORE):
            run(statement)
        return
    for table in NO_TRUNCATE:
        run(f"DROP TRIGGER {table}_no_truncate ON {table}")
    run("DROP TRIGGER ledger_account_append_only ON ledger_account")
    for name in NEW_FUNCTIONS:
        run(f"DROP FUNCTION {name}() CASCADE")
    run(OLD_FROZEN)
    for name in FUNCTIONS:
        run(f"ALTER FUNCTION {name}() RESET search_path")
        run(f"ALTER FUNCTION {name}() SECURITY INVOKER")
        run(f"GRANT EXECUTE ON FUNCTION {name}() TO PUBLIC")
