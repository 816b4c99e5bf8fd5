"""The pages of the opening.

| address | method | endpoint | who |
|---|---|---|---|
| /projects/<number>/opening | GET | bid_openings.show | buyer and audit; in a tender everybody |
| /projects/<number>/opening/open | GET, POST | bid_openings.open_bids | the buyer's clerk |
| /projects/<number>/opening/objections | GET, POST | bid_openings.record_objections | the buyer's clerk |
| /projects/<number>/opening/damage | GET, POST | bid_openings.confirm_damage | the buyer's approver |
"""

from flask import Blueprint, render_template

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import DomainError, NotFound, first_refusal
from procure.kernel.lifecycle import TenderState
from procure.kernel.methods import told_in, words_of
from procure.kernel.paths import case_path
from procure.registers.accounts.views.blueprint import step_up
from procure.registers.documents.audiences import PanelSeat
from procure.registers.documents.models import DocumentKind
from procure.registers.documents.queries import papers_of, printed
from procure.registers.projects.policies import is_buyer
from procure.stages.bids import pages, policies, queries
from procure.stages.bids.forms import ConfirmDamageForm, ObjectionsForm, OpenBidsForm
from procure.stages.bids.use_cases import damage, opening
from procure.stages.bids.use_cases.envelopes import EnvelopesAway, EnvelopesDamaged
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import (
    current_actor,
    permits,
    read_session,
    request_now,
    unit_of_work,
)
from procure.web.keys import platform_key
from procure.web.rounds import asked_round
from procure.web.steps import Step, step

blueprint = Blueprint("bid_openings", __name__)


@blueprint.get("/projects/<number>/opening")
@permits(Permission.PUBLIC)
def show(number: str) -> str:
    """Who bid what, once it was opened, for those who may know."""
    session, actor = read_session(), current_actor()
    case = queries.get_case(session, actor, number, asked_round())
    verdict, seat = queries.opening_for(session, actor, case.project, case.tender)
    if not verdict.ok and seat is PanelSeat.NONE:
        raise NotFound("没有找到开标结果，或您无权查看。")
    verdict.require()
    opened = queries.opened_bids(session, case.tender.id)
    return render_template(
        "bids/opened.html",
        case=case,
        opened=pages.opened_table(opened, f"{words_of(case.tender.method).bidder}和报价"),
        chart=pages.price_chart(opened, case.tender),
        papers=papers_of(session, actor, project_id=case.project.id, subject_ids=(case.tender.id,)),
        announced=policies.prices_are_announced(case.tender),
        words=words_of(case.tender.method),
        may_object=policies.may_record_objections(
            actor,
            case.tender,
            case.project,
            is_recorded=queries.objections_to(session, case.tender.id) is not None,
        ).ok,
    )


@step(blueprint, "/projects/<number>/opening/open", Permission.BIDS_OPEN, "bids/open.html")
def open_bids(number: str) -> Step[bool]:
    """Open all bids at once, or fail the tender when they are too few."""
    session, actor, now = read_session(), current_actor(), request_now()
    case = queries.get_case(session, actor, number)
    is_buyer(actor, case.project).require()
    words, tender_id = words_of(case.tender.method), case.tender.id
    form = OpenBidsForm(version=case.tender.version)

    def open_all(uow: UnitOfWork) -> bool:
        opened = opening.open_bids(uow, form.command(opening.OpenBids, tender_id), platform_key())
        return opened.state is not TenderState.FAILED

    return Step(
        form=form,
        verdict=policies.may_open_bids(actor, case.tender, case.project, now),
        act=open_all,
        done=lambda is_open: (
            f"已{words.opening}，{words.opening_record}已归档。"
            if is_open
            else f"提交的{words.bid_file}数量不足，没有{words.opening}，采购活动{words.failed}并公告。"
        ),
        back=lambda is_open: case_path(number, "opening" if is_open else ""),
        refused=lambda refusal: _note_refused(tender_id, refusal),
        shows=lambda: {
            "case": case,
            "words": words,
            "needed": policies.bids_needed(case.tender),
            "announced": policies.prices_are_announced(case.tender),
            "drain": policies.drain(local_date(case.tender.deadline_at or now)).seconds,
            "deadline": pages.bid_deadline(case, now),
            "damaged": pages.damage_table(queries.unconfirmed_damage(session, case.tender)),
        },
    )


def _note_refused(tender_id: str, refusal: DomainError) -> None:
    """Write down what the opening found away or damaged."""
    if isinstance(refusal, (EnvelopesAway, EnvelopesDamaged)):
        with unit_of_work() as uow:
            damage.note_refused_opening(uow, tender_id, refusal)


@step(
    blueprint, "/projects/<number>/opening/objections", Permission.BIDS_OPEN, "bids/objections.html"
)
def record_objections(number: str) -> Step[object]:
    """Asked after the opening: whether anybody objected, and what was answered."""
    session, actor = read_session(), current_actor()
    case = queries.get_case(session, actor, number)
    is_buyer(actor, case.project).require()
    known = queries.objections_to(session, case.tender.id)
    form = ObjectionsForm(version=case.tender.version)
    return Step(
        form=form,
        verdict=first_refusal(
            policies.may_record_objections(
                actor, case.tender, case.project, is_recorded=known is not None
            ),
            printed(session, subject_id=case.tender.id, kind=DocumentKind.OPENING_RECORD),
        ),
        act=form.act(opening.record_objections, case.tender.id),
        done="已登记，补充的记录已归档。",
        back=case_path(number, "opening"),
        shows=lambda: {"case": case, "words": words_of(case.tender.method)},
    )


@step(blueprint, "/projects/<number>/opening/damage", Permission.DAMAGE_CONFIRM, "bids/damage.html")
def confirm_damage(number: str) -> Step[object]:
    """What the opening found damaged or missing, for a second person to confirm: bids end by it."""
    session, actor = read_session(), current_actor()
    case = queries.get_case(session, actor, number)
    is_buyer(actor, case.project).require()
    found = queries.find_refused_opening(session, case.tender)
    waiting = queries.unconfirmed_damage(session, case.tender)
    form = ConfirmDamageForm(version=found.seq if found else 0)
    return Step(
        form=form,
        verdict=policies.may_confirm_damage(
            actor,
            case.tender,
            case.project,
            found.tried_by if found and waiting else None,
            queries.missing_since(session, case.tender),
            request_now(),
        ),
        proves=step_up,
        act=form.act(damage.confirm_damage, case.tender.id, seen=form.loaded_version),
        done=told_in(
            case.tender.method,
            "已确认。现在可以由经办人开标，这些密封件按损坏或者平台丢失登记。",
        ),
        back=case_path(number),
        shows=lambda: {
            "case": case,
            "damaged": pages.damage_table(waiting),
        },
    )
