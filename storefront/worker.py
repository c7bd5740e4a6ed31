"""A worker: the Celery application that `celery -A storefront.worker` finds, and what it does when it starts."""

import gc
import os
from pathlib import Path
from typing import Any

from celery import bootsteps
from celery.concurrency import solo
from celery.signals import (
    celeryd_init,
    setup_logging,
    task_postrun,
    task_prerun,
    worker_init,
    worker_process_init,
)
from celery.worker import state

from runtime import logs
from runtime.pulse import Activity
from runtime.watchdog import Limit, Watchdog
from storefront import create_app, task_metrics
from storefront.config import Settings
from storefront.database import db
from storefront.event_batches import SendEventsTogether
from storefront.queue import make_celery
from storefront.tasks import LoggedTask
from storefront.tracebacks import copy_plainly
from storefront.unacknowledged import AcknowledgeNothing

flask_app = create_app("worker")
app = make_celery(flask_app, LoggedTask)
copy_plainly()

NO_REDIS = "waiting for Redis"

# Flower would look for it in the folder it is started in only, and start without a password where it isn't.
os.environ.setdefault("FLOWER_CONF", str(Path(__file__).parents[1] / "flowerconfig.py"))


@setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """A receiver is all it takes: Celery then leaves logging as `create_app` set it."""


@celeryd_init.connect
def _name_log_lines(sender: str, **_: Any) -> None:
    """Log lines carry the worker's name: `--hostname worker-1@%h` writes `worker-1`."""
    settings: Settings = flask_app.config["SETTINGS"]
    logs.configure(sender.partition("@")[0], settings.log_level, settings.log_format)


@worker_init.connect
def _serve_metrics(sender: Any, **_: Any) -> None:
    """Before the pool starts, so that its children know where to count."""
    task_metrics.start(flask_app.config["SETTINGS"], sender.pool_cls)


@worker_process_init.connect
def _forget_parents_connections(**_: Any) -> None:
    """A forked child must not talk on its parent's database connections."""
    with flask_app.app_context():
        db.engine.dispose(close=False)


@worker_init.connect
def _spare_garbage_collector(**_: Any) -> None:
    """What is there now stays: Python need not look through it again and again while tasks run.

    Once, and not `worker_ready`, which comes again with each new connection: what is frozen is never freed in circles.
    """
    gc.freeze()


class TellWatchdog(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery carries no types
    """Tells the watchdog what this worker is at. Celery makes its steps before it connects for the first time."""

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        settings: Settings = flask_app.config["SETTINGS"]
        self.activity = Activity(NO_REDIS)
        limit = None
        if isinstance(consumer.pool, solo.TaskPool):  # prefork's tasks run in children, under Celery's own limits
            limit = Limit(settings.worker_task_limit, "WORKER_TASK_LIMIT")
            task_prerun.connect(self._begins, weak=False)
            task_postrun.connect(self._ended, weak=False)
        Watchdog("worker", self.activity, settings.pulse_file, task_limit=limit).start()

    def register_with_event_loop(self, _consumer: Any, hub: Any) -> None:
        """Turn with the event loop. Celery asks at each new connection, and cancels the timers of a lost one."""
        self._turned()
        hub.call_repeatedly(1, self._turned)

    def stop(self, _consumer: Any) -> None:
        """Note that the connection is lost: until the next one nothing turns."""
        self.activity.turned(NO_REDIS)

    def _turned(self) -> None:
        self.activity.turned("working")
        if state.reserved_requests:
            self.activity.has_tasks()

    def _begins(self, task_id: str, **_: Any) -> None:
        self.activity.begins(task_id)

    def _ended(self, **_: Any) -> None:
        self.activity.ended()


app.steps["consumer"].update({TellWatchdog, SendEventsTogether, AcknowledgeNothing})
