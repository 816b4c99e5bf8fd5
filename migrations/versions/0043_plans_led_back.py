"""Plans that are thrown away, adjusted or cancelled, and the documents that follow them."""

import sqlalchemy as sa
from alembic import op

from procure.store.widening import replace_check, widen

revision = "0043"
down_revision = "0042"

TABLE = "plan_change"
ASKED = ("id", "plan_id", "act", "content", "reason", "proposed_by", "proposed_at")
DECIDED = ("decided_by", "decided_at", "confirmed", "refusal")


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns)


KEPT = f"{_changed(ASKED)} OR OLD.decided_at IS NOT NULL AND ({_changed(DECIDED)})"
SQLITE = {
    f"{TABLE}_kept": f"""BEFORE UPDATE ON {TABLE}
WHEN {KEPT}
BEGIN SELECT RAISE(ABORT, '{TABLE}: decided once'); END""",
    # As in 0025: REPLACE would write a row anew past the guard of updates.
    f"{TABLE}_no_delete": f"""BEFORE DELETE ON {TABLE}
BEGIN SELECT RAISE(ABORT, '{TABLE}: stays for ever'); END""",
}
POSTGRESQL = f"""CREATE TRIGGER {TABLE}_kept BEFORE UPDATE ON {TABLE}
FOR EACH ROW WHEN ({KEPT}) EXECUTE FUNCTION kept_as_it_is('decided once')"""

PLAN_STATES = ("draft", "submitted", "approved", "intention_published")
TENDER_STATES = ("draft", "submitted", "published", "opened", "failed", "terminated")
NOTICES = ("intention", "tender", "result", "failure", "termination", "contract", "acceptance")
DATED = "state IN ({}) OR (published_at IS NOT NULL AND deadline_at IS NOT NULL)"


def _let_in(plans: tuple[str, ...], tenders: tuple[str, ...], notices: tuple[str, ...]) -> None:
    widen(op, "plan", "state", "ck_plan_plan_state", (*PLAN_STATES, *plans))
    widen(op, "tender", "state", "ck_tender_tender_state", (*TENDER_STATES, *tenders))
    undated = ", ".join(f"'{state}'" for state in ("draft", "submitted", *tenders))
    replace_check(op, "tender", "ck_tender_published_has_dates", DATED.format(undated))
    widen(op, "notice", "kind", "ck_notice_notice_kind", (*NOTICES, *notices))


def upgrade() -> None:
    _let_in(("discarded", "cancelled"), ("dropped",), ("cancellation",))
    op.add_column("project", sa.Column("discarded_at", sa.BigInteger(), nullable=True))
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column(
            "act",
            sa.Enum(
                "adjust",
                "cancel",
                name="plan_act",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(length=32), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("refusal", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by", name=op.f(f"ck_{TABLE}_two_people")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_at IS NOT NULL",
            name=op.f(f"ck_{TABLE}_decided_has_instant"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR confirmed OR length(refusal) > 0",
            name=op.f(f"ck_{TABLE}_refusal_has_reason"),
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{TABLE}_{column}"))
            for column, target in (
                ("plan_id", "plan.id"),
                ("proposed_by", "user_account.id"),
                ("decided_by", "user_account.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        "uq_plan_change_open",
        TABLE,
        ["plan_id"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name == "sqlite":
        for name, rest in SQLITE.items():
            run(f"CREATE TRIGGER {name} {rest}")
    else:
        run(POSTGRESQL)


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("project", "discarded_at")
    _let_in((), (), ())
