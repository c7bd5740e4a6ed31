"""Tasks for a worker's `--include`: what a business rule might do one day."""

import re
import time
from typing import Any

from celery import shared_task
from celery.signals import worker_ready

consumers: list[Any] = []


@shared_task(name="tests.nap")
def nap(seconds: float) -> None:
    """Take a while, or hang."""
    time.sleep(seconds)


@shared_task(name="tests.ponder")
def ponder() -> None:
    """Run a regular expression that never ends, and that never lets another thread run."""
    re.match("(a+)+$", "a" * 60 + "!")


@worker_ready.connect
def _remember_consumer(sender: Any, **_: Any) -> None:
    consumers.append(sender)


@shared_task(name="tests.count_acknowledged")
def count_acknowledged() -> int:
    """Return how many acknowledged tasks kombu still has in its memory."""
    return len(consumers[-1].task_consumer.channel.qos._dirty)
