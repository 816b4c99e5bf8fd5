"""What the numbers of a form must add up to, so that the page can add while they are typed."""

from dataclasses import dataclass

from procure.kernel.money import Money

WHOLE = 100


@dataclass(frozen=True)
class RunningTotal:
    """Parts that must make a hundred: 分 or %.

    `parts` are names of fields; a star stands for the number of a row (`rows-*-percent`). Where the
    whole stands for an amount, `amount` is that amount and `amount_label` what it is called.
    """

    parts: tuple[str, ...]
    unit: str
    amount: Money | None = None
    amount_label: str = ""
    whole: int = WHOLE

    @property
    def amount_fen(self) -> int | None:
        """The amount as the page's script counts it."""
        return None if self.amount is None else self.amount.fen
