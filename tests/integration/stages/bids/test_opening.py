"""The opening: at the instant, all or none, each envelope against its receipt."""

import hashlib
import json
import shutil
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from procure.desks.reminders.letters import BID_LOST, OPENING_REFUSED
from procure.desks.reminders.models import InboxMessage
from procure.kernel.clock import FixedClock, SystemClock
from procure.kernel.errors import Denied, IllegalTransition, Invalid, Stale, TooEarly
from procure.kernel.events import canonical
from procure.kernel.lifecycle import BidState, Stage, TenderState
from procure.kernel.phrases import spoken
from procure.kernel.vocabulary import NoticeKind, ProcurementMethod
from procure.registers.accounts.models import Organisation
from procure.registers.deadlines.models import Deadline, TermStatus
from procure.registers.documents.models import Document, DocumentAudience, DocumentKind
from procure.registers.documents.storage import MARK, file_store
from procure.registers.notices.models import Notice
from procure.registers.projects.models import Project
from procure.stages.bids.events import BidsOpened
from procure.stages.bids.models import Bid, BidVersion, OpenedBid
from procure.stages.bids.policies import LOST
from procure.stages.bids.queries import find_refused_opening, shut_outs_of, unconfirmed_damage
from procure.stages.bids.use_cases.damage import ConfirmDamage, confirm_damage
from procure.stages.bids.use_cases.envelopes import EnvelopesAway, EnvelopesDamaged
from procure.stages.bids.use_cases.incident import note_shut_out
from procure.stages.bids.use_cases.opening import OpenBids, open_bids
from procure.stages.bids.use_cases.submit import SubmitBid, WithdrawBid, submit_bid, withdraw_bid
from procure.stages.tenders.keys import make_key
from procure.stages.tenders.models import DocumentTaker, Tender, TenderKey
from procure.store import trail
from procure.store.secrets import is_signed
from procure.store.unit_of_work import UnitOfWork
from procure.web.receiving import COMPLETE
from tests.factories.bids import (
    PRICES,
    Words,
    given_opened_bids,
    given_started_bid,
    given_submitted_bid,
    given_tender_for_bids,
    given_upload,
    given_written_bid,
    open_now,
    the_project,
    the_tender,
)
from tests.factories.proving import is_asked_for_a_code
from tests.factories.registers import pdf_file
from tests.factories.tenders import at_deadline, at_opening, platform_key
from tests.factories.uploads import SCRIPT, opens_with, pdf_with
from tests.world import World


def links(world: World, project: Project) -> list[trail.Link]:
    return list(trail.read(world.session, trail.TrailEvent.stream == f"project:{project.id}"))


def _received(world: World, username: str, at: datetime) -> UnitOfWork:
    """A unit of work for a request that was complete at an earlier instant."""
    return UnitOfWork(world.session, world.actor(username), FixedClock(at))


def test_open_three_bids_writes_what_each_said(receiving_world: World) -> None:
    world = receiving_world
    tender = given_opened_bids(world, the_tender(world))

    assert tender.state is TenderState.OPENED
    prices = world.session.scalars(select(OpenedBid.price_fen)).all()
    assert sorted(prices) == sorted(PRICES.values())
    assert {bid.state for bid in world.session.scalars(select(Bid))} == {BidState.OPENED}
    assert the_project(world).stage is Stage.AWARD
    assert world.session.get_one(TenderKey, tender.id).released_at == world.now
    assert trail.fsck(world.session) == []


def test_open_carries_the_ends_of_all_bid_chains(receiving_world: World) -> None:
    world = receiving_world
    ends = {}
    for number in (1, 2, 3):
        version = given_submitted_bid(world, the_tender(world), number)
        stream = f"bid:{version.bid_id}"
        ends[stream] = list(trail.heads(world.session, [stream])[stream])
    at_opening(world, the_tender(world))
    open_now(world, the_tender(world))

    [opened] = [link for link in links(world, the_project(world)) if link.event == "BidsOpened"]
    assert opened.data["streams"] == ends
    assert len(opened.data["takers"]) == len(PRICES)
    assert {name.partition(":")[0] for name in opened.data["takers"]} == {"taker"}
    assert {bid["price_fen"] for bid in opened.data["bids"]} == set(PRICES.values())
    assert "¥175,000.00" in BidsOpened.words_of(opened.data)


