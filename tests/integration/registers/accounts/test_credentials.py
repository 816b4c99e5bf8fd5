"""How one signs in is changed by its owner alone, who proves it by what they signed in with before."""

import pytest
from sqlalchemy import select

from procure.desks.reminders.models import InboxMessage, OutboxMail
from procure.kernel.access import OrganisationKind, Role
from procure.kernel.errors import Denied
from procure.registers.accounts import policies, queries
from procure.registers.accounts.models import CredentialReset, ResetKind, RoleGrant, User
from procure.registers.accounts.use_cases import credentials
from procure.store import trail
from procure.store.trail import TrailEvent
from tests.page_client import check_html

from .conftest import PASSWORD, Browser, House

BUREAU = OrganisationKind.CIVIL_AFFAIRS_BUREAU
FACTOR, CONFIRM = "/account/second-factor", "/account/second-factor/confirm"
NEW_PASSWORD = "石榴花 落满旧台阶 2020 春"


@pytest.fixture
def clerk(house: House) -> str:
    house.add("jingban", BUREAU, Role.CLERK)
    return "jingban"


def _credentials(house: House) -> dict[str, tuple[object, ...]]:
    """What everybody signs in with."""
    house.session.rollback()
    rows = house.session.execute(
        select(User.username, User.password_hash, User.totp_secret, User.totp_pending)
    )
    return {row.username: tuple(row) for row in rows}


def _pending(house: House, username: str) -> str:
    """The secret that the page shows; read once more by the code of the authenticator it makes."""
    house.session.rollback()
    user = queries.get_user(house.session, house.people[username])
    secret = house.key.unwrap(user.totp_pending or b"").decode()
    house.session.rollback()
    return secret


def _prove(house: House, browser: Browser, username: str) -> None:
    """Give a fresh code of the present authenticator."""
    browser.get("/account/verify")
    assert browser.post("/account/verify", code=house.code(username)).status_code == 302
    house.later(seconds=61)


def test_session_alone_does_not_take_over_the_second_factor(house: House, clerk: str) -> None:
    """Eleven minutes after her code, another browser elsewhere carries her session."""
    owner = house.enter(clerk)
    thief = house.browser("203.0.113.9")
    thief.carry(owner.secret)
    thief.get("/account")
    house.later(minutes=10)
    before = _credentials(house)

    for path in (FACTOR, CONFIRM):
        assert thief.get(path).location.startswith("/account/verify?next="), path
        answer = thief.post(path, password=PASSWORD, code="000000")
        assert answer.location.startswith("/account/verify?next="), path
    assert _credentials(house) == before
    with pytest.raises(Denied), house.uow(clerk, technical=True) as uow:
        credentials.start_enrolment(
            uow, credentials.StartEnrolment(house.people[clerk], PASSWORD), house.key
        )
    house.enter(clerk)


def test_fresh_code_without_the_password_is_not_enough(house: House, clerk: str) -> None:
    owner = house.enter(clerk)
    before = _credentials(house)
    for typed in ("", "wrong wrong wrong"):
        owner.get(FACTOR)
        answer = owner.post(FACTOR, password=typed)
        assert answer.status_code == 400
        assert 'name="password"' in answer.text
    said = [owner.post(FACTOR, password="wrong wrong wrong").text for _ in range(7)]

    check_html(said[0])
    assert "当前密码不对" in said[0]
    assert "请等待" in said[-1]
    assert _credentials(house) == before


def test_new_authenticator_takes_code_and_password_and_is_told(house: House, clerk: str) -> None:
    with house.uow(technical=True) as uow:
        uow.session.get_one(User, house.people[clerk]).email = "jingban@example.org"
    one, other = house.enter(clerk), house.enter(clerk)
    old = house.secrets[clerk]
    one.get(FACTOR)
    assert one.post(FACTOR, password=PASSWORD).location == CONFIRM
    house.secrets[clerk] = _pending(house, clerk)
    one.get(CONFIRM)
    assert one.post(CONFIRM, code=house.code(clerk)).status_code == 200

    assert one.is_in()
    assert not other.is_in()
    house.session.rollback()
    kinds = house.session.scalars(
        select(InboxMessage.kind).where(
            InboxMessage.user_id == house.people[clerk], InboxMessage.kind != "RoleGranted"
        )
    ).all()
    # The first one was bound when the house was furnished.
    assert kinds == ["SecondFactorEnrolled"] * 2
    assert "jingban@example.org" in house.session.scalars(select(OutboxMail.address)).all()
    # The code that bound it proves nothing about the one before; the next code of it does.
    assert one.get(FACTOR).location.startswith("/account/verify")
    house.later(minutes=2)
    _prove(house, one, clerk)
    assert one.get(FACTOR).status_code == 200
    house.secrets[clerk] = old
    browser = house.browser()
    browser.sign_in(clerk)
    browser.get("/login/code")
    assert browser.post("/login/code", code=house.code(clerk)).status_code == 400


def test_code_that_binds_the_first_authenticator_is_no_fresh_proof(house: House) -> None:
    house.add("xinren", BUREAU, Role.CLERK, factor=False)
    browser = house.browser()
    browser.sign_in("xinren")
    browser.get(FACTOR)
    browser.post(FACTOR)
    house.secrets["xinren"] = _pending(house, "xinren")
    browser.get(CONFIRM)
    browser.post(CONFIRM, code=house.code("xinren"))

    assert browser.is_in()
    assert browser.get(FACTOR).location.startswith("/account/verify")


