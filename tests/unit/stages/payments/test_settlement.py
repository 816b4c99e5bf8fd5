"""When a contract may be settled, ground by ground; how long the supplier has to answer."""

from dataclasses import replace
from datetime import date

import pytest

from procure.kernel.access import Actor, Role
from procure.kernel.errors import Conflict
from procure.kernel.lifecycle import AcceptanceState, ContractState
from procure.kernel.vocabulary import SettlementGround
from procure.stages.contracts.models import Contract, ContractSettlement
from procure.stages.payments import policies
from procure.stages.payments.settlement import (
    SettlementFacts,
    answer_by,
    has_ground,
    may_decide_now,
    may_settle,
    open_grounds,
)
from tests.factories.people import BUYER, OFFICES, SUPPLIER, person_with

TODAY = date(2027, 6, 1)
NOTHING = SettlementFacts(
    today=TODAY,
    last_day=date(2027, 5, 5),
    ended_early=False,
    is_settled=False,
    acceptance=None,
    rectify_by=None,
    served=0,
    unverified=0,
    reported=(),
    submitted=(),
    under_way=(),
    reversals=(),
    claim_until=None,
    may_be_asked=(),
)
PUBLISHED = replace(NOTHING, acceptance=AcceptanceState.PUBLISHED, served=6)
REFUSED = replace(NOTHING, acceptance=AcceptanceState.NOT_PASSED, served=6)
G = SettlementGround


@pytest.mark.parametrize(
    ("facts", "grounds"),
    [
        (NOTHING, (G.NOT_SERVED,)),
        (replace(NOTHING, ended_early=True), (G.NOT_SERVED, G.ENDED_EARLY)),
        (replace(NOTHING, served=1), ()),
        (replace(NOTHING, served=1, ended_early=True), (G.ENDED_EARLY,)),
        (replace(NOTHING, unverified=1, ended_early=True), ()),
        (replace(REFUSED, rectify_by=date(2027, 5, 31)), (G.NOT_MADE_GOOD,)),
        (replace(REFUSED, rectify_by=TODAY), ()),
        (replace(REFUSED, rectify_by=date(2027, 5, 31), unverified=2), ()),
        (PUBLISHED, ()),
        (replace(PUBLISHED, claim_until=TODAY), ()),
        (replace(PUBLISHED, claim_until=date(2027, 5, 31)), (G.NOT_ASKED,)),
        (replace(PUBLISHED, claim_until=date(2027, 5, 31), unverified=3), (G.NOT_ASKED,)),
        (replace(PUBLISHED, ended_early=True), ()),
    ],
)
def test_each_ground_is_open_where_it_holds_and_nowhere_else(
    facts: SettlementFacts, grounds: tuple[SettlementGround, ...]
) -> None:
    assert open_grounds(facts) == grounds


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        (replace(NOTHING, is_settled=True), "已经结算办结"),
        (replace(NOTHING, last_day=TODAY), "才结束"),
        (replace(NOTHING, last_day=None), "现在不能结算办结"),
        (replace(NOTHING, under_way=(2,)), "第 2 期款项正在办理支付"),
        (replace(NOTHING, reversals=(1,)), "第 1 期款项有冲正"),
        (replace(NOTHING, reported=("中期总结",)), "“中期总结”已报送"),
        (replace(NOTHING, submitted=("末期评估",)), "末期评估的报告"),
        (replace(NOTHING, acceptance=AcceptanceState.COLLECTING), "正在收集"),
        (replace(NOTHING, acceptance=AcceptanceState.PASSED), "待公告"),
        (replace(NOTHING, acceptance=AcceptanceState.RECTIFIED), "待复验"),
    ],
)
def test_nothing_is_settled_while_something_is_under_way(
    facts: SettlementFacts, words: str
) -> None:
    assert words in may_settle(facts).reason
    assert open_grounds(facts) == ()


def proposal(ground: SettlementGround, *, agreed: bool | None, by: date) -> ContractSettlement:
    return ContractSettlement(ground=ground, agreed=agreed, answer_by=by)


@pytest.mark.parametrize(
    ("ground", "agreed", "over", "asks", "ok"),
    [
        (G.NOT_SERVED, None, False, False, False),
        (G.NOT_SERVED, None, True, False, True),
        (G.NOT_SERVED, True, False, False, True),
        (G.NOT_SERVED, False, False, False, True),
        (G.NOT_SERVED, False, False, True, False),
        (G.NOT_SERVED, False, True, True, True),
        (G.NOT_SERVED, True, False, True, True),
        (G.NOT_ASKED, False, False, True, True),
        (G.NOT_ASKED, None, False, True, False),
        (G.ENDED_EARLY, None, True, False, False),
        (G.ENDED_EARLY, False, True, False, False),
        (G.ENDED_EARLY, True, False, False, True),
    ],
)
def test_decision_waits_for_the_answer_or_its_last_day_and_consent_where_it_is_asked(
    ground: SettlementGround, agreed: bool | None, over: bool, asks: bool, ok: bool
) -> None:
    by = date(2027, 5, 31) if over else TODAY
    facts = replace(NOTHING, may_be_asked=(1,) if asks else ())
    assert may_decide_now(proposal(ground, agreed=agreed, by=by), facts).ok is ok


