"""Word and Excel files: every part read as the XML it is, judged by its relationships.

What acts by itself is refused with advice (macros, OLE, DDE); what would fetch something from
outside when the file is opened is cut off, the document being kept. Ordinary products of Office
pass: charts with their workbook, linked pictures and templates on the author's own disk.
"""

import re
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from xml.sax.saxutils import quoteattr

from procure.registers.documents.judging.answers import Judgement, Unfit, judged
from procure.registers.documents.judging.archive import (
    ARCHIVE,
    BEHIND,
    COMPOUND,
    LONGEST_MARK,
    PDF_MARK,
    Package,
    carries_files,
    carries_objects,
)
from procure.registers.documents.judging.fields import FIELD_ELEMENTS, FieldCodes
from procure.registers.documents.judging.formulas import reaches_out
from procure.registers.documents.judging.markup import (
    CHUNK,
    Attributes,
    Reading,
    local_name,
    read_whole,
)
from procure.registers.documents.judging.photo import (
    PHOTOS,
    PHOTOS_TELL,
    may_tell_place,
    without_place,
)
from procure.registers.documents.judging.targets import (
    leads_away,
    leads_to_network,
    lies_beside,
    may_be_clicked,
    plain,
    stays_near,
)

TYPES = "[Content_Types].xml"
WORD_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
SLIDES_MAIN = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"

CUT_OFF = "打开时会自动联网读取的图片、模板或数据的链接已断开，正文不变"
BAD_LINKS = "不安全的链接已去掉，文字不变"
LOCAL = "引用了制作人电脑上的图片、模板或数据，别人打开时可能显示不全"
WORKBOOK_INSIDE = "图表等内容里带有工作簿，请确认里面没有不该提交的数据"
WEB_PICTURES = "有图片来自网页，别人打开时可能要联网更新"
CONNECTIONS = "带有外部数据连接，别人更新数据时可能不成功"

_POINTING = ("src", "href")
"""Attributes that name a picture in the text itself: those of old drawings."""


GONE = "NULL"
"""What Office itself writes for the target of a link that leads nowhere any more."""

_MACRO_TYPES = re.compile(r"macroenabled|vbaproject|vbadata|activex|macrosheet|intlmacro", re.I)
_MACRO_PARTS = re.compile(r"(?:vbaProject|vbaData|activeX|macrosheets)", re.I)
_OLE_PARTS = re.compile(r"(?:^|/)(?:oleObject[^/]*|embeddings/[^/]*\.bin)$", re.I)
_MACRO_RELATIONS = frozenset(
    {
        *("vbaproject", "wordvbadata", "control", "activexcontrolbinary", "xlmacrosheet"),
        *("xlintlmacrosheet", "attachedtoolbars", "keymapcustomizations", "dialogsheet"),
    }
)
_OLE_RELATIONS = frozenset({"oleobject", "olelink"})
_CHUNKS = frozenset({"afchunk", "subdocument", "frame"})
_ADD_INS = frozenset({"webextensiontaskpanes", "webextension"})
_SIGNATURE = re.compile(r"/digital-signature/|^_xmlsignatures/", re.I)
_RUNNING = frozenset({"ddeLink", "ddeItem", "oleLink", "volType"})
_FORMULAS = frozenset(
    {
        *("f", "definedName", "formula", "formula1", "formula2", "calculatedColumnFormula"),
        "totalsRowFormula",
    }
)
_MERGING = frozenset({"connectString", "query", "udl"})
_SOURCE = re.compile(
    r"\b(?:data source|dbq|server|address|addr|network address)\s*=\s*[\"']?([^;\"']*)", re.I
)
_REFRESHED = frozenset({"connection", "queryTable", "pivotCacheDefinition"})
_CACHES = frozenset({"cacheSource", "worksheetSource"})
_WATCHED = _RUNNING | _FORMULAS | FIELD_ELEMENTS | _MERGING | _REFRESHED | _CACHES | {"reference"}
_SVG_ACTS = re.compile(
    r"<(?:\w+:)?(?:script|foreignObject|iframe|handler)\b|\son[a-z]+\s*=|javascript:|@import"
    r"|<(?:\w+:)?(?:image|use|feImage)\b[^>]*href\s*=\s*[\"']?\s*(?:https?:|file:|[\\/]{2})"
    r"|url\(\s*[\"']?\s*(?:https?:|file:|[\\/]{2})",
    re.I,
)
_SOURCES = re.compile(r"""\b(src|href|althref)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']*))""", re.I)
_WORKBOOKS = (".xlsx", ".docx", ".pptx")


