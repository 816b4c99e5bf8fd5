"""The workflow: every state and every transition of the procedure, in one table.

Stage bar, to-do list, allowed buttons, its page (lifecycle.md) and the tests are generated from here.
Few states are stored; "open for bids", "overdue" and the like are computed from states and dates.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from procure.kernel.access import Actor, Permission, carries
from procure.kernel.errors import REOPEN, IllegalTransition, Verdict, first_refusal, refused
from procure.kernel.labelled import LabelledEnum


class Stage(LabelledEnum):
    """The steps a project walks through, upstream to downstream."""

    PLAN = "plan", "计划"
    TENDER = "tender", "招标（磋商）"
    BID = "bid", "投标（响应）"
    AWARD = "award", "评审"
    CONTRACT = "contract", "合同"
    DELIVERY = "delivery", "履约"
    EVALUATION = "evaluation", "评估"
    ACCEPTANCE = "acceptance", "验收"
    PAYMENT = "payment", "支付"
    CLOSED = "closed", "办结"

    def is_before(self, other: "Stage") -> bool:
        """Whether a project comes to the other later."""
        order = list(Stage)
        return order.index(self) < order.index(other)


class Aggregate(LabelledEnum):
    """A thing that has states of its own."""

    CATALOGUE_ITEM = "catalogue_item", "目录条目"
    PLAN = "plan", "采购计划"
    TENDER = "tender", "采购项目"
    BID = "bid", "投标（响应）"
    REVIEW = "review", "评审"
    CONTRACT = "contract", "合同"
    MILESTONE = "milestone", "履约节点"
    SERVICE_RECORD = "service_record", "服务记录"
    EVALUATION = "evaluation", "绩效评价"
    ACCEPTANCE = "acceptance", "验收"
    PAYMENT_REQUEST = "payment_request", "支付申请"


class Tone(StrEnum):
    """How a state feels to the reader; the page maps it to a colour and a sign."""

    QUIET = "quiet"
    WAITING = "waiting"
    ACTIVE = "active"
    DONE = "done"
    STOPPED = "stopped"


class Audience(StrEnum):
    """For whom a state is worded."""

    BUYER = "buyer"
    SUPPLIER = "supplier"
    PUBLIC = "public"


class State(LabelledEnum):
    """A state in words, with its tone; where a reader on another side would misread it, in theirs.

    States of two aggregates may share a value.
    """

    def __init__(
        self,
        value: str,
        label: str = "",
        tone: Tone = Tone.QUIET,
        supplier: str = "",
        public: str = "",
    ) -> None:
        self.tone = tone
        self.supplier = supplier or label
        self.public = public or label

    def for_audience(self, audience: Audience) -> str:
        """The words this audience reads."""
        said = {Audience.SUPPLIER: self.supplier, Audience.PUBLIC: self.public}
        return said.get(audience, self.label)


class CatalogueItemState(State):
    """An item of the guidance catalogue (指导性目录)."""

    DRAFT = "draft", "编制中", Tone.QUIET
    PUBLISHED = "published", "已发布", Tone.DONE
    RETIRED = "retired", "已停用", Tone.STOPPED


class PlanState(State):
    """A procurement plan with its demand (采购实施计划)."""

    DRAFT = "draft", "编制中", Tone.QUIET
    SUBMITTED = "submitted", "待审核", Tone.WAITING
    APPROVED = "approved", "已批准，待公开意向", Tone.ACTIVE
    INTENTION_PUBLISHED = "intention_published", "意向已公开", Tone.DONE
    DISCARDED = "discarded", "草稿已删除", Tone.STOPPED
    CANCELLED = "cancelled", "已取消", Tone.STOPPED


class TenderState(State):
    """A tender from draft to opening, with its ways to fall: the last before anybody saw it."""

    DRAFT = "draft", "采购文件编制中", Tone.QUIET
    SUBMITTED = "submitted", "采购文件待审核", Tone.WAITING
    PUBLISHED = (
        "published",
        "已公告，截止前收到的文件不拆封",
        Tone.ACTIVE,
        "正在采购，可以参加",
        "正在采购",
    )
    OPENED = "opened", "已开标（开启）", Tone.DONE
    FAILED = "failed", "有效供应商不足，采购已结束", Tone.STOPPED
    TERMINATED = "terminated", "已终止", Tone.STOPPED
    DROPPED = "dropped", "采购计划已取消，没有发布", Tone.STOPPED


class BidState(State):
    """A bid; its versions before the deadline are rows of their own."""

    DRAFT = "draft", "未提交", Tone.STOPPED, "尚未提交，对方收不到"
    SUBMITTED = "submitted", "已封存", Tone.ACTIVE, "已提交，等待开标"
    WITHDRAWN = "withdrawn", "已撤回", Tone.STOPPED
    OPENED = "opened", "已拆封", Tone.DONE


class ReviewState(State):
    """The review of a tender's bids by the panel, to the announced result."""

    PANEL_DRAWN = "panel_drawn", "评审小组已抽取，待审查", Tone.ACTIVE, "正在评审", "正在评审"
    CHECKED = "checked", "审查已完成，正在评分", Tone.ACTIVE, "正在评审", "正在评审"
    SCORED = "scored", "评分已全部锁定，待签署报告", Tone.ACTIVE, "正在评审", "正在评审"
    REPORTED = "reported", "评审报告已送达，待确定成交人", Tone.WAITING, "正在评审", "正在评审"
    DECIDED = "decided", "已确定成交人，待公告结果", Tone.WAITING, "正在评审", "正在评审"
    ANNOUNCED = "announced", "结果已公告", Tone.DONE
    FAILED = "failed", "有效供应商不足，评审已结束", Tone.STOPPED
    ENDED = "ended", "已随采购活动终止", Tone.STOPPED


