"""Three offices, three people: what each may do, and what neither page nor database lets pass."""

import csv
import io
import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.exc import DatabaseError

from procure.kernel.access import (
    ROLES_BY_KIND,
    THREE_ADMINS,
    Level,
    OrganisationKind,
    Role,
    refusal_of_roles,
)
from procure.kernel.errors import Conflict, Denied, DomainError, IllegalTransition, Invalid, Stale
from procure.registers.accounts import queries, todo
from procure.registers.accounts.models import ResetKind, RoleGrant, User
from procure.registers.accounts.passwords import Passwords, temporary_password
from procure.registers.accounts.use_cases import (
    adding,
    changing_organisations,
    changing_people,
    credentials,
    roles,
    two_people,
)
from procure.store import trail
from procure.store.types import new_id

from .conftest import CHEAP, PASSWORD, Browser, House

BUREAU = OrganisationKind.CIVIL_AFFAIRS_BUREAU


def _office(house: House, name: str) -> Browser:
    house.enrol(name)
    return house.enter(name)


# --- A5: who may hold what ---

HUMAN = [role for role in Role if role is not Role.SYSTEM]


def _insert(connection: Connection, user_id: str, role: Role, **values: object) -> None:
    row = {
        "id": new_id(),
        "user_id": user_id,
        "role": role.value,
        "requested_by": "one",
        "requested_at": 1,
        "granted_by": "two",
        "granted_at": 2,
        "reason": "",
        **values,
    }
    names = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO role_grant ({names}) VALUES ({marks})"), row)


def _is_stored(connection: Connection, user_id: str, role: Role) -> bool:
    try:
        with connection.begin_nested():
            _insert(connection, user_id, role)
    except DatabaseError as refusal:
        assert "role_grant: " in str(refusal)
        return False
    return True


def test_database_stores_the_roles_that_go_together_and_no_others(
    house: House, engine: Engine
) -> None:
    """What `refusal_of_roles` says of every role and of every pair in both orders."""
    members = {kind: _member_of_a(house, kind) for kind in OrganisationKind}
    wrong = []
    with engine.connect() as connection:
        for (kind, user_id), one in itertools.product(members.items(), HUMAN):
            with _undone(connection):
                alone = _is_stored(connection, user_id, one)
                if alone != (refusal_of_roles(kind, {one}) is None):
                    wrong.append((kind, one))
                for other in set(HUMAN) - {one} if alone else ():
                    with _undone(connection):
                        both = _is_stored(connection, user_id, other)
                    if both != (refusal_of_roles(kind, {one, other}) is None):
                        wrong.append((kind, one, other))

    assert not wrong


def _member_of_a(house: House, kind: OrganisationKind) -> str:
    if kind not in house.places:
        command = adding.AddOrganisation(
            name=f"测试单位{kind}", kind=kind, level=Level.CITY, number_prefix=kind.value[:8]
        )
        with house.uow("xitong") as uow:
            house.places[kind] = adding.add_organisation(uow, command)
    return house.add(f"ren-{kind.value.replace('_', '-')}", kind, factor=False)


@contextmanager
def _undone(connection: Connection) -> Iterator[None]:
    savepoint = connection.begin_nested()
    yield
    savepoint.rollback()


@pytest.mark.parametrize(
    ("kind", "held", "asked"),
    [
        (OrganisationKind.PLATFORM, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN),
        (BUREAU, Role.CLERK, Role.ACCEPTER),
        (BUREAU, Role.ACCEPTER, Role.CLERK),
    ],
)
def test_granting_by_update_is_refused_for_a_role_that_does_not_fit(
    house: House, engine: Engine, kind: OrganisationKind, held: Role, asked: Role
) -> None:
    user_id = house.add("xinren", kind, held, factor=False)
    grant = new_id()
    with engine.begin() as connection:
        _insert(connection, user_id, asked, id=grant, granted_by=None, granted_at=None)
    with pytest.raises(DatabaseError, match="role_grant: "), engine.begin() as connection:
        connection.execute(
            text("UPDATE role_grant SET granted_by = 'two', granted_at = 2 WHERE id = :id"),
            {"id": grant},
        )


