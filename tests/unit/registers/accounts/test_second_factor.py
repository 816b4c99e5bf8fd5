"""One-time codes: the published test values, the window, and use at most once."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from procure.registers.accounts import second_factor as factor

SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 3, 2, 1, 0, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_code_equals_the_values_of_rfc_6238(seconds: int, code: str) -> None:
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)

    assert factor.code_at(SECRET, factor.step_of(at)) == code
    assert factor.matching_step(SECRET, code, at, 0) == factor.step_of(at)


@pytest.mark.parametrize("off", range(-3, 4))
def test_matching_step_takes_one_step_either_way(off: int) -> None:
    step = factor.step_of(NOW) + off
    found = factor.matching_step(SECRET, factor.code_at(SECRET, step), NOW, 0)

    assert found == (step if abs(off) <= 1 else None)


@pytest.mark.parametrize("used_off", [0, 1, 5])
def test_matching_step_refuses_what_is_used_up(used_off: int) -> None:
    step = factor.step_of(NOW)

    assert factor.matching_step(SECRET, factor.code_at(SECRET, step), NOW, step + used_off) is None


@pytest.mark.parametrize(
    "code", ["", "12345", "1234567", "12345a", "１２３４５６", " 123456", "123456\n"]
)
def test_matching_step_takes_six_digits_only(code: str) -> None:
    assert factor.matching_step(SECRET, code, NOW, 0) is None


def test_new_secret_is_random_and_160_bits() -> None:
    made = {factor.new_secret() for _ in range(50)}

    assert len(made) == 50
    assert all(len(base64.b32decode(secret)) == 20 for secret in made)


def test_picture_is_an_image_without_script_or_address() -> None:
    picture = factor.picture(factor.key_uri(SECRET, "jingban"))

    assert picture.startswith("data:image/svg+xml")
    assert "script" not in picture


def test_recovery_codes_are_ten_and_digested_per_person() -> None:
    codes = factor.new_recovery_codes()

    assert len(set(codes)) == factor.RECOVERY_CODES
    one = factor.digest_of_recovery_code("a", codes[0])
    assert one == factor.digest_of_recovery_code("a", codes[0].lower().replace("-", " "))
    assert one != factor.digest_of_recovery_code("b", codes[0])
    assert codes[0] not in one


def test_grouped_secret_reads_in_fours() -> None:
    assert factor.grouped("ABCDEFGHIJ") == "ABCD EFGH IJ"
