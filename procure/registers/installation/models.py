"""Table of what the database belongs to."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from procure.store.base import AppendOnly, Model


@dataclass(frozen=True)
class Marks:
    """What tells an installation's keys and files from another's; nothing of it is secret.

    `recipient` is the public half of the wrapping key (age), `verifier` the public signing key
    (Ed25519, base64), `cookie_sha256` the digest of the key of cookies, `store` the mark in the
    folder of files. `mode` is how the installation is used, empty where that was not recorded.
    """

    recipient: str
    verifier: str
    cookie_sha256: str
    store: str
    mode: str


class Installation(AppendOnly, Model):
    """The marks of the keys and files that belong to this database; the newest row counts."""

    __table_args__ = (CheckConstraint("number >= 1", name="number_positive"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    recipient: Mapped[str] = mapped_column(String(100))
    verifier: Mapped[str] = mapped_column(String(64))
    cookie_sha256: Mapped[str] = mapped_column(String(64))
    store: Mapped[str] = mapped_column(String(64))
    mode: Mapped[str] = mapped_column(String(20), default="", server_default="")
    recorded_at: Mapped[datetime]

    @property
    def marks(self) -> Marks:
        """What keys and files have to carry."""
        return Marks(self.recipient, self.verifier, self.cookie_sha256, self.store, self.mode)
