"""`python -m chaos.broken.shifted_worker …`: Celery with a clock that is CLOCK_SHIFT seconds off."""

import datetime as dt
import os
import time
from typing import Any

import psycopg  # noqa: F401  (its C code wants the real clock's class)

SHIFT = float(os.environ["CLOCK_SHIFT"])

_time = time.time
_datetime = dt.datetime


class _Lookalike(type):
    """What C code made with the real class counts as one of ours."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _datetime)


class _ShiftedDatetime(_datetime, metaclass=_Lookalike):
    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> Any:
        return _datetime.now(tz) + dt.timedelta(seconds=SHIFT)


time.time = lambda: _time() + SHIFT
dt.datetime = _ShiftedDatetime  # type: ignore[misc]

from celery.__main__ import main  # noqa: E402  (all that it imports shall find the shifted clock)

main()
