"""How Alembic runs a migration: on the connection that :mod:`mgg_kernel.hot.schema` hands it."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
