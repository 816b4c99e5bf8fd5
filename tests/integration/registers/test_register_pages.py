"""Pages of the registers: the list of projects, the budget, downloads."""

import hashlib
import io
import json
import zipfile

import pytest

from procure.kernel.access import Level
from procure.kernel.money import Money
from procure.registers.accounts.models import Organisation
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.use_cases import order_paper
from procure.registers.funds.models import BudgetLine
from procure.registers.funds.queries import Purse
from procure.registers.funds.use_cases import (
    RegisterBudgetLine,
    ShareDraft,
    register_budget_line,
    reserve,
)
from procure.registers.projects.models import Project
from procure.registers.projects.use_cases import make_public, open_project
from procure.render.documents import TEMPLATE_ROOT
from procure.store.unit_of_work import UnitOfWork
from tests.page_client import FILE, SAVED, told
from tests.world import World


@pytest.fixture
def project(embedded_world: World) -> Project:
    """A public project of the district bureau."""
    with embedded_world.uow("jingban") as uow:
        made = open_project(uow, title="镇街社工站", buyer=_buyer(uow), budget_fen=185_000_000)
        make_public(uow, made)
    return made


@pytest.fixture
def line(embedded_world: World) -> BudgetLine:
    """A budget line of the district bureau."""
    with embedded_world.uow("yusuan") as uow:
        return register_budget_line(
            uow,
            RegisterBudgetLine(
                buyer_id=_buyer(uow).id,
                year=2026,
                code="440403-SG-01",
                name="社工站",
                function_code="2080208",
                economic_code="30227",
                fund_source="一般公共预算",
                amount=Money(200_000_000),
                shares=(ShareDraft(Level.CITY, 4), ShareDraft(Level.DISTRICT, 6)),
            ),
        )


def _buyer(uow: UnitOfWork) -> Organisation:
    return uow.session.query(Organisation).filter_by(number_prefix="DMMZ").one()


def test_wrong_codes_are_told_together_with_what_is_missing(embedded_world: World) -> None:
    typed = {"year": "2026", "code": "社工", "function_code": "999", "economic_code": "30"}

    page = embedded_world.client("yusuan").post("/budget/new", typed, status=400)

    for fault in ("请填写“预算项目名称”", "预算项目编码", "没有 999 这一类", "3 或 5 位数字"):
        assert fault in page.text


def test_projects_page_shows_public_projects_to_a_visitor(
    embedded_world: World, project: Project
) -> None:
    page = embedded_world.client().get("/projects?q=社工&stage=plan&sort=-budget")

    assert page.heading == "采购项目"
    assert "¥1,850,000.00" in page.text
    assert f"/projects/{project.number}" in page.links()
    assert "没有符合条件的项目" in embedded_world.client().get("/projects?q=没有的").text
    embedded_world.client().get("/projects?sort=secret", status=400)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_projects_page_as_a_file_has_all_rows(
    embedded_world: World, project: Project, kind: str
) -> None:
    response = embedded_world.client("jingban").raw("GET", f"/projects?format={kind}")

    assert response.status_code == 200
    assert response.headers["Content-Disposition"].startswith("attachment")
    if kind == "csv":
        line = f"镇街社工站,{project.number},珠海市斗门区民政局,1850000.00"
        assert line in response.get_data(as_text=True)
    else:
        assert zipfile.ZipFile(io.BytesIO(response.data)).testzip() is None
    assert embedded_world.client().raw("GET", "/projects?format=doc").status_code == 400


def test_budget_list_belongs_to_buyers_finance_and_audit(
    embedded_world: World, line: BudgetLine
) -> None:
    for person in ("jingban", "yusuan", "guoku", "shenji"):
        page = embedded_world.client(person).get("/budget")
        assert "¥2,000,000.00" in page.text, person
    embedded_world.client("fuzeren1").get("/budget", status=403)
    embedded_world.client("fuzeren1").get(f"/budget/{line.id}", status=403)
    assert embedded_world.client().raw("GET", "/budget").status_code == 302
    exported = embedded_world.client("guoku").raw("GET", "/budget?format=csv")
    assert "2000000.00" in exported.get_data(True)


