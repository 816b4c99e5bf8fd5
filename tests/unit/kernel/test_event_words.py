"""What the time line says of events that were written before stays what it was."""

from pathlib import Path

from procure import wiring
from procure.kernel.events import EVENT_TYPES
from procure.kernel.phrases import Each, phrased
from tests.unit.kernel.event_samples import bodies

WORDS = Path(__file__).with_name("event_words.tsv")
"""Event, what it says of a full body, and of one with nothing in it that may be empty."""


def test_events_say_what_they_said() -> None:
    assert wiring.SUBSCRIBERS
    said = {}
    for line in WORDS.read_text(encoding="utf-8").splitlines():
        name, full, empty = line.split("\t")
        found = bodies(EVENT_TYPES[name])
        told = [EVENT_TYPES[name].words_of(found["full"])]
        told.append(EVENT_TYPES[name].words_of(found["empty"]) if empty else "")
        said[name] = (told == [full, empty], told)
    assert len(said) > 150
    assert not {name: told for name, (same, told) in said.items() if not same}


def test_what_is_printed_later_is_told_by_what_was_ordered() -> None:
    """Earlier versions told the digest of the printed paper."""
    for kind in (kind for kind in EVENT_TYPES.values() if "sha256" in kind.earlier):
        before = bodies(kind)["full"]
        now = {name: value for name, value in before.items() if name not in kind.earlier}

        assert "内容校验码 〈snapshot_sh" in kind.words_of(now), kind
        assert "校验码 0123456789ab" in kind.words_of(before), kind
        assert "内容校验码" not in kind.words_of(before), kind


def test_what_is_put_in_is_never_read_as_a_phrase() -> None:
    facts = {"reason": "[{secret}]", "secret": "x", "rows": ["{secret}", "[b]"]}

    assert phrased("{reason}[，{reason}]", facts) == "[{secret}]，[{secret}]"
    assert phrased("{rows:each}", facts, each={"rows": Each("{0}", "、")}) == "{secret}、[b]"


def test_part_stands_where_its_facts_are_there_and_choices_fall_to_the_last() -> None:
    words = "{n}[，{why}][，共 {sum:money}][{late:if}，逾期|{early:not}，按期|，不明]"

    assert phrased(words, {"n": 1, "why": "", "sum": 0, "late": True}) == "1，逾期"
    assert phrased(words, {"n": 1, "sum": 5, "early": False}) == "1，共 ¥0.05，按期"
    assert phrased(words, {"n": 1, "why": "迟", "early": None}) == "1，迟，不明"
