"""What one person alone must not change: roles that fit, who granted, dates, payees, bids' states.

The program refuses all of this; so does the database, since whoever holds the application's account
could write past the program. Which roles go together stands in `procure.kernel.access`; the copy
here is compared with it by the tests. A later verb that extends a tender's deadline brings a table
of extensions and puts up `tender_dates_kept` anew, to let pass the date that stands in it.
"""

from alembic import op

revision = "0025"
down_revision = "0024"

BUYER = "'clerk','approver','accepter'"
ROLES = {
    "civil_affairs_bureau": f"'catalogue_keeper',{BUYER}",
    "street_office": BUYER,
    "department": BUYER,
    "finance": "'budget_officer','treasurer'",
    "supplier": "'supplier_member','supplier_signatory'",
    "assessor": "'evaluator','lead_evaluator'",
    "expert_pool": "'expert'",
    "audit": "'auditor'",
    "platform": "'system_admin','security_admin','audit_admin'",
}
APART = (
    ("clerk", "approver"),
    ("clerk", "accepter"),
    ("approver", "accepter"),
    ("budget_officer", "treasurer"),
)
"""Two of the three administrators are kept apart by revision 0022."""

_OF_KIND = "\n        OR ".join(f"o.kind = '{k}' AND NEW.role IN ({r})" for k, r in ROLES.items())
_BOTH = "\n        OR ".join(
    f"NEW.role = '{a}' AND other.role = '{b}'"
    for one, two in APART
    for a, b in ((one, two), (two, one))
)
_UNFIT = f"""NEW.granted_at IS NOT NULL AND NEW.revoked_at IS NULL AND (
    NOT EXISTS (SELECT 1 FROM user_account u JOIN organisation o ON o.id = u.organisation_id
        WHERE u.id = NEW.user_id AND ({_OF_KIND}))
    OR EXISTS (SELECT 1 FROM role_grant other
        WHERE other.user_id = NEW.user_id AND other.id <> NEW.id
        AND other.granted_at IS NOT NULL AND other.revoked_at IS NULL AND ({_BOTH})))"""
UNFIT = "role_grant: roles do not fit"


def _changed(*columns: str) -> str:
    return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns)


KEPT = {
    ("role_grant", "kept"): (
        f"{_changed('id', 'user_id', 'role', 'requested_by', 'requested_at')}"
        f" OR OLD.granted_at IS NOT NULL AND ({_changed('granted_by', 'granted_at')})"
        " OR OLD.revoked_at IS NOT NULL AND"
        f" ({_changed('granted_at', 'revoked_by', 'revoked_at', 'reason')})",
        "decided once",
    ),
    ("credential_reset", "kept"): (
        f"{_changed('id', 'user_id', 'kind', 'reason', 'requested_by', 'requested_at')}"
        f" OR OLD.decided_at IS NOT NULL AND ({_changed('decided_by', 'decided_at', 'carried_out')})",
        "decided once",
    ),
    ("organisation", "kind_kept"): (_changed("id", "kind"), "its kind stays"),
    ("user_account", "place_kept"): (
        _changed("id", "username", "organisation_id"),
        "name and organisation stay",
    ),
    ("tender", "dates_kept"): (
        "OLD.published_at IS NOT NULL AND"
        f" ({_changed('id', 'project_id', 'deadline_at', 'published_at', 'published_by')}"
        " OR NEW.state IN ('draft','submitted'))",
        "published dates stay",
    ),
    ("contract", "payee_kept"): (
        f"{_changed('id', 'project_id', 'bid_id', 'supplier_id', 'amount_fen')}"
        f" OR OLD.state <> 'draft' AND ({_changed('payee_bank', 'payee_account')})"
        " OR OLD.state NOT IN ('draft','issued') AND NEW.state IN ('draft','issued')",
        "payee and amount stay",
    ),
    ("bid", "state_kept"): (
        f"{_changed('id', 'tender_id', 'lot_id', 'supplier_id')}"
        " OR NEW.state <> OLD.state AND NOT ("
        "OLD.state IN ('draft','withdrawn') AND NEW.state = 'submitted'"
        " OR OLD.state = 'submitted' AND NEW.state IN ('withdrawn','opened'))",
        "its state moves by the procedure",
    ),
}
"""Table and guard → when an update is refused, and in which words."""

NO_DELETE = ("role_grant", "credential_reset", "tender", "contract", "bid")
"""On SQLite REPLACE would write these rows anew past the guards of updates: it removes them first.
PostgreSQL has no such verb, and the application may not delete there.
"""

SQLITE = {
    **{
        f"role_grant_fits_{verb.lower()}": f"""BEFORE {verb} ON role_grant
WHEN {_UNFIT}
BEGIN SELECT RAISE(ABORT, '{UNFIT}'); END"""
        for verb in ("INSERT", "UPDATE")
    },
    **{
        f"{table}_{what}": f"""BEFORE UPDATE ON {table}
WHEN {when}
BEGIN SELECT RAISE(ABORT, '{table}: {words}'); END"""
        for (table, what), (when, words) in KEPT.items()
    },
    **{
        f"{table}_no_delete": f"""BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{table}: stays for ever'); END"""
        for table in NO_DELETE
    },
}

FUNCTIONS = {
    "role_grant_fits": f"""
BEGIN
    -- Two grants at the same moment do not see each other: they queue at the person.
    PERFORM 1 FROM user_account WHERE id = NEW.user_id FOR UPDATE;
    IF {_UNFIT} THEN
        RAISE EXCEPTION '{UNFIT}' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END""",
    "kept_as_it_is": """
BEGIN
    RAISE EXCEPTION '%: %', TG_TABLE_NAME, TG_ARGV[0] USING ERRCODE = 'check_violation';
END""",
}
POSTGRESQL = [
    """CREATE TRIGGER role_grant_fits BEFORE INSERT OR UPDATE ON role_grant
FOR EACH ROW EXECUTE FUNCTION role_grant_fits()""",
    *(
        f"""CREATE TRIGGER {table}_{what} BEFORE UPDATE ON {table}
FOR EACH ROW WHEN ({when}) EXECUTE FUNCTION kept_as_it_is('{words}')"""
        for (table, what), (when, words) in KEPT.items()
    ),
]


def upgrade() -> None:
    """Put the guards up."""
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name == "sqlite":
        for name, rest in SQLITE.items():
            run(f"CREATE TRIGGER {name} {rest}")
        return
    place = op.get_bind().dialect.identifier_preparer.quote(
        run("SELECT current_schema()").scalar_one()
    )
    for name, body in FUNCTIONS.items():
        # As with the guards of 0023: tables are looked up where the owner put them.
        run(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
            f" SET search_path = {place}, pg_temp AS $${body} $$".replace("%", "%%")
        )
        run(f"REVOKE ALL ON FUNCTION {name}() FROM PUBLIC")
    for statement in POSTGRESQL:
        run(statement)


def downgrade() -> None:
    """Take the guards down; only tests of the migrations do this."""
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name == "sqlite":
        for name in SQLITE:
            run(f"DROP TRIGGER {name}")
        return
    for name in FUNCTIONS:
        run(f"DROP FUNCTION {name}() CASCADE")
