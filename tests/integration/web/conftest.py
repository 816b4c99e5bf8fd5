"""A small application that has only the web's own parts: layouts, macros, forms, error pages."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, BinaryIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect

from procure.registers.documents.judging.turns import Turns
from procure.web import errors, filters, forms
from procure.web.styleguide import NOW, styleguide_blueprint
from tests.world import share_templates

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class MemoryFile:
    """An upload kept in memory."""

    token: str
    filename: str
    content: bytes
    owner: str
    said: str = ""

    @property
    def size(self) -> int:
        return len(self.content)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    def open(self) -> BinaryIO:
        return io.BytesIO(self.content)


@dataclass
class MemoryStaging:
    """A staging store that forgets everything when the test is over."""

    files: dict[str, MemoryFile] = field(default_factory=dict)
    turns: Turns = field(default_factory=lambda: Turns(patience=0.01))

    def turn(self, owner: str) -> AbstractContextManager[None]:
        return self.turns.taken_by(owner)

    def put(self, content: IO[bytes], filename: str, owner: str) -> str:
        token = f"token-{len(self.files) + 1}"
        self.files[token] = MemoryFile(token, filename, content.read(), owner)
        return token

    def get(self, token: str, owner: str) -> MemoryFile | None:
        kept = self.files.get(token)
        return kept if kept is not None and kept.owner == owner else None


@pytest.fixture
def staging() -> MemoryStaging:
    return MemoryStaging()


@pytest.fixture
def app(staging: MemoryStaging) -> Flask:
    made = Flask(
        "procure", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    made.config.update(
        SECRET_KEY="only for tests", BOOTSTRAP_SERVE_LOCAL=True, WTF_CSRF_ENABLED=False
    )
    share_templates(made)
    Bootstrap5(made)
    CSRFProtect(made)
    filters.init_app(made, now=lambda: NOW)
    forms.init_app(made, staging, owner=lambda: "person-1", visits=lambda: False)
    errors.init_app(made)
    made.register_blueprint(styleguide_blueprint(), url_prefix="/styleguide")
    return made


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as made:
        yield made
