"""The second half of the story: contract, service, evaluation, acceptance, payment, audit.

Of four instalments the last is clicked, which waits for the most; of two evaluations the first.
"""

import subprocess
import sys
import zipfile
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from playwright.sync_api import expect
from sqlalchemy import select

from procure.demonstration.papers import invoice, signed_copy
from procure.demonstration.steps import delivering, evaluating, paying
from procure.demonstration.steps.evaluating import evaluation_of
from procure.kernel.money import Money
from procure.kernel.vocabulary import EvaluationKind, PaymentTrigger
from procure.kernel.workdays import CHINA
from procure.registers.accounts.models import Organisation
from procure.registers.funds.models import BudgetLine
from procure.stages.acceptance.use_cases.collect import AnswerSlip, answer_slip
from procure.stages.contracts.agreed import agreed_of
from procure.stages.contracts.drafting import last_day
from procure.stages.contracts.models import Contract, Instalment
from procure.stages.delivery.use_cases.registers import (
    EnrolRecipients,
    RecipientPlan,
    enrol_recipients,
)
from procure.stages.evaluation.models import Evaluation, EvaluationIndicator, SampleVerdict
from procure.stages.evaluation.use_cases.score import RecordCheck, SaveChecks, save_checks
from tests.browser.looking import PHONE
from tests.browser.pages import Cast, Person

LAST = 4
"""The instalment that the published acceptance opens."""
ENROLLED_BY_HAND = 2
HEARD_BY_PHONE = 2


def contract_of(cast: Cast) -> Contract:
    """The contract of the story as it stands."""
    return cast.site.session.scalars(select(Contract)).one()


def the_contract_is_drafted(cast: Cast) -> None:
    """The clerk fills in what the award did not say, section by section, and has it printed."""
    site = cast.site
    site.workdays_later(2)
    told = site.walk.told
    stations, recipients = len(told["stations"]), len(told["recipients"])
    starts = CHINA.next_workday(site.today + timedelta(days=10))
    clerk = cast["jingban"].goes_to("/contracts").goes_to(f"/projects/{cast.number}/contract")
    clerk.follows("双方信息").fills(
        {
            "甲方联系人": "陈晓岚",
            "甲方联系电话": "0756-0000021",
            "乙方联系人": told["staff"][0]["name"],
            "乙方联系电话": "0756-0000061",
        }
    )
    clerk.presses("保存双方信息").is_told("已保存")
    clerk.follows("期限、地点与服务对象").fills(
        {
            "服务开始日期": starts,
            "服务结束日期": last_day(starts, site.walk.story.facts["term_months"]),
            "服务地点": told["place"],
            "服务对象的范围": "两个社区六十周岁以上老人，重点为在册困难老人",
            "服务对象人数": recipients,
        }
    )
    clerk.presses("保存期限、地点与服务对象").is_told("已保存")
    clerk.follows("服务目标与人员配置").fills({"站的数量": stations, "在册老人的数量": recipients})
    clerk.fills({"采购文件没有写明的数量的出处": "两个社区居委会移交的在册困难老人名册"})
    clerk.fills_rows(
        "人员配置",
        [
            {
                "岗位": "项目主管",
                "人数": 1,
                "资格要求": "中级社会工作师",
                "职责": "统筹项目、督导和对接",
            },
            {
                "岗位": "驻站社工",
                "人数": stations,
                "资格要求": "助理社会工作师以上",
                "职责": "站点开放、活动和探访",
            },
        ],
    )
    clerk.presses("保存服务目标与人员配置").is_told("已保存")
    clerk.follows("履约节点").presses("保存履约节点").is_told("已保存")
    clerk.follows("其他约定").fills(
        {"甲方提供的场地和条件": "甲方无偿提供两处站点场地及固定设施，水电费由乙方承担。"}
    )
    clerk.presses("保存其他约定").is_told("已保存")
    clerk.follows("付款与各级分担").reads("¥69,120.00").follows("返回合同")
    clerk.follows("核对全部内容").fills({"我已核对全部内容，上面需要确认的情况属实": True})
    clerk.presses("生成合同文本并送签").is_told("合同文本已生成")


