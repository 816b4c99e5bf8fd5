"""The pages of the opening.

| address | method | endpoint | who |
|---|---|---|---|
| /projects/<number>/opening | GET | bid_openings.show | buyer and audit; in a tender everybody |
| /projects/<number>/opening/open | GET, POST | bid_openings.open_bids | the buyer's clerk |
| /projects/<number>/opening/objections | GET, POST | bid_openings.record_objections | the buyer's clerk |
| /projects/<number>/opening/damage | GET, POST | bid_openings.confirm_damage | the buyer's approver |
"""

from flask import Blueprint, redirect, render_template
from werkzeug.wrappers import Response

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import DomainError, NotFound
from procure.kernel.lifecycle import TenderState
from procure.kernel.methods import words_of
from procure.registers.accounts.views.blueprint import step_up
from procure.registers.documents.audiences import PanelSeat, PanelSeats
from procure.registers.documents.queries import papers_of, seats_of
from procure.registers.projects.queries import parts_of
from procure.stages.bids import pages, policies, queries
from procure.stages.bids.forms import ConfirmDamageForm, ObjectionsForm, OpenBidsForm
from procure.stages.bids.use_cases import damage, opening
from procure.stages.bids.use_cases.envelopes import EnvelopesAway, EnvelopesDamaged
from procure.store.unit_of_work import carry_out
from procure.web.access import (
    current_actor,
    permits,
    read_session,
    request_now,
    unit_of_work,
)
from procure.web.forms import done
from procure.web.keys import platform_key
from procure.web.rounds import asked_round
from procure.web.steps import attempt, attempt_allowed

blueprint = Blueprint("bid_openings", __name__)


@blueprint.get("/projects/<number>/opening")
@permits(Permission.PUBLIC)
def show(number: str) -> str:
    """Who bid what, once it was opened, for those who may know."""
    session, actor = read_session(), current_actor()
    case = queries.get_case(session, actor, number, asked_round())
    oversees = queries.reads_opening(session, actor, case.project)
    seats = seats_of(session, actor, case.project.id) if oversees else PanelSeats()
    seat = seats.for_round(case.tender.id)
    verdict = policies.may_read_opening(case.tender, oversees=oversees, seat=seat)
    if not verdict.ok and seat is PanelSeat.NONE:
        raise NotFound("没有找到开标结果，或您无权查看。")
    verdict.require()
    opened = queries.opened_bids(session, case.tender.id)
    return render_template(
        "bids/opened.html",
        case=case,
        columns=pages.OPENED_COLUMNS,
        rows=pages.opened_rows(opened),
        chart=pages.price_chart(opened, case.tender),
        papers=papers_of(session, actor, project_id=case.project.id, subject_ids=(case.tender.id,)),
        announced=policies.prices_are_announced(case.tender),
        words=words_of(case.tender.method),
        may_object=policies.may_record_objections(
            actor,
            case.tender,
            parts_of(session, actor, case.project.id),
            is_recorded=queries.objections_to(session, case.tender.id) is not None,
        ).ok,
    )


@blueprint.get("/projects/<number>/opening/open")
@blueprint.post("/projects/<number>/opening/open")
@permits(Permission.BIDS_OPEN)
def open_bids(number: str) -> Response | tuple[str, int]:
    """Open all bids at once, or fail the tender when they are too few."""
    session, actor, now = read_session(), current_actor(), request_now()
    case = queries.get_case(session, actor, number)
    parts = parts_of(session, actor, case.project.id)
    policies.is_buyer(parts).require()
    words = words_of(case.tender.method)
    form = OpenBidsForm(version=case.tender.version)
    if form.validate_on_submit():
        try:
            command, key = form.to_command(case.tender.id), platform_key()
            state = carry_out(unit_of_work, lambda uow: opening.open_bids(uow, command, key).state)
        except (EnvelopesAway, EnvelopesDamaged) as refusal:
            with unit_of_work() as uow:
                damage.note_refused_opening(uow, case.tender.id, refusal)
            form.add_refusal(refusal)
        except DomainError as refusal:
            form.add_refusal(refusal)
        else:
            if state is TenderState.FAILED:
                done(
                    form,
                    f"提交的{words.bid_file}数量不足，没有{words.opening}，采购活动{words.failed}并公告。",
                )
                return redirect(f"/projects/{number}")
            done(form, f"已{words.opening}，{words.opening_record}已归档。")
            return redirect(f"/projects/{number}/opening")
    page = render_template(
        "bids/open.html",
        case=case,
        words=words,
        form=form,
        needed=policies.bids_needed(case.tender),
        announced=policies.prices_are_announced(case.tender),
        drain=policies.drain(local_date(case.tender.deadline_at or now)).seconds,
        verdict=policies.may_open_bids(actor, case.tender, parts, now),
        deadline=pages.bid_deadline(case, now),
        damaged=pages.damage_rows(queries.unconfirmed_damage(session, case.tender)),
        columns=pages.DAMAGE_COLUMNS,
    )
    return page, form.status


@blueprint.get("/projects/<number>/opening/objections")
@blueprint.post("/projects/<number>/opening/objections")
@permits(Permission.BIDS_OPEN)
def record_objections(number: str) -> Response | tuple[str, int]:
    """Asked after the opening: whether anybody objected, and what was answered."""
    session, actor = read_session(), current_actor()
    case = queries.get_case(session, actor, number)
    parts = parts_of(session, actor, case.project.id)
    policies.is_buyer(parts).require()
    known = queries.objections_to(session, case.tender.id)
    form = ObjectionsForm(version=case.tender.version)
    onward = attempt(
        form,
        lambda uow: opening.record_objections(uow, form.to_command(case.tender.id)),
        "已登记，补充的记录已归档。",
        f"/projects/{number}/opening",
    )
    if onward is not None:
        return onward
    page = render_template(
        "bids/objections.html",
        case=case,
        words=words_of(case.tender.method),
        form=form,
        verdict=policies.may_record_objections(
            actor, case.tender, parts, is_recorded=known is not None
        ),
    )
    return page, form.status


@blueprint.get("/projects/<number>/opening/damage")
@blueprint.post("/projects/<number>/opening/damage")
@permits(Permission.DAMAGE_CONFIRM)
def confirm_damage(number: str) -> Response | tuple[str, int]:
    """What the opening found damaged or missing, for a second person to confirm: bids end by it."""
    session, actor = read_session(), current_actor()
    case = queries.get_case(session, actor, number)
    parts = parts_of(session, actor, case.project.id)
    policies.is_buyer(parts).require()
    found = queries.find_refused_opening(session, case.tender)
    waiting = queries.unconfirmed_damage(session, case.tender)
    verdict = policies.may_confirm_damage(
        actor,
        case.tender,
        parts,
        found.tried_by if found and waiting else None,
        queries.missing_since(session, case.tender),
        request_now(),
    )
    if verdict.ok and (verify := step_up()) is not None:
        return verify
    form = ConfirmDamageForm(version=found.seq if found else 0)
    onward = attempt_allowed(
        verdict,
        form,
        lambda uow: damage.confirm_damage(uow, form.to_command(case.tender.id)),
        "已确认。现在可以由经办人开标，这些密封件按损坏或者平台丢失登记。",
        f"/projects/{number}",
    )
    if onward is not None:
        return onward
    page = render_template(
        "bids/damage.html",
        case=case,
        form=form,
        verdict=verdict,
        damaged=pages.damage_rows(waiting),
        columns=pages.DAMAGE_COLUMNS,
    )
    return page, form.status
