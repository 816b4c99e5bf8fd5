"""The text of the tender notice and of the notice that ends a purchase (forms of 财办库〔2020〕50号).

The one text is published, shown, digested and printed; nothing else words a notice of a tender.
"""

from dataclasses import dataclass
from datetime import date, datetime

from procure.kernel.day_words import formal_day
from procure.kernel.laws import cite
from procure.kernel.money import Money
from procure.kernel.vocabulary import METHOD_LABELS, PRICE_WAY_LABELS, ProcurementMethod
from procure.stages.tenders.content import lines_of
from procure.stages.tenders.dates import TenderDates, dates_of
from procure.stages.tenders.queries import TenderDossier
from procure.stages.tenders.scheme import digest_of_scheme
from procure.stages.tenders.wording import (
    challenge_channel,
    challenge_note,
    complaint_note,
    instant_on_paper,
    last_day_words,
    policy_lines,
    said_of,
    term_words,
)

PLATFORM = "政府购买服务平台"
WHOLE = "本项目不划分采购包，{bidder}应当对全部内容{bid}。"
MEDIA = (
    f"本公告在{PLATFORM}发布；中国政府采购网省级分网发布的同一公告与本公告不一致的，以省级分网发布的为准"
    f"（{cite('O101')}）。"
)
NONE = "无"

Section = dict[str, object]


@dataclass(frozen=True)
class Announcement:
    """What is known only at the moment of publication."""

    now: datetime
    published_on: date
    documents_until: date
    deadline_at: datetime
    contact: str
    recipient: str
    contract_sha256: str = ""

    def dates_for(self, method: ProcurementMethod) -> TenderDates:
        """All dates as they count from the publication."""
        return dates_of(method, self.published_on, self.documents_until)


def notice_sections(
    dossier: TenderDossier, told: Announcement, document_sha256: str
) -> list[Section]:
    """The tender notice: its headings and nouns are those of the form of its own method."""
    return [
        _overview(dossier, told),
        _basics(dossier),
        _qualification(dossier),
        _documents(dossier, told),
        *_handing_in(dossier, told),
        _period(dossier, told),
        _further(dossier, told, document_sha256),
        _contacts(dossier, told),
    ]


def is_tender(dossier: TenderDossier) -> bool:
    """Whether the rules of 招标 apply, else those of 磋商."""
    return dossier.tender.method is ProcurementMethod.OPEN_TENDER


def _overview(dossier: TenderDossier, told: Announcement) -> Section:
    said = said_of(dossier.tender)
    whom = "潜在投标人" if is_tender(dossier) else "供应商"
    return _section(
        "项目概况",
        (
            "概况",
            f"{dossier.project.title}的{whom}应当在{PLATFORM}获取{said.document}，"
            f"并于 {instant_on_paper(told.deadline_at)}（北京时间）前提交{said.bid_file}。",
        ),
    )


def _basics(dossier: TenderDossier) -> Section:
    tender, said = dossier.tender, said_of(dossier.tender)
    return _section(
        "一、项目基本情况",
        ("项目编号", dossier.project.number),
        ("项目名称", dossier.project.title),
        ("采购方式", METHOD_LABELS[tender.method]),
        ("预算金额", Money(tender.budget_fen).format()),
        ("最高限价", Money(tender.ceiling_fen).format()),
        ("报价方式", PRICE_WAY_LABELS[tender.price_way]),
        ("指导性目录条目", f"{dossier.item.code} {dossier.item.name}"),
        ("采购需求", f"{dossier.plan.outline}\n详细需求见{said.document}。"),
        ("采购包", WHOLE.format(bidder=said.bidder, bid=said.bid)),
        ("合同履行期限", term_words(tender)),
        ("服务地点", tender.service_place),
        (f"本项目接受联合体{said.bid}", "是" if tender.takes_consortia else "否"),
    )


def demands(dossier: TenderDossier) -> tuple[str, ...]:
    """Who may bid: article 22 once, then what the document asks."""
    own = [line for line in lines_of(dossier.tender.qualification) if "第二十二条" not in line]
    return ("满足《政府采购法》第二十二条规定；", *own)


def _qualification(dossier: TenderDossier) -> Section:
    numbered = [(str(n), line) for n, line in enumerate(demands(dossier), start=1)]
    return _section("二、申请人的资格要求", *numbered)


