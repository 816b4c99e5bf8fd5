"""The panel (评标委员会, 磋商小组): whether it is lawfully composed, and whose marks stand out.

O87 art 47, CC214 art 14; the thresholds are parameters.
"""

from collections.abc import Iterator
from typing import NamedTuple

from procure.kernel.parameters import newest
from procure.kernel.scoring.bid import Bid
from procure.kernel.scoring.figures import half_up, scaled
from procure.kernel.scoring.rules import SchemeFinding, block
from procure.kernel.scoring.scheme import Procedure, Scheme

SEVEN_FROM_FEN = newest("panel.seven.budget").money.fen
"""Budget from which a tender needs seven members (R-COM-2)."""

OUTLIER_SHARE = newest("score.outlier").value
"""Share of a factor's points beyond which a mark is worth a second look (R-SC-11)."""


def least_experts(size: int) -> int:
    """Experts that a panel of `size` needs: two thirds, rounded up (R-COM-4)."""
    return -(-2 * size // 3)


def least_size(
    procedure: Procedure,
    budget: int,
    *,
    complex: bool = False,
    high_impact: bool = False,
    open_tender_from: int | None = None,
) -> int:
    """Members that the panel needs at least. `budget` and `open_tender_from` are in fen.

    Tender: 5, or 7 from 10 million yuan, for technical complexity or high social impact (R-COM-1,
    R-COM-2). Consultation: 3. Negotiation: 3, or 5 at the open-tender amount (R-COM-3).
    """
    if procedure.is_tender:
        return 7 if complex or high_impact or budget >= SEVEN_FROM_FEN else 5
    at_open_tender = open_tender_from is not None and budget >= open_tender_from
    return 5 if procedure is Procedure.NEGOTIATION and at_open_tender else 3


def check_panel(
    size: int,
    experts: int,
    procedure: Procedure,
    budget: int,
    complex: bool = False,
    *,
    high_impact: bool = False,
    open_tender_from: int | None = None,
) -> tuple[SchemeFinding, ...]:
    """Whether a panel of `size` members with `experts` among them may sit (V13, V14).

    `budget` in fen; `open_tender_from` is the local open-tender amount in fen, if known.
    """
    least = least_size(
        procedure,
        budget,
        complex=complex,
        high_impact=high_impact,
        open_tender_from=open_tender_from,
    )
    return tuple(_panel_findings(size, experts, procedure, least))


def _panel_findings(
    size: int, experts: int, procedure: Procedure, least: int
) -> Iterator[SchemeFinding]:
    name = "评标委员会" if procedure.is_tender else "评审小组"
    rule = "R-COM-1"
    if procedure is Procedure.CONSULTATION:
        rule = "R-COM-3"
    elif procedure is Procedure.NEGOTIATION:
        rule = "R-COM-3-NEGOTIATE"
    if size < least:
        yield block(
            "size",
            "R-COM-2" if least == 7 else rule,
            f"{name}应不少于 {least} 人，现为 {size} 人。",
            "增加评审专家。",
        )
    if size % 2 == 0:
        yield block("size", rule, f"{name}人数应为单数，现为 {size} 人。", "增加或减少一名成员。")
    if not 0 <= experts <= size:
        yield block("experts", rule, "评审专家人数不应超过总人数。", "核对名单。")
    elif experts < least_experts(size):
        yield block(
            "experts",
            rule,
            f"评审专家应不少于成员总数的三分之二（{least_experts(size)} 人），现为 {experts} 人。",
            "减少采购人代表，增加评审专家。",
        )


class Outlier(NamedTuple):
    """A member's mark far from the mean. `member` counts from 0; figures in ten-thousandths."""

    bidder: str
    criterion: str
    member: int
    mark: int
    mean: int


def outliers(scheme: Scheme, bid: Bid) -> tuple[Outlier, ...]:
    """Marks that differ from the panel mean by more than 30 % of the factor's points (R-SC-11).

    A hint to recheck or explain, never a reason to drop a mark (R-SC-9).
    """
    members = len(bid.sheets)
    if members < 2:
        return ()
    found = []
    share = scaled(OUTLIER_SHARE)
    for j, criterion in enumerate(scheme.criteria):
        column = [sheet[j] for sheet in bid.sheets]
        total = sum(column)
        bound = scaled(criterion.points) * share * members
        for i, mark in enumerate(column):
            if abs(mark * members - total) * 10_000 > bound:
                mean = half_up(total, members)
                found.append(Outlier(bid.bidder, criterion.id, i, mark, mean))
    return tuple(found)
