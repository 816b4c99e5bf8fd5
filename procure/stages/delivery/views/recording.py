"""Entering a service, and reviewing what was entered."""

from flask import render_template, request

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.registers.documents.queries import papers_of
from procure.stages.contracts.queries import targets_of
from procure.stages.delivery import pages, policies, queries, use_cases
from procure.stages.delivery.forms import RecordForm, ReviewForm, WithdrawForm
from procure.stages.delivery.use_cases.record import MOST_REVIEWED
from procure.stages.delivery.views.blueprint import (
    CASE,
    Answer,
    blueprint,
    contract_of,
)
from procure.web.access import current_actor, permits, read_session, request_now
from procure.web.steps import attempt_allowed

REJECT = "reject"


@blueprint.route(f"{CASE}/records/new", methods=["GET", "POST"])
@permits(Permission.DELIVERY_RECORD)
def new_record(number: str) -> Answer:
    """Enter a service given."""
    session = read_session()
    contract = contract_of(number)
    verdict = policies.may_record_service(current_actor(), contract)
    form = RecordForm()
    staff = queries.staff_of(session, contract.id)
    recipients = queries.recipients_on(session, contract.id)
    form.offer(contract, targets_of(session, contract.id), staff, recipients, request_now())
    answer = attempt_allowed(
        verdict,
        form,
        lambda uow: use_cases.record_service(uow, form.to_command(contract)),
        "服务记录已登记，等待采购人核实。",
        pages.address_of(number, "records"),
    )
    if answer is not None:
        return answer
    return render_template(
        "delivery/new_record.html",
        form=form,
        contract=contract_of(number),
        verdict=verdict,
        has_staff=bool(staff),
        has_recipients=bool(recipients),
    ), form.status


@blueprint.route(f"{CASE}/review", methods=["GET", "POST"])
@permits(Permission.DELIVERY_REVIEW)
def review(number: str) -> Answer:
    """The records that wait, several judged at once."""
    session = read_session()
    contract = contract_of(number)
    verdict = policies.may_review_services(current_actor(), contract)
    rows = queries.waiting_records(session, contract.id, MOST_REVIEWED)
    form = ReviewForm()
    form.offer(rows)
    rejects = bool(request.form.get(REJECT))
    verb = use_cases.reject_services if rejects else use_cases.accept_services
    answer = attempt_allowed(
        verdict,
        form,
        lambda uow: verb(uow, form.to_command(contract)),
        "所选记录已登记为不予认可。" if rejects else "所选记录已核实，计入完成数量。",
        pages.address_of(number, "review"),
    )
    if answer is not None:
        return answer
    today = local_date(request_now())
    doubts = queries.doubts_of(read_session(), contract_of(number), [row.id for row in rows])
    return render_template(
        "delivery/review.html",
        form=form,
        contract=contract_of(number),
        verdict=verdict,
        columns=pages.RECORD_COLUMNS[:-1],
        rows=[
            (
                row.id,
                pages.record_cells(row, today)[:-1],
                pages.record_note(row, doubts.get(row.id, ())),
            )
            for row in rows
        ],
        waiting=queries.count_waiting(read_session(), contract.id),
        chosen=set(form.records.data or ()),
    ), form.status


@blueprint.route(f"{CASE}/records/<record_id>/decide", methods=["GET", "POST"])
@permits(Permission.DELIVERY_REVIEW)
def decide_record(number: str, record_id: str) -> Answer:
    """One record judged beside its evidence."""
    session, actor = read_session(), current_actor()
    contract = contract_of(number)
    page = queries.get_record(session, contract, record_id)
    verdict = policies.may_accept_service(actor, contract, page.record)
    form = ReviewForm(data={"records": (record_id,)})
    form.offer([page.row])
    rejects = bool(request.form.get(REJECT))
    verb = use_cases.reject_services if rejects else use_cases.accept_services
    answer = attempt_allowed(
        verdict,
        form,
        lambda uow: verb(uow, form.to_command(contract)),
        "这条记录已登记为不予认可。" if rejects else "这条记录已核实，计入完成数量。",
        pages.address_of(number, "review"),
    )
    if answer is not None:
        return answer
    contract = contract_of(number)
    page = queries.get_record(read_session(), contract, record_id)
    return render_template(
        "delivery/decide_record.html",
        form=form,
        contract=contract,
        page=page,
        facts=pages.record_facts(page),
        doubts=queries.doubts_of(read_session(), contract, [record_id]).get(record_id, ()),
        papers=papers_of(
            read_session(), actor, project_id=contract.project_id, subject_ids=[record_id]
        ),
        verdict=verdict,
    ), form.status


@blueprint.route(f"{CASE}/records/<record_id>/withdraw", methods=["GET", "POST"])
@permits(Permission.DELIVERY_RECORD)
def withdraw_record(number: str, record_id: str) -> Answer:
    """Take back a record that nobody has reviewed yet."""
    contract = contract_of(number)
    page = queries.get_record(read_session(), contract, record_id)
    verdict = policies.may_withdraw_service(current_actor(), contract, page.record)
    form = WithdrawForm(version=page.record.version)
    answer = attempt_allowed(
        verdict,
        form,
        lambda uow: use_cases.withdraw_service(uow, form.to_command(page.record)),
        "这条记录已撤回，不计入。",
        pages.address_of(number, "records"),
    )
    if answer is not None:
        return answer
    contract = contract_of(number)
    page = queries.get_record(read_session(), contract, record_id)
    return render_template(
        "delivery/withdraw_record.html",
        form=form,
        contract=contract,
        page=page,
        facts=pages.record_facts(page),
        verdict=verdict,
    ), form.status
