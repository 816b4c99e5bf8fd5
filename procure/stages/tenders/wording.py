"""What document, notice, letter and contract say of a tender, each thing in one wording.

Every sentence is taken from an answer, a row or a reckoning, or is a clause that binds because it is
printed; it uses the words of the tender's own way of procuring.
"""

from datetime import date, datetime

from procure.kernel.clock import local
from procure.kernel.day_words import formal_day
from procure.kernel.methods import MethodWords, words_of
from procure.kernel.number_words import percent_words
from procure.kernel.vocabulary import (
    PAYMENT_TRIGGER_LABELS,
    PERIOD_LABELS,
    Period,
    PriceWay,
    ProcurementMethod,
    counted_for,
)
from procure.registers.accounts.models import Organisation
from procure.stages.tenders.dates import TenderDates
from procure.stages.tenders.models import Tender, TenderTarget
from procure.stages.tenders.queries import TenderDossier
from procure.stages.tenders.scheme import points_of, rate_of

PAYMENT_DAYS = 30
"""Days from the invoice to the payment (《保障中小企业款项支付条例》; 财库〔2019〕38号)."""

WEEKS = 52
"""Whole weeks in a year of the contract (up to the three years a contract may run)."""

ROUNDING = "平均分计算到小数点后四位，各项得分和总分取两位，四舍五入，按取位后的总分排序。"
CONDITION = "符合采购需求和服务标准"
"""When a target counts as done where the document names no condition of its own."""
WELFARE_POLICY = "监狱企业、残疾人福利性单位视同小微企业；社会组织不是企业，不享受价格扣除。"
NO_DEDUCTION = "本项目不设小微企业价格扣除。"
FIXED_LOW_TEXT = "本项目合同总价固定，不以报价竞争，不适用异常低价审查。"
LOW_TEXT = (
    "出现下列情形之一的，{panel}应当要求{bidder}在合理时间内（一般不少于三十分钟）书面说明并提供成本测算"
    "和证明材料，不能证明其报价合理的，按无效处理：\n"
    "报价低于全部通过符合性审查{bidder}报价平均值的 {mean}；\n"
    "报价低于通过符合性审查的次低报价的 {second}；\n"
    "报价低于最高限价的 {ceiling}；\n"
    "{panel}认为报价过低，可能影响服务质量或者不能诚信履约的。"
)


def said_of(tender: Tender) -> MethodWords:
    """The words of the tender's way of procuring."""
    return words_of(tender.method)


def term_words(tender: Tender) -> str:
    """The service term: how long, and how soon after signing it begins.

    Documents of before the beginning was asked counted from signing, and go on saying so.
    """
    if tender.start_within_days is None:
        return f"自合同签订之日起 {tender.term_months} 个月"
    return (
        f"{tender.term_months} 个月，自合同约定的服务开始之日起算；"
        f"合同签订后 {tender.start_within_days} 日内开始服务"
    )


def frequency_words(row: TenderTarget) -> str:
    """How often: 每个站点每月不少于 1 次, whether 站点 was typed or 每站点."""
    return f"{_each(row)}{PERIOD_LABELS[row.period]}不少于 {row.at_least:,} {row.unit}"


def total_words(row: TenderTarget, months: int) -> str:
    """How much that makes in the whole term: 每个站点 12 次.

    A term has as many months as it says, a begun quarter counts whole; how many whole weeks it has
    is known from its dates, and from the term alone only where it is whole years.
    """
    total = _total(row, months)
    if total is None:
        return f"{_each(row)}按合同期的实际周数".strip()
    return f"{_each(row)} {total:,} {row.unit}".strip()


def _each(row: TenderTarget) -> str:
    return "" if row.each in ("", "项目") else "每" + "".join(counted_for(row.each))


