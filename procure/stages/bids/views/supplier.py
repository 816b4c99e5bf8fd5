"""Pages of one's own bid.

| address | method | endpoint | who |
|---|---|---|---|
| /bids | GET | bids.index | people of suppliers: their own bids; as a file with format=csv, xlsx |
| /projects/<number>/bid | GET | bids.show | the same: task list, state, versions |
| /projects/<number>/bid/start | POST | bids.start | the same |
| /projects/<number>/bid/offer, proposal, statements, team | GET, POST | bids.edit | the same |
| /projects/<number>/bid/check | GET | bids.check | the same: all that will be sealed |
| /projects/<number>/bid/submit | GET, POST | bids.submit | the signatory; answers JSON when asked |
| /projects/<number>/bid/withdraw | GET, POST | bids.withdraw | the signatory |
| /projects/<number>/bid/sealed | GET | bids.sealed | what the newest version holds |
| /projects/<number>/bid/files/<sha256> | GET | bids.attachment | an attachment of one's own |
| /projects/<number>/bid/receipts/<n> | GET | bids.receipt | a receipt as page |
| /projects/<number>/bid/notes/<n>.json | GET | bids.note_json | a note that the platform failed, signed |
| /projects/<number>/bid/receipts/<n>.pdf, .json | GET | bids.receipt_pdf, bids.receipt_json | the same to keep |
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, TypeVar

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from procure.kernel.access import Permission
from procure.kernel.errors import DomainError, NotFound, NotSaved, Stale
from procure.kernel.events import canonical, plain
from procure.kernel.findings import count_blocks
from procure.kernel.lifecycle import Audience, BidState, TenderState
from procure.kernel.methods import told_in
from procure.kernel.money import Money
from procure.kernel.paths import case_path
from procure.registers.accounts.models import Organisation
from procure.registers.accounts.views.blueprint import demand_fresh_factor, step_up
from procure.registers.documents.storage import file_store
from procure.render.pdf import render_pdf
from procure.render.sheets import CellKind
from procure.stages.bids import check as rules
from procure.stages.bids import forms, pages, policies, queries
from procure.stages.bids.content import Draft, unwrap
from procure.stages.bids.events import SUBMISSION, WITHDRAWAL
from procure.stages.bids.models import Bid
from procure.stages.bids.queries import OwnBidRow
from procure.stages.bids.receipts import TEMPLATE, kept_paper, receipt_paper
from procure.stages.bids.use_cases import draft as drafting
from procure.stages.bids.use_cases import submit as submitting
from procure.stages.bids.use_cases.incident import note_shut_out
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import (
    current_actor,
    permits,
    read_session,
    request_now,
    unit_of_work,
)
from procure.web.columns import Col, state_choices
from procure.web.downloads import download
from procure.web.forms import ProcureForm
from procure.web.keys import platform_key
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.rounds import asked_round, case_address, round_address
from procure.web.steps import Act, Press, Step, in_one_unit, press, step

# The pages of an ended round stand at /projects/<number>/rounds/<k>/… as well (`web/rounds.py`).
blueprint = Blueprint("bids", __name__)

T = TypeVar("T")

ATTEMPTS = 3
"""How often a bid is stored anew when another change of the same moment stood in its way: whoever
hands in at the deadline has no second chance.
"""


@dataclass(frozen=True)
class OwnCase:
    """The case as one's own organisation stands in it; the bid is None before it is begun."""

    case: queries.TenderCase
    bid: Bid | None

    @cached_property
    def bidder(self) -> policies.Bidder:
        """How the organisation stands to the tender; asked by the pages that judge it."""
        return queries.bidder_of(
            read_session(), current_actor(), self.case.project, self.case.tender
        )

    @property
    def base(self) -> str:
        """The address of the bid."""
        return f"{case_address(self.case.project.number)}/bid"

    @property
    def started(self) -> Bid:
        """The bid; NotFound before it is begun."""
        if self.bid is None:
            raise NotFound("本单位还没有参加这个项目。")
        return self.bid

    def draft(self) -> Draft:
        """The draft, decrypted for its owner."""
        return unwrap(self.started.draft, platform_key())


