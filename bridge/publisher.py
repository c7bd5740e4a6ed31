"""Tasks to Redis in pipelined batches, and the workers' answers back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from celery import Celery
from celery.states import READY_STATES, SUCCESS
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from runtime.names import QUEUE
from runtime.redis_trouble import why

BATCH = 500


class RedisAway(Exception):
    """Redis did not take what was sent, or did not answer; nothing of it counts as sent."""


@dataclass(frozen=True, slots=True)
class Task:
    """A task to enqueue: its name, its id, its arguments, and how Flower shows them."""

    name: str
    id: str
    arguments: dict[str, Any]
    shown: str
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """How a task ended; `result` is what it returned where it succeeded, else what went wrong."""

    succeeded: bool
    result: Any


class Publisher:
    """The bridge's side of the queue. Not thread-safe."""

    def __init__(self, redis_url: str) -> None:
        self._app = _celery(redis_url)
        self._producer: Any = None

    def publish(self, tasks: Iterable[Task]) -> None:
        """Enqueue `tasks` in order. Raises RedisAway: all of them are to be published again."""
        try:
            producer = self._connected()
            with producer.batch(max_size=BATCH):
                for task in tasks:
                    self._send(producer, task)
        except (KombuError, RedisError, OSError) as error:
            self._disconnect()
            raise RedisAway(why(error.__cause__ or error)) from error  # kombu's own says nothing of why

    def queue_length(self) -> int:
        """Return how many tasks wait. Raises RedisAway."""
        try:
            return int(self._app.backend.client.llen(QUEUE))
        except (RedisError, OSError) as error:
            raise RedisAway(why(error)) from error

    def answers(self, ids: Sequence[str]) -> dict[str, Answer]:
        """Return the answers that have come, by task id, and forget them. Raises RedisAway."""
        if not ids:
            return {}
        backend = self._app.backend
        keys = [backend.get_key_for_task(task_id) for task_id in ids]
        try:
            stored = dict(zip(ids, backend.mget(keys), strict=True))
            heard = {task_id: backend.decode_result(data) for task_id, data in stored.items() if data}
            ended = {task_id: meta for task_id, meta in heard.items() if meta["status"] in READY_STATES}
            if ended:
                backend.client.delete(*(backend.get_key_for_task(task_id) for task_id in ended))
        except (RedisError, OSError) as error:
            raise RedisAway(why(error)) from error
        return {task_id: _answer(meta) for task_id, meta in ended.items()}

    def close(self) -> None:
        """Leave Redis alone."""
        self._disconnect()
        self._app.close()

    def _send(self, producer: Any, task: Task) -> None:
        message = self._app.amqp.create_task_message(
            task.id,
            task.name,
            args=(),
            kwargs=task.arguments,
            argsrepr=task.shown,
            kwargsrepr="{}",
            ignore_result=not task.answered,
            origin="bridge",
        )
        self._app.amqp.send_task_message(
            producer, task.name, message, queue=QUEUE, retry=False, declare=[], serializer="json"
        )

    def _connected(self) -> Any:
        if self._producer is None:
            connection = self._app.connection_for_write()
            connection.ensure_connection(max_retries=1, timeout=3)
            self._producer = self._app.amqp.Producer(connection.default_channel, auto_declare=False)
            if not self._producer.supports_batch_publish:
                raise RuntimeError("kombu no longer publishes to Redis in batches; see bridge/publisher.py")
        return self._producer

    def _disconnect(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.connection.release()


def _answer(meta: dict[str, Any]) -> Answer:
    """Return what a task's result means; `not_now` is a worker's word for a database that can't take it."""
    result, succeeded = meta["result"], meta["status"] == SUCCESS
    if succeeded and "not_now" in result:
        return Answer(succeeded=False, result=result["not_now"])
    return Answer(succeeded, result)


def _celery(redis_url: str) -> Celery:
    """Build an application that sends and hears; it runs no tasks and so imports none."""
    app = Celery("bridge", broker=redis_url, backend=redis_url)
    app.conf.update(
        task_default_queue=QUEUE,
        task_serializer="json",
        result_serializer="json",
        accept_content=["json"],
        # Neither `retry` nor `retry_on_timeout` may stand here: kombu then stops batching.
        broker_transport_options={
            "visibility_timeout": 60,  # the shortest of all clients wins; the same as the workers'
            "socket_timeout": 3,
            "socket_connect_timeout": 2,
            "socket_keepalive": True,
        },
        redis_socket_timeout=3,
        redis_socket_connect_timeout=2,
    )
    return app
