"""The pages of qualification and conformity."""

from flask import render_template

from procure.kernel.access import Permission
from procure.kernel.lifecycle import ReviewState
from procure.kernel.methods import words_of
from procure.stages.awards import forms, pages, policies, queries
from procure.stages.awards.relations import pair_of, shared_with_others
from procure.stages.awards.use_cases import checks as use_cases
from procure.stages.awards.views.blueprint import base_of, blueprint, review_case
from procure.stages.bids.policies import bids_needed
from procure.stages.bids.queries import attachments_of
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import permits, read_session
from procure.web.steps import Step, step


@blueprint.get("/projects/<number>/review/bids/<bid_id>")
@permits(Permission.PROJECT_VIEW)
def bid(number: str, bid_id: str) -> str:
    """What one bid says; its price only for who may see prices."""
    session = read_session()
    case = review_case(number)
    policies.may_read_bids(case).require()
    row = queries.opened_row(session, case, bid_id)
    attachments = attachments_of(session, bid_id)
    return render_template(
        "awards/bid.html",
        case=case,
        row=row,
        sections=pages.content_sections(row.opened, case.criteria, attachments),
        facts=pages.offer_facts(row.opened) if case.sees_prices else (),
    )


@step(blueprint, "/projects/<number>/review/checks", Permission.BID_CHECK, "awards/checks.html")
def checks(number: str) -> Step[bool]:
    """All bids with the findings about them; closing the checks."""
    session = read_session()
    case = review_case(number)
    policies.may_read_bids(case).require()
    review, rows = case.started, queries.rows_of(session, case.tender)
    found = queries.checks_of(session, review.id)
    names = {row.bid_id: row.supplier.name for row in rows}
    words = words_of(case.tender.method)
    form = forms.CompleteChecksForm(version=review.version)

    def complete(uow: UnitOfWork) -> bool:
        closed = use_cases.complete_checks(uow, form.command(use_cases.CompleteChecks, review.id))
        return closed.state is not ReviewState.FAILED

    return Step(
        form=form,
        verdict=policies.may_complete_checks(case, sum(row.bid_id not in found for row in rows)),
        act=complete,
        done=lambda is_enough: (
            "审查已完成，开始评分。"
            if is_enough
            else f"有效的供应商不足，采购活动已{words.failing}并公告。"
        ),
        back=base_of(number),
        shows=lambda: {
            "case": case,
            "sections": pages.check_sections(base_of(number), rows, found),
            "checks": pages.check_table(rows, found),
            "relations": pages.relation_lines(queries.relations_of(session, review.id), names),
            "needed": bids_needed(case.tender),
            "words": words,
        },
    )


@step(
    blueprint,
    "/projects/<number>/review/checks/<bid_id>",
    Permission.BID_CHECK,
    "awards/check.html",
)
def check(number: str, bid_id: str) -> Step[object]:
    """Judge one bid."""
    session = read_session()
    case = review_case(number)
    policies.may_read_bids(case).require()
    review, row = case.started, queries.opened_row(session, case, bid_id)
    known = queries.checks_of(session, review.id).get(bid_id)
    rows = queries.rows_of(session, case.tender)
    names = {one.bid_id: one.supplier.name for one in rows}
    shared = shared_with_others(case.tender, rows, row, queries.evidence_of(session, rows))
    related = {place: one.bid_id for place, one in enumerate(rows) if one.bid_id in shared}
    decided = queries.relations_of(session, review.id)
    form = forms.check_form(related, names)(
        version=known.version if known else 0,
        data=forms.check_data(
            known,
            related,
            {
                other: decided[pair]
                for other in shared
                if (pair := pair_of(bid_id, other)) in decided
            },
        ),
    )
    return Step(
        form=form,
        verdict=policies.may_check(case),
        act=form.act(use_cases.check_bid, review.id, bid_id, relations=form.relations),
        done=f"已登记对{row.supplier.name}的审查意见。",
        back=f"{base_of(number)}/checks",
        shows=lambda: {
            "case": case,
            "row": row,
            "facts": pages.offer_facts(row.opened) if case.sees_prices else (),
            "sections": pages.content_sections(
                row.opened, case.criteria, attachments_of(session, bid_id)
            ),
            "findings": pages.clues(case, row, shared, names),
            "places": tuple(related),
        },
    )
