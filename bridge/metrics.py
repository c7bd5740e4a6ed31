"""The bridge's state as metrics, read when somebody asks: its loop knows nothing of them.

Prometheus is answered by a thread of its own. It reads what the loop's thread writes, each list and dict copied at
once, and changes nothing.
"""

import time
from collections.abc import Callable, Iterator

from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from bridge.ledger import Chunk
from bridge.loop import Bridge
from bridge.partition import Partition
from runtime import metrics
from runtime.metrics import Metric, family

WAITS = {"kafka": "Kafka", "redis": "Redis", "partitions": "partitions", "workers": "the workers", "limit": "a start"}

PARTITION_GAUGES = (
    metrics.OPEN_CHUNKS,
    metrics.OPEN_MESSAGES,
    metrics.OPEN_BYTES,
    metrics.UNANSWERED_SECONDS,
    metrics.BEHIND_MESSAGES,
    metrics.BEHIND_SECONDS,
    metrics.PLACE_OFFSET,
    metrics.LOG_BEGIN_OFFSET,
    metrics.LOG_END_OFFSET,
)


class BridgeCollector(Collector):
    """Gives the metrics of `bridge`; `wall_clock` gives seconds since 1970."""

    def __init__(self, bridge: Bridge, wall_clock: Callable[[], float] = time.time) -> None:
        self._bridge = bridge
        self._wall_clock = wall_clock

    def collect(self) -> Iterator[Family]:
        """Give all metrics as they are now."""
        yield from self._counters()
        yield from self._waits()
        partitions = list(self._bridge.partitions.values())
        yield family(metrics.PARTITIONS, [((), len(partitions))])
        yield family(metrics.BACKLOG_LANE, [((), float(self._bridge.backlog.entered))])
        seen = [((one.feed.topic, str(one.feed.partition)), self._gauges(one)) for one in partitions]
        for metric in PARTITION_GAUGES:
            yield family(metric, [(labels, gauges[metric]) for labels, gauges in seen if metric in gauges])

    def _counters(self) -> Iterator[Family]:
        tally = self._bridge.tally
        counted = {
            metrics.MESSAGES_READ: tally.read,
            metrics.TASKS_ENQUEUED: tally.enqueued,
            metrics.MESSAGES_SETTLED: tally.settled,
            metrics.MESSAGES_REPAIRED: tally.repaired,
            metrics.MESSAGES_BAD: tally.bad,
            metrics.SETTLES_SENT_AGAIN: tally.settles_sent_again,
        }
        return (family(metric, [((), value)]) for metric, value in counted.items())

    def _waits(self) -> Iterator[Family]:
        awaited = self._bridge.waiting.awaited()
        found = {name: any(what.startswith(start) for what in awaited) for name, start in WAITS.items()}
        yield family(metrics.WAITING, [((name,), float(waits)) for name, waits in found.items()])

    def _gauges(self, one: Partition) -> dict[Metric, float]:
        """Return what is known of a partition: nothing of its place while the bridge hasn't heard of it."""
        ledger = one.ledger
        chunks = ledger.open_chunks() if ledger else []
        found: dict[Metric, float | None] = {
            metrics.OPEN_CHUNKS: len(chunks),
            metrics.OPEN_MESSAGES: one.open_messages,
            metrics.OPEN_BYTES: one.open_bytes,
            metrics.UNANSWERED_SECONDS: _unanswered_seconds(one, chunks, self._bridge.clock()),
            metrics.LOG_BEGIN_OFFSET: one.begin_offset,
            metrics.LOG_END_OFFSET: one.seen.end_offset,
            metrics.PLACE_OFFSET: _place(one),
            metrics.BEHIND_MESSAGES: _behind_messages(one),
            metrics.BEHIND_SECONDS: _behind_seconds(one, chunks, self._wall_clock()),
        }
        return {metric: value for metric, value in found.items() if value is not None}


def _unanswered_seconds(one: Partition, chunks: list[Chunk], now: float) -> float:
    requests = [one.place.request, *(chunk.request for chunk in chunks)]
    return max((now - request.first_sent_at for request in requests if request and request.attempts), default=0.0)


def _place(one: Partition) -> int | None:
    """Return where the database says the feed stands; the log's begin where it answered that it knows nothing."""
    if one.place.known is None and one.ledger:
        return one.begin_offset
    return one.place.known


def _behind_messages(one: Partition) -> int | None:
    place = _place(one)
    if place is None or one.seen.end_offset is None:
        return None
    read_until = one.ledger.position if one.ledger else 0  # may be past the end that was seen some seconds ago
    return max(max(one.seen.end_offset, read_until) - place, 0)


def _behind_seconds(one: Partition, chunks: list[Chunk], now: float) -> float | None:
    """Go by the oldest open message; where none was read yet, by the last one that was dealt with before it."""
    behind = _behind_messages(one)
    if not behind:
        return behind
    open_times = (message.broker_time for chunk in chunks for message in chunk.messages if message.broker_time >= 0)
    oldest = next(open_times, one.ledger.dealt_until if one.ledger else None)
    return None if oldest is None else max(now - oldest / 1000, 0.0)
