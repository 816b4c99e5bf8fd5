"""Who sits at which desk: the active people, their offices, and how organisations stand above one
another.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from procure.kernel.access import (
    BUYER_KINDS,
    Level,
    OrganisationKind,
    Permission,
    Role,
    roles_with,
)
from procure.registers.accounts.models import Organisation, RoleGrant, User


@dataclass(frozen=True)
class Desk:
    """Whose something is: an office of an organisation, one person, or the treasury of a buyer.

    `but` are people who may not take it up for what they did before (不相容岗位分离).
    """

    organisation_id: str | None
    permission: Permission
    user_id: str | None = None
    treasury_of: str | None = None
    but: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Place:
    """An organisation among the others."""

    parent_id: str | None
    kind: OrganisationKind
    level: Level | None


@dataclass(frozen=True)
class Staff:
    """The active people with their roles, and how organisations stand above one another."""

    active: frozenset[str]
    by_role: Mapping[tuple[str, Role], frozenset[str]] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)

    def at(self, desk: Desk) -> frozenset[str]:
        """The active people at a desk."""
        if desk.user_id is not None:
            return frozenset({desk.user_id}) & self.active
        roles = roles_with(desk.permission)
        if desk.treasury_of is not None:
            treasuries = self.treasuries_of(desk.treasury_of)
            return frozenset().union(*(self.holders(one, roles) for one in treasuries)) - desk.but
        return self.holders(desk.organisation_id, roles) - desk.but

    def places_of(self, desk: Desk) -> tuple[str, ...]:
        """The organisations in which a desk stands; none for a person's own."""
        if desk.treasury_of is not None:
            return self.treasuries_of(desk.treasury_of)
        known = desk.organisation_id is not None and desk.organisation_id in self.places
        return (str(desk.organisation_id),) if known else ()

    def at_any(self, desks: Iterable[Desk]) -> frozenset[str]:
        """The active people at one of the desks."""
        return frozenset().union(*(self.at(desk) for desk in desks))

    def holders(self, organisation_id: str | None, roles: Iterable[Role]) -> frozenset[str]:
        """The active people of an organisation who hold one of the roles."""
        return frozenset().union(
            *(self.by_role.get((organisation_id or "", role), frozenset()) for role in roles)
        )

    def everywhere(self, role: Role) -> frozenset[str]:
        """The active people who hold a role, in whatever organisation."""
        return frozenset().union(*(ids for (_, held), ids in self.by_role.items() if held is role))

    def above(self, organisation_id: str, roles: Iterable[Role]) -> frozenset[str]:
        """The holders of the roles in the nearest organisation above that has any."""
        wanted = tuple(roles)
        for parent in self._line(organisation_id):
            if found := self.holders(parent, wanted):
                return found
        return frozenset()

    def treasuries_of(self, buyer_id: str) -> tuple[str, ...]:
        """The finance departments that look after a buyer's money: those above it in the tree and,
        where the tree puts nobody below them, those of its level of government or higher (as
        `projects.queries.buyers_in_view`).
        """
        above = set(self._line(buyer_id))
        leading = {place.parent_id for place in self.places.values()}
        buyer = self.places.get(buyer_id)
        return tuple(
            sorted(
                ident
                for ident, place in self.places.items()
                if place.kind is OrganisationKind.FINANCE
                and (ident in above if ident in leading else _not_below(place, buyer))
            )
        )

    def _line(self, organisation_id: str) -> list[str]:
        """The organisations above, the nearest first."""
        line: list[str] = []
        place = self.places.get(organisation_id)
        while place is not None and place.parent_id is not None and place.parent_id not in line:
            line.append(place.parent_id)
            place = self.places.get(place.parent_id)
        return [one for one in line if one != organisation_id]


LEADERS: Mapping[OrganisationKind, tuple[Role, ...]] = {
    **dict.fromkeys(BUYER_KINDS, (Role.APPROVER,)),
    OrganisationKind.SUPPLIER: (Role.SUPPLIER_SIGNATORY,),
    OrganisationKind.ASSESSOR: (Role.LEAD_EVALUATOR,),
    OrganisationKind.FINANCE: (Role.BUDGET_OFFICER,),
}


def leaders_at(kind: OrganisationKind) -> tuple[Role, ...]:
    """Who is told when work lies undone in an organisation of this kind."""
    return LEADERS.get(kind, ())


def _not_below(place: Place, buyer: Place | None) -> bool:
    if place.level is None or buyer is None or buyer.level is None:
        return place.level is None
    order = list(Level)
    return order.index(place.level) <= order.index(buyer.level)


def staff(session: Session) -> Staff:
    """Who works where now; two statements. People of closed organisations count as gone."""
    granted: Any = aliased(RoleGrant)
    rows = session.execute(
        select(User.id, User.organisation_id, granted.role)
        .join(Organisation, Organisation.id == User.organisation_id)
        .outerjoin(
            granted,
            and_(
                granted.user_id == User.id,
                granted.granted_at.is_not(None),
                granted.revoked_at.is_(None),
            ),
        )
        .where(User.is_active, Organisation.is_active)
    )
    active: set[str] = set()
    by_role: dict[tuple[str, Role], set[str]] = {}
    for user_id, organisation_id, role in rows:
        active.add(user_id)
        if role is not None:
            by_role.setdefault((organisation_id, role), set()).add(user_id)
    places = session.execute(
        select(Organisation.id, Organisation.parent_id, Organisation.kind, Organisation.level)
    )
    return Staff(
        frozenset(active),
        {place: frozenset(ids) for place, ids in by_role.items()},
        {row.id: Place(row.parent_id, row.kind, row.level) for row in places},
    )
