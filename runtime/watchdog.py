"""Ends a process whose main thread hangs, so that what runs it starts it again.

kafka-python's waits for the network and Celery's `solo` pool know no time limit. The same thread writes the pulse.
"""

import faulthandler
import logging
import os
import signal
import sys
import sysconfig
import threading
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import NoReturn

from runtime.pulse import Activity, Pulse

log = logging.getLogger(__name__)

TICK = 1.0  # seconds
MOST_PER_TICK = 2.0  # of a longer gap; the process was stopped, or the machine was: nobody hung
LAST_WORDS = 2.0  # seconds that the log gets: the main thread may hang in a handler, holding its lock
STDERR = 2
HUNG = 70  # exit code: an internal error, as in sysexits.h

CALLERS = 3  # of our own code, the nearest ones
LIBRARIES = tuple(sysconfig.get_paths()[kind] for kind in ("stdlib", "purelib", "platlib"))


@dataclass(frozen=True, slots=True)
class Limit:
    """Seconds after which the process ends itself, and the name of the setting that says so."""

    seconds: float
    setting: str

    def __str__(self) -> str:
        return f"{self.setting} is {self.seconds:g}"


@dataclass(slots=True)
class _Stopwatch:
    """How long a number has stayed the same."""

    number: int = -1
    seconds: float = 0

    def look(self, number: int, passed: float) -> float:
        self.seconds = self.seconds + passed if number == self.number else 0
        self.number = number
        return self.seconds


@dataclass(slots=True)
class Watchdog:
    """Watches the `activity` of a process, the worker or the bridge.

    `turn_limit` is for one turn of its main loop, `task_limit` for one task, None for no limit; `pulse_file` is where
    it writes what it sees, None for nowhere.
    """

    process: str
    activity: Activity
    pulse_file: Path | None
    turn_limit: Limit | None = None
    task_limit: Limit | None = None
    still: _Stopwatch = field(default_factory=_Stopwatch)
    idle: _Stopwatch = field(default_factory=_Stopwatch)
    running: _Stopwatch = field(default_factory=_Stopwatch)
    complained: bool = False

    def start(self) -> None:
        """Watch from now on, in a thread of its own. To be called by the main thread."""
        faulthandler.register(
            signal.SIGPROF, STDERR, chain=True
        )  # tells where all threads stand, then the signal ends it
        threading.Thread(target=self._run, name="watchdog", daemon=True).start()

    def look(self, passed: float) -> Pulse:
        """Return how the process does, `passed` seconds after the last look."""
        now, passed = self.activity, min(passed, MOST_PER_TICK)
        task = now.task
        return Pulse(
            process=self.process,
            pid=os.getpid(),
            written_at=time.time(),
            state=now.state,
            still_seconds=self.still.look(now.turns, passed),
            idle_seconds=self.idle.look(now.tasks, passed),
            task=task,
            task_seconds=self.running.look(now.tasks, passed) if task else 0,
            task_limit=self.task_limit.seconds if self.task_limit else 0,
        )

    def verdict(self, pulse: Pulse) -> str:
        """Return what hangs, in words; nothing while all is well."""
        if _is_over(self.turn_limit, pulse.still_seconds):
            return f"the {self.process}'s loop has not turned for {pulse.still_seconds:.0f} s ({self.turn_limit})"
        if _is_over(self.task_limit, pulse.task_seconds):
            return f"task {pulse.task} has run for {pulse.task_seconds:.0f} s ({self.task_limit})"
        return ""

    def _run(self) -> None:
        before = time.monotonic()
        while True:
            self._wind_up()
            time.sleep(TICK)
            now = time.monotonic()
            pulse, before = self.look(now - before), now
            hangs = self.verdict(pulse)
            if hangs:
                _end(hangs)
            self._write(pulse)

    def _wind_up(self) -> None:
        """Have the kernel end the process if this thread gets no turn any more.

        A regular expression that runs away never lets go of the interpreter. It burns processor time, and that is what
        this timer counts: a process that was stopped burns none.
        """
        limit = self.turn_limit or self.task_limit
        if limit:
            signal.setitimer(signal.ITIMER_PROF, limit.seconds + TICK)

    def _write(self, pulse: Pulse) -> None:
        if self.pulse_file is None:
            return
        path = str(self.pulse_file)
        try:
            _refuse_anothers(path)
            pulse.write(path)
        except OSError as error:
            if not self.complained:
                _say(
                    logging.WARNING,
                    f"can't write PULSE_FILE, so no health check can tell how this process does: {error}",
                )
            self.complained = True
        else:
            self.complained = False


def _refuse_anothers(path: str) -> None:
    try:
        last = Pulse.read(path)
    except (FileNotFoundError, ValueError):
        return
    if last.pid != os.getpid() and last.is_fresh and last.lives:
        raise OSError(f"process {last.pid} writes {path}, too; give each process a file of its own")


def _is_over(limit: Limit | None, seconds: float) -> bool:
    return limit is not None and seconds >= limit.seconds


def _end(hangs: str) -> NoReturn:
    frame = sys._current_frames().get(threading.main_thread().ident or 0)  # noqa: SLF001  (documented, for this)
    try:
        _say(logging.CRITICAL, f"{hangs}, {_where(frame)}; this process ends itself, and what runs it starts it again")
    finally:
        os._exit(HUNG)


def _say(level: int, sentence: str) -> None:
    teller = threading.Thread(target=log.log, args=(level, "%s", sentence), daemon=True)
    teller.start()
    teller.join(LAST_WORDS)


def _where(frame: FrameType | None) -> str:
    if frame is None:
        return "and its main thread has ended"
    callers = [_line(one) for one, _ in traceback.walk_stack(frame) if one is not frame and not _is_library(one)]
    called_from = f", called from {', '.join(callers[:CALLERS])}" if callers else ""
    return f"at {_line(frame)}{called_from}"


def _is_library(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(LIBRARIES)


def _line(frame: FrameType) -> str:
    code = frame.f_code
    return f"{'/'.join(Path(code.co_filename).parts[-2:])}:{frame.f_lineno} ({code.co_name})"
