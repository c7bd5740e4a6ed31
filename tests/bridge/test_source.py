"""The consumer on a real broker."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from bridge.config import Settings
from bridge.connection import KafkaAway
from bridge.source import Source
from devservices import ApacheKafka, Service


@pytest.fixture
def source(bridge_environment: dict[str, str]) -> Iterator[Source]:
    assert bridge_environment
    with closing(Source(Settings(), lambda _revoked: None)) as joined:
        until(lambda: joined.poll() or joined.assigned)
        yield joined


def until(holds: Callable[[], Any], seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def read(source: Source, count: int) -> list[Any]:
    """Poll until `count` records of partition 1 have come; a broker may give them one by one."""
    found: list[Any] = []
    while len(found) < count:
        found += until(source.poll)[1]
    return found


def write(kafka: Service, topic: str, count: int) -> None:
    with closing(KafkaProducer(bootstrap_servers=kafka.url, acks="all")) as producer:
        for number in range(count):
            producer.send(topic, value=str(number).encode(), partition=1).get(10)


def test_it_gets_all_partitions_and_reads_from_the_start(source: Source, kafka: Service, topic: str) -> None:
    assert source.assigned == {0, 1, 2}
    write(kafka, topic, 3)
    assert [record.value for record in read(source, 3)] == [b"0", b"1", b"2"]
    assert source.positions([1]) == {1: 3}
    assert source.end_offsets([0, 1]) == {0: 0, 1: 3}


def test_what_is_given_back_comes_again(source: Source, kafka: Service, topic: str) -> None:
    write(kafka, topic, 3)
    polled = until(source.poll)
    source.rewind(polled)
    again = until(source.poll)
    assert again[1][0].offset == polled[1][0].offset == 0


def test_a_paused_source_reads_nothing_and_goes_on_afterwards(source: Source, kafka: Service, topic: str) -> None:
    source.pause(on=True)
    write(kafka, topic, 3)
    assert [source.poll() for _ in range(20)] == [{}] * 20
    source.pause(on=False)
    assert [record.offset for record in read(source, 3)] == [0, 1, 2]


def test_it_seeks_to_an_offset_or_to_the_logs_start(source: Source, kafka: Service, topic: str) -> None:
    write(kafka, topic, 3)
    assert source.seek(1, 2) == 2
    assert [record.offset for record in until(source.poll)[1]] == [2]
    assert source.seek(1, None) == 0


def test_the_logs_begin_moves_with_what_is_deleted(source: Source, kafka: Service, topic: str) -> None:
    write(kafka, topic, 3)
    with closing(KafkaAdminClient(bootstrap_servers=kafka.url)) as admin:
        admin.delete_records({TopicPartition(topic, 1): 2})
    assert source.begin_offsets([0, 1]) == {0: 0, 1: 2}


def test_what_is_deleted_while_it_stands_before_it_is_a_gap_up_to_the_logs_begin(
    source: Source, kafka: Service, topic: str
) -> None:
    write(kafka, topic, 3)
    read(source, 3)  # nothing is left in the consumer's memory
    with closing(KafkaAdminClient(bootstrap_servers=kafka.url)) as admin:
        admin.delete_records({TopicPartition(topic, 1): 2})
    source._consumer.seek(TopicPartition(topic, 1), 0)  # where it stood before
    assert [record.offset for record in read(source, 1)] == [2]
    assert source.seek(1, 0) == 2


def test_a_topic_is_known_by_its_id_where_the_broker_gives_one(source: Source, kafka: Service, topic: str) -> None:
    assert (source.topic_id() == topic) is not isinstance(kafka, ApacheKafka)


def test_nobody_listening_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    with pytest.raises(KafkaAway, match="refused"):
        Source(Settings(), lambda _revoked: None)
