"""What a bidder offered and what the panel gave: the input of scoring."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from procure.kernel.scoring.figures import scaled
from procure.kernel.scoring.rules import BrokenRule, in_procedure
from procure.kernel.scoring.scheme import Procedure, Scheme

Marks = Decimal | Sequence[Decimal]
"""One figure (already averaged) or one per panel member."""


@dataclass(frozen=True, slots=True)
class Bid:
    """One bid, all figures in ten-thousandths (see `figures`).

    `price` is the quoted price, which the contract keeps; `hours` the promised hours; `deduction`
    the policy deduction taken, as a fraction (0 when none or declined); `unit_prices` by line.
    `conforms` is false when qualification or conformity check threw the bid out. `sheets` holds
    one row per panel member, each with one mark per criterion in the order of the scheme.
    """

    bidder: str
    price: int | None = None
    hours: int | None = None
    deduction: int = 0
    conforms: bool = True
    sheets: tuple[tuple[int, ...], ...] = ()
    unit_prices: tuple[tuple[str, int], ...] = ()

    @classmethod
    def of(
        cls,
        scheme: Scheme,
        bidder: str,
        *,
        price: Decimal | None = None,
        hours: Decimal | None = None,
        deduction: Decimal = Decimal(0),
        conforms: bool = True,
        scores: Mapping[str, Marks] | None = None,
        unit_prices: Mapping[str, Decimal] | None = None,
    ) -> "Bid":
        """A bid from Decimals: yuan (or percent), hours, a fraction, points by criterion id.

        Raises Invalid when a criterion has no score or members differ in number, ValueError when a
        figure has more than 4 places.
        """
        given = {
            key: scaled(marks) if isinstance(marks, Decimal) else tuple(map(scaled, marks))
            for key, marks in (scores or {}).items()
        }
        return cls(
            bidder=bidder,
            price=None if price is None else scaled(price),
            hours=None if hours is None else scaled(hours),
            deduction=scaled(deduction),
            conforms=conforms,
            sheets=sheets_of(scheme, f"bids[{bidder}]", given) if given else (),
            unit_prices=tuple((k, scaled(v)) for k, v in (unit_prices or {}).items()),
        )


def sheets_of(
    scheme: Scheme, where: str, scores: Mapping[str, int | tuple[int, ...]]
) -> tuple[tuple[int, ...], ...]:
    """One row of marks per member from marks by criterion, all in ten-thousandths.

    A single figure stands for every member, for the mean of equal marks is that mark.
    Raises BrokenRule, naming `where`.scores, when a criterion is missing or unknown or the members
    differ in number.
    """
    known = {criterion.id for criterion in scheme.criteria}
    for key in scores:
        if key not in known:
            raise BrokenRule(
                f"{where}.scores.{key}", "F-KEY", "评分因素不在评分办法中。", "核对评分因素编号。"
            )
    for criterion in scheme.criteria:
        if criterion.id not in scores:
            raise BrokenRule(
                f"{where}.scores.{criterion.id}",
                "F-KEY",
                "缺少这一评分因素的得分。",
                "补上评审小组对这一因素的评分。",
            )
    sizes = {len(marks) for marks in scores.values() if isinstance(marks, tuple)}
    if len(sizes) > 1 or 0 in sizes:
        talks = scheme.procedure is Procedure.CONSULTATION
        raise BrokenRule(
            f"{where}.scores",
            in_procedure("R-SC-9", consultation=talks),
            "各评分因素的评分人数不一致。",
            "每个评分因素都应有评审小组全体成员的评分。",
        )
    members = sizes.pop() if sizes else 1
    columns = []
    for criterion in scheme.criteria:
        marks = scores[criterion.id]
        columns.append(marks if isinstance(marks, tuple) else (marks,) * members)
    return tuple(zip(*columns, strict=True))
