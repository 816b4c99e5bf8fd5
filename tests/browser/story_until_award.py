"""The first half of the story: money, plan, tender, bids, panel, award.

What several do alike, one of them clicks: the other bidders and members walk.
"""

from datetime import date, time, timedelta

from procure.demonstration.steps import bidding, reviewing
from procure.demonstration.steps.tendering import tender_of
from procure.kernel.clock import at_local, local
from procure.kernel.workdays import CHINA, Unit
from procure.stages.bids.policies import opens_at
from procure.stages.plans.queries import earliest_start
from procure.stages.tenders.use_cases.document_pickup import TakeDocument, take_document
from tests.browser.pages import Cast, Person

SUPPLIERS = {
    1: "珠海市斗门区晴暖社会工作服务中心",
    2: "珠海市和风社会工作服务社",
    3: "珠海市邻里互助社会服务中心",
}


def the_money_is_registered(cast: Cast) -> None:
    """The budget officer enters the line of the year, shared by city and district."""
    told = cast.site.walk.told["budget_line"]
    officer = cast["yusuan"].goes_to("/budget").follows("登记预算")
    officer.fills(
        {
            "购买主体": "珠海市斗门区民政局",
            "预算年度": "2026",
            "预算项目编码": told["code"],
            "预算项目名称": told["name"],
            "功能分类科目": told["function_code"],
            "部门经济分类科目": told["economic_code"],
            "资金来源": told["fund_source"],
            "预算金额": "120万",
        }
    )
    officer.fills_rows(
        "各级财政分担",
        [{"承担级次": "市级", "分担比例": "4"}, {"承担级次": "区级", "分担比例": "6"}],
    )
    officer.reads("1,200,000.00")
    officer.presses("登记预算").is_told("预算已登记").reads("¥1,200,000.00")


def the_plan_is_written(cast: Cast) -> None:
    """The clerk writes the plan, is told what is missing, and sends it to be approved."""
    story = cast.site.walk.story
    told = story.invented
    clerk = cast["jingban"]
    clerk.has_nothing_to_do()
    clerk.goes_to("/plans").follows("编制采购计划")
    clerk.fills(
        {
            "项目名称": story.title,
            "购买的服务（目录条目）": told["catalogue_item"],
            "需求提出单位": told["requested_by"],
            "申请理由": told["reason"].strip(),
            "采购需求概况": told["outline"].strip(),
            "需求调查和征求公众意见的情况": told["survey"].strip(),
            "需求调查的时间": f"{cast.site.today}",
            "使用的预算": told["budget_line"]["name"],
            "采购预算": "18万",
            "最高限价": "18万",
            "采购方式": "竞争性磋商",
            "购买方式": "购买项目",
            "报价方式": "总价竞争（低价优先）",
            "服务期限": "12",
            "预计采购时间": f"{earliest_start(cast.site.today).on}",
        }
    )
    for question in clerk.main.get_by_role("group").filter(has_text="是否").all():
        if not question.get_by_role("group").count():
            question.get_by_label("否", exact=True).check()
    clerk.presses("保存采购计划").is_told("采购计划已保存")
    clerk.follows("送审采购计划").fills({"以上内容我已核对，需求和预算真实": True})
    clerk.presses("送审采购计划").is_told("采购计划已送审")
    clerk.goes_to("/desk").reads("等待他人办理", "审核负责人")


def the_plan_is_approved(cast: Cast) -> None:
    """Another person approves; the clerk makes the intention public."""
    approver = cast["shenhe"].takes_up("审核采购计划")
    approver.fills(
        {
            "审核结论": "同意，批准采购计划",
            "审核意见": "需求明确，预算有保障，同意。",
            "我已核对采购计划，知道批准以后预算立即占用": True,
        }
    )
    approver.presses("提交审核意见").is_told("批准")
    clerk = cast["jingban"].takes_up("公开采购意向")
    clerk.fills({"我已核对公告内容，知道公开以后不能撤回": True})
    clerk.presses("公开采购意向").is_told("采购意向已公开")
    visitor = cast.newcomer("visitor").goes_to("/")
    visitor.goes_to("/notices").follows(cast.site.walk.story.title, exact=False)
    visitor.reads(cast.site.walk.story.title)
    visitor.context.close()


def the_tender_is_written(cast: Cast) -> None:
    """Thirty days later the clerk fills in the tender section by section and sends it on."""
    site = cast.site
    site.at(CHINA.next_workday(earliest_start(site.today).on))
    clerk = cast["jingban"].takes_up("编制采购文件")
    clerk.presses("编制采购文件").is_told("采购文件已建立")
    _fill_the_sections(cast, clerk)
    clerk.reads("已完成 7 个部分，共 7 个部分")
    clerk.follows("送审采购文件")
    clerk.fills({"采购文件我已逐项核对，没有差别待遇和歧视性要求": True})
    clerk.presses("送审采购文件").is_told("采购文件已送审")


