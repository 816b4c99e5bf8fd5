"""Running terms"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "deadline",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("project_id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "at_most",
                "at_least",
                "before",
                name="term_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "running",
                "met",
                "cancelled",
                name="term_status",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("met_at", sa.BigInteger(), nullable=True),
        sa.Column(
            "permission",
            sa.Enum(
                "public",
                "signed_in",
                "catalogue.keep",
                "budget.register",
                "budget.view",
                "project.view",
                "plan.draft",
                "plan.approve",
                "intention.publish",
                "tender.draft",
                "tender.publish",
                "tender.terminate",
                "bids.open",
                "bid.draft",
                "bid.submit",
                "bid.view_own",
                "panel.draw",
                "bid.check",
                "bid.score",
                "review.view",
                "winner.decide",
                "result.announce",
                "contract.draft",
                "contract.sign_buyer",
                "contract.sign_supplier",
                "contract.publish",
                "contract.view",
                "delivery.record",
                "delivery.review",
                "delivery.view",
                "evaluation.assign",
                "evaluation.score",
                "evaluation.submit",
                "evaluation.confirm",
                "evaluation.view",
                "acceptance.decide",
                "acceptance.publish",
                "acceptance.view",
                "opinion.enter",
                "payment.request",
                "payment.review",
                "payment.approve",
                "payment.pay",
                "payment.view",
                "audit.read",
                "audit.export",
                "trail.verify",
                "account.keep",
                "role.request",
                "role.grant",
                "session.revoke",
                "security_log.read",
                name="term_permission",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("organisation_id", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "(status = 'met') = (met_at IS NOT NULL)", name=op.f("ck_deadline_met_has_instant")
        ),
        sa.CheckConstraint(
            "kind = 'before' OR due_on >= starts_on", name=op.f("ck_deadline_due_after_start")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_deadline_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f("fk_deadline_project_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadline")),
    )
    op.create_index("ix_deadline_project", "deadline", ["project_id", "due_at"], unique=False)
    op.create_index("ix_deadline_running", "deadline", ["status", "due_at"], unique=False)
    op.create_index(
        "uq_deadline_running",
        "deadline",
        ["subject_id", "rule"],
        unique=True,
        sqlite_where=sa.text("status = 'running'"),
        postgresql_where=sa.text("status = 'running'"),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("deadline")
