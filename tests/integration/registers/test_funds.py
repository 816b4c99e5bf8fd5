"""Public money: registered, reserved, committed, paid; never more than there is, never a fen lost."""

import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from procure.kernel.access import SYSTEM_ACTOR, Actor, Level
from procure.kernel.clock import FixedClock
from procure.kernel.errors import Conflict, Denied, DomainError, Invalid, NotFound
from procure.kernel.money import Money
from procure.kernel.paging import PageRequest
from procure.registers.accounts.models import Organisation
from procure.registers.funds import queries, use_cases
from procure.registers.funds.models import (
    AccountKind,
    BudgetLine,
    EntryKind,
    LedgerAccount,
    LedgerLine,
)
from procure.registers.funds.queries import Purse
from procure.registers.funds.use_cases import Posting, RegisterBudgetLine, ShareDraft
from procure.registers.projects.models import Project
from procure.registers.projects.use_cases import open_project
from procure.store import trail
from procure.store.unit_of_work import UnitOfWork

Begin = Callable[[Actor], AbstractContextManager[UnitOfWork]]
PLAN, CONTRACT = "p" * 32, "c" * 32
NAMES = ("city", "district", "street")


@pytest.fixture
def command(buyer: Organisation) -> RegisterBudgetLine:
    """A line of 100,000.01 yuan shared 2:4:4 between three levels (vector V19)."""
    return RegisterBudgetLine(
        buyer_id=buyer.id,
        year=2026,
        code="440403-SG-01",
        name="镇街社工站服务",
        function_code="2080208",
        economic_code="30227",
        fund_source="一般公共预算",
        amount=Money(10_000_001),
        shares=(
            ShareDraft(Level.CITY, 2),
            ShareDraft(Level.DISTRICT, 4),
            ShareDraft(Level.STREET, 4),
        ),
        key="one-time-key",
    )


@pytest.fixture
def line(uow_as: Begin, budget_officer: Actor, command: RegisterBudgetLine) -> BudgetLine:
    """The line, registered."""
    with uow_as(budget_officer) as uow:
        return use_cases.register_budget_line(uow, command)


@pytest.fixture
def project(uow_as: Begin, clerk: Actor, buyer: Organisation) -> Project:
    """A project of the line's buyer."""
    with uow_as(clerk) as uow:
        return open_project(uow, title="社工站", buyer=buyer, budget_fen=10_000_001)


def totals(session: Session, line: BudgetLine) -> dict[AccountKind, int]:
    standing = queries.balances(session, line.id)
    return {kind: sum(kinds[kind] for kinds in standing.values()) for kind in AccountKind}


def test_register_budget_line_appropriates_by_level_without_losing_a_fen(
    session: Session, line: BudgetLine
) -> None:
    standing = queries.balances(session, line.id)

    available = [kinds[AccountKind.AVAILABLE] for kinds in standing.values()]
    assert available == [2_000_000, 4_000_000, 4_000_001]
    assert sum(kinds[AccountKind.APPROPRIATION] for kinds in standing.values()) == -10_000_001
    events = list(trail.read(session, trail.TrailEvent.stream == f"budget:{line.id}"))
    assert [link.event for link in events] == ["BudgetLineRegistered", "LedgerPosted"]
    assert "市级 ¥20,000.00" in events[0].words


def test_register_budget_line_sent_twice_registers_once(
    session: Session, uow_as: Begin, budget_officer: Actor, command: RegisterBudgetLine
) -> None:
    with uow_as(budget_officer) as uow:
        first = use_cases.register_budget_line(uow, command).id
    with uow_as(budget_officer) as uow:
        second = use_cases.register_budget_line(uow, command).id

    assert first == second
    with pytest.raises(Conflict), uow_as(budget_officer) as uow:
        use_cases.register_budget_line(uow, replace(command, year=2027))


def test_register_budget_line_with_a_used_code_is_refused_in_words(
    line: BudgetLine, uow_as: Begin, budget_officer: Actor, command: RegisterBudgetLine
) -> None:
    with pytest.raises(Invalid, match="已经登记过这个预算项目编码"), uow_as(budget_officer) as uow:
        use_cases.register_budget_line(uow, replace(command, key="another-key"))


def test_register_budget_line_by_a_clerk_is_denied(
    uow_as: Begin, clerk: Actor, command: RegisterBudgetLine
) -> None:
    with pytest.raises(Denied), uow_as(clerk) as uow:
        use_cases.register_budget_line(uow, command)


