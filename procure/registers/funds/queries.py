"""What can be read of public money: lines, balances, entries, and its way through a project.

Balances are sums over the ledger's lines; nothing stores a balance that could drift from them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.orm import Session, joinedload

from procure.kernel.access import BUYER_KINDS, Actor, Level
from procure.kernel.errors import NotFound
from procure.kernel.money import Money
from procure.registers.accounts.models import Organisation, User
from procure.registers.funds.models import (
    AccountKind,
    BudgetLine,
    BudgetLineChange,
    EntryKind,
    FundShare,
    LedgerAccount,
    LedgerEntry,
    LedgerLine,
    moved_fen,
)
from procure.registers.projects.models import Project
from procure.registers.projects.queries import buyers_in_view
from procure.store.lists import Source, Table, equal, summed, worded

Balances = Mapping[Level, Mapping[AccountKind, int]]


@dataclass(frozen=True)
class LineRow:
    """A budget line with what became of its money so far, in fen."""

    id: str
    code: str
    year: int
    name: str
    buyer: str
    amount_fen: int
    available_fen: int
    reserved_fen: int
    committed_fen: int
    paid_fen: int


@dataclass(frozen=True)
class Purse:
    """The money of one plan or contract on its budget line: what the verbs of public money move."""

    line: BudgetLine
    project: Project
    subject_id: str

    def owner_of(self, kind: AccountKind) -> str:
        """Whose an account of that kind is: nobody's own while money is available."""
        return "" if kind is AccountKind.AVAILABLE else self.subject_id

    def held(self, session: Session, kind: AccountKind) -> dict[Level, int]:
        """What stands on the accounts of that kind, by level, in fen."""
        return standing_on(session, self.line.id, kind, self.owner_of(kind))


@dataclass(frozen=True)
class EntryLine:
    """One side of a movement: debit positive, credit negative."""

    level: Level
    kind: AccountKind
    line_code: str
    subject_id: str
    amount_fen: int


@dataclass(frozen=True)
class EntryRow:
    """A movement of money with all its sides."""

    id: str
    kind: EntryKind
    memo: str
    at: datetime
    by: str
    project_id: str | None
    project_number: str | None
    lines: tuple[EntryLine, ...] = ()

    @property
    def amount_fen(self) -> int:
        """How much moved to where it was to go: of a contract its amount, not what was left over."""
        return moved_fen(self.kind, [(line.kind, line.amount_fen) for line in self.lines])


@dataclass(frozen=True)
class LevelFlow:
    """The way of one level's money through a project, in fen; every figure is a sum of entries."""

    level: Level
    appropriated_fen: int
    reserved_fen: int
    released_fen: int
    committed_fen: int
    paid_fen: int

    @property
    def unpaid_fen(self) -> int:
        """What the contract still holds and has not been paid."""
        return self.committed_fen - self.paid_fen


@dataclass(frozen=True)
class LineFlow:
    """The way of one budget line's money through a project."""

    line_id: str
    code: str
    name: str
    year: int
    amount_fen: int
    levels: tuple[LevelFlow, ...]

    def total(self, figure: str) -> int:
        """The sum over the levels of one figure, e.g. "paid_fen"."""
        return sum(getattr(level, figure) for level in self.levels)


LINE_WORDS = {
    "year": "预算年度",
    "code": "预算项目编码",
    "name": "预算项目名称",
    "function_code": "功能分类科目",
    "economic_code": "经济分类科目",
    "fund_source": "资金来源",
    "amount": "预算金额",
    "weights": "分担比例",
}
"""What of a line can be corrected, in words."""


def waiting_corrections(
    session: Session, actor: Actor
) -> Sequence[tuple[BudgetLineChange, BudgetLine]]:
    """The corrections that wait of the buyers in the actor's view, oldest first."""
    rows = session.execute(
        select(BudgetLineChange, BudgetLine)
        .join(BudgetLine, BudgetLine.id == BudgetLineChange.budget_line_id)
        .where(BudgetLineChange.decided_at.is_(None), buyers_in_view(actor, BudgetLine.buyer_id))
        .order_by(BudgetLineChange.proposed_at, BudgetLineChange.id)
    )
    return [(change, line) for change, line in rows]


