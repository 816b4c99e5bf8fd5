"""Where file content is kept: a folder in which every file is called by its SHA-256.

The same content is kept once. A file appears under its name only when it is whole and on the disk,
and is checked against its name whenever it is read. A file that is not there is the store's fault (it may
not be mounted), one that is there and differs was altered: the two are never taken for each other. A
mark in the folder says whose it is, so that no other folder is taken for it.
"""

import errno
import hashlib
import logging
import os
import re
import secrets
import tempfile
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from procure.config import UnsafeConfiguration, alone_in, root_of
from procure.kernel.errors import Unavailable
from procure.store.db_errors import in_one_line

log = logging.getLogger(__name__)

_DIGEST = re.compile(r"[0-9a-f]{64}")
MARK = ".procure-store"
STAGING = "staging"
LEFTOVERS = "leftovers"
UNFINISHED = ".new-"
NOT_OURS = "平台存放文件的地方现在不可用，这一步没有办理。"
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class StoreFault(StrEnum):
    """What whoever runs the platform has to hear of."""

    AWAY = "away"
    FULL = "full"
    MISSING = "missing"
    DAMAGED = "damaged"


class StoreAway(Unavailable):
    """The store does not give a file out or take one in: not mounted, out of reach, full.

    Says nothing about the file, which may be whole where it lies.
    """

    def __init__(self, message: str = "平台暂时读不到这份文件。") -> None:
        super().__init__(message, remedy="请稍后再试；仍然不行的，请联系系统管理员。")


class StoreFull(StoreAway):
    """There is no room for another file."""

    def __init__(self) -> None:
        super().__init__("平台存放文件的磁盘已满，这一步没有办理，已有的文件不受影响。")
        self.remedy = "请告诉系统管理员腾出空间，然后再提交一次；文件可能要重新选择。"


class DamagedFile(Unavailable):
    """A stored file is there and is no longer what its name says: a fault nobody may overlook."""

    def __init__(self, message: str = "平台存放的这份文件与登记的校验码不符，不能使用。") -> None:
        super().__init__(message, remedy="请联系系统管理员从备份恢复这份文件，恢复以后再办理。")


def _holds(target: Path, content: bytes) -> bool:
    """Whether a file is there with just this content."""
    if not target.exists() or target.stat().st_size != len(content):
        return False
    return target.read_bytes() == content


