"""Pages of plans.

| address | method | endpoint | who |
|---|---|---|---|
| /plans | GET | plans.index | buyers and overseers; as a file with format=csv, xlsx |
| /plans/new | GET POST | plans.draft | clerk |
| /projects/<number>/plan | GET | plans.show | buyers and overseers |
| /projects/<number>/plan/edit | GET POST | plans.edit | clerk |
| /projects/<number>/plan/submit | GET POST | plans.submit | clerk |
| /projects/<number>/plan/decision | GET POST | plans.decide | approver, not the drafter |
| /projects/<number>/plan/intention | GET POST | plans.publish | clerk |
| /projects/<number>/plan/recall | GET POST | plans.recall | clerk, before it is judged |
| /projects/<number>/plan/discard | GET POST | plans.discard | clerk, a draft never sent |
| /projects/<number>/plan/adjust | GET POST | plans.adjust | clerk |
| /projects/<number>/plan/cancel | GET POST | plans.cancel | clerk |
| /projects/<number>/plan/change/withdraw | GET POST | plans.withdraw_change | clerk |
| /projects/<number>/plan/change | GET POST | plans.decide_change | approver, not who asked |
"""

from collections.abc import Callable

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import Verdict
from procure.kernel.findings import Finding
from procure.kernel.lifecycle import PlanState
from procure.registers.accounts.queries import names_of
from procure.registers.funds import queries as funds
from procure.registers.notices.queries import tender_is_out
from procure.render.sheets import CellKind
from procure.stages.catalogue import queries as catalogue
from procure.stages.plans import pages, policies, queries, use_cases
from procure.stages.plans.case import facts_of
from procure.stages.plans.content import check_plan
from procure.stages.plans.forms import (
    AdjustPlanForm,
    DecideChangeForm,
    DecidePlanForm,
    PlanForm,
    PublishIntentionForm,
    ReasonForm,
    SubmitPlanForm,
    first_values,
    values_of,
)
from procure.stages.plans.models import Plan, PlanAct, PlanChange
from procure.stages.plans.notice import intention_sections
from procure.stages.plans.queries import PlanDossier, PlanRow
from procure.stages.plans.steps import PLAN_CHANGES, PLAN_STEPS
from procure.stages.plans.use_cases import changing
from procure.store.proposals import asked_of, parties_to, waiting_for
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.columns import Col, Table, Where, difference_table, state_choices
from procure.web.forms import ProcureForm
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.presenters import AnswerSection, Badge, Link, StepPage
from procure.web.step_table import offered
from procure.web.steps import Step, step

blueprint = Blueprint("plans", __name__)


@blueprint.get("/plans")
@permits(Permission.BUDGET_VIEW)
@shows_list("plans/index.html")
def index() -> ListOf[PlanRow]:
    """The plans in view."""
    actor = current_actor()
    may_draft = policies.may_draft_plan(actor)
    begin = "点上面的“编制采购计划”，选目录条目和预算开始。" if may_draft.ok else ""
    return ListOf(
        title="采购计划",
        source=queries.plans_in_view(actor),
        columns=(
            Col("title", "项目名称", sort=True),
            Col("number", "项目编号", sort=True),
            Col("buyer", "采购人", where=Where.UNDER),
            Col("method", "采购方式", lambda row: row.method.label),
            Col(
                "amount",
                "采购预算",
                lambda row: row.amount_fen,
                CellKind.MONEY_FEN,
                sort=True,
            ),
            Col("expected", "预计采购时间", lambda row: row.expected_on, CellKind.DATE, sort=True),
            Col("state", "状态", lambda row: Badge(row.state), sort=True),
        ),
        href=lambda row: url_for(".show", number=row.number),
        filters=(Filter("state", "状态", state_choices(PlanState)),),
        search="查找名称或编号",
        noun="采购计划",
        measure="份",
        empty=f"还没有采购计划。{begin}",
        shows=lambda: {"may_draft": may_draft},
    )


@step(blueprint, "/plans/new", Permission.PLAN_DRAFT, "plans/edit.html")
def draft() -> Step[str]:
    """Begin a plan."""
    form = PlanForm(data=first_values())
    _offer(form)
    return Step(
        form=form,
        verdict=policies.may_draft_plan(current_actor()),
        act=lambda uow: queries.number_of(
            uow.session,
            use_cases.draft_plan(uow, form.command(use_cases.DraftPlan, content=form.content)),
        ),
        done="采购计划已保存，还没有送审。",
        back=lambda number: url_for(".show", number=number),
        shows=lambda: {"page": None, "first": pages.first_line(request_now())},
    )


