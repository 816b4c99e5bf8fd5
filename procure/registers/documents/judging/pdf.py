"""PDF: read by its objects, so that a scan's pixels are never taken for a script.

What acts by itself is taken out (scripts, launches, forms that send, files inside) and the pages
stay as they are; a signed file is never rewritten, since that would break the signature.
"""

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO

import pikepdf
from pikepdf import Array, Dictionary, Object, Pdf, Stream

from procure.registers.documents.judging.answers import Judgement, Unfit, damaged, judged
from procure.registers.documents.judging.markup import is_plain_data
from procure.registers.documents.judging.photo import PHOTOS, without_place
from procure.registers.documents.judging.targets import leads_to_web, lies_beside

FURTHEST_HEADER = 1024
"""Readers look for the header in the first 1,024 bytes (ISO 32000-1, annex H, note 13)."""

LONGEST_REMAINS = 4096
PADDING = b"\0\t\n\f\r \x1a"
_MARKS = (b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe")
_FOREIGN = (
    *(b"MZ", b"\x7fELF", b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"GIF8", b"\x89PNG"),
    *(b"\xff\xd8\xff", b"\xd0\xcf\x11\xe0", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe"),
)
"""How programs, archives and pictures begin that can carry a PDF inside."""

_WEB_PAGE = re.compile(rb"<(?:!doctype\s+html|html|script|svg|iframe|\?php)[\s>]", re.I)
_OBJECT = re.compile(rb"(?<![0-9])([0-9]{1,7})\s+0\s+obj\b")
_TRAILER = re.compile(rb"trailer\s*<<((?:[^<>]|<<[^<>]*>>|<[^<>]*>)*)>>")
_PLACE_SAID = re.compile(rb"gps(?:latitude|longitude|position)", re.I)


def _however_spelt(name: str) -> str:
    """The letters of a name, each as it is or by its number (ISO 32000-1, 7.3.5)."""
    return "".join(rf"(?:{one}|#(?i:{ord(one):02x}))" for one in name)


_ACTING = ("JavaScript", "JS", "Launch", "AA", "GoToR", "GoToE", "SubmitForm")
_GOES_ON = r"\w|#(?i:3[0-9]|[46][1-9a-f]|[57][0-9a]|5f)"
_ACTS = (
    f"(?:{_however_spelt('/')})(?:"
    + "|".join(map(_however_spelt, (*_ACTING, "RichMedia")))
    + rf"|{_however_spelt('OpenAction')}(?!\s{{0,9}}\[)"
    + f")(?!{_GOES_ON})"
).encode()
_ACTS_ANYWHERE = re.compile(_ACTS)
_STEPS = re.compile(rb"(?P<acts>" + _ACTS + rb")|(?P<ends>endobj)|" + _OBJECT.pattern)
"""What decides whether an object that is not listed acts; to open at a place is no act. Every match is
short: a file is gone through once, whatever is in it.
"""

SCRIPTS = "脚本已去掉"
OPENERS = "打开时自动执行的动作已去掉"
LAUNCHES = "启动程序、打开其他文件的链接已去掉"
SENDERS = "会把表单发送出去的按钮已去掉"
MEDIA = "影音和三维内容已去掉"
INSIDE = "夹带的附件已去掉；附件也要交的，请单独上传"
OUTSIDE = "对外部文件的引用已去掉"
LINKS = "指向本机或局域网的链接已去掉"
FORMS = "动态表单（XFA）的程序部分已去掉，页面内容不变"
SIGNED_DATA = "文件带有电子签名和附加数据，平台原样保存，没有改动"
SIGNED_PHOTOS = "文件里的照片带有拍摄地点（定位信息）；文件带有电子签名，平台原样保存，没有改动"
UNKNOWN = "\\\\"
EMPTY = "文件里没有一页内容，请核对是否选错了文件"
IRREGULAR = "文件的结构不规范，有的软件可能打不开；建议打开核对，另存一份后重新上传"
REMAINS = "旧版本里残留的脚本等内容已去掉"
AROUND = "文件前后不属于 PDF 的内容已去掉"

_ACTIONS = {
    "/JavaScript": SCRIPTS,
    "/Rendition": MEDIA,
    "/Launch": LAUNCHES,
    "/GoToR": LAUNCHES,
    "/GoToE": LAUNCHES,
    "/GoToDp": LAUNCHES,
    "/Thread": LAUNCHES,
    "/SubmitForm": SENDERS,
    "/ImportData": SENDERS,
    "/Movie": MEDIA,
    "/Sound": MEDIA,
    "/GoTo3DView": MEDIA,
    "/RichMediaExecute": MEDIA,
}
_ANNOTATIONS = {
    "/FileAttachment": INSIDE,
    "/RichMedia": MEDIA,
    "/Screen": MEDIA,
    "/Movie": MEDIA,
    "/Sound": MEDIA,
    "/3D": MEDIA,
}
_HARMLESS = frozenset(
    {"", "/GoTo", "/URI", "/Named", "/Hide", "/SetOCGState", "/ResetForm", "/Trans", *_ACTIONS}
)
"""What a click may do; what is in _ACTIONS is taken out by itself."""

_TO_ACTIONS = frozenset({"/A", "/PA", "/Next"})
_OF_CATALOGUE = {"/Requirements": SCRIPTS, "/URI": LINKS}
_OF_NAMES = {
    "/JavaScript": SCRIPTS,
    "/EmbeddedFiles": INSIDE,
    "/AlternatePresentations": MEDIA,
    "/Renditions": MEDIA,
}
_TELLING = frozenset({"/ByteRange", "/AA", "/EF", "/S", "/Subtype", *_TO_ACTIONS})
_OF_STREAM = {"/F": OUTSIDE, "/OPI": OUTSIDE}
_EMBEDDED = frozenset({"/F", "/UF", "/DOS", "/Mac", "/Unix"})


@dataclass
class _Found:
    """What a walk through the objects came upon."""

    cleaned: list[str] = field(default_factory=list)
    signed: bool = False
    unsafe_inside: bool = False
    answers: dict[tuple[Callable[[Object], bool], tuple[int, int]], bool] = field(
        default_factory=dict
    )
    lists: dict[tuple[int, int], Object | None] = field(default_factory=dict)
    """Shared lists of annotations by their number, as they are written anew; None: as they were."""

    def ask(self, question: Callable[[Object], bool], node: Object) -> bool:
        """The answer to a question about an object, sought once however many refer to it."""
        if not node.is_indirect:
            return question(node)
        key = (question, node.objgen)
        if key not in self.answers:
            self.answers[key] = question(node)
        return self.answers[key]

    def is_plain(self, files: Object) -> bool:
        """Whether all the files that are embedded there are data only."""
        return all(isinstance(one, Stream) and self.ask(_is_plain, one) for one in files.values())

    def say(self, words: str) -> None:
        if words not in self.cleaned:
            self.cleaned.append(words)


def judge_pdf(content: bytes) -> Judgement:
    """Judge a PDF. Raises Unfit for what is locked, no PDF, damaged, or signed and active."""
    around = _around(content)
    pdf, mended = _opened(content)
    with pdf:
        if not pdf.is_encrypted and any(b"/Encrypt" in one for one in _TRAILER.findall(content)):
            raise _locked()
        pages = _count_pages(pdf)
        found = _clean(pdf)
        empty = [] if pages else [EMPTY]
        if around:
            found.say(AROUND)
        elif not found.signed and (_has_remains(pdf, content) or (mended and _hides(pdf))):
            found.say(REMAINS)
        if not found.cleaned:
            return judged((), [*empty, *([IRREGULAR] if mended and pages else [])], content)
        if found.signed:
            return _keep_signed(found, content)
        return judged(found.cleaned, empty, _rewritten(pdf, pages))


def _around(content: bytes) -> bool:
    """Whether something that is no PDF stands before, behind or inside. Raises Unfit for no PDF."""
    begins = content.find(b"%PDF-", 0, FURTHEST_HEADER + 5)
    if begins < 0 or content.startswith(_FOREIGN):
        raise Unfit(
            "的内容不是 PDF 格式", "请用原来的软件另存或导出为 PDF 后再上传，不要只改文件名。"
        )
    ends = content.rfind(b"%%EOF")
    if ends < 0:
        raise damaged()
    before, behind = content[:begins], content[ends + 5 :]
    for mark in _MARKS:
        before = before.removeprefix(mark)
    if before.strip(PADDING) or behind.strip(PADDING + b"\xff"):
        return True
    return zipfile.is_zipfile(BytesIO(content)) or bool(_WEB_PAGE.search(content))


def _has_remains(pdf: Pdf, content: bytes) -> bool:
    """Whether objects that act stand in the file without being in the table of its objects.

    They are of no use, but a reader that mends files in its own way might take them for the newest.
    """
    listed = {one.offset for one in pdf.get_xref_table().values() if one.type == 1}
    begins = content.find(b"%PDF-")
    # The nearest object before is the one whose body a match can belong to, if to any.
    reach = 0
    for found in _STEPS.finditer(content):
        if found["acts"]:
            if found.end() <= reach:
                return True
        elif found["ends"]:
            reach = 0
        elif found.start(3) - begins not in listed:
            reach = found.end() + LONGEST_REMAINS
    return False


def _hides(pdf: Pdf) -> bool:
    """Whether streams of objects hold what acts, in a file whose table of objects is lost: the
    library does not look for objects there then, other readers do.
    """
    streams = (one for one in pdf.objects if isinstance(one, Stream))
    try:
        return any(
            _ACTS_ANYWHERE.search(one.read_bytes())
            for one in streams
            if _name(one, "/Type") == "/ObjStm"
        )
    except pikepdf.PdfError:
        return True


def _opened(content: bytes) -> tuple[Pdf, bool]:
    """The file, and whether it had to be mended to be read. Raises Unfit."""
    try:
        pdf, mended = _read(content)
        return pdf, mended or bool(pdf.get_warnings())
    except pikepdf.PasswordError:
        raise Unfit(
            "设有打开密码，评审和审核的人打不开",
            "请去掉打开密码（另存时安全性选“无”）后重新上传；只限制打印、复制的可以上传。",
        ) from None
    except pikepdf.PdfError as error:
        raise (_locked() if "encrypt" in str(error).lower() else damaged()) from None


def _locked() -> Unfit:
    return Unfit("用平台不认识的方式加了密，别人打不开", "请去掉加密后重新上传。")


def _read(content: bytes) -> tuple[Pdf, bool]:
    try:
        return Pdf.open(BytesIO(content), suppress_warnings=True), False
    except pikepdf.PdfError as error:
        # The library mends a lost table of objects only where it finds a page.
        indexed = _indexed(content) if "find any pages" in str(error) else None
        if indexed is None:
            raise
        return Pdf.open(BytesIO(indexed), suppress_warnings=True), True


def _indexed(content: bytes) -> bytes | None:
    """The same file with a table of its objects behind it; None where it has no trailer."""
    trailer = _TRAILER.findall(content)
    if not trailer:
        return None
    content = content[content.find(b"%PDF-") :]
    places = {int(found[1]): found.start(1) for found in _OBJECT.finditer(content)}
    lines = b"".join(b"%d 1\n%010d 00000 n \n" % place for place in sorted(places.items()))
    size = max(places, default=0) + 1
    return content + (
        b"\nxref\n0 1\n0000000000 65535 f \n%strailer\n<</Size %d%s>>\nstartxref\n%d\n%%%%EOF\n"
        % (lines, size, trailer[-1], len(content) + 1)
    )


def _count_pages(pdf: Pdf) -> int:
    """How many pages there are. Raises Unfit when some that it counts are gone."""
    try:
        promised = int(pdf.Root.Pages.get("/Count", 0))
        pages = len(pdf.pages)
        whole = all(isinstance(page.obj, Dictionary) for page in pdf.pages)
    except (pikepdf.PdfError, AttributeError, KeyError, TypeError, ValueError):
        raise damaged() from None
    if not whole or pages < promised:
        raise Unfit("缺页：有的页已经读不出来", "请用原来的软件重新导出，核对页数后再上传。")
    return pages


# --- what acts by itself ---


def _clean(pdf: Pdf) -> _Found:
    """Take out of the objects what acts by itself, and tell what it was."""
    found = _Found()
    _clean_catalogue(pdf, found)
    for node in _dictionaries(pdf):
        _clean_node(node, found)
    if found.cleaned:
        for node in _dictionaries(pdf):
            _tidy(pdf, node, found)
    return found


def _clean_catalogue(pdf: Pdf, found: _Found) -> None:
    root = pdf.Root
    if "/Collection" in root:
        raise Unfit("是 PDF 文件包，正文在里面的附件里", "请把里面的文件取出来，逐个上传。")
    opening = root.get("/OpenAction")
    if isinstance(opening, Dictionary) and _name(opening, "/S") != "/GoTo":
        _drop(root, "/OpenAction", OPENERS, found)
    form = root.get("/AcroForm")
    if isinstance(form, Dictionary) and "/XFA" in form:
        if bool(root.get("/NeedsRendering", False)):
            raise Unfit("是动态表单，页面要由程序生成", "请打开后打印为 PDF，再上传。")
        _drop(form, "/XFA", FORMS, found)
    for key, words in _OF_CATALOGUE.items():
        _drop(root, key, words, found)
    names = root.get("/Names")
    if isinstance(names, Dictionary):
        for key, words in _OF_NAMES.items():
            _drop(names, key, words, found)


def _clean_node(node: Object, found: _Found) -> None:
    # Most objects of a file hold nothing of all this: one look is enough for them.
    if not isinstance(node, Stream) and not _TELLING & node.keys():
        return
    if "/ByteRange" in node and "/Contents" in node:
        found.signed = True
    more = node.get("/AA")
    if isinstance(more, Dictionary) and found.ask(_holds_actions, more):
        _drop(node, "/AA", OPENERS, found)
    _clean_embedded(node, found)
    for key in _TO_ACTIONS:
        action = node.get(key)
        if isinstance(action, Dictionary) and _name(action, "/S") not in _HARMLESS:
            _drop(node, key, OPENERS, found)
    if isinstance(node, Stream):
        _clean_stream(node, found)
        return
    kind = _name(node, "/S")
    if kind in _ACTIONS:
        _empty(node, _ACTIONS[kind], found)
    elif kind == "/URI" and "/URI" in node and not _may_be_clicked(_text(node, "/URI")):
        _empty(node, LINKS, found)
    elif "/Rect" in node and _name(node, "/Subtype") in _ANNOTATIONS:
        _empty(node, _ANNOTATIONS[_name(node, "/Subtype")], found)


def _may_be_clicked(target: str) -> bool:
    """Whether a click may open it: the web, mail, or a place beside the file."""
    return leads_to_web(target) or lies_beside(target)


def _clean_stream(node: Object, found: _Found) -> None:
    """A stream may say that its bytes lie in another file, or that it is a PostScript program."""
    for key, words in _OF_STREAM.items():
        _drop(node, key, words, found)
    elsewhere = node.get("/Ref")
    if isinstance(elsewhere, Dictionary) and "/F" in elsewhere:
        _drop(node, "/Ref", OUTSIDE, found)
    if _name(node, "/Subtype") == "/PS":
        _drop(node, "/Subtype", SCRIPTS, found)
    try:
        _clean_photo(node, found)
    except pikepdf.PdfError:
        return


def _clean_photo(node: Object, found: _Found) -> None:
    """Take out where a photograph was made: of the picture itself, and of what is said about it."""
    if _name(node, "/Type") == "/Metadata":
        if _PLACE_SAID.search(node.read_bytes()):
            node.write(b"")
            found.say(PHOTOS)
        return
    filters = node.get("/Filter")
    names = [_spelt(one) for one in (filters if isinstance(filters, Array) else [filters])]
    if names[-1:] not in (["/DCTDecode"], ["/DCT"]):
        return
    photo = without_place(_unwrapped(node, names[:-1]))
    if photo is not None:
        parameters = node.get("/DecodeParms")
        last = parameters[-1] if isinstance(parameters, Array) else parameters
        kept = last if isinstance(last, Dictionary) else None
        node.write(photo, filter=pikepdf.Name.DCTDecode, decode_parms=kept)
        found.say(PHOTOS)


def _unwrapped(node: Object, packings: list[str]) -> bytes:
    """The bytes of a photograph, which may be packed once more."""
    raw = node.read_raw_bytes()
    if not packings:
        return raw
    with Pdf.new() as scratch:
        packed = Stream(scratch, raw)
        packed.stream_dict["/Filter"] = Array([pikepdf.Name(one) for one in packings])
        return packed.read_bytes()


def _holds_actions(value: Object) -> bool:
    """Whether a dictionary holds actions: a font may be called /AA among the fonts of a page."""
    return any(
        isinstance(one, Array) or (isinstance(one, Dictionary) and _name(one, "/S"))
        for one in value.values()
    )


def _clean_embedded(node: Object, found: _Found) -> None:
    """Take out what a file specification embeds."""
    files = node.get("/EF")
    if not isinstance(files, Dictionary) or not found.ask(_embeds, files):
        return
    if not found.ask(found.is_plain, files):
        found.unsafe_inside = True
    _drop(node, "/EF", INSIDE, found)


def _embeds(files: Object) -> bool:
    return bool(_EMBEDDED & set(files.keys()))


def _is_plain(stream: Object) -> bool:
    return is_plain_data(stream.read_bytes())


def _tidy(pdf: Pdf, node: Object, found: _Found) -> None:
    """Take away references to what was emptied: actions and annotations without content."""
    for key in _TO_ACTIONS:
        action = node.get(key)
        if isinstance(action, Dictionary) and found.ask(_is_empty, action):
            del node[key]
    annotations = node.get("/Annots")
    if isinstance(annotations, Array):
        kept = _tidied(pdf, annotations, found)
        if kept is not None:
            node["/Annots"] = kept


def _tidied(pdf: Pdf, annotations: Object, found: _Found) -> Object | None:
    """The annotations without those that were emptied; None when none was."""
    is_shared = annotations.is_indirect
    if is_shared and annotations.objgen in found.lists:
        return found.lists[annotations.objgen]
    kept = [
        one
        for one in annotations
        if not (isinstance(one, Dictionary) and found.ask(_is_empty, one))
    ]
    tidied: Object | None = None
    if len(kept) < len(annotations):
        tidied = pdf.make_indirect(Array(kept)) if is_shared else Array(kept)
    if is_shared:
        found.lists[annotations.objgen] = tidied
    return tidied


def _is_empty(node: Object) -> bool:
    return not node.keys()


def _dictionaries(pdf: Pdf) -> Iterator[Object]:
    """Every dictionary and stream of the file, those in object streams and arrays too."""
    for top in (pdf.trailer, *pdf.objects):
        waiting = [top]
        while waiting:
            node = waiting.pop()
            if isinstance(node, (Dictionary, Stream)):
                yield node
                children: Iterable[object] = node.values()
            elif isinstance(node, Array):
                children = node
            else:
                continue
            waiting += [
                child
                for child in children
                if isinstance(child, (Array, Dictionary)) and not child.is_indirect
            ]


def _drop(node: Object, key: str, words: str, found: _Found) -> None:
    if key in node:
        del node[key]
        found.say(words)


def _empty(node: Object, words: str, found: _Found) -> None:
    for key in list(node.keys()):
        del node[key]
    found.say(words)


def _name(node: Object, key: str) -> str:
    value = node.get(key)
    return _spelt(value) if isinstance(value, pikepdf.Name) else ""


def _text(node: Object, key: str) -> str:
    value = node.get(key)
    return _spelt(value) if isinstance(value, pikepdf.String) else ""


def _spelt(value: object) -> str:
    """A name or text; what is in an encoding of its own (old names in GBK) is no known word."""
    try:
        return str(value)
    except UnicodeDecodeError:
        return UNKNOWN


# --- what is kept ---

_STAYING = {INSIDE: SIGNED_DATA, PHOTOS: SIGNED_PHOTOS}
"""What may stay in a signed file, and what is said of it then."""


def _keep_signed(found: _Found, content: bytes) -> Judgement:
    """A signed file stays as it is or is refused. Data inside, as of an invoice, does no harm."""
    if set(found.cleaned) <= _STAYING.keys() and not found.unsafe_inside:
        return judged((), [_STAYING[words] for words in found.cleaned], content)
    raise Unfit(
        "带有电子签名，又带有不能接收的内容（"
        + "、".join(words.partition("已去掉")[0] for words in found.cleaned)
        + "），平台清理会使签名失效",
        "请由签署的人去掉这些内容后重新签署，或者打印为 PDF 后上传。",
    )


def _rewritten(pdf: Pdf, pages: int) -> bytes:
    """The file written anew without what was taken out. Raises Unfit when that did not succeed."""
    out = BytesIO()
    encrypted = pdf.is_encrypted
    pdf.save(
        out,
        encryption=True if encrypted else None,
        deterministic_id=not encrypted,
        fix_metadata_version=False,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
    )
    content = out.getvalue()
    with _opened(content)[0] as again:
        if _clean(again).cleaned or _count_pages(again) != pages:
            raise Unfit(
                "带有脚本或其他会自动执行的内容，平台去不干净",
                "请打开后用“打印为 PDF”的方式重新生成，再上传。",
            )
    return content
