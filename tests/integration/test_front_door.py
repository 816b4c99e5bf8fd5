"""The door of the running server: who guesses at it keeps nobody else out."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from procure.demonstration.accounts import PASSWORD
from tests.served import Served, served
from tests.world import copy_belongings, sqlite_url

WRONG = "wrong wrong wrong"


@pytest.fixture(scope="module")
def site(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A running `procure serve` with the demonstration's people."""
    folder = tmp_path_factory.mktemp("door")
    copy_belongings(sqlite_template.parent, folder)
    shutil.copyfile(sqlite_template, folder / "procure.db")
    with served(sqlite_url(folder / "procure.db"), folder) as running:
        yield running


def test_fifty_invented_names_shut_nobody_out(site: Served) -> None:
    """From two addresses; then people come in on new devices, each from an address of their own."""
    for number in range(60):
        thief = site.visitor("127.0.0.20" if number % 12 == 0 else "127.0.0.1")
        assert thief.prove(f"invented{number}", WRONG)[0].status in (400, 409)

    for place, username in enumerate(("fuzeren2", "guoku", "pinggu2", "shenji", "mulu")):
        person = site.visitor(f"127.0.0.{30 + place}")
        answer, page = person.prove(username, PASSWORD)
        assert answer.headers["Location"] == "/desk", page
        assert person.status("/desk") == 200
    beside_the_thief = site.visitor("127.0.0.1")
    assert beside_the_thief.prove("jingban", PASSWORD)[0].headers["Location"] == "/desk"


def test_guessing_at_one_account_waits_and_leaves_the_others_alone(site: Served) -> None:
    said = [site.visitor(f"127.0.1.{place}").prove("fuzeren1", WRONG)[1] for place in range(7)]

    assert "用户名或密码不对" in said[0]
    assert "请等待 15 秒后再试" in said[-1]
    assert site.visitor("127.0.0.40").prove("jigou1", PASSWORD)[0].status == 302
