"""A headless Chromium from the machine's packages, for tests that look at pages.

Its shell build draws, prints and runs scripts with the same engine and starts no window's worth of
services beside it: a page costs a third less.
"""

import os
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright

#: A test browser calls nobody, needs no graphics card and runs where sandboxes and shared memory
#: are missing, as for root and in small containers.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


def executable() -> Path:
    """Find the browser, unpacked by set-up or installed; raises FileNotFoundError."""
    sysroot = os.environ.get("PROCURE_SYSROOT", "")
    # The program itself: Debian's script in /usr/bin looks in absolute places.
    for root in [Path(sysroot)] * bool(sysroot) + [Path("/")]:
        program = root / "usr/lib/chromium/chromium-headless-shell"
        if program.is_file():
            return program
    raise FileNotFoundError(
        "Chromium is not installed: run script/test, or install chromium-headless-shell."
    )


def launch(playwright: Playwright) -> Browser:
    """Start the browser; once more when it ends at once, as seen rarely right after unpacking."""
    program = str(executable())
    try:
        return playwright.chromium.launch(executable_path=program, args=FLAGS)
    except Error:
        return playwright.chromium.launch(executable_path=program, args=FLAGS)
