"""Commands as plain processes that end with their test, and what they answer over HTTP."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path

from devservices.processes import tied_to_parent

ROOT = Path(__file__).parents[2]
# As in an image or a unit: nothing of the tests' own environment but the way to the programs.
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def run(
    command: Sequence[str], environment: Mapping[str, str], folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run `command` in `folder` to its end, with `environment` alone."""
    env = {"PATH": PATH, **environment}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=60, check=False)


class Processes:
    """Processes by name; their output is in one file each."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], open_files: Sequence[int] = ()
    ) -> None:
        """Start a process that keeps the file descriptors `open_files`."""
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                tied_to_parent(list(command), signal.SIGKILL),
                cwd=ROOT,
                env={"PATH": PATH, **environment},
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=open_files,
            )

    def end(self, name: str, how: signal.Signals = signal.SIGTERM) -> int:
        """End a process; return its exit status."""
        process = self._running.pop(name)
        process.send_signal(how)
        return process.wait(30)

    def said(self, name: str) -> str:
        return (self._logs / f"{name}.log").read_text()

    def close(self) -> None:
        """End what still runs; print what each said: pytest shows it where the test failed.

        Not by SIGKILL: the tests' small broker never drops a killed bridge from its group.
        """
        for name in list(self._running):
            self.end(name)
        for log in sorted(self._logs.glob("*.log")):
            sys.stdout.write(f"--- {log.name}\n{log.read_text()[-3000:]}\n")


def fetch(address: str, account: str = "", method: str = "GET") -> tuple[int, str]:
    """Return the status and the body of what `address` answers; 0 while nobody does."""
    request = urllib.request.Request(address, method=method)  # noqa: S310  (our own address)
    if account:
        request.add_header("Authorization", f"Basic {b64encode(account.encode()).decode()}")
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""