def both_sign(cast: Cast) -> None:
    """The supplier signs first, then the buyer; the clerk publishes and files."""
    cast.site.workdays_later(1)
    for username, name, side in (("fuzeren1", "苏慧敏", "乙方"), ("shenhe", "梁志远", "甲方")):
        person = cast[username].takes_up(f"{side}签署合同")
        person.fills({"签署人姓名": name, "我已阅读合同全文，同意按此文本签署": True})
        if username == "shenhe":
            person.fills({"质疑期届满以前签订的原因": "上一年度服务已经结束，站点不能停开。"})
        person.presses("签署合同").is_told("已签署")
    cast.site.workdays_later(1)
    clerk = cast["jingban"].takes_up("公告合同")
    clerk.fills({"合同中没有国家秘密、商业秘密和个人隐私，可以公开": True})
    clerk.presses("公告合同").is_told("合同已公告")
    cast.site.workdays_later(2)
    clerk.takes_up("登记合同备案")
    clerk.fills({"财政部门备案编号": "演示备案〔2026〕001号", "备案日期": cast.site.today})
    clerk.presses("登记合同备案").is_told("合同备案已登记")


def the_first_instalment_is_paid(cast: Cast) -> None:
    """What signing and filing open."""
    paying.pay_on_signing(cast.site.walk)


def _name_of(cast: Cast, organisation_id: str) -> str:
    return cast.site.session.get_one(Organisation, organisation_id).name


def _pays_the_last(cast: Cast) -> None:
    """Asked for with an invoice, checked, approved, paid by each level."""
    site = cast.site
    site.workdays_later(1, 10)
    row = site.session.scalars(select(Instalment).where(Instalment.position == LAST)).one()
    amount, contract = Money(row.amount_fen), contract_of(cast)
    year = site.session.scalars(select(BudgetLine.year)).first()
    number = f"{site.today:%Y%m%d}0000000000{LAST:02d}"
    paper = site.folder / f"发票{number}.pdf"
    paper.write_bytes(invoice(number, amount))
    member = cast["jigou1"].takes_up("申请支付款项").reads(amount.format())
    member.fills(
        {
            "发票号码": number,
            "开票日期": site.today,
            "发票价税合计金额": amount.format()[1:],
            "发票销售方名称": _name_of(cast, contract.supplier_id),
            "发票购买方名称": _name_of(cast, contract.buyer_id),
            "发票文件": paper,
            "款项用途": f"社区居家养老服务第 {LAST} 期服务费",
        }
    )
    member.presses("提交支付申请").is_told("支付申请已提交")
    site.workdays_later(1)
    clerk = cast["jingban"].takes_up("核对支付申请")
    items = ("发票号码", "开票日期", "发票金额", "发票销售方", "发票购买方", "收款账户")
    clerk.fills({"核对意见": "条件具备，报负责人批准", "意见": "发票和付款条件核对无误。"})
    clerk.fills(dict.fromkeys(items, "一致"))
    assert row.trigger is PaymentTrigger.ACCEPTANCE
    clerk.fills({"服务档案已移交": "已移交", "服务档案移交的依据": "移交清单一份，双方已签收。"})
    clerk.presses("提交核对意见").is_told("核对意见已登记")
    approver = cast["shenhe"].takes_up("审批支付申请")
    approver.fills(
        {"审批意见": "批准，送国库支付", "我已核对付款条件和金额，知道批准以后不能撤回": True}
    ).presses("提交审批意见").is_told("审批意见已登记")
    site.workdays_later(2)
    for place, level in enumerate(("市级", "区级"), start=1):
        treasurer = cast["guoku"].takes_up("办理国库支付")
        treasurer.fills(
            {
                "支付级次": level,
                "支付令编号": f"ZF{number}{place}",
                "银行付款日期": site.today,
                "指标文号": f"财预〔{site.today:%Y}〕12号",
                "支付方式": "财政直接支付",
                "收到其他级次资金的拨款文号": f"财拨〔{site.today:%Y}〕{place}号",
                "已核对收款单位、账号和金额": True,
            }
        )
        if year != site.today.year:
            treasurer.fills({"跨年度支付的理由": "上年结转，财政部门已批准。"})
        treasurer.presses("登记国库支付").is_told("国库支付已登记")


