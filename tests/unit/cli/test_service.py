"""What `procure serve` says when it starts."""

from pathlib import Path

import pytest

from procure.cli.service import announcement
from procure.config import Mode
from tests.world import config_for


@pytest.mark.parametrize(
    ("mode", "said"),
    [(Mode.DEMO, "【演示模式】账号的密码人人知道"), (Mode.PRODUCTION, "【生产模式】")],
)
def test_serve_says_which_mode_and_where(tmp_path: Path, mode: Mode, said: str) -> None:
    words = announcement(config_for("sqlite://", tmp_path, mode), "::", 8550)
    assert words.startswith(said)
    assert words.endswith("\n网站已启动：http://[::]:8550/")


@pytest.mark.parametrize(
    ("mode", "host", "is_warned"),
    [
        (Mode.DEMO, "0.0.0.0", True),
        (Mode.DEMO, "::", True),
        (Mode.DEMO, "192.168.1.20", True),
        (Mode.DEMO, "procure.local", True),
        (Mode.DEMO, "127.0.0.1", False),
        (Mode.DEMO, "127.0.0.5", False),
        (Mode.DEMO, "::1", False),
        (Mode.DEMO, "localhost", False),
        (Mode.PRODUCTION, "0.0.0.0", False),
    ],
)
def test_demonstration_open_to_the_network_is_a_warning(
    tmp_path: Path, mode: Mode, host: str, is_warned: bool
) -> None:
    """Its passwords are known to everybody, and its sign-in page lists them."""
    words = announcement(config_for("sqlite://", tmp_path, mode), host, 8550)
    assert ("正对整个网络开放" in words) is is_warned
