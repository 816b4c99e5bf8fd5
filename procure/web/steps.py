"""The step a page is for: declared by its view, taken here, and answered here in one way.

A view that takes a POST gives a `Step` (a page with a form) or a `Press` (a button on another
page). Whatever is refused, the page comes back with all that was typed, what is wrong on top and
why: 409, or 400 where what was filled in is wrong. It comes by redirect (`procure/web/drafting.py`),
so that it can be reloaded and come back to.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Generic, ParamSpec, TypeVar

from flask import Blueprint, flash, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from procure.kernel.access import Permission
from procure.kernel.errors import (
    ALLOWED,
    DomainError,
    NotFound,
    Stale,
    Unavailable,
    Verdict,
    first_refusal,
)
from procure.store.trail import last_actor
from procure.store.unit_of_work import UnitOfWork, was_carried_out
from procure.web import drafting
from procure.web.access import (
    current_actor,
    permits,
    read_session,
    unit_of_work,
)
from procure.web.drafting import OF_STEP
from procure.web.forms import AS_STORED, ProcureForm
from procure.web.rounds import only_read
from procure.web.step_table import label_of_page
from procure.web.typed import Typed

Result = TypeVar("Result")
Given = ParamSpec("Given")
Act = Callable[[UnitOfWork], Result]


def in_one_unit(act: Act[Result]) -> Result:
    """Carry an act out as nearly every act is: in one unit of work, told by its events."""
    with unit_of_work() as uow:
        return act(uow)


def as_bookkeeping(act: Act[Result]) -> Result:
    """Carry out what no auditor asks for and no event tells: a message read, a letter sent again."""
    with unit_of_work(technical=True) as uow:
        return act(uow)


def _nothing_more() -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, kw_only=True)
class Step(Generic[Result]):
    """A page with a form and what sending it does.

    `done` and `back` are the words when it is done and the address to go on to, or the answer
    itself where something is shown this once; they may need what the act gave, which is a plain
    value: its rows are no longer to be read. `shows` gives the page what its template asks for
    besides `form`, `verdict` and `label`, the step's in the table of steps; it runs only when the page is drawn.
    """

    form: ProcureForm
    act: Act[Result]
    done: str | Callable[[Result], str]
    back: str | Callable[[Result], str | Response]
    verdict: Verdict = ALLOWED
    """Whether the step may be taken now; a page that is refused is shown closed, with the reason."""
    shows: Callable[[], Mapping[str, object]] = _nothing_more
    proves: Callable[[], Response | None] | None = None
    """Leads away to what must be proved first, where the step is allowed: a fresh one-time code."""
    carry: Callable[[Act[Result]], Result] = in_one_unit
    """How the act is carried out where one unit of work is not the way."""
    refused: Callable[[DomainError], Response | None] | None = None
    """What else follows when the act is refused; the answer, when it gives one."""


@dataclass(frozen=True, kw_only=True)
class Press(Generic[Result]):
    """A button that stands on another page and needs nothing filled in.

    `page` is that page's address: when the act is refused it is opened with the refusal on top.
    `back` may be the answer itself, as a step's.
    """

    act: Act[Result]
    page: str
    back: str | Callable[[Result], str | Response]
    done: str | Callable[[Result], str] = ""
    carry: Callable[[Act[Result]], Result] = in_one_unit


def step(
    blueprint: Blueprint, address: str, permission: Permission, template: str
) -> Callable[[Callable[Given, Step[Any] | Response]], Callable[Given, Response]]:
    """Make the view of a step: its page at GET, the step itself at POST."""

    def declare(view: Callable[Given, Step[Any] | Response]) -> Callable[Given, Response]:
        @wraps(view)
        def page(*given: Given.args, **named: Given.kwargs) -> Response:
            return _answer(partial(view, *given, **named), template)

        blueprint.add_url_rule(
            address, view.__name__, _declared(page, permission), methods=["GET", "POST"]
        )
        return page

    return declare


def press(
    blueprint: Blueprint, address: str, permission: Permission
) -> Callable[[Callable[Given, Press[Any]]], Callable[Given, Response]]:
    """Make the view of a button: POST only."""

    def declare(view: Callable[Given, Press[Any]]) -> Callable[Given, Response]:
        @wraps(view)
        def pressed(*given: Given.args, **named: Given.kwargs) -> Response:
            return _answer_press(view(*given, **named))

        blueprint.add_url_rule(
            address, view.__name__, _declared(pressed, permission), methods=["POST"]
        )
        return pressed

    return declare


def is_declared(view: Callable[..., Any]) -> bool:
    """Whether a view takes what is sent to it as a step or a press."""
    return hasattr(view, OF_STEP)


def _declared(view: Callable[Given, Response], permission: Permission) -> Callable[Given, Response]:
    setattr(view, OF_STEP, True)
    return permits(permission)(view)


def _answer(declared: Callable[[], Step[Any] | Response], template: str) -> Response:
    asked = declared()
    if isinstance(asked, Response):
        return asked
    form = asked.form
    if asked.verdict.ok and asked.proves is not None and (away := asked.proves()) is not None:
        if form.is_submitted():
            drafting.keep(form)
        return away
    if form.is_sent and not asked.verdict.ok and not _is_repeat(form):
        form.add_refusal(asked.verdict.refusal())
    elif form.validate_on_submit():
        try:
            result = asked.carry(asked.act)
        except DomainError as refusal:
            answer = asked.refused(refusal) if asked.refused is not None else None
            return answer or _show_again(declared, _asked_again(declared, refusal), template)
        drafting.forget(request.path)
        _tell(_with(asked.done, result))
        return _onward(asked.back, result)
    if form.is_submitted():
        return _show_again(declared, asked, template)
    return _draw(_with_draft(declared, asked), template)


def _show_again(
    declared: Callable[[], Step[Any] | Response], asked: Step[Any], template: str
) -> Response:
    """The page with all that was typed: by redirect, so that it can be reloaded and come back to.

    Where it could not be kept the answer itself shows it, of a step declared once more: what was
    read before is void after the attempt.
    """
    if not drafting.has_address(asked.form):
        return _draw(asked, template)
    if (onward := drafting.shown_again(asked.form)) is not None:
        return onward
    with drafting.typed_again(asked.form.typed()):
        anew = declared()
        return anew if isinstance(anew, Response) else _draw(anew, template)


def _with_draft(declared: Callable[[], Step[Any] | Response], asked: Step[Any]) -> Step[Any]:
    """The step with what its reader has typed and not sent: in the form where it fits the record,
    beside what the record says where somebody has changed that since.
    """
    draft = drafting.draft_of(asked.form) if asked.verdict.ok else None
    if draft is None or (typed := _filled_in(declared, draft)) is None:
        return asked
    chosen = drafting.chosen_fields()
    if (draft.fits(asked.form.loaded_version) or drafting.ALL in chosen) and (
        asked.form.holds_otherwise(typed.form)
    ):
        typed.form.drafted_at, typed.form.is_filled_in = draft.saved_at, True
        asked, draft = typed, draft.older
        typed = _filled_in(declared, draft) if draft else None
    if draft is not None and typed is not None:
        asked.form.lay_beside(typed.form, draft.saved_at, chosen)
    return asked


def _filled_in(
    declared: Callable[[], Step[Any] | Response], draft: drafting.Drafted
) -> Step[Any] | None:
    with drafting.typed_again(Typed(draft.values)):
        asked = declared()
    return None if isinstance(asked, Response) else asked


def _is_repeat(form: ProcureForm) -> bool:
    """Whether the same form was carried out before: whoever presses twice is told what came of it,
    not that it is done already. The act asks whether it may, and whether the content is the same.
    """
    sent = form.idempotency_key.raw_data or [""]
    return bool(sent[0]) and was_carried_out(read_session(), current_actor(), sent[0])


def _draw(asked: Step[Any], template: str) -> Response:
    verdict = first_refusal(asked.verdict, only_read())
    asked.form.is_drafted = asked.verdict.ok and drafting.is_kept(asked.form)
    parts = {"form": asked.form, "verdict": verdict, "label": label_of_page(), **asked.shows()}
    return make_response(render_template(template, **parts), asked.form.status)


def _asked_again(declared: Callable[[], Step[Any] | Response], refusal: DomainError) -> Step[Any]:
    """The step declared once more, with the refusal at its form: whatever was read before the act
    was given up is read again, and so is whether the step may still be taken.
    """
    asked = _declared_again(declared, refusal)
    if isinstance(refusal, Stale):
        with _as_stored():
            stored = _declared_again(declared, refusal).form
        asked.form.add_stale(_to_whom(refusal), stored)
    else:
        asked.form.add_refusal(refusal)
    return asked


def _to_whom(refusal: Stale) -> Stale:
    """The refusal as it is told to whoever changed the record themselves, on another page."""
    by = refusal.changed_by
    if not by and refusal.subject_id:
        by = last_actor(read_session(), refusal.subject_id)
    return refusal.to_oneself() if by and by == current_actor().user_id else refusal


def _declared_again(
    declared: Callable[[], Step[Any] | Response], refusal: DomainError
) -> Step[Any]:
    try:
        asked = declared()
    except DomainError as problem:
        # Hidden by now; or the database is away, and what was refused says so.
        raise problem if isinstance(problem, NotFound) else refusal from problem
    if isinstance(asked, Response):
        raise refusal
    return asked


@contextmanager
def _as_stored() -> Iterator[None]:
    """Within it forms hold what is stored, as on a page that is only opened."""
    setattr(g, AS_STORED, True)
    try:
        yield
    finally:
        delattr(g, AS_STORED)


def _answer_press(pressed: Press[Any]) -> Response:
    try:
        result = pressed.carry(pressed.act)
    except (NotFound, Unavailable):
        raise
    except DomainError as error:
        refusal = _to_whom(error) if isinstance(error, Stale) else error
        law = f"依据：{refusal.rule}。" if refusal.rule else ""
        return drafting.told_again(f"{refusal.message}{law}{refusal.remedy or ''}", pressed.page)
    _tell(_with(pressed.done, result))
    return _onward(pressed.back, result)


def _tell(words: str) -> None:
    if words:
        flash(words, "done")


def _with(words: str | Callable[[Result], str], result: Result) -> str:
    return words if isinstance(words, str) else words(result)


def _onward(back: str | Callable[[Result], str | Response], result: Result) -> Response:
    onward = back if isinstance(back, str) else back(result)
    return onward if isinstance(onward, Response) else redirect(onward)
