"""Two kinds of failure: the message is wrong (never retried), or the world is broken (tried again)."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from billiard.exceptions import SoftTimeLimitExceeded
from sqlalchemy.exc import SQLAlchemyError

from runtime.text import shortened
from storefront.database import blames_message, first_line
from storefront.stock.message import BadMessage

LOOK_SECONDS = 5.0  # a look into 500 messages takes milliseconds


class WorldBroken(Exception):
    """The database, or the machine, can't do its part now; the same task may succeed later."""


class Overwhelmed(WorldBroken):
    """Looking into a message took more time or memory than there is: the machine's fault, or the message's."""


@contextmanager
def told_apart(product_code: str | None = None) -> Iterator[None]:
    """Let only BadMessage and WorldBroken out: every other error is one of the two, in one sentence.

    A BadMessage that names no product is about `product_code`.
    """
    try:
        yield
    except BadMessage as bad:
        bad.product_code = bad.product_code or product_code
        raise
    except WorldBroken:
        raise
    except SQLAlchemyError as error:
        if blames_message(error):
            raise BadMessage(
                f"the database refuses the update: {first_line(error)}", product_code=product_code
            ) from error
        raise WorldBroken(f"the database can't take it now: {first_line(error)}") from error
    except (SoftTimeLimitExceeded, MemoryError) as error:
        raise Overwhelmed(f"{type(error).__name__}: {shortened(str(error), 200)}") from error
    except OSError as error:
        raise WorldBroken(f"{type(error).__name__}: {shortened(str(error), 200)}") from error
    except Exception as bug:
        raise BadMessage(
            f"our own code fails on it, {type(bug).__name__}: {shortened(str(bug), 200)}; mend it, then replay",
            product_code=product_code,
        ) from bug


@contextmanager
def time_limit() -> Iterator[None]:
    """Raise Overwhelmed in the block after five seconds; in the main thread alone, where Python hears of alarms.

    It ends a rule that loops or waits. C code that keeps the interpreter to itself is left to the worker's watchdog.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _raise_overwhelmed)
    signal.setitimer(signal.ITIMER_REAL, LOOK_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _raise_overwhelmed(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Overwhelmed(f"a look into it takes longer than {LOOK_SECONDS:g} s")
