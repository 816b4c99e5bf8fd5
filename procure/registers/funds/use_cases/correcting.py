"""Correcting a budget line: one budget officer asks, another decides; nothing is overwritten unseen."""

from dataclasses import fields, replace
from typing import Any

from sqlalchemy.orm import Session

from procure.kernel.commands import Command
from procure.kernel.errors import Invalid, NotFound
from procure.kernel.money import Money
from procure.kernel.records import read_as
from procure.registers.funds.events import (
    BudgetLineChanged,
    BudgetLineChangeProposed,
    BudgetLineChangeRefused,
    BudgetLineChangeWithdrawn,
)
from procure.registers.funds.models import BudgetLine, BudgetLineChange, EntryKind
from procure.registers.funds.policies import (
    may_decide_correction,
    may_propose_correction,
    may_withdraw_correction,
)
from procure.registers.funds.queries import LINE_WORDS, is_used, shares_of
from procure.registers.funds.use_cases import (
    BUDGET_RULE,
    Particulars,
    appropriate,
    check_particulars,
)
from procure.registers.projects.queries import oversees
from procure.store.holding import hold, take_up
from procure.store.proposals import decide, explain_proposal, propose, waiting_for, withdraw
from procure.store.unit_of_work import UnitOfWork

MISSING = "没有找到这项预算，或您无权查看。"

explain_proposal(BudgetLineChange, "", "这项预算已经有一项更正等待决定。", BUDGET_RULE)


class LineParticulars(Particulars):
    """What a line may be corrected to; buyer and levels of government stay as they were."""

    weights: tuple[int, ...]

    @property
    def told(self) -> dict[str, Any]:
        """The particulars as plain data, the amount in fen."""
        told = {item.name: getattr(self, item.name) for item in fields(self)}
        return {**told, "amount": self.amount.fen, "weights": list(self.weights)}

    @classmethod
    def read(cls, told: dict[str, Any]) -> "LineParticulars":
        """The particulars from the plain data that `told` gave."""
        return cls(**{**told, "amount": Money(told["amount"]), "weights": tuple(told["weights"])})


class ProposeCorrection(Command):
    """Ask that a line say something else, with the reason and the paper it rests on."""

    line_id: str
    version: int
    particulars: LineParticulars
    reason: str


class WithdrawCorrection(Command):
    """Take back what was asked for."""

    line_id: str
    version: int


class DecideCorrection(Command):
    """Agree to the correction, or refuse it with the reason."""

    line_id: str
    version: int
    agreed: bool
    reason: str = ""


def propose_correction(uow: UnitOfWork, command: ProposeCorrection) -> BudgetLineChange:
    """Ask for a correction; the line stays as it is until another budget officer agrees.

    Raises Invalid for what no line may say and where nothing is to be corrected.
    """
    line = _held(uow, command.line_id)
    waiting = waiting_for(uow.session, BudgetLineChange, line.id)
    take_up(line, command, may_propose_correction(uow.actor, is_waiting=waiting is not None))
    reason = _reason(command.reason, "更正")
    wanted = _tidy(command.particulars)
    changes = _checked(uow, line, wanted)
    change = BudgetLineChange(budget_line_id=line.id, content=wanted.told, reason=reason)
    propose(uow, change, line)
    uow.emit(
        BudgetLineChangeProposed(
            subject_id=line.id, change_id=change.id, reason=reason, changes=changes
        )
    )
    return change


def withdraw_correction(uow: UnitOfWork, command: WithdrawCorrection) -> None:
    """Take back a correction that nobody has decided."""
    line = _held(uow, command.line_id)
    change = waiting_for(uow.session, BudgetLineChange, line.id)
    take_up(line, command, may_withdraw_correction(uow.actor, change))
    assert change is not None
    withdraw(uow, change, line)
    uow.emit(BudgetLineChangeWithdrawn(subject_id=line.id, change_id=change.id))


def decide_correction(uow: UnitOfWork, command: DecideCorrection) -> None:
    """Carry out what another officer asked for, with its pair of entries, or refuse it.

    Raises Denied to who asked, Invalid when the line no longer allows it: more is used than the new
    amount gives, or it was begun to be used and its year or shares were to change.
    """
    line = _held(uow, command.line_id)
    change = waiting_for(uow.session, BudgetLineChange, line.id)
    verdict = may_decide_correction(uow.actor, proposed_by=change.proposed_by if change else None)
    take_up(line, command, verdict)
    assert change is not None
    if not command.agreed:
        change.refusal = _reason(command.reason, "不同意")
    decide(uow, change, line, agreed=command.agreed)
    if command.agreed:
        _correct(uow, line, change)
        return
    uow.emit(
        BudgetLineChangeRefused(subject_id=line.id, change_id=change.id, reason=change.refusal)
    )


