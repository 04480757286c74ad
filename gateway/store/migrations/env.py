"""Alembic's entry: upgrades over the connection, and within the transaction, that `open_store` gives it."""

from alembic import context

from gateway.store.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
