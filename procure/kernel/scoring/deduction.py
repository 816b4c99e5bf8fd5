"""Price deduction for small and micro enterprises (价格扣除), 财库〔2022〕19号.

A deduction lowers the price used in evaluation, never the contract price. The rate stands in each
tender; a bidder may decline it.
"""

from decimal import Decimal
from enum import StrEnum

from procure.kernel.parameters import newest
from procure.kernel.scoring.figures import UNIT, scaled
from procure.kernel.scoring.rules import SchemeFinding, block
from procure.kernel.scoring.scheme import DeductionRates

SMALL_BAND = (newest("sme_deduction.min").value, newest("sme_deduction.max").value)
"""Small and micro enterprises, services (R-SME-1)."""

CONSORTIUM_BAND = (
    newest("sme_deduction.consortium.min").value,
    newest("sme_deduction.consortium.max").value,
)
"""Consortium or subcontract with at least 30 % held by small and micro enterprises (R-SME-1)."""


class Subject(StrEnum):
    """Who asks for the deduction."""

    SMALL_ENTERPRISE = "small_enterprise"
    CONSORTIUM = "consortium"
    WELFARE_UNIT = "welfare_unit"
    """Prison enterprises and welfare units for the disabled count as small (R-SME-4)."""
    SOCIAL_ORGANISATION = "social_organisation"
    """民办非企业单位, 社会团体: not enterprises, so no deduction (R-SME-4)."""
    INSTITUTION = "institution"
    OTHER = "other"


def allowed_deduction(
    subject: Subject, rates: DeductionRates, *, declined: bool = False, reserved: bool = False
) -> Decimal:
    """The fraction by which this bidder's price is lowered for evaluation.

    Zero when the bidder declined, when the package is reserved for small enterprises (R-SME-2) and
    for those who are no enterprise (R-SME-4).
    """
    if declined or reserved:
        return Decimal(0)
    if subject in {Subject.SMALL_ENTERPRISE, Subject.WELFARE_UNIT}:
        return rates.small or Decimal(0)
    if subject is Subject.CONSORTIUM:
        return rates.consortium or Decimal(0)
    return Decimal(0)


def check_rates(rates: DeductionRates) -> tuple[SchemeFinding, ...]:
    """Whether the rates a tender offers lie in the bands of R-SME-1."""
    found = []
    for name, who, rate, band in (
        ("small", "小微企业", rates.small, SMALL_BAND),
        ("consortium", "联合体或分包", rates.consortium, CONSORTIUM_BAND),
    ):
        if rate is not None and not band[0] <= rate <= band[1]:
            found.append(
                block(
                    f"deductions.{name}",
                    "R-SME-1",
                    f"{who}的价格扣除比例应在 {band[0]:.0%} 至 {band[1]:.0%} 之间。",
                    "改为规定幅度内的比例；不给予扣除的，留空。",
                )
            )
    return tuple(found)


def check_taken(field: str, taken: int, rates: DeductionRates | None) -> tuple[SchemeFinding, ...]:
    """Whether the deduction a bid carries (ten-thousandths) is one that the tender can give."""
    if taken == 0:
        return ()
    if rates is not None:
        offered = [scaled(rate) for rate in (rates.small, rates.consortium) if rate is not None]
        if taken in offered:
            return ()
        return (
            block(
                field,
                "R-SME-1",
                "价格扣除比例与采购文件写明的比例不一致。",
                "填写采购文件写明的比例；不享受或放弃扣除的，填 0。",
            ),
        )
    if any(low * UNIT <= taken <= high * UNIT for low, high in (SMALL_BAND, CONSORTIUM_BAND)):
        return ()
    return (
        block(
            field,
            "R-SME-1",
            "价格扣除比例应为 10% 至 20%（小微企业）或 4% 至 6%（联合体、分包）。",
            "填写采购文件写明的比例；不享受或放弃扣除的，填 0。",
        ),
    )
