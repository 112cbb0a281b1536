"""Alembic's environment: the connection is handed in by `steward.store.migrate`."""

from __future__ import annotations

from alembic import context

from steward.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    compare_type=True,
    compare_server_default=True,
    user_module_prefix="types.",
)
with context.begin_transaction():
    context.run_migrations()
