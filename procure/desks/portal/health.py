"""Whether the platform can do its work: the web server by itself, and what works beside it.

| address | method | endpoint | who |
|---|---|---|---|
| /healthz | GET | health.alive | everybody |
| /readyz | GET | health.ready | everybody |
| /statusz | GET | health.standing | everybody |

A load balancer asks `/readyz`: what one web server needs to answer people, and whether it is about
to stop. Timers and mails are late for all servers alike; taking a server out would not help, so
they have an address of their own. It tells no numbers: how many letters wait, around a deadline,
would tell how many bids came in.
"""

import logging
import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from flask import Blueprint, jsonify, request
from werkzeug.wrappers import Response

from procure.desks.portal.queries import database_time
from procure.desks.reminders.lease import has_failing_job, is_led
from procure.desks.reminders.queries import has_mail_due_before
from procure.kernel.access import Permission
from procure.kernel.clock import SystemClock
from procure.registers.documents.storage import file_store
from procure.registers.installation.belonging import require_own_keys
from procure.registers.installation.queries import recorded_marks
from procure.store.db_errors import in_one_line
from procure.web.access import permits, read_session, request_now, settings, wall_now
from procure.web.connections import DRAINING

blueprint = Blueprint("health", __name__)

CLOCKS_APART = timedelta(seconds=1)
"""How far the database's clock may be from the platform's before deadlines are in doubt."""
MAIL_IS_LATE = timedelta(minutes=10)
"""How long after its time a mail may wait before somebody should look."""

log = logging.getLogger(__name__)


@blueprint.get("/healthz")
@permits(Permission.PUBLIC)
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@permits(Permission.PUBLIC)
def ready() -> tuple[Response, int]:
    """Whether each thing a web server needs is there; 503 when one is not, or when it will stop."""
    if request.environ.get(DRAINING):
        return jsonify(status="draining", checks={}), 503
    return _answer(CHECKS)


@blueprint.get("/statusz")
@permits(Permission.PUBLIC)
def standing() -> tuple[Response, int]:
    """Whether timers run, their jobs succeed and mails go out; 503 when one does not."""
    return _answer(WORK_BESIDE)


def _answer(checks: Mapping[str, Callable[[], bool]]) -> tuple[Response, int]:
    found = {name: _holds(name, check) for name, check in checks.items()}
    status = "ok" if all(found.values()) else "unavailable"
    return jsonify(status=status, checks=found), 200 if status == "ok" else 503


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception as problem:
        log.warning("readiness check %s failed: %s", name, in_one_line(problem))
        return False


def _database() -> bool:
    return database_time(read_session()) is not None


def _clock() -> bool:
    there: datetime = database_time(read_session())
    return abs(SystemClock().now() - there) <= CLOCKS_APART


def _storage() -> bool:
    store = file_store()
    store.require_ours()
    return os.access(store.root, os.W_OK | os.X_OK)


def _keys() -> bool:
    recorded = recorded_marks(read_session())
    assert recorded is not None
    require_own_keys(settings(), recorded)
    return True


def _scheduler() -> bool:
    return is_led(read_session(), wall_now())


def _jobs() -> bool:
    return not has_failing_job(read_session())


def _mail() -> bool:
    return not has_mail_due_before(read_session(), request_now() - MAIL_IS_LATE)


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "storage": _storage,
    "keys": _keys,
    "clock": _clock,
}
"""What a web server needs to answer people."""

WORK_BESIDE: dict[str, Callable[[], bool]] = {
    "scheduler": _scheduler,
    "jobs": _jobs,
    "mail": _mail,
}
"""What other processes do for all web servers."""
