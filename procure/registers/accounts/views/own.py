"""One's own account: particulars, password, one-time codes, devices."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission, Role
from procure.kernel.errors import ALLOWED, DomainError, NotFound, Verdict
from procure.registers.accounts import policies, queries, second_factor
from procure.registers.accounts.forms import ChangePasswordForm, CodeForm, EnrolForm
from procure.registers.accounts.policies import Missing
from procure.registers.accounts.queries import SignedIn
from procure.registers.accounts.use_cases import credentials, sign_in
from procure.registers.accounts.views.blueprint import (
    acting_as,
    blueprint,
    enter,
    hashing,
    onward,
    safe_next,
    signed_in,
    step_up,
    visit,
)
from procure.registers.accounts.views.entering import spend_code
from procure.registers.accounts.views.organisations import organisation_facts
from procure.registers.accounts.views.turns import Claim, Proof, take_turn, told_when_wrong
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import (
    permits,
    read_session,
    request_now,
    to_sign_in,
    unit_of_work,
    wall_now,
)
from procure.web.keys import platform_key
from procure.web.presenters import Fact
from procure.web.steps import Press, press


def _present() -> SignedIn:
    present = signed_in()
    if present is None:
        raise NotFound
    return present


@contextmanager
def proving_password(present: SignedIn) -> Iterator[sign_in.Turn]:
    """A turn for the password of somebody who is in: guessed no faster from within than outside.

    What is refused for another reason, as a new password that is too short, is no wrong guess.
    """
    user = queries.get_user(read_session(), present.user_id)
    claim = Claim.within(user.username, user.id, user.name, is_in=present.missing is None)
    turn = take_turn(Proof.PASSWORD, claim)
    try:
        with told_when_wrong(Proof.PASSWORD, claim):
            yield turn
    except DomainError as refusal:
        if not isinstance(refusal, sign_in.WrongProof):
            with unit_of_work(technical=True) as uow:
                sign_in.note_success(uow, turn.attempt_id)
        raise


def _as_oneself(present: SignedIn) -> UnitOfWork:
    """A unit of work of the person, also while the sign-in lacks something and has no roles."""
    return acting_as(queries.actor_of(read_session(), present.user_id))


def _away(*allowed: Missing | None) -> ResponseReturnValue | None:
    """To where somebody belongs who is not in, or not as far in as this page needs."""
    present = signed_in()
    if present is None:
        return to_sign_in()
    return None if present.missing in allowed else onward(present.missing, safe_next())


@blueprint.get("/account")
@permits(Permission.SIGNED_IN)
def show() -> ResponseReturnValue:
    """What the platform knows of me, and where I am signed in."""
    present = _present()
    session = read_session()
    user = queries.get_user(session, present.user_id)
    roles = "、".join(role.label for role in Role if role in present.actor.roles)
    facts = (
        Fact("姓名", user.name),
        Fact("用户名", user.username),
        Fact("单位", user.organisation.name),
        Fact("岗位", roles),
        Fact("电话", user.phone or "未填写"),
        Fact("邮箱", user.email or "未填写"),
    )
    unit = user.organisation
    parent = unit.parent_id and queries.get_organisation(session, unit.parent_id)
    return render_template(
        "accounts/show.html",
        facts=facts,
        unit_facts=organisation_facts(unit, parent.name if parent else "无", masked=True),
        has_factor=present.has_factor,
        codes_left=queries.recovery_codes_left(session, user.id),
        devices=queries.devices_of(session, user.id, wall_now()),
        this=present.session_id,
    )


@blueprint.get("/account/password")
@blueprint.post("/account/password")
@permits(Permission.PUBLIC)
def change_password() -> ResponseReturnValue:
    """Choose a new password; needed first when somebody else has seen the present one."""
    if away := _away(None, Missing.PASSWORD):
        return away
    present, form = _present(), ChangePasswordForm()
    if form.validate_on_submit():
        try:
            return _change_password(present, form)
        except DomainError as refusal:
            form.add_refusal(refusal)
    page = render_template("accounts/password.html", form=form, missing=present.missing)
    return page, form.status


def _change_password(present: SignedIn, form: ChangePasswordForm) -> ResponseReturnValue:
    whence = visit()
    with proving_password(present) as turn, _as_oneself(present) as uow:
        secret = credentials.change_password(
            uow,
            credentials.ChangePassword(
                user_id=present.user_id,
                session_id=present.session_id,
                old=form.old.data,
                new=form.new.data,
                visit=whence,
                at=wall_now(),
                attempt_id=turn.attempt_id,
            ),
            hashing(),
        )
    flash("密码已修改，其他设备上的登录已全部退出。", "done")
    opened = queries.find_signed_in(read_session(), secret, wall_now())
    if present.missing is None:
        return enter(redirect(url_for("accounts.show")), secret, whence)
    return enter(onward(opened.missing if opened else None, safe_next()), secret, whence)


@blueprint.get("/account/second-factor")
@permits(Permission.PUBLIC)
def second_factor_page() -> ResponseReturnValue:
    """Why and how to bind an authenticator."""
    if away := _away(None, Missing.SECOND_FACTOR) or _unproved():
        return away
    return _second_factor_page(EnrolForm())


@blueprint.post("/account/second-factor")
@permits(Permission.PUBLIC)
def start_enrolment() -> ResponseReturnValue:
    """Make a new secret and show it."""
    if away := _away(None, Missing.SECOND_FACTOR) or _unproved():
        return away
    present, form = _present(), EnrolForm()
    _may_bind(present).require()
    if present.missing is None and not form.validate_on_submit():
        return _second_factor_page(form)
    try:
        _start_enrolment(present, form)
    except DomainError as refusal:
        form.add_refusal(refusal)
        return _second_factor_page(form)
    return redirect(url_for("accounts.confirm_enrolment", next=safe_next() or None))


def _may_bind(present: SignedIn) -> Verdict:
    return policies.may_replace_factor(present.actor.roles) if present.has_factor else ALLOWED


def _unproved() -> ResponseReturnValue | None:
    """To where the present authenticator is asked for; whoever may not replace it reads why."""
    present = _present()
    return step_up() if present.has_factor and _may_bind(present).ok else None


def _second_factor_page(form: EnrolForm) -> ResponseReturnValue:
    present = _present()
    page = render_template(
        "accounts/second_factor.html",
        form=form,
        has_factor=present.has_factor,
        missing=present.missing,
        verdict=_may_bind(present),
    )
    return page, form.status


def _start_enrolment(present: SignedIn, form: EnrolForm) -> None:
    """Without a second factor, whoever is about to complete a sign-in has just given the password."""
    if present.missing is Missing.SECOND_FACTOR:
        with unit_of_work(technical=True) as uow:
            credentials.start_enrolment(
                uow, credentials.StartEnrolment(present.user_id), platform_key()
            )
        return
    with proving_password(present) as turn, unit_of_work(technical=True) as uow:
        command = credentials.StartEnrolment(
            present.user_id, form.password.data, present.fresh_factor(wall_now()), turn.attempt_id
        )
        credentials.start_enrolment(uow, command, platform_key(), hashing())


@blueprint.get("/account/second-factor/confirm")
@blueprint.post("/account/second-factor/confirm")
@permits(Permission.PUBLIC)
def confirm_enrolment() -> ResponseReturnValue:
    """The picture to scan, and the code that proves it was scanned."""
    if away := _away(None, Missing.SECOND_FACTOR) or _unproved():
        return away
    present, form = _present(), CodeForm()
    _may_bind(present).require()
    user = queries.get_user(read_session(), present.user_id)
    if user.totp_pending is None or not credentials.is_pending(user, request_now()):
        return redirect(url_for("accounts.second_factor_page"))
    secret = platform_key().unwrap(user.totp_pending).decode()
    if form.validate_on_submit():
        try:
            return _confirm_enrolment(present, form)
        except DomainError as refusal:
            form.add_refusal(refusal)
    page = render_template(
        "accounts/enrol.html",
        form=form,
        picture=second_factor.picture(second_factor.key_uri(secret, user.username)),
        key=second_factor.grouped(secret),
        missing=present.missing,
    )
    return page, form.status


def _confirm_enrolment(present: SignedIn, form: CodeForm) -> ResponseReturnValue:
    whence = visit()
    with _as_oneself(present) as uow:
        enrolled = credentials.confirm_enrolment(
            uow,
            credentials.ConfirmEnrolment(
                user_id=present.user_id,
                session_id=present.session_id,
                code=form.code.data,
                visit=whence,
                at=wall_now(),
                completes_sign_in=present.missing is Missing.SECOND_FACTOR,
            ),
            platform_key(),
        )
    page = render_template(
        "accounts/recovery_codes.html", codes=enrolled.recovery_codes, onward=safe_next()
    )
    return enter(page, enrolled.secret, whence)


@blueprint.get("/account/verify")
@blueprint.post("/account/verify")
@permits(Permission.SIGNED_IN)
def verify() -> ResponseReturnValue:
    """Say once more who sits there, before a step that moves much."""
    present, form = _present(), CodeForm()
    if not present.has_factor:
        return redirect(url_for("accounts.second_factor_page", next=safe_next() or None))
    if form.validate_on_submit():
        try:
            return spend_code(form.code.data, is_step_up=True)
        except DomainError as refusal:
            form.add_refusal(refusal)
    page = render_template("accounts/verify.html", form=form, is_unsent="unsent" in request.args)
    return page, form.status


@press(blueprint, "/account/sessions/<session_id>/end", Permission.SIGNED_IN)
def end_session(session_id: str) -> Press[int]:
    """End my sign-in on another device."""
    command = sign_in.EndSession(_present().user_id, session_id=session_id)
    return Press(
        act=lambda uow: sign_in.end_session(uow, command),
        done=lambda count: "该设备已退出登录。" if count else "该设备此前已退出登录。",
        back=url_for("accounts.show"),
        page=url_for(".show"),
    )


@press(blueprint, "/account/sessions/end-others", Permission.SIGNED_IN)
def end_other_sessions() -> Press[int]:
    """End my sign-ins on all other devices."""
    present = _present()
    command = sign_in.EndSession(present.user_id, keep=present.session_id)
    return Press(
        act=lambda uow: sign_in.end_session(uow, command),
        done="其他设备已全部退出登录。",
        back=url_for("accounts.show"),
        page=url_for(".show"),
    )
