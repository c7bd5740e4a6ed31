"""To the topic: one message or many, and where each landed."""

import logging
import os
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from runtime.text import shortened

LARGEST_MESSAGE = 16_000_000  # bytes: what is too large shall be refused by the broker, or by the shop
COMPLAIN_SECONDS = 60

log = logging.getLogger("inventory")


class NotSent(Exception):
    """A message didn't reach the broker; one sentence."""


@dataclass(frozen=True)
class Message:
    """What to send. None as key: the broker's client picks any partition."""

    key: bytes | None
    value: bytes

    def __str__(self) -> str:
        key = "" if self.key is None else f"{shortened(self.key)} → "
        return f"{key}{shortened(self.value, 100)}"


class Sender:
    """A connection to KAFKA_BOOTSTRAP_SERVERS. Raises NotSent where no broker answers."""

    def __init__(self) -> None:
        self._servers = os.environ.get("KAFKA_BOOTSTRAP_SERVERS") or "localhost:9092"
        self._topic = os.environ.get("KAFKA_TOPIC") or "inventory_management_product_updates"
        if not any(_listens(server) for server in self._servers.split(",")):
            raise NotSent(f"No Kafka broker answers at {self._servers}.")
        try:
            self._producer = KafkaProducer(
                bootstrap_servers=self._servers.split(","),
                bootstrap_timeout_ms=5_000,
                max_block_ms=5_000,
                request_timeout_ms=5_000,
                delivery_timeout_ms=10_000,
                max_request_size=LARGEST_MESSAGE,
            )
        except KafkaError as error:
            raise NotSent(f"What answers at {self._servers} is no Kafka broker: {error}.") from None

    def send(self, messages: Sequence[Message]) -> list[str]:
        """Send `messages` and wait; return a line for each: what was sent and where it landed. Raises NotSent."""
        try:
            futures = [self._producer.send(self._topic, message.value, key=message.key) for message in messages]
            places = [future.get(timeout=15) for future in futures]
        except KafkaTimeoutError:
            raise NotSent(f"No broker at {self._servers} took a message for topic {self._topic} in time.") from None
        except KafkaError as error:
            raise NotSent(f"Topic {self._topic} at {self._servers} didn't take it: {error}.") from None
        return [
            f"{message} · partition {place.partition} · offset {place.offset}"
            for message, place in zip(messages, places, strict=True)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._producer.close(timeout=2)


class PatientSender:
    """A sender that keeps trying, and says once a minute what it waits for."""

    def __init__(self) -> None:
        self._sender: Sender | None = None
        self._complained = -float("inf")

    def send(self, messages: Sequence[Message]) -> None:
        """Send `messages`, whenever the broker takes them, with a log line for each."""
        while True:
            try:
                self._sender = self._sender or Sender()  # once connected, it finds its broker again by itself
                lines = self._sender.send(messages)
            except NotSent as error:
                self._complain(error)
                time.sleep(1)
            else:
                for line in lines:
                    log.info("%s", line)
                return

    def _complain(self, error: NotSent) -> None:
        if time.monotonic() - self._complained >= COMPLAIN_SECONDS:
            self._complained = time.monotonic()
            log.warning("%s Tried again every second.", error)


def _listens(server: str) -> bool:
    """Whether anybody answers at host:port; the client itself would try for long."""
    host, _, port = server.rpartition(":")
    with suppress(OSError, ValueError):
        socket.create_connection((host.strip("[]"), int(port)), timeout=2).close()
        return True
    return False
