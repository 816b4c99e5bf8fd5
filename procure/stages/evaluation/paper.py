"""The evaluation report on paper: the data of template evaluation-report@3."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from procure.kernel.clock import local_date
from procure.kernel.numbering import derived_number
from procure.kernel.vocabulary import (
    DIMENSION_LABELS,
    EVALUATION_KIND_LABELS,
    GRADE_BANDS,
    GRADE_LABELS,
    EvaluationKind,
)
from procure.stages.contracts.queries import last_day
from procure.stages.evaluation.checks import verdict_words
from procure.stages.evaluation.evidence import Evidence
from procure.stages.evaluation.queries import EvaluationPage
from procure.stages.evaluation.results import band_words, passes, percent_of, plain_points

TEMPLATE = "evaluation-report@3"
GRADE_RULE = "；".join(band_words(grade) for _, grade in GRADE_BANDS) + "。"
"""The bands in the words of the pages (R-GZ-4); 财预〔2020〕10号 calls them 优、良、中、差."""
PASSED = "达到合同约定的“合格以上”。"
FAILED = "未达到合同约定的“合格以上”，按合同的约定限期整改并复评。"
LETTERS = {EvaluationKind.MIDTERM: "PZ", EvaluationKind.FINAL: "PM"}


def report_number(page: EvaluationPage) -> str:
    """The report's number: kind and round within the project."""
    number = page.contract.project.number
    return derived_number(number, LETTERS[page.evaluation.kind], page.evaluation.round)


def report_data(
    page: EvaluationPage,
    evidence: Evidence,
    *,
    made_on: date,
    leader: str,
    paid_fen: int,
    trail_head: str,
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
        "period_to": _period_to(page, made_on).isoformat(),
        "counted_on": made_on.isoformat(),
        "paid_fen": paid_fen,
        "paid_percent": str(percent_of(paid_fen, contract.amount_fen)),
        "goals": [
            {
                "what": target.what,
                "unit": target.unit,
                "promised": target.total,
                "done": target.accepted,
                "rate_percent": str(percent_of(target.accepted, target.total)),
            }
            for target in evidence.targets
        ],
        "summary": evaluation.summary,
        "process": _process(page, evidence),
        "total": plain_points(result.total),
        "grade": GRADE_LABELS[result.grade],
        "grade_rule": GRADE_RULE,
        "achievements": evaluation.achievements,
        "problems": _lines(evaluation.problems),
        "advice": _lines(evaluation.advice),
        "consequence": f"评价等级为“{GRADE_LABELS[result.grade]}”，"
        + (PASSED if passes(result.grade) else FAILED),
        "assessor": {"name": page.assessor.name, "leader": leader},
        "evaluators": [
            {
                "name": page.name(one.user_id),
                "unit": page.assessor.name,
                "declared_on": local_date(one.declared_at).isoformat(),
            }
            for one in page.declarations
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


def _period_to(page: EvaluationPage, made_on: date) -> date:
    """The last day of what is evaluated: of the final one the contract's, else that of the report."""
    contract = page.contract
    assert contract.starts_on is not None
    last = last_day(contract)
    if page.evaluation.kind is EvaluationKind.FINAL:
        return last
    return max(contract.starts_on, min(made_on, last))


def _satisfaction(page: EvaluationPage, evidence: Evidence) -> dict[str, Any]:
    evaluation = page.evaluation
    answered = evaluation.survey_answered or 0
    return {
        "recipients": evidence.recipients,
        "sampled": evaluation.survey_sampled or 0,
        "answered": answered,
        "rate_percent": str(percent_of(evaluation.survey_satisfied or 0, answered)),
        "floor_percent": int(page.floor),
        "channel": evaluation.survey_channel,
    }


def _process(page: EvaluationPage, evidence: Evidence) -> str:
    evaluation = page.evaluation
    visited = evaluation.visited_on
    assert visited is not None
    lines = [
        f"评估组于{visited.year}年{visited.month}月{visited.day}日实地走访，"
        f"按目录条目的 {len(page.indicators)} 项指标逐项评分并写明理由。",
        evidence.words,
    ]
    if page.sample.is_looked_into:
        lines.append(
            f"由系统从已核实的服务记录中随机抽取 {page.sample.drawn:,} 条逐条核查："
            f"{verdict_words(page.sample)}。"
        )
    if evaluation.rest_conclusion:
        lines.append(f"对其余服务记录的结论：{evaluation.rest_conclusion}")
    lines.append(f"得分计算：{page.result.words}。")
    return "\n".join(lines)


def _lines(text: str) -> Sequence[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
