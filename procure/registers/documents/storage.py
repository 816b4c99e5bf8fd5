"""Where file content is kept: a folder in which every file is called by its SHA-256.

The same content is kept once. A file appears under its name only when it is whole and on the disk,
and is checked against its name whenever it is read. A file that is not there is the store's fault (it may
not be mounted), one that is there and differs was altered: the two are never taken for each other.
"""

import hashlib
import logging
import os
import re
import tempfile
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from procure.kernel.errors import Unavailable

log = logging.getLogger(__name__)

_DIGEST = re.compile(r"[0-9a-f]{64}")
FILE_SCHEME = "file://"


class StoreAway(Unavailable):
    """The store does not give a file out or take one in: not mounted, out of reach, full.

    Says nothing about the file, which may be whole where it lies.
    """

    def __init__(self, message: str = "平台暂时读不到这份文件。") -> None:
        super().__init__(message, remedy="请稍后再试；仍然不行的，请联系系统管理员。")


class DamagedFile(Unavailable):
    """A stored file is there and is no longer what its name says: a fault nobody may overlook."""

    def __init__(self, message: str = "平台存放的这份文件与登记的校验码不符，不能使用。") -> None:
        super().__init__(message, remedy="请联系系统管理员从备份恢复这份文件，恢复以后再办理。")


class FileStore:
    """Content by digest under one private folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> str:
        """Keep the content and return its SHA-256 in hexadecimal; keeping it twice is once.

        Raises StoreAway when the store does not take it.
        """
        digest = hashlib.sha256(content).hexdigest()
        self.write(self.path_of(digest), content)
        return digest

    def write(self, target: Path, content: bytes) -> None:
        """Write a file below the root, whole or not at all, once where it lies already.

        Raises StoreAway when that fails.
        """
        try:
            if target.exists() and target.stat().st_size == len(content):
                return
            _make_folders(self.root, target.parent)
            write_whole(target, content)
        except OSError as fault:
            log.exception("the file store takes no file")
            raise StoreAway("平台暂时不能保存文件，这一步没有办理。") from fault

    def read(self, digest: str) -> bytes:
        """The content of that digest, verified.

        Raises StoreAway when it cannot be had, DamagedFile when it is there and was altered.
        """
        path = self.path_of(digest)
        try:
            content = path.read_bytes()
        except OSError as fault:
            log.exception("stored file %s cannot be read", digest)
            raise StoreAway from fault
        if hashlib.sha256(content).hexdigest() != digest:
            log.error("stored file %s does not match its digest", digest)
            raise DamagedFile
        return content

    def open(self, digest: str) -> BinaryIO:
        """The verified content as a file to read from; raises as `read` does."""
        return BytesIO(self.read(digest))

    def path_of(self, digest: str) -> Path:
        """Where content of that digest lies. Raises ValueError for what is no digest."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest!r} is no sha256")
        return self.root / digest[:2] / digest[2:4] / digest


def _make_folders(root: Path, folder: Path) -> None:
    """Make folders below the root, never the root: one that is gone may be a share not mounted, and
    what was written into its mount point would be lost from sight.
    """
    for part in reversed((folder, *folder.parents)):
        if root in part.parents:
            part.mkdir(mode=0o700, exist_ok=True)


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that it is either not there or whole and on the disk, power cuts included.

    Its folder must be there.
    """
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class _Configured:
    store: FileStore | None = None


def configure(storage_url: str) -> FileStore:
    """Say where files are kept, once at start; ValueError for anything but a file:// folder.

    Only here is the folder made where there is none.
    """
    if not storage_url.startswith(FILE_SCHEME):
        raise ValueError(f"storage {storage_url!r} is not a file:// folder")
    root = Path(storage_url.removeprefix(FILE_SCHEME))
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    _Configured.store = FileStore(root)
    return _Configured.store


def file_store() -> FileStore:
    """The store that was configured; RuntimeError before that."""
    if _Configured.store is None:
        raise RuntimeError("no file store is configured")
    return _Configured.store
