"""Where tests write what nobody keeps."""

import os
import shutil
from pathlib import Path

ROOM = 2 * 1024**3
MEMORY = Path("/dev/shm")


def passing_place() -> Path:
    """In memory where there is room for some hundred databases, else on the disk.

    Both databases, and every file that is filed, wait for the disk at each change; in memory they
    ask for the same and have it at once.
    """
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if roomy else Path("/tmp")