class ContractState(State):
    """A contract from draft to settlement."""

    DRAFT = "draft", "合同起草中", Tone.QUIET
    ISSUED = "issued", "待乙方签署", Tone.WAITING, "待我方签署"
    SUPPLIER_SIGNED = "supplier_signed", "待甲方签署", Tone.WAITING
    SIGNED = "signed", "已签订，待公告", Tone.ACTIVE, "已签订"
    PUBLISHED = "published", "已公告，待备案", Tone.ACTIVE, "已签订并公告"
    FILED = "filed", "已备案，履行中", Tone.DONE, "履行中"
    COMPLETED = "completed", "已办结", Tone.DONE


class MilestoneState(State):
    """A delivery milestone; "overdue" is computed from its due date."""

    PLANNED = "planned", "未完成", Tone.QUIET
    REPORTED = "reported", "机构已报送，待核实", Tone.WAITING, "已报送，待核实"
    MET = "met", "已完成", Tone.DONE
    CANCELLED = "cancelled", "合同提前终止或者办结，已取消", Tone.STOPPED


class ServiceRecordState(State):
    """One record of service given; only accepted ones count."""

    RECORDED = "recorded", "待核实", Tone.WAITING
    ACCEPTED = "accepted", "已核实", Tone.DONE
    REJECTED = "rejected", "不予认可", Tone.STOPPED
    WITHDRAWN = "withdrawn", "已撤回", Tone.QUIET
    VOIDED = "voided", "核查不属实", Tone.STOPPED


class EvaluationState(State):
    """A performance evaluation (绩效评价), mid-term or final."""

    SCHEDULED = "scheduled", "待委派评估机构", Tone.WAITING
    ASSIGNED = "assigned", "评估进行中", Tone.ACTIVE
    SUBMITTED = "submitted", "评估报告待确认", Tone.WAITING, "评估进行中"
    CONFIRMED = "confirmed", "评估结果已确认", Tone.DONE
    CANCELLED = "cancelled", "合同提前终止或者办结，已取消", Tone.STOPPED


class AcceptanceState(State):
    """Acceptance (履约验收) with the recipients' opinion (GPL-R art 45)."""

    COLLECTING = "collecting", "正在收集服务对象意见", Tone.ACTIVE
    PASSED = "passed", "验收已通过，待公告", Tone.WAITING, "验收已通过"
    NOT_PASSED = "not_passed", "验收不合格，待整改", Tone.STOPPED
    RECTIFIED = "rectified", "整改已报送，待复验", Tone.WAITING, "整改已报送，待采购人核实"
    PUBLISHED = "published", "验收已通过，已公告", Tone.DONE


class PaymentRequestState(State):
    """A request for one instalment, to the treasury's last payment."""

    SUBMITTED = "submitted", "待经办人核对", Tone.WAITING
    RETURNED = "returned", "已退回补正", Tone.STOPPED
    REVIEWED = "reviewed", "待负责人批准", Tone.WAITING
    APPROVED = "approved", "待国库支付", Tone.WAITING
    PAID = "paid", "已支付", Tone.DONE
    CANCELLED = "cancelled", "合同办结，已取消", Tone.STOPPED


STATES: dict[Aggregate, type[State]] = {
    Aggregate.CATALOGUE_ITEM: CatalogueItemState,
    Aggregate.PLAN: PlanState,
    Aggregate.TENDER: TenderState,
    Aggregate.BID: BidState,
    Aggregate.REVIEW: ReviewState,
    Aggregate.CONTRACT: ContractState,
    Aggregate.MILESTONE: MilestoneState,
    Aggregate.SERVICE_RECORD: ServiceRecordState,
    Aggregate.EVALUATION: EvaluationState,
    Aggregate.ACCEPTANCE: AcceptanceState,
    Aggregate.PAYMENT_REQUEST: PaymentRequestState,
}


