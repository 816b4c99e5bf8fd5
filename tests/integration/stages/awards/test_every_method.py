"""Every method that a plan offers reaches an award from the accounts that the sign-in page lists."""

from datetime import timedelta

import pytest

from procure.demonstration.accounts import DEMONSTRATION_ACCOUNTS
from procure.kernel.access import SYSTEM_ACTOR, Role
from procure.kernel.lifecycle import ReviewState, TenderState
from procure.kernel.scoring.panel import least_size
from procure.kernel.scoring.scheme import Procedure
from procure.kernel.scoring.validity import needed
from procure.kernel.vocabulary import ProcurementMethod
from procure.store import trail
from tests.factories.awards import experts_of, given_announced_result, the_review
from tests.factories.bids import PRICES, given_opened_bids, given_tender_for_bids
from tests.factories.offered import read
from tests.factories.tenders import tender_project
from tests.world import World

LISTED = {account.username: account for account in DEMONSTRATION_ACCOUNTS if account.listed}


@pytest.mark.parametrize("method", list(ProcurementMethod))
def test_method_reaches_an_award_from_the_listed_accounts(
    embedded_world: World, method: ProcurementMethod
) -> None:
    """An open tender needs three bidders and five members: the third bidder was nowhere to be found."""
    world = embedded_world
    tender = given_opened_bids(world, given_tender_for_bids(world, method))
    assert tender.state is TenderState.OPENED
    number = tender_project(world, tender).number
    least = least_size(Procedure(method.value), tender.budget_fen)
    # As the page offers it, sent a minute after it was opened.
    clerk, draw = world.client("jingban"), f"/projects/{number}/review/draw"
    page = clerk.get(draw)
    [form] = read(draw, page.response.get_data(as_text=True)).forms[-1:]
    world.clock.move_to(world.now + timedelta(minutes=1))
    answer = clerk.client.post(draw, data={one.name: one.value for one in form.controls})
    assert answer.status_code == 302

    review = given_announced_result(world, tender)

    assert review.state is ReviewState.ANNOUNCED
    assert len(experts_of(world, the_review(world, review.id))) == least
    assert world.client("fuzeren1").get(f"/projects/{number}/bid/result").text
    suppliers = {
        account.organisation
        for account in LISTED.values()
        if {Role.SUPPLIER_MEMBER, Role.SUPPLIER_SIGNATORY} & set(account.roles)
    }
    assert len(suppliers) >= max(needed(Procedure(method.value)), len(PRICES))
    # Whoever acted on the way can be entered from the sign-in page; the system files what they order.
    actors = {
        link.content["actor"]["name"]
        for link in trail.links_of_project(world.session, review.project_id)
    }
    assert actors - {SYSTEM_ACTOR.name} <= {account.name for account in LISTED.values()}
