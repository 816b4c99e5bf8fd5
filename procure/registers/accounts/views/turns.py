"""Turns at proving who one is: counted before the proof is looked at, told when it was wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from procure.kernel.errors import Invalid
from procure.registers.accounts import throttle, use_cases
from procure.registers.accounts.queries import Credentials
from procure.registers.accounts.views.blueprint import device, lane, visit
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import unit_of_work, wall_now


class Proof(StrEnum):
    """What is given as proof; each is counted by itself."""

    PASSWORD = "password"  # noqa: S105 - the name of a kind, no secret
    CODE = "code"
    BOTH = "both"


WAYS = {Proof.PASSWORD: "密码", Proof.CODE: "动态口令", Proof.BOTH: "密码和动态口令"}


@dataclass(frozen=True)
class Claim:
    """Somebody says they are this person: by name, with whoever bears it, if anybody does."""

    name: str
    user_id: str = ""
    person: str = ""
    has_no_factor: bool = False
    from_outside: bool = True

    @classmethod
    def of(cls, username: str, found: Credentials | None) -> "Claim":
        """Whoever typed this name."""
        if found is None:
            return cls(username)
        return cls(username, found.user_id, found.name, not found.has_factor)

    @classmethod
    def within(cls, name: str, user_id: str, person: str) -> "Claim":
        """Somebody who has proved something already, and is asked for one more proof."""
        return cls(name, user_id, person, from_outside=False)


def take_turn(proof: Proof, claim: Claim) -> use_cases.Turn:
    """Count this try, durably, before the proof is looked at; raises TooManyTries."""
    try:
        with unit_of_work(technical=True) as uow:
            return use_cases.take_turn(
                uow,
                use_cases.TakeTurn(
                    lane(proof, claim.name),
                    device(),
                    visit().address,
                    wall_now(),
                    claim.has_no_factor,
                    claim.from_outside,
                ),
            )
    except throttle.TooManyTries as refusal:
        by_network = isinstance(refusal, throttle.NetworkCrowded)
        _report(
            proof, claim, lambda uow, it: use_cases.report_slowed(uow, it, by_network=by_network)
        )
        raise


@contextmanager
def told_when_wrong(proof: Proof, claim: Claim, *, is_counted: bool = True) -> Iterator[None]:
    """Tell the audit administrator of a proof that is found wrong within."""
    try:
        yield
    except Invalid as refusal:
        if isinstance(refusal, use_cases.WrongProof):
            _report(
                proof,
                claim,
                lambda uow, it: use_cases.report_failure(uow, it, is_counted=is_counted),
            )
        raise


def _report(
    proof: Proof, claim: Claim, report: Callable[[UnitOfWork, use_cases.Failure], None]
) -> None:
    failure = use_cases.Failure(
        account=lane(proof, claim.name),
        user_id=claim.user_id,
        person=claim.person,
        way=WAYS[proof],
        address=visit().address,
        at=wall_now(),
    )
    with unit_of_work(technical=True) as uow:
        report(uow, failure)