DECIDED = [
    "UPDATE role_grant SET granted_by = 'two'",
    "UPDATE role_grant SET granted_by = NULL, granted_at = NULL",
    "UPDATE role_grant SET granted_at = 1",
    "UPDATE role_grant SET requested_by = 'one'",
    "UPDATE role_grant SET revoked_by = NULL, revoked_at = NULL WHERE revoked_at IS NOT NULL",
    "UPDATE role_grant SET role = 'auditor'",
    "UPDATE organisation SET kind = 'audit'",
    "UPDATE user_account SET organisation_id = 'elsewhere'",
    "UPDATE user_account SET username = 'other'",
]
DECIDED_WORDS = "stay|decided once|do not fit"


def test_what_two_people_decided_about_a_role_cannot_be_written_anew(
    house: House, engine: Engine
) -> None:
    house.add("xinren", BUREAU, Role.CLERK, factor=False)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE role_grant SET revoked_by = 'two', revoked_at = 3 WHERE role = 'clerk'")
        )
    for words in DECIDED:
        with pytest.raises(DatabaseError, match=DECIDED_WORDS), engine.begin() as connection:
            connection.execute(text(words))


@pytest.mark.parametrize(
    ("requested_by", "granted_by", "constraint"),
    [("one", "one", "two_people"), ("one", "oneself", "not_to_oneself")],
)
def test_granting_by_one_person_or_to_oneself_cannot_be_stored(
    house: House, engine: Engine, requested_by: str, granted_by: str, constraint: str
) -> None:
    user_id = house.add("danren", BUREAU, factor=False)
    by = user_id if granted_by == "oneself" else granted_by
    with pytest.raises(DatabaseError, match=constraint), engine.begin() as connection:
        _insert(connection, user_id, Role.CLERK, requested_by=requested_by, granted_by=by)


def test_reset_by_one_person_cannot_be_stored(house: House, engine: Engine) -> None:
    user_id = house.add("danren", BUREAU, factor=False)
    with house.uow("xitong") as uow:
        reset = credentials.request_reset(
            uow, credentials.RequestReset(user_id, ResetKind.PASSWORD, "忘记密码")
        )
    with pytest.raises(DatabaseError, match="two_people"), engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE credential_reset SET decided_by = requested_by, decided_at = 1 WHERE id = :i"
            ),
            {"i": reset},
        )


# --- roles ---


@pytest.mark.parametrize("kind", [BUREAU, OrganisationKind.SUPPLIER, OrganisationKind.PLATFORM])
def test_request_role_fits_the_organisation_or_is_refused(
    house: House, kind: OrganisationKind
) -> None:
    for role in HUMAN:
        user_id = house.add(f"ren-{role.value.replace('_', '-')}", kind, factor=False)
        command = roles.RequestRole(user_id, role)
        if role in ROLES_BY_KIND[kind]:
            with house.uow("xitong") as uow:
                assert roles.request_role(uow, command)
        else:
            with pytest.raises(Invalid, match="不能担任"), house.uow("xitong") as uow:
                roles.request_role(uow, command)


def _requested(house: House, username: str, role: Role) -> str:
    with house.uow("xitong") as uow:
        command = roles.RequestRole(house.people[username], role)
        return roles.request_role(uow, command)


def test_grant_role_by_another_person_makes_the_role_held(house: House) -> None:
    user_id = house.add("xinren", BUREAU, factor=False)
    grant = _requested(house, "xinren", Role.CLERK)
    assert queries.roles_of(house.session, user_id) == frozenset()
    with house.uow("anquan") as uow:
        roles.grant_role(uow, roles.GrantRole(grant))

    assert queries.roles_of(house.session, user_id) == {Role.CLERK}
    assert [
        link.event
        for link in trail.read(house.session, trail.TrailEvent.stream == f"account:{user_id}")
    ] == [
        "PersonAdded",
        "RoleRequested",
        "RoleGranted",
    ]


def test_grant_role_by_anybody_else_is_refused(house: House) -> None:
    house.add("xinren", BUREAU, factor=False)
    house.add("bieren", BUREAU, Role.APPROVER, factor=False)
    grant = _requested(house, "xinren", Role.CLERK)
    for name in ("xitong", "shenjiguanli", "bieren"):
        with pytest.raises(Denied), house.uow(name) as uow:
            roles.grant_role(uow, roles.GrantRole(grant))


