"""What administrators' pages share: a page that is one form, the step it takes, and its words."""

from collections.abc import Callable

from flask import render_template
from flask.typing import ResponseReturnValue

from procure.kernel.access import ORGANISATION_KIND_LABELS, ROLE_LABELS, Role
from procure.store.unit_of_work import UnitOfWork
from procure.web.forms import ProcureForm
from procure.web.listing import Filter
from procure.web.steps import attempt

ROLE_CHOICES = tuple((role.value, ROLE_LABELS[role]) for role in Role if role is not Role.SYSTEM)
KIND_CHOICES = tuple((kind.value, words) for kind, words in ORGANISATION_KIND_LABELS.items())
ACTIVE = Filter("active", "状态", (("yes", "使用中"), ("no", "已停用")))


def active_words(is_active: bool) -> str:
    """Whether a record is in use."""
    return "使用中" if is_active else "已停用"


def role_list(roles: tuple[Role, ...]) -> str:
    """Roles in words."""
    return "、".join(ROLE_LABELS[role] for role in roles) or "没有岗位"


def form_page(
    form: ProcureForm, heading: str, verb: str, back: str, intro: str = ""
) -> ResponseReturnValue:
    """A page that is one form."""
    page = render_template(
        "accounts/form.html", form=form, heading=heading, verb=verb, back=back, intro=intro
    )
    return page, form.status


def form_step(
    form: ProcureForm,
    act: Callable[[UnitOfWork], object],
    message: str,
    heading: str,
    back: str,
    *,
    verb: str = "",
    intro: str = "",
) -> ResponseReturnValue:
    """The step a one-form page is for: taken and told, or the page with what is wrong."""
    if (onward := attempt(form, act, message, back)) is not None:
        return onward
    return form_page(form, heading, verb or heading, back, intro)
