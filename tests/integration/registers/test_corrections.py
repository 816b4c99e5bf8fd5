"""Budget lines corrected by two officers: asked, decided, with the pair of entries, on the pages."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from procure.kernel.access import Level
from procure.kernel.errors import Denied, DomainError, IllegalTransition, Invalid, NotFound, Stale
from procure.kernel.money import Money
from procure.registers.funds import queries
from procure.registers.funds.models import (
    AccountKind,
    BudgetLine,
    BudgetLineChange,
    EntryKind,
    LedgerEntry,
)
from procure.registers.funds.use_cases.correcting import (
    DecideCorrection,
    ProposeCorrection,
    WithdrawCorrection,
    decide_correction,
    particulars_of,
    propose_correction,
    withdraw_correction,
)
from procure.store import trail
from procure.store.proposals import asked_of
from tests.factories.plans import given_approved_plan, given_budget_line, plan_content
from tests.world import World

WHY = "批复文号 斗财〔2026〕12号，登记时录错。"


def propose(world: World, line: BudgetLine, **changes: Any) -> None:
    world.session.refresh(line)
    wanted = replace(particulars_of(world.session, line), **changes)
    with world.uow("yusuan") as uow:
        propose_correction(uow, ProposeCorrection(line.id, line.version, wanted, WHY))


def decide(
    world: World, line: BudgetLine, username: str = "yusuan2", *, agreed: bool = True
) -> None:
    world.session.refresh(line)
    with world.uow(username) as uow:
        decide_correction(
            uow, DecideCorrection(line.id, line.version, agreed, "" if agreed else "与批复不符")
        )
    world.session.expire_all()


def by_kind(world: World, line: BudgetLine, kind: AccountKind) -> dict[Level, int]:
    return {level: kinds[kind] for level, kinds in queries.balances(world.session, line.id).items()}


def test_amount_is_corrected_by_two_with_a_balanced_entry(world: World) -> None:
    line = given_budget_line(world)
    propose(world, line, amount=Money.from_yuan(900_000), name="居家养老服务经费")
    assert line.amount_fen == Money.from_yuan(1_000_000).fen
    with pytest.raises(IllegalTransition):
        propose(world, line, name="另一个名称")
    with pytest.raises(Denied):
        decide(world, line, "yusuan")
    for username in ("jingban", "guoku"):
        with pytest.raises((Denied, NotFound)):
            decide(world, line, username)
    decide(world, line)
    assert (line.amount_fen, line.name) == (Money.from_yuan(900_000).fen, "居家养老服务经费")
    yuan = {Level.PROVINCE: 180_000, Level.CITY: 360_000, Level.DISTRICT: 360_000}
    assert by_kind(world, line, AccountKind.AVAILABLE) == {k: v * 100 for k, v in yuan.items()}
    assert by_kind(world, line, AccountKind.APPROPRIATION) == {k: -v * 100 for k, v in yuan.items()}
    assert [share.amount_fen for share in queries.shares_of(world.session, line.id)] == [
        18_000_000, 36_000_000, 36_000_000
    ]  # fmt: skip
    entry = world.session.query(LedgerEntry).filter_by(kind=EntryKind.ADJUST).one()
    assert entry.subject_id == line.id
    links = list(trail.read(world.session, trail.TrailEvent.stream == f"budget:{line.id}"))
    changed = next(link for link in links if link.event == "BudgetLineChanged")
    assert ["预算金额", "¥1,000,000.00", "¥900,000.00"] in [
        list(one) for one in changed.data["changes"]
    ]


def test_line_in_use_keeps_year_and_shares_and_never_falls_below_what_is_held(
    world: World,
) -> None:
    line = given_budget_line(world)
    propose(world, line, year=2027, weights=(1, 1, 2))
    decide(world, line)
    assert (line.year, [s.weight for s in queries.shares_of(world.session, line.id)]) == (
        2027, [1, 1, 2]
    )  # fmt: skip
    propose(world, line, year=2026, weights=(2, 4, 4))
    decide(world, line)
    given_approved_plan(world, plan_content(world, line))
    for changes, field in (({"year": 2027}, "year"), ({"weights": (1, 1, 1)}, "weights")):
        with pytest.raises(Invalid) as refused:
            propose(world, line, **changes)
        assert refused.value.field == field
    propose(world, line, amount=Money.from_yuan(100_000))
    with pytest.raises(Invalid, match="不足"):
        decide(world, line)
    decide(world, line, agreed=False)
    propose(world, line, code="2080299-88")
    with pytest.raises(Denied, match="只能由申请人撤回"), world.uow("yusuan2") as uow:
        withdraw_correction(uow, WithdrawCorrection(line.id, line.version))
    with world.uow("yusuan") as uow:
        world.session.refresh(line)
        withdraw_correction(uow, WithdrawCorrection(line.id, line.version))
    world.session.refresh(line)
    assert line.code == "2080299-01"
    outcomes = [row.confirmed for row in asked_of(world.session, BudgetLineChange, line.id)]
    assert sorted(outcomes) == [False, False, True, True]


def test_correction_to_what_no_budget_has_is_refused(embedded_world: World) -> None:
    world = embedded_world
    line = given_budget_line(world)
    for changes, field in (
        ({"code": "ABC"}, "code"),
        ({"code": "9"}, "code"),
        ({"function_code": "9"}, "function_code"),
        ({"function_code": "299"}, "function_code"),
        ({"function_code": "2340101", "year": 2019}, "function_code"),
        ({"economic_code": "30"}, "economic_code"),
        ({"economic_code": "60101"}, "economic_code"),
        ({"weights": (1, 1)}, "weights"),
        ({}, ""),
    ):
        with pytest.raises(Invalid) as refused:
            propose(world, line, **changes)
        assert refused.value.field == field


def test_rows_that_no_verb_would_write_are_refused_by_the_database_in_words(world: World) -> None:
    line = given_budget_line(world)
    propose(world, line, name="居家养老服务经费")
    first = world.session.scalars(select(BudgetLineChange)).one()
    told = {
        "budget_line_id": line.id,
        "content": first.content,
        "reason": WHY,
        "proposed_by": first.proposed_by,
        "proposed_at": world.now,
    }
    alone = {"decided_by": first.proposed_by, "decided_at": world.now, "confirmed": True}
    for row, words in (
        (BudgetLineChange(**told), "已经有一项更正等待决定"),
        (BudgetLineChange(**told, **alone), "申请人和决定人不能是同一人"),
    ):
        with pytest.raises(DomainError, match=words), world.uow("yusuan") as uow:
            uow.session.add(row)


def test_correction_on_an_old_page_is_refused(embedded_world: World) -> None:
    world = embedded_world
    line = given_budget_line(world)
    wanted = replace(particulars_of(world.session, line), name="另一个名称")
    with pytest.raises(Stale), world.uow("yusuan") as uow:
        propose_correction(uow, ProposeCorrection(line.id, line.version - 1, wanted, WHY))


def test_two_officers_correct_a_line_on_the_pages(embedded_world: World) -> None:
    world = embedded_world
    line = given_budget_line(world)
    address = f"/budget/{line.id}"
    first, second = world.client("yusuan"), world.client("yusuan2")
    assert "申请更正预算" in first.get(address).text
    assert "申请更正预算" not in world.client("jingban").get(address).text
    told = {
        "year": "2026",
        "code": line.code,
        "name": line.name,
        "function_code": "2081006",
        "economic_code": "50299",
        "fund_source": line.fund_source,
        "amount": "1200000",
        "weights": "2：4：4",
        "reason": WHY,
    }
    kept = first.post(f"{address}/correction", {**told, "weights": "一半"}, status=400)
    assert "分担比例应当是正整数" in kept.text
    first.post(f"{address}/correction", told)
    assert "审核预算更正" in second.get("/desk").text
    assert "等您决定" not in first.get("/desk").text
    page = second.get(f"{address}/correction/decision")
    assert "¥1,200,000.00" in page.text
    assert "请审核预算更正" in second.get("/inbox").text
    second.post(f"{address}/correction/decision", {"agreed": "yes"}, page=page)
    assert "已同意更正。" in second.get(address).text
    assert "预算已更正" in first.get("/inbox").text
    assert "¥1,200,000.00" in first.get(address).text
    assert "邝思远同意" in first.get(address).text
