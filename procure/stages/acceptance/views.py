"""Pages of acceptance, and the public page behind a recipient's code.

| address | method | view | who |
|---|---|---|---|
| /projects/<number>/acceptance | GET | show | parties, overseers |
| …/acceptance/open | GET POST | open_ | buyer's accepter |
| …/acceptance/opinions | GET | opinions | buyer's clerk and accepter |
| …/acceptance/slips | POST | slips | buyer's clerk and accepter; answers the printable sheet |
| …/acceptance/opinions/<position> | GET POST | enter | buyer's clerk and accepter |
| …/acceptance/opinions/<position>/unreached | POST | unreached | buyer's clerk and accepter |
| …/acceptance/items, group | GET POST | items, group | buyer's accepter |
| …/acceptance/pass, refuse, reopen | GET POST | pass_, refuse, reopen | buyer's accepter |
| …/acceptance/apply, rectification | GET POST | apply, rectification | provider |
| …/acceptance/rectification/return | GET POST | return_rectification | buyer's accepter |
| …/acceptance/sign | GET POST | sign_ | members of the group with an account |
| …/acceptance/signed-copy | GET POST | signed_copy | buyer's accepter |
| …/acceptance/publish | GET POST | publish | buyer's clerk |
| /opinion/<token> | GET POST | answer | whoever holds the code |
| /opinion/done | GET | answered | everybody |
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import DomainError, NotFound, Verdict
from procure.kernel.money import Money
from procure.registers.documents.queries import papers_of
from procure.stages.acceptance import checks, forms, pages, policies, queries
from procure.stages.acceptance.models import Acceptance
from procure.stages.acceptance.opinions import QUESTIONS
from procure.stages.acceptance.paper import notice_sections
from procure.stages.acceptance.queries import AcceptancePage, SlipRow
from procure.stages.acceptance.reckoning import BASIS
from procure.stages.acceptance.use_cases import ask, collect, decide, sign
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permits, read_session, request_now, unit_of_work
from procure.web.forms import ProcureForm, done
from procure.web.presenters import Paper
from procure.web.steps import attempt, when

Answer = str | Response | tuple[str, int]
BASE = "/projects/<number>/acceptance"
MOST_TO_RECTIFY = timedelta(days=365)
"""Longer than any term of rectification: a later day is a slip, and could not be taken back."""

blueprint = Blueprint("acceptance", __name__)


@blueprint.get(BASE)
@permits(Permission.ACCEPTANCE_VIEW)
def show(number: str) -> Answer:
    """The acceptance: what is to do for this reader, or what came of it."""
    session, actor, now = read_session(), current_actor(), request_now()
    page = queries.get_page(session, actor, number)
    acceptance = page.acceptance
    verdict = policies.may_read(actor, acceptance, page.contract) if acceptance else None
    shown = verdict is not None and verdict.ok
    decides = acceptance is not None and policies.may_decide(actor, acceptance, page.contract).ok
    ids = [acceptance.id] if acceptance else []
    return render_template(
        "acceptance/show.html",
        page=page,
        badge=pages.badge_of(page, actor),
        verdict=verdict,
        facts=pages.head_facts(page, shown=shown),
        sections=pages.sections(page) if decides else (),
        steps=pages.steps(page, actor, local_date(now)),
        deadlines=pages.deadlines(session, page, now),
        item_columns=pages.ITEM_COLUMNS,
        items=pages.item_rows(page) if shown else (),
        member_columns=pages.MEMBER_COLUMNS,
        members=pages.member_rows(page) if shown else (),
        chart=pages.chart_of(page) if shown else None,
        standard_columns=pages.STANDARD_COLUMNS,
        standards=pages.standard_rows(page) if shown else (),
        papers=papers_of(session, actor, project_id=page.contract.project_id, subject_ids=ids),
    )


@blueprint.route(f"{BASE}/open", methods=["GET", "POST"])
@permits(Permission.ACCEPTANCE_DECIDE)
def open_(number: str) -> Answer:
    """Begin acceptance."""
    page = page_for(number)
    form = forms.OpenForm()
    return _act(
        form,
        page,
        "acceptance/open.html",
        policies.may_open(
            current_actor(),
            page.contract,
            page.acceptance,
            page.final,
            today=local_date(request_now()),
        ),
        lambda uow: collect.open_acceptance(uow, form.to_command(page.contract.id)),
        "履约验收已启动，征求意见的样本已抽取。",
    )


@blueprint.get(f"{BASE}/opinions")
@permits(Permission.OPINION_ENTER)
def opinions(number: str) -> Answer:
    """The slips of the round and what they say so far."""
    session = read_session()
    page, acceptance = begun(number)
    return render_template(
        "acceptance/opinions.html",
        page=page,
        back=pages.address_of(number),
        sample=acceptance.sample,
        may_enter=policies.may_enter_opinion(current_actor(), acceptance, page.contract),
        columns=pages.SLIP_COLUMNS,
        rows=pages.slip_rows(page, queries.slips_of(session, acceptance)),
        chart=pages.chart_of(page),
        comments=queries.comments_of(session, acceptance),
    )


@blueprint.post(f"{BASE}/slips")
@permits(Permission.OPINION_ENTER)
def slips(number: str) -> Answer:
    """Print slips: the codes stand on this answer and nowhere else."""
    acceptance = begun(number)[1]
    form = forms.PrintForm()
    with unit_of_work() as uow:
        printed = collect.print_slips(uow, form.to_command(acceptance))
    sheets = [
        (one, address, pages.code_drawing(address))
        for one in printed
        for address in [url_for(".answer", token=one.token, _external=True)]
    ]
    return render_template(
        "acceptance/slips.html", page=page_for(number), sheets=sheets, back=_opinions(number)
    )


@blueprint.route(f"{BASE}/opinions/<int:position>", methods=["GET", "POST"])
@permits(Permission.OPINION_ENTER)
def enter(number: str, position: int) -> Answer:
    """Type in what a recipient said."""
    page, acceptance = begun(number)
    slip = slip_for(acceptance, position)
    form = forms.EnterForm(version=slip.version)
    return _act(
        form,
        page,
        "acceptance/enter.html",
        policies.may_enter_opinion(current_actor(), acceptance, page.contract),
        lambda uow: collect.record_opinion(uow, form.to_command(acceptance, slip)),
        f"第 {position} 号意见卡已登记。",
        _opinions(number),
        slip=slip,
    )


@blueprint.post(f"{BASE}/opinions/<int:position>/unreached")
@permits(Permission.OPINION_ENTER)
def unreached(number: str, position: int) -> Answer:
    """Note a vain call."""
    _, acceptance = begun(number)
    form = forms.UnreachedForm()
    with unit_of_work() as uow:
        collect.note_unreached(uow, form.to_command(acceptance, position))
    done(form, f"已登记第 {position} 号意见卡联系不上。")
    return redirect(_opinions(number))


@blueprint.route(f"{BASE}/items", methods=["GET", "POST"])
@permits(Permission.ACCEPTANCE_DECIDE)
def items(number: str) -> Answer:
    """Look at each target and each standard."""
    page, acceptance = begun(number)
    form = forms.items_form(page.targets, page.agreed.standards)(
        version=acceptance.version, data=forms.values_of_items(page.items, page.standards)
    )
    return _act(
        form,
        page,
        "acceptance/items.html",
        policies.may_decide(current_actor(), acceptance, page.contract),
        lambda uow: decide.save_items(
            uow, form.to_command(acceptance, page.targets, page.agreed.standards)
        ),
        "核验结果已保存。",
        columns=pages.TARGET_COLUMNS,
        rows=pages.target_rows(page),
    )


@blueprint.route(f"{BASE}/group", methods=["GET", "POST"])
@permits(Permission.ACCEPTANCE_DECIDE)
def group(number: str) -> Answer:
    """Name the group and put down its comments."""
    page, acceptance = begun(number)
    form = forms.GroupForm(version=acceptance.version, data=forms.values_of_group(page.members))
    return _act(
        form,
        page,
        "acceptance/group.html",
        policies.may_decide(current_actor(), acceptance, page.contract),
        lambda uow: decide.save_group(uow, form.to_command(acceptance)),
        "验收小组已保存。",
    )


@blueprint.route(f"{BASE}/pass", methods=["GET", "POST"])
@permits(Permission.ACCEPTANCE_DECIDE)
def pass_(number: str) -> Answer:
    """Everything before it is accepted, and the accepting."""
    page, acceptance = begun(number)
    base = pages.address_of(number)
    findings = checks.find_problems(page, base)
    shortfalls = checks.find_shortfalls(page, base)
    form = forms.PassForm(version=acceptance.version).fit(
        low_response=checks.is_low_response(page),
        dissent=bool(checks.dissenters(page)),
        most_to_deduct=Money(page.retained_fen) if shortfalls else None,
        reckoned=page.reckoned.total,
    )
    may = policies.may_pass_partly if shortfalls else policies.may_pass
    return _act(
        form,
        page,
        "acceptance/pass.html",
        may(current_actor(), acceptance, page.contract, blocks=checks.blocks(findings)),
        lambda uow: decide.pass_acceptance(uow, form.to_command(acceptance)),
        "验收结论已作出，验收书已生成，请验收小组成员签署。",
        findings=findings,
        shortfalls=shortfalls,
        most=Money(page.retained_fen),
        reckoned=page.reckoned,
        basis=BASIS,
        holds_back=page.retained_fen > 0,
        item_columns=pages.ITEM_COLUMNS,
        items=pages.item_rows(page),
        standard_columns=pages.STANDARD_COLUMNS,
        standards=pages.standard_rows(page),
        member_columns=pages.MEMBER_COLUMNS,
        members=pages.member_rows(page),
    )


@blueprint.route(f"{BASE}/sign", methods=["GET", "POST"])
@permits(Permission.ACCEPTANCE_VIEW)
def sign_(number: str) -> Answer:
    """Read the certificate and sign it, for a member of the group."""
    session, actor = read_session(), current_actor()
    page, acceptance = begun(number)
    form = forms.SignForm(version=acceptance.version)
    waits = page.waiting_member(actor.user_id) is not None
    verdict = policies.may_sign(actor, acceptance, page.contract, waits=waits)
    digest = queries.certificate_digest(session, acceptance) if verdict.ok else ""
    return _act(
        form,
        page,
        "acceptance/sign.html",
        verdict,
        lambda uow: sign.sign_certificate(uow, form.to_command(acceptance, digest)),
        "您已签署验收书。",
        digest=digest,
        papers=_papers(page, acceptance),
        member_columns=pages.MEMBER_COLUMNS,
        members=pages.member_rows(page) if verdict.ok else (),
    )


@blueprint.route(f"{BASE}/signed-copy", methods=["GET", "POST"])
@permits(Permission.ACCEPTANCE_DECIDE)
def signed_copy(number: str) -> Answer:
    """Put the paper on file that members without an account have signed."""
    page, acceptance = begun(number)
    form = forms.SignedCopyForm(version=acceptance.version)
    members = page.on_paper
    return _act(
        form,
        page,
        "acceptance/signed_copy.html",
        policies.may_file_copy(current_actor(), acceptance, page.contract, on_paper=bool(members)),
        lambda uow: sign.file_signed_copy(uow, form.to_command(acceptance)),
        "验收书签字件已归档。",
        papers=_papers(page, acceptance),
        waiting=[member.name for member in members],
    )


@blueprint.route(f"{BASE}/refuse", methods=["GET", "POST"])
@permits(Permission.ACCEPTANCE_DECIDE)
def refuse(number: str) -> Answer:
    """Refuse the delivery."""
    page, acceptance = begun(number)
    form = forms.RefuseForm(version=acceptance.version)
    today = local_date(request_now())
    form.rectify_by.earliest = today + timedelta(days=1)
    form.rectify_by.latest = today + MOST_TO_RECTIFY
    return _act(
        form,
        page,
        "acceptance/refuse.html",
        policies.may_refuse(current_actor(), acceptance, page.contract),
        lambda uow: decide.refuse_acceptance(uow, form.to_command(acceptance)),
        "已作出验收不合格的结论，承接主体可以看到整改要求。",
    )


@blueprint.route(f"{BASE}/apply", methods=["GET", "POST"])
@permits(Permission.DELIVERY_RECORD)
def apply(number: str) -> Answer:
    """The provider asks to be accepted."""
    page = page_for(number)
    form = forms.ApplyForm()
    return _act(
        form,
        page,
        "acceptance/apply.html",
        policies.may_apply(
            current_actor(),
            page.contract,
            page.acceptance,
            page.final,
            applied=page.application is not None,
            today=local_date(request_now()),
        ),
        lambda uow: ask.apply_for_acceptance(uow, form.to_command(page.contract.id)),
        "已申请验收，采购人的验收期限从今天起计算。",
    )


@blueprint.route(f"{BASE}/rectification", methods=["GET", "POST"])
@permits(Permission.DELIVERY_RECORD)
def rectification(number: str) -> Answer:
    """The provider reports what was put right."""
    page, acceptance = begun(number)
    form = forms.AmendsForm(version=acceptance.version)
    return _act(
        form,
        page,
        "acceptance/rectification.html",
        policies.may_report_amends(current_actor(), acceptance, page.contract),
        lambda uow: ask.report_amends(uow, form.to_command(acceptance)),
        "整改情况已报送，等待采购人核实和复验。",
    )


@blueprint.route(f"{BASE}/rectification/return", methods=["GET", "POST"])
@permits(Permission.ACCEPTANCE_DECIDE)
def return_rectification(number: str) -> Answer:
    """Send the provider's report back."""
    page, acceptance = begun(number)
    form = forms.ReturnAmendsForm(version=acceptance.version)
    today = local_date(request_now())
    form.rectify_by.earliest = today + timedelta(days=1)
    form.rectify_by.latest = today + MOST_TO_RECTIFY
    return _act(
        form,
        page,
        "acceptance/return_rectification.html",
        policies.may_return_amends(current_actor(), acceptance, page.contract),
        lambda uow: ask.return_amends(uow, form.to_command(acceptance)),
        "整改情况已退回，承接主体可以看到理由和新的期限。",
    )


