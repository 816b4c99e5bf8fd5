"""The catalogue as tests start from it."""

from procure.stages.catalogue import queries
from procure.stages.catalogue.models import CatalogueItem
from procure.stages.catalogue.use_cases import load_shipped_catalogue
from tests.world import World

HOME_CARE = "0201"


def given_catalogue(world: World) -> None:
    """The shipped catalogue, loaded by its keeper."""
    with world.uow("mulu") as uow:
        load_shipped_catalogue(uow)


def given_item(world: World, code: str = HOME_CARE) -> CatalogueItem:
    """The edition of an item that is in use."""
    if queries.find_published(world.session, code) is None:
        given_catalogue(world)
    item = queries.find_published(world.session, code)
    assert item is not None
    return item
