"""Papers as PDF, set by a process of their own that is kept warm.

`render_pdf` is what the site, the command line and the scheduler call. The process is started at
the first paper, or before it by `warm`; it is killed and replaced when a paper takes too long.
"""

import atexit
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from procure.kernel.errors import DomainError, Invalid
from procure.render.charts import ChartsUnavailable
from procure.render.documents import (
    TEMPLATE_ROOT,
    DocumentTemplate,
    RenderedDocument,
    complete_data,
    load_template,
    snapshot_of,
)
from procure.render.fields import TemplateFault
from procure.render.frames import read_frame, write_frame

# The processor's own limit bounds the work. A machine that is busy must not stop the act of a paper.
WALL_SECONDS = 120.0
# Layout caches grow with every paper; a new process forgets them.
PAPERS_A_PROCESS = 500
# About as many as are set within the processor's limit; forms let through a tenth of it.
MOST_CHARACTERS = 1_000_000
PACKAGE_ROOT = Path(__file__).parents[2]
START = (
    "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[1]); "
    "from procure.render.typesetting import serve; serve(Path(sys.argv[2]))"
)
# Where the system libraries and the fonts of an ordinary user's set-up lie; nothing else passes.
PASSED_ON = ("LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "PROCURE_SYSROOT")


class PaperTooLarge(DomainError):
    """The paper took more time or memory than a paper may."""


class PdfWorker:
    """One warm typesetter process, used by one thread at a time."""

    def __init__(self, root: Path = TEMPLATE_ROOT, wall_seconds: float = WALL_SECONDS) -> None:
        self._root = root
        self._wall_seconds = wall_seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._scratch = ""
        self._owner = 0
        self._papers = 0

    def warm(self) -> None:
        """Start the process now, without waiting for it, so that the first paper need not."""
        with self._lock:
            self._running()

    def close(self) -> None:
        """End the process; the next paper starts another."""
        with self._lock:
            self._end()

    def render(self, template: DocumentTemplate, data: Mapping[str, Any]) -> RenderedDocument:
        """Print the data with the template.

        Raises Invalid naming the field that cannot be printed, PaperTooLarge when the limits of
        time or memory are hit, TemplateFault when the fault is in the template, ChartsUnavailable
        when it draws a chart and ECharts is not installed.
        """
        complete_data(template, data)
        snapshot = snapshot_of(data)
        request = f'{{"template":{json.dumps(template.reference)},"data":{snapshot}}}'
        with self._lock:
            head, content = self._ask(request.encode(), template.title)
        match head["outcome"]:
            case "done":
                return RenderedDocument(
                    content=content,
                    sha256=hashlib.sha256(content).hexdigest(),
                    template=template.name,
                    version=template.version,
                    template_sha256=template.sha256,
                    snapshot=snapshot,
                    pages=head["pages"],
                )
            case "invalid":
                raise Invalid(head["field"], head["message"], head["rule"], head["remedy"])
            case "too_large":
                raise _too_large(template.title, "内存超出上限")
            case "no_charts":
                raise ChartsUnavailable(head["message"])
            case _:
                raise TemplateFault(head["message"])

    def _ask(self, request: bytes, title: str) -> tuple[dict[str, Any], bytes]:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._wall_seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            write_frame(process.stdin, request)
            head, content = read_frame(process.stdout), read_frame(process.stdout)
        except BrokenPipeError:
            head = content = None
        finally:
            timer.cancel()
        if head is None or content is None:
            self._end()
            if late.is_set():
                raise _too_large(title, f"用时超过 {self._wall_seconds:.0f} 秒")
            raise _too_large(title, "超出了允许的时间或内存")
        self._papers += 1
        answer: dict[str, Any] = json.loads(head)
        if answer["outcome"] == "too_large" or self._papers >= PAPERS_A_PROCESS:
            self._end()
            self._running()
        return answer, content

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._owner != os.getpid():
            # A server forked after the process was started: its pipes belong to the parent.
            self._process = None
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            # WeasyPrint unpacks fonts into it; a killed process could not clear it away itself.
            self._scratch = tempfile.mkdtemp(prefix="procure-print-")
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-s", "-P", "-c", START, str(PACKAGE_ROOT), str(self._root)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_environment(self._scratch),
                cwd="/",
                # Ctrl-C at the terminal is for us; the child ends with its input.
                start_new_session=True,
            )
            self._owner = os.getpid()
            self._papers = 0
        return self._process

    def _end(self) -> None:
        if self._process is None or self._owner != os.getpid():
            return
        process, self._process = self._process, None
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)


def _environment(scratch: str) -> dict[str, str]:
    passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # A fixed seed: sets must come out in the same order, so that a paper is the same every time.
    return passed | {"LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "TMPDIR": scratch}


def _too_large(title: str, reason: str) -> PaperTooLarge:
    return PaperTooLarge(
        f"《{title}》没有生成：{reason}，已停止。",
        remedy="请把行数多的明细改为附件（表格文件），文书中只列汇总，再生成一次。",
    )


_worker = PdfWorker()
atexit.register(_worker.close)


def render_pdf(
    template: DocumentTemplate | str, data: Mapping[str, Any], *, worker: PdfWorker = _worker
) -> RenderedDocument:
    """Print the data with a template, given as itself or as `name@version`.

    The same data gives the same bytes. Raises Invalid, PaperTooLarge, TemplateFault.
    """
    chosen = load_template(template) if isinstance(template, str) else template
    return worker.render(chosen, data)


def check_paper(template: DocumentTemplate, data: Mapping[str, Any]) -> None:
    """Refuse at once what could not be printed later. Raises Invalid naming the field, PaperTooLarge."""
    complete_data(template, data)
    if len(snapshot_of(data)) > MOST_CHARACTERS:
        raise _too_large(template.title, "内容过多")


def warm() -> None:
    """Start the shared typesetter before anybody waits for it."""
    _worker.warm()
