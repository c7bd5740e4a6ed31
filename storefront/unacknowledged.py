"""A solo worker acknowledges nothing: a settle answers for what is lost with it."""

from typing import Any

from celery import bootsteps
from celery.concurrency import solo
from celery.worker.consumer.tasks import Tasks

from runtime.names import QUEUE


class AcknowledgeNothing(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery carries no types
    """Spares Redis the book of what a worker took and has not done.

    A solo worker takes one task at a time. Others would take the whole queue into their memory without that book.
    """

    requires = (Tasks,)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self.enabled = isinstance(consumer.pool, solo.TaskPool)
        if self.enabled:  # Celery makes its steps before it consumes
            consumer.app.amqp.queues[QUEUE].no_ack = True

    def include_if(self, _consumer: Any) -> bool:
        """Whether this worker's pool is solo."""
        return bool(self.enabled)

    def start(self, consumer: Any) -> None:
        """Keep kombu 5.7 from acknowledging all the same, on the channel of each new connection.

        That is a round trip for each task, and a tag that it keeps for ever: only a message that stands in the book
        takes earlier tags out of its memory (`QoS.ack` and `QoS.append` in kombu/transport/virtual/base.py).
        """
        consumer.task_consumer.channel.basic_ack = _acknowledge


def _acknowledge(_delivery_tag: str, multiple: bool = False) -> None:
    """Take kombu's call, and do nothing."""
