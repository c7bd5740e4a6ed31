"""What `gunicorn wsgi:app` reads from the folder it is started in; its command line and GUNICORN_CMD_ARGS win."""

from logging import StreamHandler
from typing import Any

from gunicorn.glogging import Logger

from runtime import logs, settings
from runtime.forked import ForkedMetrics, free_slot
from storefront.config import Settings

_shop = settings.load(Settings)  # a bad setting ends the start here; each worker would be started again for ever
logs.configure("web", _shop.log_level, _shop.log_format)


class SharedLogger(Logger):
    """Gunicorn's lines among the shop's own and in their form, unless a file was asked for."""

    def setup(self, cfg: Any) -> None:
        """Set up as usual; what would go to standard output or error goes where all lines of this process go."""
        super().setup(cfg)
        for log, target in ((self.error_log, cfg.errorlog), (self.access_log, cfg.accesslog)):
            if target == "-":
                log.handlers[:] = [other for other in log.handlers if type(other) is not StreamHandler]
                log.propagate = True


def on_starting(server: Any) -> None:
    """Serve what the workers will count."""
    server.metrics = ForkedMetrics()
    server.metrics.serve(_shop)


def pre_fork(server: Any, worker: Any) -> None:
    """Give each worker its place among the living ones."""
    worker.metrics_slot = free_slot([other.metrics_slot for other in server.WORKERS.values()])


def post_fork(server: Any, worker: Any) -> None:
    """Count in that place."""
    server.metrics.enter(worker.metrics_slot)


def on_exit(server: Any) -> None:
    """Leave no files behind."""
    server.metrics.close()


logger_class = SharedLogger
loglevel = _shop.log_level.lower()
limit_request_line = 8190  # a long address shall get the shop's own page, not gunicorn's
forwarded_allow_ips = ""  # TRUSTED_PROXIES alone says whether a proxy's headers are believed
timeout = 15  # seconds: no page takes three; a client that dribbles its request must not hold a worker for longer
control_socket_disable = True  # nothing uses it, and it would stay behind in the home folder
