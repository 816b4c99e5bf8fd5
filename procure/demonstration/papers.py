"""The papers of a walk: the invoices it hands in, and the copies it leaves in a folder."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from procure.demonstration.walk import Walk
from procure.desks.auditing.package import Maker, export_package
from procure.kernel.access import SYSTEM_ACTOR, Level
from procure.kernel.money import Money
from procure.registers.documents.models import Document, DocumentKind
from procure.registers.documents.storage import file_store
from procure.stages.contracts.models import Contract, ContractShare
from procure.stages.payments.models import PaymentRequest, TreasuryPayment
from procure.stages.payments.queries import stands_paid

LEFT = (
    DocumentKind.CONTRACT,
    DocumentKind.EVALUATION_REPORT,
    DocumentKind.ACCEPTANCE_CERTIFICATE,
    DocumentKind.PAYMENT_SHEET,
    DocumentKind.REVIEW_REPORT,
    DocumentKind.AWARD_NOTICE,
    DocumentKind.OPENING_RECORD,
    DocumentKind.TENDER_DOCUMENT,
)


def invoice(number: str, amount: Money) -> bytes:
    """A one-page stand-in for an invoice, as a supplier would upload it."""
    return _page(f"DEMONSTRATION INVOICE  No. {number}  CNY {amount.yuan}")


def signed_copy() -> bytes:
    """A one-page stand-in for the scanned certificate with its signatures."""
    return _page("DEMONSTRATION SIGNED COPY OF THE ACCEPTANCE CERTIFICATE")


def _page(words: str) -> bytes:
    drawn = f"BT /F1 14 Tf 60 760 Td ({words}) Tj ET".encode("ascii")
    return pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawn), drawn),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )


def pdf_of(*objects: bytes) -> bytes:
    """A PDF of these objects, numbered from 1; the first is its catalogue."""
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj%sendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\n" % (len(objects) + 1)
    out += b"startxref\n%d\n%%%%EOF\n" % table
    return bytes(out)


def leave_papers(walk: Walk, folder: Path) -> Iterator[str]:
    """Copy the walk's papers and its audit package into a folder; tells of each in one line."""
    project = walk.project
    target = folder / project.number
    target.mkdir(parents=True, exist_ok=True)
    rows = walk.session.scalars(
        select(Document)
        .where(Document.project_id == project.id, Document.kind.in_(LEFT))
        .order_by(Document.created_at, Document.id)
    ).all()
    seen: set[str] = set()
    yield "留下的文件："
    for row in rows:
        if row.sha256 in seen:
            continue
        seen.add(row.sha256)
        path = target / row.filename
        path.write_bytes(file_store().read(row.sha256))
        yield f"  {path}  {row.size:,} 字节"
    package = target / f"{project.number}-审计包.zip"
    maker = Maker(SYSTEM_ACTOR, "演示故事走完后留存", walk.clock.now())
    package.write_bytes(export_package(walk.session, project, maker, file_store()).content)
    yield f"  {package}  {package.stat().st_size:,} 字节"
    yield from summary(walk)


def summary(walk: Walk) -> Iterator[str]:
    """What the contract promised to pay and what was paid, by level."""
    contract = walk.one(Contract, Contract.project_id == walk.project_id)
    shares = walk.session.scalars(
        select(ContractShare)
        .where(ContractShare.contract_id == contract.id)
        .order_by(ContractShare.position)
    ).all()
    paid: dict[Level, int] = dict.fromkeys((share.level for share in shares), 0)
    for level, fen in walk.session.execute(
        select(TreasuryPayment.level, TreasuryPayment.amount_fen)
        .join(PaymentRequest, PaymentRequest.id == TreasuryPayment.payment_request_id)
        .where(PaymentRequest.contract_id == contract.id, stands_paid())
    ):
        paid[level] += fen
    yield f"合同 {contract.number}：{Money(contract.amount_fen).format()}"
    for share in shares:
        yield (
            f"  {share.level.label}  应付 {Money(share.amount_fen).format()}"
            f"  已付 {Money(paid[share.level]).format()}"
        )
    total = sum(paid.values())
    equal = "与合同金额一致" if total == contract.amount_fen else "与合同金额不一致"
    yield f"  合计已付 {Money(total).format()}，{equal}"
