"""Pages of payments.

| address | method | view | who |
|---|---|---|---|
| /payments | GET | index | who may view payments, each their own; also as a file |
| /projects/<number>/payments | GET | money | parties, treasury, overseers |
| …/payments/<position> | GET | show | the same |
| …/payments/<position>/request | GET POST | request_ | the provider |
| …/payments/<position>/review | GET POST | review | buyer's clerk |
| …/payments/<position>/approve | GET POST | approve | buyer's approver |
| …/payments/milestones/<position>/excuse | GET POST | excuse | buyer's approver |
| …/payments/<position>/send-back | GET POST | send_back | treasurer |
| …/payments/refund | GET POST | refund | treasurer |
| …/payments/refund/decide | GET POST | decide_refund | another treasurer, or buyer's approver |
| …/payments/<position>/reverse | GET POST | reverse | treasurer |
| …/payments/<position>/reversal | GET POST | reversal | another treasurer, or buyer's approver |
| …/payments/<position>/pay | GET POST | pay | treasurer |
| …/payments/settlement | GET POST | propose_settlement | buyer's clerk |
| …/payments/settlement/answer | GET POST | answer_settlement | the provider |
| …/payments/settlement/decision | GET POST | decide_settlement | who may sign for the buyer |
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import NotFound, Verdict
from procure.kernel.lifecycle import PaymentRequestState
from procure.kernel.money import Money
from procure.registers.accounts.views.blueprint import step_up
from procure.registers.documents.queries import papers_of
from procure.registers.projects.queries import oversees
from procure.stages.contracts.models import Contract, ContractSettlement
from procure.stages.delivery.queries import get_milestone
from procure.stages.payments import forms, pages, policies, queries, settlement_pages
from procure.stages.payments.case import instalment_facts, steps_of
from procure.stages.payments.models import PaymentRequest
from procure.stages.payments.policies import GATE_NOT_ASKED
from procure.stages.payments.queries import InstalmentLine, MoneyDossier, PaymentRow
from procure.stages.payments.settlement import open_grounds
from procure.stages.payments.steps import INSTALMENT_STEPS
from procure.stages.payments.use_cases import pay as paying
from procure.stages.payments.use_cases import refund as refunding
from procure.stages.payments.use_cases import request as requesting
from procure.stages.payments.use_cases import reverse as reversing
from procure.stages.payments.use_cases import review as reviewing
from procure.stages.payments.use_cases import settle as settling
from procure.store.proposals import waiting_for
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.columns import state_choices
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.step_table import offered
from procure.web.steps import Step, step

BASE = "/projects/<number>/payments"
TREASURY = "payments/treasury.html"
SETTLEMENT = "payments/settlement.html"

blueprint = Blueprint("payments", __name__)


@blueprint.get("/payments")
@permits(Permission.PAYMENT_VIEW)
@shows_list("payments/index.html")
def index() -> ListOf[PaymentRow]:
    """The requests this reader may know of."""
    return ListOf(
        title="支付申请",
        source=queries.requests_in_view(current_actor()),
        columns=pages.list_columns(request_now()),
        href=lambda row: pages.address_of(row.project_number, row.position),
        filters=(Filter("state", "状态", state_choices(PaymentRequestState)),),
        search="查找项目名称、申请编号或发票号码",
        noun="申请",
        measure="笔",
        empty="还没有支付申请。付款条件具备后，由承接主体在项目的资金页面申请。",
    )


@blueprint.get(BASE)
@permits(Permission.PAYMENT_VIEW)
def money(number: str) -> ResponseReturnValue:
    """The money of a contract from budget to payments."""
    session, actor, now = read_session(), current_actor(), request_now()
    dossier = dossier_for(number)
    return render_template(
        "payments/money.html",
        page=dossier,
        facts=pages.money_facts(dossier),
        chart=pages.flow_chart(dossier),
        instalments=pages.instalment_table(dossier, actor, now),
        shares=pages.share_table(dossier),
        steps=steps_of(session, actor, dossier, local_date(now)),
        settlements=settlement_pages.settlement_table(session, dossier),
        papers=(
            *papers_of(
                session,
                actor,
                project_id=dossier.contract.project_id,
                subject_ids=pages.subject_ids(dossier),
            ),
            *settlement_pages.papers(session, actor, dossier),
        ),
    )


@blueprint.get(f"{BASE}/<int:position>")
@permits(Permission.PAYMENT_VIEW)
def show(number: str, position: int) -> ResponseReturnValue:
    """One instalment: its condition, its request, who paid what."""
    session, actor = read_session(), current_actor()
    dossier = dossier_for(number)
    line = dossier.at(position)
    return render_template(
        "payments/show.html",
        **_around(dossier, line),
        steps=offered(INSTALMENT_STEPS, instalment_facts(actor, dossier.contract, line)),
        papers=papers_of(
            session,
            actor,
            project_id=dossier.contract.project_id,
            subject_ids=[line.request.id] if line.request else [],
        ),
    )


@step(
    blueprint, f"{BASE}/<int:position>/request", Permission.PAYMENT_REQUEST, "payments/request.html"
)
def request_(number: str, position: int) -> Step[object]:
    """Ask for an instalment, or put a returned request right."""
    dossier = dossier_for(number)
    line = dossier.at(position)
    contract, asked, actor = dossier.contract, line.request, current_actor()
    if asked is not None and asked.state is PaymentRequestState.RETURNED:
        correction = forms.CorrectionForm(version=asked.version, data=_invoice_of(asked))
        return _asking(
            correction,
            dossier,
            line,
            policies.may_resubmit(actor, contract, asked, line.gate),
            correction.act(requesting.resubmit_payment, asked.id, invoice=correction.particulars),
            "补正后的支付申请已提交。",
        )
    form = forms.InvoiceForm()
    return _asking(
        form,
        dossier,
        line,
        policies.may_request(actor, contract, asked, line.gate),
        form.act(
            requesting.request_payment,
            contract.id,
            line.instalment.position,
            invoice=form.particulars,
        ),
        "支付申请已提交，采购人应在规定期限内支付。",
    )


def _asking(
    form: forms.InvoiceForm,
    dossier: MoneyDossier,
    line: InstalmentLine,
    verdict: Verdict,
    act: Callable[[UnitOfWork], object],
    words: str,
) -> Step[object]:
    signed = dossier.contract.buyer_signed_at
    form.invoice_on.latest = local_date(request_now())
    form.invoice_on.earliest = local_date(signed) if signed else None
    return Step(
        form=form,
        verdict=verdict,
        act=act,
        done=words,
        back=_line_address(dossier, line),
        shows=lambda: _around(dossier, line),
    )


@step(blueprint, f"{BASE}/<int:position>/review", Permission.PAYMENT_REVIEW, "payments/judge.html")
def review(number: str, position: int) -> Step[object]:
    """Check a request."""
    dossier, line, asked = asked_for(number, position)
    form = forms.ReviewForm(version=asked.version)
    form.ask_about(dossier, line)
    return Step(
        form=form,
        verdict=policies.may_review(current_actor(), dossier.contract, asked, GATE_NOT_ASKED),
        act=form.judging(
            form.act(reviewing.review_payment, asked.id, answers=lambda: form.answers),
            form.act(reviewing.return_payment, asked.id, reason=form.note, kind=form.returned_for),
        ),
        done="核对意见已登记。",
        back=_line_address(dossier, line),
        shows=lambda: {
            **_around(dossier, line),
            "findings": pages.findings(dossier, line),
            "agreed": "同意的，报审核负责人批准。",
            "verb": "提交核对意见",
        },
    )


@step(
    blueprint, f"{BASE}/<int:position>/approve", Permission.PAYMENT_APPROVE, "payments/judge.html"
)
def approve(number: str, position: int) -> Step[object]:
    """Let a request be paid."""
    dossier, line, asked = asked_for(number, position)
    form = forms.ApproveForm(version=asked.version)
    return Step(
        form=form,
        verdict=policies.may_approve(current_actor(), dossier.contract, asked, GATE_NOT_ASKED),
        proves=step_up,
        act=form.judging(
            form.act(reviewing.approve_payment, asked.id),
            form.act(reviewing.return_payment, asked.id, reason=form.note, kind=form.returned_for),
        ),
        done="审批意见已登记。",
        back=_line_address(dossier, line),
        shows=lambda: {
            **_around(dossier, line),
            "findings": pages.findings(dossier, line),
            "agreed": "批准的，送国库按各级承担金额支付，不能撤回。",
            "verb": "提交审批意见",
        },
    )


@step(blueprint, f"{BASE}/<int:position>/pay", Permission.PAYMENT_PAY, "payments/pay.html")
def pay(number: str, position: int) -> Step[object]:
    """Pay one level's share."""
    dossier, line, asked = asked_for(number, position)
    form = forms.PayForm(version=asked.version)
    form.offer(line)
    form.bank_on.latest = local_date(request_now())
    return Step(
        form=form,
        verdict=policies.may_pay(
            current_actor(), asked, in_view=_in_view(dossier), gate=line.release
        ),
        proves=step_up,
        act=form.act(paying.pay_share, asked.id),
        done="国库支付已登记。",
        back=_line_address(dossier, line),
        shows=lambda: _around(dossier, line),
    )


