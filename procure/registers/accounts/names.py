"""What a user name may look like."""

import re
from typing import Final

from procure.kernel.text import half_width

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,39}")

USERNAME: Final = "用户名由 3 至 40 个小写字母、数字、点、下划线或连字符组成，以字母开头。"
"""The rule in words, for a name that breaks it."""


def is_username(text: str) -> bool:
    """Whether the text, already in lower case, may be a user name."""
    return _USERNAME.fullmatch(text) is not None


def typed_username(text: str) -> str:
    """The name as it is kept, out of what somebody typed."""
    return half_width(text).casefold()[:60]
