"""Sign-ins: rotated, bounded, ended by everything that should end them, never brought back."""

from contextvars import Context

import pytest
from sqlalchemy import event, select

from procure.kernel.access import OrganisationKind, Role
from procure.kernel.errors import DomainError
from procure.registers.accounts import policies, queries
from procure.registers.accounts.models import ResetKind, RoleGrant, User, WebSession
from procure.registers.accounts.passwords import Passwords
from procure.registers.accounts.use_cases import (
    changing_organisations,
    changing_people,
    credentials,
    roles,
    sign_in,
    two_people,
)
from tests.page_client import HEADERS, told

from .conftest import CHEAP, PASSWORD, VISIT, House

BUREAU = OrganisationKind.CIVIL_AFFAIRS_BUREAU
NEW_PASSWORD = "石榴花 落满旧台阶 2020 春"


DEAR = Passwords("normal")


def reset_password(house: House, username: str) -> None:
    """Two administrators give somebody a temporary password."""
    with house.uow("xitong") as uow:
        command = credentials.RequestReset(house.people[username], ResetKind.PASSWORD, "密码泄露")
        reset = credentials.request_reset(uow, command)
    with house.uow("anquan") as uow:
        credentials.decide_reset(uow, two_people.Decide(reset), CHEAP)


@pytest.fixture
def clerk(house: House) -> str:
    house.add("jingban", BUREAU, Role.CLERK)
    return "jingban"


def test_session_planted_before_is_worth_nothing_after(house: House, clerk: str) -> None:
    browser = house.browser()
    browser.get("/login")
    browser.carry("a-secret-known-to-somebody-else")
    house.enter(clerk, browser)

    assert browser.secret != "a-secret-known-to-somebody-else"
    thief = house.browser()
    thief.carry("a-secret-known-to-somebody-else")
    assert not thief.is_in()


def test_session_is_rotated_at_each_step(house: House, clerk: str) -> None:
    browser = house.browser()
    browser.sign_in(clerk)
    half = browser.secret
    browser.get("/login/code")
    browser.post("/login/code", code=house.code(clerk))
    whole = browser.secret
    house.later(minutes=2)
    browser.get("/account/verify")
    browser.post("/account/verify", code=house.code(clerk))
    stepped_up = browser.secret

    assert len({half, whole, stepped_up}) == 3
    assert browser.is_in()
    for old in (half, whole):
        thief = house.browser()
        thief.carry(old)
        assert not thief.is_in()


def test_form_sent_after_the_sign_in_ended_asks_to_sign_in_again(house: House) -> None:
    answer = house.browser().post("/inbox/read", token="of-a-session-that-is-over")

    assert answer.status_code == 400
    page = answer.get_data(as_text=True)
    assert "登录已经结束，没有提交成功" in page
    assert ">重新登录</a>" in page


@pytest.mark.parametrize(
    "path", ["/inbox/read", "/account/sessions/end-others", "/account/password"]
)
def test_form_sent_with_the_cookie_of_an_ended_sign_in_is_told_unsent(
    house: House, clerk: str, path: str
) -> None:
    """The token still fits, so it is the sign-in page that has to say that nothing was done."""
    browser = house.enter(clerk)
    browser.get("/account")
    for _ in range(policies.PARALLEL):
        house.enter(clerk)

    page = browser.get(browser.post(path).location).text

    assert "登录已经结束，没有提交成功" in page
    assert "您刚才提交的内容没有办理" in page
    assert "没有提交成功" not in browser.get("/login?next=/account").text


def test_form_of_the_sign_in_page_that_waited_too_long_says_so(house: House) -> None:
    answer = house.browser().post("/login", token="old", username="jingban", password=PASSWORD)

    assert answer.status_code == 400
    assert "表单已经失效，没有提交成功" in answer.get_data(as_text=True)


def test_sign_out_ends_the_session_for_good(house: House, clerk: str) -> None:
    browser = house.enter(clerk)
    secret = browser.secret
    browser.get("/account")
    assert browser.post("/logout").status_code == 302
    browser.carry(secret)

    assert not browser.is_in()


