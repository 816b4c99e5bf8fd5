"""A scoring case as JSON: read with suspicion, scored, written back as strings.

Input. Every figure is a decimal string or a JSON integer; floats are refused, so are unknown keys.
`*` marks what must be there; everything else may be missing or null.

method*       composite or lowest_price; a consultation allows the first only
procedure*    open_tender, invited_tender, consultation, negotiation
price*
  rule*       low_price_first (a total), unit_price, rate (percent of a published list),
              ratio_to_max (hours) or fixed; under lowest_price the first is assumed
  points*     out of 100; 0 or missing with fixed; under lowest_price missing reads 100
  floor       least promised hours; only with ratio_to_max, for a least price is unlawful
  below_floor what hours under the floor lead to: invalid (assumed) or zero
  ceiling     a price above it is invalid; trigger T3 counts from it
  budget      likewise, stands in for a missing ceiling; the lower of the two is the limit
  lines       with unit_price: {id: {quantity*, ceiling}}; the price is then the sum of
              unit price × quantity
criteria      [{id*, points*, objective, technical, name, standard, step}]; needed for
              composite, where they and the price points make 100
low_price     {mean, second, ceiling}; null is the ministry's figure: triggers stay on
tie           order of comparison: score, price, technical, quantity, ids of criteria; null is
              the law's order, an empty list is score (or price) alone
deductions    {small, consortium}: rates of this tender; a bid then carries one of them or 0
places        decimal places shown and ranked at, 0 to 4; 2 when missing
bids*
  bidder*     one bid each
  price       yuan, yuan per unit or percent; needed where price is judged and the bid valid
  unit_prices {line id: price}, in place of price
  quantity    promised hours; needed with ratio_to_max
  deduction   fraction taken, "0" none or declined; counts only where price is judged
  valid       false when found invalid: the bid is listed, not scored
  scores      {criterion id: figure already averaged, or one per member}; needed for a
              conforming bid of a composite case

Output. `base_price`, `mean` (of quoted prices of conforming bids), `bids` in the order given, `void`
(`lt3_suppliers`, `lt2_suppliers`, `all_over_budget` or null); with `ratio_to_max` also
`base_quantity`. Amounts have two places (unit prices and rates up to four), scores `places`. A bid
that is out has flag `invalid:declared`, `invalid:ceiling` or `invalid:floor` and null for scores
and rank; in a void case scores stand and every rank is null. Equal bids share a rank (1, 1, 3).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from procure.kernel.scoring.bid import Bid, sheets_of
from procure.kernel.scoring.check import check_scheme
from procure.kernel.scoring.figures import PLACES, UNIT, rounded, unscaled, written
from procure.kernel.scoring.json_fields import (
    choice_at,
    decimal_at,
    figure_at,
    figures_at,
    flag_at,
    list_at,
    missing,
    name_at,
    object_at,
    required_at,
    text_at,
    visible,
    whole_at,
    words_at,
    wrong_type,
)
from procure.kernel.scoring.price import EXACT
from procure.kernel.scoring.rules import BrokenRule, require_none
from procure.kernel.scoring.scheme import (
    BelowFloor,
    Criterion,
    DeductionRates,
    Line,
    LowBounds,
    Method,
    PriceRule,
    PriceWay,
    Procedure,
    Scheme,
)
from procure.kernel.scoring.score import Outcome, Standing, score
from procure.kernel.text import key as name_key

MOST_MEMBERS = 99

CASE_KEYS = {
    "method",
    "procedure",
    "price",
    "criteria",
    "low_price",
    "tie",
    "deductions",
    "places",
    "bids",
}
PRICE_KEYS = {"points", "rule", "floor", "below_floor", "ceiling", "budget", "lines"}
CRITERION_KEYS = {"id", "points", "objective", "technical", "name", "standard", "step"}
BID_KEYS = {"bidder", "price", "unit_prices", "quantity", "deduction", "valid", "scores"}


def score_case(case: object) -> dict[str, Any]:
    """The answer to a case; raises BrokenRule naming the field and the rule."""
    return write_outcome(score(*read_case(case)))


def read_case(case: object) -> tuple[Scheme, tuple[Bid, ...]]:
    """Scheme and bids of a case. Raises BrokenRule for what is malformed or not lawful."""
    whole = object_at(case, "", CASE_KEYS)
    scheme = read_scheme(whole)
    require_none(check_scheme(scheme))
    bids = tuple(
        _bid(scheme, item, f"bids[{i}]") for i, item in enumerate(list_at(whole, "bids", "bids"))
    )
    names: set[str] = set()
    for i, bid in enumerate(bids):
        name = name_key(bid.bidder)
        if name in names:
            raise BrokenRule(
                f"bids[{i}].bidder",
                "F-BIDDER",
                f"供应商“{bid.bidder}”出现了不止一次。",
                "同一供应商只保留一份投标。",
            )
        names.add(name)
    return scheme, bids


def read_scheme(whole: Mapping[str, Any]) -> Scheme:
    """The scheme of a case, well-formed but not yet checked against the law."""
    method = choice_at(whole, "method", "method", Method)
    criteria: tuple[Criterion, ...] = ()
    if whole.get("criteria") is not None or method is Method.COMPOSITE:
        criteria = tuple(
            _criterion(item, f"criteria[{i}]")
            for i, item in enumerate(list_at(whole, "criteria", "criteria"))
        )
    return Scheme(
        method=method,
        procedure=choice_at(whole, "procedure", "procedure", Procedure),
        price=_price(required_at(whole, "price", "price"), method),
        criteria=criteria,
        low=_low(whole.get("low_price")),
        tie=None if whole.get("tie") is None else words_at(whole["tie"], "tie"),
        rates=_rates(whole.get("deductions")),
        places=_places(whole.get("places")),
    )


def write_outcome(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON values."""
    answer: dict[str, Any] = {
        "base_price": _amount(outcome.scheme, outcome.base_price, EXACT),
        "mean": None,
        "bids": [_standing(outcome.scheme, standing) for standing in outcome.standings],
        "void": outcome.void.value if outcome.void else None,
    }
    if outcome.mean is not None:
        answer["mean"] = _amount(outcome.scheme, outcome.mean[0], outcome.mean[1] * UNIT)
    if outcome.scheme.price.way is PriceWay.HOURS:
        hours = outcome.base_hours
        answer["base_quantity"] = None if hours is None else rounded(hours, UNIT, 2)
    return answer


