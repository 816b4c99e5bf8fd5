"""Words of refusal beside a field, and the Chinese words for every message of the form library."""

import re
from collections.abc import Mapping
from string import Formatter

from procure.kernel.errors import FROM_TASKS, REOPEN, REOPEN_FOR_VISITORS

UNKNOWN = "填写的内容不符合要求，请核对后重新填写。"


class FieldMessage(str):
    """A message at a field that also knows the rule it rests on and what to do."""

    __slots__ = ("remedy", "rule")

    rule: str
    remedy: str

    def __new__(cls, text: str, rule: str = "", remedy: str = "") -> "FieldMessage":
        """The words themselves, with the law that is broken and the way out."""
        message = super().__new__(cls, text)
        message.rule = rule
        message.remedy = remedy
        return message


STOCK_MESSAGES: Mapping[str, str] = {
    "Invalid field name '%s'.": f"页面上没有名为“%s”的栏目，{REOPEN}，重新填写。",
    "Field must be equal to %(other_name)s.": "两次填写的内容不一致，请重新填写。",
    "Field must be at least %(min)d character long.": "至少填写 %(min)d 个字。",
    "Field cannot be longer than %(max)d character.": "最多填写 %(max)d 个字，请删减。",
    "Field must be exactly %(max)d character long.": "应当正好填写 %(max)d 个字。",
    "Field must be between %(min)d and %(max)d characters long.": (
        "应当填写 %(min)d 至 %(max)d 个字。"
    ),
    "Number must be at least %(min)s.": "数值不能小于 %(min)s。",
    "Number must be at most %(max)s.": "数值不能大于 %(max)s。",
    "Number must be between %(min)s and %(max)s.": "数值应当在 %(min)s 至 %(max)s 之间。",
    "Date must be at least %(min)s.": "日期不能早于 %(min)s。",
    "Date must be at most %(max)s.": "日期不能晚于 %(max)s。",
    "Date must be between %(min)s and %(max)s.": "日期应当在 %(min)s 至 %(max)s 之间。",
    "This field is required.": "这一项必须填写。",
    "Invalid input.": "填写的格式不对，请按提示的格式重新填写。",
    "Invalid email address.": "邮箱地址不完整，应当像 name@example.cn 这样填写。",
    "Invalid IP address.": "网络地址的格式不对，请核对后重新填写。",
    "Invalid Mac address.": "设备地址的格式不对，请核对后重新填写。",
    "Invalid URL.": "网址的格式不对，应当以 https:// 开头。",
    "Invalid UUID.": "编号的格式不对，请从页面上的链接重新进入。",
    "Invalid value, must be one of: %(values)s.": "只能填写下列内容之一：%(values)s。",
    "Invalid value, can't be any of: %(values)s.": "不能填写下列内容：%(values)s。",
    "This field cannot be edited.": "这一项不能修改。",
    "This field is disabled and cannot have a value.": "这一项已停用，请不要填写。",
    "Invalid CSRF Token.": f"表单已经失效，{REOPEN}，再提交一次。",
    "CSRF token missing.": f"表单已经失效，{REOPEN}，再提交一次。",
    "CSRF failed.": f"表单已经失效，{REOPEN}，再提交一次。",
    "CSRF token expired.": f"表单已经失效，{REOPEN}，再提交一次。",
    "Invalid Choice: could not coerce.": "请从列出的选项中选择。",
    "Choices cannot be None.": "这一项暂时没有可选的内容，请联系平台管理员。",
    "Not a valid choice.": "请从列出的选项中选择。",
    "Invalid choice(s): one or more data inputs could not be coerced.": "请从列出的选项中选择。",
    "'%(value)s' is not a valid choice for this field.": (
        "“%(value)s”不在可选范围内，请从列出的选项中选择。"
    ),
    "Not a valid datetime value.": "时间的格式不对，应当像 2026-11-26 17:30 这样填写。",
    "Not a valid date value.": "日期的格式不对，应当像 2026-11-26 这样填写。",
    "Not a valid time value.": "时间的格式不对，应当像 17:30 这样填写。",
    "Not a valid week value.": "周次的格式不对，请重新选择。",
    "Not a valid integer value.": "请填写整数，例如 12。",
    "Not a valid decimal value.": "请填写数字，例如 12.5。",
    "Not a valid float value.": "请填写数字，例如 12.5。",
    "File does not have an approved extension: {extensions}": (
        "文件的类型不符合要求，只接收：{extensions}。"
    ),
    "File does not have an approved extension.": "文件的类型不符合要求，请换一个文件。",
}

FOR_VISITORS = {
    REOPEN: REOPEN_FOR_VISITORS,
    FROM_TASKS: "登录后再打开",
}
"""What a visitor reads where the desk's people are sent to their desk."""


def for_visitors(said: str) -> str:
    """A message as somebody reads it who is not signed in and has no list of tasks."""
    for words, instead in FOR_VISITORS.items():
        said = said.replace(words, instead)
    return said


_FILE_SIZE = re.compile(r"^File must be between (\d+) and (\d+) bytes\.$")


class ChineseTranslations:
    """What the form library asks for its words; it never answers in another language."""

    def gettext(self, string: str) -> str:
        """The Chinese words of a message; texts that are Chinese already stay as they are."""
        if string in STOCK_MESSAGES:
            return STOCK_MESSAGES[string]
        size = _FILE_SIZE.match(string)
        if size:
            return f"文件大小应当在 {size[1]} 至 {size[2]} 字节之间，请换一个文件。"
        if any("\u4e00" <= letter <= "\u9fff" for letter in string):
            return string
        # A placeholder would be filled in by the caller; an unknown text is replaced whole.
        return UNKNOWN if _takes_nothing(string) else ""

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Chinese has one form for one and many."""
        return self.gettext(singular)


def _takes_nothing(string: str) -> bool:
    return "%" not in string and all(name is None for _, name, _, _ in Formatter().parse(string))
