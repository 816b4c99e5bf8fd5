"""The audit package: everything of one project in a file that can be checked without us.

One ZIP file that can be written in one way only, so that any change of any byte shows. The program
that checks it travels inside; the forms both sides must agree on stand in that program alone
(`verify_trail`), and this module writes by them.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from procure.desks.auditing import verify_trail as form
from procure.desks.auditing.contents import (
    ExportedTables,
    Kept,
    Names,
    kept_back,
    names_of_recipients,
    read_tables,
    why_withheld,
)
from procure.kernel.access import Actor, Level
from procure.kernel.clock import local, to_micros
from procure.kernel.errors import Conflict
from procure.kernel.events import EVENT_TYPES
from procure.kernel.lifecycle import MilestoneState
from procure.registers.documents.models import DocumentKind
from procure.registers.documents.storage import DamagedFile, FileStore, StoreAway
from procure.registers.funds.models import AccountKind, EntryKind
from procure.registers.projects.models import Project
from procure.render.sheets import CellKind, SheetColumn, write_xlsx
from procure.stages.plans.models import Plan
from procure.store import trail

SHEET_NAMES = {
    "ledger": "资金账",
    "payments": "支付",
    "milestones": "履约节点",
    "documents": "文件目录",
    "timeline": "办理经过",
}
COUNTED = ("序号", "期次", "大小（字节）")
READ_BACK: dict[CellKind, Callable[[str], Any]] = {
    CellKind.MONEY_FEN: lambda yuan: int(yuan.replace(".", "")),
    CellKind.INTEGER: int,
}
LARGEST = 2**32 - 1
MOST_FILES = 2**16 - 1
README = """审计包说明

项目：{number}《{title}》
导出时间：{made}（北京时间）
导出人：{person}（{organisation}）
事由：{reason}

一、里面有什么
trail.jsonl      全部办理事件，一行一条，按“链”排列。每条事件写着前一条的散列值，改动任何一条，后面都对不上。
heads.json       每条链最后一条的编号和散列值。
rows/            各类数据，一行一条：计划、采购文件、投标、评审、合同、履约、评价、验收、支付、预算和账目。
xlsx/            资金账、支付、履约节点、文件目录、办理经过五张表，可用 Excel、WPS 打开。
csv/             同样的五张表，给程序用；数字编号前有一个制表符，免得被表格软件当成数字截短。
                 这些表全部由上面两部分算出，核对程序会重算。
documents/       全部文件，文件名是内容的校验码加类别；哪个文件是什么，见 xlsx/documents.xlsx（文件目录）。
verify_trail.py  核对程序，只需要电脑上装有 Python 3.8 或更新的版本，不用联网，不用安装别的东西。
manifest.json    清单：每个文件的大小、校验码和逐行校验码，最后一行是清单自己的校验码。

二、怎样自己核对
1. 从别处取得核对程序更稳妥：上一次导出的包里、审计机关留存的都可以，内容应当相同。
2. 在命令行运行：python verify_trail.py 审计包.zip
3. 另取平台公布的校验点（门户网站的“校验点”页面，或 /api/checkpoints），再运行：
   python verify_trail.py 审计包.zip --checkpoint 校验点.json
显示“核对通过”表示没有改动；否则指出第一处不对的文件、行号和编号。
解开以后原样重新压缩的包（内容一个字节不变）同样可以核对。
没有校验点时，整套重新编造的包无法识别；校验点应当取自导出之前。

