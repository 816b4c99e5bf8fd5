"""The pages of ranking, low prices and report."""

from flask import render_template, url_for

from procure.kernel.access import Permission
from procure.kernel.errors import NotFound
from procure.stages.awards import forms, pages, papers, policies, queries
from procure.stages.awards.standing import DELIVERED, ReviewCase
from procure.stages.awards.use_cases import report as use_cases
from procure.stages.awards.views.blueprint import base_of, blueprint, review_case
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import (
    permits,
    read_session,
    request_now,
)
from procure.web.steps import Press, Step, press, step


def ranking_parts(case: ReviewCase, number: str) -> dict[str, object]:
    """The ranking as a table and as a drawing, for every page that shows it."""
    session = read_session()
    ranked = queries.ranking_of(session, case.started.id)
    rows = queries.rows_of(session, case.tender)
    return {
        "ranking": pages.ranking_table(ranked, rows, base_of(number)),
        "chart": pages.ranking_chart(ranked, rows),
        "workings": pages.working_table(case.tender, ranked, rows),
        "tied": pages.tie_table(case.started, ranked, rows),
        "tie_seed": papers.tie_seed_of(case.started),
    }


def score_parts(case: ReviewCase) -> dict[str, object]:
    """Single marks side by side and with their reasons: for members once all have locked, for the buyer's side once the report is
    signed, for audit with the names of the experts once the result is out.
    """
    is_hidden = case.own is None and case.state not in DELIVERED
    if is_hidden or not policies.sees_names(case):
        return {"marks": None, "reasons": None}
    session = read_session()
    rows = queries.rows_of(session, case.tender)
    scores = queries.scores_of(session, case.started.id)
    return {
        "marks": pages.score_table(case, rows, scores),
        "reasons": pages.member_table(case, rows, scores),
    }


@blueprint.get("/projects/<number>/review/ranking")
@permits(Permission.PROJECT_VIEW)
def ranking(number: str) -> str:
    """Prices, points and ranks, once every member has locked."""
    case = review_case(number)
    if not case.is_revealed:
        raise NotFound("全部成员锁定评分以后才能查看汇总结果。")
    policies.may_read_bids(case).require()
    return render_template(
        "awards/ranking.html",
        case=case,
        **score_parts(case),
        **ranking_parts(case, number),
    )


@step(
    blueprint,
    "/projects/<number>/review/low-prices/<bid_id>",
    Permission.BID_SCORE,
    "awards/low_price.html",
)
def low_price(number: str, bid_id: str) -> Step[object]:
    """Record how a low price was questioned and judged."""
    session = read_session()
    case = review_case(number)
    if not case.is_revealed:
        raise NotFound
    policies.may_read_bids(case).require()
    row = queries.opened_row(session, case, bid_id)
    ranking = {one.bid_id: one for one in queries.ranking_of(session, case.started.id)}
    # A review that failed before its ranking has nobody to judge.
    if bid_id not in ranking:
        raise NotFound
    ranked = ranking[bid_id]
    form = forms.LowPriceForm(data={"asked_at": request_now()})
    return Step(
        form=form,
        verdict=policies.may_judge_low_price(case, ranked),
        act=form.act(use_cases.judge_low_price, case.started.id, bid_id),
        done="异常低价审查结论已登记。",
        back=f"{base_of(number)}/report",
        shows=lambda: {
            "case": case,
            "row": row,
            "facts": pages.offer_facts(row.opened),
            "trigger": papers.flag_words(ranked.flags),
        },
    )


@step(blueprint, "/projects/<number>/review/report", Permission.BID_SCORE, "awards/sign.html")
def sign(number: str) -> Step[str]:
    """Read the findings and sign them."""
    session, now = read_session(), request_now()
    case = review_case(number)
    if case.own is None or not case.is_revealed:
        raise NotFound
    policies.may_read_bids(case).require()
    review = case.started
    ranked = queries.ranking_of(session, review.id)
    judged = queries.low_price_reviews(session, review.id)
    names = {row.bid_id: row.supplier.name for row in queries.rows_of(session, case.tender)}
    checks = queries.checks_of(session, review.id)
    digest = papers.findings_digest(ranked, checks, judged)
    form = forms.SignReportForm(data={"findings": digest}).fit(
        case.tender, [row for row in ranked if row.bid_id not in judged], names
    )
    waiting = queries.low_waiting(session, review.id)
    until = policies.sign_until(queries.concluded_at(session, review)) if review.scored_at else now

    return Step(
        form=form,
        verdict=policies.may_sign(case, len(waiting), now),
        act=lambda uow: _sign(uow, form, review.id),
        done=str,
        back=base_of(number),
        shows=lambda: {
            "case": case,
            **score_parts(case),
            **ranking_parts(case, number),
            "checks": pages.check_table(queries.rows_of(session, case.tender), checks),
            "low": [(row, names[row.bid_id], papers.flag_words(row.flags)) for row in waiting],
            "digest": digest,
            "people": pages.people(case),
            "may_deliver": policies.may_deliver(case, until, now),
            "sign_until": until,
        },
    )


def _sign(uow: UnitOfWork, form: forms.SignReportForm, review_id: str) -> str:
    """Sign the report, or put a question about a price instead; the words to tell the member."""
    question = form.question(review_id)
    if question is not None:
        use_cases.question_price(uow, question)
        return "已登记，报告没有签署：组长先登记对这份报价的审查结论，再请您签署。"
    is_last = use_cases.sign_report(
        uow,
        form.command(
            use_cases.SignReport, review_id, prices_sound=True if "prices" in form else None
        ),
    )
    return "已签署，评审报告已送达采购人。" if is_last else "已签署评审报告。"


@press(blueprint, "/projects/<number>/review/deliver", Permission.BID_SCORE)
def deliver(number: str) -> Press[object]:
    """Deliver the report although not all have signed."""
    review_id = review_case(number).started.id
    return Press(
        act=lambda uow: use_cases.deliver_report(uow, review_id),
        done="评审报告已送达采购人。",
        back=base_of(number),
        page=url_for(".sign", number=number),
    )
