"""Random samples that anybody can draw again: the order of SHA-256(seed + ":" + id).

The seed comes from the system's source of randomness and is recorded with the digest of the
population, so nobody can choose who is in the sample and everybody can check it.
"""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from procure.kernel.events import Json, canonical
from procure.stages.evaluation.models import SampleVerdict

METHOD = "sha256(seed:id)"
LEAST = 30
MOST = 384
ONE_IN = 10


@dataclass(frozen=True)
class Sample:
    """A drawn sample: who, out of how many, by which seed, over which population."""

    seed: str
    population: int
    population_sha256: str
    ids: tuple[str, ...]


def new_seed() -> str:
    """A seed of 128 bits from the system."""
    return secrets.token_hex(16)


def sample_size(population: int) -> int:
    """The size: max(min(N, 30), ceil(N / 10)), at most 384 (a choice of this platform)."""
    return min(MOST, max(min(population, LEAST), -(-population // ONE_IN)))


def population_digest(ids: Collection[str]) -> str:
    """SHA-256 of the sorted ids as canonical JSON."""
    return hashlib.sha256(canonical(list[Json](sorted(ids))).encode()).hexdigest()


def draw(ids: Collection[str], seed: str, count: int | None = None) -> Sample:
    """Take `count` of the ids (by default `sample_size`) in the seed's order."""
    size = sample_size(len(ids)) if count is None else count
    ordered = order_of(ids, seed)
    return Sample(seed, len(ids), population_digest(ids), tuple(ordered[:size]))


def order_of(ids: Collection[str], seed: str) -> Sequence[str]:
    """The ids in the order of the draw, however they are given."""
    return sorted(
        set(ids), key=lambda one: (hashlib.sha256(f"{seed}:{one}".encode()).hexdigest(), one)
    )


TRUE_ENOUGH = Fraction(95, 100)
"""From this share of true records on, those found untrue are the exception [design]."""


@dataclass(frozen=True)
class SampleResult:
    """What became of a sample: how many were drawn, and each judged one's target and verdict."""

    drawn: int
    judged: Sequence[tuple[str, SampleVerdict]]

    def count(self, verdict: SampleVerdict) -> int:
        """How many got this verdict."""
        return sum(one is verdict for _, one in self.judged)

    @property
    def is_looked_into(self) -> bool:
        """Whether anything at all was looked into."""
        return bool(self.judged)

    @property
    def open(self) -> int:
        """How many of those drawn have no verdict yet."""
        return self.drawn - len(self.judged)

    @property
    def has_doubt(self) -> bool:
        """Whether the rest of the records needs a conclusion: nothing seen, or not all true."""
        return self.count(SampleVerdict.TRUE) < max(1, len(self.judged))

    @property
    def true_share(self) -> Fraction:
        """The share of true records among those judged; one that cannot be verified is not true."""
        if not self.judged:
            return Fraction(1)
        return Fraction(self.count(SampleVerdict.TRUE), len(self.judged))

    @property
    def doubted_targets(self) -> frozenset[str]:
        """The targets of records found untrue."""
        return frozenset(what for what, one in self.judged if one is SampleVerdict.FALSE)
