"""Failed tries as the audit administrator reads them: told in the trail, with an alarm in masses."""

from dataclasses import dataclass
from datetime import datetime

from procure.kernel.addresses import network_of
from procure.kernel.records import read_as
from procure.registers.accounts import events, throttle, watch
from procure.registers.accounts.queries import failed_tries, tally_of, told_of_nobody, was_told
from procure.store.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Failure:
    """A try that failed or had to wait: on what, by which proof, from where.

    `account` is the keyed digest under which tries are counted; `user_id` and `person` are empty
    where the name typed is nobody's. `way` says in words which proof was wrong, `closed` what of
    the account is closed. `is_in` of somebody who is signed in and was asked once more.
    """

    account: str
    user_id: str
    person: str
    way: str
    address: str
    at: datetime
    closed: str = ""
    is_in: bool = False

    @property
    def subject_id(self) -> str:
        """Whom it is about, or what stands for a name that is nobody's."""
        return self.user_id or self.account


def report_failure(uow: UnitOfWork, failure: Failure) -> None:
    """Tell of a try that failed, when it is among the first, and of a mass, once."""
    tally = _tally(uow, failure)
    kind = events.OwnProofFailed if failure.is_in else events.SignInFailed
    is_told = watch.is_told(tally, failure.user_id)
    first = [read_as(kind, failure)] if is_told else []
    _tell(uow, failure, [*first, *_masses(uow, failure, tally)])


def report_mass(uow: UnitOfWork, failure: Failure) -> None:
    """Tell, once, that tries mass; nothing of this one, whatever was right or wrong about it."""
    _tell(uow, failure, _masses(uow, failure, _tally(uow, failure)))


def report_slowed(uow: UnitOfWork, failure: Failure, *, by_network: bool) -> None:
    """Tell that a try had to wait: once an hour for an account, and once for a network."""
    gate = network_of(failure.address) if by_network else failure.subject_id
    kind = events.OwnProofSlowed if failure.is_in else events.SignInSlowed
    _tell(uow, failure, [read_as(kind, failure, subject_id=gate, by_network=by_network)])


def _tally(uow: UnitOfWork, failure: Failure) -> watch.Tally:
    return tally_of(uow.session, failure.account, network_of(failure.address), failure.at)


def _masses(uow: UnitOfWork, failure: Failure, tally: watch.Tally) -> list[events.SignInEvent]:
    return [_massed(uow, failure, subject) for subject in watch.masses(tally, failure.user_id)]


def _tell(uow: UnitOfWork, failure: Failure, found: list[events.SignInEvent]) -> None:
    """Emit what was not yet told within the hour, as far as the hour has room for it.

    What is about an existing account always has: of it no more is told than its own few.

    The chain is held while it is read, so that of two tries at once one tells.
    """
    if not found:
        return
    uow.head_of(events.SignInEvent.STREAM)
    since = uow.now - throttle.WINDOW
    of_nobody = told_of_nobody(uow.session, since, watch.MOST_TOLD)
    for one in found:
        is_first = isinstance(one, events.SignInFailed) or not was_told(
            uow.session, one.name, one.subject_id, since
        )
        is_own = one.subject_id == failure.user_id or isinstance(one, events.SignInsMassed)
        if is_first and (is_own or of_nobody < watch.MOST_TOLD):
            uow.emit(one)


def _massed(uow: UnitOfWork, failure: Failure, subject: str) -> events.SignInsMassed:
    """What the alarm says: of the whole platform, or of one account."""
    counted = failed_tries(
        uow.session,
        failure.at - throttle.WINDOW,
        account=None if subject == watch.PLATFORM else failure.account,
    )
    return read_as(
        events.SignInsMassed,
        failure,
        subject_id=subject,
        person="" if subject == watch.PLATFORM else failure.person,
        tries=counted.tries,
        names=counted.accounts,
        addresses=counted.addresses,
    )