三、没有放进来的内容
服务对象只写编号，不写姓名；服务人员只写姓；密码、密钥和未提交的草稿不导出。
开标以前的投标内容和领取采购文件的单位、公告结果以前的评审内容不导出，相应事件只留散列值。
预算被几个项目共用时，别的项目的事件只留事件头。documents/ 中的履约材料按原件提供，请妥善保管。
"""


@dataclass(frozen=True)
class Package:
    """A finished package with what its event says of it."""

    content: bytes
    sha256: str
    events: int
    rows: int
    documents: int


@dataclass(frozen=True)
class Maker:
    """Who asks for a package, why and when."""

    actor: Actor
    reason: str
    at: datetime


def export_package(session: Session, project: Project, maker: Maker, store: FileStore) -> Package:
    """Make the package of a project as the session sees it; the same state gives the same bytes.

    The caller has asked whether the actor may, and keeps the session in one transaction
    (`snapshot`). Raises Conflict when a paper is damaged or missing, or the package grows beyond
    what one ZIP file holds (4 GiB).
    """
    kept, names = kept_back(session, project.id), names_of_recipients(session, project.id)
    lines = list(_trail_lines(session, project.id, kept, names))
    trail_text = "".join(form.canonical(line) + "\n" for line in lines)
    links = form.read_trail(trail_text.encode())
    actors = frozenset(link.actor for link in links if link.actor is not None)
    tables = read_tables(session, project.id, kept, names, actors | {maker.actor.user_id})
    words = _words(links)
    files = [
        ("README.txt", _readme(project, maker).encode()),
        ("verify_trail.py", Path(form.__file__).read_bytes()),
        ("trail.jsonl", trail_text.encode()),
        ("heads.json", form.canonical(_heads(links)).encode()),
        *(
            (f"rows/{name}.jsonl", "".join(form.canonical(row) + "\n" for row in rows).encode())
            for name, rows in sorted(tables.items())
        ),
    ]
    files += sheet_files(_linked(files, project), links, words).items()
    papers = _papers(tables)
    counts = {name: len(rows) for name, rows in tables.items()}
    manifest = {
        "counts": counts,
        "format": form.FORMAT,
        "made_at": max(to_micros(maker.at), *(link.at or 0 for link in links)),
        "made_by": {
            "id": maker.actor.user_id,
            "name": maker.actor.name,
            "organisation": maker.actor.organisation_name,
        },
        "project": {"id": project.id, "number": project.number, "title": project.title},
        "reason": maker.reason,
        "withheld": _withheld(links),
        "words": words,
    }
    content = _write(files, papers, manifest, store)
    return Package(
        content, form.sha256(content), len(links), sum(counts.values()), len(tables["document"])
    )


def _streams(session: Session, project_id: str, kept: Kept) -> list[str]:
    """The chains of a case: its own, those its openings named, those of its budget lines."""
    event = trail.TrailEvent
    own = session.scalars(select(event.stream).where(event.project_id == project_id).distinct())
    lines = session.scalars(select(Plan.budget_line_id).where(Plan.project_id == project_id))
    return sorted({*own, *kept.opened_streams, *(f"budget:{line}" for line in lines)})


def _trail_lines(
    session: Session, project_id: str, kept: Kept, names: Names
) -> Iterator[dict[str, Any]]:
    """The lines of trail.jsonl: whole chains in the order of their names."""
    streams = _streams(session, project_id, kept)
    by_stream: dict[str, list[trail.Link]] = {stream: [] for stream in streams}
    for link in trail.read(session, trail.TrailEvent.stream.in_(streams)):
        by_stream[link.stream].append(link)
    for stream in streams:
        for link in sorted(by_stream[stream], key=lambda each: each.seq):
            why = why_withheld(link, project_id, kept, names)
            yield {
                "body": None if why else link.body,
                "hash": link.hash,
                "header": None if why == "sealed" else link.header,
                "salt": None if why else link.salt,
                "withheld": why,
            }


def _heads(links: list[form.Link]) -> dict[str, list[Any]]:
    return {link.stream: [link.seq, link.hash] for link in links}


def _withheld(links: list[form.Link]) -> dict[str, int]:
    reasons = [link.withheld for link in links if link.withheld]
    return {reason: reasons.count(reason) for reason in sorted(set(reasons))}


def _words(links: list[form.Link]) -> dict[str, dict[str, str]]:
    """The Chinese for the codes that stand in the sheets."""
    events = sorted({link.event for link in links if link.event is not None})
    return {
        "document.kind": DocumentKind.labels(),
        "event": {name: EVENT_TYPES[name].label for name in events if name in EVENT_TYPES},
        "ledger_entry.kind": EntryKind.labels(),
        "ledger_account.kind": AccountKind.labels(),
        "ledger_account.level": Level.labels(),
        "treasury_payment.level": Level.labels(),
        "milestone.state": MilestoneState.labels(),
    }


def sheet_files(
    rows: dict[str, list[form.Row]], links: list[form.Link], words: dict[str, dict[str, str]]
) -> dict[str, bytes]:
    """The sheets for finance people, each as CSV and as an Excel file, by their place."""
    found: dict[str, bytes] = {}
    for name, body in form.tables(rows, links, words).items():
        found[f"csv/{name}.csv"] = form.csv_file(body)
        found[f"xlsx/{name}.xlsx"] = _workbook(SHEET_NAMES[name], body)
    return found


def _workbook(name: str, body: list[list[str]]) -> bytes:
    """A sheet as an Excel file: money and counts as numbers, everything else as text."""
    heading, *rows = body
    columns = [SheetColumn(title, _kind(title)) for title in heading]
    read = [READ_BACK.get(column.kind, str) for column in columns]
    file = BytesIO()
    write_xlsx(
        columns,
        [
            [take(text) if text else None for take, text in zip(read, row, strict=True)]
            for row in rows
        ],
        file,
        sheet=name,
    )
    return file.getvalue()


def _kind(title: str) -> CellKind:
    if title.endswith("（元）"):
        return CellKind.MONEY_FEN
    return CellKind.INTEGER if title in COUNTED else CellKind.TEXT


def _linked(files: list[tuple[str, bytes]], project: Project) -> dict[str, list[form.Row]]:
    """The rows as the verifier will read them back, each knowing the rows it refers to."""
    rows = {
        name[5:-6]: form.read_rows(data, name[5:-6])
        for name, data in files
        if name.startswith("rows/")
    }
    head = {"id": project.id, "number": project.number, "title": project.title}
    form.check_references(rows, head)
    return rows


def _papers(tables: ExportedTables) -> dict[str, str]:
    """The papers' names in the package and their digests, in the order of names."""
    return {
        form.document_name(row): str(row["sha256"])
        for row in sorted(tables["document"], key=form.document_name)
    }


