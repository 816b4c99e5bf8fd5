"""More pairs that can meet: the contract, its delivery, evaluation and money."""

from sqlalchemy import select

from procure.kernel.clock import local_date
from procure.kernel.lifecycle import ServiceRecordState
from procure.registers.funds.models import AccountKind
from procure.registers.funds.queries import standing_on
from procure.stages.contracts.use_cases.end import DecideEarlyEnd, decide_early_end
from procure.stages.contracts.use_cases.issue import RecallContract, recall_contract
from procure.stages.contracts.use_cases.sign import sign_contract_supplier
from procure.stages.delivery.models import Milestone, Recipient, ServiceRecord, StaffMember
from procure.stages.delivery.use_cases.milestones import ReportMilestone, report_milestone
from procure.stages.delivery.use_cases.record import (
    RecordService,
    WithdrawService,
    record_service,
    withdraw_service,
)
from procure.stages.delivery.use_cases.registers import LeaveRecipient, leave_recipient
from procure.stages.evaluation.use_cases.confirm import SubmitEvaluation, submit_evaluation
from procure.stages.evaluation.use_cases.score import save_checks
from procure.stages.payments.use_cases.pay import PayShare, pay_share
from procure.stages.payments.use_cases.request import request_payment
from procure.stages.payments.use_cases.reverse import DecideReversal, decide_reversal
from procure.stages.payments.use_cases.settle import DecideSettlement, decide_settlement
from tests.factories.contracts import MEMBER, SIGNATORY, contract_of, signing
from tests.factories.delivery import service
from tests.factories.evaluation import EVALUATOR, FINAL, LEAD, checks_for, evaluation_of
from tests.factories.payments import TREASURER, asking, line_of, money_of, paying, request_of
from tests.racing import Act, Ended, Pair
from tests.world import World

from .acts import APPROVER, CLERK, act, one
from .upstream import ends_with


def _recalled(world: World) -> RecallContract:
    contract = contract_of(world)
    return RecallContract(contract.id, contract.version, "核对后需要更正。")


def _ended(world: World) -> DecideEarlyEnd:
    contract = contract_of(world)
    return DecideEarlyEnd(contract.id, contract.version, agreed=True, reason="")


ENDS = act(APPROVER, "ContractEndedEarly", decide_early_end, _ended)


def _last_milestone(world: World) -> ReportMilestone:
    found = world.session.scalars(select(Milestone).order_by(Milestone.due_on.desc())).first()
    assert found is not None
    return ReportMilestone(found.id, found.version, "已完成。")


def _leaves(world: World) -> LeaveRecipient:
    person = world.session.scalars(select(Recipient).order_by(Recipient.code)).first()
    assert person is not None
    return LeaveRecipient(person.id, person.version, local_date(world.now))


def _withdrawn(world: World) -> WithdrawService:
    record = one(world, ServiceRecord, ServiceRecord.state == ServiceRecordState.RECORDED)
    return WithdrawService(record.id, record.version, "录错了。")


def _served(minute: int) -> Act:
    def command(world: World) -> RecordService:
        worker = world.session.scalars(select(StaffMember).order_by(StaffMember.name)).first()
        assert worker is not None
        return service(
            world, worker, local_date(world.now), started=minute, ended=minute + 30, people=12
        )

    return act(MEMBER, "ServiceRecorded", record_service, command)


def _next_share(world: World) -> PayShare:
    return paying(world, next(iter(line_of(world, 1).owed)))


def _reversed(world: World) -> DecideReversal:
    request = request_of(world, 1)
    return DecideReversal(request.id, request.version, agreed=True, note="")


def _asks(number: str) -> Act:
    return act(MEMBER, "PaymentRequested", request_payment, lambda w: asking(w, 1, number))


# --- what must be so afterwards ---


def not_in_two_places(world: World, ended: Ended) -> None:
    """Nobody serves twice at the same hour."""
    records = world.session.scalars(
        select(ServiceRecord).order_by(ServiceRecord.staff_id, ServiceRecord.started_minute)
    ).all()
    for one_record, next_record in zip(records, records[1:], strict=False):
        if (one_record.staff_id, one_record.served_on) == (
            next_record.staff_id,
            next_record.served_on,
        ):
            assert one_record.ended_minute <= next_record.started_minute


def adds_up(world: World, ended: Ended) -> None:
    """What is paid and what is still the contract's is what it costs."""
    money = money_of(world)
    contract = contract_of(world)
    kinds = (AccountKind.COMMITTED, AccountKind.PAID)
    held = [standing_on(world.session, money.line.id, kind, contract.id) for kind in kinds]
    assert sum(sum(one.values()) for one in held) == contract.amount_fen


def _settled(world: World) -> DecideSettlement:
    contract = contract_of(world)
    return DecideSettlement(contract.id, contract.version, agreed=True)


def settled_or_asked(world: World, ended: Ended) -> None:
    """A contract that is settled holds no money and no request; one that is not holds all of it."""
    if contract_of(world).settled_at is None:
        adds_up(world, ended)
        return
    money = money_of(world)
    held = standing_on(world.session, money.line.id, AccountKind.COMMITTED, money.contract.id)
    assert not any(held.values())
    assert all(line.request is None for line in money.lines)


PAIRS = (
    Pair(
        "contract: settle it, ask for an instalment",
        "settling",
        act(APPROVER, "ContractSettled", decide_settlement, _settled),
        _asks("26440000000000000003"),
        right=settled_or_asked,
        prints=True,
    ),
    Pair(
        "contract: the supplier signs, the buyer takes it back",
        "issued",
        act(
            SIGNATORY,
            "ContractSignedBySupplier",
            sign_contract_supplier,
            lambda w: signing(w, SIGNATORY),
        ),
        act(CLERK, "ContractRecalled", recall_contract, _recalled),
    ),
    Pair(
        "contract: end it early, report a milestone due later",
        "ending",
        ENDS,
        act(MEMBER, "MilestoneReported", report_milestone, _last_milestone),
        wins=(1, 2),
        right=ends_with("ContractEndedEarly"),
    ),
    Pair(
        "contract: an instalment is asked for twice",
        "served",
        _asks("26440000000000000001"),
        _asks("26440000000000000002"),
    ),
    Pair(
        "recipient: two say that they have left",
        "served",
        act(MEMBER, "RecipientLeft", leave_recipient, _leaves),
        act(MEMBER, "RecipientLeft", leave_recipient, _leaves),
    ),
    Pair(
        "service record: taken back twice",
        "served",
        act(MEMBER, "ServiceWithdrawn", withdraw_service, _withdrawn),
        act(MEMBER, "ServiceWithdrawn", withdraw_service, _withdrawn),
    ),
    Pair(
        "worker: two services at the same hour",
        "served",
        _served(18 * 60 - 60),
        _served(18 * 60 - 45),
        right=not_in_two_places,
    ),
    Pair(
        "evaluation: send the report, correct what the sample showed",
        "scored",
        act(
            LEAD,
            "EvaluationSubmitted",
            submit_evaluation,
            lambda w: SubmitEvaluation(evaluation_of(w, FINAL).id, evaluation_of(w, FINAL).version),
        ),
        act(EVALUATOR, "RecordsChecked", save_checks, lambda w: checks_for(w, FINAL)),
    ),
    Pair(
        "payment request: pay a share, take another's back",
        "bounced",
        act(TREASURER, "TreasuryPaid", pay_share, _next_share),
        act(APPROVER, "TreasuryReversed", decide_reversal, _reversed),
        right=adds_up,
    ),
)
