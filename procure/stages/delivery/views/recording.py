"""Entering a service, and reviewing what was entered."""

from collections.abc import Callable, Sequence

from flask import request

from procure.kernel.access import Permission
from procure.kernel.clock import local_date
from procure.kernel.errors import Verdict
from procure.registers.documents.queries import papers_of
from procure.stages.contracts.models import Contract
from procure.stages.contracts.queries import targets_of
from procure.stages.delivery import pages, policies, queries
from procure.stages.delivery.forms import RecordForm, ReviewForm, WithdrawForm
from procure.stages.delivery.queries import RecordRow
from procure.stages.delivery.use_cases import record as services
from procure.stages.delivery.views.blueprint import CASE, blueprint, contract_of
from procure.web.access import current_actor, read_session, request_now
from procure.web.columns import on_page
from procure.web.steps import Step, step

REJECT = "reject"


@step(blueprint, f"{CASE}/records/new", Permission.DELIVERY_RECORD, "delivery/new_record.html")
def new_record(number: str) -> Step[object]:
    """Enter a service given."""
    session, contract, form = read_session(), contract_of(number), RecordForm()
    staff = [row.member for row in queries.staff_of(session, contract.id)]
    recipients = queries.recipients_on(session, contract.id)
    form.offer(contract, targets_of(session, contract.id), staff, recipients, request_now())
    return Step(
        form=form,
        verdict=policies.may_record_service(current_actor(), contract),
        act=form.act(
            services.record_service,
            contract.id,
            target_id=form.target,
            staff_id=form.staff,
            started_minute=form.started,
            ended_minute=form.ended,
            recipient_id=form.recipient,
        ),
        done="服务记录已登记，等待采购人核实。",
        back=pages.address_of(number, "records"),
        shows=lambda: {
            "contract": contract,
            "has_staff": bool(staff),
            "has_recipients": bool(recipients),
        },
    )


@step(blueprint, f"{CASE}/review", Permission.DELIVERY_REVIEW, "delivery/review.html")
def review(number: str) -> Step[object]:
    """The records that wait, several judged at once."""
    contract, form = contract_of(number), ReviewForm()
    rows = queries.waiting_records(read_session(), contract.id, services.MOST_REVIEWED)
    form.offer(rows)
    verdict = policies.may_review_services(current_actor(), contract)
    return _judged(form, contract, verdict, "所选记录", lambda: _waiting(contract, rows))


def _waiting(contract: Contract, rows: Sequence[RecordRow]) -> dict[str, object]:
    """The records that wait, with what is doubtful about each."""
    session, today = read_session(), local_date(request_now())
    doubts = queries.doubts_of(session, contract, [row.id for row in rows])
    columns = [col for col in pages.record_columns(today) if on_page(col) and col.key != "state"]
    return {
        "contract": contract,
        "columns": [column.head for column in columns],
        "rows": [
            ([column.of(row) for column in columns], pages.record_note(row, doubts.get(row.id, ())))
            for row in rows
        ],
        "waiting": queries.count_waiting(session, contract.id),
    }


@step(
    blueprint,
    f"{CASE}/records/<record_id>/decide",
    Permission.DELIVERY_REVIEW,
    "delivery/decide_record.html",
)
def decide_record(number: str, record_id: str) -> Step[object]:
    """One record judged beside its evidence."""
    session, actor, contract = read_session(), current_actor(), contract_of(number)
    dossier = queries.get_record(session, contract, record_id)
    form = ReviewForm(data={"records": (record_id,)})
    form.offer([dossier.row])
    return _judged(
        form,
        contract,
        policies.may_accept_service(actor, contract, dossier.record),
        "这条记录",
        lambda: {
            "contract": contract,
            "page": dossier,
            "facts": pages.record_facts(dossier),
            "doubts": queries.doubts_of(session, contract, [record_id]).get(record_id, ()),
            "papers": papers_of(
                session, actor, project_id=contract.project_id, subject_ids=[record_id]
            ),
        },
    )


def _judged(
    form: ReviewForm,
    contract: Contract,
    verdict: Verdict,
    what: str,
    shows: Callable[[], dict[str, object]],
) -> Step[object]:
    """Records accepted, or rejected where that button was pressed."""
    rejects = bool(request.form.get(REJECT))
    verb = services.reject_services if rejects else services.accept_services
    return Step(
        form=form,
        verdict=verdict,
        act=form.act(verb, contract.id, record_ids=form.records),
        done=f"{what}已登记为不予认可。" if rejects else f"{what}已核实，计入完成数量。",
        back=pages.address_of(contract.project.number, "review"),
        shows=shows,
    )


@step(
    blueprint,
    f"{CASE}/records/<record_id>/withdraw",
    Permission.DELIVERY_RECORD,
    "delivery/withdraw_record.html",
)
def withdraw_record(number: str, record_id: str) -> Step[object]:
    """Take back a record that nobody has reviewed yet."""
    contract = contract_of(number)
    dossier = queries.get_record(read_session(), contract, record_id)
    form = WithdrawForm(version=dossier.record.version)
    return Step(
        form=form,
        verdict=policies.may_withdraw_service(current_actor(), contract, dossier.record),
        act=form.act(services.withdraw_service, dossier.record.id),
        done="这条记录已撤回，不计入。",
        back=pages.address_of(number, "records"),
        shows=lambda: {"contract": contract, "page": dossier, "facts": pages.record_facts(dossier)},
    )
