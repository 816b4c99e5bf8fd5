"""The panel's pages: overview, draw, declaration, absence, replacement."""

from datetime import timedelta

from flask import render_template, url_for

from procure.kernel.access import Permission
from procure.kernel.clock import next_full_hour
from procure.kernel.errors import NotFound
from procure.kernel.scoring.panel import least_size
from procure.kernel.scoring.scheme import Procedure
from procure.registers.accounts.queries import get_organisation
from procure.registers.documents.queries import papers_of
from procure.registers.projects.policies import is_buyer
from procure.stages.awards import case as steps
from procure.stages.awards import forms, pages, policies, queries
from procure.stages.awards.standing import MemberRow, ReviewCase
from procure.stages.awards.use_cases import panel as use_cases
from procure.stages.awards.use_cases import replacing
from procure.stages.awards.views.blueprint import base_of, blueprint, review_case
from procure.web.access import (
    current_actor,
    permits,
    read_session,
    request_now,
)
from procure.web.steps import Press, Step, press, step

TO_SEND_THE_FORM = timedelta(minutes=30)
"""A session proposed sooner would have begun by the time the form is sent."""


@blueprint.get("/projects/<number>/review")
@permits(Permission.PROJECT_VIEW)
def show(number: str) -> str:
    """The review at a glance, with the reader's next step."""
    session, actor = read_session(), current_actor()
    case = review_case(number)
    return render_template(
        "awards/show.html",
        case=case,
        panel=steps.panel_of(session, actor, case, request_now()),
        session_at=case.review.session_at if case.review else None,
        replaceable=[
            (row, policies.may_replace(case, row.member))
            for row in case.seated
            if row.member.has_conflict
        ],
        absentable=_absentable(case),
        may_move=_may_move(case),
        may_pass_over=policies.is_going_on(case.tender).ok
        and policies.may_as_buyer("pass_candidate", case).ok,
        may_report_conflict=policies.may_report_conflict(case).ok,
        papers=papers_of(session, actor, project_id=case.project.id, subject_ids=(_id(case),)),
    )


def _absentable(case: ReviewCase) -> list[MemberRow]:
    """The members whom the reader may report absent."""
    return [
        row
        for row in case.seated
        if policies.is_going_on(case.tender).ok
        and policies.may_report_absence(case, row.member, is_reported=False).ok
    ]


def _may_move(case: ReviewCase) -> bool:
    """Whether the reader may put the session at another time."""
    if case.review is None or not policies.is_going_on(case.tender).ok:
        return False
    is_scored = bool(queries.scores_of(read_session(), case.review.id))
    return policies.may_move_session(case, is_scored=is_scored).ok


def _id(case: ReviewCase) -> str:
    return case.review.id if case.review else ""


@step(blueprint, "/projects/<number>/review/draw", Permission.PANEL_DRAW, "awards/draw.html")
def draw_panel(number: str) -> Step[object]:
    """Draw the panel."""
    session, actor = read_session(), current_actor()
    case = review_case(number)
    tender = case.tender
    least = least_size(Procedure(tender.method.value), tender.budget_fen)
    form = forms.DrawPanelForm(
        data={"experts": least, "session_at": next_full_hour(request_now() + TO_SEND_THE_FORM)}
    )
    form.fit(queries.buyer_seats(session, actor))
    return Step(
        form=form,
        verdict=policies.may_draw_panel(case),
        act=form.act(use_cases.draw_panel, tender.id, buyer_member_id=form.buyer_member),
        done="评审小组已抽取，成员登录后先签署回避声明。",
        back=base_of(number),
        shows=lambda: {"case": case, "least": least},
    )


@step(blueprint, "/projects/<number>/review/session", Permission.PANEL_DRAW, "awards/session.html")
def move_session(number: str) -> Step[object]:
    """Put the session at another time."""
    case = review_case(number)
    is_buyer(case.reader, case.project).require()
    review = case.started
    is_scored = bool(queries.scores_of(read_session(), review.id))
    form = forms.MoveSessionForm(version=review.version, data={"session_at": review.session_at})
    return Step(
        form=form,
        verdict=policies.may_move_session(case, is_scored=is_scored),
        act=form.act(use_cases.move_session, review.id),
        done="评审时间已修改，请通知评审小组成员。",
        back=base_of(number),
        shows=lambda: {"case": case},
    )


