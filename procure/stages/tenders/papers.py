"""The tender document and notice on paper: the data of their templates, from the tender's rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from procure.kernel.clock import at_local, local
from procure.kernel.money import Money
from procure.kernel.vocabulary import (
    METHOD_LABELS,
    PAYMENT_TRIGGER_LABELS,
    PERIOD_LABELS,
    PRICE_WAY_LABELS,
    PriceWay,
    ProcurementMethod,
    counted_for,
)
from procure.registers.accounts.models import Organisation
from procure.render.documents import load_template
from procure.stages.tenders.content import lines_of
from procure.stages.tenders.dates import TenderDates, dates_of
from procure.stages.tenders.models import TenderTarget
from procure.stages.tenders.queries import TenderPage
from procure.stages.tenders.scheme import digest_of_scheme, points_of, rate_of
from procure.web.presenters import date_words, instant_words
from procure.web.words import percent_words

DOCUMENT_TEMPLATE = "tender-document@2"
NOTICE_TEMPLATE = "tender-notice@2"
CONTRACT_TEMPLATE = "home-care@2"
PAYMENT_DAYS = 30
"""Days from the invoice to the payment (《保障中小企业款项支付条例》; 财库〔2019〕38号)."""

SUBMISSION = "政府购买服务平台，在线加密提交；截止时间以后送达的不予接收"
DOCUMENTS_PLACE = "政府购买服务平台（在线领取）"
DOCUMENTS_WAY = "承接主体登录平台，在本项目页面领取采购文件"
MEDIA = ("政府购买服务平台",)
ROUNDING = "平均分计算到小数点后四位，各项得分和总分取两位，四舍五入，按取位后的总分排序。"
CREDIT_QUERY = (
    "“信用中国”网站和中国政府采购网，查询截止时点为投标截止当日；列入失信被执行人、重大税收违法失信"
    "主体、政府采购严重违法失信行为记录名单的不得参加。查询结果随采购档案保存。"
)
BID_FORMAT = (
    "投标（响应）文件由资格证明、服务方案和报价三部分组成，按平台页面逐项填写并上传附件，"
    "提交后自动加密，截止时间前可以补充、修改或者撤回。\n"
    "报价应当包含完成全部服务所需的一切费用，以人民币元为单位，保留两位小数；大写与小写不一致的，"
    "以大写为准。"
)
INVALID_CASES = (
    "未按采购文件要求签署、盖章的；",
    "不具备采购文件规定的资格要求的；",
    "报价超过采购预算或者最高限价的；",
    "不满足带“★”的实质性要求的；",
    "含有采购人不能接受的附加条件的；",
    "属于串通投标，或者异常低价不能证明其合理性的；",
    "法律、法规和采购文件规定的其他无效情形。",
)
WELFARE_POLICY = "监狱企业、残疾人福利性单位视同小微企业；社会组织不是企业，不享受价格扣除。"
LOW_TEXT = (
    "出现下列情形之一的，评审小组应当要求供应商在合理时间内（一般不少于三十分钟）书面说明并提供成本测算"
    "和证明材料，不能证明其报价合理的，按无效处理：\n"
    "报价低于全部通过符合性审查供应商报价平均值的 {mean}；\n"
    "报价低于通过符合性审查的次低报价的 {second}；\n"
    "报价低于最高限价的 {ceiling}；\n"
    "评审小组认为报价过低，可能影响服务质量或者不能诚信履约的。"
)
FIXED_LOW_TEXT = "本项目合同总价固定，不以报价竞争，不适用异常低价审查。"


@dataclass(frozen=True)
class Announcement:
    """What is known only at the moment of publication."""

    now: datetime
    published_on: date
    documents_until: date
    deadline_at: datetime
    contact: str
    recipient: str

    @property
    def dates(self) -> tuple[str, str]:
        """Publication day and deadline as ISO texts."""
        return self.published_on.isoformat(), iso_instant(self.deadline_at)


def iso_instant(instant: datetime) -> str:
    """An instant in Beijing time as templates take it, to the second."""
    return local(instant).replace(microsecond=0).isoformat()


def document_data(page: TenderPage, told: Announcement) -> dict[str, Any]:
    """The data of the tender document (O87 art 20)."""
    tender = page.tender
    starred = lines_of(tender.starred)
    published_on, deadline = told.dates
    terms = load_template(CONTRACT_TEMPLATE)
    return {
        "project_no": page.project.number,
        "project_name": page.project.title,
        "made_on": published_on,
        "method": METHOD_LABELS[tender.method],
        "budget_fen": tender.budget_fen,
        "ceiling_fen": tender.ceiling_fen,
        "requirement": f"{tender.requirement}\n人员要求：\n{tender.staffing}",
        "star_requirements": list(starred) or None,
        "term": term_words(tender.term_months),
        "place": tender.service_place,
        "qualifications": list(lines_of(tender.qualification)),
        "policies": list(policy_lines(page)),
        "bid_format": BID_FORMAT,
        "bid_validity_days": tender.validity_days,
        "deposit": "不收取。",
        "submission": SUBMISSION,
        "deadline": deadline,
        "opening_place": tender.opening_place,
        "evaluation_method": "综合评分法",
        "price_rule": price_rule(page),
        "rounding_rule": ROUNDING,
        "tie_rule": tie_rule(page),
        "low_price_rule": low_price_rule(page),
        "invalid_cases": list(INVALID_CASES),
        "contract_template": f"{terms.title}（第 {terms.version} 版）",
        "payment_terms": payment_words(page),
        "acceptance_terms": tender.acceptance_way,
        "agency_fee": "由采购人自行组织采购，不收取代理费用。",
        "credit_query": CREDIT_QUERY,
        "challenge_contact": f"{page.buyer.name}　{told.contact}　{page.buyer.phone}",
        "targets": [_target_row(row) for row in page.targets],
        "scoring": list(_scoring_rows(page)),
        "deadlines": list(_deadline_rows(page, told)),
        "buyer": _buyer(page.buyer, told.contact),
    }


def notice_data(page: TenderPage, told: Announcement) -> dict[str, Any]:
    """The data of the printed notice (O87 art 13)."""
    tender = page.tender
    published_on, deadline = told.dates
    dates = dates_of(tender.method, told.published_on)
    return {
        "project_no": page.project.number,
        "project_name": page.project.title,
        "made_on": published_on,
        "method": METHOD_LABELS[tender.method],
        "catalogue_item": f"{page.item.code} {page.item.name}",
        "budget_fen": tender.budget_fen,
        "ceiling_fen": tender.ceiling_fen,
        "requirement": f"{page.plan.outline}\n详细需求见采购文件。",
        "term": term_words(tender.term_months),
        "consortium": False,
        "qualifications": list(lines_of(tender.qualification)),
        "policies": list(policy_lines(page)),
        "lots": [
            {
                "number": "1",
                "name": page.project.title,
                "quantity": f"{tender.term_months} 个月",
                "requirement": page.plan.outline,
                "budget_fen": tender.budget_fen,
            }
        ],
        "documents": {
            "from": iso_instant(told.now),
            "to": iso_instant(at_local(told.documents_until, time(23, 59, 59))),
            "place": DOCUMENTS_PLACE,
            "way": DOCUMENTS_WAY,
            "price_fen": 0,
        },
        "deadline": deadline,
        "submission_place": SUBMISSION,
        "opened_at": deadline,
        "opening_place": tender.opening_place,
        "notice_days": dates.notice.period.length,
        "notice_to": dates.notice.due.on.isoformat(),
        "media": list(MEDIA),
        "challenge_note": challenge_note(dates),
        "other": (
            f"评分办法校验码（SHA-256）：{digest_of_scheme(tender, page.criteria)}。\n"
            f"投标加密公钥：{told.recipient}。"
        ),
        "buyer": _buyer(page.buyer, told.contact),
    }


def notice_sections(
    page: TenderPage, told: Announcement, document_sha256: str
) -> list[dict[str, object]]:
    """The text of the public notice: the same facts as on paper, for the portal."""
    tender, buyer = page.tender, page.buyer
    dates = dates_of(tender.method, told.published_on)
    return [
        {
            "title": "一、项目基本情况",
            "rows": [
                ["项目编号", page.project.number],
                ["项目名称", page.project.title],
                ["采购方式", METHOD_LABELS[tender.method]],
                ["预算金额", Money(tender.budget_fen).format()],
                ["最高限价", Money(tender.ceiling_fen).format()],
                ["报价方式", PRICE_WAY_LABELS[tender.price_way]],
                ["指导性目录条目", f"{page.item.code} {page.item.name}"],
                ["采购需求", page.plan.outline],
                ["合同履行期限", term_words(tender.term_months)],
                ["服务地点", tender.service_place],
                ["是否接受联合体", "否"],
            ],
        },
        {
            "title": "二、申请人的资格要求",
            "rows": [
                *([f"第 {n} 项", line] for n, line in enumerate(_demands(page), start=1)),
                *(["政府采购政策", line] for line in policy_lines(page)),
            ],
        },
        {
            "title": "三、获取采购文件",
            "rows": [
                [
                    "时间",
                    f"{instant_words(told.now)} 至 {date_words(told.documents_until)} 24:00",
                ],
                ["地点", DOCUMENTS_PLACE],
                ["方式", DOCUMENTS_WAY],
                ["售价", "免费"],
            ],
        },
        {
            "title": "四、提交投标（响应）文件和开标",
            "rows": [
                ["截止时间", f"{instant_words(told.deadline_at)}（北京时间）"],
                ["提交方式", SUBMISSION],
                ["开标时间", f"{instant_words(told.deadline_at)}（与截止时间相同）"],
                ["开标地点", tender.opening_place],
            ],
        },
        {
            "title": "五、公告期限和质疑",
            "rows": [
                [
                    "公告期限",
                    f"自发布之日起 {dates.notice.period.length} 个工作日，"
                    f"至 {date_words(dates.notice.due.on)} 24:00",
                ],
                ["质疑", challenge_note(dates)],
            ],
        },
        {
            "title": "六、防篡改校验",
            "rows": [
                ["采购文件校验码（SHA-256）", document_sha256],
                ["评分办法校验码（SHA-256）", digest_of_scheme(tender, page.criteria)],
                ["投标加密公钥", told.recipient],
            ],
        },
        {
            "title": "七、联系方式",
            "rows": [
                ["采购人", buyer.name],
                ["地址", buyer.address],
                ["联系人", told.contact],
                ["联系电话", buyer.phone],
            ],
        },
    ]


def term_words(months: int) -> str:
    """The service term in words."""
    return f"自合同签订之日起 {months} 个月"


def challenge_note(dates: TenderDates) -> str:
    """Until when the document may be challenged (政府采购法 art 52)."""
    return (
        "供应商认为采购文件使自己的权益受到损害的，可以自收到采购文件之日或者公告期限届满之日起七个工作日内，"
        f"以书面形式向采购人提出质疑，最迟 {date_words(dates.challenge.due.on)}"
        "（《政府采购法》第五十二条）。"
    )


def policy_lines(page: TenderPage) -> tuple[str, ...]:
    """What the document says about small firms (财库〔2022〕19号, SME46)."""
    rate = page.tender.deduction_rate
    if rate == 0 or not _judges_price(page):
        return ("本项目不设小微企业价格扣除。",)
    words = percent_words(rate_of(rate))
    return (f"小微企业报价给予 {words} 的扣除，用扣除后的价格参加评审。", WELFARE_POLICY)


def price_rule(page: TenderPage) -> str:
    """How the price, or the promised hours, turn into points (R-SC-5, 2.8)."""
    tender = page.tender
    points = f"{points_of(tender.price_points):f}"
    if tender.price_way is PriceWay.LOW_PRICE_FIRST:
        last = "最后报价" if tender.method is ProcurementMethod.CONSULTATION else "报价"
        base = "磋商基准价" if tender.method is ProcurementMethod.CONSULTATION else "评标基准价"
        return (
            f"价格分采用低价优先法：满足采购文件要求且{last}最低的为{base}，得 {points} 分；"
            f"其他供应商的价格分＝{base}÷{last}×{points}。\n"
            "享受价格扣除的，基准价和报价都按扣除后的价格计算；合同价仍为原报价。"
        )
    if tender.price_way is PriceWay.RATIO_TO_MAX:
        floor = (
            f"承诺工时少于 {tender.hours_floor:,} 小时的，投标无效。" if tender.hours_floor else ""
        )
        return (
            f"合同总价固定为最高限价。按承诺的年服务工时计分：通过符合性审查的供应商中承诺工时最多的为基准工时，"
            f"得 {points} 分；其他供应商的工时分＝承诺工时÷基准工时×{points}。{floor}\n"
            "承诺的工时写入合同，作为履约和评价的依据。"
        )
    return "合同总价固定为最高限价，价格不列为评分因素。"


def tie_rule(page: TenderPage) -> str:
    """Who comes first with equal scores."""
    if page.tender.method is ProcurementMethod.CONSULTATION:
        return (
            "得分相同的，按最后报价由低到高排列；报价也相同的，按技术（服务）得分由高到低排列；"
            "仍相同的，由采购人随机抽取。"
        )
    return "得分相同的，按报价由低到高排列；得分和报价都相同的并列，由采购人随机抽取。"


def low_price_rule(page: TenderPage) -> str:
    """When a bid counts as abnormally low (财库〔2026〕2号)."""
    tender = page.tender
    if not _judges_price(page):
        return FIXED_LOW_TEXT
    return LOW_TEXT.format(
        mean=percent_words(rate_of(tender.low_mean)),
        second=percent_words(rate_of(tender.low_second)),
        ceiling=percent_words(rate_of(tender.low_ceiling)),
    )


def payment_words(page: TenderPage) -> str:
    """The instalments in words."""
    rows = [
        f"第 {n} 期：{PAYMENT_TRIGGER_LABELS[row.trigger]}后，支付合同金额的"
        f" {percent_words(rate_of(row.percent))}；"
        for n, row in enumerate(page.payments, start=1)
    ]
    last = f"采购人自收到发票之日起 {PAYMENT_DAYS} 日内办理支付。"
    return "\n".join([f"合同款分 {len(rows)} 期支付：", *rows, last])


def frequency_words(row: TenderTarget) -> str:
    """How often: 每个站点每月不少于 1 次, whether 站点 was typed or 每站点."""
    each = "" if row.each in ("", "项目") else "每" + "".join(counted_for(row.each))
    return f"{each}{PERIOD_LABELS[row.period]}不少于 {row.at_least:,} {row.unit}"


def _judges_price(page: TenderPage) -> bool:
    return page.tender.price_way is PriceWay.LOW_PRICE_FIRST


def _demands(page: TenderPage) -> Sequence[str]:
    return ("符合《政府采购法》第二十二条的规定；", *lines_of(page.tender.qualification))


def _target_row(row: TenderTarget) -> dict[str, str]:
    return {
        "item": row.what,
        "frequency": frequency_words(row),
        "unit": row.unit,
        "quantity": str(row.at_least),
        "condition": row.condition or "按服务标准完成并有记录",
    }


def _scoring_rows(page: TenderPage) -> Iterator[dict[str, Any]]:
    tender = page.tender
    if tender.price_points:
        hours = tender.price_way is PriceWay.RATIO_TO_MAX
        yield {
            "part": "工时" if hours else "价格",
            "factor": "承诺年服务工时" if hours else "报价",
            "points": _plain(points_of(tender.price_points)),
            "criterion": "按下述方法计算。",
            "evidence": "工时承诺书" if hours else "报价文件",
            "objective": True,
        }
    for row in page.criteria:
        yield {
            "part": "技术（服务）",
            "factor": row.name,
            "points": _plain(points_of(row.points)),
            "criterion": row.standard,
            "evidence": row.evidence or "投标（响应）文件",
            "objective": row.objective,
        }


def _deadline_rows(page: TenderPage, told: Announcement) -> Iterator[dict[str, Any]]:
    dates = dates_of(page.tender.method, told.published_on)
    for one, due in (
        (dates.notice, f"{date_words(dates.notice.due.on)} 24:00"),
        (dates.documents, f"{date_words(told.documents_until)} 24:00"),
        (dates.waiting, instant_words(told.deadline_at)),
        (dates.challenge, f"{date_words(dates.challenge.due.on)} 24:00"),
    ):
        name = {
            dates.documents: "采购文件提供截止",
            dates.waiting: "投标截止和开标",
        }.get(one, one.label)
        yield {
            "name": name,
            "due": due,
            "arithmetic": one.due.words,
            "basis": one.period.source,
            "provisional": one.due.provisional,
        }


def _buyer(buyer: Organisation, contact: str) -> dict[str, str]:
    return {
        "name": buyer.name,
        "address": buyer.address,
        "contact": contact,
        "phone": buyer.phone,
    }


def _plain(points: Decimal) -> str:
    text = f"{points:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
