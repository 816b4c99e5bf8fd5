"""XML read as data only: any encoding it declares, whole, never a document type or an entity."""

import codecs
import re
from collections.abc import Callable, Mapping
from xml.parsers import expat

from procure.registers.documents.judging.answers import Unfit, damaged

Attributes = Mapping[str, str]
OnStart = Callable[[str, Attributes], None]
OnName = Callable[[str], None]

CHUNK = 1 << 20
SEPARATOR = ":"
"""Between the prefix and the name of an element or attribute."""

_DECLARED = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_CHINESE = "gb18030"
_TEXT_ENCODINGS = {
    **dict.fromkeys(("gbk", "gb2312", "gb18030", "cp936", "ms936", "x-gbk"), _CHINESE),
    **dict.fromkeys(("windows-936", "gb_2312-80", "gb_2312", "euc-cn"), _CHINESE),
    **dict.fromkeys(("big5", "big5-hkscs", "x-x-big5", "big5hkscs"), "big5hkscs"),
    **dict.fromkeys(("cp950", "ms950", "windows-950"), "cp950"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "windows-31j", "cp932"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "cp949"), "cp949"),
    "euc-jp": "euc_jp",
}
"""Encodings of several bytes a letter, which the parser does not know, and the codec of each. Those
of the mainland are read by their superset, as browsers do (WHATWG Encoding, 10.1); none has states
in which ASCII means something else."""

_ACTIVE = (
    "http://www.w3.org/1999/xhtml",
    "http://www.w3.org/2000/svg",
    "http://www.w3.org/1999/XSL/Transform",
    "http://www.w3.org/1999/XSL/Format",
    "http://www.w3.org/2001/XInclude",
)
"""Languages that a browser would carry out."""


class Reading:
    """One XML document fed piece by piece; raises Unfit for what is no plain XML."""

    def __init__(
        self,
        start: OnStart | None = None,
        end: OnName | None = None,
        text: OnName | None = None,
    ) -> None:
        self._start, self._end, self._text = start, end, text
        self._parser: expat.XMLParserType | None = None
        self._decoder: codecs.IncrementalDecoder | None = None

    def feed(self, piece: bytes, last: bool = False) -> None:
        """The next piece, the first with the whole declaration; `last` says that none follows."""
        try:
            if self._parser is None:
                self._parser = self._begun(piece)
            if self._decoder is not None:
                piece = self._decoder.decode(piece, last).encode()
            self._parser.Parse(piece, last)
        except (expat.ExpatError, ValueError, LookupError):
            raise damaged() from None

    def _begun(self, first: bytes) -> expat.XMLParserType:
        """The parser for a document that begins so."""
        declared = _DECLARED.match(first)
        codec = _TEXT_ENCODINGS.get(declared[1].decode().lower()) if declared else None
        if codec is not None:
            self._decoder = codecs.getincrementaldecoder(codec)()
        # Prefixes are not resolved: what is looked for counts under any, declared or not.
        utf8 = codec is not None or first.startswith(codecs.BOM_UTF8)
        parser = expat.ParserCreate("utf-8" if utf8 else None)
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.EntityDeclHandler = _refuse_doctype
        parser.ProcessingInstructionHandler = _refuse_stylesheet
        parser.buffer_text = True
        if self._start is not None:
            parser.StartElementHandler = self._start
        if self._end is not None:
            parser.EndElementHandler = self._end
        if self._text is not None:
            parser.CharacterDataHandler = self._text
        return parser


def read_whole(content: bytes, reading: Reading) -> None:
    """Feed a whole document."""
    for at in range(0, len(content), CHUNK):
        reading.feed(content[at : at + CHUNK])
    reading.feed(b"", last=True)


def local_name(name: str) -> str:
    """The name without its prefix."""
    return name.rpartition(SEPARATOR)[2]


def root_of(content: bytes) -> str:
    """The name of the root of an XML document that is data only. Raises Unfit for any other."""
    names: list[str] = []

    def start(name: str, attributes: Attributes) -> None:
        if not names:
            names.append(name)
        if any(said in _ACTIVE for key, said in attributes.items() if key.startswith("xmlns")):
            raise Unfit("里有网页或程序，不是数据", "请上传原来下载的文件，不要另外加工。")

    read_whole(content, Reading(start))
    return names[0]


def is_plain_data(content: bytes) -> bool:
    """Whether this is XML that holds data only."""
    try:
        root_of(content)
    except Unfit:
        return False
    return True


def _refuse_doctype(*_: object) -> None:
    raise Unfit(
        "已损坏，无法打开：里面有不允许的声明（DTD、实体）", "请用原来的软件另存一份后重新上传。"
    )


def _refuse_stylesheet(target: str, data: str) -> None:
    if target.lower() == "xml-stylesheet":
        raise Unfit("引用了外部样式", "请上传原来下载的文件，不要另外加工。")
