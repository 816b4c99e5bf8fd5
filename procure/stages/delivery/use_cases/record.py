"""Enter a service given, and review what was entered. Nothing is ever overwritten (R-EVD-6)."""

from collections.abc import Sequence
from datetime import date, datetime, time

from sqlalchemy import select

from procure.kernel.clock import at_local, end_of_day, local_date
from procure.kernel.commands import Command
from procure.kernel.day_words import day_in_words
from procure.kernel.errors import Invalid, NotFound
from procure.kernel.laws import cite
from procure.kernel.lifecycle import advance
from procure.kernel.text import require_text
from procure.registers.documents.use_cases import file_evidence
from procure.stages.contracts import queries as contracts
from procure.stages.contracts.models import Contract, ContractTarget
from procure.stages.contracts.policies import last_service_day
from procure.stages.delivery import counting, policies, queries
from procure.stages.delivery.events import (
    ServiceAccepted,
    ServiceRecorded,
    ServiceRejected,
    ServiceRestored,
    ServiceVoided,
    ServiceWithdrawn,
)
from procure.stages.delivery.models import Recipient, ServiceRecord, StaffMember
from procure.stages.delivery.names import time_words
from procure.store.holding import hold, take_up
from procure.store.unit_of_work import UnitOfWork, explain_constraint, request_of

DAY = 24 * 60
MOST_REVIEWED = 100
MISSING = "没有找到这条服务记录。"

explain_constraint(
    "ck_service_record_time_of_day", "ended", "结束时间要晚于开始时间，都在同一天之内。"
)


class RecordService(Command):
    """A service given. Minutes are counted from midnight; `evidence` are tokens of uploads.

    Either `recipient_id` names a listed person or `people` says how many took part.
    """

    contract_id: str
    target_id: str
    staff_id: str
    served_on: date
    started_minute: int
    ended_minute: int
    place: str
    quantity: int
    content: str
    recipient_id: str | None = None
    people: int | None = None
    volunteer_hours: int = 0
    backfill_reason: str = ""
    evidence: Sequence[str] = ()
    key: str = ""


class WithdrawService(Command):
    """Take back a record that nobody has reviewed yet."""

    record_id: str
    version: int
    reason: str


class ReviewServices(Command):
    """Accept or reject some records of a contract; `reason` is compulsory for rejecting."""

    contract_id: str
    record_ids: Sequence[str]
    reason: str = ""


def record_service(uow: UnitOfWork, command: RecordService) -> ServiceRecord:
    """Enter a service.

    More than 24 hours after its end it needs a reason, after 72 hours it does not count unless the
    buyer says why (R-EVD-2); one worker cannot be in two places (R-EVD-4). Raises Denied or
    IllegalTransition by policy, Invalid for each of these and for days outside the term.
    """
    contract = contracts.load_contract_below(uow.session, command.contract_id)
    policies.may_record_service(uow.actor, contract).require()
    request = request_of("record_service", command.key, command)
    if (earlier := uow.earlier_result(request)) is not None:
        return uow.session.get_one(ServiceRecord, earlier)
    target = _target(uow, contract, command.target_id)
    staff = _staff(uow, contract, command)
    recipient = _recipient(uow, contract, command)
    ended_at = _check_time(contract, command, uow.now)
    _check_kind(target, recipient, command)
    _check_reason(command, ended_at, uow.now)
    _check_alone(uow, staff, command)
    record = _new_record(uow, command, recipient, ended_at)
    uow.session.add(record)
    digests = file_evidence(
        uow,
        command.evidence,
        project_id=contract.project_id,
        subject_id=record.id,
        supplier_id=contract.supplier_id,
        title=f"{command.served_on} {target.what}佐证",
    )
    uow.emit(
        ServiceRecorded.of(
            record,
            contract,
            target,
            target=target.what,
            recipient_code=recipient.code if recipient is not None else "",
            hours_late=int((uow.now - ended_at).total_seconds()) // 3600,
            evidence_sha256=digests,
        )
    )
    uow.keep_result(request, record.id)
    return record


