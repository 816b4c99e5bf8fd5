"""The pages of a bid as its people use them, good and bad input, and how much they ask."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from io import BytesIO
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, select
from werkzeug.test import TestResponse

from procure.kernel.errors import NotSaved
from procure.kernel.vocabulary import PriceWay
from procure.registers.documents.storage import file_store
from procure.stages.bids import queries
from procure.stages.bids.case import panel, todo
from procure.stages.bids.models import Bid, BidVersion
from procure.stages.bids.queries import newest_version
from procure.stages.bids.use_cases import submit as submitting
from procure.store.base import db
from tests.factories.bids import (
    given_opened_bids,
    given_started_bid,
    given_submitted_bid,
    given_written_bid,
    the_project,
    the_tender,
)
from tests.factories.counting import counted
from tests.factories.proving import is_asked_for_a_code, proven
from tests.factories.registers import jpeg_file, pdf_file
from tests.factories.tenders import (
    at_deadline,
    at_opening,
    given_taken_document,
    tender_project,
)
from tests.factories.uploads import place
from tests.world import World


@pytest.fixture
def base(embedded_receiving_world: World) -> str:
    return f"/projects/{the_project(embedded_receiving_world).number}/bid"


def test_agency_writes_and_hands_in_a_bid(embedded_receiving_world: World, base: str) -> None:
    world = embedded_receiving_world
    member, signatory = world.client("jigou1"), world.client("fuzeren1")
    member.post(base + "/start", page=member.get(base))
    assert "未提交" in member.get(base).text
    member.post(base + "/offer", {"price": "17.5万"})
    assert "¥175,000.00" in member.get(base + "/check").text
    answers = {f"answer_{n}": "见方案" for n in range(3)}
    member.post(base + "/proposal", {"proposal": "两站运营方案", **answers})
    member.post(base + "/statements", {"statements": list("012345")})
    uploads = [
        (BytesIO(pdf_file()), "登记证书.pdf"),
        (BytesIO(pdf_file(b"% of the branch")), "登记证书.pdf"),
        (BytesIO(jpeg_file(exif=place())), "站点.jpeg"),
    ]
    member.post(base + "/team", {"project_manager": "欧阳慧", "files": uploads})
    assert "拍摄地点（定位信息）已去掉" in member.get(base + "/team").text
    page = signatory.get(base + "/submit")
    assert "清理以前" in page.text
    assert "壹拾柒万伍仟元整" in page.text
    assert "登记证书.pdf" in page.text
    assert "登记证书（2）.pdf" in page.text
    assert "拍摄地点（定位信息）已去掉" in page.text
    answer = signatory.post(base + "/submit", {"confirmed": "yes"}, page=page)
    assert answer.location.endswith("/receipts/1")
    version = world.session.scalars(select(BidVersion)).one()
    assert version.sha256 in signatory.get(answer.location).text
    assert "已提交，等待开标" in member.get(base).text
    pdf = signatory.raw("GET", answer.location + ".pdf")
    assert pdf.data.startswith(b"%PDF")
    assert signatory.raw("GET", answer.location + ".pdf").data == pdf.data


def test_full_disk_loses_neither_what_is_typed_nor_what_was_handed_in(
    embedded_receiving_world: World,
    base: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = embedded_receiving_world
    handed_in = given_submitted_bid(world, the_tender(world))
    member, signatory = world.client("jigou1"), world.client("fuzeren1")
    page, kept = member.get(base + "/team"), files_of_the_store()

    def no_room(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", no_room)
        typed = {"project_manager": "欧阳慧", "files": (BytesIO(pdf_file()), "登记证书.pdf")}
        refused = member.post(base + "/team", typed, page=page, status=503)
        assert "“登记证书.pdf”没有保存" in refused.text
        assert "磁盘已满" in refused.text
        assert "欧阳慧" in [field.get("value") for field in refused.root.iter()]
        again = signatory.get(base + "/submit")
        refused = signatory.post(base + "/submit", {"confirmed": "yes"}, page=again, status=503)
        assert "腾出空间" in refused.text
    assert "the file store takes no file: OSError: [Errno 28]" in caplog.text
    assert [record for record in caplog.records if record.exc_info] == []
    assert files_of_the_store() == kept
    assert newest_version(world.session, handed_in.bid_id).number == 1
    signatory.post(base + "/submit", {"confirmed": "yes"}, page=again)
    assert newest_version(world.session, handed_in.bid_id).number == 2


def files_of_the_store() -> set[str]:
    return {path.name for path in file_store().root.rglob("*") if path.is_file()}


def test_receipt_comes_as_json_when_asked_for(embedded_receiving_world: World, base: str) -> None:
    world = embedded_receiving_world
    given_written_bid(world, the_tender(world))
    client = world.client("fuzeren1")
    token = client.get(base + "/submit").hidden()["csrf_token"]
    headers = {
        "Accept": "application/json",
        "X-CSRFToken": token,
        "Idempotency-Key": "0123456789abcdef",
    }

    first = client.raw("POST", base + "/submit", headers=headers)
    again = client.raw("POST", base + "/submit", headers=headers)

    assert first.status_code == again.status_code == 200
    assert first.json == again.json
    assert first.json["receipt"]["version"] == 1
    assert len(world.session.scalars(select(BidVersion)).all()) == 1


@pytest.mark.parametrize("receiving_world", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("key", "statuses"),
    [("0123456789abcdef", [200, 200]), ("", [200, 409])],
    ids=["one key", "no key"],
)
def test_bid_sent_twice_at_once_is_stored_once_with_one_receipt(
    receiving_world: World, monkeypatch: pytest.MonkeyPatch, key: str, statuses: list[int]
) -> None:
    """Both have found no earlier bid before either stores one; who names no key is told apart by
    the version that both had read.
    """
    world, base = receiving_world, f"/projects/{the_project(receiving_world).number}/bid"
    given_written_bid(world, the_tender(world))
    client = world.client("fuzeren1")
    page, cookie = client.get(base + "/submit").hidden(), world.app.config["SESSION_COOKIE_NAME"]
    signed_in = client.client.get_cookie(cookie).value
    world.session.rollback()
    headers = {"Accept": "application/json", "X-CSRFToken": page["csrf_token"]}
    together, seal, sealed = Barrier(2, timeout=20), submitting._seal, []

    def sealed_together(*bid: Any) -> bytes:
        sealed.append(seal(*bid))
        if len(sealed) <= 2:
            together.wait()
        return sealed[-1]

    def send(_: int) -> TestResponse:
        own = world.app.test_client()
        own.set_cookie(cookie, signed_in)
        named = headers | ({"Idempotency-Key": key} if key else {})
        return own.post(base + "/submit", data={"version": page["version"]}, headers=named)

    monkeypatch.setattr(submitting, "_seal", sealed_together)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(send, range(2)))

    assert sorted(answer.status_code for answer in answers) == statuses
    assert len(sealed) == 2
    [version] = world.session.scalars(select(BidVersion)).all()
    stored = {"receipt": version.receipt, "signature": version.signature}
    for answer in answers:
        if answer.status_code == 200:
            assert {name: answer.json[name] for name in stored} == stored


@pytest.mark.parametrize(
    ("section", "data", "words"),
    [
        ("offer", {"price": "十八万零一"}, "不是中文数字"),
        ("offer", {"price": "180001"}, "不能超过 ¥180,000.00"),
        ("offer", {"price": "0"}, "大于零"),
        ("offer", {"price": ""}, "填写"),
        ("proposal", {"proposal": ""}, "填写"),
        ("team", {"project_manager": ""}, "填写"),
    ],
)
def test_bad_input_is_told_and_kept(
    embedded_receiving_world: World,
    base: str,
    section: str,
    data: dict[str, str],
    words: str,
) -> None:
    world = embedded_receiving_world
    given_written_bid(world, the_tender(world))

    page = world.client("jigou1").post(f"{base}/{section}", data, status=400)

    assert words in page.text
    assert "填写的内容都已保留" in page.text


def test_social_organisation_reads_why_it_gets_no_deduction(
    embedded_receiving_world: World, base: str
) -> None:
    """V23: and no question is asked."""
    world = embedded_receiving_world
    given_written_bid(world, the_tender(world))
    page = world.client("jigou1").get(base + "/offer")

    assert "价格扣除" in page.text
    assert "是否申请小微企业价格扣除" not in page.text


def test_member_sees_the_signatorys_step_closed_with_its_reason(
    embedded_receiving_world: World, base: str
) -> None:
    world = embedded_receiving_world
    given_written_bid(world, the_tender(world))

    assert "机构负责人" in world.client("jigou1").get(base + "/check").text


def test_bid_changed_after_sealing_says_that_the_change_is_not_handed_in(
    embedded_receiving_world: World, base: str
) -> None:
    world = embedded_receiving_world
    given_submitted_bid(world, the_tender(world))
    client = world.client("jigou1")
    client.post(base + "/offer", {"price": "170000"})

    assert "有修改未提交" in client.get(base).text
    assert "封存的第 1 版" in client.get(base).text
    assert "第 1 版的回执" in client.get(base).text
    assert "¥175,000.00" in client.get(base + "/sealed").text


def test_signatorys_desk_tells_of_a_change_until_it_is_handed_in_or_taken_back(
    embedded_receiving_world: World, base: str
) -> None:
    """O87 art 34: the last bid handed in counts, not the last one written."""
    world = embedded_receiving_world
    given_submitted_bid(world, the_tender(world))
    client = world.client("jigou1")

    def desk(username: str) -> list[tuple[str, str]]:
        world.session.rollback()
        tasks = todo(world.session, world.actor(username), world.now)
        return [(task.verb, task.note[:5]) for task in tasks]

    assert desk("fuzeren1") == []
    client.post(base + "/offer", {"price": "170000"})

    assert desk("fuzeren1") == [("核对并提交标书", "有修改未提")]
    assert desk("jigou1") == [("查看或修改响应文件", "有修改未提")]
    assert "有修改未提交" in world.client("fuzeren1").get("/desk").text
    shown = panel(world.session, world.actor("fuzeren1"), the_project(world), world.now)
    assert shown.steps[0].note.startswith("有修改未提交，目前有效的是")
    client.post(base + "/offer", {"price": "175000"})
    assert desk("fuzeren1") == []
    client.post(base + "/offer", {"price": "170000"})
    given_submitted_bid(world, the_tender(world))
    assert desk("fuzeren1") == []


def test_bidder_who_took_the_document_is_asked_to_bid_while_time_runs(
    embedded_published_world: World,
) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    number = tender_project(world, tender).number

    def desk(username: str) -> list[tuple[str, str, datetime]]:
        world.session.rollback()
        tasks = todo(world.session, world.actor(username), world.now)
        return [(task.verb, task.href, task.deadline.at) for task in tasks]

    def asked() -> int:
        actor = world.actor("jigou1")
        world.session.rollback()
        return counted(world, lambda: todo(world.session, actor, world.now))

    before, few = [desk(username) for username in ("jigou1", "fuzeren1")], asked()
    given_taken_document(world, tender)
    due, base = tender.deadline_at, f"/projects/{number}/bid"

    assert before == [[], []]
    assert desk("jigou1") == [("参加磋商", base, due)] == desk("fuzeren1")
    assert asked() == few
    assert "采购文件已领取，可以编制响应文件" in world.client("jigou1").get("/desk").text
    assert [desk(username) for username in ("jigou2", "jingban", "shenhe")] == [[], [], []]
    given_started_bid(world, tender)
    assert desk("jigou1") == [("继续编制响应文件", base, due)]


def test_bidder_who_let_the_deadline_pass_is_asked_nothing(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    at_deadline(world, the_tender(world))

    assert todo(world.session, world.actor("jigou1"), world.now) == []


def test_signatory_takes_the_bid_back(embedded_receiving_world: World, base: str) -> None:
    world = embedded_receiving_world
    given_submitted_bid(world, the_tender(world))
    client = world.client("fuzeren1")

    client.post(base + "/withdraw", {"confirmed": "yes"})

    page = client.get(base).text
    assert "未提交" in page
    assert "已撤回，不会拆封" in page
    assert "撤回标书" not in page


def test_pages_after_the_deadline_say_that_it_is_over(
    embedded_receiving_world: World, base: str
) -> None:
    world = embedded_receiving_world
    given_written_bid(world, the_tender(world))
    at_deadline(world, the_tender(world))
    client = world.client("fuzeren1")

    assert "截止" in client.get(base).text
    page = client.post(base + "/submit", {"confirmed": "yes"}, status=409)
    assert "逾期送达的投标文件不予接收" in page.text


def test_bid_that_lost_a_race_is_stored_by_the_same_request(
    embedded_receiving_world: World, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the deadline there is no time to be asked to press again."""
    world = embedded_receiving_world
    bid = given_written_bid(world, the_tender(world))
    client = world.client("fuzeren1")
    page, seal = client.get(base + "/submit"), submitting.submit_bid
    races = [NotSaved(), NotSaved()]

    def lose_first(*given: object) -> BidVersion:
        if races:
            raise races.pop()
        return seal(*given)

    monkeypatch.setattr(submitting, "submit_bid", lose_first)
    answer = client.post(base + "/submit", {"confirmed": "yes"}, page=page)
    assert answer.location.endswith("/receipts/1")

    races += [NotSaved()] * 3
    refused = client.post(base + "/submit", {"confirmed": "yes"}, page=page, status=409)
    assert "请再提交一次" in refused.text
    world.session.rollback()
    assert newest_version(world.session, bid.id).number == 1


