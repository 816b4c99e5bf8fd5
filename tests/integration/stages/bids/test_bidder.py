"""How a bidder stands to the buyer."""

import pytest
from sqlalchemy import select, update

from procure.registers.accounts.models import Organisation
from procure.stages.bids.queries import bidder_of
from tests.factories.bids import given_tender_for_bids, the_project
from tests.world import World


@pytest.mark.parametrize("steps", [1, 2])
def test_bidder_anywhere_below_the_buyer_is_told_to_be(world: World, steps: int) -> None:
    tender = given_tender_for_bids(world)
    project, actor = the_project(world), world.actor("jigou1")
    assert not bidder_of(world.session, actor, project, tender).is_below_buyer
    others = world.session.scalars(
        select(Organisation.id)
        .where(Organisation.id.not_in((project.buyer_id, actor.organisation_id)))
        .order_by(Organisation.id)
        .limit(steps - 1)
    )
    line = [project.buyer_id, *others, actor.organisation_id]
    for above, below in zip(line, line[1:], strict=False):
        world.session.execute(
            update(Organisation).where(Organisation.id == below).values(parent_id=above)
        )
    assert bidder_of(world.session, actor, project, tender).is_below_buyer
    world.session.rollback()
