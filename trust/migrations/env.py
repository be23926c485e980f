"""Read by Alembic before each of its commands: runs them on the connection that `settings` was given."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
