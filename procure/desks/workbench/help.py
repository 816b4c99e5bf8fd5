"""帮助: what a role does, in the order of the procedure, derived from the table of steps.

What a role is for, and the words that it meets, stand in templates/workbench/help.toml.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from procure.desks.steps import STEPS
from procure.desks.workbench.menu import DESK_MENU, DESK_STARTS
from procure.kernel.access import PERMISSIONS_BY_ROLE, Permission, Role, role_words
from procure.kernel.lifecycle import TRANSITIONS, Transition, forward_step
from procure.web.step_table import StepOf

ROOMS = {
    "catalogue": "指导性目录",
    "plans": "采购计划",
    "tenders": "采购文件和公告",
    "bids": "投标（响应）",
    "bid_openings": "开标（开启）",
    "awards": "评审和定标",
    "contracts": "合同",
    "delivery": "履约",
    "evaluation": "绩效评价",
    "acceptance": "验收",
    "payments": "支付和办结",
}
"""The rooms of the pages, in words."""

PAGES = {
    "catalogue": "/catalogue",
    "plans": "/plans",
    "tenders": "/projects",
    "bids": "/bids",
    "bid_openings": "/projects",
    "awards": "/projects",
    "contracts": "/contracts",
    "delivery": "/contracts",
    "evaluation": "/evaluations",
    "acceptance": "/contracts",
    "payments": "/payments",
}
"""The page of the menu where the things of a room are found."""

VISITOR = "visitor"
"""Whose page of help is nobody's office."""

ROLES = tuple(role for role in Role if role is not Role.SYSTEM)
"""The offices of people, in the order of the enum."""


TEXTS = Path(__file__).parents[3] / "templates" / "workbench" / "help.toml"


def _places() -> dict[tuple[str, str], int]:
    """Where a row stands in the procedure: at its action, or behind the row before it."""
    order = {row.action: at for at, row in enumerate(TRANSITIONS)}
    places, last = {}, 0
    for row in STEPS:
        last = order.get(row.action, last)
        places[row.endpoint, row.action] = last
    return places


PLACES = _places()
BY_HAND = frozenset(one.action for row in STEPS for one in row.transitions)
"""What people do; the rest follows from it."""


@dataclass(frozen=True)
class HelpText:
    """What a reader is here for, the words that they meet with what they mean, and the pictures of
    their pages (name and what it shows).
    """

    about: str
    words: tuple[tuple[str, str], ...]
    pictures: tuple[tuple[str, str], ...]
    does: tuple[str, ...] = ()
    """What somebody does whom no row of the table knows: a visitor."""


@cache
def help_texts() -> dict[str, HelpText]:
    """The texts by role, and a visitor's, read once."""
    told = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    return {
        reader: HelpText(
            text["about"],
            tuple((word, told["words"][word]) for word in text["words"]),
            tuple((name, told["pictures"][name]) for name in text["pictures"]),
            tuple(text.get("does", ())),
        )
        for reader, text in told["roles"].items()
    }


@dataclass(frozen=True)
class HelpStep:
    """One thing a role does: its button, what the desk says of it, and what follows it."""

    name: str
    todo: str
    then: str
    is_usual: bool


@dataclass(frozen=True)
class HelpRoom:
    """What a role does in one room: the ordinary way in its order, the rest as it comes to be needed,
    and the page of the menu where its things are found, with who may open it.
    """

    usual: tuple[HelpStep, ...]
    others: tuple[HelpStep, ...]
    page: tuple[str, str, Permission] | None


def rooms_of(role: Role) -> dict[str, HelpRoom]:
    """What a role does in each room, in the order of the procedure."""
    found: dict[str, dict[str, HelpStep]] = {}
    for row in sorted(STEPS, key=lambda row: PLACES[row.endpoint, row.action]):
        if _is_taken_by(role, row):
            room = found.setdefault(row.endpoint.partition(".")[0], {})
            room.setdefault(row.name, _help_step(row))
    held = PERMISSIONS_BY_ROLE[role] | {Permission.SIGNED_IN}
    return {
        words: HelpRoom(
            tuple(step for step in found[room].values() if step.is_usual),
            tuple(step for step in found[room].values() if not step.is_usual),
            next((one for one in DESK_MENU if one[1] == PAGES[room] and one[2] in held), None),
        )
        for room, words in ROOMS.items()
        if room in found
    }


def starts_of_role(role: Role) -> tuple[tuple[str, str, Permission], ...]:
    """What a role can begin with nothing waiting for it."""
    return tuple(one for one in DESK_STARTS if one[2] in PERMISSIONS_BY_ROLE[role])


def menu_of_role(role: Role) -> tuple[tuple[str, str, Permission], ...]:
    """The entries of the role's menu."""
    held = PERMISSIONS_BY_ROLE[role] | {Permission.SIGNED_IN}
    return tuple(one for one in DESK_MENU if one[2] in held)


def sits_on_panels(role: Role) -> bool:
    """Whether the role may be sent to a panel beside its own work; what is done there is the expert's
    page.
    """
    return role is not Role.EXPERT and Permission.BID_SCORE in PERMISSIONS_BY_ROLE[role]


def _is_taken_by(role: Role, row: StepOf[Any]) -> bool:
    """Whether the step is the role's work. Behind a door that is open to all who may look at a
    payment, the lifecycle says whose; an auditor looks and takes none; a seat on a panel is told to
    experts alone.
    """
    if role is Role.AUDITOR:
        return False
    if row.permission is Permission.BID_SCORE:
        return role is Role.EXPERT
    is_anybodys = row.permission is Permission.PAYMENT_VIEW
    permission = (
        row.transitions[0].permission if is_anybodys and row.transitions else row.permission
    )
    return permission is not Permission.PAYMENT_VIEW and permission in PERMISSIONS_BY_ROLE[role]


def _help_step(row: StepOf[Any]) -> HelpStep:
    todo = row.todo if isinstance(row.todo, str) else ""
    return HelpStep(row.name, todo, _then(row.transitions), row.is_usual)


def _then(transitions: tuple[Transition, ...]) -> str:
    """Who goes on once it is done; empty where the thing stays where it is, or nothing follows."""
    moved = transitions[0] if transitions else None
    if moved is None or moved.target is None or moved.is_correction:
        return ""
    step = forward_step(moved.aggregate, moved.target)
    if step is None or step.action not in BY_HAND:
        return ""
    return f"{role_words(step.permission)}：{step.label}"