def test_budget_line_page_shows_levels_and_every_movement(
    embedded_world: World, line: BudgetLine, project: Project
) -> None:
    with embedded_world.uow("system") as uow:
        reserve(uow, Purse(line, project, "p" * 32), 100_000_00)

    page = embedded_world.client("guoku").get(f"/budget/{line.id}")

    assert "计划占用预算" in page.text
    assert "市级计划占用 +¥40,000.00" in page.text
    assert "区级预算可用 -¥60,000.00" in page.text
    assert f"/projects/{project.number}" in page.links()
    embedded_world.client("guoku").get(f"/budget/{'0' * 32}", status=404)


def test_budget_form_registers_a_line_once(embedded_world: World) -> None:
    client = embedded_world.client("yusuan")
    offered = client.get("/budget/new")
    buyer = embedded_world.session.query(Organisation).filter_by(number_prefix="DMMZ").one()
    typed = {
        "buyer_id": buyer.id,
        "year": "2026",
        "code": "440403-sg-02",
        "name": "居家养老服务",
        "function_code": "2081006",
        "economic_code": "30227",
        "fund_source": "福利彩票公益金",
        "amount": "185万",
        "shares-0-level": "city",
        "shares-0-weight": "4",
        "shares-1-level": "district",
        "shares-1-weight": "6",
    }

    refused = client.post(
        "/budget/new", {**typed, "economic_code": "3022"}, page=offered, status=400
    )
    first = client.post("/budget/new", typed, page=offered)
    second = client.post("/budget/new", typed, page=offered)

    assert "经济分类科目" in refused.text
    assert "居家养老服务" in client.get(first.headers["Location"]).text
    assert first.headers["Location"] == second.headers["Location"]
    taken = client.post("/budget/new", typed, status=400)
    assert "已经登记过这个预算项目编码" in taken.text


@pytest.mark.parametrize("person", ["jingban", "guoku", "shenji", "xitong"])
def test_budget_form_is_closed_to_everybody_else(embedded_world: World, person: str) -> None:
    embedded_world.client(person).get("/budget/new", status=403)


@pytest.fixture
def paper(embedded_world: World, project: Project) -> Document:
    """A printed paper for the parties of the case."""
    with embedded_world.uow("jingban") as uow:
        order = order_paper(
            uow,
            "public-notice@2",
            json.loads((TEMPLATE_ROOT / "public-notice/example.json").read_text("utf-8")),
            project_id=project.id,
            subject_id=project.id,
            kind=DocumentKind.CONTRACT,
            title="合同",
            filename="服务合同.pdf",
            audience=DocumentAudience.PARTIES,
        )
    return embedded_world.session.get_one(Document, order.id)


def test_download_gives_the_exact_bytes_to_those_it_is_for(
    embedded_world: World, paper: Document
) -> None:
    response = embedded_world.client("jingban").raw("GET", f"/documents/{paper.id}")

    assert hashlib.sha256(response.data).hexdigest() == paper.sha256
    assert response.headers["Content-Disposition"].startswith("attachment; filename=")
    assert response.headers["Cache-Control"] == "no-store"
    assert told(response) == SAVED
    shown = embedded_world.client("guoku").raw("GET", f"/documents/{paper.id}/view")
    assert shown.headers["Content-Disposition"].startswith("inline")
    assert told(shown) == FILE


@pytest.mark.parametrize("person", [None, "jigou2", "zhuanjia1", "xitong"])
def test_download_hides_the_paper_from_everybody_else(
    embedded_world: World, paper: Document, person: str | None
) -> None:
    client = embedded_world.client(person)

    client.get(f"/documents/{paper.id}", status=404)
    client.get(f"/documents/{paper.id}/view", status=404)
    client.get(f"/documents/{'0' * 32}", status=404)