def the_service_begins(cast: Cast) -> None:
    """The supplier enters its people, a visit and a milestone; the clerk accepts both."""
    site = cast.site
    contract = contract_of(cast)
    assert contract.starts_on is not None
    site.at(CHINA.next_workday(contract.starts_on), 15)
    told, base = site.walk.told, f"/projects/{cast.number}/delivery"
    member = cast["jigou1"].goes_to(f"{base}/staff").follows("登记服务人员")
    member.fills_rows(
        "服务人员",
        [
            {
                "姓名": one["name"],
                "岗位": one["post"],
                "职业资格证书": one["certificate"],
                "到岗日期": site.today,
            }
            for one in told["staff"]
        ],
    )
    member.presses("登记服务人员").is_told("服务人员已登记")
    member.goes_to(f"{base}/recipients").follows("登记服务对象")
    member.fills_rows(
        "服务对象",
        [
            {
                "姓名": one["name"],
                "站点": told["stations"][one["station"]],
                "照护类别": one["care_class"],
                "登记日期": site.today,
            }
            for one in told["recipients"][:ENROLLED_BY_HAND]
        ],
    )
    member.fills({"已取得服务对象或其监护人的单独同意": True})
    member.presses("登记服务对象").is_told("服务对象已登记")
    _enrols_the_others(cast)
    member.goes_to(base).follows("登记服务记录")
    member.fills(
        {
            "服务目标": "困难老年人探访",
            "服务人员": told["staff"][1]["name"],
            "服务对象": "甘",
            "服务日期": site.today,
            "开始时间": "10:00",
            "结束时间": "10:40",
            "地点": "服务对象家中",
            "计入数量": "1",
            "服务内容": "首次探访，建立档案，测量血压，了解用药和居家安全。",
        }
    )
    member.presses("登记服务记录").is_told("服务记录已登记")
    clerk = cast["jingban"].takes_up("核实服务记录")
    clerk.main.locator("[name=records]").first.check()
    clerk.presses("核实所选记录").is_told("所选记录已核实")
    proof = site.folder / "进驻情况.pdf"
    proof.write_bytes(invoice("0", Money(0)))
    member.goes_to(f"{base}/milestones/1")
    member.fills({"完成情况": "两站已进驻开放，人员到岗。", "证明材料": proof})
    member.presses("报送履约节点").is_told("节点已报送")
    clerk.takes_up("核实履约节点").fills({"核实意见": "确认这个节点已完成"})
    clerk.presses("提交核实意见").is_told("核实意见已登记")


def _enrols_the_others(cast: Cast) -> None:
    site, contract = cast.site, contract_of(cast)
    told = site.walk.told
    with site.walk.as_("jigou1") as uow:
        rows = [
            RecipientPlan(
                one["name"], told["stations"][one["station"]], one["care_class"], site.today
            )
            for one in told["recipients"][ENROLLED_BY_HAND:]
        ]
        enrol_recipients(uow, EnrolRecipients(contract.id, rows))


def half_a_year_goes_by(cast: Cast) -> None:
    """What is done every month is recorded and checked without clicking it hundreds of times."""
    delivering.serve_until_midterm(cast.site.walk)
    clerk = cast["jingban"].goes_to(f"/projects/{cast.number}/delivery").reads("困难老年人探访")
    clerk.goes_to(f"/projects/{cast.number}/delivery/records").reads("已核实")


