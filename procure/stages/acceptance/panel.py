"""Who may not sit in an acceptance group, however name and unit are written. Pure.

政府采购法 art 61: who handles a purchase and who accepts it are apart; nobody accepts what they
themselves or their own organisation delivered.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from procure.kernel.employers import may_mean
from procure.kernel.errors import Invalid
from procure.kernel.laws import cite
from procure.kernel.persons import bare_name, may_be
from procure.stages.acceptance.models import Seat

RULE: Final = cite("duties_apart")


@dataclass(frozen=True)
class Barred:
    """Somebody who may not sit in the group, and why in words that follow the name."""

    name: str
    why: str


@dataclass(frozen=True)
class MemberEntry:
    """A member of the acceptance group with their verdict and its words."""

    seat: Seat
    name: str
    unit: str
    title: str
    comment: str
    agrees: bool = True


def check_group(
    members: Sequence[MemberEntry], barred: Iterable[Barred], *, buyer: str, supplier: str
) -> None:
    """Refuse a group with somebody twice, or with somebody who may not judge the delivery.

    Raises Invalid at the field of the member, with the rule.
    """
    kept_out = tuple(barred)
    names = [bare_name(member.name) for member in members]
    for at, member in enumerate(members):
        field = f"members.{at}"
        if names.count(names[at]) > 1:
            raise Invalid(f"{field}.name", f"“{member.name}”登记了两次。")
        found = next((one for one in kept_out if may_be(member.name, one.name)), None)
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
