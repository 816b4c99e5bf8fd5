"""What a person is, and whether their organisation can act, takes two administrators."""

from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DatabaseError

from procure.desks.reminders.models import InboxMessage, OutboxMail
from procure.kernel.access import OrganisationKind, Role
from procure.kernel.errors import Conflict, Denied, IllegalTransition, Invalid
from procure.registers.accounts import queries
from procure.registers.accounts.models import PersonRequest, User
from procure.registers.accounts.use_cases import adding, changing_people, two_people
from procure.store import trail

from .conftest import Browser, House

BUREAU, SUPPLIER = OrganisationKind.CIVIL_AFFAIRS_BUREAU, OrganisationKind.SUPPLIER
OLD, NEW = "斗门区社会工作协会", "和风社会工作服务中心"


@pytest.fixture
def expert(house: House) -> str:
    """An expert with an employer; who they are is registered as the account is opened."""
    with house.uow("xitong") as uow:
        place = adding.add_organisation(
            uow, adding.AddOrganisation(name="评审专家库", kind=OrganisationKind.EXPERT_POOL)
        )
    house.places[OrganisationKind.EXPERT_POOL] = place
    user_id = house.add("zhuanjia", OrganisationKind.EXPERT_POOL, Role.EXPERT, factor=False)
    with house.uow(technical=True) as uow:
        user = uow.session.get_one(User, user_id)
        user.employer, user.email = OLD, "zhuanjia@example.org"
    return user_id


def _user(house: House, user_id: str) -> User:
    house.session.rollback()
    house.session.expire_all()
    return queries.get_user(house.session, user_id)


def _edit(house: House, user_id: str, **changes: Any) -> two_people.Edited:
    user = _user(house, user_id)
    names = ("name", "email", "phone", "title", "speciality", "employer")
    present = {name: getattr(user, name) for name in names}
    command = changing_people.EditPerson(user_id, **{**present, "reason": "工作调动", **changes})
    with house.uow("xitong") as uow:
        return changing_people.edit_person(uow, command)


def _close(house: House, user_id: str) -> bool:
    with house.uow("xitong") as uow:
        return changing_people.deactivate_person(
            uow, changing_people.SwitchPerson(user_id, "账号被盗用")
        )


def _waiting(house: House) -> str:
    house.session.rollback()
    query = select(PersonRequest.id).where(PersonRequest.decided_at.is_(None))
    return house.session.scalars(query).one()


def _decide(house: House, by: str = "anquan", **more: Any) -> None:
    request = _waiting(house)
    with house.uow(by) as uow:
        changing_people.decide_person(uow, two_people.Decide(request, **more))


def _said(house: House, user_id: str) -> list[tuple[str, str]]:
    house.session.rollback()
    links = trail.read(house.session, trail.TrailEvent.stream == f"account:{user_id}")
    kinds = {"PersonRequested", "PersonEdited", "PersonDeactivated", "PersonReactivated"}
    kinds |= {"PersonRequestRefused", "PersonRequestWithdrawn"}
    return [(link.event, link.words) for link in links if link.event in kinds]


def _letters(house: House, user_id: str) -> list[str]:
    house.session.rollback()
    query = select(InboxMessage.title).where(
        InboxMessage.user_id == user_id, InboxMessage.kind.like("person_%")
    )
    return sorted(house.session.scalars(query))


@pytest.mark.parametrize(("field", "new"), [("employer", NEW), ("employer", ""), ("name", "某人")])
def test_who_a_person_is_changes_only_with_the_second_person(
    house: House, expert: str, field: str, new: str
) -> None:
    """An expert's employer keeps them off panels of its own bids: one person must not move it."""
    before = getattr(_user(house, expert), field)
    with pytest.raises(Invalid, match="必须写明原因"):
        _edit(house, expert, **{field: new}, phone="13800138000", reason=" ")
    assert _user(house, expert).phone == ""
    edited = _edit(house, expert, **{field: new}, phone="13800138000")
    assert edited.saved == ("电话",)
    assert len(edited.waiting) == 1
    assert getattr(_user(house, expert), field) == before
    with pytest.raises(Conflict, match="已经有一项变更"):
        _edit(house, expert, **{field: "别处"})
    for alone in ("xitong", "shenjiguanli", "zhuanjia"):
        with pytest.raises(Denied):
            _decide(house, by=alone)
    _decide(house)

    assert getattr(_user(house, expert), field) == new
    told = f"{before} → {new or '无'}"
    said = _said(house, expert)
    assert [event for event, _ in said] == ["PersonRequested", "PersonEdited", "PersonEdited"]
    assert told in said[0][1] and "工作调动" in said[0][1]
    assert told in said[2][1]
    assert "13800138000" not in "".join(words for _, words in said)
    assert _letters(house, expert) == ["人员信息已修改", "有人申请修改人员信息"]
    mailed = house.session.scalars(select(OutboxMail.address)).all()
    assert mailed.count("zhuanjia@example.org") == 2


def test_change_of_a_person_is_refused_withdrawn_or_too_old(house: House, expert: str) -> None:
    _edit(house, expert, employer=NEW)
    _decide(house, carry_out=False, reason="没有调动文件")
    _edit(house, expert, employer=NEW)
    request = _waiting(house)
    with house.uow("xitong") as uow:
        changing_people.withdraw_person_request(uow, request)
    with pytest.raises(IllegalTransition), house.uow("anquan") as uow:
        changing_people.decide_person(uow, two_people.Decide(request))
    _edit(house, expert, employer=NEW)
    with house.uow(technical=True) as uow:
        uow.session.get_one(User, expert).employer = "又一处"
    with pytest.raises(Conflict, match="工作单位已经变化"):
        _decide(house)
    assert [event for event, _ in _said(house, expert)][1::2] == [
        "PersonRequestRefused",
        "PersonRequestWithdrawn",
    ]


