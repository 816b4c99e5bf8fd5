"""Who may do what in a review: every role, every state, every seat."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import product

import pytest

from procure.kernel.access import ROLES_BY_KIND, Actor, Permission, Role, roles_with
from procure.kernel.clock import at_local
from procure.kernel.errors import Invalid
from procure.kernel.lifecycle import BY_ACTION, ReviewState, TenderState
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.accounts.models import User
from procure.registers.projects.models import Project
from procure.stages.awards import policies
from procure.stages.awards.models import MemberAbsence, PanelMember, RankedBid, Review, Seat
from procure.stages.awards.standing import MemberRow, ReviewCase
from procure.stages.tenders.models import Tender

NOW = datetime(2026, 3, 23, 2, 0, tzinfo=UTC)
HUMANS = [role for role in Role if role is not Role.SYSTEM]
STATES = list(ReviewState)


def actor(role: Role, user: str = "someone") -> Actor:
    kind = next(kind for kind, roles in ROLES_BY_KIND.items() if role in roles)
    return Actor(user, "某人", "bureau", "某单位", kind, None, frozenset({role}))


def member(**changes: object) -> PanelMember:
    """A seat of whoever reads the case; `other` gives one of somebody else."""
    values = {"id": "m", "user_id": "someone", "seat": Seat.EXPERT, "is_chair": False}
    return PanelMember(**(values | {"has_conflict": False} | changes))


def other(**changes: object) -> PanelMember:
    return member(user_id="other", **changes)


def case(
    role: Role,
    state: ReviewState | None = ReviewState.CHECKED,
    *members: PanelMember,
    drawn_by: str = "drawer",
    buyer: str = "bureau",
    of: Tender | None = None,
) -> ReviewCase:
    """A review as somebody of that role stands to it: of the buyer, who oversees it, without a seat."""
    session = {"session_at": NOW.isoformat()}
    return ReviewCase(
        reader=actor(role),
        project=Project(buyer_id=buyer),
        tender=of or tender(),
        review=state and Review(id="r", state=state, drawn_by=drawn_by, draw=session),
        members=tuple(MemberRow(one, User()) for one in members),
        oversees=True,
    )


def ranked(*flags: str) -> RankedBid:
    return RankedBid(flags=list(flags))


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
        verdict = policies.may_draw_panel(case(role, None, of=tender(state)))

        assert verdict.ok is (role is Role.CLERK and state is TenderState.OPENED)
        assert verdict.ok or verdict.reason


def test_draw_happens_once_and_by_the_buyer_alone() -> None:
    assert not policies.may_draw_panel(case(Role.CLERK)).ok
    assert not policies.may_draw_panel(case(Role.CLERK, None, buyer="another")).ok


ACTS = {
    "check_bid": (lambda who, at: policies.may_check(case(who, at)), Permission.BID_CHECK),
    "check_bids": (
        lambda who, at: policies.may_complete_checks(case(who, at, other()), 0),
        Permission.BID_CHECK,
    ),
    "replace_member": (
        lambda who, at: policies.may_replace(case(who, at), other(has_conflict=True)),
        Permission.PANEL_DRAW,
    ),
    "declare_interest": (
        lambda who, at: policies.may_declare(case(who, at, member(has_conflict=None))),
        Permission.BID_SCORE,
    ),
    "report_absence": (
        lambda who, at: policies.may_report_absence(case(who, at), other(), is_reported=False),
        Permission.PANEL_DRAW,
    ),
    "decide_absence": (
        lambda who, at: policies.may_decide_absence(case(who, at), absence()),
        Permission.ABSENCE_DECIDE,
    ),
    "save_scores": (
        lambda who, at: policies.may_score(case(who, at, member()), NOW),
        Permission.BID_SCORE,
    ),
    "lock_scores": (
        lambda who, at: policies.may_lock(case(who, at, member()), [], NOW),
        Permission.BID_SCORE,
    ),
    "sign_report": (
        lambda who, at: policies.may_sign(case(who, at, member()), 0, NOW),
        Permission.BID_SCORE,
    ),
    "deliver_report": (
        lambda who, at: policies.may_deliver(
            case(who, at, member(is_chair=True, signed_at=NOW)), NOW, NOW
        ),
        Permission.BID_SCORE,
    ),
    "question_price": (
        lambda who, at: policies.may_question_price(case(who, at, member())),
        Permission.BID_SCORE,
    ),
    "move_session": (
        lambda who, at: policies.may_move_session(case(who, at), is_scored=False),
        Permission.PANEL_DRAW,
    ),
    "pass_candidate": (
        lambda who, at: policies.may_as_buyer("pass_candidate", case(who, at)),
        Permission.RESULT_ANNOUNCE,
    ),
    "judge_low_price": (
        lambda who, at: policies.may_judge_low_price(
            case(who, at, member(is_chair=True)), ranked("low:mean")
        ),
        Permission.BID_SCORE,
    ),
    "decide_winner": (lambda who, at: policies.may_decide(case(who, at)), Permission.WINNER_DECIDE),
    "announce_result": (
        lambda who, at: policies.may_announce(case(who, at)),
        Permission.RESULT_ANNOUNCE,
    ),
}


@pytest.mark.parametrize("action", list(ACTS))
def test_each_act_needs_its_role_and_its_state(action: str) -> None:
    may, permission = ACTS[action]

    for role, state in product(HUMANS, STATES):
        verdict = may(role, state)

        allowed = role in roles_with(permission) and state in BY_ACTION[action].sources
        assert verdict.ok is allowed, (role, state)
        assert verdict.ok or verdict.reason


@pytest.mark.parametrize("seats", [(), (member(replaced_at=NOW),)])
def test_who_does_not_sit_does_nothing_of_a_members(seats: tuple[PanelMember, ...]) -> None:
    def at(state: ReviewState) -> ReviewCase:
        return replace(case(Role.EXPERT, state, *seats), oversees=False)

    scored = at(ReviewState.SCORED)
    verdicts = (
        policies.may_declare(at(ReviewState.PANEL_DRAWN)),
        policies.may_score(at(ReviewState.CHECKED), NOW),
        policies.may_lock(at(ReviewState.CHECKED), [], NOW),
        policies.may_sign(scored, 0, NOW),
        policies.may_deliver(scored, NOW, NOW),
        policies.may_judge_low_price(scored, ranked("low:mean")),
        policies.may_read_bids(scored),
        policies.may_read_as_member(seats[0] if seats else None),
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
    seated = case(Role.CLERK, ReviewState.CHECKED, member(has_conflict=conflict))

    assert policies.may_read_bids(seated).ok is reads
    assert policies.may_read_bids(case(Role.CLERK)).ok


def test_buyers_clerk_who_stepped_aside_reads_judges_and_announces_nothing() -> None:
    """GPL-R art 9: without a seat they are of the buyer's side again, and their conflict stays."""
    aside = member(has_conflict=True, replaced_at=NOW)
    drawn = case(Role.CLERK, ReviewState.PANEL_DRAWN, aside)
    verdicts = (
        policies.may_read_bids(drawn),
        policies.may_check(drawn),
        policies.may_complete_checks(drawn, 0),
        policies.may_announce(case(Role.CLERK, ReviewState.DECIDED, aside)),
        policies.may_decide(case(Role.APPROVER, ReviewState.REPORTED, aside)),
    )

    assert {verdict.rule for verdict in verdicts} == {policies.RULE_RECUSAL}
    assert {verdict.remedy for verdict in verdicts} == {policies.FOR_COLLEAGUES}


