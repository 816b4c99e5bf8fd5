"""Every statutory period of the procedure as data: timers T01 to T71.

Each row has its basis, unit, kind, mark and dates in force. Only a value read in the law, in an
answer key or on an official page may stop an act; everything else may at most warn. A running case
keeps the version that was in force on its start date.
"""

from datetime import date, timedelta
from typing import Final

from procure.kernel.day_words import date_word
from procure.kernel.laws import ALWAYS, Mark, NotInForce, at, since
from procure.kernel.timers import Follow, Timer, TimerKind, TimerUnit, Trigger
from procure.kernel.workdays import Counting

_W = TimerUnit.WORKDAY
_C = TimerUnit.DAY
_M = TimerUnit.MONTH
_Y = TimerUnit.YEAR
_MAX = TimerKind.MAX
_MIN = TimerKind.MIN
_L = Mark.VERIFIED_L
_Q = Mark.VERIFIED_Q
_P = Mark.VERIFIED_P

_GPL = since("GPL")
_GPL_R = since("GPL-R")
_O87 = since("O87")
_O74 = since("O74")
_O94 = since("O94")
_CC214 = since("CC214")
_O110 = since("O110")
_SMEPAY = since("SMEPAY")
_SMEPAY_OLD = (since("SMEPAY2020"), _SMEPAY - timedelta(days=1))
_SZ_END = date(2024, 9, 4)

