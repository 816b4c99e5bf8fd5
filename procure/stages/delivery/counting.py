"""What of the records counts towards a target, and how much one record may count. Pure.

A target for each person asks the same of everybody: what one has too much does not serve another
(R-EVD-1). The quantity of a record follows from its kind, and an activity with fewer people than its
standard asks for is none.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from procure.kernel.vocabulary import counted_for

MOST_QUANTITY = 10_000
PERSON_MEASURES = frozenset({"位", "名"})
_SERVED = re.compile(r"(人|长者|患者|儿童|少年|对象|居民|学生|学员|妇女|婴幼儿)$")
_SERVING = re.compile(r"志愿者|义工|社工|工作人员|服务人员|员工|护理员|专家|教师|负责人")
_NUMBER = r"([0-9]+|[一二两三四五六七八九十百]+)"
_LEAST = re.compile(
    rf"(?:不少于|不得少于|不低于|至少)\s*{_NUMBER}\s*(?:人|名|位)|{_NUMBER}\s*(?:人|名|位)(?:及?以上)"
)
_DIGITS = {sign: value for value, sign in enumerate("一二三四五六七八九", start=1)} | {"两": 2}
ONE_EACH = frozenset({"次", "场", "场次", "回", "天", "日"})
BY_PEOPLE = frozenset({"人次", "人"})
BY_HOURS = frozenset({"小时", "时", "工时", "课时", "学时"})


def is_each_person(each: str) -> bool:
    """Whether a target asks something for each person served, and not for each station or team."""
    measure, thing = counted_for(each)
    if not each or _SERVING.search(thing):
        return False
    return measure in PERSON_MEASURES or bool(_SERVED.search(thing))


def least_people(*standards: str) -> int:
    """The fewest people an activity counts with, as the standards' words have it; 0 for no such rule.

    Of several (小组不少于十人、社区活动不少于三十人) the smallest: a record does not say which it was.
    """
    found = [
        _value(first or second)
        for standard in standards
        for first, second in _LEAST.findall(standard)
    ]
    return min(found, default=0)


def most_quantity(unit: str, *, people: int, minutes: int) -> int:
    """How much one record may count: a visit or a meeting is one, hours are those it took."""
    if unit in ONE_EACH:
        return 1
    if unit in BY_PEOPLE:
        return max(1, people)
    if unit in BY_HOURS:
        return max(1, (minutes + 30) // 60)
    return MOST_QUANTITY


@dataclass(frozen=True)
class PersonDay:
    """What one person was given of a target on a day: accepted, and still to be reviewed."""

    person: str
    day: date
    accepted: int
    pending: int


def count_each(days: Iterable[PersonDay], at_least: int, required: int) -> int:
    """What counts in a period: of each person at most what is asked for each, of all no more than
    the whole.
    """
    by_person: dict[str, int] = {}
    for one in days:
        by_person[one.person] = by_person.get(one.person, 0) + one.accepted
    return min(required, sum(min(done, at_least) for done in by_person.values()))


def _value(words: str) -> int:
    """A number in figures or in Chinese up to some hundreds: 十二 is 12."""
    if words.isdigit():
        return int(words)
    total = digit = 0
    for sign in words:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
    return total + digit
