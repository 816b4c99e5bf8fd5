"""Whole lists as files, CSV or XLSX, for every list page that offers them."""

import logging
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from werkzeug.wrappers import Response

from procure.kernel.access import Actor
from procure.kernel.errors import Invalid
from procure.render.sheets import Column, write_csv, write_xlsx
from procure.web.downloads import download

log = logging.getLogger(__name__)

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = ("csv", "xlsx")


def sheet_answer(
    kind: str, name: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]], actor: Actor
) -> Response:
    """A table as the file the address asks for (`format=csv` or `xlsx`), named `name`.

    Raises Invalid for another format.
    """
    if kind not in FORMATS:
        raise Invalid("format", "只能导出 CSV 或 Excel 文件。", remedy="请使用列表上方的导出链接。")
    log.info("export list=%s format=%s actor=%s", name, kind, actor.user_id)
    if kind == "csv":
        return download(b"".join(write_csv(columns, rows)), f"{name}.csv", CSV)
    file = BytesIO()
    write_xlsx(columns, rows, file, sheet=name)
    return download(file.getvalue(), f"{name}.xlsx", XLSX)