def accept_services(uow: UnitOfWork, command: ReviewServices) -> list[ServiceRecord]:
    """Accept records: from now on they count (R-EVD-1).

    A record entered more than 72 hours late, or of a person whom another serves in the same minutes,
    counts only with a stated reason (R-EVD-2, R-EVD-4); an activity with too few people never.
    """
    contract, records = _to_review(uow, command)
    for record in records:
        policies.may_accept_service(uow.actor, contract, record).require()
    doubtful = _check_doubts(uow, contract, records, command.reason.strip())
    for record in records:
        record.state = advance("accept_service", record.state)
        _judge(uow, record, command.reason if record.id in doubtful else "")
        _tell(uow, ServiceAccepted, contract, record, record.review_reason)
    return records


def reject_services(uow: UnitOfWork, command: ReviewServices) -> list[ServiceRecord]:
    """Reject records, saying why; they stay on file and do not count."""
    contract, records = _to_review(uow, command)
    for record in records:
        policies.may_reject_service(uow.actor, contract, record).require()
    require_text(
        command.reason,
        "reason",
        "不认可服务记录要写明理由。",
        policies.RULE_PLATFORM,
        "承接主体可以看到理由，并另行登记更正后的记录。",
    )
    for record in records:
        record.state = advance("reject_service", record.state)
        _judge(uow, record, command.reason)
        _tell(uow, ServiceRejected, contract, record, record.review_reason)
    return records


def withdraw_service(uow: UnitOfWork, command: WithdrawService) -> ServiceRecord:
    """Take a record back, saying why; it stays on file and does not count (R-EVD-6)."""
    record, contract = _load(uow, command.record_id)
    verdict = policies.may_withdraw_service(uow.actor, contract, record)
    take_up(record, command, verdict, "withdraw_service")
    record.ended_reason = require_text(
        command.reason, "reason", "撤回服务记录要写明理由。", remedy="例如重复登记、日期填错。"
    )
    _tell(uow, ServiceWithdrawn, contract, record, record.ended_reason)
    return record


def void_service(uow: UnitOfWork, contract: Contract, record: ServiceRecord, reason: str) -> None:
    """An evaluator found an accepted record untrue: from now on it counts nowhere.

    The verb that found it holds the contract and has asked who may.
    """
    record.state = advance("void_service", record.state)
    record.ended_reason = reason
    _tell(uow, ServiceVoided, contract, record, reason)


def restore_service(
    uow: UnitOfWork, contract: Contract, record: ServiceRecord, reason: str
) -> None:
    """The evaluator's verdict was corrected before the report was sent: the record counts again."""
    record.state = advance("restore_service", record.state)
    record.ended_reason = ""
    _tell(uow, ServiceRestored, contract, record, reason)


