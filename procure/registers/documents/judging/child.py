"""The process in which one file is judged: bounded in time and memory, then gone.

A hostile file may crash it or use up what it may use; the server only learns that it did. It gets
nothing of the server's surroundings but the way to the program: no settings, no keys.

Wire: the media type as the only argument, the file on standard input; on standard output a line of
JSON and, where the file was cleaned, its new bytes.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module

from procure.kernel.uploads import DOCX, JPEG, OFD, PDF, PNG, XLSX, XML, Outcome
from procure.registers.documents.judging.answers import Judgement, Unfit

MOST_SECONDS = 6
"""Of the processor. The largest scans (20 MB) take up to two with the start of the process."""

LONGEST_WAIT = 20
"""Seconds by the clock: on a machine that is busy the process comes last."""

MOST_MEMORY = 1 << 30

_ROOM = "procure.registers.documents.judging"
_JUDGES = {
    PDF: (f"{_ROOM}.pdf", "judge_pdf"),
    JPEG: (f"{_ROOM}.photo", "judge_jpeg"),
    PNG: (f"{_ROOM}.photo", "judge_png"),
    DOCX: (f"{_ROOM}.office", "judge_word"),
    XLSX: (f"{_ROOM}.office", "judge_sheet"),
    OFD: (f"{_ROOM}.invoice", "judge_ofd"),
    XML: (f"{_ROOM}.invoice", "judge_xml"),
}
"""By name: the libraries behind them are loaded in the child only, and only the one's that is asked."""


def judge_apart(content: bytes, media_type: str) -> Judgement:
    """Judge a file in a process of its own. Raises Unfit, also when the file was too much for it."""
    command = [sys.executable, "-P", "-m", f"{_ROOM}.child", media_type]
    try:
        done = subprocess.run(  # noqa: S603
            command,
            input=content,
            check=False,
            capture_output=True,
            timeout=LONGEST_WAIT,
            env=surroundings(),
        )
    except subprocess.TimeoutExpired:
        raise _too_much() from None
    if done.returncode != 0:
        raise _too_much()
    head, _, cleaned = done.stdout.partition(b"\n")
    said = json.loads(head)
    if "what" in said:
        raise Unfit(said["what"], said["remedy"])
    return Judgement(
        Outcome(said["outcome"]), tuple(said["notes"]), cleaned if said["cleaned"] else None
    )


def surroundings() -> dict[str, str]:
    """What the child knows of the server: where the program and its libraries lie."""
    known = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONUTF8": "1"}
    libraries = os.environ.get("LD_LIBRARY_PATH")
    return known if libraries is None else {**known, "LD_LIBRARY_PATH": libraries}


def _too_much() -> Unfit:
    return Unfit(
        "结构太复杂或有损坏，平台没有读完",
        "请用原来的软件另存一份，或者打印为 PDF 后再上传。",
    )


def judge_here(content: bytes, media_type: str) -> Judgement:
    """Judge a file in this very process: for the child, and for tests that judge thousands."""
    module, name = _JUDGES[media_type]
    judge: Callable[[bytes], Judgement] = getattr(import_module(module), name)
    return judge(content)


def bound_itself() -> None:
    """Give up, for the rest of this process, what a file could use to do harm."""
    for what, most in (
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_AS, MOST_MEMORY),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(what, (most, most))
    # Pages that people wait for go first.
    os.nice(10)


def main() -> None:
    """Judge what comes on standard input."""
    bound_itself()
    content = sys.stdin.buffer.read()
    try:
        judgement = judge_here(content, sys.argv[1])
    except Unfit as unfit:
        said: dict[str, object] = {"what": unfit.what, "remedy": unfit.remedy}
        cleaned = b""
    else:
        cleaned = judgement.content or b""
        said = {
            "outcome": judgement.outcome.value,
            "notes": judgement.notes,
            "cleaned": judgement.content is not None,
        }
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + cleaned)


if __name__ == "__main__":
    main()
