"""What document and notice ask and say: when the service begins, consortia, the notice's own period,
and the contract's text that goes with the document."""

import sqlalchemy as sa
from alembic import op

from procure.store.widening import widen

revision = "0045"
down_revision = "0044"

KINDS = (
    "tender_document",
    "contract_draft",
    "notice",
    "bid_receipt",
    "bid_attachment",
    "opening_record",
    "review_report",
    "award_notice",
    "contract",
    "delivery_evidence",
    "evaluation_report",
    "acceptance_certificate",
    "invoice",
    "payment_sheet",
)


def upgrade() -> None:
    op.add_column("tender", sa.Column("start_within_days", sa.BigInteger(), nullable=True))
    op.add_column(
        "tender",
        sa.Column("takes_consortia", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("notice", sa.Column("period_rule", sa.String(24), nullable=True))
    widen(op, "document", "kind", "ck_document_document_kind", KINDS)


def downgrade() -> None:
    before = [kind for kind in KINDS if kind != "contract_draft"]
    widen(op, "document", "kind", "ck_document_document_kind", before)
    op.drop_column("notice", "period_rule")
    op.drop_column("tender", "takes_consortia")
    op.drop_column("tender", "start_within_days")
