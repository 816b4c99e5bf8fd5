"""The test browser starts in both layouts, and gets a second chance at its first launch."""

from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, Error, Playwright

from tests.chromium import executable, launch


class Launcher:
    """Stands in for Playwright: fails as often as told, then hands out a browser."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls: list[dict[str, Any]] = []
        self.chromium = self

    def launch(self, **options: Any) -> str:
        self.calls.append(options)
        if len(self.calls) <= self.failures:
            raise Error("Target page, context or browser has been closed")
        return "browser"


def test_launch_shows_chinese_set_in_an_installed_font(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content('<html lang="zh-Hans-CN"><h1>政府采购开标一览表</h1></html>')
    assert page.inner_text("h1") == "政府采购开标一览表"
    # Boxes for missing signs would all look alike.
    page.set_content('<p id="a">开</p><p id="b">标</p>')
    assert page.locator("#a").screenshot() != page.locator("#b").screenshot()
    page.close()


def test_launch_that_fails_once_is_tried_again_with_the_same_flags() -> None:
    launcher = Launcher(failures=1)
    assert launch(cast(Playwright, launcher)) == cast(Any, "browser")
    assert len(launcher.calls) == 2
    assert launcher.calls[0] == launcher.calls[1]


def test_launch_that_fails_twice_says_so() -> None:
    launcher = Launcher(failures=2)
    with pytest.raises(Error, match="closed"):
        launch(cast(Playwright, launcher))


def test_executable_with_unpacked_packages_is_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "usr/lib/chromium/chromium-headless-shell"
    program.parent.mkdir(parents=True)
    program.write_bytes(b"")
    monkeypatch.setenv("PROCURE_SYSROOT", str(tmp_path))
    assert executable() == program
