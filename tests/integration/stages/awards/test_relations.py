"""Two bidders of one purchase that share something are judged by a person, with the reason."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from procure.kernel.errors import Invalid, Stale
from procure.kernel.lifecycle import ReviewState
from procure.registers.accounts.models import Organisation
from procure.registers.documents.models import Document, DocumentKind
from procure.stages.awards import queries
from procure.stages.awards.models import Review
from procure.stages.awards.relations import RULE_RELATED, pair_of
from procure.stages.awards.use_cases.checks import (
    CheckBid,
    CompleteChecks,
    RelationFound,
    check_bid,
    complete_checks,
)
from procure.stages.awards.use_cases.report import SignReport, sign_report
from procure.stages.bids.queries import OpenedRow
from procure.stages.bids.use_cases.submit import SubmitBid, submit_bid
from procure.store import trail
from tests.factories.awards import (
    experts_of,
    given_declared_panel,
    given_lock,
    given_scores,
    the_review,
    usual_points,
)
from tests.factories.bids import (
    Words,
    given_upload,
    given_written_bid,
    open_now,
    the_project,
    the_tender,
)
from tests.factories.registers import pdf_file
from tests.factories.tenders import at_opening, platform_key
from tests.world import World


def given_facts(world: World, rows: Sequence[OpenedRow], column: str, *facts: str) -> None:
    """Give the bidders, in the order of the rows, these particulars in the register."""
    with world.uow("system") as uow:
        uow._technical = True
        for row, fact in zip(rows, facts, strict=False):
            setattr(uow.session.get_one(Organisation, row.supplier.id), column, fact)


def rows_of(world: World) -> list[OpenedRow]:
    world.session.expire_all()
    return queries.rows_of(world.session, the_tender(world))


def passed(
    world: World, review: Review, bid_id: str, *found: RelationFound, qualified: bool = True
) -> None:
    """The clerk judges a bid; a refusal has its reason."""
    reason = "" if qualified else "与另一家不得同时参加"
    with world.uow("jingban") as uow:
        check_bid(uow, CheckBid(review.id, bid_id, qualified, qualified, reason, found))


def closed(world: World, review: Review) -> Review:
    with world.uow("jingban") as uow:
        complete_checks(uow, CompleteChecks(review.id, None))
    return the_review(world, review.id)


def test_same_person_in_charge_is_never_passed_in_silence(either_opened_world: World) -> None:
    """R-ELIG-2; either bid first, however the name is written, with a third bidder beside them."""
    world = either_opened_world
    review = given_declared_panel(world, the_tender(world))
    rows = rows_of(world)
    given_facts(world, rows, "representative", "裴　青", "何卓然", "裴青")
    first, other, third = (row.bid_id for row in rows)
    for bid_id in (third, first):
        with pytest.raises(Invalid, match="负责人相同.*还没有核实") as caught:
            passed(world, review, bid_id)
        assert caught.value.rule == RULE_RELATED
    passed(world, review, other)
    with pytest.raises(Invalid, match="写明怎样核实"):
        passed(world, review, first, RelationFound(third, False, "  "))
    with pytest.raises(Invalid, match="没有需要核实"):
        passed(world, review, first, RelationFound(other, False, "经核实无关"))

    passed(world, review, first, RelationFound(third, False, "身份证号不同，是同名的两个人"))
    passed(world, review, third)
    review = closed(world, review)

    assert review.state is ReviewState.CHECKED
    found = queries.relations_of(world.session, review.id)[pair_of(first, third)]
    assert (found.is_barred, found.decided_by) == (False, world.actor("jingban").user_id)
    said = [
        link
        for link in trail.links_of_project(world.session, review.project_id)
        if link.event == "RelationJudged"
    ]
    assert len(said) == 1
    for seat, username in enumerate(experts_of(world, review)):
        given_scores(world, review, username, usual_points(world, the_tender(world), seat))
        given_lock(world, review, username)
    for username in experts_of(world, review):
        with world.uow(username) as uow:
            sign_report(uow, SignReport(review.id))
    report = world.session.scalars(
        select(Document).where(Document.kind == DocumentKind.REVIEW_REPORT)
    ).one()
    assert "同名的两个人" in str(report.snapshot["relations"])


def test_bidders_found_related_are_both_out(opened_world: World) -> None:
    """GPL-R art 18: neither passes, whichever was judged first."""
    world = opened_world
    review = given_declared_panel(world, the_tender(world))
    rows = rows_of(world)
    given_facts(world, rows, "representative", "何卓然", "何卓然", "邝美玲")
    first, second, third = (row.bid_id for row in rows)
    passed(world, review, first, RelationFound(second, False, "待核实"))
    barred = RelationFound(first, True, "登记证书上是同一人")
    with pytest.raises(Invalid, match="两家都不能通过"):
        passed(world, review, second, barred)
    passed(world, review, second, barred, qualified=False)
    passed(world, review, third)

    with pytest.raises(Invalid, match="两家都不能通过"):
        closed(world, review)

    passed(world, review, first, qualified=False)
    assert closed(world, review).state is ReviewState.FAILED


def test_one_bidder_under_the_other_in_the_register_is_a_clue(opened_world: World) -> None:
    world = opened_world
    review = given_declared_panel(world, the_tender(world))
    rows = rows_of(world)
    given_facts(world, rows, "parent_id", rows[2].supplier.id)

    with pytest.raises(Invalid, match="存在管理关系"):
        passed(world, review, rows[2].bid_id)
    passed(world, review, rows[1].bid_id)


def test_fact_that_comes_up_later_is_judged_anew(opened_world: World) -> None:
    world = opened_world
    review = given_declared_panel(world, the_tender(world))
    rows = rows_of(world)
    given_facts(world, rows, "phone", "0756-1234567", "（0756）123 4567")
    passed(world, review, rows[0].bid_id, RelationFound(rows[1].bid_id, False, "同一楼宇总机"))
    for row in rows[1:]:
        passed(world, review, row.bid_id)
    given_facts(world, rows, "bank_account", "6200 0001", "62000001")

    with pytest.raises(Invalid, match="银行账号相同"):
        closed(world, review)


def test_attachments_alike_to_the_byte_are_a_clue(embedded_receiving_world: World) -> None:
    """The same file under two names; one that differs in a byte is another file."""
    world = embedded_receiving_world
    tender = the_tender(world)
    for number, content in ((1, b"% one"), (2, b"% one"), (3, b"% two")):
        token = given_upload(world, pdf_file(content), f"承诺书{number}.pdf", f"jigou{number}")
        bid = given_written_bid(world, tender, number, words=Words(tokens=(token,)))
        with world.uow(f"fuzeren{number}") as uow:
            submit_bid(uow, SubmitBid(bid.id, None), platform_key(world))
    at_opening(world, tender)
    open_now(world, tender)
    review = given_declared_panel(world, tender)
    by_supplier = {row.supplier.id: row.bid_id for row in rows_of(world)}
    first, second, third = (
        by_supplier[world.actor(f"jigou{number}").organisation_id] for number in (1, 2, 3)
    )

    for bid_id in (first, second):
        with pytest.raises(Invalid, match="1 个附件逐字节相同（承诺书1.pdf）"):
            passed(world, review, bid_id)
    passed(world, review, third)


def test_check_page_asks_for_the_finding_and_keeps_what_was_typed(opened_world: World) -> None:
    world = opened_world
    given_declared_panel(world, the_tender(world))
    rows = rows_of(world)
    given_facts(world, rows, "representative", "何卓然", "何 卓 然", "邝美玲")
    clerk, base = world.client("jingban"), f"/projects/{the_project(world).number}/review/checks"
    address = f"{base}/{rows[0].bid_id}"

    bare = clerk.post(address, {"qualified": "yes", "conforms": "yes"}, status=400)
    clerk.post(
        address,
        {
            "qualified": "yes",
            "conforms": "yes",
            "relation_1": "no",
            "relation_reason_1": "查登记证书，同名",
        },
    )

    assert bare.text.count("核实与") >= 1 and "认定理由" in bare.text
    page = clerk.get(f"{base}/{rows[1].bid_id}")
    assert "查登记证书，同名" in page.text
    assert "查登记证书，同名" in clerk.get(base).text
    assert "relation_" not in clerk.get(f"{base}/{rows[2].bid_id}").text


def test_check_on_an_old_page_is_stale_and_moves_the_page_that_closes(opened_world: World) -> None:
    """Whoever closes the checks has seen every finding."""
    world = opened_world
    review = given_declared_panel(world, the_tender(world))
    bids = [row.bid_id for row in rows_of(world)]
    for bid_id in bids:
        passed(world, review, bid_id)
    seen = the_review(world, review.id).version
    with pytest.raises(Stale), world.uow("jingban") as uow:
        check_bid(uow, CheckBid(review.id, bids[0], True, True, version=0))

    passed(world, review, bids[0], qualified=False)

    with pytest.raises(Stale), world.uow("jingban") as uow:
        complete_checks(uow, CompleteChecks(review.id, seen))
