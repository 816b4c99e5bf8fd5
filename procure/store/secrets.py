"""The platform's own keys: one to wrap secrets at rest, one to sign receipts and checkpoints.

Both are made once (`make_keys`) and kept in the secret folder, readable by the platform's user
alone. A copy of the database without that folder cannot be read back into one-time secrets.
"""

import base64
import secrets
from functools import cached_property
from pathlib import Path

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from procure.config import COOKIE_KEY, missing_key, new_cookie_key, read_key, read_or_make

WRAPPING_FILE = "platform.age"
SIGNING_FILE = "platform.ed25519"


def make_keys(folder: Path) -> None:
    """Make those of the installation's keys that the secret folder does not hold yet."""
    read_or_make(folder / WRAPPING_FILE, _new_identity)
    read_or_make(folder / SIGNING_FILE, lambda: secrets.token_hex(32))
    read_or_make(folder / COOKIE_KEY, new_cookie_key)


class PlatformKey:
    """The platform's wrapping identity (age) and signing key (Ed25519), read when first needed.

    Every use raises UnsafeConfiguration when the key is not there: nothing is made in its place,
    since what was wrapped to the lost one would be lost with it unnoticed.
    """

    def __init__(self, secret_dir: Path) -> None:
        self._folder = secret_dir

    def wrap(self, content: bytes) -> bytes:
        """Encrypt for keeping in the database."""
        wrapped: bytes = pyrage.encrypt(content, [self._identity.to_public()])
        return wrapped

    def unwrap(self, wrapped: bytes) -> bytes:
        """Decrypt what `wrap` gave; ValueError when it was wrapped by another platform."""
        try:
            content: bytes = pyrage.decrypt(wrapped, [self._identity])
        except pyrage.DecryptError as error:
            raise ValueError("wrapped with another key, or damaged") from error
        return content

    def sign(self, content: bytes) -> str:
        """The Ed25519 signature, in base64."""
        return base64.b64encode(self._signer.sign(content)).decode()

    @cached_property
    def recipient(self) -> str:
        """The public half of the wrapping identity, as age writes it (age1…)."""
        return str(self._identity.to_public())

    @cached_property
    def public_key(self) -> str:
        """The 32 bytes of the public signing key, in base64."""
        raw = self._signer.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.b64encode(raw).decode()

    @cached_property
    def _identity(self) -> pyrage.x25519.Identity:
        return pyrage.x25519.Identity.from_str(self._read(WRAPPING_FILE))

    @cached_property
    def _signer(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self._read(SIGNING_FILE)))

    def _read(self, name: str) -> str:
        path = self._folder / name
        text = read_key(path)
        if not text:
            raise missing_key(path)
        return text


def is_signed(content: bytes, signature: str, public_key: str) -> bool:
    """Whether a signature of `PlatformKey.sign` is right for the content and public key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def _new_identity() -> str:
    return str(pyrage.x25519.Identity.generate())
