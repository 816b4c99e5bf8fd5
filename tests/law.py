"""Every law, period and figure that the program applies, a line each, as it was read at its source.

The table stands in `tests/unit/kernel/law.txt` and is reviewed like a migration: who changes a
figure, an article or a day changes a line that a lawyer can read. `python -m tests.law` writes it
anew.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from procure.kernel.laws import LAWS, Citation
from procure.kernel.parameters import PARAMETERS
from procure.kernel.statute import TIMERS

TABLE = Path(__file__).with_name("unit") / "kernel/law.txt"


def rows() -> list[str]:
    """The table as the program has it."""
    return [*_laws(), *_timers(), *_parameters()]


def _laws() -> Iterator[str]:
    for code, law in LAWS.items():
        yield f"law {code} | {law.title} {law.number} | {law.in_force_from}"


def _timers() -> Iterator[str]:
    for row in TIMERS:
        name = f"{row.id}/{row.variant}" if row.variant else row.id
        length = f"{row.kind} {row.length} {row.unit} after {row.trigger}"
        shape = [row.follow, row.counting]
        shape += ["moves"] if row.moves else []
        shape += ["pausable"] if row.pausable else []
        special = f"{row.count or '-'} {row.month_day or '-'}"
        yield (
            f"timer {name} {row.region or '-'} | {row.name} | {length} | {' '.join(shape)} | {special} | "
            f"{_days(row.in_force_from, row.in_force_to)} | {row.mark} | {_cited(row.places)}"
        )


def _parameters() -> Iterator[str]:
    for row in PARAMETERS:
        yield (
            f"figure {row.key} {row.region or '-'} | {row.name} | {row.value} {row.unit} | "
            f"{_days(row.valid_from, row.valid_to)} | {row.mark} | {_cited(row.places)}"
        )


def _days(first: date, last: date | None) -> str:
    return f"{first}..{last or ''}"


def _cited(places: tuple[Citation, ...]) -> str:
    return "; ".join(f"{one.law} {','.join(map(str, one.articles))}".strip() for one in places)


if __name__ == "__main__":
    TABLE.write_text("\n".join(rows()) + "\n", encoding="utf-8")