def test_nobody_decides_their_own_change(house: House) -> None:
    _edit(house, house.people["anquan"], name="另一个名字")
    with pytest.raises(Denied, match="不能为自己"):
        _decide(house)


@pytest.mark.parametrize(
    ("kind", "signs", "helps"),
    [
        (SUPPLIER, Role.SUPPLIER_SIGNATORY, Role.SUPPLIER_MEMBER),
        (BUREAU, Role.APPROVER, Role.CLERK),
    ],
)
def test_last_who_can_sign_for_theirs_is_closed_by_two(
    house: House, kind: OrganisationKind, signs: Role, helps: Role
) -> None:
    first = house.add("fuzeren", kind, signs)
    second = house.add("fuzeren2", kind, signs, factor=False)
    helper = house.add("jingban", kind, helps, factor=False)
    browser = house.enter("fuzeren")
    assert _close(house, helper)
    assert _close(house, second)
    assert not _close(house, first)
    assert browser.is_in()
    assert _user(house, first).is_active
    with pytest.raises(Denied):
        _decide(house, by="xitong")
    _decide(house)
    assert not browser.is_in()
    assert not _user(house, first).is_active
    assert _said(house, first)[-1] == ("PersonDeactivated", "fuzeren某，原因：账号被盗用")


def test_closing_and_reopening_are_told_to_the_person_and_their_colleagues(house: House) -> None:
    person = house.add("jingban", SUPPLIER, Role.SUPPLIER_MEMBER, factor=False)
    colleague = house.add("fuzeren", SUPPLIER, Role.SUPPLIER_SIGNATORY, factor=False)
    stranger = house.add("bieren", BUREAU, Role.CLERK, factor=False)
    assert _close(house, person)
    closed = ["账号已停用"]
    assert _letters(house, person) == _letters(house, colleague) == closed
    with house.uow("xitong") as uow:
        changing_people.request_reopening_of_person(
            uow, changing_people.SwitchPerson(person, "误停")
        )
    assert not _user(house, person).is_active
    _decide(house)
    assert _user(house, person).is_active
    whole = sorted([*closed, "有人申请恢复账号", "账号已恢复使用"])
    assert _letters(house, person) == _letters(house, colleague) == whole
    assert _letters(house, stranger) == []
    with pytest.raises(Conflict, match="正在使用"), house.uow("xitong") as uow:
        changing_people.request_reopening_of_person(
            uow, changing_people.SwitchPerson(person, "误停")
        )


def test_database_keeps_what_was_asked_about_a_person(
    house: House, engine: Engine, expert: str
) -> None:
    _edit(house, expert, employer=NEW)
    for words in (
        "UPDATE person_request SET changes = '{}'",
        "UPDATE person_request SET requested_by = 'another'",
        "UPDATE person_request SET decided_by = requested_by, decided_at = 1",
        "UPDATE person_request SET decided_by = user_id, decided_at = 1",
    ):
        with (
            pytest.raises(DatabaseError, match="decided once|two_people|not_for_oneself"),
            engine.begin() as connection,
        ):
            connection.execute(text(words))
    _decide(house)
    with pytest.raises(DatabaseError, match="decided once"), engine.begin() as connection:
        connection.execute(text("UPDATE person_request SET decided_by = 'another'"))


# --- pages ---


def _office(house: House, name: str) -> Browser:
    house.enrol(name)
    return house.enter(name)


def test_employer_goes_through_both_offices_on_the_pages(house: House, expert: str) -> None:
    keeper, path = _office(house, "xitong"), f"/admin/people/{expert}"
    keeper.get(f"{path}/edit")
    wanted = {
        "name": "zhuanjia某",
        "employer": NEW,
        "email": "zhuanjia@example.org",
        "version": str(_user(house, expert).version),
    }
    refused = keeper.post(f"{path}/edit", **wanted)
    assert refused.status_code == 400
    assert "必须写明原因" in refused.text and NEW in refused.text
    assert keeper.post(f"{path}/edit", **wanted, reason="调动文件").status_code == 302
    page = keeper.get(path).text
    assert "工作单位的修改已申请" in page and f"{OLD} → {NEW}" in page
    guard, link = _office(house, "anquan"), f"/admin/person-requests/{_waiting(house)}"
    both = guard.get(link).text
    assert OLD in both and NEW in both and "回避" in both
    assert guard.post(link, decision="yes").status_code == 302
    assert _user(house, expert).employer == NEW
    assert f"工作单位：{OLD} → {NEW}" in _office(house, "shenjiguanli").get("/admin/log").text


def test_changing_closing_and_deciding_ask_for_a_fresh_code(house: House, expert: str) -> None:
    _edit(house, expert, employer=NEW)
    request, path = _waiting(house), f"/admin/people/{expert}"
    keeper, guard = _office(house, "xitong"), _office(house, "anquan")
    for verb in ("edit", "deactivate", "reactivate"):
        keeper.get(f"{path}/{verb}")
    guard.get(f"/admin/person-requests/{request}")
    house.later(minutes=11)
    for browser, page in (
        (keeper, f"{path}/edit"),
        (keeper, f"{path}/deactivate"),
        (keeper, f"{path}/reactivate"),
        (guard, f"/admin/person-requests/{request}"),
    ):
        assert browser.get(page).location.startswith("/account/verify?next=")
        assert browser.post(page, reason="账号被盗用").location.startswith("/account/verify?next=")
    assert _user(house, expert).is_active
