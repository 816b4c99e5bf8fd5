"""What a sign-in lacks, when it ends, and which acts take two people."""

import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest

from procure.kernel.access import (
    ROLES_BY_KIND,
    SYSTEM_ACTOR,
    THREE_ADMINS,
    Actor,
    OrganisationKind,
    Role,
)
from procure.kernel.errors import Verdict
from procure.registers.accounts import policies
from procure.registers.accounts.models import CredentialReset, RoleGrant
from procure.registers.accounts.policies import Missing, Standing

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def _actor(user_id: str, *roles: Role) -> Actor:
    return Actor(user_id, "某", "o", "单位", OrganisationKind.PLATFORM, None, frozenset(roles))


KEEPER = _actor("keeper", Role.SYSTEM_ADMIN)
GUARD = _actor("guard", Role.SECURITY_ADMIN)
READER = _actor("reader", Role.AUDIT_ADMIN)


@pytest.mark.parametrize(
    ("has", "required", "gave", "temporary", "missing"),
    [
        (True, True, False, False, Missing.CODE),
        (True, True, False, True, Missing.CODE),
        (True, False, False, False, Missing.CODE),
        (True, True, True, True, Missing.PASSWORD),
        (False, True, False, True, Missing.PASSWORD),
        (False, True, False, False, Missing.SECOND_FACTOR),
        (False, False, False, False, None),
        (True, True, True, False, None),
    ],
)
def test_missing_of_a_sign_in(
    has: bool, required: bool, gave: bool, temporary: bool, missing: Missing | None
) -> None:
    found = policies.missing_of(
        has_factor=has, factor_required=required, gave_code=gave, password_is_temporary=temporary
    )

    assert found is missing


@pytest.mark.parametrize(
    ("age", "idle", "whole", "alive"),
    [
        (timedelta(hours=12), timedelta(minutes=30), True, True),
        (timedelta(hours=12, microseconds=1), timedelta(0), True, False),
        (timedelta(hours=1), timedelta(minutes=30, microseconds=1), True, False),
        (timedelta(minutes=10), timedelta(0), False, True),
        (timedelta(minutes=10, microseconds=1), timedelta(0), False, False),
    ],
)
def test_is_alive_to_the_microsecond(
    age: timedelta, idle: timedelta, whole: bool, alive: bool
) -> None:
    assert policies.is_alive(NOW - age, NOW - idle, NOW, whole=whole) is alive


@pytest.mark.parametrize(
    ("given", "ok"),
    [(None, False), (timedelta(minutes=10), True), (timedelta(minutes=10, seconds=1), False)],
)
def test_recent_second_factor_is_ten_minutes_old_at_most(given: timedelta | None, ok: bool) -> None:
    at = None if given is None else NOW - given
    verdict = policies.require_recent_second_factor(at, NOW, has_factor=True, factor_required=True)

    assert verdict.ok is ok


def test_recent_second_factor_is_not_asked_where_none_is_needed() -> None:
    assert policies.require_recent_second_factor(
        None, NOW, has_factor=False, factor_required=False
    ).ok


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SYSTEM])
def test_request_role_needs_a_fitting_organisation(role: Role) -> None:
    for kind in OrganisationKind:
        verdict = policies.may_request_role(KEEPER, "somebody", role, kind, (), in_use=True)

        assert verdict.ok is (role in ROLES_BY_KIND[kind]), kind


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations(sorted(THREE_ADMINS), 2)))
def test_grant_role_keeps_three_offices_apart(one: Role, other: Role) -> None:
    verdict = policies.may_grant_role(
        GUARD,
        RoleGrant(user_id="somebody", role=one, requested_by="keeper"),
        OrganisationKind.PLATFORM,
        {other},
        in_use=True,
    )

    assert not verdict.ok
    assert "三员分立" in verdict.reason
    assert verdict.rule == policies.THREE_OFFICES


def test_standing_follows_from_two_instants() -> None:
    assert Standing.of(None, None) is Standing.WAITING
    assert Standing.of(NOW, None) is Standing.HELD
    assert Standing.of(None, NOW) is Standing.REFUSED
    assert Standing.of(NOW, NOW) is Standing.REVOKED


