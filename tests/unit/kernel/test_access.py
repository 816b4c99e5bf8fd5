"""Roles and what they carry: deny by default, 三员 apart, incompatible duties apart."""

from itertools import combinations

import pytest

from procure.kernel.access import (
    PERMISSIONS_BY_ROLE,
    ROLES_BY_KIND,
    SYSTEM_ACTOR,
    THREE_ADMINS,
    VISITOR,
    Actor,
    OrganisationKind,
    Permission,
    Role,
    refusal_of_roles,
    role_words,
)
from procure.kernel.errors import Denied

HUMAN = [role for role in Role if role is not Role.SYSTEM]


def person(*roles: Role, kind: OrganisationKind = OrganisationKind.PLATFORM) -> Actor:
    return Actor("u", "某人", "o", "某单位", kind, None, frozenset(roles))


def test_every_role_and_kind_has_words() -> None:
    assert set(Role) == set(PERMISSIONS_BY_ROLE)
    assert set(OrganisationKind) == set(ROLES_BY_KIND)


def test_visitor_may_only_what_is_public() -> None:
    assert VISITOR.permissions == {Permission.PUBLIC}
    assert not VISITOR.is_signed_in


@pytest.mark.parametrize("role", HUMAN)
def test_role_carries_what_the_map_says_and_nothing_more(role: Role) -> None:
    actor = person(role)
    for permission in Permission:
        expected = permission in PERMISSIONS_BY_ROLE[role] or permission in (
            Permission.PUBLIC,
            Permission.SIGNED_IN,
        )
        assert actor.may(permission) is expected
        if expected:
            actor.require(permission)
        else:
            with pytest.raises(Denied) as refusal:
                actor.require(permission)
            assert role_words(permission) in (refusal.value.remedy or "")


def test_system_may_everything_that_people_may() -> None:
    assert all(SYSTEM_ACTOR.may(permission) for permission in Permission)


@pytest.mark.parametrize("pair", list(combinations(sorted(THREE_ADMINS), 2)))
def test_two_administrators_in_one_person_are_refused(pair: tuple[Role, Role]) -> None:
    assert "三员分立" in (refusal_of_roles(OrganisationKind.PLATFORM, pair) or "")


@pytest.mark.parametrize("admin", sorted(THREE_ADMINS))
@pytest.mark.parametrize("kind", list(OrganisationKind))
def test_administrator_outside_the_platform_is_refused(admin: Role, kind: OrganisationKind) -> None:
    refused = refusal_of_roles(kind, {admin})
    assert (refused is None) == (kind is OrganisationKind.PLATFORM)


@pytest.mark.parametrize("kind", list(OrganisationKind))
def test_role_foreign_to_the_organisation_is_refused(kind: OrganisationKind) -> None:
    for role in HUMAN:
        assert (refusal_of_roles(kind, {role}) is None) == (role in ROLES_BY_KIND[kind])


@pytest.mark.parametrize(
    ("kind", "pair"),
    [
        (OrganisationKind.STREET_OFFICE, {Role.CLERK, Role.APPROVER}),
        (OrganisationKind.CIVIL_AFFAIRS_BUREAU, {Role.APPROVER, Role.ACCEPTER}),
        (OrganisationKind.DEPARTMENT, {Role.CLERK, Role.ACCEPTER}),
        (OrganisationKind.FINANCE, {Role.BUDGET_OFFICER, Role.TREASURER}),
    ],
)
def test_incompatible_duties_in_one_person_are_refused(
    kind: OrganisationKind, pair: set[Role]
) -> None:
    assert refusal_of_roles(kind, pair)


def test_supplier_member_who_also_signs_is_allowed() -> None:
    both = {Role.SUPPLIER_MEMBER, Role.SUPPLIER_SIGNATORY}
    assert refusal_of_roles(OrganisationKind.SUPPLIER, both) is None


def test_no_business_role_carries_an_administrators_permission() -> None:
    admin = frozenset[Permission]().union(*(PERMISSIONS_BY_ROLE[role] for role in THREE_ADMINS))
    for role in set(HUMAN) - THREE_ADMINS:
        assert not PERMISSIONS_BY_ROLE[role] & admin
