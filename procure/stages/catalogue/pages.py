"""What the pages of the catalogue show, built of queries and policies."""

from collections.abc import Sequence
from decimal import Decimal

from procure.kernel.number_words import number_words
from procure.kernel.vocabulary import least_words
from procure.render.sheets import CellKind
from procure.stages.catalogue.models import CatalogueIndicator, CatalogueItem
from procure.stages.catalogue.queries import ItemDossier
from procure.web.columns import Col, Table, table_of
from procure.web.presenters import Fact


def frequency_words(row: CatalogueIndicator) -> str:
    """How often at least: 每个站点每月不少于 1 次; empty for other indicators."""
    if row.period is None:
        return ""
    return least_words(row.period, row.at_least or 0, row.unit, row.each)


def points_in_all(indicators: Sequence[CatalogueIndicator]) -> Decimal:
    """What the indicators add up to; 100 once the item may be published."""
    return Decimal(sum(row.points for row in indicators)) / 100


def indicator_table(indicators: Sequence[CatalogueIndicator]) -> Table:
    """What the service is judged by."""
    columns: tuple[Col[CatalogueIndicator], ...] = (
        Col("dimension", "类别", lambda row: row.dimension.label),
        Col("name", "指标"),
        Col("points", "分值", lambda row: Decimal(row.points) / 100, CellKind.DECIMAL),
        Col("frequency", "频次", frequency_words, nothing="按标准评分"),
        Col("standard", "评分标准"),
        Col("evidence", "证明材料"),
    )
    total = number_words(points_in_all(indicators))
    return table_of(f"评价指标，合计 {total} 分", columns, indicators)


def head_facts(dossier: ItemDossier) -> tuple[Fact, ...]:
    """What an edition is, in a few lines."""
    item = dossier.item
    facts = [
        Fact("编号", item.code),
        Fact("版次", f"第 {item.edition} 版"),
        Fact("类别", dossier.class_name),
        Fact("购买方式", item.mode.label),
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
    return f"第 {item.edition} 版（{item.state.label}）"
