"""Coming in: the right people at once, guessers slowly, nobody twice with one code."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from procure.config import Mode
from procure.kernel.access import SYSTEM_ACTOR, OrganisationKind, Role
from procure.kernel.clock import FixedClock
from procure.kernel.errors import DomainError, Invalid, NotSaved
from procure.registers.accounts import queries, throttle
from procure.registers.accounts.models import LoginAttempt, User, WebSession
from procure.registers.accounts.passwords import Passwords
from procure.registers.accounts.use_cases import adding, changing_people, sign_in
from procure.store.trail import TrailEvent
from procure.store.unit_of_work import UnitOfWork
from tests.page_client import check_html

from .conftest import PASSWORD, VISIT, Browser, House

BUREAU = OrganisationKind.CIVIL_AFFAIRS_BUREAU


@pytest.fixture
def clerk(house: House) -> str:
    house.add("jingban", BUREAU, Role.CLERK)
    return "jingban"


# --- the ways in ---


def test_sign_in_with_password_and_code_opens_the_account(house: House, clerk: str) -> None:
    browser = house.browser()

    answer = browser.sign_in(clerk)
    assert answer.location == "/login/code"
    assert not browser.is_in()
    browser.get("/login/code")
    browser.post("/login/code", code=house.code(clerk))

    assert browser.is_in()
    last = house.session.scalars(select(TrailEvent.event).order_by(TrailEvent.at.desc())).first()
    assert last == "SignedIn"


def test_sign_in_without_factor_in_production_must_enrol_first(house: House) -> None:
    house.add("xinren", BUREAU, Role.CLERK, factor=False)
    browser = house.browser()

    assert browser.sign_in("xinren").location == "/account/second-factor"
    assert not browser.is_in()
    browser.get("/account/second-factor")
    assert browser.post("/account/second-factor").status_code == 302
    page = browser.get("/account/second-factor/confirm").get_data(as_text=True)
    assert 'src="data:image/svg+xml' in page
    user = queries.get_user(house.session, house.people["xinren"])
    assert user.totp_pending is not None
    house.secrets["xinren"] = house.key.unwrap(user.totp_pending).decode()
    house.session.rollback()
    codes = browser.post("/account/second-factor/confirm", code=house.code("xinren"))

    assert len(re.findall(r"<code>[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}</code>", codes.text)) == 10
    assert browser.is_in()


def test_sign_in_with_temporary_password_must_change_it_first(house: House) -> None:
    with house.uow("xitong") as uow:
        adding.add_person(
            uow,
            adding.AddPerson("linshi", "林时", house.places[BUREAU], "临时 密码 一二三四五六"),
            Passwords("cheap"),
        )
    browser = house.browser()

    answer = browser.sign_in("linshi", "临时 密码 一二三四五六")
    assert answer.location == "/account/password"
    browser.get("/account/password")
    refused = browser.post("/account/password", old="临时 密码 一二三四五六", new="mima12345678")
    assert refused.status_code == 400
    assert "容易被猜到" in refused.text
    done = browser.post("/account/password", old="临时 密码 一二三四五六", new=PASSWORD)

    assert done.location == "/account/second-factor"


def test_sign_in_without_a_role_says_what_is_awaited(house: House) -> None:
    house.add("wugang", BUREAU)
    browser = house.enter("wugang")

    page = browser.get("/login")

    assert "等待授予岗位" in page.text
    assert browser.get("/account").location.startswith("/login")


def test_sign_in_leads_to_own_pages_only(house: House, clerk: str) -> None:
    for target in ("//evil.example", "https://evil.example/", "/\\evil.example", "/\nx"):
        browser = house.browser()
        browser.get("/login")
        sent = browser.ask(
            "POST",
            "/login",
            query_string={"next": target},
            data={"csrf_token": browser.token, "username": clerk, "password": PASSWORD},
        )
        assert sent.location == "/login/code"
        house.later(minutes=20)


def test_sign_in_in_the_demonstration_takes_one_click(
    make_app: Callable[[Mode], Flask], house: House
) -> None:
    house.add("yanshi", BUREAU, Role.CLERK, factor=False)
    app = make_app(Mode.DEMO)
    app.config["PROCURE_DEMO_ACCOUNTS"] = [
        {
            "username": "yanshi",
            "name": "某",
            "role": "采购经办人",
            "organisation": "局",
            "what": "经办",
        }
    ]
    client = house.browser().__class__(app)

    assert "进入某的账号" in client.get("/login").text
    assert client.post("/login/demo/xitong").status_code == 404
    assert client.post("/login/demo/yanshi").status_code == 302
    assert client.is_in()


def test_one_click_entry_does_not_exist_in_production(house: House, clerk: str) -> None:
    house.app.config["PROCURE_DEMO_ACCOUNTS"] = [{"username": clerk}]

    rules = {rule.endpoint for rule in house.app.url_map.iter_rules()}

    assert "accounts.enter_demo" not in rules
    browser = house.browser()
    browser.get("/login")
    assert browser.post(f"/login/demo/{clerk}").status_code == 404


# --- N1: guessing ---


def test_guess_for_an_hour_is_evaluated_at_most_twenty_times(house: House, clerk: str) -> None:
    start, said = house.clock.now(), set()
    tries = range(0, 3600, 5)
    for second in tries:
        at = start + timedelta(seconds=second)
        command = sign_in.TakeTurn("lane", "", f"10.9.{second % 250}.1", at)
        try:
            with house.uow(technical=True) as uow:
                sign_in.take_turn(uow, command)
        except throttle.TooManyTries as refusal:
            said.add((refusal.message[:11], refusal.remedy))

    evaluated = house.session.scalar(select(func.count()).where(LoginAttempt.account == "lane"))
    assert evaluated is not None
    assert 5 <= evaluated <= throttle.LANE_FAILURES
    ((message, remedy),) = said
    assert message.startswith("登录尝试太多，请等待")
    assert "没有被锁定" in remedy


def test_sign_in_on_known_device_under_attack_succeeds_every_time(house: House, clerk: str) -> None:
    mine, theirs = house.enter(clerk), house.browser("10.6.6.6")
    for _ in range(20):
        for _ in range(3):
            theirs.sign_in(clerk, "guess guess guess")
        mine.get("/account")
        mine.post("/logout")
        house.enter(clerk, mine)

        assert mine.is_in()
    assert theirs.sign_in(clerk).status_code == 403 or "请等待" in theirs.sign_in(clerk).text


def _spray(house: House, address: Callable[[int], str], names: range) -> int:
    """One password tried on many names; how many tries were evaluated."""
    evaluated = 0
    for number in names:
        command = sign_in.TakeTurn(f"n{number}", "", address(number), house.clock.now())
        with suppress(throttle.TooManyTries), house.uow(technical=True) as uow:
            sign_in.take_turn(uow, command)
            evaluated += 1
    return evaluated


@pytest.mark.parametrize("address", ["10.7.7.7", "2001:db8::{:x}"])
def test_spray_from_one_network_stops_at_fifty_and_holds_up_nobody_else(
    house: House, clerk: str, address: str
) -> None:
    known = house.enter(clerk)

    assert _spray(house, address.format, range(200)) == throttle.NETWORK_FAILURES
    known.get("/account")
    known.post("/logout")
    house.enter(clerk, known)
    house.enter(clerk, house.browser("10.7.7.8"))
    house.enter(clerk, house.browser("2001:db8:0:1::1"))


def test_spray_from_many_networks_holds_up_nobody(house: House, clerk: str) -> None:
    """There is no gate of the whole platform: fifty invented names shut nobody out."""
    assert _spray(house, lambda number: f"10.{number}.7.7", range(200)) == 200

    house.enter(clerk, house.browser("192.0.2.1"))


def _sign_in_with_both(browser: Browser, username: str, password: str, code: str) -> TestResponse:
    browser.get("/login")
    return browser.post("/login", username=username, password=password, code=code)


def test_right_password_and_code_together_pass_every_gate(house: House, clerk: str) -> None:
    """Guessed at from everywhere, and from the network that the attack comes from."""
    _spray(house, lambda _: "10.1.1.1", range(60))
    for place in range(8):
        house.browser(f"10.6.6.{place}").sign_in(clerk, "wrong wrong wrong")
    browser = house.browser("10.1.1.1")

    refused = browser.sign_in(clerk)
    assert "只凭密码暂时不能登录" in refused.text
    assert 'name="code"' in refused.text
    check_html(refused.text)
    assert "请等待" in house.browser("192.0.2.1").sign_in(clerk).text
    assert not browser.is_in()
    entered = browser.post("/login", username=clerk, password=PASSWORD, code=house.code(clerk))

    assert entered.status_code == 302
    assert browser.is_in()
    house.later(minutes=2)
    browser.get("/account")
    browser.post("/logout")
    assert browser.sign_in(clerk).location == "/login/code"


WRONG = "wrong wrong wrong"


def test_password_and_code_together_tell_nothing_about_either(house: House, clerk: str) -> None:
    """However often: the same words and waits, whichever proof is wrong and whoever is there."""
    house.add("meikouling", BUREAU, Role.CLERK, factor=False)
    for other in ("mimadui", "koulingdui"):
        house.add(other, BUREAU, Role.CLERK)
    at_hand = house.code(clerk)
    said: dict[str, list[str]] = {}
    for number in range(12):
        for place, (name, password, code) in enumerate(
            [
                (clerk, WRONG, "000000"),
                ("mimadui", PASSWORD, "000000"),
                ("koulingdui", WRONG, house.code("koulingdui")),
                ("meiyouzheren", PASSWORD, at_hand),
                ("meikouling", PASSWORD, at_hand),
            ]
        ):
            answer = _sign_in_with_both(house.browser(f"10.5.5.{place}"), name, password, code)
            said.setdefault(name, []).append(f"{answer.status_code} {_bare(answer.text)}")
        house.later(seconds=7 * (number // throttle.FREE_FAILURES))

    assert len(set(map(tuple, said.values()))) == 1
    evaluated = [words for words in said[clerk] if "用户名、密码或动态口令不对" in words]
    assert throttle.FREE_FAILURES < len(evaluated) < len(said[clerk])
    assert "请等待" in said[clerk][-1]


def test_password_with_any_code_is_guessed_as_slowly_as_alone(house: House, clerk: str) -> None:
    """And whoever has both comes in behind all of it, also from the network of the guesses."""
    said = [
        _sign_in_with_both(house.browser(f"10.6.{n % 9}.6"), clerk, f"{WRONG} {n}", "000000").text
        for n in range(70)
    ]

    assert sum("用户名、密码或动态口令不对" in words for words in said) == (
        throttle.FREE_FAILURES + 1
    )
    assert all("请等待" in words for words in said[throttle.FREE_FAILURES + 1 :])
    assert "请等待" in house.browser("10.6.6.7").sign_in(clerk).text
    right = house.code(clerk)
    entered = _sign_in_with_both(house.browser("10.6.0.6"), clerk, PASSWORD, right)
    assert entered.status_code == 302
    again = _sign_in_with_both(house.browser("10.6.1.6"), clerk, PASSWORD, right)
    assert "请等待" in again.text


def test_names_tried_with_any_code_from_one_network_stop_at_fifty(house: House, clerk: str) -> None:
    for number in range(throttle.NETWORK_FAILURES - 1):
        _spray(house, lambda _: "10.1.1.1", range(number, number + 1))
    browser, told = house.browser("10.1.1.1"), "只凭密码暂时不能登录"

    assert told not in _sign_in_with_both(browser, "meiyou1", WRONG, "000000").text
    assert told in _sign_in_with_both(browser, "meiyou2", WRONG, "000000").text
    words = {
        _bare(_sign_in_with_both(house.browser("10.1.1.1"), name, PASSWORD, "000000").text)
        for name in ("meiyou3", clerk)
    }
    assert len(words) == 1
    assert _sign_in_with_both(browser, clerk, PASSWORD, house.code(clerk)).status_code == 302


def test_whoever_has_one_proof_guesses_the_other_twenty_times_an_hour(
    house: House, clerk: str
) -> None:
    """Nothing tells them that one was right; the office that watches hears of the mass."""
    house.add("koulingdui", BUREAU, Role.CLERK)
    account = house.people[clerk]
    for _ in range(24):
        _sign_in_with_both(house.browser("10.6.6.6"), clerk, PASSWORD, "000000")
        held = house.code("koulingdui")
        _sign_in_with_both(house.browser("10.6.6.8"), "koulingdui", WRONG, held)
        house.later(seconds=80)

    for name, address in ((clerk, "10.6.6.6"), ("koulingdui", "10.6.6.9")):
        refused = _sign_in_with_both(house.browser(address), name, PASSWORD, house.code(name))
        assert "请等待" in refused.text or "不对" in refused.text
    lanes = house.session.execute(
        select(LoginAttempt.account, func.count())
        .where(LoginAttempt.at > house.clock.now() - throttle.WINDOW, LoginAttempt.device == "")
        .group_by(LoginAttempt.account)
    ).all()
    assert lanes
    assert all(tries <= throttle.LANE_FAILURES for _, tries in lanes)
    massed = select(TrailEvent.subject_id).where(TrailEvent.event == "SignInsMassed")
    assert account in house.session.scalars(massed).all()


def test_first_sign_in_passes_a_crowded_network_and_is_not_told_apart(house: House) -> None:
    """An office of thirty new people behind one address mistypes fifty times in the first hour."""
    house.add("xinren", BUREAU, Role.CLERK, factor=False)
    _spray(house, lambda _: "10.1.1.1", range(60))
    wrong, absent, right = (house.browser() for _ in range(3))

    words = [
        _bare(wrong.sign_in("xinren", "wrong wrong wrong").text),
        _bare(absent.sign_in("meiyouzheren", "wrong wrong wrong").text),
    ]
    assert words[0] == words[1]
    assert right.sign_in("xinren").location == "/account/second-factor"


def test_turns_of_other_lanes_and_networks_do_not_wait(house: House, engine: Engine) -> None:
    """A turn is held open as long as its transaction; nobody else stands behind it."""
    if engine.dialect.name == "sqlite":
        pytest.skip("one writer at a time is the embedded database's own rule")
    at = house.clock.now()

    def take(account: str, address: str) -> None:
        with (
            Session(engine) as session,
            UnitOfWork(session, SYSTEM_ACTOR, FixedClock(at), technical=True) as uow,
        ):
            uow.session.execute(text("SET LOCAL lock_timeout = '1s'"))
            sign_in.take_turn(uow, sign_in.TakeTurn(account, "", address, at))

    with house.uow(technical=True) as held:
        sign_in.take_turn(held, sign_in.TakeTurn("one", "", "10.0.0.1", at))
        take("other", "10.0.0.2")
        for account, address in (("one", "10.0.0.3"), ("third", "10.0.0.1")):
            with pytest.raises(NotSaved):
                take(account, address)


def test_take_turn_in_parallel_does_not_slip_through(house: House, engine: Engine) -> None:
    at = house.clock.now()

    def take(number: int) -> bool:
        with Session(engine) as session:
            try:
                with UnitOfWork(session, SYSTEM_ACTOR, FixedClock(at), technical=True) as uow:
                    sign_in.take_turn(uow, sign_in.TakeTurn("lane", "", f"10.0.0.{number}", at))
            except throttle.TooManyTries:
                return False
            return True

    with ThreadPoolExecutor(10) as pool:
        taken = sum(pool.map(take, range(30)))

    assert taken == throttle.FREE_FAILURES + 1


# --- N2: enumeration ---


def _bare(page: str) -> str:
    return re.sub(r'(value|datetime)="[^"]*"|data-[a-z-]+="[^"]*"', "", page)


def test_sign_in_with_unknown_name_looks_like_a_wrong_password(house: House, clerk: str) -> None:
    closed = house.add("tingyong", BUREAU, Role.CLERK)
    with house.uow("xitong") as uow:
        changing_people.deactivate_person(uow, changing_people.SwitchPerson(closed, "离职"))
    answers = [
        house.browser(f"10.2.2.{place}").sign_in(name, "wrong wrong wrong")
        for place, name in enumerate((clerk, "meiyouzheren", "tingyong"))
    ]

    assert len({answer.status_code for answer in answers}) == 1
    assert len({_bare(answer.text) for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.keys())) for answer in answers}) == 1


def test_sign_in_hashes_once_whether_the_name_exists_or_not(
    house: House, clerk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hashings are the time that a try takes; counted, since seconds depend on the machine."""
    counted: list[str] = []
    for name in ("hash", "verify"):
        really = getattr(PasswordHasher, name)

        def watched(
            *given: str, really: Callable[..., object] = really, name: str = name
        ) -> object:
            counted.append(name)
            return really(*given)

        monkeypatch.setattr(PasswordHasher, name, watched)
    for place, name in enumerate((clerk, "meiyouzheren", clerk, "yemeiyou")):
        counted.clear()
        house.browser(f"10.3.3.{place}").sign_in(name, "wrong wrong wrong")
        assert counted == ["verify"], name
    for number in range(8):
        for name in (clerk, "meiyouzheren"):
            counted.clear()
            _sign_in_with_both(house.browser("10.3.4.1"), name, "wrong wrong wrong", "000000")
            assert counted == ["verify"], (number, name)