def test_locked_marks_and_signed_reports_are_final() -> None:
    locked = case(Role.EXPERT, ReviewState.CHECKED, member(locked_at=NOW))

    assert not policies.may_score(locked, NOW).ok
    assert not policies.may_lock(locked, [], NOW).ok
    assert not policies.may_sign(at_report(member(signed_at=NOW)), 0, NOW).ok
    assert not policies.may_declare(case(Role.EXPERT, ReviewState.PANEL_DRAWN, member())).ok


def at_report(*members: PanelMember) -> ReviewCase:
    """The same of an expert once all marks are locked."""
    return case(Role.EXPERT, ReviewState.SCORED, *members)


def test_lock_with_gaps_names_the_first() -> None:
    scoring = case(Role.EXPERT, ReviewState.CHECKED, member())
    verdict = policies.may_lock(scoring, ["甲没有打分", "乙"], NOW)

    assert "2 处" in verdict.reason
    assert verdict.reason.endswith("2 处没有评完，例如甲没有打分。")
    assert policies.may_lock(scoring, ["甲没有打分"], NOW).reason.endswith("：甲没有打分。")


def test_sign_waits_for_low_prices_and_only_the_chair_judges_them() -> None:
    low, chair = ranked("low:mean"), member(is_chair=True)

    assert "异常低价" in policies.may_sign(at_report(member()), 1, NOW).reason
    assert "组长" in policies.may_judge_low_price(at_report(member()), low).reason
    assert not policies.may_judge_low_price(at_report(chair), ranked("tie:drawn")).ok
    assert not policies.may_judge_low_price(at_report(chair, other(signed_at=NOW)), low).ok


def test_deliver_needs_the_chairs_own_signature() -> None:
    assert not policies.may_deliver(at_report(member(is_chair=True)), NOW, NOW).ok
    assert not policies.may_deliver(at_report(member(signed_at=NOW)), NOW, NOW).ok


