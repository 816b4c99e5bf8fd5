"""Every command sees the same tables, since the rights of the database's account follow from them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import importlib, pathlib
from procure import wiring
from procure.store.base import Base
known = set(Base.metadata.tables)
for path in pathlib.Path("procure").rglob("*.py"):
    if "Mapped[" in path.read_text(encoding="utf-8"):
        importlib.import_module(".".join(path.with_suffix("").parts))
print(sorted(set(Base.metadata.tables) - known), len(known))
"""


def test_wiring_loads_every_table() -> None:
    found = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, '.')\n{PROGRAM}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    unknown, number = found.stdout.rsplit(maxsplit=1)
    assert unknown == "[]"
    assert int(number) > 50
