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
| /opinion/<token> | GET | card | whoever holds the code |
| /opinion/<token>/<question> | GET POST | answer, hand_in | the same |
| /opinion/done | GET | answered | everybody |
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from procure.kernel.access import Permission
from procure.kernel.case_lines import Paper
from procure.kernel.clock import local_date
from procure.kernel.errors import DomainError, NotFound, first_refusal
from procure.kernel.findings import count_blocks
from procure.kernel.money import Money
from procure.kernel.paths import case_path
from procure.registers.documents.queries import papers_of, printed
from procure.stages.acceptance import checks, forms, pages, policies, queries
from procure.stages.acceptance.case import facts_of
from procure.stages.acceptance.models import Acceptance
from procure.stages.acceptance.opinions import QUESTIONS
from procure.stages.acceptance.paper import notice_sections
from procure.stages.acceptance.queries import AcceptanceDossier, SlipRow
from procure.stages.acceptance.reckoning import BASIS
from procure.stages.acceptance.steps import ACCEPTANCE_STEPS
from procure.stages.acceptance.use_cases import ask, collect, decide, sign
from procure.stages.acceptance.use_cases.collect import AnswerSlip, PrintedSlip
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.fields.dates import DateField
from procure.web.forms import ProcureForm
from procure.web.keys import platform_key
from procure.web.presenters import Link, StepPage
from procure.web.step_table import offered
from procure.web.steps import Press, Step, as_bookkeeping, in_one_unit, press, step

BASE = "/projects/<number>/acceptance"
MOST_TO_RECTIFY = timedelta(days=365)
"""Longer than any term of rectification: a later day is a slip, and could not be taken back."""

blueprint = Blueprint("acceptance", __name__)


@blueprint.get(BASE)
@permits(Permission.ACCEPTANCE_VIEW)
def show(number: str) -> ResponseReturnValue:
    """The acceptance: what is to do for this reader, or what came of it."""
    session, actor, now = read_session(), current_actor(), request_now()
    dossier = queries.get_dossier(session, actor, number)
    acceptance = dossier.acceptance
    verdict = policies.may_read(actor, acceptance, dossier.contract) if acceptance else None
    shown = verdict is not None and verdict.ok
    decides = acceptance is not None and policies.may_decide(actor, acceptance, dossier.contract).ok
    ids = [acceptance.id] if acceptance else []
    return render_template(
        "acceptance/show.html",
        page=dossier,
        badge=pages.badge_of(dossier, actor),
        verdict=verdict,
        facts=pages.head_facts(dossier, shown=shown),
        sections=pages.sections(dossier) if decides else (),
        steps=offered(ACCEPTANCE_STEPS, facts_of(actor, dossier, now), on="acceptance.show"),
        deadlines=pages.deadlines(session, dossier, now),
        items=pages.item_table(dossier) if shown else None,
        members=pages.member_table(dossier) if shown else None,
        chart=pages.opinion_chart(dossier) if shown else None,
        standards=pages.standard_table(dossier) if shown else None,
        papers=papers_of(session, actor, project_id=dossier.contract.project_id, subject_ids=ids),
    )


@step(blueprint, f"{BASE}/open", Permission.ACCEPTANCE_DECIDE, "acceptance/open.html")
def open_(number: str) -> Step[object]:
    """Begin acceptance."""
    dossier, today = dossier_for(number), local_date(request_now())
    form = forms.OpenForm()
    return Step(
        form=form,
        verdict=policies.may_open(
            current_actor(), dossier.contract, dossier.acceptance, dossier.final, today=today
        ),
        act=form.act(collect.open_acceptance, dossier.contract.id),
        done="履约验收已启动，征求意见的样本已抽取。",
        back=pages.address_of(number),
        shows=lambda: _around(dossier),
    )


@blueprint.get(f"{BASE}/opinions")
@permits(Permission.OPINION_ENTER)
def opinions(number: str) -> ResponseReturnValue:
    """The slips of the round and what they say so far."""
    session = read_session()
    dossier, acceptance = begun(number)
    return render_template(
        "acceptance/opinions.html",
        page=dossier,
        back=pages.address_of(number),
        sample=acceptance.sample,
        may_enter=policies.may_enter_opinion(current_actor(), acceptance, dossier.contract),
        slips=pages.slip_table(dossier, queries.slips_of(session, acceptance)),
        chart=pages.opinion_chart(dossier),
        comments=queries.comments_of(session, acceptance),
    )


