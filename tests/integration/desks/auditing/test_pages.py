"""The auditor's pages: money and events of every case under oversight, packages, verification."""

import io
from datetime import timedelta
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from procure.desks.auditing import forms
from procure.desks.auditing.models import AuditExport
from procure.desks.auditing.package import Maker
from procure.desks.auditing.queries import events_of_case
from procure.desks.auditing.use_cases import make_package
from procure.kernel.access import SYSTEM_ACTOR
from procure.kernel.paging import PageRequest
from procure.registers.documents.storage import file_store
from procure.registers.projects.models import Project
from procure.store import trail
from procure.store.base import WRITES, install, reading
from tests.factories.auditing import RECIPIENT_NAME, Case, CaseBuilder, Told
from tests.factories.bids import given_submitted_bid, given_written_bid, the_tender
from tests.factories.tenders import tender_project
from tests.page_client import quick_words
from tests.world import START, World


@pytest.fixture
def case(embedded_world: World) -> Case:
    """A finished case of a district bureau."""
    return build(embedded_world, "payment")


def build(world: World, stop: str, prefix: str = "SJAL") -> Case:
    builder = CaseBuilder(world.session, file_store(), prefix)
    made = builder.build(stop)
    world.clock.move_to(builder.clock.now() + timedelta(hours=1))
    return made


def test_list_shows_every_case_with_its_money(embedded_world: World, case: Case) -> None:
    page = embedded_world.client("shenji").get("/audit")

    assert case.number in page.text
    assert "¥1,854,000.00" in page.text
    csv = embedded_world.client("shenji").raw("GET", "/audit?format=csv&sort=-paid")
    assert "1854000.00" in csv.get_data(as_text=True)
    for address in ("/audit?sort=contracted", "/audit?q=居家&stage=payment", "/audit?page=9"):
        embedded_world.client("shenji").get(address)


def test_list_refuses_others_and_unknown_filters(embedded_world: World, case: Case) -> None:
    embedded_world.client("jingban").get("/audit", status=403)
    embedded_world.client("shenji").get("/audit?stage=nothing", status=400)


def test_case_shows_way_of_money_ledger_and_events(embedded_world: World, case: Case) -> None:
    page = embedded_world.client("shenji").get(f"/audit/projects/{case.number}")

    assert "资金去向" in page.text
    assert "¥370,800.00" in page.text
    assert "GK-" in page.text
    assert any(link.startswith("/documents/") for link in page.links())
    assert any(link.startswith("/budget/") for link in page.links())
    narrowed = embedded_world.client("shenji").get(f"/audit/projects/{case.number}?kind=funds")
    assert "资金记账" in narrowed.text
    last = embedded_world.client("shenji").get(f"/audit/projects/{case.number}?sort=-at")
    assert RECIPIENT_NAME not in page.text + narrowed.text + last.text


def test_events_of_a_long_case_are_listed_in_one_page(database_url: str) -> None:
    engine = create_engine(database_url)
    install(engine)
    project = Project(id="e" * 32)
    told = [
        Told(subject_id=f"s{n}", project=project.id, told="Noted", data={"序号": n})
        for n in range(1200)
    ]
    with Session(engine) as session:
        session.connection(execution_options={WRITES: True})
        trail.append(session, told, SYSTEM_ACTOR, START)
        session.commit()
    with Session(engine) as session:
        read = reading(session)
        page = events_of_case(read, project).page(read, PageRequest(size=1200))
    engine.dispose()

    assert page.total == 1200
    assert [row.seq for row in page.rows] == list(range(1, 1201))


def test_case_hides_panel_until_the_result(embedded_world: World) -> None:
    case = build(embedded_world, "award")

    page = embedded_world.client("shenji").get(f"/audit/projects/{case.number}?sort=-at")

    assert "封存的事件" in page.text
    assert "专家甲" not in page.text


def test_case_of_unknown_number_is_not_found(embedded_world: World, case: Case) -> None:
    embedded_world.client("shenji").get("/audit/projects/NONE-2026-001", status=404)
    embedded_world.client("jingban").get(f"/audit/projects/{case.number}", status=403)


def test_export_leaves_a_trace_and_hands_out_the_very_file(
    embedded_world: World, case: Case
) -> None:
    client = embedded_world.client("shenji")
    address = f"/audit/projects/{case.number}/export"
    page = client.get(address)

    refused = client.post(address, {"reason": "x"}, page=page, status=400)
    answer = client.post(address, {"reason": "2026 年度专项审计"}, page=client.get(address))
    shown = client.get(answer.headers["Location"])
    file = client.raw("GET", f"{answer.headers['Location']}/file")

    export = embedded_world.session.query(AuditExport).one()
    assert "导出事由" in refused.text
    assert export.sha256 in shown.text
    assert trail.digest_of_header("") != export.sha256
    assert file.mimetype == "application/zip"
    assert len(file.data) == export.size
    told = list(
        trail.read(embedded_world.session, trail.TrailEvent.event == "AuditPackageExported")
    )
    assert [link.data["sha256"] for link in told] == [export.sha256]
    assert "2026 年度专项审计" in told[0].words
    checked = client.post(
        "/audit/verify", {"package": (io.BytesIO(file.data), "p.zip")}, status=200, form=0
    )
    assert "核对通过" in checked.text
    assert "隐去正文的事件：" in checked.text
    assert "AuditPackageExported" not in file.data.decode("utf-8", "ignore").split("words")[0]


