"""A message as the bridge hands it over: its bytes and where they stood."""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Feed:
    """One partition of one topic; `source` is the topic's id (or name) and the partition."""

    topic: str
    partition: int
    source: str


class Record(NamedTuple):
    """One message of a feed. `broker_time` is in ms since 1970, as it came."""

    feed: Feed
    offset: int
    leader_epoch: int
    broker_time: int
    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, str | None], ...] = ()  # values in base64
    unreadable: str | None = None
    """Why the bridge could not read it from Kafka at all; it has no bytes then."""

    @property
    def task_id(self) -> str:
        """The id of the task that the bridge made of this message."""
        return f"{self.feed.topic}-{self.feed.partition}-{self.offset}"

    @classmethod
    def from_task(cls, feed: Feed, sent: dict[str, Any]) -> "Record":
        """Read what `bridge.envelope` wrote. Raises KeyError where a field is missing."""
        return cls(
            feed=feed,
            offset=sent["offset"],
            leader_epoch=sent["leader_epoch"],
            broker_time=sent["broker_time"],
            value=_bytes(sent, "value", "value_base64"),
            key=_bytes(sent, "key", "key_base64"),
            headers=tuple(map(tuple, sent.get("headers", ()))),
            unreadable=sent.get("unreadable"),
        )

    def to_task(self) -> dict[str, Any]:
        """Return what `from_task` reads, as JSON can carry it."""
        return {
            "offset": self.offset,
            "leader_epoch": self.leader_epoch,
            "broker_time": self.broker_time,
            "value_base64": _base64(self.value),
            "key_base64": _base64(self.key),
            "headers": self.headers,
            "unreadable": self.unreadable,
        }


def _base64(data: bytes | None) -> str | None:
    return None if data is None else b64encode(data).decode("ascii")


def _bytes(sent: dict[str, Any], as_text: str, as_base64: str) -> bytes | None:
    """Text travels as it is, bytes that aren't text as base64, nothing as nothing."""
    if as_text in sent:
        return str(sent[as_text]).encode()
    encoded = sent.get(as_base64)
    return None if encoded is None else b64decode(encoded)
