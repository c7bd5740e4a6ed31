"""Records as kafka-python gives them, without a broker."""

from typing import Any, NamedTuple

from bridge.envelope import Feed

FEED = Feed("stock", 1, "topic-id-1")


class FakeRecord(NamedTuple):
    """The fields of a ConsumerRecord that the bridge reads."""

    offset: int
    value: bytes | None = b'{"product_code": "ABCD1234", "inventory_count": 23}'
    key: bytes | None = b"ABCD1234"
    headers: tuple[tuple[str, bytes | None], ...] = ()
    timestamp: int = 1_700_000_000_000
    leader_epoch: int | None = 0
    partition: int = 1
    topic: str = "stock"


def records(first: int, count: int, **fields: Any) -> list[FakeRecord]:
    """Return `count` records from the offset `first` on."""
    return [FakeRecord(offset, **fields) for offset in range(first, first + count)]
