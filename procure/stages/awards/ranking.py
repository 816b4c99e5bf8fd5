"""From opened bids and locked sheets to ranks: the scoring kernel, spoken to in this stage's terms.

Stored points are hundredths, the kernel's figures ten-thousandths; prices are fen here and yuan
there. Nothing is rounded on the way.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from procure.kernel.events import canonical, plain
from procure.kernel.scoring.bid import Bid as ScoredBid
from procure.kernel.scoring.deduction import Subject, allowed_deduction
from procure.kernel.scoring.notices import notices
from procure.kernel.scoring.score import Outcome, score
from procure.kernel.scoring.validity import Limits, Reason, limits, reasons
from procure.stages.awards.models import BidCheck, PanelMember, Score
from procure.stages.bids.check import subject_of
from procure.stages.bids.models import OpenedBid
from procure.stages.bids.queries import OpenedRow
from procure.stages.tenders.models import Tender, TenderCriterion
from procure.stages.tenders.scheme import scheme_of, yuan_of

HUNDREDTH = 100
"""Ten-thousandths of a point in one stored hundredth."""

TIE_FLAG = "tie:drawn"
REASON_WORDS = {
    Reason.CEILING: "报价高于最高限价",
    Reason.FLOOR: "承诺工时少于采购文件要求的最低工时",
    Reason.DECLARED: "投标文件未能打开",
}

Marks = Mapping[tuple[str, str, str], int]
"""Hundredths of a point by (member, bid, factor)."""


@dataclass(frozen=True)
class Mismatch:
    """Two members who disagree on an objective factor of a bid (R-SC-9, V17)."""

    bid_id: str
    criterion_id: str
    other_member: str


@dataclass(frozen=True)
class Place:
    """How one bid came out: rank, points in hundredths, evaluated price in fen, flags."""

    bid_id: str
    rank: int | None
    price_points: int
    quality_points: int
    total_points: int
    evaluated_fen: int
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Ranking:
    """A scored review; `drawn` is the order of a draw among bids that shared a rank, `notices` what
    the panel must be told beside the figures.
    """

    outcome: Outcome
    places: tuple[Place, ...]
    drawn: tuple[str, ...]
    notices: tuple[str, ...]

    @property
    def void(self) -> str:
        """Why nobody is ranked, in words; empty when somebody is."""
        return self.outcome.void_words


def marks_of(scores: Sequence[Score]) -> dict[tuple[str, str, str], int]:
    """Stored scores as marks."""
    return {(row.member_id, row.bid_id, row.criterion_id): row.points for row in scores}


def broken_limits(
    tender: Tender, criteria: Sequence[TenderCriterion], opened: OpenedBid
) -> tuple[str, ...]:
    """Why a bid is invalid by its figures alone, in words; empty when it is not (O87 art 63)."""
    if opened.damaged or opened.price_fen is None:
        return (opened.damage or REASON_WORDS[Reason.DECLARED],)
    allowed: Limits = limits(scheme_of(tender, criteria).price)
    bid = _scored_bid(tender, opened, Decimal(0), True, ())
    return tuple(REASON_WORDS[reason] for reason in reasons(allowed, bid, bid.price))


def deduction_of(tender: Tender, row: OpenedRow) -> Decimal:
    """The price deduction this bidder gets, as a fraction (R-SME-1, R-SME-4, V23)."""
    rates = scheme_of(tender, ()).rates
    subject: Subject = subject_of(row.supplier.credit_code)
    if rates is None or not row.opened.claims_deduction:
        return Decimal(0)
    return allowed_deduction(subject, rates)


def rank(
    tender: Tender,
    criteria: Sequence[TenderCriterion],
    rows: Sequence[OpenedRow],
    checks: Mapping[str, BidCheck],
    members: Sequence[PanelMember],
    marks: Marks,
    seed: str,
) -> Ranking:
    """Score and rank. Raises BrokenRule when a sheet is not whole or objective marks differ.

    A shared rank is settled by a draw that the seed for ties decides (R-AWD-3).
    """
    bids = [
        _scored_bid(
            tender,
            row.opened,
            deduction_of(tender, row),
            is_valid(checks[row.bid_id]),
            _sheets(row.bid_id, criteria, members, marks) if is_valid(checks[row.bid_id]) else (),
        )
        for row in rows
    ]
    outcome = score(scheme_of(tender, criteria), bids)
    order = _draw_order(outcome, seed)
    names = {row.bid_id: row.supplier.name for row in rows}
    names |= {criterion.id: criterion.name for criterion in criteria}
    return Ranking(
        outcome, tuple(_places(outcome, order)), tuple(order), tuple(_named(outcome, names))
    )


def is_valid(check: BidCheck) -> bool:
    """Whether a bid takes part in scoring."""
    return check.qualified and check.conforms


def mismatches(
    criteria: Sequence[TenderCriterion],
    bid_ids: Sequence[str],
    member_id: str,
    others: Sequence[str],
    marks: Marks,
) -> list[Mismatch]:
    """Objective factors on which the member's mark differs from what another member has saved."""
    found: list[Mismatch] = []
    for bid_id in bid_ids:
        for criterion in criteria:
            own = marks.get((member_id, bid_id, criterion.id))
            if not criterion.objective or own is None:
                continue
            found.extend(
                Mismatch(bid_id, criterion.id, other)
                for other in others
                if marks.get((other, bid_id, criterion.id), own) != own
            )
    return found


