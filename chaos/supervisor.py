"""A small supervisor: starts again what dies, at once and for ever, and counts it.

supervisord, which runs the demo, keeps no count and gives up on a program that dies often: the very thing done here.
"""

import logging
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from devservices.processes import tied_to_parent

ROOT = Path(__file__).parent.parent
RESTART_SECONDS = 0.5  # between a death and the next start
STOP_SECONDS = 12
LOOK_SECONDS = 0.05

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Program:
    """What to run, and the environment variables it gets beside everybody's."""

    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    died_at: float | None = None


class Supervisor:
    """Runs programs by name, each with a log file of its own. Thread-safe.

    `restarts` counts by name, `ended` has the exit statuses of those that nobody killed.
    """

    def __init__(self, log_dir: Path, environment: Mapping[str, str]) -> None:
        self.restarts: Counter[str] = Counter()
        self.ended: dict[str, list[int]] = {}
        self._log_dir = log_dir
        self._environment = environment
        self._children: dict[str, _Child] = {}
        self._lock = threading.RLock()
        self._closing = threading.Event()
        # The kernel ties a child to the thread that started it: this one lives as long as they do.
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._watcher.start()

    def start(self, name: str, program: Program) -> None:
        """Run `program` as `name` from now on."""
        with self._lock:
            self._children[name] = _Child(program, self._spawn(name, program))

    def stop(self, name: str) -> None:
        """Ask `name` to end (SIGTERM) and wait for it; it isn't started again."""
        with self._lock:
            child = self._children.pop(name)
        _ask_to_end(child)
        _wait_or_kill(child)

    def kill(self, name: str) -> None:
        """Kill `name` (SIGKILL); it is started again."""
        self.send(name, signal.SIGKILL)

    def send(self, name: str, number: signal.Signals) -> None:
        """Send `name` a signal, unless it has just died."""
        with self._lock:
            self._children[name].process.send_signal(number)

    def pid(self, name: str) -> int:
        """Return the process id of `name`, dead or alive."""
        with self._lock:
            return self._children[name].process.pid

    def names(self, kind: str = "") -> list[str]:
        """Return the names that begin with `kind`."""
        with self._lock:
            return [name for name in self._children if name.startswith(kind)]

    def close(self) -> None:
        """End all programs, side by side."""
        with self._lock:
            self._closing.set()
            children = list(self._children.values())
            self._children.clear()
        for child in children:
            _ask_to_end(child)
        for child in children:
            _wait_or_kill(child)
        self._watcher.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _watch(self) -> None:
        while not self._closing.wait(LOOK_SECONDS):
            with self._lock:
                for name, child in self._children.items():
                    self._look_after(name, child)

    def _look_after(self, name: str, child: _Child) -> None:
        status = child.process.poll()
        if status is None:
            return
        if child.died_at is None:
            self._note_death(name, child, status)
        elif time.monotonic() - child.died_at >= RESTART_SECONDS:
            _kill_group(child)  # what a killed parent left behind
            child.process, child.died_at = self._spawn(name, child.program), None
            self.restarts[name] += 1

    def _note_death(self, name: str, child: _Child, status: int) -> None:
        child.died_at = time.monotonic()
        log.info("%s ended with status %d", name, status)
        if status != -signal.SIGKILL:
            self.ended.setdefault(name, []).append(status)

    def _spawn(self, name: str, program: Program) -> subprocess.Popen[bytes]:
        with (self._log_dir / f"{name}.log").open("ab") as output:
            process = subprocess.Popen(
                tied_to_parent(list(program.command), signal.SIGKILL),
                cwd=ROOT,
                env={**self._environment, **program.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,  # Ctrl-C is for the main process alone, which ends them in order
            )
        log.info("%s started as process %d", name, process.pid)
        return process


def _ask_to_end(child: _Child) -> None:
    child.process.terminate()
    child.process.send_signal(signal.SIGCONT)  # one that was stopped would not hear it


def _wait_or_kill(child: _Child) -> None:
    with suppress(subprocess.TimeoutExpired):
        child.process.wait(STOP_SECONDS)
    _kill_group(child)
    child.process.wait()


def _kill_group(child: _Child) -> None:
    with suppress(ProcessLookupError):
        os.killpg(child.process.pid, signal.SIGKILL)
