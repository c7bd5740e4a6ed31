"""The topic from outside: made, deleted and grown, read to its end, and how far its group has come."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

from kafka import IsolationLevel, KafkaAdminClient, KafkaConsumer, OffsetSpec, TopicPartition

CALL_MS = 10_000
MOST_RECORDS = 500
USUAL = {"message.timestamp.type": "LogAppendTime"}


class Topic:
    """One topic by its name. Its methods raise KafkaError where the broker is away."""

    def __init__(self, bootstrap_servers: str, name: str) -> None:
        self.bootstrap_servers = bootstrap_servers
        self.name = name

    def create(self, partitions: int, configuration: Mapping[str, str] | None = None, replicas: int = 1) -> None:
        """Create it and wait until it takes messages."""
        configs = {**USUAL, **(configuration or {})}
        new = {"num_partitions": partitions, "replication_factor": replicas, "configs": configs}
        with self._admin() as admin:
            admin.create_topics({self.name: new})
            admin.wait_for_topics([self.name])

    def delete(self) -> None:
        """Delete it and wait until it is gone."""
        with self._admin() as admin:
            admin.delete_topics([self.name])
            while not admin.describe_topics([self.name])[0]["error_code"]:
                pass

    def grow(self, partitions: int) -> None:
        """Give it more partitions."""
        with self._admin() as admin:
            admin.create_partitions({self.name: partitions})
            admin.wait_for_topics([self.name])

    def sources(self) -> dict[int, str]:
        """Return by partition what the shop calls it: the topic's id and the partition."""
        with self._admin() as admin:
            [described] = admin.describe_topics([self.name])
        numbers = (partition["partition_index"] for partition in described["partitions"])
        return {number: f"{described['topic_id']}-{number}" for number in numbers}

    def leaders(self) -> set[int]:
        """Return the nodes that lead its partitions."""
        with self._admin() as admin:
            [described] = admin.describe_topics([self.name])
        return {int(one["leader_id"]) for one in described["partitions"]}

    def is_in_sync(self) -> bool:
        """Whether each partition's replicas all have what its leader has."""
        with self._admin() as admin:
            [described] = admin.describe_topics([self.name])
        return all(len(one["isr_nodes"]) == len(one["replica_nodes"]) for one in described["partitions"])

    def ends(self) -> dict[int, int]:
        """Return by partition the offset that follows the last message that a careful reader may see."""
        places = {TopicPartition(self.name, number): OffsetSpec.LATEST for number in self.sources()}
        with self._admin() as admin:
            found = admin.list_partition_offsets(places, isolation_level=IsolationLevel.READ_COMMITTED)
        return {place.partition: int(end.offset) for place, end in found.items()}

    def committed(self, group: str) -> dict[int, int]:
        """Return by partition what `group` has committed."""
        with self._admin() as admin:
            found = admin.list_group_offsets({group: None})[group]
        return {place.partition: int(at.offset) for place, at in found.items() if place.topic == self.name}

    def read(self, *, without: Mapping[int, range] | None = None) -> Iterator[tuple[str, Any]]:
        """Yield (source, record) of all there is, with a consumer of its own; `without` has offsets it can't read."""
        unreadable = without or {}
        for number, source in self.sources().items():
            skipped = unreadable.get(number, range(0))
            for start, end in _around(skipped, self.ends()[number]):
                yield from ((source, record) for record in self._read(number, start, end))

    def _read(self, number: int, start: int, end: int) -> Iterator[Any]:
        place = TopicPartition(self.name, number)
        with closing(self._consumer()) as consumer:
            consumer.assign([place])
            consumer.seek(place, start)
            while (left := end - consumer.position(place, timeout_ms=CALL_MS)) > 0:
                yield from consumer.poll(timeout_ms=1_000, max_records=min(left, MOST_RECORDS)).get(place, [])

    def _consumer(self) -> KafkaConsumer:
        return KafkaConsumer(
            bootstrap_servers=self.bootstrap_servers.split(","),
            enable_auto_commit=False,
            isolation_level="read_committed",
        )

    @contextmanager
    def _admin(self) -> Iterator[KafkaAdminClient]:
        servers = self.bootstrap_servers.split(",")
        admin = KafkaAdminClient(bootstrap_servers=servers, bootstrap_timeout_ms=CALL_MS, request_timeout_ms=CALL_MS)
        with closing(admin):
            yield admin


def _around(skipped: range, end: int) -> list[tuple[int, int]]:
    return [(0, skipped.start), (skipped.stop, end)] if skipped else [(0, end)]