def test_second_tab_shows_the_secret_of_the_first(house: House, clerk: str) -> None:
    browser = house.enter(clerk)
    browser.get(FACTOR)
    browser.post(FACTOR, password=PASSWORD)
    scanned = _pending(house, clerk)
    browser.get(FACTOR)
    browser.post(FACTOR, password=PASSWORD)
    assert _pending(house, clerk) == scanned

    house.secrets[clerk] = scanned
    browser.get(CONFIRM)
    assert browser.post(CONFIRM, code=house.code(clerk)).status_code == 200


def test_secret_that_was_shown_long_ago_is_never_bound(house: House, clerk: str) -> None:
    browser = house.enter(clerk)
    browser.get(FACTOR)
    browser.post(FACTOR, password=PASSWORD)
    left = _pending(house, clerk)
    house.later(seconds=(policies.ENROLMENT - policies.IDLE / 2).total_seconds())
    browser.get("/account")
    house.later(seconds=(policies.IDLE / 2).total_seconds() + 1)
    _prove(house, browser, clerk)

    assert browser.get(CONFIRM).location == FACTOR
    browser.get(FACTOR)
    browser.post(FACTOR, password=PASSWORD)
    assert _pending(house, clerk) != left


@pytest.mark.parametrize("name", ["xitong", "anquan", "shenjiguanli"])
def test_whoever_guards_the_platform_has_theirs_reset_by_two_others(
    house: House, name: str
) -> None:
    house.enrol(name)
    browser = house.enter(name)
    before = _credentials(house)

    page = browser.get(FACTOR).text
    check_html(page)
    assert "不能自行更换动态口令" in page
    for path in (FACTOR, CONFIRM):
        assert browser.post(path, password=PASSWORD, code="000000").status_code == 403
    assert _credentials(house) == before


def test_account_that_money_goes_to_is_changed_on_a_fresh_code_only(house: House) -> None:
    house.enrol("xitong")
    keeper = house.enter("xitong")
    place = house.places[OrganisationKind.SUPPLIER]
    path = f"/admin/organisations/{place}/edit"
    keeper.get("/account")
    house.later(minutes=11)
    before = events_of(house, place)
    form = {"name": "测试单位supplier", "bank_account": "6222000000000000", "version": "1"}

    away = keeper.post(path, **form).location
    assert away == f"/account/verify?next={path}&unsent=yes"
    assert events_of(house, place) == before
    check_html(keeper.get(away).text)
    new = "/admin/organisations/new"
    entered = {"name": "新来的机构", "kind": "supplier", "bank_account": "6222000000000001"}
    assert keeper.get(new).location == f"/account/verify?next={new}"
    assert keeper.post(new, **entered).location == f"/account/verify?next={new}&unsent=yes"
    assert "新来的机构" not in dict(queries.organisation_choices(house.session)).values()


def events_of(house: House, organisation_id: str) -> list[str]:
    """What happened to an organisation."""
    house.session.rollback()
    links = trail.read(house.session, TrailEvent.stream == f"organisation:{organisation_id}")
    return [link.event for link in links]


SENT = {
    "old": "wrong wrong wrong",
    "password": "wrong wrong wrong",
    "new": NEW_PASSWORD,
    "code": "000000",
    "decision": "yes",
    "reason": "密码泄露",
    "kind": "password",
    "role": "approver",
    "name": "改名",
    "username": "xinyonghu",
}


def test_no_route_changes_credentials_without_a_proof_of_the_present_ones(
    house: House, clerk: str
) -> None:
    """Every form of accounts, sent from each office's session whose code is eleven minutes old."""
    for name in ("xitong", "anquan", "shenjiguanli"):
        house.enrol(name)
    with house.uow("xitong") as uow:
        for kind in ResetKind:
            credentials.request_reset(
                uow, credentials.RequestReset(house.people[clerk], kind, "手机遗失")
            )
    house.session.rollback()
    resets = house.session.scalars(select(CredentialReset.id)).all()
    grant = house.session.scalars(select(RoleGrant.id)).first()
    house.session.rollback()
    targets = {
        "user_id": [house.people[clerk]],
        "reset_id": list(resets),
        "grant_id": [grant],
        "organisation_id": [house.places[BUREAU]],
    }
    rules = [
        rule
        for rule in house.app.url_map.iter_rules()
        if rule.endpoint.startswith("accounts.") and "POST" in (rule.methods or ())
    ]
    browsers = [house.enter(name) for name in (clerk, "anquan", "xitong", "shenjiguanli")]
    house.later(minutes=11)
    before = _credentials(house)
    for browser in browsers:
        for rule in rules:
            names = sorted(rule.arguments)
            for target in targets.get(names[0], ["none"]) if names else [""]:
                if rule.endpoint == "accounts.sign_out":
                    continue
                path = rule.rule
                for name in names:
                    path = path.replace(f"<{name}>", str(target))
                browser.get("/account")
                browser.post(path, **SENT)
                after = _credentials(house)
                assert {name: after[name] for name in before} == before, path
