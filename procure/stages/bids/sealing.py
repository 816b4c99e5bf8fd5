"""The sealed envelope a bid travels in: who it is from and for, its content, encrypted.

The only thing that knows the format. `Envelope` is what the rest of the stage speaks to; sealing in
the bidder's browser later means another `Envelope`, and nothing else changes. What a rival or a
thief of the database learns from an envelope is its size bucket.

Inside the age encryption: a magic word, the length of the manifest (8 bytes), the manifest as
canonical JSON, the files one after the other, zeros up to the bucket.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Protocol

import pyrage

from procure.kernel.events import canonical, plain
from procure.kernel.uploads import AS_IT_CAME, Reception, reception_from

MAGIC = b"procure-bid/1\n"
FORMAT = 1
LENGTH_BYTES = 8
SMALLEST_BUCKET = 64 * 1024
GROWTH_PERCENT = 12
"""Steps between buckets: a size tells little more than its order of magnitude."""


class EnvelopeKind(StrEnum):
    """Which part of a bid an envelope holds."""

    WHOLE = "whole"
    TECHNICAL = "technical"
    PRICE = "price"


class DamagedEnvelope(Exception):
    """An envelope that cannot be opened or is not what its place says; `reason` is in Chinese."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Address:
    """Where an envelope belongs; checked against its manifest when it is opened."""

    tender: str
    lot: str
    bidder: str
    version: int
    kind: EnvelopeKind = EnvelopeKind.WHOLE


@dataclass(frozen=True)
class SealedFile:
    """A file inside an envelope."""

    name: str
    media_type: str
    content: bytes
    reception: Reception = AS_IT_CAME

    @property
    def sha256(self) -> str:
        """The digest of the content."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Manifest:
    """What an envelope says it holds. `fields` are the answers of the bid, plain JSON values."""

    address: Address
    sealed_at: str
    fields: Mapping[str, Any]

    def body(self, files: Sequence[SealedFile]) -> dict[str, Any]:
        """The manifest as it stands in the envelope, its files listed with digests."""
        return {
            "format": FORMAT,
            **asdict(self.address),
            "sealed_at": self.sealed_at,
            "fields": dict(self.fields),
            "files": [
                {
                    "name": file.name,
                    "media_type": file.media_type,
                    "size": len(file.content),
                    "sha256": file.sha256,
                    "reception": plain(asdict(file.reception)),
                }
                for file in files
            ],
        }


@dataclass(frozen=True)
class OpenedEnvelope:
    """An envelope opened and checked."""

    manifest: Manifest
    files: tuple[SealedFile, ...]


class Envelope(Protocol):
    """How bids are sealed and opened."""

    def seal(self, recipient: str, manifest: Manifest, files: Sequence[SealedFile]) -> bytes:
        """The sealed bytes, for the recipient's key alone."""
        ...

    def open(self, identity: str, sealed: bytes, expected: Address) -> OpenedEnvelope:
        """The content; raises DamagedEnvelope when it does not open or belongs elsewhere."""
        ...


class AgeEnvelope:
    """Envelopes encrypted with age to the X25519 key of the tender."""

    def seal(self, recipient: str, manifest: Manifest, files: Sequence[SealedFile]) -> bytes:
        """Pack, pad and encrypt. Raises ValueError for a recipient that is no age key."""
        try:
            key = pyrage.x25519.Recipient.from_str(recipient)
        except pyrage.RecipientError as error:
            raise ValueError("not an age recipient") from error
        sealed: bytes = pyrage.encrypt(_packed(manifest, files), [key])
        return sealed

    def open(self, identity: str, sealed: bytes, expected: Address) -> OpenedEnvelope:
        """Decrypt, check every length and digest, and that the envelope is where it belongs."""
        key = pyrage.x25519.Identity.from_str(identity)
        try:
            packed: bytes = pyrage.decrypt(sealed, [key])
        except pyrage.DecryptError as error:
            raise DamagedEnvelope(
                "用本项目的密钥解不开，密文可能损坏或不是为本项目加密的"
            ) from error
        opened = _unpacked(packed)
        if opened.manifest.address != expected:
            raise DamagedEnvelope("密封件内写明的项目、采购包、投标人或版本与登记的不一致")
        return opened


ENVELOPE: Envelope = AgeEnvelope()
"""The envelope in use."""


def bucket(size: int) -> int:
    """The size that content of `size` bytes is padded to: 64 KiB, then steps of 12 percent."""
    step = SMALLEST_BUCKET
    while step < size:
        step += step * GROWTH_PERCENT // 100
    return step


def looks_sealed(content: bytes) -> bool:
    """Whether bytes have the shape of an envelope; anything else is refused at receipt."""
    return content.startswith(b"age-encryption.org/v1\n") and len(content) > SMALLEST_BUCKET


def _packed(manifest: Manifest, files: Sequence[SealedFile]) -> bytes:
    head = canonical(manifest.body(files)).encode()
    packed = b"".join(
        (MAGIC, len(head).to_bytes(LENGTH_BYTES, "big"), head, *(file.content for file in files))
    )
    return packed.ljust(bucket(len(packed)), b"\0")


def _unpacked(packed: bytes) -> OpenedEnvelope:
    start = len(MAGIC) + LENGTH_BYTES
    length = int.from_bytes(packed[len(MAGIC) : start], "big")
    if not packed.startswith(MAGIC) or start + length > len(packed):
        raise DamagedEnvelope("密封件的格式无法识别")
    try:
        said = json.loads(packed[start : start + length])
        address = Address(
            said["tender"],
            said["lot"],
            said["bidder"],
            said["version"],
            EnvelopeKind(said["kind"]),
        )
        manifest = Manifest(address, said["sealed_at"], said["fields"])
        listed = [
            (e["name"], e["media_type"], e["size"], e["sha256"], reception_from(e.get("reception")))
            for e in said["files"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedEnvelope("密封件的清单无法识别") from error
    files, at = [], start + length
    for name, media_type, size, digest, reception in listed:
        file = SealedFile(name, media_type, packed[at : at + size], reception)
        if len(file.content) != size or file.sha256 != digest:
            raise DamagedEnvelope(f"密封件内的文件“{name}”与清单不符")
        files.append(file)
        at += size
    if packed[at:].strip(b"\0"):
        raise DamagedEnvelope("密封件内有清单以外的内容")
    return OpenedEnvelope(manifest, tuple(files))
