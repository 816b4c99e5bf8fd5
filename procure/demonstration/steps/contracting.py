"""Contract: filled in, printed, signed by both, published, filed."""

from datetime import timedelta

from sqlalchemy import select

from procure.demonstration.walk import Walk
from procure.kernel.lifecycle import Stage
from procure.kernel.money import Money
from procure.kernel.workdays import CHINA
from procure.stages.contracts import queries as contracts
from procure.stages.contracts.drafting import MilestonePlan, last_day
from procure.stages.contracts.models import Contract, ContractMilestone
from procure.stages.contracts.use_cases.fill import (
    PostPlan,
    SaveMilestones,
    SaveOther,
    SaveParties,
    SaveTargets,
    SaveTerm,
    save_milestones,
    save_other,
    save_parties,
    save_targets,
    save_term,
)
from procure.stages.contracts.use_cases.issue import IssueContract, issue_contract
from procure.stages.contracts.use_cases.publish import (
    FileContract,
    PublishContract,
    file_contract,
    publish_contract,
)
from procure.stages.contracts.use_cases.sign import (
    SignContract,
    sign_contract_buyer,
    sign_contract_supplier,
)


def contract_of(walk: Walk) -> Contract:
    """The walk's contract as it stands."""
    return walk.one(Contract, Contract.project_id == walk.project_id)


def winner_of(walk: Walk) -> int:
    """Which of the story's suppliers won: the number in its people's usernames."""
    contract = contract_of(walk)
    return next(
        int(told["supplier"])
        for told in walk.told["bids"]
        if walk.made[f"bid{told['supplier']}"] == contract.bid_id
    )


def fill_in_the_contract(walk: Walk) -> None:
    """The clerk completes what the award did not say."""
    walk.workdays_later(2)
    contract = contract_of(walk)
    supplier = walk.organisation_of(f"jigou{winner_of(walk)}")
    told = walk.told
    stations, recipients = len(told["stations"]), len(told["recipients"])
    starts = CHINA.next_workday(walk.today + timedelta(days=10))
    term = walk.story.facts["term_months"]
    with walk.as_("jingban") as uow:
        save_parties(
            uow,
            SaveParties(
                contract.id,
                contract.version,
                buyer_contact="陈晓岚",
                buyer_phone="0756-0000021",
                supplier_contact=told["staff"][0]["name"],
                supplier_phone=supplier.phone,
            ),
        )
    with walk.as_("jingban") as uow:
        save_term(
            uow,
            SaveTerm(
                contract.id,
                contract.version,
                starts_on=starts,
                ends_on=last_day(starts, term),
                place=told["place"],
                recipients="两个社区六十周岁以上老人，重点为在册困难老人",
                recipients_number=recipients,
            ),
        )
    with walk.as_("jingban") as uow:
        save_targets(
            uow,
            SaveTargets(
                contract.id,
                contract.version,
                counts={"每站": stations, "每位在册老人": recipients},
                posts=[
                    PostPlan("项目主管", 1, "中级社会工作师", "统筹项目、督导和对接"),
                    PostPlan("驻站社工", stations, "助理社会工作师以上", "站点开放、活动和探访"),
                ],
                source="两个社区居委会移交的在册困难老人名册",
            ),
        )
    with walk.as_("jingban") as uow:
        save_milestones(uow, SaveMilestones(contract.id, contract.version, _milestones(walk)))
    with walk.as_("jingban") as uow:
        save_other(
            uow,
            SaveOther(
                contract.id,
                contract.version,
                premises="甲方无偿提供两处站点场地及固定设施，水电费由乙方承担。",
                special_terms="节假日安排提前五个工作日在站点公布。",
            ),
        )
    with walk.as_("jingban") as uow:
        issue_contract(uow, IssueContract(contract.id, contract.version, confirmed=True))
    amount = Money(contract.amount_fen)
    walk.say("jingban", Stage.CONTRACT, f"生成合同文本 {contract.number} 并送签", amount)


def sign_the_contract(walk: Walk) -> None:
    """The supplier signs first, then the buyer; the money is committed."""
    walk.workdays_later(1)
    signatory = f"fuzeren{winner_of(walk)}"
    for username, sign in ((signatory, sign_contract_supplier), ("shenhe", sign_contract_buyer)):
        with walk.as_(username) as uow:
            contract = contract_of(walk)
            sha256 = contracts.digest_of_text(walk.session, contract)
            sign(
                uow,
                SignContract(
                    contract.id,
                    contract.version,
                    sha256,
                    walk.actor(username).name,
                    window_reason="上一年度服务已经结束，两个站点不能停开。",
                ),
            )
        walk.say(username, Stage.CONTRACT, "签署合同", Money(contract.amount_fen))


def publish_and_file(walk: Walk) -> None:
    """The clerk publishes within two working days and files within seven."""
    walk.workdays_later(1)
    with walk.as_("jingban") as uow:
        contract = contract_of(walk)
        publish_contract(uow, PublishContract(contract.id, contract.version))
    walk.say("jingban", Stage.CONTRACT, "公告合同")
    walk.workdays_later(2)
    with walk.as_("jingban") as uow:
        contract = contract_of(walk)
        number = f"演示备案〔{walk.today.year}〕{contract.number[-6:]}号"
        file_contract(uow, FileContract(contract.id, contract.version, number, walk.today))
    walk.say("jingban", Stage.CONTRACT, "合同备案")


def _milestones(walk: Walk) -> list[MilestonePlan]:
    rows = walk.session.scalars(
        select(ContractMilestone)
        .where(ContractMilestone.contract_id == contract_of(walk).id)
        .order_by(ContractMilestone.position)
    )
    return [MilestonePlan(row.title, row.due_on, row.lead_unit, row.assisting_unit) for row in rows]