def test_register_budget_line_for_a_supplier_is_denied(
    uow_as: Begin, budget_officer: Actor, supplier: Organisation, command: RegisterBudgetLine
) -> None:
    with pytest.raises(Denied, match="不是购买主体"), uow_as(budget_officer) as uow:
        use_cases.register_budget_line(uow, replace(command, buyer_id=supplier.id))


def test_register_budget_line_with_wrong_input_names_the_field(
    uow_as: Begin, budget_officer: Actor, command: RegisterBudgetLine
) -> None:
    for field, change in (
        ("amount", {"amount": Money(0)}),
        ("amount", {"amount": Money(-5)}),
        ("year", {"year": 26}),
        ("code", {"code": "编码"}),
        ("function_code", {"function_code": "20802"[:4]}),
        ("economic_code", {"economic_code": "3022"}),
        ("name", {"name": "  "}),
        ("fund_source", {"fund_source": ""}),
        ("shares", {"shares": ()}),
        ("shares", {"shares": (ShareDraft(Level.CITY, 0),)}),
        ("shares", {"shares": (ShareDraft(Level.CITY, 1), ShareDraft(Level.CITY, 2))}),
        ("buyer_id", {"buyer_id": "nobody"}),
    ):
        with pytest.raises(Invalid) as refusal, uow_as(budget_officer) as uow:
            use_cases.register_budget_line(uow, replace(command, **change))

        assert refusal.value.field == field


def test_money_goes_from_budget_to_payment_by_level(
    session: Session, uow_as: Begin, line: BudgetLine, project: Project
) -> None:
    with uow_as(SYSTEM_ACTOR) as uow:
        use_cases.reserve(uow, Purse(line, project, PLAN), 9_000_001)
        by_level = queries.split_for_contract(uow.session, line.id, PLAN, 8_000_003)
        assert by_level is not None
        use_cases.commit(
            uow,
            Purse(line, project, CONTRACT),
            plan_id=PLAN,
            amount_fen=8_000_003,
            by_level=by_level,
        )
        for level, fen in queries.split_by_level(uow.session, line.id, 2_400_001).items():
            use_cases.pay(uow, Purse(line, project, CONTRACT), level, fen, "首期款")

    assert totals(session, line) == {
        AccountKind.APPROPRIATION: -10_000_001,
        AccountKind.AVAILABLE: 1_999_998,
        AccountKind.RESERVED: 0,
        AccountKind.COMMITTED: 5_600_002,
        AccountKind.PAID: 2_400_001,
    }
    (flow,) = queries.flow_of_project(session, project.id)
    assert flow.total("reserved_fen") == 9_000_001
    assert flow.total("released_fen") == 999_998
    assert flow.total("committed_fen") == 8_000_003
    assert flow.total("paid_fen") == 2_400_001
    assert flow.total("unpaid_fen") == 5_600_002
    entries = queries.entries_of_project(session, project.id)
    assert [entry.kind for entry in entries].count(EntryKind.PAY) == 3
    assert all(sum(side.amount_fen for side in entry.lines) == 0 for entry in entries)


def test_ledger_can_be_rebuilt_from_the_trail_alone(
    session: Session, uow_as: Begin, line: BudgetLine, project: Project
) -> None:
    with uow_as(SYSTEM_ACTOR) as uow:
        use_cases.reserve(uow, Purse(line, project, PLAN), 7_000_000)
        some = queries.split_by_level(uow.session, line.id, 1_000_003)
        use_cases.release(uow, Purse(line, project, PLAN), by_level=some)

    rebuilt: dict[tuple[str, str], int] = {}
    for link in trail.read(session, trail.TrailEvent.event == "LedgerPosted"):
        assert link.data["line_code"] == line.code
        for level, kind, _, fen in link.data["lines"]:
            rebuilt[level, kind] = rebuilt.get((level, kind), 0) + fen
    stored = {
        (level.value, kind.value): fen
        for level, kinds in queries.balances(session, line.id).items()
        for kind, fen in kinds.items()
        if fen
    }
    assert rebuilt == stored
    assert trail.fsck(session) == []


