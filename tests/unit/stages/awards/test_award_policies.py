"""Who may do what in a review: every role, every state, every seat."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from procure.kernel.access import ROLES_BY_KIND, Actor, Permission, Role, roles_with
from procure.kernel.clock import at_local
from procure.kernel.errors import ALLOWED, Invalid
from procure.kernel.lifecycle import BY_ACTION, ReviewState, TenderState
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.projects.models import Part
from procure.stages.awards import policies
from procure.stages.awards.models import MemberAbsence, PanelMember, Review, Seat
from procure.stages.tenders.models import Tender

NOW = datetime(2026, 3, 23, 2, 0, tzinfo=UTC)
BUYER = frozenset({Part.BUYER})
HUMANS = [role for role in Role if role is not Role.SYSTEM]
STATES = list(ReviewState)


def actor(role: Role, user: str = "someone") -> Actor:
    kind = next(kind for kind, roles in ROLES_BY_KIND.items() if role in roles)
    return Actor(user, "某人", "bureau", "某单位", kind, None, frozenset({role}))


def review(state: ReviewState = ReviewState.CHECKED, drawn_by: str = "drawer") -> Review:
    return Review(id="r", state=state, drawn_by=drawn_by, draw={"session_at": NOW.isoformat()})


def member(**changes: object) -> PanelMember:
    values = {"id": "m", "user_id": "someone", "seat": Seat.EXPERT, "is_chair": False}
    return PanelMember(**(values | {"has_conflict": False} | changes))


def absence(reported_by: str = "another") -> MemberAbsence:
    return MemberAbsence(id="a", member_id="m", reported_by=reported_by)


def tender(
    state: TenderState = TenderState.OPENED,
    method: ProcurementMethod = ProcurementMethod.CONSULTATION,
) -> Tender:
    return Tender(id="t", state=state, method=method)


@pytest.mark.parametrize("role", HUMANS)
def test_draw_needs_the_buyers_clerk_after_the_opening(role: Role) -> None:
    for state in TenderState:
        verdict = policies.may_draw_panel(actor(role), tender(state), None, BUYER)

        assert verdict.ok is (role is Role.CLERK and state is TenderState.OPENED)
        assert verdict.ok or verdict.reason


def test_draw_happens_once_and_by_the_buyer_alone() -> None:
    clerk = actor(Role.CLERK)

    assert not policies.may_draw_panel(clerk, tender(), review(), BUYER).ok
    assert not policies.may_draw_panel(clerk, tender(), None, frozenset()).ok


ACTS = {
    "check_bid": (
        lambda who, what: policies.may_check(who, what, BUYER, ALLOWED),
        Permission.BID_CHECK,
    ),
    "check_bids": (
        lambda who, what: policies.may_complete_checks(who, what, BUYER, [member()], 0, ALLOWED),
        Permission.BID_CHECK,
    ),
    "replace_member": (
        lambda who, what: policies.may_replace(who, what, member(has_conflict=True), BUYER),
        Permission.PANEL_DRAW,
    ),
    "declare_interest": (
        lambda who, what: policies.may_declare(who, what, member(has_conflict=None)),
        Permission.BID_SCORE,
    ),
    "report_absence": (
        lambda who, what: policies.may_report_absence(
            who, what, member(), BUYER, is_reported=False
        ),
        Permission.PANEL_DRAW,
    ),
    "decide_absence": (
        lambda who, what: policies.may_decide_absence(who, what, absence(), BUYER),
        Permission.ABSENCE_DECIDE,
    ),
    "save_scores": (
        lambda who, what: policies.may_score(who, what, member(), NOW),
        Permission.BID_SCORE,
    ),
    "lock_scores": (
        lambda who, what: policies.may_lock(who, what, member(), [], NOW),
        Permission.BID_SCORE,
    ),
    "sign_report": (
        lambda who, what: policies.may_sign(who, what, member(), [], 0, NOW),
        Permission.BID_SCORE,
    ),
    "deliver_report": (
        lambda who, what: policies.may_deliver(
            who, what, member(is_chair=True, signed_at=NOW), [], NOW, NOW
        ),
        Permission.BID_SCORE,
    ),
    "question_price": (
        lambda who, what: policies.may_question_price(who, what, member(), []),
        Permission.BID_SCORE,
    ),
    "move_session": (
        lambda who, what: policies.may_move_session(who, what, BUYER, is_scored=False),
        Permission.PANEL_DRAW,
    ),
    "pass_candidate": (
        lambda who, what: policies.may_pass_over(who, what, BUYER),
        Permission.RESULT_ANNOUNCE,
    ),
    "judge_low_price": (
        lambda who, what: policies.may_judge_low_price(
            who, what, member(is_chair=True), [], ["low:mean"]
        ),
        Permission.BID_SCORE,
    ),
    "decide_winner": (
        lambda who, what: policies.may_decide(who, what, BUYER, ALLOWED, sat_on_panel=False),
        Permission.WINNER_DECIDE,
    ),
    "announce_result": (
        lambda who, what: policies.may_announce(who, what, BUYER, ALLOWED),
        Permission.RESULT_ANNOUNCE,
    ),
}


@pytest.mark.parametrize("role", HUMANS)
@pytest.mark.parametrize("action", list(ACTS))
def test_each_act_needs_its_role_and_its_state(action: str, role: Role) -> None:
    may, permission = ACTS[action]

    for state in STATES:
        verdict = may(actor(role), review(state))

        assert verdict.ok is (role in roles_with(permission) and state in BY_ACTION[action].sources)
        assert verdict.ok or verdict.reason


@pytest.mark.parametrize("seat", [None, member(replaced_at=NOW)])
def test_who_does_not_sit_does_nothing_of_a_members(seat: PanelMember | None) -> None:
    expert = actor(Role.EXPERT)
    verdicts = (
        policies.may_declare(expert, review(ReviewState.PANEL_DRAWN), seat),
        policies.may_score(expert, review(), seat, NOW),
        policies.may_lock(expert, review(), seat, [], NOW),
        policies.may_sign(expert, review(ReviewState.SCORED), seat, [], 0, NOW),
        policies.may_deliver(expert, review(ReviewState.SCORED), seat, [], NOW, NOW),
        policies.may_judge_low_price(expert, review(ReviewState.SCORED), seat, [], ["low:mean"]),
        policies.may_read_bids(seat, oversees=False, stepped_aside=False),
        policies.may_read_as_member(seat),
    )

    assert not any(verdict.ok for verdict in verdicts)


@pytest.mark.parametrize(("conflict", "reads"), [(None, False), (True, False), (False, True)])
def test_bids_are_read_after_the_declaration(conflict: bool | None, reads: bool) -> None:
    """Rulebook 1.16."""
    assert policies.may_read_as_member(member(has_conflict=conflict)).ok is reads


@pytest.mark.parametrize(("conflict", "reads"), [(None, False), (True, False), (False, True)])
def test_buyers_own_person_on_the_panel_reads_after_the_declaration(
    conflict: bool | None, reads: bool
) -> None:
    """Rulebook 1.16: being of the buyer's side lifts nothing off a member."""
    seat = member(has_conflict=conflict)

    verdict = policies.may_read_bids(seat, oversees=True, stepped_aside=False)

    assert verdict.ok is reads
    assert policies.may_read_bids(None, oversees=True, stepped_aside=False).ok


