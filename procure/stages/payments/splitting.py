"""What each level of government pays of each instalment (R-SH-1). Pure.

Every instalment is split by the contract's weights; the last one takes what is left, so that over
all instalments each level pays exactly its share of the contract and no fen is lost or made.
"""

from collections.abc import Mapping, Sequence

from procure.kernel.access import Level
from procure.kernel.money import Money
from procure.registers.funds.queries import split_within
from procure.stages.contracts.models import ContractShare


def split_deduction(parts: Mapping[Level, int], deduction_fen: int) -> Mapping[Level, int]:
    """How much of a deduction each level's part of an instalment bears, in proportion to it.

    Raises ValueError for more than the parts add up to.
    """
    if not deduction_fen:
        return {}
    levels = [level for level, fen in parts.items() if fen]
    split = Money(deduction_fen).split_by_ratio([parts[level] for level in levels])
    wanted = {level: part.fen for level, part in zip(levels, split, strict=True)}
    borne = split_within(wanted, parts)
    if borne is None:
        raise ValueError("a deduction is larger than what it is taken off")
    return borne


def spread_deduction(amounts: Sequence[int], deduction_fen: int) -> tuple[int, ...]:
    """How much of a deduction each instalment bears, the last one first; `amounts` are what may be
    taken off each, in fen. Raises ValueError for more than they add up to.
    """
    left = deduction_fen
    borne = []
    for amount in reversed(amounts):
        borne.append(min(left, amount))
        left -= borne[-1]
    if left:
        raise ValueError("a deduction is larger than what it is taken off")
    return tuple(reversed(borne))


def split_instalments(
    shares: Sequence[ContractShare], instalments: Sequence[int]
) -> tuple[Mapping[Level, int], ...]:
    """For each instalment in order, what each level pays of it, in fen.

    `shares` and `instalments` add up to the same amount; ValueError otherwise. What an instalment
    asks of a level beyond its share, which only rounding can, the other levels carry.
    """
    if sum(share.amount_fen for share in shares) != sum(instalments):
        raise ValueError("shares and instalments do not add up to the same amount")
    left = {share.level: share.amount_fen for share in shares}
    weights = [share.weight for share in shares]
    plan = []
    for at, amount in enumerate(instalments):
        if at == len(instalments) - 1:
            part: Mapping[Level, int] | None = dict(left)
        else:
            parts = Money(amount).split_by_ratio(weights)
            wanted = {s.level: p.fen for s, p in zip(shares, parts, strict=True)}
            part = split_within(wanted, left)
        if part is None:
            raise ValueError("an instalment is larger than what the levels have left")
        left = {level: fen - part[level] for level, fen in left.items()}
        plan.append(part)
    return tuple(plan)
