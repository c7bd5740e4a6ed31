"""The tracebacks of failed tasks: none for a failure that its sentence explains, a cheap one for any other.

Celery writes one out for every failed task and keeps a copy of its frames: three quarters of what a bad message took.
"""

from collections.abc import Callable, Iterator
from itertools import repeat
from types import CodeType
from typing import Any, NoReturn

from billiard.einfo import Traceback

_UNKNOWN = (None, None, None, None)


def raise_plainly(foreseen: Exception) -> NoReturn:
    """Raise `foreseen` without where it came from; one that another error caused keeps both, for who mends that."""
    if foreseen.__cause__ is not None:
        raise foreseen
    raise foreseen.with_traceback(None) from None


class PlainCode(Traceback.Frame.Code):  # type: ignore[misc]  # billiard carries no types
    """billiard's copy of a frame's code, without the line and column of each of its instructions.

    billiard 4.3 lists thousands of them for Celery's own functions, which are in every traceback.
    """

    def __init__(self, code: CodeType) -> None:
        self.co_filename = code.co_filename
        self.co_name = code.co_name
        self.co_qualname = code.co_qualname
        self.co_firstlineno = code.co_firstlineno

    def __reduce__(self) -> tuple[Any, ...]:
        return object.__new__, (PlainCode,), self.__dict__

    @property
    def co_positions(self) -> Callable[[], Iterator[tuple[None, ...]]]:
        """As a code object has it: nothing is known of any instruction."""
        return lambda: repeat(_UNKNOWN)


def copy_plainly() -> None:
    """Have billiard copy frames in that way; to be called once."""
    Traceback.Frame.Code = PlainCode