@dataclass
class _Relation:
    """A relationship of a part: what kind, whereto, and how the target is meant."""

    kind: str
    target: str
    outside: bool
    attributes: dict[str, str]


@dataclass
class _Findings:
    """What a document was found to hold."""

    cleaned: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    changed: dict[str, bytes] = field(default_factory=dict)
    inside: list[str] = field(default_factory=list)
    signed: bool = False


def judge_any(content: bytes) -> Judgement:
    """Judge an office file that lies in another file. Raises Unfit."""
    return _judge(content, (WORD_MAIN, SHEET_MAIN, SLIDES_MAIN), nested=True)


def judge_word(content: bytes) -> Judgement:
    """Judge a DOCX. Raises Unfit."""
    return _judge(content, (WORD_MAIN,))


def judge_sheet(content: bytes) -> Judgement:
    """Judge an XLSX. Raises Unfit."""
    return _judge(content, (SHEET_MAIN,))


def _judge(content: bytes, main_types: tuple[str, ...], nested: bool = False) -> Judgement:
    if content.startswith(COMPOUND):
        raise _old_container(content)
    package = Package(content)
    if TYPES not in package.entries:
        raise carries_files() if nested else _another_kind()
    types = _ContentTypes(package)
    if not any(types.of(name) in main_types for name in package.entries):
        raise _another_kind()
    found = _Findings(signed=any(_SIGNATURE.search(name) for name in package.entries))
    _refuse_by_name(package)
    for name in package.entries:
        _look_into(package, name, types.of(name), found)
    for name in found.inside:
        if nested:
            raise carries_files()
        _look_into_nested(package, name, found)
        found.warnings.append(WORKBOOK_INSIDE)
    if found.cleaned and found.signed:
        raise Unfit(
            "带有电子签名，又引用了外部内容，平台清理会使签名失效",
            "请断开外部链接后重新签署，或者导出为 PDF 后再上传。",
        )
    new = package.with_parts(found.changed) if found.changed else package.whole
    if package.trailing:
        found.cleaned.append(BEHIND)
    return judged(found.cleaned, found.warnings, new)


def _look_into_nested(package: Package, name: str, found: _Findings) -> None:
    judgement = judge_any(package.content(name))
    if judgement.content is not None:
        found.changed[name] = judgement.content
        found.cleaned += judgement.notes


def _refuse_by_name(package: Package) -> None:
    """Macros and objects, whatever is in them."""
    if any(_MACRO_PARTS.search(name) for name in package.entries):
        raise _macros()
    if any(_OLE_PARTS.search(name) for name in package.entries):
        raise carries_objects()


class _ContentTypes:
    """What each part says it is, by its name or by its ending."""

    def __init__(self, package: Package) -> None:
        self._parts: dict[str, str] = {}
        self._endings: dict[str, str] = {}
        read_whole(package.content(TYPES), Reading(self._start))
        for said in (*self._parts.values(), *self._endings.values()):
            if _MACRO_TYPES.search(said):
                raise _macros()

    def _start(self, name: str, attributes: Attributes) -> None:
        said = attributes.get("ContentType", "")
        if local_name(name) == "Override":
            self._parts[attributes.get("PartName", "").lstrip("/").lower()] = said
        elif local_name(name) == "Default":
            self._endings[attributes.get("Extension", "").lower()] = said

    def of(self, name: str) -> str:
        """The content type of a part."""
        ending = name.rpartition(".")[2].lower()
        return self._parts.get(name.lower(), self._endings.get(ending, ""))


def _look_into(package: Package, name: str, content_type: str, found: _Findings) -> None:
    low = name.lower()
    if low.endswith(".rels"):
        _judge_relations(name, package.content(name), found)
    elif low.endswith(".vml"):
        _judge_drawing(package.content(name))
    elif low.endswith(".xml") or _is_xml(content_type):
        part = _Part(found)
        package.read(name, part.reading.feed)
    elif low.endswith(_WORKBOOKS):
        found.inside.append(name)
    else:
        _judge_media(name, package.content(name), found)


