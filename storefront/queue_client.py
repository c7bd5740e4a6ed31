"""A client of the queue: it enqueues tasks and hears how they ended. It runs none."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from celery import Celery
from celery.states import READY_STATES, RETRY
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from runtime.names import QUEUE
from runtime.redis_trouble import why
from storefront.queue import celery_settings


class QueueAway(Exception):
    """Redis did not take what was sent, or did not answer; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Call:
    """A task to enqueue: its name, its id, its arguments, and how Flower shows them."""

    name: str
    id: str
    arguments: dict[str, Any]
    shown: str


class QueueClient:
    """One connection to the queue. Not thread-safe."""

    def __init__(self, redis_url: str) -> None:
        self._app = Celery("storefront-client", set_as_current=False)
        self._app.conf.update(celery_settings(redis_url))
        self._connection: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._disconnect()
        self._app.close()

    def send(self, calls: Iterable[Call]) -> None:
        """Enqueue `calls` in order, their answers kept for ten minutes. Raises QueueAway: some may be there then."""
        try:
            producer = self._producer()
            with producer.batch():
                for call in calls:
                    self._send(producer, call)
        except (KombuError, RedisError, OSError) as error:
            self._disconnect()
            raise _away(error.__cause__ or error) from error  # kombu's own says nothing of why

    def heard(self, ids: Sequence[str]) -> dict[str, Any]:
        """Return by id what the tasks that ended returned, or the exception that ended them. Raises QueueAway."""
        return self._results(ids, READY_STATES)

    def tried_again(self, ids: Sequence[str]) -> dict[str, Any]:
        """Return by id why tasks that a worker holds will be tried again. Raises QueueAway."""
        return self._results(ids, {RETRY})

    def length(self) -> int:
        """Return how many tasks wait in the queue. Raises QueueAway."""
        try:
            return int(self._app.backend.client.llen(QUEUE))
        except (RedisError, OSError) as error:
            raise _away(error) from error

    def _results(self, ids: Sequence[str], states: Container[str]) -> dict[str, Any]:
        backend = self._app.backend
        try:
            kept = backend.mget([backend.get_key_for_task(task_id) for task_id in ids]) if ids else []
        except (RedisError, OSError) as error:
            raise _away(error) from error
        answers = {task_id: backend.decode_result(data) for task_id, data in zip(ids, kept, strict=True) if data}
        return {task_id: answer["result"] for task_id, answer in answers.items() if answer["status"] in states}

    def _send(self, producer: Any, call: Call) -> None:
        message = self._app.amqp.create_task_message(
            call.id,
            call.name,
            args=(),
            kwargs=call.arguments,
            argsrepr=call.shown,
            kwargsrepr="{}",
            origin="storefront",
        )
        self._app.amqp.send_task_message(
            producer, call.name, message, queue=QUEUE, retry=False, declare=[], serializer="json"
        )

    def _producer(self) -> Any:
        if self._connection is None:
            self._connection = self._app.connection_for_write()
            self._connection.ensure_connection(max_retries=1, timeout=3)
        return self._app.amqp.Producer(self._connection.default_channel, auto_declare=False)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.release()


def _away(error: BaseException) -> QueueAway:
    return QueueAway(f"Redis can't be used: {why(error)}")