def test_second_export_contains_the_first(embedded_world: World, case: Case) -> None:
    client, address = embedded_world.client("shenji"), f"/audit/projects/{case.number}/export"
    for reason in ("第一次审计调取", "第二次审计调取"):
        place = client.post(address, {"reason": reason}).headers["Location"]

    file = client.raw("GET", f"{place}/file")
    checked = client.post(
        "/audit/verify", {"package": (io.BytesIO(file.data), "p.zip")}, status=200, form=0
    )

    assert "核对通过" in checked.text
    assert "第一次审计调取" in file.data.decode("utf-8", "ignore")


def test_same_form_twice_makes_one_export(embedded_world: World, case: Case) -> None:
    client, address = embedded_world.client("shenji"), f"/audit/projects/{case.number}/export"
    page = client.get(address)

    first = client.post(address, {"reason": "年度专项审计"}, page=page)
    second = client.post(address, {"reason": "年度专项审计"}, page=page)

    assert first.headers["Location"] == second.headers["Location"]
    assert embedded_world.session.query(AuditExport).count() == 1


def test_verify_does_not_unpack_a_zip_that_grows_without_end(
    embedded_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "MOST_UNPACKED", 2**20)
    bomb = io.BytesIO()
    with ZipFile(bomb, "w", ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", bytes(2**20 + 1))

    page = embedded_world.client("shenji").post(
        "/audit/verify", {"package": (io.BytesIO(bomb.getvalue()), "p.zip")}, status=400, form=0
    )

    assert "展开以后超过 1 GB" in page.text
    assert "最多保留" not in page.text


def test_verify_refuses_a_changed_package_naming_the_row(embedded_world: World, case: Case) -> None:
    client, address = embedded_world.client("shenji"), f"/audit/projects/{case.number}/export"
    place = client.post(address, {"reason": "年度专项审计"}).headers["Location"]
    data = bytearray(client.raw("GET", f"{place}/file").data)
    at = data.index(b"ledger_line.jsonl") + 40
    data[at] ^= 1

    page = client.post(
        "/audit/verify", {"package": (io.BytesIO(bytes(data)), "p.zip")}, status=200, form=0
    )

    assert "核对不通过" in page.text
    assert "rows/ledger_line.jsonl 第 1 行" in page.text


def test_check_chains_answers_on_either_database(world: World) -> None:
    page = world.client("shenjiguanli").get("/audit/verify")

    whole = world.client("shenjiguanli").post("/audit/verify/chains", page=page, status=200)
    assert "全部记录链完好" in whole.text


WATCHED = {
    "shenji": ("/audit", "/audit/projects/{number}", "/projects/{number}", "/api/checkpoints"),
    "shenjiguanli": ("/audit/verify", "/admin/log", "/inbox"),
    "anquan": ("/admin/grants", "/desk"),
    "xitong": ("/admin/people", "/admin/organisations", "/admin/mail", "/desk"),
}


def test_nobody_who_watches_can_count_what_bidders_do(embedded_receiving_world: World) -> None:
    """Before the opening nobody learns that there is a bid, nor how many (O87 art 39)."""
    world = embedded_receiving_world
    tender = the_tender(world)
    number = tender_project(world, tender).number
    for username in WATCHED:  # their own coming in stands in the security log
        world.client(username)
    before = _watched(world, number)

    given_submitted_bid(world, tender, 1)
    given_written_bid(world, tender, 2)

    assert _watched(world, number) == before
    assert "全部记录链完好" in before["shenji"]


def _watched(world: World, number: str) -> dict[str, str]:
    """What each watcher is shown in words, the check of all chains and the package included."""
    seen = {}
    for username, paths in WATCHED.items():
        client = world.client(username)
        said = [quick_words(client.raw("GET", path.format(number=number)).text) for path in paths]
        if username.startswith("shenji"):
            page = client.get("/audit/verify")
            said.append(client.post("/audit/verify/chains", page=page, status=200).text)
        seen[username] = "".join(said)
    maker = Maker(world.actor("shenji"), "专项审计", world.now)
    package = make_package(world.session, maker, number, file_store())
    seen["package"] = package.sha256
    world.session.rollback()
    return seen


def test_verify_refuses_other_roles(embedded_world: World) -> None:
    embedded_world.client("jingban").get("/audit/verify", status=403)
    embedded_world.client("fuzeren1").get("/audit/verify", status=403)


def test_export_of_foreign_package_is_not_found(embedded_world: World, case: Case) -> None:
    embedded_world.client("shenji").get("/audit/exports/" + "0" * 32, status=404)
