"""Correcting a price that contradicts itself (报价修正), O87 art 59, in the order of the article.

1 opening sheet over inner text; 2 words over figures; 3 where a unit price has a misplaced decimal
point or percent sign, the total stands and the unit price is changed; 4 otherwise the sum of unit
prices stands over the total. Several at once are applied in this order. The bidder confirms in
writing; without confirmation the bid is invalid.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from procure.kernel.labelled import LabelledEnum
from procure.kernel.scoring.rules import BrokenRule

SHIFTS = tuple(Decimal(10) ** k for k in (-4, -3, -2, -1, 1, 2, 3, 4))
"""How far a decimal point may have slipped; a hundred also covers a misread percent sign."""


class CorrectionRule(LabelledEnum):
    """Which sentence of art 59 was applied."""

    SHEET_OVER_TEXT = "sheet_over_text", "开标一览表与投标文件内容不一致，以开标一览表为准。"
    WORDS_OVER_FIGURES = "words_over_figures", "大写金额与小写金额不一致，以大写金额为准。"
    MISPLACED_DECIMAL = (
        "misplaced_decimal",
        "单价小数点或百分比明显错位，以开标一览表总价为准并修改单价。",
    )
    UNITS_OVER_TOTAL = "units_over_total", "总价与按单价汇总的金额不一致，以单价计算结果为准。"


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line of the price list: quantity and unit price in fen (fractions of a fen allowed)."""

    id: str
    quantity: Decimal
    unit_fen: Decimal

    @property
    def amount_fen(self) -> int:
        """quantity × unit price, rounded half up to the fen."""
        return int((self.quantity * self.unit_fen).quantize(Decimal(1), ROUND_HALF_UP))


@dataclass(frozen=True, slots=True)
class Quotation:
    """A price as the bid states it, in fen; None where the bid does not state it.

    `sheet` the figures on the opening sheet, `words` what the words there (大写) read, `text` the
    total inside the bid, `lines` the price list.
    """

    sheet: int
    words: int | None = None
    text: int | None = None
    lines: tuple[PricedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """One correction: the rule, the amount before and after, and the line whose unit price was
    changed, with the new unit price."""

    rule: CorrectionRule
    before: int
    after: int
    line: str | None = None
    unit_fen: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """The price announced, the price after correction, and every rule applied, in order."""

    price_announced: int
    price_corrected: int
    applied: tuple[Applied, ...]

    @property
    def needs_confirmation(self) -> bool:
        """Whether the bidder must confirm in writing."""
        return bool(self.applied)

    def binding_price(self, *, confirmed: bool) -> int:
        """The price in fen that evaluation uses.

        Raises BrokenRule when the bidder did not confirm a correction: the bid is invalid.
        """
        if self.needs_confirmation and not confirmed:
            raise BrokenRule(
                "price",
                "R-CORRECT",
                "供应商未书面确认修正后的报价，投标无效。",
                "在评审报告中记录修正内容和未确认的情况。",
            )
        return self.price_corrected


def correct_price(quotation: Quotation) -> Correction:
    """Apply art 59 to a price that may contradict itself. Amounts must be positive fen."""
    if quotation.sheet <= 0:
        raise BrokenRule("price", "F-PRICE", "报价不得为零或负数。", "核对开标一览表。")
    applied: list[Applied] = []
    price = quotation.sheet
    if quotation.text is not None and quotation.text != price:
        applied.append(Applied(CorrectionRule.SHEET_OVER_TEXT, quotation.text, price))
    if quotation.words is not None and quotation.words != price:
        applied.append(Applied(CorrectionRule.WORDS_OVER_FIGURES, price, quotation.words))
        price = quotation.words
    total = sum(line.amount_fen for line in quotation.lines)
    if quotation.lines and total != price:
        slipped = _slipped(quotation.lines, total, price)
        if slipped is not None:
            line, unit = slipped
            applied.append(Applied(CorrectionRule.MISPLACED_DECIMAL, total, price, line.id, unit))
        else:
            applied.append(Applied(CorrectionRule.UNITS_OVER_TOTAL, price, total))
            price = total
    return Correction(quotation.sheet, price, tuple(applied))


def _slipped(
    lines: tuple[PricedLine, ...], total: int, price: int
) -> tuple[PricedLine, Decimal] | None:
    """The only line whose unit price, moved by powers of ten, makes the sum equal the total."""
    found = []
    for line in lines:
        for shift in SHIFTS:
            moved = PricedLine(line.id, line.quantity, line.unit_fen * shift)
            if total - line.amount_fen + moved.amount_fen == price:
                found.append((line, moved.unit_fen))
    return found[0] if len(found) == 1 else None
