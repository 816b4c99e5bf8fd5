"""The copy of a contract that is for everybody: what it leaves out, wherever it stands."""

from typing import Any

import pytest

from procure.registers.projects.models import Project
from procure.stages.contracts.models import Contract
from procure.stages.contracts.publication import publication_data
from procure.stages.contracts.queries import instrument_name

SIGNED: dict[str, Any] = {
    "contract_no": "DMMZ-HT-2026-0017",
    "amount_fen": 18_000_000,
    "buyer": {"name": "某局", "credit_code": "114404030071234567", "contact": "林芬", "phone": "1"},
    "supplier": {"name": "某社", "bank": "某行", "account_no": "62", "representative": "黄敏"},
    "special_terms": "",
    "supplier_duties": [
        "服务期 2026-07-01 至 2027-06-30，每年 1,854,000.00 元，共 20260701 人次。"
    ],
}


def test_copy_hides_account_and_persons_and_keeps_the_rest() -> None:
    data = publication_data(SIGNED, "5a" * 32)

    assert data["supplier"] == {
        **SIGNED["supplier"],
        "bank": "公告副本不公开",
        "account_no": "公告副本不公开",
    }
    assert data["buyer"] == {
        **SIGNED["buyer"],
        "contact": "公告副本不公开",
        "phone": "公告副本不公开",
    }
    assert data["supplier_duties"] == SIGNED["supplier_duties"]
    assert data["contract_no"] == "DMMZ-HT-2026-0017"
    assert "5a" * 32 in data["publication_note"]
    assert SIGNED["supplier"]["bank"] == "某行"


@pytest.mark.parametrize(
    "number",
    [
        "13800138000",
        "138-0013-8000",
        "138 0013 8000",
        "0756-5550118",
        "07565550118",
        "6200000000000000011",
        "6200 0000 0000 0000 011",
        "44040319800101123X",
    ],
)
def test_copy_hides_numbers_that_were_written_into_a_clause(number: str) -> None:
    typed = SIGNED | {"special_terms": f"款项付至{number}，联系王芳。"}
    assert publication_data(typed, "")["special_terms"] == "款项付至（公告副本不公开），联系王芳。"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("斗门区居家养老项目", "斗门区居家养老项目政府购买服务合同"),
        ("斗门区居家养老政府购买服务", "斗门区居家养老政府购买服务合同"),
        ("政府购买服务试点街道社工站", "政府购买服务试点街道社工站政府购买服务合同"),
    ],
)
def test_contract_has_one_name_and_says_nothing_twice(title: str, name: str) -> None:
    """Two notices named one contract 政府购买服务政府购买服务合同 and 政府购买服务服务合同."""
    assert instrument_name(Contract(project=Project(title=title))) == name