def test_throttle_of_unknown_name_says_the_same(house: House, clerk: str) -> None:
    said = []
    for place, name in enumerate((clerk, "meiyouzheren")):
        for _ in range(8):
            answer = house.browser(f"10.4.{place}.1").sign_in(name, "wrong wrong wrong")
        said.append(_bare(answer.text))

    assert "请等待" in said[0]
    assert said[0] == said[1]


def test_sign_in_rehashes_an_outdated_password(house: House, clerk: str) -> None:
    with house.uow(technical=True) as uow:
        user = uow.session.get_one(User, house.people[clerk])
        user.password_hash = Passwords("normal").hash(PASSWORD)

    house.enter(clerk)

    house.session.expire_all()
    kept = house.session.get_one(User, house.people[clerk]).password_hash
    assert not Passwords("cheap").is_outdated(kept)
    assert Passwords("cheap").is_right(kept, PASSWORD)


# --- N3: codes ---


def test_code_used_once_is_refused_afterwards_however_typed(house: House, clerk: str) -> None:
    code = house.code(clerk)
    first = house.browser()
    first.sign_in(clerk)
    first.get("/login/code")
    assert first.post("/login/code", code=code).status_code == 302

    for typed in (
        code,
        f" {code} ",
        f"{code[:3]} {code[3:]}",
        f"0{code}",
        "".join(chr(ord(c) + 0xFEE0) for c in code),
    ):
        again = house.browser()
        again.sign_in(clerk)
        again.get("/login/code")
        refused = again.post("/login/code", code=typed)
        assert refused.status_code in (400, 403, 409)
        assert not again.is_in()
        house.later(seconds=1)


