"""`procure trail`: hand out an audit package, check one, recompute every chain of the database.

Exit status: 0 done and whole, 1 refused (the first bad row is named), 2 wrong usage.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from procure.cli.status import DONE, REFUSED, USAGE
from procure.cli.words import fault_words
from procure.config import from_environment
from procure.demonstration.app import application
from procure.desks.auditing import verify_trail
from procure.desks.auditing.package import Maker
from procure.desks.auditing.use_cases import (
    ExportPackage,
    make_package,
    record_export,
)
from procure.kernel.access import SYSTEM_ACTOR
from procure.kernel.clock import Clock
from procure.kernel.errors import Invalid
from procure.registers.documents.storage import file_store
from procure.store import trail
from procure.store.base import db, snapshot
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import CLOCK

REASON = "命令行导出"


def add_trail(subparsers: Any) -> None:
    """Register `trail export`, `trail verify` and `trail fsck`."""
    parser = subparsers.add_parser("trail", help="审计包导出、校验，全库核链")
    actions = parser.add_subparsers(dest="action", metavar="export|verify|fsck", required=True)
    export = actions.add_parser("export", help="导出一个项目的审计包")
    export.add_argument("--project", metavar="NO", required=True, help="项目编号")
    export.add_argument("--out", metavar="FILE.zip", required=True, type=Path, help="写到这个文件")
    export.add_argument("--reason", default=REASON, help=f"导出事由，默认“{REASON}”")
    export.set_defaults(run=run_export)
    verify = actions.add_parser("verify", help="核对一个审计包")
    verify.add_argument("file", metavar="FILE.zip", type=Path, help="审计包")
    verify.add_argument("--checkpoint", metavar="F", type=Path, help="另外取得的校验点（JSON）")
    verify.set_defaults(run=run_verify)
    actions.add_parser("fsck", help="重新计算数据库里的每一条链").set_defaults(run=run_fsck)


def run_export(arguments: argparse.Namespace) -> int:
    """Make the package, write it to the file, and note in the project's trail that it was taken."""
    if not arguments.out.parent.is_dir():
        _say(f"没有文件夹 {arguments.out.parent}，请先建立。")
        return USAGE
    app = application(from_environment())
    with app.app_context():
        clock: Clock = app.extensions[CLOCK]
        maker = Maker(SYSTEM_ACTOR, arguments.reason, clock.now())
        package = make_package(db.session(), maker, arguments.project, file_store())
        try:
            arguments.out.write_bytes(package.content)
        except OSError as fault:
            raise Invalid("out", f"写不到文件 {fault_words(fault)}。") from fault
        with UnitOfWork(db.session(), SYSTEM_ACTOR, clock) as uow:
            command = ExportPackage(arguments.project, arguments.reason)
            record_export(uow, command, package)
    _print(
        file=str(arguments.out),
        sha256=package.sha256,
        size=len(package.content),
        events=package.events,
        rows=package.rows,
        documents=package.documents,
    )
    _say("审计包已导出，这次导出已记入项目的办理记录。")
    return DONE


def run_verify(arguments: argparse.Namespace) -> int:
    """Check a package; nothing but the file is read."""
    try:
        point = arguments.checkpoint and arguments.checkpoint.read_text("utf-8")
        with arguments.file.open("rb") as file:
            found = verify_trail.verify(file, point)
    except OSError as fault:
        _say(f"读不到文件 {fault_words(fault)}。")
        return USAGE
    except UnicodeDecodeError:
        _say(f"校验点文件 {arguments.checkpoint} 不是 UTF-8 编码的文本。")
        return USAGE
    except verify_trail.Bad as refusal:
        _print(ok=False, message=str(refusal))
        _say(f"核对不通过：{refusal}")
        return REFUSED
    _print(ok=True, checkpoint=point is not None, **found)
    _say("核对通过。" if point else "核对通过。没有给出校验点，整套重做的假包看不出来。")
    return DONE


def run_fsck(arguments: argparse.Namespace) -> int:
    """Recompute every chain of the database and name the first bad row."""
    with application(from_environment()).app_context():
        session = snapshot(db.session())
        faults, heads = trail.fsck(session), trail.heads(session)
    _print(
        ok=not faults,
        chains=len(heads),
        events=sum(seq for seq, _ in heads.values()),
        faults=[{"stream": f.stream, "seq": f.seq, "what": f.what} for f in faults],
    )
    if faults:
        _say(f"核链发现 {len(faults)} 处不符，第一处：{faults[0]}。")
        return REFUSED
    _say(f"全部 {len(heads)} 条链完好。")
    return DONE


def _print(**answer: object) -> None:
    print(json.dumps(answer, ensure_ascii=False))


def _say(words: str) -> None:
    print(words, file=sys.stderr)