def test_reserve_more_than_available_is_refused_with_figures_and_law(
    session: Session, uow_as: Begin, line: BudgetLine, project: Project
) -> None:
    words = r"现有 ¥100,000.01，需要 ¥100,000.02"
    with pytest.raises(Invalid, match=words) as refusal, uow_as(SYSTEM_ACTOR) as uow:
        use_cases.reserve(uow, Purse(line, project, PLAN), 10_000_002)

    assert refusal.value.rule == "《预算法》第十三条、《政府采购法》第六条"
    assert totals(session, line)[AccountKind.RESERVED] == 0


def test_reserve_in_many_odd_parts_uses_the_line_to_the_last_fen(
    session: Session, uow_as: Begin, line: BudgetLine, project: Project
) -> None:
    left, chance, count = 10_000_001, random.Random(7), 0
    while left:
        part = min(left, chance.randrange(1, 1_500_000) | 1)
        with uow_as(SYSTEM_ACTOR) as uow:
            use_cases.reserve(uow, Purse(line, project, f"plan-{count}"), part)
        left -= part
        count += 1

    standing = totals(session, line)
    assert standing[AccountKind.AVAILABLE] == 0
    assert standing[AccountKind.RESERVED] == 10_000_001


def test_reserve_from_another_buyers_line_is_refused(
    engine: Engine, uow_as: Begin, line: BudgetLine
) -> None:
    with Session(engine) as own:
        other = Organisation(
            name="金湾区民政局",
            kind="civil_affairs_bureau",
            level="district",
            number_prefix="JWMZ",
        )
        own.add(other)
        own.commit()
        other_id = other.id
    with uow_as(SYSTEM_ACTOR) as uow:
        other_buyer = uow.session.get_one(Organisation, other_id)
        project = open_project(uow, title="甲", buyer=other_buyer, budget_fen=1)
    with pytest.raises(Invalid, match="不是本项目采购人的预算"), uow_as(SYSTEM_ACTOR) as uow:
        use_cases.reserve(uow, Purse(line, project, PLAN), 1)


def test_reserve_nothing_or_less_is_refused(
    uow_as: Begin, line: BudgetLine, project: Project
) -> None:
    for amount in (0, -1):
        with pytest.raises(Invalid), uow_as(SYSTEM_ACTOR) as uow:
            use_cases.reserve(uow, Purse(line, project, PLAN), amount)


def test_release_gives_all_back_and_then_nothing(
    session: Session, uow_as: Begin, line: BudgetLine, project: Project
) -> None:
    with uow_as(SYSTEM_ACTOR) as uow:
        use_cases.reserve(uow, Purse(line, project, PLAN), 777)
        purse = Purse(line, project, PLAN)
        more = queries.split_by_level(uow.session, line.id, 778)
        with pytest.raises(Invalid, match="市级计划占用不足"):
            use_cases.release(uow, purse, by_level=more)
        given = use_cases.release(uow, purse)
        again = use_cases.release(uow, purse)

    assert given is not None
    assert again is None
    assert totals(session, line)[AccountKind.AVAILABLE] == 10_000_001


def test_release_of_a_commitment_frees_what_nobody_will_be_paid(
    session: Session, uow_as: Begin, line: BudgetLine, project: Project
) -> None:
    with uow_as(SYSTEM_ACTOR) as uow:
        use_cases.reserve(uow, Purse(line, project, PLAN), 1_000)
        use_cases.commit(
            uow,
            Purse(line, project, CONTRACT),
            plan_id=PLAN,
            amount_fen=1_000,
            by_level=queries.split_by_level(uow.session, line.id, 1_000),
        )
        use_cases.release(uow, Purse(line, project, CONTRACT), AccountKind.COMMITTED)

    assert totals(session, line)[AccountKind.AVAILABLE] == 10_000_001
    (flow,) = queries.flow_of_project(session, project.id)
    assert flow.total("committed_fen") == 0


@pytest.mark.parametrize(
    ("amount", "by_level", "words"),
    [
        (1_001, {Level.CITY: 1_001}, "超过采购计划占用"),
        (900, {Level.CITY: 100}, "合计与合同金额不一致"),
        (100, {Level.CITY: 200, Level.DISTRICT: -100}, "合计与合同金额不一致"),
    ],
)
def test_commit_of_what_was_not_reserved_is_refused(
    uow_as: Begin,
    line: BudgetLine,
    project: Project,
    amount: int,
    by_level: dict[Level, int],
    words: str,
) -> None:
    with uow_as(SYSTEM_ACTOR) as uow:
        use_cases.reserve(uow, Purse(line, project, PLAN), 1_000)
    with pytest.raises(Invalid, match=words), uow_as(SYSTEM_ACTOR) as uow:
        use_cases.commit(
            uow,
            Purse(line, project, CONTRACT),
            plan_id=PLAN,
            amount_fen=amount,
            by_level=by_level,
        )