def test_code_used_is_refused_after_a_failed_try_too(house: House, clerk: str) -> None:
    code = house.code(clerk)
    for typed, expected in ((code, 302), ("000000", 400), (code, 400)):
        browser = house.browser()
        browser.sign_in(clerk)
        browser.get("/login/code")
        assert browser.post("/login/code", code=typed).status_code == expected


@pytest.mark.parametrize(
    ("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_code_of_neighbouring_steps_only_is_taken(
    house: House, clerk: str, steps: int, fits: bool
) -> None:
    browser = house.browser()
    browser.sign_in(clerk)
    browser.get("/login/code")

    answer = browser.post("/login/code", code=house.code(clerk, steps))

    assert (answer.status_code == 302) is fits


def test_code_older_than_the_one_used_is_refused(house: House, clerk: str) -> None:
    house.enter(clerk)
    house.clock.instant -= timedelta(seconds=61)
    older = house.code(clerk, -1)
    browser = house.browser()
    browser.sign_in(clerk)
    browser.get("/login/code")

    assert browser.post("/login/code", code=older).status_code == 400


def test_code_sent_twenty_times_at_once_counts_once(
    house: House, clerk: str, engine: Engine
) -> None:
    user_id, now, code = house.people[clerk], house.clock.now(), house.code(clerk)
    actor = house.actor(clerk)
    opened = []
    for _ in range(20):
        with house.uow(clerk, technical=True) as uow:
            secret = sign_in.open_session(
                uow, sign_in.OpenSession(user_id, VISIT, now, factor_required=True)
            )
        opened.append(queries.digest_of_secret(secret))
    house.session.rollback()

    def give(session_id: str) -> bool:
        with Session(engine) as session:
            try:
                with UnitOfWork(session, actor, FixedClock(now)) as uow:
                    sign_in.give_code(
                        uow, sign_in.GiveCode(session_id, user_id, code, VISIT, now), house.key
                    )
            except Invalid:
                return False
            return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(give, opened)) == 1


