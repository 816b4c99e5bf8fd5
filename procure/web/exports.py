"""Whole lists as files, CSV or XLSX, for every list page: made, entered in the record, handed out."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from hashlib import file_digest
from io import SEEK_END
from tempfile import SpooledTemporaryFile
from typing import Any

from sqlalchemy import Select
from werkzeug.wrappers import Response

from procure.kernel.access import Actor
from procure.kernel.errors import Invalid
from procure.kernel.exporting import ListExported
from procure.render.sheets import CHUNK, SheetColumn, TooManyRows, write_csv, write_xlsx
from procure.store.lists import Table
from procure.web.access import read_session, unit_of_work
from procure.web.downloads import download
from procure.web.tables import csv_of, rows_of

log = logging.getLogger(__name__)

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = ("csv", "xlsx")
IN_MEMORY = 4 * 1024 * 1024
"""Bytes of a file that is not worth a place on disk."""


def sheet_answer(
    kind: str,
    name: str,
    columns: Sequence[SheetColumn],
    rows: Iterable[Sequence[Any]] | Table,
    actor: Actor,
) -> Response:
    """A table as the file the address asks for (`format=csv` or `xlsx`), named `name`.

    `rows` may be a query with the sheet's columns, which the database then writes itself. The file
    is made whole before it is sent, so that a fault is answered in words, and is entered in the
    record of its taker; what visitors take is public and only logged. Raises
    Invalid for another format, and when the table does not fit into one.
    """
    if kind not in FORMATS:
        raise Invalid("format", "只能导出 CSV 或 Excel 文件。", remedy="请使用列表上方的导出链接。")
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  closed by the answer that sends it
    try:
        if kind == "csv":
            file.writelines(_csv(columns, rows))
        else:
            write_xlsx(columns, _rows(columns, rows), file, sheet=name)
        file.seek(0, SEEK_END)
        size = file.tell()
        _record(file, size, kind, name, actor)
    except TooManyRows as full:
        file.close()
        raise Invalid(
            "format",
            "这个列表的行数超过一张 Excel 表的上限（1,048,575 行）。",
            remedy="请导出 CSV 文件，或先用筛选条件缩小范围。",
        ) from full
    except BaseException:
        file.close()
        raise
    file.seek(0)
    media_type = CSV if kind == "csv" else XLSX
    answer = download(_sent(file), f"{name}.{kind}", media_type)
    answer.content_length = size
    answer.call_on_close(file.close)
    return answer


def _sent(file: SpooledTemporaryFile[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(CHUNK):
            yield piece


def _csv(columns: Sequence[SheetColumn], rows: Iterable[Sequence[Any]] | Table) -> Iterator[bytes]:
    if isinstance(rows, Select):
        return csv_of(read_session(), rows, columns)
    return write_csv(columns, rows)


def _rows(
    columns: Sequence[SheetColumn], rows: Iterable[Sequence[Any]] | Table
) -> Iterable[Sequence[Any]]:
    return rows_of(read_session(), rows, columns) if isinstance(rows, Select) else rows


def _record(
    file: SpooledTemporaryFile[bytes], size: int, kind: str, name: str, actor: Actor
) -> None:
    log.info("export list=%s format=%s actor=%s bytes=%d", name, kind, actor.user_id, size)
    if not actor.is_signed_in:
        return
    file.seek(0)
    told = ListExported(
        subject_id=actor.user_id,
        list_name=name,
        file_format=kind,
        sha256=file_digest(file, "sha256").hexdigest(),
        size=size,
    )
    with unit_of_work() as uow:
        uow.emit(told)
