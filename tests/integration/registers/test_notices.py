"""Notices: one text, one digest, numbered, never touched again."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from procure.kernel.access import Actor
from procure.kernel.errors import Invalid, NotFound
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.notices import queries
from procure.registers.notices.models import Notice
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.models import Project
from procure.registers.projects.use_cases import open_project
from procure.store import trail
from procure.store.unit_of_work import UnitOfWork

Begin = Callable[[Actor], AbstractContextManager[UnitOfWork]]
SECTIONS = [{"title": "一、项目基本情况", "rows": [["项目名称", "社工站"], ["预算", "100 元"]]}]


@pytest.fixture
def project(uow_as: Begin, clerk: Actor, buyer: Organisation) -> Project:
    """A project to publish notices of."""
    with uow_as(clerk) as uow:
        return open_project(uow, title="社工站", buyer=buyer, budget_fen=100)


def publish(uow: UnitOfWork, project: Project, **more: object) -> Notice:
    values = {
        "kind": NoticeKind.TENDER,
        "title": "社工站采购公告",
        "sections": SECTIONS,
        "period_days_rule": "T08",
        **more,
    }
    return publish_notice(uow, project=project, **values)


def test_publish_notice_numbers_digests_and_makes_the_project_public(
    session: Session, uow_as: Begin, clerk: Actor, project: Project
) -> None:
    with uow_as(clerk) as uow:
        first, second = publish(uow, project), publish(uow, project)
        contract = publish(uow, project, kind=NoticeKind.CONTRACT, period_days_rule=None)

    assert first.number == "DMMZ-2026-001-CG01"
    assert second.number == "DMMZ-2026-001-CG02"
    assert contract.number == "DMMZ-2026-001-HTG01"
    assert contract.period_until is None
    # Three working days after Monday 2 March (FMT50).
    assert first.period_until == date(2026, 3, 5)
    assert project.is_public
    session.expire_all()
    stored = queries.get_notice(session, " dmmz-2026-001-cg01 ")
    assert queries.digest_of(stored) == stored.sha256
    assert stored.project.buyer.name == "斗门区民政局"
    told = [link for link in trail.links_of_project(session, project.id) if "Notice" in link.event]
    assert told[0].data["sha256"] == stored.sha256
    assert "采购公告 DMMZ-2026-001-CG01，公告期限至 2026年3月5日" in told[0].words


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_every_kind_of_notice_is_printed_from_its_own_text(
    session: Session, uow_as: Begin, clerk: Actor, project: Project, kind: NoticeKind
) -> None:
    """R-PUB-2: the same text everywhere."""
    with uow_as(clerk) as uow:
        notice = publish(uow, project, kind=kind, title="社工站公告")

    paper = session.scalars(select(Document).where(Document.subject_id == notice.id)).one()
    assert (paper.kind, paper.audience) == (DocumentKind.NOTICE, DocumentAudience.PUBLIC)
    assert paper.title == notice.title
    assert paper.snapshot is not None
    printed = paper.snapshot["sections"]
    assert isinstance(printed, list)
    assert [
        {
            "title": section["heading"],
            "rows": [[row["label"], row["text"]] for row in section["rows"]],
        }
        for section in printed
    ] == notice.sections


def test_publish_notice_with_wrong_content_is_refused(
    session: Session, uow_as: Begin, clerk: Actor, project: Project
) -> None:
    for field, change in (
        ("title", {"title": " "}),
        ("title", {"title": "长" * 201}),
        ("sections", {"sections": []}),
        ("sections", {"sections": [{"title": "甲"}]}),
        ("sections", {"sections": [{"title": "甲", "rows": [["乙"]]}]}),
        ("sections", {"sections": [{"title": "甲", "rows": [["乙", 3]]}]}),
        ("sections", {"sections": [{"title": "甲", "rows": [], "html": "<b>"}]}),
    ):
        with pytest.raises(Invalid) as refusal, uow_as(clerk) as uow:
            publish(uow, project, **change)

        assert refusal.value.field == field
        assert queries.of_project(session, project.id) == []


def test_get_notice_unknown_number_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        queries.get_notice(session, "DMMZ-2026-001-CG09")
