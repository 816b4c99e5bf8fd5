"""Handing in, replacing, taking back: to the microsecond, once, signed, by the right person."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from procure.kernel.errors import (
    Conflict,
    DeadlinePassed,
    Denied,
    IllegalTransition,
    Invalid,
    NotFound,
    Stale,
)
from procure.kernel.events import canonical
from procure.kernel.lifecycle import BidState
from procure.registers.accounts.models import Organisation
from procure.registers.documents.models import Document
from procure.registers.documents.storage import file_store
from procure.stages.bids import queries
from procure.stages.bids.content import STATEMENTS
from procure.stages.bids.models import Bid, BidVersion, OpenedBid
from procure.stages.bids.receipts import kept_paper, pseudonym
from procure.stages.bids.sealing import looks_sealed
from procure.stages.bids.use_cases import submit as submitting
from procure.stages.bids.use_cases.draft import (
    SaveOffer,
    SaveStatements,
    save_offer,
    save_statements,
    start_bid,
)
from procure.stages.bids.use_cases.opening import RecordObjections, record_objections
from procure.stages.bids.use_cases.submit import (
    SubmitBid,
    WithdrawBid,
    receive_envelope,
    submit_bid,
    withdraw_bid,
)
from procure.store import trail
from procure.store.secrets import is_signed
from tests.factories.bids import (
    Words,
    draft_of,
    given_started_bid,
    given_submitted_bid,
    given_upload,
    given_written_bid,
    open_now,
    the_project,
    the_tender,
)
from tests.factories.registers import pdf_file
from tests.factories.tenders import at_deadline, at_opening, platform_key
from tests.world import World

MICROSECOND = timedelta(microseconds=1)


def submit(world: World, bid: Bid, username: str = "fuzeren1", key: str = "") -> BidVersion:
    with world.uow(username) as uow:
        version = submit_bid(uow, SubmitBid(bid.id, None, key), platform_key(world))
    return world.session.get_one(BidVersion, version.id)


def test_submit_whole_draft_seals_and_signs_a_receipt(receiving_world: World) -> None:
    world = receiving_world
    version = given_submitted_bid(world, the_tender(world))

    sealed = file_store().read(version.sha256)
    assert looks_sealed(sealed)
    assert is_signed(
        canonical(version.receipt).encode(), version.signature, platform_key(world).public_key
    )
    assert version.receipt["sha256"] == version.sha256
    bid = world.session.get_one(Bid, version.bid_id)
    assert bid.state is BidState.SUBMITTED
    assert version.receipt["bidder"] == pseudonym(
        str(version.receipt["receipt_id"]), bid.supplier_id
    )


def test_submit_names_its_event_and_the_event_names_the_receipt(receiving_world: World) -> None:
    world = receiving_world
    version = given_submitted_bid(world, the_tender(world))

    stream = f"bid:{version.bid_id}"
    [row] = queries.versions_of(world.session, world.session.get_one(Bid, version.bid_id))
    links = list(trail.read(world.session, trail.TrailEvent.stream == stream))
    [link] = [link for link in links if link.event == "BidSubmitted"]
    chain = version.receipt["chain"]
    assert (chain["stream"], chain["seq"]) == (stream, link.seq)
    assert row.event_hash == link.hash
    assert link.data["receipt_id"] == version.receipt["receipt_id"]
    assert link.project_id is None
    assert trail.fsck(world.session) == []


@pytest.mark.parametrize("early", [MICROSECOND, timedelta(seconds=1)])
def test_submit_before_the_deadline_is_taken(
    embedded_receiving_world: World, early: timedelta
) -> None:
    world = embedded_receiving_world
    bid = given_written_bid(world, the_tender(world))
    world.clock.move_to(the_tender(world).deadline_at - early)

    assert submit(world, bid).number == 1


@pytest.mark.parametrize("late", [timedelta(0), MICROSECOND, timedelta(days=1)])
def test_submit_at_or_after_the_deadline_is_refused(
    receiving_world: World, late: timedelta
) -> None:
    world = receiving_world
    bid = given_written_bid(world, the_tender(world))
    world.clock.move_to(the_tender(world).deadline_at + late)

    with pytest.raises(DeadlinePassed, match="截止"):
        submit(world, bid)
    assert world.session.scalars(select(BidVersion)).all() == []


def test_submit_by_a_member_who_may_not_sign_is_denied(embedded_receiving_world: World) -> None:
    bid = given_written_bid(embedded_receiving_world, the_tender(embedded_receiving_world))

    with pytest.raises(Denied, match="机构负责人|权限"):
        submit(embedded_receiving_world, bid, "jigou1")


def test_submit_by_a_rival_finds_nothing(embedded_receiving_world: World) -> None:
    bid = given_written_bid(embedded_receiving_world, the_tender(embedded_receiving_world))

    with pytest.raises(NotFound):
        submit(embedded_receiving_world, bid, "fuzeren2")


def test_submit_with_gaps_says_what_is_missing(embedded_receiving_world: World) -> None:
    bid = given_started_bid(embedded_receiving_world, the_tender(embedded_receiving_world))

    with pytest.raises(Invalid, match="报价"):
        submit(embedded_receiving_world, bid)


def test_submit_same_request_twice_makes_one_version(receiving_world: World) -> None:
    world = receiving_world
    bid = given_written_bid(world, the_tender(world))

    first, second = submit(world, bid, key="k" * 20), submit(world, bid, key="k" * 20)

    assert first.id == second.id
    with pytest.raises(Conflict), world.uow("fuzeren1") as uow:
        submit_bid(uow, SubmitBid(bid.id, 7, "k" * 20), platform_key(world))


def test_submit_on_an_old_view_is_stale(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    bid = given_written_bid(world, the_tender(world))
    seen = bid.version
    with world.uow("jigou1") as uow:
        save_offer(uow, SaveOffer(bid.id, None, 17_000_000, None, False), platform_key(world))

    with pytest.raises(Stale), world.uow("fuzeren1") as uow:
        submit_bid(uow, SubmitBid(bid.id, seen), platform_key(world))


def test_submit_again_adds_a_version_and_keeps_the_first(receiving_world: World) -> None:
    world = receiving_world
    first = given_submitted_bid(world, the_tender(world))
    second = given_submitted_bid(world, the_tender(world), price_fen=16_000_000)

    assert (first.number, second.number) == (1, 2)
    assert first.sha256 != second.sha256
    bid = world.session.get_one(Bid, second.bid_id)
    assert draft_of(world, bid).sealed.price_fen == 16_000_000
    assert draft_of(world, bid).sealed_version == 2


def test_withdraw_before_the_deadline_leaves_the_draft(receiving_world: World) -> None:
    world = receiving_world
    version = given_submitted_bid(world, the_tender(world))

    with world.uow("fuzeren1") as uow:
        withdraw_bid(uow, WithdrawBid(version.bid_id, None, "改期"))

    bid = world.session.get_one(Bid, version.bid_id)
    assert bid.state is BidState.WITHDRAWN
    assert draft_of(world, bid).present.price_fen == 17_500_000
    with pytest.raises(IllegalTransition), world.uow("fuzeren1") as uow:
        withdraw_bid(uow, WithdrawBid(version.bid_id, None))


def test_withdraw_at_the_deadline_is_too_late(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    version = given_submitted_bid(world, the_tender(world))
    at_deadline(world, the_tender(world))

    with pytest.raises(DeadlinePassed, match="不能撤回"), world.uow("fuzeren1") as uow:
        withdraw_bid(uow, WithdrawBid(version.bid_id, None))


def test_withdraw_by_a_member_is_denied(embedded_receiving_world: World) -> None:
    version = given_submitted_bid(embedded_receiving_world, the_tender(embedded_receiving_world))

    with pytest.raises(Denied), embedded_receiving_world.uow("jigou1") as uow:
        withdraw_bid(uow, WithdrawBid(version.bid_id, None))


def test_receive_plain_content_is_refused(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    bid = given_written_bid(world, the_tender(world))

    with pytest.raises(Invalid, match="没有按要求加密"), world.uow("fuzeren1") as uow:
        receive_envelope(
            uow, bid, the_tender(world), the_project(world), 1, b"x" * 99_999, platform_key(world)
        )


@pytest.mark.parametrize(
    "statement",
    ["UPDATE bid_version SET sha256 = '0'", "DELETE FROM bid_version"],
)
def test_change_a_received_version_is_refused_by_the_database(
    receiving_world: World, statement: str
) -> None:
    given_submitted_bid(receiving_world, the_tender(receiving_world))

    with pytest.raises(DatabaseError):
        receiving_world.session.execute(text(statement))
    receiving_world.session.rollback()


def test_start_a_second_time_gives_the_same_bid(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    first = given_started_bid(world, the_tender(world))

    with world.uow("fuzeren1") as uow:
        again = start_bid(uow, the_tender(world).id, platform_key(world))
    assert again.id == first.id


def test_bid_replaced_without_end_keeps_its_newest_envelopes_and_every_receipt(
    receiving_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bidder stored 850 versions; at no hour may the way out be that a bid cannot be replaced."""
    monkeypatch.setattr(submitting, "KEPT_ENVELOPES", 2)
    world = receiving_world
    bid = given_written_bid(world, the_tender(world))
    versions = [submit(world, bid) for _ in range(4)]

    store = file_store()
    assert [store.path_of(one.sha256).exists() for one in versions] == [False, False, True, True]
    assert looks_sealed(store.read(versions[-1].sha256))
    rows = queries.versions_of(world.session, world.session.get_one(Bid, bid.id))
    assert [row.sealed.number for row in rows] == [4, 3, 2, 1]
    links = list(trail.read(world.session, trail.TrailEvent.stream == f"bid:{bid.id}"))
    released = [link.data["number"] for link in links if link.event == "EnvelopeReleased"]
    assert released == [1, 2]
    assert trail.fsck(world.session) == []


