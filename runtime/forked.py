"""Metrics of a process that forks: its children count in files, which it serves as one.

Prometheus's client names such a file by the process that writes it. Here it is named by a slot: who is forked in the
place of a child that ended counts on in its file. So there are never more files than children at a time, and no
counter ever falls.
"""

import os
import shutil
import tempfile
from collections.abc import Collection
from wsgiref.simple_server import WSGIServer

from prometheus_client import values
from prometheus_client.multiprocess import MultiProcessCollector

from runtime import metrics
from runtime.settings import MetricsSettings


class ForkedMetrics:
    """What one process and its children share; the parent itself counts nothing."""

    def __init__(self) -> None:
        self._directory = ""
        self._slot: int | str = "parent"
        self._server: WSGIServer | None = None

    def serve(self, settings: MetricsSettings) -> None:
        """Serve what the children count; nothing where METRICS_PORT is 0. To be called before the first fork.

        Ends the process with one sentence where the port can't be had.
        """
        if not settings.metrics_port:
            return
        self._directory = tempfile.mkdtemp(prefix="storefront-metrics-")
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = self._directory
        values.ValueClass = values.MultiProcessValue(lambda: self._slot)  # type: ignore[no-untyped-call]
        children = MultiProcessCollector(None, self._directory)  # type: ignore[no-untyped-call]
        try:
            self._server = metrics.serve(settings, children)
        except SystemExit:
            self.close()
            raise

    def enter(self, slot: int) -> None:
        """Count in the file of `slot` from now on. To be called in a child, before it counts."""
        self._slot = slot
        if self._server:
            self._server.server_close()  # the port is the parent's: a child that outlives it must not hold it

    def close(self) -> None:
        """Forget all that was counted. To be called in the parent, at its end."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        if self._directory:
            shutil.rmtree(self._directory, ignore_errors=True)


def free_slot(taken: Collection[int]) -> int:
    """Return the lowest slot that none of the living children has."""
    return min(set(range(len(taken) + 1)) - set(taken))
