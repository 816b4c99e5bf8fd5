"""The panel's pages: overview, draw, declaration, absence, replacement."""

from datetime import timedelta

from flask import flash, redirect, render_template
from werkzeug.wrappers import Response

from procure.kernel.access import Permission
from procure.kernel.errors import NotFound
from procure.kernel.scoring.panel import least_size
from procure.kernel.scoring.scheme import Procedure
from procure.registers.accounts.queries import get_organisation
from procure.registers.documents.queries import papers_of
from procure.stages.awards import case as steps
from procure.stages.awards import forms, pages, policies, queries
from procure.stages.awards.use_cases import panel as use_cases
from procure.stages.awards.use_cases import replacing
from procure.stages.awards.views.blueprint import base_of, blueprint, review_case
from procure.stages.bids.policies import is_buyer
from procure.web.access import (
    current_actor,
    permits,
    read_session,
    request_now,
    unit_of_work,
)
from procure.web.steps import attempt


@blueprint.get("/projects/<number>/review")
@permits(Permission.PROJECT_VIEW)
def show(number: str) -> str:
    """The review at a glance, with the reader's next step."""
    session, actor = read_session(), current_actor()
    case = review_case(number)
    return render_template(
        "awards/show.html",
        case=case,
        base=base_of(number),
        panel=steps.panel_of(session, actor, case, request_now()),
        session_at=case.review.session_at if case.review else None,
        replaceable=[
            (row, policies.may_replace(actor, case.started, row.member, case.parts))
            for row in case.seated
            if row.member.has_conflict
        ],
        absentable=_absentable(case),
        may_move=_may_move(case),
        may_pass_over=case.review is not None
        and policies.is_going_on(case.tender).ok
        and policies.may_pass_over(actor, case.review, case.parts).ok,
        may_report_conflict=case.review is not None
        and policies.may_report_conflict(actor, case.review, case.own).ok,
        papers=papers_of(session, actor, project_id=case.project.id, subject_ids=(_id(case),)),
    )


def _absentable(case: queries.ReviewCase) -> list[queries.MemberRow]:
    """The members whom the reader may report absent."""
    review, actor = case.review, current_actor()
    if review is None or not actor.may(Permission.PANEL_DRAW):
        return []
    if not policies.is_going_on(case.tender).ok:
        return []
    return [
        row
        for row in case.seated
        if policies.may_report_absence(actor, review, row.member, case.parts, is_reported=False).ok
    ]


def _may_move(case: queries.ReviewCase) -> bool:
    """Whether the reader may put the session at another time."""
    if case.review is None or not policies.is_going_on(case.tender).ok:
        return False
    is_scored = bool(queries.scores_of(read_session(), case.review.id))
    return policies.may_move_session(
        current_actor(), case.review, case.parts, is_scored=is_scored
    ).ok


def _id(case: queries.ReviewCase) -> str:
    return case.review.id if case.review else ""


@blueprint.get("/projects/<number>/review/draw")
@blueprint.post("/projects/<number>/review/draw")
@permits(Permission.PANEL_DRAW)
def draw_panel(number: str) -> Response | tuple[str, int]:
    """Draw the panel."""
    session, actor = read_session(), current_actor()
    case = review_case(number)
    tender = case.tender
    least = least_size(Procedure(tender.method.value), tender.budget_fen)
    # Not now: by the time the form is sent that has passed.
    soon = request_now() + timedelta(hours=1)
    form = forms.DrawPanelForm(data={"experts": least, "session_at": soon})
    form.fit(queries.buyer_seats(session, actor))
    onward = attempt(
        form,
        lambda uow: use_cases.draw_panel(uow, form.to_command(tender.id)),
        "评审小组已抽取，成员登录后先签署回避声明。",
        base_of(number),
    )
    if onward is not None:
        return onward
    page = render_template(
        "awards/draw.html",
        case=case,
        base=base_of(number),
        form=form,
        least=least,
        verdict=policies.may_draw_panel(actor, tender, case.review, case.parts),
    )
    return page, form.status


@blueprint.get("/projects/<number>/review/session")
@blueprint.post("/projects/<number>/review/session")
@permits(Permission.PANEL_DRAW)
def move_session(number: str) -> Response | tuple[str, int]:
    """Put the session at another time."""
    case, actor = review_case(number), current_actor()
    is_buyer(case.parts).require()
    review = case.started
    form = forms.MoveSessionForm(version=review.version, data={"session_at": review.session_at})
    onward = attempt(
        form,
        lambda uow: use_cases.move_session(uow, form.to_command(review.id)),
        "评审时间已修改，请通知评审小组成员。",
        base_of(number),
    )
    if onward is not None:
        return onward
    is_scored = bool(queries.scores_of(read_session(), review.id))
    page = render_template(
        "awards/session.html",
        case=case,
        base=base_of(number),
        form=form,
        verdict=policies.may_move_session(actor, review, case.parts, is_scored=is_scored),
    )
    return page, form.status


