"""What a process says of itself once a second: a small file, which a health check reads at little cost."""

import json
import os
import time
from typing import NamedTuple

STOPPED = "stopped reading"  # the beginning of a bridge's state that nobody but a person can mend
KINDS = {str: "text", int: "a whole number", float: "a number"}
MOST_PID = 2**31
STALE = 15  # seconds; a healthy process writes every second


class Pulse(NamedTuple):
    """What the file holds.

    `written_at` is Unix time. The other times are seconds as the process saw them pass: one that was stopped, or whose
    clock was set, doesn't age by it.
    """

    process: str  # worker or bridge
    pid: int
    written_at: float
    state: str  # a word or a sentence for people
    still_seconds: float  # since the main loop last turned
    idle_seconds: float  # since it last had a task
    task: str  # the id of the one that runs, or nothing
    task_seconds: float
    task_limit: float  # 0: none

    def write(self, path: str) -> None:
        """Put this in place of what the file `path` says; a reader sees the old or the new one. Raises OSError."""
        unfinished = f"{path}.{self.pid}"
        with open(unfinished, "w", encoding="utf-8") as file:  # noqa: PTH123  (pathlib costs a health check its time)
            json.dump(self._asdict(), file)
        os.replace(unfinished, path)  # noqa: PTH105

    @classmethod
    def read(cls, path: str) -> "Pulse":
        """Return what the file `path` says. Raises OSError; ValueError where it holds something else."""
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            try:
                pulse = cls(**json.load(file))
            except TypeError as error:
                raise ValueError(str(error)) from error
        pulse._refuse_other_types()
        return pulse

    def _refuse_other_types(self) -> None:
        for name, kind in type(self).__annotations__.items():
            value = getattr(self, name)
            if type(value) not in ({int, float} if kind is float else {kind}):
                raise ValueError(f"its {name} is {value!r}; expected {KINDS[kind]}")
        if not 0 < self.pid < MOST_PID:
            raise ValueError(f"its pid is {self.pid}; expected a process's number")

    @property
    def age(self) -> float:
        """Seconds since it was written."""
        return time.time() - self.written_at

    @property
    def is_fresh(self) -> bool:
        """Whether its process still wrote a moment ago. A clock that was set back makes it stale for a second."""
        return abs(self.age) <= STALE

    @property
    def lives(self) -> bool:
        """Whether its process is there, running or not."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True  # another user's
        return True


class Activity:
    """What the main thread is at. It alone writes here and the watchdog's thread alone reads: no lock is needed."""

    def __init__(self, state: str) -> None:
        self.state = state
        self.turns = 0
        self.tasks = 0
        self.task = ""

    def turned(self, state: str) -> None:
        """Note that the main loop turned, and what it is at."""
        self.state = state
        self.turns += 1

    def begins(self, task: str) -> None:
        """Note that the task with this id begins."""
        self.tasks += 1
        self.task = task
        self.turns += 1

    def ended(self) -> None:
        """Note that the task is over, however it ended."""
        self.task = ""
        self.turns += 1

    def has_tasks(self) -> None:
        """Note that others, such as child processes, work on tasks of this process."""
        self.tasks += 1