@blueprint.route(f"{BASE}/reopen", methods=["GET", "POST"])
@permits(Permission.ACCEPTANCE_DECIDE)
def reopen(number: str) -> Answer:
    """Look anew after rectification."""
    page, acceptance = begun(number)
    form = forms.ReopenForm(version=acceptance.version)
    return _act(
        form,
        page,
        "acceptance/reopen.html",
        policies.may_reopen(
            current_actor(), acceptance, page.contract, today=local_date(request_now())
        ),
        lambda uow: decide.reopen_acceptance(uow, form.to_command(acceptance)),
        "已重新启动验收，并重新抽取征求意见的样本。",
    )


@blueprint.route(f"{BASE}/publish", methods=["GET", "POST"])
@permits(Permission.ACCEPTANCE_PUBLISH)
def publish(number: str) -> Answer:
    """Announce the result after a last look at the notice."""
    page, acceptance = begun(number)
    form = forms.PublishForm(version=acceptance.version)
    verdict = policies.may_publish(
        current_actor(),
        acceptance,
        page.contract,
        answered=page.opinion.answered,
        unsigned=len(page.unsigned),
    )
    return _act(
        form,
        page,
        "acceptance/publish.html",
        verdict,
        lambda uow: decide.publish_acceptance(uow, form.to_command(acceptance)),
        "验收结果已公告，承接主体可以申请验收后的款项。",
        notice=notice_sections(page) if verdict.ok else (),
    )


