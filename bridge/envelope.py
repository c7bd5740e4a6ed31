"""A Kafka record as a task's arguments: every byte of it and where it stood. Nothing is judged here."""

import json
from base64 import b64decode, b64encode
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from runtime.text import shortened

SHORT_ENOUGH_TO_READ = 512  # characters
NO_TIME = -1  # Kafka's own sign for a record without a timestamp


@dataclass(frozen=True, slots=True)
class Feed:
    """One partition of the topic; `source` is the topic's id, or its name, and the partition."""

    topic: str
    partition: int
    source: str


class Message(NamedTuple):
    """A record in its envelope; `size` is what it weighs in memory and in Redis, in bytes."""

    partition: int
    offset: int
    broker_time: int
    size: int
    envelope: dict[str, Any]

    @property
    def shown(self) -> str:
        """What a person recognises it by, in Flower and in log lines."""
        return f"{_summary(self.envelope)} · partition {self.partition} · offset {self.offset}"

    def task_id(self, feed: Feed) -> str:
        """Return the id by which the message can be followed: in Flower and in every log line."""
        return f"{feed.topic}-{feed.partition}-{self.offset}"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands where the client could not read a record, as on a disk gone bad; it has no bytes, only a place."""

    partition: int
    offset: int
    why: str
    leader_epoch: int = -1
    timestamp: int = NO_TIME
    key: None = None
    value: None = None
    headers: tuple[()] = ()


def wrap(record: Any) -> Message:
    """Put a kafka-python ConsumerRecord, or an Unreadable, into its envelope."""
    partition, offset, time, value, key = record.partition, record.offset, record.timestamp, record.value, record.key
    epoch = -1 if record.leader_epoch is None else record.leader_epoch
    envelope: dict[str, Any] = {"offset": offset, "leader_epoch": epoch, "broker_time": time}
    _put(envelope, "value", value)
    _put(envelope, "key", key)
    if isinstance(record, Unreadable):
        envelope["unreadable"] = record.why
    if record.headers:
        envelope["headers"] = [[name, _base64(value)] for name, value in record.headers]
    return Message(partition, offset, time, len(value or b"") + len(key or b"") + 200, envelope)


def feed_arguments(feed: Feed) -> dict[str, Any]:
    """Return `feed` as a task's argument."""
    return asdict(feed)


def _put(envelope: dict[str, Any], field: str, data: bytes | None) -> None:
    """Put `data` in as text, or as base64 where it is none; nothing where there is nothing."""
    if data is None:
        return
    try:
        envelope[field] = data.decode()
    except UnicodeDecodeError:
        envelope[f"{field}_base64"] = b64encode(data).decode("ascii")


def _base64(data: bytes | None) -> str | None:
    return None if data is None else b64encode(data).decode("ascii")


def _summary(envelope: dict[str, Any]) -> str:
    """Return what a person recognises: `ABCD1234 → 23`, or the start of what it is instead."""
    if "unreadable" in envelope:
        return "not readable"
    if "value" not in envelope:
        return shortened(b64decode(envelope["value_base64"])) if "value_base64" in envelope else "no value"
    value = envelope["value"]
    if len(value) > SHORT_ENOUGH_TO_READ:
        return shortened(value)
    try:
        document = json.loads(value)
        code, count = document["product_code"], document["inventory_count"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return shortened(value)
    return f"{shortened(str(code))} → {shortened(json.dumps(count), 20)}"
