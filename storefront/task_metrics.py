"""What became of a worker's tasks and how long they took, as metrics."""

from time import perf_counter
from typing import Any

import billiard
from celery import Task
from celery.concurrency import get_implementation, prefork
from celery.signals import task_postrun, task_prerun, worker_process_init, worker_shutdown
from celery.states import RETRY, SUCCESS
from prometheus_client import CollectorRegistry

from runtime import metrics
from runtime.forked import ForkedMetrics
from runtime.settings import MetricsSettings
from storefront.stock.message import BadMessage
from storefront.stock.rules import UnknownProduct

OUTCOMES = {
    "storefront.update_inventory": ("applied", "stale", "unknown_product", "discarded", "bad", "retried", "failed"),
    "storefront.settle_updates": ("succeeded", "failed"),
    "storefront.record_place": ("succeeded", "failed"),
}


def start(settings: MetricsSettings, pool: Any) -> None:
    """Count and serve this worker's tasks; nothing where METRICS_PORT is 0. `pool` is a Celery pool or its name.

    Ends the process with one sentence where the port can't be had.
    """
    if not settings.metrics_port:
        return
    registry = CollectorRegistry()
    if issubclass(get_implementation(pool), prefork.TaskPool):
        _serve_children(settings)
    else:
        metrics.serve(settings, registry)
    TaskMetrics(registry).connect()


def _serve_children(settings: MetricsSettings) -> None:
    shared = ForkedMetrics()
    shared.serve(settings)

    def enter(**_: Any) -> None:
        shared.enter(billiard.current_process().index)

    def close(**_: Any) -> None:
        shared.close()

    worker_process_init.connect(enter, weak=False)
    worker_shutdown.connect(close, weak=False)


class TaskMetrics:
    """Counts tasks into `registry`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._tasks = metrics.counter(metrics.TASKS, registry)
        self._seconds = metrics.histogram(metrics.TASK_SECONDS, registry)

        for name, outcomes in OUTCOMES.items():  # at 0 from the start: a worker without work is not one that is gone
            self._seconds.labels(name)
            for outcome in outcomes:
                self._tasks.labels(name, outcome)

    def connect(self) -> None:
        """Listen to the tasks that this process and its children run."""
        task_prerun.connect(self._begin, weak=False)
        task_postrun.connect(self._enter, weak=False)

    def _begin(self, task: Task, **_: Any) -> None:
        task.request.began = perf_counter()

    def _enter(self, task: Task, state: str, retval: Any, **_: Any) -> None:
        self._tasks.labels(task.name, _outcome(task, state, retval)).inc()
        self._seconds.labels(task.name).observe(perf_counter() - task.request.began)


def _outcome(task: Task, state: str, retval: Any) -> str:
    if state == SUCCESS:
        return str(getattr(task.request, "outcome", "succeeded"))
    if state == RETRY:
        return "retried"
    if isinstance(retval, UnknownProduct):
        return "unknown_product"
    return "bad" if isinstance(retval, BadMessage) else "failed"