@blueprint.get("/projects/<number>/review/draw/record")
@permits(Permission.REVIEW_VIEW)
def draw_record(number: str) -> str:
    """The draw, repeated from its record."""
    case, actor = review_case(number), current_actor()
    review = case.started
    is_auditor = actor.may(Permission.AUDIT_READ)
    if not policies.sees_names(
        review, oversees=case.oversees, on_panel=case.own is not None, is_auditor=is_auditor
    ):
        raise NotFound("评审专家名单在成交结果公告以后才对您开放。")
    return render_template(
        "awards/draw_record.html",
        case=case,
        base=base_of(number),
        columns=pages.DRAW_COLUMNS,
        rows=pages.draw_rows(case, queries.absences_of(read_session(), review.id)),
        changes=pages.change_rows(case, queries.replacements_of(read_session(), review)),
        change_columns=pages.CHANGE_COLUMNS,
    )


@blueprint.get("/projects/<number>/review/declaration")
@blueprint.post("/projects/<number>/review/declaration")
@permits(Permission.BID_SCORE)
def declare(number: str) -> Response | tuple[str, int]:
    """A member's declaration."""
    case, actor = review_case(number), current_actor()
    form = forms.DeclareInterestForm()
    onward = attempt(
        form,
        lambda uow: use_cases.declare_interest(uow, form.to_command(case.started.id)),
        "回避声明已签署。",
        base_of(number),
    )
    if onward is not None:
        return onward
    names = [row.supplier.name for row in queries.rows_of(read_session(), case.tender)]
    page = render_template(
        "awards/declare.html",
        case=case,
        base=base_of(number),
        form=form,
        names=names if case.own is not None else [],
        buyer=get_organisation(read_session(), case.project.buyer_id).name,
        session_at=case.started.session_at,
        declared=pages.declared_facts(case.own, actor.name)
        if case.own is not None and case.own.declared_at is not None
        else (),
        verdict=policies.may_declare(actor, case.started, case.own),
    )
    return page, form.status


@blueprint.post("/projects/<number>/review/members/<member_id>/replace")
@permits(Permission.PANEL_DRAW)
def replace(number: str, member_id: str) -> Response:
    """Put the next of the draw in the seat of who steps aside."""
    case = review_case(number)
    with unit_of_work() as uow:
        replacing.replace_member(uow, replacing.ReplaceMember(case.started.id, member_id))
    flash("已按抽取次序由下一名专家接替。", "done")
    return redirect(base_of(number))


@blueprint.get("/projects/<number>/review/conflict")
@blueprint.post("/projects/<number>/review/conflict")
@permits(Permission.BID_SCORE)
def report_conflict(number: str) -> Response | tuple[str, int]:
    """A member found a conflict after having declared none."""
    case, actor = review_case(number), current_actor()
    form = forms.ReportConflictForm()
    onward = attempt(
        form,
        lambda uow: use_cases.declare_interest(uow, form.to_command(case.started.id)),
        "已声明应当回避，由采购人更换成员。",
        base_of(number),
    )
    if onward is not None:
        return onward
    page = render_template(
        "awards/conflict.html",
        case=case,
        base=base_of(number),
        form=form,
        verdict=policies.may_report_conflict(actor, case.started, case.own),
    )
    return page, form.status


def _member_row(case: queries.ReviewCase, member_id: str) -> queries.MemberRow:
    found = next((row for row in case.members if row.member.id == member_id), None)
    if found is None:
        raise NotFound("没有找到这名成员。")
    return found


@blueprint.get("/projects/<number>/review/members/<member_id>/absence")
@blueprint.post("/projects/<number>/review/members/<member_id>/absence")
@permits(Permission.PANEL_DRAW)
def report_absence(number: str, member_id: str) -> Response | tuple[str, int]:
    """Say that a member cannot take part, for the approver to decide on."""
    case, actor = review_case(number), current_actor()
    is_buyer(case.parts).require()
    row = _member_row(case, member_id)
    form = forms.ReportAbsenceForm()
    pending = queries.pending_absence(read_session(), case.started.id, member_id)
    onward = attempt(
        form,
        lambda uow: replacing.report_absence(uow, form.to_command(case.started.id, member_id)),
        "已登记，等待审核负责人审核。",
        base_of(number),
    )
    if onward is not None:
        return onward
    page = render_template(
        "awards/absence.html",
        case=case,
        base=base_of(number),
        form=form,
        row=row,
        verdict=policies.may_report_absence(
            actor, case.started, row.member, case.parts, is_reported=pending is not None
        ),
    )
    return page, form.status


@blueprint.get("/projects/<number>/review/members/<member_id>/absence/decision")
@blueprint.post("/projects/<number>/review/members/<member_id>/absence/decision")
@permits(Permission.ABSENCE_DECIDE)
def decide_absence(number: str, member_id: str) -> Response | tuple[str, int]:
    """The approver's finding on an absence."""
    case, actor = review_case(number), current_actor()
    is_buyer(case.parts).require()
    row = _member_row(case, member_id)
    absence = queries.pending_absence(read_session(), case.started.id, member_id)
    form = forms.DecideAbsenceForm()
    onward = attempt(
        form,
        lambda uow: replacing.decide_absence(uow, form.to_command(case.started.id, member_id)),
        "审核意见已登记。",
        base_of(number),
    )
    if onward is not None:
        return onward
    page = render_template(
        "awards/absence_decision.html",
        case=case,
        base=base_of(number),
        form=form,
        facts=pages.absence_facts(absence, row) if absence is not None else (),
        verdict=policies.may_decide_absence(actor, case.started, absence, case.parts),
    )
    return page, form.status
