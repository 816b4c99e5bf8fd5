"""Each way of procuring has its own words and its own articles (R-OPEN-9, 财库〔2014〕214号)."""

import dataclasses
from datetime import date

import pytest

from procure.kernel.laws import LAWS, ROWS, cite
from procure.kernel.methods import (
    MethodWords,
    decision_rule,
    opening_rule,
    result_rule,
    told_in,
    words_of,
)
from procure.kernel.statute import by_rule
from procure.kernel.vocabulary import ProcurementMethod

OTHER = {ProcurementMethod.OPEN_TENDER: "CC214", ProcurementMethod.CONSULTATION: "O87"}
"""What must not be cited in each method."""


@pytest.mark.parametrize("method", ProcurementMethod)
def test_no_method_cites_the_order_of_another(method: ProcurementMethod) -> None:
    for row in ROWS:
        if row.method in ("", method):
            cited = cite(row.rule, method)
            assert LAWS[OTHER[method]].name not in cited, row.rule
            assert LAWS[OTHER[method]].number not in cited, row.rule


@pytest.mark.parametrize("method", ProcurementMethod)
def test_terms_of_a_method_cite_its_own_order(method: ProcurementMethod) -> None:
    for rule in (opening_rule(method), result_rule(method), decision_rule(method)):
        assert LAWS[OTHER[method]].name not in by_rule(rule, date(2026, 5, 8)).words(), rule


def test_a_consultation_is_never_called_a_tender() -> None:
    said = dataclasses.astuple(words_of(ProcurementMethod.CONSULTATION))
    assert not [word for word in said if any(part in word for part in ("标", "投"))]
    assert words_of(ProcurementMethod.CONSULTATION).failed == "已终止"
    assert words_of(ProcurementMethod.OPEN_TENDER).failed == "已废标"


def test_every_word_of_a_method_is_given() -> None:
    for method in ProcurementMethod:
        said = words_of(method)
        assert all(getattr(said, field.name) for field in dataclasses.fields(MethodWords))


@pytest.mark.parametrize(
    ("said", "consultation", "tender"),
    [
        ("继续编制投标文件", "继续编制响应文件", "继续编制投标文件"),
        ("参加投标", "参加磋商", "参加投标"),
        ("投标与开标", "响应与开启", "投标与开标"),
        ("确定成交人", "确定成交人", "确定中标人"),
        ("公告成交结果", "公告成交结果", "公告中标结果"),
        ("中标人", "成交供应商", "中标人"),
        ("招标（磋商）", "磋商", "招标"),
        ("投标（响应）回执", "响应回执", "投标回执"),
        ("已开标（开启）", "已开启", "已开标"),
        ("中标（成交）通知书", "成交通知书", "中标通知书"),
        ("公开招标", "公开招标", "公开招标"),
        ("竞争性磋商", "竞争性磋商", "竞争性磋商"),
        ("供应商不足", "供应商不足", "供应商不足"),
    ],
)
def test_platform_speaks_in_the_words_of_the_method(
    said: str, consultation: str, tender: str
) -> None:
    assert told_in(ProcurementMethod.CONSULTATION, said) == consultation
    assert told_in(ProcurementMethod.OPEN_TENDER, said) == tender
