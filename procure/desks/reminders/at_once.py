"""What people are told the moment it happens: whose turn it has become, and what went against them.

One table, event → who hears of it under which title; the words come from the event, the next act and
its date from the thing's state (`turns`). An event that changes whose turn it is stands in `TOLD` or,
with the reason, in `NOT_TOLD`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from procure.desks.reminders.letters import put
from procure.desks.reminders.messages import WORDS, Message, event_facts, letter_to
from procure.desks.reminders.staff import Desk, Staff, staff
from procure.desks.reminders.turns import Standing, standing_of, subjects_of_terms
from procure.kernel.access import Permission
from procure.kernel.day_words import date_words
from procure.kernel.events import EVENT_TYPES, Event
from procure.kernel.lifecycle import TRANSITIONS, Aggregate
from procure.registers.deadlines.models import Deadline, TermKind
from procure.registers.deadlines.queries import running_for, term_line
from procure.render.wording import letter, phrases
from procure.store.unit_of_work import UnitOfWork

NEXT: Final = None
"""Whoever takes the next step from the state that the thing has come to."""

PANEL: Final = Permission.BID_SCORE
"""The members of the panel who have yet to do what the state of the review asks of them."""

_P = Permission


@dataclass(frozen=True)
class Telling:
    """Who hears of an event and under which title.

    `to` is an office of the case, PANEL or NEXT. `plain` leaves the event's own words out, where its
    reader may not know them or where one act makes many such events (then told once). `when` names a
    field of the event without which there is nothing to tell, `path` where to go if not to the
    thing's own page.
    """

    to: Permission | None
    title: str
    plain: bool = False
    when: str = ""
    path: str = ""


def _next(title: str) -> Telling:
    return Telling(NEXT, title)


def _panel(title: str) -> Telling:
    """Members of a panel read what waits for them, and nothing of what others did."""
    return Telling(PANEL, title, plain=True)


TOLD: Mapping[str, tuple[Telling, ...]] = {
    "PlanSubmitted": (_next("请审核采购计划"),),
    "PlanReturned": (_next("采购计划被退回，请修改"),),
    "PlanApproved": (_next("采购计划已批准，请公开采购意向"),),
    "PlanRecalled": (Telling(_P.PLAN_APPROVE, "采购计划已收回修改，不用审核"),),
    "PlanChangeProposed": (Telling(_P.PLAN_APPROVE, "请审核调整或者取消采购计划的申请"),),
    "PlanChangeWithdrawn": (Telling(_P.PLAN_APPROVE, "调整或者取消采购计划的申请已撤回"),),
    "PlanChangeRefused": (Telling(_P.PLAN_DRAFT, "调整或者取消采购计划的申请被退回"),),
    "PlanChanged": (Telling(_P.PLAN_DRAFT, "采购计划已调整"),),
    "IntentionOutdated": (_next("采购计划已调整，请重新公开采购意向"),),
    "PlanCancelled": (Telling(_P.PLAN_DRAFT, "采购计划已取消"),),
    "TenderFollowedPlan": (Telling(_P.TENDER_DRAFT, "采购计划已调整，请核对采购文件"),),
    "TenderDropped": (Telling(_P.TENDER_DRAFT, "采购计划已取消，采购文件不再使用"),),
    "TenderSubmitted": (_next("请审核采购文件"),),
    "TenderReturned": (_next("采购文件被退回，请修改"),),
    "TenderPublished": (Telling(_P.TENDER_DRAFT, "采购文件已批准，采购公告已发布"),),
    "TenderTerminated": (Telling(_P.TENDER_DRAFT, "采购活动已终止"),),
    "TenderFailed": (Telling(_P.TENDER_PUBLISH, "采购已结束，有效供应商不足"),),
    "DamageConfirmed": (Telling(_P.BIDS_OPEN, "密封件损坏或丢失已确认，请再次拆封"),),
    "PanelDrawn": (_panel("您被抽取为评审小组成员，请签署回避声明"),),
    "PanelMemberReplaced": (_panel("您被抽取为评审小组成员，请签署回避声明"),),
    "InterestDeclared": (Telling(_P.PANEL_DRAW, "评审成员应当回避，请更换", when="has_conflict"),),
    "AbsenceReported": (Telling(_P.ABSENCE_DECIDE, "评审成员缺席，请审核"),),
    "AbsenceDecided": (Telling(_P.PANEL_DRAW, "评审成员缺席的登记已审核"),),
    "SessionMoved": (_panel("评审时间已修改，请按新的时间参加"),),
    "BidsChecked": (_panel("审查已完成，请独立评分"),),
    "BidsRanked": (_panel("评分已全部锁定，请签署评审报告"),),
    "ScoringReopened": (_panel("评审成员已更换，请重新评分"),),
    "ReviewReportDelivered": (_next("评审报告已送达，请按名次确定供应商"),),
    "PriceQuestioned": (_panel("有报价被认为明显不合理，审查以后请重新签署"),),
    "CandidatePassedOver": (_next("候选人不能成交的情形已登记，请按名次确定"),),
    "WinnerDecided": (_next("供应商已确定，请公告结果"),),
    "ContractDrafted": (_next("请填写合同"),),
    "ContractIssued": (_next("请签署合同"),),
    "ContractRecalled": (Telling(_P.CONTRACT_SIGN_SUPPLIER, "采购人收回了合同，将重新填写"),),
    "ContractSignedBySupplier": (_next("乙方已签署，请签署合同"),),
    "ContractSigned": (
        _next("合同已签订，请公告合同"),
        Telling(_P.DELIVERY_RECORD, "合同已由甲方签署，开始生效"),
    ),
    "ContractPublished": (_next("合同已公告，请办理备案"),),
    "ContractFiled": (Telling(_P.DELIVERY_RECORD, "合同已备案，请按约定提供服务"),),
    "EarlyEndProposed": (Telling(_P.CONTRACT_SIGN_BUYER, "请审核提前终止合同的申请"),),
    "EarlyEndRefused": (Telling(_P.CONTRACT_DRAFT, "提前终止合同的申请被退回"),),
    "ContractEndedEarly": (
        Telling(_P.DELIVERY_RECORD, "合同提前终止"),
        Telling(_P.CONTRACT_DRAFT, "合同提前终止"),
        Telling(_P.ACCEPTANCE_DECIDE, "合同提前终止"),
    ),
    "SettlementProposed": (
        Telling(_P.PAYMENT_REQUEST, "采购人申请结算办结合同，请书面答复"),
        Telling(_P.CONTRACT_SIGN_BUYER, "结算办结申请正在等承接主体答复"),
    ),
    "SettlementAnswered": (
        Telling(_P.CONTRACT_SIGN_BUYER, "承接主体已答复，请审批结算办结"),
        Telling(_P.CONTRACT_DRAFT, "承接主体已答复结算办结申请"),
    ),
    "SettlementRefused": (
        Telling(_P.CONTRACT_DRAFT, "结算办结合同的申请被退回"),
        Telling(_P.PAYMENT_REQUEST, "采购人没有同意结算办结合同"),
    ),
    "ContractSettled": (
        Telling(_P.PAYMENT_REQUEST, "合同已结算办结"),
        Telling(_P.CONTRACT_DRAFT, "合同已结算办结"),
        Telling(_P.ACCEPTANCE_DECIDE, "合同已结算办结"),
    ),
    "ContractCompleted": (
        Telling(_P.DELIVERY_RECORD, "合同已办结，应付款项全部付清"),
        Telling(_P.CONTRACT_DRAFT, "合同已办结，应付款项全部付清"),
    ),
    "MilestoneReported": (_next("机构报送了履约节点，请核实"),),
    "MilestoneReturned": (_next("履约节点被退回，请补充后重新报送"),),
    "MilestoneExcused": (Telling(_P.DELIVERY_RECORD, "款项不再等待这个履约节点"),),
    "MilestoneCancelled": (Telling(_P.DELIVERY_RECORD, "履约节点已取消"),),
    "ServiceRejected": (Telling(_P.DELIVERY_RECORD, "有服务记录未予认可，请查看原因", True),),
    "EvaluationAssigned": (_next("请开展绩效评价"),),
    "EvaluationDeclined": (_next("评估机构退出了评估，请另行委派"),),
    "EvaluationRecalled": (Telling(_P.EVALUATION_SUBMIT, "评估委派已收回", path="/evaluations"),),
    "EvaluationSubmitted": (_next("评估报告已提交，请确认或者退回"),),
    "EvaluationReturned": (_next("评估报告被退回，请修改"),),
    "EvaluationConfirmed": (
        Telling(_P.DELIVERY_RECORD, "绩效评价结果已确认"),
        Telling(_P.EVALUATION_ASSIGN, "绩效评价结果已确认"),
        Telling(_P.EVALUATION_SUBMIT, "评估报告已确认"),
    ),
    "RectificationReported": (Telling(_P.EVALUATION_ASSIGN, "机构报送了整改情况，请核对"),),
    "RectificationRefused": (Telling(_P.DELIVERY_RECORD, "整改情况被退回，请继续整改"),),
    "RectificationWaived": (
        Telling(_P.EVALUATION_CONFIRM, "机构说明不再整改，请决定是否办结"),
        Telling(_P.EVALUATION_ASSIGN, "机构说明不再整改"),
    ),
    "EvaluationSettled": (Telling(_P.DELIVERY_RECORD, "不合格的评估已办结"),),
    "EvaluationCancelled": (Telling(_P.EVALUATION_SUBMIT, "绩效评价已取消"),),
    "EvaluationBroughtForward": (_next("绩效评价的日期提前了"),),
    "AcceptanceOpened": (Telling(_P.DELIVERY_RECORD, "采购人已启动履约验收"),),
    "AcceptancePassed": (
        _next("验收已有结论，请签署验收书"),
        Telling(_P.ACCEPTANCE_PUBLISH, "验收已有结论，全部签署以后公告"),
        Telling(_P.DELIVERY_RECORD, "验收已有结论"),
    ),
    "AcceptancePassedPartly": (
        _next("验收部分合格，请签署验收书"),
        Telling(_P.ACCEPTANCE_PUBLISH, "验收部分合格，全部签署以后公告"),
        Telling(_P.DELIVERY_RECORD, "验收部分合格，有扣减或者要求退回的款项"),
    ),
    "CertificateSigned": (
        Telling(_P.ACCEPTANCE_PUBLISH, "验收书已全部签署，请公告验收结果", when="is_last"),
    ),
    "SignedCopyFiled": (
        Telling(_P.ACCEPTANCE_PUBLISH, "验收书已全部签署，请公告验收结果", when="is_last"),
    ),
    "AcceptanceRefused": (
        Telling(_P.DELIVERY_RECORD, "验收不合格，请按要求整改"),
        Telling(_P.OPINION_ENTER, "验收不合格"),
    ),
    "AcceptanceApplied": (Telling(_P.ACCEPTANCE_DECIDE, "机构申请验收，请启动履约验收"),),
    "AmendsReported": (_next("机构报送了验收整改情况，请核实、复验或者退回"),),
    "AmendsReturned": (_next("验收整改情况被退回，请按新的期限整改"),),
    "AcceptanceReopened": (Telling(_P.DELIVERY_RECORD, "采购人重新启动了履约验收"),),
    "AcceptancePublished": (Telling(_P.DELIVERY_RECORD, "验收结果已公告"),),
    "PaymentRequested": (_next("收到支付申请，请核对"),),
    "PaymentResubmitted": (_next("支付申请已补正，请核对"),),
    "PaymentReturned": (
        _next("支付申请被退回，请补正"),
        Telling(_P.PAYMENT_REVIEW, "支付申请被退回"),
    ),
    "PaymentReviewed": (_next("支付申请已核对，请审批"),),
    "PaymentApproved": (
        _next("支付申请已批准，请办理国库支付"),
        Telling(_P.PAYMENT_REQUEST, "支付申请已批准"),
    ),
    "PaymentSentBack": (_next("国库退回了支付申请，请重新核对"),),
    "ReversalProposed": (
        Telling(_P.PAYMENT_APPROVE, "国库申请冲正或者退票，请审核"),
        Telling(_P.PAYMENT_PAY, "国库申请冲正或者退票，请审核"),
    ),
    "ReversalRefused": (Telling(_P.PAYMENT_PAY, "冲正或者退票的申请被退回"),),
    "TreasuryReversed": (
        _next("支付已冲正或者退票，请重新支付"),
        Telling(_P.PAYMENT_REQUEST, "支付已冲正或者退票，将重新支付"),
        Telling(_P.PAYMENT_REVIEW, "支付已冲正或者退票"),
    ),
    "RefundProposed": (
        Telling(_P.PAYMENT_APPROVE, "承接主体退回款项已登记，请核对"),
        Telling(_P.PAYMENT_PAY, "承接主体退回款项已登记，请核对"),
    ),
    "RefundRefused": (Telling(_P.PAYMENT_PAY, "退回款项的登记没有通过"),),
    "RefundReceived": (
        Telling(_P.PAYMENT_REQUEST, "退回的款项已确认收到"),
        Telling(_P.PAYMENT_REVIEW, "承接主体退回的款项已确认收到"),
    ),
    "PaymentSettled": (
        Telling(_P.PAYMENT_REQUEST, "款项已支付"),
        Telling(_P.PAYMENT_REVIEW, "款项已支付"),
    ),
}
"""Event → who is told, in the order in which they are served; nobody hears of one event twice."""

OTHER_SUBJECTS: Mapping[str, Aggregate] = {
    "AcceptanceApplied": Aggregate.CONTRACT,
    "MilestoneExcused": Aggregate.MILESTONE,
    **dict.fromkeys(("RefundProposed", "RefundRefused", "RefundReceived"), Aggregate.CONTRACT),
    "RectificationReported": Aggregate.EVALUATION,
    "RectificationRefused": Aggregate.EVALUATION,
    "RectificationWaived": Aggregate.EVALUATION,
    "EvaluationSettled": Aggregate.EVALUATION,
}
"""What events are about that no step of the table of transitions has."""

NOT_TOLD: Mapping[str, str] = {
    **dict.fromkeys(
        ("CatalogueItemDrafted", "CatalogueItemPublished", "CatalogueItemRetired"),
        "the catalogue is kept by one office; nothing follows for anybody else",
    ),
    **dict.fromkeys(
        ("PlanDrafted", "PlanDiscarded", "TenderDrafted", "IntentionPublished", "BidsOpened"),
        "who did it goes on with the next step",
    ),
    **dict.fromkeys(
        ("CatalogueItemEdited", "PlanEdited", "TenderEdited", "BidEdited", "ContractEdited"),
        "a draft was saved",
    ),
    **dict.fromkeys(
        ("BidCheckRecorded", "RelationJudged", "ScoresSaved", "LowPriceJudged", "EvaluationScored"),
        "work under way was saved",
    ),
    **dict.fromkeys(
        ("ScoresLocked", "ReviewReportSigned", "OpinionRecorded", "TreasuryPaid"),
        "one of several; the last of them brings an event of its own",
    ),
    **dict.fromkeys(
        ("BidDrafted", "BidSubmitted", "BidWithdrawn", "BidOpened"),
        "that somebody bids is told to nobody; who may submit sees it on the desk",
    ),
    "ResultAnnounced": "each bidder is written to (letters.on_result_announced)",
    "ReviewFailed": "TenderFailed goes with it",
    "ReviewEnded": "TenderTerminated goes with it; the desks of the panel become empty",
    "PaymentCancelled": "goes with the completion or the settlement of its contract",
    "MilestonePlanned": "stands in the contract that both sides signed",
    "MilestoneMet": "what was reported is found right; it is on the page",
    "ContractReopened": "TreasuryReversed goes with it",
    "ServiceWithdrawn": "taken back by who entered it",
    **dict.fromkeys(
        ("ServiceVoided", "ServiceRestored"),
        "findings of an evaluation under way; told with its confirmed result",
    ),
    **dict.fromkeys(
        ("ServiceRecorded", "ServiceAccepted"),
        "many a day: the desk counts those that wait; what counts is on the page",
    ),
    "EvaluationScheduled": "months ahead, by the contract; reminded of before its day",
}
"""Events that move a thing on without a message, and why."""

ABOUT: Mapping[str, Aggregate] = {
    **{row.event: row.aggregate for row in TRANSITIONS},
    **OTHER_SUBJECTS,
}


def told_events() -> tuple[type[Event], ...]:
    """The kinds of events to be subscribed to."""
    return tuple(EVENT_TYPES[name] for name in TOLD)


def tell(uow: UnitOfWork, happened: Event) -> None:
    """Put what happened into the inboxes of those whom it concerns, except who did it."""
    standing = standing_of(uow.session, ABOUT[happened.name], happened.subject_id)
    if standing is None:
        return
    if standing.assessor_id is None:
        # Whose charge has ended is told as well.
        standing = replace(standing, assessor_id=getattr(happened, "assessor_id", None))
    people = staff(uow.session)
    terms = [
        term
        for term in running_for(uow.session, subjects_of_terms(uow.session, standing))
        if term.kind is not TermKind.AT_LEAST
    ]
    told = {uow.actor.user_id}
    messages: list[Message] = []
    for telling in TOLD[happened.name]:
        if telling.when and not getattr(happened, telling.when):
            continue
        whose = people.at_any(_desks(telling, standing)) - told
        told |= whose
        for user_id in sorted(whose):
            facts = _facts(happened, telling, standing)
            dates = _dates(uow, terms, standing, people, user_id)
            messages += letter_to(
                [user_id],
                letter("turn@1", {**facts, "terms": list(dates)}),
                kind=happened.name,
                # What may come in numbers with one act is told once for its case.
                subject_id=standing.project_id if telling.plain else happened.subject_id,
                occurrence=uow.now.isoformat(timespec="microseconds"),
                path=telling.path or standing.path,
                project_id=standing.project_id,
            )
    put(uow, messages)


def _desks(telling: Telling, standing: Standing) -> tuple[Desk, ...]:
    if telling.to is NEXT:
        return standing.desks()
    return standing.seats if telling.to is PANEL else (standing.desk(telling.to),)


def _facts(happened: Event, telling: Telling, standing: Standing) -> dict[str, Any]:
    step = standing.step if telling.to is NEXT else None
    said = {"label": happened.label, "said": ""} if telling.plain else event_facts(happened)
    return {
        **said,
        "title": telling.title,
        "project_name": standing.title,
        "project_no": standing.number,
        "step": step.label if step is not None else "",
    }


def _dates(
    uow: UnitOfWork, terms: list[Deadline], standing: Standing, people: Staff, user_id: str
) -> Iterator[str]:
    """The terms that have become this person's, each with its law and how it was counted."""
    for term in terms:
        if user_id in people.at_any(standing.desks(term.rule)):
            line = term_line(term, uow.now)
            yield from phrases(
                WORDS,
                "term",
                label=term.label,
                due_on=date_words(line.on),
                rule=line.rule,
                basis=line.basis_words,
            )
