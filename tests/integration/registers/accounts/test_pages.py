"""Every page of accounts read as a careful reader would, and offices granted at the same moment."""

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DatabaseError

from procure.config import Mode
from procure.kernel.access import OrganisationKind, Role
from procure.registers.accounts import queries, todo
from procure.registers.accounts.models import CredentialReset, ResetKind, RoleGrant
from procure.registers.accounts.use_cases import credentials, roles
from procure.store.types import new_id
from tests.page_client import check_html

from .conftest import PASSWORD, Browser, House

BUREAU = OrganisationKind.CIVIL_AFFAIRS_BUREAU


def _read(browser: Browser, *paths: str) -> None:
    for path in paths:
        answer = browser.get(path)
        assert answer.status_code == 200, path
        check_html(answer.text)


def test_pages_of_coming_in_are_sound(house: House, make_app: Callable[[Mode], Flask]) -> None:
    house.add("xinren", BUREAU, Role.CLERK, factor=False)
    browser = house.browser()
    _read(browser, "/login")
    check_html(browser.sign_in("xinren", "wrong wrong wrong").text)
    browser.sign_in("xinren")
    _read(browser, "/account/second-factor")
    browser.post("/account/second-factor")
    _read(browser, "/account/second-factor/confirm")
    check_html(browser.post("/account/second-factor/confirm", code="000000").text)
    user = queries.get_user(house.session, house.people["xinren"])
    house.secrets["xinren"] = house.key.unwrap(user.totp_pending or b"").decode()
    house.session.rollback()
    check_html(browser.post("/account/second-factor/confirm", code=house.code("xinren")).text)
    _read(browser, "/account", "/account/password", "/account/verify")
    house.later(minutes=5)
    # The code that bound the authenticator is no fresh proof; the next one is.
    assert browser.get("/account/second-factor").location.startswith("/account/verify")
    browser.get("/account/verify")
    browser.post("/account/verify", code=house.code("xinren"))
    _read(browser, "/account/second-factor")
    house.later(minutes=5)
    other = house.browser()
    other.sign_in("xinren")
    _read(other, "/login/code")
    demo = make_app(Mode.DEMO)
    demo.config["PROCURE_DEMO_ACCOUNTS"] = [
        {
            "username": "xinren",
            "name": "某",
            "role": "采购经办人",
            "organisation": "局",
            "what": "办",
        }
    ]
    _read(Browser(demo), "/login")


def test_pages_of_the_offices_are_sound(house: House) -> None:
    for name in ("xitong", "anquan", "shenjiguanli"):
        house.enrol(name)
    user_id = house.add("xinren", BUREAU, Role.CLERK)
    place = house.places[BUREAU]
    with house.uow("xitong") as uow:
        roles.request_role(uow, roles.RequestRole(user_id, Role.CATALOGUE_KEEPER))
        credentials.request_reset(
            uow, credentials.RequestReset(user_id, ResetKind.SECOND_FACTOR, "手机遗失")
        )
    held = house.session.scalars(select(RoleGrant.id).where(RoleGrant.role == Role.CLERK)).one()
    asked = house.session.scalars(
        select(RoleGrant.id).where(RoleGrant.role == Role.CATALOGUE_KEEPER)
    ).one()
    reset = house.session.scalars(select(CredentialReset.id)).one()
    house.session.rollback()
    house.enter("xinren")
    person, organisation = f"/admin/people/{user_id}", f"/admin/organisations/{place}"
    _read(
        house.enter("xitong"),
        "/admin/people",
        "/admin/people?q=xinren&kind=civil_affairs_bureau&role=clerk&active=yes&sort=-created",
        "/admin/people/new",
        person,
        *(f"{person}/{verb}" for verb in ("edit", "deactivate", "request-role", "request-reset")),
        "/admin/organisations",
        "/admin/organisations/new",
        organisation,
        f"{organisation}/edit",
        f"{organisation}/deactivate",
    )
    _read(
        house.enter("anquan"),
        "/admin/grants",
        "/admin/grants?standing=held&role=clerk&sort=person",
        f"/admin/grants/{asked}",
        f"/admin/grants/{held}",
        f"/admin/grants/{held}/revoke",
        f"/admin/grants/people/{user_id}",
        f"/admin/resets/{reset}",
    )
    _read(
        house.enter("shenjiguanli"),
        "/admin/log",
        "/admin/log?event=RoleGranted&q=xinren",
        "/admin/log?sort=at",
    )


def test_applications_wait_on_the_desk_of_the_security_administrator(house: House) -> None:
    for name in ("xitong", "anquan"):
        house.enrol(name)
    user_id = house.add("xinren", BUREAU)
    with house.uow("xitong") as uow:
        roles.request_role(uow, roles.RequestRole(user_id, Role.CLERK))
        credentials.request_reset(
            uow, credentials.RequestReset(user_id, ResetKind.PASSWORD, "忘了")
        )
    guard, keeper = house.enter("anquan"), house.enter("xitong")

    desk = guard.get("/desk").text
    assert "申请采购经办人岗位：待授予" in desk
    assert "重置密码：待办理" in desk
    assert "待授予" not in keeper.get("/desk").text
    assert "等待安全管理员办理" in keeper.get(f"/admin/people/{user_id}").text


def test_every_administrator_is_warned_until_two_guard_the_platform(house: House) -> None:
    warning = "安全管理员只有一位"
    offices = ("xitong", "anquan", "shenjiguanli")
    house.add("jingban", BUREAU, Role.CLERK)
    for name in offices:
        house.enrol(name)
        assert warning in house.enter(name).get("/desk").text
    assert warning not in house.enter("jingban").get("/desk").text

    house.add("anquan2", OrganisationKind.PLATFORM, Role.SECURITY_ADMIN, factor=False)
    for name in offices:
        assert warning not in house.enter(name).get("/desk").text


