"""Tables of budget lines, shares by level and the ledger. All amounts are fen."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from procure.kernel.access import Level
from procure.kernel.labelled import LabelledEnum
from procure.registers.accounts.models import Organisation
from procure.store.base import AppendOnly, Identified, Model, Versioned
from procure.store.proposals import Refusable, refusable_by_two
from procure.store.types import CanonicalJson, one_of


class BudgetLine(Identified, Versioned, Model):
    """An approved line of a department budget (预算法 art 13: no budget, no purchase)."""

    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        UniqueConstraint("buyer_id", "year", "code"),
    )

    code: Mapped[str] = mapped_column(String(30))
    year: Mapped[int]
    buyer_id: Mapped[str] = mapped_column(ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(String(100))
    function_code: Mapped[str] = mapped_column(String(20))
    economic_code: Mapped[str] = mapped_column(String(20))
    fund_source: Mapped[str] = mapped_column(String(40))
    amount_fen: Mapped[int]
    registered_by: Mapped[str] = mapped_column(String(64))
    registered_at: Mapped[datetime]

    buyer: Mapped[Organisation] = relationship(lazy="raise")


class BudgetLineChange(Refusable, Model):
    """A correction of a line asked for by one budget officer and decided by another.

    `content` holds all particulars as they are to be.
    """

    __table_args__ = refusable_by_two("budget_line_change", "budget_line_id")
    SUBJECT = "budget_line_id"

    budget_line_id: Mapped[str] = mapped_column(ForeignKey("budget_line.id"))
    content: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)


class FundShare(Identified, Model):
    """Which level of government carries which part of a line (R-SH-1), as whole weights (2:4:4)."""

    __table_args__ = (
        UniqueConstraint("budget_line_id", "level"),
        CheckConstraint("weight > 0", name="weight_positive"),
        CheckConstraint("amount_fen >= 0", name="amount_not_negative"),
    )

    budget_line_id: Mapped[str] = mapped_column(ForeignKey("budget_line.id"))
    level: Mapped[Level] = mapped_column(one_of(Level, "fund_level"))
    position: Mapped[int]
    weight: Mapped[int]
    amount_fen: Mapped[int]


class AccountKind(LabelledEnum):
    """What an account of the ledger holds."""

    APPROPRIATION = "appropriation", "预算下达"
    AVAILABLE = "available", "预算可用"
    RESERVED = "reserved", "计划占用"
    COMMITTED = "committed", "合同占用"
    PAID = "paid", "已支付"


class LedgerAccount(Identified, AppendOnly, Model):
    """An account of one budget line at one level; guarded ones may never fall below zero."""

    __table_args__ = (UniqueConstraint("budget_line_id", "level", "kind", "subject_id"),)

    budget_line_id: Mapped[str] = mapped_column(ForeignKey("budget_line.id"))
    level: Mapped[Level] = mapped_column(one_of(Level, "account_level"))
    kind: Mapped[AccountKind] = mapped_column(one_of(AccountKind, "account_kind"))
    subject_id: Mapped[str] = mapped_column(String(64), default="")
    guarded: Mapped[bool]


class EntryKind(LabelledEnum):
    """Why money moved."""

    APPROPRIATE = "appropriate", "下达预算"
    RESERVE = "reserve", "计划占用预算"
    RELEASE = "release", "退回未用预算"
    COMMIT = "commit", "签订合同"
    PAY = "pay", "国库支付"
    ADJUST = "adjust", "更正预算"
    REVERSE = "reverse", "冲正或者退票"
    REFUND = "refund", "收回已付款项"


def moved_fen(kind: EntryKind, sides: Iterable[tuple[AccountKind, int]]) -> int:
    """How much a movement moved, of its sides (account, fen): the sum of the debits.

    Of a contract that is its own amount: what it leaves of its plan's money goes elsewhere in the
    same movement.
    """
    contract = kind is EntryKind.COMMIT
    return sum(
        fen
        for account, fen in sides
        if fen > 0 and (not contract or account is AccountKind.COMMITTED)
    )


class LedgerEntry(Identified, AppendOnly, Model):
    """One movement; written after its lines, which must then sum to zero."""

    __table_args__ = (Index("ix_ledger_entry_project", "project_id", "at"),)

    kind: Mapped[EntryKind] = mapped_column(one_of(EntryKind, "entry_kind"))
    memo: Mapped[str] = mapped_column(String(200))
    project_id: Mapped[str | None] = mapped_column(ForeignKey("project.id"))
    subject_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    actor_id: Mapped[str] = mapped_column(String(64))


class LedgerLine(AppendOnly, Model):
    """One side of a movement: debit positive, credit negative."""

    __table_args__ = (
        CheckConstraint("amount_fen <> 0", name="amount_not_zero"),
        Index("ix_ledger_line_account", "account_id", "amount_fen"),
    )

    entry_id: Mapped[str] = mapped_column(
        ForeignKey("ledger_entry.id", deferrable=True, initially="DEFERRED"), primary_key=True
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    account_id: Mapped[str] = mapped_column(ForeignKey("ledger_account.id"))
    amount_fen: Mapped[int]