def test_grant_role_to_oneself_is_refused(house: House) -> None:
    grant = new_id()
    with house.uow("xitong", technical=True) as uow:
        uow.session.add(
            RoleGrant(
                id=grant,
                user_id=house.people["anquan"],
                role=Role.AUDIT_ADMIN,
                requested_by=house.people["xitong"],
                requested_at=uow.now,
            )
        )
    with pytest.raises(Denied, match="不能为自己授予"), house.uow("anquan") as uow:
        roles.grant_role(uow, roles.GrantRole(grant))


@pytest.mark.parametrize(
    ("held", "asked"), list(itertools.permutations((Role.CLERK, Role.APPROVER, Role.ACCEPTER), 2))
)
def test_request_role_incompatible_with_one_held_is_refused(
    house: House, held: Role, asked: Role
) -> None:
    house.add("xinren", BUREAU, held, factor=False)

    with pytest.raises(Invalid, match="不能由同一人担任"):
        _requested(house, "xinren", asked)


def test_request_role_twice_is_refused(house: House) -> None:
    house.add("xinren", BUREAU, Role.CLERK, factor=False)
    with pytest.raises(Invalid, match="已经是"):
        _requested(house, "xinren", Role.CLERK)
    _requested(house, "xinren", Role.CATALOGUE_KEEPER)
    with pytest.raises(Invalid, match="正在等待"):
        _requested(house, "xinren", Role.CATALOGUE_KEEPER)


def test_decide_grant_twice_is_refused(house: House) -> None:
    house.add("xinren", BUREAU, factor=False)
    grant = _requested(house, "xinren", Role.CLERK)
    with house.uow("anquan") as uow:
        roles.refuse_role(uow, roles.EndRole(grant, "岗位编制已满"))
    with pytest.raises(IllegalTransition), house.uow("anquan") as uow:
        roles.grant_role(uow, roles.GrantRole(grant))
    with pytest.raises(IllegalTransition), house.uow("anquan") as uow:
        roles.refuse_role(uow, roles.EndRole(grant, "再次"))


@pytest.mark.parametrize("closing", ["person", "organisation"])
def test_closing_ends_what_waits_and_nothing_is_granted_to_who_is_gone(
    house: House, closing: str
) -> None:
    user_id = house.add("xinren", BUREAU, factor=False)
    grant = _requested(house, "xinren", Role.CLERK)
    with house.uow("xitong") as uow:
        wanted = credentials.RequestReset(user_id, ResetKind.PASSWORD, "忘记密码")
        reset = credentials.request_reset(uow, wanted)
    with house.uow("xitong") as uow:
        if closing == "person":
            changing_people.deactivate_person(uow, changing_people.SwitchPerson(user_id, "离职"))
        else:
            asked = changing_organisations.SwitchOrganisation(house.places[BUREAU], "撤并")
            request = changing_organisations.request_closing(uow, asked)
    if closing == "organisation":
        with house.uow("anquan") as uow:
            changing_organisations.decide_organisation(uow, two_people.Decide(request))

    with pytest.raises(IllegalTransition), house.uow("anquan") as uow:
        roles.grant_role(uow, roles.GrantRole(grant))
    with pytest.raises(IllegalTransition), house.uow("anquan") as uow:
        credentials.decide_reset(uow, two_people.Decide(reset), CHEAP)
    for again in (
        lambda uow: roles.request_role(uow, roles.RequestRole(user_id, Role.CLERK)),
        lambda uow: credentials.request_reset(uow, wanted),
    ):
        with pytest.raises(Conflict, match="已经停用"), house.uow("xitong") as uow:
            again(uow)
    told = [
        link.event
        for link in trail.read(house.session, trail.TrailEvent.stream == f"account:{user_id}")
    ]
    assert {"RoleRequestEnded", "ResetEnded"} <= set(told)
    page = _office(house, "xitong").get(f"/admin/people/{user_id}").text
    assert page.count("账号停用，申请同时终止") == 2
    assert "这个账号或其所在单位已经停用" in page
    tasks = todo.todo(house.session, house.actor("anquan"), house.clock.now())
    assert not [task for task in tasks if "办理" in task.verb]


