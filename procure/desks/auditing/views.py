"""Pages of the auditor's desk.

| address | method | endpoint | who |
|---|---|---|---|
| /audit | GET | auditing.index | auditor: cases under oversight with their money |
| /audit?format=csv, xlsx | GET | auditing.index | the same list as a file |
| /audit/projects/<number> | GET | auditing.show | auditor: way of the money, ledger, all events |
| /audit/projects/<number>?format=csv, xlsx | GET | auditing.show | the events as a file |
| /audit/projects/<number>/export | GET POST | auditing.export | auditor: take the package away |
| /audit/exports/<audit_export_id> | GET | auditing.exported | auditor: digest of a package made |
| /audit/exports/<audit_export_id>/file | GET | auditing.download_package | auditor: the file |
| /audit/verify | GET POST | auditing.verify | auditor, audit administrator: check a package |
| /audit/verify/chains | POST | auditing.check_chains | the same: recompute all chains |
"""

from functools import cache

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from procure.desks.auditing import pages, policies, queries, use_cases, verify_trail
from procure.desks.auditing.forms import ExportPackageForm, VerifyPackageForm
from procure.desks.auditing.package import Maker, Package
from procure.desks.auditing.queries import EventRow, MoneyRow
from procure.kernel.access import Permission
from procure.kernel.lifecycle import Stage
from procure.registers.accounts.models import Organisation
from procure.registers.documents.storage import file_store
from procure.registers.funds.pages import MOVEMENT_COLUMNS
from procure.registers.funds.queries import entries_of_project, flow_of_project
from procure.registers.projects.models import Project
from procure.render.sheets import CellKind
from procure.store import trail
from procure.store.base import snapshot
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import (
    current_actor,
    permits,
    read_session,
    request_now,
)
from procure.web.columns import Col, Where, choices_of, table_of
from procure.web.downloads import download
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.steps import Act, Step, in_one_unit, step

ZIP = "application/zip"
SHOWN_FAULTS = 50

blueprint = Blueprint("auditing", __name__, url_prefix="/audit")


@blueprint.get("")
@permits(Permission.AUDIT_READ)
@shows_list("auditing/index.html")
def index() -> ListOf[MoneyRow]:
    """The cases under oversight with their money."""
    money = CellKind.MONEY_FEN
    return ListOf(
        title="审计范围内的项目",
        file="审计项目",
        source=queries.cases_under_audit(current_actor()),
        columns=(
            Col("title", "项目名称", sort=True),
            Col("number", "项目编号", sort=True),
            Col("buyer", "采购人", sort=True),
            Col("stage", "阶段", lambda row: row.stage.label, CellKind.LABEL),
            Col("budget", "采购预算", lambda row: row.budget_fen, money, sort=True),
            Col("contracted", "合同金额", lambda row: row.contracted_fen, money, sort=True),
            Col("paid", "已支付", lambda row: row.paid_fen, money, sort=True),
            Col("unpaid", "未支付", lambda row: row.unpaid_fen, money),
            Col(
                "created",
                "建立时间",
                lambda row: row.created_at,
                CellKind.INSTANT,
                where=Where.FILE,
                sort=True,
            ),
        ),
        href=lambda row: url_for(".show", number=row.number),
        filters=(Filter("stage", "阶段", choices_of(Stage)),),
        search="查找名称、编号或采购人",
        noun="项目",
        measure="个",
        empty="您的审计范围内还没有项目。",
    )


@blueprint.get("/projects/<number>")
@permits(Permission.AUDIT_READ)
@shows_list("auditing/show.html")
def show(number: str) -> ListOf[EventRow]:
    """One case: the way of its money, the ledger, every event."""
    session, actor = read_session(), current_actor()
    project = queries.get_audited(session, actor, number)
    kinds = tuple((name, words) for name, (_, words) in queries.GROUPS.items())
    return ListOf(
        title="办理经过",
        file=f"{project.number}办理经过",
        source=queries.events_of_case(session, project),
        columns=pages.EVENT_COLUMNS,
        filters=(Filter("kind", "类别", kinds),),
        noun="事件",
        empty="没有这类事件。",
        shows=lambda: _case_parts(project),
    )


