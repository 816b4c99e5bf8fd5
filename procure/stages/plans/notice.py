"""The public notices of a plan: its intention, and that it was given up."""

from procure.kernel.day_words import month_words
from procure.kernel.money import Money
from procure.kernel.vocabulary import BUY_MODE_LABELS, METHOD_LABELS
from procure.registers.accounts.models import Organisation
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.plans.models import Plan

INTENTION_NOTE = "本次公开的采购意向是初步安排，具体采购项目情况以相关采购公告和采购文件为准。"


def intention_sections(
    plan: Plan,
    project: Project,
    buyer: Organisation,
    item: CatalogueItem,
    before: Notice | None = None,
) -> list[dict[str, object]]:
    """The text of the intention notice in the form of 财办库〔2020〕50号.

    `before` is the notice whose content this one takes the place of.
    """
    month = month_words(plan.expected_on)
    return [
        {
            "title": "采购意向",
            "rows": [
                ["采购项目名称", project.title],
                ["项目编号", project.number],
                ["采购需求概况", plan.outline],
                ["预算金额（万元）", Money(plan.amount_fen).wan],
                ["预计采购时间", month],
                ["采购方式", METHOD_LABELS[plan.method]],
                ["购买方式", BUY_MODE_LABELS[plan.mode]],
                ["指导性目录条目", f"{item.code} {item.name}"],
                ["服务期限", f"{plan.term_months} 个月"],
            ],
        },
        buyer_section(buyer),
        {
            "title": "备注",
            "rows": [
                *([["变更", f"本公告代替 {before.number}，内容以本公告为准。"]] if before else []),
                ["说明", INTENTION_NOTE],
            ],
        },
    ]


def buyer_section(buyer: Organisation) -> dict[str, object]:
    """Who buys and how they are reached, for the notices of an intention."""
    return {
        "title": "采购人",
        "rows": [
            ["名称", buyer.name],
            ["地址", buyer.address or "见采购公告"],
            ["联系电话", buyer.phone or "见采购公告"],
        ],
    }


def cancellation_sections(
    project: Project, buyer: Organisation, intention: Notice, reason: str
) -> list[dict[str, object]]:
    """The text of the notice that what was intended will not be bought."""
    return [
        {
            "title": "取消的采购意向",
            "rows": [
                ["采购项目名称", project.title],
                ["项目编号", project.number],
                ["原意向公告", f"{intention.title}（{intention.number}）"],
                ["取消的原因", reason],
            ],
        },
        buyer_section(buyer),
    ]
