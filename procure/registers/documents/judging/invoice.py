"""Electronic invoices as the tax office hands them out: OFD (GB/T 33190) and XML.

They are signed and never changed: what would act by itself is refused.
"""

from procure.registers.documents.judging.answers import Judgement, Unfit, damaged, judged
from procure.registers.documents.judging.archive import (
    ARCHIVE,
    BEHIND,
    LONGEST_MARK,
    PDF_MARK,
    Package,
)
from procure.registers.documents.judging.markup import (
    Attributes,
    Reading,
    local_name,
    root_of,
)
from procure.registers.documents.judging.office import judge_any
from procure.registers.documents.judging.pdf import judge_pdf
from procure.registers.documents.judging.photo import PHOTOS_TELL, may_tell_place, without_place
from procure.registers.documents.judging.targets import leads_to_web

ENTRY = "OFD.xml"
NO_INVOICE = "看不出是不是发票，请核对是否选错了文件"
_INVOICE_WORDS = ("invoice", "fapiao", "发票")
_BY_ITSELF = frozenset({"DO", "PO"})
"""Events of OFD that need no click: the document opens, the page opens (GB/T 33190, 14.1)."""

_ACTS = frozenset({"URI", "GotoA", "Sound", "Movie"})


def judge_ofd(content: bytes) -> Judgement:
    """Judge an OFD document by its parts. Raises Unfit."""
    package = Package(content)
    if ENTRY not in package.entries:
        raise Unfit("的内容不是 OFD 格式", "请上传从税务或开票平台下载的原文件，不要只改扩展名。")
    if local_name(root_of(package.content(ENTRY))) != "OFD":
        raise damaged()
    warnings = []
    for name in package.entries:
        if name.lower().endswith(".xml"):
            package.read(name, Reading(_Actions().start).feed)
        else:
            part = package.content(name)
            _judge_attachment(part)
            if without_place(part) is not None or may_tell_place(part):
                warnings.append(PHOTOS_TELL)
    return judged([BEHIND] if package.trailing else [], warnings, package.whole)


def _judge_attachment(content: bytes) -> None:
    """A file inside, whatever its name: taken when nothing would have to be taken out of it."""
    if content.startswith(ARCHIVE):
        judgement = judge_any(content)
    elif PDF_MARK in content[:LONGEST_MARK]:
        judgement = judge_pdf(content)
    else:
        return
    if judgement.content is not None:
        raise Unfit(
            "里附的文件带有脚本、外部链接或拍摄地点，平台不改动发票",
            "请把附件取出来单独上传，或者导出为 PDF 后上传。",
        )


class _Actions:
    """What an OFD part would do by itself."""

    def __init__(self) -> None:
        self._by_itself = False

    def start(self, name: str, attributes: Attributes) -> None:
        element = local_name(name)
        if element == "Action":
            self._by_itself = attributes.get("Event", "").upper() in _BY_ITSELF
        elif element == "URI" and not leads_to_web(attributes.get("URI", "")):
            raise Unfit(
                "里有指向本机或局域网的链接",
                "请上传从税务或开票平台下载的原文件，或者导出为 PDF 后上传。",
            )
        elif element in _ACTS and self._by_itself:
            raise Unfit(
                "打开时会自动执行动作",
                "请上传从税务或开票平台下载的原文件，或者导出为 PDF 后上传。",
            )


def judge_xml(content: bytes) -> Judgement:
    """Judge an invoice in XML: data only, no document type, no program. Raises Unfit."""
    root = local_name(root_of(content)).lower()
    known = any(word in root for word in _INVOICE_WORDS)
    return judged((), [] if known else [NO_INVOICE], content)