@press(blueprint, f"{BASE}/slips", Permission.OPINION_ENTER)
def slips(number: str) -> Press[list[PrintedSlip]]:
    """Print slips: the codes stand on this answer and nowhere else."""
    acceptance_id = begun(number)[1].id
    return Press(
        act=lambda uow: collect.print_slips(uow, acceptance_id),
        back=lambda printed: _sheet(number, printed),
        page=url_for(".opinions", number=number),
    )


@step(
    blueprint,
    f"{BASE}/opinions/<int:position>",
    Permission.OPINION_ENTER,
    "acceptance/enter.html",
)
def enter(number: str, position: int) -> Step[object]:
    """Type in what a recipient said."""
    dossier, acceptance = begun(number)
    slip = slip_for(acceptance, position)
    form = forms.EnterForm(version=slip.version)
    return Step(
        form=form,
        verdict=policies.may_enter_opinion(current_actor(), acceptance, dossier.contract),
        act=form.act(
            collect.record_opinion, acceptance.id, slip.position, answers=lambda: form.answers
        ),
        done=f"第 {position} 号意见卡已登记。",
        back=_opinions(number),
        shows=lambda: {**_around(dossier), "back": _opinions(number), "slip": slip},
    )


@press(blueprint, f"{BASE}/opinions/<int:position>/unreached", Permission.OPINION_ENTER)
def unreached(number: str, position: int) -> Press[object]:
    """Note a vain call."""
    form = ProcureForm()
    acceptance = begun(number)[1]
    return Press(
        act=form.act(collect.note_unreached, acceptance.id, position),
        done=f"已登记第 {position} 号意见卡联系不上。",
        back=_opinions(number),
        page=url_for(".enter", number=number, position=position),
    )


@step(blueprint, f"{BASE}/items", Permission.ACCEPTANCE_DECIDE, "acceptance/items.html")
def items(number: str) -> Step[object]:
    """Look at each target and each standard."""
    dossier, acceptance = begun(number)
    targets, standards = dossier.targets, dossier.agreed.standards
    form = forms.items_form(targets, standards)(
        version=acceptance.version, data=forms.values_of_items(dossier.items, dossier.standards)
    )
    return Step(
        form=form,
        verdict=policies.may_decide(current_actor(), acceptance, dossier.contract),
        act=form.act(
            decide.save_items,
            acceptance.id,
            items=lambda: form.judged(target.position for target in targets),
            standards=lambda: form.judged(range(1, len(standards) + 1), forms.STANDARD),
        ),
        done="核验结果已保存。",
        back=pages.address_of(number),
        shows=lambda: {
            **_around(dossier),
            "targets": pages.target_table(dossier),
        },
    )


@step(blueprint, f"{BASE}/group", Permission.ACCEPTANCE_DECIDE, "acceptance/group.html")
def group(number: str) -> Step[object]:
    """Name the group and put down its comments."""
    dossier, acceptance = begun(number)
    form = forms.GroupForm(version=acceptance.version, data={"members": dossier.members})
    return Step(
        form=form,
        verdict=policies.may_decide(current_actor(), acceptance, dossier.contract),
        act=form.act(decide.save_group, acceptance.id),
        done="验收小组已保存。",
        back=pages.address_of(number),
        shows=lambda: _around(dossier),
    )


@step(blueprint, f"{BASE}/pass", Permission.ACCEPTANCE_DECIDE, "acceptance/pass.html")
def pass_(number: str) -> Step[object]:
    """Everything before it is accepted, and the accepting."""
    dossier, acceptance = begun(number)
    base = pages.address_of(number)
    findings = checks.find_problems(dossier, base)
    shortfalls = checks.find_shortfalls(dossier, base)
    form = forms.PassForm(version=acceptance.version).fit(
        low_response=checks.is_low_response(dossier),
        dissent=bool(checks.dissenters(dossier)),
        most_to_deduct=Money(dossier.retained_fen) if shortfalls else None,
        reckoned=dossier.reckoned.total,
    )
    return Step(
        form=form,
        verdict=policies.may_pass(
            current_actor(),
            acceptance,
            dossier.contract,
            action="pass_partly" if shortfalls else "pass_acceptance",
            blocks=count_blocks(findings),
        ),
        act=form.act(decide.pass_acceptance, acceptance.id, deduction=form.taken_off),
        done="验收结论已作出，验收书已生成，请验收小组成员签署。",
        back=base,
        shows=lambda: {
            **_around(dossier),
            "findings": findings,
            "shortfalls": shortfalls,
            "most": Money(dossier.retained_fen),
            "reckoned": dossier.reckoned,
            "basis": BASIS,
            "holds_back": dossier.retained_fen > 0,
            "items": pages.item_table(dossier),
            "standards": pages.standard_table(dossier),
            "members": pages.member_table(dossier),
        },
    )


