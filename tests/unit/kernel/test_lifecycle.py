"""The table of transitions holds together, for every aggregate and every state."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest

from procure.kernel.access import (
    PERMISSIONS_BY_ROLE,
    SYSTEM_ACTOR,
    VISITOR,
    Permission,
    Role,
    roles_with,
)
from procure.kernel.errors import ALLOWED, IllegalTransition, refused
from procure.kernel.lifecycle import (
    BY_ACTION,
    STATES,
    TRANSITIONS,
    Aggregate,
    Audience,
    BidState,
    Tone,
    Transition,
    actions_from,
    advance,
    is_final,
    label_of,
    may_step,
    may_take,
)

ALL_STATES = [(aggregate, state) for aggregate, kind in STATES.items() for state in kind]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_every_aggregate_and_stage_has_words() -> None:
    assert set(STATES) == set(Aggregate)


def test_actions_and_their_rows_are_one_to_one() -> None:
    assert len(BY_ACTION) == len(TRANSITIONS)


def test_events_are_one_to_one_with_actions() -> None:
    repeated = [name for name, count in Counter(t.event for t in TRANSITIONS).items() if count > 1]
    assert not repeated


def test_state_has_words_for_every_audience() -> None:
    for _, state in ALL_STATES:
        assert isinstance(state.tone, Tone), state
        for audience in Audience:
            assert CHINESE.search(state.for_audience(audience)), state
            assert str(state) not in state.for_audience(audience), state


def test_state_is_final_or_has_a_way_on() -> None:
    for aggregate, state in ALL_STATES:
        onward = [row for row in actions_from(aggregate, state) if row.target not in (None, state)]
        ways_on = [row for row in onward if not row.action.startswith(("terminate_", "fail_"))]
        assert is_final(state) != bool(ways_on), (aggregate, state)


AWAITED_ALL_THE_SAME = {
    "retire_item": "the one step from a published item, on nobody's desk",
    "submit_bid": "again, after a change or a withdrawal",
    "reopen_scoring": "behind the delivery of the report, which is awaited first",
    "reject_service": "behind the acceptance of the record, which is awaited first",
    "void_service": "the evaluator's finding, on nobody's desk",
    "restore_service": "the same, taken back",
    "reopen_acceptance": "after amends the acceptance begins anew",
    "resubmit_payment": "after amends the request begins anew",
}


def unmarked(rows: Iterable[Transition]) -> set[str]:
    """Steps that lead back or out by the order and tone of the states, and are awaited."""
    found = set()
    for row in rows:
        order = list(STATES[row.aggregate])
        if row.target is None or row.is_correction or not row.is_awaited:
            continue
        is_out = row.target.tone is Tone.STOPPED
        if row.sources and (
            is_out or order.index(row.target) <= max(order.index(one) for one in row.sources)
        ):
            found.add(row.action)
    return found


def test_nobody_waits_for_what_leads_back_or_out() -> None:
    assert unmarked(TRANSITIONS) == AWAITED_ALL_THE_SAME.keys()


def test_a_way_back_that_is_awaited_is_found() -> None:
    assert unmarked([replace(BY_ACTION["recall_plan"], is_awaited=True)]) == {"recall_plan"}


@pytest.mark.parametrize("aggregate", STATES)
def test_every_state_can_be_reached(aggregate: Aggregate) -> None:
    reached = {row.target for row in TRANSITIONS if row.aggregate is aggregate and not row.sources}
    while True:
        further = {
            row.target
            for row in TRANSITIONS
            if row.aggregate is aggregate and row.target and reached & set(row.sources)
        }
        if further <= reached:
            break
        reached |= further
    assert set(STATES[aggregate]) <= reached


def test_step_moves_only_within_its_own_aggregate() -> None:
    for row in TRANSITIONS:
        kind = STATES[row.aggregate]
        assert all(type(state) is kind for state in row.sources), row.action
        assert row.target is None or type(row.target) is kind, row.action
        assert CHINESE.search(row.label), row.action
        held = roles_with(row.permission) or row.permission in PERMISSIONS_BY_ROLE[Role.SYSTEM]
        assert held, row.action


def test_step_is_refused_in_every_other_state_with_words() -> None:
    for row in TRANSITIONS:
        for state in STATES[row.aggregate]:
            verdict = may_step(row.action, state)
            assert verdict.ok == (state in row.sources), (row.action, state)
            if not verdict.ok:
                assert CHINESE.search(verdict.reason), (row.action, state)
                with pytest.raises(IllegalTransition):
                    advance(row.action, state)
            else:
                assert advance(row.action, state) == (row.target or state)


def test_creating_step_starts_from_nothing() -> None:
    assert advance("save_bid", None) is BidState.DRAFT


def test_step_that_needs_something_refuses_nothing() -> None:
    assert not may_step("submit_bid", None).ok


def test_step_asks_for_office_then_side_then_state_then_the_rest() -> None:
    foreign, more = refused("别的单位的"), refused("还缺一样")
    wrong, right = BidState.DRAFT, BidState.SUBMITTED

    def reason(actor: object, state: object, side: object, *also: object) -> str:
        return may_take("withdraw_bid", actor, state, side, *also).reason

    assert label_of("withdraw_bid") in reason(VISITOR, wrong, foreign, more)
    assert reason(SYSTEM_ACTOR, wrong, foreign, more) == foreign.reason
    assert reason(SYSTEM_ACTOR, wrong, ALLOWED, more) == may_step("withdraw_bid", wrong).reason
    assert reason(SYSTEM_ACTOR, right, ALLOWED, more) == more.reason
    assert may_take("withdraw_bid", SYSTEM_ACTOR, right, ALLOWED).ok


def test_every_permission_is_held_by_somebody() -> None:
    free = {Permission.PUBLIC, Permission.SIGNED_IN}
    assert [p for p in Permission if p not in free and not roles_with(p)] == []