def own_case(number: str) -> OwnCase:
    """Load the case for the present supplier; NotFound alike for hidden and absent ones."""
    session, actor = read_session(), current_actor()
    case = queries.get_case(session, actor, number, asked_round())
    return OwnCase(
        case,
        queries.find_own_bid(session, actor, case.tender.id),
    )


@blueprint.get("/bids")
@permits(Permission.BID_VIEW_OWN)
@shows_list("bids/index.html")
def index() -> ListOf[OwnBidRow]:
    """The bids of one's own organisation."""
    return ListOf(
        title="我的标书",
        source=queries.own_bids(current_actor(), request_now()),
        columns=(
            Col("project", "项目名称", sort=True),
            Col("number", "项目编号"),
            Col("buyer", "采购人"),
            Col(
                "state",
                "状态",
                lambda row: pages.bid_badge(row.state, row.tender_state, row.method),
                sort=True,
            ),
            Col("deadline", "截止时间", lambda row: row.deadline_at, CellKind.INSTANT, sort=True),
            Col("saved", "最近保存", lambda row: row.drafted_at, CellKind.INSTANT, sort=True),
        ),
        href=_address,
        filters=(Filter("state", "状态", state_choices(BidState, Audience.SUPPLIER)),),
        search="查找项目名称或编号",
        noun="标书",
        measure="份",
        empty="本单位还没有参加过项目。可以在“可参加的项目”里选择一个项目。",
    )


def _address(row: OwnBidRow) -> str:
    """The bid of an ended round stands under its round."""
    if row.round == row.newest_round:
        return case_path(row.number, "bid")
    return f"{round_address(row.number, row.round)}/bid"


@blueprint.get("/projects/<number>/bid")
@permits(Permission.BID_VIEW_OWN)
def show(number: str) -> str:
    """The own bid at a glance: state, task list, versions, next step."""
    own, actor, now = own_case(number), current_actor(), request_now()
    tender, bid = own.case.tender, own.bid
    draft = own.draft() if bid else None
    is_over = tender.state in (TenderState.OPENED, TenderState.FAILED)
    return render_template(
        "bids/show.html",
        own=own,
        badge=pages.state_badge(bid, tender),
        deadline=pages.bid_deadline(own.case, now),
        may_start=policies.may_start_bid(actor, tender, own.bidder, now),
        may_edit=bid and policies.may_edit_bid(actor, bid, tender, own.bidder, now),
        may_withdraw=bid and policies.may_withdraw_bid(actor, bid, tender, now),
        is_unsent=pages.is_unsent(bid),
        is_ahead=draft is not None and pages.is_ahead_of_seal(draft),
        sections=pages.sections(own.base, own.case, draft.present, own.bidder.credit_code)
        if draft
        else (),
        versions=queries.versions_of(read_session(), bid) if bid else [],
        notes=queries.shut_outs_of(read_session(), bid) if bid and is_over else [],
        asked=pages.asked_for(own.case) if bid else (),
        pages=pages,
    )


@press(blueprint, "/projects/<number>/bid/start", Permission.BID_DRAFT)
def start(number: str) -> Press[object]:
    """Begin the bid."""
    own = own_case(number)
    tender_id = own.case.tender.id
    return Press(
        act=lambda uow: drafting.start_bid(uow, tender_id, platform_key()),
        done=told_in(own.case.tender.method, "已开始编制投标文件，随时可以保存，截止前提交。"),
        back=own.base,
        page=url_for(".show", number=number),
    )


