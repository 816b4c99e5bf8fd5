"""Papers are printed after the act that ordered them, by the act's process or by a job, once."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procure.kernel.clock import FixedClock
from procure.kernel.errors import Invalid, TooEarly
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.documents import queries, use_cases
from procure.registers.documents.models import (
    Document,
    DocumentAudience,
    DocumentKind,
    PaperOrder,
)
from procure.registers.documents.storage import file_store
from procure.registers.notices.use_cases import publish_notice
from procure.registers.projects.models import Project
from procure.registers.projects.use_cases import make_public, open_project
from procure.render import pdf
from procure.render.documents import TEMPLATE_ROOT, digest_of_data
from procure.scheduler import run_once
from procure.store import trail
from procure.store.base import db
from tests.paper_readers import mupdf_text
from tests.world import World

TEMPLATE, JOB = "public-notice@2", "documents.print"
DATA: dict[str, Any] = json.loads((TEMPLATE_ROOT / "public-notice/example.json").read_text("utf-8"))


class Killed(BaseException):
    """The process is gone: nothing after it is done, and nobody logs it."""


@pytest.fixture
def project(world: World) -> Project:
    """A public project to order papers under."""
    buyer = world.actor("jingban").organisation_id
    with world.uow("jingban") as uow:
        organisation = uow.session.get_one(Organisation, buyer)
        opened: Project = open_project(uow, title="社工站", buyer=organisation, budget_fen=100)
        make_public(uow, opened)
        return opened


def order(world: World, project: Project, data: dict[str, Any] = DATA) -> str:
    """Order a notice in an act of its own."""
    with world.uow("jingban") as uow:
        return use_cases.order_paper(
            uow,
            TEMPLATE,
            data,
            project_id=project.id,
            subject_id=project.id,
            kind=DocumentKind.NOTICE,
            title="公告",
            filename="公告.pdf",
            audience=DocumentAudience.PUBLIC,
        ).id


def order_unprinted(world: World, project: Project, monkeypatch: pytest.MonkeyPatch) -> str:
    """The same while the typesetter is away: the paper is left to be printed."""
    with monkeypatch.context() as down:
        down.setattr(use_cases, "render_pdf", away)
        return order(world, project)


def away(*_: object) -> None:
    """A typesetter that cannot be reached."""
    raise BrokenPipeError("the typesetter is away")


def events(session: Session, project: Project, paper: str) -> list[str]:
    """What the chain says of a paper, in order."""
    return [
        link.event
        for link in trail.links_of_project(session, project.id)
        if link.subject_id == paper
    ]


def test_paper_is_filed_under_its_order_and_says_what_was_ordered(
    world: World, project: Project
) -> None:
    paper = order(world, project)

    document = world.session.get_one(Document, paper)
    assert DATA["heading"] in mupdf_text(file_store().read(document.sha256))
    ordered, filed = (
        link.data
        for link in trail.links_of_project(world.session, project.id)
        if link.subject_id == paper
    )
    assert ordered["snapshot_sha256"] == filed["snapshot_sha256"] == digest_of_data(DATA)
    assert ordered["template"] == filed["template"] == document.template == TEMPLATE
    assert ordered["template_sha256"] == filed["template_sha256"]
    assert filed["sha256"] == document.sha256
    assert document.created_by == world.actor("jingban").user_id
    assert trail.fsck(world.session) == []


def test_process_killed_between_commit_and_printing_leaves_it_to_the_job(
    world: World, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as dead:
        dead.setattr(use_cases, "render_pdf", killed)
        with pytest.raises(Killed):
            order(world, project)
    world.session.rollback()
    (paper,) = queries.due_orders(world.session)
    assert events(world.session, project, paper) == ["PaperOrdered"]

    assert run_once(world.app, JOB) == "印制文书 1 份"
    world.session.rollback()
    assert events(world.session, project, paper) == ["PaperOrdered", "DocumentFiled"]
    assert queries.due_orders(world.session) == []
    assert run_once(world.app, JOB) == "印制文书 0 份"


def put_up(world: World, project: Project) -> str:
    """Publish a notice; its number."""
    with world.uow("jingban") as uow:
        return publish_notice(
            uow,
            project=uow.session.get_one(Project, project.id),
            kind=NoticeKind.INTENTION,
            title="采购意向公告",
            sections=[{"title": "项目", "rows": [["名称", "社工站"]]}],
        ).number


def run_job(world: World) -> None:
    """Run the job as the scheduler does, and read anew what it did."""
    try:
        run_once(world.app, JOB)
    finally:
        world.session.rollback()


def test_typesetter_away_keeps_nobody_from_acting_and_the_page_says_so(
    world: World, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be printed keeps nothing else from it, and what kept it is told by its job."""
    with monkeypatch.context() as down:
        down.setattr(use_cases, "render_pdf", away)
        numbers = [put_up(world, project), put_up(world, project)]
        with pytest.raises(BrokenPipeError):
            run_job(world)
    first, second = queries.due_orders(world.session)
    client = world.client("jingban")
    for number in numbers:
        assert "公告文本，正在生成" in client.get(f"/notices/{number}").text
    assert "文书正在生成，还没有归档" in client.get(f"/documents/{first}", status=409).text

    refused = iter([True])

    def broken_once(*given: Any) -> Any:
        return away() if next(refused, False) else pdf.render_pdf(*given)

    with monkeypatch.context() as half:
        half.setattr(use_cases, "render_pdf", broken_once)
        with pytest.raises(BrokenPipeError):
            run_job(world)
    assert queries.due_orders(world.session) == [first]
    assert queries.printed(world.session, id=second).ok
    assert not queries.printed(world.session, id=first).ok

    run_job(world)
    for number in numbers:
        assert "正在生成" not in client.get(f"/notices/{number}").text
    assert client.raw("GET", f"/documents/{first}").status_code == 200


