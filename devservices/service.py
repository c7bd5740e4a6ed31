"""A server as a child process: start it, wait until it answers, stop it, kill it."""

import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from types import TracebackType
from typing import ClassVar, NoReturn, Self

from devservices.processes import free_port, tied_to_parent

STOP_SECONDS = 10


class ServiceError(RuntimeError):
    """A server can't be prepared or doesn't come up; one sentence that says why."""


class Service(ABC):
    """One server on 127.0.0.1 with its data in a directory of its own.

    `durable` servers keep what they confirmed through a crash of the machine; the others are faster.
    A server that was stopped or killed can be started again: same data, same port.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    start_seconds: ClassVar[int] = 20

    def __init__(
        self, data_dir: Path, port: int | None = None, *, durable: bool = False, log: Path | None = None
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port or free_port()
        self.durable = durable
        self.log = log or self.data_dir / "server.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Address that a client takes."""

    @abstractmethod
    def prepare(self) -> list[str]:
        """Make the data directory ready and return the command that runs the server in the foreground.

        Raises ServiceError.
        """

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server answers a request of its own protocol."""

    def run(self, *, die_with_parent: bool = False) -> NoReturn:
        """Become the server: this process is replaced by it. Raises ServiceError."""
        command = self._command(die_with_parent=die_with_parent)
        sys.stdout.flush()
        os.execvp(command[0], command)  # noqa: S606  (as for S603: no stranger builds it)

    def start(self) -> Self:
        """Start the server as a child that dies with the calling thread (so: the main one); wait until it answers.

        Raises ServiceError, with the end of the server's log.
        """
        command = self._command(die_with_parent=True)
        with self.log.open("ab") as log:
            # A process group of its own: Ctrl-C in a terminal reaches the parent alone, which stops it in order.
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, process_group=0
            )
        try:
            self.wait()
        except BaseException:
            self.kill()
            raise
        return self

    def wait(self) -> None:
        """Wait until the server answers. Raises ServiceError when it ended or takes too long."""
        deadline = time.monotonic() + self.start_seconds
        while not self.answers():
            if self.process and self.process.poll() is not None:
                raise ServiceError(f"{self.name} ended at once; {self._last_words()}")
            if time.monotonic() > deadline:
                raise ServiceError(f"{self.name} doesn't answer after {self.start_seconds} s; {self._last_words()}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Ask the server to end and wait for it; kill it after 10 s."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End the server as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _command(self, *, die_with_parent: bool) -> list[str]:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        command = self.prepare()
        return tied_to_parent(command, self.stop_signal) if die_with_parent else command

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)  # none is sent to a process that ended already
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _last_words(self) -> str:
        if not self.log.exists():
            return f"it wrote no {self.log}"
        lines = self.log.read_text(errors="replace").splitlines()[-5:]
        return f"its log {self.log} ends:\n" + "\n".join(f"  {line}" for line in lines)
