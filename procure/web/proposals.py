"""What pages show of what one person asked for and another decided (`procure/store/proposals.py`)."""

from collections.abc import Mapping
from typing import Any

from procure.render.sheets import CellKind
from procure.web.columns import Col


def refusable_columns(names: Mapping[str, str], reason: str = "理由") -> tuple[Col[Any], ...]:
    """Why, who and when, and what became of it; `names` are those of people, by id."""
    return (
        Col("reason", reason),
        Col("by", "申请人", lambda one: names.get(one.proposed_by, "")),
        Col("at", "申请时间", lambda one: one.proposed_at, CellKind.INSTANT),
        Col("outcome", "结果", lambda one: one.outcome(names)),
    )