def ended_at_of(served_on: date, ended_minute: int) -> datetime:
    """The instant at which a service ended."""
    if ended_minute >= DAY:
        return end_of_day(served_on)
    return at_local(served_on, time(ended_minute // 60, ended_minute % 60))


def _target(uow: UnitOfWork, contract: Contract, target_id: str) -> ContractTarget:
    target = uow.session.get(ContractTarget, target_id)
    if target is None or target.contract_id != contract.id:
        raise Invalid("target", "请选择合同约定的服务目标。")
    return target


def _staff(uow: UnitOfWork, contract: Contract, command: RecordService) -> StaffMember:
    """The worker, locked until the end so that two entries cannot both find them free."""
    known = uow.session.scalar(
        select(StaffMember.id).where(
            StaffMember.id == command.staff_id, StaffMember.contract_id == contract.id
        )
    )
    if known is None:
        raise Invalid("staff", "请选择本合同登记的服务人员。", remedy="请先登记服务人员。")
    staff = hold(uow.session, StaffMember, known)
    left = staff.left_on is not None and staff.left_on < command.served_on
    if command.served_on < staff.joined_on or left:
        raise Invalid(
            "staff",
            f"{staff.name}在这一天不在岗。",
            policies.RULE_PLATFORM,
            "请核对服务日期和到岗、离岗日期。",
        )
    return staff


def _recipient(uow: UnitOfWork, contract: Contract, command: RecordService) -> Recipient | None:
    if command.recipient_id is None:
        if command.people is None:
            raise Invalid(
                "people", "请选择服务对象，或填写参加人数。", remedy="探访选服务对象，活动填人数。"
            )
        return None
    recipient = uow.session.get(Recipient, command.recipient_id)
    if recipient is None or recipient.contract_id != contract.id:
        raise Invalid("recipient", "请选择名册中的服务对象。", remedy="请先登记服务对象。")
    left = recipient.left_on is not None and recipient.left_on < command.served_on
    if command.served_on < recipient.enrolled_on or left:
        raise Invalid(
            "recipient",
            f"{recipient.code}在这一天不在名册中。",
            policies.RULE_PLATFORM,
            "请核对服务日期和名册的登记、退出日期。",
        )
    return recipient


def _check_time(contract: Contract, command: RecordService, now: datetime) -> datetime:
    if contract.starts_on is None or contract.ends_on is None:
        raise NotFound("合同还没有服务期限。")
    last = last_service_day(contract)
    if not contract.starts_on <= command.served_on <= last:
        raise Invalid(
            "served_on",
            f"服务日期应当在合同期内（{day_in_words(contract.starts_on)}至{day_in_words(last)}）。",
            policies.RULE_PLATFORM,
            "合同期以外的服务不计入。",
        )
    signed_at = contract.buyer_signed_at
    if signed_at is not None and command.served_on < local_date(signed_at):
        raise Invalid(
            "served_on",
            f"合同于 {local_date(signed_at)} 签订，签订以前的服务不计入。",
            cite("contract_by_result"),
            "请登记合同签订以后的服务。",
        )
    if not 0 <= command.started_minute < command.ended_minute <= DAY:
        raise Invalid("ended", "结束时间要晚于开始时间，都在同一天之内。")
    if not 1 <= command.quantity <= counting.MOST_QUANTITY:
        raise Invalid("quantity", "数量应当大于零。")
    ended_at = ended_at_of(command.served_on, command.ended_minute)
    if ended_at > now:
        raise Invalid(
            "served_on" if command.served_on > local_date(now) else "ended",
            "服务还没有结束，不能登记。",
            policies.RULE_PLATFORM,
            "请在服务结束后 24 小时内登记。",
        )
    return ended_at


def _check_kind(
    target: ContractTarget, recipient: Recipient | None, command: RecordService
) -> None:
    """A target for each person names the person; one record counts what its kind gives."""
    if recipient is None and counting.is_each_person(target.each):
        raise Invalid(
            "recipient",
            f"“{target.what}”按人计算，每条记录要选服务对象。",
            policies.RULE_PLATFORM,
            "请从名册中选择；一次服务几个人的，每人登记一条。",
        )
    most = counting.most_quantity(
        target.unit,
        people=1 if recipient is not None else command.people or 0,
        minutes=command.ended_minute - command.started_minute,
    )
    if command.quantity > most:
        raise Invalid(
            "quantity",
            f"这条记录最多计 {most:,} {target.unit}。",
            policies.RULE_PLATFORM,
            "一次服务登记一条、计一次；按小时计的，按起止时间计。",
        )


def _check_doubts(
    uow: UnitOfWork, contract: Contract, records: Sequence[ServiceRecord], reason: str
) -> frozenset[str]:
    """The ids of those that count only for the reason given; Invalid where there is none."""
    ids = [record.id for record in records]
    by_id = {record.id: record for record in records}
    if short := queries.too_few(uow.session, contract, ids):
        record_id, people, least = short[0]
        raise Invalid(
            "records",
            f"{day_in_words(by_id[record_id].served_on)}的活动参加 {people:,} 人，少于约定的"
            f" {least:,} 人，不能计入。",
            policies.RULE_PLATFORM,
            "请不要勾选这些记录，或者登记为不予认可。",
        )
    late = {record.id for record in records if record.not_payable}
    if late and not reason:
        raise Invalid(
            "reason",
            "所选记录中有服务结束超过 72 小时才登记的，一般不计入数量。",
            policies.RULE_PLATFORM,
            "确需计入的，请写明理由；否则请不要勾选这些记录。",
        )
    doubts = queries.doubts_of(uow.session, contract, ids)
    if doubts and not reason:
        first = next(record for record in records if record.id in doubts)
        raise Invalid(
            "reason",
            f"{day_in_words(first.served_on)}的记录：{'；'.join(doubts[first.id])}。",
            policies.RULE_PLATFORM,
            "确需计入的，请写明理由；否则请不要勾选这些记录。",
        )
    return frozenset(late | set(doubts))


def _check_reason(command: RecordService, ended_at: datetime, now: datetime) -> None:
    if policies.is_backfilled(ended_at, now) and not command.backfill_reason.strip():
        raise Invalid(
            "backfill_reason",
            "服务结束已超过 24 小时，要说明补录的原因。",
            policies.RULE_PLATFORM,
            "请写明原因；超过 72 小时登记的一般不计入数量，由采购人决定。",
        )


def _check_alone(uow: UnitOfWork, staff: StaffMember, command: RecordService) -> None:
    other = queries.overlapping(
        uow.session, staff.id, command.served_on, command.started_minute, command.ended_minute
    )
    if other is not None:
        raise Invalid(
            "started",
            f"{staff.name}在这一天 {time_words(other.started_minute)} 至"
            f" {time_words(other.ended_minute)} 已有另一条服务记录，时间重叠。",
            policies.RULE_PLATFORM,
            "同一人不能同时在两处服务，请核对时间。",
        )


def _new_record(
    uow: UnitOfWork, command: RecordService, recipient: Recipient | None, ended_at: datetime
) -> ServiceRecord:
    late = policies.is_backfilled(ended_at, uow.now)
    return ServiceRecord(
        contract_id=command.contract_id,
        target_id=command.target_id,
        staff_id=command.staff_id,
        recipient_id=recipient.id if recipient is not None else None,
        served_on=command.served_on,
        started_minute=command.started_minute,
        ended_minute=command.ended_minute,
        place=command.place.strip(),
        quantity=command.quantity,
        people=1 if recipient is not None else command.people or 0,
        volunteer_hours=command.volunteer_hours,
        content=command.content.strip(),
        backfilled=late,
        not_payable=policies.is_not_payable(ended_at, uow.now),
        backfill_reason=command.backfill_reason.strip() if late else "",
        state=advance("record_service", None),
        recorded_by=uow.actor.user_id,
        recorded_at=uow.now,
    )


def _to_review(uow: UnitOfWork, command: ReviewServices) -> tuple[Contract, list[ServiceRecord]]:
    """The records, all of the contract, in the order of service; Invalid when none was chosen."""
    contract = contracts.load_contract(uow.session, command.contract_id)
    policies.may_review_services(uow.actor, contract).require()
    wanted = set(command.record_ids)
    if not wanted or len(wanted) > MOST_REVIEWED:
        raise Invalid("records", f"请勾选要核实的服务记录，一次最多 {MOST_REVIEWED} 条。")
    records = uow.session.scalars(
        select(ServiceRecord)
        .where(ServiceRecord.id.in_(wanted), ServiceRecord.contract_id == contract.id)
        .order_by(ServiceRecord.served_on, ServiceRecord.started_minute, ServiceRecord.id)
    ).all()
    if len(records) != len(wanted):
        raise NotFound("没有找到所选的服务记录。")
    return contract, list(records)


def _load(uow: UnitOfWork, record_id: str) -> tuple[ServiceRecord, Contract]:
    """The record, held, with its contract; NotFound when there is none."""
    contract_id = uow.session.scalar(
        select(ServiceRecord.contract_id).where(ServiceRecord.id == record_id)
    )
    if contract_id is None:
        raise NotFound(MISSING)
    contract = contracts.load_contract_below(uow.session, contract_id)
    return hold(uow.session, ServiceRecord, record_id, MISSING), contract


def _tell(
    uow: UnitOfWork,
    kind: type[ServiceAccepted],
    contract: Contract,
    record: ServiceRecord,
    reason: str,
) -> None:
    """Say what became of a record: every such event tells the same."""
    target = uow.session.get_one(ContractTarget, record.target_id)
    uow.emit(kind.of(record, contract, target, target=target.what, reason=reason))


def _judge(uow: UnitOfWork, record: ServiceRecord, reason: str) -> None:
    record.reviewed_by = uow.actor.user_id
    record.reviewed_at = uow.now
    record.review_reason = reason.strip()
