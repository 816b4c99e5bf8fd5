"""Tables of contracts: targets, milestones agreed, instalments, shares by level."""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procure.kernel.access import Level
from procure.kernel.lifecycle import ContractState
from procure.kernel.vocabulary import EarlyEndKind, PaymentTrigger, Period, SettlementGround
from procure.registers.accounts.models import Organisation
from procure.registers.projects.models import Project
from procure.store.base import Identified, Model, Removable, Versioned
from procure.store.proposals import Proposal, Refusable, by_two, refusable_by_two
from procure.store.types import CanonicalJson, id_type, one_of


class Contract(Identified, Versioned, Model):
    """A contract with its winner; the amount is the quoted price, never an evaluated one (R-SC-7)."""

    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="ends_after_start"),
        CheckConstraint(
            "state IN ('draft','issued','supplier_signed') OR buyer_signed_at IS NOT NULL",
            name="signed_has_instant",
        ),
        CheckConstraint(
            "buyer_signed_by IS NULL OR (buyer_signed_by <> issued_by"
            " AND buyer_signed_by <> supplier_signed_by)",
            name="two_people",
        ),
        Index("ix_contract_project", "project_id"),
        Index("ix_contract_supplier", "supplier_id"),
    )

    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    lot_id: Mapped[str] = mapped_column(ForeignKey("lot.id"), unique=True)
    bid_id: Mapped[str] = mapped_column(ForeignKey("bid.id"), unique=True)
    number: Mapped[str] = mapped_column(String(50), unique=True)
    buyer_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    supplier_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    amount_fen: Mapped[int]
    promised_hours: Mapped[int | None]
    state: Mapped[ContractState] = mapped_column(one_of(ContractState, "contract_state"))
    template: Mapped[str] = mapped_column(String(60))
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    term_months: Mapped[int]
    place: Mapped[str] = mapped_column(String(200), default="")
    recipients: Mapped[str] = mapped_column(String(200), default="")
    recipients_number: Mapped[int | None]
    buyer_contact: Mapped[str] = mapped_column(String(40), default="")
    buyer_phone: Mapped[str] = mapped_column(String(40), default="")
    supplier_contact: Mapped[str] = mapped_column(String(40), default="")
    supplier_phone: Mapped[str] = mapped_column(String(40), default="")
    payee_bank: Mapped[str] = mapped_column(String(100), default="")
    payee_account: Mapped[str] = mapped_column(String(40), default="")
    premises: Mapped[str] = mapped_column(Text, default="")
    special_terms: Mapped[str] = mapped_column(Text, default="")
    saved: Mapped[list[str]] = mapped_column(CanonicalJson)
    """The sections of the task list that the clerk has saved."""
    document_id: Mapped[str | None] = mapped_column(id_type())
    signed_document_id: Mapped[str | None] = mapped_column(id_type())
    """The copy of the text that tells who signed it, printed when both had."""
    issued_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    issued_at: Mapped[datetime | None]
    supplier_signed_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    supplier_signed_at: Mapped[datetime | None]
    buyer_signed_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    buyer_signed_at: Mapped[datetime | None]
    late_reason: Mapped[str] = mapped_column(Text, default="")
    window_reason: Mapped[str] = mapped_column(Text, default="")
    """Why the buyer signed while the result could still be challenged."""
    counts_source: Mapped[str] = mapped_column(Text, default="")
    """Where the numbers come from that the document does not name."""
    """Why it was signed after the thirty days of T28."""
    published_at: Mapped[datetime | None]
    filed_at: Mapped[datetime | None]
    filed_on: Mapped[date | None]
    filing_number: Mapped[str] = mapped_column(String(60), default="")
    completed_at: Mapped[datetime | None]
    ended_early_on: Mapped[date | None]
    """The last day of the services where the contract was ended before its term (提前终止)."""
    settled_at: Mapped[datetime | None]
    """When two people of the buyer closed it with what was unpaid given back (结算办结)."""

    project: Mapped[Project] = relationship(lazy="raise")
    buyer: Mapped[Organisation] = relationship(lazy="raise", foreign_keys=[buyer_id])
    supplier: Mapped[Organisation] = relationship(lazy="raise", foreign_keys=[supplier_id])