def test_clerk_opens_from_the_to_do_list(embedded_receiving_world: World, base: str) -> None:
    world = embedded_receiving_world
    for number in (1, 2, 3):
        given_submitted_bid(world, the_tender(world), number)
    opening = base.removesuffix("/bid") + "/opening"
    early = world.client("jingban").get(opening + "/open")
    assert "任何人都不能查看" in early.text
    at_deadline(world, the_tender(world))
    draining = world.client("jingban").get(opening + "/open")
    assert "截止时间已到，正在收齐截止前送达的投标文件，09:30:15 起可以开标" in draining.text
    at_opening(world, the_tender(world))
    [task] = todo(world.session, world.actor("jingban"), world.now)
    assert task.href == opening + "/open"

    answer = world.client("jingban").post(task.href, {"recorder": "陈晓岚", "confirmed": "yes"})

    page = world.client("jingban").get(answer.location)
    assert "¥172,000.00" in page.text
    assert 'role="img"' not in page.response.text  # Three prices are read in their table.
    assert todo(world.session, world.actor("jingban"), world.now) == []


def test_supplier_without_the_document_is_told_to_fetch_it(embedded_published_world: World) -> None:
    world = embedded_published_world
    tender = the_tender(world)
    address = f"/projects/{tender_project(world, tender).number}/bid"

    assert "领取采购文件" in world.client("jigou1").get(address).text


