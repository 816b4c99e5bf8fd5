"""The verb of the auditor's desk: take an audit package away, which leaves a trace."""

from sqlalchemy.orm import Session

from procure.desks.auditing.events import AuditPackageExported
from procure.desks.auditing.models import AuditExport
from procure.desks.auditing.package import Maker, Package, export_package
from procure.desks.auditing.policies import checked_reason, may_export
from procure.desks.auditing.queries import get_audited
from procure.kernel.commands import Command
from procure.registers.documents.storage import FileStore
from procure.store.base import snapshot
from procure.store.unit_of_work import UnitOfWork, request_of


class ExportPackage(Command):
    """A package of the project with this number is wanted, for this reason."""

    number: str
    reason: str
    key: str = ""


def make_package(session: Session, maker: Maker, number: str, store: FileStore) -> Package:
    """Make the package from one state of the database and keep its file; nothing is recorded yet.

    Raises NotFound, Denied by `may_export`, Invalid for a missing reason, Conflict for damage.
    """
    checked_reason(maker.reason)
    snapshot(session)
    project = get_audited(session, maker.actor, number)
    may_export(maker.actor).require()
    package = export_package(session, project, maker, store)
    session.rollback()
    store.put(package.content)
    return package


def record_export(uow: UnitOfWork, command: ExportPackage, package: Package) -> AuditExport:
    """Note who is handed which package and why; the same request again gives the first note."""
    project = get_audited(uow.session, uow.actor, command.number)
    may_export(uow.actor).require()
    request = request_of("export_package", command.key, command)
    if (earlier := uow.earlier_result(request)) is not None:
        return uow.session.get_one(AuditExport, earlier)
    export = AuditExport(
        project_id=project.id,
        exported_by=uow.actor.user_id,
        exported_at=uow.now,
        reason=checked_reason(command.reason),
        sha256=package.sha256,
        size=len(package.content),
    )
    uow.session.add(export)
    uow.emit(
        AuditPackageExported(
            subject_id=export.id,
            project=project.id,
            reason=export.reason,
            sha256=export.sha256,
            size=export.size,
            events=package.events,
            rows=package.rows,
            documents=package.documents,
        )
    )
    uow.keep_result(request, export.id)
    return export