def test_grant_left_over_for_a_closed_account_is_refused_and_the_page_says_so(house: House) -> None:
    """A request that an earlier version let wait beside a closed account."""
    user_id = house.add("xinren", BUREAU, factor=False)
    grant = _requested(house, "xinren", Role.CLERK)
    with house.uow("xitong", technical=True) as uow:
        queries.get_user(uow.session, user_id).is_active = False
    with pytest.raises(Conflict, match="已经停用"), house.uow("anquan") as uow:
        roles.grant_role(uow, roles.GrantRole(grant))
    assert "已停用" in _office(house, "anquan").get(f"/admin/grants/{grant}").text
    assert queries.roles_of(house.session, user_id) == frozenset()


def test_last_holder_of_an_office_cannot_be_removed(house: House) -> None:
    grant = house.session.scalars(
        select(RoleGrant.id).where(RoleGrant.role == Role.AUDIT_ADMIN)
    ).one()
    with pytest.raises(Conflict, match="只剩"), house.uow("anquan") as uow:
        roles.revoke_role(uow, roles.EndRole(grant, "调离"))
    with pytest.raises(Conflict, match="只剩"), house.uow("xitong") as uow:
        changing_people.deactivate_person(
            uow, changing_people.SwitchPerson(house.people["shenjiguanli"], "离职")
        )
    house.add("shenji2", OrganisationKind.PLATFORM, Role.AUDIT_ADMIN, factor=False)
    with house.uow("anquan") as uow:
        roles.revoke_role(uow, roles.EndRole(grant, "调离"))
    assert queries.roles_of(house.session, house.people["shenjiguanli"]) == frozenset()


def test_office_held_in_a_closed_organisation_is_held_by_nobody(house: House) -> None:
    """Nobody can sign in of a closed organisation, so the office would be left empty for good."""
    second = _second_platform(house)
    with house.uow("xitong") as uow:
        closing = changing_organisations.request_closing(
            uow, changing_organisations.SwitchOrganisation(second, "合并")
        )
    leaving = changing_people.SwitchPerson(house.people["anquan"], "离职")
    with house.uow("anquan") as uow:
        changing_organisations.decide_organisation(uow, two_people.Decide(closing))
    with pytest.raises(Conflict, match="只剩"), house.uow("xitong") as uow:
        changing_people.deactivate_person(uow, leaving)


def test_closing_an_organisation_asks_at_its_decision_whether_an_office_is_left_empty(
    house: House,
) -> None:
    second = _second_platform(house)
    with house.uow("xitong") as uow:
        closing = changing_organisations.request_closing(
            uow, changing_organisations.SwitchOrganisation(second, "合并")
        )
        leaving = changing_people.SwitchPerson(house.people["anquan"], "离职")
        changing_people.deactivate_person(uow, leaving)
    with pytest.raises(Conflict, match="只剩"), house.uow("anquan2") as uow:
        changing_organisations.decide_organisation(uow, two_people.Decide(closing))
    assert queries.get_organisation(house.session, second).is_active


def _second_platform(house: House) -> str:
    """Another organisation of the platform, with the only other security administrator."""
    with house.uow() as uow:
        made = adding.add_organisation(
            uow,
            adding.AddOrganisation(name="平台二中心", kind=OrganisationKind.PLATFORM),
        )
    first, house.places[OrganisationKind.PLATFORM] = house.places[OrganisationKind.PLATFORM], made
    house.add("anquan2", OrganisationKind.PLATFORM, Role.SECURITY_ADMIN, factor=False)
    house.places[OrganisationKind.PLATFORM] = first
    return made


def test_platform_that_nobody_can_enter_any_more_gets_first_administrators_again(
    house: House,
) -> None:
    with house.uow(technical=True) as uow:
        for user_id in house.people.values():
            uow.session.get_one(User, user_id).is_active = False
    offices = zip(("xin1", "xin2", "xin3"), sorted(THREE_ADMINS), strict=True)
    command = roles.CreateFirst(
        "平台新中心",
        tuple(roles.FirstAdministrator(name, f"{name}某", role) for name, role in offices),
    )
    with house.uow() as uow:
        assert len(roles.create_first_administrators(uow, command, CHEAP)) == 3