def test_receipt_on_paper_is_the_same_for_ever(embedded_receiving_world: World) -> None:
    """Bidder and platform would else hold different receipts of one version; files and names of then
    stay although a later version drops them and the organisation is renamed.
    """
    world, tender = embedded_receiving_world, the_tender(embedded_receiving_world)
    token = given_upload(world, pdf_file(b"% certificate"), "资质证书.pdf")
    bid = given_written_bid(world, tender, words=Words(tokens=(token,)))
    submit(world, bid)
    address = f"/projects/{the_project(world).number}/bid/receipts/1.pdf"
    before = world.client("fuzeren1").raw("GET", address).data
    given_submitted_bid(world, tender)
    with world.uow("system") as uow:
        uow._technical = True
        uow.session.get_one(Organisation, bid.supplier_id).name = "改名以后的服务中心"

    again = world.client("fuzeren1").raw("GET", address).data

    assert before == again
    kept = kept_paper(world.session, platform_key(world), first_version(world, bid).id)
    assert kept is not None
    assert [file["name"] for file in kept[1]["files"]][1:] == ["资质证书.pdf"]
    assert kept[1]["bid_file"] == "响应文件"


def first_version(world: World, bid: Bid) -> BidVersion:
    """The oldest version of a bid."""
    return world.session.scalars(
        select(BidVersion).where(BidVersion.bid_id == bid.id).order_by(BidVersion.number)
    ).first()


