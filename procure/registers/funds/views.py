"""Pages of the budget.

| address | method | endpoint | who |
|---|---|---|---|
| /budget | GET | funds.index | buyers their own and below, finance and audit their buyers |
| /budget?format=csv, xlsx | GET | funds.index | the same list as a file |
| /budget/new | GET POST | funds.register | budget officer |
| /budget/<line_id> | GET | funds.show | as the list; its ledger as a file with format=csv, xlsx |
| /budget/<line_id>/correction | GET POST | funds.correct | budget officer |
| /budget/<line_id>/correction/withdraw | GET POST | funds.withdraw_correction | budget officer |
| /budget/<line_id>/correction/decision | GET POST | funds.decide_correction | another one |
"""

from flask import Blueprint, url_for

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import ALLOWED, Verdict
from procure.kernel.numbering import budget_year
from procure.kernel.paths import case_path
from procure.registers.accounts.queries import names_of
from procure.registers.funds import pages, policies, queries, use_cases
from procure.registers.funds.forms import (
    CorrectLineForm,
    DecideCorrectionForm,
    RegisterLineForm,
    values_of,
)
from procure.registers.funds.models import BudgetLine, BudgetLineChange
from procure.registers.funds.queries import EntryRow, LineRow
from procure.registers.funds.use_cases import correcting
from procure.render.sheets import CellKind
from procure.store.proposals import asked_of, parties_to, waiting_for
from procure.web.access import (
    current_actor,
    permits,
    read_session,
    request_now,
)
from procure.web.case_panel import NextStep
from procure.web.columns import Col, difference_table
from procure.web.forms import ProcureForm
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.presenters import Link
from procure.web.steps import Step, step

blueprint = Blueprint("funds", __name__, url_prefix="/budget")


@blueprint.get("")
@permits(Permission.BUDGET_VIEW)
@shows_list("funds/index.html")
def index() -> ListOf[LineRow]:
    """The budget lines in the reader's view."""
    session, actor, money = read_session(), current_actor(), CellKind.MONEY_FEN
    may_register = policies.may_register(actor)
    years = tuple((str(year), f"{year} 年") for year in queries.years_of(session, actor))
    return ListOf(
        title="预算项目",
        file="预算",
        source=queries.lines_in_view(actor),
        columns=(
            Col("name", "预算项目", sort=True),
            Col("code", "编码", sort=True),
            Col("year", "年度", lambda row: str(row.year), CellKind.INTEGER, sort=True),
            Col("buyer", "购买主体", sort=True),
            Col("amount", "预算金额", lambda row: row.amount_fen, money, sort=True),
            Col("available", "可用", lambda row: row.available_fen, money, sort=True),
            Col("reserved", "计划占用", lambda row: row.reserved_fen, money),
            Col("committed", "合同占用", lambda row: row.committed_fen, money),
            Col("paid", "已支付", lambda row: row.paid_fen, money, sort=True),
        ),
        href=lambda row: url_for(".show", line_id=row.id),
        filters=(
            Filter("year", "年度", years),
            Filter("buyer", "购买主体", tuple(queries.buyers_of(session, actor))),
        ),
        search="查找名称、编码或购买主体",
        noun="预算项目",
        measure="个",
        empty="还没有登记预算。",
        empty_action=Link("登记预算", url_for(".register")) if may_register.ok else None,
        shows=lambda: {"may_register": may_register},
    )


@step(blueprint, "/new", Permission.BUDGET_REGISTER, "funds/register.html")
def register() -> Step[str]:
    """Register a line of an approved budget."""
    form = RegisterLineForm(data={"year": budget_year(local_date(request_now()))})
    form.offer(queries.buyers_of(read_session(), current_actor()))
    return Step(
        form=form,
        verdict=policies.may_register(current_actor()),
        act=lambda uow: (
            use_cases.register_budget_line(uow, form.command(use_cases.RegisterBudgetLine)).id
        ),
        done="预算已登记，可以用来编制采购计划。",
        back=lambda line_id: url_for(".show", line_id=line_id),
    )


@blueprint.get("/<line_id>")
@permits(Permission.BUDGET_VIEW)
@shows_list("funds/show.html")
def show(line_id: str) -> ListOf[EntryRow]:
    """One line: where its money is by level, and every movement; each of its sides in the file."""
    line = queries.get_line(read_session(), current_actor(), line_id)
    return ListOf(
        title="资金记录",
        file=f"{line.code}资金记录",
        source=queries.entries_of_line(line.id),
        columns=(
            *pages.MOVEMENT_COLUMNS,
            Col(
                "project",
                "项目",
                lambda entry: (
                    Link(entry.project_number, case_path(entry.project_number))
                    if entry.project_number
                    else ""
                ),
            ),
        ),
        whole=(pages.LEDGER_SHEET, queries.ledger_of_line(line.id)),
        noun="资金记录",
        shows=lambda: _line_parts(line),
    )