def test_form_corrected_and_sent_again_under_its_key_is_not_answered_with_the_first(
    house: House,
) -> None:
    """The first answer would say "saved" of an account number that was thrown away."""
    first = adding.AddOrganisation(name="新机构", bank_account="1111", key="k" * 20)
    person = adding.AddPerson(
        "xinren", "新人", house.places[BUREAU], temporary_password(), email="a@example.org"
    )
    opened = adding.OpenAccount(person, "o" * 20)
    with house.uow("xitong") as uow:
        made = adding.add_organisation(uow, first)
        user = adding.open_account(uow, opened, CHEAP)
    with house.uow("xitong") as uow:
        assert adding.add_organisation(uow, first) == made
        again = replace(opened, person=replace(person, password=temporary_password()))
        assert adding.open_account(uow, again, CHEAP).user_id == user.user_id
    for changed in ({"bank_account": "2222"}, {"address": "井岸镇"}):
        with pytest.raises(Conflict, match="与上次不同"), house.uow("xitong") as uow:
            adding.add_organisation(uow, replace(first, **changed))
    other = replace(opened, person=replace(person, email="b@example.org"))
    with pytest.raises(Conflict, match="与上次不同"), house.uow("xitong") as uow:
        adding.open_account(uow, other, CHEAP)


def test_first_administrators_are_made_once(house: House) -> None:
    command = roles.CreateFirst("另一个平台", ())
    with pytest.raises(Conflict, match="已经有管理员"), house.uow() as uow:
        roles.create_first_administrators(uow, command, CHEAP)


# --- people and organisations ---


def test_edit_person_on_old_ground_is_refused(house: House) -> None:
    user_id = house.add("xinren", BUREAU, factor=False)
    seen = queries.get_user(house.session, user_id).version
    with house.uow("xitong") as uow:
        changing_people.edit_person(
            uow, changing_people.EditPerson(user_id, "xinren某", phone="13800138000", version=seen)
        )
    with pytest.raises(Stale), house.uow("xitong") as uow:
        changing_people.edit_person(
            uow, changing_people.EditPerson(user_id, "xinren某", version=seen)
        )


def test_edit_person_tells_that_a_telephone_changed_not_its_number(house: House) -> None:
    user_id = house.add("xinren", BUREAU, factor=False)
    with house.uow("xitong") as uow:
        changing_people.edit_person(
            uow, changing_people.EditPerson(user_id, "xinren某", phone="13800138000")
        )
    last = list(trail.read(house.session, trail.TrailEvent.stream == f"account:{user_id}"))[-1]

    assert last.data["changed"] == ["电话"]
    assert "13800138000" not in last.body


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("91440400MA4UQXT17X", "校验码"),
        ("123", "不是统一社会信用代码"),
        ("11010519491231002X", "不是统一社会信用代码"),
    ],
)
def test_add_organisation_with_a_wrong_credit_code_is_refused(
    house: House, code: str, words: str
) -> None:
    with pytest.raises(Invalid, match=words) as caught, house.uow("xitong") as uow:
        adding.add_organisation(uow, adding.AddOrganisation(name="某机构", credit_code=code))

    assert caught.value.field == "credit_code"
    assert "GB 32100" in (caught.value.rule or "")


def test_add_organisation_with_a_taken_name_or_prefix_is_refused(house: House) -> None:
    taken = queries.get_organisation(house.session, house.places[BUREAU]).name
    for field, values in (
        ("name", {"name": taken}),
        ("number_prefix", {"name": "另一家", "number_prefix": "TSMZ"}),
    ):
        with pytest.raises(Invalid) as caught, house.uow("xitong") as uow:
            adding.add_organisation(uow, adding.AddOrganisation(**values))
        assert caught.value.field == field


