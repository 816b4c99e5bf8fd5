"""The data of document and notice fit their templates, for every way of bidding and method."""

from dataclasses import replace
from datetime import date, time

import pytest

from procure.kernel.clock import at_local
from procure.kernel.laws import LAWS
from procure.kernel.number_words import number_words
from procure.kernel.vocabulary import Period, PriceWay, ProcurementMethod
from procure.render.documents import complete_data, document_html, load_template
from procure.stages.tenders import pages, papers, wording
from procure.stages.tenders.notice import Announcement, notice_sections, termination_sections
from procure.stages.tenders.queries import TenderDossier
from procure.stages.tenders.scheme import digest_of_scheme, points_of, scheme_of
from tests.unit.stages.tenders.conftest import NOW, criterion, finished_page

POINTS = {PriceWay.LOW_PRICE_FIRST: 1_000, PriceWay.RATIO_TO_MAX: 1_500, PriceWay.FIXED: 0}


def announcement(dossier: TenderDossier) -> Announcement:
    tender = dossier.tender
    assert tender.documents_until is not None
    assert tender.deadline_at is not None
    return Announcement(
        now=NOW,
        published_on=NOW.date(),
        documents_until=tender.documents_until,
        deadline_at=tender.deadline_at,
        contact="陈晓岚",
        recipient="age1" + "q" * 58,
    )


def page_for(way: PriceWay, method: ProcurementMethod) -> TenderDossier:
    page = finished_page()
    page.tender.price_way, page.tender.method = way, method
    page.tender.price_points = POINTS[way]
    page.criteria[0].points = 7_000 - POINTS[way]
    return page


@pytest.mark.parametrize("method", list(ProcurementMethod))
@pytest.mark.parametrize("way", list(PriceWay))
def test_document_fits_its_template_in_the_words_of_its_method(
    way: PriceWay, method: ProcurementMethod
) -> None:
    page = page_for(way, method)
    template = load_template(papers.DOCUMENT_TEMPLATE)
    data = complete_data(template, papers.document_data(page, announcement(page)))
    text = document_html(template, data) + str(notice_sections(page, announcement(page), "d" * 64))
    for foreign in FOREIGN[method]:
        assert foreign not in text
    assert "最后报价" not in text, "no round of quotes is held"


FOREIGN = {
    ProcurementMethod.OPEN_TENDER: ("磋商", "响应文件", "成交", LAWS["CC214"].name),
    ProcurementMethod.CONSULTATION: ("投标", "开标", "中标", "招标", "废标", LAWS["O87"].name),
}
"""Words of the other method. 招标 stands in the name of 财政部令第87号 itself."""


def test_document_adds_up_to_100_points(dossier: TenderDossier) -> None:
    rows = papers.document_data(dossier, announcement(dossier))["scoring"]
    assert [row["points"] for row in rows] == ["10", "60", "30"]


def rows_of(sections: list[dict[str, object]]) -> dict[str, str]:
    """All rows of a notice, whatever section they stand in."""
    return {label: text for section in sections for label, text in section["rows"]}  # type: ignore[attr-defined]


def test_notice_carries_the_digest_of_the_scheme_and_the_key(dossier: TenderDossier) -> None:
    told = announcement(dossier)
    rows = rows_of(notice_sections(dossier, told, "d" * 64))
    assert rows["评分办法校验码（SHA-256）"] == digest_of_scheme(dossier.tender, dossier.criteria)
    assert rows["加密公钥"] == told.recipient
    assert rows["磋商文件内容校验码（SHA-256）"] == "d" * 64


@pytest.mark.parametrize(
    ("method", "titles"),
    [
        (
            ProcurementMethod.OPEN_TENDER,
            ["三、获取招标文件", "四、提交投标文件截止时间、开标时间和地点", "五、公告期限",
             "七、对本次招标提出询问，请按以下方式联系"],
        ),
        (
            ProcurementMethod.CONSULTATION,
            ["三、获取磋商文件", "四、响应文件提交", "五、开启", "六、公告期限",
             "八、对本次采购提出询问，请按以下方式联系"],
        ),
    ],
)  # fmt: skip
def test_each_method_has_the_form_of_its_own(
    dossier: TenderDossier, method: ProcurementMethod, titles: list[str]
) -> None:
    """财办库〔2020〕50号."""
    dossier.tender.method = method
    said = [
        section["title"] for section in notice_sections(dossier, announcement(dossier), "d" * 64)
    ]
    assert [title for title in said if title in titles] == titles


