"""Papers as PDF: what they look like to a reader, and what the typesetter refuses."""

import io
import json
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from procure.render.documents import (
    DocumentTemplate,
    RenderedDocument,
    load_template,
    template_names,
)
from procure.render.fields import TemplateFault, with_texts
from procure.render.pdf import PaperTooLarge, PdfWorker, render_pdf
from tests.paper_readers import (
    archive_faults,
    glyph_faults,
    mupdf_pages,
    mupdf_text,
    pdfium_pages,
    pdfium_text,
    plain,
    poppler_text,
    structure,
    type_sizes,
    unlike,
)
from tests.unit.render.test_documents import NOTE, a_template, example, with_written_texts

ALL = template_names()
A4_WIDTH, MARGIN, MM = 595.0, 60.0, 72 / 25.4
"""In points; the margin is a little less than the house style leaves."""
BRIEF = '<html lang="zh-CN"><p>一</p></html>'


@pytest.fixture(scope="module")
def worker() -> Iterator[PdfWorker]:
    printer = PdfWorker()
    yield printer
    printer.close()


@pytest.fixture(scope="module")
def papers(worker: PdfWorker) -> dict[str, RenderedDocument]:
    return {name: render_pdf(name, example(name), worker=worker) for name in ALL}


@dataclass
class Workshop:
    """A folder for templates made up by tests, and a process that sets them."""

    root: Path
    worker: PdfWorker
    made: int = 0

    def template(
        self, html: str, fields: str = "", head: str = "", css: str = ""
    ) -> DocumentTemplate:
        """A new template of one page."""
        self.made += 1
        name = f"paper-{self.made}"
        a_template(self.root, html, fields, head, name=name)
        (self.root / name / "1" / "style.css").write_text(css, "utf-8")
        return load_template(name, self.root)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    root = tmp_path_factory.mktemp("templates")
    printer = PdfWorker(root, wall_seconds=15)
    printer.warm()
    yield Workshop(root, printer)
    printer.close()


def reading(document: RenderedDocument) -> str:
    """The text as poppler finds it, without spaces and line breaks."""
    return poppler_text(document.content)


def words_of(document: RenderedDocument) -> list[str]:
    """The words of a paper as poppler parts them by the blanks between."""
    out = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=document.content, capture_output=True, check=True
    )
    return re.findall(r">([^<]+)</word>", out.stdout.decode())


def edges(content: bytes) -> tuple[float, float]:
    """How far to the left and to the right the words of a paper reach, in points."""
    out = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=content, capture_output=True, check=True
    ).stdout.decode()
    left, right = (
        [float(at) for at in re.findall(rf'x{m}="([0-9.]+)"', out)] for m in ("Min", "Max")
    )
    return min(left), max(right)


def right_edge(document: RenderedDocument) -> float:
    """How far to the right the words of a paper reach, in points."""
    return edges(document.content)[1]


def test_render_receipt_with_a_signature_keeps_it_within_the_margin(worker: PdfWorker) -> None:
    told = {**example("bid-receipt"), "remark": f"回执签名（Ed25519）：{'Wx7+' * 22}"}
    assert right_edge(render_pdf("bid-receipt", told, worker=worker)) < A4_WIDTH - MARGIN


@pytest.mark.parametrize("name", ALL)
def test_render_example_has_title_pages_and_searchable_text(
    papers: dict[str, RenderedDocument], name: str
) -> None:
    document = papers[name]
    reader = PdfReader(io.BytesIO(document.content))
    text = reading(document)

    assert len(reader.pages) == document.pages
    assert load_template(name).title in str(reader.metadata.title if reader.metadata else "")
    assert reader.metadata is not None and reader.metadata.author
    assert f"共{document.pages}页" in text or f"—{document.pages}—" in text
    assert plain(example(name)["project_name"]) in text


@pytest.mark.parametrize("name", ALL)
def test_render_example_embeds_only_subsets_of_our_typeface(
    papers: dict[str, RenderedDocument], name: str, tmp_path: Path
) -> None:
    file = tmp_path / "paper.pdf"
    file.write_bytes(papers[name].content)
    listing = subprocess.run(["pdffonts", file], capture_output=True, check=True, text=True)
    fonts = listing.stdout.splitlines()[2:]

    assert len(fonts) in {2, 3, 4}
    for font in fonts:
        assert "Song" in font or "Noto-Serif" in font
        # embedded, subset, with a map back to Unicode
        assert font.split()[-5:-2] == ["yes", "yes", "yes"]
    assert any("Bold" in font for font in fonts)


