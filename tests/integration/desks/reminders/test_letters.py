"""Those who took a tender's document are written to in the transaction that terminates it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from procure.desks.auditing import verify_trail
from procure.desks.auditing.package import Maker, export_package
from procure.desks.auditing.queries import events_of_case
from procure.desks.reminders.events import SupplierTold
from procure.desks.reminders.mail import _due, compose
from procure.desks.reminders.models import InboxMessage, MailStatus, OutboxMail
from procure.kernel.paging import PageRequest
from procure.kernel.phrases import points_in_words
from procure.kernel.vocabulary import ProcurementMethod
from procure.registers.accounts.models import Organisation, User
from procure.registers.documents.storage import file_store
from procure.registers.projects.models import Project
from procure.stages.awards.queries import find_own_result
from procure.stages.bids.queries import opened_bids
from procure.stages.tenders.models import DocumentTaker, Tender
from procure.stages.tenders.use_cases.drafting import DraftTender, draft_tender
from procure.stages.tenders.use_cases.terminating import TerminateTender, terminate_tender
from procure.store import trail
from procure.store.base import snapshot
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import CONFIG
from tests.factories.awards import (
    bids_of,
    given_announced_result,
    given_checked_bids,
)
from tests.factories.bids import (
    given_opened_bids,
    given_submitted_bid,
    given_tender_for_bids,
    open_now,
    the_project,
    the_tender,
)
from tests.factories.tenders import at_opening
from tests.world import World

REASON = "采购任务因重大变故取消"
OF_TENDERS = ("政府采购货物和服务招标投标管理办法", "《政府采购法》第三十六条")
"""What a letter about a consultation does not rest on."""

LETTERS = InboxMessage.kind.in_(("terminated", "failed", "awarded", "not_awarded"))
"""What bidders are written; the buyer's people have messages of their own."""


def terminate(world: World, tender: Tender, *, cancelled: bool = True) -> None:
    with world.uow("shenhe") as uow:
        terminate_tender(uow, TerminateTender(tender.id, tender.version, REASON, cancelled))


def told(world: World, kind: str = "terminated") -> set[str]:
    world.session.rollback()
    query = select(User.username).join(InboxMessage, InboxMessage.user_id == User.id)
    return set(world.session.scalars(query.where(InboxMessage.kind == kind)))


def letter(world: World) -> str:
    """What everybody who was told reads: the same for all."""
    (words,) = set(world.session.scalars(select(InboxMessage.words).where(LETTERS)))
    return words


def test_termination_tells_all_who_took_the_document_and_nobody_else(world: World) -> None:
    """O87 art 29: those who took the document are told, whether they bid or not."""
    tender = given_tender_for_bids(world, ProcurementMethod.OPEN_TENDER)
    given_submitted_bid(world, tender, 1)
    tender = world.session.get_one(Tender, tender.id)

    terminate(world, tender)

    assert told(world) == {
        f"{office}{number}" for office in ("jigou", "fuzeren") for number in (1, 2, 3)
    }
    message = world.session.scalars(
        select(InboxMessage).where(InboxMessage.kind == "terminated")
    ).first()
    assert message is not None
    assert the_project(world).title in message.title
    for words in (REASON, "第二十九条", "没有拆封", "不再采购", message.path.rpartition("/")[2]):
        assert words in message.words
    assert "和风" not in message.words and "jigou" not in message.words
    assert world.session.scalars(select(OutboxMail)).all() == []
    page = world.client("jigou2").get("/inbox").text
    assert "1 条未读" in page and "采购活动已终止" in page
    assert "查看公告" in page and "打开办理页面" not in page
    assert REASON in world.client("jigou2").get(message.path).text


def test_failure_tells_all_who_bid_why(embedded_world: World) -> None:
    """GPL art 36: all bidders are told the reason; who only took the document is none."""
    world = embedded_world
    tender = given_tender_for_bids(world, ProcurementMethod.OPEN_TENDER)
    given_submitted_bid(world, tender, 1)
    at_opening(world, tender)

    open_now(world, tender)

    assert told(world, "failed") == {"jigou1", "fuzeren1"}
    words = letter(world)
    for one in ("不足", "《政府采购法》第三十六条", "没有拆封", "重新领取采购文件"):
        assert one in words


