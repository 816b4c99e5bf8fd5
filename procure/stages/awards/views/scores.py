"""The pages of a member's own marks: nobody else's are here, and no price."""

from collections.abc import Sequence

from flask import render_template

from procure.kernel.access import Permission
from procure.kernel.errors import NotFound
from procure.stages.awards import forms, pages, policies, queries
from procure.stages.awards.models import Score
from procure.stages.awards.ranking import is_valid, sheet_version
from procure.stages.awards.standing import ReviewCase
from procure.stages.awards.use_cases import scores as use_cases
from procure.stages.awards.views.blueprint import base_of, blueprint, review_case
from procure.stages.bids.queries import OpenedRow, attachments_of
from procure.web.access import permits, read_session, request_now
from procure.web.steps import Step, step
from procure.web.totals import RunningTotal


def marked_rows(case: ReviewCase, own: Sequence[Score]) -> tuple[list[OpenedRow], dict[str, str]]:
    """The bids that are scored and those the reader has marked; of the latter that were found
    invalid since, the reasons.
    """
    session = read_session()
    checks = queries.checks_of(session, case.started.id)
    marked = {one.bid_id for one in own}
    invalid = {
        bid_id: check.reason
        for bid_id, check in checks.items()
        if bid_id in marked and not is_valid(check)
    }
    rows = [
        row
        for row in queries.rows_of(session, case.tender)
        if row.bid_id in checks and (row.bid_id in marked or is_valid(checks[row.bid_id]))
    ]
    return rows, invalid


def scored_row(case: ReviewCase, bid_id: str) -> OpenedRow:
    """One of these bids; NotFound for any other, one that failed the checks among them."""
    found = next(
        (row for row in queries.valid_rows(read_session(), case) if row.bid_id == bid_id), None
    )
    if found is None:
        raise NotFound("没有找到这份投标文件，或它没有进入评分。")
    return found


def own_scores(case: ReviewCase) -> Sequence[Score]:
    """The reader's own marks."""
    if case.own is None:
        return ()
    return queries.scores_of(read_session(), case.started.id, case.own.id)


@blueprint.get("/projects/<number>/review/scores")
@permits(Permission.BID_SCORE)
def scores(number: str) -> str:
    """One's own scoring as a task list."""
    case = review_case(number)
    policies.may_read_as_member(case.own).require()
    own = own_scores(case)
    rows = queries.valid_rows(read_session(), case)
    return render_template(
        "awards/scores.html",
        case=case,
        sections=pages.score_sections(base_of(number), rows, case.criteria, own),
        verdict=policies.may_lock(case, use_cases.missing_marks(case, rows, own), request_now()),
    )


@step(
    blueprint,
    "/projects/<number>/review/scores/<bid_id>",
    Permission.BID_SCORE,
    "awards/score.html",
)
def score(number: str, bid_id: str) -> Step[object]:
    """One bid: what it says on the left, points and reasons on the right."""
    case = review_case(number)
    policies.may_read_as_member(case.own).require()
    row = scored_row(case, bid_id)
    own = [one for one in own_scores(case) if one.bid_id == bid_id]
    form = forms.scores_form(case.criteria)(
        version=sheet_version(own), data=forms.scores_data(case.criteria, own)
    )
    return Step(
        form=form,
        verdict=policies.may_score(case, request_now()),
        act=form.act(
            use_cases.save_scores, case.started.id, bid_id, marks=lambda: form.marks(case.criteria)
        ),
        done=f"对{row.supplier.name}的评分已保存，尚未锁定。",
        back=f"{base_of(number)}/scores",
        shows=lambda: {
            "case": case,
            "row": row,
            "sections": pages.content_sections(
                row.opened, (), attachments_of(read_session(), bid_id)
            ),
            "responses": pages.responses(row.opened, case.criteria),
            "marks": {one.criterion_id: one for one in own},
            "total": RunningTotal(
                ("points_*",), "分", full=sum(one.points for one in case.criteria), is_most=True
            ),
            "pages": pages,
        },
    )


@step(blueprint, "/projects/<number>/review/lock", Permission.BID_SCORE, "awards/lock.html")
def lock(number: str) -> Step[bool]:
    """Lock one's own marks for ever."""
    case = review_case(number)
    policies.may_read_as_member(case.own).require()
    own = own_scores(case)
    rows, invalid = marked_rows(case, own)
    missing = use_cases.missing_marks(case, [row for row in rows if row.bid_id not in invalid], own)
    review_id = case.started.id
    return Step(
        form=forms.LockScoresForm(),
        verdict=policies.may_lock(case, missing, request_now()),
        act=lambda uow: use_cases.lock_scores(uow, review_id),
        done=lambda is_last: (
            "评分已锁定，全部成员已完成，已汇总排序。" if is_last else "评分已锁定。"
        ),
        back=base_of(number),
        shows=lambda: {
            "case": case,
            "sheet": pages.own_sheet(base_of(number), rows, case.criteria, own, invalid),
        },
    )
