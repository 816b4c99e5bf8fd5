"""What the test processes of a run make once for all of them."""

import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

PATIENCE = 600

Made = TypeVar("Made")


def made_once(shared: Path, name: str, make: Callable[[Path], Made]) -> Made:
    """What was said by the first process to come, which made it in a new folder of this name.

    The others wait for it. Raises TimeoutError in them when it was not made.
    """
    told, failed = shared / f"{name}.made", shared / f"{name}.failed"
    try:
        os.mkdir(shared / f"{name}.lock")
    except FileExistsError:
        _wait_for(told, failed)
        made: Made = pickle.loads(told.read_bytes())
        return made
    folder = shared / name
    folder.mkdir()
    try:
        made = make(folder)
    except BaseException:
        failed.touch()
        raise
    leave(told, pickle.dumps(made))
    return made


def leave(path: Path, content: bytes) -> None:
    """Leave a file for the other processes: under a name of its own first, so that none of them reads
    half of it.
    """
    writing = path.with_name(uuid4().hex)
    writing.write_bytes(content)
    writing.rename(path)


def _wait_for(told: Path, failed: Path) -> None:
    until = time.monotonic() + PATIENCE
    while not told.exists():
        if failed.exists() or time.monotonic() > until:
            raise TimeoutError(f"{told.stem} was not made by the process that began it")
        time.sleep(0.05)