def test_session_of_closed_account_ends_at_once(house: House, clerk: str) -> None:
    browser = house.enter(clerk)
    with house.uow("xitong") as uow:
        changing_people.deactivate_person(
            uow, changing_people.SwitchPerson(house.people[clerk], "离职")
        )

    assert not browser.is_in()
    assert "用户名或密码不对" in house.browser().sign_in(clerk).text
    with house.uow("xitong") as uow:
        request = changing_people.request_reopening_of_person(
            uow, changing_people.SwitchPerson(house.people[clerk], "误停")
        )
    assert "用户名或密码不对" in house.browser().sign_in(clerk).text
    with house.uow("anquan") as uow:
        changing_people.decide_person(uow, two_people.Decide(request))
    assert not browser.is_in()
    assert house.enter(clerk).is_in()


def test_session_of_closed_organisation_ends_at_once(house: House, clerk: str) -> None:
    browser = house.enter(clerk)
    place = house.places[BUREAU]
    with house.uow("xitong") as uow:
        asked = changing_organisations.SwitchOrganisation(place, "机构撤并")
        request = changing_organisations.request_closing(uow, asked)
    assert browser.is_in()
    with house.uow("anquan") as uow:
        changing_organisations.decide_organisation(uow, two_people.Decide(request))

    assert not browser.is_in()
    assert "用户名或密码不对" in house.browser().sign_in(clerk).text


def test_change_of_password_ends_all_other_sessions(house: House, clerk: str) -> None:
    one, other = house.enter(clerk), house.enter(clerk)
    before = one.secret
    one.get("/account/password")
    assert one.post("/account/password", old=PASSWORD, new=NEW_PASSWORD).status_code == 302

    assert one.is_in()
    assert one.secret != before
    assert not other.is_in()
    assert "用户名或密码不对" in house.browser().sign_in(clerk).text
    assert house.browser().sign_in(clerk, NEW_PASSWORD).location == "/login/code"


@pytest.mark.parametrize("is_reset", [True, False], ids=["reset", "changed by its owner"])
@pytest.mark.parametrize("is_outdated", [True, False], ids=["outdated hash", "present hash"])
def test_sign_in_under_way_does_not_outlive_a_change_of_the_password(
    house: House, clerk: str, monkeypatch: pytest.MonkeyPatch, is_reset: bool, is_outdated: bool
) -> None:
    """The password leaks, its reset falls between comparing and opening: the reset stands."""
    if is_outdated:
        with house.uow(technical=True) as uow:
            uow.session.get_one(User, house.people[clerk]).password_hash = DEAR.hash(PASSWORD)
    owner = house.enter(clerk)
    owner.get("/account/password")
    right, hash_after = Passwords.is_right, []

    def change() -> None:
        if not is_reset:
            assert owner.post("/account/password", old=PASSWORD, new=NEW_PASSWORD).location
        with house.app.app_context():
            if is_reset:
                reset_password(house, clerk)
            user = house.session.get_one(User, house.people[clerk])
            hash_after.append(user.password_hash)

    def compare_then_change(self: Passwords, kept: str | None, password: str) -> bool:
        monkeypatch.setattr(Passwords, "is_right", right)
        found = right(self, kept, password)
        Context().run(change)
        return found

    monkeypatch.setattr(Passwords, "is_right", compare_then_change)
    thief = house.browser("10.66.6.6")
    refused = thief.sign_in(clerk)

    assert refused.status_code == 400
    assert "用户名或密码不对" in refused.text
    assert thief.secret == ""
    house.session.expire_all()
    assert house.session.get_one(User, house.people[clerk]).password_hash == hash_after[0]


def test_reset_by_two_people_ends_all_sessions(house: House, clerk: str) -> None:
    browser = house.enter(clerk)
    with house.uow("xitong") as uow:
        reset = credentials.request_reset(
            uow,
            credentials.RequestReset(house.people[clerk], ResetKind.SECOND_FACTOR, "手机遗失"),
        )
    assert browser.is_in()
    with house.uow("anquan") as uow:
        credentials.decide_reset(uow, two_people.Decide(reset))

    assert not browser.is_in()
    assert house.browser().sign_in(clerk).location == "/account/second-factor"


