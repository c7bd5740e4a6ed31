"""One step of the bridge: read, send, hear, commit."""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bridge.backlog import Backlog
from bridge.config import Settings
from bridge.connection import KafkaAway
from bridge.envelope import Feed
from bridge.exchange import Exchange
from bridge.partition import Partition
from bridge.publisher import Publisher
from bridge.source import MAX_RECORDS, Source
from bridge.tally import Tally
from bridge.waiting import Waiting
from runtime.pulse import STOPPED

log = logging.getLogger(__name__)

LOOK_AT_END_EVERY = 3.0  # seconds
PARTITIONS = "partitions to read"


@dataclass(slots=True)
class Bridge:
    """Carries messages from Kafka to the queue, and the workers' answers back to Kafka's commits.

    `clock` gives seconds, `wall_clock` seconds since 1970.
    """

    settings: Settings
    publisher: Publisher
    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time
    source: Source | None = None
    topic_id: str = ""
    partitions: dict[int, Partition] = field(default_factory=dict)
    waiting: Waiting = field(default_factory=Waiting)
    tally: Tally = field(default_factory=Tally)
    workers: Exchange = field(init=False)
    backlog: Backlog = field(init=False)
    looked_at_end: float = float("-inf")

    def __post_init__(self) -> None:
        self.workers = Exchange(self.settings, self.publisher, self.waiting, self.tally, self.clock)
        self.backlog = Backlog(self.settings.bridge_backlog_threshold)

    @property
    def state(self) -> str:
        """What the bridge is at, in a word or a sentence."""
        stopped = self.workers.bad_share.stopped
        return f"{STOPPED}: {stopped}" if stopped else str(self.waiting) or "reading"

    def step(self) -> bool:
        """Do what there is to do; return whether anything was read."""
        read = self._with_kafka()
        self.workers.turn(self.partitions.values())
        return read

    def close(self) -> None:
        """Leave. What is open is read again by who comes next, from the place in the database."""
        if self.source:
            self._commit()
            self.source.close()
        self.publisher.close()

    # Kafka

    def _with_kafka(self) -> bool:
        kafka = f"Kafka at {self.settings.kafka_bootstrap_servers}"
        try:
            source = self.source = self.source or Source(self.settings, self._forget)
            read = self._read(source)
            # A poll of a broker that is away brings nothing and says nothing: only an answer tells that it is there.
            if self._look_at_end(source) or read:
                self.waiting.is_back(kafka, self.clock())
            self._commit()
        except KafkaAway as error:
            self.waiting.waits_for(kafka, str(error), self.clock())
            return False
        return read

    def _read(self, source: Source) -> bool:
        self._begin(source)
        source.pause(on=self._is_full())
        polled = source.poll(self._room())
        try:
            self._meet_assigned(source)
            changed = bool(polled) and self._topic_changed(source)
        except KafkaAway:
            source.rewind(polled)  # the consumer stands behind them already: unread, they would pass for a gap
            raise
        if changed:
            return False
        taken = sum(
            self._take(self.partitions[number], records)
            for number, records in polled.items()
            if number in self.partitions
        )
        self.tally.read += taken
        self._step_over_gaps(source)
        return taken > 0

    def _take(self, partition: Partition, records: list[Any]) -> int:
        messages = partition.take(records, self.clock(), alone=self.backlog.entered)
        if not self.backlog.entered:
            self.workers.outbox += map(partition.single, messages)
        return len(messages)

    def _room(self) -> int:
        """How many messages to ask for; at least one, for a poll is also what stays in the group."""
        open_messages = sum(one.open_messages for one in self.partitions.values())
        return min(max(self.settings.bridge_max_in_flight - open_messages, 1), MAX_RECORDS)

    def _is_full(self) -> bool:
        """Kafka is the buffer, Redis never is: what is open is bounded, and what Redis didn't take comes first.

        While nobody has said where to begin, nothing is read either: it would only be dropped.
        """
        partitions = self.partitions.values()
        return (
            bool(self.workers.outbox or self.workers.bad_share.stopped)
            or all(one.ledger is None for one in partitions)
            or sum(one.open_messages for one in partitions) >= self.settings.bridge_max_in_flight
            or sum(one.open_bytes for one in partitions) >= self.settings.bridge_max_in_flight_bytes
        )

    def _meet_assigned(self, source: Source) -> None:
        if not source.assigned:
            return
        found = source.topic_id()
        renewed = set(self.partitions) if found != self.topic_id else set()
        self.topic_id = found
        self._meet(source.assigned | renewed)
        log.info("reads partitions %s of %s", _listed(source.assigned), source.topic)
        source.assigned = set()

    def _meet(self, numbers: Iterable[int]) -> None:
        for number in sorted(numbers):
            feed = Feed(self.settings.kafka_topic, number, f"{self.topic_id}-{number}")
            self.partitions[number] = Partition(feed, self.settings.bridge_chunk_messages)
            self.partitions[number].seen.stopped_at = self.workers.bad_share.stopped_at

    def _begin(self, source: Source) -> None:
        """Start reading where the database says; it, not Kafka's commit, knows what is dealt with."""
        beginning = [(number, one) for number, one in self.partitions.items() if one.wants_start]
        for number, partition in beginning:
            partition.begin(source.seek(number, partition.start))
        if beginning:
            self.looked_at_end = float("-inf")  # how far behind they are decides how their first messages are sent
            self._look_at_end(source)

    def _topic_changed(self, source: Source) -> bool:
        """Fetches go by name: only the id tells that another topic of that name answers now."""
        found = source.topic_id()
        if found == self.topic_id or not self.partitions:
            return False
        log.warning("topic %s was created anew: it is read from its beginning", source.topic)
        self.topic_id = found
        self._meet(list(self.partitions))
        return True

    def _step_over_gaps(self, source: Source) -> None:
        reading = [number for number, one in self.partitions.items() if one.ledger]
        for number, position in source.positions(reading).items():
            self.partitions[number].moved(position)

    def _look_at_end(self, source: Source) -> bool:
        """Ask for the end of each log now and then; return whether the broker answered.

        A quiet feed and one that nobody reads look alike otherwise, and so do a quiet topic and one that is gone.
        """
        if self.clock() - self.looked_at_end < LOOK_AT_END_EVERY:
            return False
        if self.partitions:
            self.waiting.is_back(PARTITIONS, self.clock())
        elif self.looked_at_end > 0:  # not at the first look: joining takes a moment
            why = "the group is still joining, or other bridges have them all"
            self.waiting.waits_for(PARTITIONS, why, self.clock())
        if not self._topic_changed(source):
            asked_at = int(self.wall_clock() * 1000)  # before the answer: what came later may not be in it
            ends, begins = source.end_offsets(self.partitions), source.begin_offsets(self.partitions)
            for number, partition in self.partitions.items():
                partition.look(begins[number], ends[number], asked_at, self.clock())
            self.backlog.look(sum(partition.unread for partition in self.partitions.values()))
        self.looked_at_end = self.clock()
        return True

    def _forget(self, revoked: set[int]) -> None:
        """Drop what another bridge reads from now on, after a last word of how far it is dealt with."""
        gone = {number: self.partitions.pop(number) for number in revoked if number in self.partitions}
        confirmed = _confirmed(gone)
        if self.source and confirmed:
            self.source.commit_soon(confirmed)
        if gone:
            log.info("no longer reads partitions %s", _listed(gone))

    def _commit(self) -> None:
        """Commit what the database confirmed, so that Kafka never knows more than the database."""
        offsets = _confirmed(self.partitions)
        if not offsets or not self.source or not self.source.commit(offsets):
            return
        for number, offset in offsets.items():
            self.partitions[number].committed = offset


def _confirmed(partitions: dict[int, Partition]) -> dict[int, int]:
    return {number: one.to_commit for number, one in partitions.items() if one.to_commit is not None}


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))
