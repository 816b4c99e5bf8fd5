"""`create_app(config)`: the only place that builds the Flask application."""

import logging
from collections.abc import Sequence

from flask import Blueprint, Flask, g
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager
from flask_wtf import CSRFProtect
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from procure import wiring
from procure.config import CHECKOUT, Config, UnsafeConfiguration
from procure.kernel.clock import Clock, SystemClock
from procure.registers.accounts import queries as accounts
from procure.registers.documents.staging import DocumentStaging
from procure.registers.installation.belonging import NOT_CREATED, claim, require_own
from procure.registers.installation.models import Marks
from procure.registers.installation.queries import recorded_marks
from procure.store import migrate
from procure.store.base import db, install
from procure.store.safety import unsafe_settings
from procure.store.secrets import PlatformKey
from procure.web import access, drafting, errors, filters, forms, security
from procure.web.access import CONFIG
from procure.web.routing import LateRule
from procure.web.styleguide import styleguide_blueprint

PLATFORM_KEY = "procure.platform_key"

SERVER_OPTIONS = {
    "connect_args": {
        "connect_timeout": 5,
        "options": "-c lock_timeout=14s -c random_page_cost=1.1",
    },
}
"""A server that does not answer, or a lock that is not let go, must not hold up every other page.

The locks' patience is a second less than what a closing waits for. A page out of order costs hardly
more than the next one where disks do not turn and the index is in memory; told otherwise, the planner
reads all notices for a common word instead of its index (172 ms against 12, by bench.search).
"""

log = logging.getLogger("procure")


def create_app(
    config: Config, *, clock: Clock | None = None, extra: Sequence[Blueprint] = ()
) -> Flask:
    """Build the application for a configuration.

    `clock` and `extra` are the demonstration's. Raises UnsafeConfiguration when the database is not
    at the newest schema, does not keep its promises, or belongs to other keys or files.
    """
    app = Flask(
        "procure",
        template_folder=str(CHECKOUT / "templates"),
        static_folder=str(CHECKOUT / "static"),
    )
    app.url_rule_class = LateRule
    app.extensions[CONFIG] = config
    app.extensions[PLATFORM_KEY] = PlatformKey(config.secret_dir)
    app.extensions[access.CLOCK] = clock or SystemClock()
    app.extensions[access.WALL_CLOCK] = (clock if config.testing else None) or SystemClock()
    app.config.update(
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={} if config.is_sqlite else SERVER_OPTIONS,
        BOOTSTRAP_SERVE_LOCAL=True,
        TESTING=config.testing,
    )
    security.init_app(app, config)
    db.init_app(app)
    with app.app_context():
        install(db.engine)
        try:
            _check_database(config)
            marks = _own_marks(config, app.extensions[access.CLOCK])
        except UnsafeConfiguration:
            db.engine.dispose()
            raise
    Bootstrap5(app)
    CSRFProtect(app)
    _sign_in(app)
    drafting.init_app(app)
    app.before_request(access.guard)
    filters.init_app(app, now=access.request_now)
    app.jinja_env.globals["support_contact"] = config.support_contact
    forms.init_app(
        app,
        staging=DocumentStaging(config, mark=marks.store, clock=clock),
        owner=_upload_owner,
        visits=lambda: not access.current_actor().is_signed_in,
    )
    errors.init_app(app)
    wiring.connect(app)
    for blueprint in extra:
        app.register_blueprint(blueprint)
    if config.is_demo:
        app.register_blueprint(styleguide_blueprint(), url_prefix="/styleguide")
    access.check_endpoints(app)
    return app


def _own_marks(config: Config, clock: Clock) -> Marks:
    """What keys and files of this database carry, as those at hand do; the demonstration and tests
    make theirs at the first start.
    """
    with Session(db.engine) as session:
        recorded = recorded_marks(session)
        if recorded is None and (config.is_demo or config.testing):
            recorded = claim(session, config, clock, wiring.WRAPPED)
    if recorded is None:
        raise UnsafeConfiguration(NOT_CREATED)
    require_own(config, recorded)
    return recorded


def _check_database(config: Config) -> None:
    require_newest(db.engine)
    if not config.testing and (config.is_sqlite or not config.is_demo):
        problems = unsafe_settings(db.engine)
        if problems:
            raise UnsafeConfiguration("".join(problems))


def require_newest(engine: Engine) -> None:
    """Raise UnsafeConfiguration for a database that is empty or not at the newest schema."""
    standing = migrate.current(engine)
    if standing is None:
        shown = engine.url.render_as_string(hide_password=True)
        raise UnsafeConfiguration(
            f"PROCURE_DATABASE_URL 指向的数据库 {shown} 是空的。请核对有没有写错；"
            "新装的平台，请先运行 procure db upgrade。"
        )
    if standing != migrate.newest():
        raise UnsafeConfiguration("数据库结构不是最新版本，请先运行 procure db upgrade 再启动。")


def _sign_in(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None
    manager.user_loader(_signed_in)


def _signed_in(secret: str) -> accounts.SignedIn | None:
    return accounts.find_signed_in(
        access.read_session(), secret, access.wall_now(), access.request_now()
    )


def _upload_owner() -> str:
    return access.current_actor().user_id or g.get("request_id", "visitor")