def test_failed_consultation_is_told_by_the_rule_of_its_notice(
    embedded_receiving_world: World,
) -> None:
    """CC214 art 21 and 财库〔2015〕124号, not the article on tenders."""
    world = embedded_receiving_world
    tender = the_tender(world)
    given_submitted_bid(world, tender, 1)
    at_opening(world, tender)

    ended = open_now(world, tender).ended_reason

    words = letter(world)
    rule = "《政府采购竞争性磋商采购方式管理暂行办法》第二十一条、财库〔2015〕124号"
    assert rule in ended and f"依据：{rule}，终止公告" in words
    assert not any(one in words for one in OF_TENDERS)


def proofs(world: World) -> dict[str, dict[str, Any]]:
    """What the trail says of letters, by the chain it says it in."""
    world.session.rollback()
    told = trail.read(world.session, trail.TrailEvent.event == "SupplierTold")
    return {link.stream: link.data for link in told}


def packed_events(world: World, project: Project, path: Path) -> list[str]:
    """The events that an auditor takes away, in a package that proves right."""
    snapshot(world.session)
    maker = Maker(world.actor("shenji"), "年度审计", world.now)
    package = export_package(world.session, project, maker, file_store())
    path.write_bytes(package.content)
    assert verify_trail.main([str(path)]) == 0
    with ZipFile(path) as archive:
        lines = archive.read("trail.jsonl").decode().splitlines()
    headers = [json.loads(line)["header"] for line in lines]
    return [json.loads(header)["event"] for header in headers if header]


def letters_on_page(world: World, project: Project) -> int:
    """How many letters the auditor reads of on the page of the case."""
    world.session.rollback()
    told = PageRequest(filters={"kind": "reminders"})
    rows = events_of_case(world.session, project).page(world.session, told).rows
    assert {row.label for row in rows} <= {SupplierTold.label}
    return len(rows)


def test_each_letter_is_proved_in_the_chain_of_its_taker_alone(
    embedded_world: World, tmp_path: Path
) -> None:
    """O87 art 28, 29: the auditor sees who was told what; the case's own chain hints at nobody."""
    world = embedded_world
    tender = given_tender_for_bids(world, ProcurementMethod.OPEN_TENDER)
    given_submitted_bid(world, tender, 1)
    project = the_project(world)
    gone = select(User).where(User.username.in_(("jigou3", "fuzeren3")))
    with UnitOfWork(world.session, world.actor("system"), world.clock, technical=True) as uow:
        for user in uow.session.scalars(gone):
            user.is_active = False

    terminate(world, world.session.get_one(Tender, tender.id), cancelled=False)

    takers = world.session.scalars(select(DocumentTaker)).all()
    found = proofs(world)
    assert set(found) == {f"taker:{taker.id}" for taker in takers}
    for taker in takers:
        proof = found[f"taker:{taker.id}"]
        people = select(User.id).where(User.organisation_id == taker.supplier_id)
        letters = select(InboxMessage).where(LETTERS, InboxMessage.user_id.in_(people))
        got = {letter.id: letter.words for letter in world.session.scalars(letters)}
        assert set(proof["messages"]) == set(got)
        supplier = world.session.get_one(Organisation, taker.supplier_id)
        assert SupplierTold.words_of(proof).startswith(f"{supplier.name}，依据 ")
        assert {proof["words"]} >= set(got.values())
    assert sorted(len(proof["messages"]) for proof in found.values()) == [0, 2, 2]

    events = packed_events(world, project, tmp_path / "ended.zip")
    assert events.count("SupplierTold") == events.count("DocumentTaken") == 3
    assert "BidSubmitted" not in events
    assert letters_on_page(world, project) == 3

    # Who took the first round's document is who bids in the second (rulebook 1.16).
    with world.uow("jingban") as uow:
        draft_tender(uow, DraftTender(project.id))
    events = packed_events(world, project, tmp_path / "again.zip")
    assert "SupplierTold" not in events and "DocumentTaken" not in events
    assert letters_on_page(world, project) == 0


def test_failure_in_the_review_tells_the_opened_bidders(embedded_world: World) -> None:
    """GPL art 36: the reason is the review's, and nobody is told that the bids stayed sealed."""
    world = embedded_world
    tender = given_opened_bids(world, given_tender_for_bids(world), (1, 2))

    given_checked_bids(
        world, tender, {bid: "没有社会团体登记证书" for bid in bids_of(world, tender)}
    )

    assert told(world, "failed") == {"jigou1", "fuzeren1", "jigou2", "fuzeren2"}
    words = letter(world)
    assert "理由：通过资格审查和符合性审查的供应商不足 2 家" in words
    assert "没有拆封" not in words and "登记证书" not in words


