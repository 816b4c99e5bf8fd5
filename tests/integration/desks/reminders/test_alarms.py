"""A store of files that fails: told in words to who met it, and once to whoever runs the platform."""

import pytest
from sqlalchemy import select

from procure.desks.reminders.alarms import KIND
from procure.desks.reminders.models import InboxMessage
from procure.kernel.uploads import PDF
from procure.registers.accounts.models import Organisation
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.storage import file_store
from procure.registers.documents.use_cases import file_content
from procure.registers.projects.models import Project
from procure.registers.projects.use_cases import make_public, open_project
from procure.store.trail import TrailEvent
from tests.factories.registers import pdf_file
from tests.world import World


@pytest.fixture
def paper(world: World) -> Document:
    """A paper anybody may read."""
    buyer = world.actor("jingban").organisation_id
    with world.uow("jingban") as uow:
        organisation = uow.session.get_one(Organisation, buyer)
        project: Project = open_project(uow, title="社工站", buyer=organisation, budget_fen=100)
        make_public(uow, project)
        return file_content(
            uow,
            pdf_file(),
            "公告.pdf",
            PDF,
            project_id=project.id,
            subject_id=project.id,
            kind=DocumentKind.NOTICE,
            title="公告",
            audience=DocumentAudience.PUBLIC,
        )


def alarms(world: World) -> list[InboxMessage]:
    world.session.rollback()
    return list(world.session.scalars(select(InboxMessage).where(InboxMessage.kind == KIND)))


def told(world: World) -> list[str]:
    chain = select(TrailEvent.event).where(TrailEvent.stream == "files")
    return list(world.session.scalars(chain))


def test_missing_and_altered_files_are_told_in_words_and_alarm_once(
    world: World, paper: Document
) -> None:
    path, visitor = file_store().path_of(paper.sha256), world.client()
    address, content = f"/documents/{paper.id}", path.read_bytes()
    assert visitor.raw("GET", address).data == content
    assert alarms(world) == []

    path.unlink()
    for _ in range(2):
        page = visitor.get(address, status=503)
        assert "读不到这份文件" in page.text
    path.write_bytes(content + b" ")
    assert "与登记的校验码不符" in visitor.get(address, status=503).text
    path.write_bytes(content)
    assert visitor.raw("GET", address).data == content

    found = alarms(world)
    assert {message.title for message in found} == {
        "急：存放的文件读不到",
        "急：存放的文件与校验码不符",
    }
    assert {message.user_id for message in found} == {world.actor("xitong").user_id}
    assert len(found) == len(told(world)) == 2
    assert all(paper.sha256 in message.words for message in found)


def test_folder_that_is_gone_alarms_about_the_folder_and_not_the_file(
    world: World, paper: Document
) -> None:
    root = file_store().root
    root.rename(root.with_name("unmounted"))
    world.client().get(f"/documents/{paper.id}", status=503)
    world.client().raw("GET", "/readyz")
    [message] = alarms(world)
    assert message.title == "急：文件存放处不可用"
    assert not root.exists()
    root.with_name("unmounted").rename(root)
    assert world.client().raw("GET", f"/documents/{paper.id}").status_code == 200
