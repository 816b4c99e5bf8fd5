"""The verifier refuses whatever was done to a package, and names the place."""

import ast
import csv
import json
import random
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from io import BytesIO, StringIO
from itertools import zip_longest
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from procure.desks.auditing import verify_trail as form
from procure.desks.auditing.package import Maker, export_package, sheet_files
from procure.kernel.access import Level
from procure.kernel.lifecycle import TRANSITIONS, Aggregate
from procure.registers.documents.models import DocumentKind
from procure.registers.documents.storage import configure
from procure.registers.projects.models import Project
from procure.render.sheets import FORMULA_STARTS, fitting, harmless
from procure.store.base import install, snapshot
from tests.factories.auditing import CaseBuilder

SOURCE = Path(form.__file__)
SAMPLED_BITS = 2000


@pytest.fixture(scope="session")
def packages(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[bytes, bytes]:
    """Packages of two finished cases in one database."""
    folder = tmp_path_factory.mktemp("packages")
    path = folder / "procure.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = create_engine(f"sqlite:///{path}")
    install(engine)
    made = []
    store = configure(f"file://{folder / 'files'}")
    with Session(engine) as session:
        for prefix in ("SJAL", "SJBL"):
            builder = CaseBuilder(session, store, prefix)
            case = builder.build()
            snapshot(session)
            project = session.get_one(Project, case.project_id)
            maker = Maker(case.auditor, "年度审计", builder.clock.now())
            made.append(export_package(session, project, maker, store).content)
    engine.dispose()
    return made[0], made[1]


@pytest.fixture(scope="session")
def package(packages: tuple[bytes, bytes]) -> bytes:
    return packages[0]


def refusal(content: bytes, checkpoint: str | None = None) -> str:
    """Why a package is refused; "" when it is accepted."""
    try:
        form.verify(BytesIO(content), checkpoint)
    except form.Bad as bad:
        return str(bad)
    return ""


def files_of(content: bytes) -> dict[str, bytes]:
    """The package's files, in order."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def container(files: dict[str, bytes]) -> bytes:
    """The files put into a container again, in the one right way."""
    out, directory = b"", b""
    for name, data in files.items():
        head, line = form.headers(name.encode(), zlib.crc32(data), len(data), len(out))
        directory += line
        out += head + data
    return out + directory + form.end_record(len(files), len(directory), len(out))


def directory_of(content: bytes) -> int:
    """Where the container's directory begins, by its last record."""
    (at,) = struct.unpack("<I", content[-6:-2])
    assert content[at : at + 4] == form.CENTRAL
    return at


def forged(content: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    """The package after a change, with manifest, sheets, heads and digests made anew to fit it."""
    files = files_of(content)
    manifest = json.loads(files.pop("manifest.json"))
    change(files)
    manifest["counts"] = {
        name[5:-6]: data.count(b"\n") for name, data in files.items() if name.startswith("rows/")
    }
    try:
        rows = {
            table: form.read_rows(files[f"rows/{table}.jsonl"], table)
            for table in manifest["counts"]
        }
        links = form.read_trail(files["trail.jsonl"])
        form.check_references(rows, manifest["project"])
        files.update(sheet_files(rows, links, manifest["words"]))
        if links[-1].stream.startswith(("project", "taker")):
            ends = {link.stream: [link.seq, link.hash] for link in links}
            files["heads.json"] = form.canonical(ends).encode()
    except (form.Bad, KeyError, TypeError, ValueError, AttributeError):
        pass
    manifest["files"] = [
        {
            "name": name,
            "rows": form.row_digests(name, data),
            "sha256": form.sha256(data),
            "size": len(data),
        }
        for name, data in files.items()
    ]
    del manifest["sha256"]
    files["manifest.json"] = form.manifest_text(manifest).encode()
    return container(files)


def edited(name: str, line: int, change: Callable[[dict], None]) -> Callable[[dict], None]:
    """A change of one row of a file."""

    def apply(files: dict[str, bytes]) -> None:
        rows = files[name].decode().split("\n")
        value = json.loads(rows[line])
        change(value)
        rows[line] = form.canonical(value)
        files[name] = "\n".join(rows).encode()

    return apply


def rechained(files: dict[str, bytes], change: Callable[[str, dict], None]) -> None:
    """Change bodies and make every hash of every chain anew, as a forger with the file could."""
    out, before, stream, hashes = [], form.GENESIS, "", {}
    for text in files["trail.jsonl"].decode().split("\n")[:-1]:
        line = json.loads(text)
        header, body = json.loads(line["header"]), json.loads(line["body"] or "null")
        if header["stream"] != stream:
            stream, before = header["stream"], form.GENESIS
        if body is not None:
            change(header["event"], body["data"])
            if header["event"] == "BidsOpened":
                ends = body["data"]["streams"]
                body["data"]["streams"] = {s: [n, hashes[s, n]] for s, (n, _) in ends.items()}
            line["body"] = form.canonical(body)
            header["body"] = form.sha256(line["salt"] + line["body"])
        header["prev"] = before
        line["header"] = form.canonical(header)
        line["hash"] = before = form.sha256(line["header"])
        hashes[stream, header["seq"]] = before
        out.append(form.canonical(line) + "\n")
    files["trail.jsonl"] = "".join(out).encode()


def checkpoint_of(content: bytes) -> str:
    heads = json.loads(files_of(content)["heads.json"])
    return json.dumps({"heads": {s: {"seq": n, "hash": h} for s, (n, h) in heads.items()}})


def test_verify_clean_package_in_a_bare_python_says_so(package: bytes, tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    path.write_bytes(package)
    point = tmp_path / "heads.json"
    point.write_text(checkpoint_of(package), encoding="utf-8")

    bare = subprocess.run(
        [sys.executable, "-I", "-S", SOURCE, path, "--checkpoint", point],
        capture_output=True,
        env={"LC_ALL": "C"},
        check=False,
    )

    assert bare.returncode == 0, bare.stderr.decode()
    assert "核对通过" in bare.stdout.decode()
    assert "没有给出校验点" not in bare.stdout.decode()


def test_verify_missing_file_and_wrong_usage_exit_2(tmp_path: Path) -> None:
    for arguments in ([str(tmp_path / "no.zip")], []):
        answer = subprocess.run(
            [sys.executable, "-I", "-S", str(SOURCE), *arguments], capture_output=True, check=False
        )
        assert answer.returncode == 2
        assert b"Traceback" not in answer.stderr


def test_command_answers_by_its_status_and_in_words(
    package: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, point, changed = (tmp_path / name for name in ("p.zip", "heads.json", "c.zip"))
    path.write_bytes(package)
    point.write_text(checkpoint_of(package), encoding="utf-8")
    changed.write_bytes(package[:-1])
    missing, beside = tmp_path / "no.zip", ["--checkpoint", str(point)]

    def answer(*words: str | Path) -> tuple[int, str, str]:
        return form.main([str(word) for word in words]), *capsys.readouterr()

    for words in ([path, *beside], [*beside, path]):
        status, said, _ = answer(*words)
        assert (status, "核对通过" in said, "没有给出校验点" in said) == (0, True, False)
    status, said, _ = answer(path)
    assert (status, "核对通过" in said, "没有给出校验点" in said) == (0, True, True)
    for words in ([], ["-x"], [""], [path, point], [path, point, point], [path, "--checkpoint"]):
        assert answer(*words) == (2, "", f"{form.HELP}\n")
    assert answer("--help") == (0, f"{form.HELP}\n", "")
    assert answer(missing) == (2, "", f"读不到 {missing}，请核对路径和权限。\n")
    assert answer(path, "--checkpoint", missing)[0] == 2
    status, said, refused = answer(changed)
    assert (status, said, refused[:5]) == (1, "", "核对不通过")


def test_event_without_its_row_is_told_as_such(package: bytes) -> None:
    def leave_out(files: dict[str, bytes]) -> None:
        rows = form.ROWS.findall(files["rows/document_taker.jsonl"])
        files["rows/document_taker.jsonl"] = b"".join(rows[1:])

    assert "所记的 document_taker 在包里没有" in refusal(forged(package, leave_out))


def test_verifier_is_short_and_needs_only_a_stock_python_3_8() -> None:
    text = SOURCE.read_text("utf-8")

    tree = ast.parse(text, feature_version=(3, 8))

    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert modules <= set(sys.stdlib_module_names)
    assert not modules & {"socket", "urllib", "http", "ssl", "subprocess"}
    assert text.count("\n") <= 600


def test_package_is_a_zip_that_everybody_can_read_and_holds_the_verifier(package: bytes) -> None:
    with zipfile.ZipFile(BytesIO(package)) as archive:
        assert archive.testzip() is None
        assert {item.compress_type for item in archive.infolist()} == {zipfile.ZIP_STORED}
        assert archive.read("verify_trail.py") == SOURCE.read_bytes()
        assert "怎样自己核对" in archive.read("README.txt").decode()


def flipped(content: bytes, bits: Iterator[int]) -> list[str]:
    """Bits whose change was accepted, or refused without saying where."""
    missed = []
    data = bytearray(content)
    for bit in bits:
        data[bit // 8] ^= 1 << bit % 8
        why = refusal(bytes(data))
        if not re.search("压缩包|manifest.json|README|verify_trail|第 .* 行|“.*”|heads.json", why):
            missed.append(f"bit {bit}: {why}")
        data[bit // 8] ^= 1 << bit % 8
    return missed


def test_flip_sampled_bits_all_refused_by_name(package: bytes) -> None:
    draw = random.Random(20260302)
    inside = (draw.randrange(len(package) * 8) for _ in range(SAMPLED_BITS))

    assert flipped(package, inside) == []


def test_flip_bytes_of_the_container_all_refused(package: bytes) -> None:
    """All headers, the whole directory and the end record: where a ZIP reader looks away."""
    spans, at = [], 0
    for name, data in files_of(package).items():
        spans.append(range(at, at + 30 + len(name.encode())))
        at += 30 + len(name.encode()) + len(data)
    spans.append(range(at, len(package)))

    places = [byte for span in spans for byte in span]
    draw = random.Random(5)
    sampled = [*draw.sample(places, SAMPLED_BITS), *range(len(package) - 22, len(package))]

    assert flipped(package, (byte * 8 + draw.randrange(8) for byte in sampled)) == []


@pytest.mark.drill
def test_flip_a_bit_of_every_byte_all_refused(package: bytes) -> None:
    draw = random.Random(99)

    assert flipped(package, (at * 8 + draw.randrange(8) for at in range(len(package)))) == []


def line_cases(content: bytes) -> Iterator[tuple[str, list[bytes], int]]:
    draw = random.Random(7)
    for name, data in files_of(content).items():
        rows = form.ROWS.findall(data)
        if name.endswith((".jsonl", ".csv")) and len(rows) > 2:
            yield name, rows, draw.randrange(1, len(rows) - 1)


@pytest.mark.parametrize("how", ["delete", "duplicate", "swap", "cut", "insert"])
def test_move_rows_about_refused_naming_file_and_line(package: bytes, how: str) -> None:
    tried = 0
    for name, rows, at in line_cases(package):
        changed = {
            "delete": [*rows[:at], *rows[at + 1 :]],
            "duplicate": [*rows[: at + 1], *rows[at:]],
            "swap": [*rows[: at - 1], rows[at], rows[at - 1], *rows[at + 1 :]],
            "cut": rows[:-1],
            "insert": [*rows[:at], b'{"id":"0"}\n', *rows[at:]],
        }[how]
        files = files_of(package)
        files[name] = b"".join(changed)
        if changed == rows:
            continue
        tried += 1
        pairs = zip_longest(rows, changed)
        first = next(number for number, (was, now) in enumerate(pairs, 1) if was != now)
        assert f"{name} 第 {first} 行" in refusal(container(files)), name
    assert tried > 10


@pytest.mark.parametrize("how", ["delete", "duplicate", "swap", "cut"])
def test_move_events_about_with_all_digests_made_anew_refused(package: bytes, how: str) -> None:
    for at in (1, 5, 11):

        def change(files: dict[str, bytes], at: int = at) -> None:
            rows = form.ROWS.findall(files["trail.jsonl"])
            files["trail.jsonl"] = b"".join(
                {
                    "delete": [*rows[:at], *rows[at + 1 :]],
                    "duplicate": [*rows[: at + 1], *rows[at:]],
                    "swap": [*rows[: at - 1], rows[at], rows[at - 1], *rows[at + 1 :]],
                    "cut": rows[:-1],
                }[how]
            )

        assert re.search("trail.jsonl 第|heads.json|rows/", refusal(forged(package, change)))


FORGERIES = {
    "ledger amount": edited("rows/ledger_line.jsonl", 0, lambda r: r.update(amount_fen=1)),
    "ledger memo": edited("rows/ledger_entry.jsonl", 0, lambda r: r.update(memo="别的")),
    "account level": edited(
        "rows/ledger_account.jsonl",
        0,
        lambda r: r.update(level="city" if r["level"] == "district" else "district"),
    ),
    "contract amount": edited("rows/contract.jsonl", 0, lambda r: r.update(amount_fen=1)),
    "contract state": edited("rows/contract.jsonl", 0, lambda r: r.update(state="draft")),
    "instalment": edited("rows/instalment.jsonl", 0, lambda r: r.update(amount_fen=1)),
    "share": edited("rows/contract_share.jsonl", 0, lambda r: r.update(amount_fen=1)),
    "payment": edited("rows/treasury_payment.jsonl", 0, lambda r: r.update(amount_fen=1)),
    "payment level": edited("rows/treasury_payment.jsonl", 0, lambda r: r.update(level="province")),
    "request state": edited("rows/payment_request.jsonl", 0, lambda r: r.update(state="approved")),
    "paper digest": edited("rows/document.jsonl", 0, lambda r: r.update(sha256="0" * 64)),
    "paper title": edited("rows/document.jsonl", 0, lambda r: r.update(title="别的合同")),
    "notice text": edited("rows/notice.jsonl", 0, lambda r: r["sections"][0].update(title="x")),
    "budget": edited("rows/budget_line.jsonl", 0, lambda r: r.update(amount_fen=10**12)),
    "plan": edited("rows/plan.jsonl", 0, lambda r: r.update(amount_fen=1)),
    "bid state": edited("rows/bid.jsonl", 0, lambda r: r.update(state="withdrawn")),
    "fraction": edited("rows/lot.jsonl", 0, lambda r: r.update(budget_fen=1.5)),
    "more columns": edited("rows/lot.jsonl", 0, lambda r: r.update(project_id="f" * 32)),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_change_row_with_all_digests_made_anew_refused_by_the_trail(
    package: bytes, what: str
) -> None:
    why = refusal(forged(package, FORGERIES[what]))

    assert re.search(r"(rows/\w+|trail)\.jsonl 第 \d+ 行", why), why


def cut_chain(kind: str) -> Callable[[dict[str, bytes]], None]:
    """Leave one whole chain of that kind out, with the rows that name it."""

    def apply(files: dict[str, bytes]) -> None:
        rows = form.ROWS.findall(files["trail.jsonl"])
        ident = next(
            header["stream"] for header in map(_header, rows) if header["stream"].startswith(kind)
        )
        kept = [row for row in rows if _header(row)["stream"] != ident]
        files["trail.jsonl"] = b"".join(kept)
        takers = form.ROWS.findall(files["rows/document_taker.jsonl"])
        named = ident.partition(":")[2].encode()
        files["rows/document_taker.jsonl"] = b"".join(r for r in takers if named not in r)

    return apply


def _header(row: bytes) -> dict:
    return json.loads(json.loads(row)["header"])


@pytest.mark.parametrize("kind", ["taker:", "bid:"])
def test_leave_out_a_chain_that_the_opening_named_refused_at_the_opening(
    package: bytes, kind: str
) -> None:
    why = refusal(forged(package, cut_chain(kind)))

    assert re.search(rf"trail.jsonl 第 \d+ 行（project:.*当时记下的链尾（{kind}", why), why


def test_row_of_a_taker_without_its_event_refused(package: bytes) -> None:
    def add(files: dict[str, bytes]) -> None:
        rows = [json.loads(row) for row in form.ROWS.findall(files["rows/document_taker.jsonl"])]
        rows = sorted([*rows, {**rows[0], "id": "f" * 32}], key=lambda row: row["id"])
        files["rows/document_taker.jsonl"] = "".join(
            form.canonical(row) + "\n" for row in rows
        ).encode()

    why = refusal(forged(package, add))

    assert re.search(r"rows/document_taker.jsonl 第 \d+ 行（编号 f{32}）：没有任何事件", why), why


def without(column: str) -> Callable[[dict], None]:
    return lambda row: row.pop(column)


MALFORMED = {
    "no amount": edited("rows/treasury_payment.jsonl", 1, lambda r: r.update(amount_fen="1")),
    "no state": edited("rows/contract.jsonl", 0, without("state")),
    "no level": edited("rows/ledger_account.jsonl", 0, without("level")),
    "no line": edited("rows/plan.jsonl", 0, lambda r: r.update(budget_line_id=None)),
    "far instant": edited("rows/notice.jsonl", 0, lambda r: r.update(published_at=10**30)),
    "early instant": edited("rows/notice.jsonl", 0, lambda r: r.update(published_at=-(10**30))),
    "broken amount": edited(
        "rows/notice.jsonl", 0, lambda r: r.update(published_at=float("1e300"))
    ),
    "odd header": edited("trail.jsonl", 2, lambda r: r.update(header="[]")),
    "odd body": edited("trail.jsonl", 2, lambda r: r.update(body="1")),
    "no body": edited("trail.jsonl", 2, lambda r: r.update(body="{")),
}


@pytest.mark.parametrize("what", MALFORMED)
def test_malformed_line_with_all_digests_made_anew_refused_at_its_line(
    package: bytes, what: str
) -> None:
    why = refusal(forged(package, MALFORMED[what]))

    assert re.match(r"(rows/\w+|trail)\.jsonl 第 \d+ 行", why), why


def test_change_sheet_with_all_digests_made_anew_refused_by_the_rows(package: bytes) -> None:
    files = files_of(package)
    manifest = json.loads(files.pop("manifest.json"))
    files["csv/ledger.csv"] = files["csv/ledger.csv"].replace(b"741600.00", b"741600.01", 1)
    for item in manifest["files"]:
        data = files[item["name"]]
        item.update(
            rows=form.row_digests(item["name"], data), sha256=form.sha256(data), size=len(data)
        )
    del manifest["sha256"]
    files["manifest.json"] = form.manifest_text(manifest).encode()

    assert re.search(r"csv/ledger.csv 第 \d+ 行", refusal(container(files)))


def test_rechain_everything_refused_only_with_a_checkpoint(package: bytes) -> None:
    """Stated in the package's README: without a checkpoint such a forgery cannot be seen."""

    def change(event: str, data: dict) -> None:
        if event == "AcceptanceOpened":
            data["note"] = "改写"

    fake = forged(package, lambda files: rechained(files, change))

    assert refusal(fake) == ""
    assert "被重写过" in refusal(fake, checkpoint_of(package))


def test_older_state_of_a_chain_refused_with_a_checkpoint(package: bytes) -> None:
    heads = json.loads(checkpoint_of(package))
    stream = next(name for name in heads["heads"] if name.startswith("project:"))
    heads["heads"][stream]["seq"] += 1

    assert "链被截断" in refusal(package, json.dumps(heads))


def test_checkpoint_of_another_place_or_form_refused(package: bytes) -> None:
    assert "无法比对" in refusal(
        package, '{"heads": [{"stream": "project:x", "seq": 1, "hash": "a"}]}'
    )
    assert "无法读取" in refusal(package, '{"tails": 1}')
    assert "无法读取" in refusal(package, "not json")


def test_rows_and_events_of_another_case_refused(packages: tuple[bytes, bytes]) -> None:
    other = files_of(packages[1])
    for name in ("rows/lot.jsonl", "rows/contract.jsonl", "rows/payment_request.jsonl"):
        why = refusal(forged(packages[0], lambda files, n=name: files.update({n: other[n]})))
        assert re.search(r"(rows/\w+|trail)\.jsonl 第 \d+ 行", why), why

    def mix(files: dict[str, bytes]) -> None:
        rows = [*form.ROWS.findall(files["trail.jsonl"]), *form.ROWS.findall(other["trail.jsonl"])]
        rows.sort(key=_place)
        files["trail.jsonl"] = b"".join(rows)

    assert "别的项目" in refusal(forged(packages[0], mix))


def _place(row: bytes) -> tuple[str, int]:
    header = json.loads(json.loads(row)["header"])
    return header["stream"], header["seq"]


def zipped_again(
    files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, top: str = "", turn: bool = False
) -> bytes:
    """The files as another program zips them: folders, time of day, its own additions."""
    out = BytesIO()
    names = sorted(files, reverse=turn)
    with zipfile.ZipFile(out, "w", method) as archive:
        for folder in ("", "csv/", "documents/"):
            if top + folder:
                archive.writestr(top + folder, b"")
        for name in names:
            archive.writestr(top + name, files[name])
        for litter in (".DS_Store", "~$payments.xlsx", ".~lock.csv#", ".directory", "@eaDir/a"):
            archive.writestr(top + litter, b"x")
        archive.writestr(f"__MACOSX/{top}._README.txt", b"x")
    return out.getvalue()


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
@pytest.mark.parametrize("top", ["", "审计包/", "a/b/"])
def test_unchanged_package_zipped_again_is_accepted(package: bytes, method: int, top: str) -> None:
    again = zipped_again(files_of(package), method, top, turn=bool(top))

    assert refusal(again, checkpoint_of(package)) == ""


def test_zip_that_writes_folders_with_backslashes_is_accepted(package: bytes) -> None:
    files = {name.replace("/", "\\"): data for name, data in files_of(package).items()}

    assert refusal(zipped_again(files)) == ""


def test_package_changed_and_zipped_again_refused_at_its_row(package: bytes) -> None:
    files = files_of(package)
    paid = files["rows/treasury_payment.jsonl"]
    changed = {
        **files,
        "rows/treasury_payment.jsonl": paid.replace(b'"amount_fen":', b'"amount_fen":1', 1),
    }
    missing = {name: data for name, data in files.items() if name != "trail.jsonl"}

    assert "rows/treasury_payment.jsonl 第 1 行" in refusal(zipped_again(changed))
    assert "“trail.jsonl”" in refusal(zipped_again(missing))
    assert "“a.txt”" in refusal(zipped_again({**files, "a.txt": b"x"}))


def test_file_that_stands_in_the_zip_twice_refused(package: bytes) -> None:
    out = BytesIO(zipped_again(files_of(package)))
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("trail.jsonl", b"{}\n")

    assert "出现了两次" in refusal(out.getvalue())


def test_zipped_again_only_in_part_refused(package: bytes) -> None:
    """A change of the container that leaves most of it as we wrote it is not another program's."""
    at = directory_of(package)
    for place in (10, at + 14, at + 38):
        data = bytearray(package)
        data[place] ^= 1
        assert "压缩包结构被改动" in refusal(bytes(data)), place
    for moved in (at - 1000, at + 1000, at + 65536):
        data = package[:-6] + struct.pack("<I", moved) + package[-2:]
        assert "压缩包结构被改动" in refusal(data), moved


def test_damaged_zip_of_another_program_refused_by_name(package: bytes) -> None:
    data = bytearray(zipped_again(files_of(package)))
    with zipfile.ZipFile(BytesIO(data)) as archive:
        info = archive.getinfo("trail.jsonl")
    data[info.header_offset + 200] ^= 0xFF

    assert "trail.jsonl" in refusal(bytes(data))


def test_change_excel_file_with_all_digests_made_anew_refused_by_the_rows(package: bytes) -> None:
    def forge(change: Callable[[bytes], bytes]) -> str:
        files = files_of(package)
        manifest = json.loads(files.pop("manifest.json"))
        files["xlsx/ledger.xlsx"] = change(files["xlsx/ledger.xlsx"])
        for item in manifest["files"]:
            data = files[item["name"]]
            item.update(sha256=form.sha256(data), size=len(data))
        del manifest["sha256"]
        files["manifest.json"] = form.manifest_text(manifest).encode()
        return refusal(container(files))

    def rewritten(old: str, new: str, part: str = "sheet1") -> Callable[[bytes], bytes]:
        def change(book: bytes) -> bytes:
            out = BytesIO()
            with zipfile.ZipFile(BytesIO(book)) as kept, zipfile.ZipFile(out, "w") as made:
                for name in kept.namelist():
                    text = kept.read(name).decode()
                    made.writestr(name, text.replace(old, new, 1) if part in name else text)
            return out.getvalue()

        return change

    def with_another_sheet(book: bytes) -> bytes:
        out = BytesIO(rewritten("worksheets/sheet1", "worksheets/sheet2", "rels")(book))
        with zipfile.ZipFile(out, "a") as made:
            shown = made.read("xl/worksheets/sheet1.xml")
            made.writestr("xl/worksheets/sheet2.xml", shown.replace(b"741600.00", b"1.00", 1))
        return out.getvalue()

    assert forge(lambda book: book) == ""
    assert "xlsx/ledger.xlsx" in forge(rewritten("741600.00", "741600.01"))
    assert "xlsx/ledger.xlsx" in forge(rewritten("<sheetData><row>", "<sheetData><row/><row>"))
    assert "xlsx/ledger.xlsx" in forge(rewritten("?>", "?><!DOCTYPE a>"))
    assert forge(lambda book: b"PK")
    assert "xlsx/ledger.xlsx" in forge(with_another_sheet)
    assert "xlsx/ledger.xlsx" in forge(rewritten("<sheetData><row>", '<sheetData><row hidden="1">'))
    assert "xlsx/ledger.xlsx" in forge(rewritten("#,##0.00", '"1.00"', "styles"))


def test_excel_files_hold_what_finance_people_read(package: bytes) -> None:
    files = files_of(package)
    ledger = load_workbook(BytesIO(files["xlsx/ledger.xlsx"])).active
    index = load_workbook(BytesIO(files["xlsx/documents.xlsx"])).active

    assert (ledger.title, index.title) == ("资金账", "文件目录")
    assert [cell.value for cell in ledger[1]][-2:] == ["金额（元）", "记账人"]
    assert all(isinstance(row[5].value, int | float) for row in ledger.iter_rows(min_row=2))
    for title, kind, *_, place, digest in index.iter_rows(min_row=2, values_only=True):
        assert title
        assert kind in DocumentKind.labels().values()
        assert form.sha256(files[place]) == digest
    assert index.max_row - 1 == sum(name.startswith("documents/") for name in files)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"PK\x05\x06" + b"\0" * 18, b"x" * 1000, struct.pack("<4s", b"PK\x03\x04") * 40],
)
def test_verify_no_package_at_all_refused(content: bytes) -> None:
    assert refusal(content)


def test_bytes_before_between_and_after_refused(package: bytes) -> None:
    assert refusal(package + b"\0")
    assert refusal(b"\0" + package)
    assert refusal(package[:-1])
    middle = directory_of(package)
    assert refusal(package[:middle] + b"\0" + package[middle:])


def test_extra_missing_and_reordered_files_refused(package: bytes) -> None:
    files = files_of(package)
    extra = {**files, "a.txt": b"x"}
    missing = {name: data for name, data in files.items() if name != "csv/ledger.csv"}
    turned = dict([*list(files.items())[1:-1], list(files.items())[0], list(files.items())[-1]])

    assert "a.txt" in refusal(container(extra))
    assert "csv/ledger.csv" in refusal(container(missing))
    assert "次序" in refusal(container(turned))


def test_states_of_the_verifier_are_those_of_the_lifecycle() -> None:
    told, table = {}, ""
    for word in form.STATES.split():
        event, _, state = word.partition("=")
        table = table if state else word[:-1]
        if state:
            told[event] = (table, state)
    known = {
        row.event: (row.aggregate.value, str(row.target))
        for row in TRANSITIONS
        if row.target is not None and row.aggregate is not Aggregate.CATALOGUE_ITEM
    }

    assert told == known


def test_sheets_mark_what_the_platform_marks() -> None:
    numbers = [
        "6222020000112233445",
        "0756",
        "0",
        "12345678901",
        "123456789012",
        "1e5",
        "12E",
        "2026",
    ]
    others = ["=1", " +x", "\u3000@a", "－1", "陈晓岚", "", "-x", "-1.0", "a=b"]
    for text in (*(f"{start}x" for start in FORMULA_STARTS), *others, *numbers):
        written = form.csv_file([[text]]).decode("utf-8-sig")
        assert next(csv.reader(StringIO(written, newline="")))[:1] == [harmless(text)]
    assert "-12.00" in form.csv_file([["-12.00"]]).decode()


@pytest.mark.parametrize(
    "text", ["", "述" * 32_767, "述" * 32_768, "😀" * 16_384, "a" + "😀" * 20_000]
)
def test_verifier_cuts_a_text_that_no_cell_holds_as_the_platform_does(text: str) -> None:
    assert form.fitting(text) == fitting(text)


def test_sheets_are_safe_and_readable(package: bytes) -> None:
    files = files_of(package)

    assert files["csv/milestones.csv"].startswith(b"\xef\xbb\xbf")
    assert "'=节点1" in files["csv/milestones.csv"].decode("utf-8-sig")
    assert Level.CITY.label in files["csv/payments.csv"].decode()
