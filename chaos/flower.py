"""Flower's API, as somebody uses it who clicks there."""

import urllib.request
from contextlib import suppress

from devservices.processes import HOST, free_port


class Flower:
    """A Flower on `port` of this machine, running or not yet."""

    def __init__(self) -> None:
        self.port = free_port()

    def answers(self) -> bool:
        """Whether it knows of workers."""
        with suppress(OSError):
            return len(self._ask("GET", "workers?status=true")) > len(b"{}")
        return False

    def revoke(self, task_id: str) -> None:
        """Have the workers throw the task away when they get it. Raises OSError where Flower refuses."""
        self._ask("POST", f"task/revoke/{task_id}")

    def _ask(self, method: str, path: str) -> bytes:
        address = f"http://{HOST}:{self.port}/api/{path}"
        request = urllib.request.Request(address, method=method, data=b"" if method == "POST" else None)
        with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310  (our own)
            return bytes(response.read())