def test_statements_are_saved_only_as_one_answer_for_each(
    embedded_receiving_world: World,
) -> None:
    """Asked of the command itself: what came in short made every later page of the bid fail."""
    world = embedded_receiving_world
    bid = given_written_bid(world, the_tender(world))
    for answers in (len(STATEMENTS) - 1, 0, len(STATEMENTS) + 1):
        with world.uow("jigou1") as uow, pytest.raises(Invalid, match="逐项回答"):
            save_statements(
                uow, SaveStatements(bid.id, None, (True,) * answers, ""), platform_key(world)
            )

    assert "声明" in world.client("jigou1").get(f"/projects/{the_project(world).number}/bid").text
    submit(world, bid)


@pytest.mark.parametrize(
    ("kind", "words"),
    [("", "事业单位类别"), ("class_1", "公益一类事业单位不能作为承接主体"), ("class_2", "")],
)
def test_institution_says_its_class_and_the_first_may_not_bid(
    embedded_receiving_world: World, kind: str, words: str
) -> None:
    """R-GPS-3: asked, never guessed; kept by the register once the bid is opened."""
    world, tender = embedded_receiving_world, the_tender(embedded_receiving_world)
    bid = given_written_bid(world, tender)
    with world.uow("system") as uow:
        uow._technical = True
        uow.session.get_one(Organisation, bid.supplier_id).credit_code = "12440403455850123X"
    with world.uow("jigou1") as uow:
        command = SaveStatements(bid.id, None, (True,) * len(STATEMENTS), kind)
        save_statements(uow, command, platform_key(world))
    page = world.client("jigou1").get(f"/projects/{the_project(world).number}/bid/statements")
    assert "本单位的事业单位类别" in page.text
    if words:
        with pytest.raises(Invalid, match=words):
            submit(world, bid)
        return
    submit(world, bid)
    for number in (2, 3):
        given_submitted_bid(world, tender, number)
    at_opening(world, tender)
    open_now(world, tender)

    world.session.expire_all()
    assert world.session.get_one(OpenedBid, bid.id).institution_class == kind
    assert world.session.get_one(Organisation, bid.supplier_id).institution_class == kind


