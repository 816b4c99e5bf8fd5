"""A paper is as wide open as the page it belongs to: every paper of the demonstration, every role."""

import re

import pytest
from sqlalchemy import select

from procure.kernel.errors import NotFound
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.queries import get_document
from procure.registers.projects.models import Project
from tests.page_client import tags
from tests.world import World

PAGES = {
    DocumentKind.TENDER_DOCUMENT: ("tender",),
    DocumentKind.BID_ATTACHMENT: ("review", "bid"),
    DocumentKind.OPENING_RECORD: ("opening",),
    DocumentKind.REVIEW_REPORT: ("review",),
    DocumentKind.AWARD_NOTICE: ("review", "bid/result"),
    DocumentKind.CONTRACT: ("contract",),
    DocumentKind.EVALUATION_REPORT: ("evaluations/midterm", "evaluations/final"),
    DocumentKind.ACCEPTANCE_CERTIFICATE: ("acceptance",),
    DocumentKind.INVOICE: ("payments",),
    DocumentKind.PAYMENT_SHEET: ("payments",),
}
"""Where each kind of paper is listed, below its project."""
READERS = (
    "jingban", "jigou1", "zhuanjia1", "pinggu1", "yusuan", "guoku", "shenji", "mulu", "fuzeren3",
)  # fmt: skip
"""Who differs in what they read; that others have no page at all is the permission matrix's."""
PAPER = re.compile(r'href="/documents/([0-9a-f]{32})')


@pytest.mark.parametrize("username", READERS)
def test_paper_is_read_only_where_its_page_opens_and_every_listed_one_opens(
    shared_walked: World, username: str
) -> None:
    world, actor = shared_walked, shared_walked.actor(username)
    client = world.client(username)
    opened: dict[str, bool] = {}
    listed: set[str] = set()

    def opens(path: str) -> bool:
        if path not in opened:
            answer = client.raw("GET", path)
            opened[path] = answer.status_code == 200
            listed.update(PAPER.findall(answer.text) if opened[path] else ())
        return opened[path]

    readable, wider = set(), []
    for document, number in _papers(world):
        case = f"/projects/{number}"
        opens(case)
        if not _may_read(world, username, document.id):
            continue
        readable.add(document.id)
        if document.audience is DocumentAudience.PUBLIC:
            continue
        if not any([opens(f"{case}/{page}") for page in PAGES[document.kind]]):
            wider.append((number, document.kind, document.audience))

    assert not wider, actor.roles
    assert listed <= readable


def _papers(world: World) -> list[tuple[Document, str]]:
    query = (
        select(Document, Project.number)
        .join(Project, Project.id == Document.project_id)
        .order_by(Document.created_at, Document.id)
    )
    return [(row[0], row[1]) for row in world.session.execute(query)]


def _may_read(world: World, username: str, document_id: str) -> bool:
    try:
        get_document(world.session, world.actor(username), document_id)
    except NotFound:
        return False
    return True


READ = {
    "jingban": "采购文件 开标记录 评审报告 成交通知书 合同 评价报告 验收书 发票 支付",
    "shenji": "采购文件 开标记录 评审报告 成交通知书 合同 评价报告 验收书 发票 支付",
    "fuzeren1": "采购文件 成交通知书 合同 评价报告 验收书 发票 支付",
    "jigou3": "",
    "zhuanjia1": "评审报告",
    "pinggu1": "采购文件 合同 评价报告",
    "guoku": "采购文件 合同 发票 支付",
    "yusuan": "采购文件",
    "mulu": "采购文件",
    "xitong": "",
}
"""Of the finished case: which papers, besides published ones, each still takes away."""
WORDS = dict(
    zip(
        [
            "采购文件",
            "开标记录",
            "评审报告",
            "成交通知书",
            "合同",
            "评价报告",
            "验收书",
            "发票",
            "支付",
        ],
        (
            DocumentKind.TENDER_DOCUMENT,
            DocumentKind.OPENING_RECORD,
            DocumentKind.REVIEW_REPORT,
            DocumentKind.AWARD_NOTICE,
            DocumentKind.CONTRACT,
            DocumentKind.EVALUATION_REPORT,
            DocumentKind.ACCEPTANCE_CERTIFICATE,
            DocumentKind.INVOICE,
            DocumentKind.PAYMENT_SHEET,
        ),
        strict=True,
    )
)


@pytest.mark.parametrize("username", READ)
def test_each_office_reads_the_papers_of_its_own_work(shared_walked: World, username: str) -> None:
    read = {
        document.kind
        for document, number in _papers(shared_walked)
        if number == "DMMZ-2025-001"
        and document.audience is not DocumentAudience.PUBLIC
        and _may_read(shared_walked, username, document.id)
    }
    assert read == {WORDS[word] for word in READ[username].split()}


def test_papers_of_a_case_are_found_without_opening_anything(shared_walked: World) -> None:
    page = shared_walked.client("jingban").get("/projects/DMMZ-2025-001")
    papers = {href for href in page.links() if href.startswith("/documents/")}
    shut = [one for one in tags(page.root, "details") if one.get("open") is None]
    hidden = {link.get("href") for one in shut for link in tags(one, "a")}

    assert len(papers) > len(READ["jingban"].split())
    assert shut and not papers & hidden
