"""Whether two names of organisations may mean one, as people write where they work.

Experts type their employer by heart: without 市, with the province before it, 社工 for 社会工作, a
department or a remark after it. What the register has is compared with that part by part: the
places, the name proper, what the organisation does, its legal form. A clue for whoever has to be
careful, no proof: only the register can tell.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product, takewhile
from typing import Final

from procure.kernel.text import key

# Innermost first; a bracket that was never closed opens a remark up to the end.
_REMARK: Final = re.compile(r"\([^()]*(?:\)|\Z)")
_SEPARATOR: Final = re.compile(r"[、,;/|+，；]|兼")
_SIGNS: Final = re.compile(r"[^\w]+")
_ONE_WAY: Final = (
    ("社会工作", "社工"),
    ("社工师", "社工者"),
    ("社工人员", "社工者"),
    ("律所", "律师事务所"),
    ("会计所", "会计师事务所"),
)
_PERSONAL: Final = re.compile(
    r"\A(?:原任职于|曾任职于|任职于|就职于|原)|(?:(?:已经?|现已)?(?:退休|离休|退职|离职)(?:人员|干部)?|返聘|在职|在编|兼职)\Z"
)
_COUNTRY: Final = re.compile(r"\A(?:中华人民共和国|中国)")
_PROVINCE: Final = re.compile(
    r"\A(北京|天津|上海|重庆|河北|山西|内蒙古|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南"
    r"|广东|广西|海南|四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆)(?:省|壮族自治区|回族自治区|维吾尔自治区|自治区)?"
)
_PLACE: Final = re.compile(
    r"\A(\w{2,8}?)(?:(特别行政区)|(自治州|(?<![超上夜])市(?!部))"
    r"|(自治县|自治旗|新区|(?<![社小园校街景厂片])区|县)|(街道|(?<![城乡小村])镇|(?<![城老故家])乡))"
)
_FORM: Final = (
    r"(?:(?:股份|责任)*有限(?:责任)?公司|公司|集团|中心|事务所|工作室|合作社|总社|分社|社(?![会工区保])|协会|学会|商会|联合会"
    r"|促进会|基金会|(?<!社)会(?![计员务议])|研究院|(?<!医)(?<!学)院|所|站|机构|总部|本部)"
)
# 服务社, 发展中心 and 服务有限公司 are ends of names like 社.
_FORMS: Final = re.compile(rf"(?:(?:综合|服务|发展|促进)*{_FORM})+\Z")
_DEPARTMENT: Final = re.compile(
    rf"(.{{2,}}?(?:{_FORM}|局|厅|委|大学|学院|医院))(?:\w{{0,8}}(?:部|处|科|室|办|组|队|系|分部|站|点))\Z"
)
# What an organisation does and how its kind is called: no name tells itself apart by these.
_KINDS: Final = re.compile(
    r"社工者?|社会|服务|工作|公益|慈善|志愿者?|养老|居家|福利|老年人?|老人|长者|助老|助残|残疾人?|康复|心理|健康|咨询|发展"
    r"|促进|评估|评价|培训|教育|文化|艺术|体育|科技|信息|技术|管理|顾问|家庭|综合|儿童|青少年|少年|青年|妇女|社区"
    r"|组织|互助|救助|扶贫|护理|医疗|卫生|医院|幼儿园|小学|中学|学校|大学|学院|法律|律师|会计师?|审计|税务|资产|工程"
    r"|造价|招标|代理|采购|物业|家政|保洁|环境|环保|研究|人力资源|劳务|投资|贸易|建设|设计|规划|监理|检测|鉴定|人民"
    r"|民政|财政|司法|政府|公安|办事处|居民|村民|委员会|居委会|村委会|局|厅|委|第[一二三四五六七八九十]+"
)
_SHORTEST: Final = 4
_SHORTEST_BRAND: Final = 2
# From here on one slip of the hand leaves a name proper recognisable: 和风 and 和平 are two names.
_LONG_BRAND: Final = 4
_TELLING_APART: Final = frozenset(
    "一二三四五六七八九十甲乙丙丁东南西北中新老大小上下前后左右0123456789"
)


@dataclass(frozen=True)
class _Parts:
    """A name taken apart: its places by level, and what is left with and without its legal form."""

    places: Mapping[int, Sequence[str]]
    finest: str
    whole: str
    bare: str
    brand: str
    kind: str


def may_mean(typed: str, name: str) -> bool:
    """Whether a typed employer may be the organisation of this name: it, written another way, short
    for it, or a part of it. The order of the two does not matter.
    """
    if not (key(typed) and key(name)):
        return False
    return key(typed) == key(name) or any(
        _alike(one, other) for one, other in product(_names_in(typed), _names_in(name))
    )


def _names_in(text: str) -> list[str]:
    """The names in a text without remarks, in their usual words; often one."""
    folded = key(text)
    while (plain := _REMARK.sub("", folded)) != folded:
        folded = plain
    return [usual for part in _SEPARATOR.split(folded) if (usual := _usual(part))]


def _usual(part: str) -> str:
    short = _SIGNS.sub("", part)
    for words, usual in _ONE_WAY:
        short = short.replace(words, usual)
    while (plain := _PERSONAL.sub("", short)) != short:
        short = plain
    return short


def _alike(one: str, other: str) -> bool:
    mine, theirs = _taken_apart(one, _stems(other)), _taken_apart(other, _stems(one))
    if not (mine.whole and theirs.whole):
        return False
    if _within(one, mine, other) or _within(other, theirs, one):
        return True
    if _elsewhere(mine, theirs):
        return False
    if mine.brand and theirs.brand:
        return any(
            alike(*pair)
            for alike in (_of_one_brand, _part_of, _slip_after_brand)
            for pair in ((mine, theirs), (theirs, mine))
        )
    return not (mine.brand or theirs.brand) and _one_kind(mine, theirs)


def _within(short: str, parts: _Parts, long: str) -> bool:
    """Whether a whole name with its place stands in a longer text."""
    return bool(parts.places or parts.brand) and len(short) >= _SHORTEST and short in long


@lru_cache(maxsize=4096)
def _split(name: str) -> tuple[tuple[tuple[int, str], ...], str]:
    """The places at the front of a name, each with its level, and the rest."""
    places: list[tuple[int, str]] = []
    rest = _COUNTRY.sub("", name)
    province = _PROVINCE.match(rest)
    if province:
        city = rest[province.end() : province.end() + 1] == "市"
        places.append((1 if city else 0, province[1]))
        rest = rest[province.end() + city :]
    while (found := _PLACE.match(rest)) and not _KINDS.search(found[1]):
        places.append((found.lastindex - 2 if found.lastindex else 0, found[1]))
        rest = rest[found.end() :]
    return tuple(places), rest


def _stems(name: str) -> tuple[str, ...]:
    return tuple(stem for _, stem in _split(name)[0])


@lru_cache(maxsize=4096)
def _taken_apart(name: str, known: tuple[str, ...]) -> _Parts:
    """`known` are places that the other name calls by their full names: 珠海 is one beside 珠海市."""
    places, rest = _split(name)
    levels: dict[int, list[str]] = defaultdict(list)
    for level, place in places:
        levels[level].append(place)
    finest = places[-1][1] if places else ""
    while stem := next((each for each in known if rest.startswith(each)), ""):
        finest, rest = stem, rest[len(stem) :]
    department = _DEPARTMENT.fullmatch(rest)
    proper = department[1] if department else rest
    bare = _FORMS.sub("", proper)
    brand = _KINDS.sub("", bare)
    kind = "".join(_KINDS.findall(bare))
    return _Parts(levels, finest, rest, bare, brand if len(brand) >= _SHORTEST_BRAND else "", kind)


def _related(one: str, other: str) -> bool:
    return one.endswith(other) or other.endswith(one)


def _elsewhere(one: _Parts, other: _Parts) -> bool:
    """Whether both say where they are, and it is not the same place: 斗门区 and 香洲区."""
    return any(
        not any(_related(*pair) for pair in product(places, other.places[level]))
        for level, places in one.places.items()
        if level in other.places
    )


def _of_one_brand(one: _Parts, other: _Parts) -> bool:
    if one.brand == other.brand:
        return _in_order(one.kind, other.kind)
    long = min(len(one.brand), len(other.brand)) >= _LONG_BRAND
    return long and _one_slip(one.brand, other.brand)


def _part_of(short: _Parts, long: _Parts) -> bool:
    return any(len(said) >= _SHORTEST and said in long.whole for said in (short.whole, short.bare))


def _slip_after_brand(typed: _Parts, other: _Parts) -> bool:
    """Whether the name proper is right and one character of what follows is not: 和风社会公作."""
    if not typed.whole.startswith(other.brand) or not other.whole.startswith(other.brand):
        return False
    mine, theirs = (each.whole[len(other.brand) :] for each in (typed, other))
    return mine[:1] == theirs[:1] and (
        _one_slip(mine, theirs) or _one_slip(_in_full(mine), _in_full(theirs))
    )


def _in_full(text: str) -> str:
    return text.replace("社工", "社会工作")


def _one_kind(one: _Parts, other: _Parts) -> bool:
    """Names without a name proper, as those of bureaus, are told apart by their place alone."""
    if one.finest and other.finest and not _related(one.finest, other.finest):
        return False
    return _in_order(one.whole, other.whole) or _in_order(other.whole, one.whole)


def _in_order(few: str, many: str) -> bool:
    """Whether the characters of one text stand in the other in their order."""
    rest = iter(many)
    return all(sign in rest for sign in few)


def _one_slip(one: str, other: str) -> bool:
    """Whether one character was typed wrong, left out or added, and none that tells names apart."""
    if abs(len(one) - len(other)) > 1:
        return False
    start = _in_common(one, other)
    first, second = one[start:], other[start:]
    end = _in_common(first[::-1], second[::-1])
    odd = {*first[: len(first) - end], *second[: len(second) - end]}
    return max(len(first), len(second)) - end <= 1 and not odd & _TELLING_APART


def _in_common(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