def the_midterm_is_evaluated(cast: Cast) -> None:
    """The assessor scores at mid-term; the instalment that waited for it is paid."""
    _evaluates(cast)
    paying.pay_after_midterm(cast.site.walk)


def the_rest_of_the_year_goes_by(cast: Cast) -> None:
    """Service up to the final evaluation."""
    delivering.serve_until_final(cast.site.walk)


def the_year_is_evaluated(cast: Cast) -> None:
    """The final evaluation in the last month and its instalment; the month is served to its end."""
    walk = cast.site.walk
    evaluating.assign_final(walk)
    evaluating.finish_final(walk)
    paying.pay_after_final(walk)
    delivering.serve_the_last_month(walk)
    delivering.hand_over(walk)


def _evaluates(cast: Cast) -> None:
    site = cast.site
    site.workdays_later(1)
    told = site.walk.told["evaluation"][EvaluationKind.MIDTERM.value]
    clerk = cast["jingban"].takes_up("委派评估机构")
    clerk.fills(
        {
            "评估员": "容敏仪",
            "利害关系核查情况": "查询登记和股权信息，评估机构与承接主体没有投资、人员和业务往来。",
        }
    )
    clerk.presses("委派评估机构").is_told("评估机构已委派")
    for username in ("pinggu2", "pinggu1"):
        evaluator = cast[username].takes_up("签署独立性声明")
        evaluator.fills({"我已阅读并签署以上声明": True})
        evaluator.presses("签署独立性声明").is_told("独立性声明已签署")
    site.workdays_later(4)
    _looks_into_records(cast, evaluator.takes_up("填写评估评分"))
    _visits(evaluator, len(site.walk.told["recipients"]))
    _scores(cast, evaluator, Decimal(told["ratio"]))
    evaluator.follows("评估意见").fills(
        {
            "项目概况": told["summary"],
            "主要成效": told["summary"],
            "存在问题": told["problems"],
            "改进建议": "按上述问题逐项改进，并在下一季度台账中反映。",
        }
    )
    evaluator.presses("保存评估意见").is_told("评估意见已保存")
    site.workdays_later(2)
    lead = cast["pinggu2"].takes_up("填写评估评分").follows("核对评估报告")
    lead.fills({"我已核对评分、理由和报告内容，对评估结论的真实性负责": True})
    lead.presses("提交评估报告").is_told("评估报告已提交")
    site.workdays_later(2)
    approver = (
        cast["shenhe"]
        .takes_up("审阅评估报告")
        .fills({"处理意见": "确认评估结果", "我已阅读评估报告，知道确认以后不能撤回": True})
    )
    approver.presses("提交处理意见").is_told("处理意见已登记")


def _looks_into_records(cast: Cast, evaluator: Person) -> None:
    """The first record is judged by hand, the others without clicking through all of them."""
    evaluator.follows("服务记录核查").presses("抽取核查样本").is_told("核查样本已抽取")
    evaluator.fills({"第 1 条：核查结论": "属实"})
    evaluator.presses("保存核查结论").is_told("核查结论已保存")
    walk = cast.site.walk
    with walk.as_("pinggu1") as uow:
        evaluation = evaluation_of(walk, EvaluationKind.MIDTERM)
        found = tuple(RecordCheck(one, SampleVerdict.TRUE) for one in evaluation.sampled_ids)
        save_checks(uow, SaveChecks(evaluation.id, evaluation.version, found))


def _visits(evaluator: Person, served: int) -> None:
    evaluator.follows("走访和满意度调查").fills(
        {
            "实地走访日期": evaluator.site.today,
            "满意度调查抽样人数": served,
            "有效回答人数": served - 1,
            "表示满意人数": served - 1,
            "调查方式": "入户访问",
        }
    )
    evaluator.presses("保存走访情况").is_told("走访和调查情况已保存")


