"""Passwords: how they are kept, and which ones are too easy to guess.

Argon2id with 19 MiB and two passes (ASVS 5.0 11.4.2). Length counts, composition does not
(ASVS 6.2.5); what is refused is what an attacker tries first.
"""

import re
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST: Final = 12
MOST: Final = 128
RULE: Final = "《信息安全技术 网络安全等级保护基本要求》（GB/T 22239-2019）8.1.4.1"

_HASHERS: Final = {
    "normal": PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),
    "cheap": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
}

COMMON_WORDS: Final = (
    "password",
    "passw0rd",
    "p@ssw0rd",
    "p@ssword",
    "qwertyuiop",
    "qwerty",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx",
    "3edc4rfv",
    "qazwsxedc",
    "iloveyou",
    "woaini",
    "5201314",
    "letmein",
    "welcome",
    "monkey",
    "dragon",
    "sunshine",
    "abc123",
    "admin",
    "administrator",
    "root",
    "test",
    "guest",
    "changeme",
    "default",
    "mima",
)
"""What lists of leaked passwords are made of, in the forms typed here."""

HOUSE_WORDS: Final = (
    "procure",
    "minzheng",
    "mzj",
    "zhengfu",
    "caigou",
    "goumai",
    "fuwu",
    "shegong",
    "caizheng",
    "shenji",
    "zhuhai",
    "doumen",
    "guangdong",
    "民政",
    "政府",
    "采购",
    "购买服务",
    "社工",
    "财政",
    "审计",
    "珠海",
    "斗门",
)
"""Words of the house and the trade: the first that somebody who knows the place would try."""

_KEYBOARD: Final = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1234567890",
    "abcdefghijklmnopqrstuvwxyz",
)
_LEFT_OVER: Final = 6
_TEMPORARY_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"
_SINGLE_TRIES = re.compile(r"(.+?)\1+")


@dataclass(frozen=True)
class Passwords:
    """Hashing at one cost: "normal", or "cheap" where tests make many."""

    cost: str = "normal"

    @property
    def _hasher(self) -> PasswordHasher:
        return _HASHERS[self.cost]

    def hash(self, password: str) -> str:
        """The text to keep."""
        return self._hasher.hash(password)

    def is_right(self, kept: str | None, password: str) -> bool:
        """Whether the password fits; takes as long when there is nobody to compare with."""
        try:
            against = kept or _hash_of_nobody(self.cost)
            return self._hasher.verify(against, password[:MOST]) and kept is not None
        except (VerificationError, InvalidHashError):
            return False

    def prepare(self) -> None:
        """Make what absent names are compared with, so that not even the first one takes longer."""
        _hash_of_nobody(self.cost)

    def is_outdated(self, kept: str) -> bool:
        """Whether the text was made with other parameters and should be made anew."""
        return self._hasher.check_needs_rehash(kept)


NORMAL: Final = Passwords()


@cache
def _hash_of_nobody(cost: str) -> str:
    """What a password is compared with where there is nobody: made once in a process.

    Made anew with each try, an absent name would take two hashings and tell itself by the time.
    """
    return _HASHERS[cost].hash(secrets.token_urlsafe(16))


def temporary_password() -> str:
    """A random password of 80 bits that can be read out over the telephone."""
    groups = ("".join(secrets.choice(_TEMPORARY_ALPHABET) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def refusal_of(password: str, *, own_words: tuple[str, ...] = ()) -> str | None:
    """Why this password may not be chosen, or None.

    `own_words` are the person's user name, name, organisation, telephone: whatever others know.
    """
    if len(password) < LEAST:
        return f"密码至少 {LEAST} 个字符，现在有 {len(password)} 个。"
    if len(password) > MOST:
        return f"密码最多 {MOST} 个字符，现在有 {len(password)} 个。"
    plain = password.casefold()
    for word in own_words:
        if len(word) >= 2 and word.casefold() in plain:
            return "密码里含有您的用户名、姓名、电话或单位名称，容易被猜到。"
    rest = plain
    for word in sorted((*COMMON_WORDS, *HOUSE_WORDS), key=len, reverse=True):
        rest = rest.replace(word, "")
    if _variety(_without_runs(rest)) < _LEFT_OVER:
        return "这个密码由常用词、单位用词、年份或连续、重复的字符组成，容易被猜到。"
    return None


def _without_runs(text: str) -> str:
    """The text without years, dates and runs along the alphabet or the keyboard."""
    text = re.sub(r"(19|20)\d{2}(0?[1-9]|1[0-2])?([0-2]?\d|3[01])?", "", text)
    for row in _KEYBOARD:
        for run in (row, row[::-1]):
            for size in range(len(run), 3, -1):
                for start in range(len(run) - size + 1):
                    text = text.replace(run[start : start + size], "")
    return text


def _variety(text: str) -> int:
    """How much is left when repetition and punctuation count once or not at all."""
    letters = re.sub(r"[\W_]+", "", text)
    once = _SINGLE_TRIES.sub(r"\1", letters)
    return len(once) if len(set(once)) > 2 else 0
