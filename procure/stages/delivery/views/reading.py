"""How far the contract is, its service records, and what is overdue."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.deadline_lines import DeadlineKind, deadline_line
from procure.kernel.lifecycle import ServiceRecordState
from procure.registers.documents.queries import papers_of
from procure.render.sheets import CellKind
from procure.stages.contracts.queries import targets_of
from procure.stages.delivery import pages, policies, queries
from procure.stages.delivery.case import steps_of
from procure.stages.delivery.queries import OverdueRow, RecordRow
from procure.stages.delivery.views.blueprint import CASE, blueprint, contract_of
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.columns import Col, state_choices
from procure.web.listing import Filter
from procure.web.lists import ListOf, shows_list
from procure.web.presenters import Badge


@blueprint.get(CASE)
@permits(Permission.DELIVERY_VIEW)
def show(number: str) -> ResponseReturnValue:
    """Progress, frequencies as the year runs, milestones."""
    session, actor, now = read_session(), current_actor(), request_now()
    contract = contract_of(number)
    today, waiting = local_date(now), queries.count_waiting(session, contract.id)
    progress = queries.progress(session, contract.id, today)
    wanted = request.args.get("target", "")
    chosen = next((one for one in progress if str(one.position) == wanted), progress[0])
    target = next(one for one in targets_of(session, contract.id) if one.id == chosen.target_id)
    by_day = queries.accepted_by_day(session, contract.id)
    checks = queries.periods_of(session, contract, target, today)
    return render_template(
        "delivery/show.html",
        contract=contract,
        progress=pages.progress_table(progress, number),
        chart=pages.progress_chart(progress),
        chosen=chosen,
        month_chart=pages.month_chart(contract, chosen, by_day, today),
        periods=pages.period_table(checks, chosen.unit, today),
        milestones=pages.milestone_table(
            queries.milestones_of(session, contract.id), actor, contract, now
        ),
        waiting=waiting,
        steps=steps_of(actor, contract, waiting),
    )


@blueprint.get(f"{CASE}/records")
@permits(Permission.DELIVERY_VIEW)
@shows_list("delivery/records.html")
def records(number: str) -> ListOf[RecordRow]:
    """The service records."""
    actor, contract = current_actor(), contract_of(number)
    targets = tuple((one.id, one.what) for one in targets_of(read_session(), contract.id))
    return ListOf(
        title="服务记录",
        file=f"{contract.number}服务记录",
        source=queries.records_of(contract.id),
        columns=pages.record_columns(local_date(request_now())),
        href=lambda row: pages.address_of(number, f"records/{row.id}"),
        filters=(
            Filter("state", "状态", state_choices(ServiceRecordState)),
            Filter("target", "服务目标", targets),
            Filter("late", "登记时间", (("24", "超过 24 小时"), ("72", "超过 72 小时"))),
        ),
        search="查找内容、地点、人员或编号",
        noun="服务记录",
        empty="还没有服务记录。承接主体登记服务后列在这里。",
        shows=lambda: {
            "contract": contract,
            "may_record": policies.may_record_service(actor, contract),
            "records": actor.may(Permission.DELIVERY_RECORD),
        },
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
@shows_list("delivery/overdue.html")
def overdue() -> ListOf[OverdueRow]:
    """Milestones past their date in all contracts of this reader, the longest overdue first."""
    session, actor, now = read_session(), current_actor(), request_now()
    units = tuple((one, one) for one in queries.lead_units(session, actor))
    return ListOf(
        title="逾期的履约节点",
        source=queries.overdue_in_view(actor, local_date(now)),
        columns=(
            Col("lead", "牵头单位", lambda row: row.lead_unit, sort=True, nothing="未写明"),
            Col("title", "履约节点", sort=True),
            Col("number", "项目编号", lambda row: row.project_number, sort=True),
            Col("project_title", "项目名称"),
            Col(
                "due",
                "期限",
                lambda row: deadline_line(row.due_on, now, kind=DeadlineKind.DUTY),
                CellKind.DATE,
                sort=True,
            ),
            Col("assisting_unit", "配合单位", nothing="无"),
            Col("state", "状态", lambda row: Badge(row.state)),
        ),
        href=lambda row: pages.address_of(row.project_number),
        filters=(Filter("lead", "牵头单位", units),),
        search="查找项目或节点",
        noun="逾期节点",
        measure="个",
        empty="没有逾期的履约节点。",
    )
