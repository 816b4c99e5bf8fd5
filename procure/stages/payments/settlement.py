"""When a contract may be settled (结算办结): closed with what is unpaid given back. Pure.

A contract that nobody was served under cannot be accepted, one that was refused and is not put right
is never paid, and a supplier that never asks leaves its money bound for ever. Two people of the buyer
close it; before the second decides, the supplier may agree or object in writing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from procure.kernel.day_words import date_word
from procure.kernel.errors import (
    ALLOWED,
    Conflict,
    IllegalTransition,
    TooEarly,
    Verdict,
    first_refusal,
    refused,
    refused_if,
)
from procure.kernel.laws import cite
from procure.kernel.lifecycle import AcceptanceState
from procure.kernel.vocabulary import SettlementGround
from procure.kernel.workdays import CHINA
from procure.stages.contracts.models import ContractSettlement

CLAIM_RULE, ANSWER_RULE = "C-CLAIM", "C-ANSWER"
CLAIM_DAYS: Final = 60
"""Within how many days the supplier asks for what the acceptance opened [design]: twice the payer's."""
ANSWER_WORKDAYS: Final = 5
"""How many working days the supplier has to answer a proposal [design], as for a deduction."""

RULE_SETTLEMENT = f"{cite('settled_after_end')}和合同的结算条款"

_G = SettlementGround
_UNDER_WAY = frozenset(
    {AcceptanceState.COLLECTING, AcceptanceState.PASSED, AcceptanceState.RECTIFIED}
)


@dataclass(frozen=True)
class SettlementFacts:
    """All that bears on whether a contract may be settled, as it is today."""

    today: date
    last_day: date | None
    ended_early: bool
    is_settled: bool
    acceptance: AcceptanceState | None
    rectify_by: date | None
    served: int
    """How many people have verified services: those an acceptance would ask."""
    unverified: int
    """How many records of services nobody has looked at yet."""
    reported: tuple[str, ...]
    """The milestones that the supplier has reported and nobody has confirmed."""
    submitted: tuple[str, ...]
    """The evaluations whose report nobody has confirmed."""
    under_way: tuple[int, ...]
    """The instalments whose request lies with the buyer or the treasury."""
    reversals: tuple[int, ...]
    """The instalments of which a payment is perhaps to be taken back."""
    claim_until: date | None
    """The last day of the supplier's days to ask; None while none run."""
    may_be_asked: tuple[int, ...]
    """The instalments that the supplier may ask for today and has not."""


def may_settle(facts: SettlementFacts) -> Verdict:
    """Whether nothing of the contract is under way, and it has ended."""
    return first_refusal(
        _not_settled(facts),
        _has_ended(facts),
        _nothing_waits(facts.under_way, "第 {} 期款项正在办理支付", "支付或者退回以后"),
        _nothing_waits(facts.reversals, "第 {} 期款项有冲正或者退票等待确认", "确认以后"),
        _nothing_waits(facts.reported, "履约节点“{}”已报送，还没有核实", "确认或者退回以后"),
        _nothing_waits(facts.submitted, "{}的报告还没有确认", "确认或者退回以后"),
        _no_acceptance_under_way(facts),
    )


def has_ground(ground: SettlementGround, facts: SettlementFacts) -> Verdict:
    """Whether this ground holds; the first thing that speaks against it. What was served is known
    only when somebody has looked at all that the supplier reported.
    """
    served = ALLOWED if ground is _G.NOT_ASKED else _all_verified(facts)
    return first_refusal(_GROUNDS[ground](facts), served)


def open_grounds(facts: SettlementFacts) -> tuple[SettlementGround, ...]:
    """The grounds on which the contract may be settled now."""
    if not may_settle(facts).ok:
        return ()
    return tuple(ground for ground in SettlementGround if has_ground(ground, facts).ok)


def answer_by(ground: SettlementGround, facts: SettlementFacts) -> date:
    """The last day on which the supplier answers a proposal made today: where it may still ask for
    money, as many days as it has to ask.
    """
    if facts.may_be_asked and ground is not _G.NOT_ASKED:
        return last_claim_day(facts.today)
    return CHINA.due(facts.today, ANSWER_WORKDAYS).on


def last_claim_day(today: date) -> date:
    """The last day of the supplier's days to ask that begin today."""
    return CHINA.next_workday(today + timedelta(days=CLAIM_DAYS))