def _documents(dossier: TenderDossier, told: Announcement) -> Section:
    document = said_of(dossier.tender).document
    return _section(
        f"三、获取{document}",
        (
            "时间",
            f"{instant_on_paper(told.now)} 至 {last_day_words(told.documents_until)}（北京时间）",
        ),
        ("地点", f"{PLATFORM}（在线领取）"),
        ("方式", f"承接主体登录平台，在本项目页面领取{document}。"),
        ("售价", "免费"),
    )


def _handing_in(dossier: TenderDossier, told: Announcement) -> tuple[Section, ...]:
    said = said_of(dossier.tender)
    when = f"{instant_on_paper(told.deadline_at)}（北京时间）"
    way = ("提交方式", f"在{PLATFORM}在线提交；截止时间以后送达的不予接收。")
    place = ("地点", dossier.tender.opening_place)
    if is_tender(dossier):
        return (
            _section(
                "四、提交投标文件截止时间、开标时间和地点",
                ("提交投标文件截止时间", when),
                way,
                ("开标时间", f"{when}，与提交投标文件截止时间相同"),
                place,
            ),
        )
    return (
        _section(f"四、{said.bid_file}提交", ("截止时间", when), way),
        _section("五、开启", ("时间", f"{when}，与截止时间相同"), place),
    )


def _period(dossier: TenderDossier, told: Announcement) -> Section:
    notice = told.dates_for(dossier.tender.method).notice
    moving = "（暂定）" if notice.due.provisional else ""
    return _section(
        f"{_nth(dossier, 0)}、公告期限",
        (
            "公告期限",
            f"自本公告发布之日起 {notice.period.length} 个工作日，"
            f"至 {last_day_words(notice.due.on)}{moving}。",
        ),
    )


def _further(dossier: TenderDossier, told: Announcement, document_sha256: str) -> Section:
    tender, said = dossier.tender, said_of(dossier.tender)
    return _section(
        f"{_nth(dossier, 1)}、其他补充事宜",
        *(("政府采购政策", line) for line in policy_lines(dossier)),
        ("质疑期限", challenge_note(tender, told.dates_for(tender.method))),
        ("质疑的提出", challenge_channel(dossier.buyer, told.contact)),
        ("投诉", complaint_note(dossier)),
        ("公告媒体", MEDIA),
        (f"{said.document}校验码（SHA-256）", document_sha256),
        ("合同文本（草案）校验码（SHA-256）", told.contract_sha256 or NONE),
        ("评分办法校验码（SHA-256）", digest_of_scheme(tender, dossier.criteria)),
        ("加密公钥", told.recipient),
    )


def _contacts(dossier: TenderDossier, told: Announcement) -> Section:
    asked = "招标" if is_tender(dossier) else "采购"
    buyer = dossier.buyer
    return _section(
        f"{_nth(dossier, 2)}、对本次{asked}提出询问，请按以下方式联系",
        ("采购人", buyer.name),
        ("地址", buyer.address),
        ("项目联系人", told.contact),
        ("联系电话", buyer.phone),
    )


def _nth(dossier: TenderDossier, more: int) -> str:
    """The number of a section behind the handing in, which is one section in a tender, else two."""
    return "五六七八"[more if is_tender(dossier) else more + 1]


def termination_title(dossier: TenderDossier) -> str:
    """The heading of the notice that ends a purchase."""
    return f"{dossier.project.title}终止公告"


def termination_sections(
    dossier: TenderDossier,
    *,
    reason: str,
    on: date,
    first_notice: str,
    cancelled: bool,
    contact: str,
) -> list[Section]:
    """The notice that ends a purchase: what ended, why, what follows, whom to ask."""
    said, buyer = said_of(dossier.tender), dossier.buyer
    after = (
        "采购任务取消，本项目不再采购。"
        if cancelled
        else "本项目重新采购的，另行发布公告；已经领取采购文件的，需要重新领取。"
    )
    return [
        _section(
            "一、项目基本情况",
            ("项目编号", dossier.project.number),
            ("项目名称", dossier.project.title),
            ("采购方式", METHOD_LABELS[dossier.tender.method]),
            (said.notice, first_notice or NONE),
        ),
        _section("二、项目终止的原因", ("终止原因", reason), ("终止日期", formal_day(on))),
        _section(
            "三、其他补充事宜",
            ("后续安排", after),
            ("投诉", complaint_note(dossier)),
        ),
        _section(
            "四、凡对本次公告内容提出询问，请按以下方式联系",
            ("采购人", buyer.name),
            ("地址", buyer.address),
            ("项目联系人", contact),
            ("联系电话", buyer.phone),
        ),
    ]


def _section(title: str, *rows: tuple[str, str]) -> Section:
    return {"title": title, "rows": [list(row) for row in rows]}