def test_commit_for_one_of_two_contracts_keeps_the_rest_reserved(
    session: Session, uow_as: Begin, line: BudgetLine, project: Project
) -> None:
    with uow_as(SYSTEM_ACTOR) as uow:
        use_cases.reserve(uow, Purse(line, project, PLAN), 10_000_001)
        for contract, fen, last in (("k1", 5_000_001, False), ("k2", 5_000_000, True)):
            by_level = queries.split_for_contract(uow.session, line.id, PLAN, fen)
            assert by_level is not None
            use_cases.commit(
                uow,
                Purse(line, project, contract),
                plan_id=PLAN,
                amount_fen=fen,
                by_level=by_level,
                release_rest=last,
            )

    standing = totals(session, line)
    assert standing[AccountKind.COMMITTED] == 10_000_001
    assert standing[AccountKind.RESERVED] == standing[AccountKind.AVAILABLE] == 0


def test_pay_more_than_a_level_holds_is_refused(
    uow_as: Begin, line: BudgetLine, project: Project
) -> None:
    with uow_as(SYSTEM_ACTOR) as uow:
        use_cases.reserve(uow, Purse(line, project, PLAN), 1_000)
        use_cases.commit(
            uow,
            Purse(line, project, CONTRACT),
            plan_id=PLAN,
            amount_fen=1_000,
            by_level=queries.split_by_level(uow.session, line.id, 1_000),
        )
    with pytest.raises(Invalid, match="市级合同占用不足"), uow_as(SYSTEM_ACTOR) as uow:
        use_cases.pay(uow, Purse(line, project, CONTRACT), Level.CITY, 201, "首期款")


def test_post_entry_that_does_not_balance_is_refused_by_program_and_database(
    session: Session, uow_as: Begin, line: BudgetLine
) -> None:
    lopsided = [
        Posting(Level.CITY, AccountKind.AVAILABLE, -5),
        Posting(Level.CITY, AccountKind.RESERVED, 4, PLAN),
    ]
    with pytest.raises(Invalid, match="借贷不平衡"), uow_as(SYSTEM_ACTOR) as uow:
        use_cases.post_entry(uow, EntryKind.RESERVE, "甲", None, PLAN, line, lopsided)

    account = session.scalars(select(LedgerAccount).limit(1)).one().id
    session.rollback()
    with pytest.raises(DomainError, match="借贷不平衡"), uow_as(SYSTEM_ACTOR) as uow:
        _write_past_the_program(uow, account, (5, -4))


def _write_past_the_program(uow: UnitOfWork, account: str, amounts: tuple[int, ...]) -> None:
    for number, fen in enumerate(amounts):
        uow.session.execute(
            text("INSERT INTO ledger_line VALUES (:e, :n, :a, :f)"),
            {"e": "e" * 32, "n": number, "a": account, "f": fen},
        )
    uow.session.execute(
        text(
            "INSERT INTO ledger_entry (id, kind, memo, subject_id, at, actor_id)"
            " VALUES (:e, 'pay', '', '', 0, '')"
        ),
        {"e": "e" * 32},
    )


def test_post_to_a_closed_entry_or_below_zero_is_refused_by_the_database(
    session: Session, line: BudgetLine
) -> None:
    row = session.execute(
        select(LedgerLine.entry_id, LedgerLine.account_id)
        .join(LedgerAccount, LedgerAccount.id == LedgerLine.account_id)
        .where(LedgerAccount.kind == AccountKind.AVAILABLE)
    ).first()
    assert row is not None
    session.rollback()

    for entry, fen, words in ((row[0], 1, "entry is closed"), ("x" * 32, -(10**9), "overdrawn")):
        with pytest.raises(DBAPIError, match=words):
            session.execute(
                text("INSERT INTO ledger_line VALUES (:e, 99, :a, :f)"),
                {"e": entry, "a": row[1], "f": fen},
            )
        session.rollback()


