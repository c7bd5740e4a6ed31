"""How a replay stands that has not closed its letter, by what workers wrote into the letter's row."""

from datetime import datetime
from typing import Literal, NamedTuple

from runtime.text import escaped
from storefront.models import DeadLetter

# A try ends within 25 s (WORKER_TASK_LIMIT), and another one begins within 30 s; the rest is for a queue.
PATIENCE_SECONDS = 90
AGAIN = "replay it again, which never overwrites a newer count"


class Standing(NamedTuple):
    """One word and a sentence. What is `undecided` waits for a person; all else goes on by itself, or has failed."""

    state: Literal["running", "tried again", "failed again", "undecided", "begun"]
    said: str


def standing(letter: DeadLetter, now: datetime) -> Standing:
    """Return how the last replay of `letter` stands that a worker has begun, where it didn't close the letter."""
    if letter.replay_begun_at is not None:
        return _begun(letter, letter.replay_begun_at, now)
    if letter.replay_trouble is not None:
        return _troubled(letter, letter.replay_trouble, now)
    if letter.replay_retries is None:  # a worker of the version before, which doesn't write how it ended
        return Standing("begun", f"not applied so far: {escaped(letter.reason)}")
    return Standing("failed again", escaped(letter.reason))


def last_replay(letter: DeadLetter, now: datetime) -> str | None:
    """Say how the last replay of `letter` stands that didn't close it; None where there is none."""
    if letter.replay_begun_at is None and letter.replay_trouble is None and letter.replay_retries is None:
        return None
    if letter.state == "replayed" and letter.replay_begun_at is None and letter.replay_trouble is None:
        return None
    if letter.closed_at and letter.closed_at >= letter.last_at:
        return None  # it was discarded since
    state, said = standing(letter, now)
    return f"{state}: {said}"


def _begun(letter: DeadLetter, begun_at: datetime, now: datetime) -> Standing:
    before = (
        f" after {_times(letter.replay_retries)}, the last: {letter.replay_trouble}" if letter.replay_trouble else ""
    )
    begun = f"begun at {_time(begun_at)}{before}"
    if _is_recent(begun_at, now):
        return Standing("running", begun)
    return Standing(
        "undecided", f"{begun}; it never said how it ended: its worker ended, or the database was away; {AGAIN}"
    )


def _troubled(letter: DeadLetter, trouble: str, now: datetime) -> Standing:
    tried = f"{_times((letter.replay_retries or 0) + 1)} in vain, the last at {_time(letter.last_at)}: {trouble}"
    if _is_recent(letter.last_at, now):
        return Standing("tried again", tried)
    return Standing("undecided", f"{tried}; no worker has gone on since; mend that, then {AGAIN}")


def _is_recent(moment: datetime, now: datetime) -> bool:
    return (now - moment).total_seconds() < PATIENCE_SECONDS


def _times(number: int | None) -> str:
    return "1 try" if number == 1 else f"{number} tries"


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
