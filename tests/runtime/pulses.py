"""Pulses to judge: each healthy, but for what a test says."""

import os
import time
from typing import Any

from runtime.pulse import Pulse


def pulse(**differences: Any) -> Pulse:
    """Return the pulse of this process as a worker that is idle, with `differences`."""
    healthy = Pulse(
        process="worker",
        pid=os.getpid(),
        written_at=time.time(),
        state="working",
        still_seconds=0,
        idle_seconds=0,
        task="",
        task_seconds=0,
        task_limit=25,
    )
    return healthy._replace(**differences)
