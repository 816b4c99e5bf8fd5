"""Tables of acceptance."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from procure.kernel.labelled import LabelledEnum
from procure.kernel.lifecycle import AcceptanceState
from procure.kernel.vocabulary import OpinionChannel, Outcome
from procure.store.base import AppendOnly, Identified, Model, Removable, Versioned
from procure.store.types import CanonicalJson, id_type, one_of


class Acceptance(Identified, Versioned, Model):
    """The acceptance of a contract; `round` counts on when it is opened again after a refusal."""

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"), unique=True)
    state: Mapped[AcceptanceState] = mapped_column(one_of(AcceptanceState, "acceptance_state"))
    opened_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    opened_at: Mapped[datetime]
    sample: Mapped[dict[str, object]] = mapped_column(CanonicalJson)
    round: Mapped[int] = mapped_column(default=1)
    place: Mapped[str] = mapped_column(String(120), default="")
    method: Mapped[str] = mapped_column(Text, default="")
    items_saved_at: Mapped[datetime | None]
    opinion_excerpts: Mapped[str] = mapped_column(Text, default="")
    low_response_reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was decided although fewer than 60 % answered."""
    conclusion: Mapped[str] = mapped_column(Text, default="")
    rectification_demand: Mapped[str] = mapped_column(Text, default="")
    rectify_by: Mapped[date | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    certificate_document_id: Mapped[str | None] = mapped_column(id_type())
    published_at: Mapped[datetime | None]


class AcceptanceApplication(Identified, AppendOnly, Model):
    """The provider's request to be accepted (验收申请); the contract's working days run from it."""

    __table_args__ = (UniqueConstraint("contract_id"),)

    contract_id: Mapped[str] = mapped_column(ForeignKey("contract.id"))
    statement: Mapped[str] = mapped_column(Text)
    applied_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    applied_at: Mapped[datetime]
    due_on: Mapped[date]


class AcceptanceRectification(Identified, Model):
    """What the provider says was put right after a refusal; the accepter looks anew or sends it back."""

    __table_args__ = (
        CheckConstraint(
            "(returned_by IS NULL) = (length(returned_reason) = 0)", name="return_has_reason"
        ),
        CheckConstraint("returned_by IS NULL OR returned_by <> reported_by", name="two_people"),
        Index("ix_acceptance_rectification", "acceptance_id", "round"),
    )

    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptance.id"))
    round: Mapped[int]
    report: Mapped[str] = mapped_column(Text)
    reported_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    reported_at: Mapped[datetime]
    returned_reason: Mapped[str] = mapped_column(Text, default="")
    returned_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    returned_at: Mapped[datetime | None]


class AcceptanceItem(Identified, Removable, Model):
    """One target of the contract, looked at on its own (GPL-R art 45)."""

    __table_args__ = (
        UniqueConstraint("acceptance_id", "position"),
        CheckConstraint(
            "(passed AND delivered >= promised) OR length(note) > 0", name="shortfall_has_note"
        ),
    )

    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptance.id"))
    position: Mapped[int]
    what: Mapped[str] = mapped_column(String(120))
    unit: Mapped[str] = mapped_column(String(10))
    promised: Mapped[int]
    delivered: Mapped[int]
    passed: Mapped[bool]
    note: Mapped[str] = mapped_column(Text, default="")


class AcceptanceStandard(Identified, Removable, Model):
    """One service standard of the contract's article 2, looked at on its own (GPL-R art 45)."""

    __table_args__ = (
        UniqueConstraint("acceptance_id", "position"),
        CheckConstraint("length(note) > 0", name="has_finding"),
    )

    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptance.id"))
    position: Mapped[int]
    standard: Mapped[str] = mapped_column(Text)
    passed: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)
    """How it was looked into and what was found."""


class Seat(LabelledEnum):
    """In what capacity a member sits in the acceptance group."""

    LEADER = "leader", "组长"
    MEMBER = "member", "成员"
    EXPERT = "expert", "外部专家"


class AcceptanceMember(Identified, Removable, Model):
    """A member of the acceptance group of one round, with their verdict and its words.

    Those of earlier rounds stay as they were, for the auditor: who looked at the first delivery has
    said nothing about the second.
    """

    __table_args__ = (UniqueConstraint("acceptance_id", "round", "position"),)

    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptance.id"))
    round: Mapped[int]
    position: Mapped[int]
    seat: Mapped[Seat] = mapped_column(one_of(Seat, "member_seat"))
    name: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(40), default="")
    agrees: Mapped[bool | None]
    """Whether the delivery may be accepted in their opinion; NULL where it was not asked (0.2.0)."""
    comment: Mapped[str] = mapped_column(Text)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    """Their account with the buyer: who has one signs the certificate in the platform."""


