"""Rules are broken as they should be, and what the tests notice of it is told truly."""

import ast
from pathlib import Path

import pytest

from tests.mutants.__main__ import ROOT, guards_of, main
from tests.mutants.breaks import breaks_of

RULE = """\
SMALL = 3
LARGE = 9


def is_allowed(size: int) -> bool:
    if size < 0:
        return False
    return size <= SMALL


def is_large(size: int) -> bool:
    return size > LARGE
"""
GUARD = """\
from procure.kernel.small import is_allowed


def test_small_is_allowed():
    assert is_allowed(3)
    assert not is_allowed(4)
    assert not is_allowed(-1)
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A checkout with one module and one test of it."""
    (tmp_path / "procure/kernel").mkdir(parents=True)
    (tmp_path / "procure/__init__.py").touch()
    (tmp_path / "procure/kernel/__init__.py").touch()
    (tmp_path / "procure/kernel/small.py").write_text(RULE, encoding="utf-8")
    (tmp_path / "tests/unit/kernel").mkdir(parents=True)
    (tmp_path / "tests/unit/kernel/test_small.py").write_text(GUARD, encoding="utf-8")
    return tmp_path


def test_told_which_broken_rule_a_test_noticed_and_which_none_did(
    house: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status = main(["kernel", "--count", "99", "--seed", "1"], house)

    told = [line for line in capfd.readouterr().out.splitlines() if "small.py:" in line]
    verdicts = {}
    for line in told:
        verdict, _, rest = line.partition(" ")
        what, _, why = rest.partition("small.py:")[2].partition("  [")
        verdicts[what] = verdict, why.rpartition(",")[0]
    noticed = "killed", "tests/unit/kernel/test_small.py::test_small_is_allowed"
    assert verdicts == {
        "1  constant: 3 → 4": noticed,
        "2  constant: 9 → 10": ("survived", "all pass"),
        "6  check dropped: size < 0 → False": noticed,
        "6  comparison: size < 0 → size <= 0": ("survived", "all pass"),
        "6  constant: 0 → 1": ("survived", "all pass"),
        "7  constant: False → True": noticed,
        "8  comparison: size <= SMALL → size < SMALL": noticed,
        "12  comparison: size > LARGE → size >= LARGE": ("survived", "no test comes here"),
    }
    assert status == 1
    assert (house / "procure/kernel/small.py").read_text(encoding="utf-8") == RULE


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("a and b", {"a or b", "a", "b"}),
        ("not a", {"a"}),
        ("a is None", {"a is not None"}),
        ("a - b", {"a + b"}),
        ("f(a, b)", {"f(b, a)"}),
        ("q.where(a, b)", {"q.where(*(), b)", "q.where(a, *())"}),
        ("(a & b)", {"a", "b"}),
        ("a in (b, c)", {"a not in (b, c)", "a in (*(), c)", "a in (b, *())"}),
        ("a if b else c", {"c if b else a"}),
        ("[a for a in b if c]", {"[a for a in b if True]"}),
        ("a + '元'", set()),
        ("int | Money", set()),
        ("f'{a + b}'", set()),
        ("log.info(a, b)", set()),
    ],
)
def test_rule_is_broken_in_each_of_its_ways(rule: str, broken: set[str]) -> None:
    source = f"x = {rule}".encode()
    found = {one.applied(source) for one in breaks_of(Path("a.py"), source)}

    assert {ast.unparse(ast.parse(text)) for text in found} == {f"x = {one}" for one in broken}


def test_check_and_call_are_left_out_and_no_line_moves() -> None:
    text = b"def f():\n    if (a or\n            b):\n        return 1\n    g(a)\n"

    found = {one.kind: one.applied(text) for one in breaks_of(Path("a.py"), text)}

    assert b"if ((False\n)):" in found["check dropped"]
    assert found["call dropped"].endswith(b"\n    (None)\n")
    assert {broken.count(b"\n") for broken in found.values()} == {5}


def test_every_room_has_tests_that_guard_it() -> None:
    rooms = [one for one in (ROOT / "procure").rglob("*") if one.is_dir() and "__" not in one.name]
    without = [
        str(room)
        for one in rooms
        if not guards_of(ROOT, room := str(one.relative_to(ROOT / "procure")))
    ]

    assert without == []