@dataclass(frozen=True)
class Transition:
    """One step: which verb moves which thing from where to where, who may, and what it emits.

    `target` None leaves the state as it is. An empty `sources` creates the thing.
    """

    aggregate: Aggregate
    action: str
    sources: tuple[State, ...]
    target: State | None
    permission: Permission
    label: str
    event: str
    is_correction: bool = False
    """Whether it takes back what was done: nobody's next step, and a final state may have one."""
    is_awaited: bool = True
    """Whether the thing waits for it: not for what leads back or out, nor for what follows by itself."""

    @property
    def leads_back(self) -> bool:
        """Whether it takes back, ends or leaves what is under way."""
        return self.is_correction or not self.is_awaited


_t, _A, _P = Transition, Aggregate, Permission
_C, _PL, _T, _B, _R = CatalogueItemState, PlanState, TenderState, BidState, ReviewState
_K, _M, _S, _E = ContractState, MilestoneState, ServiceRecordState, EvaluationState
_AC, _PR = AcceptanceState, PaymentRequestState

# fmt: off
TRANSITIONS: tuple[Transition, ...] = (
    _t(_A.CATALOGUE_ITEM, "draft_item", (), _C.DRAFT, _P.CATALOGUE_KEEP, "新增目录条目", "CatalogueItemDrafted"),
    _t(_A.CATALOGUE_ITEM, "edit_item", (_C.DRAFT,), None, _P.CATALOGUE_KEEP, "修改目录条目", "CatalogueItemEdited"),
    _t(_A.CATALOGUE_ITEM, "publish_item", (_C.DRAFT,), _C.PUBLISHED, _P.CATALOGUE_KEEP, "发布目录条目", "CatalogueItemPublished"),
    _t(_A.CATALOGUE_ITEM, "retire_item", (_C.PUBLISHED,), _C.RETIRED, _P.CATALOGUE_KEEP, "停用目录条目", "CatalogueItemRetired"),

    _t(_A.PLAN, "draft_plan", (), _PL.DRAFT, _P.PLAN_DRAFT, "编制采购计划", "PlanDrafted"),
    _t(_A.PLAN, "edit_plan", (_PL.DRAFT,), None, _P.PLAN_DRAFT, "修改采购计划", "PlanEdited"),
    _t(_A.PLAN, "submit_plan", (_PL.DRAFT,), _PL.SUBMITTED, _P.PLAN_DRAFT, "送审采购计划", "PlanSubmitted"),
    _t(_A.PLAN, "return_plan", (_PL.SUBMITTED,), _PL.DRAFT, _P.PLAN_APPROVE, "退回采购计划", "PlanReturned", is_awaited=False),
    _t(_A.PLAN, "approve_plan", (_PL.SUBMITTED,), _PL.APPROVED, _P.PLAN_APPROVE, "批准采购计划", "PlanApproved"),
    _t(_A.PLAN, "publish_intention", (_PL.APPROVED,), _PL.INTENTION_PUBLISHED, _P.INTENTION_PUBLISH, "公开采购意向", "IntentionPublished"),
    _t(_A.PLAN, "recall_plan", (_PL.SUBMITTED,), _PL.DRAFT, _P.PLAN_DRAFT, "收回采购计划", "PlanRecalled", is_awaited=False),
    _t(_A.PLAN, "discard_plan", (_PL.DRAFT,), _PL.DISCARDED, _P.PLAN_DRAFT, "删除采购计划草稿", "PlanDiscarded", is_awaited=False),
    _t(_A.PLAN, "propose_plan_change", (_PL.DRAFT, _PL.APPROVED, _PL.INTENTION_PUBLISHED), None, _P.PLAN_DRAFT, "申请调整或者取消采购计划", "PlanChangeProposed"),
    _t(_A.PLAN, "withdraw_plan_change", (_PL.DRAFT, _PL.APPROVED, _PL.INTENTION_PUBLISHED), None, _P.PLAN_DRAFT, "撤回调整或者取消的申请", "PlanChangeWithdrawn"),
    _t(_A.PLAN, "refuse_plan_change", (_PL.DRAFT, _PL.APPROVED, _PL.INTENTION_PUBLISHED), None, _P.PLAN_APPROVE, "退回调整或者取消的申请", "PlanChangeRefused"),
    _t(_A.PLAN, "change_plan", (_PL.APPROVED, _PL.INTENTION_PUBLISHED), None, _P.PLAN_APPROVE, "批准调整采购计划", "PlanChanged"),
    _t(_A.PLAN, "outdate_intention", (_PL.INTENTION_PUBLISHED,), _PL.APPROVED, _P.PLAN_APPROVE, "重新公开采购意向", "IntentionOutdated", is_correction=True),
    _t(_A.PLAN, "cancel_plan", (_PL.DRAFT, _PL.APPROVED, _PL.INTENTION_PUBLISHED), _PL.CANCELLED, _P.PLAN_APPROVE, "批准取消采购计划", "PlanCancelled", is_correction=True),

    _t(_A.TENDER, "draft_tender", (), _T.DRAFT, _P.TENDER_DRAFT, "编制采购文件", "TenderDrafted"),
    _t(_A.TENDER, "edit_tender", (_T.DRAFT,), None, _P.TENDER_DRAFT, "修改采购文件", "TenderEdited"),
    _t(_A.TENDER, "submit_tender", (_T.DRAFT,), _T.SUBMITTED, _P.TENDER_DRAFT, "送审采购文件", "TenderSubmitted"),
    _t(_A.TENDER, "return_tender", (_T.SUBMITTED,), _T.DRAFT, _P.TENDER_PUBLISH, "退回采购文件", "TenderReturned", is_awaited=False),
    _t(_A.TENDER, "publish_tender", (_T.SUBMITTED,), _T.PUBLISHED, _P.TENDER_PUBLISH, "发布采购公告", "TenderPublished"),
    _t(_A.TENDER, "follow_plan", (_T.DRAFT, _T.SUBMITTED), _T.DRAFT, _P.PLAN_APPROVE, "修改采购文件以符合采购计划", "TenderFollowedPlan", is_awaited=False),
    _t(_A.TENDER, "drop_tender", (_T.DRAFT, _T.SUBMITTED), _T.DROPPED, _P.PLAN_APPROVE, "取消采购文件", "TenderDropped", is_awaited=False),
    _t(_A.TENDER, "terminate_tender", (_T.PUBLISHED, _T.OPENED), _T.TERMINATED, _P.TENDER_TERMINATE, "终止采购活动", "TenderTerminated", is_awaited=False),
    _t(_A.TENDER, "confirm_damage", (_T.PUBLISHED,), None, _P.DAMAGE_CONFIRM, "确认密封件损坏或丢失", "DamageConfirmed"),
    _t(_A.TENDER, "open_bids", (_T.PUBLISHED,), _T.OPENED, _P.BIDS_OPEN, "开标", "BidsOpened"),
    _t(_A.TENDER, "fail_tender", (_T.PUBLISHED, _T.OPENED), _T.FAILED, _P.BIDS_OPEN, "宣布有效供应商不足", "TenderFailed", is_awaited=False),

    _t(_A.BID, "save_bid", (), _B.DRAFT, _P.BID_DRAFT, "起草投标文件", "BidDrafted"),
    _t(_A.BID, "edit_bid", (_B.DRAFT, _B.SUBMITTED, _B.WITHDRAWN), None, _P.BID_DRAFT, "修改投标文件", "BidEdited"),
    _t(_A.BID, "submit_bid", (_B.DRAFT, _B.SUBMITTED, _B.WITHDRAWN), _B.SUBMITTED, _P.BID_SUBMIT, "提交标书", "BidSubmitted"),
    _t(_A.BID, "withdraw_bid", (_B.SUBMITTED,), _B.WITHDRAWN, _P.BID_SUBMIT, "撤回标书", "BidWithdrawn", is_awaited=False),
    _t(_A.BID, "open_bid", (_B.SUBMITTED,), _B.OPENED, _P.BIDS_OPEN, "拆封标书", "BidOpened"),

    _t(_A.REVIEW, "draw_panel", (), _R.PANEL_DRAWN, _P.PANEL_DRAW, "抽取评审小组", "PanelDrawn"),
    _t(_A.REVIEW, "move_session", (_R.PANEL_DRAWN, _R.CHECKED), None, _P.PANEL_DRAW, "修改评审时间", "SessionMoved"),
    _t(_A.REVIEW, "declare_interest", (_R.PANEL_DRAWN, _R.CHECKED, _R.SCORED), None, _P.BID_SCORE, "签署回避声明", "InterestDeclared"),
    _t(_A.REVIEW, "report_absence", (_R.PANEL_DRAWN, _R.CHECKED, _R.SCORED), None, _P.PANEL_DRAW, "登记评审成员缺席", "AbsenceReported"),
    _t(_A.REVIEW, "decide_absence", (_R.PANEL_DRAWN, _R.CHECKED, _R.SCORED), None, _P.ABSENCE_DECIDE, "审核评审成员缺席", "AbsenceDecided"),
    _t(_A.REVIEW, "replace_member", (_R.PANEL_DRAWN, _R.CHECKED, _R.SCORED), None, _P.PANEL_DRAW, "更换评审专家", "PanelMemberReplaced"),
    _t(_A.REVIEW, "check_bid", (_R.PANEL_DRAWN,), None, _P.BID_CHECK, "登记投标文件审查意见", "BidCheckRecorded"),
    _t(_A.REVIEW, "judge_relation", (_R.PANEL_DRAWN,), None, _P.BID_CHECK, "核实两家供应商的关系", "RelationJudged"),
    _t(_A.REVIEW, "check_bids", (_R.PANEL_DRAWN,), _R.CHECKED, _P.BID_CHECK, "完成资格与符合性审查", "BidsChecked"),
    _t(_A.REVIEW, "save_scores", (_R.CHECKED,), None, _P.BID_SCORE, "保存评分", "ScoresSaved"),
    _t(_A.REVIEW, "lock_scores", (_R.CHECKED,), None, _P.BID_SCORE, "锁定评分", "ScoresLocked"),
    _t(_A.REVIEW, "rank_bids", (_R.CHECKED,), _R.SCORED, _P.BID_SCORE, "汇总得分并排序", "BidsRanked"),
    _t(_A.REVIEW, "question_price", (_R.SCORED,), None, _P.BID_SCORE, "登记明显不合理的报价", "PriceQuestioned"),
    _t(_A.REVIEW, "judge_low_price", (_R.SCORED,), None, _P.BID_SCORE, "登记异常低价审查", "LowPriceJudged"),
    _t(_A.REVIEW, "sign_report", (_R.SCORED,), None, _P.BID_SCORE, "签署评审报告", "ReviewReportSigned"),
    _t(_A.REVIEW, "deliver_report", (_R.SCORED,), _R.REPORTED, _P.BID_SCORE, "送达评审报告", "ReviewReportDelivered"),
    _t(_A.REVIEW, "reopen_scoring", (_R.SCORED,), _R.CHECKED, _P.PANEL_DRAW, "更换成员以后重新评分", "ScoringReopened"),
    _t(_A.REVIEW, "pass_candidate", (_R.REPORTED,), None, _P.RESULT_ANNOUNCE, "登记候选人不能成交的情形", "CandidatePassedOver"),
    _t(_A.REVIEW, "decide_winner", (_R.REPORTED,), _R.DECIDED, _P.WINNER_DECIDE, "确定成交人", "WinnerDecided"),
    _t(_A.REVIEW, "announce_result", (_R.DECIDED,), _R.ANNOUNCED, _P.RESULT_ANNOUNCE, "公告成交结果", "ResultAnnounced"),
    _t(_A.REVIEW, "fail_review", (_R.PANEL_DRAWN, _R.CHECKED, _R.SCORED), _R.FAILED, _P.BID_CHECK, "宣布有效供应商不足", "ReviewFailed", is_awaited=False),
    _t(_A.REVIEW, "end_review", (_R.PANEL_DRAWN, _R.CHECKED, _R.SCORED, _R.REPORTED, _R.DECIDED), _R.ENDED, _P.TENDER_TERMINATE, "终止评审", "ReviewEnded", is_awaited=False),

    _t(_A.CONTRACT, "draft_contract", (), _K.DRAFT, _P.CONTRACT_DRAFT, "起草合同", "ContractDrafted"),
    _t(_A.CONTRACT, "edit_contract", (_K.DRAFT,), None, _P.CONTRACT_DRAFT, "填写合同", "ContractEdited"),
    _t(_A.CONTRACT, "issue_contract", (_K.DRAFT,), _K.ISSUED, _P.CONTRACT_DRAFT, "生成合同文本并送签", "ContractIssued"),
    _t(_A.CONTRACT, "recall_contract", (_K.ISSUED,), _K.DRAFT, _P.CONTRACT_DRAFT, "收回合同重新填写", "ContractRecalled", is_awaited=False),
    _t(_A.CONTRACT, "sign_contract_supplier", (_K.ISSUED,), _K.SUPPLIER_SIGNED, _P.CONTRACT_SIGN_SUPPLIER, "乙方签署合同", "ContractSignedBySupplier"),
    _t(_A.CONTRACT, "sign_contract_buyer", (_K.SUPPLIER_SIGNED,), _K.SIGNED, _P.CONTRACT_SIGN_BUYER, "甲方签署合同", "ContractSigned"),
    _t(_A.CONTRACT, "publish_contract", (_K.SIGNED,), _K.PUBLISHED, _P.CONTRACT_PUBLISH, "公告合同", "ContractPublished"),
    _t(_A.CONTRACT, "file_contract", (_K.PUBLISHED,), _K.FILED, _P.CONTRACT_PUBLISH, "登记合同备案", "ContractFiled"),
    _t(_A.CONTRACT, "propose_early_end", (_K.SIGNED, _K.PUBLISHED, _K.FILED), None, _P.CONTRACT_DRAFT, "申请提前终止合同", "EarlyEndProposed", is_awaited=False),
    _t(_A.CONTRACT, "refuse_early_end", (_K.SIGNED, _K.PUBLISHED, _K.FILED), None, _P.CONTRACT_SIGN_BUYER, "退回提前终止申请", "EarlyEndRefused"),
    _t(_A.CONTRACT, "end_early", (_K.SIGNED, _K.PUBLISHED, _K.FILED), None, _P.CONTRACT_SIGN_BUYER, "确认提前终止合同", "ContractEndedEarly"),
    _t(_A.CONTRACT, "propose_settlement", (_K.FILED,), None, _P.CONTRACT_DRAFT, "申请结算办结合同", "SettlementProposed"),
    _t(_A.CONTRACT, "answer_settlement", (_K.FILED,), None, _P.PAYMENT_REQUEST, "答复结算办结申请", "SettlementAnswered"),
    _t(_A.CONTRACT, "refuse_settlement", (_K.FILED,), None, _P.CONTRACT_SIGN_BUYER, "退回结算办结申请", "SettlementRefused"),
    _t(_A.CONTRACT, "settle_contract", (_K.FILED,), _K.COMPLETED, _P.CONTRACT_SIGN_BUYER, "确认结算办结合同", "ContractSettled", is_awaited=False),
    _t(_A.CONTRACT, "complete_contract", (_K.FILED,), _K.COMPLETED, _P.PAYMENT_PAY, "办结合同", "ContractCompleted", is_awaited=False),
    _t(_A.CONTRACT, "reopen_contract", (_K.COMPLETED,), _K.FILED, _P.PAYMENT_PAY, "恢复合同履行", "ContractReopened", is_correction=True),

    _t(_A.MILESTONE, "plan_milestone", (), _M.PLANNED, _P.CONTRACT_DRAFT, "排定履约节点", "MilestonePlanned"),
    _t(_A.MILESTONE, "report_milestone", (_M.PLANNED,), _M.REPORTED, _P.DELIVERY_RECORD, "报送履约节点", "MilestoneReported"),
    _t(_A.MILESTONE, "return_milestone", (_M.REPORTED,), _M.PLANNED, _P.DELIVERY_REVIEW, "退回履约节点", "MilestoneReturned", is_awaited=False),
    _t(_A.MILESTONE, "confirm_milestone", (_M.REPORTED,), _M.MET, _P.DELIVERY_REVIEW, "确认履约节点", "MilestoneMet"),
    _t(_A.MILESTONE, "cancel_milestone", (_M.PLANNED,), _M.CANCELLED, _P.CONTRACT_SIGN_BUYER, "取消履约节点", "MilestoneCancelled", is_awaited=False),
    _t(_A.SERVICE_RECORD, "record_service", (), _S.RECORDED, _P.DELIVERY_RECORD, "登记服务记录", "ServiceRecorded"),
    _t(_A.SERVICE_RECORD, "accept_service", (_S.RECORDED,), _S.ACCEPTED, _P.DELIVERY_REVIEW, "核实服务记录", "ServiceAccepted"),
    _t(_A.SERVICE_RECORD, "reject_service", (_S.RECORDED,), _S.REJECTED, _P.DELIVERY_REVIEW, "不认可服务记录", "ServiceRejected"),
    _t(_A.SERVICE_RECORD, "withdraw_service", (_S.RECORDED,), _S.WITHDRAWN, _P.DELIVERY_RECORD, "撤回服务记录", "ServiceWithdrawn", is_awaited=False),
    _t(_A.SERVICE_RECORD, "void_service", (_S.ACCEPTED,), _S.VOIDED, _P.EVALUATION_SCORE, "取消不属实的服务记录", "ServiceVoided"),
    _t(_A.SERVICE_RECORD, "restore_service", (_S.VOIDED,), _S.ACCEPTED, _P.EVALUATION_SCORE, "恢复服务记录", "ServiceRestored"),

    _t(_A.EVALUATION, "schedule_evaluation", (), _E.SCHEDULED, _P.EVALUATION_ASSIGN, "排定绩效评价", "EvaluationScheduled"),
    _t(_A.EVALUATION, "assign_evaluation", (_E.SCHEDULED,), _E.ASSIGNED, _P.EVALUATION_ASSIGN, "委派评估机构", "EvaluationAssigned"),
    _t(_A.EVALUATION, "score_evaluation", (_E.ASSIGNED,), None, _P.EVALUATION_SCORE, "填写评估评分", "EvaluationScored"),
    _t(_A.EVALUATION, "submit_evaluation", (_E.ASSIGNED,), _E.SUBMITTED, _P.EVALUATION_SUBMIT, "提交评估报告", "EvaluationSubmitted"),
    _t(_A.EVALUATION, "return_evaluation", (_E.SUBMITTED,), _E.ASSIGNED, _P.EVALUATION_CONFIRM, "退回评估报告", "EvaluationReturned", is_awaited=False),
    _t(_A.EVALUATION, "confirm_evaluation", (_E.SUBMITTED,), _E.CONFIRMED, _P.EVALUATION_CONFIRM, "确认评估结果", "EvaluationConfirmed"),
    _t(_A.EVALUATION, "decline_evaluation", (_E.ASSIGNED,), _E.SCHEDULED, _P.EVALUATION_SCORE, "退出绩效评价", "EvaluationDeclined", is_correction=True),
    _t(_A.EVALUATION, "recall_evaluation", (_E.ASSIGNED,), _E.SCHEDULED, _P.EVALUATION_ASSIGN, "收回评估委派", "EvaluationRecalled", is_correction=True),
    _t(_A.EVALUATION, "cancel_evaluation", (_E.SCHEDULED, _E.ASSIGNED), _E.CANCELLED, _P.CONTRACT_SIGN_BUYER, "取消绩效评价", "EvaluationCancelled", is_awaited=False),
    _t(_A.EVALUATION, "bring_forward", (_E.SCHEDULED, _E.ASSIGNED), None, _P.CONTRACT_SIGN_BUYER, "重新排定绩效评价", "EvaluationBroughtForward"),

    _t(_A.ACCEPTANCE, "open_acceptance", (), _AC.COLLECTING, _P.ACCEPTANCE_DECIDE, "启动履约验收", "AcceptanceOpened"),
    _t(_A.ACCEPTANCE, "record_opinion", (_AC.COLLECTING,), None, _P.OPINION_ENTER, "登记服务对象意见", "OpinionRecorded"),
    _t(_A.ACCEPTANCE, "pass_acceptance", (_AC.COLLECTING,), _AC.PASSED, _P.ACCEPTANCE_DECIDE, "确认验收合格", "AcceptancePassed"),
    _t(_A.ACCEPTANCE, "pass_partly", (_AC.COLLECTING,), _AC.PASSED, _P.ACCEPTANCE_DECIDE, "确认部分合格", "AcceptancePassedPartly"),
    _t(_A.ACCEPTANCE, "refuse_acceptance", (_AC.COLLECTING,), _AC.NOT_PASSED, _P.ACCEPTANCE_DECIDE, "确认验收不合格", "AcceptanceRefused", is_awaited=False),
    _t(_A.ACCEPTANCE, "report_amends", (_AC.NOT_PASSED,), _AC.RECTIFIED, _P.DELIVERY_RECORD, "报送验收整改情况", "AmendsReported"),
    _t(_A.ACCEPTANCE, "return_amends", (_AC.RECTIFIED,), _AC.NOT_PASSED, _P.ACCEPTANCE_DECIDE, "退回验收整改情况", "AmendsReturned", is_awaited=False),
    _t(_A.ACCEPTANCE, "reopen_acceptance", (_AC.RECTIFIED, _AC.NOT_PASSED), _AC.COLLECTING, _P.ACCEPTANCE_DECIDE, "重新启动验收", "AcceptanceReopened"),
    _t(_A.ACCEPTANCE, "sign_certificate", (_AC.PASSED,), None, _P.ACCEPTANCE_VIEW, "签署验收书", "CertificateSigned"),
    _t(_A.ACCEPTANCE, "file_signed_copy", (_AC.PASSED,), None, _P.ACCEPTANCE_DECIDE, "报送验收书签字件", "SignedCopyFiled"),
    _t(_A.ACCEPTANCE, "publish_acceptance", (_AC.PASSED,), _AC.PUBLISHED, _P.ACCEPTANCE_PUBLISH, "公告验收结果", "AcceptancePublished"),

    _t(_A.PAYMENT_REQUEST, "request_payment", (), _PR.SUBMITTED, _P.PAYMENT_REQUEST, "申请支付款项", "PaymentRequested"),
    _t(_A.PAYMENT_REQUEST, "return_payment", (_PR.SUBMITTED, _PR.REVIEWED), _PR.RETURNED, _P.PAYMENT_REVIEW, "退回支付申请", "PaymentReturned", is_awaited=False),
    _t(_A.PAYMENT_REQUEST, "resubmit_payment", (_PR.RETURNED,), _PR.SUBMITTED, _P.PAYMENT_REQUEST, "补正支付申请", "PaymentResubmitted"),
    _t(_A.PAYMENT_REQUEST, "review_payment", (_PR.SUBMITTED,), _PR.REVIEWED, _P.PAYMENT_REVIEW, "核对支付申请", "PaymentReviewed"),
    _t(_A.PAYMENT_REQUEST, "approve_payment", (_PR.REVIEWED,), _PR.APPROVED, _P.PAYMENT_APPROVE, "批准支付申请", "PaymentApproved"),
    _t(_A.PAYMENT_REQUEST, "pay_share", (_PR.APPROVED,), None, _P.PAYMENT_PAY, "办理国库支付", "TreasuryPaid"),
    _t(_A.PAYMENT_REQUEST, "send_back_payment", (_PR.APPROVED,), _PR.SUBMITTED, _P.PAYMENT_PAY, "退回采购人重新核对", "PaymentSentBack", is_awaited=False),
    _t(_A.PAYMENT_REQUEST, "propose_reversal", (_PR.APPROVED, _PR.PAID), None, _P.PAYMENT_PAY, "申请冲正或者退票", "ReversalProposed", is_correction=True),
    _t(_A.PAYMENT_REQUEST, "refuse_reversal", (_PR.APPROVED, _PR.PAID), None, _P.PAYMENT_PAY, "退回冲正或者退票申请", "ReversalRefused", is_correction=True),
    _t(_A.PAYMENT_REQUEST, "reverse_payment", (_PR.APPROVED, _PR.PAID), _PR.APPROVED, _P.PAYMENT_PAY, "确认冲正或者退票", "TreasuryReversed", is_correction=True),
    _t(_A.PAYMENT_REQUEST, "settle_payment", (_PR.APPROVED,), _PR.PAID, _P.PAYMENT_PAY, "结清支付申请", "PaymentSettled"),
    _t(_A.PAYMENT_REQUEST, "cancel_payment", (_PR.RETURNED,), _PR.CANCELLED, _P.CONTRACT_SIGN_BUYER, "取消支付申请", "PaymentCancelled", is_awaited=False),
)
# fmt: on