class FileStore:
    """Content by digest under one private folder, which carries `mark` once it is known whose it is."""

    def __init__(self, root: Path, mark: str = "") -> None:
        self.root = root
        self._mark = mark
        self._faults: set[tuple[StoreFault, str]] = set()

    def require_ours(self) -> None:
        """Raise StoreAway unless the folder is there and is this installation's own."""
        try:
            found = read_mark(self.root)
        except OSError as fault:
            self.note(StoreFault.AWAY)
            raise StoreAway(NOT_OURS) from fault
        if self._mark and found != self._mark:
            log.error("the folder of files carries the mark %r, not ours", found)
            self.note(StoreFault.AWAY)
            raise StoreAway(NOT_OURS)

    def note(self, fault: StoreFault, digest: str = "") -> None:
        """Remember a fault until somebody takes it to tell whom it concerns."""
        self._faults.add((fault, digest))

    def take_faults(self) -> set[tuple[StoreFault, str]]:
        """The faults met since this was asked last, each with the file's digest where it has one."""
        if not self._faults:
            return set()
        found, self._faults = self._faults, set()
        return found

    def put(self, content: bytes) -> str:
        """Keep the content and return its SHA-256 in hexadecimal; keeping it twice is once.

        Raises StoreAway when the store does not take it.
        """
        digest = hashlib.sha256(content).hexdigest()
        self.write(self.path_of(digest), content)
        return digest

    def write(self, target: Path, content: bytes) -> None:
        """Write a file below the root, whole or not at all, once where it lies already, whole.

        What lies there and differs was damaged: it is replaced, so that giving the paper in again mends it.

        Raises StoreAway when that fails, StoreFull when there is no room.
        """
        self.require_ours()
        try:
            if _holds(target, content):
                # As fresh as one that is written now: the row that will name it is not there yet.
                os.utime(target)
                return
            _make_folders(self.root, target.parent)
            write_whole(target, content)
        except OSError as fault:
            log.error("the file store takes no file: %s", in_one_line(fault))
            if fault.errno in NO_ROOM:
                self.note(StoreFault.FULL)
                raise StoreFull from fault
            raise StoreAway("平台暂时不能保存文件，这一步没有办理。") from fault

    def read(self, digest: str) -> bytes:
        """The content of that digest, verified.

        Raises StoreAway when it cannot be had, DamagedFile when it is there and was altered.
        """
        path = self.path_of(digest)
        try:
            content = path.read_bytes()
        except OSError as fault:
            log.error("stored file %s cannot be read: %s", digest, in_one_line(fault))
            self.require_ours()
            self.note(StoreFault.MISSING, digest)
            raise StoreAway from fault
        if hashlib.sha256(content).hexdigest() != digest:
            log.error("stored file %s does not match its digest", digest)
            self.note(StoreFault.DAMAGED, digest)
            raise DamagedFile
        return content

    def lacks(self, digest: str) -> bool:
        """Whether there is no file of that digest in this installation's own store.

        Raises StoreAway when the store is not ours or does not answer: then nobody can tell.
        """
        self.require_ours()
        try:
            self.path_of(digest).lstat()
        except FileNotFoundError:
            return True
        except OSError as fault:
            raise StoreAway from fault
        return False

    def open(self, digest: str) -> BinaryIO:
        """The verified content as a file to read from; raises as `read` does."""
        return BytesIO(self.read(digest))

    def forget(self, digest: str) -> None:
        """Remove the content of that digest, which nothing names any more; what stays is swept."""
        try:
            self.path_of(digest).unlink(missing_ok=True)
        except OSError as fault:
            log.error("stored file %s cannot be removed: %s", digest, in_one_line(fault))

    def set_aside(self, digest: str) -> None:
        """Move what nothing names out of the way; it can be brought back by hand."""
        target = self.root / LEFTOVERS / digest
        _make_folders(self.root, target.parent)
        self.path_of(digest).replace(target)
        os.utime(target)

    def aside(self, name: str) -> Path:
        """Where an upload that waits for its form lies, apart from the files on record."""
        return self.root / STAGING / name

    def path_of(self, digest: str) -> Path:
        """Where content of that digest lies. Raises ValueError for what is no digest."""
        if not is_digest(digest):
            raise ValueError(f"{digest!r} is no sha256")
        return self.root / digest[:2] / digest[2:4] / digest


def read_mark(root: Path) -> str:
    """What the mark in a folder says, empty when it carries none. Raises OSError when the folder
    does not answer.
    """
    try:
        return (root / MARK).read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def mark_own(root: Path) -> str:
    """Mark a folder as a new installation's file store, making it, but none above it, when it is not
    there.

    An empty folder that carries a mark is one whose installation was stopped before it was recorded.
    Raises UnsafeConfiguration for one that carries a mark and files: it has an owner.
    """
    root.mkdir(exist_ok=True, mode=0o700)
    with alone_in(root):
        mark = read_mark(root)
        if mark and any(entry.name not in {MARK, "lost+found"} for entry in root.iterdir()):
            raise UnsafeConfiguration(
                f"PROCURE_STORAGE_URL 指向的文件夹 {root} 里有另一个平台的文件和标记 {MARK}。"
                "请核对 PROCURE_STORAGE_URL 与 PROCURE_DATABASE_URL 是否属于同一个平台；"
                "新装的平台请用一个空文件夹。"
            )
        if not mark:
            mark = secrets.token_hex(16)
            write_whole(root / MARK, mark.encode("ascii"))
    return mark


def is_digest(name: str) -> bool:
    """Whether a file's name says that it is content on record."""
    return _DIGEST.fullmatch(name) is not None


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
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=UNFINISHED)
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


def configure(storage_url: str, mark: str = "") -> FileStore:
    """Say where files are kept and what mark their folder carries, once at start.

    A folder without a known mark is made where there is none. Raises UnsafeConfiguration for anything
    but file:// and a full path.
    """
    root = root_of(storage_url)
    if not mark:
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
    _Configured.store = FileStore(root, mark)
    return _Configured.store


def file_store() -> FileStore:
    """The store that was configured; RuntimeError before that."""
    if _Configured.store is None:
        raise RuntimeError("no file store is configured")
    return _Configured.store