def test_overdraft_that_slips_past_the_program_is_told_in_words(
    uow_as: Begin, line: BudgetLine
) -> None:
    with pytest.raises(Invalid, match="预算可用额不足") as refusal, uow_as(SYSTEM_ACTOR) as uow:
        use_cases.post_entry(
            uow,
            EntryKind.RESERVE,
            "甲",
            None,
            PLAN,
            line,
            [
                Posting(Level.CITY, AccountKind.AVAILABLE, -2_000_001),
                Posting(Level.CITY, AccountKind.RESERVED, 2_000_001, PLAN),
            ],
        )

    assert refusal.value.rule == "《预算法》第十三条、《政府采购法》第六条"


def test_reserve_by_twenty_at_once_accepts_exactly_what_the_budget_covers(
    session: Session, engine: Engine, line: BudgetLine, project: Project, clock: FixedClock
) -> None:
    amount, line_id, project_id = 700_001, line.id, project.id
    session.rollback()
    together, outcomes = Barrier(20), []

    def work(number: int) -> None:
        with Session(engine) as own:
            together.wait()
            try:
                with UnitOfWork(own, SYSTEM_ACTOR, clock) as uow:
                    mine = own.get_one(BudgetLine, line_id)
                    purse = Purse(mine, own.get_one(Project, project_id), f"plan-{number}")
                    use_cases.reserve(uow, purse, amount)
                outcomes.append("accepted")
            except Invalid:
                outcomes.append("refused")

    threads = [Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    accepted = 10_000_001 // amount
    assert outcomes.count("accepted") == accepted
    assert outcomes.count("refused") == 20 - accepted
    standing = totals(session, line)
    assert standing[AccountKind.RESERVED] == accepted * amount
    assert standing[AccountKind.AVAILABLE] == 10_000_001 - accepted * amount
    assert session.scalar(select(func.sum(LedgerLine.amount_fen))) == 0


def test_overdraft_by_twenty_at_once_without_the_programs_check_is_stopped_by_the_trigger(
    session: Session, engine: Engine, line: BudgetLine, clock: FixedClock
) -> None:
    line_id = line.id
    session.rollback()
    together, outcomes = Barrier(20), []

    def work(number: int) -> None:
        with Session(engine) as own:
            together.wait()
            try:
                with UnitOfWork(own, SYSTEM_ACTOR, clock) as uow:
                    use_cases.post_entry(
                        uow,
                        EntryKind.RESERVE,
                        "甲",
                        None,
                        f"plan-{number}",
                        own.get_one(BudgetLine, line_id),
                        [
                            Posting(Level.CITY, AccountKind.AVAILABLE, -300_000),
                            Posting(Level.CITY, AccountKind.RESERVED, 300_000, f"plan-{number}"),
                        ],
                    )
                outcomes.append("accepted")
            except Invalid:
                outcomes.append("refused")

    threads = [Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count("accepted") == 2_000_000 // 300_000
    assert len(outcomes) == 20


def test_lists_of_lines_take_the_same_statements_however_long(
    session: Session,
    engine: Engine,
    uow_as: Begin,
    budget_officer: Actor,
    clerk: Actor,
    command: RegisterBudgetLine,
) -> None:
    statements: list[str] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda *a: statements.append(a[2]) if a[2].startswith("SELECT") else None,
    )
    counts = []
    for number in range(3):
        with uow_as(budget_officer) as uow:
            for each in range(1 if number == 0 else 9):
                use_cases.register_budget_line(
                    uow, replace(command, code=f"L-{number}-{each}", key="")
                )
        statements.clear()
        page = queries.lines_in_view(clerk).page(session, PageRequest())
        counts.append(len(statements))

    assert counts == [1, 1, 1]
    assert page.total == 19
    assert {row.available_fen for row in page.rows} == {10_000_001}
    assert len(queries.lines_of_buyer(session, clerk)) == 19
    assert len(list(queries.lines_in_view(clerk).every(session, PageRequest(search="l-1")))) == 9
    assert queries.years_of(session, clerk) == [2026]
    line_id = page.rows[0].id
    assert queries.entries_of_line(line_id).page(session, PageRequest()).total == 1


def test_get_line_of_a_buyer_out_of_view_is_not_found(
    session: Session, line: BudgetLine, supplier: Organisation, clerk: Actor
) -> None:
    stranger = replace(clerk, organisation_id=supplier.id, scope=frozenset({supplier.id}))

    assert queries.get_line(session, clerk, line.id).code == line.code
    with pytest.raises(NotFound):
        queries.get_line(session, stranger, line.id)