def test_buyers_clerk_who_stepped_aside_reads_judges_and_announces_nothing() -> None:
    """GPL-R art 9: without a seat they are of the buyer's side again, and their conflict stays."""
    clerk, drawn = actor(Role.CLERK), review(ReviewState.PANEL_DRAWN)
    reads = policies.may_read_bids(None, oversees=True, stepped_aside=True)
    verdicts = (
        reads,
        policies.may_check(clerk, drawn, BUYER, reads),
        policies.may_complete_checks(clerk, drawn, BUYER, [], 0, reads),
        policies.may_announce(clerk, review(ReviewState.DECIDED), BUYER, reads),
        policies.may_decide(
            actor(Role.APPROVER), review(ReviewState.REPORTED), BUYER, reads, sat_on_panel=False
        ),
    )

    assert {verdict.rule for verdict in verdicts} == {policies.RULE_RECUSAL}


def test_locked_marks_and_signed_reports_are_final() -> None:
    expert = actor(Role.EXPERT)

    assert not policies.may_score(expert, review(), member(locked_at=NOW), NOW).ok
    assert not policies.may_lock(expert, review(), member(locked_at=NOW), [], NOW).ok
    signed = member(signed_at=NOW)
    assert not policies.may_sign(expert, review(ReviewState.SCORED), signed, [], 0, NOW).ok
    declared = review(ReviewState.PANEL_DRAWN)
    assert not policies.may_declare(expert, declared, member()).ok