def test_decide_is_for_a_person_who_neither_drew_nor_sat() -> None:
    def why_not(*members: PanelMember, drawn_by: str = "drawer", buyer: str = "bureau") -> str:
        reported = case(
            Role.APPROVER, ReviewState.REPORTED, *members, drawn_by=drawn_by, buyer=buyer
        )
        return policies.may_decide(reported).reason

    assert "抽取" in why_not(drawn_by="someone")
    assert "成员" in why_not(member())
    assert "成员" in why_not(member(replaced_at=NOW))
    assert why_not(buyer="another")


@pytest.mark.parametrize(
    ("seat", "unchecked", "words"),
    [
        (other(has_conflict=None), 0, "没有签署"),
        (other(has_conflict=True), 0, "还没有更换"),
        (other(), 2, "2 份"),
    ],
)
def test_checks_close_when_all_declared_and_all_judged(
    seat: PanelMember, unchecked: int, words: str
) -> None:
    drawn = case(Role.CLERK, ReviewState.PANEL_DRAWN, seat)

    assert words in policies.may_complete_checks(drawn, unchecked).reason


def test_replace_is_only_for_a_declared_conflict() -> None:
    """EX198: nobody is replaced to change a result."""
    verdict = policies.may_replace(case(Role.CLERK, ReviewState.PANEL_DRAWN), other())

    assert "应当回避" in verdict.reason


def test_absence_takes_two_people_and_a_member_who_can_be_replaced() -> None:
    """O87 art 49: nobody alone swaps a member of a panel."""
    approver = case(Role.APPROVER)

    assert not policies.may_decide_absence(approver, absence("someone")).ok
    assert not policies.may_decide_absence(approver, None).ok
    assert not policies.may_decide_absence(case(Role.APPROVER, buyer="another"), absence()).ok
    for seat, reported in (
        (other(replaced_at=NOW), False),
        (other(signed_at=NOW), False),
        (other(has_conflict=True), False),
        (other(), True),
    ):
        verdict = policies.may_report_absence(case(Role.CLERK), seat, is_reported=reported)
        assert not verdict.ok
        assert verdict.reason


def test_conflict_found_later_is_declared_until_the_signature() -> None:
    def may(state: ReviewState, *members: PanelMember) -> bool:
        return policies.may_report_conflict(case(Role.EXPERT, state, *members)).ok

    for state in (ReviewState.PANEL_DRAWN, ReviewState.CHECKED, ReviewState.SCORED):
        assert may(state, member())
        assert not may(state)
        for declared in (None, True):
            assert not may(state, member(has_conflict=declared))
    assert not may(ReviewState.SCORED, member(signed_at=NOW))
    assert not may(ReviewState.REPORTED, member())


def test_nothing_is_signed_while_a_member_with_a_conflict_sits() -> None:
    leaving = other(has_conflict=True)
    chair = at_report(member(is_chair=True), leaving)

    verdicts = (
        policies.may_sign(at_report(member(), leaving), 0, NOW),
        policies.may_deliver(at_report(member(is_chair=True, signed_at=NOW), leaving), NOW, NOW),
        policies.may_judge_low_price(chair, ranked("low:mean")),
    )
    assert {verdict.reason for verdict in verdicts} == {"有成员声明应当回避，还没有更换。"}


def test_nobody_scores_locks_or_signs_before_the_session() -> None:
    """The report must not tell of marks that are older than the meeting."""
    early = NOW - timedelta(microseconds=1)
    scoring = case(Role.EXPERT, ReviewState.CHECKED, member())
    verdicts = (
        policies.may_score(scoring, early),
        policies.may_lock(scoring, [], early),
        policies.may_sign(at_report(member()), 0, early),
    )

    assert all("在此之前不能评分和签署" in verdict.reason for verdict in verdicts)
    moving = policies.may_move_session(case(Role.CLERK), is_scored=True)
    assert "已经开始评分" in moving.reason


def test_report_waits_for_who_has_time_to_sign_or_dissent() -> None:
    """GPL-R art 41: silence agrees only once there was time to speak."""
    chair, until = member(is_chair=True, signed_at=NOW), policies.sign_until(NOW)

    assert until - NOW == timedelta(hours=24)
    early = policies.may_deliver(at_report(chair, other()), until, NOW)
    assert "还有 1 名成员没有签署" in early.reason
    assert policies.may_deliver(at_report(chair, other()), until, until).ok
    assert policies.may_deliver(at_report(chair), until, NOW).ok


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
    members = (member(),) if on_panel else ()
    found = case(Role.AUDITOR if auditor else Role.CLERK, state, *members)

    assert policies.sees_names(replace(found, oversees=oversees)) is sees


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
