"""Two who bring one database up to date together: the second waits, and both end well."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from procure.config import CHECKOUT
from procure.store import migrate
from tests import postgres

PROGRAM = """
import sys
from procure.store import migrate
print("ready", flush=True)
sys.stdin.readline()
migrate.upgrade(sys.argv[1])
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_server: postgres.Server
) -> str:
    """The address of a database in which there is nothing, not even a file."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'procure.db'}"
    return postgres_server.create("upgraded_twice")


def test_two_upgrades_of_an_empty_database_both_end_well(empty_database: str) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, empty_database],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout.readline() == "ready\n"
    for process in both:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in both:
        _, complaint = process.communicate(timeout=60)
        assert process.returncode == 0, complaint

    engine = create_engine(empty_database)
    assert migrate.current(engine) == migrate.newest()
    engine.dispose()
