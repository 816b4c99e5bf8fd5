"""What stands against submitting an evaluation, and what should be thought over. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from procure.kernel.findings import Finding, FindingLevel, block, blocks_first, warn
from procure.stages.evaluation.limits import Limit, limits_of
from procure.stages.evaluation.models import Evaluation, EvaluationIndicator, SampleVerdict
from procure.stages.evaluation.policies import RULE_EVALUATION
from procure.stages.evaluation.results import FULL, LEAST_RESULTS, plain_points, result_of
from procure.stages.evaluation.sampling import SampleResult

RULE_LIMITS = "合同约定的服务对象满意度和按核实的服务计量"
TEXTS = (("summary", "项目概况"), ("achievements", "主要成效"))


def find_problems(
    evaluation: Evaluation,
    indicators: Sequence[EvaluationIndicator],
    sample: SampleResult,
    floor: Decimal,
    base: str,
) -> list[Finding]:
    """All findings, those that block first; `base` is the address of the evaluation, `floor` the
    share of satisfied people that the contract promises, in percent.
    """
    found = [
        *_open_scores(indicators, base),
        *_visit(evaluation, base),
        *_texts(evaluation, base),
        *_limits(indicators, limits_of(evaluation, indicators, sample, floor), base),
        *_sample(evaluation, sample, base),
        *_weights(indicators),
    ]
    return blocks_first(found)


def _open_scores(indicators: Sequence[EvaluationIndicator], base: str) -> list[Finding]:
    return [
        block(
            f"“{part.dimension.label}”还有 {part.indicators - part.scored} 项没有评分。",
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
        block(
            "还没有填写走访、核查和满意度调查的情况。",
            RULE_EVALUATION,
            "请填写实地走访日期、核查结果和调查人数。",
            f"{base}/visit",
        )
    ]


def _texts(evaluation: Evaluation, base: str) -> list[Finding]:
    return [
        block(f"“{label}”还没有填写。", "", "请补齐后再提交。", f"{base}/summary")
        for name, label in TEXTS
        if not getattr(evaluation, name).strip()
    ]


def _weights(indicators: Sequence[EvaluationIndicator]) -> list[Finding]:
    findings = []
    result = result_of(indicators)
    if sum(indicator.points for indicator in indicators) != FULL:
        findings.append(
            block(
                "各项指标的分值合计不是 100 分。",
                RULE_EVALUATION,
                "请联系目录管理员核对目录条目的评价指标。",
            )
        )
    if result.results_share < LEAST_RESULTS:
        percent = result.results_share * 100
        findings.append(
            warn(
                f"产出、成效和满意度指标合计占 {percent:.0f}%，一般不低于 60%。",
                "《项目支出绩效评价管理办法》",
                "指标由目录条目确定；可以在改进建议中提出调整。",
            )
        )
    return findings


def _limits(
    indicators: Sequence[EvaluationIndicator], limits: Mapping[int, Limit], base: str
) -> list[Finding]:
    """Scores above what the answers and the sample leave; and that they leave less than all."""
    findings = []
    for row in indicators:
        limit = limits.get(row.position)
        if limit is None:
            continue
        above = row.score is not None and row.score > limit.most
        findings.append(
            Finding(
                FindingLevel.BLOCK if above else FindingLevel.WARN,
                f"“{row.name}”最多 {plain_points(limit.most)} 分：{limit.reason}。"
                + (f"现在评了 {plain_points(row.score or 0)} 分。" if above else ""),
                RULE_LIMITS,
                "请按调查和核查的结果评分。" if above else "",
                f"{base}/score/{row.dimension}",
            )
        )
    return findings


def _sample(evaluation: Evaluation, sample: SampleResult, base: str) -> list[Finding]:
    address = f"{base}/records"
    findings = []
    if sample.open and sample.is_looked_into:
        findings.append(
            block(
                f"抽取的 {sample.drawn:,} 条服务记录还有 {sample.open:,} 条没有核查结论。",
                RULE_EVALUATION,
                "每一条都要写明属实、不属实或者无法核实。",
                address,
            )
        )
    if sample.has_doubt:
        concluded = evaluation.rest_conclusion.strip()
        findings.append(
            Finding(
                FindingLevel.WARN if concluded else FindingLevel.BLOCK,
                f"{sample_words(sample)}。" + (f"评估员的结论：{concluded}" if concluded else ""),
                RULE_EVALUATION,
                "" if concluded else "请写明对其余记录的结论和理由，或者逐条全部核查。",
                address,
            )
        )
    return findings


def sample_words(sample: SampleResult) -> str:
    """What looking into the records showed, in one sentence without its stop."""
    if not sample.is_looked_into:
        return "没有核查服务记录，评分只依据汇总数字"
    return f"抽取 {sample.drawn:,} 条服务记录，核查结果：{verdict_words(sample)}"


def verdict_words(sample: SampleResult) -> str:
    """How many records got each verdict: 属实 28 条，不属实 2 条，无法核实 0 条."""
    return "，".join(f"{one.label} {sample.count(one):,} 条" for one in SampleVerdict)
