"""A first start that is broken off, at whatever moment, is begun anew by the next one."""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procure.cli.main import main
from procure.config import CHECKOUT
from procure.demonstration import loading
from procure.demonstration.route import Stop
from procure.registers.projects.models import Project
from procure.store import migrate

PEOPLE, FIRST, SECOND = "正在建立机构和人员", "正在走第 1 个", "正在走第 2 个"
ANEW, READY, KEPT = "现在清空，重新开始", "演示数据已就绪", "沿用已有的演示数据"


@pytest.fixture
def short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation of the demonstration with two short walks instead of seven; its database."""
    walks = [loading.Parked("doumen-home-care", title, Stop.PLAN) for title in ("甲", "乙")]
    monkeypatch.setattr(loading, "PARKED", tuple(walks))
    monkeypatch.setenv("PROCURE_MODE", "demo")
    monkeypatch.setenv("PROCURE_DATA_DIR", str(tmp_path))
    for name in ("PROCURE_DATABASE_URL", "PROCURE_SECRET_DIR", "PROCURE_STORAGE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "procure.db"


def _load(output: int) -> None:
    os.dup2(output, 2)
    sys.stderr = os.fdopen(2, "w", buffering=1, encoding="utf-8", closefd=False)
    os._exit(main(["demo", "--load"]))


def lines_of(output: int) -> Iterator[str]:
    with os.fdopen(output, encoding="utf-8") as stream:
        yield from stream


def load(until: str = "") -> str:
    """Load in a process of its own, killed as soon as it says so; what it said."""
    reading, writing = os.pipe()
    process = multiprocessing.get_context("fork").Process(target=_load, args=(writing,))
    process.start()
    os.close(writing)
    said = ""
    for line in lines_of(reading):
        said += line
        if until and until in line:
            process.kill()
    process.join()
    assert until in said
    assert process.exitcode == (-signal.SIGKILL if until else 0), said
    return said


def projects(database: Path) -> int:
    engine = migrate.engine_for(f"sqlite:///{database}", guarded=True)
    with Session(engine) as session:
        number = session.scalar(select(func.count()).select_from(Project))
    engine.dispose()
    return number or 0


def torn(database: Path) -> bool:
    """Whether the database says that its loading was broken off; none that was cleared does."""
    engine = migrate.engine_for(f"sqlite:///{database}", guarded=True)
    with Session(engine) as session:
        answer = loading.keeps_mark(session) and loading.is_torn(session)
    engine.dispose()
    return answer


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_loading_that_was_killed_begins_anew_until_it_is_complete(short: Path) -> None:
    """Two of seven projects were taken for the whole demonstration."""
    assert ANEW not in load(until=PEOPLE)
    assert ANEW in load(until=FIRST)
    load(until=SECOND)
    assert projects(short) == 1
    load(until=ANEW)
    # The kill comes before it clears, or after: then nothing is left to begin anew.
    was_torn = torn(short)
    said = load()
    assert (ANEW in said) is was_torn
    assert READY in said
    assert projects(short) == 2

    again = load()
    assert KEPT in again
    assert ANEW not in again
    assert projects(short) == 2


def test_ctrl_c_ends_the_loading_without_a_traceback(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "procure.cli", "demo", "--load"],
        cwd=CHECKOUT,
        env={**os.environ, "PROCURE_MODE": "demo", "PROCURE_DATA_DIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    said = process.stderr.readline()
    assert PEOPLE in said
    # To the whole group, as a terminal does.
    os.killpg(process.pid, signal.SIGINT)
    assert "Traceback" not in process.communicate(timeout=120)[1]
    assert process.returncode == -signal.SIGINT
