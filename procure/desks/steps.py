"""All rows of the table of steps, in the order of the procedure."""

from typing import Any

from procure.stages.acceptance import steps as acceptance
from procure.stages.awards import steps as awards
from procure.stages.bids import steps as bids
from procure.stages.catalogue import steps as catalogue
from procure.stages.contracts import steps as contracts
from procure.stages.delivery import steps as delivery
from procure.stages.evaluation import steps as evaluation
from procure.stages.payments import steps as payments
from procure.stages.plans import steps as plans
from procure.stages.tenders import steps as tenders
from procure.web.step_table import StepOf

STEPS: tuple[StepOf[Any], ...] = (
    *catalogue.STEPS,
    *plans.STEPS,
    *tenders.STEPS,
    *bids.STEPS,
    *awards.STEPS,
    *contracts.STEPS,
    *delivery.STEPS,
    *evaluation.STEPS,
    *acceptance.STEPS,
    *payments.STEPS,
)
