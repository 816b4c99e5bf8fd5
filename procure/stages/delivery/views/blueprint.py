"""The blueprint of delivery, and what its pages share."""

from collections.abc import Callable

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from procure.kernel.errors import DomainError, Verdict
from procure.stages.contracts.models import Contract
from procure.stages.delivery import queries
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, read_session, unit_of_work
from procure.web.forms import ProcureForm, done

Answer = str | Response | tuple[str, int]
CASE = "/projects/<number>/delivery"

blueprint = Blueprint("delivery", __name__)


def contract_of(number: str) -> Contract:
    """The contract in force of a project; NotFound when it is not for this reader."""
    return queries.get_delivery(read_session(), current_actor(), number)


def attempt(
    form: ProcureForm,
    verdict: Verdict,
    act: Callable[[UnitOfWork], object],
    message: str,
    address: str,
) -> Response | None:
    """Take the step the form asks for; None when the page is to be shown (again)."""
    if form.is_submitted():
        verdict.require()
    if not form.validate_on_submit():
        return None
    try:
        with unit_of_work() as uow:
            act(uow)
    except DomainError as refusal:
        form.add_refusal(refusal)
        return None
    done(form, message)
    return redirect(address)