@step(blueprint, f"{BASE}/sign", Permission.ACCEPTANCE_VIEW, "acceptance/sign.html")
def sign_(number: str) -> Step[object]:
    """Read the certificate and sign it, for a member of the group."""
    session, actor = read_session(), current_actor()
    dossier, acceptance = begun(number)
    form = forms.SignForm(version=acceptance.version)
    waits = dossier.missing.seat_of(actor.user_id) is not None
    verdict = first_refusal(
        policies.may_sign(actor, acceptance, dossier.contract, waits=waits),
        printed(session, id=acceptance.certificate_document_id),
    )
    digest = queries.certificate_digest(session, acceptance) if verdict.ok else ""
    return Step(
        form=form,
        verdict=verdict,
        act=form.act(sign.sign_certificate, acceptance.id, sha256=digest),
        done="您已签署验收书。",
        back=pages.address_of(number),
        shows=lambda: {
            **_around(dossier),
            "digest": digest,
            "papers": _papers(dossier, acceptance),
            "members": pages.member_table(dossier) if verdict.ok else None,
        },
    )


@step(blueprint, f"{BASE}/signed-copy", Permission.ACCEPTANCE_DECIDE, "acceptance/signed_copy.html")
def signed_copy(number: str) -> Step[object]:
    """Put the paper on file that members without an account have signed."""
    dossier, acceptance = begun(number)
    form = forms.SignedCopyForm(version=acceptance.version)
    members = dossier.missing.on_paper
    return Step(
        form=form,
        verdict=first_refusal(
            policies.may_file_copy(
                current_actor(), acceptance, dossier.contract, on_paper=bool(members)
            ),
            printed(read_session(), id=acceptance.certificate_document_id),
        ),
        act=form.act(sign.file_signed_copy, acceptance.id, token=form.copy),
        done="验收书签字件已归档。",
        back=pages.address_of(number),
        shows=lambda: {
            **_around(dossier),
            "papers": _papers(dossier, acceptance),
            "waiting": [member.name for member in members],
        },
    )


@step(blueprint, f"{BASE}/refuse", Permission.ACCEPTANCE_DECIDE, "_layouts/step.html")
def refuse(number: str) -> Step[object]:
    """Refuse the delivery."""
    dossier, acceptance = begun(number)
    form = forms.RefuseForm(version=acceptance.version)
    _offer_days(form.rectify_by)
    return Step(
        form=form,
        verdict=policies.may_decide(
            current_actor(), acceptance, dossier.contract, "refuse_acceptance"
        ),
        act=form.act(decide.refuse_acceptance, acceptance.id),
        done="已作出验收不合格的结论，承接主体可以看到整改要求。",
        back=pages.address_of(number),
        shows=_consequences(
            dossier,
            "承接主体立即看到不合格的理由和整改要求。",
            "整改核实以后可以重新验收，征求意见的样本重新抽取。",
            "验收合格并公告以前，验收后的款项不能支付。",
            said=(dossier.opinion.words,),
        ),
    )


@step(blueprint, f"{BASE}/apply", Permission.DELIVERY_RECORD, "acceptance/apply.html")
def apply(number: str) -> Step[object]:
    """The provider asks to be accepted."""
    dossier, today = dossier_for(number), local_date(request_now())
    form = forms.ApplyForm()
    applied = dossier.application is not None
    return Step(
        form=form,
        verdict=policies.may_apply(
            current_actor(),
            dossier.contract,
            dossier.acceptance,
            dossier.final,
            applied=applied,
            today=today,
        ),
        act=form.act(ask.apply_for_acceptance, dossier.contract.id),
        done="已申请验收，采购人的验收期限从今天起计算。",
        back=pages.address_of(number),
        shows=lambda: _around(dossier),
    )


@step(
    blueprint, f"{BASE}/rectification", Permission.DELIVERY_RECORD, "acceptance/rectification.html"
)
def rectification(number: str) -> Step[object]:
    """The provider reports what was put right."""
    dossier, acceptance = begun(number)
    form = forms.AmendsForm(version=acceptance.version)
    return Step(
        form=form,
        verdict=policies.may_report_amends(current_actor(), acceptance, dossier.contract),
        act=form.act(ask.report_amends, acceptance.id),
        done="整改情况已报送，等待采购人核实和复验。",
        back=pages.address_of(number),
        shows=lambda: _around(dossier),
    )