@blueprint.get("/projects/<number>/review/draw/record")
@permits(Permission.REVIEW_VIEW)
def draw_record(number: str) -> str:
    """The draw, repeated from its record."""
    case = review_case(number)
    review = case.started
    if not policies.sees_names(case):
        raise NotFound("评审专家名单在成交结果公告以后才对您开放。")
    return render_template(
        "awards/draw_record.html",
        case=case,
        draw_order=pages.draw_table(case, queries.absences_of(read_session(), review.id)),
        changes=pages.change_table(case, queries.replacements_of(read_session(), review)),
    )


@step(
    blueprint, "/projects/<number>/review/declaration", Permission.BID_SCORE, "awards/declare.html"
)
def declare(number: str) -> Step[object]:
    """A member's declaration."""
    session, case, actor = read_session(), review_case(number), current_actor()
    form, own = forms.DeclareInterestForm(), case.own
    rows = queries.rows_of(session, case.tender) if own is not None else ()
    return Step(
        form=form,
        verdict=policies.may_declare(case),
        act=form.act(use_cases.declare_interest, case.started.id),
        done="回避声明已签署。",
        back=base_of(number),
        shows=lambda: {
            "case": case,
            "names": [row.supplier.name for row in rows],
            "buyer": get_organisation(session, case.project.buyer_id).name,
            "session_at": case.started.session_at,
            "declared": pages.declared_facts(own, actor.name)
            if own is not None and own.declared_at is not None
            else (),
        },
    )


@press(blueprint, "/projects/<number>/review/members/<member_id>/replace", Permission.PANEL_DRAW)
def replace(number: str, member_id: str) -> Press[object]:
    """Put the next of the draw in the seat of who steps aside."""
    command = replacing.ReplaceMember(review_case(number).started.id, member_id)
    return Press(
        act=lambda uow: replacing.replace_member(uow, command),
        done="已按抽取次序由下一名专家接替。",
        back=base_of(number),
        page=url_for(".show", number=number),
    )


@step(blueprint, "/projects/<number>/review/conflict", Permission.BID_SCORE, "awards/conflict.html")
def report_conflict(number: str) -> Step[object]:
    """A member found a conflict after having declared none."""
    case, form = review_case(number), forms.ReportConflictForm()
    return Step(
        form=form,
        verdict=policies.may_report_conflict(case),
        act=form.act(use_cases.declare_interest, case.started.id, has_conflict=True),
        done="已声明应当回避，由采购人更换成员。",
        back=base_of(number),
        shows=lambda: {"case": case},
    )


@step(
    blueprint,
    "/projects/<number>/review/members/<member_id>/absence",
    Permission.PANEL_DRAW,
    "awards/absence.html",
)
def report_absence(number: str, member_id: str) -> Step[object]:
    """Say that a member cannot take part, for the approver to decide on."""
    case = review_case(number)
    is_buyer(case.reader, case.project).require()
    row, form = case.member(member_id), forms.ReportAbsenceForm()
    pending = queries.pending_absence(read_session(), case.started.id, member_id)
    return Step(
        form=form,
        verdict=policies.may_report_absence(case, row.member, is_reported=pending is not None),
        act=form.act(replacing.report_absence, case.started.id, member_id),
        done="已登记，等待审核负责人审核。",
        back=base_of(number),
        shows=lambda: {"case": case, "row": row},
    )


@step(
    blueprint,
    "/projects/<number>/review/members/<member_id>/absence/decision",
    Permission.ABSENCE_DECIDE,
    "awards/absence_decision.html",
)
def decide_absence(number: str, member_id: str) -> Step[object]:
    """The approver's finding on an absence."""
    case = review_case(number)
    is_buyer(case.reader, case.project).require()
    row, form = case.member(member_id), forms.DecideAbsenceForm()
    absence = queries.pending_absence(read_session(), case.started.id, member_id)
    return Step(
        form=form,
        verdict=policies.may_decide_absence(case, absence),
        act=form.act(
            replacing.decide_absence,
            case.started.id,
            member_id,
            confirmed=lambda: form.decision.data == "replace",
        ),
        done="审核意见已登记。",
        back=base_of(number),
        shows=lambda: {
            "case": case,
            "facts": pages.absence_facts(absence, row) if absence is not None else (),
        },
    )