class AcceptanceSignature(Identified, AppendOnly, Model):
    """A member's signature under a certificate: given in the platform by who has an account, or the
    signed paper on file for those who have none (`document_id`). GPL art 41.
    """

    __table_args__ = (
        UniqueConstraint("acceptance_id", "round", "signed_by"),
        UniqueConstraint("acceptance_id", "round", "document_id"),
        CheckConstraint(
            "(signed_by IS NULL) <> (document_id IS NULL)", name="by_account_or_on_paper"
        ),
    )

    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptance.id"))
    round: Mapped[int]
    signed_by: Mapped[str | None] = mapped_column(ForeignKey("user_account.id"))
    document_id: Mapped[str | None] = mapped_column(ForeignKey("document.id"))
    covers: Mapped[list[int] | None] = mapped_column(CanonicalJson)
    """The places of the members who signed this paper; NULL on paper of before: all without account."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the certificate that was signed."""
    recorded_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    recorded_at: Mapped[datetime]


class AcceptanceResult(Identified, AppendOnly, Model):
    """What was decided in a round, with the figures it was decided on; written once.

    Certificate, notice, event and payment read these figures, none counts anew.
    """

    __table_args__ = (
        UniqueConstraint("acceptance_id", "round"),
        CheckConstraint(
            "deduction_fen >= 0 AND claim_fen >= 0"
            " AND (outcome = 'partial') = (deduction_fen + claim_fen > 0)",
            name="partial_deducts",
        ),
        CheckConstraint(
            "(deduction_fen + claim_fen = 0"
            " OR (length(deduction_rule) > 0 AND length(deduction_reason) > 0))"
            " AND (outcome <> 'partial' OR deduction_fen + claim_fen >= reckoned_fen"
            " OR length(below_reason) > 0)",
            name="deduction_has_reason",
        ),
    )

    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptance.id"))
    round: Mapped[int]
    outcome: Mapped[Outcome] = mapped_column(one_of(Outcome, "acceptance_outcome"))
    opinion: Mapped[dict[str, object]] = mapped_column(CanonicalJson)
    shortfalls: Mapped[list[str]] = mapped_column(CanonicalJson)
    deduction_fen: Mapped[int] = mapped_column(default=0)
    claim_fen: Mapped[int] = mapped_column(default=0)
    """What the provider is to pay back, where nothing is left to take off."""
    reckoned_fen: Mapped[int] = mapped_column(default=0)
    """What the quantities that were not provided come to by the contract's price."""
    reckoning: Mapped[list[str]] = mapped_column(CanonicalJson, default=list)
    """The arithmetic of it, a line for each target."""
    below_reason: Mapped[str] = mapped_column(Text, default="")
    """Why less is taken off and claimed back than that."""
    deduction_rule: Mapped[str] = mapped_column(Text, default="")
    deduction_reason: Mapped[str] = mapped_column(Text, default="")
    dissent_reason: Mapped[str] = mapped_column(Text, default="")
    """Why it was accepted although a member of the group does not agree."""
    conclusion: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime]


class OpinionSlip(Identified, Versioned, Model):
    """A sampled recipient's slip; the token's digest lets it be used once, without an account."""

    __table_args__ = (
        UniqueConstraint("acceptance_id", "round", "recipient_id"),
        UniqueConstraint("acceptance_id", "round", "position"),
        CheckConstraint("(answered_at IS NULL) = (channel IS NULL)", name="answer_has_channel"),
        CheckConstraint("(answered_at IS NULL) = (answers IS NULL)", name="answer_is_whole"),
    )

    acceptance_id: Mapped[str] = mapped_column(ForeignKey("acceptance.id"))
    round: Mapped[int] = mapped_column(default=1)
    position: Mapped[int]
    recipient_id: Mapped[str] = mapped_column(ForeignKey("recipient.id"))
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    printed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    """How often the recipient was called or visited without being reached."""
    channel: Mapped[OpinionChannel | None] = mapped_column(one_of(OpinionChannel, "channel"))
    answers: Mapped[list[int] | None] = mapped_column(CanonicalJson)
    comment: Mapped[str] = mapped_column(Text, default="")
    entered_by: Mapped[str] = mapped_column(String(64), default="")
    answered_at: Mapped[datetime | None]
