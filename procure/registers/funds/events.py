"""What happens to public money: a line is registered, and every movement in full.

An auditor can rebuild the whole ledger from `LedgerPosted` alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from procure.kernel.access import LEVEL_LABELS, Level
from procure.kernel.events import Event
from procure.kernel.money import Money


@dataclass(frozen=True, kw_only=True)
class BudgetLineRegistered(Event):
    """A line of an approved budget was entered; `shares` is level, weight and fen of each."""

    label: ClassVar[str] = "登记预算"

    code: str
    year: int
    buyer_id: str
    buyer_name: str
    line_name: str
    function_code: str
    economic_code: str
    fund_source: str
    amount_fen: int
    shares: tuple[tuple[str, int, int], ...]

    @property
    def stream(self) -> str:
        return f"budget:{self.subject_id}"

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        parts = "，".join(
            f"{LEVEL_LABELS[Level(level)]} {Money(fen).format()}"
            for level, _, fen in data["shares"]
        )
        total = Money(data["amount_fen"]).format()
        return f"{data['year']} 年 {data['code']}《{data['line_name']}》{total}（{parts}）"


@dataclass(frozen=True, kw_only=True)
class LedgerPosted(Event):
    """Money moved. Each of `lines` is (level, account, whose, fen): debit positive.

    "account" is the kind of account, "whose" the plan or contract it stands for, "" for the
    budget line's own. `project` is empty for what concerns the budget line alone.
    """

    label: ClassVar[str] = "资金记账"
    minor: ClassVar[bool] = True

    entry_id: str
    kind: str
    kind_words: str
    memo: str
    project: str | None
    budget_line_id: str
    line_code: str
    amount_fen: int
    lines: tuple[tuple[str, str, str, int], ...]

    @property
    def stream(self) -> str:
        return f"project:{self.project}" if self.project else f"budget:{self.budget_line_id}"

    @property
    def project_id(self) -> str | None:
        return self.project

    @classmethod
    def words_of(cls, data: Mapping[str, Any]) -> str:
        amount = Money(data["amount_fen"]).format()
        return f"{data['kind_words']} {amount}，预算 {data['line_code']}"