def may_decide_now(pending: ContractSettlement, facts: SettlementFacts) -> Verdict:
    """Whether the supplier has answered or let its days go by, and has agreed where that is asked.

    While it may ask for money its objection does not shorten its days; its consent does.
    """
    today = facts.today
    asks = bool(facts.may_be_asked) and pending.ground is not _G.NOT_ASKED
    if today <= pending.answer_by and (pending.agreed is None or (asks and not pending.agreed)):
        now = "承接主体还没有答复" if pending.agreed is None else "承接主体不同意，还可以申请支付"
        return refused(
            f"{now}，期限到{date_word(pending.answer_by)}。",
            rule=RULE_SETTLEMENT,
            remedy="请等期限过后再决定；不同意结算的，可以现在退回。",
            error=TooEarly,
        )
    if pending.ground is _G.ENDED_EARLY and pending.agreed is not True:
        return refused(
            "以“双方已经结清”办结，要有承接主体的书面同意，现在没有。",
            rule=RULE_SETTLEMENT,
            remedy="请退回这一次；有服务的按末期评估和验收办理，没有服务的以没有提供服务办结。",
            error=IllegalTransition,
        )
    return ALLOWED


def _not_settled(facts: SettlementFacts) -> Verdict:
    return refused_if(
        facts.is_settled, "合同已经结算办结。", rule=RULE_SETTLEMENT, error=IllegalTransition
    )


def _has_ended(facts: SettlementFacts) -> Verdict:
    if facts.last_day is not None and facts.today > facts.last_day:
        return ALLOWED
    until = f"服务到{date_word(facts.last_day)}才结束，" if facts.last_day else ""
    return refused(
        f"{until}现在不能结算办结。",
        rule=RULE_SETTLEMENT,
        remedy="合同要提前终止的，请先申请提前终止。",
        error=TooEarly,
    )


def _nothing_waits(what: tuple[object, ...], words: str, when: str) -> Verdict:
    if not what:
        return ALLOWED
    named = "、".join(str(one) for one in what)
    return refused(
        f"{words.format(named)}，不能结算办结。",
        rule=RULE_SETTLEMENT,
        remedy=f"请{when}再申请。",
        error=Conflict,
    )


def _all_verified(facts: SettlementFacts) -> Verdict:
    return _nothing_waits(
        (facts.unverified,) if facts.unverified else (),
        "还有 {} 条服务记录没有核实",
        "逐条核实或者不予认可以后",
    )


def _no_acceptance_under_way(facts: SettlementFacts) -> Verdict:
    if facts.acceptance not in _UNDER_WAY:
        return ALLOWED
    assert facts.acceptance is not None
    return refused(
        f"验收现在是“{facts.acceptance.label}”，不能结算办结。",
        rule=RULE_SETTLEMENT,
        remedy="请先作出验收结论并公告；不合格又不整改的，整改期限过后再申请。",
        error=Conflict,
    )


def _not_served(facts: SettlementFacts) -> Verdict:
    if facts.acceptance is not None:
        return refused("合同已经启动验收。", rule=RULE_SETTLEMENT, remedy="请按验收结论办理。")
    return refused_if(
        facts.served,
        f"有 {facts.served} 名服务对象的服务已经核实，应当验收。",
        rule=RULE_SETTLEMENT,
        remedy="请完成末期评估，启动履约验收。",
    )


def _ended_early(facts: SettlementFacts) -> Verdict:
    if not facts.ended_early:
        return refused("合同没有提前终止。", rule=RULE_SETTLEMENT)
    if facts.acceptance is AcceptanceState.PUBLISHED:
        return refused(
            "验收已经通过并公告。", rule=RULE_SETTLEMENT, remedy="请等承接主体申请支付。"
        )
    return ALLOWED


def _not_made_good(facts: SettlementFacts) -> Verdict:
    if facts.acceptance is not AcceptanceState.NOT_PASSED:
        return refused("没有验收不合格的结论。", rule=RULE_SETTLEMENT)
    if facts.rectify_by is None or facts.today > facts.rectify_by:
        return ALLOWED
    return refused(
        f"整改期限到{date_word(facts.rectify_by)}，承接主体还可以整改。",
        rule=RULE_SETTLEMENT,
        remedy="整改期限过后没有报送整改情况的，可以申请。",
        error=TooEarly,
    )


def _not_asked(facts: SettlementFacts) -> Verdict:
    if facts.acceptance is not AcceptanceState.PUBLISHED:
        return refused("验收结果还没有公告。", rule=RULE_SETTLEMENT)
    if facts.claim_until is None:
        return refused("申请支付的期限还没有起算。", rule=RULE_SETTLEMENT, error=TooEarly)
    return refused_if(
        facts.today <= facts.claim_until,
        f"承接主体申请支付的期限到{date_word(facts.claim_until)}。",
        rule=RULE_SETTLEMENT,
        remedy="期限过后没有申请的，可以申请结算办结。",
        error=TooEarly,
    )


_GROUNDS: Mapping[SettlementGround, Callable[[SettlementFacts], Verdict]] = {
    _G.NOT_SERVED: _not_served,
    _G.ENDED_EARLY: _ended_early,
    _G.NOT_MADE_GOOD: _not_made_good,
    _G.NOT_ASKED: _not_asked,
}
