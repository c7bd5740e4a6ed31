"""The consumer: what kafka-python needs to be told, and what it does not do by itself."""

import logging
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import CommitFailedError, KafkaError
from kafka.structs import OffsetAndMetadata

from bridge.config import Settings
from bridge.connection import KafkaAway, away, connect
from bridge.envelope import Unreadable
from bridge.topic import NO_TOPIC, find_topic
from bridge.unreadable import Place, place_of
from runtime.text import shortened

log = logging.getLogger(__name__)

POLL_MS = 20  # never 0: the offsets of newly assigned partitions are then never fetched
CALL_MS = 2_000
MAX_RECORDS = 2_000  # so many share one look at the topic's id, at the queue and at the answers


class Source:
    """One member of the consumer group on the topic. Not thread-safe.

    `assigned` collects the partitions that this member got and nobody has begun to read yet.
    """

    def __init__(self, settings: Settings, on_revoked: Callable[[set[int]], None]) -> None:
        """Connect. Raises KafkaAway with the reason where that can't be done."""
        self.topic = settings.kafka_topic
        self.assigned: set[int] = set()
        self._settings = settings
        self._admin = connect(KafkaAdminClient, settings, request_timeout_ms=CALL_MS)
        try:
            self._consumer = connect(KafkaConsumer, settings, **_membership(settings))
        except BaseException:
            self._admin.close()
            raise
        self._consumer.subscribe([self.topic], listener=_Listener(self, on_revoked))

    def topic_id(self) -> str:
        """Return the id of the topic as it is now, or its name where the broker gives none. Raises KafkaAway."""
        found = find_topic(self._admin, self._settings)
        if found is None:
            raise KafkaAway(NO_TOPIC.format(self.topic))
        return found.id or self.topic

    def poll(self, most: int = MAX_RECORDS) -> dict[int, list[Any]]:
        """Return the next records by partition, so many at `most`. Polling also joins the group and stays in it.

        A record that can't be read comes as Unreadable, alone. Raises KafkaAway, and CodecMissing.
        """
        with away(self._settings):
            try:
                polled = self._consumer.poll(timeout_ms=POLL_MS, max_records=most)
            except Exception as error:
                unreadable = place_of(error)
                if unreadable:
                    return {unreadable.partition: [self._step_over(unreadable, error)]}
                if isinstance(error, struct.error):  # seen where two join at once on the demo's broker: no assignment
                    self._consumer._coordinator.request_rejoin()  # noqa: SLF001  (see below)
                    raise KafkaAway(f"its group's assignment can't be read: {error}") from error
                raise
        self._join_again_if_stuck()
        return {place.partition: records for place, records in polled.items()}

    def _step_over(self, place: Place, error: Exception) -> Unreadable:
        self._consumer.seek(TopicPartition(self.topic, place.partition), place.offset + 1)
        log.warning("partition %d, offset %d can't be read: %s", *place, error)
        return Unreadable(*place, shortened(f"{type(error).__name__}: {error}", 200))

    def _join_again_if_stuck(self) -> None:
        """Mend a race in kafka-python 3.0.12: of two short polls during a join each may leave the rest to the other.

        The member then stays in "rebalancing" for ever, without heartbeats: seen once in five starts.
        """
        coordinator = self._consumer._coordinator  # noqa: SLF001  (nothing public tells)
        if coordinator.rebalance_in_progress() and not coordinator.need_rejoin():
            log.debug("joins the group again")
            coordinator.request_rejoin()

    def rewind(self, polled: dict[int, list[Any]]) -> None:
        """Give back what was polled: it comes again."""
        for partition, records in polled.items():
            self._consumer.seek(TopicPartition(self.topic, partition), records[0].offset)

    def seek(self, partition: int, offset: int | None) -> int:
        """Go on reading at `offset`, None for the log's start; return that offset. Raises KafkaAway."""
        place = TopicPartition(self.topic, partition)
        with away(self._settings):
            first = self._consumer.beginning_offsets([place], timeout_ms=CALL_MS)[place]
        start = first if offset is None else max(offset, first)
        self._consumer.seek(place, start)
        return int(start)

    def positions(self, partitions: Iterable[int]) -> dict[int, int]:
        """Return where each partition is read next, past gaps and control records."""
        found = {}
        for partition in partitions:
            with suppress(KafkaError):
                found[partition] = self._consumer.position(TopicPartition(self.topic, partition), timeout_ms=CALL_MS)
        return {partition: int(offset) for partition, offset in found.items() if offset is not None}

    def begin_offsets(self, partitions: Iterable[int]) -> dict[int, int]:
        """Return the first offset that each partition's log still has, asked now. Raises KafkaAway."""
        places = [TopicPartition(self.topic, partition) for partition in partitions]
        with away(self._settings):
            begins = self._consumer.beginning_offsets(places, timeout_ms=CALL_MS) if places else {}
        return {place.partition: int(begin) for place, begin in begins.items()}

    def end_offsets(self, partitions: Iterable[int]) -> dict[int, int]:
        """Return the end of the log of each partition, asked now. Raises KafkaAway."""
        places = [TopicPartition(self.topic, partition) for partition in partitions]
        with away(self._settings):
            ends = self._consumer.end_offsets(places, timeout_ms=CALL_MS) if places else {}
        return {place.partition: int(end) for place, end in ends.items()}

    def pause(self, *, on: bool) -> None:
        """Pause or resume all partitions; pausing one alone can stall it for good in kafka-python."""
        assignment = self._consumer.assignment()
        if on:
            self._consumer.pause(*assignment)
        else:
            self._consumer.resume(*(assignment & self._consumer.paused()))

    def commit(self, offsets: dict[int, int]) -> bool:
        """Tell the group's tools how far the shop is; return whether Kafka took it."""
        try:
            self._consumer.commit(self._commits(offsets), timeout_ms=CALL_MS)
        except CommitFailedError:
            return False  # no longer in the group: the next poll joins again
        except KafkaError as error:
            log.debug("commit later: %s", error)
            return False
        return True

    def commit_soon(self, offsets: dict[int, int]) -> None:
        """Commit without waiting: the only way that works while partitions are being revoked."""
        if offsets:
            self._consumer.commit_async(self._commits(offsets))

    def close(self) -> None:
        """Leave the group."""
        self._consumer.close(autocommit=False, timeout_ms=1_000)
        self._admin.close()

    def _commits(self, offsets: dict[int, int]) -> dict[TopicPartition, OffsetAndMetadata]:
        return {
            TopicPartition(self.topic, partition): OffsetAndMetadata(offset, "", -1)
            for partition, offset in offsets.items()
        }


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python carries no types
    def __init__(self, source: Source, on_revoked: Callable[[set[int]], None]) -> None:
        self._source = source
        self._on_revoked = on_revoked

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self._source.assigned |= {place.partition for place in assigned}

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        partitions = {place.partition for place in revoked}
        self._source.assigned -= partitions
        self._on_revoked(partitions)


def _membership(settings: Settings) -> dict[str, Any]:
    return {
        "group_id": settings.kafka_group_id,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "allow_auto_create_topics": False,
        "isolation_level": "read_committed",
        "partition_assignment_strategy": [CooperativeStickyAssignor],  # no gap when a bridge comes or goes
        "metadata_max_age_ms": 5_000,  # new partitions are seen soon
        "request_timeout_ms": 10_000,
        "session_timeout_ms": 10_000,
        # A step takes seconds at most; who takes longer hangs, and another shall read on.
        "max_poll_interval_ms": 20_000,
    }
