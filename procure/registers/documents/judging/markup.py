"""XML read as data only: any encoding it declares, whole, never a document type or an entity."""

from collections.abc import Callable, Mapping
from xml.parsers import expat

from procure.registers.documents.judging.answers import Unfit, damaged

Attributes = Mapping[str, str]
OnStart = Callable[[str, Attributes], None]
OnName = Callable[[str], None]

CHUNK = 1 << 20
SEPARATOR = ":"
"""Between the prefix and the name of an element or attribute."""

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
        # Prefixes are not resolved: what is looked for counts under any, declared or not.
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self._parser.EntityDeclHandler = _refuse_doctype
        self._parser.ProcessingInstructionHandler = _refuse_stylesheet
        self._parser.buffer_text = True
        if start is not None:
            self._parser.StartElementHandler = start
        if end is not None:
            self._parser.EndElementHandler = end
        if text is not None:
            self._parser.CharacterDataHandler = text

    def feed(self, piece: bytes, last: bool = False) -> None:
        """The next piece; `last` says that none follows."""
        try:
            self._parser.Parse(piece, last)
        except (expat.ExpatError, ValueError, LookupError):
            raise damaged() from None


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
