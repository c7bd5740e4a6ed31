"""What Flower shows of a task that failed or is tried again: a sentence, and where to go from here."""

import re
from ast import literal_eval
from typing import Any
from urllib.parse import quote

_WITH_SENTENCE = re.compile(r"(BadMessage|UnknownProduct|WorldBroken|Overwhelmed)\((.+)\)", re.DOTALL)
_NEXT_TRY = re.compile(r"Retry\(Retry\(\.\.\.\), (.+), \d+\)", re.DOTALL)  # Celery's own, around why and when
_REPLAY = re.compile(r"replay-\d+-[0-9a-f]{12}")

TRIED_AGAIN = "it is tried again by itself"
SETTLED = "nothing to do: its settle goes on trying, and deals with it once that is over"
TRIED_CAREFULLY = "its settle goes on trying: it applies it, or makes a dead letter of it"
REPLAY_AGAIN = "replay it again once that is over"


def make_readable(task: Any, ops_url: str | None) -> None:
    """Put a sentence in place of what Python wrote into `task.exception`, and as its result an address in /ops."""
    next_try = _NEXT_TRY.fullmatch(task.exception or "")
    failure = _WITH_SENTENCE.fullmatch(next_try[1] if next_try else task.exception or "")
    if not failure:
        return
    kind, sentence = failure[1], literal_eval(failure[2])
    what_now = _what_now(kind, task) if kind in {"WorldBroken", "Overwhelmed"} else None
    task.exception = f"{sentence}; {what_now}" if what_now else sentence
    page = _page(kind, task)
    if ops_url and page:
        task.result = f"{ops_url.rstrip('/')}/{page}"


def _what_now(kind: str, task: Any) -> str | None:
    """Say how it goes on: behind a message of the bridge stands its settle, behind a replay nobody."""
    if task.state != "FAILURE":  # a worker receives the next try at once, and begins it later
        return None if task.state == "SUCCESS" else TRIED_AGAIN
    if _REPLAY.fullmatch(task.uuid):
        return REPLAY_AGAIN
    return SETTLED if kind == "WorldBroken" else TRIED_CAREFULLY


def _page(kind: str, task: Any) -> str | None:
    """Return the page of /ops about it; what the world was in the way of is no letter, unless it was one before."""
    if kind == "UnknownProduct":
        return "unknown"
    if kind == "BadMessage" or _REPLAY.fullmatch(task.uuid):
        return f"letters?name={quote(task.uuid, safe='')}"
    return None