def test_institution_of_the_first_class_in_the_register_may_not_begin(
    embedded_receiving_world: World,
) -> None:
    world, tender = embedded_receiving_world, the_tender(embedded_receiving_world)
    with world.uow("system") as uow:
        uow._technical = True
        own = uow.session.get_one(Organisation, world.actor("jigou1").organisation_id)
        own.institution_class = "class_1"

    with pytest.raises(Denied, match="公益一类"):
        given_started_bid(world, tender)


def test_objections_are_asked_after_the_opening(embedded_receiving_world: World) -> None:
    """O87 art 42: nobody can object to an opening that has not been held."""
    world, tender = embedded_receiving_world, the_tender(embedded_receiving_world)
    for number in (1, 2, 3):
        given_submitted_bid(world, tender, number)
    at_opening(world, tender)
    ask = RecordObjections(tender.id, None, has_any=False)
    with pytest.raises(IllegalTransition), world.uow("jingban") as uow:
        record_objections(uow, ask)
    base = f"/projects/{the_project(world).number}/opening"
    assert "开启以后才能登记异议和答复" in world.client("jingban").get(f"{base}/objections").text
    open_now(world, tender)
    first = queries.opening_record_of(world.session, tender.id)
    assert first is not None and "objections_at" not in first.snapshot
    with pytest.raises(Invalid, match="怎样答复"), world.uow("jingban") as uow:
        record_objections(uow, RecordObjections(tender.id, None, has_any=True, said=" "))
    with pytest.raises(Denied), world.uow("shenhe") as uow:
        record_objections(uow, ask)
    assert "登记供应商的异议和答复" in world.client("jingban").get(base).text
    world.client("jingban").post(f"{base}/objections", {"has_any": "no", "confirmed": "yes"})

    found = queries.objections_to(world.session, tender.id)
    assert found is not None and not found.has_any
    record = world.session.get_one(Document, found.document_id)
    assert record.snapshot["record_title"] == "响应文件开启记录"
    assert record.snapshot["objections_by"] == world.actor("jingban").name
    assert record.snapshot["bidders"] == first.snapshot["bidders"]
    with pytest.raises(IllegalTransition), world.uow("jingban") as uow:
        record_objections(uow, ask)