def _grant(
    actor: Actor,
    user_id: str = "u",
    requested_by: str = "k",
    is_open: bool = True,
    in_use: bool = True,
) -> Verdict:
    grant = _role(user_id, requested_by=requested_by, is_open=is_open)
    return policies.may_grant_role(actor, grant, OrganisationKind.DEPARTMENT, (), in_use=in_use)


def _role(user_id: str = "u", requested_by: str = "k", *, is_open: bool = True) -> RoleGrant:
    return RoleGrant(
        user_id=user_id,
        role=Role.CLERK,
        requested_by=requested_by,
        revoked_at=None if is_open else NOW,
    )


def _reset(
    actor: Actor, user_id: str = "u", proposed_by: str = "k", *, is_open: bool = True
) -> Verdict:
    reset = CredentialReset(
        user_id=user_id, proposed_by=proposed_by, decided_at=None if is_open else NOW
    )
    return policies.may_decide_reset(actor, reset)


def _request(
    actor: Actor,
    user_id: str = "u",
    role: Role = Role.CLERK,
    held: frozenset[Role] = frozenset(),
    waiting: frozenset[Role] = frozenset(),
    in_use: bool = True,
) -> Verdict:
    return policies.may_request_role(
        actor, user_id, role, OrganisationKind.DEPARTMENT, held, waiting, in_use=in_use
    )


REFUSALS = [
    _grant(KEEPER),
    _grant(READER),
    _grant(GUARD, user_id="guard"),
    _grant(GUARD, requested_by="guard"),
    _grant(GUARD, is_open=False),
    policies.may_keep_accounts(GUARD),
    policies.may_keep_accounts(READER),
    _grant(GUARD, in_use=False),
    _request(GUARD),
    _request(KEEPER, "keeper"),
    _request(KEEPER, held=frozenset({Role.CLERK})),
    _request(KEEPER, waiting=frozenset({Role.CLERK})),
    _request(KEEPER, role=Role.EXPERT),
    _request(KEEPER, in_use=False),
    policies.may_refuse_role(KEEPER, _role()),
    policies.may_refuse_role(GUARD, _role(is_open=False)),
    policies.may_revoke_role(KEEPER, Role.CLERK, is_held=True, others_hold=True),
    policies.may_revoke_role(GUARD, Role.CLERK, is_held=False, others_hold=True),
    policies.may_revoke_role(GUARD, Role.AUDIT_ADMIN, is_held=True, others_hold=False),
    policies.may_deactivate(KEEPER, "keeper", ()),
    policies.may_deactivate(KEEPER, "u", {Role.AUDIT_ADMIN}),
    policies.may_request_reset(KEEPER, "keeper", in_use=True),
    policies.may_request_reset(GUARD, "u", in_use=True),
    policies.may_request_reset(KEEPER, "u", in_use=False),
    _reset(GUARD, "guard"),
    _reset(GUARD, proposed_by="guard"),
    _reset(GUARD, is_open=False),
    _reset(KEEPER),
    policies.may_end_sessions(KEEPER, "u"),
    policies.require_recent_second_factor(None, NOW, has_factor=True, factor_required=True),
]


@pytest.mark.parametrize("verdict", REFUSALS)
def test_refusal_says_why_and_what_to_do_in_chinese(verdict: Verdict) -> None:
    assert not verdict.ok
    for words in (verdict.reason, verdict.remedy or ""):
        assert re.fullmatch(r"[^A-Za-z!！]*[\u4e00-\u9fff][^A-Za-z!！]*。", words)


def test_allowed_where_nothing_stands_against_it() -> None:
    assert _grant(GUARD).ok
    assert policies.may_refuse_role(GUARD, _role()).ok
    assert policies.may_revoke_role(GUARD, Role.CLERK, is_held=True, others_hold=False).ok
    assert policies.may_deactivate(KEEPER, "u", ()).ok
    assert policies.may_request_reset(KEEPER, "u", in_use=True).ok
    assert _reset(GUARD).ok
    assert policies.may_end_sessions(READER, "reader").ok
    assert policies.may_keep_accounts(SYSTEM_ACTOR).ok
