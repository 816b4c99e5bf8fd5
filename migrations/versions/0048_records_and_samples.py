"""Service records withdrawn or found untrue, verdicts on each sampled one, periods of half a year."""

import sqlalchemy as sa
from alembic import op

from procure.store.widening import widen

revision = "0048"
down_revision = "0047"

OLD_STATES = ("recorded", "accepted", "rejected")
STATES = (*OLD_STATES, "withdrawn", "voided")
OLD_PERIODS = ("week", "month", "quarter", "contract")
PERIODS = ("week", "month", "quarter", "half_year", "year", "contract")
COUNTED = (
    ("tender_target", "target_period"),
    ("contract_target", "contract_period"),
    ("catalogue_indicator", "indicator_period"),
)
TABLE = "sample_check"


def upgrade() -> None:
    widen(op, "service_record", "state", "ck_service_record_record_state", STATES)
    for table, name in COUNTED:
        widen(op, table, "period", f"ck_{table}_{name}", PERIODS)
    op.add_column(
        "service_record", sa.Column("ended_reason", sa.Text(), nullable=False, server_default="")
    )
    op.add_column(
        "evaluation", sa.Column("rest_conclusion", sa.Text(), nullable=False, server_default="")
    )
    op.create_table(
        TABLE,
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("evaluation_id", sa.String(length=32), nullable=False),
        sa.Column("record_id", sa.String(length=32), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "true",
                "false",
                "unclear",
                name="sample_verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("judged_by", sa.String(length=32), nullable=False),
        sa.Column("judged_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "verdict = 'true' OR length(reason) > 0", name=op.f(f"ck_{TABLE}_doubt_has_reason")
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f(f"fk_{TABLE}_evaluation_id")
        ),
        sa.ForeignKeyConstraint(
            ["record_id"], ["service_record.id"], name=op.f(f"fk_{TABLE}_record_id")
        ),
        sa.ForeignKeyConstraint(
            ["judged_by"], ["user_account.id"], name=op.f(f"fk_{TABLE}_judged_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint(
            "evaluation_id", "record_id", name=op.f(f"uq_{TABLE}_evaluation_id_record_id")
        ),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
    op.drop_column("evaluation", "rest_conclusion")
    op.drop_column("service_record", "ended_reason")
    for table, name in COUNTED:
        widen(op, table, "period", f"ck_{table}_{name}", OLD_PERIODS)
    widen(op, "service_record", "state", "ck_service_record_record_state", OLD_STATES)