def test_consultation_ended_after_the_opening_tells_the_takers(embedded_world: World) -> None:
    """Who took the document is told; that bids stayed sealed is no longer true."""
    world = embedded_world
    tender = given_opened_bids(world, given_tender_for_bids(world), (1, 2))

    terminate(world, tender)

    assert told(world) >= {"jigou3", "fuzeren3"}
    words = letter(world)
    assert "终止公告" in words and "没有拆封" not in words
    assert "《政府采购竞争性磋商采购方式管理暂行办法》第三十四条" in words
    assert not any(one in words for one in OF_TENDERS)


def test_termination_that_is_not_kept_tells_nobody(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    tender = the_tender(world)
    command = TerminateTender(tender.id, tender.version, REASON, False)

    def breaks_off() -> None:
        with world.uow("shenhe") as uow:
            terminate_tender(uow, command)
            raise RuntimeError("power is gone")

    with pytest.raises(RuntimeError, match="power"):
        breaks_off()

    assert told(world) == set()


def test_termination_is_sent_by_mail_where_there_is_a_mail_server(
    embedded_receiving_world: World,
) -> None:
    world = embedded_receiving_world
    tender = the_tender(world)
    with UnitOfWork(world.session, world.actor("system"), world.clock, technical=True) as uow:
        for user in uow.session.scalars(select(User).where(User.username.like("jigou%"))):
            user.email = f"{user.username}@example.cn"
    tender = world.session.get_one(Tender, tender.id)
    config = world.app.extensions[CONFIG]
    world.app.extensions[CONFIG] = replace(config, mail_url="smtp://mail:25")
    try:
        terminate(world, tender, cancelled=False)
    finally:
        world.app.extensions[CONFIG] = config

    world.session.rollback()
    mails = world.session.scalars(select(OutboxMail).join(InboxMessage).where(LETTERS)).all()
    assert {mail.address for mail in mails} >= {f"jigou{at}@example.cn" for at in (1, 2, 3)}
    assert {mail.status for mail in mails} == {MailStatus.WAITING}
    for mail in _due(world.session, world.now):
        subject = compose(mail, config, world.now)["Subject"]
        assert subject.count(the_project(world).number) == 1
    words = world.session.scalars(select(InboxMessage.words).where(LETTERS)).first()
    assert words is not None and "重新领取采购文件" in words


def test_result_tells_each_bidder_of_his_own_bid_alone(embedded_world: World) -> None:
    """O87 art 69 as to what; GPL-R art 43, GPL art 46 to the winner."""
    world = embedded_world
    tender = given_opened_bids(world, given_tender_for_bids(world))
    refused = next(
        row.bid_id
        for row in opened_bids(world.session, tender.id)
        if row.supplier.id == world.actor("jigou1").organisation_id
    )
    given_announced_result(world, tender, {refused: "没有社会团体登记证书"})

    assert told(world, "awarded") == {"jigou2", "fuzeren2"}
    assert told(world, "not_awarded") == {"jigou1", "fuzeren1", "jigou3", "fuzeren3"}
    letters = {
        number: world.session.scalars(
            select(InboxMessage).where(
                LETTERS, InboxMessage.user_id == world.actor(f"jigou{number}").user_id
            )
        ).one()
        for number in (1, 2, 3)
    }
    own = {
        number: find_own_result(world.session, world.actor(f"jigou{number}"), tender.id)
        for number in letters
    }
    names = {number: world.actor(f"jigou{number}").organisation_name for number in letters}
    winner = letters[2].words
    for needed in ("¥172,000.00", "通知书", "第四十三条", "最迟应于", "第四十六条", "怎样算出"):
        assert needed in winner
    for number in (1, 3):
        words = letters[number].words
        assert f"成交供应商：{names[2]}，金额 ¥172,000.00" in words
        assert names[4 - number] not in words
        assert "结果公告 " in words and "依据：结果公告" not in words and "第五十二条" in words
        assert "签订" not in words and "第六十九条" not in words
        assert words.count("¥") == 1
    assert "原因：没有社会团体登记证书。" in letters[1].words and "得分" not in letters[1].words
    assert "登记证书" not in winner + letters[3].words
    for number in (2, 3):
        result = own[number]
        assert result is not None and result.total_points is not None
        points = points_in_words(result.total_points)
        assert f"得分 {points} 分，排名第 {result.rank}。" in letters[number].words
    assert {proof["words"] for proof in proofs(world).values()} == {
        message.words for message in letters.values()
    }
    page = world.client("jigou3").get("/inbox").text
    assert "1 条未读" in page and "查看评审结果" in page and "打开办理页面" not in page
    assert "第 2 名" in world.client("jigou3").get(letters[3].path).text