@step(blueprint, f"{BASE}/<int:position>/send-back", Permission.PAYMENT_PAY, TREASURY)
def send_back(number: str, position: int) -> Step[object]:
    """Send an approved request back to the buyer."""
    dossier, line, asked = asked_for(number, position)
    form = forms.SendBackForm(version=asked.version)
    return Step(
        form=form,
        verdict=policies.may_send_back(
            current_actor(), asked, in_view=_in_view(dossier), paid=bool(line.payments)
        ),
        act=form.act(paying.send_back_payment, asked.id),
        done="已退回采购人重新核对。",
        back=_line_address(dossier, line),
        shows=lambda: {
            **_around(dossier, line),
            "effects": ["采购人经办人重新核对，负责人重新批准；支付期限继续计算。"],
            "verb": "退回采购人",
        },
    )


@step(blueprint, f"{BASE}/<int:position>/reverse", Permission.PAYMENT_PAY, TREASURY)
def reverse(number: str, position: int) -> Step[object]:
    """Propose to take a payment back."""
    dossier, line, asked = asked_for(number, position)
    form = forms.ReversalForm(version=asked.version)
    form.offer(line)
    return Step(
        form=form,
        verdict=policies.may_propose_reversal(
            current_actor(),
            asked,
            in_view=_in_view(dossier),
            paid=bool(line.payments),
            is_pending=line.pending_reversal is not None,
        ),
        act=form.act(reversing.propose_reversal, asked.id),
        done="冲正或者退票已登记，等待另一人确认。",
        back=_line_address(dossier, line),
        shows=lambda: {
            **_around(dossier, line),
            "effects": [
                "由另一位国库支付员，或者采购人的审核负责人确认；确认以前资金账不变。",
                "确认以后，原支付的分录保留，另记一笔相反的分录，这一级资金待重新支付。",
            ],
            "verb": "提交申请",
        },
    )


