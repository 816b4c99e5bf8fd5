"""Who registers budgets."""

import pytest

from procure.kernel.access import Actor, Level, OrganisationKind, Role
from procure.registers.accounts.models import Organisation
from procure.registers.funds.policies import may_register, may_register_line


def person(kind: OrganisationKind, *roles: Role) -> Actor:
    return Actor("u", "何志远", "o", "某单位", kind, Level.DISTRICT, frozenset(roles))


def organisation(kind: OrganisationKind, *, active: bool = True) -> Organisation:
    return Organisation(id="b", name="斗门区民政局", kind=kind, is_active=active)


@pytest.mark.parametrize("role", list(Role))
def test_may_register_is_the_budget_officers_alone(role: Role) -> None:
    actor = person(OrganisationKind.FINANCE, role)

    assert may_register(actor).ok == (role in (Role.BUDGET_OFFICER, Role.SYSTEM))


def test_may_register_line_needs_an_active_buyer_in_view() -> None:
    officer = person(OrganisationKind.FINANCE, Role.BUDGET_OFFICER)
    bureau = organisation(OrganisationKind.CIVIL_AFFAIRS_BUREAU)

    assert may_register_line(officer, bureau, in_view=True).ok
    assert "不由贵单位" in may_register_line(officer, bureau, in_view=False).reason
    closed = organisation(OrganisationKind.STREET_OFFICE, active=False)
    assert "不是购买主体" in may_register_line(officer, closed, in_view=True).reason
    supplier = organisation(OrganisationKind.SUPPLIER)
    assert not may_register_line(officer, supplier, in_view=True).ok
