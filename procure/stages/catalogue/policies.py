"""Who may keep the catalogue, and when an item is fit to be published."""

from collections.abc import Sequence
from decimal import Decimal

from procure.kernel.access import Actor, Permission
from procure.kernel.errors import (
    IllegalTransition,
    Invalid,
    Verdict,
    first_refusal,
    refused_if,
)
from procure.kernel.laws import cite
from procure.kernel.lifecycle import CatalogueItemState, may_step
from procure.stages.catalogue.models import CatalogueIndicator, CatalogueItem

RULE_CATALOGUE = cite("catalogue_made")
FULL_POINTS = 10_000
STANDARD_FIELDS = (
    ("recipients", "服务对象"),
    ("procedure", "服务程序"),
    ("quality", "质量标准"),
    ("time_limit", "时限要求"),
    ("responsibility", "责任"),
)
"""The five things that a service standard must state (穗字〔2009〕13号 §10)."""


def may_keep(actor: Actor, *also: Verdict) -> Verdict:
    """Whether the actor keeps the catalogue, and so may begin an item; `also` is what a step asks
    besides.
    """
    return first_refusal(
        refused_if(
            not actor.may(Permission.CATALOGUE_KEEP),
            "您的岗位不能编制指导性目录。",
            rule=RULE_CATALOGUE,
            remedy="目录由目录管理员编制；需要新增服务事项的，请向市民政局提出。",
        ),
        *also,
    )


def may_edit_item(actor: Actor, item: CatalogueItem) -> Verdict:
    """Whether the actor may change this edition; a published one is replaced, never changed."""
    return may_keep(
        actor,
        refused_if(
            item.state is not CatalogueItemState.DRAFT,
            "已经发布的条目不能修改，正在执行的项目以它为准。",
            rule=RULE_CATALOGUE,
            remedy="请编制新版，发布后自动代替旧版。",
            error=IllegalTransition,
        ),
    )


def may_revise_item(actor: Actor, item: CatalogueItem, *, has_draft: bool) -> Verdict:
    """Whether a new edition of the item may be begun."""
    return may_keep(
        actor,
        refused_if(
            has_draft,
            "这个条目的新版正在编制。",
            remedy="请在列表中打开编制中的新版继续修改。",
            error=IllegalTransition,
        ),
        refused_if(
            item.state is CatalogueItemState.DRAFT,
            "编制中的条目可以直接修改，不用编制新版。",
            error=IllegalTransition,
        ),
    )


def may_publish_item(actor: Actor, item: CatalogueItem) -> Verdict:
    """Whether the actor may publish this edition now (its content is asked of `whole`)."""
    return may_keep(actor, may_step("publish_item", item.state))


def may_retire_item(actor: Actor, item: CatalogueItem) -> Verdict:
    """Whether the actor may take this edition out of use."""
    return may_keep(actor, may_step("retire_item", item.state))


def whole(item: CatalogueItem, indicators: Sequence[CatalogueIndicator]) -> Verdict:
    """Whether the edition says all that a buyer and an evaluator need."""
    missing = [words for name, words in STANDARD_FIELDS if not getattr(item, name).strip()]
    total = sum(indicator.points for indicator in indicators)
    return first_refusal(
        refused_if(
            missing,
            f"服务标准还缺少：{'、'.join(missing)}。",
            remedy="请补齐后再发布；五项内容缺一不可。",
            error=_Incomplete,
        ),
        refused_if(
            total != FULL_POINTS,
            f"评价指标的分值合计应为 100 分，现为 {Decimal(total) / 100:f} 分。",
            remedy="请调整各项指标的分值。",
            error=_Incomplete,
        ),
    )


class _Incomplete(Invalid):
    """An item that is not fit to be published; the indicators are where it is mended."""

    def __init__(self, message: str, *, rule: str | None = None, remedy: str | None = None) -> None:
        super().__init__("indicators", message, rule, remedy)


def publishable(
    actor: Actor, item: CatalogueItem, indicators: Sequence[CatalogueIndicator]
) -> Verdict:
    """Why this edition cannot be published now, its content included; what its page asks."""
    return first_refusal(may_publish_item(actor, item), whole(item, indicators))
