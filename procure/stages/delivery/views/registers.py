"""The registers of a contract: who is served, and who serves."""

from collections.abc import Callable

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import contract_parts
from procure.stages.delivery import pages, policies, queries
from procure.stages.delivery.forms import LeaveForm, RecipientsForm, StaffForm
from procure.stages.delivery.names import masked
from procure.stages.delivery.queries import RecipientRow
from procure.stages.delivery.use_cases import registers as keeping
from procure.stages.delivery.views.blueprint import CASE, blueprint, contract_of
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.columns import table_of
from procure.web.forms import ProcureForm
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.presenters import Link
from procure.web.steps import Step, step

REGISTER = "delivery/register.html"


@blueprint.get(f"{CASE}/recipients")
@permits(Permission.DELIVERY_VIEW)
@shows_list("delivery/recipients.html")
def recipients(number: str) -> ListOf[RecipientRow]:
    """The register of recipients, names masked."""
    actor, contract = current_actor(), contract_of(number)
    may_keep = policies.may_keep_registers(actor, contract)
    stations = tuple((one, one) for one in queries.stations_of(read_session(), contract.id))
    return ListOf(
        title="服务对象名册",
        file=f"{contract.number}服务对象名册",
        source=queries.recipients_of(contract.id),
        columns=pages.RECIPIENT_COLUMNS,
        href=lambda row: pages.leave_address(
            number, "recipients", row.recipient, keeps=may_keep.ok
        ),
        filters=(Filter("station", "站点", stations),),
        search="查找编号",
        noun="服务对象",
        measure="名",
        empty="名册里还没有服务对象。",
        empty_action=Link("登记服务对象", url_for(".enrol", number=number))
        if may_keep.ok
        else None,
        shows=lambda: {
            "contract": contract,
            "may_keep": may_keep,
            "keeps": actor.may(Permission.DELIVERY_RECORD),
        },
    )


@step(blueprint, f"{CASE}/recipients/new", Permission.DELIVERY_RECORD, REGISTER)
def enrol(number: str) -> Step[object]:
    """Take people into the register."""
    contract, form = contract_of(number), RecipientsForm()
    return _entry(
        form,
        contract,
        form.act(keeping.enrol_recipients, contract.id),
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
        form.act(keeping.leave_recipient, recipient.id),
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
        members=table_of(
            "服务人员名册",
            pages.STAFF_COLUMNS,
            rows,
            lambda row: pages.leave_address(number, "staff", row.member, keeps=may_keep.ok),
            empty="还没有登记服务人员。",
        ),
        facts=pages.staff_facts(
            [row.member for row in rows], contract_parts(session, contract).posts, listed
        ),
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
        form.act(keeping.add_staff, contract.id),
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
        form.act(keeping.leave_staff, member.id),
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