def _fill_the_sections(cast: Cast, clerk: Person) -> None:
    told, facts = cast.site.walk.told, cast.site.walk.story.facts
    clerk.follows("需求与标准").fills(
        {
            "采购需求": told["outline"].strip(),
            "服务地点": told["place"],
            "人员要求": told["staffing"],
            "验收要求": told["acceptance_way"],
        }
    )
    clerk.presses("保存需求与标准").is_told("已保存")
    clerk.follows("服务目标").fills_rows(
        "服务目标",
        [
            {
                "服务项目": row["what"],
                "每个": row["each"],
                "周期": {"month": "每月", "contract": "合同期内"}[row["period"]],
                "不少于": row["at_least"],
                "单位": row["unit"],
                "完成条件": "",
            }
            for row in facts["frequency_targets"]
        ],
    )
    clerk.presses("保存服务目标").is_told("已保存")
    clerk.follows("资格与实质性要求").fills(
        {"资格要求": told["qualification"], "实质性要求（★）": told["starred"]}
    )
    clerk.presses("保存资格与实质性要求").is_told("已保存")
    clerk.follows("评分办法").fills(
        {"报价方式": "总价竞争（低价优先）", "价格分（工时分）": told["price_points"]}
    )
    clerk.fills_rows(
        "评分因素",
        [
            {
                "评分因素": row["name"],
                "分值": row["points"],
                "评分性质": "客观分" if row["objective"] else "主观分",
                "评分标准": row["standard"],
                "证明材料": row["evidence"],
            }
            for row in told["criteria"]
        ],
    )
    clerk.reads("合计 100 分，符合要求")
    clerk.presses("保存评分办法").is_told("已保存")
    triggers = {
        "signing": "合同签订并备案",
        "midterm": "中期评估合格",
        "final": "末期评估合格",
        "acceptance": "履约验收合格并公告",
    }
    clerk.follows("付款安排").fills_rows(
        "付款安排",
        [
            {"付款条件": triggers[term["trigger"]], "比例": term["percent"]}
            for term in told["payment_terms"]
        ],
    )
    clerk.reads("合计 100%，符合要求")
    clerk.presses("保存付款安排").is_told("已保存")
    clerk.follows("时间与地点").fills(
        {
            "磋商文件提供的最后一日": CHINA.due(cast.site.today, 5, Unit.WORKDAY).on,
            "响应截止和开启时间": f"{_deadline(cast.site.today)} 09:30",
            "开启地点": told["opening_place"],
            "响应有效期": "90",
        }
    )
    clerk.presses("保存时间与地点").is_told("已保存")
    clerk.follows("政策扣除与异常低价").presses("保存政策扣除与异常低价").is_told("已保存")


def _deadline(today: date) -> date:
    return CHINA.next_workday(today + timedelta(days=11))


def the_tender_is_published(cast: Cast) -> None:
    """The approver publishes; one supplier reads the dates and takes the document, two walk."""
    approver = cast["shenhe"].takes_up("审核采购文件")
    approver.fills(
        {
            "审核结论": "同意，立即发布采购公告",
            "我已核对采购文件和法定日期，知道公告发布以后不能撤回": True,
        }
    )
    approver.presses("提交审核意见").is_told("已发布")
    member = cast["jigou1"].takes_up("领取采购文件").follows("查看全部日期和算法")
    for line in member.main.locator("details summary").all()[:2]:
        line.click()
    member.page.go_back()
    member.presses("领取采购文件").is_told("采购文件已领取")
    walk = cast.site.walk
    for number in (2, 3):
        with walk.as_(f"jigou{number}") as uow:
            take_document(uow, TakeDocument(tender_of(walk).id))


def three_bids_come_in(cast: Cast) -> None:
    """A member writes, a signatory hands in and sees the receipt; two others have done so."""
    bidding.first_bids(cast.site.walk)
    told = cast.site.walk.told["bids"][0]
    member = cast["jigou1"].goes_to("/bids")
    member.goes_to(f"/projects/{cast.number}/bid").presses("开始编制响应文件")
    member.follows("报价与承诺").fills({"报价（总价）": told["price"]})
    member.presses("保存报价与承诺").is_told("已保存，尚未提交")
    member.follows("服务方案").fills({"总体服务方案": told["proposal"]})
    for factor in cast.site.walk.told["criteria"]:
        member.fills({f"响应：{factor['name']}": f"{factor['name']}：{told['proposal']}"})
    member.presses("保存服务方案").is_told("已保存，尚未提交")
    member.follows("资格声明")
    for statement in member.main.get_by_role("checkbox").all():
        statement.check()
    member.presses("保存资格声明").is_told("已保存，尚未提交")
    member.follows("项目负责人与附件").fills(
        {"项目负责人": told["manager"], "项目负责人的资质和经验": "持有社会工作师证书。"}
    )
    member.presses("保存项目负责人与附件").is_told("已保存，尚未提交")
    signatory = cast["fuzeren1"].takes_up("继续编制响应文件")
    signatory.follows("核对并提交标书").reads(told["manager"]).follows("去提交标书")
    signatory.fills({"我已核对以上全部内容，代表本单位确认并提交": True})
    signatory.presses("提交标书").is_told("标书已提交并封存，这是第 1 版")
    signatory.reads("响应文件回执", "已提交，等待开标")
    clerk = cast["jingban"].goes_to(f"/projects/{cast.number}")
    assert SUPPLIERS[1] not in clerk.main.inner_text()


