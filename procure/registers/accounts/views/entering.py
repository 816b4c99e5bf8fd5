"""Coming in and leaving."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission
from procure.kernel.errors import DomainError, NotFound
from procure.registers.accounts import queries, throttle
from procure.registers.accounts.forms import CodeForm, SignInForm
from procure.registers.accounts.names import typed_username
from procure.registers.accounts.passwords import Passwords
from procure.registers.accounts.policies import IDLE, PARALLEL, Missing
from procure.registers.accounts.use_cases import sign_in as signing_in
from procure.registers.accounts.views.blueprint import (
    acting_as,
    blueprint,
    enter,
    hashing,
    lane,
    onward,
    safe_next,
    signed_in,
    visit,
)
from procure.registers.accounts.views.turns import (
    Claim,
    Proof,
    take_turn,
    tell_mass,
    told_when_wrong,
)
from procure.web.access import (
    CONFIG,
    permits,
    read_session,
    settings,
    to_sign_in,
    unit_of_work,
    wall_now,
)
from procure.web.keys import platform_key

DEMO_ACCOUNTS = "PROCURE_DEMO_ACCOUNTS"


def demo_accounts() -> list[dict[str, Any]]:
    """The accounts that may be entered by one click; none outside the demonstration."""
    found: list[dict[str, Any]] = current_app.config.get(DEMO_ACCOUNTS, [])
    return found if settings().is_demo else []


@blueprint.get("/login")
@blueprint.post("/login")
@permits(Permission.PUBLIC)
def sign_in() -> ResponseReturnValue:
    """The sign-in page; somebody who is in already is led on."""
    present = signed_in()
    form, asks_code = SignInForm(), False
    if present is not None and not form.is_submitted():
        if present.missing or present.actor.roles:
            return onward(present.missing, safe_next())
        return render_template("accounts/no_role.html", person=present.actor)
    if form.validate_on_submit():
        try:
            return _sign_in(form)
        except DomainError as refusal:
            form.add_refusal(refusal)
            asks_code = isinstance(refusal, (throttle.TooManyTries, signing_in.WrongTogether))
    # The cookie still names a sign-in that is none any more; a first visit brings no name.
    has_ended = present is None and "_user_id" in session
    page = render_template(
        "accounts/sign_in.html",
        form=form,
        asks_code=asks_code,
        demo_accounts=demo_accounts(),
        idle_minutes=IDLE // timedelta(minutes=1),
        most_devices=PARALLEL,
        has_ended=has_ended,
        is_unsent="unsent" in request.args,
    )
    return page, form.status


def _sign_in(form: SignInForm) -> ResponseReturnValue:
    username, password = typed_username(form.username.data), form.password.data
    found = queries.find_credentials(read_session(), username)
    claim = Claim.of(username, found)
    if form.code.data:
        return _sign_in_with_both(claim, found, password, form.code.data)
    try:
        turn = take_turn(Proof.PASSWORD, claim)
    except throttle.NetworkCrowded:
        # As long as for an account that has a turn of its own here, or the time would tell it.
        hashing().is_right(None, password)
        raise
    with told_when_wrong(Proof.PASSWORD, claim):
        if (compared := _compared(found, password)) is not None and found is not None:
            return _open(found.user_id, compared, turn.attempt_id)
        if turn.is_crowded:
            throttle.crowded().require()
        raise signing_in.WrongPassword


def _sign_in_with_both(
    claim: Claim, found: queries.Credentials | None, password: str, code: str
) -> ResponseReturnValue:
    """Come in by password and code at once, which no stranger's failures can hold up.

    Where the gate is shut both are looked at all the same, and every fault is answered as the gate
    answers. What tells nothing need not be counted: only a try in which one of the two is right
    counts, in the lane of codes, so that whoever has one proof guesses the other slowly and whoever
    has none cannot fill that lane. Every try does the same work.
    """
    claim, attempt_id = replace(claim, has_no_factor=False), None
    fault: DomainError = signing_in.WrongTogether()
    try:
        attempt_id = take_turn(Proof.BOTH, claim).attempt_id
    except throttle.TooManyTries as refusal:
        fault = refusal
    compared = _compared(found, password)
    fits = signing_in.fits_code(read_session(), claim.user_id, code, wall_now(), platform_key())
    for_code = claim.for_code(is_counted=compared is not None or fits)
    with suppress(throttle.TooManyTries, signing_in.WrongProof):
        turn = take_turn(Proof.CODE, for_code)
        if found is not None and compared is not None and fits:
            return _enter_with_both(
                signing_in.EnterWithBoth(
                    _opening(found.user_id, compared, attempt_id),
                    code,
                    turn.attempt_id,
                    lane(Proof.PASSWORD, claim.name),
                )
            )
    if attempt_id is None:
        tell_mass(Proof.CODE, for_code)
    with told_when_wrong(Proof.BOTH, claim):
        raise fault


def _enter_with_both(command: signing_in.EnterWithBoth) -> ResponseReturnValue:
    opening = command.opening
    with acting_as(queries.actor_of(read_session(), opening.user_id)) as uow:
        secret = signing_in.enter_with_both(uow, command, platform_key())
    return _entered(secret, opening.visit)


def _compared(found: queries.Credentials | None, password: str) -> signing_in.Compared | None:
    """What the password fits, None when it does not; one hashing whoever is there."""
    kept = found.password_hash if found else None
    if not hashing().is_right(kept, password) or kept is None:
        return None
    new = hashing().hash(password) if hashing().is_outdated(kept) else None
    return signing_in.Compared(kept, new)


def _opening(
    user_id: str, compared: signing_in.Compared | None = None, attempt_id: str | None = None
) -> signing_in.OpenSession:
    before = signed_in()
    return signing_in.OpenSession(
        user_id=user_id,
        visit=visit(),
        at=wall_now(),
        factor_required=not settings().is_demo,
        attempt_id=attempt_id,
        compared=compared,
        replaces=signing_in.SignOut(before.session_id, before.user_id) if before else None,
    )


def _open(
    user_id: str, compared: signing_in.Compared | None = None, attempt_id: str | None = None
) -> ResponseReturnValue:
    opening = _opening(user_id, compared, attempt_id)
    with acting_as(queries.actor_of(read_session(), user_id), technical=True) as uow:
        secret = signing_in.open_session(uow, opening)
    return _entered(secret, opening.visit)


def _entered(secret: str, whence: signing_in.Visit, *, anew: bool = True) -> ResponseReturnValue:
    """On to what the new sign-in still lacks, or to the page that was wanted."""
    opened = queries.find_signed_in(read_session(), secret, wall_now())
    target = onward(opened.missing if opened else None, safe_next())
    return enter(target, secret, whence, anew_for=opened.user_id if opened and anew else "")


def _enter_demo(username: str) -> ResponseReturnValue:
    """One click into a person of the demonstration."""
    if username not in {account["username"] for account in demo_accounts()}:
        raise NotFound
    user_id = queries.find_user_id(read_session(), username)
    if user_id is None:
        raise NotFound
    return _open(user_id)


@blueprint.record
def _prepare_hashing(state: BlueprintSetupState) -> None:
    """Have absent names compared as fast as present ones from the first try on."""
    Passwords(state.app.extensions[CONFIG].password_hash_cost).prepare()


@blueprint.record
def _offer_demo_entry(state: BlueprintSetupState) -> None:
    """Let the one-click entry exist in the demonstration only."""
    if state.app.extensions[CONFIG].is_demo:
        state.add_url_rule(
            "/login/demo/<username>",
            "enter_demo",
            permits(Permission.PUBLIC)(_enter_demo),
            methods=["POST"],
        )


@blueprint.get("/login/code")
@blueprint.post("/login/code")
@permits(Permission.PUBLIC)
def give_code() -> ResponseReturnValue:
    """The second step: the one-time code."""
    present = signed_in()
    if present is None or present.missing is not Missing.CODE:
        return to_sign_in(safe_next() or None)
    form = CodeForm()
    if form.validate_on_submit():
        try:
            return spend_code(form.code.data)
        except DomainError as refusal:
            form.add_refusal(refusal)
    return render_template("accounts/code.html", form=form), form.status


def spend_code(code: str, *, is_step_up: bool = False) -> ResponseReturnValue:
    """Complete or confirm this request's sign-in with a code."""
    present = signed_in()
    assert present is not None
    claim = Claim.within(
        present.user_id, present.user_id, present.actor.name, is_in=present.missing is None
    )
    turn, whence = take_turn(Proof.CODE, claim), visit()
    with (
        told_when_wrong(Proof.CODE, claim),
        acting_as(queries.actor_of(read_session(), present.user_id)) as uow,
    ):
        secret = signing_in.give_code(
            uow,
            signing_in.GiveCode(
                session_id=present.session_id,
                user_id=present.user_id,
                code=code,
                visit=whence,
                at=wall_now(),
                attempt_id=turn.attempt_id,
                is_step_up=is_step_up,
            ),
            platform_key(),
        )
    return _entered(secret, whence, anew=not is_step_up)


@blueprint.post("/logout")
@permits(Permission.PUBLIC)
def sign_out() -> ResponseReturnValue:
    """Leave on this device."""
    present = signed_in()
    if present is not None:
        with unit_of_work() as uow:
            signing_in.sign_out(uow, signing_in.SignOut(present.session_id, present.user_id))
    session.clear()
    flash("您已退出登录。", "done")
    return redirect(url_for("accounts.sign_in"))


@blueprint.before_app_request
def note_seen() -> None:
    """Write down now and then that a sign-in is in use."""
    present = signed_in() if "_login_user" in g else None
    if present is not None and present.is_due_to_be_seen(wall_now()):
        with unit_of_work(technical=True) as uow:
            signing_in.note_seen(uow, present.session_id, wall_now())
