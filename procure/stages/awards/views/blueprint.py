"""The blueprint of reviews, and what its pages have in common.

| address below /projects/<number>/review | method | endpoint | who |
|---|---|---|---|
| (itself) | GET | awards.show | buyer's side, audit, members |
| /draw | GET, POST | awards.draw_panel | the buyer's clerk |
| /session | GET, POST | awards.move_session | the buyer's clerk |
| /draw/record | GET | awards.draw_record | the buyer; audit once the result is out |
| /declaration, /conflict | GET, POST | awards.declare, awards.report_conflict | members |
| /members/<member_id>/replace | POST | awards.replace | the buyer's clerk |
| /members/<member_id>/absence | GET, POST | awards.report_absence | the buyer's clerk |
| /members/<member_id>/absence/decision | GET, POST | awards.decide_absence | the approver |
| /bids/<bid_id> | GET | awards.bid | buyer's side; members after their declaration |
| /checks/<bid_id>, /checks | GET, POST | awards.check, awards.checks | the buyer's clerk |
| /scores, /scores/<bid_id>, /lock | GET, POST | awards.scores, awards.score, awards.lock | members |
| /ranking | GET | awards.ranking | who may see prices, once all have locked |
| /low-prices/<bid_id> | GET, POST | awards.low_price | the chair |
| /report, /deliver | GET, POST | awards.sign, awards.deliver | members; the chair |
| /candidate | GET, POST | awards.pass_over | the clerk |
| /decision | GET, POST | awards.decide | the approver |
| /announcement | GET, POST | awards.announce | the clerk |
| /projects/<number>/bid/result | GET | awards.own_result | people of a supplier that bid |
"""

from flask import Blueprint, request

from procure.kernel.errors import NotFound
from procure.stages.awards import policies, queries
from procure.stages.awards.standing import DELIVERED, ReviewCase
from procure.web.access import current_actor, read_session
from procure.web.rounds import asked_round, case_address

blueprint = Blueprint("awards", __name__)


def base_of(number: str) -> str:
    """The address of the review, its round included where one is asked for."""
    return f"{case_address(number)}/review"


@blueprint.context_processor
def _base() -> dict[str, str]:
    """The address of the review is known to its every page."""
    return {"base": base_of((request.view_args or {})["number"])}


def review_case(number: str) -> ReviewCase:
    """The case for the present reader; NotFound for who may not know of it."""
    return queries.get_review_case(read_session(), current_actor(), number, asked_round())


def reported_case(number: str) -> ReviewCase:
    """The same once the report is with the buyer, for who may read the bids; NotFound before that."""
    case = review_case(number)
    if case.started.state not in DELIVERED:
        raise NotFound("评审报告还没有送达。")
    policies.may_read_bids(case).require()
    return case
