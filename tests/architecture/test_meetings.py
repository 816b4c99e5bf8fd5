"""Every way in which two verbs can meet has its race (`tests/integration/stages/races`)."""

from tests.holds import BELOW, DECIDE, Hold, Meeting, holds_of, meeting, meetings
from tests.integration.stages.races.all_pairs import PAIRS
from tests.verbs import all_verbs


def test_every_way_in_which_two_verbs_can_meet_is_raced() -> None:
    """A new verb that meets others in a way of its own needs a race of its own."""
    held = {verb.name: holds_of(verb) for verb in all_verbs()}
    pairs_raced = [
        (held[pair.first.verb], held[pair.second.verb])
        for pair in PAIRS
        if {pair.first.verb, pair.second.verb} <= held.keys()
    ]
    raced = {meeting(one, other) for one, other in pairs_raced}

    assert None not in raced, "a race of two that do not meet"
    assert meetings().keys() - raced == set()


def test_two_meet_where_one_of_them_decides_and_nowhere_else() -> None:
    adds = (Hold("Contract", BELOW), Hold("Milestone", DECIDE))
    decides = (Hold("Contract", DECIDE), Hold("Evaluation", DECIDE))

    assert meeting(adds, decides) == Meeting("Contract", (BELOW, DECIDE))
    assert meeting(adds, adds) == Meeting("Milestone", (DECIDE, DECIDE))
    assert meeting(adds[:1], adds[:1]) is None
