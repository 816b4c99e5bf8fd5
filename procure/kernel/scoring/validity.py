"""When a bid is invalid (投标无效) by a figure: price over the limit, hours under the floor, deposit.

政府采购货物和服务招标投标管理办法 art 63. What only people can judge (seal, qualification,
conditions attached) comes in as `Bid.conforms`.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from procure.kernel.labelled import LabelledEnum
from procure.kernel.laws import cite
from procure.kernel.parameters import newest
from procure.kernel.scoring.bid import Bid
from procure.kernel.scoring.figures import half_up, scaled
from procure.kernel.scoring.rules import CITATIONS, SchemeFinding, block
from procure.kernel.scoring.scheme import BelowFloor, PriceRule, Procedure, Scheme

LEAST = int(newest("suppliers.min").value)
LEAST_IN_CONSULTATION = int(newest("suppliers.consultation_service.min").value)
"""Of services that government purchases."""
TOO_FEW_IN_CONSULTATION = CITATIONS["R-CONSULT-21"]


class Reason(StrEnum):
    """Why a bid takes no part in scoring; the value is the flag shown."""

    DECLARED = "invalid:declared"
    CEILING = "invalid:ceiling"
    FLOOR = "invalid:floor"


class Void(LabelledEnum):
    """Why the whole procedure ends without a ranking."""

    LT3_SUPPLIERS = (
        "lt3_suppliers",
        f"有效投标（响应）不足三家，应予废标（{cite('too_few_bids')}）。",
    )
    LT2_SUPPLIERS = (
        "lt2_suppliers",
        f"政府购买服务项目磋商中有效响应不足两家，应终止采购（{TOO_FEW_IN_CONSULTATION}）。",
    )
    ALL_OVER_BUDGET = (
        "all_over_budget",
        f"全部报价都超过最高限价或预算，应予废标（{cite('too_few_bids')}）。",
    )

    def words(self, procedure: Procedure) -> str:
        """The reason in words, with its article: 政府采购法 art 36 is on tenders; a consultation
        ends because too few responses are left.
        """
        if self is Void.ALL_OVER_BUDGET and procedure is Procedure.CONSULTATION:
            return f"全部报价都超过最高限价或预算，没有有效响应，应终止采购（{TOO_FEW_IN_CONSULTATION}）。"
        return self.label


class Limits(NamedTuple):
    """What a price rule allows, in ten-thousandths, looked up once for all bids."""

    price: int | None
    """Highest price: the ceiling or the budget, whichever is lower."""
    floor: int | None
    """Fewest hours."""
    floor_bars: bool
    """Whether fewer hours make the bid invalid; otherwise they earn nothing."""
    quantities: dict[str, int]
    ceilings: dict[str, int]
    """Reference quantity and highest unit price, by line."""


def limits(rule: PriceRule) -> Limits:
    """The limits that `rule` sets."""
    return Limits(
        price=None if rule.limit is None else scaled(rule.limit),
        floor=None if rule.floor is None else scaled(rule.floor),
        floor_bars=rule.below_floor is BelowFloor.INVALID,
        quantities={line.id: scaled(line.quantity) for line in rule.lines},
        ceilings={x.id: scaled(x.ceiling) for x in rule.lines if x.ceiling is not None},
    )


def quoted_price(allowed: Limits, bid: Bid) -> int | None:
    """The quoted price in ten-thousandths: as quoted, or unit prices × reference quantities.

    The sum over lines is an amount of money and is rounded half up to the fen.
    """
    if not bid.unit_prices:
        return bid.price
    total = sum(price * allowed.quantities[key] for key, price in bid.unit_prices)
    return half_up(total, 1_000_000) * 100


def reasons(allowed: Limits, bid: Bid, quoted: int | None) -> tuple[Reason, ...]:
    """Every reason for which this bid takes no part; empty when it conforms."""
    if not bid.conforms:
        return (Reason.DECLARED,)
    over = allowed.price is not None and quoted is not None and quoted > allowed.price
    if not over and allowed.ceilings:
        over = any(p > allowed.ceilings.get(key, p) for key, p in bid.unit_prices)
    short = allowed.floor_bars and under_floor(allowed, bid)
    if not over and not short:
        return ()
    return ((Reason.CEILING,) if over else ()) + ((Reason.FLOOR,) if short else ())


def under_floor(allowed: Limits, bid: Bid) -> bool:
    """Whether the promised hours are fewer than the document asks."""
    return allowed.floor is not None and bid.hours is not None and bid.hours < allowed.floor


def needed(procedure: Procedure) -> int:
    """How many conforming bids the procedure needs: 3, or 2 in a consultation for services that
    government purchases (CC214 art 21, 财库〔2015〕124号)."""
    return LEAST_IN_CONSULTATION if procedure is Procedure.CONSULTATION else LEAST


def void_reason(scheme: Scheme, judged: Sequence[tuple[Reason, ...]]) -> Void | None:
    """Why there is no ranking, from the reasons of every bid; None when there is one."""
    left = sum(not found for found in judged)
    if left >= needed(scheme.procedure):
        return None
    opened = [found for found in judged if Reason.DECLARED not in found]
    if opened and all(Reason.CEILING in found for found in opened):
        return Void.ALL_OVER_BUDGET
    if scheme.procedure is Procedure.CONSULTATION:
        return Void.LT2_SUPPLIERS
    return Void.LT3_SUPPLIERS


def check_deposit(required_fen: int, paid_fen: int) -> tuple[SchemeFinding, ...]:
    """Whether the bid deposit was paid in full; part payment makes the bid invalid (1.10, 1.13)."""
    if paid_fen >= required_fen:
        return ()
    return (
        block(
            "deposit",
            "R-INVALID",
            "投标保证金未按采购文件足额交纳，投标无效。",
            "在评审报告中记录应交金额与实交金额。",
        ),
    )
