"""Where file content is kept: a folder in which every file is called by its SHA-256.

The same content is kept once. A file appears under its name only when it is whole and on the disk,
and is checked against its name whenever it is read.
"""

import hashlib
import os
import re
import tempfile
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

_DIGEST = re.compile(r"[0-9a-f]{64}")
FILE_SCHEME = "file://"


class DamagedFile(RuntimeError):
    """A stored file is missing or no longer what its name says: a fault nobody may overlook."""


class FileStore:
    """Content by digest under one private folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, content: bytes) -> str:
        """Keep the content and return its SHA-256 in hexadecimal; keeping it twice is once."""
        digest = hashlib.sha256(content).hexdigest()
        target = self.path_of(digest)
        if target.exists() and target.stat().st_size == len(content):
            return digest
        write_whole(target, content)
        return digest

    def read(self, digest: str) -> bytes:
        """The content of that digest, verified. Raises DamagedFile when it is gone or altered."""
        path = self.path_of(digest)
        try:
            content = path.read_bytes()
        except FileNotFoundError as missing:
            raise DamagedFile(f"stored file {digest} is missing") from missing
        if hashlib.sha256(content).hexdigest() != digest:
            raise DamagedFile(f"stored file {digest} does not match its digest")
        return content

    def open(self, digest: str) -> BinaryIO:
        """The verified content as a file to read from; raises as `read` does."""
        return BytesIO(self.read(digest))

    def path_of(self, digest: str) -> Path:
        """Where content of that digest lies. Raises ValueError for what is no digest."""
        if not _DIGEST.fullmatch(digest):
            raise ValueError(f"{digest!r} is no sha256")
        return self.root / digest[:2] / digest[2:4] / digest


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that it is either not there or whole and on the disk, power cuts included."""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
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
    """Say where files are kept, once at start; ValueError for anything but a file:// folder."""
    if not storage_url.startswith(FILE_SCHEME):
        raise ValueError(f"storage {storage_url!r} is not a file:// folder")
    _Configured.store = FileStore(Path(storage_url.removeprefix(FILE_SCHEME)))
    return _Configured.store


def file_store() -> FileStore:
    """The store that was configured; RuntimeError before that."""
    if _Configured.store is None:
        raise RuntimeError("no file store is configured")
    return _Configured.store