def _readme(project: Project, maker: Maker) -> str:
    return README.format(
        number=project.number,
        title=project.title,
        made=f"{local(maker.at):%Y-%m-%d %H:%M}",
        person=maker.actor.name,
        organisation=maker.actor.organisation_name,
        reason=maker.reason,
    )


def _write(
    files: list[tuple[str, bytes]],
    papers: dict[str, str],
    manifest: dict[str, Any],
    store: FileStore,
) -> bytes:
    """The container with the manifest last."""
    out = BytesIO()
    directory: list[bytes] = []
    listed: list[dict[str, Any]] = []

    def add(name: str, data: bytes) -> None:
        offset = out.tell()
        if offset + len(data) > LARGEST - 2**20 or len(directory) >= MOST_FILES:
            raise Conflict(
                "这个项目的材料超过一个审计包的容量（4 GB），没有导出。",
                remedy="请联系平台管理员分批提供履约材料原件。",
            )
        local, central = form.headers(name.encode(), zlib.crc32(data), len(data), offset)
        out.write(local + data)
        directory.append(central)
        rows = form.row_digests(name, data)
        listed.append({"name": name, "rows": rows, "sha256": form.sha256(data), "size": len(data)})

    for name, data in files:
        add(name, data)
    for name, digest in papers.items():
        try:
            add(name, store.read(digest))
        except (DamagedFile, StoreAway) as damage:
            raise Conflict(
                f"归档文件 {digest[:12]} 缺失或已损坏，没有导出。",
                remedy="请联系平台管理员从备份恢复这份文件。",
            ) from damage
    add("manifest.json", form.manifest_text({**manifest, "files": list(listed)}).encode())
    offset = out.tell()
    out.write(b"".join(directory))
    out.write(form.end_record(len(directory), out.tell() - offset, offset))
    return out.getvalue()