@pytest.mark.parametrize("change", ["granted", "revoked"])
def test_change_of_roles_ends_all_sessions(house: House, clerk: str, change: str) -> None:
    browser = house.enter(clerk)
    if change == "granted":
        with house.uow("xitong") as uow:
            command = roles.RequestRole(house.people[clerk], Role.CATALOGUE_KEEPER)
            grant = roles.request_role(uow, command)
        with house.uow("anquan") as uow:
            roles.grant_role(uow, roles.GrantRole(grant))
    else:
        grant = house.session.scalars(
            select(RoleGrant.id).where(RoleGrant.user_id == house.people[clerk])
        ).one()
        with house.uow("anquan") as uow:
            roles.revoke_role(uow, roles.EndRole(grant, "调离岗位"))

    assert not browser.is_in()


def test_save_that_races_with_the_end_does_not_bring_a_session_back(
    house: House, clerk: str
) -> None:
    browser = house.enter(clerk)
    session_id = queries.digest_of_secret(browser.secret)
    with house.uow(clerk) as uow:
        sign_in.end_session(uow, sign_in.EndSession(house.people[clerk]))
    house.later(minutes=10)
    with house.uow(clerk, technical=True) as uow:
        sign_in.note_seen(uow, session_id, house.clock.now())
    with pytest.raises(DomainError), house.uow(clerk) as uow:
        sign_in.give_code(
            uow,
            sign_in.GiveCode(
                session_id, house.people[clerk], house.code(clerk), VISIT, house.clock.now()
            ),
            house.key,
        )

    assert not browser.is_in()
    assert house.session.get_one(WebSession, session_id).revoked_at is not None


def test_session_left_alone_for_thirty_minutes_ends(house: House, clerk: str) -> None:
    browser = house.enter(clerk)
    house.later(minutes=28)
    assert browser.is_in()
    house.later(minutes=29)
    assert browser.is_in()
    house.later(minutes=31)

    assert not browser.is_in()


def test_sign_in_page_speaks_of_an_ended_session_only_to_whom_one_ended(
    house: House, clerk: str
) -> None:
    """A first visit by a link from elsewhere has lost nothing."""
    browser = house.enter(clerk)
    house.later(minutes=31)
    way = browser.get("/account").location

    assert "登录后才能打开" in browser.get(way).text
    assert "30 分钟没有操作" in browser.get(way).text
    first = house.browser().get(way).text
    assert "登录后才能打开" in first and "登录已经结束" not in first


def test_session_ends_after_twelve_hours_however_busy(house: House, clerk: str) -> None:
    browser = house.enter(clerk)
    for _ in range(35):
        house.later(minutes=20)
        assert browser.is_in()
    house.later(minutes=20)

    assert not browser.is_in()


def test_half_a_sign_in_ends_after_ten_minutes(house: House, clerk: str) -> None:
    browser = house.browser()
    browser.sign_in(clerk)
    house.later(minutes=11)

    assert browser.get("/login/code").location == "/login"


def test_fourth_session_ends_the_oldest(house: House, clerk: str) -> None:
    browsers = [house.enter(clerk) for _ in range(policies.PARALLEL + 1)]

    assert [browser.is_in() for browser in browsers] == [False, True, True, True]


def test_password_alone_pushes_nobody_out(house: House, clerk: str) -> None:
    browser = house.enter(clerk)
    for place in range(6):
        house.browser(f"10.8.8.{place}").sign_in(clerk)
        house.later(seconds=90)

    assert browser.is_in()


def test_leave_another_device_from_the_account_page(house: House, clerk: str) -> None:
    one, other = house.enter(clerk), house.enter(clerk)
    page = one.get("/account").text
    assert page.count("退出该设备") == 1
    target = queries.digest_of_secret(other.secret)
    assert one.post(f"/account/sessions/{target}/end").status_code == 302

    assert one.is_in()
    assert not other.is_in()


def test_end_session_of_somebody_else_does_nothing(house: House, clerk: str) -> None:
    house.add("bieren", BUREAU, Role.APPROVER)
    mine, theirs = house.enter(clerk), house.enter("bieren")
    mine.get("/account")
    mine.post(f"/account/sessions/{queries.digest_of_secret(theirs.secret)}/end")

    assert theirs.is_in()