def test_one_organisation_is_not_entered_twice_under_another_way_of_writing(house: House) -> None:
    name = "善邻会计（普通合伙）中心"
    with house.uow("xitong") as uow:
        first = adding.add_organisation(uow, adding.AddOrganisation(name=name))
        other = adding.add_organisation(uow, adding.AddOrganisation(name="另一家"))
    asked = [
        changing_organisations.EditOrganisation(
            organisation_id=one, name="善邻会计(普通合伙)中心", reason="更名"
        )
        for one in (first, other)
    ]
    for twin in (name, "善邻会计(普通合伙)中心", name[:-1] + "\u2f3c", "善邻 会计（普通合伙）中心"):
        with pytest.raises(Invalid, match=f"“{name}”"), house.uow("xitong") as uow:
            adding.add_organisation(uow, adding.AddOrganisation(name=twin))
    with pytest.raises(Invalid, match=f"“{name}”"), house.uow("xitong") as uow:
        changing_organisations.edit_organisation(uow, asked[1])
    with house.uow("xitong") as uow:
        assert changing_organisations.edit_organisation(uow, asked[0]), (
            "its own name may be written otherwise"
        )


def test_one_credit_code_belongs_to_one_organisation_which_is_named(house: House) -> None:
    code = "52440403MJL1001132"
    with house.uow("xitong") as uow:
        adding.add_organisation(uow, adding.AddOrganisation(name="甲机构", credit_code=code))
    with pytest.raises(Invalid, match="“甲机构”") as caught, house.uow("xitong") as uow:
        adding.add_organisation(
            uow, adding.AddOrganisation(name="乙机构", credit_code=f" {code.lower()}\u200b")
        )
    assert caught.value.field == "credit_code"


def test_buyer_without_level_or_prefix_is_refused(house: House) -> None:
    with pytest.raises(Invalid, match="必须填写层级"), house.uow("xitong") as uow:
        adding.add_organisation(uow, adding.AddOrganisation(name="某局", kind=BUREAU))


@pytest.mark.parametrize("name", ["anquan", "shenjiguanli"])
def test_keeping_accounts_by_another_office_is_refused(house: House, name: str) -> None:
    with pytest.raises(Denied), house.uow(name) as uow:
        adding.add_organisation(uow, adding.AddOrganisation(name="某机构"))
    with pytest.raises(Denied), house.uow(name) as uow:
        adding.add_person(
            uow, adding.AddPerson("mouren", "某人", house.places[BUREAU], PASSWORD), CHEAP
        )


# --- pages ---


def test_open_account_page_shows_the_password_once(house: House) -> None:
    browser = _office(house, "xitong")
    form = browser.get("/admin/people/new").text
    key = re.search(r'name="idempotency_key"[^>]*value="([^"]+)"', form)
    assert key
    sent = {
        "username": "chenxl",
        "name": "陈晓",
        "organisation_id": house.places[BUREAU],
        "idempotency_key": key[1],
    }
    first = browser.post("/admin/people/new", **sent)
    again = browser.post("/admin/people/new", **sent)

    found = re.search(r"<code>([a-z2-9-]{19})</code>", first.text)
    assert found
    assert again.status_code == 302
    user_id = queries.find_user_id(house.session, "chenxl")
    assert user_id
    user = queries.get_user(house.session, user_id)
    assert user.password_is_temporary
    assert Passwords("cheap").is_right(user.password_hash, found[1])
    bodies = [link.body for link in trail.read(house.session)]
    assert not [body for body in bodies if found[1] in body]


def test_role_goes_through_both_offices_on_the_pages(house: House) -> None:
    user_id = house.add("xinren", BUREAU, factor=False)
    keeper = _office(house, "xitong")
    keeper.get(f"/admin/people/{user_id}/request-role")
    assert keeper.post(f"/admin/people/{user_id}/request-role", role="clerk").status_code == 302
    assert "等待授予" in keeper.get(f"/admin/people/{user_id}").text
    grant = house.session.scalars(select(RoleGrant.id).where(RoleGrant.user_id == user_id)).one()
    house.session.rollback()
    guard = _office(house, "anquan")
    assert "采购经办人" in guard.get("/admin/grants?standing=waiting").text
    assert "没有冲突" in guard.get(f"/admin/grants/{grant}").text
    assert guard.post(f"/admin/grants/{grant}", decision="no").status_code == 400
    assert guard.post(f"/admin/grants/{grant}", decision="yes").status_code == 302

    assert queries.roles_of(house.session, user_id) == {Role.CLERK}
    assert "收回采购经办人岗位" in guard.get(f"/admin/grants/people/{user_id}").text


