"""A steady stream of messages to a topic, from a thread of its own, as an inventory system would write them."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing

from kafka import KafkaProducer
from kafka.errors import KafkaError

from chaos.topic import Topic
from chaos.traffic import Traffic

TICK_SECONDS = 0.1
FLUSH_SECONDS = 20

log = logging.getLogger(__name__)


class Stream:
    """Sends `traffic` while it runs. What counts is what the log holds: nobody asks here what became of a message.

    `compression` may be changed while it rests.
    """

    def __init__(self, topic: Topic, traffic: Traffic, per_second: int) -> None:
        self.topic = topic
        self.traffic = traffic
        self.compression: str | None = None
        self.sent = 0
        self._per_tick = max(1, round(per_second * TICK_SECONDS))
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, or go on."""
        self._stopped.clear()
        self._thread = threading.Thread(target=self._run, name="stream", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Send no more; what was sent is in the log then, or never will be."""
        self._stopped.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def change(self, change: Callable[[Traffic], Traffic]) -> None:
        """Go on with what `change` makes of the messages to come."""
        self.stop()
        self.traffic = change(self.traffic)
        self.start()

    def burst(self, messages: int) -> None:
        """Send so many at once; a steady stream rests meanwhile, for `traffic` knows one asker at a time."""
        flowed = self._thread is not None
        self.stop()
        with closing(self._producer()) as producer:
            self._send(producer, messages)
            producer.flush(FLUSH_SECONDS)
        if flowed:
            self.start()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._send_steadily()
            except KafkaError as error:
                log.info("the stream begins again: %s", error)
                self._stopped.wait(1)

    def _send_steadily(self) -> None:
        producer = self._producer()
        try:
            next_at = time.monotonic()
            while not self._stopped.wait(max(0.0, next_at - time.monotonic())):
                self._send(producer, self._per_tick)
                next_at = max(next_at + TICK_SECONDS, time.monotonic() - 1)  # seconds of a stall aren't made up for
        finally:
            producer.close(FLUSH_SECONDS)

    def _send(self, producer: KafkaProducer, messages: int) -> None:
        for _ in range(messages):
            message = next(self.traffic)
            producer.send(self.topic.name, message.value, key=message.key, timestamp_ms=message.timestamp)
            self.sent += 1

    def _producer(self) -> KafkaProducer:
        return KafkaProducer(
            bootstrap_servers=self.topic.bootstrap_servers.split(","),
            bootstrap_timeout_ms=5_000,
            compression_type=self.compression,
            max_block_ms=5_000,
            metadata_max_age_ms=2_000,  # new partitions and leaders are seen soon
            reconnect_backoff_max_ms=1_000,
        )
