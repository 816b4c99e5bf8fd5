"""Who may do what with a bid and an opening: every role in every state, and the instant."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from procure.kernel.access import (
    ROLES_BY_KIND,
    Actor,
    OrganisationKind,
    Permission,
    Role,
    roles_with,
)
from procure.kernel.errors import DeadlinePassed, Denied, IllegalTransition, TooEarly, Verdict
from procure.kernel.lifecycle import BY_ACTION, BidState, TenderState
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.documents.audiences import UNINFORMED, PanelSeat, PanelSeats
from procure.registers.projects.models import Part, Project
from procure.stages.bids import policies
from procure.stages.bids.models import Bid
from procure.stages.bids.policies import Bidder
from procure.stages.tenders.models import Tender

DEADLINE = datetime(2026, 3, 23, 1, 30, tzinfo=UTC)
BEFORE = DEADLINE - timedelta(microseconds=1)
OPENING = DEADLINE + timedelta(seconds=15)
BIDDER = Bidder(credit_code="52440403MJL1001132")
HUMANS = [role for role in Role if role is not Role.SYSTEM]
CASE, OF_OTHERS = Project(buyer_id="bureau"), Project(buyer_id="another")


def actor(role: Role, organisation: str = "supplier") -> Actor:
    kind = next(kind for kind, roles in ROLES_BY_KIND.items() if role in roles)
    return Actor("someone", "某人", organisation, "某单位", kind, None, frozenset({role}))


def tender(state: TenderState = TenderState.PUBLISHED, **changes: object) -> Tender:
    values = {"id": "t", "method": ProcurementMethod.CONSULTATION, "deadline_at": DEADLINE}
    return Tender(state=state, **(values | changes))


def bid(state: BidState = BidState.DRAFT, supplier: str = "supplier") -> Bid:
    return Bid(id="b", supplier_id=supplier, state=state)


@pytest.mark.parametrize("role", HUMANS)
def test_start_needs_a_suppliers_person_and_a_tender_that_receives(role: Role) -> None:
    for state in TenderState:
        verdict = policies.may_start_bid(actor(role), tender(state), BIDDER, BEFORE)

        supplier = role in roles_with(Permission.BID_DRAFT)
        assert verdict.ok is (supplier and state is TenderState.PUBLISHED)
        assert verdict.ok or verdict.reason


@pytest.mark.parametrize("role", HUMANS)
@pytest.mark.parametrize("action", ["edit_bid", "submit_bid"])
def test_edit_and_submit_need_role_and_state(action: str, role: Role) -> None:
    may, permission = {
        "edit_bid": (policies.may_edit_bid, Permission.BID_DRAFT),
        "submit_bid": (policies.may_submit_bid, Permission.BID_SUBMIT),
    }[action]
    for state in BidState:
        verdict = may(actor(role), bid(state), tender(), BIDDER, BEFORE)

        assert verdict.ok is (role in roles_with(permission) and state in BY_ACTION[action].sources)
        assert verdict.ok or verdict.reason


@pytest.mark.parametrize("role", HUMANS)
def test_withdraw_needs_the_signatory_and_a_submitted_bid(role: Role) -> None:
    for state in BidState:
        verdict = policies.may_withdraw_bid(actor(role), bid(state), tender(), BEFORE)

        assert verdict.ok is (role is Role.SUPPLIER_SIGNATORY and state is BidState.SUBMITTED)


@pytest.mark.parametrize("late", [timedelta(0), timedelta(microseconds=1), timedelta(days=9)])
def test_everything_of_a_bid_ends_at_the_deadline_instant(late: timedelta) -> None:
    now, signatory = DEADLINE + late, actor(Role.SUPPLIER_SIGNATORY)
    verdicts = (
        policies.may_start_bid(signatory, tender(), BIDDER, now),
        policies.may_edit_bid(signatory, bid(), tender(), BIDDER, now),
        policies.may_submit_bid(signatory, bid(), tender(), BIDDER, now),
        policies.may_withdraw_bid(signatory, bid(BidState.SUBMITTED), tender(), now),
    )

    assert {verdict.error for verdict in verdicts} == {DeadlinePassed}
    assert not any(verdict.ok for verdict in verdicts)


def test_bid_of_another_organisation_is_nobody_elses() -> None:
    rival = bid(BidState.SUBMITTED, supplier="rival")
    signatory = actor(Role.SUPPLIER_SIGNATORY)

    assert not policies.may_edit_bid(signatory, rival, tender(), BIDDER, BEFORE).ok
    assert not policies.may_submit_bid(signatory, rival, tender(), BIDDER, BEFORE).ok
    assert not policies.may_withdraw_bid(signatory, rival, tender(), BEFORE).ok
    assert not policies.is_own(replace(signatory, organisation_id=""), bid(supplier="")).ok


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_active": False}, "登记信息"),
        ({"credit_code": None}, "登记信息"),
        ({"credit_code": "11440403007022229R"}, "机关"),
        ({"credit_code": "134404030070222299"}, "群团"),
        ({"is_below_buyer": True}, "管理关系"),
        ({"parts": frozenset({Part.ASSESSOR})}, "评估服务"),
        ({"parts": frozenset({Part.BUYER})}, "采购人"),
        ({"has_document": False}, "领取"),
    ],
)
def test_organisation_that_may_not_take_part_is_told_why(
    changes: dict[str, object], words: str
) -> None:
    """R-ELIG-3, R-GPS-3, R-CH-3."""
    verdict = policies.may_start_bid(
        actor(Role.SUPPLIER_MEMBER), tender(), replace(BIDDER, **changes), BEFORE
    )

    assert not verdict.ok
    assert words in verdict.reason
    assert verdict.rule


@pytest.mark.parametrize("role", HUMANS)
def test_open_needs_the_buyers_clerk_and_a_published_tender(role: Role) -> None:
    for state in TenderState:
        verdict = policies.may_open_bids(actor(role, "bureau"), tender(state), CASE, OPENING)

        assert verdict.ok is (role is Role.CLERK and state is TenderState.PUBLISHED)


def test_open_before_the_deadline_instant_is_too_early() -> None:
    early = policies.may_open_bids(actor(Role.CLERK, "bureau"), tender(), CASE, BEFORE)

    assert early.error is TooEarly
    assert "09:30" in early.reason


def test_open_waits_until_what_was_received_in_time_is_stored() -> None:
    """A bid received before the deadline may be stored a moment after it."""
    clerk = actor(Role.CLERK, "bureau")

    at_once = policies.may_open_bids(clerk, tender(), CASE, DEADLINE)
    assert at_once.error is TooEarly
    assert at_once.reason == "截止时间已到，正在收齐截止前送达的投标文件，09:30:15 起可以开标。"
    last = policies.may_open_bids(clerk, tender(), CASE, OPENING - timedelta(microseconds=1))
    assert last.reason == at_once.reason
    assert policies.opens_at(DEADLINE) == OPENING
    assert policies.may_open_bids(clerk, tender(), CASE, OPENING).ok


@pytest.mark.parametrize("state", list(TenderState))
def test_shut_out_is_who_was_in_time_and_found_the_opening_held(state: TenderState) -> None:
    held = state in (TenderState.OPENED, TenderState.FAILED)

    assert policies.may_note_shut_out(tender(state), BEFORE).ok is held
    assert not policies.may_note_shut_out(tender(state), DEADLINE).ok


def test_open_by_a_clerk_of_another_buyer_is_denied() -> None:
    verdict = policies.may_open_bids(actor(Role.CLERK, "x"), tender(), CASE, OPENING)

    assert verdict.error is Denied


@pytest.mark.parametrize("method", list(ProcurementMethod))
@pytest.mark.parametrize("oversees", [False, True])
def test_opening_is_read_by_the_buyers_side_and_in_a_tender_by_all(
    method: ProcurementMethod, oversees: bool
) -> None:
    """R-OPEN-5; in a consultation prices are not announced."""
    opened = tender(TenderState.OPENED, method=method, opened_at=DEADLINE)

    verdict = policies.may_read_opening(opened, oversees=oversees)

    assert verdict.ok is (oversees or method is ProcurementMethod.OPEN_TENDER)
    closed = policies.may_read_opening(tender(method=method), oversees=oversees)
    assert closed.error is IllegalTransition


@pytest.mark.parametrize(
    ("method", "needed"),
    [(ProcurementMethod.OPEN_TENDER, 3), (ProcurementMethod.CONSULTATION, 2)],
)
def test_bids_needed_follow_the_method(method: ProcurementMethod, needed: int) -> None:
    """R-OPEN-6, V22."""
    assert policies.bids_needed(tender(method=method)) == needed


def test_kinds_cover_every_role() -> None:
    assert {role for roles in ROLES_BY_KIND.values() for role in roles} == set(HUMANS)
    assert OrganisationKind.SUPPLIER in ROLES_BY_KIND


def test_person_who_stepped_aside_is_not_asked_to_declare() -> None:
    """GPL-R art 9: they read nothing to the end; who has not declared yet is told to."""
    opened = tender(TenderState.OPENED, opened_at=DEADLINE)

    aside, waiting = (
        policies.may_read_opening(opened, oversees=True, seat=seat)
        for seat in (PanelSeat.STEPPED_ASIDE, PanelSeat.KEPT_OUT)
    )

    assert not aside.ok and "您已声明应当回避" in aside.reason
    assert "签署" not in (aside.remedy or "")
    assert not waiting.ok and "签署回避声明" in (waiting.remedy or "")


def test_bid_above_the_ceiling_is_refused_by_the_article_of_its_method() -> None:
    """O87 is on tenders; a consultation's ceiling stands in its document."""
    assert "第六十三条" in policies.limit_rule(tender(method=ProcurementMethod.OPEN_TENDER))
    assert policies.limit_rule(tender(method=ProcurementMethod.CONSULTATION)) == "采购文件"


