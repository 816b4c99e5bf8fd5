"""People and files for tests of the registers; every person here is invented."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

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
    """The smallest PDF that a reader opens."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n" + extra + b"\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


def png_file(width: int = 2, height: int = 2) -> bytes:
    """A PNG of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\0" * min(width, 64) for _ in range(min(height, 64))))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def jpeg_file() -> bytes:
    """The frame of a JPEG: beginning, one segment, a size, end."""
    application = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    size = b"\xff\xc0\x00\x0b\x08\x00\x10\x00\x10\x01\x01\x11\x00"
    return (
        b"\xff\xd8" + application + size + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9"
    )


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
