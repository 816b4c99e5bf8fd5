"""Classes of the government's classification of revenue and expenditure (政府收支分类科目).

Only the first three digits are known here, by the year from which each class is used; what follows
is checked by its form alone. The classification is published anew for every budget year.
"""

import re
from collections.abc import Mapping
from typing import Final

FIRST_YEAR: Final = 2018
"""The economic classes below are those of the reform of that year."""

FUNCTIONS: Final[Mapping[str, tuple[str, int]]] = {
    "201": ("一般公共服务支出", FIRST_YEAR),
    "202": ("外交支出", FIRST_YEAR),
    "203": ("国防支出", FIRST_YEAR),
    "204": ("公共安全支出", FIRST_YEAR),
    "205": ("教育支出", FIRST_YEAR),
    "206": ("科学技术支出", FIRST_YEAR),
    "207": ("文化旅游体育与传媒支出", FIRST_YEAR),
    "208": ("社会保障和就业支出", FIRST_YEAR),
    "210": ("卫生健康支出", FIRST_YEAR),
    "211": ("节能环保支出", FIRST_YEAR),
    "212": ("城乡社区支出", FIRST_YEAR),
    "213": ("农林水支出", FIRST_YEAR),
    "214": ("交通运输支出", FIRST_YEAR),
    "215": ("资源勘探工业信息等支出", FIRST_YEAR),
    "216": ("商业服务业等支出", FIRST_YEAR),
    "217": ("金融支出", FIRST_YEAR),
    "219": ("援助其他地区支出", FIRST_YEAR),
    "220": ("自然资源海洋气象等支出", FIRST_YEAR),
    "221": ("住房保障支出", FIRST_YEAR),
    "222": ("粮油物资储备支出", FIRST_YEAR),
    "223": ("国有资本经营预算支出", FIRST_YEAR),
    "224": ("灾害防治及应急管理支出", 2019),
    "229": ("其他支出", FIRST_YEAR),
    "234": ("抗疫特别国债安排的支出", 2020),
}
"""Classes by function (支出功能分类) out of which services can be bought, and since when."""

ECONOMIC: Final[Mapping[str, str]] = {
    "301": "工资福利支出",
    "302": "商品和服务支出",
    "303": "对个人和家庭的补助",
    "307": "债务利息及费用支出",
    "309": "资本性支出（基本建设）",
    "310": "资本性支出",
    "311": "对企业补助（基本建设）",
    "312": "对企业补助",
    "313": "对社会保障基金补助",
    "399": "其他支出",
    "501": "机关工资福利支出",
    "502": "机关商品和服务支出",
    "503": "机关资本性支出（一）",
    "504": "机关资本性支出（二）",
    "505": "对事业单位经常性补助",
    "506": "对事业单位资本性补助",
    "507": "对企业补助",
    "508": "对企业资本性支出",
    "509": "对个人和家庭的补助",
    "510": "对社会保障基金补助",
    "511": "债务利息及费用支出",
    "513": "转移性支出",
    "514": "预备费及预留",
    "599": "其他支出",
}
"""Classes by economic kind: 3xx of departments, 5xx of the government's budget."""

_FUNCTION: Final = re.compile(r"[0-9]{3}([0-9]{2}([0-9]{2})?)?")
_ECONOMIC: Final = re.compile(r"[0-9]{3}([0-9]{2})?")
_LINE: Final = re.compile(r"(?=.*[0-9])[A-Z0-9][A-Z0-9.\-]{3,29}")


def fault_of_function(code: str, year: int) -> str | None:
    """Why a code is no class of expenditure by function in that year, None when it may be one."""
    if not _FUNCTION.fullmatch(code):
        return "功能分类科目是 3、5 或 7 位数字。"
    since = FUNCTIONS.get(code[:3], ("", 0))[1]
    if not since:
        return f"功能分类科目里没有 {code[:3]} 这一类，或者不能用来购买服务。"
    if year < since and since > FIRST_YEAR:
        return f"功能分类科目 {code[:3]} 从 {since} 年起才有，{year} 年度的预算不能使用。"
    return None


def fault_of_economic(code: str) -> str | None:
    """Why a code is no economic class of expenditure, None when it may be one."""
    if not _ECONOMIC.fullmatch(code):
        return "经济分类科目是 3 或 5 位数字。"
    if code[:3] not in ECONOMIC:
        return f"经济分类科目里没有 {code[:3]} 这一类。"
    return None


def fault_of_line(code: str) -> str | None:
    """Why a code cannot be that of a project of a budget, None when it may be one."""
    if not _LINE.fullmatch(code):
        return "预算项目编码由大写字母、数字、点和横线组成，含有数字，4 至 30 位。"
    return None