@pytest.mark.parametrize("name", ALL)
def test_render_example_shows_every_character_of_its_data_in_three_readers(
    papers: dict[str, RenderedDocument], name: str
) -> None:
    content = papers[name].content
    written: set[str] = set()
    with_written_texts(name, lambda text: written.update(plain(text)) or text)
    texts = [poppler_text(content), mupdf_text(content), pdfium_text(content)]

    assert written - set(texts[0]) == set()
    assert sorted(texts[0]) == sorted(texts[1]) == sorted(texts[2])


@pytest.mark.parametrize("name", ALL)
def test_render_example_looks_the_same_in_readers_that_follow_the_standard(
    papers: dict[str, RenderedDocument], name: str
) -> None:
    pages = zip(mupdf_pages(papers[name].content), pdfium_pages(papers[name].content), strict=True)
    # 0.1 to 0.2 by the way two engines smooth an edge; above 1.3 where one shows no Chinese.
    assert [each for each in (unlike(*pair) for pair in pages) if each > 0.4] == []


@pytest.mark.parametrize("name", ALL)
def test_render_example_is_the_archive_file_that_it_says_it_is(
    papers: dict[str, RenderedDocument], name: str
) -> None:
    assert glyph_faults(papers[name].content) == []
    assert archive_faults(papers[name].content) == []


@pytest.mark.parametrize("name", ALL)
def test_render_example_tells_those_who_listen_what_is_heading_table_and_picture(
    papers: dict[str, RenderedDocument], name: str
) -> None:
    parts = list(structure(papers[name].content))
    kinds = {kind for kind, _, _ in parts}

    assert {"/H1", "/Table", "/TH", "/TD"} <= kinds
    assert all("/Table" in within for kind, _, within in parts if kind in ("/TR", "/TH", "/TD"))
    assert all(instead for kind, instead, _ in parts if kind == "/Figure")


def test_render_letter_has_type_and_margins_of_an_official_letter(
    papers: dict[str, RenderedDocument],
) -> None:
    letter = papers["award-notice"].content
    sizes = type_sizes(letter)

    # GB/T 9704-2012: 正文三号, 标题二号, 页码四号; the table within it is ours.
    assert sizes[16.0] > sum(
        count for size, count in sizes.items() if size not in (16.0, 12.0, 8.0)
    )
    assert sizes[22.0] == len("成交通知书") and sizes[14.0]
    left, right = edges(letter)
    assert left > 28 * MM - 2 and right < A4_WIDTH - 26 * MM + 2


LONGER = "各项服务按约定开展，站点开放、探访和小组活动的记录齐全，服务对象反映良好。"


@pytest.mark.parametrize("more", [0, 9, 18, 24])
@pytest.mark.parametrize(
    ("name", "field", "signing"),
    [
        ("review-report", "result", "九、签字"),
        ("evaluation-report", "consequence", "十一、评价人员签字"),
    ],
)
def test_render_signatures_stand_under_the_end_of_the_text(
    worker: PdfWorker, name: str, field: str, signing: str, more: int
) -> None:
    data = {**example(name), field: "\n".join([LONGER] * (1 + more))}
    pages = PdfReader(io.BytesIO(render_pdf(name, data, worker=worker).content)).pages

    [signed] = [text for page in pages if signing in (text := plain(page.extract_text()))]
    assert LONGER[-12:-1] in signed.partition(signing)[0]


def test_render_contract_says_what_binds(papers: dict[str, RenderedDocument]) -> None:
    text = reading(papers["home-care"])

    assert "¥180,000.00" in text
    assert "人民币壹拾捌万元整" in text
    assert "中华人民共和国政府采购法实施条例》第四十五条" in text
    assert "不超过¥18,000.00" in text
    assert "第二十三条" in text
    assert "目录" in text
    assert text.count("（盖章）") == 2


def test_render_contract_carries_its_data(papers: dict[str, RenderedDocument]) -> None:
    document = papers["home-care"]
    reader = PdfReader(io.BytesIO(document.content))
    attached = json.loads(reader.attachments["data.json"][0])

    assert attached["data"] == example("home-care") == json.loads(document.snapshot)
    assert attached["template"] == "home-care@3"
    assert attached["template_sha256"] == document.template_sha256
    assert b"pdfaid:part" in reader.trailer["/Root"]["/Metadata"].get_data()
    assert b'part="3"' in reader.trailer["/Root"]["/Metadata"].get_data()