def _line_parts(line: BudgetLine) -> dict[str, object]:
    """What the page of a line shows above its movements."""
    session = read_session()
    shares, balances = queries.shares_of(session, line.id), queries.balances(session, line.id)
    corrections = asked_of(session, BudgetLineChange, line.id)
    return {
        "line": line,
        "facts": pages.line_facts(line, balances),
        "balances": pages.balance_table(shares, balances),
        "steps": _steps(line),
        "corrections": pages.correction_table(
            corrections, names_of(session, parties_to(corrections))
        ),
    }


@step(blueprint, "/<line_id>/correction", Permission.BUDGET_REGISTER, "funds/correct.html")
def correct(line_id: str) -> Step[object]:
    """Ask that a line say what it should have said."""
    line = _line(line_id)
    shares = queries.shares_of(read_session(), line.id)
    form = CorrectLineForm(version=line.version, data=values_of(line, shares))
    return Step(
        form=form,
        verdict=policies.may_propose_correction(current_actor(), is_waiting=bool(_pending(line))),
        act=form.act(correcting.propose_correction, line.id, particulars=form.particulars),
        done="已申请更正预算，请另一位预算管理员决定。",
        back=url_for(".show", line_id=line_id),
        shows=lambda: {"line": line},
    )


@step(
    blueprint,
    "/<line_id>/correction/withdraw",
    Permission.BUDGET_REGISTER,
    "funds/correction.html",
)
def withdraw_correction(line_id: str) -> Step[object]:
    """Take back a correction that is not decided."""
    line = _line(line_id)
    form = ProcureForm(version=line.version)
    return Step(
        form=form,
        verdict=policies.may_withdraw_correction(current_actor(), _pending(line)),
        act=form.act(correcting.withdraw_correction, line.id),
        done="更正的申请已撤回。",
        back=url_for(".show", line_id=line_id),
        shows=lambda: {
            "step": "撤回更正申请",
            "consequences": ["预算照旧，不再等待决定。"],
            **_correction_parts(line),
        },
    )


@step(
    blueprint,
    "/<line_id>/correction/decision",
    Permission.BUDGET_REGISTER,
    "funds/correction.html",
)
def decide_correction(line_id: str) -> Step[object]:
    """Agree to a correction, or refuse it."""
    line = _line(line_id)
    form = DecideCorrectionForm(version=line.version)
    return Step(
        form=form,
        verdict=_may_decide(line),
        act=form.act(correcting.decide_correction, line.id),
        done=lambda _: "已同意更正。" if form.agreed.data else "已不同意更正，预算照旧。",
        back=url_for(".show", line_id=line_id),
        shows=lambda: {
            "step": "审核预算更正",
            "consequences": [
                "同意的，预算立即按更正后的内容，金额的差额记一笔调整。",
                "不同意的，预算照旧，申请人会看到理由。",
            ],
            **_correction_parts(line),
        },
    )


def _correction_parts(line: BudgetLine) -> dict[str, object]:
    """What would be different by the correction that waits."""
    session = read_session()
    pending = waiting_for(session, BudgetLineChange, line.id)
    return {
        "line": line,
        "pending": pending,
        "differences": difference_table(
            "更正的内容", correcting.changes_asked(session, line, pending), "更正为"
        ),
    }


def _steps(line: BudgetLine) -> tuple[NextStep, ...]:
    """What a budget officer may do about the line."""
    actor = current_actor()
    if not policies.may_register(actor).ok:
        return ()
    address = url_for(".correct", line_id=line.id)
    if _pending(line) is None:
        verdict = policies.may_propose_correction(actor, is_waiting=False)
        return (NextStep("申请更正预算", address, verdict),)
    return (
        NextStep("审核预算更正", f"{address}/decision", _may_decide(line)),
        NextStep("撤回更正申请", f"{address}/withdraw", ALLOWED),
    )


def _may_decide(line: BudgetLine) -> Verdict:
    pending = _pending(line)
    return policies.may_decide_correction(
        current_actor(), proposed_by=pending.proposed_by if pending else None
    )


def _pending(line: BudgetLine) -> BudgetLineChange | None:
    return waiting_for(read_session(), BudgetLineChange, line.id)


def _line(line_id: str) -> BudgetLine:
    return queries.get_line(read_session(), current_actor(), line_id)
