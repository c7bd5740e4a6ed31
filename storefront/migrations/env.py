"""How Alembic reaches the shop's database; run by `flask --app wsgi db …`."""

from alembic import context
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

db = current_app.extensions["migrate"].db


def migrate() -> None:
    """Run the migrations in one transaction; two that start at once go one after the other."""
    with db.engine.connect() as connection:
        context.configure(connection=connection, target_metadata=db.metadata)
        with context.begin_transaction():
            connection.execute(text("SET LOCAL statement_timeout = 0"))  # a migration may take its time
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('storefront migrations'))"))
            context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("migrations run on a database; `--sql` is not supported")
try:
    migrate()
except OperationalError as error:
    raise SystemExit(f"the database can't be migrated now: {error.orig}") from None
