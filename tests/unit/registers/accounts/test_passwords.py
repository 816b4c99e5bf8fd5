"""Which passwords are refused, and how they are kept."""

import re

import pytest

from procure.registers.accounts.passwords import MOST, Passwords, refusal_of, temporary_password

CHEAP = Passwords("cheap")


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 11,
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "123456789012",
        "qwertyuiop123",
        "password2026!",
        "P@ssw0rd-2026",
        "minzheng2026!!",
        "procure-caigou-2026",
        "民政局政府采购2026",
        "20260302-20260303",
        "abcdefghijklmnop",
        "1qaz2wsx3edc4rfv",
        "x" * (MOST + 1),
    ],
)
def test_refuse_what_is_tried_first(password: str) -> None:
    reason = refusal_of(password)

    assert reason
    assert reason.endswith("。")
    assert password not in reason


@pytest.mark.parametrize(
    "password",
    [
        "七里香 开在后院 2019 夏",
        "correct horse battery staple",
        "Tr0ub4dor&3-wagon",
        "白云 渡口 竹筏 三里 桥",
        "x9!Lm2#vQ7@p",
        "这是一个足够长而且别人想不到的句子",
    ],
)
def test_allow_what_is_long_and_unrelated(password: str) -> None:
    assert refusal_of(password) is None


@pytest.mark.parametrize("word", ["chenxiaolan", "陈晓岚", "13800138000", "斗门区某局"])
def test_refuse_own_words(word: str) -> None:
    assert "容易被猜到" in (refusal_of(f"白云渡口竹筏{word}三里桥", own_words=(word,)) or "")


def test_allow_no_matter_that_own_word_is_empty() -> None:
    assert refusal_of("correct horse battery staple", own_words=("", "x")) is None


def test_hash_is_argon2id_with_the_stated_cost() -> None:
    kept = Passwords("normal").hash("correct horse battery staple")

    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_is_right_tells_right_from_wrong_and_nobody() -> None:
    kept = CHEAP.hash("right right right")

    assert CHEAP.is_right(kept, "right right right")
    assert not CHEAP.is_right(kept, "wrong wrong wrong")
    assert not CHEAP.is_right(None, "right right right")
    assert not CHEAP.is_right("no hash at all", "right right right")
    assert not CHEAP.is_right(kept, "x" * 5000)


def test_is_outdated_when_made_at_another_cost() -> None:
    assert CHEAP.is_outdated(Passwords("normal").hash("x"))
    assert not CHEAP.is_outdated(CHEAP.hash("x"))


def test_temporary_password_is_random_and_readable() -> None:
    made = {temporary_password() for _ in range(200)}

    assert len(made) == 200
    assert all(re.fullmatch(r"([a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}", text) for text in made)