def test_two_who_print_the_same_order_file_it_once(
    world: World, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = order_unprinted(world, project, monkeypatch)
    world.session.rollback()
    both, faults = threading.Barrier(2), []

    def together(*given: Any) -> Any:
        done = pdf.render_pdf(*given)
        both.wait(60)
        return done

    def go() -> None:
        with world.app.app_context():
            try:
                use_cases.print_ordered(db.session(), FixedClock(world.now), paper)
            except Exception as fault:
                faults.append(fault)
            finally:
                db.session.remove()

    monkeypatch.setattr(use_cases, "render_pdf", together)
    threads = [threading.Thread(target=go) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert faults == []
    assert world.session.scalar(select(func.count()).select_from(Document)) == 1
    assert events(world.session, project, paper) == ["PaperOrdered", "DocumentFiled"]
    assert trail.fsck(world.session) == []


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda data: data.pop("heading"), Invalid),
        (lambda data: data.update(made_on="昨天"), Invalid),
        (lambda data: data.update(heading="x" * 1_000_001), (Invalid, pdf.PaperTooLarge)),
    ],
)
def test_what_cannot_be_printed_is_refused_with_the_act(
    world: World,
    project: Project,
    change: Callable[[dict[str, Any]], object],
    refusal: type[Exception],
) -> None:
    data = dict(DATA)
    change(data)

    with pytest.raises(refusal):
        order(world, project, data)

    assert world.session.scalar(select(func.count()).select_from(PaperOrder)) == 0


def test_what_was_printed_from_other_data_is_not_filed(
    world: World, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper = order_unprinted(world, project, monkeypatch)
    monkeypatch.setattr(use_cases, "digest_of_data", lambda data: "0" * 64)
    with pytest.raises(RuntimeError, match="not what was ordered"):
        use_cases.print_ordered(world.session, FixedClock(world.now), paper)

    assert world.session.get(Document, paper) is None
    with pytest.raises(TooEarly):
        queries.get_document(world.session, world.actor("jingban"), paper)