def test_lock_with_gaps_names_the_first() -> None:
    verdict = policies.may_lock(actor(Role.EXPERT), review(), member(), ["甲没有打分", "乙"], NOW)

    assert "2 处" in verdict.reason
    assert "甲没有打分等" in verdict.reason


def test_sign_waits_for_low_prices_and_only_the_chair_judges_them() -> None:
    expert, scored = actor(Role.EXPERT), review(ReviewState.SCORED)

    assert "异常低价" in policies.may_sign(expert, scored, member(), [], 1, NOW).reason
    ordinary = policies.may_judge_low_price(expert, scored, member(), [], ["low:mean"])
    assert "组长" in ordinary.reason
    chair = member(is_chair=True)
    assert not policies.may_judge_low_price(expert, scored, chair, [], ["tie:drawn"]).ok
    signed = [member(signed_at=NOW)]
    assert not policies.may_judge_low_price(expert, scored, chair, signed, ["low:mean"]).ok


def test_deliver_needs_the_chairs_own_signature() -> None:
    expert, scored = actor(Role.EXPERT), review(ReviewState.SCORED)

    assert not policies.may_deliver(expert, scored, member(is_chair=True), [], NOW, NOW).ok
    assert not policies.may_deliver(expert, scored, member(signed_at=NOW), [], NOW, NOW).ok


def test_decide_is_for_a_person_who_neither_drew_nor_sat() -> None:
    approver, reported = actor(Role.APPROVER), review(ReviewState.REPORTED)

    drew = review(ReviewState.REPORTED, drawn_by="someone")
    assert "抽取" in policies.may_decide(approver, drew, BUYER, ALLOWED, sat_on_panel=False).reason
    assert (
        "成员" in policies.may_decide(approver, reported, BUYER, ALLOWED, sat_on_panel=True).reason
    )
    assert not policies.may_decide(approver, reported, frozenset(), ALLOWED, sat_on_panel=False).ok


@pytest.mark.parametrize(
    ("members", "unchecked", "words"),
    [
        ([member(has_conflict=None)], 0, "没有签署"),
        ([member(has_conflict=True)], 0, "还没有更换"),
        ([member()], 2, "2 份"),
    ],
)
def test_checks_close_when_all_declared_and_all_judged(
    members: list[PanelMember], unchecked: int, words: str
) -> None:
    drawn = review(ReviewState.PANEL_DRAWN)
    verdict = policies.may_complete_checks(
        actor(Role.CLERK), drawn, BUYER, members, unchecked, ALLOWED
    )

    assert words in verdict.reason


def test_replace_is_only_for_a_declared_conflict() -> None:
    """EX198: nobody is replaced to change a result."""
    drawn = review(ReviewState.PANEL_DRAWN)
    verdict = policies.may_replace(actor(Role.CLERK), drawn, member(), BUYER)

    assert "应当回避" in verdict.reason


