"""The route of a walk: its steps in order, and the stops at which the demonstration parks."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from procure.demonstration.steps import (
    accepting,
    bidding,
    contracting,
    delivering,
    evaluating,
    paying,
    planning,
    reviewing,
    tendering,
)
from procure.demonstration.walk import Walk

Step = Callable[[Walk], None]


class Stop(StrEnum):
    """Where a walk may be parked, named for what then waits to be done."""

    PLAN = "plan"
    BIDDING = "bidding"
    DECLARING = "declaring"
    SCORING = "scoring"
    MIDTERM = "midterm"
    ACCEPTANCE = "acceptance"
    END = "end"


@dataclass(frozen=True)
class Leg:
    """The steps up to a stop, and how many days before the present a walk to it begins."""

    steps: tuple[Step, ...]
    days_before: int


STOPS: dict[Stop, Leg] = {
    Stop.PLAN: Leg((planning.register_money, planning.submit_the_plan), 3),
    Stop.BIDDING: Leg(
        (
            planning.approve_the_plan,
            planning.announce_the_intention,
            tendering.draft_the_tender,
            tendering.publish_the_tender,
            bidding.first_bids,
        ),
        42,
    ),
    Stop.DECLARING: Leg(
        (
            bidding.last_bid,
            bidding.open_all,
            reviewing.draw_the_panel,
            reviewing.first_declarations,
        ),
        57,
    ),
    Stop.SCORING: Leg(
        (
            reviewing.last_declaration,
            reviewing.check_the_bids,
            reviewing.first_scores,
        ),
        57,
    ),
    Stop.MIDTERM: Leg(
        (
            reviewing.other_scores,
            reviewing.sign_the_report,
            reviewing.decide_and_announce,
            contracting.fill_in_the_contract,
            contracting.sign_the_contract,
            contracting.publish_and_file,
            paying.pay_on_signing,
            delivering.begin_service,
            delivering.serve_until_midterm,
            evaluating.assign_midterm,
        ),
        235,
    ),
    Stop.ACCEPTANCE: Leg(
        (
            evaluating.finish_midterm,
            paying.pay_after_midterm,
            delivering.serve_until_final,
            evaluating.assign_final,
            delivering.serve_the_last_month,
            evaluating.finish_final,
            paying.pay_after_final,
            delivering.hand_over,
            accepting.open_the_acceptance,
            accepting.hear_the_first,
        ),
        455,
    ),
    Stop.END: Leg(
        (
            accepting.hear_the_rest,
            accepting.pass_the_acceptance,
            paying.pay_after_acceptance,
        ),
        470,
    ),
}
"""In the order of the route: a walk to a stop takes all steps up to and including its own."""


def walk_to(walk: Walk, stop: Stop) -> None:
    """Take every step up to the stop."""
    for name, leg in STOPS.items():
        for step in leg.steps:
            step(walk)
        if name is stop:
            return
