"""A term may be of whoever confirms a damaged envelope or decides an absence."""

from alembic import op

from procure.store.widening import widen

revision = "0038"
down_revision = "0037"

LATER = ("damage.confirm", "absence.decide")
PERMISSIONS = (
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
    "damage.confirm",
    "bid.draft",
    "bid.submit",
    "bid.view_own",
    "panel.draw",
    "absence.decide",
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
)


def upgrade() -> None:
    widen(op, "deadline", "permission", "ck_deadline_term_permission", PERMISSIONS)


def downgrade() -> None:
    before = [value for value in PERMISSIONS if value not in LATER]
    widen(op, "deadline", "permission", "ck_deadline_term_permission", before)