@blueprint.get("/projects/<number>/plan")
@permits(Permission.BUDGET_VIEW)
def show(number: str) -> ResponseReturnValue:
    """A plan with what speaks against it and the next step."""
    dossier, now = _dossier(number), request_now()
    plan, facts = dossier.plan, facts_of(read_session(), current_actor(), dossier)
    return render_template(
        "plans/show.html",
        page=dossier,
        facts=pages.head_facts(dossier),
        sections=_sections(dossier),
        findings=_findings(dossier)
        if plan.state in (PlanState.DRAFT, PlanState.SUBMITTED)
        else None,
        start=pages.start_line(dossier, now),
        steps=offered(PLAN_STEPS, facts),
        changes_to_it=offered(PLAN_CHANGES, facts),
        changes=_changes(dossier),
        **_balance_parts(dossier),
    )


@step(blueprint, "/projects/<number>/plan/edit", Permission.PLAN_DRAFT, "plans/edit.html")
def edit(number: str) -> Step[object]:
    """Change a draft."""
    dossier = _dossier(number)
    form = PlanForm(version=dossier.plan.version, data=values_of(dossier.content))
    _offer(form)
    return Step(
        form=form,
        verdict=policies.may_as_buyer("edit_plan", current_actor(), dossier.plan, dossier.project),
        act=form.act(use_cases.edit_plan, dossier.plan.id, content=form.content),
        done="采购计划已保存。",
        back=url_for(".show", number=number),
        shows=lambda: {"page": dossier, "first": pages.first_line(request_now())},
    )


@step(blueprint, "/projects/<number>/plan/submit", Permission.PLAN_DRAFT, "plans/submit.html")
def submit(number: str) -> Step[object]:
    """Look over everything, then send it for approval."""
    dossier = _dossier(number)
    form = SubmitPlanForm(version=dossier.plan.version)
    return Step(
        form=form,
        verdict=policies.may_as_buyer(
            "submit_plan", current_actor(), dossier.plan, dossier.project
        ),
        act=form.act(use_cases.submit_plan, dossier.plan.id),
        done="采购计划已送审，等审核负责人办理。",
        back=url_for(".show", number=number),
        shows=lambda: {
            "page": dossier,
            "sections": _sections(dossier, url_for(".edit", number=number)),
            "findings": _findings(dossier),
        },
    )


@step(blueprint, "/projects/<number>/plan/decision", Permission.PLAN_APPROVE, "plans/decide.html")
def decide(number: str) -> Step[Plan]:
    """Facts on the left, judgement on the right."""
    dossier, actor = _dossier(number), current_actor()
    form = DecidePlanForm(version=dossier.plan.version)
    returns = form.decision.data == "return"
    return Step(
        form=form,
        verdict=policies.may_approve_plan(
            actor,
            dossier.plan,
            dossier.project,
            is_author=queries.AUTHORS.include(read_session(), current_actor(), dossier.project.id),
        ),
        act=form.act(use_cases.return_plan, dossier.plan.id)
        if returns
        else form.act(use_cases.approve_plan, dossier.plan.id, opinion=form.reason),
        done="采购计划已退回，经办人会看到您写的理由。"
        if returns
        else "采购计划已批准，预算已经占用。",
        back=url_for(".show", number=number),
        shows=lambda: {
            "page": dossier,
            "facts": pages.head_facts(dossier),
            "sections": _sections(dossier),
            "findings": _findings(dossier),
            **_balance_parts(dossier),
        },
    )