def _judge_media(name: str, content: bytes, found: _Findings) -> None:
    """A picture or other part that is no XML."""
    if content.startswith(ARCHIVE):
        found.inside.append(name)
        return
    if PDF_MARK in content[:LONGEST_MARK] or _acts_as_picture(name, content):
        raise carries_files()
    cleaned = without_place(content)
    if cleaned is not None and not found.signed:
        found.cleaned.append(PHOTOS)
        found.changed[name] = cleaned
    elif cleaned is not None or may_tell_place(content):
        found.warnings.append(PHOTOS_TELL)


def _acts_as_picture(name: str, content: bytes) -> bool:
    """Whether a drawing (SVG) holds a program or asks another computer."""
    plain_bytes = content.replace(b"\0", b"")
    return (name.lower().endswith(".svg") or b"<svg" in content[:CHUNK]) and (
        _SVG_ACTS.search(unescape(plain_bytes.decode("latin-1"))) is not None
    )


def _is_xml(content_type: str) -> bool:
    """Whether a part is XML by its type, whatever its ending; pictures (SVG) are pictures."""
    return content_type.endswith(("+xml", "/xml")) and not content_type.startswith("image/")


def _judge_drawing(content: bytes) -> None:
    """An old drawing (VML), which Excel itself writes with tags left open: read by its letters."""
    for name, *said in _SOURCES.findall(content.replace(b"\0", b"").decode("latin-1")):
        if _fetches(name.lower(), unescape("".join(said))):
            raise _fetched()


# --- relationships ---


def _judge_relations(name: str, content: bytes, found: _Findings) -> None:
    relations: list[_Relation] = []
    read_whole(content, Reading(partial(_take_relation, relations)))
    said = list(filter(None, (_judge_relation(one, found) for one in relations)))
    if said:
        found.cleaned += said
        found.changed[name] = _written(relations)


def _take_relation(relations: list[_Relation], name: str, attributes: Attributes) -> None:
    if local_name(name) == "Relationship":
        target = attributes.get("Target", "")
        outside = attributes.get("TargetMode", "").strip().lower() == "external"
        kind = attributes.get("Type", "").strip().rpartition("/")[2].lower()
        relations.append(
            _Relation(kind, target, outside or not lies_beside(target), dict(attributes))
        )


def _judge_relation(one: _Relation, found: _Findings) -> str:
    """Words for what had to be cut off, which is then done; "" when the relation may stay."""
    if one.kind in _MACRO_RELATIONS or _MACRO_TYPES.search(one.kind):
        raise _macros()
    if one.kind in _ADD_INS:
        raise _add_ins()
    if one.kind in _CHUNKS:
        raise carries_files()
    if one.kind in _OLE_RELATIONS:
        raise carries_objects()
    if not one.outside:
        return ""
    if one.kind == "hyperlink":
        if may_be_clicked(one.target):
            return ""
        one.attributes["Target"] = GONE
        return BAD_LINKS
    if stays_near(one.target):
        if one.target != GONE:
            found.warnings.append(LOCAL)
        return ""
    one.attributes["Target"] = GONE
    return CUT_OFF


def _written(relations: list[_Relation]) -> bytes:
    lines = [
        "<Relationship "
        + " ".join(f"{name}={quoteattr(said)}" for name, said in one.attributes.items())
        + "/>"
        for one in relations
    ]
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns='
        '"http://schemas.openxmlformats.org/package/2006/relationships">'
        + "".join(lines)
        + "</Relationships>"
    ).encode()


# --- parts ---