def particulars_of(session: Session, line: BudgetLine) -> LineParticulars:
    """What the line says now."""
    weights = tuple(share.weight for share in shares_of(session, line.id))
    return read_as(LineParticulars, line, amount=Money(line.amount_fen), weights=weights)


def changes_asked(
    session: Session, line: BudgetLine, change: BudgetLineChange | None
) -> tuple[tuple[str, str, str], ...]:
    """What would be different if that were agreed to: which, before, after."""
    if change is None:
        return ()
    return _differences(particulars_of(session, line), LineParticulars.read(change.content))


def _differences(
    before: LineParticulars, wanted: LineParticulars
) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (words, _said(before, name), _said(wanted, name))
        for name, words in LINE_WORDS.items()
        if getattr(before, name) != getattr(wanted, name)
    )


def _correct(uow: UnitOfWork, line: BudgetLine, change: BudgetLineChange) -> None:
    wanted = LineParticulars.read(change.content)
    changes = _checked(uow, line, wanted)
    rows = shares_of(uow.session, line.id)
    before = {row.level: row.amount_fen for row in rows}
    for name in ("year", "code", "name", "function_code", "economic_code", "fund_source"):
        setattr(line, name, getattr(wanted, name))
    line.amount_fen = wanted.amount.fen
    parts = wanted.amount.split_by_ratio(list(wanted.weights))
    for row, weight, part in zip(rows, wanted.weights, parts, strict=True):
        row.weight, row.amount_fen = weight, part.fen
    uow.session.flush()
    more = {row.level: row.amount_fen - before[row.level] for row in rows}
    if any(more.values()):
        # The database refuses an overdraft.
        appropriate(uow, EntryKind.ADJUST, f"{line.year} 年预算更正", line, more)
    uow.emit(
        BudgetLineChanged(
            subject_id=line.id,
            change_id=change.id,
            proposed_by=change.proposed_by,
            reason=change.reason,
            changes=changes,
            code=line.code,
            year=line.year,
            line_name=line.name,
            amount_fen=line.amount_fen,
            shares=tuple((row.level.value, row.weight, row.amount_fen) for row in rows),
        )
    )


def _checked(
    uow: UnitOfWork, line: BudgetLine, wanted: LineParticulars
) -> tuple[tuple[str, str, str], ...]:
    """What would be different: which, before, after. Invalid when the line may not say that."""
    before = particulars_of(uow.session, line)
    check_particulars(wanted)
    if len(wanted.weights) != len(before.weights):
        raise Invalid("weights", "承担级次不能更正。", BUDGET_RULE, "级次登错的，请另行登记预算。")
    names = [name for name in LINE_WORDS if getattr(before, name) != getattr(wanted, name)]
    if not names:
        raise Invalid("", "没有改动任何一项。", remedy="请改好要更正的内容再提交。")
    fixed = [name for name in names if name in ("year", "weights")]
    if fixed and is_used(uow.session, line.id):
        raise Invalid(
            fixed[0],
            f"这项预算已经有计划或合同占用，{LINE_WORDS[fixed[0]]}不能再更正。",
            BUDGET_RULE,
            "请先取消占用它的采购计划，或者另行登记预算。",
        )
    return _differences(before, wanted)


def _said(told: LineParticulars, name: str) -> str:
    value = getattr(told, name)
    if isinstance(value, Money):
        return value.format()
    return ":".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _tidy(told: LineParticulars) -> LineParticulars:
    return replace(
        told,
        code=told.code.strip(),
        name=told.name.strip(),
        fund_source=told.fund_source.strip(),
    )


def _held(uow: UnitOfWork, line_id: str) -> BudgetLine:
    """The line, held; NotFound where its buyer is not looked after by the actor's bureau."""
    line = hold(uow.session, BudgetLine, line_id, MISSING)
    if not oversees(uow.session, uow.actor, line.buyer_id):
        raise NotFound(MISSING)
    return line


def _reason(text: str, act: str) -> str:
    if not text.strip():
        raise Invalid("reason", f"请写明{act}的理由和依据。", BUDGET_RULE)
    return text.strip()