def test_absence_takes_two_people_and_a_member_who_can_be_replaced() -> None:
    """O87 art 49: nobody alone swaps a member of a panel."""
    clerk, approver, scored = actor(Role.CLERK), actor(Role.APPROVER), review()

    assert not policies.may_decide_absence(approver, scored, absence("someone"), BUYER).ok
    assert not policies.may_decide_absence(approver, scored, None, BUYER).ok
    assert not policies.may_decide_absence(approver, scored, absence(), frozenset()).ok
    for seat, reported in (
        (member(replaced_at=NOW), False),
        (member(signed_at=NOW), False),
        (member(has_conflict=True), False),
        (member(), True),
    ):
        verdict = policies.may_report_absence(clerk, scored, seat, BUYER, is_reported=reported)
        assert not verdict.ok
        assert verdict.reason


def test_conflict_found_later_is_declared_until_the_signature() -> None:
    expert = actor(Role.EXPERT)

    for state in (ReviewState.PANEL_DRAWN, ReviewState.CHECKED, ReviewState.SCORED):
        assert policies.may_report_conflict(expert, review(state), member()).ok
        for seat in (None, member(has_conflict=None), member(has_conflict=True)):
            assert not policies.may_report_conflict(expert, review(state), seat).ok
    scored = review(ReviewState.SCORED)
    assert not policies.may_report_conflict(expert, scored, member(signed_at=NOW)).ok
    assert not policies.may_report_conflict(expert, review(ReviewState.REPORTED), member()).ok


def test_nothing_is_signed_while_a_member_with_a_conflict_sits() -> None:
    expert, scored = actor(Role.EXPERT), review(ReviewState.SCORED)
    seats = [member(), member(has_conflict=True)]
    chair = member(is_chair=True, signed_at=NOW)

    verdicts = (
        policies.may_sign(expert, scored, member(), seats, 0, NOW),
        policies.may_deliver(expert, scored, chair, seats, NOW, NOW),
        policies.may_judge_low_price(expert, scored, member(is_chair=True), seats, ["low:mean"]),
    )
    assert {verdict.reason for verdict in verdicts} == {"有成员声明应当回避，还没有更换。"}


def test_nobody_scores_locks_or_signs_before_the_session() -> None:
    """The report must not tell of marks that are older than the meeting."""
    expert, early = actor(Role.EXPERT), NOW - timedelta(microseconds=1)
    verdicts = (
        policies.may_score(expert, review(), member(), early),
        policies.may_lock(expert, review(), member(), [], early),
        policies.may_sign(expert, review(ReviewState.SCORED), member(), [], 0, early),
    )

    assert all("在此之前不能评分和签署" in verdict.reason for verdict in verdicts)
    clerk = actor(Role.CLERK)
    assert (
        "已经开始评分" in policies.may_move_session(clerk, review(), BUYER, is_scored=True).reason
    )


def test_report_waits_for_who_has_time_to_sign_or_dissent() -> None:
    """GPL-R art 41: silence agrees only once there was time to speak."""
    expert, scored = actor(Role.EXPERT), review(ReviewState.SCORED)
    chair = member(is_chair=True, signed_at=NOW)
    until = policies.sign_until(NOW)

    assert until - NOW == timedelta(hours=24)
    early = policies.may_deliver(expert, scored, chair, [chair, member()], until, NOW)
    assert "还有 1 名成员没有签署" in early.reason
    assert policies.may_deliver(expert, scored, chair, [chair, member()], until, until).ok
    assert policies.may_deliver(expert, scored, chair, [chair], until, NOW).ok


DRAWN_ON = at_local(date(2026, 3, 23), time(9, 0))


@pytest.mark.parametrize(
    ("method", "session", "lawful"),
    [
        (ProcurementMethod.OPEN_TENDER, date(2026, 3, 25), True),
        (ProcurementMethod.OPEN_TENDER, date(2026, 3, 26), False),
        (ProcurementMethod.CONSULTATION, date(2026, 4, 20), True),
    ],
)
def test_session_of_a_tender_is_within_two_working_days_of_the_draw(
    method: ProcurementMethod, session: date, lawful: bool
) -> None:
    """T16, R-COM-6: Monday's draw serves a session until Wednesday."""
    at = at_local(session, time(23, 0))
    if lawful:
        policies.check_session(tender(method=method), at, DRAWN_ON)
        return
    with pytest.raises(Invalid, match="2 个工作日"):
        policies.check_session(tender(method=method), at, DRAWN_ON)