def is_used(session: Session, line_id: str) -> bool:
    """Whether a plan or contract holds, or has been paid, anything of the line's money."""
    held = (AccountKind.RESERVED, AccountKind.COMMITTED, AccountKind.PAID)
    return any(any(kinds[kind] for kind in held) for kinds in balances(session, line_id).values())


def get_line(session: Session, actor: Actor, line_id: str) -> BudgetLine:
    """The budget line of that id with its buyer; NotFound when it is not in the actor's view."""
    line = session.scalars(
        select(BudgetLine)
        .where(BudgetLine.id == line_id, buyers_in_view(actor, BudgetLine.buyer_id))
        .options(joinedload(BudgetLine.buyer))
    ).one_or_none()
    if line is None:
        raise NotFound("没有找到这项预算，或您无权查看。")
    return line


def shares_of(session: Session, line_id: str) -> Sequence[FundShare]:
    """The levels that carry a line, in the order in which payments are split between them."""
    query = select(FundShare).where(FundShare.budget_line_id == line_id)
    return session.scalars(query.order_by(FundShare.position)).all()


def split_by_level(session: Session, line_id: str, amount_fen: int) -> dict[Level, int]:
    """An amount split between the levels by the line's weights; the last takes the rest (R-SH-1)."""
    shares = shares_of(session, line_id)
    parts = Money(amount_fen).split_by_ratio([share.weight for share in shares])
    return {share.level: part.fen for share, part in zip(shares, parts, strict=True)}


def split_within(wanted: Mapping[Level, int], room: Mapping[Level, int]) -> dict[Level, int] | None:
    """The wanted split, with what a level has no room for carried by the others, last first.

    Rounding alone can make the split of many parts ask a level for a fen more than it has while
    another has one over. None when the levels together have not enough.
    """
    taken = {level: min(fen, room.get(level, 0)) for level, fen in wanted.items()}
    missing = sum(wanted.values()) - sum(taken.values())
    for level in reversed(list(taken)):
        more = min(missing, room.get(level, 0) - taken[level])
        taken[level] += more
        missing -= more
    return None if missing else taken


def split_for_contract(
    session: Session, line_id: str, plan_id: str, amount_fen: int
) -> dict[Level, int] | None:
    """A contract's amount split between the levels within what its plan has reserved.

    The split of `split_by_level` wherever the reservation allows; None when it is too small.
    """
    reserved = standing_on(session, line_id, AccountKind.RESERVED, plan_id)
    return split_within(split_by_level(session, line_id, amount_fen), reserved)


def balances(session: Session, line_id: str) -> Balances:
    """What stands on a line's accounts by level and kind, in fen; every level has every kind."""
    totals: dict[Level, dict[AccountKind, int]] = {
        share.level: dict.fromkeys(AccountKind, 0) for share in shares_of(session, line_id)
    }
    query = (
        select(LedgerAccount.level, LedgerAccount.kind, func.sum(LedgerLine.amount_fen))
        .join(LedgerLine, LedgerLine.account_id == LedgerAccount.id)
        .where(LedgerAccount.budget_line_id == line_id)
        .group_by(LedgerAccount.level, LedgerAccount.kind)
    )
    for level, kind, fen in session.execute(query):
        totals[level][kind] = int(fen)
    return totals


def standing_on(
    session: Session, line_id: str, kind: AccountKind, subject_id: str = ""
) -> dict[Level, int]:
    """What stands on the accounts of one kind and one plan or contract, by level, in fen."""
    query = (
        select(LedgerAccount.level, func.sum(LedgerLine.amount_fen))
        .join(LedgerLine, LedgerLine.account_id == LedgerAccount.id)
        .where(
            LedgerAccount.budget_line_id == line_id,
            LedgerAccount.kind == kind,
            LedgerAccount.subject_id == subject_id,
        )
        .group_by(LedgerAccount.level)
    )
    return {level: int(fen) for level, fen in session.execute(query)}


def lines_of_buyer(session: Session, actor: Actor) -> list[LineRow]:
    """The lines of the actor's own organisation, newest year first, with what is available."""
    query = _lines().where(BudgetLine.buyer_id == actor.organisation_id)
    rows = session.execute(query.order_by(BudgetLine.year.desc(), BudgetLine.code))
    return [LineRow(*row) for row in rows]