class _Part:
    """One XML part read for what it would do: fields of Word, links and formulas of Excel."""

    def __init__(self, found: _Findings) -> None:
        self._found = found
        self._fields = FieldCodes()
        self._formula: list[str] | None = None
        self._cache_refreshed = False
        self.reading = Reading(self._start, self._end, self._text)

    def _start(self, name: str, attributes: Attributes) -> None:
        # Sheets have millions of elements: what need not be looked at costs one look.
        for key in attributes:
            if key.endswith(_POINTING) and _fetches(local_name(key), attributes[key]):
                raise _fetched()
        element = local_name(name)
        if element not in _WATCHED:
            return
        if element in _RUNNING:
            raise _dde()
        if element in _FORMULAS:
            self._formula = []
        elif element in _REFRESHED or element in _CACHES:
            self._source(element, attributes)
        elif element in _MERGING:
            self._merging(attributes)
        elif element == "reference":
            self._add_in(attributes)
        else:
            self._fields.start(element, attributes)
            self._judge_fields()

    def _end(self, name: str) -> None:
        element = local_name(name)
        if element in _FORMULAS:
            said, self._formula = "".join(self._formula or ()), None
            if reaches_out(said):
                raise _dde()
        elif element in FIELD_ELEMENTS:
            self._fields.end(element)
            self._judge_fields()

    def _text(self, text: str) -> None:
        if self._formula is not None:
            self._formula.append(text)
        else:
            self._fields.text(text)

    def _source(self, element: str, attributes: Attributes) -> None:
        """Data from elsewhere: refused when they are read as soon as the file opens."""
        by_itself = _says_yes(attributes, "refreshOnLoad")
        if element == "pivotCacheDefinition":
            self._cache_refreshed = by_itself
            return
        if element in _CACHES:
            if not _leaves_workbook(attributes):
                return
            by_itself = self._cache_refreshed
        every = _said(attributes, "interval")
        if by_itself or (element == "connection" and every not in ("", "0")):
            raise Unfit("打开时会自动读取外部数据", "请删除数据连接，另存一份后再上传。")
        self._found.warnings.append(CONNECTIONS)

    def _merging(self, attributes: Attributes) -> None:
        """Where a mail merge takes its names from: one's own disk, or another computer."""
        said = _said(attributes, "val")
        sources = [*_SOURCE.findall(said), *re.findall(r"[\\/]{2}.*", plain(said))]
        if not said:
            return
        if not all(map(stays_near, sources)) or any(_is_host(one) for one in sources):
            raise Unfit(
                "的邮件合并连着别的计算机上的数据",
                "请在“邮件”里取消数据源（改为普通 Word 文档），另存一份后再上传。",
            )
        self._found.warnings.append(LOCAL)

    def _add_in(self, attributes: Attributes) -> None:
        """The store from which an add-in would be fetched."""
        if _said(attributes, "storeType"):
            raise _add_ins()

    def _judge_fields(self) -> None:
        for code in self._fields.finished():
            if code.runs:
                raise _dde()
            if code.fetches:
                self._found.warnings.append(WEB_PICTURES)


def _said(attributes: Attributes, wanted: str) -> str:
    values = (said for name, said in attributes.items() if local_name(name) == wanted)
    return next(values, "").strip()


def _says_yes(attributes: Attributes, wanted: str) -> bool:
    return _said(attributes, wanted).lower() in ("1", "true", "on")


def _leaves_workbook(attributes: Attributes) -> bool:
    """Whether the source of a pivot table is a connection or another workbook."""
    kind = _said(attributes, "type")
    return kind == "external" or bool(_said(attributes, "id") or _said(attributes, "connectionId"))


def _is_host(source: str) -> bool:
    """Whether it names a server: no path, no file."""
    return bool(source.strip()) and re.match(r"\s*[a-z]:|.*\.\w{3,5}\s*$", source, re.I) is None


def _fetches(name: str, target: str) -> bool:
    """Whether a picture named in the text itself would be fetched when the file is opened."""
    return leads_to_network(target) if name.endswith("href") else leads_away(target)


# --- refusals ---


def _macros() -> Unfit:
    return Unfit("含有宏，不能上传", "请另存为不含宏的 DOCX 或 XLSX 后再上传。")


def _dde() -> Unfit:
    return Unfit(
        "含有会启动程序或读取外部数据的域或公式（DDE）",
        "请把这些域和公式改成文字（选中后按 Ctrl+Shift+F9），另存一份，或者导出为 PDF 后再上传。",
    )


def _add_ins() -> Unfit:
    return Unfit(
        "带有加载项（任务窗格）",
        "请在“插入 → 我的加载项”里移除加载项，另存一份后再上传；或者导出为 PDF 后再上传。",
    )


def _fetched() -> Unfit:
    return Unfit("引用了外部文件或模板", "请断开外部链接，或导出为 PDF 后再上传。")


def _another_kind() -> Unfit:
    return Unfit("的内容与文件类型不符", "请用办公软件另存为要求的格式后再上传，不要只改文件名。")


def _old_container(content: bytes) -> Unfit:
    if "EncryptedPackage".encode("utf-16-le") in content:
        return Unfit(
            "设有打开密码，别人打不开",
            "请在“文件 → 信息 → 保护文档”里去掉密码，另存一份后再上传。",
        )
    return Unfit(
        "其实是旧版 Office 格式（DOC、XLS）",
        "请用 Word、Excel 或 WPS 打开后另存为 DOCX 或 XLSX，不要只改文件名。",
    )
