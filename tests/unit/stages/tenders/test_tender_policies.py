"""Who may do what with a tender: every role in every state, time, two people."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
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
from procure.kernel.clock import end_of_day
from procure.kernel.errors import DeadlinePassed, Denied, IllegalTransition, TooEarly, Verdict
from procure.kernel.laws import cite
from procure.kernel.lifecycle import BY_ACTION, PlanState, Stage, TenderState
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.projects.models import Project
from procure.stages.plans.models import Plan
from procure.stages.tenders import policies
from procure.stages.tenders.keys import may_release
from procure.stages.tenders.models import Tender

NOW = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
DEADLINE = datetime(2026, 4, 13, 1, 30, tzinfo=UTC)
TODAY = date(2026, 4, 1)
Policy = Callable[[Actor, Tender, Project], Verdict]


def may_publish(actor: Actor, tender: Tender, project: Project) -> Verdict:
    return policies.may_publish_tender(actor, tender, project, NOW, TODAY, is_author=False)


ACTS: dict[str, tuple[Policy, Permission]] = {
    "edit_tender": (partial(policies.may_as_buyer, "edit_tender"), Permission.TENDER_DRAFT),
    "submit_tender": (partial(policies.may_as_buyer, "submit_tender"), Permission.TENDER_DRAFT),
    "return_tender": (
        partial(policies.may_return_tender, is_author=False),
        Permission.TENDER_PUBLISH,
    ),
    "publish_tender": (may_publish, Permission.TENDER_PUBLISH),
    "terminate_tender": (policies.may_terminate_tender, Permission.TENDER_TERMINATE),
}
HUMANS = [role for role in Role if role is not Role.SYSTEM]


def project(stage: Stage = Stage.BID) -> Project:
    return Project(id="p", buyer_id="bureau", stage=stage)


def actor(role: Role, organisation: str = "bureau", user: str = "someone") -> Actor:
    kind = next(kind for kind, roles in ROLES_BY_KIND.items() if role in roles)
    return Actor(user, "某人", organisation, "某单位", kind, Level.DISTRICT, frozenset({role}))


def tender(state: TenderState) -> Tender:
    return Tender(
        id="t",
        project_id="p",
        state=state,
        method=ProcurementMethod.CONSULTATION,
        drafted_by="drafter",
        documents_until=date(2026, 4, 9),
        deadline_at=DEADLINE,
    )


@pytest.mark.parametrize("action", list(ACTS))
def test_tender_moves_only_by_the_right_role_in_the_right_state(action: str) -> None:
    may, permission = ACTS[action]
    for role, state in product(HUMANS, TenderState):
        verdict = may(actor(role), tender(state), project())
        allowed = role in roles_with(permission) and state in BY_ACTION[action].sources
        assert verdict.ok is allowed, (role, state)
        if not verdict.ok:
            expected = IllegalTransition if role in roles_with(permission) else Denied
            assert verdict.error is expected
            assert verdict.reason


@pytest.mark.parametrize("action", list(ACTS))
def test_tender_of_another_bureau_is_refused(action: str) -> None:
    may, permission = ACTS[action]
    state = BY_ACTION[action].sources[0]
    assert isinstance(state, TenderState)
    role = roles_with(permission)[0]
    verdict = may(actor(role, organisation="other"), tender(state), project())
    assert "其他单位" in verdict.reason


@pytest.mark.parametrize("action", ["return_tender", "publish_tender"])
def test_drafter_may_not_judge_the_own_document(action: str) -> None:
    may, _ = ACTS[action]
    verdict = may(actor(Role.APPROVER, user="drafter"), tender(TenderState.SUBMITTED), project())
    assert verdict.rule == "《政府采购法》第六十一条"


def test_who_wrote_any_of_the_document_may_not_judge_it() -> None:
    approver, sent = actor(Role.APPROVER), tender(TenderState.SUBMITTED)
    verdicts = (
        policies.may_return_tender(approver, sent, project(), is_author=True),
        policies.may_publish_tender(approver, sent, project(), NOW, TODAY, is_author=True),
    )
    assert {verdict.rule for verdict in verdicts} == {"《政府采购法》第六十一条"}


def test_publication_waits_for_the_intention_to_be_public_thirty_days() -> None:
    approver, sent = actor(Role.APPROVER), tender(TenderState.SUBMITTED)
    may = partial(policies.may_publish_tender, approver, sent, project(), NOW, is_author=False)
    assert may(TODAY + timedelta(days=1)).error is TooEarly
    assert may(TODAY).ok
    assert not may(None).ok


def test_termination_after_the_result_is_refused() -> None:
    approver, opened = actor(Role.APPROVER), tender(TenderState.OPENED)
    assert policies.may_terminate_tender(approver, opened, project(Stage.AWARD)).ok
    assert not policies.may_terminate_tender(approver, opened, project(Stage.CONTRACT)).ok


@pytest.mark.parametrize("method", list(ProcurementMethod))
def test_refused_termination_cites_the_article_of_its_own_method(
    method: ProcurementMethod,
) -> None:
    """O87 art 29; CC214 art 34, 35."""
    opened = tender(TenderState.OPENED)
    opened.method = method

    refusal = policies.may_terminate_tender(actor(Role.APPROVER), opened, project(Stage.CONTRACT))

    assert refusal.rule == cite("termination", method)


@pytest.mark.parametrize("role", HUMANS)
def test_documents_are_handed_to_suppliers_alone(role: Role) -> None:
    verdict = policies.may_take_document(actor(role), tender(TenderState.PUBLISHED), NOW)
    assert verdict.ok is (role in (Role.SUPPLIER_MEMBER, Role.SUPPLIER_SIGNATORY))


@pytest.mark.parametrize("state", [s for s in TenderState if s is not TenderState.PUBLISHED])
def test_documents_are_handed_out_only_while_published(state: TenderState) -> None:
    assert not policies.may_take_document(actor(Role.SUPPLIER_MEMBER), tender(state), NOW).ok


def test_documents_end_with_their_last_day() -> None:
    member, published = actor(Role.SUPPLIER_MEMBER), tender(TenderState.PUBLISHED)
    over = end_of_day(date(2026, 4, 9))
    assert policies.may_take_document(member, published, over - timedelta(microseconds=1)).ok
    late = policies.may_take_document(member, published, over)
    assert late.error is DeadlinePassed
    assert late.rule == "《政府采购法实施条例》第三十一条"


def test_document_is_read_by_takers_and_by_all_after_the_result() -> None:
    visitor, published = actor(Role.SUPPLIER_MEMBER), tender(TenderState.PUBLISHED)
    for in_view, taken, announced in ((1, 0, 0), (0, 1, 0), (0, 0, 1)):
        assert policies.may_read_document(
            visitor, published, in_view=bool(in_view), taken=bool(taken), announced=bool(announced)
        ).ok
    assert not policies.may_read_document(
        visitor, published, in_view=False, taken=False, announced=False
    ).ok


@pytest.mark.parametrize(
    ("plan_state", "newest", "allowed"),
    [
        (PlanState.INTENTION_PUBLISHED, None, True),
        (PlanState.APPROVED, None, False),
        (PlanState.DRAFT, None, False),
        (PlanState.INTENTION_PUBLISHED, TenderState.DRAFT, False),
        (PlanState.INTENTION_PUBLISHED, TenderState.PUBLISHED, False),
        (PlanState.INTENTION_PUBLISHED, TenderState.OPENED, False),
        (PlanState.INTENTION_PUBLISHED, TenderState.FAILED, True),
        (PlanState.INTENTION_PUBLISHED, TenderState.TERMINATED, True),
    ],
)
def test_document_is_begun_after_the_intention_and_one_at_a_time(
    plan_state: PlanState, newest: TenderState | None, allowed: bool
) -> None:
    plan = Plan(id="plan", project_id="p", state=plan_state)
    verdict = policies.may_draft_tender(
        actor(Role.CLERK), plan, project(), None if newest is None else tender(newest)
    )
    assert verdict.ok is allowed


def test_no_document_is_begun_in_a_closed_project() -> None:
    plan = Plan(id="plan", project_id="p", state=PlanState.INTENTION_PUBLISHED)
    closed = Project(id="p", buyer_id="bureau", stage=Stage.CLOSED, closed_at=NOW)
    assert not policies.may_draft_tender(actor(Role.CLERK), plan, closed, None).ok


@pytest.mark.parametrize("state", list(TenderState))
def test_key_is_released_only_of_announced_tenders(state: TenderState) -> None:
    verdict = may_release(tender(state), DEADLINE)
    assert verdict.ok is (state in (TenderState.PUBLISHED, TenderState.OPENED))


def test_key_is_released_from_the_deadline_instant_on() -> None:
    published = tender(TenderState.PUBLISHED)
    assert may_release(published, DEADLINE - timedelta(microseconds=1)).error is TooEarly
    assert may_release(published, DEADLINE).ok


def test_key_follows_a_deadline_that_moved() -> None:
    published = tender(TenderState.PUBLISHED)
    published.deadline_at = DEADLINE + timedelta(days=3)
    assert not may_release(published, DEADLINE).ok


def test_supplier_organisation_without_a_business_role_takes_nothing() -> None:
    nobody = Actor("u", "某人", "s", "某机构", OrganisationKind.SUPPLIER, None, frozenset())
    assert not policies.may_take_document(nobody, tender(TenderState.PUBLISHED), NOW).ok


@pytest.mark.parametrize("state", list(TenderState))
@pytest.mark.parametrize("stage", [Stage.TENDER, Stage.AWARD, Stage.CONTRACT, Stage.DELIVERY])
def test_purchase_may_still_be_ended_while_announced_and_undecided(
    state: TenderState, stage: Stage
) -> None:
    running = state in (TenderState.PUBLISHED, TenderState.OPENED)
    one = Project(id="p", buyer_id="bureau", stage=stage)

    assert policies.is_undecided(tender(state), one) is (
        running and stage in (Stage.TENDER, Stage.AWARD)
    )
