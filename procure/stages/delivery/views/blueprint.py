"""The blueprint of delivery, and what its pages share."""

from flask import Blueprint

from procure.stages.contracts.models import Contract
from procure.stages.delivery import queries
from procure.web.access import current_actor, read_session

CASE = "/projects/<number>/delivery"

blueprint = Blueprint("delivery", __name__)


def contract_of(number: str) -> Contract:
    """The contract in force of a project; NotFound when it is not for this reader."""
    return queries.get_delivery(read_session(), current_actor(), number)
