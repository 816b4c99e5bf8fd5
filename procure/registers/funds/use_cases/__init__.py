"""Verbs of public money. Every movement goes through `post_entry`, whose lines sum to zero.

The database refuses an unbalanced entry and an overdrawn account whoever asks (migration 0022);
the checks here come first only to say it better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from procure.kernel.access import Level
from procure.kernel.budget_codes import fault_of_economic, fault_of_function, fault_of_line
from procure.kernel.commands import Command
from procure.kernel.errors import Invalid
from procure.kernel.laws import cite
from procure.kernel.money import LARGEST_FEN, Money
from procure.registers.accounts.models import Organisation
from procure.registers.funds.events import BudgetLineRegistered, LedgerPosted
from procure.registers.funds.models import (
    AccountKind,
    BudgetLine,
    EntryKind,
    FundShare,
    LedgerAccount,
    LedgerEntry,
    LedgerLine,
    moved_fen,
)
from procure.registers.funds.policies import may_register_line
from procure.registers.funds.queries import Purse, split_by_level, split_within, standing_on
from procure.registers.projects.models import Project
from procure.registers.projects.queries import oversees
from procure.store.holding import hold
from procure.store.unit_of_work import UnitOfWork, explain_constraint, request_of

BUDGET_RULE = f"{cite('spend_by_budget')}、{cite('within_budget')}"
SHORT = "预算可用额不足，这次没有记账。"
SHORT_REMEDY = "请减少金额，或先按程序申请追加、调剂预算。"
RULE_CLASSES = "《政府收支分类科目》"
CLASSES_REMEDY = "请按批复的预算和当年的科目填写。"
YEARS = range(2000, 2100)
MOST_WEIGHT = 1_000_000

explain_constraint("account overdrawn", "amount", SHORT, BUDGET_RULE)
explain_constraint("lines do not balance", "amount", "借贷不平衡，这次没有记账。")
explain_constraint(
    "uq_budget_line_buyer_id_year_code",
    "code",
    "该单位本年度已经登记过这个预算项目编码，请核对后改用另一个编码。",
)


@dataclass(frozen=True)
class ShareDraft:
    """What one level carries, as a whole weight: 2:4:4."""

    level: Level
    weight: int


class Particulars(Command):
    """What a line says, registered or corrected."""

    year: int
    code: str
    name: str
    function_code: str
    economic_code: str
    fund_source: str
    amount: Money


class RegisterBudgetLine(Particulars):
    """An approved budget line to be registered. The order of `shares` is the order of splitting."""

    buyer_id: str
    shares: tuple[ShareDraft, ...]
    key: str = ""


@dataclass(frozen=True)
class Posting:
    """One side of a movement on a line's account: debit positive, credit negative, in fen."""

    level: Level
    kind: AccountKind
    amount_fen: int
    subject_id: str = ""


def register_budget_line(uow: UnitOfWork, command: RegisterBudgetLine) -> BudgetLine:
    """Register a budget line and post what each level appropriates (R-SH-1).

    Raises Denied by `may_register_line`, Invalid for amount, codes and shares that cannot be, and
    for a code the buyer has already used that year. The same request again gives the first line.
    """
    buyer = uow.session.get(Organisation, command.buyer_id)
    if buyer is None:
        raise Invalid("buyer_id", "没有这个购买主体。", remedy="请从列表中选择。")
    in_view = oversees(uow.session, uow.actor, buyer.id)
    may_register_line(uow.actor, buyer, in_view=in_view).require()
    request = request_of("register_budget_line", command.key, command)
    if (earlier := uow.earlier_result(request)) is not None:
        return uow.session.get_one(BudgetLine, earlier)
    check_particulars(command)
    _check_shares(command)
    parts = command.amount.split_by_ratio([share.weight for share in command.shares])
    line = BudgetLine(
        code=command.code.strip(),
        year=command.year,
        buyer_id=buyer.id,
        name=command.name.strip(),
        function_code=command.function_code,
        economic_code=command.economic_code,
        fund_source=command.fund_source.strip(),
        amount_fen=command.amount.fen,
        registered_by=uow.actor.user_id,
        registered_at=uow.now,
    )
    uow.session.add(line)
    uow.session.flush()
    shares = [
        FundShare(
            budget_line_id=line.id,
            level=share.level,
            position=at,
            weight=share.weight,
            amount_fen=part.fen,
        )
        for at, (share, part) in enumerate(zip(command.shares, parts, strict=True))
    ]
    uow.session.add_all(shares)
    uow.emit(
        BudgetLineRegistered.of(
            line,
            buyer_name=buyer.name,
            line_name=line.name,
            shares=tuple((one.level.value, one.weight, one.amount_fen) for one in shares),
        )
    )
    appropriate(
        uow,
        EntryKind.APPROPRIATE,
        f"{line.year} 年预算下达",
        line,
        {one.level: one.amount_fen for one in shares},
    )
    uow.keep_result(request, line.id)
    return line


