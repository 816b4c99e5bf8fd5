"""Verbs of public money. Every movement goes through `post_entry`, whose lines sum to zero.

The database refuses an unbalanced entry and an overdrawn account whoever asks (migration 0022);
the checks here come first only to say it better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import insert, select

from procure.kernel.access import Level
from procure.kernel.budget_codes import fault_of_economic, fault_of_function, fault_of_line
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
from procure.registers.funds.queries import (
    looks_after,
    split_by_level,
    split_within,
    standing_on,
)
from procure.registers.projects.models import Project
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


@dataclass(frozen=True)
class RegisterBudgetLine:
    """An approved budget line to be registered. The order of `shares` is the order of splitting."""

    buyer_id: str
    year: int
    code: str
    name: str
    function_code: str
    economic_code: str
    fund_source: str
    amount: Money
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
    in_view = looks_after(uow.session, uow.actor, buyer.id)
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
    uow.session.add_all(
        FundShare(
            budget_line_id=line.id,
            level=share.level,
            position=at,
            weight=share.weight,
            amount_fen=part.fen,
        )
        for at, (share, part) in enumerate(zip(command.shares, parts, strict=True))
    )
    uow.emit(
        BudgetLineRegistered(
            subject_id=line.id,
            code=line.code,
            year=line.year,
            buyer_id=buyer.id,
            buyer_name=buyer.name,
            line_name=line.name,
            function_code=line.function_code,
            economic_code=line.economic_code,
            fund_source=line.fund_source,
            amount_fen=line.amount_fen,
            shares=tuple(
                (share.level.value, share.weight, part.fen)
                for share, part in zip(command.shares, parts, strict=True)
            ),
        )
    )
    by_level = {s.level: p.fen for s, p in zip(command.shares, parts, strict=True)}
    post_entry(
        uow,
        EntryKind.APPROPRIATE,
        f"{line.year} 年预算下达",
        None,
        line.id,
        line,
        [
            *_postings(by_level, AccountKind.APPROPRIATION, sign=-1),
            *_postings(by_level, AccountKind.AVAILABLE),
        ],
    )
    uow.keep_result(request, line.id)
    return line


def reserve(
    uow: UnitOfWork, *, line: BudgetLine, project: Project, subject_id: str, amount_fen: int
) -> LedgerEntry:
    """Set available money aside for a plan, split between the levels by the line's weights.

    Raises Invalid when the line has not that much left, or is not the project's buyer's
    (政府采购法 art 6: 严格按照批准的预算执行).
    """
    _positive(amount_fen)
    if line.buyer_id != project.buyer_id:
        raise Invalid(
            "budget_line",
            "这项预算不是本项目采购人的预算。",
            cite("within_budget"),
            "请选择本单位的预算项目。",
        )
    _lock_accounts(uow, project, line)
    available = standing_on(uow.session, line.id, AccountKind.AVAILABLE)
    wanted = split_by_level(uow.session, line.id, amount_fen)
    by_level = split_within(wanted, available)
    if by_level is None:
        raise _short(sum(available.values()), amount_fen)
    return post_entry(
        uow,
        EntryKind.RESERVE,
        f"{project.number} 采购计划占用预算",
        project.id,
        subject_id,
        line,
        [
            *_postings(by_level, AccountKind.AVAILABLE, sign=-1),
            *_postings(by_level, AccountKind.RESERVED, subject_id),
        ],
    )


def release(
    uow: UnitOfWork,
    *,
    line: BudgetLine,
    project: Project,
    subject_id: str,
    amount_fen: int | None = None,
    source: AccountKind = AccountKind.RESERVED,
    by_level: Mapping[Level, int] | None = None,
) -> LedgerEntry | None:
    """Give back what a plan reserved, or what a contract holds and nobody will be paid.

    `source` is RESERVED for a plan, COMMITTED for a contract; without `amount_fen` all of it, or
    `by_level` says how much of each level's. None when nothing is there; Invalid when there is less
    than asked.
    """
    _lock_accounts(uow, project, line)
    held = standing_on(uow.session, line.id, source, subject_id)
    given: Mapping[Level, int] | None = held
    if by_level is not None:
        amount_fen = sum(by_level.values())
        given = by_level if all(fen <= held.get(one, 0) for one, fen in by_level.items()) else None
    elif amount_fen is not None:
        _positive(amount_fen)
        given = split_within(split_by_level(uow.session, line.id, amount_fen), held)
    if given is None:
        raise _short(sum(held.values()), amount_fen or 0, source.label)
    if not any(given.values()):
        return None
    return post_entry(
        uow,
        EntryKind.RELEASE,
        f"{project.number} 退回未用预算",
        project.id,
        subject_id,
        line,
        [
            *_postings(given, source, subject_id, sign=-1),
            *_postings(given, AccountKind.AVAILABLE),
        ],
    )


def commit(
    uow: UnitOfWork,
    *,
    line: BudgetLine,
    project: Project,
    plan_id: str,
    contract_id: str,
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
    _lock_accounts(uow, project, line)
    reserved = standing_on(uow.session, line.id, AccountKind.RESERVED, plan_id)
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
    return post_entry(
        uow,
        EntryKind.COMMIT,
        f"{project.number} 签订合同占用预算",
        project.id,
        contract_id,
        line,
        [
            *_postings(used, AccountKind.RESERVED, plan_id, sign=-1),
            *_postings(by_level, AccountKind.COMMITTED, contract_id),
            *_postings(rest, AccountKind.AVAILABLE),
        ],
    )


def pay(
    uow: UnitOfWork,
    *,
    line: BudgetLine,
    project: Project,
    contract_id: str,
    level: Level,
    amount_fen: int,
    memo: str,
) -> LedgerEntry:
    """Pay one level's part of an instalment out of what the contract holds (预算法 art 57).

    Raises Invalid when the contract holds less than that at this level.
    """
    _positive(amount_fen)
    _lock_accounts(uow, project, line)
    held = standing_on(uow.session, line.id, AccountKind.COMMITTED, contract_id).get(level, 0)
    if held < amount_fen:
        raise _short(held, amount_fen, f"{level.label}合同占用")
    return post_entry(
        uow,
        EntryKind.PAY,
        memo,
        project.id,
        contract_id,
        line,
        [
            Posting(level, AccountKind.COMMITTED, -amount_fen, contract_id),
            Posting(level, AccountKind.PAID, amount_fen, contract_id),
        ],
    )


def reverse(
    uow: UnitOfWork,
    *,
    line: BudgetLine,
    project: Project,
    contract_id: str,
    level: Level,
    amount_fen: int,
    memo: str,
) -> LedgerEntry:
    """Take one level's payment back: the money is the contract's again and can be paid once more.

    The pair of `pay`: the same two accounts the other way round. Raises Invalid when less was paid.
    """
    _positive(amount_fen)
    _lock_accounts(uow, project, line)
    paid = standing_on(uow.session, line.id, AccountKind.PAID, contract_id).get(level, 0)
    if paid < amount_fen:
        raise _short(paid, amount_fen, f"{level.label}已支付")
    return post_entry(
        uow,
        EntryKind.REVERSE,
        memo,
        project.id,
        contract_id,
        line,
        [
            Posting(level, AccountKind.PAID, -amount_fen, contract_id),
            Posting(level, AccountKind.COMMITTED, amount_fen, contract_id),
        ],
    )


def refund(
    uow: UnitOfWork,
    *,
    line: BudgetLine,
    project: Project,
    contract_id: str,
    by_level: Mapping[Level, int],
    memo: str,
) -> LedgerEntry:
    """Take in what a provider paid back for good: the money is available again, not the contract's.

    Raises Invalid when less was paid at a level.
    """
    _positive(sum(by_level.values()))
    _lock_accounts(uow, project, line)
    paid = standing_on(uow.session, line.id, AccountKind.PAID, contract_id)
    for level, fen in by_level.items():
        if paid.get(level, 0) < fen:
            raise _short(paid.get(level, 0), fen, f"{level.label}已支付")
    return post_entry(
        uow,
        EntryKind.REFUND,
        memo,
        project.id,
        contract_id,
        line,
        [
            *_postings(by_level, AccountKind.PAID, contract_id, sign=-1),
            *_postings(by_level, AccountKind.AVAILABLE),
        ],
    )


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


class Particulars(Protocol):
    """What a line says, registered or corrected."""

    @property
    def year(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def function_code(self) -> str: ...
    @property
    def economic_code(self) -> str: ...
    @property
    def fund_source(self) -> str: ...
    @property
    def amount(self) -> Money: ...


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


def _lock_accounts(uow: UnitOfWork, project: Project, line: BudgetLine) -> None:
    """Have the line to ourselves until the end, so that what is read is what is spent.

    The project comes first: what is posted may close it, or open it again.
    """
    hold(uow.session, Project, project.id)
    hold(uow.session, BudgetLine, line.id)


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