@step(
    blueprint,
    "/projects/<number>/bid/<any(offer, proposal, statements, team):section>",
    Permission.BID_DRAFT,
    "bids/edit.html",
)
def edit(number: str, section: str) -> Step[object]:
    """One section of the draft, saved by itself."""
    own, now = own_case(number), request_now()
    tender, form = own.case.tender, _section_form(own, section)
    return Step(
        form=form,
        verdict=policies.may_edit_bid(current_actor(), own.started, tender, own.bidder, now),
        act=lambda uow: SAVERS[section](uow, form.to_command(own.started.id), platform_key()),
        done="已保存，尚未提交。",
        back=own.base,
        shows=lambda: {
            "own": own,
            "title": next(one.title for one in rules.SECTIONS if one.key == section),
            "section": section,
            "deduction": rules.may_claim_deduction(tender, own.bidder.credit_code),
            "fixed": rules.fixed_price(tender) is not None,
            "ceiling": Money(tender.ceiling_fen),
            "deadline": pages.bid_deadline(own.case, now),
        },
    )


SAVERS: dict[str, Callable[..., Bid]] = {
    "offer": drafting.save_offer,
    "proposal": drafting.save_proposal,
    "statements": drafting.save_statements,
    "team": drafting.save_team,
}


def _section_form(own: OwnCase, section: str) -> ProcureForm:
    content, version = own.draft().present, own.started.version
    if section == "offer":
        data = {
            "price": None if content.price_fen is None else Money(content.price_fen),
            "hours": content.hours,
            "claims_deduction": content.claims_deduction,
        }
        form = forms.OfferForm(version=version, data=data)
        return form.fit(own.case.tender, own.bidder.credit_code)
    if section == "proposal":
        answers = {f"answer_{place}": said for place, said in enumerate(content.answers)}
        return forms.proposal_form(own.case.criteria)(
            version=version, data={"proposal": content.proposal, **answers}
        )
    if section == "statements":
        made = tuple(place for place, said in enumerate(content.statements) if said)
        kind = content.institution_class or own.bidder.institution_class
        return forms.StatementsForm(
            version=version, data={"statements": made, "institution_class": kind}
        ).fit(own.bidder.credit_code)
    return forms.TeamForm(
        version=version,
        data={
            "project_manager": content.project_manager,
            "manager_experience": content.manager_experience,
            "keep": tuple(file.kept for file in content.files),
        },
    ).fit(content)


@blueprint.get("/projects/<number>/bid/check")
@permits(Permission.BID_VIEW_OWN)
def check(number: str) -> str:
    """Exactly what will be sealed, and what keeps it from being sealed."""
    return render_template("bids/check.html", form=None, **_check_parts(number))


@step(blueprint, "/projects/<number>/bid/submit", Permission.BID_SUBMIT, "bids/check.html")
def submit(number: str) -> Step[int] | AnyResponse:
    """Seal and hand in; the signed receipt comes back as JSON when JSON is asked for.

    The one-time code is asked when the page is opened, before the deadline. Whether the bid may be
    handed in is judged where it is stored: nothing more than its number is looked up before.
    """
    own = queries.find_own_bid_of(read_session(), current_actor(), number)
    if own is None:
        raise NotFound("本单位还没有参加这个项目。")
    if request.method == "POST" and _wants_json():
        return _submit_by_machine(own)
    form = forms.SubmitBidForm(version=own.version)
    return Step(
        form=form,
        proves=partial(step_up, holds_page=True),
        act=lambda uow: _hand_in(uow, _submission(form, own))[1],
        carry=_at_last,
        done=lambda version: f"标书已提交并封存，这是第 {version} 版。请保存回执。",
        back=lambda version: case_path(own.number, "bid", "receipts", version),
        refused=lambda refusal: _note_shut_out(refusal, own.id, own.number, SUBMISSION),
        shows=lambda: _check_parts(number),
    )


def _submission(form: forms.SubmitBidForm, own: queries.OwnBid) -> submitting.SubmitBid:
    """What is handed in; its key is the request's own when it brought one."""
    key = _own_key() or form.idempotency_key.data
    return form.command(submitting.SubmitBid, own.id, key=key)