def test_case_panel_tells_each_reader_what_is_his(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    given_written_bid(world, the_tender(world))
    project = the_project(world)

    def shown(username: str) -> object:
        return panel(world.session, world.actor(username), project, world.now)

    assert shown("jigou1").steps[0].label == "继续编制响应文件"
    assert shown("jigou3").steps[0].label == "参加磋商"
    assert shown("jingban").steps[0].label == "开启"
    assert not shown("jingban").steps[0].verdict.ok
    assert shown("shenji").steps == ()
    given_opened_bids(world, the_tender(world), (1, 2, 3))
    assert shown("jingban").facts[1].value.amount == 3
    assert shown("zhuanjia1") is None


def test_lists_and_versions_ask_the_same_number_of_questions(
    embedded_receiving_world: World, base: str
) -> None:
    world = embedded_receiving_world
    given_submitted_bid(world, the_tender(world))

    def asked() -> int:
        statements: list[str] = []

        def note(conn, cursor, statement, *rest) -> None:
            statements.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            world.client("jigou1").get(base)
            queries.opened_bids(world.session, the_tender(world).id)
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(statements)

    asked()
    one = asked()
    for price in (17_000_000, 16_000_000, 15_000_000):
        given_submitted_bid(world, the_tender(world), price_fen=price)
    assert asked() == one


def test_bid_list_shows_own_bids_only(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    given_submitted_bid(world, the_tender(world), 1)

    assert "共 1 份标书" in world.client("jigou1").get("/bids?state=submitted&sort=project").text
    assert "还没有参加过项目" in world.client("jigou2").get("/bids").text
    assert "没有这种状态" in world.client("jigou1").get("/bids?state=lost", status=400).text
    assert world.session.scalars(select(Bid)).one().supplier_id
    assert the_tender(world).price_way is PriceWay.LOW_PRICE_FIRST


def test_handing_in_takes_a_fresh_code(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    bid = given_written_bid(world, the_tender(world))
    path = f"/projects/{the_project(world).number}/bid/submit"
    form = {"confirmed": "yes", "version": str(bid.version)}
    signatory = is_asked_for_a_code(world, "fuzeren1", path, **form)

    assert signatory.send(path, **form).location.endswith("/bid/receipts/1")


def test_taking_back_takes_a_fresh_code(embedded_receiving_world: World) -> None:
    """Whoever carries a signatory's session would take the bid out a minute before the deadline."""
    world = embedded_receiving_world
    given_submitted_bid(world, the_tender(world))
    bid = world.session.scalars(select(Bid)).one()
    base = f"/projects/{the_project(world).number}/bid"
    form = {"confirmed": "yes", "version": str(bid.version)}
    signatory = is_asked_for_a_code(world, "fuzeren1", f"{base}/withdraw", **form)

    assert signatory.send(f"{base}/withdraw", **form).location == base


def test_page_opened_with_a_fresh_code_hands_in_as_long_as_it_may_be_left_open(
    embedded_receiving_world: World,
) -> None:
    """Whoever waits on the page for the last minute is not sent away in it; nobody else passes."""
    world = embedded_receiving_world
    bid = given_written_bid(world, the_tender(world))
    path = f"/projects/{the_project(world).number}/bid/submit"
    form = {"confirmed": "yes", "version": str(bid.version)}
    waiting = proven(world, "fuzeren1", minutes_ago=9)
    assert waiting.ask(path).status_code == 200
    other = proven(world, "fuzeren1", minutes_ago=9)
    world.clock.move_to(world.now + timedelta(minutes=20))
    assert other.send(path, **form).location.startswith("/account/verify")
    assert waiting.send(path, **form).location.endswith("/bid/receipts/1")
    world.clock.move_to(world.now + timedelta(minutes=11))
    assert waiting.send(path, **form).location.startswith("/account/verify")


def test_machine_without_a_fresh_code_is_refused_in_its_own_words(
    embedded_receiving_world: World,
) -> None:
    world = embedded_receiving_world
    given_written_bid(world, the_tender(world))
    signatory = proven(world, "fuzeren1", minutes_ago=11)
    path = f"/projects/{the_project(world).number}/bid/submit"
    signatory.ask("/account")
    answer = signatory.browser.ask(
        "POST",
        path,
        data={"csrf_token": signatory.browser.token},
        headers={"Accept": "application/json"},
    )

    assert answer.status_code == 403
    assert "10 分钟内验证过动态口令" in answer.get_json()["error"]["message"]
