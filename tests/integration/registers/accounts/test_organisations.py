"""What an organisation is takes two administrators to change, and its own people are told."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from procure.desks.reminders.models import InboxMessage, OutboxMail
from procure.kernel.access import Level, OrganisationKind, Role
from procure.kernel.clock import FixedClock
from procure.kernel.errors import Conflict, Denied, IllegalTransition, Invalid
from procure.registers.accounts import queries, todo
from procure.registers.accounts.models import Organisation, OrganisationRequest
from procure.registers.accounts.use_cases import (
    adding,
    changing_organisations,
    changing_people,
    two_people,
)
from procure.registers.accounts.use_cases.changing_organisations import ALONE
from procure.store import trail
from procure.store.unit_of_work import UnitOfWork

from .conftest import Browser, House

BUREAU, SUPPLIER = OrganisationKind.CIVIL_AFFAIRS_BUREAU, OrganisationKind.SUPPLIER
ACCOUNT, OTHER_ACCOUNT = "44050160000000001234", "6217002000000005678"


@pytest.fixture
def agency(house: House) -> str:
    """A supplier with an account and one person who has a mail address."""
    with house.uow("xitong") as uow:
        place = adding.add_organisation(
            uow,
            adding.AddOrganisation(
                name="和风社会工作服务中心",
                credit_code="524404003416721126",
                bank_name="珠海农商银行",
                bank_account=ACCOUNT,
                rating="3A",
                rating_valid_until=date(2027, 12, 31),
            ),
        )
    house.places[SUPPLIER] = place
    user_id = house.add("fuzeren", SUPPLIER, Role.SUPPLIER_SIGNATORY, factor=False)
    with house.uow("xitong") as uow:
        changing_people.edit_person(
            uow, changing_people.EditPerson(user_id, "fuzeren某", email="he@example.com")
        )
    return place


def _found(house: House, place: str) -> Organisation:
    house.session.rollback()
    house.session.expire_all()
    return queries.get_organisation(house.session, place)


def _command(house: House, place: str, **changes: Any) -> changing_organisations.EditOrganisation:
    found = _found(house, place)
    present = {
        name: getattr(found, name)
        for name in changing_organisations.EditOrganisation.__dataclass_fields__
        if hasattr(found, name) and name != "version"
    }
    return changing_organisations.EditOrganisation(
        **{**present, "reason": "登记证书变更", **changes}, organisation_id=place
    )


def _edit(house: House, place: str, **changes: Any) -> two_people.Edited:
    command = _command(house, place, **changes)
    with house.uow("xitong") as uow:
        return changing_organisations.edit_organisation(uow, command)


def _waiting(house: House) -> str:
    house.session.rollback()
    query = select(OrganisationRequest.id).where(OrganisationRequest.decided_at.is_(None))
    return house.session.scalars(query).one()


def _decide(house: House, by: str = "anquan", **more: Any) -> None:
    request = _waiting(house)
    with house.uow(by) as uow:
        changing_organisations.decide_organisation(uow, two_people.Decide(request, **more))


def _told(house: House, place: str) -> list[trail.Link]:
    house.session.rollback()
    stream = trail.TrailEvent.stream == f"organisation:{place}"
    return list(trail.read(house.session, stream))


def _letters(house: House) -> list[InboxMessage]:
    house.session.rollback()
    return list(
        house.session.scalars(
            select(InboxMessage)
            .where(
                InboxMessage.user_id == house.people["fuzeren"],
                InboxMessage.kind.like("organisation_%"),
            )
            .order_by(InboxMessage.kind)
        )
    )


def _changes(house: House) -> Mapping[str, Any]:
    """One new value for each particular; the parent is the bureau."""
    return {
        "name": "和风社会服务中心",
        "level": Level.DISTRICT,
        "parent_id": house.places[BUREAU],
        "credit_code": "52440400068403885P",
        "number_prefix": "HFSW",
        "address": "珠海市斗门区白蕉镇 1 号",
        "phone": "0756-1234567",
        "representative": "贺兰",
        "bank_name": "中国建设银行",
        "bank_account": OTHER_ACCOUNT,
        "rating": "5A",
        "rating_valid_until": date(2028, 1, 1),
    }


def test_one_administrator_alone_changes_nothing_but_where_it_is_reached(
    house: House, agency: str
) -> None:
    for name, value in _changes(house).items():
        before = getattr(_found(house, agency), name)
        edited = _edit(house, agency, **{name: value})
        now = getattr(_found(house, agency), name)
        assert now == (value if name in ALONE else before), name
        if name in ALONE:
            assert edited.waiting == ()
            continue
        assert edited.saved == ()
        for alone in ("xitong", "shenjiguanli", "fuzeren"):
            with pytest.raises(Denied):
                _decide(house, by=alone)
        _decide(house)
        assert getattr(_found(house, agency), name) == value, name


def test_change_is_told_from_what_to_what_and_the_account_masked(house: House, agency: str) -> None:
    _edit(house, agency, bank_account=OTHER_ACCOUNT, parent_id=house.places[BUREAU])
    _decide(house)

    *_, asked, done = _told(house, agency)
    assert (asked.event, done.event) == ("OrganisationRequested", "OrganisationEdited")
    for link in (asked, done):
        assert ["收款账号", "****1234", "****5678"] in link.data["changes"]
        assert ["上级单位", "无", "测试单位civil_affairs_bureau"] in link.data["changes"]
        assert ACCOUNT not in link.body
        assert OTHER_ACCOUNT not in link.body
        before, after = link.data["account_before"], link.data["account_after"]
        assert len({before, after, None}) == 3
    assert asked.data["account_after"] == done.data["account_after"]
    assert asked.data["request_id"] == done.data["request_id"]


def test_people_of_the_organisation_are_written_to_when_asked_and_when_decided(
    house: House, agency: str
) -> None:
    _edit(house, agency, bank_account=OTHER_ACCOUNT)
    (asked,) = _letters(house)
    assert "收款账号：****1234 → ****5678" in asked.words
    assert "立即联系" in asked.words
    _decide(house)
    told = _letters(house)[1]
    assert "已经修改" in told.words
    assert OTHER_ACCOUNT not in asked.words + told.words
    mails = house.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).all()
    assert {mail.message_id for mail in mails} == {asked.id, told.id}
    assert {mail.address for mail in mails} == {"he@example.com"}


def test_closing_and_reopening_take_two_people_and_are_told(house: House, agency: str) -> None:
    person = house.people["fuzeren"]
    for ask, word, is_active in (
        (changing_organisations.request_closing, "停用", False),
        (changing_organisations.request_reopening, "恢复", True),
    ):
        with house.uow("xitong") as uow:
            ask(uow, changing_organisations.SwitchOrganisation(agency, "单位撤并"))
        assert _found(house, agency).is_active is not is_active
        with pytest.raises(Denied):
            _decide(house, by="xitong")
        _decide(house)
        assert _found(house, agency).is_active is is_active
        can_enter = queries.find_credentials(house.session, "fuzeren") is not None
        assert can_enter is is_active
        assert any(f"已{word}" in letter.title for letter in _letters(house))
    assert queries.roles_of(house.session, person) == {Role.SUPPLIER_SIGNATORY}
    assert len(_letters(house)) == 4
    with pytest.raises(Conflict, match="正在使用"), house.uow("xitong") as uow:
        changing_organisations.request_reopening(
            uow, changing_organisations.SwitchOrganisation(agency, "重复")
        )


def test_second_change_waits_for_the_first_or_takes_it_back(house: House, agency: str) -> None:
    _edit(house, agency, name="和风中心")
    with pytest.raises(Conflict, match="已经有一项变更"):
        _edit(house, agency, rating="5A")
    with pytest.raises(Conflict, match="已经有一项变更"), house.uow("xitong") as uow:
        changing_organisations.request_closing(
            uow, changing_organisations.SwitchOrganisation(agency, "撤并")
        )
    request = _waiting(house)
    with house.uow("xitong") as uow:
        changing_organisations.withdraw_organisation_request(uow, request)
    with pytest.raises(IllegalTransition), house.uow("anquan") as uow:
        changing_organisations.decide_organisation(uow, two_people.Decide(request))
    with pytest.raises(IllegalTransition), house.uow("xitong") as uow:
        changing_organisations.withdraw_organisation_request(uow, request)

    _edit(house, agency, rating="5A")
    _decide(house, carry_out=False, reason="没有提供证书")

    found = _found(house, agency)
    assert (found.name, found.rating) == ("和风社会工作服务中心", "3A")
    assert [link.event for link in _told(house, agency)][1:] == [
        "OrganisationRequested",
        "OrganisationRequestWithdrawn",
        "OrganisationRequested",
        "OrganisationRequestRefused",
    ]
    assert len(_letters(house)) == 4


def test_change_without_a_reason_is_refused_and_saves_nothing(house: House, agency: str) -> None:
    with pytest.raises(Invalid, match="收款账号由两个人办理") as caught:
        _edit(house, agency, phone="0756-7654321", bank_account=OTHER_ACCOUNT, reason=" ")
    assert caught.value.field == "reason"
    assert _found(house, agency).phone == ""


def test_request_about_what_is_no_longer_so_is_not_carried_out(house: House, agency: str) -> None:
    _edit(house, agency, bank_account=OTHER_ACCOUNT)
    with house.uow("xitong", technical=True) as uow:
        queries.get_organisation(uow.session, agency).bank_account = "9555500000000000"
    with pytest.raises(Conflict, match="收款账号已经变化"):
        _decide(house)
    assert _found(house, agency).bank_account == "9555500000000000"
    _decide(house, carry_out=False, reason="请按最新信息重新申请")


def test_name_taken_meanwhile_is_refused_at_the_decision(house: House, agency: str) -> None:
    _edit(house, agency, name="暖阳社会工作服务中心")
    with house.uow("xitong") as uow:
        adding.add_organisation(uow, adding.AddOrganisation(name="暖阳社会工作服务中心"))
    with pytest.raises(Invalid, match="已经登记过"):
        _decide(house)
    assert _found(house, agency).name == "和风社会工作服务中心"


def test_circle_of_parents_is_refused_when_asked_and_when_decided(
    house: House, agency: str
) -> None:
    bureau = house.places[BUREAU]
    with pytest.raises(Invalid, match="不能是本单位"):
        _edit(house, agency, parent_id=agency)
    # Two requests that close a circle together: neither sees the other when it is asked for.
    _edit(house, agency, parent_id=bureau)
    first = _waiting(house)
    _edit(house, bureau, parent_id=agency)
    with house.uow("anquan") as uow:
        changing_organisations.decide_organisation(uow, two_people.Decide(first))
    with pytest.raises(Invalid, match="不能是本单位或本单位的下级"):
        _decide(house)
    assert _found(house, bureau).parent_id is None
    assert queries.organisations_below(house.session, bureau) == {bureau, agency}


def test_two_decisions_at_once_close_no_circle(house: House, engine: Engine, agency: str) -> None:
    bureau, guard, now = house.places[BUREAU], house.actor("anquan"), house.clock.now()
    _edit(house, agency, parent_id=bureau)
    _edit(house, bureau, parent_id=agency)
    requests = house.session.scalars(select(OrganisationRequest.id)).all()
    house.session.rollback()
    together = Barrier(len(requests))

    def decide(request: str) -> bool:
        with house.app.app_context(), Session(engine) as session:
            together.wait()
            try:
                with UnitOfWork(session, guard, FixedClock(now)) as uow:
                    changing_organisations.decide_organisation(uow, two_people.Decide(request))
            except Invalid:
                return False
            return True

    with ThreadPoolExecutor(len(requests)) as pool:
        done = list(pool.map(decide, requests))

    assert sorted(done) == [False, True]


def test_scope_of_a_clerk_grows_only_with_the_second_person(house: House, agency: str) -> None:
    house.add("jingban", BUREAU, Role.CLERK, factor=False)
    _edit(house, agency, parent_id=house.places[BUREAU])
    assert agency not in house.actor("jingban").scope
    _decide(house)
    assert agency in house.actor("jingban").scope


def test_office_that_nobody_else_holds_keeps_its_organisation_open(house: House) -> None:
    with house.uow("xitong") as uow:
        other = adding.add_organisation(
            uow, adding.AddOrganisation(name="另一运行单位", kind=OrganisationKind.PLATFORM)
        )
    own = house.places[OrganisationKind.PLATFORM]
    with pytest.raises(Conflict, match="自己所在的单位"), house.uow("xitong") as uow:
        changing_organisations.request_closing(
            uow, changing_organisations.SwitchOrganisation(own, "撤并")
        )
    guest = replace(house.actor("xitong"), organisation_id=other)
    with pytest.raises(Conflict, match="无人办理"), house.uow(guest) as uow:
        changing_organisations.request_closing(
            uow, changing_organisations.SwitchOrganisation(own, "撤并")
        )


def test_database_keeps_what_was_asked_and_decided(
    house: House, engine: Engine, agency: str
) -> None:
    _edit(house, agency, bank_account=OTHER_ACCOUNT)
    for words in (
        "UPDATE organisation_request SET changes = '{}'",
        "UPDATE organisation_request SET requested_by = 'another'",
        "UPDATE organisation_request SET decided_by = requested_by, decided_at = 1",
    ):
        with (
            pytest.raises(DatabaseError, match="decided once|two_people"),
            engine.begin() as connection,
        ):
            connection.execute(text(words))
    _decide(house)
    with pytest.raises(DatabaseError, match="decided once"), engine.begin() as connection:
        connection.execute(text("UPDATE organisation_request SET decided_by = 'another'"))


# --- pages ---


def _office(house: House, name: str) -> Browser:
    house.enrol(name)
    return house.enter(name)


def _sent(house: House, place: str, **changes: str) -> dict[str, str]:
    found = _found(house, place)
    names = ("name", "credit_code", "bank_name", "bank_account", "rating", "phone", "address")
    return {
        **{name: getattr(found, name) or "" for name in names},
        "rating_valid_until": "2027-12-31",
        "version": str(found.version),
        **changes,
    }


def test_change_goes_through_both_offices_on_the_pages(house: House, agency: str) -> None:
    keeper = _office(house, "xitong")
    path = f"/admin/organisations/{agency}"
    keeper.get(f"{path}/edit")
    wanted = _sent(house, agency, bank_account=OTHER_ACCOUNT, phone="0756-7654321")
    refused = keeper.post(f"{path}/edit", **wanted)
    assert refused.status_code == 400
    assert "必须写明原因" in refused.text
    assert OTHER_ACCOUNT in refused.text
    sent = keeper.post(f"{path}/edit", **wanted, reason="本单位来函，附开户许可证")
    assert sent.status_code == 302
    page = keeper.get(path).text
    assert "电话已保存。收款账号的修改已申请，等待安全管理员办理" in page
    assert "****1234 → ****5678" in page
    assert ACCOUNT in page

    guard = _office(house, "anquan")
    tasks = todo.todo(house.session, house.actor("anquan"), house.clock.now())
    (link,) = {task.href for task in tasks if task.verb == "办理单位变更"}
    assert link in guard.get("/admin/grants").text
    both = guard.get(link).text
    assert ACCOUNT in both
    assert OTHER_ACCOUNT in both
    assert "核实账号" in both
    assert keeper.get(link).status_code == 403
    assert guard.post(link, decision="no").status_code == 400
    assert guard.post(link, decision="yes").status_code == 302
    assert _found(house, agency).bank_account == OTHER_ACCOUNT
    assert guard.post(link, decision="yes").status_code == 409
    reader = _office(house, "shenjiguanli")
    assert "收款账号：****1234 → ****5678" in reader.get("/admin/log").text


def test_own_people_read_what_is_registered_of_their_organisation(
    house: House, agency: str
) -> None:
    page = _office(house, "fuzeren").get("/account").text
    assert "本单位登记信息" in page
    assert "珠海农商银行" in page
    assert "****1234" in page
    assert ACCOUNT not in page


def test_closing_is_asked_for_withdrawn_and_asked_again_on_the_pages(
    house: House, agency: str
) -> None:
    keeper = _office(house, "xitong")
    path = f"/admin/organisations/{agency}"
    for _ in range(2):
        keeper.get(f"{path}/deactivate")
        asked = keeper.post(f"{path}/deactivate", reason="单位撤并")
        assert asked.status_code == 302
        assert _found(house, agency).is_active
        page = keeper.get(path).text
        assert "已经有一项变更在等待" in page
        back = re.search(r"/admin/organisation-requests/\w+/withdraw", page)
        assert back
        assert keeper.post(back[0]).status_code == 302
    assert "已撤回" in keeper.get(path).text
    # Who was to decide opens the page that the message led to.
    other = _office(house, "anquan").get(back[0].removesuffix("/withdraw")).text
    assert "这项申请已经决定或者撤回。" in other
    assert re.search("进展.{0,200}已撤回", other, re.DOTALL)
    for verb in ("deactivate", "reactivate"):
        keeper.get(f"{path}/deactivate")
        assert keeper.post(f"{path}/{verb}", **keeper.hidden).status_code == 400


def test_deciding_and_editing_ask_for_a_fresh_code(house: House, agency: str) -> None:
    _edit(house, agency, bank_account=OTHER_ACCOUNT)
    request = _waiting(house)
    keeper, guard = _office(house, "xitong"), _office(house, "anquan")
    house.later(minutes=11)
    for browser, path in (
        (keeper, f"/admin/organisations/{agency}/edit"),
        (guard, f"/admin/organisation-requests/{request}"),
    ):
        assert browser.get(path).location.startswith("/account/verify?next=")


def test_prefix_once_used_belongs_to_its_organisation(house: House, agency: str) -> None:
    """Numbers of projects tell for ever who bought."""
    bureau = house.places[BUREAU]
    prefix = house.session.get_one(Organisation, bureau).number_prefix
    assert prefix
    _edit(house, bureau, number_prefix="DMXX")
    _decide(house)
    with pytest.raises(Invalid) as refused:
        _edit(house, agency, number_prefix=prefix)
    assert refused.value.field == "number_prefix"
    assert "曾由" in refused.value.message
    _edit(house, bureau, number_prefix=prefix)
