"""The platform's keys, as a view hands them to a use case."""

from flask import current_app

from procure.store.secrets import PlatformKey

EXTENSION = "procure.platform_key"


def platform_key() -> PlatformKey:
    """The keys of this installation."""
    found: PlatformKey = current_app.extensions[EXTENSION]
    return found