def _standing(scheme: Scheme, standing: Standing) -> dict[str, Any]:
    places = scheme.places
    price_score, total = standing.price_score, standing.total
    return {
        "bidder": standing.bidder,
        "evaluated_price": _amount(scheme, standing.evaluated, EXACT),
        "price_score": None if price_score is None else written(price_score, places),
        "criteria": {
            criterion.id: rounded(mean, UNIT, places)
            for criterion, mean in zip(scheme.criteria, standing.means, strict=False)
        },
        "total": None if total is None else written(total, places),
        "rank": standing.rank,
        "flags": list(standing.flags),
    }


def _amount(scheme: Scheme, numerator: int | None, denominator: int) -> str | None:
    """Yuan with two places; unit prices and rates keep up to four where they have them."""
    if numerator is None:
        return None
    fine = scheme.price.way in {PriceWay.UNIT_PRICE, PriceWay.RATE} and not scheme.price.lines
    if not fine:
        return rounded(numerator, denominator, 2)
    whole, part = rounded(numerator, denominator, PLACES).split(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"


def _price(value: object, method: Method) -> PriceRule:
    price = object_at(value, "price", PRICE_KEYS)
    lowest = method is Method.LOWEST_PRICE
    if lowest and price.get("rule") is None:
        way = PriceWay.TOTAL
    else:
        way = choice_at(price, "rule", "price.rule", PriceWay)
    points = decimal_at(price, "points", "price.points")
    if points is None:
        if not lowest and way is not PriceWay.FIXED:
            raise missing("price.points")
        points = Decimal(100) if lowest else Decimal(0)
    below = BelowFloor.INVALID
    if price.get("below_floor") is not None:
        below = choice_at(price, "below_floor", "price.below_floor", BelowFloor)
    return PriceRule(
        points=points,
        way=way,
        ceiling=decimal_at(price, "ceiling", "price.ceiling"),
        budget=decimal_at(price, "budget", "price.budget"),
        floor=decimal_at(price, "floor", "price.floor"),
        below_floor=below,
        lines=_lines(price.get("lines")),
    )


def _lines(value: object) -> tuple[Line, ...]:
    if value is None:
        return ()
    lines = []
    for key, item in object_at(value, "price.lines", None).items():
        field = f"price.lines.{name_at(key, 'price.lines')}"
        line = object_at(item, field, {"quantity", "ceiling"})
        quantity = figure_at(
            required_at(line, "quantity", f"{field}.quantity"), f"{field}.quantity"
        )
        if quantity <= 0:
            raise BrokenRule(
                f"{field}.quantity", "F-RANGE", "参考数量应大于零。", "按采购文件的计价清单填写。"
            )
        lines.append(Line(key, unscaled(quantity), decimal_at(line, "ceiling", f"{field}.ceiling")))
    return tuple(lines)


def _criterion(value: object, field: str) -> Criterion:
    item = object_at(value, field, CRITERION_KEYS)
    return Criterion(
        id=name_at(required_at(item, "id", f"{field}.id"), f"{field}.id"),
        points=unscaled(
            figure_at(required_at(item, "points", f"{field}.points"), f"{field}.points")
        ),
        objective=flag_at(item, "objective", f"{field}.objective", default=False),
        technical=flag_at(item, "technical", f"{field}.technical", default=False),
        name=text_at(item, "name", f"{field}.name"),
        standard=text_at(item, "standard", f"{field}.standard"),
        step=decimal_at(item, "step", f"{field}.step"),
    )


def _low(value: object) -> LowBounds:
    usual = LowBounds()
    if value is None:
        return usual
    given = object_at(value, "low_price", {"mean", "second", "ceiling"})
    mean = decimal_at(given, "mean", "low_price.mean")
    second = decimal_at(given, "second", "low_price.second")
    ceiling = decimal_at(given, "ceiling", "low_price.ceiling")
    return LowBounds(
        mean=usual.mean if mean is None else mean,
        second=usual.second if second is None else second,
        ceiling=usual.ceiling if ceiling is None else ceiling,
    )


def _rates(value: object) -> DeductionRates | None:
    if value is None:
        return None
    given = object_at(value, "deductions", {"small", "consortium"})
    return DeductionRates(
        small=decimal_at(given, "small", "deductions.small"),
        consortium=decimal_at(given, "consortium", "deductions.consortium"),
    )


def _places(value: object) -> int:
    if value is None:
        return 2
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong_type("places", "整数")
    return value


def _bid(scheme: Scheme, value: object, field: str) -> Bid:
    item = object_at(value, field, BID_KEYS)
    valid = flag_at(item, "valid", f"{field}.valid", default=True)
    bidder = name_at(required_at(item, "bidder", f"{field}.bidder"), f"{field}.bidder")
    price = _money(scheme, item, f"{field}.price")
    units = _units(item.get("unit_prices"), f"{field}.unit_prices")
    if units and price is not None:
        raise BrokenRule(
            f"{field}.price", "F-KEY", "总价与单价只能填写一种。", "按计价清单报价的，只填单价。"
        )
    deduction = item.get("deduction")
    scores = _scores(item.get("scores"), f"{field}.scores")
    return Bid(
        bidder=bidder,
        price=price,
        hours=whole_at(item, "quantity", f"{field}.quantity"),
        deduction=0 if deduction is None else figure_at(deduction, f"{field}.deduction"),
        conforms=valid,
        sheets=sheets_of(scheme, field, scores) if valid and scores else (),
        unit_prices=units,
    )


def _money(scheme: Scheme, item: Mapping[str, Any], field: str) -> int | None:
    """A quoted price: not negative, in whole fen unless it is a unit price or a rate."""
    price = whole_at(item, "price", field)
    if price is None:
        return None
    fine = scheme.price.way in {PriceWay.UNIT_PRICE, PriceWay.RATE}
    if price < 0 or (not fine and price % 100):
        wrong = "报价不得为负数。" if price < 0 else "报价最多保留两位小数。"
        raise BrokenRule(field, "F-PRICE", wrong, "核对开标一览表后重新填写。")
    return price


def _units(value: object, field: str) -> tuple[tuple[str, int], ...]:
    if value is None:
        return ()
    return tuple(
        (key, figure_at(item, f"{field}.{visible(key)}"))
        for key, item in object_at(value, field, None).items()
    )


def _scores(value: object, field: str) -> dict[str, int | tuple[int, ...]]:
    if value is None:
        return {}
    scores: dict[str, int | tuple[int, ...]] = {}
    for key, marks in object_at(value, field, None).items():
        path = f"{field}.{visible(key)}"
        if isinstance(marks, list):
            if not 1 <= len(marks) <= MOST_MEMBERS:
                raise BrokenRule(
                    path, "F-RANGE", f"评分人数应为 1 至 {MOST_MEMBERS} 人。", "核对评审小组名单。"
                )
            scores[key] = figures_at(marks, path)
        else:
            scores[key] = figure_at(marks, path)
    return scores