def reserve(uow: UnitOfWork, purse: Purse, amount_fen: int) -> LedgerEntry:
    """Set available money aside for a plan, split between the levels by the line's weights.

    Raises Invalid when the line has not that much left, or is not the project's buyer's
    (政府采购法 art 6: 严格按照批准的预算执行).
    """
    _positive(amount_fen)
    if purse.line.buyer_id != purse.project.buyer_id:
        raise Invalid(
            "budget_line",
            "这项预算不是本项目采购人的预算。",
            cite("within_budget"),
            "请选择本单位的预算项目。",
        )
    _lock_accounts(uow, purse)
    available = purse.held(uow.session, AccountKind.AVAILABLE)
    by_level = split_within(split_by_level(uow.session, purse.line.id, amount_fen), available)
    if by_level is None:
        raise _short(sum(available.values()), amount_fen)
    memo = f"{purse.project.number} 采购计划占用预算"
    accounts = AccountKind.AVAILABLE, AccountKind.RESERVED
    return _move(uow, EntryKind.RESERVE, memo, purse, by_level, *accounts)


def release(
    uow: UnitOfWork,
    purse: Purse,
    source: AccountKind = AccountKind.RESERVED,
    by_level: Mapping[Level, int] | None = None,
) -> LedgerEntry | None:
    """Give back what a plan reserved, or what a contract holds and nobody will be paid.

    `source` is RESERVED for a plan, COMMITTED for a contract; `by_level` says how much of each
    level's, all of it where it is left out. None when nothing is there; Invalid when there is less
    than asked.
    """
    _lock_accounts(uow, purse)
    given = purse.held(uow.session, source) if by_level is None else by_level
    if not any(given.values()):
        return None
    memo = f"{purse.project.number} 退回未用预算"
    return _move(uow, EntryKind.RELEASE, memo, purse, given, source, AccountKind.AVAILABLE)


def commit(
    uow: UnitOfWork,
    purse: Purse,
    *,
    plan_id: str,
    amount_fen: int,
    by_level: Mapping[Level, int],
    release_rest: bool = True,
) -> LedgerEntry:
    """Turn a plan's reservation into a contract's commitment; what is left over becomes available.

    `by_level` adds up to `amount_fen`. Raises Invalid when it does not, or when the contract asks
    for more than the plan has reserved (政府采购法 art 6). With several contracts of one plan, all
    but the last say `release_rest=False`.
    """
    _positive(amount_fen)
    if sum(by_level.values()) != amount_fen or min(by_level.values()) < 0:
        raise Invalid("amount", "各级承担的金额合计与合同金额不一致。", cite("spend_by_budget"))
    _lock_accounts(uow, purse)
    reserved = standing_on(uow.session, purse.line.id, AccountKind.RESERVED, plan_id)
    if sum(reserved.values()) < amount_fen:
        raise Invalid(
            "amount",
            f"合同金额 {Money(amount_fen).format()} 超过采购计划占用的预算"
            f" {Money(sum(reserved.values())).format()}。",
            BUDGET_RULE,
            "合同金额不能超过采购预算，请核对成交金额和采购计划。",
        )
    used = reserved if release_rest else split_within(by_level, reserved) or reserved
    rest = {level: used.get(level, 0) - by_level.get(level, 0) for level in {*used, *by_level}}
    postings = [
        *_postings(used, AccountKind.RESERVED, plan_id, sign=-1),
        *_postings(by_level, AccountKind.COMMITTED, purse.subject_id),
        *_postings(rest, AccountKind.AVAILABLE),
    ]
    return _post(uow, EntryKind.COMMIT, f"{purse.project.number} 签订合同占用预算", purse, postings)


