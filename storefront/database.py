"""The database's engine, how long its sessions may wait, and what its errors mean."""

import select
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import psycopg
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, MetaData, event
from sqlalchemy.exc import DataError, DBAPIError, DisconnectionError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import Pool

from runtime.text import shortened

LOCK_TIMEOUT_MS = 2_000
STATEMENT_TIMEOUT_MS = 10_000

# A process that waits for the database stands still: a `solo` worker settles nothing, a shopper sees nothing.
ENGINE_OPTIONS: dict[str, Any] = {
    "pool_size": 5,
    "pool_timeout": 2,  # seconds
    "connect_args": {
        "connect_timeout": 2,  # seconds, for each address of the host; libpq takes no less
        "keepalives_idle": 5,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,  # ms until bytes that nobody acknowledges end the connection
        "options": f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS} -c timezone=UTC"
        " -c synchronous_commit=on"  # a settle's answer is a promise
        " -c jit=off",  # to compile a statement takes longer than any of ours
    },
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html: class 22 data exception, 23 integrity violation.
MESSAGE_SQLSTATE_CLASSES = {"22", "23"}


class Base(DeclarativeBase):
    """Base of the models; constraints get names that a migration can refer to."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


def reading() -> Session:
    """Return a session for questions of one statement each: no BEGIN and no ROLLBACK have to be waited for."""
    return Session(autocommit(db.engine))


@lru_cache(maxsize=1)
def autocommit(engine: Engine) -> Engine:
    """Return `engine` with each statement a transaction of its own."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


@event.listens_for(Pool, "checkout")
def _replace_if_dead(connection: psycopg.Connection, _record: object, _proxy: object) -> None:
    """Have the pool connect anew where the server has ended a connection: no shopper shall see an error for that.

    It says so unasked: there is something to read then. To ask, as `pool_pre_ping` does, takes as long as a page's own
    question.
    """
    if connection.closed or _has_something_to_say(connection.fileno()):
        raise DisconnectionError("the server has ended it")


def _has_something_to_say(socket: int) -> bool:
    watched = select.poll()  # takes any number, other than select.select
    watched.register(socket, select.POLLIN)
    return bool(watched.poll(0))


if TYPE_CHECKING:
    Model = Base  # mypy can't see through the class that Flask-SQLAlchemy makes of it
else:
    Model = db.Model


def cause(error: SQLAlchemyError) -> BaseException:
    """Return the driver's own error where there is one: it names neither the statement nor its values."""
    return (error.orig if isinstance(error, DBAPIError) else None) or error


def first_line(error: SQLAlchemyError) -> str:
    """Return what the database or its driver says is wrong, at most 200 characters of it."""
    why = cause(error)
    return shortened(str(why).strip().partition("\n")[0] or type(why).__name__, 200)


def blames_message(error: SQLAlchemyError) -> bool:
    """Whether `error` is about the data we sent; anything else, a lost connection too, is the world's fault."""
    if isinstance(error, DataError):
        return True  # class 22, or psycopg itself would not send it: it has no SQLSTATE then
    return (getattr(cause(error), "sqlstate", None) or "")[:2] in MESSAGE_SQLSTATE_CLASSES
