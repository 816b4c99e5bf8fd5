"""Bad input on every form and every address: a clear answer, never a fault.

Each page's own forms are filled with what a tired person, an old browser or a rival's script may
send. Whatever comes, the answer is a page in plain Chinese, and nothing breaks.
"""

import random

import pytest

from tests.factories.offered import Control, read
from tests.integration import routes
from tests.page_client import TECHNICAL, quick_words
from tests.world import World

NASTY = [
    "",
    " ",
    "\x00",
    "长" * 5000,
    "-1",
    "0",
    "99999999999999999999",
    "1e309",
    "NaN",
    "٣٤",
    "１２３",
    "1,23,4",
    "185万",
    "2026-02-30",
    "2026-13-01",
    "0001-01-01",
    "9999-12-31",
    "25:61",
    "<script>alert(1)</script>",
    "{{ 7*7 }}",
    "=cmd|' /C calc'!A0",
    "'; DROP TABLE project; --",
    "\ud800",
    "\u202e逆序",
    "😀" * 50,
    "../../etc/passwd",
    "true",
    "on",
    "\r\nSet-Cookie: x=y",
]
QUERIES = [
    "?page=0",
    "?page=-1",
    "?page=99999999999999999999",
    "?page=%00",
    "?sort=password",
    "?sort=-",
    "?q=" + "a" * 3000,
    "?q=%27%22%3C%3E%25_%5C",
    "?q=%ff%fe",
    "?format=exe",
    "?stage=nothing&kind=nothing&year=x",
    "?next=//evil.example/",
    "?a[]=1&a[]=2",
]
FINE = {200, 302, 303, 304, 400, 403, 404, 405, 409, 413, 429}
PEOPLE = [
    "jingban", "shenhe", "yanshou", "yusuan", "guoku", "jigou1", "fuzeren1", "zhuanjia1",
    "pinggu1", "pinggu2", "shenji", "mulu", "xitong", "anquan", "shenjiguanli", None,
]  # fmt: skip
LEAVES = {"accounts.sign_out", "accounts.enter_demo", "accounts.end_session",
          "accounts.end_other_sessions", "accounts.change_password", "accounts.start_enrolment",
          "accounts.confirm_enrolment", "demonstration.clock"}  # fmt: skip


def filled(dice: random.Random, controls: list[Control]) -> dict[str, str]:
    """The form as somebody careless or hostile might send it."""
    sent: dict[str, str] = {}
    for control in controls:
        name, kind, value = control.name, control.kind, control.value
        if name == "csrf_token":
            sent[name] = value
        elif kind == "hidden":
            way = dice.random()
            if way < 0.9:
                sent[name] = value if way < 0.8 else dice.choice(NASTY)
        elif kind in ("submit", "button"):
            if dice.random() < 0.2:
                sent[name] = value
        elif kind in ("radio", "checkbox"):
            if dice.random() < 0.7:
                sent[name] = value if dice.random() < 0.7 else dice.choice(NASTY)
        elif kind != "file" and dice.random() < 0.9:
            sent[name] = dice.choice(NASTY)
    return sent


def check(world: World, username: str | None, method: str, path: str, sent: dict | None) -> str:
    client = world.client(username)
    data = (
        None
        if sent is None
        else {name: value.encode("utf-8", "surrogatepass") for name, value in sent.items()}
    )
    answer = client.raw(method, path, data=data)
    world.session.rollback()
    assert answer.status_code in FINE, (username, method, path, sent, answer.status_code)
    text = answer.get_data(as_text=True) if answer.mimetype == "text/html" else ""
    if answer.status_code >= 400 and text:
        said = quick_words(text)
        for value in (sent or {}).values():
            said = said.replace(value, "")
        found = TECHNICAL.search(said)
        assert not found, (path, said[max(0, found.start() - 60) : found.end() + 60])
    return text


def fuzz(world: World, username: str | None, seed: int, rounds: int, most: int) -> int:
    dice = random.Random(seed)
    sent = 0
    for rule in routes.rules(world.app):
        if rule.endpoint in LEAVES:
            continue
        for path in routes.addresses(world.session, rule, most=most):
            if "GET" not in (rule.methods or set()):
                continue
            check(world, username, "GET", path + dice.choice(QUERIES), None)
            text = check(world, username, "GET", path, None)
            for form in read(path, text).forms:
                target = form.action
                if "logout" in target or "login" in target:
                    continue
                for _ in range(rounds):
                    check(world, username, "POST", target, filled(dice, form.controls))
                    sent += 1
    return sent


@pytest.mark.parametrize("username", PEOPLE)
def test_bad_input_gets_a_clear_answer(walked: World, username: str | None) -> None:
    forms = fuzz(walked, username, seed=20261120, rounds=1, most=1)
    assert forms > 0 or username is None


@pytest.mark.drill
@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("username", PEOPLE)
def test_bad_input_gets_a_clear_answer_at_length(
    walked: World, username: str | None, seed: int
) -> None:
    fuzz(walked, username, seed=seed, rounds=20, most=6)
