"""A worker's events in batches, with a consumer whose clock is turned by hand."""

from collections.abc import Callable
from typing import Any

from celery.events.dispatcher import EventDispatcher

from storefront.event_batches import SECONDS, SendEventsTogether


class FakeConsumer:
    """Celery's consumer: its loop with a timer, and a dispatcher that buffers as the real one does."""

    def __init__(self) -> None:
        self.hub = self
        self.planned: list[tuple[float, Callable[[], None]]] = []
        self.sent: list[list[str]] = []
        self.on_send_event_buffered: Callable[[], None] = lambda: None
        self.step = SendEventsTogether(self)
        self.event_dispatcher: Any = EventDispatcher(
            hostname="worker", enabled=False, buffer_group=["task"], on_send_buffered=self.on_send_event_buffered
        )
        self.event_dispatcher.enabled = True
        self.event_dispatcher.producer = self

    def call_later(self, seconds: float, callback: Callable[[], None]) -> None:
        self.planned.append((seconds, callback))

    def publish(self, events: list[dict[str, Any]], **_: Any) -> None:
        self.sent.append([event["type"] for event in events])

    def happens(self, *events: str) -> None:
        for event in events:
            self.event_dispatcher.send(event)

    def turn(self) -> None:
        for _, callback in self.planned:
            callback()
        self.planned.clear()


def test_events_of_a_moment_are_sent_together() -> None:
    consumer = FakeConsumer()
    consumer.happens("task-received", "task-started", "task-succeeded")
    assert consumer.sent == []
    assert [seconds for seconds, _ in consumer.planned] == [SECONDS]
    consumer.turn()
    assert consumer.sent == [["task-received", "task-started", "task-succeeded"]]
    consumer.happens("task-received")
    consumer.turn()
    assert consumer.sent[1:] == [["task-received"]]


def test_many_events_are_sent_at_once() -> None:
    consumer = FakeConsumer()
    consumer.happens(*["task-received"] * 50)
    assert sum(map(len, consumer.sent)) >= 48


def test_the_last_ones_are_sent_before_the_worker_leaves() -> None:
    consumer = FakeConsumer()
    consumer.happens("task-failed")
    consumer.step.stop(consumer)
    assert consumer.sent == [["task-failed"]]


def test_after_a_lost_connection_it_plans_anew() -> None:
    consumer = FakeConsumer()
    consumer.happens("task-received")
    consumer.planned.clear()  # Celery cancels its timers
    consumer.step.register_with_event_loop(consumer, consumer)
    consumer.happens("task-failed")
    consumer.turn()
    assert consumer.sent == [["task-received", "task-failed"]]


def test_a_worker_that_never_got_a_connection_may_stop() -> None:
    consumer = FakeConsumer()
    consumer.event_dispatcher = None
    consumer.step.stop(consumer)