def _scores(cast: Cast, evaluator: Person, ratio: Decimal) -> None:
    rows = cast.site.session.execute(
        select(EvaluationIndicator.dimension, EvaluationIndicator.name, EvaluationIndicator.points)
        .join(Evaluation, Evaluation.id == EvaluationIndicator.evaluation_id)
        .where(Evaluation.kind == EvaluationKind.MIDTERM)
        .order_by(EvaluationIndicator.position)
    ).all()
    for dimension in dict.fromkeys(row.dimension for row in rows):
        evaluator.follows(dimension.label)
        for row in rows:
            if row.dimension == dimension:
                points = (Decimal(row.points) * ratio / 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
                evaluator.fills(
                    {f"{row.name}：得分": f"{points}", f"{row.name}：理由": "查阅台账给分。"}
                )
        evaluator.presses("保存评分").is_told("评分已保存")


def the_recipients_are_heard(cast: Cast) -> None:
    """The accepter opens the acceptance and prints slips; one answers on a phone, without account."""
    site, contract = cast.site, contract_of(cast)
    assert contract.ends_on is not None
    site.at(CHINA.next_workday(contract.ends_on))
    site.workdays_later(2)
    accepter = cast["yanshou"].takes_up("启动履约验收")
    accepter.fills({"我没有参与本合同的经办和签订": True})
    accepter.presses("启动履约验收").is_told("履约验收已启动")
    accepter.takes_up("办理履约验收").follows("服务对象意见").presses("印制意见卡")
    addresses = accepter.main.locator(".slip-address").all_inner_texts()
    opinions = site.walk.told["acceptance"]["opinions"]
    site.workdays_later(1, 15)
    told = list(zip(addresses, opinions, strict=True))
    for address, points in told[:HEARD_BY_PHONE]:
        recipient = cast.newcomer("recipient", viewport=PHONE)
        recipient.goes_to("/opinion/" + address.rpartition("/")[2])
        for point in points:
            recipient.main.get_by_role("radio").nth(5 - point).check()
            recipient.presses("回答下一题")
        # Back, and a page opened anew, find the answers where they were.
        recipient.page.go_back()
        recipient.page.reload()
        expect(recipient.main.get_by_role("radio").nth(5 - points[-1])).to_be_checked()
        recipient.page.go_forward()
        recipient.presses("交回意见").reads("意见已收到，谢谢您")
        recipient.context.close()
    for address, points in told[HEARD_BY_PHONE:]:
        with site.walk.as_visitor() as uow:
            answer_slip(uow, AnswerSlip(address.rpartition("/")[2], tuple(points)))
    again = cast.newcomer("recipient", viewport=PHONE)
    again.expects_refusals = True
    again.goes_to("/opinion/" + addresses[0].rpartition("/")[2]).reads("每个意见码只能填写一次")
    again.context.close()


def the_year_is_accepted(cast: Cast) -> None:
    """Item by item, with the group's comments, to the certificate; the clerk publishes."""
    cast.site.workdays_later(1)
    told = cast.site.walk.told
    accepter = cast["yanshou"].takes_up("办理履约验收").follows("逐项核验服务目标和服务标准")
    for target in cast.site.walk.story.facts["frequency_targets"]:
        accepter.fills({f"{target['what']}：核验结论": "符合"})
    contract = contract_of(cast)
    for standard in agreed_of(cast.site.session, contract).standards:
        accepter.fills(
            {
                f"{standard}核验结论": "符合",
                f"{standard}核验情况": told["acceptance"]["standard_finding"],
            }
        )
    accepter.presses("保存核验结果").is_told("核验结果已保存")
    accepter.follows("验收小组和意见").fills_rows(
        "验收小组成员",
        [
            {
                "身份": "组长",
                "姓名": "黄雅文",
                "单位": "珠海市斗门区民政局",
                "职务或职称": "验收负责人",
                "是否同意验收": "同意",
                "验收意见": "同意验收。",
            },
            *(
                {
                    "身份": "外部专家",
                    "姓名": one["name"],
                    "单位": one["unit"],
                    "职务或职称": one["title"],
                    "是否同意验收": "同意",
                    "验收意见": one["comment"],
                }
                for one in told["acceptance"]["experts"]
            ),
        ],
    )
    accepter.presses("保存验收小组").is_told("验收小组已保存")
    accepter.follows("核对并确认验收结果").fills(
        {
            "验收地点": told["stations"][0],
            "结论说明": told["acceptance"]["conclusion"],
            "我已逐项核对，确认履约验收合格": True,
        }
    )
    accepter.presses("确认验收合格").is_told("验收结论已作出")
    accepter.follows("签署验收书").fills(
        {"签署人姓名": "黄雅文", "我已阅读验收书，其中记载的我的意见属实，同意签署": True}
    )
    accepter.presses("签署验收书").is_told("您已签署验收书")
    scan = cast.site.folder / "验收书签字件.pdf"
    scan.write_bytes(signed_copy())
    accepter.follows("报送验收书签字件").fills(
        {"签字件扫描件": scan, "扫描件与平台生成的验收书一致，签字由成员本人签署": True}
    )
    accepter.presses("报送验收书签字件").is_told("验收书签字件已归档")
    cast.site.workdays_later(1)
    clerk = cast["jingban"].takes_up("公告验收结果")
    clerk.fills({"我已核对公告内容，没有服务对象的个人信息": True})
    clerk.presses("公告验收结果").is_told("验收结果已公告")


def the_last_instalment_is_paid(cast: Cast) -> None:
    """With it the contract is paid in full, by level as agreed, and nobody has anything to do."""
    _pays_the_last(cast)
    for username in ("jingban", "shenhe", "yanshou", "jigou1", "fuzeren1", "guoku", "pinggu1"):
        cast[username].has_nothing_to_do()
    clerk = cast["jingban"].goes_to(f"/projects/{cast.number}/payments")
    clerk.reads("¥172,800.00", "¥69,120.00", "¥103,680.00")
    clerk.goes_to(f"/projects/{cast.number}")


def the_auditor_takes_it_all_away(cast: Cast) -> None:
    """The fund trail is read, the package taken, and proven here and elsewhere; a forgery is not."""
    title = cast.site.walk.story.title
    auditor = cast["shenji"].goes_to("/audit").follows(title, exact=False)
    auditor.reads("¥172,800.00", "国库支付")
    auditor.follows("导出审计包")
    auditor.fills({"导出事由": "年度政府购买服务专项审计，调取本项目全部资料。"})
    auditor.presses("导出审计包").is_told("审计包已生成")
    package, forged = cast.site.folder / "package.zip", cast.site.folder / "forged.zip"
    with auditor.page.expect_download() as download:
        auditor.main.get_by_role("link", name="下载审计包").click()
    download.value.save_as(package)
    with zipfile.ZipFile(package) as opened:
        inside = next(name for name in opened.namelist() if name.endswith("verify_trail.py"))
        verifier = Path(opened.extract(inside, cast.site.folder))
    assert _verified(verifier, package) == 0
    content = bytearray(package.read_bytes())
    content[content.index(b'"amount_fen":') + 14] ^= 1
    forged.write_bytes(content)
    assert _verified(verifier, forged) == 1
    auditor.expects_refusals = True
    auditor.goes_to("/audit/verify")
    auditor.fills({"审计包": package}).presses("核对审计包").reads("核对通过", title)
    auditor.fills({"审计包": forged}).presses("核对审计包").reads("核对不通过")


def _verified(verifier: Path, package: Path) -> int:
    command = [sys.executable, "-I", "-S", str(verifier), str(package)]
    return subprocess.run(command, capture_output=True, timeout=120).returncode


CHAPTERS = (
    the_contract_is_drafted,
    both_sign,
    the_first_instalment_is_paid,
    the_service_begins,
    half_a_year_goes_by,
    the_midterm_is_evaluated,
    the_rest_of_the_year_goes_by,
    the_year_is_evaluated,
    the_recipients_are_heard,
    the_year_is_accepted,
    the_last_instalment_is_paid,
    the_auditor_takes_it_all_away,
)
