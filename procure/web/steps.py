"""The step a form is for: taken in one unit of work and told, or shown again with what is wrong."""

from collections.abc import Callable

from flask import redirect
from werkzeug.wrappers import Response

from procure.kernel.errors import DomainError, Verdict
from procure.store.unit_of_work import UnitOfWork, carry_out
from procure.web.access import unit_of_work
from procure.web.forms import ProcureForm, done


def attempt(
    form: ProcureForm, act: Callable[[UnitOfWork], object], message: str, address: str
) -> Response | None:
    """Take the step the form asks for, say so, and go on to the address.

    None when the page is to be shown: for the first time, or again with what the form or the use
    case refuses.
    """
    if not form.validate_on_submit():
        return None
    try:
        carry_out(unit_of_work, act)
    except DomainError as refusal:
        form.add_refusal(refusal)
        return None
    done(form, message)
    return redirect(address)


def when(verdict: Verdict, act: Callable[[UnitOfWork], object]) -> Callable[[UnitOfWork], object]:
    """The act as `attempt` wants it, refused at the form where the verdict refuses it."""

    def decided(uow: UnitOfWork) -> object:
        verdict.require()
        return act(uow)

    return decided


def attempt_allowed(
    verdict: Verdict,
    form: ProcureForm,
    act: Callable[[UnitOfWork], object],
    message: str,
    address: str,
) -> Response | None:
    """The same for a step whose page is shown closed, with the reason, to whom it is refused.

    Raises the refusal when the form is sent all the same.
    """
    if form.is_submitted():
        verdict.require()
    return attempt(form, act, message, address)
