"""The evaluation report on paper: the data of template evaluation-report@2."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from procure.kernel.numbering import derived_number
from procure.kernel.vocabulary import (
    DIMENSION_LABELS,
    EVALUATION_KIND_LABELS,
    EvaluationKind,
    Grade,
)
from procure.stages.evaluation.evidence import Evidence
from procure.stages.evaluation.queries import EvaluationPage
from procure.stages.evaluation.results import plain_points

TEMPLATE = "evaluation-report@2"
PAPER_GRADES = {
    Grade.EXCELLENT: "优",
    Grade.GOOD: "良",
    Grade.PASS: "中",
    Grade.FAIL: "差",
}
"""How reports under 财预〔2020〕10号 name the grades: 优秀, 良好, 合格, 不合格 on the pages."""
GRADE_RULE = (
    "90 分以上为优（优秀），80 分以上不满 90 分为良（良好），"
    "60 分以上不满 80 分为中（合格），不满 60 分为差（不合格）。"
)
"""The bands of `GRADE_BANDS`, in the report's names (R-GZ-4)."""
CONSEQUENCES = {
    Grade.EXCELLENT: "评价等级为“优”（优秀），符合合同约定的付款条件，可以作为选择承接主体的重要参考。",
    Grade.GOOD: "评价等级为“良”（良好），符合合同约定的付款条件。",
    Grade.PASS: "评价等级为“中”（合格），符合合同约定的付款条件；报告所列问题应当限期整改。",
    Grade.FAIL: "评价等级为“差”（不合格），相应一期款项暂停支付；应当限期整改，整改后复评。",
}
LETTERS = {EvaluationKind.MIDTERM: "PZ", EvaluationKind.FINAL: "PM"}


def report_number(page: EvaluationPage) -> str:
    """The report's number: kind and round within the project."""
    number = page.contract.project.number
    return derived_number(number, LETTERS[page.evaluation.kind], page.evaluation.round)


def report_data(
    page: EvaluationPage, evidence: Evidence, *, made_on: date, leader: str, trail_head: str
) -> dict[str, Any]:
    """The data to print a report from; raises nothing: what is missing was refused before."""
    evaluation, contract = page.evaluation, page.contract
    assert contract.starts_on is not None
    assert page.assessor is not None
    result = page.result
    again = evaluation.round > 1
    data: dict[str, Any] = {
        "report_no": report_number(page),
        "made_on": made_on.isoformat(),
        "project_no": contract.project.number,
        "project_name": contract.project.title,
        "contract_no": contract.number,
        "contract_amount_fen": contract.amount_fen,
        "buyer": contract.buyer.name,
        "supplier": contract.supplier.name,
        "phase": "整改复评" if again else EVALUATION_KIND_LABELS[evaluation.kind],
        "way": "第三方评价",
        "period_from": contract.starts_on.isoformat(),
        "period_to": max(contract.starts_on, min(made_on, contract.ends_on or made_on)).isoformat(),
        "summary": evaluation.summary,
        "process": _process(page, evidence),
        "total": plain_points(result.total),
        "grade": PAPER_GRADES[result.grade],
        "grade_rule": GRADE_RULE,
        "achievements": evaluation.achievements,
        "problems": _lines(evaluation.problems),
        "advice": _lines(evaluation.advice),
        "consequence": CONSEQUENCES[result.grade],
        "assessor": {"name": page.assessor.name, "leader": leader},
        "evaluators": [
            {"name": name, "unit": page.assessor.name}
            for name in dict.fromkeys((page.name(evaluation.evaluator_id), leader))
            if name
        ],
        "indicators": [
            {
                "group": DIMENSION_LABELS[row.dimension],
                "name": row.name,
                "full": plain_points(row.points),
                "score": plain_points(row.score or 0),
                "reason": row.reason,
                "evidence": row.evidence,
            }
            for row in page.indicators
        ],
        "satisfaction": _satisfaction(page, evidence),
    }
    if trail_head:
        data["trail_head"] = trail_head
    return data


def satisfied_percent(satisfied: int, answered: int) -> Decimal:
    """The share of satisfied answers in percent with one decimal; nothing answered is nothing."""
    if not answered:
        return Decimal("0.0")
    return (Decimal(satisfied) * 100 / answered).quantize(Decimal("0.1"))


def _satisfaction(page: EvaluationPage, evidence: Evidence) -> dict[str, Any]:
    evaluation = page.evaluation
    answered = evaluation.survey_answered or 0
    return {
        "recipients": evidence.recipients,
        "sampled": evaluation.survey_sampled or 0,
        "answered": answered,
        "rate_percent": str(satisfied_percent(evaluation.survey_satisfied or 0, answered)),
        "channel": evaluation.survey_channel,
    }


def _process(page: EvaluationPage, evidence: Evidence) -> str:
    evaluation = page.evaluation
    visited = evaluation.visited_on
    assert visited is not None
    lines = [
        f"评估组于{visited.year}年{visited.month}月{visited.day}日实地走访，查阅服务记录和项目资料，"
        f"按目录条目的 {len(page.indicators)} 项指标逐项评分并写明理由。",
        evidence.words,
    ]
    if evaluation.records_checked:
        lines.append(
            f"由系统从已核实的服务记录中随机抽取，核查 {evaluation.records_checked:,} 条，"
            f"属实 {evaluation.records_sound or 0:,} 条。"
        )
    lines.append(f"得分计算：{page.result.words}。")
    return "\n".join(lines)


def _lines(text: str) -> Sequence[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