# fmt: off
TIMERS: Final[tuple[Timer, ...]] = (
    Timer("T01", "采购意向公开提前期", Trigger.INTENTION_PUBLISHED, "至采购活动开始", 30, _C, _MIN,
          at("INT10"), _P, date(2022, 1, 1),
          note="省级以下预算单位自 2022 年 1 月 1 日起适用；不可预见的紧急采购除外。"),
    Timer("T02", "招标公告期限", Trigger.NOTICE_PUBLISHED, "公告", 5, _W, _MIN,
          at("O87", 16), _Q, _O87, follow=Follow.AFTER_LAST_DAY),
    Timer("T03", "招标文件提供期限", Trigger.DOCUMENT_ISSUED, "提供招标文件", 5, _W, _MIN,
          (*at("GPL-R", 31), *at("O87", 18)), _L, _GPL_R, follow=Follow.AFTER_LAST_DAY),
    Timer("T04", "等标期", Trigger.DOCUMENT_ISSUED, "至投标截止", 20, _C, _MIN,
          at("GPL", 35), _L, _GPL),
    Timer("T05", "招标文件澄清修改提前期", Trigger.CLARIFICATION_SENT, "至投标截止", 15, _C, _MIN,
          at("GPL-R", 31), _L, _GPL_R, note="不足 15 日的，应当顺延投标截止时间。"),
    Timer("T06", "资格预审申请文件提交期", Trigger.PREQUALIFICATION_NOTICE, "至提交申请文件截止", 5,
          _W, _MIN, at("GPL-R", 21), _L, _GPL_R),
    Timer("T07", "资格预审文件澄清提前期", Trigger.CLARIFICATION_SENT, "至提交申请文件截止", 3, _C,
          _MIN, at("O87", 27), Mark.MEMORY, _O87),
    Timer("T08", "磋商公告期限", Trigger.NOTICE_PUBLISHED, "公告", 3, _W, _MIN,
          at("FMT50"), Mark.VERIFIED_T, since("FMT50"), follow=Follow.AFTER_LAST_DAY),
    Timer("T09", "磋商文件提供期限", Trigger.DOCUMENT_ISSUED, "提供磋商文件", 5, _W, _MIN,
          at("CC214", 10), _Q, _CC214, follow=Follow.AFTER_LAST_DAY),
    Timer("T10", "磋商响应等待期", Trigger.DOCUMENT_ISSUED, "至首次响应文件提交截止", 10, _C, _MIN,
          at("CC214", 10), _Q, _CC214),
    Timer("T11", "磋商文件澄清修改提前期", Trigger.CLARIFICATION_SENT, "至首次响应文件提交截止", 5,
          _C, _MIN, at("CC214", 10), _Q, _CC214, note="不足 5 日的，应当顺延提交截止时间。"),
    Timer("T12", "谈判响应等待期", Trigger.DOCUMENT_ISSUED, "至首次响应文件提交截止", 3, _W, _MIN,
          at("O74", 29), _Q, _O74),
    Timer("T13", "谈判、询价文件澄清提前期", Trigger.CLARIFICATION_SENT, "至响应文件提交截止", 3,
          _W, _MIN, at("O74", 29, 45), _Q, _O74, note="题库核对的是询价的规定。"),
    Timer("T14", "询价响应等待期", Trigger.DOCUMENT_ISSUED, "至响应文件提交截止", 3, _W, _MIN,
          at("O74", 45), _Q, _O74),
    Timer("T15", "单一来源采购公示期", Trigger.SINGLE_SOURCE_PUBLISHED, "公示", 5, _W, _MIN,
          at("GPL-R", 38), _L, _GPL_R, follow=Follow.AFTER_LAST_DAY),
    Timer("T16", "评审专家抽取提前期", Trigger.EXPERTS_DRAWN, "开始评审", 2, _W, _MAX,
          at("EX198"), _Q, since("EX198"), note="谈判、磋商和异地评审的项目除外。"),
    Timer("T17", "开标时间", Trigger.BID_DEADLINE, "开标时间与投标截止时间为同一时间", 0,
          TimerUnit.NONE, TimerKind.EXACT, at("O87", 39), _Q, _O87),
    Timer("T17", "响应文件开启时间", Trigger.BID_DEADLINE,
          "开启时间与首次响应文件提交截止时间为同一时间", 0, TimerUnit.NONE, TimerKind.EXACT,
          at("CC214", 7), _Q, _CC214, variant="consultation",
          note="开启时间由磋商公告写明，与提交截止时间相同。"),
    Timer("T18", "异常低价说明时间", Trigger.LOW_PRICE_QUESTION, "提交书面说明的时间", 30,
          TimerUnit.MINUTE, _MIN, at("LOW2"), _P, since("LOW2"),
          note="2026 年 1 月公布，施行日未核对，自公布次月起算。"),
    Timer("T19", "评审报告送交期限", Trigger.EVALUATION_ENDED, "将评审报告送采购人", 2, _W, _MAX,
          at("GPL-R", 43), _L, _GPL_R),
    Timer("T20", "确定中标、成交供应商期限", Trigger.REPORT_RECEIVED, "确定中标、成交供应商", 5, _W,
          _MAX, (*at("GPL-R", 43), *at("O87", 68)), _L, _GPL_R,
          note="逾期未确定又无正当理由的，视为确定排名第一的候选人。"),
    Timer("T20", "确定成交供应商期限", Trigger.REPORT_RECEIVED, "确定成交供应商", 5, _W,
          _MAX, (*at("GPL-R", 43), *at("CC214", 28)), _L, _GPL_R, variant="consultation",
          note="逾期未确定且不提出异议的，视为确定排序第一的供应商。"),
    Timer("T21", "自行招标确定中标人期限", Trigger.EVALUATION_ENDED, "确定中标人", 5, _W, _MAX,
          at("O87", 68), _Q, _O87),
    Timer("T22", "发通知书和结果公告期限", Trigger.WINNER_DECIDED, "发出通知书并公告结果", 2, _W,
          _MAX, at("GPL-R", 43), _L, _GPL_R),
    Timer("T23", "结果公告期限", Trigger.RESULT_PUBLISHED, "公告", 1, _W, _MIN,
          at("O87", 69), _P, _O87, follow=Follow.AFTER_LAST_DAY),
    Timer("T23", "成交结果公告期限", Trigger.RESULT_PUBLISHED, "公告", 1, _W, _MIN,
          at("FMT50"), _Q, since("FMT50"), variant="consultation", follow=Follow.AFTER_LAST_DAY),
    Timer("T24", "退还未中标人保证金期限", Trigger.AWARD_NOTICE_SENT, "退还未中标供应商的保证金", 5,
          _W, _MAX, at("GPL-R", 33), _L, _GPL_R),
    Timer("T25", "退还中标人保证金期限", Trigger.CONTRACT_SIGNED, "退还中标供应商的保证金", 5, _W,
          _MAX, at("GPL-R", 33), _L, _GPL_R),
    Timer("T26", "撤回投标后退还保证金期限", Trigger.BID_WITHDRAWN, "退还保证金", 5, _W, _MAX,
          at("O87", 38), _Q, _O87),
    Timer("T27", "终止采购退款期限", Trigger.TERMINATION_PUBLISHED, "退还文件费用和保证金", 5, _W,
          _MAX, at("O87", 29), Mark.MEMORY, _O87),
    Timer("T28", "签订采购合同期限", Trigger.AWARD_NOTICE_SENT, "签订采购合同", 30, _C, _MAX,
          at("GPL", 46), _L, _GPL, note="按日历日计算，不是工作日。"),
    Timer("T29", "合同公告期限", Trigger.CONTRACT_SIGNED, "公告采购合同", 2, _W, _MAX,
          at("GPL-R", 50), _L, _GPL_R),
    Timer("T30", "合同备案期限", Trigger.CONTRACT_SIGNED, "将合同副本报同级财政部门备案", 7, _W,
          _MAX, at("GPL", 47), _L, _GPL),
    Timer("T31", "媒体发布期限", Trigger.MEDIUM_RECEIVED, "发布政府采购信息", 1, _W, _MAX,
          at("O101"), _Q, since("O101")),
    Timer("T32", "询问答复期限", Trigger.INQUIRY_RECEIVED, "答复询问", 3, _W, _MAX,
          at("GPL-R", 52), _L, _GPL_R),
    Timer("T33", "质疑提出期限", Trigger.HARM_KNOWN, "书面提出质疑", 7, _W, _MAX,
          at("GPL", 52), _L, _GPL),
    Timer("T34", "质疑答复期限", Trigger.CHALLENGE_RECEIVED, "书面答复质疑", 7, _W, _MAX,
          at("GPL", 53), _L, _GPL),
    Timer("T35", "投诉提出期限", Trigger.CHALLENGE_REPLY_ENDED, "向同级财政部门投诉", 15, _W, _MAX,
          at("GPL", 55), _L, _GPL),
    Timer("T36", "投诉审查期限", Trigger.COMPLAINT_RECEIVED, "审查投诉书", 5, _W, _MAX,
          at("O94", 21), _Q, _O94),
    Timer("T37", "不予受理告知期限", Trigger.COMPLAINT_RECEIVED, "书面告知不予受理", 3, _W, _MAX,
          at("O94", 21), _Q, _O94),
    Timer("T38", "不属本机关管辖告知期限", Trigger.COMPLAINT_RECEIVED,
          "书面告知向有管辖权的部门投诉", 3, _W, _MAX, at("O94", 21), _Q, _O94),
    Timer("T39", "投诉答复通知发出期限", Trigger.COMPLAINT_RECEIVED,
          "向被投诉人发出投诉答复通知书", 8, _W, _MAX, at("O94", 21), Mark.MEMORY, _O94),
    Timer("T40", "被投诉人答复期限", Trigger.RESPONDENT_NOTIFIED, "书面说明情况并提交证据", 5, _W,
          _MAX, at("O94", 22), _Q, _O94),
    Timer("T41", "投诉处理决定期限", Trigger.COMPLAINT_RECEIVED, "作出投诉处理决定", 30, _W, _MAX,
          (*at("GPL", 56), *at("GPL-R", 58)), _L, _GPL, pausable=True,
          note="检验、检测、鉴定、专家评审和补正材料的时间不计算在内。"),
    Timer("T42", "暂停采购活动期限", Trigger.SUSPENSION_NOTIFIED, "结束暂停", 30, _C, _MAX,
          at("GPL", 57), _L, _GPL),
    Timer("T43", "申请行政复议期限", Trigger.DECISION_KNOWN, "申请行政复议", 60, _C, _MAX,
          at("ARL", 20), _L, since("ARL")),
    Timer("T44", "无据投诉累计期", Trigger.COMPLAINT_UNFOUNDED, "投诉查无实据", 12, _M,
          TimerKind.COUNT, at("O94", 37), _Q, _O94, count=3),
    Timer("T45", "重大违法记录追溯期", Trigger.PROCUREMENT_STARTED, "没有重大违法记录", 3, _Y,
          TimerKind.LOOK_BACK, at("GPL", 22), _L, _GPL),
    Timer("T46", "回避关系追溯期", Trigger.PROCUREMENT_STARTED, "与供应商有利害关系的应当回避", 3,
          _Y, TimerKind.LOOK_BACK, at("GPL-R", 9), _L, _GPL_R),
    Timer("T47", "需求调查有效期", Trigger.SURVEY_DONE, "的调查结果可以直接使用", 1, _Y,
          TimerKind.MAX_AGE, at("DM22"), _Q, since("DM22"), moves=False),
    Timer("T48", "购买服务合同期限", Trigger.CONTRACT_STARTED, "履行完毕", 12, _M, _MAX,
          at("O102", 24), _Q, since("O102"), counting=Counting.SAME_DAY, moves=False),
    Timer("T48", "购买服务合同期限（多年）", Trigger.CONTRACT_STARTED, "履行完毕", 36, _M, _MAX,
          at("O102", 24), _Q, since("O102"), variant="multi_year", counting=Counting.SAME_DAY,
          moves=False, note="四项条件同时具备才可以超过 12 个月。"),
    Timer("T49", "框架协议有效期（服务）", Trigger.AGREEMENT_STARTED, "有效", 24, _M, _MAX,
          at("O110"), _Q, _O110, counting=Counting.SAME_DAY, moves=False),
    Timer("T49", "框架协议有效期（货物）", Trigger.AGREEMENT_STARTED, "有效", 12, _M, _MAX,
          at("O110"), _Q, _O110, variant="goods", counting=Counting.SAME_DAY, moves=False),
    Timer("T50", "开放式框架协议申请审核期限", Trigger.ENTRY_APPLIED, "完成审核", 7, _W, _MAX,
          at("O110"), _Q, _O110),
    Timer("T51", "入围结果公告期限", Trigger.ENTRY_APPROVED, "公告入围结果", 2, _W, _MAX,
          at("O110"), _Q, _O110),
    Timer("T52", "框架协议签订期限", Trigger.ENTRY_NOTICE_SENT, "签订框架协议", 30, _C, _MAX,
          at("O110"), _Q, _O110),
    Timer("T53", "框架协议备案期限", Trigger.AGREEMENT_SIGNED, "将框架协议副本备案", 7, _W, _MAX,
          at("O110"), _Q, _O110),
    Timer("T54", "入围信息告知期限", Trigger.AGREEMENT_SIGNED, "将入围信息告知适用单位", 3, _W,
          _MAX, at("O110"), _Q, _O110),
    Timer("T55", "框架协议成交汇总公告期限", Trigger.AGREEMENT_ENDED, "公告成交结果汇总", 10, _W,
          _MAX, at("O110"), _Q, _O110),
    Timer("T56", "支付中小企业款项期限", Trigger.DELIVERED, "支付款项", 30, _C, _MAX,
          at("SMEPAY2020", 8, 9), _L, *_SMEPAY_OLD),
    Timer("T56", "支付中小企业款项期限", Trigger.DELIVERED, "支付款项", 30, _C, _MAX,
          at("SMEPAY"), _P, _SMEPAY),
    Timer("T56", "支付中小企业款项期限（合同另有约定）", Trigger.DELIVERED, "支付款项", 60, _C,
          _MAX, at("SMEPAY2020", 8, 9), _L, *_SMEPAY_OLD, variant="agreed"),
    Timer("T56", "支付中小企业款项期限（合同另有约定）", Trigger.DELIVERED, "支付款项", 60, _C,
          _MAX, at("SMEPAY"), _P, _SMEPAY, variant="agreed"),
    Timer("T57", "支付采购资金期限", Trigger.INVOICE_RECEIVED, "支付采购资金", 30, _C, _MAX,
          at("FAIR38"), Mark.MEMORY, since("FAIR38")),
    Timer("T58", "应收账款确权期限", Trigger.CONFIRMATION_ASKED, "确认债权债务关系", 30, _C, _MAX,
          at("SMEPAY2020", 14), _L, *_SMEPAY_OLD),
    Timer("T58", "应收账款确权期限", Trigger.CONFIRMATION_ASKED, "确认债权债务关系", 30, _C, _MAX,
          at("SMEPAY"), Mark.MEMORY, _SMEPAY, note="2020 年文本已核对，2025 年文本未核对。"),
    Timer("T59", "逾期欠款公示日", Trigger.YEAR_ENDED, "公示上年逾期未支付中小企业的款项", None,
          TimerUnit.DATE, TimerKind.FIXED_DATE, at("SMEPAY2020", 16), _L, *_SMEPAY_OLD,
          month_day=(3, 31)),
    Timer("T59", "逾期欠款公示日", Trigger.YEAR_ENDED, "公示上年逾期未支付中小企业的款项", None,
          TimerUnit.DATE, TimerKind.FIXED_DATE, at("SMEPAY"), Mark.MEMORY, _SMEPAY,
          month_day=(3, 31), note="2020 年文本已核对，2025 年文本未核对。"),
    Timer("T60", "结转资金年限", Trigger.BUDGET_YEAR_ENDED, "未用完的结转资金，作为结余资金管理", 2,
          _Y, TimerKind.YEARS_RUNNING, at("BL", 42), _L, since("BL"), moves=False,
          note="预算安排的当年为第一年。"),
    Timer("T61", "采购文件保存期限", Trigger.PROCUREMENT_ENDED, "保存采购文件", 15, _Y, _MIN,
          at("GPL", 42), _L, _GPL, follow=Follow.AFTER_LAST_DAY, moves=False),
    Timer("T62", "审计报告反馈期限", Trigger.AUDIT_REPORT_RECEIVED, "提出书面意见", 10, _C, _MAX,
          at("AL", 44), _L, since("AL")),
    Timer("T63", "影响评估记录保存期限", Trigger.ASSESSMENT_RECORDED, "保存评估报告和处理记录", 3,
          _Y, _MIN, at("PIPL", 56), _L, since("PIPL"), follow=Follow.AFTER_LAST_DAY, moves=False),
    Timer("T64", "社会组织年报（报业务主管单位）", Trigger.YEAR_ENDED,
          "向业务主管单位报送上年工作报告",
          None, TimerUnit.DATE, TimerKind.FIXED_DATE, (*at("NGO-U", 23), *at("NGO-A", 28)), _L,
          since("NGO-U"), month_day=(3, 31)),
    Timer("T64", "社会组织年报（报登记管理机关）", Trigger.YEAR_ENDED,
          "向登记管理机关报送上年工作报告",
          None, TimerUnit.DATE, TimerKind.FIXED_DATE, (*at("NGO-U", 23), *at("NGO-A", 28)), _L,
          since("NGO-U"), variant="registry", month_day=(5, 31)),
    Timer("T65", "社会组织评估等级有效期", Trigger.ORGANISATION_RATED, "等级有效", 5, _Y, _MAX,
          at("RATE39"), _P, since("RATE39"), moves=False),
    Timer("T66", "首次参加评估的登记年限", Trigger.ORGANISATION_REGISTERED, "至首次参加评估", 2, _Y,
          _MIN, at("RATE39", 6), _P, since("RATE39"), moves=False),
    Timer("T67", "专家与代理机构互评期限", Trigger.EVALUATION_ENDED, "记录相互评价", 5, _W, _MAX,
          at("EX198"), Mark.MEMORY, since("EX198"), note="7 个工作日的说法已核对为误。"),
    Timer("T68", "末期评估提前期", Trigger.CONTRACT_ENDS, "组织末期评估", 1, _M, TimerKind.BEFORE,
          at("SZ2021"), _P, since("SZ2021"), _SZ_END, region="广东省深圳市",
          note="试行三年，其他地区参照时只作提醒。"),
    Timer("T68", "末期评估提前期", Trigger.CONTRACT_ENDS, "组织末期评估", 1, _M, TimerKind.BEFORE,
          (), Mark.DESIGN, _SZ_END + timedelta(days=1), note="沿用深圳市 2021 年的做法。"),
    Timer("T69", "平安通文件有效期", Trigger.PAPER_IN_FORCE, "广州市平安通文件", None,
          TimerUnit.DATE, TimerKind.VALIDITY, at("PAT8"), _P, date(2023, 10, 1), date(2028, 10, 1),
          region="广东省广州市"),
    Timer("T70", "中期评估不合格整改期限", Trigger.RECTIFICATION_ORDERED, "完成整改", 30, _C, _MAX,
          (), Mark.DESIGN, ALWAYS),
    Timer("T71", "会计凭证保存期限", Trigger.YEAR_ENDED, "保存会计凭证和账簿", 30, _Y, _MIN,
          at("FILE79"), Mark.MEMORY, since("FILE79"), follow=Follow.AFTER_LAST_DAY, moves=False),
)
# fmt: on


def timer(timer_id: str, on: date, *, variant: str = "") -> Timer:
    """The version of a timer in force on a day. Raises NotInForce (a LookupError) when none is."""
    for candidate in TIMERS:
        if candidate.id == timer_id and candidate.variant == variant and candidate.in_force(on):
            return candidate
    which = f"{timer_id}（{variant}）" if variant else timer_id
    raise NotInForce(
        f"{date_word(on)}没有施行中的期限规定 {which}。",
        remedy="请核对日期，或查阅当时有效的规定。",
    )


def by_rule(rule: str, on: date) -> Timer:
    """The period that a rule names, its variant after a slash: "T28", "T56/agreed".

    Raises NotInForce (a LookupError) when none is in force that day.
    """
    ident, _, variant = rule.partition("/")
    return timer(ident, on, variant=variant)


def timers_in_force(on: date) -> tuple[Timer, ...]:
    """All timers in force on a day, every variant, in the order of their numbers."""
    return tuple(candidate for candidate in TIMERS if candidate.in_force(on))
