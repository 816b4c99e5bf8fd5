"""A purchase put out again: what its first round showed stays where whoever read it finds it."""

from procure.kernel.lifecycle import TenderState
from procure.wiring import OF_ROUNDS
from tests.factories.awards import (
    bids_of,
    experts_of,
    given_checked_bids,
    given_panel_with_buyer,
    given_ranked_bids,
    the_review,
)
from tests.factories.bids import (
    given_opened_bids,
    given_submitted_bid,
    open_now,
    the_project,
    the_tender,
)
from tests.factories.tenders import at_opening, put_out_again, tender_project
from tests.world import World

READERS = ("jingban", "yanshou", "shenji", "jigou1")


def addresses(world: World, bid_id: str) -> list[str]:
    """Every page of a round below the case's address, for one of its bids."""
    words = {"bid_id": bid_id, "version": 1, "position": 1, "sha256": "a" * 64}
    adapter = world.app.url_map.bind("localhost")
    number = the_project(world).number
    found = {
        adapter.build(
            rule.endpoint, {"number": number} | {k: words[k] for k in rule.arguments - {"number"}}
        )
        for rule in world.app.url_map.iter_rules()
        if rule.endpoint in OF_ROUNDS and "round" not in rule.arguments
    }
    return sorted(address.removeprefix(f"/projects/{number}") for address in found)


def read_by(
    world: World, usernames: list[str], paths: list[str], base: str
) -> set[tuple[str, str]]:
    """Who reads which page below an address."""
    return {
        (username, path)
        for username in usernames
        for path in paths
        if world.client(username).raw("GET", base + path).status_code == 200
    }


def test_pages_of_a_failed_round_stay_under_its_round(opened_world: World) -> None:
    world = opened_world
    first = the_tender(world)
    bids = bids_of(world, first)
    review = given_checked_bids(world, first, {bid: "缺登记证书" for bid in bids[:2]})
    assert the_tender(world).state is TenderState.FAILED
    base = f"/projects/{the_project(world).number}"
    readers = [*READERS, experts_of(world, review)[0]]
    paths = addresses(world, bids[0])
    before = read_by(world, readers, paths, base)
    assert {
        ("jigou1", "/bid/receipts/1.json"),
        ("shenji", "/opening"),
        ("jingban", "/review"),
    } <= before
    newest = world.client("jingban").raw("GET", f"{base}/rounds/1/review")
    assert (newest.status_code, newest.headers["Location"]) == (302, f"{base}/review")

    second = put_out_again(world, first)

    round_one = f"{base}/rounds/1"
    assert read_by(world, readers, paths, round_one) == before
    for username, path in before:
        page = world.client(username).raw("GET", round_one + path)
        if page.mimetype == "text/html":  # What is only to be read has nothing to send.
            assert 'method="post"' not in page.text.partition("<main")[2], (username, path)
    for username, link in (
        ("jigou1", "/bid"),
        ("jingban", "/opening"),
        ("jingban", "/review"),
        ("shenji", "/review"),
        (experts_of(world, review)[0], "/review"),
    ):
        page = world.client(username).get(base)
        assert f"{round_one}{link}" in page.links(), username
    # A first round has one address, a round that was never announced none, another's bid none.
    world.client("jigou1").get(f"{base}/rounds/3/bid", status=404)
    listed = world.client("jigou1").get("/bids")
    assert f"{round_one}/bid" in listed.links()
    assert "已终止" in listed.text
    own = world.client("jigou1").get(f"{round_one}/bid")
    assert f"{round_one}/bid/receipts/1" in own.links()
    assert "已终止" in own.text

    given_opened_bids(world, second)
    bidder = {(who, path) for who, path in before if who == "jigou1"}
    assert read_by(world, ["jigou1"], paths, round_one) == bidder


def test_bid_of_an_opening_that_failed_is_read_under_its_round(
    embedded_receiving_world: World,
) -> None:
    world = embedded_receiving_world
    tender = the_tender(world)
    given_submitted_bid(world, tender, 1)
    at_opening(world, tender)
    open_now(world, tender)
    put_out_again(world, tender)
    base = f"/projects/{tender_project(world, tender).number}/rounds/1/bid"

    for path in ("", "/sealed", "/receipts/1", "/receipts/1.json", "/receipts/1.pdf"):
        assert world.client("jigou1").raw("GET", base + path).status_code == 200, path
        assert world.client("jigou2").raw("GET", base + path).status_code != 200 or not path
    # Nothing is done there.
    assert world.client("fuzeren1").raw("POST", base + "/withdraw").status_code in (404, 405)


def test_panel_of_the_second_round_reads_nothing_of_the_first_before_all_have_locked(
    opened_world: World,
) -> None:
    """The buyer's own person on the panel would learn what was bid the first time."""
    world = opened_world
    first = the_tender(world)
    number = the_project(world).number
    base = f"/projects/{number}/rounds/1"
    given_ranked_bids(world, first)
    second = given_opened_bids(world, put_out_again(world, first))
    review = given_panel_with_buyer(world, second, "yanshou")

    for path in ("/opening", "/review", "/review/ranking"):
        world.client("yanshou").get(base + path, status=403)
        world.client("jingban").get(base + path)
    case = world.client("yanshou").get(f"/projects/{number}")
    assert not [link for link in case.links() if "/rounds/1/" in link]
    given_ranked_bids(world, second)
    assert the_review(world, review.id).scored_at is not None
    world.client("yanshou").get(base + "/review")
