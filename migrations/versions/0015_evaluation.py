"""Evaluations"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "evaluation",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("contract_id", sa.String(length=32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "midterm",
                "final",
                name="evaluation_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("round", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "scheduled",
                "assigned",
                "submitted",
                "confirmed",
                name="evaluation_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("assessor_id", sa.String(length=32), nullable=True),
        sa.Column("evaluator_id", sa.String(length=32), nullable=True),
        sa.Column("assigned_by", sa.String(length=32), nullable=True),
        sa.Column("assigned_at", sa.BigInteger(), nullable=True),
        sa.Column("declared_by", sa.String(length=32), nullable=True),
        sa.Column("declared_at", sa.BigInteger(), nullable=True),
        sa.Column("sample", sa.Text(), nullable=True),
        sa.Column(
            "records_checked", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "records_sound", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("visited_on", sa.Date(), nullable=True),
        sa.Column(
            "survey_sampled", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "survey_answered", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "survey_satisfied", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("survey_channel", sa.String(length=60), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("achievements", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("advice", sa.Text(), nullable=False),
        sa.Column(
            "total_points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "grade",
            sa.Enum(
                "excellent",
                "good",
                "pass",
                "fail",
                name="grade",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("report_document_id", sa.String(length=32), nullable=True),
        sa.Column("submitted_by", sa.String(length=32), nullable=True),
        sa.Column("submitted_at", sa.BigInteger(), nullable=True),
        sa.Column("returned_reason", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=32), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("rectification_demand", sa.Text(), nullable=False),
        sa.Column("rectification_note", sa.Text(), nullable=False),
        sa.Column("rectified_by", sa.String(length=32), nullable=True),
        sa.Column("rectified_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "(grade IS NULL) = (total_points IS NULL)", name=op.f("ck_evaluation_grade_and_total")
        ),
        sa.CheckConstraint(
            "confirmed_by IS NULL OR confirmed_by <> submitted_by",
            name=op.f("ck_evaluation_two_people"),
        ),
        sa.CheckConstraint(
            "records_sound IS NULL OR records_sound <= records_checked",
            name=op.f("ck_evaluation_sound_were_checked"),
        ),
        sa.CheckConstraint(
            "survey_answered IS NULL OR (survey_answered <= survey_sampled AND survey_satisfied <= survey_answered)",
            name=op.f("ck_evaluation_survey_in_order"),
        ),
        sa.ForeignKeyConstraint(
            ["assessor_id"], ["organisation.id"], name=op.f("fk_evaluation_assessor_id")
        ),
        sa.ForeignKeyConstraint(
            ["assigned_by"], ["user_account.id"], name=op.f("fk_evaluation_assigned_by")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["user_account.id"], name=op.f("fk_evaluation_confirmed_by")
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name=op.f("fk_evaluation_contract_id")
        ),
        sa.ForeignKeyConstraint(
            ["declared_by"], ["user_account.id"], name=op.f("fk_evaluation_declared_by")
        ),
        sa.ForeignKeyConstraint(
            ["evaluator_id"], ["user_account.id"], name=op.f("fk_evaluation_evaluator_id")
        ),
        sa.ForeignKeyConstraint(
            ["rectified_by"], ["user_account.id"], name=op.f("fk_evaluation_rectified_by")
        ),
        sa.ForeignKeyConstraint(
            ["report_document_id"], ["document.id"], name=op.f("fk_evaluation_report_document_id")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["user_account.id"], name=op.f("fk_evaluation_submitted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation")),
        sa.UniqueConstraint(
            "contract_id", "kind", "round", name=op.f("uq_evaluation_contract_id_kind_round")
        ),
    )
    op.create_index("ix_evaluation_assessor", "evaluation", ["assessor_id", "state"], unique=False)
    op.create_table(
        "evaluation_indicator",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("evaluation_id", sa.String(length=32), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "dimension",
            sa.Enum(
                "management",
                "output",
                "effect",
                "finance",
                "satisfaction",
                name="indicator_dimension",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("standard", sa.Text(), nullable=False),
        sa.Column("evidence", sa.String(length=200), nullable=False),
        sa.Column("score", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("scored_by", sa.String(length=32), nullable=True),
        sa.Column("scored_at", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "points > 0 AND points <= 10000", name=op.f("ck_evaluation_indicator_points_range")
        ),
        sa.CheckConstraint(
            "score IS NULL OR (score >= 0 AND score <= points)",
            name=op.f("ck_evaluation_indicator_score_in_range"),
        ),
        sa.CheckConstraint(
            "score IS NULL OR length(reason) > 0",
            name=op.f("ck_evaluation_indicator_score_has_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["evaluation_id"], ["evaluation.id"], name=op.f("fk_evaluation_indicator_evaluation_id")
        ),
        sa.ForeignKeyConstraint(
            ["scored_by"], ["user_account.id"], name=op.f("fk_evaluation_indicator_scored_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_indicator")),
        sa.UniqueConstraint(
            "evaluation_id", "position", name=op.f("uq_evaluation_indicator_evaluation_id_position")
        ),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("evaluation_indicator")
    op.drop_table("evaluation")
