"""An XLSX file with one sheet, written as it comes: rows of XML into a ZIP, deflated at level 1.

A library would be the better choice by rule; the one we used writes a twentieth of the cells a
second and could not reach the target of a fund trail of a million rows (bench/export.py), so this
module knows the five parts that a spreadsheet needs (ECMA-376, parts 1 and 2) and nothing more. Cells
carry no addresses of their own: they stand in order, which the standard allows.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET = "xl/worksheets/sheet1.xml"
PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/{SHEET}" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1"'
    f' Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
}
FIRST_FORMAT = 164
"""Numbers below it name formats that every spreadsheet knows already."""

HEADING = 1
"""The style of headings; those of the columns follow it, one each."""

AS_TEXT = "@"
WRAPPED = ' wrapText="1"'
QUOTE = "'"
NAME_LENGTH = 31
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]|^'|'$")
# What XML gives another meaning, or has no place for; the last spells out one of the latter.
_UNSAFE = re.compile("[&<>\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escaped(text: str) -> str:
    """The text as it stands between tags; what XML cannot hold is spelt `_x001F_` (ST_Xstring)."""
    if _UNSAFE.search(text) is None:
        return text
    return _UNSAFE.sub(lambda found: _NAMED.get(found[0], f"_x{ord(found[0]):04X}_"), text)


def text_cell(text: str, style: int) -> str:
    """A cell that holds text, whatever it looks like: never a formula, never an address."""
    space = ' xml:space="preserve"' if text != text.strip() else ""
    return f'<c s="{style}" t="inlineStr"><is><t{space}>{escaped(text)}</t></is></c>'


def write_workbook(
    file: IO[bytes],
    name: str,
    formats: Sequence[str],
    widths: Sequence[int],
    rows: Iterable[str],
    count: Callable[[], int],
) -> None:
    """Write the file: one sheet of that name, a number format and a width for each column, and rows
    as XML in pieces of any length. The first row stays in sight, filters the `count` rows below it,
    told once all are written, and heads every printed page.
    """
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        parts = {**PARTS, "xl/workbook.xml": _workbook(name), "xl/styles.xml": _styles(formats)}
        for place, part in parts.items():
            archive.writestr(_entry(place), DECLARATION + part, compresslevel=1)
        with archive.open(_entry(SHEET), "w", force_zip64=True) as sheet:
            sheet.write(_head(widths).encode())
            for piece in rows:
                sheet.write(piece.encode())
            sheet.write(_tail(len(formats), count()).encode())


def _entry(place: str) -> ZipInfo:
    """An entry that is the same whenever it is written."""
    entry = ZipInfo(place)
    entry.compress_type = ZIP_DEFLATED
    entry._compresslevel = 1  # type: ignore[attr-defined]
    return entry


def _workbook(name: str) -> str:
    shown = _NOT_IN_NAMES.sub("_", name)[:NAME_LENGTH].replace('"', "&quot;")
    return (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{escaped(shown)}" sheetId="1" r:id="rId1"/></sheets>'
        '<definedNames><definedName name="_xlnm.Print_Titles" localSheetId="0">'
        f"'{escaped(shown).replace(QUOTE, QUOTE * 2)}'!$1:$1</definedName></definedNames></workbook>"
    )


def _styles(formats: Sequence[str]) -> str:
    numbered = "".join(
        f'<numFmt numFmtId="{FIRST_FORMAT + at}" formatCode="{escaped(code)}"/>'
        for at, code in enumerate(formats)
    )
    columns = "".join(
        f'<xf numFmtId="{FIRST_FORMAT + at}" fontId="0" fillId="0" borderId="0" xfId="0"'
        ' applyNumberFormat="1" applyAlignment="1"><alignment vertical="top"'
        f"{WRAPPED if code == AS_TEXT else ''}/></xf>"
        for at, code in enumerate(formats)
    )
    font = '<sz val="11"/><name val="Calibri"/>'
    return (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="{len(formats)}">{numbered}</numFmts>'
        f'<fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
        '<border><left/><right/><top/><bottom style="thin"/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        f'</cellStyleXfs><cellXfs count="{len(formats) + 2}">'
        '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="1" xfId="0" applyFont="1"'
        f' applyBorder="1"/>{columns}</cellXfs><cellStyles count="1">'
        '<cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )


def _head(widths: Sequence[int]) -> str:
    columns = "".join(
        f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>'
        for at, width in enumerate(widths, 1)
    )
    return (
        f'{DECLARATION}<worksheet xmlns="{_MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        '<sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        f"</sheetView></sheetViews><cols>{columns}</cols><sheetData>"
    )


def _tail(columns: int, rows: int) -> str:
    """The end of the sheet: the filter over the rows, and A4 across, as wide as the paper."""
    letters, left = "", columns
    while left:
        left, place = divmod(left - 1, 26)
        letters = chr(ord("A") + place) + letters
    return (
        f'</sheetData><autoFilter ref="A1:{letters}{rows + 1}"/>'
        '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/>'
        "<headerFooter><oddFooter>&amp;C第 &amp;P 页，共 &amp;N 页</oddFooter></headerFooter>"
        "</worksheet>"
    )