def test_session_in_the_past_is_refused() -> None:
    with pytest.raises(Invalid, match="早于现在"):
        policies.check_session(tender(), DRAWN_ON - timedelta(minutes=1), DRAWN_ON)


@pytest.mark.parametrize(
    ("state", "oversees", "on_panel", "auditor", "sees"),
    [
        (ReviewState.CHECKED, True, False, False, True),
        (ReviewState.CHECKED, True, False, True, False),
        (ReviewState.ANNOUNCED, True, False, True, True),
        (ReviewState.CHECKED, False, True, False, True),
        (ReviewState.CHECKED, False, False, False, False),
    ],
)
def test_names_of_experts_are_secret_until_the_result(
    state: ReviewState, oversees: bool, on_panel: bool, auditor: bool, sees: bool
) -> None:
    """R-COM-7."""
    seen = policies.sees_names(
        review(state), oversees=oversees, on_panel=on_panel, is_auditor=auditor
    )
    assert seen is sees


def test_loser_of_a_tender_is_told_by_its_article_and_of_a_consultation_by_the_notice() -> None:
    """O87 art 69 is on tenders."""
    told = {method: policies.loser_rule(tender(method=method)) for method in ProcurementMethod}

    assert [method for method, rule in told.items() if rule] == [ProcurementMethod.OPEN_TENDER]
    assert told[ProcurementMethod.OPEN_TENDER] == "《政府采购货物和服务招标投标管理办法》第六十九条"


def test_ended_purchase_is_no_longer_judged_by_the_rule_that_ended_it() -> None:
    """O87 art 29 and GPL art 36 are on tenders; CC214 art 21 on consultations."""
    tenders, consultations = ProcurementMethod.OPEN_TENDER, ProcurementMethod.CONSULTATION
    said = {
        (state, method): policies.is_going_on(tender(state, method)).rule
        for state in (TenderState.TERMINATED, TenderState.FAILED)
        for method in (tenders, consultations)
    }

    assert (
        said[TenderState.TERMINATED, tenders] == "《政府采购货物和服务招标投标管理办法》第二十九条"
    )
    assert said[TenderState.TERMINATED, consultations].endswith("第三十四条、第三十五条")
    assert said[TenderState.FAILED, tenders] == "《政府采购法》第三十六条"
    assert "第二十一条、财库〔2015〕124号" in said[TenderState.FAILED, consultations]


def test_checks_and_decision_rest_on_the_articles_of_the_method() -> None:
    """O87 44 and 68 are on tenders; CC214 28 says the same of a consultation's first place."""
    bidding = tender(method=ProcurementMethod.OPEN_TENDER)
    talks = tender(method=ProcurementMethod.CONSULTATION)

    assert "第四十四条" in (policies.check_rule(bidding) or "")
    assert policies.check_rule(talks) is None
    assert policies.decision_rule(bidding).endswith("招标投标管理办法》第六十八条")
    assert policies.decision_rule(talks).endswith("磋商采购方式管理暂行办法》第二十八条")


def test_session_is_moved_within_two_working_days_of_the_draw_and_never_into_the_past() -> None:
    def move(to: datetime, method: ProcurementMethod = ProcurementMethod.OPEN_TENDER) -> None:
        policies.check_moved_session(tender(method=method), to, NOW, NOW + timedelta(hours=1))

    last = at_local(date(2026, 3, 25), time(17))
    assert move(last) is None
    with pytest.raises(Invalid, match="早于现在"):
        move(NOW + timedelta(minutes=59))
    with pytest.raises(Invalid, match="2 个工作日"):
        move(last + timedelta(days=1))
    assert move(last + timedelta(days=1), ProcurementMethod.CONSULTATION) is None