def pay(uow: UnitOfWork, purse: Purse, level: Level, amount_fen: int, memo: str) -> LedgerEntry:
    """Pay one level's part of an instalment out of what the contract holds (预算法 art 57).

    Raises Invalid when the contract holds less than that at this level.
    """
    _lock_accounts(uow, purse)
    accounts = AccountKind.COMMITTED, AccountKind.PAID
    return _move(uow, EntryKind.PAY, memo, purse, {level: amount_fen}, *accounts)


def reverse(uow: UnitOfWork, purse: Purse, level: Level, amount_fen: int, memo: str) -> LedgerEntry:
    """Take one level's payment back: the money is the contract's again and can be paid once more.

    The pair of `pay`: the same two accounts the other way round. Raises Invalid when less was paid.
    """
    _lock_accounts(uow, purse)
    accounts = AccountKind.PAID, AccountKind.COMMITTED
    return _move(uow, EntryKind.REVERSE, memo, purse, {level: amount_fen}, *accounts)


def refund(uow: UnitOfWork, purse: Purse, by_level: Mapping[Level, int], memo: str) -> LedgerEntry:
    """Take in what a provider paid back for good: the money is available again, not the contract's.

    Raises Invalid when less was paid at a level.
    """
    _lock_accounts(uow, purse)
    accounts = AccountKind.PAID, AccountKind.AVAILABLE
    return _move(uow, EntryKind.REFUND, memo, purse, by_level, *accounts)


def appropriate(
    uow: UnitOfWork, kind: EntryKind, memo: str, line: BudgetLine, by_level: Mapping[Level, int]
) -> None:
    """What each level gives to a line, or takes back where it is negative."""
    postings = [
        *_postings(by_level, AccountKind.APPROPRIATION, sign=-1),
        *_postings(by_level, AccountKind.AVAILABLE),
    ]
    post_entry(uow, kind, memo, None, line.id, line, postings)


def post_entry(
    uow: UnitOfWork,
    kind: EntryKind,
    memo: str,
    project_id: str | None,
    subject_id: str,
    line: BudgetLine,
    postings: Sequence[Posting],
) -> LedgerEntry:
    """Write one movement of a budget line's money; the only writer of the ledger.

    Lines go in before their entry, which closes them: the database sums them up at that moment.
    Accounts are taken in the order of their ids, so that two movements never wait in a circle.
    """
    postings = [posting for posting in postings if posting.amount_fen]
    if sum(posting.amount_fen for posting in postings) or len(postings) < 2:
        raise Invalid("amount", "借贷不平衡，这次没有记账。")
    accounts = _accounts(uow, line, postings)
    entry = LedgerEntry(
        kind=kind,
        memo=memo,
        project_id=project_id,
        subject_id=subject_id,
        at=uow.now,
        actor_id=uow.actor.user_id,
    )
    sides = sorted(zip(accounts, postings, strict=True), key=lambda side: side[0].id)
    uow.session.execute(
        insert(LedgerLine),
        [
            {
                "entry_id": entry.id,
                "line": number,
                "account_id": account.id,
                "amount_fen": posting.amount_fen,
            }
            for number, (account, posting) in enumerate(sides, start=1)
        ],
    )
    uow.session.add(entry)
    uow.emit(
        LedgerPosted(
            subject_id=subject_id,
            entry_id=entry.id,
            kind=kind.value,
            kind_words=kind.label,
            memo=memo,
            project=project_id,
            budget_line_id=line.id,
            line_code=line.code,
            amount_fen=moved_fen(kind, [(one.kind, one.amount_fen) for one in postings]),
            lines=tuple(
                (posting.level.value, posting.kind.value, posting.subject_id, posting.amount_fen)
                for _, posting in sides
            ),
        )
    )
    return entry


