"""The bench of pages runs and compares every hot job; how fast it was is no test's business."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
JOBS = (
    "project list, signed in",
    "public notices, visitor",
    "case page, signed in, seen before",
    "case page, bidder, never kept",
    "filtered search of notices, signed in",
    "bid submission, complete",
)


def test_quick_bench_of_pages_prints_a_ratio_for_every_hot_job() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bench.pages", "--quick"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    for job in JOBS:
        row = next(line for line in done.stdout.splitlines() if f": {job} |" in line)
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert all(re.fullmatch(r"\d+\.\d\d", cell) for cell in cells[3:5]), row
        assert cells[-1] == "0", row
