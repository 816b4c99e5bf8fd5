"""The data of document and notice fit their templates, for every way of bidding and method."""

from datetime import time

import pytest

from procure.kernel.clock import at_local
from procure.kernel.vocabulary import PriceWay, ProcurementMethod
from procure.render.documents import complete_data, load_template
from procure.stages.tenders import papers
from procure.stages.tenders.queries import TenderPage
from procure.stages.tenders.scheme import digest_of_scheme, scheme_of
from tests.unit.stages.tenders.conftest import NOW, criterion, finished_page

POINTS = {PriceWay.LOW_PRICE_FIRST: 1_000, PriceWay.RATIO_TO_MAX: 1_500, PriceWay.FIXED: 0}


def announcement(page: TenderPage) -> papers.Announcement:
    tender = page.tender
    assert tender.documents_until is not None
    assert tender.deadline_at is not None
    return papers.Announcement(
        now=NOW,
        published_on=NOW.date(),
        documents_until=tender.documents_until,
        deadline_at=tender.deadline_at,
        contact="陈晓岚",
        recipient="age1" + "q" * 58,
    )


def page_for(way: PriceWay, method: ProcurementMethod) -> TenderPage:
    page = finished_page()
    page.tender.price_way, page.tender.method = way, method
    page.tender.price_points = POINTS[way]
    page.criteria[0].points = 7_000 - POINTS[way]
    return page


@pytest.mark.parametrize("method", list(ProcurementMethod))
@pytest.mark.parametrize("way", list(PriceWay))
def test_document_and_notice_fit_their_templates(way: PriceWay, method: ProcurementMethod) -> None:
    page = page_for(way, method)
    told = announcement(page)
    complete_data(load_template(papers.DOCUMENT_TEMPLATE), papers.document_data(page, told))
    complete_data(load_template(papers.NOTICE_TEMPLATE), papers.notice_data(page, told))


def test_document_adds_up_to_100_points(page: TenderPage) -> None:
    rows = papers.document_data(page, announcement(page))["scoring"]
    assert [row["points"] for row in rows] == ["10", "60", "30"]


def test_notice_carries_the_digest_of_the_scheme_and_the_key(page: TenderPage) -> None:
    told = announcement(page)
    rows = dict(papers.notice_sections(page, told, "d" * 64)[5]["rows"])  # type: ignore[call-overload]
    assert rows["评分办法校验码（SHA-256）"] == digest_of_scheme(page.tender, page.criteria)
    assert rows["投标加密公钥"] == told.recipient
    assert rows["采购文件校验码（SHA-256）"] == "d" * 64


def test_digest_of_the_scheme_changes_with_any_rule_of_the_game(page: TenderPage) -> None:
    first = digest_of_scheme(page.tender, page.criteria)
    page.tender.low_mean = 5_100
    assert digest_of_scheme(page.tender, page.criteria) != first
    page.tender.low_mean = 5_000
    page.criteria[0].standard += "。"
    assert digest_of_scheme(page.tender, page.criteria) != first


def test_scheme_for_the_kernel_is_exact(page: TenderPage) -> None:
    scheme = scheme_of(page.tender, page.criteria)
    assert str(scheme.price.ceiling) == "180000.00"
    assert str(scheme.price.points) == "10"
    assert scheme.rates is not None
    assert str(scheme.rates.small) == "0.1"


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (PriceWay.LOW_PRICE_FIRST, "磋商基准价÷最后报价×10"),
        (PriceWay.RATIO_TO_MAX, "承诺工时÷基准工时×15"),
        (PriceWay.FIXED, "价格不列为评分因素"),
    ],
)
def test_price_rule_says_how_points_are_made(way: PriceWay, words: str) -> None:
    assert words in papers.price_rule(page_for(way, ProcurementMethod.CONSULTATION))


def test_fixed_price_has_no_abnormally_low_bid(page: TenderPage) -> None:
    page.tender.price_way = PriceWay.FIXED
    assert papers.low_price_rule(page) == papers.FIXED_LOW_TEXT


def test_payment_words_name_share_and_condition(page: TenderPage) -> None:
    words = papers.payment_words(page)
    assert "第 1 期：合同签订并备案后，支付合同金额的 30%" in words
    assert "第 2 期：履约验收合格并公告后，支付合同金额的 70%" in words


def test_documents_are_given_until_the_end_of_their_last_day(page: TenderPage) -> None:
    told = announcement(page)
    data = papers.notice_data(page, told)
    assert data["documents"]["to"] == "2026-04-09T23:59:59+08:00"
    assert data["deadline"] == "2026-04-13T09:30:00+08:00"
    assert data["opened_at"] == data["deadline"]


def test_iso_instant_drops_what_paper_cannot_show() -> None:
    instant = at_local(NOW.date(), time(9, 0, 0, 123456))
    assert papers.iso_instant(instant) == "2026-04-01T09:00:00+08:00"


def test_long_standards_fit_the_document(page: TenderPage) -> None:
    long = finished_page()
    object.__setattr__(
        long, "criteria", (criterion(1, "方案", 6_000, "一" * 1_500), page.criteria[1])
    )
    complete_data(
        load_template(papers.DOCUMENT_TEMPLATE), papers.document_data(long, announcement(long))
    )
