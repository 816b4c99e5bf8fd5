"""Pages of the budget.

| address | method | endpoint | who |
|---|---|---|---|
| /budget | GET | funds.index | buyers their own and below, finance and audit their buyers |
| /budget?format=csv, xlsx | GET | funds.index | the same list as a file |
| /budget/new | GET POST | funds.register | budget officer |
| /budget/<line_id> | GET | funds.show | as the list; its ledger as a file with format=csv, xlsx |
"""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import DomainError
from procure.kernel.numbering import budget_year
from procure.kernel.paging import page_request
from procure.registers.funds import pages, policies, queries, use_cases
from procure.registers.funds.forms import RegisterLineForm
from procure.web.access import (
    current_actor,
    permits,
    read_session,
    request_now,
    unit_of_work,
)
from procure.web.exports import FORMATS, sheet_answer
from procure.web.forms import done
from procure.web.listing import Filter, Listing
from procure.web.presenters import Link

Answer = str | Response | tuple[str, int]

blueprint = Blueprint("funds", __name__, url_prefix="/budget")


@blueprint.get("")
@permits(Permission.BUDGET_VIEW)
def index() -> Answer:
    """The budget lines in the reader's view, as a list or as a file."""
    session, actor = read_session(), current_actor()
    wanted = page_request(request.args, queries.SORTS, queries.FILTERS)
    if kind := request.args.get("format"):
        rows = map(pages.sheet_row, queries.export_lines(session, actor, wanted))
        return sheet_answer(kind, "预算", pages.SHEET, rows, actor)
    found = queries.list_lines(session, actor, wanted)
    may_register = policies.may_register(actor)
    years = tuple((str(year), f"{year} 年") for year in queries.years_of(session, actor))
    listing = Listing(
        url_for(".index"),
        found,
        pages.LIST_COLUMNS,
        [pages.list_row(row) for row in found.rows],
        filters=(
            Filter("year", "年度", years),
            Filter("buyer", "购买主体", tuple(queries.buyers_of(session, actor))),
        ),
        noun="预算项目",
        measure="个",
        caption="预算项目",
        empty="还没有登记预算。",
        empty_action=Link("登记预算", url_for(".register")) if may_register.ok else None,
        exports=FORMATS,
        search_label="查找名称、编码或购买主体",
    )
    return render_template("funds/index.html", listing=listing, may_register=may_register)


@blueprint.route("/new", methods=["GET", "POST"])
@permits(Permission.BUDGET_REGISTER)
def register() -> Answer:
    """Register a line of an approved budget."""
    form = RegisterLineForm(data={"year": budget_year(local_date(request_now()))})
    form.offer(queries.buyers_of(read_session(), current_actor()))
    if form.validate_on_submit():
        try:
            with unit_of_work() as uow:
                line_id = use_cases.register_budget_line(uow, form.to_command()).id
        except DomainError as refusal:
            form.add_refusal(refusal)
        else:
            done(form, "预算已登记，可以用来编制采购计划。")
            return redirect(url_for(".show", line_id=line_id))
    return render_template("funds/register.html", form=form), form.status


@blueprint.get("/<line_id>")
@permits(Permission.BUDGET_VIEW)
def show(line_id: str) -> Answer:
    """One line: where its money is by level, and every movement."""
    session, actor = read_session(), current_actor()
    line = queries.get_line(session, actor, line_id)
    if kind := request.args.get("format"):
        table = queries.ledger_of_line(line.id)
        return sheet_answer(kind, f"{line.code}资金记录", pages.LEDGER_SHEET, table, actor)
    shares, balances = queries.shares_of(session, line.id), queries.balances(session, line.id)
    entries = queries.entries_of_line(session, line.id, page_request(request.args, ("at",)))
    listing = Listing(
        url_for(".show", line_id=line.id),
        entries,
        pages.ENTRY_COLUMNS,
        [pages.entry_row(entry) for entry in entries.rows],
        noun="资金记录",
        caption="资金记录",
        exports=FORMATS,
        search_label="",
    )
    return render_template(
        "funds/show.html",
        line=line,
        facts=pages.line_facts(line, balances),
        figure=pages.balance_chart(shares, balances),
        columns=pages.BALANCE_COLUMNS,
        rows=pages.balance_rows(shares, balances),
        listing=listing,
    )
