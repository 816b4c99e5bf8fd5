"""What waits for a second person ends with the account it was asked for."""

from collections.abc import Collection

from procure.registers.accounts import events
from procure.registers.accounts.models import IS_ASKED, CredentialReset, RoleGrant, User
from procure.store.holding import hold_all
from procure.store.proposals import withdraw
from procure.store.unit_of_work import UnitOfWork

ENDED = "账号停用，申请同时终止"


def end_requests_for(uow: UnitOfWork, people: Collection[User]) -> None:
    """End the roles and resets asked for these people and not yet decided.

    Whoever opens the account again asks anew: an application that slept through a closing would be
    granted to somebody whom nobody has looked at since.
    """
    by_id = {person.id: person for person in people}
    for grant in hold_all(
        uow.session,
        RoleGrant,
        RoleGrant.user_id.in_(by_id),
        IS_ASKED,
    ):
        grant.revoked_by, grant.revoked_at = uow.actor.user_id, uow.now
        grant.reason = ENDED
        person = by_id[grant.user_id]
        uow.emit(
            events.RoleRequestEnded(**person.told, grant_id=grant.id, role=grant.role, reason=ENDED)
        )
    for reset in hold_all(
        uow.session,
        CredentialReset,
        CredentialReset.user_id.in_(by_id),
        CredentialReset.decided_at.is_(None),
    ):
        # Nobody decided it: who closes the account may be who asked.
        withdraw(uow, reset)
        person = by_id[reset.user_id]
        uow.emit(events.ResetEnded(**person.told, reset_id=reset.id, reason=ENDED))