def test_missing_envelope_is_looked_for_before_it_is_lost() -> None:
    approver = actor(Role.APPROVER, "bureau")

    def at(waited: timedelta) -> Verdict:
        return policies.may_confirm_damage(
            approver, tender(), CASE, "another", OPENING, OPENING + waited
        )

    assert at(timedelta(hours=4) - timedelta(microseconds=1)).error is TooEarly
    assert "13:30:15" in at(timedelta(0)).reason
    assert at(timedelta(hours=4)).ok
    assert policies.may_confirm_damage(approver, tender(), CASE, "another", None, OPENING).ok


@pytest.mark.parametrize("role", HUMANS)
def test_objections_are_recorded_once_by_the_clerk_after_the_opening(role: Role) -> None:
    for state in TenderState:
        who, one = actor(role, "bureau"), tender(state)

        verdict = policies.may_record_objections(who, one, CASE, is_recorded=False)
        assert verdict.ok is (role is Role.CLERK and state is TenderState.OPENED)
        assert not policies.may_record_objections(who, one, CASE, is_recorded=True).ok
        assert not policies.may_record_objections(who, one, OF_OTHERS, is_recorded=False).ok


@pytest.mark.parametrize("seat", list(PanelSeat))
def test_earlier_round_is_closed_to_who_sits_on_a_later_panel_until_its_marks_stand(
    seat: PanelSeat,
) -> None:
    later = PanelSeats(seat, newest_tender="later")
    same = PanelSeats(seat, newest_tender="t")

    assert policies.may_read_round(later, tender()).ok is (seat not in UNINFORMED)
    assert policies.may_read_round(same, tender()).ok
