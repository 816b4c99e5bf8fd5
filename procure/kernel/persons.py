"""Whether a typed name may be a person: with blanks, signs, a title or a remark beside it.

People are put down as 王芳工程师, 李强 博士, 副主任赵敏 or 张工. A clue for whoever has to be careful, no
proof: two people may share a name.
"""

import re
from typing import Final

from procure.kernel.text import key

TITLES: Final = (
    *("先生", "女士", "小姐", "同志", "老师", "师傅", "院士", "博士", "硕士", "博士后"),
    *("教授", "研究员", "讲师", "助教", "导师", "教师", "校长", "班主任"),
    *(
        "工程师",
        "建造师",
        "造价师",
        "监理师",
        "设计师",
        "技术员",
        "经济师",
        "统计师",
        "评估师",
        "咨询师",
    ),
    *("律师", "会计师", "会计", "审计师", "税务师", "法官", "检察官", "公证员", "法律顾问", "顾问"),
    *(
        "医师",
        "医生",
        "大夫",
        "护师",
        "护士",
        "护士长",
        "药师",
        "技师",
        "治疗师",
        "康复师",
        "营养师",
    ),
    *("社工师", "社工", "社会工作师", "社会工作者", "督导", "心理师", "护理员", "志愿者"),
    *(
        "局长",
        "处长",
        "科长",
        "股长",
        "院长",
        "站长",
        "所长",
        "部长",
        "厅长",
        "镇长",
        "乡长",
        "区长",
        "县长",
    ),
    *(
        "会长",
        "理事长",
        "理事",
        "监事长",
        "监事",
        "秘书长",
        "秘书",
        "干事",
        "总干事",
        "书记",
        "组长",
        "队长",
    ),
    *(
        "总经理",
        "经理",
        "董事长",
        "董事",
        "总监",
        "主管",
        "主任",
        "专员",
        "调研员",
        "主任科员",
        "科员",
    ),
    *("专家", "评审员", "评审专家", "评估员", "验收员", "代表", "委员", "街道办主任", "社区主任"),
)
"""How people are called by their profession, office or honour."""
_ADDRESSES: Final = ("工", "总", "老", "局", "处", "科", "主", "董", "师")
"""What stands for a title after a surname alone: 张工, 李总."""
_GRADES: Final = (
    *(
        "正高级",
        "副高级",
        "高级",
        "中级",
        "初级",
        "助理",
        "见习",
        "正",
        "副",
        "常务",
        "执行",
        "名誉",
        "荣誉",
    ),
    *(
        "主任",
        "主治",
        "主管",
        "首席",
        "资深",
        "特级",
        "特聘",
        "客座",
        "兼职",
        "执业",
        "注册",
        "国家",
    ),
    *("总", "原", "前", "时任", "代理", "退休", "一级", "二级", "三级", "四级"),
)
_REMARK: Final = re.compile(r"\([^()]*(?:\)|\Z)")
_SIGNS: Final = re.compile(r"[\W_]+")


def _any_of(words: tuple[str, ...]) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))


_TITLE: Final = rf"(?:{_any_of(_GRADES)})*(?:{_any_of(TITLES)})"
_BEHIND: Final = re.compile(rf"(?<=\w)(?:{_TITLE})+\Z")
_BEFORE: Final = re.compile(rf"\A(?:{_TITLE})+(?=\w)")
_ADDRESS: Final = re.compile(rf"(?<=\w)(?:{_any_of(_ADDRESSES)})\Z")
_COMPOUND: Final = frozenset(
    (
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "夏侯",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "司徒",
        "端木",
    )
)
_TELLING: Final = 3
"""A name of so many characters inside a longer text is that person, a shorter one may be chance."""


def may_be(typed: str, name: str) -> bool:
    """Whether a typed name may be the person of this name, who may be on record with a title, too.

    A surname with a title alone (张工) may be anybody of that surname.
    """
    person = bare_name(name)
    if not person:
        return False
    whole, bare = _plain(typed), bare_name(typed)
    if person in (whole, bare, _ADDRESS.sub("", bare)) or bare == _plain(name):
        return True
    if len(person) >= _TELLING and person in whole:
        return True
    surname = _surname_alone(bare, titled=bare != whole)
    return bool(surname) and person.startswith(surname) and len(person) > len(surname)


def bare_name(typed: str) -> str:
    """A name without remark, signs and titles, folded for comparing."""
    plain = _plain(_REMARK.sub("", key(typed)))
    for title in (_BEHIND, _BEFORE):
        plain = title.sub("", plain) or plain
    return plain


def _plain(text: str) -> str:
    return _SIGNS.sub("", key(text))


def _surname_alone(bare: str, *, titled: bool) -> str:
    """The surname where nothing but it and a title or an address was typed; empty otherwise."""
    short = _ADDRESS.sub("", bare)
    if not titled and short == bare:
        return ""
    return short if len(short) == 1 or short in _COMPOUND else ""
