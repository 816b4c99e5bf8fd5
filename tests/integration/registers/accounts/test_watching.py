"""What the audit administrator reads of failed tries, and the alarm when they mass."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from procure.desks.reminders.models import InboxMessage, OutboxMail
from procure.kernel.access import OrganisationKind, Role
from procure.registers.accounts import throttle, watch
from procure.registers.accounts.events import SignInEvent
from procure.registers.accounts.models import Organisation, User
from procure.registers.accounts.use_cases import sign_in
from procure.store import trail

from .conftest import PASSWORD, Browser, House

BUREAU = OrganisationKind.CIVIL_AFFAIRS_BUREAU
NEW_PASSWORD = "石榴花 落满旧台阶 2020 春"


@pytest.fixture
def clerk(house: House) -> str:
    house.add("jingban", BUREAU, Role.CLERK)
    return "jingban"


def _told(house: House) -> list[tuple[str, str]]:
    """The events of failed tries, as (event, person)."""
    house.session.rollback()
    links = trail.read(house.session, trail.TrailEvent.stream == SignInEvent.STREAM)
    return [(link.event, link.data["person"]) for link in links]


def test_log_tells_who_failed_by_what_and_from_where(house: House, clerk: str) -> None:
    house.browser("203.0.113.9").sign_in(clerk, "wrong wrong wrong")
    house.browser("2001:db8::7").sign_in("mima-bushi-yonghuming", "wrong wrong wrong")
    half = house.browser("203.0.113.10")
    half.sign_in(clerk)
    half.get("/login/code")
    half.post("/login/code", code="000000")
    house.enrol("shenjiguanli")
    page = house.enter("shenjiguanli").get("/admin/log").text

    assert "jingban某，密码，网络地址 203.0.113.9" in page
    assert "jingban某，动态口令，网络地址 203.0.113.10" in page
    assert "平台没有的用户名（记号" in page
    assert "，密码，网络地址 2001:db8::7" in page
    bodies = "".join(link.body + link.header for link in trail.read(house.session))
    assert "mima-bushi-yonghuming" not in bodies
    assert "wrong wrong" not in bodies
    assert trail.fsck(house.session) == []


def test_account_that_has_to_wait_is_told_once_an_hour(house: House, clerk: str) -> None:
    for _ in range(2):
        for place in range(12):
            house.browser(f"10.4.4.{place}").sign_in(clerk, "wrong wrong wrong")
        told = _told(house)
        assert told[-1] == ("SignInSlowed", "jingban某")
        house.later(hours=1, seconds=1)

    assert (
        told
        == [
            *[("SignInFailed", "jingban某")] * watch.TOLD_ON_ACCOUNT,
            ("SignInSlowed", "jingban某"),
        ]
        * 2
    )


def test_flood_from_one_network_is_told_in_few_words_and_one_alarm(house: House) -> None:
    """Its cost in the trail does not grow with it; both offices hear of it once, by mail too."""
    for name in ("anquan", "shenjiguanli"):
        house.enrol(name)
        with house.uow(technical=True) as uow:
            uow.session.get_one(User, house.people[name]).email = f"{name}@example.org"
    thief = house.browser("203.0.113.9")
    _flood(house, thief, "invented")
    told = [event for event, _ in _told(house)]

    assert told.count("SignInFailed") == watch.TOLD_FROM_NETWORK
    assert told.count("SignInSlowed") == 1
    assert told.count("SignInsMassed") == 1
    house.session.rollback()
    letters = house.session.scalars(
        select(InboxMessage).where(InboxMessage.kind == "sign_ins_massed")
    ).all()
    assert {letter.user_id for letter in letters} == {
        house.people["anquan"],
        house.people["shenjiguanli"],
    }
    assert "50 次" in letters[0].words and "203.0.113.9" in letters[0].words
    mailed = house.session.scalars(select(OutboxMail.address)).all()
    assert set(mailed) >= {"anquan@example.org", "shenjiguanli@example.org"}

    house.later(hours=1, seconds=1)
    _flood(house, thief, "again")
    assert [event for event, _ in _told(house)].count("SignInsMassed") == 2


def _flood(house: House, thief: Browser, names: str) -> None:
    """A mass of failures from one address: the first and the last typed, those between counted."""
    for number in range(watch.TOLD_FROM_NETWORK + 2):
        thief.sign_in(f"{names}{number}", "wrong wrong wrong")
    for number in range(watch.MASS - watch.TOLD_FROM_NETWORK - 3):
        _fail(house, f"{names}-{number}", thief.address)
    for number in range(3):
        thief.sign_in(f"{names}-last{number}", "wrong wrong wrong")


def _fail(house: House, account: str, address: str) -> None:
    command = sign_in.TakeTurn(account, "", address, house.clock.now())
    with house.uow(technical=True) as uow:
        sign_in.take_turn(uow, command)


def test_flood_from_everywhere_is_told_within_bounds(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name each from an address each: only the number of events in an hour bounds it."""
    for number in range(watch.MASS - 22):
        _fail(house, f"invented{number}", f"10.1.{number}.9")
    for number in range(24):
        house.browser(f"10.2.{number}.9").sign_in(f"invented{number}", "wrong wrong wrong")
    told = [event for event, _ in _told(house)]

    assert told.count("SignInsMassed") == 1
    assert len(told) <= watch.MOST_TOLD + 1


