"""Runs migrations on the connection the hub hands over."""

from alembic import context

from tympan_hub.adapters.sql.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection, target_metadata=metadata, render_as_batch=True, compare_type=True, transactional_ddl=True
)
with context.begin_transaction():
    context.run_migrations()
