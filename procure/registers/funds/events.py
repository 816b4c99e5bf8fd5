"""What happens to public money: a line is registered, and every movement in full.

An auditor can rebuild the whole ledger from `LedgerPosted` alone.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from procure.kernel.access import Level
from procure.kernel.events import Event
from procure.kernel.phrases import Each, Rows

CHANGES: Final = {"changes": Each("{0}由“{1}”改为“{2}”")}


class BudgetLineRegistered(Event):
    """A line of an approved budget was entered; `shares` is level, weight and fen of each."""

    label: ClassVar[str] = "登记预算"
    says: ClassVar[str] = "{year} 年 {code}《{line_name}》{amount_fen:money}（{shares:each}）"
    each: ClassVar[Rows] = {
        "shares": Each("{0:label} {2:money}", between="，", labels={"0": Level.labels()})
    }

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


class LedgerPosted(Event):
    """Money moved. Each of `lines` is (level, account, whose, fen): debit positive.

    "account" is the kind of account, "whose" the plan or contract it stands for, "" for the
    budget line's own. `project` is empty for what concerns the budget line alone.
    """

    label: ClassVar[str] = "资金记账"
    minor: ClassVar[bool] = True
    says: ClassVar[str] = "{kind_words} {moved_fen:money}，预算 {line_code}"

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
    def facts_of(cls, data: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**data, "moved_fen": _moved(data)}


def _moved(data: Mapping[str, Any]) -> int:
    """What moved; of a contract earlier versions kept what was left over as part of the amount."""
    if data["kind"] != "commit":
        return int(data["amount_fen"])
    return sum(fen for _, account, _, fen in data["lines"] if account == "committed")


class BudgetLineEvent(Event):
    """Something about a correction of a line; in the line's own stream."""

    change_id: str

    @property
    def stream(self) -> str:
        return f"budget:{self.subject_id}"


class BudgetLineChangeProposed(BudgetLineEvent):
    """One budget officer asked for a correction; `changes` is particular, before, after."""

    label: ClassVar[str] = "申请更正预算"
    says: ClassVar[str] = "{changes:each}。理由：{reason}"
    each: ClassVar[Rows] = CHANGES

    reason: str
    changes: tuple[tuple[str, str, str], ...]


class BudgetLineChangeWithdrawn(BudgetLineEvent):
    """The correction was taken back before anybody decided."""

    label: ClassVar[str] = "撤回更正预算的申请"
    says: ClassVar[str] = "预算照旧"


class BudgetLineChangeRefused(BudgetLineEvent):
    """Another budget officer refused the correction; the line stays as it was."""

    label: ClassVar[str] = "退回更正预算的申请"
    says: ClassVar[str] = "不同意：{reason}"

    reason: str


class BudgetLineChanged(BudgetLineEvent):
    """Another budget officer agreed: the line says something else, its money follows."""

    label: ClassVar[str] = "批准更正预算"
    says: ClassVar[str] = "{changes:each}。理由：{reason}"
    each: ClassVar[Rows] = CHANGES

    proposed_by: str
    reason: str
    changes: tuple[tuple[str, str, str], ...]
    code: str
    year: int
    line_name: str
    amount_fen: int
    shares: tuple[tuple[str, int, int], ...]
