"""The draw of the panel: a pure function of a recorded pool and a recorded seed.

Anybody can repeat it with the standard library: candidates stand in the order of
SHA-256(seed + ":" + id), and are taken from the front unless their employer is excluded or already
represented, or may be by its name: `procure.kernel.employers.may_mean`. R-COM-5, R-COM-12, R-COM-13; 财库〔2016〕198号.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

from procure.kernel.employers import may_mean
from procure.kernel.events import canonical, plain
from procure.kernel.text import key

SAME_EMPLOYER = "与已抽取的专家同一单位"
EXCLUDED_EMPLOYER = "所在单位是采购人或投标人"
LIKE_EXCLUDED = "单位名称可能与供应商或采购人相同"
LIKE_SEATED = "单位名称可能与已抽取的专家的单位相同"
ALREADY_DRAWN = "已在本次评审中抽取过"
ACCOUNT_CLOSED = "账号已停用"
ORGANISATION_CLOSED = "所属的专家库已停用"
NO_LONGER_EXPERT = "不再担任评审专家"


@dataclass(frozen=True)
class Candidate:
    """An expert as the pool knew them at the draw."""

    id: str
    name: str
    employer: str
    speciality: str


@dataclass(frozen=True)
class Skipped:
    """A candidate passed over, with the reason in words."""

    id: str
    reason: str


@dataclass(frozen=True)
class Drawn:
    """The outcome of a draw: who was taken, in order, and who was passed over and why."""

    chosen: tuple[Candidate, ...]
    skipped: tuple[Skipped, ...]


def pool_digest(pool: Sequence[Candidate]) -> str:
    """SHA-256 of the pool as canonical JSON, candidates by id."""
    listed = [asdict(candidate) for candidate in sorted(pool, key=lambda one: one.id)]
    return hashlib.sha256(canonical(plain({"pool": listed})).encode()).hexdigest()


def order_of(pool: Sequence[Candidate], seed: str) -> list[Candidate]:
    """The pool in the order of the draw; the order in which it is given does not matter."""
    return sorted(
        pool, key=lambda one: (hashlib.sha256(f"{seed}:{one.id}".encode()).hexdigest(), one.id)
    )


def draw(
    pool: Sequence[Candidate],
    seed: str,
    count: int,
    *,
    excluded_employers: Collection[str] = (),
    used_ids: Collection[str] = (),
    seated_employers: Collection[str] = (),
    unavailable: Mapping[str, str] = MappingProxyType({}),
) -> Drawn:
    """Take `count` candidates, or as many as there are.

    `used_ids` were drawn before in the same review; `seated_employers` are those of members who
    still sit; `unavailable` gives the reason why a candidate cannot be taken any more. A replacement
    is the same draw with these filled in.
    """
    excluded = {key(name) for name in excluded_employers}
    seated = [name for name in seated_employers if key(name)]
    chosen: list[Candidate] = []
    skipped: list[Skipped] = []
    for candidate in order_of(pool, seed):
        if len(chosen) == count:
            break
        employer = key(candidate.employer)
        if candidate.id in used_ids:
            skipped.append(Skipped(candidate.id, ALREADY_DRAWN))
        elif candidate.id in unavailable:
            skipped.append(Skipped(candidate.id, unavailable[candidate.id]))
        elif employer and employer in excluded:
            skipped.append(Skipped(candidate.id, EXCLUDED_EMPLOYER))
        elif any(may_mean(candidate.employer, name) for name in excluded_employers):
            skipped.append(Skipped(candidate.id, LIKE_EXCLUDED))
        elif employer and employer in map(key, seated):
            skipped.append(Skipped(candidate.id, SAME_EMPLOYER))
        elif any(may_mean(candidate.employer, name) for name in seated):
            skipped.append(Skipped(candidate.id, LIKE_SEATED))
        else:
            chosen.append(candidate)
            if employer:
                seated.append(candidate.employer)
    return Drawn(tuple(chosen), tuple(skipped))


def record(pool: Sequence[Candidate], seed: str, excluded: Collection[str]) -> dict[str, Any]:
    """What is kept so that the draw can be repeated by anybody."""
    return {
        "method": "sha256(seed:id)",
        "seed": seed,
        "pool": [asdict(candidate) for candidate in sorted(pool, key=lambda one: one.id)],
        "pool_sha256": pool_digest(pool),
        "excluded_employers": sorted(excluded),
    }


def pool_of(recorded: dict[str, Any]) -> list[Candidate]:
    """The pool as recorded."""
    return [Candidate(**said) for said in recorded["pool"]]