def test_existing_accounts_are_told_of_however_the_log_is_flooded(
    house: House, clerk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever fills the hour with invented names does not hide the account they are after."""
    monkeypatch.setattr(watch, "MOST_TOLD", 15)
    for number in range(watch.MOST_TOLD + watch.TOLD_FROM_NETWORK):
        place = number // watch.TOLD_FROM_NETWORK
        house.browser(f"10.7.{place}.9").sign_in(f"invented{number}", "wrong wrong wrong")
    flooded = len(_told(house))
    assert flooded == watch.MOST_TOLD
    house.browser("10.7.0.9").sign_in("invented", "wrong wrong wrong")
    for account in (clerk, "anquan"):
        for place in range(watch.TOLD_ON_ACCOUNT + 1):
            house.browser(f"10.7.{place}.9").sign_in(account, "wrong wrong wrong")
    for place in range(3, 12):
        house.browser(f"10.8.{place}.9").sign_in(clerk, "wrong wrong wrong")
        house.later(minutes=1)

    told = _told(house)[flooded:]
    assert told.count(("SignInFailed", "jingban某")) == watch.TOLD_ON_ACCOUNT
    assert told.count(("SignInFailed", "anquan某")) == watch.TOLD_ON_ACCOUNT
    assert told.count(("SignInSlowed", "jingban某")) == 1
    assert not any(event != "SignInsMassed" for event, person in told if not person)


def test_wrong_password_from_a_crowded_network_is_told_of_an_existing_account(
    house: House,
) -> None:
    """Who has no authenticator yet has a turn there, and whoever guesses at them is told of."""
    house.add("xinren", BUREAU, Role.CLERK, factor=False)
    for number in range(throttle.NETWORK_FAILURES):
        _fail(house, f"invented{number}", "10.5.5.5")
    for _ in range(watch.TOLD_ON_ACCOUNT + 1):
        house.browser("10.5.5.5").sign_in("xinren", "wrong wrong wrong")
    house.browser("10.5.5.5").sign_in("invented", "wrong wrong wrong")

    failed = [person for event, person in _told(house) if event == "SignInFailed"]
    assert failed == ["xinren某"] * watch.TOLD_ON_ACCOUNT


@pytest.mark.parametrize("closing", ["账号已停用", "所在单位已停用"])
def test_try_on_a_closed_account_is_told_as_one(house: House, clerk: str, closing: str) -> None:
    user_id = house.people[clerk]
    with house.uow(technical=True) as uow:
        user = uow.session.get_one(User, user_id)
        if closing == "账号已停用":
            user.is_active = False
        else:
            uow.session.get_one(Organisation, user.organisation_id).is_active = False
    stranger = house.browser("203.0.113.9")
    stranger.sign_in(clerk)
    stranger.get("/login")
    stranger.post("/login", username=clerk, password="wrong wrong wrong", code="000000")
    house.enrol("shenjiguanli")
    page = house.enter("shenjiguanli").get("/admin/log").text

    assert f"jingban某（{closing}），密码，网络地址 203.0.113.9" in page
    assert f"jingban某（{closing}），密码和动态口令，网络地址 203.0.113.9" in page
    assert "平台没有的用户名" not in page


def test_guessing_at_one_account_by_a_patient_stranger_raises_the_alarm(
    house: House, clerk: str
) -> None:
    for _ in range(40):
        house.browser("10.6.6.6").sign_in(clerk, "wrong wrong wrong")
        house.later(seconds=80)

    massed = [person for event, person in _told(house) if event == "SignInsMassed"]
    assert massed == ["jingban某"]


# --- K10: from within ---


def _change(browser: Browser, old: str, new: str = NEW_PASSWORD) -> str:
    return browser.post("/account/password", old=old, new=new).text


def test_session_does_not_guess_the_password_faster_than_a_stranger(
    house: House, clerk: str
) -> None:
    owner = house.enter(clerk)
    thief = house.browser("203.0.113.9")
    thief.carry(owner.secret)
    thief.get("/account/password")
    said = [_change(thief, f"wrong wrong {number}") for number in range(12)]

    evaluated = [words for words in said if "当前密码不对" in words]
    assert len(evaluated) == throttle.FREE_FAILURES + 1
    assert "请等待" in said[-1]
    assert "请等待" in _change(thief, PASSWORD)
    told = [event for event, _ in _told(house)]
    assert told.count("OwnProofFailed") == watch.TOLD_ON_ACCOUNT
    assert told.count("OwnProofSlowed") == 1
    assert not {"SignInFailed", "SignInSlowed"} & set(told)
    owner.get("/account/password")
    assert owner.post("/account/password", old=PASSWORD, new=NEW_PASSWORD).status_code == 302


def test_log_tells_a_proof_asked_of_whoever_is_in_from_a_sign_in(house: House, clerk: str) -> None:
    """Password before a new one, password before a new authenticator, code before a step."""
    owner = house.enter(clerk)
    owner.get("/account/password")
    _change(owner, "wrong wrong wrong")
    owner.get("/account/second-factor")
    assert "当前密码不对" in owner.post("/account/second-factor", password="wrong wrong").text
    owner.get("/account/verify")
    assert "动态口令不对" in owner.post("/account/verify", code="000000").text
    half = house.browser("203.0.113.10")
    half.sign_in(clerk)
    half.get("/login/code")
    half.post("/login/code", code="000000")

    assert [event for event, _ in _told(house)] == ["OwnProofFailed"] * 3 + ["SignInFailed"]
    house.enrol("shenjiguanli")
    page = house.enter("shenjiguanli").get("/admin/log").text
    assert "登录后核对身份失败" in page


def test_new_password_that_is_too_easy_is_no_wrong_guess(house: House, clerk: str) -> None:
    owner = house.enter(clerk)
    owner.get("/account/password")
    said = [_change(owner, PASSWORD, "mima12345678") for _ in range(8)]

    assert all("容易被猜到" in words for words in said)
    assert _told(house) == []


def test_crowded_network_does_not_keep_whoever_is_in_from_changing_the_password(
    house: House, clerk: str
) -> None:
    owner = house.enter(clerk)
    for number in range(throttle.NETWORK_FAILURES):
        _fail(house, f"invented{number}", owner.address)
    owner.get("/account/password")
    assert owner.post("/account/password", old=PASSWORD, new=NEW_PASSWORD).status_code == 302


def test_window_of_the_watch_is_that_of_the_gates() -> None:
    assert timedelta(hours=1) == throttle.WINDOW
    assert watch.MASS <= throttle.NETWORK_FAILURES
