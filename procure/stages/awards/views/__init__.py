"""Pages of a review: the panel, the checks, the marks, the report, the decision."""

from procure.stages.awards.views import checks, decision, panel, report, scores
from procure.stages.awards.views.blueprint import blueprint

__all__ = ["blueprint", "checks", "decision", "panel", "report", "scores"]
