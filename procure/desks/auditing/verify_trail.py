"""Check an audit package of the government purchase platform with nothing but a stock Python.

Chains, rows, money, sheets and papers; a package forged as a whole shows only by a checkpoint.
"""

# ruff: noqa: B905, C901, UP017, UP035 - it runs on Python 3.8, and each check is a list of refusals
from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import struct
import sys
import threading
import zipfile
import zlib
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import IO, Any, Iterator
from xml.etree import ElementTree

HELP = "用法：python3 verify_trail.py 审计包.zip [--checkpoint 另外取得的校验点.json]\n逐字节、逐行核对审计包，不用联网。退出状态：0 相符，1 不相符并指出第一处，2 用法不对或文件读不到。"
GENESIS, CUT, MONEY_EVENTS = "0" * 64, "…（未完，全文见 CSV）", ("LedgerPosted", "TreasuryPaid")
EPOCH, LOOKED_AT, FORMAT = datetime(1970, 1, 1, tzinfo=timezone.utc), threading.local(), 1
# 1 January 1980, UTF-8 names, no compression, no extra field, no comment: nothing is left to choose.
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
VERSION, UTF8, STORED, TIME, DATE, UNIX, MODE = 20, 0x0800, 0, 0, 0x0021, 0x0314, 0o100644 << 16
MEMBERS = "counts files format made_at made_by project reason withheld words"
HEADER = ["actor", "at", "body", "event", "prev", "project", "seq", "stream", "subject", "v"]
LINE, KEYS = "body hash header salt withheld", ("entry_id", "line", "review_id", "bid_id")
WITHHELD = {"other": "属于别的项目", "privacy": "含个人信息", "sealed": "开标或公告结果前封存"}
REFERENCES = "account_id=ledger_account entry_id=ledger_entry buyer_id=organisation supplier_id=organisation member_id=panel_member target_id=contract_target staff_id=staff_member"  # columns whose name alone does not tell the table of the row they name
NAMES_ENDS = {"BidsOpened": "streams", "TenderFailed": "", "TenderTerminated": ""}  # beside takers
RECORDS = {  # events that carry a whole row: its table, its key ("id" is the subject), the fields that are equal
    "PaperOrdered": "paper_order id kind title filename audience owner_id template template_sha256 snapshot_sha256",
    "DocumentFiled": "document id kind title filename media_type size sha256 audience owner_id",
    "NoticePublished": "notice id number kind title period_until sha256",
    "TreasuryPaid": "treasury_payment order_number level amount_fen payee_name payee_account",
    "AuditPackageExported": "audit_export id reason sha256 size",
    "DocumentTaken": "document_taker id tender_id supplier_id",
}
CARRIED = {  # columns that must equal the last event of the record that names them
    "project": "number",
    "plan": "amount_fen ceiling_fen method mode price_way term_months expected_on",
    "contract": "number amount_fen supplier_id bid_id starts_on ends_on payee_account filing_number ended_early_on",
    "paper_order": "template template_sha256 snapshot_sha256",
    "payment_request": "number amount_fen invoice_number invoice_on invoice_amount_fen invoice_seller invoice_buyer",
}
STATES = """plan: PlanDrafted=draft PlanSubmitted=submitted PlanReturned=draft PlanApproved=approved IntentionPublished=intention_published PlanRecalled=draft IntentionOutdated=approved PlanDiscarded=discarded PlanCancelled=cancelled tender: TenderDrafted=draft TenderSubmitted=submitted TenderReturned=draft TenderFollowedPlan=draft TenderDropped=dropped TenderPublished=published TenderTerminated=terminated BidsOpened=opened TenderFailed=failed bid: BidDrafted=draft BidSubmitted=submitted BidWithdrawn=withdrawn BidOpened=opened review: PanelDrawn=panel_drawn BidsChecked=checked BidsRanked=scored ScoringReopened=checked ReviewReportDelivered=reported WinnerDecided=decided ResultAnnounced=announced ReviewFailed=failed ReviewEnded=ended contract: ContractDrafted=draft ContractIssued=issued ContractRecalled=draft ContractSignedBySupplier=supplier_signed ContractSigned=signed ContractPublished=published ContractFiled=filed ContractSettled=completed ContractCompleted=completed ContractReopened=filed milestone: MilestonePlanned=planned MilestoneReported=reported MilestoneReturned=planned MilestoneMet=met MilestoneCancelled=cancelled service_record: ServiceRecorded=recorded ServiceAccepted=accepted ServiceRejected=rejected ServiceWithdrawn=withdrawn ServiceVoided=voided ServiceRestored=accepted evaluation: EvaluationScheduled=scheduled EvaluationAssigned=assigned EvaluationDeclined=scheduled EvaluationRecalled=scheduled EvaluationSubmitted=submitted EvaluationReturned=assigned EvaluationConfirmed=confirmed EvaluationCancelled=cancelled acceptance: AcceptanceOpened=collecting AcceptancePassed=passed AcceptancePassedPartly=passed AcceptanceRefused=not_passed AmendsReported=rectified AmendsReturned=not_passed AcceptanceReopened=collecting AcceptancePublished=published payment_request: PaymentRequested=submitted PaymentReturned=returned PaymentResubmitted=submitted PaymentReviewed=reviewed PaymentApproved=approved PaymentSentBack=submitted TreasuryReversed=approved PaymentSettled=paid PaymentCancelled=cancelled"""  # the state each event leaves its subject in, table by table
SHEETS = {  # for finance people: its table, then heading=column; a dot follows a reference
    "ledger": "ledger_line 记账时间=entry_id.at 事项=entry_id.kind 摘要=entry_id.memo 级次=account_id.level 科目=account_id.kind 金额（元）=amount_fen 记账人=entry_id.actor_id",
    "payments": "treasury_payment 支付时间=paid_at 申请编号=payment_request_id.number 合同编号=payment_request_id.contract_id.number 期次=payment_request_id.instalment_id.position 发票号码=payment_request_id.invoice_number 级次=level 金额（元）=amount_fen 支付令号=order_number 收款人=payee_name 收款账号=payee_account 办理人=paid_by",
    "milestones": "milestone 应完成日期=due_on 合同编号=contract_id.number 序号=position 节点=title 状态=state 报送时间=reported_at 报送人=reported_by 核实时间=confirmed_at 核实人=confirmed_by",
    "documents": "document 文件=title 类别=kind 文件名=filename 大小（字节）=size 归档时间=created_at 归档人=created_by 包内位置=@ 校验码=sha256",
}
ROWS = re.compile(b"[^\n]*\n|[^\n]+")
FORMULA = re.compile(r"\A(?!-[0-9]+\.[0-9]{2}\Z)[ \u3000]*[=+\-@\t\r\n＝＋－＠]")
NUMBER = re.compile(r"\A(?:0[0-9]+|[0-9]{12,}|[0-9]+[Ee][0-9]+)\Z")
JUNK = r"(?i)/\Z|(\A|/)((__MACOSX|@eaDir|\.Trash[^/]*)/|\._|~\$|\.~|(\.DS_Store|\.directory|(eh)?thumbs\.db|desktop\.ini)\Z)"
NOT_A_ZIP = (zipfile.BadZipFile, struct.error, zlib.error, RuntimeError, ValueError, EOFError)


