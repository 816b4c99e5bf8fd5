"""People and files for tests of the registers; every person here is invented."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

from PIL import Image

from procure.demonstration.papers import pdf_of
from procure.kernel.access import SYSTEM_ACTOR, VISITOR, Actor, Role
from procure.registers.accounts.models import Organisation

DOCX_TYPE = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
XLSX_TYPE = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def actor_of(
    organisation: Organisation | None, *roles: Role, scope: frozenset[str] = frozenset()
) -> Actor:
    """A person of the organisation with these roles; without one the system or a visitor."""
    if organisation is None:
        return SYSTEM_ACTOR if roles else VISITOR
    return Actor(
        user_id=f"{organisation.id[:8]}-{'-'.join(sorted(roles))}",
        name="陈晓岚",
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        organisation_kind=organisation.kind,
        level=organisation.level,
        roles=frozenset(roles),
        scope=scope or frozenset({organisation.id}),
    )


def pdf_file(extra: bytes = b"") -> bytes:
    """A PDF of one empty page, as a program writes it; `extra` stands behind its objects."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<<>>>>"
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        page + (b"endobj\n%s\n%%" % extra if extra else b""),
    )


def png_file(width: int = 2, height: int = 2) -> bytes:
    """A PNG of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\0" * min(width, 64) for _ in range(min(height, 64))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg_file(size: int = 16, **saved: Any) -> bytes:
    """A small photograph, square; `saved` is what the library takes when saving one."""
    made = io.BytesIO()
    Image.linear_gradient("L").resize((size, size)).save(made, "JPEG", **saved)
    return made.getvalue()


def office_file(kind: str = "docx", extra: Mapping[str, bytes] | None = None) -> bytes:
    """A docx or xlsx with its main part, and whatever else the test wants inside."""
    main, of_type = (
        ("word/document.xml", DOCX_TYPE) if kind == "docx" else ("xl/workbook.xml", XLSX_TYPE)
    )
    parts = {
        "[Content_Types].xml": b'<Types><Override PartName="/%s" ContentType="%s"/></Types>'
        % (main.encode(), of_type),
        main: b"<document>text</document>",
        **(extra or {}),
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()