def _submit_by_machine(own: queries.OwnBid) -> AnyResponse:
    """The same for who follows no page: every refusal is an answer in JSON."""
    demand_fresh_factor()
    command = _submission(forms.SubmitBidForm(version=own.version), own)
    if "version" not in request.form:
        # Without a page there is no view that could be old; a repeat is told by its key.
        command = replace(command, version=None)
    try:
        received, _ = _at_last(lambda uow: _hand_in(uow, command))
    except policies.ShutOut as refusal:
        _note_shut_out(refusal, own.id, own.number, SUBMISSION)
        raise
    return _signed(*queries.receipt_of(read_session(), own.id, received))


def _own_key() -> str:
    """The one-time key that a request brings of its own, empty when the form's counts."""
    return request.headers.get("Idempotency-Key", "")


def _note_shut_out(refusal: DomainError, bid_id: str, number: str, act: str) -> AnyResponse | None:
    """Sign what a bidder is owed who was in time and was not heard, and lead them to it."""
    if not isinstance(refusal, policies.ShutOut):
        return None
    with unit_of_work() as uow:
        note_shut_out(uow, bid_id, platform_key(), act)
    flash(f"{refusal.message}{refusal.remedy}", "wrong")
    return redirect(case_path(number, "bid"))


def _hand_in(uow: UnitOfWork, command: submitting.SubmitBid) -> tuple[str, int]:
    """Store the bid and give its id and number."""
    version = submitting.submit_bid(uow, command, platform_key())
    return version.id, version.number


def _at_last(act: Act[T]) -> T:
    """Do what must not fail for another's sake at the deadline; each attempt counts as received when
    the request was.

    Stale is asked again too: the same request sent twice finds its own receipt then, and whoever
    writes on an old view is refused again.
    """
    for _ in range(ATTEMPTS - 1):
        with suppress(NotSaved, Stale):
            return in_one_unit(act)
    return in_one_unit(act)


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def _check_parts(number: str) -> dict[str, object]:
    own, actor, now = own_case(number), current_actor(), request_now()
    bid, content, tender = own.started, own.draft().present, own.case.tender
    deduction = rules.may_claim_deduction(tender, own.bidder.credit_code)
    found = rules.findings(content, tender, own.case.criteria, own.bidder.credit_code)
    return {
        "own": own,
        "answers": pages.answers(own.case, content, deduction, own.base),
        "findings": found,
        "is_whole": not count_blocks(found),
        "verdict": policies.may_submit_bid(actor, bid, tender, own.bidder, now),
        "kept_envelopes": submitting.KEPT_ENVELOPES,
        "deadline": pages.bid_deadline(own.case, now),
        "badge": pages.state_badge(bid, tender),
    }


@step(blueprint, "/projects/<number>/bid/withdraw", Permission.BID_SUBMIT, "bids/withdraw.html")
def withdraw(number: str) -> Step[object]:
    """Take the bid back."""
    own, now = own_case(number), request_now()
    form, bid_id = forms.WithdrawBidForm(version=own.started.version), own.started.id
    return Step(
        form=form,
        proves=partial(step_up, holds_page=True),
        act=form.act(submitting.withdraw_bid, bid_id),
        carry=_at_last,
        done=told_in(own.case.tender.method, "投标已撤回。截止前可以重新提交。"),
        back=own.base,
        refused=lambda refusal: _note_shut_out(refusal, bid_id, number, WITHDRAWAL),
        shows=lambda: {
            "own": own,
            "verdict": policies.may_withdraw_bid(
                current_actor(), own.started, own.case.tender, now
            ),
            "deadline": pages.bid_deadline(own.case, now),
        },
    )


@blueprint.get("/projects/<number>/bid/sealed")
@permits(Permission.BID_VIEW_OWN)
def sealed(number: str) -> str:
    """What the newest sealed version holds, with its digest."""
    own = own_case(number)
    draft = own.draft()
    if draft.sealed is None:
        raise NotFound("本单位还没有提交过标书。")
    versions = queries.versions_of(read_session(), own.started)
    newest = next(one for one in versions if one.sealed.number == draft.sealed_version)
    deduction = rules.may_claim_deduction(own.case.tender, own.bidder.credit_code)
    return render_template(
        "bids/sealed.html",
        own=own,
        answers=pages.answers(own.case, draft.sealed, deduction),
        version=newest,
        badge=pages.state_badge(own.bid, own.case.tender),
    )


