"""The list of contracts and one contract."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.lifecycle import ContractState, state_words
from procure.kernel.paging import page_request
from procure.render import sheets
from procure.stages.contracts import pages, policies, queries
from procure.stages.contracts.views.blueprint import (
    CASE,
    blueprint,
    contract_of,
    early_ends_of,
    findings_of,
    is_author,
)
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.exports import FORMATS, sheet_answer
from procure.web.listing import Filter, Listing

SHEET = (
    sheets.SheetColumn("合同编号"),
    sheets.SheetColumn("项目编号"),
    sheets.SheetColumn("项目名称"),
    sheets.SheetColumn("采购人"),
    sheets.SheetColumn("承接主体"),
    sheets.SheetColumn("合同金额（元）", sheets.CellKind.MONEY_FEN, is_summed=True),
    sheets.SheetColumn("状态"),
    sheets.SheetColumn("服务开始", sheets.CellKind.DATE),
    sheets.SheetColumn("服务结束", sheets.CellKind.DATE),
)


@blueprint.get("/contracts")
@permits(Permission.CONTRACT_VIEW)
def index() -> ResponseReturnValue:
    """The contracts the reader may know of, as a list or as a file."""
    session, actor = read_session(), current_actor()
    wanted = page_request(request.args, queries.SORTS, queries.FILTERS)
    if kind := request.args.get("format"):
        rows = map(_sheet_row, queries.export_contracts(session, actor, wanted))
        return sheet_answer(kind, "合同", SHEET, rows, actor)
    found = queries.list_contracts(session, actor, wanted)
    states = tuple((state.value, state_words(state).words) for state in ContractState)
    listing = Listing(
        url_for(".index"),
        found,
        pages.LIST_COLUMNS,
        pages.list_rows(found.rows, actor),
        filters=(Filter("state", "状态", states),),
        noun="合同",
        measure="份",
        caption="合同",
        empty="还没有合同。成交结果公告后，合同会自动起草并列在这里。",
        exports=FORMATS,
        search_label="查找名称或合同编号",
    )
    return render_template("contracts/index.html", listing=listing)


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
    page = pages.ContractPage(
        contract=contract,
        badge=pages.badge_of(actor, contract),
        facts=pages.head_facts(contract),
        targets=pages.target_rows(parts),
        posts=pages.post_rows(parts),
        milestones=pages.milestone_rows(parts),
        instalments=pages.instalment_rows(parts),
        chart=pages.instalment_chart(parts),
        shares=pages.share_rows(parts),
        signatures=pages.signature_rows(queries.signatures_of(session, contract)),
        deadlines=pages.deadline_lines(queries.terms_of(session, contract), now),
        papers=queries.papers_of_contract(session, contract),
        early_ends=early_ends_of(contract),
        steps=tuple(
            step
            for step in pages.next_steps(
                actor,
                contract,
                is_author=is_author(contract),
                pending=queries.pending_early_end(session, contract.id),
                today=local_date(now),
            )
            if not edits
        ),
        sections=pages.sections_of(contract, findings_of(parts)) if edits else (),
    )
    return render_template("contracts/show.html", page=page, columns=pages)


def _sheet_row(row: queries.ContractRow) -> tuple[object, ...]:
    return (
        row.number,
        row.project_number,
        row.title,
        row.buyer,
        row.supplier,
        row.amount_fen,
        pages.SETTLED_WORDS if pages.is_closed_by_settlement(row) else state_words(row.state).words,
        row.starts_on,
        row.ends_on,
    )