def _total(row: TenderTarget, months: int) -> int | None:
    years, begun = divmod(months, 12)
    times = {
        Period.WEEK: None if begun else years * WEEKS,
        Period.MONTH: months,
        Period.QUARTER: -(-months // 3),
        Period.CONTRACT: 1,
    }[row.period]
    return None if times is None else row.at_least * times


def judges_price(tender: Tender) -> bool:
    """Whether a lower price earns points."""
    return tender.price_way is PriceWay.LOW_PRICE_FIRST


def policy_lines(dossier: TenderDossier) -> tuple[str, ...]:
    """What is done for small firms (财库〔2022〕19号, SME46)."""
    rate = dossier.tender.deduction_rate
    if rate == 0 or not judges_price(dossier.tender):
        return (NO_DEDUCTION,)
    words = percent_words(rate_of(rate))
    return (f"小微企业报价给予 {words} 的扣除，用扣除后的价格参加评审。", WELFARE_POLICY)


def price_rule(dossier: TenderDossier) -> str:
    """How the price, or the promised hours, turn into points (R-SC-5, 2.8)."""
    tender, said = dossier.tender, said_of(dossier.tender)
    points = f"{points_of(tender.price_points):f}"
    if tender.price_way is PriceWay.LOW_PRICE_FIRST:
        base = said.base_price
        return (
            f"价格分采用低价优先法：满足{said.document}要求且报价最低的为{base}，得 {points} 分；"
            f"其他{said.bidder}的价格分＝{base}÷报价×{points}。\n"
            "享受价格扣除的，基准价和报价都按扣除后的价格计算；合同价仍为原报价。"
        )
    if tender.price_way is PriceWay.RATIO_TO_MAX:
        floor = (
            f"承诺工时少于 {tender.hours_floor:,} 小时的，{said.invalid}。"
            if tender.hours_floor
            else ""
        )
        return (
            f"合同总价固定为最高限价。按承诺的年服务工时计分：通过符合性审查的{said.bidder}中承诺工时最多的为基准工时，"
            f"得 {points} 分；其他{said.bidder}的工时分＝承诺工时÷基准工时×{points}。{floor}\n"
            "承诺的工时写入合同，作为履约和评价的依据。"
        )
    return "合同总价固定为最高限价，价格不列为评分因素。"


def tie_rule(tender: Tender) -> str:
    """Who comes first with equal scores: as the ranking reckons it (`kernel.scoring.ranking`)."""
    keys = []
    if judges_price(tender):
        keys.append("评审价格（享受价格扣除的，为扣除后的报价）由低到高")
    if tender.method is ProcurementMethod.CONSULTATION:
        keys.append("技术（服务）得分由高到低")
    order = "；仍相同的，按".join(keys)
    first = f"得分相同的，按{order}排列；" if keys else ""
    return f"{first}{'仍' if keys else '得分'}相同的，由平台随机抽取，随机数和抽取次序登记存证。"


def low_price_rule(dossier: TenderDossier) -> str:
    """When a bid counts as abnormally low (财库〔2026〕2号)."""
    tender, said = dossier.tender, said_of(dossier.tender)
    if not judges_price(tender):
        return FIXED_LOW_TEXT
    return LOW_TEXT.format(
        panel=said.panel,
        bidder=said.bidder,
        mean=percent_words(rate_of(tender.low_mean)),
        second=percent_words(rate_of(tender.low_second)),
        ceiling=percent_words(rate_of(tender.low_ceiling)),
    )


def payment_words(dossier: TenderDossier) -> str:
    """The instalments in words."""
    rows = [
        f"第 {n} 期：{PAYMENT_TRIGGER_LABELS[row.trigger]}后，支付合同金额的"
        f" {percent_words(rate_of(row.percent))}；"
        for n, row in enumerate(dossier.payments, start=1)
    ]
    last = f"采购人自收到发票之日起 {PAYMENT_DAYS} 日内办理支付。"
    return "\n".join([f"合同款分 {len(rows)} 期支付：", *rows, last])


def invalid_cases(dossier: TenderDossier) -> tuple[str, ...]:
    """What makes a bid invalid: grounds that are asked at the checks or reckoned from its figures."""
    tender, said = dossier.tender, said_of(dossier.tender)
    cases = [f"不具备{said.document}规定的资格要求的；"]
    if judges_price(tender):
        cases.append("报价超过最高限价的；")
    if tender.price_way is PriceWay.RATIO_TO_MAX and tender.hours_floor:
        cases.append(f"承诺工时少于 {tender.hours_floor:,} 小时的；")
    if tender.starred.strip():
        cases.append("不满足带“★”的实质性要求的；")
    cases += ["含有采购人不能接受的附加条件的；", "属于法律规定的串通情形的；"]
    if judges_price(tender):
        cases.append("报价异常低，不能证明其合理性的；")
    return (*cases, f"不符合法律、法规和{said.document}规定的其他实质性要求的。")


def bid_parts(dossier: TenderDossier) -> tuple[str, ...]:
    """What a bid consists of, as the platform asks it page by page (`stages.bids.forms`)."""
    tender = dossier.tender
    offer = {
        PriceWay.LOW_PRICE_FIRST: "报价：总价一项，以人民币元为单位，保留两位小数，包含完成全部服务的一切费用；",
        PriceWay.RATIO_TO_MAX: "报价：承诺的年度服务工时；合同总价固定，不另行报价；",
        PriceWay.FIXED: "报价：合同总价固定，不另行报价；",
    }[tender.price_way]
    deduction = (
        ("申请小微企业价格扣除的，在报价页声明；",)
        if judges_price(tender) and tender.deduction_rate
        else ()
    )
    return (
        offer,
        *deduction,
        "服务方案：总体服务方案，以及对每一项评审因素的响应；方案和附件里不写报价；",
        "资格声明：对《政府采购法》第二十二条各项条件逐项声明；",
        "项目负责人与附件：项目负责人的姓名和经历，法人登记证书和资格要求、评审因素所列的证明材料。",
    )


def challenge_until(dates: TenderDates) -> str:
    """The last day for a challenge of the document, marked while it can still move."""
    due = dates.challenge.due
    return f"{formal_day(due.on)}{'（暂定）' if due.provisional else ''}"


def challenge_note(tender: Tender, dates: TenderDates) -> str:
    """Until when the document may be challenged (GPL art 52, GPL-R art 53)."""
    document = said_of(tender).document
    return (
        f"供应商认为{document}使自己的权益受到损害的，可以自收到{document}之日或者公告期限届满之日起七个工作日内，"
        f"以书面形式向采购人提出质疑（《政府采购法》第五十二条）；"
        f"在提供{document}的最后一日领取的，最迟 {challenge_until(dates)}。"
    )


def challenge_channel(buyer: Organisation, contact: str) -> str:
    """Who takes a challenge, and how it is handed in (R-CH-2, R-CH-4)."""
    return (
        f"质疑函由{buyer.name}接收，当面递交或者邮寄；通讯地址：{buyer.address}，"
        f"联系人：{contact}，联系电话：{buyer.phone}。"
    )


def complaint_note(dossier: TenderDossier) -> str:
    """To whom a complaint goes (GPL art 55); `page.authority` is empty where no register names it."""
    authority = dossier.authority or "采购人同级财政部门"
    return (
        "对质疑答复不满意，或者采购人没有在规定时间内答复的，可以在答复期满后十五个工作日内"
        f"向{authority}投诉（《政府采购法》第五十五条）。"
    )


def last_day_words(day: date) -> str:
    """The end of a period that ends with a day."""
    return f"{formal_day(day)} 24:00"


def instant_on_paper(instant: datetime) -> str:
    """An instant in Beijing time as notices write it: 2025年10月9日（星期四）9:30."""
    moment = local(instant)
    return f"{formal_day(moment.date())} {moment:%H:%M}"
