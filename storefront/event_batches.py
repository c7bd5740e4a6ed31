"""A worker's task events, sent several at a time."""

from typing import Any

from celery import bootsteps
from celery.worker.consumer.events import Events

SECONDS = 0.1  # nobody who watches Flower sees the difference


class SendEventsTogether(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery carries no types
    """Sends what has happened every tenth of a second, or as soon as Celery's own buffer is full.

    Celery sends them after each turn of its loop, which is after each task: a third of all that a task of a
    millisecond costs.
    """

    requires = (Events,)

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self._consumer = consumer
        self._planned = False
        consumer.on_send_event_buffered = self._plan

    def register_with_event_loop(self, _consumer: Any, _hub: Any) -> None:
        """Begin anew. Celery asks at each new connection, and cancels the timers of a lost one."""
        self._planned = False

    def stop(self, _consumer: Any) -> None:
        """Send the last ones before the connection is closed."""
        self._send()

    def _plan(self) -> None:
        if not self._planned:
            self._planned = True
            self._consumer.hub.call_later(SECONDS, self._send)

    def _send(self) -> None:
        self._planned = False
        if self._consumer.event_dispatcher:
            self._consumer.event_dispatcher.flush()