@step(blueprint, f"{BASE}/<int:position>/reversal", Permission.PAYMENT_VIEW, TREASURY)
def reversal(number: str, position: int) -> Step[object]:
    """Decide what another proposed to take back."""
    dossier, line, asked = asked_for(number, position)
    pending = line.pending_reversal
    if pending is None:
        raise NotFound("这一期没有等待确认的冲正或者退票。")
    form = forms.ReversalDecisionForm(version=asked.version)
    return Step(
        form=form,
        verdict=policies.may_decide_reversal(
            current_actor(), dossier.contract, pending.row, in_view=_in_view(dossier)
        ),
        proves=step_up,
        act=form.act(reversing.decide_reversal, asked.id),
        done="意见已登记。",
        back=_line_address(dossier, line),
        shows=lambda: {
            **_around(dossier, line),
            "proposal": pages.reversal_facts(dossier, pending),
            "effects": [
                "同意的，原支付另记一笔相反的分录，这一级资金待重新支付；合同已办结的，恢复履行。"
            ],
            "verb": "提交意见",
        },
    )


def _in_view(dossier: MoneyDossier) -> bool:
    return oversees(read_session(), current_actor(), dossier.contract.buyer_id)


@step(blueprint, f"{BASE}/refund", Permission.PAYMENT_PAY, "payments/refund.html")
def refund(number: str) -> Step[object]:
    """Register what the provider paid back."""
    dossier = dossier_for(number)
    contract_id = dossier.contract.id
    form = forms.RefundForm(version=dossier.contract.version)
    form.amount.most = Money(dossier.claim_left_fen)
    form.bank_on.latest = local_date(request_now())
    return Step(
        form=form,
        verdict=policies.may_propose_refund(
            current_actor(),
            in_view=_in_view(dossier),
            left=dossier.claim_left_fen,
            is_pending=dossier.pending_refund is not None,
        ),
        act=form.act(refunding.propose_refund, contract_id),
        done="退回款项已登记，等待另一人确认。",
        back=pages.address_of(number),
        shows=lambda: {
            **_refund_parts(dossier),
            "effects": ["由另一位国库支付员，或者采购人的审核负责人确认；确认以前资金账不变。"],
            "verb": "登记退回款项",
        },
    )