def test_granting_asks_for_a_fresh_code(house: House) -> None:
    house.add("xinren", BUREAU, factor=False)
    grant = _requested(house, "xinren", Role.CLERK)
    guard = _office(house, "anquan")
    house.later(minutes=11)

    answer = guard.get(f"/admin/grants/{grant}")
    assert answer.location.startswith("/account/verify?next=")
    guard.get(answer.location)
    back = guard.post(answer.location, code=house.code("anquan"))
    assert back.location == f"/admin/grants/{grant}"
    assert guard.get(f"/admin/grants/{grant}").status_code == 200


def test_password_reset_goes_through_both_offices(house: House) -> None:
    user_id = house.add("wangle", BUREAU, Role.CLERK)
    keeper, guard = _office(house, "xitong"), _office(house, "anquan")
    keeper.get(f"/admin/people/{user_id}/request-reset")
    sent = {"kind": "password", "reason": "本人到场，已核对工作证"}
    assert keeper.post(f"/admin/people/{user_id}/request-reset", **sent).status_code == 302
    link = re.search(r"/admin/resets/[0-9a-f]+", guard.get("/admin/grants").text)
    assert link
    guard.get(link[0])
    page = guard.post(link[0], decision="yes").text
    found = re.search(r"<code>([a-z2-9-]{19})</code>", page)
    assert found

    browser = house.browser()
    assert "用户名或密码不对" in browser.sign_in("wangle").text
    assert browser.sign_in("wangle", found[1]).location == "/login/code"


@pytest.mark.parametrize(
    ("name", "path", "heading", "cell"),
    [
        ("xitong", "/admin/people", "人员", "xitong某"),
        ("xitong", "/admin/organisations", "单位", "平台运行中心"),
        ("anquan", "/admin/grants", "岗位授予", "安全管理员"),
        ("shenjiguanli", "/admin/log", "安全日志", "登录"),
    ],
)
def test_list_shows_sorts_filters_and_exports(
    house: House, name: str, path: str, heading: str, cell: str
) -> None:
    browser = _office(house, name)
    page = browser.get(path)
    assert page.status_code == 200
    assert f"<h1>{heading}</h1>" in page.text
    assert cell in page.text
    assert browser.get(f"{path}?q=%25_zz").status_code == 200
    assert browser.get(f"{path}?sort=password_hash").status_code == 400
    table = list(
        csv.reader(io.StringIO(browser.get(f"{path}?format=csv").data.decode("utf-8-sig")))
    )
    assert len(table) > 1
    assert browser.get(f"{path}?format=xlsx").data[:2] == b"PK"
    assert browser.get(f"{path}?format=exe").status_code == 400


def test_security_log_never_holds_secrets_or_addresses(house: House) -> None:
    house.add("jingban", BUREAU, Role.CLERK)
    house.enter("jingban", house.browser("10.11.12.13"))
    bodies = "".join(link.body + link.header for link in trail.read(house.session))

    for secret in (PASSWORD, "10.11.12.13", house.secrets["jingban"], "$argon2"):
        assert secret not in bodies
    assert trail.fsck(house.session) == []


def test_every_refusal_of_administration_is_in_chinese(house: House) -> None:
    user_id = house.add("xinren", BUREAU, factor=False)
    for name in ("shenjiguanli", "xinren"):
        for verb, command in (
            (roles.request_role, roles.RequestRole(user_id, Role.CLERK)),
            (changing_people.deactivate_person, changing_people.SwitchPerson(user_id, "离职")),
            (changing_people.edit_person, changing_people.EditPerson(user_id, "某")),
            (
                credentials.request_reset,
                credentials.RequestReset(user_id, ResetKind.PASSWORD, "忘记"),
            ),
        ):
            with pytest.raises(DomainError) as caught, house.uow(name) as uow:
                verb(uow, command)
            assert re.fullmatch(r"[^A-Za-z]*[\u4e00-\u9fff][^A-Za-z]*", caught.value.message)
            assert caught.value.remedy