@blueprint.get("/projects/<number>/bid/files/<sha256>")
@permits(Permission.BID_VIEW_OWN)
def attachment(number: str, sha256: str) -> AnyResponse:
    """An attachment of the own draft or sealed version."""
    draft = own_case(number).draft()
    files = (*draft.present.files, *(draft.sealed.files if draft.sealed else ()))
    wanted = next((file for file in files if file.sha256 == sha256), None)
    if wanted is None:
        raise NotFound("没有找到这个附件。")
    content = platform_key().unwrap(file_store().read(wanted.kept))
    return download(content, wanted.name, wanted.media_type)


def _version(own: OwnCase, number: int) -> queries.VersionRow:
    versions = queries.versions_of(read_session(), own.started)
    found = next((one for one in versions if one.sealed.number == number), None)
    if found is None:
        raise NotFound("没有找到这份回执。")
    return found


@blueprint.get("/projects/<number>/bid/receipts/<int:version>")
@permits(Permission.BID_VIEW_OWN)
def receipt(number: str, version: int) -> str:
    """A receipt as a page."""
    own = own_case(number)
    found = _version(own, version)
    return render_template(
        "bids/receipt.html",
        own=own,
        version=found,
        facts=pages.version_facts(found),
        proofs=pages.proof_facts(found),
        badge=pages.state_badge(own.bid, own.case.tender),
        deadline=pages.bid_deadline(own.case, request_now()),
    )


@blueprint.get("/projects/<number>/bid/receipts/<int:version>.json")
@permits(Permission.BID_VIEW_OWN)
def receipt_json(number: str, version: int) -> Response:
    """A receipt as signed data, with the hash of its event."""
    found = _version(own_case(number), version)
    return _signed(found.sealed.receipt, found.sealed.signature, found.event_hash)


def _signed(receipt: dict[str, object], signature: str, event_hash: str) -> Response:
    said = {"receipt": receipt, "signature": signature, "event_hash": event_hash}
    return Response(canonical(plain(said)), mimetype="application/json")


@blueprint.get("/projects/<number>/bid/notes/<int:position>.json")
@permits(Permission.BID_VIEW_OWN)
def note_json(number: str, position: int) -> Response:
    """A signed note about a bid that was in time and not stored; the oldest is number 1."""
    own = own_case(number)
    found = queries.shut_outs_of(read_session(), own.started)[position - 1 : position]
    if not found:
        raise NotFound("没有找到这份说明。")
    said = {"note": found[0].note, "signature": found[0].signature}
    return Response(canonical(plain(said)), mimetype="application/json")


def _paper_of_old(own: OwnCase, found: queries.VersionRow) -> dict[str, Any]:
    """What a receipt says whose words were not kept when it was made: its files are known only of the
    newest version.
    """
    session, draft = read_session(), own.draft()
    is_newest = draft.sealed is not None and draft.sealed_version == found.sealed.number
    return receipt_paper(
        project=own.case.project,
        buyer=session.get_one(Organisation, own.case.project.buyer_id),
        bidder=session.get_one(Organisation, own.started.supplier_id),
        tender=own.case.tender,
        version=found.sealed,
        submitted_by=found.received_from,
        files=draft.sealed.files if draft.sealed and is_newest else (),
    )


@blueprint.get("/projects/<number>/bid/receipts/<int:version>.pdf")
@permits(Permission.BID_VIEW_OWN)
def receipt_pdf(number: str, version: int) -> AnyResponse:
    """A receipt on paper. The same version gives the same bytes, so it is printed when asked for:
    a paper on file before the opening would tell that there is a bid.
    """
    own = own_case(number)
    found, session = _version(own, version), read_session()
    template, data = kept_paper(session, platform_key(), found.sealed.id) or (
        TEMPLATE,
        _paper_of_old(own, found),
    )
    content = render_pdf(template, data).content
    return download(
        content, f"{own.case.project.number}-投标回执-第{version}版.pdf", "application/pdf"
    )