def test_recovery_code_stands_in_once(house: House) -> None:
    house.add("beiyong", BUREAU, Role.CLERK, factor=False)
    codes = house.enrol("beiyong")
    for typed, expected in ((codes[0], 302), (codes[0], 400), (codes[1].lower(), 302)):
        browser = house.browser()
        browser.sign_in("beiyong")
        browser.get("/login/code")
        assert browser.post("/login/code", code=typed).status_code == expected
        house.later(minutes=5)

    assert queries.recovery_codes_left(house.session, house.people["beiyong"]) == 8


def test_code_guessing_is_slowed_down(house: House, clerk: str) -> None:
    browser = house.browser()
    browser.sign_in(clerk)
    browser.get("/login/code")
    answers = [browser.post("/login/code", code=f"{number:06}") for number in range(12)]

    assert "请等待" in answers[-1].text
    tries = house.session.scalar(select(func.count()).select_from(LoginAttempt))
    assert tries is not None
    assert tries <= 8


# --- secrets at rest ---


def test_secrets_are_kept_digested_or_wrapped(house: House, clerk: str) -> None:
    browser = house.enter(clerk)
    user = queries.get_user(house.session, house.people[clerk])
    ids = house.session.scalars(select(WebSession.id)).all()

    assert house.secrets[clerk].encode() not in (user.totp_secret or b"")
    assert browser.secret not in ids
    assert queries.digest_of_secret(browser.secret) in ids
    assert PASSWORD not in user.password_hash


def test_refusal_of_the_use_case_is_in_chinese(house: House, clerk: str) -> None:
    with pytest.raises(DomainError) as caught, house.uow(clerk) as uow:
        sign_in.give_code(
            uow,
            sign_in.GiveCode("none", house.people[clerk], "000000", VISIT, house.clock.now()),
            house.key,
        )

    assert re.search(r"[\u4e00-\u9fff]", caught.value.message)
    assert caught.value.remedy


def test_visitor_led_to_the_sign_in_page_is_told_why(house: House) -> None:
    browser = house.browser()
    led = browser.get("/desk")
    assert led.status_code == 302
    assert "登录后自动回到那一页" in browser.get(led.location).text
    assert "登录后自动回到那一页" not in browser.get("/login").text
