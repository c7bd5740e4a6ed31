"""Every command says one sentence where the database can't be used."""

import psycopg
import pytest
from sqlalchemy import exc
from sqlalchemy.engine import make_url

from storefront.commands.errors import sentence
from tests.storefront.commands.conftest import Query, Run

COMMANDS = [
    ("seed",),
    ("products", "list"),
    ("products", "list", "--json"),
    ("products", "show", "A"),
    ("products", "add", "A", "Mug", "3"),
    ("products", "activate", "A"),
    ("products", "deactivate", "A"),
    ("dead-letters", "list"),
    ("dead-letters", "list", "--json"),
    ("dead-letters", "show", "1"),
    ("dead-letters", "discard", "1", "--because", "junk"),
    ("dead-letters", "purge", "--older-than", "1"),
    ("dead-letters", "replay", "1"),
    ("products", "unknown"),
    ("products", "purge-unknown", "--older-than", "1"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_that_is_away_is_one_sentence(run_in: Run, command: tuple[str, ...]) -> None:
    done = run_in({"DATABASE_URL": "postgresql://shop:top-secret@127.0.0.1:1/shop"}, *command)
    assert done.exit_code == 1
    assert done.output.startswith("Error: the database can't be used: ")
    assert "Connection refused" in done.output
    assert "DATABASE_URL" in done.output
    assert "top-secret" not in done.output
    assert done.output.count("\n") == 1


@pytest.mark.parametrize("part", ["user", "database"])
def test_a_session_that_postgresql_refuses_is_no_question_of_whether_it_runs(
    run_in: Run, database_url: str, part: str
) -> None:
    url = make_url(database_url)
    wrong = url.set(username="nobody-here") if part == "user" else url.set(database="nothing-here")
    done = run_in({"DATABASE_URL": wrong.render_as_string(hide_password=False)}, "products", "list")
    assert done.exit_code == 1
    assert done.output.startswith("Error: PostgreSQL refuses us: ")
    assert done.output.endswith("look at the user, password and database's name in DATABASE_URL\n")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_database_without_tables_is_one_sentence(
    run_in: Run, query: Query, database_url: str, command: tuple[str, ...]
) -> None:
    query("DROP DATABASE IF EXISTS without_tables")
    query("CREATE DATABASE without_tables")
    done = run_in({"DATABASE_URL": database_url.rpartition("/")[0] + "/without_tables"}, *command)
    assert done.exit_code == 1
    assert done.output == (
        "Error: the database has not the tables of this version; run `flask --app wsgi db upgrade` first\n"
    )


@pytest.mark.parametrize(
    "error",
    [
        exc.OperationalError("SELECT 1", None, psycopg.OperationalError("gone\n\tIs the server running?")),
        exc.InterfaceError("SELECT 1", None, psycopg.InterfaceError("gone")),
        exc.OperationalError("SELECT 1", None, psycopg.OperationalError("")),
        exc.TimeoutError("no connection within 2 s"),
    ],
)
def test_no_sentence_shows_a_statement_or_a_second_line(error: exc.SQLAlchemyError) -> None:
    assert "\n" not in sentence(error)
    assert "SELECT" not in sentence(error)
