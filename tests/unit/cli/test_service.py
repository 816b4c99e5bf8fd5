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
