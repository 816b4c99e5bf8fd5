"""The evaluation report on paper: the data of template evaluation-report@4."""

from datetime import date
from typing import Any

from procure.kernel.clock import local_date
from procure.kernel.numbering import derived_number
from procure.kernel.text import lines_of
from procure.kernel.vocabulary import GRADE_BANDS, EvaluationKind
from procure.render.wording import phrase, phrases
from procure.stages.contracts.policies import last_service_day
from procure.stages.evaluation.checks import verdict_words
from procure.stages.evaluation.evidence import Evidence
from procure.stages.evaluation.queries import EvaluationDossier
from procure.stages.evaluation.results import band_words, passes, percent_of, plain_points

TEMPLATE = "evaluation-report@4"
GRADE_RULE = "；".join(band_words(grade) for _, grade in GRADE_BANDS) + "。"
"""The bands in the words of the pages (R-GZ-4); 财预〔2020〕10号 calls them 优、良、中、差."""
WORDS = "evaluation@1"
LETTERS = {EvaluationKind.MIDTERM: "PZ", EvaluationKind.FINAL: "PM"}


def report_number(dossier: EvaluationDossier) -> str:
    """The report's number: kind and round within the project."""
    number = dossier.contract.project.number
    return derived_number(number, LETTERS[dossier.evaluation.kind], dossier.evaluation.round)


def report_data(
    dossier: EvaluationDossier,
    evidence: Evidence,
    *,
    made_on: date,
    leader: str,
    paid_fen: int,
    trail_head: str,
) -> dict[str, Any]:
    """The data to print a report from; raises nothing: what is missing was refused before."""
    evaluation, contract = dossier.evaluation, dossier.contract
    assert contract.starts_on is not None
    assert dossier.assessor is not None
    result = dossier.result
    again = evaluation.round > 1
    data: dict[str, Any] = {
        "report_no": report_number(dossier),
        "made_on": made_on.isoformat(),
        "project_no": contract.project.number,
        "project_name": contract.project.title,
        "contract_no": contract.number,
        "contract_amount_fen": contract.amount_fen,
        "buyer": contract.buyer.name,
        "supplier": contract.supplier.name,
        "phase": "整改复评" if again else evaluation.kind.label,
        "way": "第三方评价",
        "period_from": contract.starts_on.isoformat(),
        "period_to": _period_to(dossier, made_on).isoformat(),
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
        "process": _process(dossier, evidence),
        "total": plain_points(result.total),
        "grade": result.grade.label,
        "grade_rule": GRADE_RULE,
        "achievements": evaluation.achievements,
        "problems": lines_of(evaluation.problems),
        "advice": lines_of(evaluation.advice),
        "consequence": phrase(
            WORDS,
            "consequence",
            grade=result.grade.label,
            passed=passes(result.grade),
        ),
        "assessor": {"name": dossier.assessor.name, "leader": leader},
        "evaluators": [
            {
                "name": dossier.name(one.user_id),
                "unit": dossier.assessor.name,
                "declared_on": local_date(one.declared_at).isoformat(),
            }
            for one in dossier.declarations
        ],
        "indicators": [
            {
                "group": row.dimension.label,
                "name": row.name,
                "full": plain_points(row.points),
                "score": plain_points(row.score or 0),
                "reason": row.reason,
                "evidence": row.evidence,
            }
            for row in dossier.indicators
        ],
        "satisfaction": _satisfaction(dossier, evidence),
    }
    if trail_head:
        data["trail_head"] = trail_head
    return data


def _period_to(dossier: EvaluationDossier, made_on: date) -> date:
    """The last day of what is evaluated: of the final one the contract's, else that of the report."""
    contract = dossier.contract
    assert contract.starts_on is not None
    last = last_service_day(contract)
    if dossier.evaluation.kind is EvaluationKind.FINAL:
        return last
    return max(contract.starts_on, min(made_on, last))


def _satisfaction(dossier: EvaluationDossier, evidence: Evidence) -> dict[str, Any]:
    evaluation = dossier.evaluation
    answered = evaluation.survey_answered or 0
    return {
        "recipients": evidence.recipients,
        "sampled": evaluation.survey_sampled or 0,
        "answered": answered,
        "rate_percent": str(percent_of(evaluation.survey_satisfied or 0, answered)),
        "floor_percent": int(dossier.floor),
        "channel": evaluation.survey_channel,
    }


def _process(dossier: EvaluationDossier, evidence: Evidence) -> str:
    evaluation = dossier.evaluation
    visited = evaluation.visited_on
    assert visited is not None
    sample = dossier.sample
    lines = phrases(
        WORDS,
        "process",
        visited_on=visited.isoformat(),
        indicators=len(dossier.indicators),
        evidence=evidence.words,
        drawn=sample.drawn if sample.is_looked_into else 0,
        verdicts=verdict_words(sample) if sample.is_looked_into else "",
        rest_conclusion=evaluation.rest_conclusion,
        reckoning=dossier.result.words,
    )
    return "\n".join(lines)
