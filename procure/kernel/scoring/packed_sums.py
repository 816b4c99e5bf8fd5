"""Adding up score sheets many factors at a time: one big integer holds a whole sheet.

Each mark sits in a lane of 32 bits. Adding two sheets adds every lane; comparing with the points
of the factors looks at one spare bit per lane. This does what a loop over marks does, checks
included, in about the time that the bare sums of a loop take (measured by bench/scoring.py).
"""

from collections.abc import Sequence
from struct import Struct, error

LANE_BITS = 32
SPARE_BIT = 1 << (LANE_BITS - 1)


class PackedSums:
    """Sums for sheets of one scheme. `points` are the most each mark may be, in ten-thousandths,
    `objective` the positions on which all members must agree.

    Points are at most 100 and members at most some hundreds, so that no sum reaches the spare bit.
    """

    def __init__(self, points: Sequence[int], objective: Sequence[int]) -> None:
        self._row = Struct(f"<{len(points)}I")
        self._spare = self._packed([SPARE_BIT] * len(points))
        self._ceiling = self._packed(points) | self._spare
        agreed = [0] * len(points)
        for position in objective:
            agreed[position] = SPARE_BIT * 2 - 1
        self._agreed = self._packed(agreed)

    def sums(self, sheets: Sequence[Sequence[int]]) -> tuple[int, ...] | None:
        """The sum of every column; None when any mark is under 0 or over its points, a row has
        another length, or members differ on an objective factor."""
        try:
            rows = [self._packed(sheet) for sheet in sheets]
        except error:
            return None
        ceiling, first = self._ceiling, rows[0]
        total = used = differing = 0
        within = self._spare
        for row in rows:
            total += row
            used |= row
            # Where a mark exceeds its points, the subtraction borrows the lane's spare bit.
            within &= ceiling - row
        if self._agreed:
            for row in rows:
                differing |= row ^ first
        if used & self._spare or within != self._spare or differing & self._agreed:
            return None
        columns: tuple[int, ...] = self._row.unpack(total.to_bytes(self._row.size, "little"))
        return columns

    def _packed(self, marks: Sequence[int]) -> int:
        return int.from_bytes(self._row.pack(*marks), "little")
