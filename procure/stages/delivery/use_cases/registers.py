"""Keep the registers of a contract: who is served, and who serves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from re import compile as pattern
from typing import TypeVar

from sqlalchemy import select

from procure.kernel.clock import local_date
from procure.kernel.commands import Command
from procure.kernel.day_words import date_word
from procure.kernel.errors import REOPEN, Invalid, NotFound
from procure.stages.contracts import queries as contracts
from procure.stages.contracts.models import Contract
from procure.stages.contracts.policies import last_service_day
from procure.stages.delivery import policies, queries
from procure.stages.delivery.events import (
    RecipientLeft,
    RecipientsEnrolled,
    StaffJoined,
    StaffLeft,
)
from procure.stages.delivery.models import Recipient, StaffMember
from procure.store.holding import hold, take_up
from procure.store.unit_of_work import UnitOfWork, explain_constraint, request_of

Entry = TypeVar("Entry", Recipient, StaffMember)

CODE_PREFIX = "F"
_NUMBERED = pattern(rf"{CODE_PREFIX}([0-9]{{1,12}})")
MOST_ROWS = 50

explain_constraint(
    "uq_recipient_contract_id_code",
    "rows",
    "这个服务对象编号已经用过，请留空由系统编号，或换一个编号。",
)


@dataclass(frozen=True)
class RecipientPlan:
    """A person to be enrolled; without a code the next one is given."""

    name: str
    station: str
    care_class: str
    enrolled_on: date
    code: str = ""


class EnrolRecipients(Command):
    """Take people into the register."""

    contract_id: str
    rows: Sequence[RecipientPlan]
    key: str = ""


class LeaveRecipient(Command):
    """Note that a person is no longer served from a day on."""

    recipient_id: str
    version: int
    left_on: date


@dataclass(frozen=True)
class StaffPlan:
    """A worker to be registered."""

    name: str
    post: str
    certificate: str
    joined_on: date


class AddStaff(Command):
    """Register workers of the contract."""

    contract_id: str
    rows: Sequence[StaffPlan]
    key: str = ""


class LeaveStaff(Command):
    """Note that a worker no longer works on the contract from a day on."""

    staff_id: str
    version: int
    left_on: date


def enrol_recipients(uow: UnitOfWork, command: EnrolRecipients) -> list[Recipient]:
    """Enrol people; raises Invalid for a day outside the contract or a code used twice.

    The same request again gives the people enrolled the first time.
    """
    contract = contracts.load_contract(uow.session, command.contract_id)
    policies.may_keep_registers(uow.actor, contract).require()
    request = request_of("enrol_recipients", command.key, command)
    if (earlier := uow.earlier_result(request)) is not None:
        return [uow.session.get_one(Recipient, one) for one in earlier.split(",")]
    _check_rows(command.rows)
    number_after = _highest_number(uow, contract, command.rows)
    made = []
    for number, row in enumerate(command.rows):
        _check_day(contract, row.enrolled_on, f"rows-{number}-enrolled_on", uow)
        code = row.code.strip() or f"{CODE_PREFIX}{number_after + number + 1:04d}"
        made.append(Recipient(contract_id=contract.id, **vars(replace(row, code=code))))
    uow.session.add_all(made)
    uow.emit(
        RecipientsEnrolled.of(
            contract,
            codes=tuple(one.code for one in made),
            stations=tuple(one.station for one in made),
            care_classes=tuple(one.care_class for one in made),
        )
    )
    uow.keep_result(request, ",".join(one.id for one in made))
    return made


def leave_recipient(uow: UnitOfWork, command: LeaveRecipient) -> Recipient:
    """Close a person's entry.

    Raises Invalid for a day before the enrolment or the last service, or after today.
    """
    recipient, contract = _on_register(uow, Recipient, command.recipient_id)
    take_up(recipient, command, policies.may_keep_registers(uow.actor, contract))
    _check_leaving(recipient.enrolled_on, recipient.left_on, command.left_on, uow)
    last = queries.last_service_of(uow.session, recipient.id)
    if last is not None and command.left_on < last:
        raise Invalid(
            "left_on",
            f"这位服务对象在{date_word(last)}还有服务记录，最后一天不能早于这一天。",
            policies.RULE_PLATFORM,
            "请核对日期；服务记录登记有误的，请先撤回。",
        )
    recipient.left_on = command.left_on
    uow.emit(RecipientLeft.of(recipient, contract))
    return recipient


def add_staff(uow: UnitOfWork, command: AddStaff) -> list[StaffMember]:
    """Register workers; the same request again gives the first ones."""
    contract = contracts.load_contract_below(uow.session, command.contract_id)
    policies.may_keep_registers(uow.actor, contract).require()
    request = request_of("add_staff", command.key, command)
    if (earlier := uow.earlier_result(request)) is not None:
        return [uow.session.get_one(StaffMember, one) for one in earlier.split(",")]
    _check_rows(command.rows)
    made = []
    for number, row in enumerate(command.rows):
        if contract.ends_on is not None and row.joined_on > contract.ends_on:
            raise Invalid(f"rows-{number}-joined_on", "到岗日期晚于合同结束日期。")
        made.append(StaffMember(contract_id=contract.id, **vars(row)))
    uow.session.add_all(made)
    uow.emit(
        StaffJoined.of(
            contract,
            staff=tuple(
                {"id": one.id, **vars(row)} for one, row in zip(made, command.rows, strict=True)
            ),
        )
    )
    uow.keep_result(request, ",".join(one.id for one in made))
    return made


def leave_staff(uow: UnitOfWork, command: LeaveStaff) -> StaffMember:
    """Close a worker's entry; raises Invalid for a day before joining or after today."""
    member, contract = _on_register(uow, StaffMember, command.staff_id)
    take_up(member, command, policies.may_keep_registers(uow.actor, contract))
    _check_leaving(member.joined_on, member.left_on, command.left_on, uow)
    member.left_on = command.left_on
    uow.emit(StaffLeft.of(member, contract, worker=member.name))
    return member


