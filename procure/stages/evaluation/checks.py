"""What stands against submitting an evaluation, and what should be thought over. Pure."""

from collections.abc import Sequence

from procure.kernel.vocabulary import DIMENSION_LABELS
from procure.stages.evaluation.models import Evaluation, EvaluationIndicator
from procure.stages.evaluation.policies import RULE_EVALUATION
from procure.stages.evaluation.results import FULL, LEAST_RESULTS, result_of
from procure.web.presenters import Finding, FindingLevel

TEXTS = (("summary", "项目概况"), ("achievements", "主要成效"))


def find_problems(
    evaluation: Evaluation, indicators: Sequence[EvaluationIndicator], base: str
) -> list[Finding]:
    """All findings, those that block first; `base` is the address of the evaluation."""
    return [
        *_open_scores(indicators, base),
        *_visit(evaluation, base),
        *_texts(evaluation, base),
        *_weights(indicators),
        *_sample(evaluation, base),
    ]


def blocks(findings: Sequence[Finding]) -> int:
    """How many findings stand against the report."""
    return sum(finding.level is FindingLevel.BLOCK for finding in findings)


def _open_scores(indicators: Sequence[EvaluationIndicator], base: str) -> list[Finding]:
    return [
        Finding(
            FindingLevel.BLOCK,
            f"“{DIMENSION_LABELS[part.dimension]}”还有 {part.indicators - part.scored} 项没有评分。",
            RULE_EVALUATION,
            "每项指标都要评分并写明理由。",
            f"{base}/score/{part.dimension}",
        )
        for part in result_of(indicators).dimensions
        if not part.is_complete
    ]


def _visit(evaluation: Evaluation, base: str) -> list[Finding]:
    if evaluation.visited_on is not None:
        return []
    return [
        Finding(
            FindingLevel.BLOCK,
            "还没有填写走访、核查和满意度调查的情况。",
            RULE_EVALUATION,
            "请填写实地走访日期、核查结果和调查人数。",
            f"{base}/visit",
        )
    ]


def _texts(evaluation: Evaluation, base: str) -> list[Finding]:
    return [
        Finding(
            FindingLevel.BLOCK, f"“{label}”还没有填写。", "", "请补齐后再提交。", f"{base}/summary"
        )
        for name, label in TEXTS
        if not getattr(evaluation, name).strip()
    ]


def _weights(indicators: Sequence[EvaluationIndicator]) -> list[Finding]:
    findings = []
    result = result_of(indicators)
    if sum(indicator.points for indicator in indicators) != FULL:
        findings.append(
            Finding(
                FindingLevel.BLOCK,
                "各项指标的分值合计不是 100 分。",
                RULE_EVALUATION,
                "请联系目录管理员核对目录条目的评价指标。",
            )
        )
    if result.results_share < LEAST_RESULTS:
        percent = result.results_share * 100
        findings.append(
            Finding(
                FindingLevel.WARN,
                f"产出、成效和满意度指标合计占 {percent:.0f}%，一般不低于 60%。",
                "《项目支出绩效评价管理办法》",
                "指标由目录条目确定；可以在改进建议中提出调整。",
            )
        )
    return findings


def _sample(evaluation: Evaluation, base: str) -> list[Finding]:
    if evaluation.records_checked:
        return []
    return [
        Finding(
            FindingLevel.WARN,
            "没有核查服务记录，评分只能依据汇总数字。",
            "",
            "请抽取服务记录，向服务对象和工作人员核实。",
            f"{base}/visit",
        )
    ]
