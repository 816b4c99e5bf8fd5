"""The application as the command line runs it: in demo mode with the movable clock and its page."""

from flask import Flask

from procure.app import create_app
from procure.config import Config
from procure.demonstration.accounts import DEMONSTRATION_ACCOUNTS
from procure.demonstration.clock import MovableClock
from procure.demonstration.views import blueprint

DEMO_ACCOUNTS = "PROCURE_DEMO_ACCOUNTS"


def application(config: Config) -> Flask:
    """The application of this configuration; only demo mode gets the demonstration's parts."""
    if not config.is_demo:
        return create_app(config)
    app = create_app(config, clock=MovableClock(), extra=(blueprint,))
    app.config[DEMO_ACCOUNTS] = [
        account.as_entry() for account in DEMONSTRATION_ACCOUNTS if account.listed
    ]
    return app