class ContractTarget(Identified, Model):
    """A target as contracted; service records count towards it.

    `each` is what it is counted for (每站, 每人), `each_count` how many of these there are; `total`
    is what is due over the whole term.
    """

    __table_args__ = (
        UniqueConstraint("contract_id", "position"),
        CheckConstraint("each_count > 0", name="each_count_positive"),
    )

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    position: Mapped[int]
    what: Mapped[str] = mapped_column(String(80))
    unit: Mapped[str] = mapped_column(String(10))
    period: Mapped[Period] = mapped_column(one_of(Period, "contract_period"))
    at_least: Mapped[int]
    each: Mapped[str] = mapped_column(String(20), default="")
    each_count: Mapped[int] = mapped_column(default=1)
    condition: Mapped[str] = mapped_column(String(200), default="")
    total: Mapped[int]


class ContractPost(Identified, Removable, Model):
    """A post that the supplier staffs: how many people, qualified how, for what."""

    __table_args__ = (
        UniqueConstraint("contract_id", "position"),
        CheckConstraint("people > 0", name="people_positive"),
    )

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    position: Mapped[int]
    post: Mapped[str] = mapped_column(String(40))
    people: Mapped[int]
    qualification: Mapped[str] = mapped_column(String(100))
    duty: Mapped[str] = mapped_column(String(100))


class ContractMilestone(Identified, Removable, Model):
    """A milestone as contracted, with lead and assisting unit."""

    __table_args__ = (UniqueConstraint("contract_id", "position"),)

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(80))
    due_on: Mapped[date]
    lead_unit: Mapped[str] = mapped_column(String(100), default="")
    assisting_unit: Mapped[str] = mapped_column(String(100), default="")


class Instalment(Identified, Model):
    """A part of the price with what opens it; instalments of a contract sum to its amount."""

    __table_args__ = (
        UniqueConstraint("contract_id", "position"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    position: Mapped[int]
    percent: Mapped[int]
    amount_fen: Mapped[int]
    trigger: Mapped[PaymentTrigger] = mapped_column(one_of(PaymentTrigger, "instalment_trigger"))
    left_to_acceptance: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Not asked for when the acceptance began, or due on signing when the contract ended early: it waits
    for the acceptance.
    """


class ContractShare(Identified, Model):
    """What each level of government pays of a contract; shares sum to its amount (R-SH-1)."""

    __table_args__ = (UniqueConstraint("contract_id", "level"),)

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    position: Mapped[int]
    level: Mapped[Level] = mapped_column(one_of(Level, "share_level"))
    weight: Mapped[int]
    amount_fen: Mapped[int]


class ContractEarlyEnd(Refusable, Model):
    """A proposal to end a contract early: one person of the buyer asks, another decides, once."""

    __table_args__ = refusable_by_two("contract_early_end", "contract_id", may_withdraw=False)
    SUBJECT = "contract_id"

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    kind: Mapped[EarlyEndKind] = mapped_column(one_of(EarlyEndKind, "early_end_kind"))
    last_on: Mapped[date]
    """The last day on which services are given."""


class ContractSettlement(Proposal, Model):
    """A proposal to settle a contract: the clerk asks, the supplier answers, another of the buyer
    decides, each once. Of a contract at most one is confirmed.
    """

    __table_args__ = (
        *by_two("contract_settlement", "contract_id", may_withdraw=False),
        CheckConstraint("unpaid_fen >= 0", name="unpaid_not_negative"),
        CheckConstraint(
            "(answered_by IS NULL) = (agreed IS NULL)"
            " AND (answered_by IS NULL) = (answered_at IS NULL)",
            name="answered_whole",
        ),
        CheckConstraint("agreed IS NOT FALSE OR length(answer) > 0", name="objection_has_words"),
        CheckConstraint(
            "decided_by IS NULL OR length(decision) > 0 OR (confirmed AND agreed IS NOT FALSE)",
            name="decision_has_words",
        ),
    )
    SUBJECT = "contract_id"

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    ground: Mapped[SettlementGround] = mapped_column(one_of(SettlementGround, "settlement_ground"))
    unpaid_fen: Mapped[int]
    """What the contract held and nobody had been paid when it was proposed."""
    reason: Mapped[str] = mapped_column(Text)
    answer_by: Mapped[date]
    """The last day on which the supplier may answer before it is decided."""
    answered_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    answered_at: Mapped[datetime | None]
    agreed: Mapped[bool | None]
    """Whether the supplier agrees; empty while it has not answered."""
    answer: Mapped[str] = mapped_column(Text, default="")
    confirmed: Mapped[bool] = mapped_column(default=False)
    decision: Mapped[str] = mapped_column(Text, default="")
    """Why it was refused, or what is answered to the supplier's objection."""
