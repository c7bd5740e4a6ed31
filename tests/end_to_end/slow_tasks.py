"""Tasks for a worker's `--include`: what a business rule might do one day."""

import re
import time

from celery import shared_task


@shared_task(name="tests.nap")
def nap(seconds: float) -> None:
    """Take a while, or hang."""
    time.sleep(seconds)


@shared_task(name="tests.ponder")
def ponder() -> None:
    """Run a regular expression that never ends, and that never lets another thread run."""
    re.match("(a+)+$", "a" * 60 + "!")
