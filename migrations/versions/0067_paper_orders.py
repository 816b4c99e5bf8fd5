"""Papers are ordered by the act and printed after it; what names one may name it before it is filed."""

import sqlalchemy as sa
from alembic import op

from procure.store.widening import give_up_reference, take_up_reference

revision = "0067"
down_revision = "0066"

ORDER = "paper_order"
KINDS = (
    "tender_document",
    "contract_draft",
    "notice",
    "bid_receipt",
    "bid_attachment",
    "opening_record",
    "review_report",
    "candidate_proof",
    "award_notice",
    "contract",
    "delivery_evidence",
    "evaluation_report",
    "acceptance_certificate",
    "invoice",
    "payment_sheet",
    "contract_ending",
    "ending_evidence",
)
AUDIENCES = ("public", "parties", "buyer", "owner", "panel")
NAMING_A_PAPER = (
    ("review", "fk_review_report_document_id", "report_document_id"),
    ("contract", "fk_contract_document_id", "document_id"),
    ("evaluation", "fk_evaluation_report_document_id", "report_document_id"),
    ("acceptance", "fk_acceptance_certificate_document_id", "certificate_document_id"),
    ("payment_request", "fk_payment_request_sheet_document_id", "sheet_document_id"),
    ("opening_objections", "fk_opening_objections_document_id_document", "document_id"),
)
SQLITE = (
    f"""CREATE TRIGGER {ORDER}_no_update BEFORE UPDATE ON {ORDER}
BEGIN SELECT RAISE(ABORT, '{ORDER}: append only'); END""",
    f"""CREATE TRIGGER {ORDER}_no_delete BEFORE DELETE ON {ORDER}
BEGIN SELECT RAISE(ABORT, '{ORDER}: append only'); END""",
    f"""CREATE TRIGGER {ORDER}_no_replace BEFORE INSERT ON {ORDER} BEGIN
    SELECT CASE
        WHEN EXISTS (SELECT 1 FROM {ORDER} WHERE rowid = NEW.rowid)
            THEN RAISE(ABORT, '{ORDER}: append only')
        WHEN EXISTS (SELECT 1 FROM {ORDER} WHERE id = NEW.id)
            THEN RAISE(ABORT, 'UNIQUE constraint failed: {ORDER}.id')
    END;
END""",
)
POSTGRESQL = (
    f"""CREATE TRIGGER {ORDER}_append_only BEFORE UPDATE OR DELETE ON {ORDER}
FOR EACH ROW EXECUTE FUNCTION append_only()""",
    f"""CREATE TRIGGER {ORDER}_no_truncate BEFORE TRUNCATE ON {ORDER}
FOR EACH STATEMENT EXECUTE FUNCTION append_only()""",
)


def _one_of(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(
        *values,
        name=op.f(f"ck_{ORDER}_{name}"),
        native_enum=False,
        create_constraint=True,
        length=40,
    )


def upgrade() -> None:
    op.create_table(
        ORDER,
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("project_id", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.String(64), nullable=False),
        sa.Column("kind", _one_of("document_kind", KINDS), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("filename", sa.String(200), nullable=False),
        sa.Column("audience", _one_of("document_audience", AUDIENCES), nullable=False),
        sa.Column("owner_id", sa.String(32), nullable=True),
        sa.Column("template", sa.String(60), nullable=False),
        sa.Column("template_sha256", sa.String(64), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("snapshot_sha256", sa.String(64), nullable=False),
        sa.Column("ordered_by", sa.String(64), nullable=False),
        sa.Column("ordered_at", sa.BigInteger(), nullable=False),
        *(
            sa.CheckConstraint(f"length({name}) = 64", name=op.f(f"ck_{ORDER}_{name}_length"))
            for name in ("template_sha256", "snapshot_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["project.id"], name=op.f(f"fk_{ORDER}_project_id")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["organisation.id"], name=op.f(f"fk_{ORDER}_owner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{ORDER}")),
    )
    for column in ("project_id", "subject_id"):
        op.create_index(f"ix_{ORDER}_{column}", ORDER, [column])
    run = op.get_bind().exec_driver_sql
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        run(statement)
    for table, constraint, column in NAMING_A_PAPER:
        give_up_reference(op, table, constraint, column, "document")


def downgrade() -> None:
    for table, constraint, column in NAMING_A_PAPER:
        take_up_reference(op, table, constraint, column, "document")
    op.drop_table(ORDER)
