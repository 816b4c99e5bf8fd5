"""What the check of a contract finds, rule by rule."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from procure.kernel.access import Level
from procure.kernel.clock import at_local
from procure.kernel.findings import Finding, FindingLevel, count_blocks
from procure.kernel.vocabulary import PaymentTrigger, Period
from procure.registers.accounts.models import Organisation
from procure.stages.contracts import checks, drafting
from procure.stages.contracts.models import (
    Contract,
    ContractMilestone,
    ContractShare,
    ContractTarget,
    Instalment,
)
from procure.stages.contracts.queries import CheckFacts, ContractParts

TODAY = date(2026, 4, 20)
STARTS = date(2026, 5, 6)
AMOUNT = 17_200_000
FACTS = CheckFacts(12, (), AMOUNT, 18_000_000, at_local(date(2026, 5, 18)))


def organisation(name: str, **values: str) -> Organisation:
    """An organisation whose particulars are complete."""
    usual = {"credit_code": "52440403MJL1001132", "representative": "苏慧敏", "address": "井岸镇"}
    return Organisation(name=name, bank_name="示例银行", bank_account="62", **(usual | values))


def parts(months: int = 12, **values: object) -> ContractParts:
    """A contract that nothing stands against, with some values changed."""
    contract = Contract(
        **{
            "amount_fen": AMOUNT,
            "saved": list(checks.SECTIONS),
            "starts_on": STARTS,
            "ends_on": drafting.last_day(STARTS, months),
            "payee_bank": "示例银行",
            "payee_account": "62",
            **values,
        }
    )
    contract.buyer = organisation("斗门区民政局")
    contract.supplier = organisation("晴暖社工")
    return ContractParts(
        contract,
        [
            ContractTarget(
                what="探访", unit="次", period=Period.MONTH, at_least=1, each="", total=12
            )
        ],
        [],
        [ContractMilestone(title="启动", due_on=STARTS + timedelta(days=30))],
        [Instalment(amount_fen=AMOUNT, percent=10_000, trigger=PaymentTrigger.SIGNING)],
        [ContractShare(amount_fen=AMOUNT, level=Level.DISTRICT, weight=1)],
    )


def found(made: ContractParts, facts: CheckFacts = FACTS) -> tuple[Finding, ...]:
    """What the check says this morning."""
    return checks.check_contract(made, facts, at_local(TODAY))


def test_check_of_a_whole_contract_finds_nothing() -> None:
    assert found(parts()) == ()


def test_check_names_each_section_not_saved() -> None:
    findings = found(parts(saved=["parties", "term"]))

    assert [finding.href for finding in findings] == ["targets", "milestones", "other"]
    assert count_blocks(findings) == 3


def test_check_of_a_start_before_today_blocks() -> None:
    (finding,) = [
        one
        for one in found(parts(starts_on=TODAY - timedelta(days=1)))
        if "早于今天" in one.message
    ]

    assert finding.level is FindingLevel.BLOCK


def test_check_of_a_longer_term_than_announced_blocks_and_a_shorter_one_asks() -> None:
    longer = parts(ends_on=drafting.last_day(STARTS, 12) + timedelta(days=1))
    shorter = parts(ends_on=drafting.last_day(STARTS, 12) - timedelta(days=1))

    assert found(longer)[0].level is FindingLevel.BLOCK
    assert [one.level for one in found(shorter)] == [FindingLevel.CONFIRM]
    assert len(checks.to_confirm(found(shorter))) == 1


@pytest.mark.parametrize(
    ("months", "conditions", "blocked"),
    [
        (12, (), False),
        (36, (True, True, True, True), False),
        (36, (True, True, True, False), True),
        (36, (), True),
        (37, (True, True, True, True), True),
    ],
)
def test_check_of_a_term_over_a_year_needs_all_four_conditions(
    months: int, conditions: tuple[bool, ...], blocked: bool
) -> None:
    facts = replace(FACTS, tender_months=months, term_conditions=conditions)

    assert bool(count_blocks(found(parts(months), facts))) == blocked


def test_check_of_an_amount_over_the_award_or_the_budget_blocks() -> None:
    over_award = found(parts(), replace(FACTS, quoted_fen=AMOUNT - 1))
    over_budget = found(parts(), replace(FACTS, reserved_fen=AMOUNT - 1))

    assert "超过成交报价" in over_award[0].message
    assert "不够签订" in over_budget[0].message


def test_check_of_shares_that_do_not_add_up_blocks() -> None:
    made = parts()
    made.shares[0].amount_fen -= 1

    assert "各级分担的金额合计" in found(made)[0].message


def test_check_of_missing_particulars_names_the_organisation_and_what() -> None:
    made = parts()
    made.contract.supplier.representative = ""

    (finding,) = found(made)
    assert finding.message == "乙方“晴暖社工”的登记信息缺少：法定代表人或负责人。"


def test_check_of_a_supplier_without_registered_account_blocks() -> None:
    made = parts()
    made.contract.supplier.bank_account = ""
    (finding,) = found(made)

    assert finding.level is FindingLevel.BLOCK
    assert "还没有登记收款账户" in finding.message


@pytest.mark.parametrize(
    ("document", "level"),
    [
        ("运营两个站点", None),
        ("运营三个站点", FindingLevel.BLOCK),
        ("运营站点", FindingLevel.CONFIRM),
    ],
)
def test_check_of_numbers_goes_by_the_document(document: str, level: FindingLevel | None) -> None:
    made = parts(counts_source="投标文件第 3 页")
    made.targets[0].each, made.targets[0].each_count = "站点", 2
    findings = found(made, replace(FACTS, document=document))

    assert [one.level for one in findings] == ([level] if level else [])
    assert level is not FindingLevel.CONFIRM or "投标文件第 3 页" in findings[0].message


def test_check_of_milestones_outside_the_term_blocks_and_a_late_start_warns() -> None:
    outside = parts()
    outside.milestones[0].due_on = STARTS - timedelta(days=1)
    late = parts()
    late.milestones[0].due_on = STARTS + timedelta(days=31)

    assert "不在服务期限内" in found(outside)[0].message
    assert [one.level for one in found(late)] == [FindingLevel.WARN]


def test_check_after_thirty_days_warns_and_does_not_block() -> None:
    findings = found(parts(), replace(FACTS, signing_due_at=at_local(TODAY)))

    assert [one.level for one in findings] == [FindingLevel.WARN]
    assert findings[0].rule == "《政府采购法》第四十六条"