@step(
    blueprint,
    f"{BASE}/rectification/return",
    Permission.ACCEPTANCE_DECIDE,
    "_layouts/step.html",
)
def return_rectification(number: str) -> Step[object]:
    """Send the provider's report back."""
    dossier, acceptance = begun(number)
    form = forms.ReturnAmendsForm(version=acceptance.version)
    _offer_days(form.rectify_by)
    return Step(
        form=form,
        verdict=policies.may_decide(current_actor(), acceptance, dossier.contract, "return_amends"),
        act=form.act(ask.return_amends, acceptance.id),
        done="整改情况已退回，承接主体可以看到理由和新的期限。",
        back=pages.address_of(number),
        shows=_consequences(
            dossier,
            "承接主体看到退回的理由和新的整改期限。",
            "重新报送以后才能复验；期满没有报送的，可以直接复验。",
            said=(
                f"整改要求：{acceptance.rectification_demand}",
                *(f"承接主体报送：{one.report}" for one in dossier.rectifications),
            ),
        ),
    )


@step(blueprint, f"{BASE}/reopen", Permission.ACCEPTANCE_DECIDE, "acceptance/reopen.html")
def reopen(number: str) -> Step[object]:
    """Look anew after rectification."""
    (dossier, acceptance), today = begun(number), local_date(request_now())
    form = forms.ReopenForm(version=acceptance.version)
    return Step(
        form=form,
        verdict=policies.may_reopen(current_actor(), acceptance, dossier.contract, today=today),
        act=form.act(decide.reopen_acceptance, acceptance.id),
        done="已重新启动验收，并重新抽取征求意见的样本。",
        back=pages.address_of(number),
        shows=lambda: _around(dossier),
    )


@step(blueprint, f"{BASE}/publish", Permission.ACCEPTANCE_PUBLISH, "acceptance/publish.html")
def publish(number: str) -> Step[object]:
    """Announce the result after a last look at the notice."""
    dossier, acceptance = begun(number)
    form = forms.PublishForm(version=acceptance.version)
    verdict = policies.may_publish(
        current_actor(),
        acceptance,
        dossier.contract,
        answered=dossier.opinion.answered,
        unsigned=len(dossier.missing.members),
    )
    return Step(
        form=form,
        verdict=verdict,
        act=form.act(decide.publish_acceptance, acceptance.id),
        done="验收结果已公告，承接主体可以申请验收后的款项。",
        back=pages.address_of(number),
        shows=lambda: {
            **_around(dossier),
            "notice": notice_sections(dossier) if verdict.ok else (),
        },
    )


@blueprint.get("/opinion/<token>")
@permits(Permission.PUBLIC)
def card(token: str) -> Response:
    """To the first question of a card that is not answered yet; a code that opens nothing gives the
    same page whatever the reason.
    """
    slip = queries.find_open_slip(read_session(), token)
    if slip is None:
        return _closed()
    answers, _ = queries.answers_so_far(read_session(), platform_key(), slip)
    if len(answers) == len(QUESTIONS):
        return redirect(url_for(".hand_in", token=token))
    return redirect(url_for(".answer", token=token, question=len(answers) + 1))


@step(blueprint, "/opinion/<token>/<int:question>", Permission.PUBLIC, "acceptance/opinion.html")
def answer(token: str, question: int) -> Step[None] | Response:
    """One question a screen."""
    slip = queries.find_open_slip(read_session(), token)
    if slip is None:
        return _closed()
    answers, comment = queries.answers_so_far(read_session(), platform_key(), slip)
    if not 1 <= question <= min(len(answers) + 1, len(QUESTIONS)):
        return redirect(url_for(".card", token=token))
    asked = QUESTIONS[question - 1]
    form = forms.AnswerForm(data={"answer": (*answers, None)[question - 1]}).ask(asked)
    title = queries.project_of_slip(read_session(), slip)

    def keep(uow: UnitOfWork) -> None:
        given = (*answers[: question - 1], form.answer.data, *answers[question:])
        collect.keep_answers(uow, AnswerSlip(token, given, comment), platform_key())

    return Step(
        form=form,
        act=keep,
        carry=as_bookkeeping,
        done="",
        back=url_for(".answer", token=token, question=question + 1),
        refused=_closed_when_hidden,
        shows=lambda: {
            "title_of": title,
            "number": question,
            "whole": len(QUESTIONS) + 1,
            "question": asked.words,
            "back": question > 1 and url_for(".answer", token=token, question=question - 1),
        },
    )


