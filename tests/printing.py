"""Papers of a test run: the same words are printed once, whatever figures and names stand in them.

To print is half of what the stages cost, and most tests print a contract that another has printed
before but for its figures: days, amounts, the fingerprints of the bid, of the trail, of the paper that
was signed; and for the names of the case and of those who were drawn by lot. Such a paper is handed out
with the bytes of the first one and, behind their end, with what it should say, so that each has a
fingerprint of its own. Whoever reads it (tests/paper_readers.py) has it printed.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import has_request_context
from sqlalchemy.orm import Session

from procure.demonstration.accounts import DEMONSTRATION_ACCOUNTS
from procure.demonstration.loading import PARKED
from procure.demonstration.story import load_story, story_names
from procure.kernel.access import Role
from procure.render import pdf
from procure.render.documents import (
    DocumentTemplate,
    RenderedDocument,
    load_template,
    snapshot_of,
)
from procure.store.base import WRITES, db
from tests.once import leave

DRAWN = [one for one in DEMONSTRATION_ACCOUNTS if Role.EXPERT in one.roles]
"""Whoever sits on a panel was drawn by lot, somebody else in each test."""
TITLES = [case.title for case in PARKED] + [load_story(name).title for name in story_names()]
"""The demonstration tells one story under seven titles."""
PASSING = "|".join(
    [
        r"\b[0-9a-f]{64}\b",
        r"\bage1[0-9a-z]{58}\b",
        "[0-9]+",
        "(?:周|星期)[一二三四五六日]",
        *(one.name for one in DRAWN),
        *(one.employer for one in DRAWN),
        *TITLES,
    ]
)
"""What tells one paper from the other without a word of it being another."""
STAMP = re.compile(rb"\n%as (\S+) (\S+)\n\Z")


def is_writing(session: Session) -> bool:
    """Whether the session is within a unit of work."""
    if not session.in_transaction():
        return False
    return bool(session.connection().get_execution_options().get(WRITES))


def really(template: DocumentTemplate, data: Mapping[str, Any]) -> RenderedDocument:
    """Print with the shared typesetter."""
    return pdf.PdfWorker.render(pdf._worker, template, data)


def as_printed(content: bytes) -> bytes:
    """A paper to be read: one that only looks alike is printed with its own fingerprints."""
    stamp = STAMP.search(content)
    if stamp is None:
        return content
    reference, data = stamp[1].decode(), json.loads(base64.b64decode(stamp[2]))
    return really(load_template(reference), data).content


@dataclass
class Press:
    """What the processes of a run have printed, in a folder that they share.

    Only the shared typesetter remembers; tests of typesetting bring their own.
    """

    folder: Path
    _printed: dict[str, RenderedDocument] = field(default_factory=dict)

    def render(self, template: DocumentTemplate, data: Mapping[str, Any]) -> RenderedDocument:
        """The paper. No request prints while it holds rows: others would wait for the typesetter."""
        assert not (has_request_context() and is_writing(db.session())), template.reference
        snapshot = snapshot_of(data)
        words = re.sub(PASSING, "~", snapshot)
        key = sha256((template.sha256 + words).encode()).hexdigest()
        if key not in self._printed:
            self._printed[key] = self._fetched(key, template, data)
        first = self._printed[key]
        return first if first.snapshot == snapshot else _stamped(first, snapshot)

    def _fetched(
        self, key: str, template: DocumentTemplate, data: Mapping[str, Any]
    ) -> RenderedDocument:
        """The paper as another process left it in the folder, or printed and left there."""
        kept = self.folder / key
        if kept.exists():
            said, content = kept.read_bytes().split(b"\n", 1)
            return RenderedDocument(content=content, **json.loads(said))
        done = really(template, data)
        told = asdict(done)
        content = told.pop("content")
        leave(kept, json.dumps(told).encode() + b"\n" + content)
        return done


def _stamped(first: RenderedDocument, snapshot: str) -> RenderedDocument:
    data = base64.b64encode(snapshot.encode())
    content = (
        first.content + b"\n%as " + f"{first.template}@{first.version} ".encode() + data + b"\n"
    )
    return replace(first, content=content, sha256=sha256(content).hexdigest(), snapshot=snapshot)