def test_supplier_that_may_still_ask_has_as_long_as_for_asking() -> None:
    assert answer_by(G.NOT_SERVED, NOTHING) == date(2027, 6, 8)
    asking = replace(NOTHING, may_be_asked=(1,))
    assert answer_by(G.NOT_SERVED, asking) >= date(2027, 7, 31)
    assert answer_by(G.NOT_ASKED, asking) == date(2027, 6, 8)


def test_reason_against_a_ground_says_what_to_do() -> None:
    for ground in SettlementGround:
        verdict = has_ground(ground, replace(PUBLISHED, claim_until=TODAY))
        assert not verdict.ok
        assert verdict.reason


def settled(**asked: object) -> ContractSettlement:
    given = {"ground": G.NOT_SERVED, "agreed": None, "answer_by": date(2027, 5, 31)}
    return ContractSettlement(**(given | {"proposed_by": "somebody"} | asked))


@pytest.mark.parametrize("role", OFFICES)
def test_settlement_is_asked_by_the_clerk_answered_by_the_supplier_and_decided_by_who_signs(
    role: Role,
) -> None:
    filed = Contract(buyer_id=BUYER, supplier_id=SUPPLIER, state=ContractState.FILED)
    who, stranger = person_with(role), person_with(role, organisation_id="elsewhere")

    def allowed(one: Actor) -> tuple[bool, bool, bool]:
        return (
            policies.may_propose_settlement(one, filed, None, NOTHING).ok,
            policies.may_answer_settlement(one, filed, settled()).ok,
            policies.may_decide_settlement(one, filed, settled()).ok,
        )

    supplies = role in (Role.SUPPLIER_MEMBER, Role.SUPPLIER_SIGNATORY)
    assert allowed(who) == (role is Role.CLERK, supplies, role is Role.APPROVER)
    assert allowed(stranger) == (False, False, False)
    for place in (BUYER, SUPPLIER):
        assert sum(allowed(person_with(role, organisation_id=place))) <= sum(allowed(who))


def test_settlement_is_asked_once_at_a_time_answered_once_and_not_decided_by_who_asked() -> None:
    filed = Contract(buyer_id=BUYER, supplier_id=SUPPLIER, state=ContractState.FILED)
    drafted = Contract(buyer_id=BUYER, supplier_id=SUPPLIER, state=ContractState.DRAFT)
    clerk, supplier = person_with(Role.CLERK), person_with(Role.SUPPLIER_MEMBER)
    approver = person_with(Role.APPROVER)

    assert policies.may_propose_settlement(clerk, filed, settled(), NOTHING).error is Conflict
    assert not policies.may_propose_settlement(clerk, drafted, None, NOTHING).ok
    for agreed in (True, False):
        answered = settled(agreed=agreed)
        assert policies.may_answer_settlement(supplier, filed, answered).error is Conflict
    for verdict in (
        policies.may_answer_settlement(supplier, filed, None),
        policies.may_decide_settlement(approver, filed, None),
        policies.may_decide_settlement(approver, filed, settled(proposed_by=approver.user_id)),
    ):
        assert not verdict.ok


def test_settlement_stands_on_its_ground_until_the_day_of_the_decision() -> None:
    assert policies.may_settle_now(settled(), NOTHING).ok
    assert not policies.may_settle_now(settled(), replace(NOTHING, served=1)).ok
    assert not policies.may_settle_now(settled(), replace(NOTHING, last_day=TODAY)).ok
    assert not policies.may_settle_now(settled(answer_by=TODAY), NOTHING).ok


@pytest.mark.parametrize(
    ("facts", "nearest"),
    [
        (replace(PUBLISHED, claim_until=TODAY), G.NOT_ASKED),
        (replace(REFUSED, rectify_by=TODAY), G.NOT_MADE_GOOD),
        (replace(REFUSED, rectify_by=date(2027, 5, 31), unverified=2), G.NOT_MADE_GOOD),
        (replace(NOTHING, served=1), G.NOT_SERVED),
    ],
)
def test_clerk_without_a_ground_is_told_of_the_nearest_one(
    facts: SettlementFacts, nearest: SettlementGround
) -> None:
    filed = Contract(buyer_id=BUYER, supplier_id=SUPPLIER, state=ContractState.FILED)
    verdict = policies.may_propose_settlement(person_with(Role.CLERK), filed, None, facts)

    assert verdict.reason == f"现在没有可以结算办结的情形。{has_ground(nearest, facts).reason}"
    under_way = replace(facts, under_way=(2,))
    verdict = policies.may_propose_settlement(person_with(Role.CLERK), filed, None, under_way)
    assert verdict.reason == may_settle(under_way).reason
