"""Adding up the score sheets of one bid: the mean over all members, nobody left out (R-SC-9)."""

from typing import NamedTuple

from procure.kernel.scoring.bid import Bid
from procure.kernel.scoring.deduction import check_taken
from procure.kernel.scoring.figures import scaled, unscaled
from procure.kernel.scoring.packed_sums import PackedSums
from procure.kernel.scoring.price import evaluated_price
from procure.kernel.scoring.rules import BrokenRule, in_procedure, require_none
from procure.kernel.scoring.scheme import Method, PriceWay, Procedure, Scheme
from procure.kernel.scoring.validity import Limits, Reason, limits, quoted_price, reasons


class Frame(NamedTuple):
    """A scheme made ready for sums: everything in ten-thousandths, looked up once."""

    scheme: Scheme
    points: tuple[int, ...]
    lanes: PackedSums
    steps: tuple[tuple[int, int], ...]
    price_points: int
    limits: Limits
    judges_price: bool
    judges_hours: bool
    scored: bool
    """Whether score sheets are required: there are criteria and the method looks at them."""


class Tally(NamedTuple):
    """One bid added up. `means` are in ten-thousandths of a point; empty when the bid is out."""

    bid: Bid
    reasons: tuple[Reason, ...]
    quoted: int | None
    evaluated: int | None
    means: tuple[int, ...]
    marks: int


def frame(scheme: Scheme) -> Frame:
    """`scheme` made ready."""
    criteria = scheme.criteria
    points = tuple(scaled(criterion.points) for criterion in criteria)
    return Frame(
        scheme=scheme,
        points=points,
        lanes=PackedSums(points, [j for j, c in enumerate(criteria) if c.objective]),
        steps=tuple((j, scaled(c.step)) for j, c in enumerate(criteria) if c.step is not None),
        price_points=scaled(scheme.price.points),
        limits=limits(scheme.price),
        judges_price=scheme.price.way.judges_price,
        judges_hours=scheme.price.way is PriceWay.HOURS,
        scored=bool(points) and scheme.method is Method.COMPOSITE,
    )


def tally(ready: Frame, bid: Bid, field: str) -> Tally:
    """Check and add up one bid; `field` is its path in messages (`bids[0]`).

    Raises BrokenRule when a conforming bid lacks a price, hours or a score sheet, when a mark is
    out of range or off the step, or when members differ on an objective factor.
    """
    if bid.unit_prices:
        _check_lines(ready, bid, field)
    quoted = quoted_price(ready.limits, bid)
    out = reasons(ready.limits, bid, quoted)
    if bid.conforms:
        _check_offer(ready, bid, quoted, field)
    require_none(check_taken(f"{field}.deduction", bid.deduction, ready.scheme.rates))
    evaluated = None
    if quoted is not None:
        evaluated = evaluated_price(quoted, bid.deduction if ready.judges_price else 0)
    if out:
        return Tally(bid, out, quoted, evaluated, (), 0)
    means = panel_means(ready, bid, field)
    return Tally(bid, out, quoted, evaluated, means, sum(means))


def panel_means(ready: Frame, bid: Bid, field: str) -> tuple[int, ...]:
    """The mean of every factor over all members, in ten-thousandths, rounded half up."""
    sheets = bid.sheets
    if not sheets:
        if ready.scored:
            raise BrokenRule(
                f"{field}.scores", "F-KEY", "缺少评分。", "补上评审小组对每个评分因素的评分。"
            )
        return ()
    columns = ready.lanes.sums(sheets)
    if columns is None:
        raise _bad_sheet(ready, bid, field)
    for j, step in ready.steps:
        if any(sheet[j] % step for sheet in sheets):
            raise _off_step(ready, j, field)
    members = len(sheets)
    half = members // 2
    return tuple([(column + half) // members for column in columns])


def _check_lines(ready: Frame, bid: Bid, field: str) -> None:
    """Unit prices must answer the lines of the document, one each, all positive."""
    given = [key for key, _ in bid.unit_prices]
    if sorted(given) != sorted(ready.limits.quantities):
        raise BrokenRule(
            f"{field}.unit_prices",
            "F-KEY",
            "单价项目与采购文件的计价清单不一致。",
            "每个计价项目填写一个单价，不多不少。",
        )
    for key, price in bid.unit_prices:
        if price <= 0:
            raise _bad_price(f"{field}.unit_prices.{key}")


def _check_offer(ready: Frame, bid: Bid, quoted: int | None, field: str) -> None:
    """A conforming bid carries what its way of bidding judges, and every figure is positive."""
    if ready.judges_price and quoted is None:
        raise BrokenRule(
            f"{field}.price", "F-KEY", "缺少报价。", "填写报价；投标无效的，注明无效。"
        )
    if ready.judges_hours and bid.hours is None:
        raise BrokenRule(
            f"{field}.quantity", "R-HOURS", "缺少承诺的服务工时。", "填写投标文件承诺的服务工时。"
        )
    if quoted is not None and quoted <= 0:
        raise _bad_price(f"{field}.price")
    if bid.hours is not None and bid.hours <= 0:
        raise BrokenRule(
            f"{field}.quantity", "F-RANGE", "承诺的服务工时应大于零。", "核对投标文件后重新填写。"
        )


def _bad_price(field: str) -> BrokenRule:
    return BrokenRule(field, "F-PRICE", "报价不得为零或负数。", "核对开标一览表后重新填写。")


def _bad_sheet(ready: Frame, bid: Bid, field: str) -> BrokenRule:
    """Name what is wrong with the sheets: a row's length, a mark out of range, or an objective
    factor on which members differ (V17)."""
    criteria = ready.scheme.criteria
    if any(len(sheet) != len(criteria) for sheet in bid.sheets):
        return BrokenRule(
            f"{field}.scores",
            "F-KEY",
            "评分表的项目数与评分办法不一致。",
            "每个评分因素填写一个分数。",
        )
    for sheet in bid.sheets:
        for criterion, mark, most in zip(criteria, sheet, ready.points, strict=True):
            if not 0 <= mark <= most:
                return BrokenRule(
                    f"{field}.scores.{criterion.id}",
                    "F-RANGE",
                    f"得分应在 0 至 {criterion.points:f} 分之间，"
                    f"填写的是 {unscaled(mark).normalize():f}。",
                    "由评分人按评分标准更正。",
                )
    differs = next(
        criterion
        for criterion, column in zip(criteria, zip(*bid.sheets, strict=True), strict=True)
        if criterion.objective and len(set(column)) > 1
    )
    talks = ready.scheme.procedure is Procedure.CONSULTATION
    return BrokenRule(
        f"{field}.scores.{differs.id}",
        in_procedure("R-SC-9", consultation=talks),
        f"客观评分因素“{differs.name or differs.id}”各成员打分不一致。",
        "评审报告签署前由评审小组核对并更正为同一分数。",
    )


def _off_step(ready: Frame, j: int, field: str) -> BrokenRule:
    criterion = ready.scheme.criteria[j]
    return BrokenRule(
        f"{field}.scores.{criterion.id}",
        "R-SC-10",
        f"得分应为 {criterion.step} 分的整数倍。",
        "由评分人按评分标准更正。",
    )
