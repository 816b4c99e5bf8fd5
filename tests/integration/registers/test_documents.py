"""Papers: kept by content, checked on reading, filed once, read by those they are for."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from procure.config import Config, Mode
from procure.kernel.access import SYSTEM_ACTOR, VISITOR, Actor, OrganisationKind, Role
from procure.kernel.clock import FixedClock, local_date
from procure.kernel.errors import Denied, Invalid, NotFound
from procure.kernel.lifecycle import Stage
from procure.kernel.uploads import PDF
from procure.registers.accounts.models import Organisation
from procure.registers.documents import policies, queries, storage, use_cases
from procure.registers.documents.audiences import Standing
from procure.registers.documents.models import (
    Document,
    DocumentAudience,
    DocumentKind,
    StagedFile,
)
from procure.registers.documents.staging import DocumentStaging, purge_staged
from procure.registers.projects.models import Part, Project
from procure.registers.projects.use_cases import add_party, enter_stage, open_project
from procure.store import trail
from procure.store.unit_of_work import UnitOfWork
from procure.web.fields.files import EXTENSION, MOST_WAITING, MOST_WAITING_BYTES, WAITING_WORDS
from tests.factories.registers import actor_of, jpeg_file, pdf_file
from tests.factories.uploads import place
from tests.world import World

Begin = Callable[[Actor], AbstractContextManager[UnitOfWork]]


@pytest.fixture
def project(uow_as: Begin, clerk: Actor, buyer: Organisation) -> Project:
    """A project to file papers under."""
    with uow_as(clerk) as uow:
        return open_project(uow, title="社工站", buyer=buyer, budget_fen=100)


@pytest.fixture
def staging(engine: Engine, tmp_path: Path, clock: FixedClock) -> DocumentStaging:
    """The staging store as the web uses it."""
    config = Config(
        mode=Mode.DEMO,
        database_url="sqlite://",
        data_dir=tmp_path,
        secret_dir=tmp_path,
        mail_url="",
        storage_url=f"file://{tmp_path / 'files'}",
        secret_key="",
    )
    return DocumentStaging(config, sessions=lambda: Session(engine), clock=clock)


def file_one(
    uow: UnitOfWork,
    project: Project,
    *,
    kind: DocumentKind = DocumentKind.CONTRACT,
    audience: DocumentAudience = DocumentAudience.PARTIES,
    owner_id: str | None = None,
    content: bytes | None = None,
) -> Document:
    return use_cases.file_content(
        uow,
        content or pdf_file(),
        "文件一.pdf",
        PDF,
        project_id=project.id,
        subject_id=project.id,
        kind=kind,
        title="文件一",
        audience=audience,
        owner_id=owner_id,
    )


def test_file_content_keeps_the_bytes(
    session: Session,
    uow_as: Begin,
    clerk: Actor,
    project: Project,
    file_store: storage.FileStore,
) -> None:
    with uow_as(clerk) as uow:
        document = file_one(uow, project)

    assert file_store.read(document.sha256) == pdf_file()
    told = trail.links_of_project(session, project.id)[-1]
    assert told.event == "DocumentFiled"
    assert told.data["sha256"] == document.sha256
    assert told.words.startswith("合同文本《文件一》")


def test_paper_without_title_is_refused(uow_as: Begin, clerk: Actor, project: Project) -> None:
    with pytest.raises(Invalid), uow_as(clerk) as uow:
        use_cases.file_content(
            uow,
            pdf_file(),
            "a.pdf",
            PDF,
            project_id=project.id,
            subject_id=project.id,
            kind=DocumentKind.CONTRACT,
            title=" ",
            audience=DocumentAudience.PARTIES,
        )


def test_read_of_an_altered_or_missing_file_raises(
    uow_as: Begin, clerk: Actor, project: Project, file_store: storage.FileStore
) -> None:
    with uow_as(clerk) as uow:
        digest = file_one(uow, project).sha256
    path = file_store.path_of(digest)

    path.write_bytes(path.read_bytes().replace(b"Catalog", b"catalog"))
    with pytest.raises(storage.DamagedFile):
        file_store.open(digest)
    path.unlink()
    with pytest.raises(storage.StoreAway, match="读不到"):
        file_store.read(digest)


def test_staged_upload_survives_a_failing_form_and_is_filed_once(
    session: Session,
    uow_as: Begin,
    clerk: Actor,
    project: Project,
    staging: DocumentStaging,
    file_store: storage.FileStore,
) -> None:
    content = pdf_file(b"% proof")
    token = staging.put(BytesIO(content), "服务照片.pdf", clerk.user_id)

    with pytest.raises(Denied), uow_as(clerk) as uow:
        file_and_fail(uow, token, project)
    kept = staging.get(token, clerk.user_id)
    assert kept is not None
    assert (kept.filename, kept.size, kept.open().read()) == ("服务照片.pdf", len(content), content)

    with uow_as(clerk) as uow:
        document = file_staged(uow, token, project)
    assert file_store.read(document.sha256) == content
    assert document.media_type == "application/pdf"
    assert staging.get(token, clerk.user_id) is None
    assert not (file_store.root / "staging" / token).exists()
    with pytest.raises(Invalid, match="不在暂存区"), uow_as(clerk) as uow:
        file_staged(uow, token, project)


def file_and_fail(uow: UnitOfWork, token: str, project: Project) -> None:
    file_staged(uow, token, project)
    raise Denied("表单别处不合要求。")


def file_staged(uow: UnitOfWork, token: str, project: Project) -> Document:
    return use_cases.file_upload(
        uow,
        token,
        project_id=project.id,
        subject_id=project.id,
        kind=DocumentKind.DELIVERY_EVIDENCE,
        title="服务照片",
        audience=DocumentAudience.PARTIES,
    )


def test_staged_upload_of_another_person_cannot_be_had(
    uow_as: Begin, clerk: Actor, project: Project, staging: DocumentStaging
) -> None:
    token = staging.put(BytesIO(pdf_file()), "a.pdf", "somebody-else")

    assert staging.get(token, clerk.user_id) is None
    with pytest.raises(Invalid), uow_as(clerk) as uow:
        file_staged(uow, token, project)


def test_staged_upload_that_is_no_document_is_refused_as_fields_do(
    session: Session, staging: DocumentStaging
) -> None:
    with pytest.raises(ValueError, match="的内容不是 PDF 格式") as refusal:
        staging.put(BytesIO(b"<script>alert(1)</script>"), "a.pdf", "me")

    assert refusal.value.args[0].remedy.startswith("请用原来的软件")
    assert session.scalars(select(StagedFile)).all() == []


def test_staged_upload_altered_on_disk_is_not_filed(
    uow_as: Begin,
    clerk: Actor,
    project: Project,
    staging: DocumentStaging,
    file_store: storage.FileStore,
) -> None:
    token = staging.put(BytesIO(pdf_file()), "a.pdf", clerk.user_id)
    path = file_store.root / "staging" / token
    path.write_bytes(b"%PDF-1.4 other %%EOF")

    with pytest.raises(storage.DamagedFile), uow_as(clerk) as uow:
        file_staged(uow, token, project)
    path.unlink()
    with pytest.raises(storage.StoreAway), uow_as(clerk) as uow:
        file_staged(uow, token, project)


def test_outcome_is_kept_with_both_digests_and_told_to_who_sees_the_paper(
    session: Session,
    uow_as: Begin,
    clerk: Actor,
    project: Project,
    staging: DocumentStaging,
    file_store: storage.FileStore,
) -> None:
    photograph = jpeg_file(exif=place())
    token = staging.put(BytesIO(photograph), "入户\u202egpj.jpg", clerk.user_id)
    waiting = staging.get(token, clerk.user_id)
    assert waiting is not None
    assert "拍摄地点" in waiting.said
    assert "入户gpj.jpg" in waiting.said

    with uow_as(clerk) as uow:
        document = file_staged(uow, token, project)

    stored = file_store.read(document.sha256)
    assert hashlib.sha256(photograph).hexdigest() == document.original_sha256
    assert stored != photograph
    assert not Image.open(BytesIO(stored)).getexif().get_ifd(0x8825)
    told = trail.links_of_project(session, project.id)[-1]
    assert told.data["outcome"] == "cleaned"
    assert told.data["original_sha256"] == document.original_sha256
    assert "拍摄地点" in told.words
    papers = queries.papers_of(session, clerk, project_id=project.id)
    assert papers[0].note == waiting.said
    assert papers[0].original == document.original_sha256


def test_purge_staged_throws_away_only_what_is_old(
    session: Session, clock: FixedClock, staging: DocumentStaging, file_store: storage.FileStore
) -> None:
    old = staging.put(BytesIO(pdf_file()), "a.pdf", "me")
    clock.move_to(clock.now() + timedelta(days=3))
    new = staging.put(BytesIO(pdf_file()), "a.pdf", "me")

    with UnitOfWork(session, SYSTEM_ACTOR, clock, technical=True) as uow:
        assert purge_staged(uow) == 1

    assert staging.get(old, "me") is None
    assert staging.get(new, "me") is not None
    assert [path.name for path in (file_store.root / "staging").iterdir()] == [new]


def test_papers_of_shows_each_reader_what_is_meant_for_him(
    session: Session,
    uow_as: Begin,
    clerk: Actor,
    buyer: Organisation,
    supplier: Organisation,
    finance: Organisation,
    project: Project,
) -> None:
    with uow_as(clerk) as uow:
        add_party(uow, project.id, supplier.id, Part.SUPPLIER)
        for number, audience in enumerate(DocumentAudience):
            file_one(
                uow,
                project,
                audience=audience,
                owner_id=supplier.id if audience is DocumentAudience.OWNER else None,
                content=pdf_file(str(number).encode()),
            )
    member = actor_of(supplier, Role.SUPPLIER_MEMBER)
    auditor = replace(actor_of(finance, Role.AUDITOR), organisation_kind=OrganisationKind.AUDIT)

    def seen(actor: Actor) -> int:
        return len(queries.papers_of(session, actor, project_id=project.id))

    # public, parties, buyer, owner, panel
    assert seen(VISITOR) == 1
    assert seen(member) == 3
    assert seen(clerk) == 4
    assert seen(actor_of(finance, Role.TREASURER)) == 3
    assert seen(auditor) == 4
    assert seen(SYSTEM_ACTOR) == 5
    with uow_as(clerk) as uow:
        enter_stage(uow, project, Stage.AWARD)
    assert seen(auditor) == 5


def test_papers_of_takes_the_same_statements_however_many(
    session: Session, engine: Engine, uow_as: Begin, clerk: Actor, project: Project
) -> None:
    project_id, counts = project.id, []
    statements: list[str] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda *a: statements.append(a[2]) if a[2].startswith("SELECT") else None,
    )
    for number in (1, 20):
        with uow_as(clerk) as uow:
            for each in range(number):
                file_one(uow, project, content=pdf_file(f"{number}-{each}".encode()))
        statements.clear()
        papers = queries.papers_of(session, clerk, project_id=project_id)
        counts.append(len(statements))

    assert len(papers) == 21
    assert counts[0] == counts[1] <= 5  # the list, and four to know how the reader stands


def test_bid_papers_are_their_owners_alone_until_the_opening(
    session: Session, uow_as: Begin, clerk: Actor, supplier: Organisation, project: Project
) -> None:
    member = actor_of(supplier, Role.SUPPLIER_MEMBER)
    expert = replace(
        actor_of(supplier, Role.EXPERT),
        organisation_id="e" * 32,
        organisation_kind=OrganisationKind.EXPERT_POOL,
    )
    with uow_as(clerk) as uow:
        paper = file_one(
            uow,
            project,
            kind=DocumentKind.BID_ATTACHMENT,
            audience=DocumentAudience.PANEL,
            owner_id=supplier.id,
        )
    sealed, opened = Standing(in_view=True), Standing(in_view=True, opened=True)
    its_bid = frozenset({paper.subject_id})

    assert policies.may_read(member, paper, Standing()).ok
    refusal = policies.may_read(clerk, paper, sealed)
    assert refusal.rule is None
    assert policies.may_read(clerk, paper, opened).ok
    assert not policies.may_read(expert, paper, Standing(judges=its_bid)).ok
    assert not policies.may_read(expert, paper, Standing(opened=True)).ok
    assert policies.may_read(expert, paper, Standing(opened=True, judges=its_bid)).ok
    another = frozenset({"another bid"})
    assert not policies.may_read(expert, paper, Standing(opened=True, judges=another)).ok
    shown = queries.papers_of(session, member, project_id=project.id)
    assert [one.sealed for one in shown] == [True]
    with pytest.raises(NotFound):
        queries.get_document(session, clerk, paper.id)
    assert queries.get_document(session, member, paper.id).id == paper.id


def test_get_document_unknown_id_is_not_found(session: Session, clerk: Actor) -> None:
    with pytest.raises(NotFound):
        queries.get_document(session, clerk, "0" * 32)


@pytest.mark.parametrize(
    ("number", "size"),
    [(MOST_WAITING, 100), (15, MOST_WAITING_BYTES // 15)],
    ids=["number", "size"],
)
def test_uploads_that_wait_are_limited_and_the_forgotten_make_room(
    session: Session,
    staging: DocumentStaging,
    clock: FixedClock,
    clerk: Actor,
    file_store: storage.FileStore,
    number: int,
    size: int,
) -> None:
    """Two hundred files of 20 MB each could wait for every single person."""
    with UnitOfWork(session, SYSTEM_ACTOR, clock, technical=True) as uow:
        for n in range(number):
            row = StagedFile(
                id=f"{n:032}",
                owner_id=clerk.user_id,
                filename="a.pdf",
                media_type="application/pdf",
                size=size,
                sha256="0" * 64,
                at=uow.now + timedelta(seconds=n),
            )
            uow.session.add(row)
    clock.move_to(clock.now() + timedelta(minutes=30))
    # It is not even looked at: what is no PDF hears the same.
    for content in (pdf_file(), b"no PDF"):
        with pytest.raises(ValueError, match="上限") as refused:
            staging.put(BytesIO(content), "方案.pdf", clerk.user_id)
        assert WAITING_WORDS in str(refused.value)
    assert not list(file_store.root.glob("staging/*"))
    assert staging.put(BytesIO(pdf_file()), "方案.pdf", "somebody else")

    clock.move_to(clock.now() + timedelta(minutes=31))
    token = staging.put(BytesIO(pdf_file()), "方案.pdf", clerk.user_id)
    assert staging.get(token, clerk.user_id) is not None
    waiting = [staging.get(f"{n:032}", clerk.user_id) is not None for n in range(number)]
    assert waiting == [False] + [True] * (number - 1)


def test_upload_waits_by_the_clock_that_the_platform_runs_on(embedded_world: World) -> None:
    """The demonstration's clock may stand a year off: what came just now is not old there."""
    world = embedded_world
    world.at(local_date(world.now) + timedelta(days=400))
    token = world.app.extensions[EXTENSION].staging.put(BytesIO(pdf_file()), "a.pdf", "me")

    with UnitOfWork(world.session, SYSTEM_ACTOR, world.clock, technical=True) as uow:
        assert purge_staged(uow) == 0

    assert world.session.get_one(StagedFile, token).at == world.now