def test_render_contract_has_bookmarks_in_chinese(papers: dict[str, RenderedDocument]) -> None:
    reader = PdfReader(io.BytesIO(papers["home-care"].content))
    titles = []

    def walk(entries: Any) -> None:
        for entry in entries:
            if isinstance(entry, list):
                walk(entry)
            else:
                titles.append(entry.title)

    walk(reader.outline)
    assert "第六条　付款计划" in titles


def test_render_notice_is_archivable_without_attachment(
    papers: dict[str, RenderedDocument],
) -> None:
    reader = PdfReader(io.BytesIO(papers["award-notice"].content))
    assert b'part="2"' in reader.trailer["/Root"]["/Metadata"].get_data()
    assert not reader.attachments


def test_render_short_contract_has_no_contents(workshop: Workshop) -> None:
    template = workshop.template(
        '{% extends "house/page.html" %}{% block body %}{% if with_contents %}目录{% endif %}'
        "{% for each in rows %}<p>{{ each }}</p>{% endfor %}{% endblock %}",
        'rows = { label = "行", type = "texts" }',
        "contents_over_pages = 2",
    )
    short = render_pdf(template, NOTE | {"rows": ["一行"]}, worker=workshop.worker)
    long = render_pdf(template, NOTE | {"rows": ["一行"] * 150}, worker=workshop.worker)

    assert "目录" not in reading(short)
    assert "目录" in reading(long)


def test_render_same_data_in_another_process_gives_the_same_bytes(
    papers: dict[str, RenderedDocument],
) -> None:
    other = PdfWorker()
    for name in ("payment-sheet", "home-care", "evaluation-report"):
        assert render_pdf(name, example(name), worker=other).content == papers[name].content
    other.close()


def test_render_after_other_papers_gives_the_same_bytes(
    worker: PdfWorker, papers: dict[str, RenderedDocument]
) -> None:
    again = render_pdf("home-care@3", example("home-care"), worker=worker)
    assert again.sha256 == papers["home-care"].sha256


def test_render_payment_sheet_of_a_usual_payment_fits_one_sheet(worker: PdfWorker) -> None:
    """Both sides of it: who checked what, the codes and the places to sign take more than one."""
    data = example("payment-sheet")
    del data["deductions"]
    data["gates"] = data["gates"][:4]
    data["steps"] = [*data["steps"], *data["steps"][:2]]
    data["trail_head"] = "7d" * 32

    assert render_pdf("payment-sheet@3", data, worker=worker).pages == 2


def test_render_notice_goes_on_from_page_to_page_and_leaves_no_heading_alone(
    worker: PdfWorker,
) -> None:
    data = example("public-notice")
    standard = "站内防滑、消防、用电和食品安全每月自查一次，并有记录，每半年演练一次。"
    rows = [{"label": f"{number}：{standard}", "text": "符合。"} for number in range(101, 125)]
    data["sections"] = [data["sections"][0], {"heading": "逐项验收结果", "rows": rows}]
    notice = render_pdf("public-notice@2", data, worker=worker)

    first = plain(PdfReader(io.BytesIO(notice.content)).pages[0].extract_text())
    assert "逐项验收结果" in first
    assert f"101：{standard}" in first
    assert "105" in first


def test_render_review_report_tells_who_signed_and_what(worker: PdfWorker) -> None:
    data = example("review-report")
    data["panel"][0]["signed_at"] = "2026-06-08T15:30:00+08:00"
    data["findings_digest"] = "5a" * 32
    text = reading(render_pdf("review-report@4", data, worker=worker))

    assert text.count("已在平台签署") == 1
    assert "2026年6月8日15:30" in text
    assert f"评审结论校验码：{'5a' * 32}" in text


