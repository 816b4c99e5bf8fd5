"""What is announced, signed or handed in is not written anew past the program, on both databases."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from procure.kernel.lifecycle import BidState, ContractState, TenderState
from tests.world import World

REWRITTEN = [
    "UPDATE tender SET deadline_at = deadline_at + 1",
    "UPDATE tender SET deadline_at = deadline_at - 86400000000, state = 'published'",
    "UPDATE tender SET published_at = published_at - 1",
    "UPDATE tender SET published_by = NULL, published_at = NULL, state = 'draft'",
    f"UPDATE tender SET state = '{TenderState.DRAFT}'",
    f"UPDATE tender SET state = '{TenderState.SUBMITTED}'",
    "UPDATE contract SET payee_account = '6222000011112222'",
    "UPDATE contract SET payee_bank = '另一家银行'",
    "UPDATE contract SET amount_fen = amount_fen + 1",
    "UPDATE contract SET supplier_id = buyer_id",
    f"UPDATE contract SET state = '{ContractState.DRAFT}'",
    f"UPDATE contract SET state = '{ContractState.ISSUED}'",
    *(
        f"UPDATE bid SET state = '{state}'"
        for state in (BidState.DRAFT, BidState.SUBMITTED, BidState.WITHDRAWN)
    ),
    "UPDATE bid SET supplier_id = 'another'",
]
REFUSED = "dates stay|amount stay|by the procedure"


def test_application_account_rewrites_no_deadline_no_payee_and_no_bid(filed_world: World) -> None:
    for words in REWRITTEN:
        with pytest.raises(DatabaseError, match=REFUSED), filed_world.session.begin_nested():
            filed_world.session.execute(text(words))


def test_replacing_a_row_is_no_way_round(embedded_filed_world: World) -> None:
    for table in ("tender", "contract", "bid", "role_grant"):
        with (
            pytest.raises(DatabaseError, match="stays for ever"),
            embedded_filed_world.session.begin_nested(),
        ):
            embedded_filed_world.session.execute(
                text(f"REPLACE INTO {table} SELECT * FROM {table}")
            )