def test_article_22_is_asked_once_and_the_policy_is_no_qualification(
    dossier: TenderDossier,
) -> None:
    dossier.tender.qualification = "符合《政府采购法》第二十二条的规定；\n近三年无重大违法记录；"
    sections = notice_sections(dossier, announcement(dossier), "d" * 64)
    qualification = next(one for one in sections if "资格" in str(one["title"]))
    assert qualification["rows"] == [
        ["1", "满足《政府采购法》第二十二条规定；"],
        ["2", "近三年无重大违法记录；"],
    ]
    assert "小微企业" in rows_of(sections)["政府采购政策"]


def test_consortia_are_taken_as_answered(dossier: TenderDossier) -> None:
    assert (
        rows_of(notice_sections(dossier, announcement(dossier), ""))["本项目接受联合体响应"] == "否"
    )
    dossier.tender.takes_consortia = True
    assert (
        rows_of(notice_sections(dossier, announcement(dossier), ""))["本项目接受联合体响应"] == "是"
    )


def test_term_begins_with_the_service_and_old_documents_keep_their_words(
    dossier: TenderDossier,
) -> None:
    assert wording.term_words(dossier.tender) == (
        "12 个月，自合同约定的服务开始之日起算；合同签订后 30 日内开始服务"
    )
    dossier.tender.start_within_days = None
    assert wording.term_words(dossier.tender) == "自合同签订之日起 12 个月"


@pytest.mark.parametrize(
    ("period", "months", "each", "words"),
    [
        (Period.WEEK, 12, "站点", "每个站点 208 天"),
        (Period.WEEK, 36, "站点", "每个站点 624 天"),
        (Period.WEEK, 7, "站点", "每个站点按合同期的实际周数"),
        (Period.MONTH, 12, "在册老人", "每个在册老人 48 天"),
        (Period.QUARTER, 7, "", "12 天"),
        (Period.CONTRACT, 12, "项目", "4 天"),
    ],
)
def test_document_says_how_much_is_due_in_the_whole_term(
    dossier: TenderDossier, period: Period, months: int, each: str, words: str
) -> None:
    """Who bids prices the term, not one period of it."""
    row = dossier.targets[0]
    row.period, row.each = period, each
    assert wording.total_words(row, months) == words


def test_challenge_counts_from_the_last_day_on_which_the_document_is_handed_out(
    dossier: TenderDossier,
) -> None:
    """《政府采购法实施条例》第五十三条: the notice ends on 7 April, documents go on to the 10th."""
    dossier.tender.documents_until = date(2026, 4, 10)
    told = announcement(dossier)
    assert told.dates_for(dossier.tender.method).notice.due.on < dossier.tender.documents_until
    assert told.dates_for(dossier.tender.method).challenge.due.on == date(2026, 4, 21)
    note = rows_of(notice_sections(dossier, told, ""))["质疑期限"]
    assert "最迟 2026年4月21日（星期二）" in note


def test_challenge_names_address_and_way_and_the_authority_for_complaints(
    dossier: TenderDossier,
) -> None:
    rows = rows_of(notice_sections(dossier, announcement(dossier), ""))
    assert "井岸镇示例街2号" in rows["质疑的提出"]
    assert "当面递交或者邮寄" in rows["质疑的提出"]
    assert "向采购人同级财政部门投诉" in rows["投诉"]
    known = replace(dossier, authority="斗门区财政局")
    assert (
        "向斗门区财政局投诉" in rows_of(notice_sections(known, announcement(dossier), ""))["投诉"]
    )


def test_only_reckoned_dates_that_can_still_move_are_provisional(dossier: TenderDossier) -> None:
    """Published at the end of a year whose next has no announced holidays."""
    dossier.tender.documents_until = date(2098, 1, 14)
    dossier.tender.deadline_at = at_local(date(2098, 1, 20), time(9, 30))
    told = replace(announcement(dossier), published_on=date(2097, 12, 30))
    rows = papers.document_data(dossier, told)["deadlines"]
    moving = {row["name"]: row["provisional"] for row in rows}
    assert moving == {
        "公告期限届满": True,
        "磋商文件提供截止": False,
        "响应截止和开启": False,
        "对磋商文件提出质疑截止": True,
    }


def test_void_grounds_are_those_that_somebody_is_asked_or_figures_show(
    dossier: TenderDossier,
) -> None:
    grounds = "".join(wording.lines("invalid_cases", dossier.tender))
    assert "签署" not in grounds
    assert "最高限价" in grounds
    dossier.tender.price_way = PriceWay.FIXED
    dossier.tender.starred = ""
    assert "报价" not in "".join(wording.lines("invalid_cases", dossier.tender))
    assert "★" not in "".join(wording.lines("invalid_cases", dossier.tender))


