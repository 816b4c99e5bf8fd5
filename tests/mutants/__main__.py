"""Break rules of a room one at a time and see whether its tests notice: script/mutants ROOM."""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.place import passing_place

ROOT = Path(__file__).resolve().parents[2]
LINKED = (".deps", "node_modules")
LEFT = {
    *LINKED,
    ".git",
    "var",
    "artefacts",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
}

MIRRORS = ("tests/unit", "tests/integration")
"""Tests of a room stand under its own path in these; else under the nearest room above it."""
BESIDE = {
    "kernel": ["tests/property"],
    "store/trail.py": ["tests/property/test_trail.py"],
    "desks/auditing": ["tests/property/test_trail.py"],
}
"""What guards a room from elsewhere."""


def guards_of(root: Path, room: str) -> list[str]:
    """The tests that guard a room, or a file of it, given by its path below procure/."""
    found = [named for place in MIRRORS if (named := _nearest(root / place, room, root))]
    for place, tests in BESIDE.items():
        if f"{room}/".startswith(f"{place}/"):
            found += tests
    return sorted({one for one in found if (root / one).exists()})


def _nearest(place: Path, room: str, root: Path) -> str:
    parts = Path(room).with_suffix("").parts
    for length in range(len(parts), 0, -1):
        folder = place.joinpath(*parts[:length])
        if folder.is_dir():
            return str(folder.relative_to(root))
    return ""


def copied(root: Path, folder: Path) -> Path:
    """A copy of the checkout in which files may be broken."""
    copy = folder / "checkout"
    shutil.copytree(root, copy, symlinks=True, ignore=lambda _, names: LEFT.intersection(names))
    for name in LINKED:
        if (root / name).exists():
            (copy / name).symlink_to(root / name)
    return copy


def files_of(root: Path, room: str, pattern: str) -> list[str]:
    """The modules of a room, by their paths in the checkout."""
    place = root / "procure" / room
    found = [place] if place.is_file() else sorted(place.rglob("*.py"))
    return [str(one.relative_to(root)) for one in found if one.match(pattern)]


def options() -> argparse.ArgumentParser:
    """What the command takes."""
    parser = argparse.ArgumentParser(prog="script/mutants", description=__doc__)
    parser.add_argument(
        "room", help="a room or file below procure/: kernel, stages/payments, store/trail.py"
    )
    parser.add_argument("--count", type=int, default=20, help="how many rules to break (20)")
    parser.add_argument("--seed", type=int, help="repeat the choice of an earlier run")
    parser.add_argument("--seconds", type=float, default=60, help="limit for each (60)")
    parser.add_argument("--files", default="*.py", help="only files of this name, e.g. policies.py")
    parser.add_argument(
        "--at", nargs="+", default=[], help="only breaks of these lines: money.py:41 money.py:83"
    )
    parser.add_argument("--both", action="store_true", help="run the tests on PostgreSQL, too")
    parser.add_argument(
        "--tests", nargs="+", default=[], help="what to run instead of the room's own tests"
    )
    return parser


def main(arguments: list[str], root: Path = ROOT) -> int:
    """Try a room. Exit status: 0 all killed or undecided, 1 some survived, 2 nothing to try."""
    given = options().parse_args(arguments)
    files = files_of(root, given.room, given.files)
    tests = given.tests or guards_of(root, given.room)
    if not files or not tests:
        print(f"nothing to try: no files or no tests for {given.room}", file=sys.stderr)
        return 2
    order = {
        "files": files,
        "tests": tests,
        "both": given.both,
        "places": given.at,
        "count": given.count,
        "seconds": given.seconds,
        "seed": random.randrange(10**6) if given.seed is None else given.seed,
    }
    print(f"{given.room}, seed {order['seed']}: {' '.join(tests)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="mutants-", dir=passing_place()) as folder:
        copy = copied(root, Path(folder))
        command = [sys.executable, "-m", "tests.mutants.trial", json.dumps(order)]
        environment = os.environ | {"PYTHONPATH": f"{copy}{os.pathsep}{ROOT}"}
        return subprocess.run(command, cwd=copy, env=environment, check=False).returncode


if __name__ == "__main__":
    # Whoever ends the command leaves no copy behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    sys.exit(main(sys.argv[1:]))
