"""Pages of evaluations.

| address | method | view | who |
|---|---|---|---|
| /evaluations | GET | index | who may view evaluations, each his own; also as a file |
| /projects/<number>/evaluations/<kind> | GET | show | parties, overseers, the assessor |
| …/<kind>/assign | GET POST | assign | buyer's clerk |
| …/<kind>/recall | GET POST | recall | buyer's clerk |
| …/<kind>/declare, decline | GET POST | declare, decline | the evaluator |
| …/<kind>/sample | POST | sample | the evaluator |
| …/<kind>/score/<dimension> | GET POST | score | the evaluator |
| …/<kind>/records | GET POST | records | the evaluator |
| …/<kind>/visit, summary | GET POST | visit, summary | the evaluator |
| …/<kind>/check | GET POST | check | the assessor; sent by its lead |
| …/<kind>/decide | GET POST | decide | buyer's approver |
| …/<kind>/rectification | GET POST | rectify | the provider |
| …/<kind>/rectification/waive | GET POST | waive | who signs for the provider |
| …/<kind>/again, refuse-rectification | GET POST | again, refuse_rectification | buyer's clerk |
| …/<kind>/settle | GET POST | settle | buyer's approver |
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import NotFound, Verdict
from procure.kernel.lifecycle import EvaluationState, state_words
from procure.kernel.paging import page_request
from procure.kernel.vocabulary import EVALUATION_KIND_LABELS, EvaluationKind
from procure.registers.documents.queries import papers_of
from procure.stages.evaluation import checks, pages, policies, queries
from procure.stages.evaluation.evidence import evidence_of, records_of
from procure.stages.evaluation.forms import (
    AgainForm,
    AssignForm,
    DecideForm,
    DeclareForm,
    DeclineForm,
    DrawForm,
    RecallForm,
    RectificationForm,
    RefuseRectificationForm,
    SettleForm,
    SubmitForm,
    SummaryForm,
    VisitForm,
    WaiveForm,
    checks_form,
    scores_form,
    values_of_checks,
    values_of_scores,
    values_of_summary,
)
from procure.stages.evaluation.queries import EvaluationPage
from procure.stages.evaluation.results import passes
from procure.stages.evaluation.use_cases import charge, confirm, schedule
from procure.stages.evaluation.use_cases import score as scoring
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permits, read_session, request_now, unit_of_work
from procure.web.exports import FORMATS, sheet_answer
from procure.web.forms import ProcureForm, done
from procure.web.listing import Filter, Listing
from procure.web.steps import attempt, when

Answer = str | Response | tuple[str, int]
BASE = "/projects/<number>/evaluations/<kind>"

blueprint = Blueprint("evaluation", __name__)


@blueprint.get("/evaluations")
@permits(Permission.EVALUATION_VIEW)
def index() -> Answer:
    """The evaluations this reader may know of."""
    wanted = page_request(request.args, queries.SORTS, queries.FILTERS)
    session, actor = read_session(), current_actor()
    if kind := request.args.get("format"):
        rows = [
            pages.sheet_row(row, actor)
            for row in queries.export_evaluations(session, actor, wanted)
        ]
        return sheet_answer(kind, "绩效评价", pages.SHEET, rows, actor)
    found = queries.list_evaluations(session, actor, wanted)
    listing = Listing(
        url_for(".index"),
        found,
        pages.LIST_COLUMNS,
        pages.list_rows(found.rows, actor),
        filters=(
            Filter("kind", "种类", tuple((k.value, v) for k, v in EVALUATION_KIND_LABELS.items())),
            Filter(
                "state", "状态", tuple((s.value, state_words(s).words) for s in EvaluationState)
            ),
        ),
        noun="评估",
        measure="次",
        caption="绩效评价",
        exports=FORMATS,
        search_label="查找项目名称或编号",
        empty="还没有评估。合同签订后，系统自动排定中期评估和末期评估。",
    )
    return render_template("evaluation/index.html", listing=listing)


@blueprint.get(BASE)
@permits(Permission.EVALUATION_VIEW)
def show(number: str, kind: str) -> Answer:
    """One evaluation: what is to do for this reader, or what came of it."""
    page = page_for(number, kind)
    session, actor, now = read_session(), current_actor(), request_now()
    may_read = policies.may_read_result(actor, page.evaluation, page.contract)
    ids = [page.evaluation.id, *(earlier.id for earlier in page.earlier)]
    return render_template(
        "evaluation/show.html",
        page=page,
        may_read=may_read,
        facts=pages.head_facts(page, shown=may_read.ok),
        sections=pages.sections(page) if _may_score(page).ok else (),
        steps=pages.steps(page, actor, now),
        deadlines=pages.deadlines(session, page, now),
        columns=pages.SCORE_COLUMNS,
        rows=pages.score_rows(page) if may_read.ok else (),
        chart=pages.chart_of(page) if may_read.ok and page.result.is_complete else None,
        papers=pages.distinct_papers(
            papers_of(session, actor, project_id=page.contract.project_id, subject_ids=ids),
            [page.evaluation, *page.earlier],
        ),
        earlier_columns=pages.EARLIER_COLUMNS,
        earlier=pages.earlier_rows(page),
    )


@blueprint.route(f"{BASE}/assign", methods=["GET", "POST"])
@permits(Permission.EVALUATION_ASSIGN)
def assign(number: str, kind: str) -> Answer:
    """Charge an evaluator."""
    page = page_for(number, kind)
    choices = queries.evaluator_choices(read_session(), page.contract)
    form = AssignForm(version=page.evaluation.version)
    form.offer(choices)
    return _act(
        form,
        page,
        "evaluation/assign.html",
        policies.may_assign(
            current_actor(),
            page.evaluation,
            page.contract,
            midterm=page.midterm,
            today=local_date(request_now()),
        ),
        lambda uow: schedule.assign_evaluation(uow, form.to_command(page.evaluation)),
        "评估机构已委派，评估员可以开始工作。",
        refused=[choice for choice in choices if choice.refusal],
    )


@blueprint.route(f"{BASE}/declare", methods=["GET", "POST"])
@permits(Permission.EVALUATION_SCORE)
def declare(number: str, kind: str) -> Answer:
    """Sign the declaration of independence."""
    page = page_for(number, kind)
    form = DeclareForm(version=page.evaluation.version)
    return _act(
        form,
        page,
        "evaluation/declare.html",
        policies.may_declare(
            current_actor(), page.evaluation, declared=page.has_declared(current_actor())
        ),
        lambda uow: scoring.declare_independence(uow, form.to_command(page.evaluation)),
        "独立性声明已签署，可以开始评分。",
        statement=scoring.STATEMENT,
    )


@blueprint.route(f"{BASE}/decline", methods=["GET", "POST"])
@permits(Permission.EVALUATION_SCORE)
def decline(number: str, kind: str) -> Answer:
    """Step back from the evaluation."""
    page = page_for(number, kind)
    form = DeclineForm(version=page.evaluation.version)
    act = when(
        policies.may_decline(current_actor(), page.evaluation),
        lambda uow: charge.decline_evaluation(uow, form.to_command(page.evaluation)),
    )
    # Whoever stepped back may not look at the evaluation any more.
    if (onward := attempt(form, act, "已退出这次评估。", url_for(".index"))) is not None:
        return onward
    shown = page_for(number, kind)
    return render_template(
        "evaluation/decline.html",
        form=form,
        page=shown,
        back=pages.address(shown),
        verdict=policies.may_decline(current_actor(), shown.evaluation),
    ), form.status


@blueprint.route(f"{BASE}/recall", methods=["GET", "POST"])
@permits(Permission.EVALUATION_ASSIGN)
def recall(number: str, kind: str) -> Answer:
    """Take the evaluation back from its assessor."""
    page = page_for(number, kind)
    form = RecallForm(version=page.evaluation.version)
    return _act(
        form,
        page,
        "evaluation/recall.html",
        policies.may_recall(current_actor(), page.evaluation, page.contract),
        lambda uow: charge.recall_evaluation(uow, form.to_command(page.evaluation)),
        "评估委派已收回，请另行委派。",
    )


@blueprint.post(f"{BASE}/sample")
@permits(Permission.EVALUATION_SCORE)
def sample(number: str, kind: str) -> Answer:
    """Draw the records to be looked into."""
    page = page_for(number, kind)
    form = DrawForm()
    with unit_of_work() as uow:
        scoring.draw_records(uow, form.to_command(page.evaluation))
    done(form, "核查样本已抽取。")
    return redirect(url_for(".records", number=number, kind=kind))


@blueprint.route(f"{BASE}/records", methods=["GET", "POST"])
@permits(Permission.EVALUATION_SCORE)
def records(number: str, kind: str) -> Answer:
    """Look into the drawn records one by one; whom they served is told to who is charged alone."""
    page = page_for(number, kind)
    evaluation, session = page.evaluation, read_session()
    verdict = _may_score(page)
    kept = queries.checks_of(session, evaluation)
    form = checks_form(evaluation)(
        version=evaluation.version, data=values_of_checks(evaluation, kept)
    )
    drawn = records_of(session, evaluation.sampled_ids) if verdict.ok else []
    return _act(
        form,
        page,
        "evaluation/records.html",
        verdict,
        lambda uow: scoring.save_checks(uow, form.to_command(evaluation)),
        "核查结论已保存。",
        sampling=evaluation.sample,
        records=pages.record_lines(evaluation, drawn),
    )


@blueprint.route(f"{BASE}/score/<dimension>", methods=["GET", "POST"])
@permits(Permission.EVALUATION_SCORE)
def score(number: str, kind: str, dimension: str) -> Answer:
    """Score one dimension, the evidence beside it."""
    page = page_for(number, kind)
    chosen = pages.dimension_of(page, dimension)
    rows = [row for row in page.indicators if row.dimension is chosen]
    form = scores_form(rows)(version=page.evaluation.version, data=values_of_scores(rows))
    evidence = evidence_of(read_session(), page.contract, request_now())
    return _act(
        form,
        page,
        "evaluation/score.html",
        _may_score(page),
        lambda uow: scoring.save_scores(uow, form.to_command(page.evaluation, chosen, rows)),
        "评分已保存。",
        heading=pages.dimension_heading(rows),
        rows=rows,
        points=pages.points,
        evidence=pages.evidence_facts(evidence, number),
        target_columns=pages.TARGET_COLUMNS,
        targets=pages.target_rows(evidence),
        hints=pages.score_hints(page, rows, evidence),
    )


@blueprint.route(f"{BASE}/visit", methods=["GET", "POST"])
@permits(Permission.EVALUATION_SCORE)
def visit(number: str, kind: str) -> Answer:
    """Fill in what was seen on site; look through the drawn records."""
    page = page_for(number, kind)
    form = VisitForm(version=page.evaluation.version, obj=page.evaluation)
    form.visited_on.earliest = page.contract.starts_on
    form.visited_on.latest = local_date(request_now())
    return _act(
        form,
        page,
        "evaluation/visit.html",
        _may_score(page),
        lambda uow: scoring.save_visit(uow, form.to_command(page.evaluation)),
        "走访和调查情况已保存。",
    )


@blueprint.route(f"{BASE}/summary", methods=["GET", "POST"])
@permits(Permission.EVALUATION_SCORE)
def summary(number: str, kind: str) -> Answer:
    """Fill in what the report says in words."""
    page = page_for(number, kind)
    form = SummaryForm(version=page.evaluation.version, data=values_of_summary(page.evaluation))
    return _act(
        form,
        page,
        "evaluation/summary.html",
        _may_score(page),
        lambda uow: scoring.save_summary(uow, form.to_command(page.evaluation)),
        "评估意见已保存。",
    )


@blueprint.route(f"{BASE}/check", methods=["GET", "POST"])
@permits(Permission.EVALUATION_SCORE)
def check(number: str, kind: str) -> Answer:
    """Everything before it is sent, and the sending."""
    page = page_for(number, kind)
    base = pages.address(page)
    findings = checks.find_problems(page.evaluation, page.indicators, page.sample, page.floor, base)
    form = SubmitForm(version=page.evaluation.version)
    return _act(
        form,
        page,
        "evaluation/check.html",
        policies.may_submit(
            current_actor(),
            page.evaluation,
            declared=page.has_declared(current_actor()),
            blocks=checks.blocks(findings),
        ),
        lambda uow: confirm.submit_evaluation(uow, form.to_command(page.evaluation)),
        "评估报告已提交，等待采购人确认。",
        findings=findings,
        answers=pages.answers(page),
    )


@blueprint.route(f"{BASE}/decide", methods=["GET", "POST"])
@permits(Permission.EVALUATION_CONFIRM)
def decide(number: str, kind: str) -> Answer:
    """Let the result stand, or send it back."""
    page = page_for(number, kind)
    session, actor = read_session(), current_actor()
    form = DecideForm(version=page.evaluation.version)
    findings = checks.find_problems(page.evaluation, page.indicators, page.sample, page.floor, "")
    return _act(
        form,
        page,
        "evaluation/decide.html",
        policies.may_confirm(actor, page.evaluation, page.contract, blocks=checks.blocks(findings)),
        lambda uow: confirm.decide_evaluation(uow, form.to_command(page.evaluation)),
        "处理意见已登记。",
        findings=findings,
        facts=(*pages.head_facts(page, shown=True), *pages.survey_facts(page)),
        columns=pages.SCORE_COLUMNS,
        rows=pages.score_rows(page),
        failed=page.evaluation.grade is not None and not passes(page.evaluation.grade),
        papers=pages.distinct_papers(
            papers_of(
                session,
                actor,
                project_id=page.contract.project_id,
                subject_ids=[page.evaluation.id],
            ),
            [page.evaluation],
        ),
    )


@blueprint.route(f"{BASE}/rectification", methods=["GET", "POST"])
@permits(Permission.DELIVERY_RECORD)
def rectify(number: str, kind: str) -> Answer:
    """Report what was put right."""
    page = page_for(number, kind, that_asked=True)
    form = RectificationForm(version=page.evaluation.version)
    return _act(
        form,
        page,
        "evaluation/rectification.html",
        policies.may_report_rectification(current_actor(), page.evaluation, page.contract),
        lambda uow: confirm.report_rectification(uow, form.to_command(page.evaluation)),
        "整改情况已报送，等待采购人安排复评。",
        that_asked=True,
        deadlines=pages.deadlines(read_session(), page, request_now()),
    )


@blueprint.route(f"{BASE}/rectification/waive", methods=["GET", "POST"])
@permits(Permission.CONTRACT_SIGN_SUPPLIER)
def waive(number: str, kind: str) -> Answer:
    """Say that nothing will be put right."""
    page = page_for(number, kind, that_asked=True)
    form = WaiveForm(version=page.evaluation.version)
    return _act(
        form,
        page,
        "evaluation/waive.html",
        policies.may_waive_rectification(current_actor(), page.evaluation, page.contract),
        lambda uow: confirm.waive_rectification(uow, form.to_command(page.evaluation)),
        "已确认不再整改，采购人会收到通知。",
        that_asked=True,
    )


@blueprint.route(f"{BASE}/refuse-rectification", methods=["GET", "POST"])
@permits(Permission.EVALUATION_ASSIGN)
def refuse_rectification(number: str, kind: str) -> Answer:
    """Send the report of what was put right back."""
    page = page_for(number, kind)
    form = RefuseRectificationForm(version=page.evaluation.version)
    return _act(
        form,
        page,
        "evaluation/refuse_rectification.html",
        policies.may_refuse_rectification(current_actor(), page.evaluation, page.contract),
        lambda uow: confirm.refuse_rectification(uow, form.to_command(page.evaluation)),
        "整改情况已退回，整改期限重新起算。",
    )


@blueprint.route(f"{BASE}/settle", methods=["GET", "POST"])
@permits(Permission.EVALUATION_CONFIRM)
def settle(number: str, kind: str) -> Answer:
    """Close a failed evaluation without a further round."""
    page = page_for(number, kind)
    form = SettleForm(version=page.evaluation.version)
    return _act(
        form,
        page,
        "evaluation/settle.html",
        policies.may_settle(
            current_actor(),
            page.evaluation,
            page.contract,
            today=local_date(request_now()),
            rectify_until=page.rectify_until,
        ),
        lambda uow: confirm.settle_evaluation(uow, form.to_command(page.evaluation)),
        "评估已按不合格办结，不再复评。",
    )


@blueprint.route(f"{BASE}/again", methods=["GET", "POST"])
@permits(Permission.EVALUATION_ASSIGN)
def again(number: str, kind: str) -> Answer:
    """Put a further round on the calendar."""
    page = page_for(number, kind)
    form = AgainForm(version=page.evaluation.version)
    today = local_date(request_now())
    form.due_on.earliest = today
    form.due_on.latest = today + timedelta(schedule.AGAIN_AT_MOST)
    return _act(
        form,
        page,
        "evaluation/again.html",
        policies.may_schedule_again(current_actor(), page.evaluation, page.contract),
        lambda uow: schedule.schedule_again(uow, form.to_command(page.evaluation)),
        "复评已排定，请委派评估机构。",
    )


def page_for(number: str, kind: str, *, that_asked: bool = False) -> EvaluationPage:
    """The evaluation the address names, as this reader may see it: the newest round, or the newest
    that asked for rectification.
    """
    if kind not in set(EvaluationKind):
        raise NotFound
    session, actor = read_session(), current_actor()
    return queries.get_page(session, actor, number, EvaluationKind(kind), that_asked=that_asked)


def _may_score(page: EvaluationPage) -> Verdict:
    actor = current_actor()
    return policies.may_score(actor, page.evaluation, declared=page.has_declared(actor))


def _act(
    form: ProcureForm,
    page: EvaluationPage,
    template: str,
    verdict: Verdict,
    act: Callable[[UnitOfWork], object],
    message: str,
    *,
    that_asked: bool = False,
    **more: Any,
) -> Answer:
    """A step with its page: refused visibly, or taken and told."""
    number, kind = page.contract.project.number, page.evaluation.kind
    back = pages.address(page)
    if (onward := attempt(form, when(verdict, act), message, back)) is not None:
        return onward
    shown = page_for(number, kind, that_asked=that_asked)
    return render_template(
        template, form=form, page=shown, back=back, verdict=verdict, **more
    ), form.status
