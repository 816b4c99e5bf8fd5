"""The acceptance certificate and the public notice: one set of figures, two texts."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from procure.kernel.clock import day_in_words, local_date
from procure.kernel.money import Money
from procure.kernel.numbering import derived_number
from procure.kernel.vocabulary import GRADE_LABELS
from procure.stages.acceptance.models import (
    SEAT_LABELS,
    AcceptanceExpert,
    AcceptanceItem,
)
from procure.stages.acceptance.opinions import QUESTIONS, percent_words
from procure.stages.acceptance.queries import AcceptancePage
from procure.stages.evaluation.events import name_of, points_words

TEMPLATE = "acceptance-certificate@2"


def certificate_number(page: AcceptancePage) -> str:
    """The certificate's number: counted by round within the project."""
    assert page.acceptance is not None
    return derived_number(page.contract.project.number, "YS", page.acceptance.round)


def verdict_words(item: AcceptanceItem) -> str:
    """符合, 基本符合 where the number fell short for a stated reason, 不符合."""
    if not item.passed:
        return "不符合"
    return "符合" if item.delivered >= item.promised else "基本符合"


def certificate_data(page: AcceptancePage, *, made_on: date, trail_head: str) -> dict[str, Any]:
    """The data to print the certificate from."""
    acceptance, contract, opinion = page.acceptance, page.contract, page.opinion
    assert acceptance is not None
    assert contract.starts_on is not None
    assert contract.ends_on is not None
    again = acceptance.round > 1
    data: dict[str, Any] = {
        "certificate_no": certificate_number(page),
        "made_on": made_on.isoformat(),
        "project_no": contract.project.number,
        "project_name": contract.project.title,
        "contract_no": contract.number,
        "contract_amount_fen": contract.amount_fen,
        "buyer": contract.buyer.name,
        "supplier": contract.supplier.name,
        "stage": "整改复验" if again else "期满验收",
        "period_from": contract.starts_on.isoformat(),
        "period_to": contract.ends_on.isoformat(),
        "accepted_on": made_on.isoformat(),
        "place": acceptance.place,
        "method": acceptance.method,
        "problems": [item.note for item in page.items if item.note],
        "conclusion": "整改后合格" if again else "合格",
        "conclusion_text": acceptance.conclusion,
        "panel": [_member(member) for member in page.members],
        "targets": [_target(item) for item in page.items],
        "recipients": {
            "total": opinion.population,
            "invited": opinion.sampled,
            "answered": opinion.answered,
            "satisfied": opinion.satisfied,
            "satisfied_percent": percent_words(opinion.satisfied_rate).rstrip("%"),
            "channel": opinion.asked_how,
            "opinions": excerpts(acceptance.opinion_excerpts),
        },
    }
    if page.final is not None and page.final.grade is not None:
        data["evaluation_reference"] = (
            f"{name_of(page.final.kind, page.final.round)}"
            f" {points_words(page.final.total_points or 0)}，{GRADE_LABELS[page.final.grade]}。"
        )
    if trail_head:
        data["trail_head"] = trail_head
    return data


def notice_sections(page: AcceptancePage) -> list[dict[str, Any]]:
    """The public notice (FMT50 公共服务项目验收结果公告): no recipient is named or traceable."""
    acceptance, contract, opinion = page.acceptance, page.contract, page.opinion
    assert acceptance is not None
    assert acceptance.decided_at is not None
    return [
        {
            "title": "项目和合同",
            "rows": [
                ["项目编号", contract.project.number],
                ["项目名称", contract.project.title],
                ["合同编号", contract.number],
                ["采购人", contract.buyer.name],
                ["承接主体", contract.supplier.name],
                ["合同金额", Money(contract.amount_fen).format()],
                ["履行期限", period_words(page)],
            ],
        },
        {
            "title": "逐项验收结果",
            "rows": [
                [
                    item.what,
                    f"合同约定 {item.promised:,} {item.unit}，验收确认 {item.delivered:,} {item.unit}，"
                    f"{verdict_words(item)}" + (f"；{item.note}" if item.note else ""),
                ]
                for item in page.items
            ],
        },
        {
            "title": "服务对象意见",
            "rows": [
                ["征求方式", opinion.asked_how],
                ["抽样人数", f"{opinion.sampled:,} 人（服务对象 {opinion.population:,} 人）"],
                ["给出意见", f"{opinion.answered:,} 人，答复率 {percent_words(opinion.response)}"],
                [
                    "平均得分",
                    f"{opinion.mean} 分（95% 置信区间 {opinion.low} 至 {opinion.high} 分）",
                ],
                ["满意率", percent_words(opinion.satisfied_rate)],
                *(
                    [question.label, f"{score} 分"]
                    for question, score in zip(QUESTIONS, opinion.by_question, strict=True)
                ),
                *(["意见摘录", one] for one in excerpts(acceptance.opinion_excerpts)),
            ],
        },
        {
            "title": "验收小组和结论",
            "rows": [
                *(
                    [SEAT_LABELS[member.seat], f"{member.name}，{member.unit}"]
                    for member in page.members
                ),
                ["验收日期", _day(local_date(acceptance.decided_at))],
                ["验收结论", "整改后合格" if acceptance.round > 1 else "合格"],
                ["结论说明", acceptance.conclusion],
            ],
        },
    ]


def excerpts(text: str) -> Sequence[str]:
    """One excerpt a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def _member(member: AcceptanceExpert) -> dict[str, str]:
    return {"name": member.name, "unit": member.unit, "role": SEAT_LABELS[member.seat]}


def _target(item: AcceptanceItem) -> dict[str, str]:
    row = {
        "item": item.what,
        "unit": item.unit,
        "required": str(item.promised),
        "delivered": str(item.delivered),
        "verdict": verdict_words(item),
    }
    return row | {"note": item.note} if item.note else row


def period_words(page: AcceptancePage) -> str:
    """From when to when the contract is performed."""
    days = [day_in_words(day) for day in (page.contract.starts_on, page.contract.ends_on) if day]
    return "至".join(days)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