BY_ACTION: dict[str, Transition] = {row.action: row for row in TRANSITIONS}

FINAL_STATES: tuple[State, ...] = (
    CatalogueItemState.RETIRED,
    PlanState.INTENTION_PUBLISHED,
    PlanState.DISCARDED,
    PlanState.CANCELLED,
    TenderState.OPENED,
    TenderState.FAILED,
    TenderState.TERMINATED,
    TenderState.DROPPED,
    BidState.OPENED,
    ReviewState.ANNOUNCED,
    ReviewState.FAILED,
    ReviewState.ENDED,
    ContractState.COMPLETED,
    MilestoneState.MET,
    MilestoneState.CANCELLED,
    ServiceRecordState.REJECTED,
    ServiceRecordState.WITHDRAWN,
    EvaluationState.CONFIRMED,
    EvaluationState.CANCELLED,
    AcceptanceState.PUBLISHED,
    PaymentRequestState.PAID,
    PaymentRequestState.CANCELLED,
)

_FINAL_KEYS = frozenset((type(state), str(state)) for state in FINAL_STATES)


def is_final(state: State) -> bool:
    """Whether nothing follows this state."""
    return (type(state), str(state)) in _FINAL_KEYS


def transition(action: str) -> Transition:
    """The row of an action; KeyError for a word that is no action."""
    return BY_ACTION[action]


