"""The verb of the installation: record what its database belongs to."""

from dataclasses import asdict

from procure.kernel.commands import Command
from procure.kernel.errors import Conflict
from procure.registers.installation.events import InstallationRecorded
from procure.registers.installation.models import Installation, Marks
from procure.registers.installation.queries import recorded_marks
from procure.store.unit_of_work import UnitOfWork


class RecordInstallation(Command):
    """Give the database to these keys and this folder of files."""

    marks: Marks


def record_installation(uow: UnitOfWork, command: RecordInstallation) -> Installation:
    """Record the marks, once. Raises Conflict when the database belongs to keys already."""
    if recorded_marks(uow.session) is not None:
        raise Conflict(
            "这个数据库已经登记了密钥和文件存放处。",
            remedy="请使用原来的密钥文件夹和文件存放处。",
        )
    installation = Installation(number=1, **asdict(command.marks), recorded_at=uow.now)
    uow.session.add(installation)
    uow.emit(
        InstallationRecorded(
            subject_id=command.marks.store,
            recipient=command.marks.recipient,
            verifier=command.marks.verifier,
            cookie_sha256=command.marks.cookie_sha256,
            mode=command.marks.mode,
        )
    )
    return installation
