"""What a command says when the database can't be used: one sentence and exit code 1, never a traceback."""

from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import SQLAlchemyError

from storefront.database import cause, first_line

UNDEFINED_TABLE, UNDEFINED_COLUMN = "42P01", "42703"

# A refused session carries no SQLSTATE, only the server's words.
REFUSALS = ("password authentication failed", "no password supplied", "no pg_hba.conf entry", "does not exist")


class ShopCommand(click.Command):
    """A command that ends with one sentence where the database is away, unmigrated or refuses."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises click.ClickException instead of an error of the database."""
        try:
            return super().invoke(ctx)
        except SQLAlchemyError as error:
            raise click.ClickException(sentence(error)) from None


class ShopGroup(AppGroup):
    """A group of such commands, each run in the application's context."""

    command_class = ShopCommand


def sentence(error: SQLAlchemyError) -> str:
    """Say what is wrong with the database and what to do about it."""
    if getattr(cause(error), "sqlstate", None) in {UNDEFINED_TABLE, UNDEFINED_COLUMN}:
        return "the database has not the tables of this version; run `flask --app wsgi db upgrade` first"
    why = first_line(error)
    if any(words in why for words in REFUSALS):
        return f"PostgreSQL refuses us: {why}; look at the user, password and database's name in DATABASE_URL"
    return (
        f"the database can't be used: {why}; "
        "check that PostgreSQL runs and that DATABASE_URL names it, then run this again"
    )
