"""The registers of a contract: who is served, and who serves."""

from collections.abc import Callable

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission
from procure.kernel.paging import page_request
from procure.render import sheets
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import contract_parts
from procure.stages.delivery import pages, policies, queries, use_cases
from procure.stages.delivery.forms import LeaveForm, RecipientsForm, StaffForm
from procure.stages.delivery.names import masked
from procure.stages.delivery.views.blueprint import CASE, blueprint, contract_of
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.exports import FORMATS, sheet_answer
from procure.web.forms import ProcureForm
from procure.web.listing import Filter, Listing
from procure.web.presenters import Link
from procure.web.steps import Step, step

SHEET = (
    sheets.SheetColumn("编号"),
    sheets.SheetColumn("站点"),
    sheets.SheetColumn("照护类别"),
    sheets.SheetColumn("登记日期", sheets.CellKind.DATE),
    sheets.SheetColumn("退出日期", sheets.CellKind.DATE),
    sheets.SheetColumn("已核实服务次数", sheets.CellKind.INTEGER),
    sheets.SheetColumn("最近一次服务", sheets.CellKind.DATE),
)
REGISTER = "delivery/register.html"


@blueprint.get(f"{CASE}/recipients")
@permits(Permission.DELIVERY_VIEW)
def recipients(number: str) -> ResponseReturnValue:
    """The register of recipients, names masked."""
    session, actor = read_session(), current_actor()
    contract = contract_of(number)
    wanted = page_request(request.args, queries.RECIPIENT_SORTS, queries.RECIPIENT_FILTERS)
    if kind := request.args.get("format"):
        rows = map(_sheet_row, queries.export_recipients(session, contract.id, wanted))
        return sheet_answer(kind, f"{contract.number}服务对象名册", SHEET, rows, actor)
    found = queries.list_recipients(session, contract.id, wanted)
    may_keep = policies.may_keep_registers(actor, contract)
    stations = tuple((one, one) for one in queries.stations_of(session, contract.id))
    add = Link("登记服务对象", url_for(".enrol", number=number))
    listing = Listing(
        url_for(".recipients", number=number),
        found,
        pages.RECIPIENT_COLUMNS,
        pages.recipient_rows(found.rows, number, may_keep.ok),
        filters=(Filter("station", "站点", stations),),
        noun="服务对象",
        measure="名",
        caption="服务对象名册",
        empty="名册里还没有服务对象。",
        empty_action=add if may_keep.ok else None,
        exports=FORMATS,
        search_label="查找编号",
    )
    return render_template(
        "delivery/recipients.html",
        contract=contract,
        listing=listing,
        may_keep=may_keep,
        keeps=actor.may(Permission.DELIVERY_RECORD),
    )


@step(blueprint, f"{CASE}/recipients/new", Permission.DELIVERY_RECORD, REGISTER)
def enrol(number: str) -> Step[object]:
    """Take people into the register."""
    contract, form = contract_of(number), RecipientsForm()
    return _entry(
        form,
        contract,
        lambda uow: use_cases.enrol_recipients(uow, form.to_command(contract)),
        "登记服务对象",
        "服务对象已登记。",
        "recipients",
    )


@step(blueprint, f"{CASE}/recipients/<recipient_id>/leave", Permission.DELIVERY_RECORD, REGISTER)
def leave_recipient(number: str, recipient_id: str) -> Step[object]:
    """Note that a person is no longer served."""
    contract = contract_of(number)
    recipient = queries.get_recipient(read_session(), contract, recipient_id)
    form = LeaveForm(version=recipient.version)
    form.offer(recipient.enrolled_on, request_now())
    return _entry(
        form,
        contract,
        lambda uow: use_cases.leave_recipient(uow, form.to_leave_recipient(recipient)),
        "登记服务对象退出",
        "退出日期已登记。",
        "recipients",
        f"{recipient.code} {masked(recipient.name)}，{recipient.station}",
    )


@blueprint.get(f"{CASE}/staff")
@permits(Permission.DELIVERY_VIEW)
def staff(number: str) -> ResponseReturnValue:
    """The register of staff with its ratios."""
    session, actor = read_session(), current_actor()
    contract = contract_of(number)
    rows = queries.staff_of(session, contract.id)
    may_keep = policies.may_keep_registers(actor, contract)
    listed = sum(one.left_on is None for one in queries.recipients_on(session, contract.id))
    return render_template(
        "delivery/staff.html",
        contract=contract,
        columns=pages.STAFF_COLUMNS,
        rows=pages.staff_rows(rows, number, may_keep.ok),
        facts=pages.staff_facts(rows, contract_parts(session, contract).posts, listed),
        may_keep=may_keep,
        keeps=actor.may(Permission.DELIVERY_RECORD),
    )


@step(blueprint, f"{CASE}/staff/new", Permission.DELIVERY_RECORD, REGISTER)
def add_staff(number: str) -> Step[object]:
    """Register workers."""
    contract, form = contract_of(number), StaffForm()
    return _entry(
        form,
        contract,
        lambda uow: use_cases.add_staff(uow, form.to_command(contract)),
        "登记服务人员",
        "服务人员已登记。",
        "staff",
    )


@step(blueprint, f"{CASE}/staff/<staff_id>/leave", Permission.DELIVERY_RECORD, REGISTER)
def leave_staff(number: str, staff_id: str) -> Step[object]:
    """Note that a worker no longer works on the contract."""
    contract = contract_of(number)
    member = queries.get_staff(read_session(), contract, staff_id)
    form = LeaveForm(version=member.version)
    form.offer(member.joined_on, request_now())
    return _entry(
        form,
        contract,
        lambda uow: use_cases.leave_staff(uow, form.to_leave_staff(member)),
        "登记人员离岗",
        "离岗日期已登记。",
        "staff",
        f"{member.name}，{member.post}",
    )


def _entry(
    form: ProcureForm,
    contract: Contract,
    act: Callable[[UnitOfWork], object],
    verb: str,
    done: str,
    register: str,
    who: str = "",
) -> Step[object]:
    """An entry in a register; done, it leads back to the register."""
    back = pages.address_of(contract.project.number, register)
    return Step(
        form=form,
        verdict=policies.may_keep_registers(current_actor(), contract),
        act=act,
        done=done,
        back=back,
        shows=lambda: {"contract": contract, "verb": verb, "who": who, "back": back},
    )


def _sheet_row(row: queries.RecipientRow) -> tuple[object, ...]:
    return (
        row.code,
        row.station,
        row.care_class,
        row.enrolled_on,
        row.left_on,
        row.services,
        row.last_on,
    )