def label_of(action: str) -> str:
    """What an action is called wherever it is named: on buttons, pages, desks and time lines.

    KeyError for a word that is no action.
    """
    return BY_ACTION[action].label


def may_take(
    action: str, actor: Actor, state: State | None, side: Verdict, *also: Verdict
) -> Verdict:
    """Whether the actor may take the step from this state: their office first, then their `side` of
    the case, then the state, then what `also` has to hold.
    """
    row = BY_ACTION[action]
    return first_refusal(
        carries(actor, row.permission, f"办理“{row.label}”"), side, may_step(action, state), *also
    )


def may_step(action: str, state: State | None) -> Verdict:
    """Whether the step can be taken from this state, with the reason in words when not."""
    row = BY_ACTION[action]
    if (state is None and not row.sources) or state in row.sources:
        return Verdict(True)
    if state is None:
        return refused("这一步还没有开始的对象。", error=IllegalTransition)
    needed = "、".join(f"“{source.label}”" for source in row.sources)
    now = state.label
    if not row.sources:
        return refused(
            f"{row.aggregate.label}已经存在，现在是“{now}”。",
            error=IllegalTransition,
        )
    return refused(
        f"{row.aggregate.label}现在是“{now}”，“{row.label}”要在{needed}时办理。",
        remedy=f"{REOPEN}，按页面上显示的下一步办理。",
        error=IllegalTransition,
    )


def advance(action: str, state: State | None) -> Any:
    """The state after the action, or IllegalTransition with the reason in words.

    The answer is of the enumeration that the action's aggregate has in the table above.
    """
    may_step(action, state).require()
    row = BY_ACTION[action]
    return state if row.target is None else row.target


def actions_from(aggregate: Aggregate, state: State | None) -> tuple[Transition, ...]:
    """All steps on from a state, in the order of the table; corrections are nobody's next step."""
    return tuple(
        row
        for row in TRANSITIONS
        if row.aggregate is aggregate
        and not row.is_correction
        and (state in row.sources if row.sources else state is None)
    )


def forward_step(aggregate: Aggregate, state: State) -> Transition | None:
    """The step that a thing in this state waits for; None when nothing is to follow. While a contract
    is performed nobody is waited for: its last payment completes it, and nobody has to settle it.
    """
    steps = actions_from(aggregate, state)
    return next((row for row in steps if row.target is not None and row.is_awaited), None)