def a_scored_report(factors: int, bidders: int, *, named: int = 80) -> dict[str, Any]:
    """A report with criteria of 80 characters, all of one name, and suppliers of 100."""
    bidder = "珠海市斗门区社会工作服务促进中心" * 7
    names = [f"第{number:02}家{bidder}"[:100] for number in range(1, bidders + 1)]
    factor = {"name": ("服务方案的完整性和针对性" * 7)[:named], "points": "2.5"}
    points = [factor] * (factors - 1) + [{**factor, "points": str(100 - 2.5 * (factors - 1))}]
    lines = [
        {
            "bidder": name,
            "total": f"{90 + at:.2f}",
            "parts": [
                {"factor": factor["name"], "score": f"{at + 1}.{part:02}"}
                for part in range(factors)
            ],
        }
        for at, name in enumerate(names)
    ]
    place = {"rank": 1, "score": "90.00", "price_fen": 17_980_000}
    check = {"qualified": True, "conforming": True}
    return example("review-report") | {
        "factors": points,
        "scores": lines,
        "member_totals": [
            {"bidder": name, "totals": [{"member": f"成员{n}", "score": "90.00"} for n in range(9)]}
            for name in names
        ],
        "ranking": [place | {"bidder": name} for name in names],
        "checks": [check | {"bidder": name} for name in names],
    }


@pytest.mark.parametrize(("factors", "bidders", "named"), [(6, 3, 14), (40, 5, 80)])
def test_render_report_of_many_criteria_of_one_name_keeps_every_mark_apart(
    worker: PdfWorker, factors: int, bidders: int, named: int
) -> None:
    data = a_scored_report(factors, bidders, named=named)
    document = render_pdf("review-report", data, worker=worker)
    words = words_of(document)

    for line in data["scores"]:
        assert [words.count(part["score"]) for part in line["parts"]] == [1] * factors
        assert line["total"] in words
    assert right_edge(document) < A4_WIDTH - MARGIN
    assert set(plain(data["scores"][0]["bidder"])) <= set(reading(document))


@pytest.mark.parametrize("name", ["award-notice", "opening-record", "payment-sheet"])
def test_render_short_papers_with_the_longest_names_stay_within_the_margin(
    worker: PdfWorker, name: str
) -> None:
    data = example(name)
    fields = load_template(name).fields
    longer = with_texts(fields, data, lambda text: text + "长" * max(0, 100 - len(text)))
    numbers = {each: data[each] for each in data if each.endswith("_no")}
    edge = right_edge(render_pdf(name, longer | numbers, worker=worker))
    usual = right_edge(render_pdf(name, data, worker=worker))
    assert edge <= max(usual, A4_WIDTH - 26 * MM) + 1


def test_render_rare_names_and_signs_print_in_every_reader_and_the_file_stays_small(
    worker: PdfWorker, papers: dict[str, RenderedDocument]
) -> None:
    names = "王堃喆镕、容敏𬎆、䶮𠮷、𢒉𫝂𫰡𰌂𱖎、☐☑☒✔✗✘✓👍"
    data = example("award-notice") | {"contact": names, "buyer": "珠海市𰌂喆社会工作服务社"}
    document = render_pdf("award-notice", data, worker=worker)

    for text in (poppler_text, mupdf_text, pdfium_text):
        assert names in text(document.content)
        assert "珠海市𰌂喆社会工作服务社" in text(document.content)
    assert glyph_faults(document.content) == archive_faults(document.content) == []
    assert len(document.content) < len(papers["award-notice"].content) + 25_000
    # The next paper is not set in what this one needed.
    plain_paper = render_pdf("award-notice", example("award-notice"), worker=worker)
    assert plain_paper.content == papers["award-notice"].content


def test_render_what_should_never_have_been_stored_stops_no_paper(worker: PdfWorker) -> None:
    """Marks nobody sees are left out; what has no glyph stands there by its code, signs that may be
    pictures are signs, a character is judged by the parts it is shaped of as well.
    """
    typed = "\u202d王芳\u200e\u200d\ue863\U0002ee5d\u0f40\x01☝◽\u0e33👨\u200d👩"
    data = example("award-notice") | {"contact": typed}
    text = mupdf_text(render_pdf("award-notice", data, worker=worker).content)
    assert "王芳〔U+E863〕〔U+2EE5D〕〔U+0F40〕〔U+0001〕☝◽〔U+0E33〕👨👩" in text


def test_render_chart_of_rare_words_is_set_in_our_type(worker: PdfWorker) -> None:
    data = example("evaluation-report")
    template = load_template("evaluation-report")
    for plan in template.chart_plans:
        for record in data[plan.records]:
            record[plan.category] += "𬎆☑"
    document = render_pdf("evaluation-report", data, worker=worker)
    assert "𬎆☑" in mupdf_text(document.content)
    assert glyph_faults(document.content) == []