def test_refused_reset_needs_a_reason_and_tells_it_to_the_log_and_the_asker(house: House) -> None:
    for name in ("xitong", "anquan", "shenjiguanli"):
        house.enrol(name)
    user_id = house.add("xinren", BUREAU)
    with house.uow("xitong") as uow:
        reset = credentials.request_reset(
            uow, credentials.RequestReset(user_id, ResetKind.PASSWORD, "忘了")
        )
    guard = house.enter("anquan")
    before = guard.get(f"/admin/resets/{reset}").text
    assert "临时密码，只显示一次" in before
    assert "所有设备上的登录立即退出" in before

    refused = guard.post(f"/admin/resets/{reset}", decision="no")
    assert "不同意的，必须写明原因" in refused.get_data(as_text=True)
    assert guard.post(f"/admin/resets/{reset}", decision="no", reason="身份没有核实").location
    assert "系统管理员在人员页面看得到原因" in guard.get("/admin/grants").text

    assert "身份没有核实" in house.enter("shenjiguanli").get("/admin/log").text
    page = house.enter("xitong").get(f"/admin/people/{user_id}").text
    assert "没有同意" in page
    assert "身份没有核实" in page


def test_edit_on_the_pages_keeps_what_is_right_and_tells_what_is_not(house: House) -> None:
    house.enrol("xitong")
    browser = house.enter("xitong")
    path = f"/admin/organisations/{house.places[OrganisationKind.SUPPLIER]}/edit"
    browser.get(path)
    refused = browser.post(
        path, name="晴朗社工服务中心", credit_code="91440400MA4UQXT17X", version="1"
    )
    assert refused.status_code == 400
    assert "晴朗社工服务中心" in refused.text
    check_html(refused.text)
    saved = browser.post(
        path,
        name="晴朗社工服务中心",
        phone="0756-1234567",
        bank_account="6222000000000000",
        reason="登记证书变更",
        version="1",
    )
    assert saved.status_code == 302
    stale = browser.post(path, name="别的名称", version="1")
    assert stale.status_code == 409
    check_html(stale.text)


def test_switch_off_and_on_again_on_the_pages(house: House) -> None:
    house.enrol("xitong")
    user_id = house.add("xinren", BUREAU, Role.CLERK, factor=False)
    browser = house.enter("xitong")
    path = f"/admin/people/{user_id}"
    browser.get(f"{path}/deactivate")
    assert browser.post(f"{path}/deactivate", reason="").status_code == 400
    assert browser.post(f"{path}/deactivate", reason="不再使用").status_code == 302
    page = browser.get(path).text
    assert "已停用" in page
    assert "申请恢复账号" in page
    browser.get(f"{path}/reactivate")
    assert browser.post(f"{path}/reactivate", reason="误停").status_code == 302
    page = browser.get(path).text
    assert "等待安全管理员办理" in page
    check_html(page)
    (link,) = {
        task.href
        for task in todo.todo(house.session, house.actor("anquan"), house.clock.now())
        if task.verb == "办理账号变更"
    }
    house.enrol("anquan")
    guard = house.enter("anquan")
    assert link in guard.get("/admin/grants").text
    check_html(guard.get(link).text)
    assert browser.get(link).status_code == 403
    assert guard.post(link, decision="no").status_code == 400
    assert guard.post(link, decision="yes").status_code == 302
    assert guard.post(link, decision="yes").status_code == 409
    assert "使用中" in browser.get(path).text


def test_ending_somebodys_sign_ins_on_the_page(house: House) -> None:
    house.enrol("anquan")
    house.add("xinren", BUREAU, Role.CLERK)
    theirs, guard = house.enter("xinren"), house.enter("anquan")
    path = f"/admin/grants/people/{house.people['xinren']}"
    assert "退出这些设备" in guard.get(path).text
    assert guard.post(f"{path}/end-sessions").status_code == 302

    assert not theirs.is_in()
    assert guard.is_in()


@pytest.mark.parametrize(
    ("kind", "one", "another"),
    [
        (OrganisationKind.PLATFORM, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN),
        (BUREAU, Role.CLERK, Role.ACCEPTER),
    ],
)
def test_two_offices_granted_at_the_same_moment_end_with_one(
    house: House, engine: Engine, kind: OrganisationKind, one: Role, another: Role
) -> None:
    user_id = house.add("xinren", kind, factor=False)
    house.session.rollback()
    insert = text(
        "INSERT INTO role_grant (id, user_id, role, requested_by, requested_at, granted_by,"
        " granted_at, reason) VALUES (:id, :user, :role, 'one', 1, 'two', 2, '')"
    )
    failed: list[str] = []

    def second() -> None:
        try:
            with engine.begin() as connection:
                row = {"id": new_id(), "user": user_id, "role": another.value}
                connection.execute(insert, row)
        except DatabaseError as error:
            failed.append(str(error))

    with engine.begin() as connection:
        row = {"id": new_id(), "user": user_id, "role": one.value}
        connection.execute(insert, row)
        other = threading.Thread(target=second)
        other.start()
        other.join(0.5)
    other.join(30)

    assert len(failed) == 1
    assert queries.roles_of(house.session, user_id) == {one}


@pytest.mark.parametrize("path", ["/account/password", "/account/second-factor", "/login/code"])
def test_page_for_a_person_leads_a_visitor_to_sign_in(house: House, path: str) -> None:
    answer = house.browser().get(path)

    assert answer.status_code == 302
    assert answer.location.startswith("/login")
    assert PASSWORD not in answer.text
