"""People of each office for tests of policies; every person here is invented."""

from procure.kernel.access import Actor, Level, OrganisationKind, Role

BUYER, SUPPLIER, ASSESSOR = "buyer-1", "supplier-1", "assessor-1"
_PLACES = {
    Role.CATALOGUE_KEEPER: ("city-1", OrganisationKind.CIVIL_AFFAIRS_BUREAU),
    Role.CLERK: (BUYER, OrganisationKind.CIVIL_AFFAIRS_BUREAU),
    Role.APPROVER: (BUYER, OrganisationKind.CIVIL_AFFAIRS_BUREAU),
    Role.ACCEPTER: (BUYER, OrganisationKind.CIVIL_AFFAIRS_BUREAU),
    Role.BUDGET_OFFICER: ("finance-1", OrganisationKind.FINANCE),
    Role.TREASURER: ("finance-1", OrganisationKind.FINANCE),
    Role.EXPERT: ("pool-1", OrganisationKind.EXPERT_POOL),
    Role.SUPPLIER_MEMBER: (SUPPLIER, OrganisationKind.SUPPLIER),
    Role.SUPPLIER_SIGNATORY: (SUPPLIER, OrganisationKind.SUPPLIER),
    Role.EVALUATOR: (ASSESSOR, OrganisationKind.ASSESSOR),
    Role.LEAD_EVALUATOR: (ASSESSOR, OrganisationKind.ASSESSOR),
    Role.AUDITOR: ("audit-1", OrganisationKind.AUDIT),
    Role.SYSTEM_ADMIN: ("platform-1", OrganisationKind.PLATFORM),
    Role.SECURITY_ADMIN: ("platform-1", OrganisationKind.PLATFORM),
    Role.AUDIT_ADMIN: ("platform-1", OrganisationKind.PLATFORM),
}
OFFICES = tuple(_PLACES)


def person_with(role: Role, organisation_id: str = "", user_id: str = "") -> Actor:
    """Somebody who holds one role, in the organisation of the case unless told otherwise."""
    place, kind = _PLACES[role]
    own = organisation_id or place
    return Actor(
        user_id=user_id or f"user-{role}",
        name="陈晓岚",
        organisation_id=own,
        organisation_name="某单位",
        organisation_kind=kind,
        level=Level.DISTRICT,
        roles=frozenset({role}),
        scope=frozenset({own}),
    )
