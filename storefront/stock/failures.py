"""Two kinds of failure: the message is wrong (never retried), or the world is broken (tried again)."""

import logging
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

log = logging.getLogger(__name__)

LOOK_SECONDS = 5.0  # a look into 500 messages takes milliseconds


class WorldBroken(Exception):
    """The database, or the machine, can't do its part now; the same task may succeed later."""


class Overwhelmed(WorldBroken):
    """Looking into a message took more time or memory than there is: the machine's fault, or the message's."""


class told_apart:  # noqa: N801  (used like a function)
    """Let only BadMessage and WorldBroken out of the block: every other error is one of the two, in one sentence.

    A BadMessage that names no product is about `product_code`. A class: @contextmanager takes three times as long,
    twice for each message.
    """

    __slots__ = ("_product_code",)

    def __init__(self, product_code: str | None = None) -> None:
        self._product_code = product_code

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        """Raise what `error` means. Raises BadMessage or WorldBroken."""
        if error is None or isinstance(error, WorldBroken):
            return
        if isinstance(error, BadMessage):
            error.product_code = error.product_code or self._product_code
        elif isinstance(error, Exception):
            raise _told(error, self._product_code) from error


def _told(error: Exception, product_code: str | None) -> BadMessage | WorldBroken:
    """Return which of the two `error` is."""
    if isinstance(error, SQLAlchemyError):
        if blames_message(error):
            return BadMessage(f"the database refuses the update: {first_line(error)}", product_code=product_code)
        return WorldBroken(f"the database can't take it now: {first_line(error)}")
    shown = f"{type(error).__name__}: {shortened(str(error), 200)}"
    if isinstance(error, (SoftTimeLimitExceeded, MemoryError)):
        return Overwhelmed(shown)
    if isinstance(error, OSError):
        return WorldBroken(shown)
    # Here, because a settle goes on with the next message: nobody else will ever show where it was.
    log.error("our own code fails on a message, %s", shown, exc_info=error)
    return BadMessage(f"our own code fails on it, {shown}; mend it, then replay", product_code=product_code)


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