@step(
    blueprint,
    "/projects/<number>/plan/intention",
    Permission.INTENTION_PUBLISH,
    "plans/publish.html",
)
def publish(number: str) -> Step[object]:
    """Publish the intention; shows the first lawful day for the activity with its arithmetic."""
    dossier, now = _dossier(number), request_now()
    plan = dossier.plan
    earliest = queries.earliest_start(local_date(now)).on
    form = PublishIntentionForm(
        version=plan.version, data={"expected_on": max(plan.expected_on, earliest)}
    )
    form.expected_on.earliest = earliest
    return Step(
        form=form,
        verdict=policies.may_as_buyer("publish_intention", current_actor(), plan, dossier.project),
        act=form.act(use_cases.publish_intention, plan.id),
        done="采购意向已公开，满 30 日后可以开始采购活动。",
        back=url_for(".show", number=number),
        shows=lambda: {
            "page": dossier,
            "start": pages.start_line(dossier, now),
            "sections": intention_sections(
                plan,
                dossier.project,
                dossier.buyer,
                dossier.item,
                queries.intention_of(read_session(), dossier.project.id),
            ),
        },
    )


@step(blueprint, "/projects/<number>/plan/recall", Permission.PLAN_DRAFT, "_layouts/step.html")
def recall(number: str) -> Step[object]:
    """Take back a plan that waits to be judged."""
    dossier = _dossier(number)
    form = ProcureForm(version=dossier.plan.version)
    return Step(
        form=form,
        verdict=policies.may_as_buyer(
            "recall_plan", current_actor(), dossier.plan, dossier.project
        ),
        act=form.act(changing.recall_plan, dossier.plan.id),
        done="采购计划已收回，可以修改。",
        back=url_for(".show", number=number),
        shows=_consequences(
            dossier,
            "采购计划回到编制中，可以修改以后再送审。",
            "审核负责人不再看到这份计划；送审过的内容留在存证里。",
        ),
    )


@step(blueprint, "/projects/<number>/plan/discard", Permission.PLAN_DRAFT, "_layouts/step.html")
def discard(number: str) -> Step[object]:
    """Throw away a draft that was never sent."""
    dossier = _dossier(number)
    form = ReasonForm(version=dossier.plan.version)
    return Step(
        form=form,
        verdict=policies.may_discard_plan(current_actor(), dossier.plan, dossier.project),
        act=form.act(changing.discard_plan, dossier.plan.id, reason=form.change_reason),
        done="采购计划草稿已删除。",
        back=url_for(".index"),
        shows=_consequences(
            dossier,
            "草稿和它的项目从列表里消失，不能恢复。",
            "项目编号不再使用；删除前的内容留在存证里。",
        ),
    )


@step(blueprint, "/projects/<number>/plan/cancel", Permission.PLAN_DRAFT, "_layouts/step.html")
def cancel(number: str) -> Step[object]:
    """Ask that the plan be given up."""
    dossier = _dossier(number)
    form = ReasonForm(version=dossier.plan.version)
    return Step(
        form=form,
        verdict=_may_propose(dossier, PlanAct.CANCEL),
        act=form.act(changing.propose_plan_change, dossier.plan.id, reason=form.change_reason),
        done="已申请取消采购计划，请审核负责人决定。",
        back=url_for(".show", number=number),
        shows=_consequences(
            dossier,
            "由另一位审核负责人决定；决定以前采购计划照旧。",
            "同意以后：占用的预算退回，没有发布的采购文件取消，项目办结，不能恢复。",
            "采购意向公开过的，同时公告取消。",
        ),
    )


@step(
    blueprint,
    "/projects/<number>/plan/change/withdraw",
    Permission.PLAN_DRAFT,
    "_layouts/step.html",
)
def withdraw_change(number: str) -> Step[object]:
    """Take back what was asked for and is not decided."""
    dossier = _dossier(number)
    form = ProcureForm(version=dossier.plan.version)
    return Step(
        form=form,
        verdict=policies.may_withdraw_change(
            current_actor(), dossier.plan, dossier.project, pending=_pending(dossier)
        ),
        act=form.act(changing.withdraw_plan_change, dossier.plan.id),
        done="申请已撤回。",
        back=url_for(".show", number=number),
        shows=_consequences(dossier, "采购计划照旧，审核负责人不再看到这项申请。"),
    )


@step(blueprint, "/projects/<number>/plan/adjust", Permission.PLAN_DRAFT, "plans/adjust.html")
def adjust(number: str) -> Step[object]:
    """Ask that an approved plan say something else."""
    dossier = _dossier(number)
    form = AdjustPlanForm(version=dossier.plan.version, data=values_of(dossier.content))
    _offer(form, dossier)
    return Step(
        form=form,
        verdict=_may_propose(dossier, PlanAct.ADJUST),
        act=form.act(
            changing.propose_plan_change,
            dossier.plan.id,
            reason=form.change_reason,
            content=form.content,
        ),
        done="已申请调整采购计划，请审核负责人决定。",
        back=url_for(".show", number=number),
        shows=lambda: {"page": dossier, "first": pages.first_line(request_now())},
    )


