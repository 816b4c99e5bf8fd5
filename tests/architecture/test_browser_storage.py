"""Nothing that is typed stays in a browser: sealed prices least of all, on a machine that is shared."""

import re
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "static" / "js"
STORES = re.compile(
    r"\b(localStorage|sessionStorage|indexedDB|caches|document\.cookie|serviceWorker)\b"
)


def kept_in_browser(scripts: dict[str, str]) -> list[str]:
    """Each use of something that a browser keeps beyond the page, with its file."""
    return [f"{name}: {found}" for name, text in scripts.items() for found in STORES.findall(text)]


def test_no_script_keeps_anything_in_the_browser() -> None:
    scripts = {path.name: path.read_text(encoding="utf-8") for path in SCRIPTS.rglob("*.js")}

    assert "draft.js" in scripts
    assert kept_in_browser(scripts) == []


def test_a_script_that_keeps_something_is_found() -> None:
    planted = {
        "old.js": 'window.localStorage.setItem("price", field.value);',
        "new.js": "fetch(to)",
    }

    assert kept_in_browser(planted) == ["old.js: localStorage"]
