"""Who may do what with a plan: every role in every state."""

from collections.abc import Callable
from functools import partial
from itertools import product

import pytest

from procure.kernel.access import (
    ROLES_BY_KIND,
    Actor,
    Level,
    OrganisationKind,
    Permission,
    Role,
    roles_with,
)
from procure.kernel.errors import Denied, IllegalTransition, Verdict
from procure.kernel.lifecycle import BY_ACTION, PlanState
from procure.registers.projects.models import Project
from procure.stages.plans import policies
from procure.stages.plans.models import Plan

PROJECT = Project(id="p", buyer_id="bureau")
Policy = Callable[[Actor, Plan, Project], Verdict]
ACTS: dict[str, tuple[Policy, Permission]] = {
    "edit_plan": (partial(policies.may_as_buyer, "edit_plan"), Permission.PLAN_DRAFT),
    "submit_plan": (partial(policies.may_as_buyer, "submit_plan"), Permission.PLAN_DRAFT),
    "return_plan": (partial(policies.may_return_plan, is_author=False), Permission.PLAN_APPROVE),
    "approve_plan": (partial(policies.may_approve_plan, is_author=False), Permission.PLAN_APPROVE),
    "publish_intention": (
        partial(policies.may_as_buyer, "publish_intention"),
        Permission.INTENTION_PUBLISH,
    ),
}
BUREAU_ROLES = sorted(ROLES_BY_KIND[OrganisationKind.CIVIL_AFFAIRS_BUREAU])


def actor(role: Role, organisation: str = "bureau", user: str = "someone") -> Actor:
    kind = next(kind for kind, roles in ROLES_BY_KIND.items() if role in roles)
    return Actor(user, "某人", organisation, "某单位", kind, Level.DISTRICT, frozenset({role}))


def plan(state: PlanState, drafted_by: str = "drafter") -> Plan:
    return Plan(id="plan", project_id="p", state=state, drafted_by=drafted_by)


@pytest.mark.parametrize("action", list(ACTS))
def test_plan_moves_only_by_the_right_role_in_the_right_state(action: str) -> None:
    may, permission = ACTS[action]
    for role, state in product(set(Role) - {Role.SYSTEM}, PlanState):
        verdict = may(actor(role), plan(state), PROJECT)
        allowed = role in roles_with(permission) and state in BY_ACTION[action].sources
        assert verdict.ok is allowed, (role, state)
        if not verdict.ok:
            assert verdict.reason
            expected = IllegalTransition if role in roles_with(permission) else Denied
            assert verdict.error is expected


@pytest.mark.parametrize("action", list(ACTS))
def test_plan_of_another_bureau_is_refused(action: str) -> None:
    may, permission = ACTS[action]
    state = BY_ACTION[action].sources[0]
    assert isinstance(state, PlanState)
    role = roles_with(permission)[0]
    verdict = may(actor(role, organisation="other"), plan(state), PROJECT)
    assert not verdict.ok
    assert "其他单位" in verdict.reason


@pytest.mark.parametrize("action", ["return_plan", "approve_plan"])
def test_drafter_may_not_judge_the_own_plan(action: str) -> None:
    may, _ = ACTS[action]
    verdict = may(actor(Role.APPROVER, user="drafter"), plan(PlanState.SUBMITTED), PROJECT)
    assert not verdict.ok
    assert verdict.rule == "《政府采购法》第六十一条"


@pytest.mark.parametrize("role", BUREAU_ROLES)
def test_only_clerks_of_buyers_begin_plans(role: Role) -> None:
    assert policies.may_draft_plan(actor(role)).ok is (role is Role.CLERK)


def test_clerk_of_no_buyer_may_not_plan() -> None:
    outsider = Actor(
        "u", "某人", "o", "某机构", OrganisationKind.SUPPLIER, None, frozenset({Role.CLERK})
    )
    verdict = policies.may_draft_plan(outsider)
    assert not verdict.ok
    assert verdict.rule == "《政府购买服务管理办法》第五条"
