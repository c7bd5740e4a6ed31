"""`python -m runtime.health worker` (or `bridge`): is it well? One sentence, and exit code 0 for yes, 1 for no.

Reads PULSE_FILE, and asks REDIS_URL for the queue only where a worker that does nothing makes that worth it. It runs
every few seconds beside each process, so it imports next to nothing.
"""

import os
import sys
import time
from collections.abc import Callable

from runtime.names import QUEUE
from runtime.pulse import STOPPED, Pulse

STILL = 30  # seconds
LOOKS = 4  # a second apart, before a worker is called idle in vain: a task, or Redis, may have come this very moment

USUAL_REDIS = "redis://localhost:6379/0"

Judgement = tuple[bool, str]


class BadRedisUrl(Exception):
    """REDIS_URL is no address of a Redis; what was expected instead."""


def main(arguments: list[str]) -> int:
    """Print how the process does that `arguments` name; return the exit code."""
    if len(arguments) != 1 or arguments[0] not in JUDGES:
        sys.stdout.write("usage: python -m runtime.health worker|bridge\n")
        return 2
    well, sentence = check(arguments[0], os.environ.get("PULSE_FILE", ""))
    sys.stdout.write(f"{sentence}\n")
    return 0 if well else 1


def check(process: str, path: str) -> Judgement:
    """Judge the worker or bridge that writes its pulse to `path`."""
    if not path:
        example = f"Example: PULSE_FILE=/tmp/{process}.pulse"
        return False, f"PULSE_FILE is not set; expected the path that the {process} got. {example}"
    try:
        pulse = Pulse.read(path)
        return _is_dead(process, path, pulse) or JUDGES[process](pulse, lambda: Pulse.read(path), _queue_length)
    except FileNotFoundError:
        return False, f"there is no file {path}: the {process} never started, or it has another PULSE_FILE"
    except (OSError, ValueError) as error:
        return False, f"{path} can't be read as a pulse: {error}"


def _is_dead(process: str, path: str, pulse: Pulse) -> Judgement | None:
    if pulse.process != process:
        return False, f"{path} is the pulse of a {pulse.process}; give each process a PULSE_FILE of its own"
    if not pulse.lives:
        return False, f"the {process} is gone: there is no process {pulse.pid} any more"
    if not pulse.is_fresh:
        wrote = f"process {pulse.pid} writes {path} each second, but last did so {pulse.age:.0f} s ago"
        return False, f"the {process} stands still: {wrote}"
    return None


def judge_bridge(pulse: Pulse, *_: object) -> Judgement:
    """Judge a bridge that lives. One that waits is well: a restart would not bring what it waits for."""
    if pulse.still_seconds >= STILL:
        return (
            False,
            f"the bridge's loop has not turned for {pulse.still_seconds:.0f} s; before that it was {pulse.state}",
        )
    if pulse.state.startswith(STOPPED):
        return False, f"the bridge has {pulse.state}; its log says what to do"
    return True, f"the bridge is {pulse.state}"


def judge_worker(pulse: Pulse, again: Callable[[], Pulse], queue_length: Callable[[], int]) -> Judgement:
    """Judge a worker that lives. `again` reads its pulse anew.

    `queue_length` raises OSError where Redis is away, BadRedisUrl where it can't be asked.
    """
    if pulse.task:
        works = f"the worker has worked on {pulse.task} for {pulse.task_seconds:.0f} s"
        if 0 < pulse.task_limit <= pulse.task_seconds:
            return False, f"{works}; its limit is {pulse.task_limit:g} s"
        return True, works
    if pulse.state != "working" or max(pulse.still_seconds, pulse.idle_seconds) < STILL:
        return True, f"the worker is {pulse.state}"
    try:
        return _judge_idle(pulse, again, queue_length)
    except OSError as error:
        return True, f"the worker is waiting for Redis: {error}"
    except BadRedisUrl as error:
        return False, f"REDIS_URL is (not shown); expected {error}. Example: REDIS_URL={USUAL_REDIS}"


def _judge_idle(pulse: Pulse, again: Callable[[], Pulse], queue_length: Callable[[], int]) -> Judgement:
    for look in range(LOOKS):
        if look:
            time.sleep(1)
            pulse = again()
        queued = queue_length()
        if pulse.still_seconds < STILL and not queued:
            return True, f"the worker is idle, for {pulse.idle_seconds:.0f} s now; the queue is empty"
        if pulse.still_seconds < STILL and pulse.idle_seconds < STILL:
            return True, "the worker is working"
    if pulse.still_seconds < STILL:
        return False, f"the worker has taken no task for {pulse.idle_seconds:.0f} s, and {queued} wait in the queue"
    stands = f"the worker's loop has not turned for {pulse.still_seconds:.0f} s, and Redis answers"
    return False, f"{stands}; {queued} tasks wait in the queue"


def _queue_length() -> int:
    from redis import Redis, RedisError  # noqa: PLC0415  (five times as dear as all the rest)
    from redis.backoff import NoBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    from runtime import redis_url  # noqa: PLC0415

    try:
        url = redis_url.checked(os.environ.get("REDIS_URL") or USUAL_REDIS)
        with Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
            return int(client.llen(QUEUE))
    except ValueError as error:
        raise BadRedisUrl(str(error)) from error
    except RedisError as error:
        raise OSError(str(error)) from error


JUDGES: dict[str, Callable[..., Judgement]] = {"worker": judge_worker, "bridge": judge_bridge}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
