"""A bridge that is killed when Redis has just taken its tasks: nothing is noted, heard or committed any more."""

import os
import random
import signal
from collections.abc import Iterable

import bridge.__main__ as program
from bridge.publisher import Publisher, Task

LONGEST_LIFE = 20  # publishes


class DyingPublisher(Publisher):
    """Publishes so many times, each life at random, then no more."""

    def __init__(self, redis_url: str) -> None:
        super().__init__(redis_url)
        self._left = random.randint(1, LONGEST_LIFE)

    def publish(self, tasks: Iterable[Task]) -> None:
        """Enqueue `tasks`; the last time, die on the spot."""
        super().publish(tasks)
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


program.Publisher = DyingPublisher  # type: ignore[attr-defined]  # in place of the real one
program.main()
