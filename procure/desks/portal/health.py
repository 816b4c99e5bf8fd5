"""Whether the platform can do its work: database, storage, keys, clocks, scheduler.

| address | method | endpoint | who |
|---|---|---|---|
| /healthz | GET | health.alive | everybody |
| /readyz | GET | health.ready | everybody |
"""

import logging
import os
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, current_app, jsonify
from werkzeug.wrappers import Response

from procure.desks.portal.queries import database_time
from procure.desks.reminders.lease import leads_until
from procure.kernel.access import Permission
from procure.kernel.clock import SystemClock
from procure.registers.documents.storage import file_store
from procure.registers.installation.belonging import require_own
from procure.registers.installation.queries import recorded_marks
from procure.web.access import permits, read_session, wall_now

CONFIG = "procure.config"

blueprint = Blueprint("health", __name__)

CLOCKS_APART = timedelta(seconds=1)
"""How far the database's clock may be from the platform's before deadlines are in doubt."""

log = logging.getLogger(__name__)


@blueprint.get("/healthz")
@permits(Permission.PUBLIC)
def alive() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@permits(Permission.PUBLIC)
def ready() -> tuple[Response, int]:
    """Whether each thing the platform needs is there; 503 when one is not."""
    found = {name: _holds(name, check) for name, check in CHECKS.items()}
    status = "ok" if all(found.values()) else "unavailable"
    return jsonify(status=status, checks=found), 200 if status == "ok" else 503


def _holds(name: str, check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        log.exception("readiness check %s failed", name)
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
    require_own(current_app.extensions[CONFIG], recorded)
    return True


def _scheduler() -> bool:
    until = leads_until(read_session())
    return until is not None and wall_now() < until


CHECKS: dict[str, Callable[[], bool]] = {
    "database": _database,
    "storage": _storage,
    "keys": _keys,
    "clock": _clock,
    "scheduler": _scheduler,
}