def test_find_signed_in_asks_the_database_once(house: House, clerk: str) -> None:
    browser = house.enter(clerk)
    queries.find_signed_in(house.session, browser.secret, house.clock.now())
    asked: list[str] = []
    engine = house.session.get_bind()

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    found = queries.find_signed_in(house.session, browser.secret, house.clock.now())
    event.remove(engine, "before_cursor_execute", note)

    assert found is not None
    assert found.actor.roles == {Role.CLERK}
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 1


# --- N5, N6 ---

UNSAFE = (
    "/login",
    "/login/code",
    "/logout",
    "/account/password",
    "/account/second-factor",
    "/account/second-factor/confirm",
    "/account/verify",
    "/account/sessions/x/end",
    "/account/sessions/end-others",
    "/admin/people/new",
    "/admin/organisations/new",
    "/admin/people/x/reactivate",
    "/admin/people/x/deactivate",
    "/admin/people/x/request-role",
    "/admin/people/x/request-reset",
    "/admin/people/x/edit",
    "/admin/organisations/x/edit",
    "/admin/organisations/x/deactivate",
    "/admin/organisations/x/reactivate",
    "/admin/person-requests/x",
    "/admin/person-requests/x/withdraw",
    "/admin/organisation-requests/x",
    "/admin/organisation-requests/x/withdraw",
    "/admin/grants/x",
    "/admin/grants/x/revoke",
    "/admin/grants/people/x/end-sessions",
    "/admin/resets/x",
)


def _fingerprint(house: House) -> list[tuple[object, ...]]:
    house.session.rollback()
    rows = house.session.execute(
        select(WebSession.id, WebSession.revoked_at, WebSession.second_factor_at).order_by(
            WebSession.id
        )
    )
    return [tuple(row) for row in rows]


def test_unsafe_routes_are_all_listed_here(house: House) -> None:
    posts = {
        rule.rule
        for rule in house.app.url_map.iter_rules()
        if rule.endpoint.startswith("accounts.") and "POST" in (rule.methods or ())
    }

    def shape(path: str) -> str:
        parts = path.split("/")
        return "/".join("x" if part.startswith("<") else part for part in parts)

    assert {shape(path) for path in posts} == set(UNSAFE)


def test_post_without_or_with_foreign_token_does_nothing(house: House, clerk: str) -> None:
    house.enrol("xitong")
    browser, stranger = house.enter("xitong"), house.browser()
    stranger.get("/login")
    before = _fingerprint(house)
    for path in UNSAFE:
        for token in ("", "forged", stranger.token):
            answer = browser.post(path, token=token, username=clerk, password=PASSWORD)
            assert answer.status_code == 400, path
            assert "没有提交成功" in answer.text

    assert _fingerprint(house) == before
    assert browser.is_in()


def test_headers_and_cookies_stand_on_every_answer(house: House, clerk: str) -> None:
    browser = house.enter(clerk)
    for path in (
        "/login",
        "/account",
        "/account/password",
        "/admin/people",
        "/nowhere",
        "/login/code",
    ):
        answer = browser.get(path)
        assert told(answer) == HEADERS
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    asset = browser.get("/static/css/tokens.css?v=1")
    assert told(asset) == HEADERS
    assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    asset.close()
    answer = house.browser().sign_in(clerk)
    cookies = answer.headers.getlist("Set-Cookie")
    assert {cookie.split("=")[0] for cookie in cookies} == {
        "__Host-procure",
        "__Host-procure-device",
    }
    for cookie in cookies:
        for sign in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert sign in cookie
        assert "Domain" not in cookie


def test_pages_of_one_office_are_closed_to_the_others(house: House, clerk: str) -> None:
    for name in ("xitong", "anquan", "shenjiguanli"):
        house.enrol(name)
    pages = {
        "xitong": ("/admin/people", "/admin/organisations", "/admin/people/new"),
        "anquan": ("/admin/grants",),
        "shenjiguanli": ("/admin/log",),
    }
    for name in (*pages, clerk):
        browser = house.enter(name)
        for owner, paths in pages.items():
            for path in paths:
                expected = 200 if owner == name else 403
                assert browser.get(path).status_code == expected, (name, path)