@blueprint.route("/opinion/<token>", methods=["GET", "POST"])
@permits(Permission.PUBLIC)
def answer(token: str) -> Answer:
    """One question a screen; a code that opens nothing gives the same page whatever the reason."""
    slip = queries.find_open_slip(read_session(), token)
    if slip is None:
        return render_template("acceptance/opinion_closed.html"), 404
    title = queries.project_of_slip(read_session(), slip)
    form = forms.AnswerForm()
    answers = form.answers if form.is_submitted() else ()
    goes_back = bool(answers) and forms.BACK in request.form
    if goes_back:
        *before, last_answer = answers
        answers = tuple(before)
        form = forms.AnswerForm(
            formdata=None,
            data={
                "given": forms.write_answers(answers),
                "answer": last_answer,
                "comment": form.comment.data,
            },
        )
    elif len(answers) == len(QUESTIONS):
        return _finish(token, title)
    form.ask(QUESTIONS[len(answers)])
    if not goes_back and form.validate_on_submit():
        answers = (*answers, form.answer.data)
        kept = {"given": forms.write_answers(answers), "comment": form.comment.data}
        form = forms.AnswerForm(formdata=None, data=kept)
        if len(answers) == len(QUESTIONS):
            last = forms.CommentForm(formdata=None, data=kept)
            return render_template("acceptance/opinion_last.html", form=last, title_of=title)
        form.ask(QUESTIONS[len(answers)])
    return render_template(
        "acceptance/opinion.html",
        form=form,
        title_of=title,
        number=len(answers) + 1,
        whole=len(QUESTIONS) + 1,
    ), form.status


