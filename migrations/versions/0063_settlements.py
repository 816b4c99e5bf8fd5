"""Contracts that are settled: proposed by one person of the buyer, answered by the supplier, decided by
another; what was due on signing and not asked for before an early end waits for the acceptance.
"""

import sqlalchemy as sa
from alembic import op

from procure.store.widening import widen

revision = "0063"
down_revision = "0062"

TABLE = "contract_settlement"
ASKED = (
    *("id", "contract_id", "ground", "unpaid_fen", "reason"),
    *("proposed_by", "proposed_at", "answer_by"),
)
ANSWERED = ("answered_by", "answered_at", "agreed", "answer")
DECIDED = ("decided_by", "decided_at", "confirmed", "decision")


def _changed(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns)


KEPT = (
    f"{_changed(ASKED)}"
    f" OR (OLD.answered_at IS NOT NULL OR OLD.decided_at IS NOT NULL) AND ({_changed(ANSWERED)})"
    f" OR OLD.decided_at IS NOT NULL AND ({_changed(DECIDED)})"
)
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

KINDS = (
    *("tender_document", "contract_draft", "notice", "bid_receipt", "bid_attachment"),
    *("opening_record", "review_report", "candidate_proof", "award_notice", "contract"),
    *("delivery_evidence", "evaluation_report", "acceptance_certificate", "invoice"),
    "payment_sheet",
)
REQUESTS = ("submitted", "returned", "reviewed", "approved", "paid")
LEFT = """UPDATE instalment SET left_to_acceptance = true WHERE trigger = 'signing'
AND contract_id IN (SELECT id FROM contract WHERE ended_early_on IS NOT NULL AND state <> 'completed')
AND id NOT IN (SELECT instalment_id FROM payment_request WHERE state <> 'returned')"""
"""Contracts that ended early before: what nobody had asked for, or was sent back."""


def upgrade() -> None:
    widen(op, "document", "kind", "ck_document_document_kind", _kinds())
    states = (*REQUESTS, "cancelled")
    widen(op, "payment_request", "state", "ck_payment_request_request_state", states)
    op.add_column("contract", sa.Column("settled_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "instalment",
        sa.Column("left_to_acceptance", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.execute(LEFT)
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column(
            "ground",
            sa.Enum(
                "not_served",
                "ended_early",
                "not_made_good",
                "not_asked",
                name="settlement_ground",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "unpaid_fen", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(length=32), nullable=False),
        sa.Column("proposed_at", sa.BigInteger(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("answered_by", sa.String(length=32), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("agreed", sa.Boolean(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        *(
            sa.CheckConstraint(condition, name=op.f(f"ck_{TABLE}_{name}"))
            for name, condition in (
                ("unpaid_not_negative", "unpaid_fen >= 0"),
                ("two_people", "decided_by IS NULL OR decided_by <> proposed_by"),
                ("decided_has_instant", "(decided_by IS NULL) = (decided_at IS NULL)"),
                (
                    "answered_whole",
                    "(answered_by IS NULL) = (agreed IS NULL)"
                    " AND (answered_by IS NULL) = (answered_at IS NULL)",
                ),
                ("objection_has_words", "agreed IS NOT FALSE OR length(answer) > 0"),
                (
                    "decision_has_words",
                    "decided_by IS NULL OR length(decision) > 0"
                    " OR (confirmed AND agreed IS NOT FALSE)",
                ),
            )
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{TABLE}_{column}"))
            for column, target in (
                ("contract_id", "contract.id"),
                ("proposed_by", "user_account.id"),
                ("answered_by", "user_account.id"),
                ("decided_by", "user_account.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        "uq_contract_settlement_open",
        TABLE,
        ["contract_id"],
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
    op.drop_column("instalment", "left_to_acceptance")
    op.drop_column("contract", "settled_at")
    widen(op, "payment_request", "state", "ck_payment_request_request_state", REQUESTS)
    widen(op, "document", "kind", "ck_document_document_kind", KINDS)


def _kinds() -> tuple[str, ...]:
    return (*KINDS, "contract_ending", "ending_evidence")