def check_particulars(command: Particulars) -> None:
    """Raise Invalid at the field that no line of a budget may say."""
    if not 0 < command.amount.fen <= LARGEST_FEN:
        raise Invalid(
            "amount", "预算金额应当大于零。", cite("spend_by_budget"), "请按批复的预算填写金额。"
        )
    if command.year not in YEARS:
        raise Invalid("year", "预算年度应当是四位年份。", cite("budget_year"))
    for field, fault in (
        ("code", fault_of_line(command.code.strip())),
        ("function_code", fault_of_function(command.function_code, command.year)),
        ("economic_code", fault_of_economic(command.economic_code)),
    ):
        if fault is not None:
            raise Invalid(field, fault, RULE_CLASSES, CLASSES_REMEDY)
    for field, value, longest in (
        ("name", command.name, 100),
        ("fund_source", command.fund_source, 40),
    ):
        if not value.strip() or len(value.strip()) > longest:
            raise Invalid(field, f"这一项要填写，最多 {longest} 个字。")


def _check_shares(command: RegisterBudgetLine) -> None:
    levels = [share.level for share in command.shares]
    if not levels or len(set(levels)) != len(levels):
        raise Invalid(
            "shares", "每一级财政只能填写一行，至少填写一级。", remedy="请合并同一级的分担比例。"
        )
    if not all(0 < share.weight <= MOST_WEIGHT for share in command.shares):
        raise Invalid("shares", "分担比例应当是正整数。", remedy="例如 2:4:4 分别填写 2、4、4。")


def _positive(amount_fen: int) -> None:
    if amount_fen <= 0:
        raise Invalid("amount", "金额应当大于零。", remedy="请核对金额。")


def _short(there: int, wanted: int, of: str = "预算可用额") -> Invalid:
    return Invalid(
        "amount",
        f"{of}不足：现有 {Money(there).format()}，需要 {Money(wanted).format()}。",
        BUDGET_RULE,
        SHORT_REMEDY,
    )


def _postings(
    by_level: Mapping[Level, int], kind: AccountKind, subject_id: str = "", *, sign: int = 1
) -> list[Posting]:
    return [Posting(level, kind, sign * fen, subject_id) for level, fen in by_level.items() if fen]


def _lock_accounts(uow: UnitOfWork, purse: Purse) -> None:
    """Have the line to ourselves until the end, so that what is read is what is spent.

    The project comes first: what is posted may close it, or open it again.
    """
    hold(uow.session, Project, purse.project.id)
    hold(uow.session, BudgetLine, purse.line.id)


def _move(
    uow: UnitOfWork,
    kind: EntryKind,
    memo: str,
    purse: Purse,
    by_level: Mapping[Level, int],
    source: AccountKind,
    target: AccountKind,
) -> LedgerEntry:
    """Move each level's part from one account to another; Invalid where less is there."""
    _positive(sum(by_level.values()))
    held = purse.held(uow.session, source)
    for level, fen in by_level.items():
        if held.get(level, 0) < fen:
            of = f"{level.label}{source.label}"
            raise _short(held.get(level, 0), fen, of)
    postings = [
        *_postings(by_level, source, purse.owner_of(source), sign=-1),
        *_postings(by_level, target, purse.owner_of(target)),
    ]
    return _post(uow, kind, memo, purse, postings)


def _post(
    uow: UnitOfWork, kind: EntryKind, memo: str, purse: Purse, postings: Sequence[Posting]
) -> LedgerEntry:
    return post_entry(uow, kind, memo, purse.project.id, purse.subject_id, purse.line, postings)


def _accounts(
    uow: UnitOfWork, line: BudgetLine, postings: Sequence[Posting]
) -> list[LedgerAccount]:
    """The account of each posting, opened on first use."""
    known = {
        (account.level, account.kind, account.subject_id): account
        for account in uow.session.scalars(
            select(LedgerAccount).where(
                LedgerAccount.budget_line_id == line.id,
                LedgerAccount.subject_id.in_({posting.subject_id for posting in postings}),
            )
        )
    }
    for posting in postings:
        key = (posting.level, posting.kind, posting.subject_id)
        if key not in known:
            known[key] = LedgerAccount(
                budget_line_id=line.id,
                level=posting.level,
                kind=posting.kind,
                subject_id=posting.subject_id,
                guarded=posting.kind is not AccountKind.APPROPRIATION,
            )
            uow.session.add(known[key])
    uow.session.flush()
    return [known[p.level, p.kind, p.subject_id] for p in postings]
