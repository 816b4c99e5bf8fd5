"""Contract PDF: ours beside bare WeasyPrint, in one run.

    python bench/pdf.py [--rounds N]

Bare WeasyPrint is given the very HTML and style sheet of our contract, as a script of five lines
would: parsed each time, no limits, no checks, no data attached. Warm means that the process has
printed the same paper before; cold is a process started for one paper. Printed as a Markdown table
with ratios, which can be compared between machines; the times cannot.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from procure.render.documents import TEMPLATE_ROOT, complete_data, document_html, load_template
from procure.render.pdf import PdfWorker, render_pdf

REFERENCE = "home-care@3"
WARMING_SECONDS = 8
BARE = """
import sys, time
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
html, css = open(sys.argv[1]).read(), open(sys.argv[2]).read()
fonts = FontConfiguration()
for line in sys.stdin:
    started = time.perf_counter()
    style = CSS(string=css, font_config=fonts)
    pdf = HTML(string=html).write_pdf(
        stylesheets=[style], font_config=fonts, pdf_variant="pdf/a-3b"
    )
    print(time.perf_counter() - started, len(pdf), flush=True)
"""


def example() -> dict[str, Any]:
    """The data of the contract that is printed."""
    data: dict[str, Any] = json.loads(
        (TEMPLATE_ROOT / "home-care" / "example.json").read_text("utf-8")
    )
    return data


class BarePress:
    """A process with nothing but WeasyPrint."""

    def __init__(self, html: Path, css: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", BARE, str(html), str(css)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def print_once(self) -> int:
        """Print the paper; returns the size of the PDF in bytes."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        stdin.write("again\n")
        stdin.flush()
        return int(stdout.readline().split()[1])

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def timed(action: Callable[[], object]) -> float:
    """Seconds that the action takes."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def measure(rounds: int) -> str:
    """The table, rounds interleaved so that a noisy minute hits both."""
    template, data = load_template(REFERENCE), example()
    html = document_html(template, complete_data(template, data), with_contents=True)
    figures: dict[str, list[float]] = {
        name: [] for name in ("bare warm", "ours warm", "bare cold", "ours cold", "ours first")
    }
    with tempfile.TemporaryDirectory() as folder:
        page, style = Path(folder) / "contract.html", Path(folder) / "style.css"
        page.write_text(html, "utf-8")
        style.write_text(template.stylesheet.replace('"Procure Song", ', ""), "utf-8")
        bare, ours = BarePress(page, style), PdfWorker()
        bare_size = bare.print_once()
        document = render_pdf(template, data, worker=ours)
        for _ in range(rounds):
            figures["bare warm"].append(timed(bare.print_once))
            figures["ours warm"].append(timed(lambda: render_pdf(template, data, worker=ours)))
        for _ in range(max(2, rounds // 3)):
            figures["bare cold"].append(timed(lambda: _bare_from_nothing(page, style)))
            cold, prepared = PdfWorker(), PdfWorker()
            figures["ours cold"].append(timed(lambda: render_pdf(template, data, worker=cold)))
            cold.close()
            prepared.warm()
            time.sleep(WARMING_SECONDS)
            figures["ours first"].append(timed(lambda: render_pdf(template, data, worker=prepared)))
            prepared.close()
        bare.close()
        ours.close()
    middle = {name: statistics.median(times) for name, times in figures.items()}
    lines = [
        f"Contract of {document.pages} pages, {rounds} rounds, median.",
        "",
        "| case | seconds | ratio | target | KiB |",
        "|---|---|---|---|---|",
        f"| bare WeasyPrint, warm | {middle['bare warm']:.3f} | 1 | | {bare_size // 1024} |",
        _row("ours, warm", middle["ours warm"], middle["bare warm"], "≤ 1.10 × bare warm")
        + f" {len(document.content) // 1024} |",
        f"| bare WeasyPrint, cold | {middle['bare cold']:.3f} | 1 | | |",
        _row("ours, cold", middle["ours cold"], middle["bare cold"], "") + " |",
        _row(
            "ours, first after warm()",
            middle["ours first"],
            middle["ours warm"],
            "≤ 1.2 × ours warm",
        )
        + " |",
    ]
    return "\n".join(lines)


def _bare_from_nothing(page: Path, style: Path) -> None:
    press = BarePress(page, style)
    press.print_once()
    press.close()


def _row(name: str, seconds: float, base: float, target: str) -> str:
    return f"| {name} | {seconds:.3f} | {seconds / base:.2f} | {target} |"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    print(measure(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