def lines_in_view(actor: Actor) -> Source[LineRow]:
    """The budget lines of the buyers in the actor's view."""
    return Source(
        lines=_lines().where(buyers_in_view(actor, BudgetLine.buyer_id)),
        line=LineRow,
        ident=BudgetLine.id,
        first="-registered",
        sorts={
            "registered": BudgetLine.registered_at,
            "code": BudgetLine.code,
            "year": BudgetLine.year,
            "buyer": Organisation.name,
            "name": BudgetLine.name,
            "amount": BudgetLine.amount_fen,
            "available": _held(AccountKind.AVAILABLE),
            "paid": _held(AccountKind.PAID),
        },
        filters={
            "year": lambda year: BudgetLine.year == int(year) if year else true(),
            "buyer": equal(BudgetLine.buyer_id),
        },
        search=(BudgetLine.name, Organisation.name, BudgetLine.code),
    )


def _lines() -> Select[*tuple[Any, ...]]:
    return select(
        BudgetLine.id,
        BudgetLine.code,
        BudgetLine.year,
        BudgetLine.name,
        Organisation.name,
        BudgetLine.amount_fen,
        _held(AccountKind.AVAILABLE),
        _held(AccountKind.RESERVED),
        _held(AccountKind.COMMITTED),
        _held(AccountKind.PAID),
    ).join(Organisation, Organisation.id == BudgetLine.buyer_id)


def _held(kind: AccountKind) -> ColumnElement[int]:
    """What a line's accounts of a kind hold, in fen."""
    return (
        select(summed(LedgerLine.amount_fen))
        .join(LedgerAccount, LedgerAccount.id == LedgerLine.account_id)
        .where(LedgerAccount.budget_line_id == BudgetLine.id, LedgerAccount.kind == kind)
        .correlate(BudgetLine)
        .scalar_subquery()
    )