@step(
    blueprint, "/projects/<number>/plan/change", Permission.PLAN_APPROVE, "plans/decide_change.html"
)
def decide_change(number: str) -> Step[object]:
    """Agree to what was asked for of the plan, or refuse it."""
    dossier = _dossier(number)
    form = DecideChangeForm(version=dossier.plan.version)
    return Step(
        form=form,
        verdict=_may_decide_change(dossier),
        act=form.act(changing.decide_plan_change, dossier.plan.id, reason=form.change_reason),
        done="已对申请作出决定。",
        back=url_for(".show", number=number),
        shows=lambda: {**_change_parts(dossier), **_balance_parts(dossier)},
    )


def _change_parts(dossier: PlanDossier) -> dict[str, object]:
    """What was asked for and would be different."""
    pending = _pending(dossier)
    return {
        "page": dossier,
        "pending": pending,
        "differences": difference_table(
            "调整的内容", queries.changes_asked(read_session(), dossier, pending), "调整为"
        ),
        "act": pending.act.label if pending else "",
        "facts": pages.head_facts(dossier),
    }


def _consequences(dossier: PlanDossier, *lines: str) -> Callable[[], dict[str, object]]:
    """A step with what follows from it above the button."""
    number, title = dossier.project.number, dossier.project.title
    trail = (Link("采购计划", url_for(".index")), Link(number, url_for(".show", number=number)))
    return lambda: {"about": StepPage(title, trail, lines, (f"{title}，{number}",))}


def _pending(dossier: PlanDossier) -> PlanChange | None:
    return waiting_for(read_session(), PlanChange, dossier.plan.id)


def _changes(dossier: PlanDossier) -> Table:
    session = read_session()
    changes = asked_of(session, PlanChange, dossier.plan.id)
    return pages.change_table(changes, names_of(session, parties_to(changes)))


def _is_out(dossier: PlanDossier) -> bool:
    return tender_is_out(read_session(), dossier.project.id)


def _may_propose(dossier: PlanDossier, act: PlanAct) -> Verdict:
    return policies.may_propose_change(
        current_actor(),
        dossier.plan,
        dossier.project,
        act,
        pending=_pending(dossier),
        is_out=_is_out(dossier),
    )


def _may_decide_change(dossier: PlanDossier) -> Verdict:
    return policies.may_decide_change(
        current_actor(),
        dossier.plan,
        dossier.project,
        pending=_pending(dossier),
        is_author=queries.AUTHORS.include(read_session(), current_actor(), dossier.project.id),
        is_out=_is_out(dossier),
    )


def _dossier(number: str) -> PlanDossier:
    return queries.get_plan_dossier(read_session(), current_actor(), number)


def _balance_parts(dossier: PlanDossier) -> dict[str, object]:
    """What the plan's budget line holds."""
    held = funds.balances(read_session(), dossier.line.id)
    return {"balances": pages.balance_table(dossier.line.name, held)}


def _sections(dossier: PlanDossier, change_href: str = "") -> tuple[AnswerSection, ...]:
    item = dossier.item
    href = url_for("catalogue.show_edition", code=item.code, edition=item.edition)
    return pages.answer_sections(dossier, href, change_href)


def _findings(dossier: PlanDossier) -> tuple[Finding, ...]:
    around = queries.surroundings_of(
        read_session(), dossier.plan, dossier.project, dossier.line, dossier.item, request_now()
    )
    return check_plan(dossier.content, around)


def _offer(form: PlanForm, dossier: PlanDossier | None = None) -> None:
    """What may be chosen; what an approved plan has chosen already stays among it."""
    session = read_session()
    lines = funds.lines_of_buyer(session, current_actor())
    available = queries.available_by_level(session, [line.id for line in lines])
    items = list(catalogue.published_items(session))
    if dossier is not None and dossier.item.id not in {item.id for item in items}:
        items.insert(0, dossier.item)
    held = {} if dossier is None else {dossier.line.id: dossier.content.amount}
    form.offer(items, lines, available, held)
