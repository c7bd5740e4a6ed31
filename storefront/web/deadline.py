"""A shopper waits three seconds at most, also for a database that takes a question and never answers.

PostgreSQL's own timeouts are kept by PostgreSQL: they don't help where its machine, or the network, stands still.
"""

from time import monotonic
from typing import Any, TypeVar

import psycopg
from flask import Flask, g, has_app_context
from psycopg.abc import PQGen
from sqlalchemy import event

from storefront.database import db

PATIENCE_SECONDS = 2.3
LAST_WORD_SECONDS = 0.3  # a rollback after the deadline still gets so much

T = TypeVar("T")


class DeadlineConnection(psycopg.Connection[Any]):
    """A connection that gives up, and is closed, when the request that it serves has no time left."""

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Run `gen` to its end. Raises psycopg.OperationalError at the deadline."""
        left = _seconds_left()
        limit = timeout if left is None else max(left, LAST_WORD_SECONDS)
        try:
            return super().wait(gen, interval, limit)
        except psycopg.OperationalError:
            if _is_over():
                self.pgconn.finish()  # an answer that still came would be taken for the next question's
            raise


def register(app: Flask) -> None:
    """Give each request of `app` a deadline; commands and workers have none."""
    app.before_request(_start)
    with app.app_context():
        event.listen(db.engine, "do_connect", _connect)


def allow(seconds: float) -> None:
    """Give the request that is served now so many seconds from now on."""
    g.deadline = monotonic() + seconds


def _start() -> None:
    allow(PATIENCE_SECONDS)


def _seconds_left() -> float | None:
    deadline = g.get("deadline") if has_app_context() else None
    return None if deadline is None else deadline - monotonic()


def _is_over() -> bool:
    left = _seconds_left()
    return left is not None and left <= 0


def _connect(_dialect: object, _record: object, args: list[Any], options: dict[str, Any]) -> DeadlineConnection:
    if _is_over():  # the old connection took all the time; a new one would take as much again
        raise psycopg.OperationalError(f"no answer within {PATIENCE_SECONDS} seconds")
    return DeadlineConnection.connect(*args, **options)
