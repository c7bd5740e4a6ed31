"""A worker: the Celery application that `celery -A storefront.worker` finds, and what it does when it starts."""

from typing import Any

from celery.signals import celeryd_init, setup_logging, worker_process_init

from runtime import logs
from storefront import create_app
from storefront.config import Settings
from storefront.database import db
from storefront.queue import make_celery
from storefront.tasks import LoggedTask

flask_app = create_app("worker")
app = make_celery(flask_app, LoggedTask)


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """A receiver is all it takes: Celery then leaves logging as `create_app` set it."""


@celeryd_init.connect
def _name_log_lines(sender: str, **_: Any) -> None:
    """Log lines carry the worker's name: `--hostname worker-1@%h` writes `worker-1`."""
    settings: Settings = flask_app.config["SETTINGS"]
    logs.configure(sender.partition("@")[0], settings.log_level, settings.log_format)


@worker_process_init.connect
def _forget_parents_connections(**_: Any) -> None:
    """A forked child must not talk on its parent's database connections."""
    with flask_app.app_context():
        db.engine.dispose(close=False)
