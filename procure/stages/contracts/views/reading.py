"""The list of contracts and one contract."""

from flask import render_template
from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission
from procure.kernel.lifecycle import ContractState
from procure.registers.deadlines.queries import term_line
from procure.render.sheets import CellKind
from procure.stages.contracts import pages, policies, queries
from procure.stages.contracts.case import steps_of
from procure.stages.contracts.queries import ContractRow
from procure.stages.contracts.views.blueprint import (
    CASE,
    blueprint,
    contract_of,
    early_ends_of,
    findings_of,
)
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.columns import Col, Where, state_choices
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list


@blueprint.get("/contracts")
@permits(Permission.CONTRACT_VIEW)
@shows_list("contracts/index.html")
def index() -> ListOf[ContractRow]:
    """The contracts the reader may know of."""
    actor = current_actor()
    return ListOf(
        title="合同",
        source=queries.contracts_in_view(actor),
        columns=(
            Col("title", "项目名称", sort=True),
            Col("number", "合同编号", sort=True),
            Col("project_number", "项目编号", where=Where.FILE),
            Col("buyer", "采购人", where=Where.UNDER),
            Col("supplier", "承接主体", sort=True),
            Col("amount", "合同金额", lambda row: row.amount_fen, CellKind.MONEY_FEN, sort=True),
            Col("state", "状态", lambda row: pages.badge_of(actor, row)),
            Col("starts", "服务开始", lambda row: row.starts_on, CellKind.DATE, sort=True),
            Col("ends", "服务结束", lambda row: row.ends_on, CellKind.DATE, sort=True),
        ),
        href=lambda row: pages.address_of(row.project_number),
        filters=(Filter("state", "状态", state_choices(ContractState)),),
        search="查找名称或合同编号",
        noun="合同",
        measure="份",
        empty="还没有合同。成交结果公告后，合同会自动起草并列在这里。",
    )


@blueprint.get(CASE)
@permits(Permission.CONTRACT_VIEW)
def show(number: str) -> ResponseReturnValue:
    """One contract: the clerk's task list while it is a draft, the contract itself afterwards."""
    session, actor, now = read_session(), current_actor(), request_now()
    contract = contract_of(number)
    readable = policies.may_read_text(actor, contract)
    if not readable.ok:
        return render_template("contracts/waiting.html", contract=contract, verdict=readable)
    parts = queries.contract_parts(session, contract)
    edits = policies.may_edit_contract(actor, contract).ok
    return render_template(
        "contracts/show.html",
        contract=contract,
        badge=pages.badge_of(actor, contract),
        facts=pages.head_facts(contract),
        targets=pages.target_table(parts),
        posts=pages.post_table(parts),
        milestones=pages.milestone_table(parts),
        instalments=pages.instalment_table(parts),
        shares=pages.share_table(parts),
        signatures=pages.signature_table(queries.signatures_of(session, contract)),
        deadlines=[term_line(term, now) for term in queries.terms_of(session, contract)],
        filed=queries.papers_of_contract(session, contract),
        early_ends=early_ends_of(contract),
        steps=() if edits else steps_of(session, actor, contract, now),
        sections=pages.sections_of(contract, findings_of(parts)) if edits else (),
    )
