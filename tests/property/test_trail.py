"""Chains of any content: whole ones pass, any change of any column of any link is found."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from procure.kernel.events import canonical
from procure.store import trail

Link = tuple[Any, ...]
TEXTS = st.text(max_size=20)
IDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
COLUMNS = 11
SEQ, AT, TOLD = 1, 5, 10


@st.composite
def chains(draw: st.DrawFn) -> list[Link]:
    """Some chains in the order of their names, as the database would hand them over."""
    rows: list[Link] = []
    for stream in sorted(draw(st.sets(IDS, min_size=1, max_size=3))):
        before = trail.GENESIS
        for seq in range(1, draw(st.integers(1, 5)) + 1):
            salt, body = draw(st.text("0123456789abcdef", min_size=32, max_size=32)), draw(TEXTS)
            at, name, subject = draw(st.integers(0, 2**50)), draw(IDS), draw(IDS)
            project, actor = draw(st.none() | IDS), draw(IDS)
            header = canonical(
                {
                    "v": trail.FORMAT,
                    "stream": stream,
                    "seq": seq,
                    "prev": before,
                    "at": at,
                    "actor": actor,
                    "event": name,
                    "subject": subject,
                    "project": project,
                    "body": trail.digest_of_body(salt, body),
                }
            )
            link, told = trail.digest_of_header(header), (salt + body).encode()
            rows.append(
                (stream, seq, before, link, header, at, name, subject, project, actor, told)
            )
            before = link
    return rows


@given(chains())
def test_check_whole_chains_finds_nothing(rows: list[Link]) -> None:
    ends: dict[str, tuple[int, str]] = {}

    assert list(trail.check_links(rows, ends)) == []
    assert ends == {row[0]: (row[1], row[3]) for row in rows}


@given(chains(), st.data())
def test_check_any_changed_column_finds_the_very_link(
    rows: list[Link], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    column = data.draw(st.integers(2, COLUMNS - 1))
    old = rows[at][column]
    drawn = {AT: st.integers(0, 2**50), TOLD: st.none() | st.binary(max_size=20)}
    new = data.draw(drawn.get(column, st.none() | TEXTS))
    if new == old or (new is None and column in (2, 3, 4, 6, 7, 9, 10)):
        return
    changed = [*rows[:at], (*rows[at][:column], new, *rows[at][column + 1 :]), *rows[at + 1 :]]

    faults = list(trail.check_links(changed))

    assert faults
    assert (faults[0].stream, faults[0].seq) == (rows[at][0], rows[at][SEQ])


@given(chains(), st.data())
def test_check_missing_link_inside_a_chain_finds_its_place(
    rows: list[Link], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    if at + 1 == len(rows) or rows[at + 1][0] != rows[at][0]:
        return

    faults = list(trail.check_links([*rows[:at], *rows[at + 1 :]]))

    assert (faults[0].stream, faults[0].seq) == (rows[at][0], rows[at][SEQ])


ESCAPED = st.text('ab"\\\n\x07\u2028，', min_size=1, max_size=6)


@given(ESCAPED, ESCAPED)
def test_check_column_written_as_json_escapes_it_is_found(true: str, subject: str) -> None:
    """The header's own spelling of a text in the column, where the text itself belongs."""
    told, spelt = b"salt", canonical(subject)[1:-1]
    header = canonical(
        {
            "v": trail.FORMAT,
            "stream": true,
            "seq": 1,
            "prev": trail.GENESIS,
            "at": 1,
            "actor": "a",
            "event": "E",
            "subject": subject,
            "project": None,
            "body": trail.digest_of_body("salt", ""),
        }
    )
    link = trail.digest_of_header(header)
    row = (true, 1, trail.GENESIS, link, header, 1, "E", spelt, None, "a", told)

    assert bool(list(trail.check_links([row]))) == (spelt != subject)
