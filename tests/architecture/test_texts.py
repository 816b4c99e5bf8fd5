"""Papers own their words: texts that were used stay as they are, and no module words one itself."""

import ast
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from procure.kernel.phrases import known_form, places
from procure.render.wording import LETTERS, NOTICES, WORDS
from tests.sentences import ROOT, of_module, paper_modules, phrases_in

PLACES = (*(ROOT / "contracts").iterdir(), LETTERS)
"""Where papers, notices and letters lie; in each is what `sha256sum` says of its files (`DIGESTS`)."""
UNRELEASED = "## 尚未发布"
"""Heads the part of the change log whose texts no installation has used."""
TITLES = {"TOLD"}
"""The table of events and whom they are told, each with the title of its letter."""
TEXTS = sorted(path for root in (NOTICES, WORDS, LETTERS) for path in root.glob("*/*"))


def shaping() -> list[Path]:
    """The files whose words or look reach a reader: those of a version."""
    found = [one for place in PLACES for one in place.glob("*/**/*")]
    return sorted(one for one in found if one.is_file())


def recorded() -> list[str]:
    """The lines of all records, each with the whole path of its file; they only grow."""
    lines = [
        (place.relative_to(ROOT), line.partition("  "))
        for place in PLACES
        if (place / "DIGESTS").is_file()
        for line in (place / "DIGESTS").read_text("utf-8").splitlines()
    ]
    return [f"{digest}  {place / path}" for place, (digest, _, path) in lines]


def is_table_of_titles(node: ast.stmt) -> bool:
    """Whether a statement is such a table."""
    return isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in TITLES


def version_of(path: Path) -> tuple[Path, int]:
    """Of what a file is a version, and of which number: `…/result/2.toml`, `home-care/2/style.css`."""
    numbered = path if path.stem.isdecimal() else path.parent
    return numbered.parent, int(numbered.stem)


def used(files: Iterable[Path], *, is_release: bool) -> set[Path]:
    """The files that some installation may have printed or sent from: all of a release; while the next
    one is written, those of versions that have a later one, which are kept for what was printed.
    """
    versions = {path: version_of(path) for path in files}
    newest: dict[Path, int] = {}
    for text, number in versions.values():
        newest[text] = max(number, newest.get(text, 0))
    return {
        path for path, (text, number) in versions.items() if is_release or number < newest[text]
    }


def recorded_faults(
    lines: Iterable[str], files: Iterable[Path], *, is_release: bool = False
) -> list[str]:
    """Files that are not as they were recorded, and used ones that are not recorded (the line to add)."""
    told = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
    paths = {str(path.relative_to(ROOT)): path for path in files}
    now = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items()}
    due = used(paths.values(), is_release=is_release)
    changed = [
        f"changed, make a new version: {path}" for path in told if now.get(path) != told[path]
    ]
    return changed + [
        f"add: {now[name]}  {name}"
        for name, path in paths.items()
        if path in due and name not in told
    ]


def test_texts_that_were_used_stay_as_they_are() -> None:
    is_release = UNRELEASED not in (ROOT / "CHANGELOG.md").read_text("utf-8")

    assert not recorded_faults(recorded(), shaping(), is_release=is_release)


def test_a_changed_text_and_a_used_one_without_record_are_found() -> None:
    notice = NOTICES / "result" / "1.toml"
    name = str(notice.relative_to(ROOT))

    assert recorded_faults([f"{'0' * 64}  {name}"], [notice])[0].endswith(name)
    assert recorded_faults([f"{'0' * 64}  {name}"], [])[0].startswith("changed")
    assert recorded_faults([], [notice], is_release=True)[0].startswith("add: ")
    assert recorded_faults([], [notice]) == []
    former = ROOT / "contracts/home-care/2/contract.html"
    later = ROOT / "contracts/home-care/3/contract.html"
    (found,) = recorded_faults([], [former, later])
    assert found.endswith("home-care/2/contract.html")


@pytest.mark.parametrize("path", paper_modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_papers_notices_and_letters_word_nothing_themselves(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    tree.body = [node for node in tree.body if not is_table_of_titles(node)]

    assert [one.text for one in of_module(tree)] == []


def test_a_sentence_in_a_module_is_found() -> None:
    planted = 'def told(case):\n    return f"共 {case.count} 份，当场开启。"\n'

    assert [one.text for one in of_module(ast.parse(planted))] == ["共 {case.count} 份，当场开启。"]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_facts_are_written_in_forms_that_are_known(path: Path) -> None:
    forms = {form for phrase in phrases_in(path) for _, form in places(phrase) if form}

    assert not {form for form in forms if not known_form(form)}


GLUED = re.compile(r"project\.title\}[\u3400-\u9fff{]|project\.title ?\}\}(?:[\u3400-\u9fff]|\{\{)")
"""A project's name with a noun put behind it by hand: 服务采购采购计划."""


def test_names_and_nouns_meet_in_one_function() -> None:
    sources = [*(ROOT / "procure").rglob("*.py"), *(ROOT / "templates").rglob("*.html")]
    glued = [str(path) for path in sources if GLUED.search(path.read_text("utf-8"))]

    assert not glued, "kernel.text.titled"


@pytest.mark.parametrize(
    "planted",
    ['f"{project.title}采购计划"', 'f"{project.title}{noun}"', "{{ project.title }}采购计划"],
)
def test_a_title_put_together_by_hand_is_found(planted: str) -> None:
    assert GLUED.search(planted)
