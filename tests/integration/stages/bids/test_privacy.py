"""Before the opening nobody learns anything of a bid: not who, not how many, not what."""

import base64
import re
import shutil
from pathlib import Path

from sqlalchemy import select

from procure.kernel.clock import FixedClock
from procure.registers.documents.queries import papers_of
from procure.stages.bids import queries
from procure.stages.bids.models import Bid
from procure.store import trail
from procure.store.secrets import PlatformKey
from tests.factories.bids import (
    Words,
    given_opened_bids,
    given_submitted_bid,
    given_upload,
    given_written_bid,
    the_project,
    the_tender,
)
from tests.factories.parking import Parked, ParkedAt
from tests.factories.registers import pdf_file
from tests.world import World, build_world, sqlite_url

CANARY = "金丝雀七四一方案"
FILE_CANARY = b"%canary-in-a-file-852"
RANDOM = re.compile(
    r'((?:csrf_token|idempotency_key)"[^>]*value=")[^"]*|(data-draft-key=")[^"]*|[0-9a-f]{12}(?=向)'
)
"""What differs from one answer to the next whatever happened: tokens, the request's number."""
READERS = (None, "jingban", "shenhe", "jigou3", "shenji", "zhuanjia1", "yusuan", "pinggu1")


REQUEST = re.compile(r"编号<[^>]*>[0-9a-f]{12}|[0-9a-f]{12}(?=<)")


def plain(text: str) -> str:
    """An answer without what differs whatever happened."""
    return REQUEST.sub("", RANDOM.sub(r"\1\2", text))


def pages_for(world: World, username: str | None, number: str) -> dict[str, bytes]:
    """Every page that might tell of bids, as bytes but for what is random in every answer."""
    addresses = [
        f"/projects/{number}",
        f"/projects/{number}/opening",
        f"/projects/{number}/opening/open",
        f"/projects/{number}/review",
        f"/projects/{number}/tender",
        f"/projects/{number}/bid",
        "/tenders",
        "/bids",
        "/desk",
        "/notices",
        "/projects",
        "/api/notices",
        "/api/checkpoints",
        "/feeds/notices.atom",
    ]
    shown = {}
    for address in addresses:
        answer = world.client(username).client.get(address)
        text = plain(answer.get_data(as_text=True))
        shown[address] = f"{answer.status_code}{text}".encode()
    return shown


def seen_by_all(parked: Parked, folder: Path, bidders: tuple[int, ...]) -> dict[str, bytes]:
    """What all readers see in a world in which these suppliers have bid."""
    # Both worlds sign with one key, which is made when it is first needed.
    assert PlatformKey(parked.folder / "secrets").public_key
    shutil.copytree(parked.folder, folder)
    seen = {}
    url = sqlite_url(folder / parked.database)
    for world in build_world(url, folder, FixedClock(parked.at)):
        for bidder in bidders:
            given_submitted_bid(world, the_tender(world), bidder)
        number = the_project(world).number
        for reader in READERS:
            for address, content in pages_for(world, reader, number).items():
                seen[f"{reader} {address}"] = content
    return seen


def test_one_bid_or_two_look_the_same_to_everybody_else(
    parked_on_sqlite: ParkedAt, tmp_path: Path
) -> None:
    receiving = parked_on_sqlite("receiving")
    one = seen_by_all(receiving, tmp_path / "one", (1,))
    two = seen_by_all(receiving, tmp_path / "two", (1, 2))

    differing = [key for key in one if one[key] != two[key]]
    assert differing == []


def test_plain_words_of_a_sealed_bid_are_nowhere(receiving_world: World) -> None:
    """S1: not in the database, not in its log, not among the files."""
    world = receiving_world
    token = given_upload(world, pdf_file(FILE_CANARY), "金丝雀附件.pdf")
    words = Words(proposal=CANARY, manager="金丝雀经理", tokens=(token,))
    given_written_bid(world, the_tender(world), 1, price_fen=12_345_678, words=words)
    given_submitted_bid(world, the_tender(world), 2)
    world.session.rollback()

    needles = [
        CANARY.encode(),
        CANARY.encode("utf-16-le"),
        base64.b64encode(CANARY.encode())[:16],
        "金丝雀经理".encode(),
        FILE_CANARY,
        b"12345678",
    ]
    stored = [path for path in world.folder.rglob("*") if path.is_file()]
    told = list(trail.read(world.session))
    assert len(stored) > 5
    assert len(told) > 10
    for path in stored:
        content = path.read_bytes()
        assert not [needle for needle in needles if needle in content], path
    assert not [link for link in told if CANARY in link.body]


def test_bid_of_another_is_not_found_by_whoever_asks(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    given_submitted_bid(world, the_tender(world), 1)
    for username in ("jigou2", "fuzeren2", "jingban", "shenji", "zhuanjia1"):
        actor, tender = world.actor(username), the_tender(world)
        base = f"/projects/{the_project(world).number}/bid"

        assert queries.find_own_bid(world.session, actor, tender.id) is None
        assert queries.opened_bids(world.session, tender.id) == []
        assert papers_of(
            world.session, actor, project_id=the_project(world).id, subject_ids=None
        ) == [
            paper
            for paper in papers_of(world.session, actor, project_id=the_project(world).id)
            if "投标" not in paper.kind
        ]
        for address in (f"{base}/receipts/1", f"{base}/sealed", f"{base}/receipts/1.json"):
            absent = world.client(username).client.get(address.replace("/1", "/9"))
            hidden = world.client(username).client.get(address)
            assert hidden.status_code == absent.status_code
            assert hidden.status_code in (403, 404)


def test_owner_sees_the_own_bid_at_any_time(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    version = given_submitted_bid(world, the_tender(world), 1)
    base = f"/projects/{the_project(world).number}/bid"

    for username in ("jigou1", "fuzeren1"):
        page = world.client(username).get(f"{base}/sealed")
        assert "¥175,000.00" in page.text
        assert version.sha256 in page.text


def test_buyer_and_audit_see_the_bids_after_the_opening(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    number = the_project(world).number
    given_opened_bids(world, the_tender(world))

    for username in ("jingban", "shenhe", "shenji"):
        assert "¥175,000.00" in world.client(username).get(f"/projects/{number}/opening").text
    for username in (None, "jigou1", "zhuanjia1", "yusuan"):
        answer = world.client(username).client.get(f"/projects/{number}/opening")
        assert answer.status_code == 404


def test_bid_chains_name_no_project(embedded_receiving_world: World) -> None:
    world = embedded_receiving_world
    given_submitted_bid(world, the_tender(world), 1)
    streams = [f"bid:{one}" for one in world.session.scalars(select(Bid.id))]

    links = list(trail.read(world.session, trail.TrailEvent.stream.in_(streams)))
    assert links
    assert {link.project_id for link in links} == {None}


def test_answer_about_another_project_is_the_same_hidden_or_absent(
    embedded_receiving_world: World,
) -> None:
    world = embedded_receiving_world
    number = the_project(world).number
    client = world.client("jigou3").client

    def said(address: str) -> tuple[int, str]:
        answer = client.get(address)
        return answer.status_code, plain(answer.get_data(as_text=True))

    hidden = said(f"/projects/{number}/review")
    absent = said(f"/projects/{number[:-3]}999/review")
    assert hidden[0] == absent[0] == 404
    assert hidden[1] == absent[1]