def the_bids_are_opened(cast: Cast) -> None:
    """At the deadline, once all is stored and not a minute earlier, the clerk opens what is sealed."""
    deadline = cast.deadline
    clerk = cast["jingban"]
    cast.site.clock.move_to(deadline - timedelta(minutes=5))
    clerk.goes_to(f"/projects/{cast.number}/opening/open")
    assert clerk.main.get_by_role("button", name="开启", exact=True).is_disabled()
    cast.site.clock.move_to(opens_at(deadline))
    clerk.takes_up("开启").fills({"记录人": "陈晓岚", "我确认现在开启": True})
    clerk.presses("开启").is_told("已开启").reads(*SUPPLIERS.values(), "¥172,800.00")


def the_panel_is_seated(cast: Cast) -> None:
    """Three experts are drawn by lot and declare to have no interest; the clerk checks the bids."""
    clerk = cast["jingban"].takes_up("抽取评审小组")
    session_at = local(at_local(cast.site.today, time(14, 0)))
    clerk.fills({"评审开始时间": f"{session_at:%Y-%m-%d %H:%M}", "抽取专家人数": "3"})
    clerk.presses("抽取评审小组").is_told("评审小组已抽取")
    *others, last = cast.experts
    for expert in others:
        reviewing.declare(cast.site.walk, expert)
    member = cast[last].takes_up("签署回避声明")
    member.reads(*SUPPLIERS.values())
    member.fills(
        {"与以上投标人的关系": "没有应当回避的情形", "以上声明属实，如有隐瞒愿承担责任": True}
    )
    member.presses("签署回避声明").is_told("回避声明已签署")
    clerk.takes_up("审查资格和符合性")
    for name in SUPPLIERS.values():
        clerk.follows(name, exact=False).fills({"资格审查": "通过", "符合性审查": "通过"})
        clerk.presses("登记审查意见").is_told("已登记")
    clerk.fills({"我确认全部审查意见": True}).presses("完成资格和符合性审查").is_told("审查已完成")


def the_panel_scores(cast: Cast) -> None:
    """Each member scores alone with reasons and locks, the last one here; then all sign the report."""
    told = cast.site.walk.told
    cast.site.clock.move_to(at_local(cast.site.today, time(14, 0)))
    *others, last = cast.experts
    for expert in others:
        reviewing.score(cast.site.walk, expert)
    member = cast[last].takes_up("填写评分")
    for bid, sheets in zip(told["bids"], told["scores"], strict=True):
        member.follows(SUPPLIERS[bid["supplier"]], exact=False)
        for factor, points in zip(told["criteria"], sheets[-1], strict=True):
            name = factor["name"]
            member.fills(
                {
                    f"{name}的得分": points,
                    f"{name}的评分理由": f"对照评分标准，{name}的材料可以核对。",
                }
            )
        member.presses("保存评分").is_told("已保存，尚未锁定")
    member.follows("核对并锁定评分").fills({"我独立完成以上评分，确认锁定": True})
    member.presses("锁定评分").is_told("评分已锁定")
    for expert in others:
        reviewing.sign(cast.site.walk, expert)
    member.takes_up("签署评审报告").fills(
        {
            "除已经审查的以外，是否认为有报价明显不合理、可能影响服务质量或者不能诚信履约": "没有",
            "我已阅读以上评审结论，签署评审报告": True,
        }
    )
    member.presses("签署评审报告").is_told("已签署")


def the_winner_is_announced(cast: Cast) -> None:
    """The approver takes the first of the ranking; the clerk announces, all bidders are told."""
    cast.site.workdays_later(2)
    approver = cast["shenhe"].takes_up("确定成交人")
    approver.fills({"确定为成交人": f"第 1 名：{SUPPLIERS[1]}", "我代表采购人确定": True})
    approver.presses("确定成交人").is_told("已确定成交人")
    cast.site.workdays_later(1)
    clerk = cast["jingban"].takes_up("公告成交结果").fills({"我确认公告内容无误": True})
    clerk.presses("公告成交结果").is_told("成交结果已公告")
    loser = cast["fuzeren2"].goes_to(f"/projects/{cast.number}/bid/result")
    loser.reads(SUPPLIERS[1], "名")
    cast.newcomer("visitor").goes_to("/notices").follows("成交", exact=False).reads(SUPPLIERS[1])


CHAPTERS = (
    the_money_is_registered,
    the_plan_is_written,
    the_plan_is_approved,
    the_tender_is_written,
    the_tender_is_published,
    three_bids_come_in,
    the_bids_are_opened,
    the_panel_is_seated,
    the_panel_scores,
    the_winner_is_announced,
)
