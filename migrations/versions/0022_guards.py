"""Guards in the database: append-only, unbroken chains, balanced money, 三员, frozen scores.

What the program promises the database keeps, also against the program.
"""

from alembic import op

revision = "0022"
down_revision = "0021"

GENESIS = "0" * 64
APPEND_ONLY = (
    "trail_event",
    "trail_body",
    "ledger_entry",
    "ledger_line",
    "treasury_payment",
    "bid_version",
    "opened_bid",
    "notice",
    "document",
)

SQLITE = [
    f"""CREATE TRIGGER trail_event_link BEFORE INSERT ON trail_event BEGIN
    SELECT CASE
        WHEN NEW.seq <> COALESCE((SELECT seq FROM trail_head WHERE stream = NEW.stream), 0) + 1
            THEN RAISE(ABORT, 'trail_event: sequence broken')
        WHEN NEW.prev <>
            COALESCE((SELECT hash FROM trail_head WHERE stream = NEW.stream), '{GENESIS}')
            THEN RAISE(ABORT, 'trail_event: chain broken')
    END;
END""",
    """CREATE TRIGGER trail_event_head AFTER INSERT ON trail_event BEGIN
    INSERT INTO trail_head (stream, seq, hash) VALUES (NEW.stream, NEW.seq, NEW.hash)
    ON CONFLICT (stream) DO UPDATE SET seq = excluded.seq, hash = excluded.hash;
END""",
    """CREATE TRIGGER ledger_line_guard BEFORE INSERT ON ledger_line BEGIN
    SELECT CASE
        WHEN typeof(NEW.amount_fen) <> 'integer'
            THEN RAISE(ABORT, 'ledger_line: amount is no integer')
        WHEN EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id)
            THEN RAISE(ABORT, 'ledger_line: entry is closed')
        WHEN (SELECT guarded FROM ledger_account WHERE id = NEW.account_id)
            AND COALESCE((SELECT SUM(amount_fen) FROM ledger_line
                          WHERE account_id = NEW.account_id), 0) + NEW.amount_fen < 0
            THEN RAISE(ABORT, 'ledger_line: account overdrawn')
    END;
END""",
    """CREATE TRIGGER ledger_entry_balance BEFORE INSERT ON ledger_entry BEGIN
    SELECT CASE
        WHEN COALESCE((SELECT SUM(amount_fen) FROM ledger_line WHERE entry_id = NEW.id), 1) <> 0
            THEN RAISE(ABORT, 'ledger_entry: lines do not balance')
        WHEN (SELECT COUNT(*) FROM ledger_line WHERE entry_id = NEW.id) < 2
            THEN RAISE(ABORT, 'ledger_entry: fewer than two lines')
    END;
END""",
    """CREATE TRIGGER score_frozen_insert BEFORE INSERT ON score BEGIN
    SELECT CASE WHEN (SELECT locked_at FROM panel_member WHERE id = NEW.member_id) IS NOT NULL
        THEN RAISE(ABORT, 'score: locked') END;
END""",
    """CREATE TRIGGER score_frozen_update BEFORE UPDATE ON score BEGIN
    SELECT CASE WHEN (SELECT locked_at FROM panel_member WHERE id = OLD.member_id) IS NOT NULL
        THEN RAISE(ABORT, 'score: locked') END;
END""",
    """CREATE TRIGGER score_frozen_delete BEFORE DELETE ON score BEGIN
    SELECT CASE WHEN (SELECT locked_at FROM panel_member WHERE id = OLD.member_id) IS NOT NULL
        THEN RAISE(ABORT, 'score: locked') END;
END""",
]

_THREE = "('system_admin','security_admin','audit_admin')"
_CLASH = f"""EXISTS (
    SELECT 1 FROM role_grant other
    WHERE other.user_id = NEW.user_id AND other.id <> NEW.id AND other.role <> NEW.role
      AND other.granted_at IS NOT NULL AND other.revoked_at IS NULL
      AND (NEW.role IN {_THREE} OR other.role IN {_THREE}))"""
_GRANTED = "NEW.granted_at IS NOT NULL AND NEW.revoked_at IS NULL"

SQLITE += [
    f"""CREATE TRIGGER role_grant_three_admins_{verb.lower()} BEFORE {verb} ON role_grant
WHEN {_GRANTED} AND {_CLASH}
BEGIN SELECT RAISE(ABORT, 'role_grant: three administrators kept apart'); END"""
    for verb in ("INSERT", "UPDATE")
]
SQLITE += [
    f"""CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table}: append only'); END"""
    for table in APPEND_ONLY
    for verb in ("UPDATE", "DELETE")
]