def test_open_or_fail_names_everybody_who_took_the_document(
    embedded_receiving_world: World,
) -> None:
    world = embedded_receiving_world
    takings = world.session.scalars(select(DocumentTaker.id)).all()
    ends = {
        name: list(end)
        for name, end in trail.heads(world.session, [f"taker:{one}" for one in takings]).items()
    }
    at_opening(world, the_tender(world))
    open_now(world, the_tender(world))

    [failed] = [link for link in links(world, the_project(world)) if link.event == "TenderFailed"]
    assert len(ends) == len(takings) == len(PRICES)
    assert failed.data["takers"] == ends


def test_open_nothing_of_bids_stands_in_the_project_before(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    before = [link.event for link in links(world, the_project(world))]
    documents = len(world.session.scalars(select(Document)).all())

    given_submitted_bid(world, the_tender(world), 1)

    assert [link.event for link in links(world, the_project(world))] == before
    assert trail.links_of_project(world.session, the_project(world).id)[-1].event == before[-1]
    assert len(world.session.scalars(select(Document)).all()) == documents


@pytest.mark.parametrize("early", [timedelta(microseconds=1), timedelta(days=1)])
def test_open_before_the_deadline_is_too_early(
    embedded_receiving_world: World, early: timedelta
) -> None:
    world = embedded_receiving_world
    for number in (1, 2, 3):
        given_submitted_bid(world, the_tender(world), number)
    world.clock.move_to(the_tender(world).deadline_at - early)

    with pytest.raises(TooEarly, match="任何人都不能查看"):
        open_now(world, the_tender(world))
    assert world.session.scalars(select(OpenedBid)).all() == []


def test_open_at_the_deadline_instant_waits_for_what_is_being_stored(
    embedded_receiving_world: World,
) -> None:
    """Received a moment before the deadline, stored a moment after it."""
    world = embedded_receiving_world
    tender = the_tender(world)
    given_submitted_bid(world, tender, 1)
    written = given_written_bid(world, tender, 2)
    received_at = tender.deadline_at - timedelta(microseconds=1)
    at_deadline(world, tender)

    with pytest.raises(TooEarly, match="09:30:15 起可以开标"):
        open_now(world, tender)
    with _received(world, "fuzeren2", received_at) as uow:
        version = submit_bid(uow, SubmitBid(written.id, None), platform_key(world))
    at_opening(world, tender)
    assert version.received_at == received_at
    assert open_now(world, tender).state is TenderState.OPENED
    assert world.session.get(OpenedBid, written.id) is not None


def test_bid_received_in_time_and_not_stored_before_the_opening_gets_a_signed_note(
    receiving_world: World,
) -> None:
    """Not silence. What was opened stays as it is."""
    world = receiving_world
    tender = the_tender(world)
    for number in (1, 2):
        given_submitted_bid(world, tender, number)
    late = given_written_bid(world, tender, 3)
    received_at = tender.deadline_at - timedelta(seconds=1)
    at_opening(world, tender)
    open_now(world, tender)
    # Whatever stalled the site for ten minutes made nobody late.
    world.clock.move_to(world.now + timedelta(minutes=10))
    client, base = world.client("fuzeren3"), f"/projects/{the_project(world).number}/bid"
    stamp = SystemClock().now() - (world.now - received_at)

    form = client.get(base + "/submit").hidden() | {"confirmed": "yes"}
    answer = client.raw("POST", base + "/submit", data=form, environ_overrides={COMPLETE: stamp})

    assert answer.status_code == 302
    [note] = shut_outs_of(world.session, late)
    # The wait is told by the machine's clock, which runs on while the test does.
    assert received_at - timedelta(minutes=1) < note.received_at <= received_at
    kept = json.loads(client.raw("GET", base + "/notes/1.json").data)
    signed = canonical(kept["note"]).encode()
    assert is_signed(signed, kept["signature"], platform_key(world).public_key)
    assert client.raw("GET", base + "/notes/2.json").status_code == 404
    page = client.get(base)
    assert "截止前送达，没有能够存入" in page.text
    assert spoken(note.note_id) in page.text
    assert "earlier_version_opened" not in page.text
    assert world.session.get(OpenedBid, late.id) is None
    [told] = [link for link in links(world, the_project(world)) if link.event == "ShutOutNoted"]
    assert spoken(note.note_id) in told.words
    assert late.supplier_id not in told.body


def test_withdrawal_in_time_counts_while_the_opening_waits(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    tender = the_tender(world)
    versions = [given_submitted_bid(world, tender, number) for number in (1, 2, 3)]
    at_deadline(world, tender)

    with _received(world, "fuzeren1", tender.deadline_at - timedelta(microseconds=1)) as uow:
        withdraw_bid(uow, WithdrawBid(versions[0].bid_id, None))
    at_opening(world, tender)

    assert open_now(world, tender).state is TenderState.OPENED
    assert world.session.get(OpenedBid, versions[0].bid_id) is None


@pytest.mark.parametrize("bidders", [(1, 2, 3), (1,)])
def test_withdrawal_in_time_and_not_stored_before_the_opening_gets_a_signed_note(
    embedded_receiving_world: World, bidders: tuple[int, ...]
) -> None:
    """As for a bid handed in: it was refused in words that put the fault on the bidder."""
    world = embedded_receiving_world
    tender = the_tender(world)
    given_opened_bids(world, tender, bidders)
    received_at = tender.deadline_at - timedelta(seconds=1)
    client, base = world.client("fuzeren1"), f"/projects/{the_project(world).number}/bid"
    stamp = SystemClock().now() - (world.now - received_at)

    form = client.get(base + "/withdraw").hidden() | {"confirmed": "yes"}
    answer = client.raw("POST", base + "/withdraw", data=form, environ_overrides={COMPLETE: stamp})

    assert answer.status_code == 302
    bid = world.session.scalars(
        select(Bid).where(Bid.supplier_id == world.actor("jigou1").organisation_id)
    ).one()
    [note] = shut_outs_of(world.session, bid)
    assert note.is_withdrawal
    assert note.received_at < tender.deadline_at
    kept = json.loads(client.raw("GET", base + "/notes/1.json").data)
    assert is_signed(
        canonical(kept["note"]).encode(), kept["signature"], platform_key(world).public_key
    )
    assert "截止前申请撤回，没有能够办理" in client.get(base).text
    [told] = [link for link in links(world, the_project(world)) if link.event == "ShutOutNoted"]
    assert "撤回投标" in told.words
    # Who asks after the deadline gets none.
    late = client.post(base + "/withdraw", {"confirmed": "yes"}, status=409)
    assert "signature" not in late.text
    assert len(shut_outs_of(world.session, bid)) == 1


def test_unfinished_bid_in_time_is_refused_for_what_it_lacks(
    embedded_receiving_world: World,
) -> None:
    """A note is no evidence for a bid that would have been refused at any hour."""
    world = embedded_receiving_world
    tender = the_tender(world)
    unfinished = given_started_bid(world, tender, 3)
    received_at = tender.deadline_at - timedelta(seconds=1)
    given_opened_bids(world, tender, (1, 2))

    with pytest.raises(Invalid), _received(world, "fuzeren3", received_at) as uow:
        submit_bid(uow, SubmitBid(unfinished.id, None), platform_key(world))


def test_note_for_a_bid_that_was_late_is_denied(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    tender = the_tender(world)
    late = given_written_bid(world, tender, 3)
    given_opened_bids(world, tender, (1, 2))

    with pytest.raises(Denied), _received(world, "fuzeren3", tender.deadline_at) as uow:
        note_shut_out(uow, late.id, platform_key(world))
    assert shut_outs_of(world.session, late) == []


def test_open_consultation_with_two_goes_on(embedded_receiving_world: World) -> None:
    """财库〔2015〕124号, V22."""
    tender = given_opened_bids(
        embedded_receiving_world, the_tender(embedded_receiving_world), (1, 2)
    )

    assert tender.state is TenderState.OPENED


@pytest.mark.parametrize("bidders", [(), (1,)])
def test_open_consultation_with_fewer_fails_and_stays_sealed(
    embedded_receiving_world: World, bidders: tuple[int, ...]
) -> None:
    world = embedded_receiving_world
    tender = given_opened_bids(world, the_tender(world), bidders)

    assert tender.state is TenderState.FAILED
    assert world.session.get_one(TenderKey, tender.id).released_at is None
    assert world.session.scalars(select(OpenedBid)).all() == []
    [notice] = world.session.scalars(select(Notice).where(Notice.kind == NoticeKind.TERMINATION))
    assert "不足 2 家" in str(notice.sections)
    running = select(Deadline).where(
        Deadline.subject_id == tender.id, Deadline.status == TermStatus.RUNNING
    )
    assert world.session.scalars(running).all() == []


def test_open_tender_with_two_fails(embedded_world: World) -> None:
    """R-OPEN-6: fewer than three are not opened."""
    world = embedded_world
    tender = given_tender_for_bids(world, ProcurementMethod.OPEN_TENDER)
    tender = given_opened_bids(world, tender, (1, 2))

    assert tender.state is TenderState.FAILED


def test_open_withdrawn_bid_does_not_count_and_stays_sealed(
    embedded_receiving_world: World,
) -> None:
    world = embedded_receiving_world
    versions = [given_submitted_bid(world, the_tender(world), number) for number in (1, 2, 3)]
    with world.uow("fuzeren1") as uow:
        withdraw_bid(uow, WithdrawBid(versions[0].bid_id, None))
    at_opening(world, the_tender(world))

    open_now(world, the_tender(world))

    assert world.session.get(OpenedBid, versions[0].bid_id) is None
    assert len(world.session.scalars(select(OpenedBid)).all()) == 2


def test_open_takes_the_last_version_only(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    given_submitted_bid(world, the_tender(world), 1, price_fen=17_999_999)
    given_submitted_bid(world, the_tender(world), 1, price_fen=16_000_001)
    given_opened_bids(world, the_tender(world), (2, 3))

    prices = set(world.session.scalars(select(OpenedBid.price_fen)))
    assert 16_000_001 in prices
    assert 17_999_999 not in prices


def test_open_files_attachments_for_the_panel(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    hostile = pdf_with(opens_with(SCRIPT))
    token = given_upload(world, hostile, "登记证书.pdf")
    bid = given_written_bid(world, the_tender(world), 1, words=Words(tokens=(token,)))
    with world.uow("fuzeren1") as uow:
        submit_bid(uow, SubmitBid(bid.id, None), platform_key(world))
    given_opened_bids(world, the_tender(world), (2, 3))

    [paper] = world.session.scalars(
        select(Document).where(Document.kind == DocumentKind.BID_ATTACHMENT)
    )
    assert b"JavaScript" not in file_store().read(paper.sha256)
    assert paper.outcome == "cleaned"
    assert paper.original_sha256 == hashlib.sha256(hostile).hexdigest()
    assert paper.audience is DocumentAudience.PANEL
    assert paper.owner_id == world.actor("jigou1").organisation_id


def test_open_with_the_file_store_away_opens_nothing_and_goes_on_when_it_is_back(
    receiving_world: World,
) -> None:
    """A share not mounted at the opening threw every bid out for good, as if damaged by its bidder."""
    world = receiving_world
    for number in (1, 2, 3):
        given_submitted_bid(world, the_tender(world), number)
    at_opening(world, the_tender(world))
    clerk, page = world.client("jingban"), f"/projects/{the_project(world).number}/opening/open"
    root, kept = file_store().root, file_store().root.with_name("kept")
    root.rename(kept)

    for away in ("gone", "empty", "anothers"):
        if away == "empty":
            root.mkdir()
        elif away == "anothers":
            root.rmdir()
            shutil.copytree(kept, root)
            (root / MARK).write_text("another installation", encoding="ascii")
        answer = clerk.post(page, {"recorder": "陈晓岚", "confirmed": "yes"}, status=503)
        assert "平台暂时读不到密封文件，标书没有打开，请联系系统管理员" in answer.text
        assert "陈晓岚" in answer.text

    assert the_tender(world).state is TenderState.PUBLISHED
    assert world.session.get_one(TenderKey, the_tender(world).id).released_at is None
    assert world.session.scalars(select(OpenedBid)).all() == []
    [told] = [link for link in links(world, the_project(world)) if link.event == "OpeningRefused"]
    assert len(told.data["away"]) == 3
    assert told.data["damaged"] == []
    supplier = world.session.get_one(Organisation, world.actor("jigou1").organisation_id)
    assert supplier.name not in told.body
    [alarm] = world.session.scalars(
        select(InboxMessage).where(InboxMessage.kind == OPENING_REFUSED)
    )
    assert alarm.user_id == world.actor("xitong").user_id
    assert all(digest in alarm.words for digest in told.data["away"])

    shutil.rmtree(root)
    kept.rename(root)
    assert open_now(world, the_tender(world)).state is TenderState.OPENED
    assert not any(world.session.scalars(select(OpenedBid.damaged)))
    assert trail.fsck(world.session) == []


@pytest.mark.parametrize("fault", ["missing", "unreadable"])
def test_open_with_one_envelope_that_cannot_be_read_throws_nobody_out(
    embedded_receiving_world: World, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = embedded_receiving_world
    versions = [given_submitted_bid(world, the_tender(world), number) for number in (1, 2, 3)]
    path = file_store().path_of(versions[0].sha256)
    content = path.read_bytes()
    path.unlink()
    if fault == "unreadable":
        path.mkdir()
    # Damage of another one is not told while not all could be read.
    other = file_store().path_of(versions[1].sha256)
    kept = other.read_bytes()
    other.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    at_opening(world, the_tender(world))

    with pytest.raises(EnvelopesAway) as refusal:
        open_now(world, the_tender(world))
    assert refusal.value.digests == (versions[0].sha256,)
    # The refusal and the alarm tell people; the log has the file's name in one line each time.
    said = [record for record in caplog.records if versions[0].sha256 in record.getMessage()]
    assert len(said) == 1
    assert [record for record in caplog.records if record.exc_info] == []
    assert "\n" not in said[0].getMessage()
    if fault == "unreadable":
        path.rmdir()
    path.write_bytes(content)
    with pytest.raises(EnvelopesDamaged):
        open_now(world, the_tender(world))
    assert the_tender(world).state is TenderState.PUBLISHED


def test_open_with_an_envelope_lost_for_good_goes_on_after_a_time_and_a_second_person(
    receiving_world: World,
) -> None:
    """One file that no backup has kept all other bids sealed for ever."""
    world = receiving_world
    versions = [given_submitted_bid(world, the_tender(world), number) for number in (1, 2, 3)]
    file_store().path_of(versions[0].sha256).unlink()
    at_opening(world, the_tender(world))
    number = the_project(world).number
    base, said = f"/projects/{number}/opening", {"recorder": "陈晓岚", "confirmed": "yes"}
    confirmed = {"reason": "三份备份里都没有", "confirmed": "yes"}
    clerk, approver = world.client("jingban"), world.client("shenhe")

    refused = clerk.post(base + "/open", said, status=503)
    assert "满 4 小时，由本单位的审核负责人" in refused.text
    assert f"{base}/damage" in approver.get("/desk").links()
    page = approver.get(base + "/damage")
    assert spoken(str(versions[0].receipt["receipt_id"])) in page.text
    assert "平台丢失了这份密封件，与投标人无关" in page.text
    assert "起才可以确认丢失" in page.text
    world.clock.move_to(world.now + timedelta(hours=3, minutes=59))
    found = links(world, the_project(world))[-1].seq
    with pytest.raises(TooEarly, match="从备份恢复"), world.uow("shenhe") as uow:
        confirm_damage(uow, ConfirmDamage(the_tender(world).id, found, "没有"))

    world.clock.move_to(world.now + timedelta(minutes=1))
    clerk, approver = world.client("jingban"), world.client("shenhe")
    root, kept = file_store().root, file_store().root.with_name("kept")
    root.rename(kept)
    assert approver.post(base + "/damage", confirmed, status=503)
    kept.rename(root)
    with pytest.raises(Denied), world.uow("jingban") as uow:
        confirm_damage(uow, ConfirmDamage(the_tender(world).id, found, "没有"))
    approver.post(base + "/damage", {"confirmed": "yes"}, status=400)
    approver.post(base + "/damage", confirmed)
    clerk.post(base + "/open", said)

    assert the_tender(world).state is TenderState.OPENED
    lost = world.session.get_one(OpenedBid, versions[0].bid_id)
    assert (lost.damaged, lost.price_fen, lost.damage) == (True, None, LOST)
    for one in versions[1:]:
        assert not world.session.get_one(OpenedBid, one.bid_id).damaged
    bids = {one.bid_id: world.session.get_one(Bid, one.bid_id) for one in versions}
    [note] = shut_outs_of(world.session, bids[versions[0].bid_id])
    assert note.is_loss and note.received_at == versions[0].received_at
    assert note.note["envelope_sha256"] == versions[0].sha256
    assert is_signed(canonical(note.note).encode(), note.signature, platform_key(world).public_key)
    assert [shut_outs_of(world.session, bids[one.bid_id]) for one in versions[1:]] == [[], []]
    assert "平台丢失了您的密封件" in world.client("fuzeren1").get(f"/projects/{number}/bid").text
    told = world.session.scalars(select(InboxMessage).where(InboxMessage.kind == BID_LOST)).all()
    assert world.actor("fuzeren1").user_id in {one.user_id for one in told}
    assert not {world.actor(f"fuzeren{other}").user_id for other in (2, 3)} & {
        one.user_id for one in told
    }
    [record] = world.session.scalars(
        select(Document).where(Document.kind == DocumentKind.OPENING_RECORD)
    )
    snapshot = str(record.snapshot)
    assert "平台丢失，未能打开" in snapshot
    assert world.actor("shenhe").name in snapshot and "三份备份里都没有" in snapshot
    words = [link.words for link in links(world, the_project(world))]
    assert any("与投标人无关" in said and "三份备份里都没有" in said for said in words)
    assert trail.fsck(world.session) == []


def test_lost_envelope_that_is_found_again_is_opened_like_the_others(
    embedded_receiving_world: World,
) -> None:
    world = embedded_receiving_world
    versions = [given_submitted_bid(world, the_tender(world), number) for number in (1, 2, 3)]
    path = file_store().path_of(versions[0].sha256)
    content = path.read_bytes()
    path.unlink()
    at_opening(world, the_tender(world))
    world.client("jingban").post(
        f"/projects/{the_project(world).number}/opening/open",
        {"recorder": "陈晓岚", "confirmed": "yes"},
        status=503,
    )
    world.clock.move_to(world.now + timedelta(hours=4))
    command = ConfirmDamage(the_tender(world).id, None, "备份里没有")

    path.write_bytes(content)
    with pytest.raises(Stale, match="已经恢复"), world.uow("shenhe") as uow:
        confirm_damage(uow, command)
    path.unlink()
    with world.uow("shenhe") as uow:
        confirm_damage(uow, command)
    # Who confirmed that it is lost has not confirmed that it is damaged.
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(EnvelopesDamaged):
        open_now(world, the_tender(world))
    path.write_bytes(content)

    assert open_now(world, the_tender(world)).state is TenderState.OPENED
    assert not any(world.session.scalars(select(OpenedBid.damaged)))


def test_open_damaged_envelope_waits_for_a_second_person_and_the_others_go_on(
    receiving_world: World,
) -> None:
    world = receiving_world
    versions = [given_submitted_bid(world, the_tender(world), number) for number in (1, 2, 3)]
    altered, moved = (file_store().path_of(one.sha256) for one in versions[:2])
    whole = moved.read_bytes()
    sealed = altered.read_bytes()
    altered.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    moved.write_bytes(file_store().read(versions[2].sha256))
    at_opening(world, the_tender(world))
    base = f"/projects/{the_project(world).number}/opening"
    clerk, approver = world.client("jingban"), world.client("shenhe")
    said = {"recorder": "陈晓岚", "confirmed": "yes"}

    approver.get(base + "/damage")
    assert approver.raw("POST", base + "/damage").status_code in (400, 409)
    answer = clerk.post(base + "/open", said, status=409)
    assert "2 份密封件损坏，标书没有打开" in answer.text
    assert the_tender(world).state is TenderState.PUBLISHED
    assert world.session.scalars(select(OpenedBid)).all() == []

    assert f"{base}/damage" in approver.get("/desk").links()
    page = approver.get(base + "/damage")
    receipts = [spoken(str(one.receipt["receipt_id"])) for one in versions]
    assert [receipt in page.text for receipt in receipts] == [True, True, False]
    clerk.get(base + "/damage", status=403)
    approver.post(base + "/damage", {"confirmed": "yes"}, status=400)
    approver.post(base + "/damage", {"reason": "备份中也已损坏", "confirmed": "yes"})
    # One of the two is found in a backup after all.
    moved.write_bytes(whole)
    clerk.post(base + "/open", said)

    assert the_tender(world).state is TenderState.OPENED
    harmed = world.session.get_one(OpenedBid, versions[0].bid_id)
    assert harmed.damaged
    assert harmed.price_fen is None
    assert harmed.damage == "密文与回执上的校验码不符"
    for one in versions[1:]:
        assert not world.session.get_one(OpenedBid, one.bid_id).damaged
    [record] = world.session.scalars(
        select(Document).where(Document.kind == DocumentKind.OPENING_RECORD)
    )
    note = str(record.snapshot["result_note"])
    assert world.actor("shenhe").name in note
    assert world.actor("jingban").name in note
    assert "备份中也已损坏" in note
    told = [link.event for link in links(world, the_project(world))]
    assert told.index("OpeningRefused") < told.index("DamageConfirmed") < told.index("BidsOpened")
    assert f"{base}/damage" not in approver.get("/desk").links()


def test_confirming_damage_takes_a_fresh_code(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    versions = [given_submitted_bid(world, the_tender(world), number) for number in (1, 2, 3)]
    altered = file_store().path_of(versions[0].sha256)
    sealed = altered.read_bytes()
    altered.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    at_opening(world, the_tender(world))
    base = f"/projects/{the_project(world).number}/opening"
    said = {"recorder": "陈晓岚", "confirmed": "yes"}
    world.client("jingban").post(base + "/open", said, status=409)
    found = find_refused_opening(world.session, the_tender(world))
    assert found is not None
    form = {"reason": "备份中也已损坏", "confirmed": "yes", "version": str(found.seq)}
    approver = is_asked_for_a_code(world, "shenhe", base + "/damage", **form)

    assert approver.send(base + "/damage", **form).status_code == 302
    world.session.rollback()
    assert unconfirmed_damage(world.session, the_tender(world)) == ()


def test_open_envelope_that_the_key_does_not_open_waits_for_a_second_person_too(
    embedded_receiving_world: World,
) -> None:
    """Whole by its receipt and sealed to another tender: no reason to throw a bid out unseen."""
    world = embedded_receiving_world
    key = world.session.get_one(TenderKey, the_tender(world).id)
    recipient = key.recipient
    key.recipient = make_key(platform_key(world)).recipient
    world.session.commit()
    given_submitted_bid(world, the_tender(world), 1)
    key.recipient = recipient
    world.session.commit()
    for number in (2, 3):
        given_submitted_bid(world, the_tender(world), number)
    at_opening(world, the_tender(world))

    with pytest.raises(EnvelopesDamaged) as refusal:
        open_now(world, the_tender(world))
    [damaged] = refusal.value.damaged
    assert "解不开" in damaged.damage
    assert world.session.get_one(TenderKey, key.tender_id).released_at is None


def test_open_with_names_as_long_as_the_forms_allow(embedded_receiving_world: World) -> None:
    """A bidder's name of eighty characters and a file's of 120 stopped the opening for all."""
    world = embedded_receiving_world
    supplier = world.session.get_one(Organisation, world.actor("jigou1").organisation_id)
    supplier.name = "珠" * 80
    world.session.commit()
    name = "证" * 110 + "2026 版.pdf"
    token = given_upload(world, pdf_file(b"% certificate"), name)
    bid = given_written_bid(world, the_tender(world), 1, words=Words(tokens=(token,)))
    with world.uow("fuzeren1") as uow:
        submit_bid(uow, SubmitBid(bid.id, None), platform_key(world))

    assert given_opened_bids(world, the_tender(world), (2, 3)).state is TenderState.OPENED
    [paper] = world.session.scalars(
        select(Document).where(Document.kind == DocumentKind.BID_ATTACHMENT)
    )
    assert len(paper.title) <= 200
    assert paper.title.startswith("珠" * 80)
    assert paper.title.endswith("2026 版.pdf")
    assert paper.filename == name


def test_open_by_others_than_the_clerk_is_denied(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    at_opening(world, the_tender(world))

    for username in ("shenhe", "yanshou", "jigou1", "fuzeren1", "zhuanjia1"):
        with pytest.raises(Denied), world.uow(username) as uow:
            open_bids(uow, OpenBids(the_tender(world).id, None, "甲"), platform_key(world))


def test_open_by_another_buyers_clerk_is_denied(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    at_opening(world, the_tender(world))

    with pytest.raises(Denied, match="其他单位的采购项目"), world.uow("jiedao") as uow:
        open_bids(uow, OpenBids(the_tender(world).id, None, "甲"), platform_key(world))


def test_open_twice_is_refused(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    given_opened_bids(world, the_tender(world))

    with pytest.raises(IllegalTransition):
        open_now(world, the_tender(world))


def test_open_without_recorder_or_on_an_old_view_is_refused(
    embedded_receiving_world: World,
) -> None:
    world = embedded_receiving_world
    at_opening(world, the_tender(world))
    tender: Tender = the_tender(world)

    with pytest.raises(Invalid, match="记录人"), world.uow("jingban") as uow:
        open_bids(uow, OpenBids(tender.id, None, "  "), platform_key(world))
    with pytest.raises(Stale), world.uow("jingban") as uow:
        open_bids(uow, OpenBids(tender.id, tender.version - 1, "甲"), platform_key(world))


def test_submit_after_the_opening_is_refused(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    tender = given_opened_bids(world, the_tender(world))
    bid = world.session.scalars(
        select(Bid).where(Bid.supplier_id == world.actor("jigou1").organisation_id)
    ).one()

    with pytest.raises(IllegalTransition), world.uow("fuzeren1") as uow:
        submit_bid(uow, SubmitBid(bid.id, None), platform_key(world))
    assert tender.opened_at is not None


def test_opening_record_is_public_in_a_tender_and_the_buyers_in_a_consultation(
    embedded_receiving_world: World,
) -> None:
    """R-OPEN-5; CC214: no announcement of prices."""
    given_opened_bids(embedded_receiving_world, the_tender(embedded_receiving_world))
    [record] = embedded_receiving_world.session.scalars(
        select(Document).where(Document.kind == DocumentKind.OPENING_RECORD)
    )
    assert record.audience is DocumentAudience.BUYER


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE opened_bid SET price_fen = 1",
        "DELETE FROM opened_bid",
        "INSERT INTO opened_bid SELECT * FROM opened_bid",
    ],
)
def test_change_what_was_opened_is_refused_by_the_database(
    receiving_world: World, statement: str
) -> None:
    given_opened_bids(receiving_world, the_tender(receiving_world))

    with pytest.raises(DatabaseError):
        receiving_world.session.execute(text(statement))
    receiving_world.session.rollback()


def test_store_an_opened_bid_without_price_unless_damaged_is_refused(
    receiving_world: World,
) -> None:
    world = receiving_world
    version = given_submitted_bid(world, the_tender(world))
    supplier = world.actor("jigou1").organisation_id

    def row(**changes: object) -> OpenedBid:
        values = {
            "bid_id": version.bid_id,
            "tender_id": the_tender(world).id,
            "supplier_id": supplier,
            "price_fen": None,
            "claims_deduction": False,
            "project_manager": "",
            "proposal": "",
            "answers": [],
            "statements": [],
            "damaged": False,
            "damage": "",
            "opened_at": world.now,
        }
        return OpenedBid(**(values | changes))

    for wrong in (row(), row(price_fen=0), row(damaged=True), row(price_fen=1, damage="坏")):
        world.session.add(wrong)
        with pytest.raises(DatabaseError):
            world.session.flush()
        world.session.rollback()
    assert world.session.scalars(select(BidVersion)).one().id == version.id
