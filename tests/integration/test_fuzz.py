"""Bad input on every form and every address: a clear answer, never a fault.

Each page's own forms are filled with what a tired person, an old browser or a rival's script may
send. Whatever comes, the answer is a page in plain Chinese, and nothing breaks.
"""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from procure.kernel.errors import Invalid, NotSaved
from procure.store.unit_of_work import UnitOfWork
from procure.web import drafting
from procure.web.steps import is_declared
from tests.factories.filling import fill
from tests.factories.offered import Control, Offered, read
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
FINE = {200, 302, 303, 304, 400, 403, 404, 405, 409, 413, 429}
PEOPLE = [
    "jingban", "shenhe", "yanshou", "yusuan", "guoku", "jigou1", "fuzeren1", "zhuanjia1",
    "pinggu1", "pinggu2", "shenji", "mulu", "xitong", "anquan", "shenjiguanli", None,
]  # fmt: skip
SHOWN_ONCE = {"accounts.add_person", "accounts.decide_reset", "acceptance.slips"}
"""Done, these answer with a page: a temporary password or a code stands on it and nowhere else."""
REARRANGING = {"rows-add", "rows-remove", "file-remove"}
LEAVES = {"accounts.sign_out", "accounts.enter_demo", "accounts.end_session",
          "accounts.end_other_sessions", "accounts.change_password", "accounts.start_enrolment",
          "accounts.confirm_enrolment", "demonstration.clock"}  # fmt: skip


TYPED = {"text", "textarea", "select", "radio", "checkbox", "number", "date", "tel", "email"}
"""What somebody typed or chose and wants to find again; passwords, codes and files are given anew."""

NOWHERE = re.compile("^/styleguide/|/rounds/")

_shown_again: set[str] = set()
"""The endpoints whose page was drawn again after a refusal, in whichever of the tests."""


@contextmanager
def nobody_may_write() -> Iterator[list[UnitOfWork]]:
    """Every step is turned away before it changes anything, as after a lost race; those turned away."""
    entered, away = UnitOfWork.__enter__, []

    def turn_away(uow: UnitOfWork) -> UnitOfWork:
        if uow._technical:
            return entered(uow)
        # As every refused act does: what the page had read before is gone with it.
        uow.session.rollback()
        away.append(uow)
        raise NotSaved

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(UnitOfWork, "__enter__", turn_away)
        yield away


@contextmanager
def nothing_is_kept() -> Iterator[None]:
    """What was typed is too long to be kept, or the database is away for this moment."""

    def refuse(uow: UnitOfWork, *what: object) -> None:
        # As it is where a statement fails.
        uow.session.rollback()
        raise Invalid("", "填写的内容太长，没有保存。")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(drafting, "save_draft", refuse)
        yield


def standing(form: Offered) -> dict[str, list[str]]:
    """What stands in the fields of a form that somebody can type into."""
    found: dict[str, list[str]] = {}
    for one in form.controls:
        if one.kind in TYPED:
            values = found.setdefault(one.name, [])
            if one.kind not in ("radio", "checkbox") or one.chosen:
                values.append(plain(one.value))
    return found


def plain(value: str) -> str:
    """A value without what a field may add or take away: blanks, the zero before an hour."""
    text = value.replace("\r\n", "\n").strip()
    return text.removeprefix("0") if text[1:3].rstrip("0123456789") == ":" else text


