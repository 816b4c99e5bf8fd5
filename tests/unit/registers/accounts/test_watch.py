"""The trail tells of the first failures and of masses, however many there are."""

from procure.registers.accounts import watch
from procure.registers.accounts.watch import Tally


def test_first_failures_are_told_by_account_and_by_network() -> None:
    assert watch.is_told(Tally(watch.TOLD_ON_ACCOUNT, watch.TOLD_FROM_NETWORK, 999))
    assert not watch.is_told(Tally(watch.TOLD_ON_ACCOUNT + 1, 1, 1))
    assert not watch.is_told(Tally(1, watch.TOLD_FROM_NETWORK + 1, 1))


def test_existing_account_is_told_of_from_whatever_network() -> None:
    assert watch.is_told(Tally(watch.TOLD_ON_ACCOUNT, watch.TOLD_FROM_NETWORK + 1, 999), "person")
    assert not watch.is_told(Tally(watch.TOLD_ON_ACCOUNT + 1, 1, 1), "person")


def test_mass_is_on_the_platform_or_on_somebody() -> None:
    everywhere, on_one = Tally(1, 1, watch.MASS), Tally(watch.MASS_ON_ACCOUNT, 1, 1)

    assert watch.masses(Tally(1, 1, watch.MASS - 1), "person") == ()
    assert watch.masses(everywhere, "person") == (watch.PLATFORM,)
    assert watch.masses(on_one, "person") == ("person",)
    assert watch.masses(on_one, None) == ()
