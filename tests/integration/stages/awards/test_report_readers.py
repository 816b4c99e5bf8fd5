"""Who reads the review report, which names the experts, before the result is out."""

from pathlib import Path

import pytest
from sqlalchemy import select

from procure.desks.auditing import verify_trail
from procure.desks.auditing.package import Maker, Package, export_package
from procure.kernel.errors import NotFound
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.documents.queries import get_document
from procure.registers.documents.storage import file_store
from procure.stages.awards.case import todo
from procure.store.base import snapshot
from tests.factories.awards import (
    experts_of,
    given_announced_result,
    given_delivered_report,
    given_ranked_bids,
)
from tests.factories.bids import the_project, the_tender
from tests.world import World


def the_report(world: World) -> Document:
    world.session.rollback()
    return world.session.scalars(
        select(Document).where(Document.kind == DocumentKind.REVIEW_REPORT)
    ).one()


def packed(world: World) -> Package:
    snapshot(world.session)
    maker = Maker(world.actor("shenji"), "年度审计", world.now)
    return export_package(world.session, the_project(world), maker, file_store())


def test_report_before_result_is_not_for_the_auditor(opened_world: World, tmp_path: Path) -> None:
    world = opened_world
    given_delivered_report(world, the_tender(world))
    report = the_report(world)
    assert get_document(world.session, world.actor("shenhe"), report.id).id == report.id
    with pytest.raises(NotFound):
        get_document(world.session, world.actor("shenji"), report.id)
    package = packed(world)
    assert report.sha256.encode() not in package.content
    path = tmp_path / "p.zip"
    path.write_bytes(package.content)
    assert verify_trail.main([str(path)]) == 0


def test_delivered_report_is_for_the_members_who_signed_it(opened_world: World) -> None:
    world = opened_world
    review = given_delivered_report(world, the_tender(world))
    report = the_report(world)
    members = experts_of(world, review)
    base = f"/projects/{the_project(world).number}/review"
    for username in members:
        assert get_document(world.session, world.actor(username), report.id).id == report.id
    page = world.client(members[0]).get(base)
    assert report.id in page.response.get_data(as_text=True)
    signed = world.client(members[0]).get(f"{base}/report").text
    assert "您签署的评审报告" in signed
    assert "我已阅读" not in signed
    outsider = next(f"zhuanjia{n}" for n in range(1, 8) if f"zhuanjia{n}" not in members)
    with pytest.raises(NotFound):
        get_document(world.session, world.actor(outsider), report.id)


def test_desk_of_a_member_who_has_to_sign_tells_until_when(opened_world: World) -> None:
    world = opened_world
    review = given_ranked_bids(world, the_tender(world))
    member = world.actor(experts_of(world, review)[0])
    (task,) = todo(world.session, member, world.now)
    assert task.verb == "签署评审报告"
    assert task.deadline is not None
    assert task.deadline.label == "评审报告送交期限"


def test_report_after_result_is_for_the_auditor(opened_world: World) -> None:
    world = opened_world
    given_announced_result(world, the_tender(world))
    report = the_report(world)
    assert get_document(world.session, world.actor("shenji"), report.id).id == report.id
    assert report.sha256.encode() in packed(world).content


def test_ranking_for_auditor_before_result_names_no_expert(opened_world: World) -> None:
    world = opened_world
    review = given_delivered_report(world, the_tender(world))
    experts = [world.actor(username).name for username in experts_of(world, review)]
    path = f"/projects/{the_project(world).number}/review/ranking"
    said = world.client("shenji").get(path).text
    assert "和风社会工作服务社" in said
    assert not [name for name in experts if name in said]
    assert all(name in world.client("shenhe").get(path).text for name in experts)
