"""Sections of one record are saved apart: in two of them nobody collides, in one the second is told."""

import pytest

from procure.kernel.errors import Stale
from procure.stages.tenders.content import Policy, Qualification
from procure.stages.tenders.models import Tender
from procure.stages.tenders.use_cases.drafting import EditTender, edit_tender
from procure.store.holding import hold, moved
from procure.store.sections import open_section, save_section
from procure.store.unit_of_work import UnitOfWork
from tests.factories.contracts import contract_of
from tests.factories.evaluation import EVALUATOR, LEAD, evaluation_of, given_assigned_evaluation
from tests.factories.tenders import given_drafted_tender, tender_project
from tests.world import World

CLERK = "jingban"
QUALIFICATION = Qualification("具有独立承担民事责任的能力；", "★ 每周开放不少于四天")
POLICY = Policy(1_000, 5_000, 5_000, 4_500)


def save(world: World, tender: Tender, section: Qualification | Policy, seen: int) -> None:
    """The clerk saves a section on a page loaded with that version."""
    with world.uow(CLERK) as uow:
        edit_tender(uow, EditTender(tender.id, seen, section))


def test_a_section_is_out_of_date_once_anything_but_other_sections_was_changed(
    world: World,
) -> None:
    tender = given_drafted_tender(world)
    loaded = tender.version

    save(world, tender, QUALIFICATION, loaded)
    save(world, tender, POLICY, loaded)

    assert tender.version > loaded + 1
    for old in (-1, 0, loaded, tender.version + 1):
        with pytest.raises(Stale) as refused:
            save(world, tender, POLICY, old)
    assert refused.value.subject_id == tender.id
    with pytest.raises(Stale) as told:
        save(world, tender, QUALIFICATION, loaded)
    assert told.value.changed_by == world.actor(CLERK).user_id

    save(world, tender, QUALIFICATION, loaded + 1)
    with UnitOfWork(world.session, world.actor(CLERK), world.clock, technical=True) as uow:
        held = hold(uow.session, Tender, tender.id)
        seen = held.version
        open_section(uow, held, "scoring", seen)
        save_section(uow, held, "payments")
        open_section(uow, held, "schedule", seen)
        for also in ("scoring", "payments"):
            with pytest.raises(Stale):
                open_section(uow, held, also, seen)
        moved(held)
        uow.session.flush()
        with pytest.raises(Stale):
            open_section(uow, held, "schedule", seen)


def test_two_tabs_of_a_tender_collide_in_one_section_only(embedded_world: World) -> None:
    world = embedded_world
    tender = given_drafted_tender(world)
    base = f"/projects/{tender_project(world, tender).number}/tender/sections"
    clerk = world.client(CLERK)
    first, second, third = (clerk.get(f"{base}/qualification") for _ in range(3))
    other = clerk.get(f"{base}/requirement")
    typed = {"qualification": "提供法人登记证书；", "starred": "", "takes_consortia": "no"}

    clerk.post(f"{base}/qualification", typed, page=first)
    clerk.post(
        f"{base}/requirement",
        {
            "requirement": "在两个社区各运营一个居家养老服务站。",
            "service_place": "斗门区井岸镇",
            "staffing": "每站一名持证社会工作者",
            "acceptance_way": "邀请服务对象参与验收并公告结果",
            "start_within_days": "20",
        },
        page=other,
    )
    typed["qualification"] = "提供社会团体登记证书；"
    refused = clerk.post(f"{base}/qualification", typed, page=second, status=409)

    assert "您刚刚在别的页面改过这条记录" in refused.text
    assert "其他人" not in refused.text
    assert "重新打开这一页" not in refused.text
    assert "现在保存的内容：提供法人登记证书；" in refused.text
    assert "提供社会团体登记证书；" in refused.text
    assert clerk.post(f"{base}/qualification", typed, page=third, status=409)

    clerk.post(f"{base}/qualification", typed, page=refused)
    world.session.refresh(tender)
    assert tender.qualification == "提供社会团体登记证书；"
    assert tender.requirement == "在两个社区各运营一个居家养老服务站。"


def test_two_evaluators_of_one_report_see_both_texts(embedded_served_world: World) -> None:
    world = embedded_served_world
    given_assigned_evaluation(world)
    base = f"/projects/{contract_of(world).project.number}/evaluations/midterm"
    one, other = world.client(EVALUATOR), world.client(LEAD)
    pages = [client.get(f"{base}/summary") for client in (one, other)]
    visit = other.get(f"{base}/visit")
    words = {
        "overview": "两个站点按期开放。",
        "achievements": "探访及时。",
        "problems": "",
        "advice": "",
    }

    one.post(f"{base}/summary", words, page=pages[0])
    other.post(
        f"{base}/visit",
        {
            "visited_on": f"{world.now:%Y-%m-%d}",
            "survey_sampled": "10",
            "survey_answered": "9",
            "survey_satisfied": "9",
            "survey_channel": "入户访问",
        },
        page=visit,
    )
    refused = other.post(
        f"{base}/summary", words | {"overview": "一个站点没有开放。"}, page=pages[1], status=409
    )

    assert "刚刚被其他人改过" in refused.text
    assert "现在保存的内容：两个站点按期开放。" in refused.text
    assert "一个站点没有开放。" in refused.text
    assert evaluation_of(world).summary == "两个站点按期开放。"
    assert evaluation_of(world).survey_answered == 9
