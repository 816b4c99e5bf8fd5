"""Whatever steps are taken in whatever order, money is reached only through its gates."""

from hypothesis import given, settings
from hypothesis import strategies as st

from procure.kernel.errors import IllegalTransition
from procure.kernel.lifecycle import (
    STATES,
    TRANSITIONS,
    AcceptanceState,
    Aggregate,
    ContractState,
    PaymentRequestState,
    advance,
)

ACTIONS = {
    aggregate: [row.action for row in TRANSITIONS if row.aggregate is aggregate]
    for aggregate in Aggregate
}

GATES = {
    (Aggregate.PAYMENT_REQUEST, PaymentRequestState.PAID): [
        PaymentRequestState.SUBMITTED,
        PaymentRequestState.REVIEWED,
        PaymentRequestState.APPROVED,
    ],
    (Aggregate.ACCEPTANCE, AcceptanceState.PUBLISHED): [
        AcceptanceState.COLLECTING,
        AcceptanceState.PASSED,
    ],
    (Aggregate.CONTRACT, ContractState.COMPLETED): [
        ContractState.ISSUED,
        ContractState.SUPPLIER_SIGNED,
        ContractState.SIGNED,
        ContractState.PUBLISHED,
        ContractState.FILED,
    ],
}


@settings(max_examples=300)
@given(data=st.data())
def test_no_order_of_steps_reaches_an_end_around_its_gates(data: st.DataObject) -> None:
    aggregate = data.draw(st.sampled_from(list(Aggregate)))
    state, passed = None, []
    for action in data.draw(st.lists(st.sampled_from(ACTIONS[aggregate]), max_size=25)):
        try:
            state = advance(action, state)
        except IllegalTransition:
            continue
        assert type(state) is STATES[aggregate]
        passed.append(state)
        gates = GATES.get((aggregate, state), [])
        assert all(gate in passed for gate in gates)
