"""What a thousand open pages ask for again and again, read from the database together."""

from collections.abc import Callable, Collection, Mapping
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

FRESH_SECONDS = 0.5  # a page asks every two seconds: with both, a change is shown within three
SLOW_FRESH = 1.0  # times as long as a reading took: a slow database is busy with this for half the time at most
WATCHED_SECONDS = 30.0  # a page that is open asks sooner, though of several processes each hears only some of it
MOST_CODES = 5_000  # of one process; so many are read in one statement twice a second
REST_SECONDS = 3.0  # a database that did not answer isn't asked by each page that is open

T = TypeVar("T")


class StillAway(Exception):
    """The database did not answer a moment ago, and wasn't asked again."""


class Watched(Generic[T]):
    """What is known of each code that open pages asked for lately: one reading for all of them, twice a second.

    A page's question in between is a look into a dictionary. A code that nobody asked for lately is read at once.
    Threads may share it.
    """

    def __init__(
        self, read: Callable[[Collection[str]], Mapping[str, T]], clock: Callable[[], float] = monotonic
    ) -> None:
        """`read` must know something of every code."""
        self._read = read
        self._clock = clock
        self._lock = Lock()
        self._known: dict[str, T] = {}
        self._asked: dict[str, float] = {}  # by code, when it was asked for last; the longest ago first
        self._fresh_until = self._rests_until = clock()

    def look(self, codes: Collection[str]) -> Mapping[str, T]:
        """Return what is known of each of `codes`, read half a second ago at most, or as long as the reading took.

        Raises what `read` raises, and StillAway where it has just raised.
        """
        with self._lock:
            now = self._clock()
            if now < self._rests_until:
                raise StillAway
            self._note(codes, now)
            try:
                self._refresh(codes, now)
            except Exception:
                self._rests_until = self._clock() + REST_SECONDS
                raise
            return {code: self._known[code] for code in codes}

    def _note(self, codes: Collection[str], now: float) -> None:
        for code in codes:
            self._asked.pop(code, None)
            self._asked[code] = now

    def _refresh(self, codes: Collection[str], now: float) -> None:
        if now < self._fresh_until:
            unknown = [code for code in codes if code not in self._known]
            if unknown:
                self._known.update(self._read(unknown))
            return
        self._forget(now)
        self._known = dict(self._read([*self._asked]))
        read_at = self._clock()
        self._fresh_until = read_at + max(FRESH_SECONDS, SLOW_FRESH * (read_at - now))

    def _forget(self, now: float) -> None:
        """Forget the codes that nobody asked for lately, and the oldest of those that are too many."""
        too_many = len(self._asked) - MOST_CODES
        for place, (code, at) in enumerate([*self._asked.items()]):
            if place >= too_many and at >= now - WATCHED_SECONDS:
                break
            del self._asked[code]
