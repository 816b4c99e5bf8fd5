"""Whoever runs the platform hears at once when the store of files fails, once a day for each fault,
and when a regular job goes on failing.

The person who met it reads why the step was not done; nobody else would look into the log.
"""

import logging
from collections.abc import Collection
from datetime import datetime

from flask import Flask, Response
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from procure.desks.reminders.letters import put
from procure.desks.reminders.messages import WORDS, letter_to
from procure.desks.reminders.staff import staff
from procure.kernel.access import SYSTEM_ACTOR, Role
from procure.kernel.clock import Clock, local_date
from procure.kernel.errors import DomainError
from procure.registers.documents.events import StoreFaultFound
from procure.registers.documents.storage import StoreFault, file_store
from procure.render.wording import figures, letter
from procure.store.base import db
from procure.store.db_errors import in_one_line
from procure.store.unit_of_work import UnitOfWork
from procure.web.access import CLOCK

KIND = "store_fault"
STORE = "store"
JOB_FAILED = "job_failed"

log = logging.getLogger(__name__)


def tell_faults(app: Flask) -> None:
    """Have every request tell what it met."""

    @app.after_request
    def tell(response: Response) -> Response:
        faults = file_store().take_faults()
        if faults:
            _tell(app, faults)
        return response


def _tell(app: Flask, faults: Collection[tuple[StoreFault, str]]) -> None:
    clock: Clock = app.extensions[CLOCK]
    try:
        with Session(db.engine) as session, UnitOfWork(session, SYSTEM_ACTOR, clock) as uow:
            record_faults(uow, faults)
    except (SQLAlchemyError, DomainError) as problem:
        # Told with the next request that meets it; the log has it already.
        log.error("a fault of the file store could not be told: %s", in_one_line(problem))


def record_faults(uow: UnitOfWork, faults: Collection[tuple[StoreFault, str]]) -> None:
    """Write the faults into the trail and to the system administrators, unless they have heard of
    them today.
    """
    told = staff(uow.session).everywhere(Role.SYSTEM_ADMIN)
    for fault, digest in sorted(faults):
        facts = {
            "fault": figures(WORDS, "fault")[fault],
            "remedy": figures(WORDS, "remedy")[fault],
            "digest": digest,
        }
        title, words = letter("store-fault@1", facts)
        messages = letter_to(
            told,
            (title, words),
            kind=KIND,
            subject_id=digest or STORE,
            occurrence=f"{local_date(uow.now):%Y%m%d}/{fault}",
            path="/desk",
        )
        if put(uow, messages):
            uow.emit(
                StoreFaultFound(
                    subject_id=digest or STORE,
                    fault=fault.value,
                    fault_words=words.partition("。")[0],
                )
            )


def tell_failing(uow: UnitOfWork, job: str, planned_at: datetime, outcome: str) -> None:
    """Tell the system administrators that a job goes on failing; once for each row of failures."""
    messages = letter_to(
        staff(uow.session).everywhere(Role.SYSTEM_ADMIN),
        letter("job-failing@1", {"job": job, "outcome": outcome}),
        kind=JOB_FAILED,
        subject_id=job,
        occurrence=f"{planned_at:%Y%m%d%H%M%S}",
        path="/desk",
    )
    put(uow, messages)
