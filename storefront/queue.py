"""The Celery application: its one queue and its settings, each with its reason."""

from typing import Any

from celery import Celery, Task
from flask import Flask

from runtime.names import QUEUE
from storefront.config import Settings
from storefront.tracebacks import raise_plainly


def make_celery(flask_app: Flask, kind: type[Task]) -> Celery:
    """Build the Celery application whose tasks are of this `kind` and run inside `flask_app`."""

    class TaskInApp(kind):  # type: ignore[misc]  # Celery carries no types
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with flask_app.app_context():
                try:
                    return self.run(*args, **kwargs)
                except self.throws as foreseen:
                    raise_plainly(foreseen)

    settings: Settings = flask_app.config["SETTINGS"]
    celery = Celery("storefront", task_cls=TaskInApp)
    celery.conf.update(celery_settings(settings.redis_url))
    celery.set_default()  # the tasks are shared ones: they belong to the application of this process
    return celery


def celery_settings(redis_url: str) -> dict[str, Any]:
    """Return Celery's settings, for who runs tasks and for who only sends them."""
    return {
        "broker_url": redis_url,
        "result_backend": redis_url,
        # An answer is read within seconds or asked for again under another id.
        "result_expires": 600,
        "task_default_queue": QUEUE,
        "task_create_missing_queues": False,  # a mistyped queue name is an error, not a queue nobody reads
        "task_serializer": "json",
        "result_serializer": "json",
        "accept_content": ["json"],  # a message must never be able to run code
        # What was begun is finished: the settle makes up for what another worker then does twice.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        # Redis may be away at any time, for any time: wait for it, never give up, never exit.
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_channel_error_retry": True,
        "broker_transport_options": {
            # What a killed worker held comes back after a minute, not an hour; settles make up for the rest.
            "visibility_timeout": 60,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "unacked_mutex_expire": 30,
            # kombu sets no timeout of its own: a Redis that hangs would hang the worker.
            "socket_timeout": 10,
            "socket_connect_timeout": 3,
            "socket_keepalive": True,
            "health_check_interval": 10,
        },
        "redis_socket_timeout": 10,
        "redis_socket_connect_timeout": 3,
        "task_publish_retry_policy": {
            "max_retries": 20,
            "interval_start": 0.2,  # seconds
            "interval_step": 0.5,
            "interval_max": 3,
        },
        # Below the visibility timeout, so that no task is handed out twice while it runs. Prefork pools only.
        "task_soft_time_limit": 20,
        "task_time_limit": 30,
        "worker_prefetch_multiplier": 8,  # tasks take about a millisecond: fetch some ahead
        # Tasks that wait for a retry are held in memory; a solo worker's are bounded by the bridge's in-flight limit.
        "worker_eta_task_limit": 1000,
        "worker_send_task_events": True,  # Flower lives on them
        "worker_enable_soft_shutdown_on_idle": True,
        "worker_soft_shutdown_timeout": 3,
    }
