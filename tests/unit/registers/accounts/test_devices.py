"""Devices keep their name between sign-ins, and nobody can give themselves another's."""

import pytest

from procure.registers.accounts.devices import (
    describe,
    lane_of,
    new_device,
    read_device,
    seal_device,
)
from procure.registers.accounts.names import is_username, typed_username

KEY = "k" * 64


def test_device_comes_back_as_it_was_sealed() -> None:
    device = new_device()

    assert read_device(seal_device(device, KEY), KEY) == device


@pytest.mark.parametrize("cookie", ["", "x", "a.b", "装置", "x" * 5000])
def test_device_not_made_here_is_no_device(cookie: str) -> None:
    assert read_device(cookie, KEY) == ""


def test_device_sealed_with_another_key_is_no_device() -> None:
    sealed = seal_device(new_device(), "another" * 10)

    assert read_device(sealed, KEY) == ""


def test_lane_hides_what_was_typed_and_differs_by_purpose() -> None:
    assert lane_of("password", "jingban", KEY) != lane_of("code", "jingban", KEY)
    assert "jingban" not in lane_of("password", "jingban", KEY)
    assert len(lane_of("password", "jingban", KEY)) == 64


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Firefox/140.0", "Windows 电脑上的 Firefox 浏览器"),
        ("Mozilla/5.0 (iPhone) Version/18 Safari/604", "iPhone上的 Safari 浏览器"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140 MicroMessenger/8", "安卓上的微信"),
        ("curl/8", "其他设备上的其他浏览器"),
        ("", "其他设备上的其他浏览器"),
    ],
)
def test_describe_names_system_and_browser(agent: str, words: str) -> None:
    assert describe(agent) == words


@pytest.mark.parametrize("name", ["ab", "1abc", "a b c", "陈晓岚", "a" * 41, "Abc", ""])
def test_username_of_another_shape_is_refused(name: str) -> None:
    assert not is_username(name)


def test_username_is_read_without_case_and_blanks() -> None:
    assert typed_username("  JingBan ") == "jingban"
    assert is_username("chen.xl-2_a")
