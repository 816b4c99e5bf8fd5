"""Turns at proving who one is: counted before the proof is looked at, told when it was wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from procure.kernel.errors import Invalid
from procure.kernel.labelled import LabelledEnum
from procure.kernel.records import read_as
from procure.registers.accounts import throttle
from procure.registers.accounts.queries import Credentials, find_closed
from procure.registers.accounts.use_cases import sign_in, watching
from procure.registers.accounts.views.blueprint import device, lane, visit
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import unit_of_work, wall_now


class Proof(LabelledEnum):
    """What is given as proof; a password is counted in one lane, alone or with a code."""

    PASSWORD = "password", "密码"
    CODE = "code", "动态口令"
    BOTH = "both", "密码和动态口令"


@dataclass(frozen=True)
class Claim:
    """Somebody says they are this person: by name, with whoever bears it, if anybody does."""

    name: str
    user_id: str = ""
    person: str = ""
    has_no_factor: bool = False
    from_outside: bool = True
    is_in: bool = False
    is_counted: bool = True
    in_network: bool = True

    @classmethod
    def of(cls, username: str, found: Credentials | None) -> "Claim":
        """Whoever typed this name."""
        if found is None:
            return cls(username)
        return cls(username, found.user_id, found.name, not found.has_factor)

    @classmethod
    def within(cls, name: str, user_id: str, person: str, *, is_in: bool) -> "Claim":
        """Somebody who has proved something already, and is asked for one more proof.

        `is_in` of somebody whose sign-in is complete.
        """
        return cls(name, user_id, person, from_outside=False, is_in=is_in)

    def for_code(self, *, is_counted: bool) -> "Claim":
        """The same person's lane of codes, for a code that comes together with the password.

        Nothing of it shows in what the network is told, or that would tell which proof was right.
        """
        return Claim(
            self.user_id or self.name,
            self.user_id,
            self.person,
            from_outside=False,
            is_counted=is_counted,
            in_network=False,
        )


def _lane(proof: Proof, claim: Claim) -> str:
    counted = Proof.PASSWORD if proof is Proof.BOTH else proof
    return lane(counted, claim.name)


def take_turn(proof: Proof, claim: Claim) -> sign_in.Turn:
    """Count this try, durably, before the proof is answered; raises TooManyTries."""
    asked = read_as(
        sign_in.TakeTurn,
        claim,
        account=_lane(proof, claim),
        device=device(),
        address=visit().address,
        at=wall_now(),
    )
    try:
        with unit_of_work(technical=True) as uow:
            return sign_in.take_turn(uow, asked)
    except throttle.TooManyTries as refusal:
        by_network = isinstance(refusal, throttle.NetworkCrowded)
        _report(
            proof, claim, lambda uow, it: watching.report_slowed(uow, it, by_network=by_network)
        )
        raise


@contextmanager
def told_when_wrong(proof: Proof, claim: Claim) -> Iterator[None]:
    """Tell the audit administrator of a proof that is found wrong within.

    A password that had a turn is wrong also where it is answered as from a crowded network.
    """
    try:
        yield
    except (Invalid, throttle.NetworkCrowded) as refusal:
        is_crowded = isinstance(refusal, throttle.NetworkCrowded) and proof is Proof.PASSWORD
        if is_crowded or isinstance(refusal, sign_in.WrongProof):
            _report(proof, claim, watching.report_failure)
        raise


def tell_mass(proof: Proof, claim: Claim) -> None:
    """Tell the audit administrator when tries that found the gate shut mass behind it."""
    _report(proof, claim, watching.report_mass)


def _report(
    proof: Proof, claim: Claim, report: Callable[[UnitOfWork, watching.Failure], None]
) -> None:
    with unit_of_work(technical=True) as uow:
        # Asked for every name, so that the time tells nothing of which are closed.
        gone = find_closed(uow.session, claim.name)
        failure = watching.Failure(
            account=_lane(proof, claim),
            user_id=gone.user_id if gone else claim.user_id,
            person=gone.person if gone else claim.person,
            way=proof.label,
            address=visit().address,
            at=wall_now(),
            closed=gone.closed if gone else "",
            is_in=claim.is_in,
        )
        report(uow, failure)