def test_render_long_unbroken_text_stays_on_the_page(worker: PdfWorker) -> None:
    data = example("payment-sheet") | {"invoice_no": "8" * 80}
    assert "8" * 20 in reading(render_pdf("payment-sheet", data, worker=worker))


@pytest.mark.parametrize(
    "html",
    [
        '<img src="file:///etc/passwd">',
        '<img src="http://127.0.0.1:9/x.png">',
        '<img src="data:image/png;base64,AAAA">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
        '<style>@import url("file:///etc/passwd");</style>',
        '<style>body { background: url("ftp://127.0.0.1/x") }</style>',
        '<style>@font-face { font-family: X; src: url("file:///etc/passwd") } p { font-family: X }'
        "</style><p>x",
        '<object data="file:///etc/passwd"></object>',
        '<embed src="file:///etc/hostname">',
        '<svg><image href="file:///etc/passwd"/></svg>',
        '<a href="file:///etc/passwd" rel="attachment">x</a>',
        '<img src="relative.png">',
    ],
)
def test_render_template_asking_for_anything_outside_fails(workshop: Workshop, html: str) -> None:
    template = workshop.template(f"<html><head></head><body>{html}</body></html>")
    with pytest.raises(TemplateFault):
        render_pdf(template, NOTE, worker=workshop.worker)


def test_render_template_with_a_warning_fails(workshop: Workshop) -> None:
    template = workshop.template("<p>x</p>", css="p { colour: red }")
    with pytest.raises(TemplateFault, match="colour"):
        render_pdf(template, NOTE, worker=workshop.worker)


def test_render_paper_taking_too_long_is_stopped_and_the_next_is_printed(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It counts without end and writes nothing, so that it meets the limit of time alone."""
    counting = "{% for each in 'x' * 100000 %}" * 3 + "{% endfor %}" * 3
    template = workshop.template(f"<p>{counting}x</p>")
    assert render_pdf(workshop.template(BRIEF), NOTE, worker=workshop.worker).pages == 1
    started = time.monotonic()
    with monkeypatch.context() as hurried:
        hurried.setattr(workshop.worker, "_wall_seconds", 1.0)
        with pytest.raises(PaperTooLarge, match="用时超过 1 秒"):
            render_pdf(template, NOTE, worker=workshop.worker)
    assert time.monotonic() - started < 15
    assert render_pdf(workshop.template(BRIEF), NOTE, worker=workshop.worker).pages == 1


def test_render_deeply_nested_paper_is_a_fault_not_a_crash(workshop: Workshop) -> None:
    template = workshop.template("<div>" * 3000 + "x")
    with pytest.raises((TemplateFault, PaperTooLarge)):
        render_pdf(template, NOTE, worker=workshop.worker)


def test_render_from_many_threads_gives_each_its_own(worker: PdfWorker) -> None:
    names = [f"联系人{letter}" for letter in "甲乙丙丁戊己"]

    def one(name: str) -> str:
        return reading(
            render_pdf("award-notice", example("award-notice") | {"contact": name}, worker=worker)
        )

    with ThreadPoolExecutor(6) as pool:
        texts = list(pool.map(one, names))
    assert all(name in text for name, text in zip(names, texts, strict=True))


def test_render_after_the_process_died_starts_another() -> None:
    printer = PdfWorker()
    first = render_pdf("award-notice", example("award-notice"), worker=printer)
    process = printer._process
    assert process is not None
    process.kill()
    process.wait()
    assert render_pdf("award-notice", example("award-notice"), worker=printer) == first
    printer.close()


def test_worker_process_sees_no_environment_and_has_limits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROCURE_SECRET", "not for the printer")
    printer = PdfWorker()
    render_pdf("award-notice", example("award-notice"), worker=printer)
    process = printer._process
    assert process is not None
    environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    limits = Path(f"/proc/{process.pid}/limits").read_text()
    printer.close()

    assert b"PROCURE_SECRET" not in environment
    assert b"HOME=" not in environment
    assert "Max address space         1073741824" in limits
    assert process.returncode is not None


def test_worker_closed_leaves_no_process_and_no_files() -> None:
    printer = PdfWorker()
    printer.warm()
    process, scratch = printer._process, printer._scratch
    assert process is not None and Path(scratch).is_dir()
    printer.close()
    assert process.poll() is not None
    assert not Path(scratch).exists()
