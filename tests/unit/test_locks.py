"""What the lock files promise to set-up: pinned, digested, in agreement, and without addresses."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON_LOCKS = [
    "requirements.lock",
    "requirements-test.lock",
    "script/locks/uv.txt",
    "script/locks/node.txt",
]


def _pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text()
    return dict(re.findall(r"^([a-z0-9][a-z0-9.\[\]-]*)==([^ ;\n]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", PYTHON_LOCKS)
def test_python_lock_has_a_digest_for_every_pin_and_nothing_else(name: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / name).read_text().strip())
    assert len(entries) == len(_pins(name)) > 0
    for entry in entries:
        assert re.fullmatch(
            r"\S+==\S+( ; [^\\]+)? \\(\n +--hash=sha256:[0-9a-f]{64}( \\)?)+", entry
        ), entry


def test_test_lock_holds_every_package_of_a_run_at_the_same_version() -> None:
    run, tests = _pins("requirements.lock"), _pins("requirements-test.lock")
    assert run.items() <= tests.items()
    assert {"pytest", "ruff", "playwright"} <= tests.keys() - run.keys()


@pytest.mark.parametrize("name", [*PYTHON_LOCKS, "package-lock.json", "package.json", ".npmrc"])
def test_lock_names_no_address(name: str) -> None:
    assert not re.search(r"https?:|file:|//", (ROOT / name).read_text())


def test_browser_lock_pins_every_package_by_digest() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    # What a package brings along in its own archive is pinned by that archive's digest.
    fetched = {
        path.rpartition("/node_modules/")[0] if package.get("inBundle") else path
        for path, package in packages.items()
        if path
    }
    assert all(packages[path]["integrity"].startswith("sha512-") for path in fetched)