@step(blueprint, f"{BASE}/refund/decide", Permission.PAYMENT_VIEW, "payments/refund.html")
def decide_refund(number: str) -> Step[object]:
    """Confirm what another registered as paid back."""
    dossier = dossier_for(number)
    pending, contract_id = dossier.pending_refund, dossier.contract.id
    if pending is None:
        raise NotFound("没有等待确认的退回款项。")
    form = forms.RefundDecisionForm(version=dossier.contract.version)
    return Step(
        form=form,
        verdict=policies.may_decide_refund(
            current_actor(), dossier.contract, pending, in_view=_in_view(dossier)
        ),
        proves=step_up,
        act=form.act(refunding.decide_refund, contract_id),
        done="意见已登记。",
        back=pages.address_of(number),
        shows=lambda: {
            **_refund_parts(dossier),
            "effects": ["同意的，各级按已经支付的比例收回，另记一笔分录，退回预算。"],
            "verb": "提交意见",
        },
    )


def _refund_parts(dossier: MoneyDossier) -> dict[str, object]:
    back = pages.address_of(dossier.contract.project.number)
    return {"page": dossier, "back": back, "facts": pages.claim_facts(dossier)}


@step(
    blueprint,
    f"{BASE}/milestones/<int:position>/excuse",
    Permission.PAYMENT_APPROVE,
    "payments/excuse.html",
)
def excuse(number: str, position: int) -> Step[object]:
    """Let money no longer wait for a milestone."""
    session = read_session()
    contract = dossier_for(number).contract
    milestone = get_milestone(session, contract, position)
    milestone_id = milestone.id
    is_excused = queries.excuse_of(session, milestone_id) is not None
    form = forms.ExcuseForm(version=milestone.version)
    return Step(
        form=form,
        verdict=policies.may_excuse(current_actor(), contract, milestone, is_excused=is_excused),
        act=form.act(reviewing.excuse_milestone, milestone_id),
        done="已记入，款项不再等待这个节点。",
        back=pages.address_of(number),
        shows=lambda: {
            "project": contract.project,
            "facts": pages.milestone_facts(milestone),
            "back": pages.address_of(number),
        },
    )


@step(blueprint, f"{BASE}/settlement", Permission.CONTRACT_DRAFT, SETTLEMENT)
def propose_settlement(number: str) -> Step[ContractSettlement]:
    """Propose to close the contract with what is unpaid given back."""
    session, actor, today = read_session(), current_actor(), local_date(request_now())
    dossier = dossier_for(number)
    contract = dossier.contract
    facts = queries.settlement_facts(session, dossier, today)
    form = forms.SettlementForm(version=contract.version)
    form.offer(open_grounds(facts))
    return Step(
        form=form,
        verdict=policies.may_propose_settlement(
            actor, contract, waiting_for(session, ContractSettlement, contract.id), facts
        ),
        act=form.act(settling.propose_settlement, contract.id),
        done="已申请结算办结，告知了承接主体；期限内请等它答复。",
        back=pages.address_of(number),
        shows=lambda: {
            **_settlement_shown(dossier),
            "days": settlement_pages.days_facts(facts),
            "effects": [
                "告知承接主体尚未支付的金额和答复的期限，由有权签署合同的另一位人员决定；"
                "决定以前合同不变。",
                "同意以后，尚未支付的资金退回预算，还没有完成的节点、评价和期限取消，"
                "合同和项目办结，不能撤回。",
            ],
            "verb": "提交结算办结申请",
        },
    )