POSTGRESQL = [
    f"""CREATE FUNCTION trail_event_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE trail_head SET seq = NEW.seq, hash = NEW.hash
        WHERE stream = NEW.stream AND seq = NEW.seq - 1 AND hash = NEW.prev;
    IF FOUND THEN
        RETURN NEW;
    END IF;
    IF NEW.seq = 1 AND NEW.prev = '{GENESIS}' THEN
        INSERT INTO trail_head (stream, seq, hash) VALUES (NEW.stream, NEW.seq, NEW.hash)
        ON CONFLICT (stream) DO NOTHING;
        IF FOUND THEN
            RETURN NEW;
        END IF;
    END IF;
    IF NEW.seq = COALESCE((SELECT seq FROM trail_head WHERE stream = NEW.stream), 0) + 1 THEN
        RAISE EXCEPTION 'trail_event: chain broken';
    END IF;
    RAISE EXCEPTION 'trail_event: sequence broken';
END $$""",
    """CREATE TRIGGER trail_event_link BEFORE INSERT ON trail_event
FOR EACH ROW EXECUTE FUNCTION trail_event_link()""",
    """CREATE FUNCTION ledger_line_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE is_guarded boolean;
BEGIN
    IF EXISTS (SELECT 1 FROM ledger_entry WHERE id = NEW.entry_id) THEN
        RAISE EXCEPTION 'ledger_line: entry is closed';
    END IF;
    SELECT guarded INTO is_guarded FROM ledger_account WHERE id = NEW.account_id FOR UPDATE;
    IF is_guarded AND COALESCE((SELECT SUM(amount_fen) FROM ledger_line
        WHERE account_id = NEW.account_id), 0) + NEW.amount_fen < 0 THEN
        RAISE EXCEPTION 'ledger_line: account overdrawn' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$""",
    """CREATE TRIGGER ledger_line_guard BEFORE INSERT ON ledger_line
FOR EACH ROW EXECUTE FUNCTION ledger_line_guard()""",
    """CREATE FUNCTION ledger_entry_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF COALESCE((SELECT SUM(amount_fen) FROM ledger_line WHERE entry_id = NEW.id), 1) <> 0 THEN
        RAISE EXCEPTION 'ledger_entry: lines do not balance' USING ERRCODE = 'check_violation';
    END IF;
    IF (SELECT COUNT(*) FROM ledger_line WHERE entry_id = NEW.id) < 2 THEN
        RAISE EXCEPTION 'ledger_entry: fewer than two lines' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$""",
    """CREATE TRIGGER ledger_entry_balance BEFORE INSERT ON ledger_entry
FOR EACH ROW EXECUTE FUNCTION ledger_entry_balance()""",
    """CREATE FUNCTION score_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE member text;
BEGIN
    IF TG_OP = 'INSERT' THEN member := NEW.member_id; ELSE member := OLD.member_id; END IF;
    IF (SELECT locked_at FROM panel_member WHERE id = member) IS NOT NULL THEN
        RAISE EXCEPTION 'score: locked' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$""",
    """CREATE TRIGGER score_frozen BEFORE INSERT OR UPDATE OR DELETE ON score
FOR EACH ROW EXECUTE FUNCTION score_frozen()""",
    f"""CREATE FUNCTION role_grant_three_admins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Two grants at the same moment do not see each other: they queue at the person.
    PERFORM 1 FROM user_account WHERE id = NEW.user_id FOR UPDATE;
    IF {_GRANTED} AND {_CLASH} THEN
        RAISE EXCEPTION 'role_grant: three administrators kept apart'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$""",
    """CREATE TRIGGER role_grant_three_admins BEFORE INSERT OR UPDATE ON role_grant
FOR EACH ROW EXECUTE FUNCTION role_grant_three_admins()""",
    """CREATE FUNCTION append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: append only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$""",
]
POSTGRESQL += [
    f"""CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION append_only()"""
    for table in APPEND_ONLY
]
POSTGRESQL += [
    f"""CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION append_only()"""
    for table in APPEND_ONLY
]

SQLITE_TRIGGERS = [statement.split()[2] for statement in SQLITE]
POSTGRESQL_FUNCTIONS = [
    "trail_event_link",
    "ledger_line_guard",
    "ledger_entry_balance",
    "score_frozen",
    "role_grant_three_admins",
    "append_only",
]


def upgrade() -> None:
    """Put the guards up."""
    embedded = op.get_bind().dialect.name == "sqlite"
    for statement in SQLITE if embedded else POSTGRESQL:
        op.get_bind().exec_driver_sql(statement.replace("%", "%%") if not embedded else statement)


def downgrade() -> None:
    """Take the guards down; only tests of the migrations do this."""
    if op.get_bind().dialect.name == "sqlite":
        for name in SQLITE_TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
        return
    for name in POSTGRESQL_FUNCTIONS:
        op.execute(f"DROP FUNCTION {name} CASCADE")
