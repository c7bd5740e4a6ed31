"""What `gunicorn wsgi:app` reads from the folder it is started in; its command line and GUNICORN_CMD_ARGS win."""

from typing import Any

from runtime import settings
from runtime.forked import ForkedMetrics, free_slot
from storefront.config import Settings


def on_starting(server: Any) -> None:
    """End with one sentence on a bad setting; otherwise each worker would, and be started again for ever."""
    server.metrics = ForkedMetrics()
    server.metrics.serve(settings.load(Settings))


def pre_fork(server: Any, worker: Any) -> None:
    """Give each worker its place among the living ones."""
    worker.metrics_slot = free_slot([other.metrics_slot for other in server.WORKERS.values()])


def post_fork(server: Any, worker: Any) -> None:
    """Count in that place."""
    server.metrics.enter(worker.metrics_slot)


def on_exit(server: Any) -> None:
    """Leave no files behind."""
    server.metrics.close()


limit_request_line = 8190  # a long address shall get the shop's own page, not gunicorn's
forwarded_allow_ips = ""  # TRUSTED_PROXIES alone says whether a proxy's headers are believed
timeout = 15  # seconds: no page takes three; a client that dribbles its request must not hold a worker for longer
control_socket_disable = True  # nothing uses it, and it would stay behind in the home folder
