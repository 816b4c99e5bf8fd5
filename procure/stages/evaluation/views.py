"""Pages of evaluations.

| address | method | view | who |
|---|---|---|---|
| /evaluations | GET | index | who may view evaluations, each their own; also as a file |
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

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission
from procure.kernel.case_lines import Paper
from procure.kernel.clock import local_date
from procure.kernel.errors import NotFound, Verdict, first_refusal
from procure.kernel.findings import Finding, count_blocks
from procure.kernel.lifecycle import EvaluationState
from procure.kernel.vocabulary import EvaluationKind
from procure.registers.documents.queries import papers_of, printed
from procure.stages.delivery.queries import records_by_id
from procure.stages.evaluation import checks, pages, policies, queries
from procure.stages.evaluation.case import facts_of
from procure.stages.evaluation.evidence import evidence_of
from procure.stages.evaluation.forms import (
    AgainForm,
    AssignForm,
    DecideForm,
    DeclareForm,
    DeclineForm,
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
from procure.stages.evaluation.models import Evaluation, EvaluationIndicator
from procure.stages.evaluation.queries import EvaluationDossier, EvaluationRow
from procure.stages.evaluation.results import passes
from procure.stages.evaluation.steps import EVALUATION_STEPS
from procure.stages.evaluation.use_cases import charge, confirm, schedule
from procure.stages.evaluation.use_cases import score as scoring
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.columns import choices_of, state_choices
from procure.web.forms import ProcureForm
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.step_table import offered
from procure.web.steps import Act, Press, Step, press, step
from procure.web.totals import RunningTotal

BASE = "/projects/<number>/evaluations/<kind>"

blueprint = Blueprint("evaluation", __name__)


@blueprint.get("/evaluations")
@permits(Permission.EVALUATION_VIEW)
@shows_list("evaluation/index.html")
def index() -> ListOf[EvaluationRow]:
    """The evaluations this reader may know of."""
    actor = current_actor()
    return ListOf(
        title="绩效评价",
        source=queries.evaluations_in_view(actor),
        columns=pages.list_columns(actor),
        href=lambda row: pages.address_of(row.project_number, row.kind),
        filters=(
            Filter("kind", "种类", choices_of(EvaluationKind)),
            Filter("state", "状态", state_choices(EvaluationState)),
        ),
        search="查找项目名称或编号",
        noun="评估",
        measure="次",
        empty="还没有评估。合同签订后，系统自动排定中期评估和末期评估。",
    )


@blueprint.get(BASE)
@permits(Permission.EVALUATION_VIEW)
def show(number: str, kind: str) -> ResponseReturnValue:
    """One evaluation: what is to do for this reader, or what came of it."""
    dossier = dossier_for(number, kind)
    session, actor, now = read_session(), current_actor(), request_now()
    may_read = policies.may_read_result(actor, dossier.evaluation, dossier.contract)
    has_begun = any(row.score is not None for row in dossier.indicators)
    return render_template(
        "evaluation/show.html",
        page=dossier,
        may_read=may_read,
        facts=pages.head_facts(dossier, shown=may_read.ok),
        sections=pages.sections(dossier) if _may_score(dossier).ok else (),
        steps=offered(EVALUATION_STEPS, facts_of(actor, dossier, now), on="evaluation.show"),
        deadlines=pages.deadlines(session, dossier, now),
        scores=pages.score_table(dossier) if may_read.ok and has_begun else None,
        chart=pages.dimension_chart(dossier)
        if may_read.ok and dossier.result.is_complete
        else None,
        papers=_papers(dossier, [dossier.evaluation, *dossier.earlier]),
        earlier=pages.earlier_table(dossier),
    )


@step(blueprint, f"{BASE}/assign", Permission.EVALUATION_ASSIGN, "evaluation/assign.html")
def assign(number: str, kind: str) -> Step[object]:
    """Charge an evaluator."""
    dossier, today = dossier_for(number, kind), local_date(request_now())
    choices = queries.evaluator_choices(read_session(), dossier.contract)
    form = AssignForm(version=dossier.evaluation.version)
    form.offer(choices)
    return _of(
        dossier,
        form=form,
        verdict=policies.may_assign(
            current_actor(),
            dossier.evaluation,
            dossier.contract,
            midterm=dossier.midterm,
            today=today,
        ),
        act=form.act(schedule.assign_evaluation, dossier.evaluation.id),
        done="评估机构已委派，评估员可以开始工作。",
        shows=lambda: {"refused": [one for one in choices if one.refusal]},
    )


@step(blueprint, f"{BASE}/declare", Permission.EVALUATION_SCORE, "evaluation/declare.html")
def declare(number: str, kind: str) -> Step[object]:
    """Sign the declaration of independence."""
    dossier, actor = dossier_for(number, kind), current_actor()
    form = DeclareForm(version=dossier.evaluation.version)
    return _of(
        dossier,
        form=form,
        verdict=policies.may_declare(
            actor, dossier.evaluation, declared=dossier.has_declared(actor)
        ),
        act=form.act(scoring.declare_independence, dossier.evaluation.id),
        done="独立性声明已签署，可以开始评分。",
        shows=lambda: {"statement": scoring.STATEMENT},
    )


@step(blueprint, f"{BASE}/decline", Permission.EVALUATION_SCORE, "evaluation/decline.html")
def decline(number: str, kind: str) -> Step[object]:
    """Step back from the evaluation."""
    dossier = dossier_for(number, kind)
    form = DeclineForm(version=dossier.evaluation.version)
    return _of(
        dossier,
        form=form,
        verdict=policies.may_decline(current_actor(), dossier.evaluation),
        act=form.act(charge.decline_evaluation, dossier.evaluation.id),
        done="已退出这次评估。",
        # Whoever stepped back may not look at the evaluation any more.
        onward=url_for(".index"),
    )


@step(blueprint, f"{BASE}/recall", Permission.EVALUATION_ASSIGN, "evaluation/recall.html")
def recall(number: str, kind: str) -> Step[object]:
    """Take the evaluation back from its assessor."""
    dossier = dossier_for(number, kind)
    form = RecallForm(version=dossier.evaluation.version)
    return _of(
        dossier,
        form=form,
        verdict=policies.may_recall(current_actor(), dossier.evaluation, dossier.contract),
        act=form.act(charge.recall_evaluation, dossier.evaluation.id),
        done="评估委派已收回，请另行委派。",
    )


@press(blueprint, f"{BASE}/sample", Permission.EVALUATION_SCORE)
def sample(number: str, kind: str) -> Press[object]:
    """Draw the records to be looked into."""
    dossier, form = dossier_for(number, kind), ProcureForm()
    return Press(
        act=form.act(scoring.draw_records, dossier.evaluation.id),
        done="核查样本已抽取。",
        back=url_for(".records", number=number, kind=kind),
        page=url_for(".records", number=number, kind=kind),
    )


@step(blueprint, f"{BASE}/records", Permission.EVALUATION_SCORE, "evaluation/records.html")
def records(number: str, kind: str) -> Step[object]:
    """Look into the drawn records one by one; whom they served is told to who is charged alone."""
    dossier, session = dossier_for(number, kind), read_session()
    evaluation, verdict = dossier.evaluation, _may_score(dossier)
    form = checks_form(evaluation)(
        version=evaluation.version,
        data=values_of_checks(evaluation, queries.checks_of(session, evaluation)),
    )
    return _of(
        dossier,
        form=form,
        verdict=verdict,
        act=form.act(scoring.save_checks, evaluation.id, checks=lambda: form.checks(evaluation)),
        done="核查结论已保存。",
        shows=lambda: {
            "sampling": evaluation.sample,
            "records": pages.record_lines(
                evaluation, records_by_id(session, evaluation.sampled_ids) if verdict.ok else []
            ),
        },
    )


@step(blueprint, f"{BASE}/score/<dimension>", Permission.EVALUATION_SCORE, "evaluation/score.html")
def score(number: str, kind: str, dimension: str) -> Step[object]:
    """Score one dimension, the evidence beside it."""
    dossier = dossier_for(number, kind)
    chosen = pages.dimension_of(dossier, dimension)
    rows = [row for row in dossier.indicators if row.dimension is chosen]
    form = scores_form(rows)(version=dossier.evaluation.version, data=values_of_scores(rows))
    return _of(
        dossier,
        form=form,
        verdict=_may_score(dossier),
        act=form.act(
            scoring.save_scores,
            dossier.evaluation.id,
            dimension=chosen,
            scores=lambda: form.scores(rows),
        ),
        done="评分已保存。",
        shows=lambda: _evidence(dossier, rows),
    )


def _evidence(dossier: EvaluationDossier, rows: Sequence[EvaluationIndicator]) -> dict[str, object]:
    """The indicators of a dimension and what speaks for their scores."""
    evidence = evidence_of(read_session(), dossier.contract, request_now())
    return {
        "heading": pages.dimension_heading(rows),
        "rows": rows,
        "points": pages.points,
        "total": RunningTotal(
            ("score_*",), "分", full=sum(row.points for row in rows), is_most=True
        ),
        "evidence": pages.evidence_facts(evidence, dossier.contract.project.number),
        "targets": pages.target_table(evidence),
        "hints": pages.score_hints(dossier, rows, evidence),
    }


@step(blueprint, f"{BASE}/visit", Permission.EVALUATION_SCORE, "evaluation/visit.html")
def visit(number: str, kind: str) -> Step[object]:
    """Fill in what was seen on site; look through the drawn records."""
    dossier = dossier_for(number, kind)
    form = VisitForm(version=dossier.evaluation.version, obj=dossier.evaluation)
    form.visited_on.earliest = dossier.contract.starts_on
    form.visited_on.latest = local_date(request_now())
    return _of(
        dossier,
        form=form,
        verdict=_may_score(dossier),
        act=form.act(scoring.save_visit, dossier.evaluation.id),
        done="走访和调查情况已保存。",
    )


@step(blueprint, f"{BASE}/summary", Permission.EVALUATION_SCORE, "evaluation/summary.html")
def summary(number: str, kind: str) -> Step[object]:
    """Fill in what the report says in words."""
    dossier = dossier_for(number, kind)
    form = SummaryForm(
        version=dossier.evaluation.version, data=values_of_summary(dossier.evaluation)
    )
    return _of(
        dossier,
        form=form,
        verdict=_may_score(dossier),
        act=form.act(scoring.save_summary, dossier.evaluation.id, summary=form.overview),
        done="评估意见已保存。",
    )


@step(blueprint, f"{BASE}/check", Permission.EVALUATION_SCORE, "evaluation/check.html")
def check(number: str, kind: str) -> Step[object]:
    """Everything before it is sent, and the sending."""
    dossier, actor = dossier_for(number, kind), current_actor()
    findings = _findings(dossier, pages.address(dossier))
    form = SubmitForm(version=dossier.evaluation.version)
    return _of(
        dossier,
        form=form,
        verdict=policies.may_submit(
            actor,
            dossier.evaluation,
            declared=dossier.has_declared(actor),
            blocks=count_blocks(findings),
        ),
        act=form.act(confirm.submit_evaluation, dossier.evaluation.id),
        done="评估报告已提交，等待采购人确认。",
        shows=lambda: {"findings": findings, "answers": pages.answers(dossier)},
    )


@step(blueprint, f"{BASE}/decide", Permission.EVALUATION_CONFIRM, "evaluation/decide.html")
def decide(number: str, kind: str) -> Step[object]:
    """Let the result stand, or send it back."""
    dossier, actor = dossier_for(number, kind), current_actor()
    findings = _findings(dossier)
    form = DecideForm(version=dossier.evaluation.version)
    return _of(
        dossier,
        form=form,
        verdict=first_refusal(
            policies.may_confirm(
                actor, dossier.evaluation, dossier.contract, blocks=count_blocks(findings)
            ),
            printed(read_session(), id=dossier.evaluation.report_document_id),
        ),
        act=lambda uow: confirm.decide_evaluation(uow, form.to_command(dossier.evaluation)),
        done="处理意见已登记。",
        shows=lambda: {
            "findings": findings,
            "facts": (*pages.head_facts(dossier, shown=True), *pages.survey_facts(dossier)),
            "scores": pages.score_table(dossier),
            "failed": dossier.evaluation.grade is not None and not passes(dossier.evaluation.grade),
            "papers": _papers(dossier, [dossier.evaluation]),
        },
    )


@step(
    blueprint, f"{BASE}/rectification", Permission.DELIVERY_RECORD, "evaluation/rectification.html"
)
def rectify(number: str, kind: str) -> Step[object]:
    """Report what was put right."""
    dossier = dossier_for(number, kind, that_asked=True)
    form = RectificationForm(version=dossier.evaluation.version)
    return _of(
        dossier,
        form=form,
        verdict=policies.may_report_rectification(
            current_actor(), dossier.evaluation, dossier.contract
        ),
        act=form.act(confirm.report_rectification, dossier.evaluation.id),
        done="整改情况已报送，等待采购人安排复评。",
        shows=lambda: {
            "deadlines": pages.deadlines(read_session(), dossier, request_now()),
        },
    )


@step(
    blueprint,
    f"{BASE}/rectification/waive",
    Permission.CONTRACT_SIGN_SUPPLIER,
    "evaluation/waive.html",
)
def waive(number: str, kind: str) -> Step[object]:
    """Say that nothing will be put right."""
    dossier = dossier_for(number, kind, that_asked=True)
    form = WaiveForm(version=dossier.evaluation.version)
    return _of(
        dossier,
        form=form,
        verdict=policies.may_waive_rectification(
            current_actor(), dossier.evaluation, dossier.contract
        ),
        act=form.act(confirm.waive_rectification, dossier.evaluation.id),
        done="已确认不再整改，采购人会收到通知。",
    )


@step(
    blueprint,
    f"{BASE}/refuse-rectification",
    Permission.EVALUATION_ASSIGN,
    "evaluation/refuse_rectification.html",
)
def refuse_rectification(number: str, kind: str) -> Step[object]:
    """Send the report of what was put right back."""
    dossier = dossier_for(number, kind)
    form = RefuseRectificationForm(version=dossier.evaluation.version)
    return _of(
        dossier,
        form=form,
        verdict=policies.may_refuse_rectification(
            current_actor(), dossier.evaluation, dossier.contract
        ),
        act=form.act(confirm.refuse_rectification, dossier.evaluation.id),
        done="整改情况已退回，整改期限重新起算。",
    )


@step(blueprint, f"{BASE}/settle", Permission.EVALUATION_CONFIRM, "evaluation/settle.html")
def settle(number: str, kind: str) -> Step[object]:
    """Close a failed evaluation without a further round."""
    dossier, today = dossier_for(number, kind), local_date(request_now())
    form = SettleForm(version=dossier.evaluation.version)
    return _of(
        dossier,
        form=form,
        verdict=policies.may_settle(
            current_actor(),
            dossier.evaluation,
            dossier.contract,
            today=today,
            rectify_until=dossier.rectify_until,
        ),
        act=form.act(confirm.settle_evaluation, dossier.evaluation.id),
        done="评估已按不合格办结，不再复评。",
    )


@step(blueprint, f"{BASE}/again", Permission.EVALUATION_ASSIGN, "evaluation/again.html")
def again(number: str, kind: str) -> Step[object]:
    """Put a further round on the calendar."""
    dossier, today = dossier_for(number, kind), local_date(request_now())
    form = AgainForm(version=dossier.evaluation.version)
    form.due_on.earliest = today
    form.due_on.latest = today + timedelta(schedule.AGAIN_AT_MOST)
    return _of(
        dossier,
        form=form,
        verdict=policies.may_schedule_again(current_actor(), dossier.evaluation, dossier.contract),
        act=form.act(schedule.schedule_again, dossier.evaluation.id),
        done="复评已排定，请委派评估机构。",
    )


def dossier_for(number: str, kind: str, *, that_asked: bool = False) -> EvaluationDossier:
    """The evaluation the address names, as this reader may see it: the newest round, or the newest
    that asked for rectification.
    """
    if kind not in set(EvaluationKind):
        raise NotFound
    session, actor = read_session(), current_actor()
    return queries.get_dossier(session, actor, number, EvaluationKind(kind), that_asked=that_asked)


def _may_score(dossier: EvaluationDossier) -> Verdict:
    actor = current_actor()
    return policies.may_score(actor, dossier.evaluation, declared=dossier.has_declared(actor))


def _of(
    dossier: EvaluationDossier,
    form: ProcureForm,
    verdict: Verdict,
    act: Act[object],
    done: str,
    shows: Callable[[], Mapping[str, object]] = dict,
    onward: str = "",
) -> Step[object]:
    """A step of an evaluation; done, it leads back to it, where it does not lead `onward`."""
    back = pages.address(dossier)
    return Step(
        form=form,
        verdict=verdict,
        act=act,
        done=done,
        back=onward or back,
        shows=lambda: {"page": dossier, "back": back, **shows()},
    )


def _findings(dossier: EvaluationDossier, base: str = "") -> list[Finding]:
    return checks.find_problems(
        dossier.evaluation, dossier.indicators, dossier.sample, dossier.floor, base
    )


def _papers(dossier: EvaluationDossier, rounds: Sequence[Evaluation]) -> Sequence[Paper]:
    """The papers of some rounds of the evaluation, as far as they are for this reader."""
    found = papers_of(
        read_session(),
        current_actor(),
        project_id=dossier.contract.project_id,
        subject_ids=[one.id for one in rounds],
    )
    return pages.distinct_papers(found, rounds)
