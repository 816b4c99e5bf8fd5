"""What the pages of the catalogue show, built of queries and policies."""

from collections.abc import Sequence
from decimal import Decimal

from procure.kernel.lifecycle import state_words
from procure.kernel.vocabulary import (
    BUY_MODE_LABELS,
    DIMENSION_LABELS,
    PERIOD_LABELS,
    counted_for,
)
from procure.stages.catalogue.models import CatalogueIndicator, CatalogueItem
from procure.stages.catalogue.queries import ItemDossier
from procure.web.presenters import Column, Fact, Row

INDICATOR_COLUMNS = (
    Column("dimension", "类别"),
    Column("name", "指标"),
    Column("points", "分值", numeric=True),
    Column("frequency", "频次"),
    Column("standard", "评分标准"),
    Column("evidence", "证明材料"),
)


def frequency_words(row: CatalogueIndicator) -> str:
    """How often at least: 每个站点每月不少于 1 次; empty for other indicators."""
    if row.period is None:
        return ""
    each = "" if row.each in ("", "项目") else "每" + "".join(counted_for(row.each))
    return f"{each}{PERIOD_LABELS[row.period]}不少于 {row.at_least:,} {row.unit}"


def points_in_all(indicators: Sequence[CatalogueIndicator]) -> Decimal:
    """What the indicators add up to; 100 once the item may be published."""
    return Decimal(sum(row.points for row in indicators)) / 100


def indicator_rows(indicators: Sequence[CatalogueIndicator]) -> tuple[Row, ...]:
    """The table of indicators."""
    return tuple(
        Row(
            (
                DIMENSION_LABELS[row.dimension],
                row.name,
                Decimal(row.points) / 100,
                frequency_words(row) or "按标准评分",
                row.standard,
                row.evidence,
            )
        )
        for row in indicators
    )


def head_facts(dossier: ItemDossier) -> tuple[Fact, ...]:
    """What an edition is, in a few lines."""
    item = dossier.item
    facts = [
        Fact("编号", item.code),
        Fact("版次", f"第 {item.edition} 版"),
        Fact("类别", dossier.class_name),
        Fact("购买方式", BUY_MODE_LABELS[item.mode]),
        Fact("计量单位", item.unit),
    ]
    if item.commodity_code:
        facts.append(Fact("政府采购品目", item.commodity_code))
    if item.published_at:
        facts.append(Fact("发布时间", item.published_at))
    if item.retired_at:
        facts.append(Fact("停用时间", item.retired_at))
    return tuple(facts)


def edition_words(item: CatalogueItem) -> str:
    """An edition in a list of editions."""
    return f"第 {item.edition} 版（{state_words(item.state).words}）"