def sheet_digest(member_id: str, marks: Marks) -> str:
    """SHA-256 of a member's whole sheet in canonical form."""
    sheet = sorted([*key[1:], points] for key, points in marks.items() if key[0] == member_id)
    return hashlib.sha256(
        canonical(plain({"member": member_id, "sheet": sheet})).encode()
    ).hexdigest()


def sheet_version(scores: Iterable[Score]) -> int:
    """The number by which a form knows again the marks it was loaded with: at most nine digits."""
    sheet = sorted([row.criterion_id, row.points, row.reason] for row in scores)
    digest = hashlib.sha256(canonical(plain({"sheet": sheet})).encode()).hexdigest()
    return int(digest, 16) % 10**9


def _scored_bid(
    tender: Tender,
    opened: OpenedBid,
    deduction: Decimal,
    conforms: bool,
    sheets: tuple[tuple[int, ...], ...],
) -> ScoredBid:
    bid = ScoredBid.of(
        scheme_of(tender, ()),
        opened.bid_id,
        price=None if opened.price_fen is None else yuan_of(opened.price_fen),
        hours=None if opened.hours is None else Decimal(opened.hours),
        deduction=deduction,
        conforms=conforms and not opened.damaged,
    )
    return ScoredBid(
        bid.bidder, bid.price, bid.hours, bid.deduction, bid.conforms, sheets, bid.unit_prices
    )


def _sheets(
    bid_id: str,
    criteria: Sequence[TenderCriterion],
    members: Sequence[PanelMember],
    marks: Marks,
) -> tuple[tuple[int, ...], ...]:
    return tuple(
        tuple(marks[member.id, bid_id, criterion.id] * HUNDREDTH for criterion in criteria)
        for member in members
    )


def _named(outcome: Outcome, names: Mapping[str, str]) -> list[str]:
    """The kernel's sentences with people's names in place of ids."""
    said = []
    for sentence in notices(outcome):
        for ident, name in names.items():
            sentence = sentence.replace(ident, name)  # noqa: PLW2901 - one sentence, all names
        said.append(sentence)
    return said


def tie_lot(seed: str, bid_id: str) -> str:
    """The lot of a bid that shares a rank: the lower one comes first."""
    return hashlib.sha256(f"{seed}:tie:{bid_id}".encode()).hexdigest()


def _draw_order(outcome: Outcome, seed: str) -> list[str]:
    """The bids that share a rank, in the order of the draw."""
    ranks = [standing.rank for standing in outcome.standings if standing.rank is not None]
    shared = [
        standing
        for standing in outcome.standings
        if standing.rank is not None and ranks.count(standing.rank) > 1
    ]

    shared.sort(key=lambda standing: (standing.rank or 0, tie_lot(seed, standing.bidder)))
    return [standing.bidder for standing in shared]


def _places(outcome: Outcome, drawn: Sequence[str]) -> list[Place]:
    places = []
    for standing in outcome.standings:
        rank_now = standing.rank
        flags = standing.flags
        if standing.bidder in drawn and rank_now is not None:
            same = [
                one.bidder
                for one in outcome.standings
                if one.rank == rank_now and one.bidder in drawn
            ]
            rank_now += sorted(same, key=drawn.index).index(standing.bidder)
            flags = (*flags, TIE_FLAG)
        total, price = standing.total or 0, standing.price_score or 0
        places.append(
            Place(
                standing.bidder,
                rank_now,
                price,
                total - price,
                total,
                _fen(standing.evaluated),
                flags,
            )
        )
    return places


def _fen(evaluated: int | None) -> int:
    """An evaluated price (10^-8 yuan) in fen, rounded half up; for showing only."""
    return 0 if evaluated is None else (evaluated + 500_000) // 1_000_000
