"""Alembic's revisions; run by `steward.store.migrate`, never by hand."""