def test_tie_rule_is_what_the_ranking_reckons(dossier: TenderDossier) -> None:
    order = scheme_of(dossier.tender, dossier.criteria).order
    assert order == ("score", "price", "technical")
    words = wording.tie_rule(dossier.tender)
    assert words.index("评审价格") < words.index("技术（服务）得分") < words.index("随机抽取")
    dossier.tender.method = ProcurementMethod.OPEN_TENDER
    assert scheme_of(dossier.tender, dossier.criteria).order == ("score", "price")
    assert "技术" not in wording.tie_rule(dossier.tender)
    dossier.tender.price_way = PriceWay.FIXED
    assert "价格" not in wording.tie_rule(dossier.tender)


@pytest.mark.parametrize("cancelled", [True, False])
def test_termination_says_what_ended_why_and_what_follows(
    dossier: TenderDossier, cancelled: bool
) -> None:
    rows = rows_of(
        termination_sections(
            dossier,
            reason="服务范围有变",
            on=date(2026, 4, 3),
            first_notice="DMMZ-2026-001-CG01",
            cancelled=cancelled,
            contact="陈晓岚",
        )
    )
    assert rows["竞争性磋商公告"] == "DMMZ-2026-001-CG01"
    assert (rows["终止原因"], rows["终止日期"]) == ("服务范围有变", "2026年4月3日（星期五）")
    assert ("不再采购" in rows["后续安排"]) is cancelled
    assert (rows["项目联系人"], rows["联系电话"]) == ("陈晓岚", "0756-0000020")


def test_digest_of_the_scheme_changes_with_any_rule_of_the_game(dossier: TenderDossier) -> None:
    first = digest_of_scheme(dossier.tender, dossier.criteria)
    dossier.tender.low_mean = 5_100
    assert digest_of_scheme(dossier.tender, dossier.criteria) != first
    dossier.tender.low_mean = 5_000
    dossier.criteria[0].standard += "。"
    assert digest_of_scheme(dossier.tender, dossier.criteria) != first


def test_scheme_for_the_kernel_is_exact(dossier: TenderDossier) -> None:
    scheme = scheme_of(dossier.tender, dossier.criteria)
    assert str(scheme.price.ceiling) == "180000.00"
    assert str(scheme.price.points) == "10"
    assert scheme.rates is not None
    assert str(scheme.rates.small) == "0.1"


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (PriceWay.LOW_PRICE_FIRST, "磋商基准价÷报价×10"),
        (PriceWay.RATIO_TO_MAX, "承诺工时÷基准工时×15"),
        (PriceWay.FIXED, "价格不列为评分因素"),
    ],
)
def test_price_rule_says_how_points_are_made(way: PriceWay, words: str) -> None:
    assert words in wording.price_rule(page_for(way, ProcurementMethod.CONSULTATION).tender)


def test_fixed_price_has_no_abnormally_low_bid(dossier: TenderDossier) -> None:
    dossier.tender.price_way = PriceWay.FIXED
    assert wording.low_price_rule(dossier) == (
        "本项目合同总价固定，不以报价竞争，不适用异常低价审查。"
    )


def test_payment_words_name_share_and_condition(dossier: TenderDossier) -> None:
    words = wording.payment_words(dossier)
    assert "第 1 期：合同签订并备案后，支付合同金额的 30%" in words
    assert "第 2 期：履约验收合格并公告后，支付合同金额的 70%" in words


def test_documents_are_given_until_the_end_of_their_last_day(dossier: TenderDossier) -> None:
    rows = rows_of(notice_sections(dossier, announcement(dossier), ""))
    assert rows["时间"].startswith("2026年4月13日")
    said = str(notice_sections(dossier, announcement(dossier), ""))
    assert "2026年4月1日（星期三） 09:00 至 2026年4月9日（星期四） 24:00" in said


def test_long_standards_fit_the_document(dossier: TenderDossier) -> None:
    long = finished_page()
    object.__setattr__(
        long, "criteria", (criterion(1, "方案", 6_000, "一" * 1_500), dossier.criteria[1])
    )
    complete_data(
        load_template(papers.DOCUMENT_TEMPLATE), papers.document_data(long, announcement(long))
    )


def test_tables_of_a_draft_are_headed_by_what_they_add_up_to(dossier: TenderDossier) -> None:
    fewer = replace(dossier, criteria=dossier.criteria[1:], payments=dossier.payments[1:])

    left = points_of(10_000 - dossier.criteria[0].points)
    assert pages.payment_table(dossier).caption == "付款安排，合计 100%"
    assert pages.payment_table(fewer).caption == "付款安排，合计 70%"
    assert pages.factor_table(dossier).caption == "评分因素，合计 100 分"
    assert pages.factor_table(fewer).caption == f"评分因素，合计 {number_words(left)} 分"
