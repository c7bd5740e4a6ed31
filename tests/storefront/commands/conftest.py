"""Running a flask command as a person does, and looking at the database afterwards."""

from collections.abc import Callable, Iterator
from typing import Any, LiteralString

import psycopg
import pytest
from click.testing import Result
from flask import Flask

from storefront import create_app
from storefront.database import db

Run = Callable[..., Result]
Query = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def run(app: Flask) -> Run:
    """Run a flask command on an empty database."""
    return lambda *arguments: app.test_cli_runner().invoke(args=arguments)


@pytest.fixture
def run_in(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a flask command in a shop of its own, with these settings beside those of `app`."""
    assert app

    def run_with(settings: dict[str, str], *arguments: str) -> Result:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        shop = create_app()
        done = shop.test_cli_runner().invoke(args=arguments)
        with shop.app_context():
            db.engine.dispose()
        return done

    return run_with


def lose_the_feed(query: Query) -> None:
    """Let the last news of the feed be of noon, the day before Black Friday 2025."""
    query(
        "INSERT INTO feed_positions (source, topic, partition, next_offset, end_offset, reported_at)"
        " VALUES ('t-0', 'stock', 0, 10, 10, '2025-11-27T12:00:00Z')"
    )


@pytest.fixture
def query(database_url: str) -> Iterator[Query]:
    """Ask or change the database in plain SQL."""
    with psycopg.connect(database_url, autocommit=True) as connection:

        def ask(statement: LiteralString, *values: object) -> list[tuple[Any, ...]]:
            done = connection.execute(statement, values)
            return done.fetchall() if done.description else []

        yield ask