@step(blueprint, f"{BASE}/settlement/answer", Permission.PAYMENT_REQUEST, SETTLEMENT)
def answer_settlement(number: str) -> Step[ContractSettlement]:
    """Agree to the proposal, or object in writing."""
    dossier = dossier_for(number)
    contract = dossier.contract
    pending = waiting_for(read_session(), ContractSettlement, contract.id)
    form = forms.SettlementAnswerForm(version=contract.version)
    return Step(
        form=form,
        verdict=policies.may_answer_settlement(current_actor(), contract, pending),
        act=form.act(settling.answer_settlement, contract.id),
        done="答复已提交，采购人决定时要写明对异议的答复。",
        back=pages.address_of(number),
        shows=lambda: {
            **_settlement_shown(dossier),
            "effects": [
                "同意的，采购人可以随即决定；有异议的，采购人同意办结时要逐条答复。",
                "没有答复的，期限过后采购人也可以决定。答复只能提交一次。",
            ],
            "verb": "提交答复",
        },
    )


@step(blueprint, f"{BASE}/settlement/decision", Permission.CONTRACT_SIGN_BUYER, SETTLEMENT)
def decide_settlement(number: str) -> Step[Contract]:
    """Settle the contract, or refuse the proposal."""
    session, actor, today = read_session(), current_actor(), local_date(request_now())
    dossier = dossier_for(number)
    contract = dossier.contract
    pending = waiting_for(session, ContractSettlement, contract.id)
    verdict, now = settlement_pages.decision_verdict(session, dossier, actor, pending, today)
    form = forms.SettlementDecisionForm(version=contract.version)
    return Step(
        form=form,
        verdict=verdict,
        proves=step_up,
        act=form.act(settling.decide_settlement, contract.id),
        done="已对结算办结作出决定。",
        back=pages.address_of(number),
        shows=lambda: {
            **_settlement_shown(dossier),
            "hindrance": None if now.ok else now,
            "effects": [
                "同意的，尚未支付的资金按级次退回预算，还没有完成的节点、评价和期限取消，"
                "合同和项目办结，不能撤回。",
                "不同意的，合同照旧，经办人和承接主体会看到理由。",
            ],
            "verb": "提交审批意见",
        },
    )


def _settlement_shown(dossier: MoneyDossier) -> dict[str, object]:
    """What every page of a settlement shows: the sum, what was said so far, the papers."""
    session = read_session()
    return {
        "page": dossier,
        "back": pages.address_of(dossier.contract.project.number),
        "sums": settlement_pages.sum_table(dossier),
        "claim_lasts": settlement_pages.CLAIM_LASTS,
        "settlements": settlement_pages.settlement_table(session, dossier),
        "papers": settlement_pages.papers(session, current_actor(), dossier),
    }


def dossier_for(number: str) -> MoneyDossier:
    """The money of the project the address names."""
    return queries.get_dossier(read_session(), current_actor(), number)


def asked_for(number: str, position: int) -> tuple[MoneyDossier, InstalmentLine, PaymentRequest]:
    """The request of an instalment; NotFound while nobody asked for it."""
    dossier = dossier_for(number)
    line = dossier.at(position)
    if line.request is None:
        raise NotFound("这一期还没有支付申请。")
    return dossier, line, line.request


def _invoice_of(asked: PaymentRequest) -> dict[str, Any]:
    return {
        "invoice_number": asked.invoice_number,
        "invoice_on": asked.invoice_on,
        "invoice_amount": None
        if asked.invoice_amount_fen is None
        else Money(asked.invoice_amount_fen),
        "invoice_seller": asked.invoice_seller,
        "invoice_buyer": asked.invoice_buyer,
        "purpose": asked.purpose,
    }


def _around(dossier: MoneyDossier, line: InstalmentLine) -> dict[str, object]:
    """What every page about one instalment shows."""
    now = request_now()
    return {
        "page": dossier,
        "line": line,
        "back": _line_address(dossier, line),
        "facts": pages.request_facts(read_session(), dossier, line, current_actor(), now),
        "account": pages.money_facts(dossier)[-2:],
        "deadline": pages.pay_line(line, now),
        "shares": pages.plan_table(line),
    }


def _line_address(dossier: MoneyDossier, line: InstalmentLine) -> str:
    return pages.address_of(dossier.contract.project.number, line.instalment.position)
