"""Runs the migrations in order on the connection the command hands over."""

from alembic import context

from procure.store.migrate import run_on_connection

run_on_connection(context)