def show_again(world: World, username: str, form: Offered) -> None:
    """Send a form that its step then refuses: the page comes again, says why and keeps all of it."""
    path = form.action.partition("?")[0]
    endpoint, _ = world.app.url_map.bind("localhost").match(path, method="POST")
    if endpoint in _shown_again or endpoint in LEAVES or not standing(form):
        return
    dice, name = random.Random(form.action), world.actor(username).name
    world.session.rollback()
    for _ in range(4):
        data: dict[str, Any] = fill(dice, form, world.now, name)
        with nobody_may_write() as away:
            answer = world.client(username).raw("POST", form.action, data=dict(data))
        world.session.rollback()
        text = answer.get_data(as_text=True)
        again = [one for one in read(form.action, text).forms if one.action == form.action]
        if away or not again:
            break
        form = again[0]
    if not away:
        return
    _shown_again.add(endpoint)
    leave_out(world, username, form, data)
    comes_again(endpoint, form, data, answer)
    with nobody_may_write(), nothing_is_kept():
        answer = world.client(username).raw("POST", form.action, data=dict(data))
    world.session.rollback()
    comes_again(endpoint, form, data, answer)


def comes_again(endpoint: str, form: Offered, data: dict[str, Any], answer: TestResponse) -> None:
    """A refused form came back with all that was typed, and with the reason."""
    text = answer.get_data(as_text=True)
    again = [one for one in read(form.action, text).forms if one.action == form.action]
    assert answer.status_code == 409, (endpoint, form.action, answer.status_code)
    assert again, (endpoint, form.action, "the page does not come again")
    assert "data-error-summary" in text, (endpoint, form.action, "it does not say why")
    for field, values in standing(again[0]).items():
        sent = data.get(field, [])
        sent = [plain(str(one)) for one in (sent if isinstance(sent, list) else [sent])]
        assert values == sent or not [*filter(None, values), *filter(None, sent)], (
            endpoint,
            field,
            sent,
            values,
        )


def leave_out(world: World, username: str, form: Offered, data: dict[str, Any]) -> None:
    """Send a whole form without each of its hidden fields: one that had a version and comes without
    it is an old page, whatever the record's version is now; nothing else breaks.
    """
    hidden = [one for one in form.controls if one.kind == "hidden" and one.name != "csrf_token"]
    for one in hidden:
        less = {name: value for name, value in data.items() if name != one.name}
        with nobody_may_write() as away:
            answer = world.client(username).raw("POST", form.action, data=less)
        world.session.rollback()
        assert answer.status_code in FINE, (form.action, one.name, answer.status_code)
        if one.name == "version" and one.value:
            assert not away, (form.action, "sent without its version, it is carried out")
            assert answer.status_code == 409, (form.action, answer.status_code)


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
    if method == "POST":
        check_refused(world, answer, path, sent or {}, text)
    return text


def check_refused(
    world: World, answer: TestResponse, path: str, sent: dict[str, str], text: str
) -> None:
    """Whatever a step refuses is told at its form or on its page: no silence, no page without it."""
    if answer.status_code in (404, 405):
        return
    endpoint, _ = world.app.url_map.bind("").match(urlsplit(path).path, "POST")
    if not is_declared(world.app.view_functions[endpoint]):
        return
    if answer.status_code == 200:
        assert endpoint in SHOWN_ONCE or REARRANGING & sent.keys(), (path, sent)
    if answer.status_code in (400, 409):
        assert "data-error-summary" in text or "notice-wrong" in text, (path, sent)


def fuzz(world: World, username: str | None, seed: int, rounds: int, most: int) -> int:
    """Try everything the person may open; how they are refused elsewhere, the permission matrix asks."""
    dice = random.Random(seed)
    actor = None if username is None else world.actor(username)
    sent = 0
    for rule in routes.rules(world.app):
        if rule.endpoint in LEAVES or "GET" not in (rule.methods or set()):
            continue
        if actor is not None and not actor.may(routes.needs(rule)):
            continue
        for path in routes.addresses(world.session, rule, most=most):
            check(world, username, "GET", path + dice.choice(routes.ODD_QUERIES), None)
            text = check(world, username, "GET", path, None)
            for form in read(path, text).forms:
                target = form.action
                if "logout" in target or "login" in target:
                    continue
                # A round's own address is for reading; samples of style go nowhere.
                if username is not None and not NOWHERE.search(target):
                    show_again(world, username, form)
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
