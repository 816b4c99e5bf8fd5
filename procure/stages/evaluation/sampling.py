"""Random samples that anybody can draw again: the order of SHA-256(seed + ":" + id).

The seed comes from the system's source of randomness and is recorded with the digest of the
population, so nobody can choose who is in the sample and everybody can check it.
"""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from procure.kernel.events import Json, canonical

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
