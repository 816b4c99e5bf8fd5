"""What the macros draw: small frozen values, and the functions that put dates and sizes into words.

A page builds these out of its queries; templates only lay them out. Instants are aware UTC, shown
in Beijing time; money is `Money`; nothing here knows a table or a stage.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from procure.kernel.case_lines import PersonLine
from procure.kernel.findings import SectionState
from procure.kernel.lifecycle import Audience, State, Tone

SITE_NAME = "政府购买服务平台"


# --- words -------------------------------------------------------------------------------------


def size_words(size: int) -> str:
    """A file's size in bytes as people read it: 640 字节, 12.5 KB, 3.2 MB."""
    if size < 1000:
        return f"{size} 字节"
    for unit, step in (("KB", 1000), ("MB", 1000**2)):
        tenths = (size * 10 + step // 2) // step
        if tenths < 10_000:
            return f"{tenths // 10}.{tenths % 10} {unit}"
    tenths = (size * 10 + 1000**3 // 2) // 1000**3
    return f"{tenths // 10}.{tenths % 10} GB"


def short_digest(digest: str) -> str:
    """The beginning of a sha256 in groups of four, enough to compare by eye."""
    return " ".join(digest[start : start + 4] for start in range(0, min(len(digest), 12), 4))


# --- values ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Badge:
    """A state to show: a lifecycle state worded for its reader, or a bare tone with words."""

    state: State | Tone
    words: str = ""
    audience: Audience = Audience.BUYER


@dataclass(frozen=True)
class Link:
    """Words that lead to a page."""

    text: str
    href: str


@dataclass(frozen=True)
class StepPage:
    """What stands around the form of a step whose page shows nothing of its own
    (`_layouts/step.html`): the `case` it belongs to, the pages above it (who does not take the step
    goes back to the last), what `follows` from taking it, and what has to be `said` before.
    """

    case: str
    trail: tuple[Link, ...]
    follows: tuple[str, ...]
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quantity:
    """A number with its unit: 1,280 小时."""

    amount: int | Decimal
    unit: str


@dataclass(frozen=True)
class Percent:
    """A fraction shown as a percentage: Decimal("0.85") is 85%."""

    fraction: Decimal


def badge_parts(
    state: State | Tone, words: str = "", audience: Audience | str = ""
) -> tuple[str, str]:
    """A state's tone and its words for a reader.

    Raises ValueError for a bare tone without words: a state is never shown by its raw name.
    """
    if isinstance(state, Tone):
        if not words:
            raise ValueError(f"tone {state} needs words")
        return str(state), words
    return str(state.tone), words or state.for_audience(Audience(audience or Audience.BUYER))


# --- parts of pages ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Fact:
    """One line of a key–value list; `value` is any kind of value that value.html draws."""

    label: str
    value: object
    note: str = ""
    href: str = ""
    change_href: str = ""


@dataclass(frozen=True)
class Section:
    """One section of a task list: one page of related questions."""

    title: str
    href: str
    state: SectionState
    note: str = ""


@dataclass(frozen=True)
class Answer:
    """One answer on a check page, with the way back to change it."""

    label: str
    value: object
    change_href: str = ""


@dataclass(frozen=True)
class AnswerSection:
    """The answers of one section on a check page."""

    title: str
    answers: tuple[Answer, ...]
    change_href: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a list; numbers stand on the right with tabular figures."""

    key: str
    label: str
    numeric: bool = False
    sortable: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a list: values in the order of the columns; the first one carries the link."""

    cells: tuple[object, ...]
    href: str = ""
    note: str = ""


@dataclass(frozen=True)
class Chart:
    """A figure: what it says in one sentence, the numbers it is drawn from, and its drawings: for
    screens and, where it can be drawn so small, for phones; none where the numbers say it all.
    """

    title: str
    drawings: tuple[str, ...]
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class FlowStep:
    """One amount on its way: budget line, contract, instalment or payment."""

    label: str
    amount: object
    note: str = ""
    href: str = ""
    badge: Badge | None = None


# --- around the page ---------------------------------------------------------------------------


@dataclass(frozen=True)
class MenuItem:
    """An entry of the menu."""

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True)
class DeskBar:
    """The top bar of a signed-in person."""

    person: PersonLine
    menu: tuple[MenuItem, ...] = ()
    inbox_count: int = 0
    inbox_href: str = ""
    account_href: str = ""
    sign_out_href: str = ""


@dataclass(frozen=True)
class SiteBar:
    """What stands on every page: the public menu, the footer's links, the demonstration's mark."""

    name: str = SITE_NAME
    home_href: str = "/"
    menu: tuple[MenuItem, ...] = ()
    links: tuple[Link, ...] = field(default_factory=tuple)
    demo_note: str = ""
    demo_href: str = ""
    sign_in_href: str = ""
