"""Who may not sit in an acceptance group, however name and unit are written. Pure.

政府采购法 art 61: who handles a purchase and who accepts it are apart; nobody accepts what they
themselves or their own organisation delivered.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from procure.kernel.employers import may_mean
from procure.kernel.errors import Invalid
from procure.kernel.text import key
from procure.stages.acceptance.models import Seat

RULE: Final = "《政府采购法》第六十一条"
_REMARK: Final = re.compile(r"\([^()]*(?:\)|\Z)")
_SIGNS: Final = re.compile(r"[\W_]+")
_TITLE: Final = re.compile(
    r"(?:先生|女士|同志|老师|教授|副?(?:主任|局长|科长|股长|处长|院长|站长|所长|会长|理事长|总经理|经理|书记)"
    r"|总干事|干事|督导|社工师?|评审员)\Z"
)
_TELLING: Final = 3
"""A name of so many characters inside a longer text is that person, a shorter one may be chance."""


@dataclass(frozen=True)
class Barred:
    """Somebody who may not sit in the group, and why in words that follow the name."""

    name: str
    why: str


@dataclass(frozen=True)
class Sitting:
    """A member as typed."""

    seat: Seat
    name: str
    unit: str


def check_group(
    members: Sequence[Sitting], barred: Iterable[Barred], *, buyer: str, supplier: str
) -> None:
    """Refuse a group with somebody twice, or with somebody who may not judge the delivery.

    Raises Invalid at the field of the member, with the rule.
    """
    kept_out = tuple(barred)
    names = [_person(member.name) for member in members]
    for at, member in enumerate(members):
        field = f"members.{at}"
        if names.count(names[at]) > 1:
            raise Invalid(f"{field}.name", f"“{member.name}”登记了两次。")
        found = next((one for one in kept_out if means(member.name, one.name)), None)
        if found is not None:
            raise Invalid(
                f"{field}.name",
                f"{member.name}{found.why}，不能参加验收小组。",
                RULE,
                "请更换为没有利害关系的人员；只是同名的，请另请一位，以免误认。",
            )
        if may_mean(member.unit, supplier):
            raise Invalid(
                f"{field}.unit",
                f"“{member.unit}”是承接主体或者与其名称相近，其人员不能参加验收小组。",
                RULE,
                "请邀请采购人、服务对象或者其他单位的人员。",
            )
        if member.seat is Seat.EXPERT and may_mean(member.unit, buyer):
            raise Invalid(
                f"{field}.unit",
                f"外部专家应当来自采购人以外，“{member.unit}”是采购人或者其部门。",
                RULE,
                "采购人的人员请登记为组长或者成员，另请一位外部专家。",
            )


def means(typed: str, name: str) -> bool:
    """Whether a typed name may be this person: with blanks, signs, a title or a remark beside it."""
    person = _SIGNS.sub("", key(name))
    if not person:
        return False
    whole = _SIGNS.sub("", key(typed))
    return _person(typed) == person or (len(person) >= _TELLING and person in whole)


def _person(typed: str) -> str:
    plain = _SIGNS.sub("", _REMARK.sub("", key(typed)))
    return _TITLE.sub("", plain) or plain