@step(
    blueprint,
    f"/opinion/<token>/{len(QUESTIONS) + 1}",
    Permission.PUBLIC,
    "acceptance/opinion_last.html",
)
def hand_in(token: str) -> Step[object] | Response:
    """The last screen: own words, and the handing in; what is written is kept on the way back too."""
    slip = queries.find_open_slip(read_session(), token)
    if slip is None:
        return _closed()
    answers, comment = queries.answers_so_far(read_session(), platform_key(), slip)
    if len(answers) < len(QUESTIONS):
        return redirect(url_for(".card", token=token))
    form = forms.CommentForm(data={"comment": comment})
    title, goes_back = queries.project_of_slip(read_session(), slip), forms.BACK in request.form

    def act(uow: UnitOfWork) -> object:
        words = form.comment.data or ""
        if goes_back:
            collect.keep_answers(uow, AnswerSlip(token, answers, words), platform_key())
            return None
        return collect.answer_slip(uow, AnswerSlip(token, answers, words))

    return Step(
        form=form,
        act=act,
        carry=as_bookkeeping if goes_back else in_one_unit,
        done="",
        back=url_for(".answer", token=token, question=len(QUESTIONS))
        if goes_back
        else url_for(".answered"),
        refused=_closed_when_hidden,
        shows=lambda: {"title_of": title, "number": len(QUESTIONS) + 1},
    )


@blueprint.get("/opinion/done")
@permits(Permission.PUBLIC)
def answered() -> ResponseReturnValue:
    """Thanks."""
    return render_template("acceptance/opinion_done.html")


def dossier_for(number: str) -> AcceptanceDossier:
    """The acceptance of the project the address names, begun or not."""
    return queries.get_dossier(read_session(), current_actor(), number)


def begun(number: str) -> tuple[AcceptanceDossier, Acceptance]:
    """The same, NotFound while it has not begun."""
    dossier = dossier_for(number)
    if dossier.acceptance is None:
        raise NotFound("这个项目还没有启动验收。")
    return dossier, dossier.acceptance


def _papers(dossier: AcceptanceDossier, acceptance: Acceptance) -> list[Paper]:
    return papers_of(
        read_session(),
        current_actor(),
        project_id=dossier.contract.project_id,
        subject_ids=[acceptance.id],
    )


def slip_for(acceptance: Acceptance, position: int) -> SlipRow:
    """The slip of that number; NotFound when there is none."""
    rows = queries.slips_of(read_session(), acceptance)
    slip = next((row for row in rows if row.position == position), None)
    if slip is None:
        raise NotFound("没有这张意见卡。")
    return slip


def _around(dossier: AcceptanceDossier) -> dict[str, object]:
    """What every page of a step shows."""
    return {"page": dossier, "back": pages.address_of(dossier.contract.project.number)}


def _consequences(
    dossier: AcceptanceDossier, *lines: str, said: tuple[str, ...] = ()
) -> Callable[[], dict[str, object]]:
    """A step with what follows from it above the button, and what is `said` before."""
    project = dossier.contract.project
    trail = (
        Link(project.title, case_path(project.number)),
        Link("履约验收", pages.address_of(project.number)),
    )
    return lambda: {"about": StepPage(project.title, trail, lines, said)}


def _offer_days(field: DateField) -> None:
    """Till when something may have to be put right."""
    today = local_date(request_now())
    field.earliest, field.latest = today + timedelta(days=1), today + MOST_TO_RECTIFY


def _sheet(number: str, printed: Sequence[PrintedSlip]) -> Response:
    """The printable slips, each with its address and the code that leads there."""
    addresses = [url_for(".card", token=one.token, _external=True) for one in printed]
    sheets = [
        (one, address, pages.code_drawing(address))
        for one, address in zip(printed, addresses, strict=True)
    ]
    dossier = dossier_for(number)
    return make_response(
        render_template(
            "acceptance/slips.html", page=dossier, sheets=sheets, back=_opinions(number)
        )
    )


def _closed_when_hidden(refusal: DomainError) -> Response | None:
    return _closed() if isinstance(refusal, NotFound) else None


def _closed() -> Response:
    return make_response(render_template("acceptance/opinion_closed.html"), 404)


def _opinions(number: str) -> str:
    return f"{pages.address_of(number)}/opinions"
