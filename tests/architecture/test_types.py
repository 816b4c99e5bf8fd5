"""The types of the whole package, checked strictly by mypy."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_type_agrees() -> None:
    command = [sys.executable, "-m", "mypy", "procure"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
