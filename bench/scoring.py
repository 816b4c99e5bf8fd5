"""Scoring 1,000 bids × 7 experts × 30 criteria: the kernel beside bare Decimal and bare integers.

    python -m bench.scoring [--bids 1000] [--rounds 7]

All forms do the same job by the same stated rounding (mean of each factor to 4 places, price score
and total to 2, half up; ties by evaluated price) and must agree to the hundredth and in rank, or
the run stops. They run interleaved, A B C A B C …; the table shows medians and the ratio to bare
Decimal. Target: the kernel at most 0.65 × Decimal.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from procure.kernel.scoring.bid import Bid
from procure.kernel.scoring.case import score_case
from procure.kernel.scoring.scheme import Criterion, Method, PriceRule, PriceWay, Procedure, Scheme
from procure.kernel.scoring.score import Outcome, score

MEMBERS, FACTORS = 7, 30
PRICE_POINTS = 10
WEIGHTS = [3] * FACTORS
CENT, FINE = Decimal("0.01"), Decimal("0.0001")
TARGET = 0.65

Result = list[tuple[int, int]]
"""Total in hundredths and rank, by bid."""


def population(count: int, seed: int = 20170) -> tuple[list[int], list[list[list[int]]]]:
    """Prices in fen and, per bid and member, marks in hundredths of a point."""
    draw = random.Random(seed)
    prices = [draw.randrange(80_000_00, 120_000_00) for _ in range(count)]
    sheets = [
        [[draw.randrange(0, weight * 100 + 1) for weight in WEIGHTS] for _ in range(MEMBERS)]
        for _ in range(count)
    ]
    return prices, sheets


def ranked(totals: list[int], prices: list[int]) -> list[int]:
    """Shared ranks by total, then price."""
    order = sorted(range(len(totals)), key=lambda i: (-totals[i], prices[i]))
    ranks = [0] * len(totals)
    for position, i in enumerate(order):
        before = order[position - 1]
        same = position > 0 and (totals[i], prices[i]) == (totals[before], prices[before])
        ranks[i] = ranks[before] if same else position + 1
    return ranks


def by_decimal(prices: list[Decimal], sheets: list[list[list[Decimal]]]) -> Result:
    """Bare Decimal, nothing checked."""
    base, points, zero = min(prices), Decimal(PRICE_POINTS), Decimal(0)
    totals = []
    for price, rows in zip(prices, sheets, strict=True):
        means = [
            (sum(column, zero) / MEMBERS).quantize(FINE, ROUND_HALF_UP)
            for column in zip(*rows, strict=True)
        ]
        price_score = (base / price * points).quantize(CENT, ROUND_HALF_UP)
        totals.append((sum(means, zero) + price_score).quantize(CENT, ROUND_HALF_UP))
    whole = [int(total * 100) for total in totals]
    return list(zip(whole, ranked(whole, [int(p * 100) for p in prices]), strict=True))


def by_integers(prices: list[int], sheets: list[list[list[int]]]) -> Result:
    """Bare integers, nothing checked: the floor for a pure Python form."""
    base = min(prices)
    totals = []
    for price, rows in zip(prices, sheets, strict=True):
        marks = sum(
            [(100 * s + MEMBERS // 2) // MEMBERS for s in map(sum, zip(*rows, strict=True))]
        )
        price_score = (2 * base * PRICE_POINTS * 100 + price) // (2 * price)
        totals.append((marks + 50) // 100 + price_score)
    return list(zip(totals, ranked(totals, prices), strict=True))


def seen(outcome: Outcome) -> Result:
    """The kernel's standings in the form that is compared."""
    return [(s.total or 0, s.rank or 0) for s in outcome.standings]


def clocked(work: Callable[[], object]) -> float:
    """Processor milliseconds of one run: others on the machine then disturb the ratios less."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def main() -> None:
    """Check that all forms agree, then measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bids", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()

    prices, sheets = population(arguments.bids)
    decimal_prices = [Decimal(price) / 100 for price in prices]
    decimal_sheets = [[[Decimal(m) / 100 for m in row] for row in rows] for rows in sheets]
    scheme = Scheme(
        Method.COMPOSITE,
        Procedure.OPEN_TENDER,
        PriceRule(Decimal(PRICE_POINTS), PriceWay.TOTAL),
        tuple(Criterion(f"c{i}", Decimal(w)) for i, w in enumerate(WEIGHTS)),
    )
    bids = [
        Bid(f"b{i}", price * 100, sheets=tuple(tuple(m * 100 for m in row) for row in rows))
        for i, (price, rows) in enumerate(zip(prices, sheets, strict=True))
    ]
    case = {
        "method": "composite",
        "procedure": "open_tender",
        "price": {"points": str(PRICE_POINTS), "rule": "low_price_first"},
        "criteria": [{"id": f"c{i}", "points": str(w)} for i, w in enumerate(WEIGHTS)],
        "bids": [
            {
                "bidder": f"b{i}",
                "price": str(price),
                "scores": {f"c{j}": [str(row[j]) for row in rows] for j in range(FACTORS)},
            }
            for i, (price, rows) in enumerate(zip(decimal_prices, decimal_sheets, strict=True))
        ],
    }
    text = json.dumps(case)
    scored = score(scheme, bids)

    expected = by_decimal(decimal_prices, decimal_sheets)
    answer = score_case(case)["bids"]
    if not (
        expected
        == by_integers(prices, sheets)
        == seen(scored)
        == [(int(Decimal(b["total"]) * 100), b["rank"]) for b in answer]
    ):
        raise SystemExit("the forms disagree")

    forms: dict[str, Callable[[], object]] = {
        "bare Decimal, unchecked": lambda: by_decimal(decimal_prices, decimal_sheets),
        "bare integers, unchecked": lambda: by_integers(prices, sheets),
        "kernel: score (marks, objective factors, low bids checked)": lambda: score(scheme, bids),
        "kernel: score_case from JSON values": lambda: score_case(case),
        "json.loads of the same case": lambda: json.loads(text),
    }
    times: dict[str, list[float]] = {name: [] for name in forms}
    for _ in range(arguments.rounds):
        for name, work in forms.items():
            times[name].append(clocked(work))

    unit = statistics.median(times["bare Decimal, unchecked"])
    print(f"{arguments.bids} bids x {MEMBERS} members x {FACTORS} factors")
    print("| form | median CPU ms | min | max | x Decimal |")
    print("|---|---|---|---|---|")
    for name, values in times.items():
        median = statistics.median(values)
        print(
            f"| {name} | {median:.2f} | {min(values):.2f} | {max(values):.2f} "
            f"| {median / unit:.2f} |"
        )
    kernel = statistics.median(times[next(n for n in forms if n.startswith("kernel: score ("))])
    verdict = "met" if kernel <= TARGET * unit else "missed"
    print(f"all forms agree; target {TARGET} x Decimal {verdict}")


if __name__ == "__main__":
    main()