def _on_register(uow: UnitOfWork, kind: type[Entry], entry_id: str) -> tuple[Entry, Contract]:
    """An entry of a register, held, with its contract; NotFound when there is none."""
    contract_id = uow.session.scalar(select(kind.contract_id).where(kind.id == entry_id))
    if contract_id is None:
        raise NotFound("名册中没有这个人。")
    contract = contracts.load_contract_below(uow.session, contract_id)
    return hold(uow.session, kind, entry_id), contract


def _check_rows(rows: Sequence[object]) -> None:
    if not rows or len(rows) > MOST_ROWS:
        raise Invalid("rows", f"一次至少登记 1 人，最多 {MOST_ROWS} 人。")


def _check_day(contract: Contract, day: date, field: str, uow: UnitOfWork) -> None:
    """An enrolment lies between the contract's first day and today, and not after its end."""
    if contract.starts_on is None or contract.ends_on is None:
        raise Invalid(field, "合同还没有服务期限。")
    last = min(local_date(uow.now), last_service_day(contract))
    if not contract.starts_on <= day <= last:
        raise Invalid(
            field,
            f"登记日期应当在合同开始（{date_word(contract.starts_on)}）至今天之间，不晚于合同结束。",
            policies.RULE_PLATFORM,
            "请填写实际开始服务的日期。",
        )


def _highest_number(uow: UnitOfWork, contract: Contract, rows: Sequence[RecipientPlan]) -> int:
    """The highest number given so far, by the system or by hand, those typed just now included."""
    codes = uow.session.scalars(
        select(Recipient.code).where(Recipient.contract_id == contract.id)
    ).all()
    numbers = [_NUMBERED.fullmatch(code) for code in (*codes, *(row.code.strip() for row in rows))]
    return max((int(found[1]) for found in numbers if found), default=0)


def _check_leaving(first: date, earlier: date | None, last: date, uow: UnitOfWork) -> None:
    if earlier is not None:
        raise Invalid("left_on", "已经登记过退出日期。", remedy=f"{REOPEN}，核对登记内容。")
    if not first <= last <= local_date(uow.now):
        raise Invalid(
            "left_on", "退出日期应当在登记之后，不晚于今天。", remedy="请核对日期后再填写。"
        )
