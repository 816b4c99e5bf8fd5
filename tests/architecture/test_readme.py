"""What the papers at the top of the tree say of the program is what the program says of itself."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from procure.cli.lifecycle import table
from procure.cli.main import parser_for
from procure.demonstration.accounts import DEMONSTRATION_ACCOUNTS, PASSWORD

ROOT = Path(__file__).resolve().parents[2]
LIFECYCLE = ROOT / "procure" / "kernel" / "lifecycle.md"
PAPERS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")

LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
CODE = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"script/procure ([^`\n]+)")
ROOMS = ("procure", "templates", "static", "migrations", "contracts", "tests", "script", "bench")
PLACE = re.compile(rf"(?:{'|'.join(ROOMS)})/[\w./-]*[\w/]")


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def places_in(text: str) -> set[str]:
    """Every file or folder of ours that a paper names, in code or as a link."""
    named = {
        found for code in CODE.findall(text) if (found := PLACE.fullmatch(code.split("::")[0]))
    }
    return {one[0] for one in named} | set(LINK.findall(text))


def test_lifecycle_page_shows_the_lifecycle_as_it_is() -> None:
    text = LIFECYCLE.read_text(encoding="utf-8")
    shown = text.split("<!-- lifecycle -->")[1].split("<!-- /lifecycle -->")[0].strip()
    assert shown == table(), f"run `script/procure lifecycle` and put its table into {LIFECYCLE}"
    assert str(LIFECYCLE.relative_to(ROOT)) in places_in(text_of("README.md"))


@pytest.mark.parametrize("name", PAPERS)
def test_paper_names_only_what_is_there(name: str) -> None:
    named = places_in(text_of(name))
    assert sorted(place for place in named if not (ROOT / place).exists()) == []


@pytest.mark.parametrize("name", PAPERS)
def test_paper_prints_only_commands_that_are_taken(name: str) -> None:
    text = text_of(name).replace("\\\n", "")
    printed = [shlex.split(line, comments=True) for line in COMMAND.findall(text)]
    assert printed
    for words in printed:
        if words != ["--help"]:
            assert parser_for(words[0]).parse_args(words).run


def test_readme_sends_to_accounts_that_the_demonstration_has() -> None:
    text = text_of("README.md")
    chapter = text.split("## 第一次使用")[1].split("\n## ")[0]
    named = {
        word for row in chapter.splitlines() if row.startswith("| ") for word in CODE.findall(row)
    }
    assert len(named) > 10
    assert named <= {account.username for account in DEMONSTRATION_ACCOUNTS}
    assert f"`{PASSWORD}`" in chapter


def test_readme_begins_with_the_two_commands() -> None:
    text = text_of("README.md")
    first = [command for command in CODE.findall(text) if command.startswith("script/")]
    assert first[:2] == ["script/server", "script/test"]
    assert text.index("## 运行") < text.index("\n## 第一次使用")


def test_contributing_says_who_may_import_whom_as_the_linter_does() -> None:
    text = text_of("CONTRIBUTING.md")
    contracts = tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    rooms = [
        one["layers"]
        for one in contracts
        if one["type"] == "layers" and not any("*" in container for container in one["containers"])
    ]
    assert len(rooms) == 4
    for row in rooms:
        assert " → ".join(row) in text