class Bad(Exception):
    """The package is refused; the message says in Chinese where and why."""


def canonical(value: Any) -> str:
    """The one text form of a JSON value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def sha256(data: bytes | str) -> str:
    """The SHA-256 of bytes or text in hexadecimal."""
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def read_json(text: str, where: str, end: str = "") -> Any:
    """A JSON value without fractions; refused unless written in canonical form."""
    try:
        value = json.loads(text, parse_float=str, parse_constant=str)
    except ValueError:
        raise Bad(f"{where}：无法读取。") from None
    if canonical(value) + end != text:
        raise Bad(f"{where}：不是规范写法。")
    return value


def headers(name: bytes, crc: int, size: int, offset: int) -> tuple[bytes, bytes]:
    """What stands before a file's bytes, and its line in the directory at the container's end."""
    about = (UTF8, STORED, TIME, DATE, crc, size, size, len(name), 0)
    local = struct.pack("<4s5H3I2H", LOCAL, VERSION, *about) + name
    central = (CENTRAL, UNIX, VERSION, *about, 0, 0, 0, MODE, offset)
    return local, struct.pack("<4s6H3I5H2I", *central) + name


def end_record(count: int, size: int, offset: int) -> bytes:
    """The last 22 bytes of the container."""
    return struct.pack("<4s4H2IH", END, 0, 0, count, count, size, offset, 0)


class Container:
    """The files: byte for byte as we write it, or zipped again as a whole by another program."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.entries, same = file, {}, []  # type: IO[bytes], dict[str, Any], list[bool]
        try:
            self.zip, at, directory = zipfile.ZipFile(file), 0, b""
            for info in self.zip.infolist():
                raw = info.orig_filename.encode("utf-8", "surrogatepass")
                local, central = headers(raw, info.CRC, info.file_size, at)
                places = (at, max(0, info.header_offset))
                same += [file.seek(p) == p and file.read(len(local)) == local for p in places]
                at, directory = at + len(local) + info.file_size, directory + central
                name = info.filename.replace("\\", "/")
                if name in self.entries:
                    raise Bad(f"压缩包结构被改动：“{name}”出现了两次。")
                if not re.search(JUNK, name):
                    self.entries[name] = info
            file.seek(at)
            same.append(file.read() == directory + end_record(len(same) // 2, len(directory), at))
        except NOT_A_ZIP:
            raise Bad("压缩包结构被改动：目录读不到，或不是 ZIP 文件。") from None
        self.ours = any(same)
        if self.ours and not all(same):
            raise Bad(
                f"压缩包结构被改动：第 {same.index(False) // 2 + 1} 个文件的文件头或目录不合规定。"
            )
        tops = [name[:-13] for name in self.entries if f"/{name}".endswith("/manifest.json")]
        top = len(min(tops, key=len, default=""))
        self.entries = {name[top:]: info for name, info in self.entries.items()}

    def read(self, name: str) -> bytes:
        """All bytes of a file."""
        if name not in self.entries:
            raise Bad(f"缺少文件“{name}”。")
        LOOKED_AT.line, info = f"“{name}”", self.entries[name]
        if not self.ours:
            return self.zip.read(info)
        self.file.seek(info.header_offset + 30 + len(info.orig_filename.encode()))
        return self.file.read(info.file_size)


def manifest_text(manifest: dict[str, Any]) -> str:
    """The manifest's one text form: a member a line, the digest of all before it in the last."""
    text = "{\n" + "".join(f"{canonical(n)}:{canonical(manifest[n])},\n" for n in MEMBERS.split())
    return text + f'"sha256":"{sha256(text)}"}}\n'


def row_digests(name: str, data: bytes) -> str:
    """What tells which row was changed: sixteen digits of each row's digest, in one text."""
    lined = name.endswith((".jsonl", ".csv"))
    return "".join(sha256(row)[:16] for row in ROWS.findall(data)) if lined else ""


def read_manifest(container: Container) -> dict[str, Any]:
    """The manifest, once it is certain that it is as it was written."""
    data = container.read("manifest.json")
    rows = ROWS.findall(data)
    if not rows or rows[-1] != f'"sha256":"{sha256(b"".join(rows[:-1]))}"}}\n'.encode():
        raise Bad("manifest.json：清单被改动，或最后一行的校验码被改动。")
    manifest: dict[str, Any] = json.loads(data)
    if manifest["format"] != FORMAT or manifest_text(manifest).encode() != data:
        raise Bad("manifest.json：清单不是规定的写法，或格式版本不认识。")
    return manifest


def check_files(container: Container, manifest: dict[str, Any]) -> None:
    """Every file is listed and is as listed; a changed one is named with its first changed row."""
    listed, names = [item["name"] for item in manifest["files"]], list(container.entries)
    for name in sorted({*names} ^ {*listed, "manifest.json"}):
        raise Bad(f"“{name}”" + ("是后来放进去的。" if name in names else "在清单里，但包里没有。"))
    if container.ours and names != [*listed, "manifest.json"]:
        raise Bad("文件的先后次序与清单不一致。")
    for item in manifest["files"]:
        name, data = item["name"], container.read(item["name"])
        if (sha256(data), len(data)) != (item["sha256"], item["size"]):
            raise Bad(changed_row(name, data, item["rows"]))


def changed_row(name: str, data: bytes, digests: str) -> str:
    """The first changed row of a file, in words."""
    wanted = [digests[at : at + 16] for at in range(0, len(digests), 16)]
    rows = ROWS.findall(data) if wanted else []
    for number, row in enumerate(rows, 1):
        if number > len(wanted) or sha256(row)[:16] != wanted[number - 1]:
            text = row.decode("utf-8", "replace").replace('\\"', '"')
            found = re.search(r'"seq":(\d+),"stream":"([^"]*)"|"(?:entry_)?id":"([^"]*)"', text)
            of = found and (f"{found[2]} 第 {found[1]} 条" if found[1] else f"编号 {found[3]}")
            return f"{name} 第 {number} 行（{of or '未知'}）：内容被改动，或这里增删、调换了行。"
    short = f"{name} 第 {len(rows) + 1} 行：从这里起缺少 {len(wanted) - len(rows)} 行。"
    return short if len(rows) < len(wanted) else f"“{name}”的内容与清单里的校验码不符。"


class Told(dict):  # type: ignore[type-arg]
    """What one line of a file says; whatever is wrong with a value can then be placed."""

    def __getitem__(self, key: str) -> Any:
        LOOKED_AT.line = getattr(self, "where", "")
        return super().__getitem__(key)


class Link:
    """One event. `data` is None when its body is withheld; a sealed one has only its hash."""

    def __init__(self, line: dict[str, Any], number: int, stream: str, seq: int) -> None:
        header, body = json.loads(line["header"] or "{}"), json.loads(line["body"] or "{}")
        self.line, self.hash, self.withheld = number, line["hash"], line["withheld"]
        self.stream, self.seq = header.get("stream", stream), header.get("seq", seq)
        self.at, self.event, self.actor = (header.get(k) for k in ("at", "event", "actor"))
        self.subject, self.project = header.get("subject"), header.get("project")
        self.where = f"trail.jsonl 第 {number} 行（{self.stream} 第 {self.seq} 条）"
        self.person, self.data = body.get("actor", {}), None  # type: Any, Any
        if body:
            self.data = Told(body["data"])
            self.data.where = self.where


def read_trail(data: bytes) -> list[Link]:
    """All events in file order, each chain recomputed."""
    links, stream, expected, before = [], "", 1, GENESIS  # type: list[Link], str, int, str
    for number, text in enumerate(ROWS.findall(data), 1):
        LOOKED_AT.line = where = f"trail.jsonl 第 {number} 行"
        line = read_json(text.decode(), where, "\n")
        if " ".join(sorted(line)) != LINE or line["withheld"] not in ("", *WITHHELD):
            raise Bad(f"{where}：栏目不对。")
        link = Link(line, number, stream, expected)
        if link.stream != stream:
            if link.stream < stream:
                raise Bad(f"{link.where}：各条链的次序不对，或同一条链断成两段。")
            stream, expected, before = link.stream, 1, GENESIS
        why, shown = line["withheld"], line["body"] is not None
        if (why == "sealed") != (line["header"] is None) or bool(why) == shown or not stream:
            raise Bad(f"{link.where}：没有内容，也没有隐去的理由。")
        if line["header"] is not None:
            header, body = read_json(line["header"], link.where), f"{line['salt']}{line['body']}"
            for broken, what in (
                (sorted(header) != HEADER or header["v"] != FORMAT, "事件头的栏目不对"),
                (link.seq != expected, f"应为第 {expected} 条，中间缺少、重复或调换了事件"),
                (sha256(line["header"]) != link.hash, "内容与散列值不符"),
                (header["prev"] != before, "与前一条的散列值不衔接"),
                (not why and sha256(body) != header["body"], "正文与散列值不符"),
            ):
                if broken:
                    raise Bad(f"{link.where}：{what}。")
            read_json(line["body"] or "null", link.where)
        links.append(link)
        expected, before = expected + 1, link.hash
    return links


def check_trail(links: list[Link], manifest: dict[str, Any], heads: Any) -> dict[str, Any]:
    """The chains are those of this project and end where the heads say; returns their ends."""
    project, counts = manifest["project"]["id"], Counter(x.withheld for x in links if x.withheld)
    ends: dict[str, Any] = {link.stream: [link.seq, link.hash] for link in links}
    named, own = {}, set()  # type: dict[str, Any], set[str]
    for link in links:
        if link.project == project or link.event == "DocumentTaken" or link.stream[:7] == "budget:":
            own.add(link.stream)
        elif link.data is not None and link.project is not None:
            raise Bad(f"{link.where}：是别的项目的事件。")
        if link.at is not None and link.at > manifest["made_at"]:
            raise Bad(f"{link.where}：发生在导出时间之后。")
        if link.event in NAMES_ENDS and link.project == project and link.data:
            told = {**link.data.get(NAMES_ENDS[link.event], {}), **link.data.get("takers", {})}
            if link.event == "BidsOpened" or told.keys() & ends.keys():
                named.update({stream: (*end, link.where) for stream, end in told.items()})
    for stream in sorted({*ends, *heads}):
        if ends.get(stream) != heads.get(stream):
            raise Bad(f"heads.json（{stream}）：链尾与登记的链头不符，链被截断或加长。")
    for stream in sorted(ends.keys() - own - named.keys()):
        raise Bad(f"{next(x.where for x in links if x.stream == stream)}：整条链与本项目无关。")
    hashes = {(link.stream, link.seq): link.hash for link in links}
    for stream, (seq, digest, where) in sorted(named.items()):
        if hashes.get((stream, seq)) != digest:
            raise Bad(f"{where}：当时记下的链尾（{stream} 第 {seq} 条）不在包里，或散列值不同。")
    if f"project:{project}" not in own or counts != manifest["withheld"]:
        raise Bad("trail.jsonl：缺少本项目自己的链，或隐去的事件数与清单不一致。")
    return ends


def check_checkpoint(links: list[Link], ends: dict[str, Any], text: str) -> None:
    """The chains contain what a checkpoint obtained elsewhere says of them."""
    try:
        heads = json.loads(text)["heads"]
        listed = heads if isinstance(heads, list) else [{"stream": s, **heads[s]} for s in heads]
        known = {head["stream"]: (head["seq"], head["hash"]) for head in listed}
    except (ValueError, KeyError, TypeError):
        raise Bad('校验点文件无法读取，应为 {"heads": [{"stream", "seq", "hash"}, …]}。') from None
    if not known.keys() & ends.keys():
        raise Bad("校验点里没有这个项目的任何一条链，无法比对。")
    hashes = {(link.stream, link.seq): link.hash for link in links}
    for stream in sorted(known.keys() & ends.keys()):
        (seq, digest), last = known[stream], ends[stream][0]
        if seq > last:
            short = f"{stream}：校验点记到第 {seq} 条，包里只到第 {last} 条，链被截断。"
            raise Bad(f"{short}若校验点取自导出之后，请换用导出之前的校验点。")
        if hashes.get((stream, seq)) != digest:
            raise Bad(f"{stream} 第 {seq} 条：与校验点的散列值不同，这条链被重写过。")


class Row(Told):
    """A row that knows which rows it refers to, too."""

    def __init__(self, table: str, line: int, value: dict[str, Any]) -> None:
        super().__init__(value)
        self.table, self.refs = table, {}  # type: str, dict[str, Any]
        self.key = tuple(self[k] for k in (["id"] if "id" in self else KEYS) if k in self)
        self.where = f"rows/{table}.jsonl 第 {line} 行（编号 {' '.join(map(str, self.key))}）"


def read_rows(data: bytes, table: str) -> list[Row]:
    """The rows of a table: all with the same columns, no fractions, keys strictly rising."""
    rows: list[Row] = []
    for number, text in enumerate(ROWS.findall(data), 1):
        LOOKED_AT.line = where = f"rows/{table}.jsonl 第 {number} 行"
        row = Row(table, number, read_json(text.decode(), where, "\n"))
        if rows and (row.keys() != rows[0].keys() or row.key <= rows[-1].key):
            raise Bad(f"{row.where}：重复，与前一行调换了次序，或栏目不同。")
        rows.append(row)
    return rows


def check_references(rows: dict[str, list[Row]], project: dict[str, Any]) -> None:
    """All rows hang together and on this one project."""
    for row in (row for row in rows["project"] if not project.items() <= row.items()):
        raise Bad(f"{row.where}：不是清单所说的项目。")
    named = dict(pair.split("=") for pair in REFERENCES.split())
    known = {table: {row.get("id"): row for row in found} for table, found in rows.items()}
    known["document"] = {**known.get("paper_order", {}), **known["document"]}
    for row in (row for table in rows.values() for row in table):
        for column in (column for column in row if column.endswith("_id")):
            found = known.get(named.get(column, column[:-3]), {None: None})
            row.refs[column] = found.get(row[column])
            if row[column] and row.refs[column] is None and None not in found:
                raise Bad(f"{row.where}：{column} 所指的行不在包里，这是别处的行。")


def check_records(rows: dict[str, list[Row]], links: list[Link]) -> None:
    """Rows that events carry whole are exactly those, and equal."""
    for event, text in RECORDS.items():
        table, key, *fields = text.split()
        told: dict[Any, Row] = {row[key]: row for row in rows[table]}
        for link in (link for link in links if link.event == event and link.withheld != "other"):
            row = told.pop(link.subject if key == "id" else (link.data or {}).get(key), None)
            if row is None or link.data is None:
                raise Bad(f"{link.where}：所记的 {table} 在包里没有、被隐去或记了两次。")
            for field in (name for name in fields if row[name] != link.data[name]):
                raise Bad(f"{row.where}：{field} 与事件所记不同（{link.where}）。")
        for row in told.values():
            raise Bad(f"{row.where}：没有任何事件记载这一行。")


def check_states(rows: dict[str, list[Row]], links: list[Link]) -> None:
    """Every state is the one that the last event of its subject left it in."""
    leaves, last, table = {}, {}, ""  # type: Any, Any, str
    for word in STATES.split():
        event, _, state = word.partition("=")
        table = table if state else word[:-1]
        leaves[event] = (table, state)
    for link in in_time(links):
        if link.event in leaves:
            table, state = leaves[link.event]
            last[table, link.subject] = (state, link.where)
    for row in (row for table in {table for table, _ in leaves.values()} for row in rows[table]):
        state, where = last.get((row.table, row["id"]), ("planned", "没有事件"))
        if row["state"] != state:
            raise Bad(f"{row.where}：状态与最后一次办理的事件不符（{where}）。")


def check_ledger(rows: dict[str, list[Row]], links: list[Link]) -> None:
    """The ledger is what the events that posted it say, side by side, and every entry balances."""
    posted = {x.data["entry_id"]: x for x in links if x.event == "LedgerPosted" and x.data}
    sides: dict[str, list[list[Any]]] = defaultdict(list)
    for row in rows["ledger_line"]:
        whose = [row.refs["account_id"][name] for name in ("level", "kind", "subject_id")]
        sides[row["entry_id"]].append([*whose, row["amount_fen"]])
    for row in rows["ledger_entry"]:
        link, found = posted.pop(row["id"], None), sides[row["id"]]
        if link is None or sum(side[3] for side in found) != 0 or len(found) < 2:
            raise Bad(f"{row.where}：没有事件记载这笔账，或借贷不平衡。")
        told = [link.data[name] for name in ("kind", "memo", "project", "lines")]
        if told != [row["kind"], row["memo"], row["project_id"], found]:
            raise Bad(f"{row.where}：事项、级次、科目或金额与事件所记不同（{link.where}）。")
    for link in posted.values():
        raise Bad(f"{link.where}：事件所记的这笔账在包里没有。")


def check_carried(rows: dict[str, list[Row]], links: list[Link]) -> None:
    """Figures of the main records equal what their last event that names them says."""
    said: dict[Any, Any] = {}
    for link in in_time(links):
        if link.data is not None and link.event not in (*MONEY_EVENTS, "TermStarted"):
            said.update({(link.subject, k): (v, link.where) for k, v in link.data.items()})
    checked = ((table, name) for table, names in CARRIED.items() for name in names.split())
    for row, field in ((row, name) for table, name in checked for row in rows[table]):
        value, where = said.get((row["id"], field), (row[field], ""))
        if value != row[field]:
            raise Bad(f"{row.where}：{field} 与事件所记不同（{where}）。")
    for row in rows["notice"]:
        content = {k: row[k] for k in ("number", "kind", "title", "period_until", "sections")}
        at = EPOCH + timedelta(microseconds=row["published_at"])
        content["published_at"] = at.isoformat(timespec="microseconds")
        if sha256(canonical({**content, "project": row["project_id"]})) != row["sha256"]:
            raise Bad(f"{row.where}：公告内容与公告校验码不符。")


def in_time(links: list[Link]) -> list[Link]:
    """Events that are not sealed, in the order in which they happened."""
    return sorted((x for x in links if x.at is not None), key=lambda x: (x.at, x.stream, x.seq))


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def sums(rows: list[Row], *paths: str) -> dict[Any, int]:
    """Sums of `amount_fen` by the values at the ends of the paths; zero where there is none."""
    found: dict[Any, int] = defaultdict(int)
    for row in rows:
        found[tuple(follow(row, path)[0] for path in paths)] += row["amount_fen"]
    return found


def claims(rows: dict[str, list[Row]]) -> Iterator[tuple[Row, str, int, int, bool]]:
    """What must hold of money: (row, what is broken otherwise, fen, its bound, must be equal)."""
    reversed_ = {row["treasury_payment_id"] for row in rows["payment_reversal"] if row["agreed"]}
    stands = [row for row in rows["treasury_payment"] if row["id"] not in reversed_]
    levels = sums(stands, "payment_request_id.contract_id", "level")
    whose = ("account_id.kind", "account_id.subject_id", "account_id.level")
    booked, settled = sums(rows["ledger_line"], *whose), sums(stands, "payment_request_id")
    shares = sums(rows["fund_share"], "budget_line_id")
    for row in rows["budget_line"]:
        yield row, "各级分担之和不等于预算", shares[row.key], row["amount_fen"], True
    for row in rows["plan"]:
        bound = row.refs["budget_line_id"]["amount_fen"]
        yield row, "计划金额超过预算", row["amount_fen"], bound, False
    for row in rows["project"]:
        total = sums(rows["contract"], "project_id")[row.key]
        yield row, "合同金额超过采购预算", total, row["budget_fen"], False
    for row in rows["contract"]:
        for what, table in (("各期付款", "instalment"), ("各级分担", "contract_share")):
            total = sums(rows[table], "contract_id")[row.key]
            yield row, f"{what}之和不等于合同金额", total, row["amount_fen"], True
    for row in rows["contract_share"]:
        key = (row["contract_id"], row["level"])
        yield row, "这一级的支付超过应承担的金额", levels[key], row["amount_fen"], False
        yield row, "账上的支付与国库支付不一致", booked[("paid", *key)], levels[key], True
        done, left = row.refs["contract_id"]["state"] == "completed", booked[("committed", *key)]
        yield row, "合同占用的余额小于零，或办结时没有付清", 0, left, done
    for row in rows["payment_request"]:
        exact, total = row["state"] == "paid", settled[row.key]
        yield row, "支付超过申请的金额，或结清时没有付足", total, row["amount_fen"], exact


def follow(row: Row, path: str) -> tuple[Any, str]:
    """The value at the end of a path of references, and which column of which table it is."""
    *steps, column = path.split(".")
    for step in steps:
        row = row.refs[step]
    return row[column], f"{row.table}.{column}"


def cell(row: Row, path: str, words: dict[str, Any], people: dict[str, str]) -> Any:
    """A value as finance people read it; `@` is where a paper lies."""
    if path == "@":
        return document_name(row)
    value, column = follow(row, path)
    if column.endswith("_fen"):
        return yuan(value)
    if value is not None and column.endswith((".at", "_at")):
        return local(value)
    if column.endswith(("_by", ".actor_id")):
        return people.get(value, "系统" if value else "")
    return words.get(column, {}).get(value, value)


def local(micros: int) -> str:
    """A stored instant as read in China."""
    return f"{EPOCH + timedelta(microseconds=micros, hours=8):%Y-%m-%d %H:%M:%S}"


def tables(rows: dict[str, list[Row]], links: list[Link], words: Any) -> dict[str, Any]:
    """The sheets by name, each its heading and its rows; `words` are the Chinese for codes."""
    people, found = {row["id"]: row["name"] for row in rows["user_account"]}, {}  # type: Any, Any
    for name, text in SHEETS.items():
        table, *columns = text.split()
        heading, paths = zip(*(column.split("=") for column in columns))
        body = [[cell(row, path, words, people) for path in paths] for row in rows[table]]
        found[name] = [heading, *sorted(body, key=str)]
    found["timeline"] = [["时间", "事件", "办理人", "单位", "内容", "链", "序号", "散列值"]]
    for link in in_time(links):
        who, data = link.person, "" if link.data is None else canonical(link.data)
        row = [local(link.at), words["event"].get(link.event, link.event), who.get("name")]
        row += [who.get("organisation"), data, link.stream, link.seq, link.hash]
        found["timeline"].append(row)
    return {n: [["" if v is None else str(v) for v in r] for r in b] for n, b in found.items()}


def csv_file(body: list[list[str]]) -> bytes:
    """A sheet as CSV; text that a spreadsheet would compute or shorten is marked."""
    marked = [[NUMBER.sub(r"\t\g<0>", FORMULA.sub(r"'\g<0>", t)) for t in row] for row in body]
    csv.writer(sheet := io.StringIO(newline="")).writerows(marked)
    return f"\ufeff{sheet.getvalue()}".encode()


def workbook_rows(data: bytes) -> list[list[str]]:
    """What the cells of an Excel file say, row by row; nothing where it may show something else."""
    book = zipfile.ZipFile(io.BytesIO(data))
    sheet, styles = (book.read(f"xl/{name}.xml") for name in ("worksheets/sheet1", "styles"))
    plain = {b"@", b"#,##0.00", b"0"}.issuperset(re.findall(rb'formatCode="([^"]*)"', styles))
    if not plain or len(book.namelist()) != 6 or re.search(b"<!|hidden|<f[ >]", sheet):
        return []
    found = ElementTree.fromstring(sheet).findall(".//{*}row")  # noqa: S314
    return [["".join(cell.itertext()) for cell in row] for row in found]


def fitting(text: str) -> str:
    """A text as an Excel cell holds it: up to 32,767 units of UTF-16, marked where it is cut."""
    whole, end = text.encode("utf-16-le"), 65_534 - 2 * len(CUT)
    return text if len(whole) <= 65_534 else whole[:end].decode("utf-16-le", "ignore") + CUT


def document_name(row: dict[str, Any]) -> str:
    """Where a paper lies in the package."""
    suffix = re.sub(r"[^a-z0-9]", "", row["filename"].rpartition(".")[2].lower())[:8]
    return f"documents/{row['sha256']}-{row['kind']}.{suffix or 'bin'}"


def verify(file: IO[bytes], checkpoint: str | None = None) -> dict[str, Any]:
    """Check an open package; returns its summary, raises Bad for the first thing that is wrong."""
    LOOKED_AT.line = "manifest.json"
    rows: dict[str, list[Row]] = defaultdict(list)
    try:
        container = Container(file)
        manifest = read_manifest(container)
        check_files(container, manifest)
        links = read_trail(container.read("trail.jsonl"))
        heads = read_json(container.read("heads.json").decode(), "heads.json")
        ends = check_trail(links, manifest, heads)
        for table in (name[5:-6] for name in container.entries if name.startswith("rows/")):
            rows[table] = read_rows(container.read(f"rows/{table}.jsonl"), table)
        counts = {table: len(found) for table, found in rows.items()}
        if counts != manifest["counts"] or counts["project"] != 1:
            raise Bad("manifest.json：各表的行数与包里不一致。")
        check_references(rows, manifest["project"])
        for check in (check_records, check_states, check_ledger, check_carried):
            check(rows, links)
        for row, what, one, other, exact in claims(rows):
            if one > other or (exact and one != other):
                raise Bad(f"{row.where}：{what}（{yuan(one)} 元，{yuan(other)} 元）。")
        for name, body in tables(rows, links, manifest["words"]).items():
            place, data = f"csv/{name}.csv", csv_file(body)
            if container.read(place) != data:
                raise Bad(changed_row(place, container.read(place), row_digests(place, data)))
            shown = [[fitting(text) for text in row] for row in body]
            if workbook_rows(container.read(f"xlsx/{name}.xlsx")) != shown:
                raise Bad(f"xlsx/{name}.xlsx：与 csv/{name}.csv 不符。")
        for row in rows["document"]:
            if sha256(container.read(document_name(row))) != row["sha256"]:
                raise Bad(f"{row.where}：文件“{row['title']}”的内容与校验码不符。")
    except (*NOT_A_ZIP, ArithmeticError, LookupError, TypeError, AttributeError, SyntaxError):
        raise Bad(f"{LOOKED_AT.line}：缺少应有的栏目，或内容不对。") from None
    if checkpoint is not None:
        check_checkpoint(links, ends, checkpoint)
    found = {"events": len(links), "rows": sum(counts.values()), "documents": len(rows["document"])}
    return {**found, **{name: manifest[name] for name in ("project", "withheld")}, "heads": ends}


def main(arguments: list[str]) -> int:
    """The command; its words are read by hand, for the library's parser speaks English."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    flag, asked = ["--checkpoint"], bool({"-h", "--help"} & set(arguments))
    words = arguments[2:] + arguments[:2] if arguments[:1] == flag else arguments
    if len(words) not in (1, 3) or words[0][:1] in ("", "-") or words[1:2] not in ([], flag):
        print(HELP, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    try:
        with Path(words[0]).open("rb") as file:
            found = verify(file, Path(words[2]).read_text("utf-8") if words[1:] else None)
    except (OSError, UnicodeDecodeError):
        print(f"读不到 {'、'.join(words[::2])}，请核对路径和权限。", file=sys.stderr)
        return 2
    except Bad as refusal:
        print(f"核对不通过：{refusal}", file=sys.stderr)
        return 1
    kept = "、".join(f"{WITHHELD[why]} {n} 条" for why, n in found["withheld"].items()) or "无"
    head = "核对通过：{project[number]}《{project[title]}》，事件 {events} 条，数据 {rows} 行，文件 {documents} 份"
    note = "没有给出校验点：整套重做的假包看不出来，请另取平台公布的校验点再核对一次。\n"
    print(f"{head.format(**found)}，隐去正文的事件：{kept}。\n{'' if words[1:] else note}", end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