@blueprint.get("/opinion/done")
@permits(Permission.PUBLIC)
def answered() -> Answer:
    """Thanks."""
    return render_template("acceptance/opinion_done.html")


def page_for(number: str) -> AcceptancePage:
    """The acceptance of the project the address names, begun or not."""
    return queries.get_page(read_session(), current_actor(), number)


def begun(number: str) -> tuple[AcceptancePage, Acceptance]:
    """The same, NotFound while it has not begun."""
    page = page_for(number)
    if page.acceptance is None:
        raise NotFound("这个项目还没有启动验收。")
    return page, page.acceptance


def _papers(page: AcceptancePage, acceptance: Acceptance) -> list[Paper]:
    return papers_of(
        read_session(),
        current_actor(),
        project_id=page.contract.project_id,
        subject_ids=[acceptance.id],
    )


def slip_for(acceptance: Acceptance, position: int) -> SlipRow:
    """The slip of that number; NotFound when there is none."""
    rows = queries.slips_of(read_session(), acceptance)
    slip = next((row for row in rows if row.position == position), None)
    if slip is None:
        raise NotFound("没有这张意见卡。")
    return slip


def _finish(token: str, title: str) -> Answer:
    form = forms.CommentForm()
    if form.validate_on_submit():
        try:
            with unit_of_work() as uow:
                collect.answer_slip(uow, form.to_command(token))
        except NotFound:
            return render_template("acceptance/opinion_closed.html"), 404
        except DomainError as refusal:
            form.add_refusal(refusal)
        else:
            return redirect(url_for(".answered"))
    return render_template("acceptance/opinion_last.html", form=form, title_of=title), form.status


def _opinions(number: str) -> str:
    return f"{pages.address_of(number)}/opinions"


def _act(
    form: ProcureForm,
    page: AcceptancePage,
    template: str,
    verdict: Verdict,
    act: Callable[[UnitOfWork], object],
    message: str,
    back: str = "",
    **more: Any,
) -> Answer:
    """A step with its page: refused visibly, or taken and told."""
    number = page.contract.project.number
    back = back or pages.address_of(number)
    if (onward := attempt(form, when(verdict, act), message, back)) is not None:
        return onward
    return render_template(
        template, form=form, page=page_for(number), back=back, verdict=verdict, **more
    ), form.status
