"""How far the contract is, its service records, and what is overdue."""

from functools import partial

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.lifecycle import ServiceRecordState, state_words
from procure.kernel.paging import page_request
from procure.registers.documents.queries import papers_of
from procure.render import sheets
from procure.stages.contracts.queries import targets_of
from procure.stages.delivery import pages, policies, queries
from procure.stages.delivery.names import time_words
from procure.stages.delivery.views.blueprint import CASE, blueprint, contract_of
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.exports import FORMATS, every_row, sheet_answer
from procure.web.listing import Filter, Listing

SHEET = (
    sheets.SheetColumn("服务日期", sheets.CellKind.DATE),
    sheets.SheetColumn("开始"),
    sheets.SheetColumn("结束"),
    sheets.SheetColumn("服务目标"),
    sheets.SheetColumn("数量", sheets.CellKind.INTEGER),
    sheets.SheetColumn("单位"),
    sheets.SheetColumn("服务对象编号"),
    sheets.SheetColumn("人次", sheets.CellKind.INTEGER),
    sheets.SheetColumn("志愿者时数", sheets.CellKind.INTEGER),
    sheets.SheetColumn("服务人员"),
    sheets.SheetColumn("地点"),
    sheets.SheetColumn("服务内容"),
    sheets.SheetColumn("状态"),
    sheets.SheetColumn("登记时间", sheets.CellKind.INSTANT),
    sheets.SheetColumn("补录原因"),
    sheets.SheetColumn("核实理由"),
)
OVERDUE_SHEET = (
    sheets.SheetColumn("牵头单位"),
    sheets.SheetColumn("履约节点"),
    sheets.SheetColumn("项目编号"),
    sheets.SheetColumn("项目名称"),
    sheets.SheetColumn("期限", sheets.CellKind.DATE),
    sheets.SheetColumn("配合单位"),
    sheets.SheetColumn("状态"),
)


@blueprint.get(CASE)
@permits(Permission.DELIVERY_VIEW)
def show(number: str) -> ResponseReturnValue:
    """Progress, frequencies as the year runs, milestones."""
    session, actor, now = read_session(), current_actor(), request_now()
    contract = contract_of(number)
    today = local_date(now)
    progress = queries.progress(session, contract.id, today)
    wanted = request.args.get("target", "")
    chosen = next((one for one in progress if str(one.position) == wanted), progress[0])
    target = next(one for one in targets_of(session, contract.id) if one.id == chosen.target_id)
    by_day = queries.accepted_by_day(session, contract.id)
    checks = queries.periods_of(session, contract, target, today)
    return render_template(
        "delivery/show.html",
        contract=contract,
        columns=pages,
        progress=pages.progress_rows(progress, number),
        chart=pages.progress_chart(progress),
        chosen=chosen,
        month_chart=pages.month_chart(contract, chosen, by_day),
        periods=pages.period_rows(checks, chosen.unit, today),
        milestones=pages.milestone_rows(
            queries.milestones_of(session, contract.id), actor, contract, now
        ),
        waiting=queries.count_waiting(session, contract.id),
        may_record=policies.may_record_service(actor, contract),
        may_review=policies.may_review_services(actor, contract),
        records=actor.may(Permission.DELIVERY_RECORD),
        reviews=actor.may(Permission.DELIVERY_REVIEW),
    )


@blueprint.get(f"{CASE}/records")
@permits(Permission.DELIVERY_VIEW)
def records(number: str) -> ResponseReturnValue:
    """The service records, as a list or as a file."""
    session, actor = read_session(), current_actor()
    contract = contract_of(number)
    wanted = page_request(request.args, queries.RECORD_SORTS, queries.RECORD_FILTERS)
    if kind := request.args.get("format"):
        rows = map(_sheet_row, queries.export_records(session, contract.id, wanted))
        return sheet_answer(kind, f"{contract.number}服务记录", SHEET, rows, actor)
    found = queries.list_records(session, contract.id, wanted)
    states = tuple((state.value, state_words(state).words) for state in ServiceRecordState)
    targets = tuple((one.id, one.what) for one in targets_of(session, contract.id))
    listing = Listing(
        url_for(".records", number=number),
        found,
        pages.RECORD_COLUMNS,
        pages.record_rows(found.rows, number, local_date(request_now())),
        filters=(
            Filter("state", "状态", states),
            Filter("target", "服务目标", targets),
            Filter("late", "登记时间", (("24", "超过 24 小时"), ("72", "超过 72 小时"))),
        ),
        noun="服务记录",
        caption="服务记录",
        empty="还没有服务记录。承接主体登记服务后列在这里。",
        exports=FORMATS,
        search_label="查找内容、地点、人员或编号",
    )
    return render_template(
        "delivery/records.html",
        contract=contract,
        listing=listing,
        may_record=policies.may_record_service(actor, contract),
        records=actor.may(Permission.DELIVERY_RECORD),
    )


@blueprint.get(f"{CASE}/records/<record_id>")
@permits(Permission.DELIVERY_VIEW)
def record(number: str, record_id: str) -> ResponseReturnValue:
    """One service record with its evidence."""
    session, actor = read_session(), current_actor()
    contract = contract_of(number)
    dossier = queries.get_record(session, contract, record_id)
    return render_template(
        "delivery/record.html",
        contract=contract,
        page=dossier,
        facts=pages.record_facts(dossier),
        papers=papers_of(session, actor, project_id=contract.project_id, subject_ids=[record_id]),
        verdict=policies.may_accept_service(actor, contract, dossier.record),
        reviews=actor.may(Permission.DELIVERY_REVIEW),
        may_withdraw=policies.may_withdraw_service(actor, contract, dossier.record),
    )


@blueprint.get("/delivery/overdue")
@permits(Permission.DELIVERY_VIEW)
def overdue() -> ResponseReturnValue:
    """Milestones past their date in all contracts of this reader, by lead unit, as a list
    or as a file.
    """
    session, actor, now = read_session(), current_actor(), request_now()
    wanted = page_request(request.args, queries.OVERDUE_SORTS, queries.OVERDUE_FILTERS)
    if kind := request.args.get("format"):
        every = every_row(partial(queries.list_overdue, session, actor, now), wanted)
        return sheet_answer(kind, "逾期的履约节点", OVERDUE_SHEET, map(_overdue_row, every), actor)
    found = queries.list_overdue(session, actor, now, wanted)
    units = tuple((one, one) for one in queries.lead_units(session, actor))
    listing = Listing(
        url_for(".overdue"),
        found,
        pages.OVERDUE_COLUMNS,
        pages.overdue_rows(found.rows, now),
        filters=(Filter("lead", "牵头单位", units),),
        noun="逾期节点",
        measure="个",
        caption="逾期的履约节点",
        empty="没有逾期的履约节点。",
        exports=FORMATS,
        search_label="",
    )
    return render_template("delivery/overdue.html", listing=listing)


def _overdue_row(row: queries.OverdueRow) -> tuple[object, ...]:
    return (
        row.lead_unit or "未写明",
        row.title,
        row.project_number,
        row.project_title,
        row.due_on,
        row.assisting_unit,
        state_words(row.state).words,
    )


def _sheet_row(row: queries.RecordRow) -> tuple[object, ...]:
    return (
        row.served_on,
        time_words(row.started_minute),
        time_words(row.ended_minute),
        row.target,
        row.quantity,
        row.unit,
        row.recipient_code or "",
        row.people,
        row.volunteer_hours,
        row.staff,
        row.place,
        row.content,
        state_words(row.state).words,
        row.recorded_at,
        row.backfill_reason,
        row.review_reason,
    )