def _case_parts(project: Project) -> dict[str, object]:
    """What the page of a case shows above its events."""
    session = read_session()
    contracts = queries.contracts_money(session, project.id)
    lines = flow_of_project(session, project.id)
    buyer = session.get_one(Organisation, project.buyer_id).name
    planned = queries.plan_money(session, project.id)
    return {
        "project": project,
        "facts": pages.facts(project, buyer, planned, contracts),
        "figure": pages.money_chart(lines, contracts),
        "flow": pages.flow_columns(lines, contracts),
        "levels": pages.level_table(lines),
        "contracts": [pages.instalment_table(contract) for contract in contracts],
        "entries": table_of(
            "账目",
            MOVEMENT_COLUMNS,
            entries_of_project(session, project.id),
            empty="这个项目还没有账目。",
        ),
        "exports": pages.export_table(queries.exports_of(session, project.id)),
    }


@step(blueprint, "/projects/<number>/export", Permission.AUDIT_EXPORT, "auditing/export.html")
def export(number: str) -> Step[str]:
    """Say why, and have the package made; while it is made nothing is held."""
    session, actor, now = read_session(), current_actor(), request_now()
    title, form = queries.get_audited(session, actor, number).title, ExportPackageForm()

    @cache
    def package() -> Package:
        maker = Maker(actor, form.reason.data, now)
        return use_cases.make_package(session, maker, number, file_store())

    def record(uow: UnitOfWork) -> str:
        command = form.command(use_cases.ExportPackage, number)
        return use_cases.record_export(uow, command, package()).id

    def made_before(act: Act[str]) -> str:
        package()
        return in_one_unit(act)

    return Step(
        form=form,
        act=record,
        carry=made_before,
        done="审计包已生成，这次导出已记入项目的办理记录。",
        back=lambda made: url_for(".exported", audit_export_id=made),
        shows=lambda: {"number": number, "title": title},
    )


@blueprint.get("/exports/<audit_export_id>")
@permits(Permission.AUDIT_EXPORT)
def exported(audit_export_id: str) -> ResponseReturnValue:
    """A package that was made: its digest, and where to get it."""
    made = queries.get_export(read_session(), current_actor(), audit_export_id)
    return render_template("auditing/exported.html", made=made, facts=pages.export_facts(made))


@blueprint.get("/exports/<audit_export_id>/file")
@permits(Permission.AUDIT_EXPORT)
def download_package(audit_export_id: str) -> Response:
    """The package as a file."""
    made = queries.get_export(read_session(), current_actor(), audit_export_id)
    return download(file_store().read(made.sha256), f"{made.number}-审计包.zip", ZIP)


@blueprint.route("/verify", methods=["GET", "POST"])
@permits(Permission.SIGNED_IN)
def verify() -> ResponseReturnValue:
    """Check a package somebody brings."""
    policies.may_verify(current_actor()).require()
    form, found, refusal = VerifyPackageForm(), None, ""
    if form.validate_on_submit() and form.package.content is not None:
        try:
            found = verify_trail.verify(form.package.content)
        except verify_trail.Bad as bad:
            refusal = str(bad)
    return _verify_page(form, form.status, found=found, refusal=refusal)


@blueprint.post("/verify/chains")
@permits(Permission.SIGNED_IN)
def check_chains() -> ResponseReturnValue:
    """Recompute every chain of the database.

    How many chains and events there are is not said: both grow with every step of a bidder, which
    before the opening nobody may learn (O87 art 39).
    """
    policies.may_verify(current_actor()).require()
    faults = trail.fsck(snapshot(read_session()))
    return _verify_page(
        VerifyPackageForm(formdata=None),
        200,
        faults=[str(fault) for fault in faults[:SHOWN_FAULTS]],
        fault_count=len(faults),
        checked=True,
    )


def _verify_page(form: VerifyPackageForm, status: int, **found: object) -> tuple[str, int]:
    reasons = verify_trail.WITHHELD
    return render_template("auditing/verify.html", form=form, reasons=reasons, **found), status