def buyers_of(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """The buyers in the actor's view as (id, name), for choosing one."""
    query = (
        select(Organisation.id, Organisation.name)
        .where(
            Organisation.kind.in_(BUYER_KINDS),
            Organisation.is_active,
            buyers_in_view(actor, Organisation.id),
        )
        .order_by(Organisation.name, Organisation.id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def years_of(session: Session, actor: Actor) -> list[int]:
    """The budget years there are lines of, newest first."""
    query = (
        select(BudgetLine.year)
        .where(buyers_in_view(actor, BudgetLine.buyer_id))
        .distinct()
        .order_by(BudgetLine.year.desc())
    )
    return list(session.scalars(query))


def entries_of_project(session: Session, project_id: str) -> list[EntryRow]:
    """All movements of money of a project, oldest first, in two statements."""
    query = _ENTRIES.where(LedgerEntry.project_id == project_id)
    rows = session.execute(query.order_by(LedgerEntry.at, LedgerEntry.id))
    return _with_sides(session, [EntryRow(*row) for row in rows])


def entries_of_line(line_id: str) -> Source[EntryRow]:
    """The movements of a budget line's money, newest first."""
    of_line = LedgerEntry.id.in_(
        select(LedgerLine.entry_id)
        .join(LedgerAccount, LedgerAccount.id == LedgerLine.account_id)
        .where(LedgerAccount.budget_line_id == line_id)
    )
    return Source(
        lines=_ENTRIES.where(of_line),
        line=EntryRow,
        ident=LedgerEntry.id,
        first="-at",
        sorts={"at": (LedgerEntry.at, LedgerEntry.id)},
        complete=_with_sides,
    )


_ENTRIES = (
    select(
        LedgerEntry.id,
        LedgerEntry.kind,
        LedgerEntry.memo,
        LedgerEntry.at,
        func.coalesce(User.name, "系统"),
        LedgerEntry.project_id,
        Project.number,
    )
    .outerjoin(User, User.id == LedgerEntry.actor_id)
    .outerjoin(Project, Project.id == LedgerEntry.project_id)
)


def _with_sides(session: Session, entries: Sequence[EntryRow]) -> list[EntryRow]:
    sides: dict[str, list[EntryLine]] = defaultdict(list)
    query = (
        select(
            LedgerLine.entry_id,
            LedgerAccount.level,
            LedgerAccount.kind,
            BudgetLine.code,
            LedgerAccount.subject_id,
            LedgerLine.amount_fen,
        )
        .join(LedgerAccount, LedgerAccount.id == LedgerLine.account_id)
        .join(BudgetLine, BudgetLine.id == LedgerAccount.budget_line_id)
        .where(LedgerLine.entry_id.in_([entry.id for entry in entries]))
        .order_by(LedgerLine.entry_id, LedgerLine.line)
    )
    for entry_id, level, kind, code, subject_id, fen in session.execute(query):
        sides[entry_id].append(EntryLine(level, kind, code, subject_id, fen))
    return [replace(entry, lines=tuple(sides[entry.id])) for entry in entries]


def ledger_of_line(line_id: str) -> Table:
    """Every side of every movement of a budget line's money for a file, as they were booked."""
    return (
        select(
            LedgerEntry.at,
            worded(LedgerEntry.kind, EntryKind.labels()),
            LedgerEntry.memo,
            BudgetLine.code,
            worded(LedgerAccount.level, Level.labels()),
            worded(LedgerAccount.kind, AccountKind.labels()),
            LedgerLine.amount_fen,
            Project.number,
            Project.title,
            func.coalesce(User.name, "系统"),
        )
        .select_from(LedgerLine)
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .join(LedgerAccount, LedgerAccount.id == LedgerLine.account_id)
        .join(BudgetLine, BudgetLine.id == LedgerAccount.budget_line_id)
        .outerjoin(User, User.id == LedgerEntry.actor_id)
        .outerjoin(Project, Project.id == LedgerEntry.project_id)
        .where(LedgerAccount.budget_line_id == line_id)
        .order_by(LedgerEntry.at, LedgerEntry.id, LedgerLine.line)
    )


def flow_of_project(session: Session, project_id: str) -> list[LineFlow]:
    """How each budget line's money went through a project, by level: for the money page."""
    query = (
        select(
            LedgerAccount.budget_line_id,
            LedgerAccount.level,
            LedgerEntry.kind,
            LedgerAccount.kind,
            func.sum(LedgerLine.amount_fen),
        )
        .join(LedgerLine, LedgerLine.account_id == LedgerAccount.id)
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(LedgerEntry.project_id == project_id)
        .group_by(
            LedgerAccount.budget_line_id,
            LedgerAccount.level,
            LedgerEntry.kind,
            LedgerAccount.kind,
        )
    )
    moved: dict[tuple[str, Level], dict[tuple[EntryKind, AccountKind], int]] = defaultdict(dict)
    for line_id, level, why, kind, fen in session.execute(query):
        moved[line_id, level][why, kind] = int(fen)
    shares = (
        select(
            BudgetLine.id,
            BudgetLine.code,
            BudgetLine.name,
            BudgetLine.year,
            BudgetLine.amount_fen,
            FundShare.level,
            FundShare.amount_fen,
        )
        .join(FundShare, FundShare.budget_line_id == BudgetLine.id)
        .where(BudgetLine.id.in_({line_id for line_id, _ in moved}))
        .order_by(BudgetLine.year, BudgetLine.code, BudgetLine.id, FundShare.position)
    )
    flows: dict[str, LineFlow] = {}
    for line_id, code, name, year, amount, level, share in session.execute(shares):
        level_flow = _level_flow(level, share, moved.get((line_id, level), {}))
        known = flows.get(line_id)
        levels = (*known.levels, level_flow) if known else (level_flow,)
        flows[line_id] = LineFlow(line_id, code, name, year, amount, levels)
    return list(flows.values())


def _level_flow(
    level: Level, share: int, moved: Mapping[tuple[EntryKind, AccountKind], int]
) -> LevelFlow:
    def sums(why: EntryKind, kind: AccountKind) -> int:
        return moved.get((why, kind), 0)

    kept_back = sums(EntryKind.COMMIT, AccountKind.AVAILABLE)
    returned = sums(EntryKind.RELEASE, AccountKind.AVAILABLE)
    dropped = sums(EntryKind.RELEASE, AccountKind.COMMITTED)
    refunded = sums(EntryKind.REFUND, AccountKind.AVAILABLE)
    return LevelFlow(
        level,
        appropriated_fen=share,
        reserved_fen=sums(EntryKind.RESERVE, AccountKind.RESERVED),
        released_fen=returned + kept_back + refunded,
        committed_fen=sums(EntryKind.COMMIT, AccountKind.COMMITTED) + dropped - refunded,
        paid_fen=sums(EntryKind.PAY, AccountKind.PAID)
        + sums(EntryKind.REVERSE, AccountKind.PAID)
        - refunded,
    )
