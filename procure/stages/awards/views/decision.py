"""The pages of decision, announcement, and a bidder's own result."""

from flask import render_template

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import NotFound, first_refusal
from procure.kernel.paths import case_path
from procure.kernel.vocabulary import NoticeKind
from procure.registers.accounts.models import Organisation
from procure.registers.accounts.views.blueprint import step_up
from procure.registers.deadlines.queries import running_for, term_line
from procure.registers.documents.queries import papers_of, printed
from procure.registers.notices.queries import of_project
from procure.stages.awards import forms, pages, papers, policies, queries
from procure.stages.awards.use_cases import decision as use_cases
from procure.stages.awards.views.blueprint import base_of, blueprint, reported_case, review_case
from procure.stages.awards.views.report import ranking_parts, score_parts
from procure.stages.bids.queries import get_case
from procure.web.access import (
    current_actor,
    permits,
    read_session,
    request_now,
)
from procure.web.steps import Step, step


@step(
    blueprint, "/projects/<number>/review/decision", Permission.WINNER_DECIDE, "awards/decide.html"
)
def decide(number: str) -> Step[object]:
    """Decide the winner in the order of the ranking."""
    session, actor = read_session(), current_actor()
    case = reported_case(number)
    review = case.started
    ranked, passed = queries.ranking_of(session, review.id), queries.passed_over(session, review.id)
    names = {row.bid_id: row.supplier.name for row in queries.rows_of(session, case.tender)}
    first = queries.next_candidate(session, review.id)
    form = forms.DecideWinnerForm(
        version=review.version, data={"bid": first.bid_id if first else None}
    )
    form.fit(ranked, names, passed)
    return Step(
        form=form,
        verdict=first_refusal(
            policies.may_decide(case), printed(session, id=review.report_document_id)
        ),
        proves=step_up,
        act=form.act(use_cases.decide_winner, review.id, bid_id=form.bid),
        done="已确定成交人，请经办人公告结果。",
        back=base_of(number),
        shows=lambda: {
            "case": case,
            "dissents": papers.dissents(
                case, policies.sign_until(queries.concluded_at(session, case.started))
            ),
            "passed": papers.passed_lines(ranked, passed, names),
            "is_left": first is not None,
            **ranking_parts(case, number),
            **score_parts(case),
            "deadlines": [
                term_line(term, request_now()) for term in running_for(session, (review.id,))
            ],
            "papers": papers_of(
                session, actor, project_id=case.project.id, subject_ids=(review.id,)
            ),
        },
    )


@step(
    blueprint,
    "/projects/<number>/review/candidate",
    Permission.RESULT_ANNOUNCE,
    "awards/candidate.html",
)
def pass_over(number: str) -> Step[object]:
    """Record that the first candidate cannot be chosen, before another person chooses the next."""
    session = read_session()
    case = reported_case(number)
    review = case.started
    first = queries.next_candidate(session, review.id)
    if first is None:
        raise NotFound("没有可以登记的候选人。")
    ranked, row = (
        queries.ranking_of(session, review.id),
        queries.opened_row(session, case, first.bid_id),
    )
    names = {one.bid_id: one.supplier.name for one in queries.rows_of(session, case.tender)}
    form = forms.PassOverForm(version=review.version)
    return Step(
        form=form,
        verdict=policies.may_as_buyer("pass_candidate", case),
        act=form.act(use_cases.pass_over, review.id, bid_id=row.bid_id, token=form.proof),
        done="已登记，由审核负责人按名次确定下一名候选人。",
        back=base_of(number),
        shows=lambda: {
            "case": case,
            "row": row,
            "rank": first.rank,
            "passed": papers.passed_lines(ranked, queries.passed_over(session, review.id), names),
        },
    )


@step(
    blueprint,
    "/projects/<number>/review/announcement",
    Permission.RESULT_ANNOUNCE,
    "awards/announce.html",
)
def announce(number: str) -> Step[object]:
    """Announce the result and send the award notice."""
    session, actor, now = read_session(), current_actor(), request_now()
    case = review_case(number)
    review, word = case.started, papers.award_word(case.tender)
    winner, today = review.winner_bid_id, local_date(now)
    if winner is None:
        raise NotFound("还没有确定成交人。")
    policies.may_read_bids(case).require()
    form = forms.AnnounceResultForm(version=review.version)
    return Step(
        form=form,
        verdict=policies.may_announce(case),
        act=form.act(use_cases.announce_result, review.id),
        done=f"{word}结果已公告，{word}通知书已发出。",
        back=case_path(number),
        shows=lambda: {
            "case": case,
            "sections": papers.result_sections(
                case,
                session.get_one(Organisation, case.project.buyer_id),
                queries.opened_row(session, case, winner),
                actor.name,
                today,
            ),
            "deadlines": [term_line(term, now) for term in running_for(session, (review.id,))],
            "signing": pages.signing_line(today, now),
            "word": word,
        },
    )


@blueprint.get("/projects/<number>/bid/result")
@permits(Permission.BID_VIEW_OWN)
def own_result(number: str) -> str:
    """A bidder's own total and rank, once the result is out (O87 art 69)."""
    session, actor = read_session(), current_actor()
    case = get_case(session, actor, number)
    result = queries.find_own_result(session, actor, case.tender.id)
    if result is None:
        raise NotFound
    told = [one for one in of_project(session, case.project.id) if one.kind is NoticeKind.RESULT]
    periods = [notice.period_until for notice in told if notice.period_until is not None]
    now = request_now()
    running = running_for(session, (result.review_id,)) if result.is_winner else ()
    signing = next((term for term in running if term.rule == use_cases.SIGNING_TERM), None)
    return render_template(
        "awards/own_result.html",
        case=case,
        result=result,
        notice=told[-1] if told else None,
        word=papers.award_word(case.tender),
        pages=pages,
        signing=term_line(signing, now) if signing is not None else None,
        challenge=pages.challenge_line(periods[-1], now) if periods else None,
    )
