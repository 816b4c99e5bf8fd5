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
    """What a role is for, the words that it meets with what they mean, and a picture (its name and
    what it shows; empty where there is none).
    """

    about: str
    words: tuple[tuple[str, str], ...]
    picture: tuple[str, str]


@cache
def help_texts() -> dict[Role, HelpText]:
    """The texts by role, read once."""
    told = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    texts: dict[Role, HelpText] = {}
    for role in ROLES:
        text = told["roles"][role.value]
        picture = text.get("picture", "")
        texts[role] = HelpText(
            text["about"],
            tuple((word, told["words"][word]) for word in text["words"]),
            (picture, told["pictures"][picture] if picture else ""),
        )
    return texts


@dataclass(frozen=True)
class HelpStep:
    """One thing a role does: its button, what the desk says of it, and what follows it."""

    name: str
    todo: str
    then: str


def steps_of(role: Role) -> dict[str, list[HelpStep]]:
    """What a role does in each room, in the order of the procedure."""
    found: dict[str, dict[str, HelpStep]] = {}
    for row in sorted(STEPS, key=lambda row: PLACES[row.endpoint, row.action]):
        if _is_taken_by(role, row):
            room = found.setdefault(ROOMS[row.endpoint.partition(".")[0]], {})
            room.setdefault(row.name, _help_step(row))
    return {room: list(found[room].values()) for room in ROOMS.values() if room in found}


def starts_of_role(role: Role) -> tuple[str, ...]:
    """What a role can begin with nothing waiting for it."""
    held = PERMISSIONS_BY_ROLE[role]
    return tuple(label for label, _, needs in DESK_STARTS if needs in held)


def menu_of_role(role: Role) -> tuple[str, ...]:
    """The entries of the role's menu."""
    held = PERMISSIONS_BY_ROLE[role] | {Permission.SIGNED_IN}
    return tuple(label for label, _, needs in DESK_MENU if needs in held)


def _is_taken_by(role: Role, row: StepOf[Any]) -> bool:
    """Whether the step is the role's work. Behind a door that is open to all who may look at a
    payment, the lifecycle says whose; an auditor looks and takes none.
    """
    if role is Role.AUDITOR:
        return False
    is_anybodys = row.permission is Permission.PAYMENT_VIEW
    permission = (
        row.transitions[0].permission if is_anybodys and row.transitions else row.permission
    )
    return permission is not Permission.PAYMENT_VIEW and permission in PERMISSIONS_BY_ROLE[role]


def _help_step(row: StepOf[Any]) -> HelpStep:
    todo = row.todo if isinstance(row.todo, str) else ""
    return HelpStep(row.name, todo, _then(row.transitions))


def _then(transitions: tuple[Transition, ...]) -> str:
    """Who goes on once it is done; empty where the thing stays where it is, or nothing follows."""
    moved = transitions[0] if transitions else None
    if moved is None or moved.target is None or moved.is_correction:
        return ""
    step = forward_step(moved.aggregate, moved.target)
    if step is None or step.action not in BY_HAND:
        return ""
    return f"{role_words(step.permission)}：{step.label}"
