"""The topic and its creation, on whichever broker the tests run on."""

from contextlib import closing

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from bridge.config import Settings
from bridge.connection import KafkaAway, connect
from bridge.topic import create_topic, find_topic
from devservices import ApacheKafka, Service

LOG_APPEND_TIME = 1


def settings(kafka: Service, topic: str) -> Settings:
    return Settings(kafka_bootstrap_servers=kafka.url, kafka_topic=topic)


def test_a_new_topic_has_its_partitions_each_with_a_leader(kafka: Service, topic: str) -> None:
    wanted = settings(kafka, f"{topic}-wide")
    assert create_topic(wanted, partitions=5) is True
    with closing(connect(KafkaAdminClient, wanted)) as admin:
        found = find_topic(admin, wanted)
    assert found
    assert list(found.partitions) == [0, 1, 2, 3, 4]
    assert not found.leaderless
    assert (found.id is not None) is isinstance(kafka, ApacheKafka)


def test_a_new_topic_has_the_brokers_clock(kafka: Service, topic: str) -> None:
    with closing(KafkaProducer(bootstrap_servers=kafka.url)) as producer:
        producer.send(topic, b"x", timestamp_ms=5).get(5)
    options = {"auto_offset_reset": "earliest", "consumer_timeout_ms": 5_000}
    with closing(KafkaConsumer(topic, bootstrap_servers=kafka.url, **options)) as consumer:
        message = next(consumer)
    assert message.timestamp_type == LOG_APPEND_TIME
    assert message.timestamp > 5


def test_a_topic_that_is_there_is_left_as_it_is(kafka: Service, topic: str) -> None:
    assert create_topic(settings(kafka, topic), partitions=5) is False
    with closing(connect(KafkaAdminClient, settings(kafka, topic))) as admin:
        found = find_topic(admin, settings(kafka, topic))
    assert found
    assert list(found.partitions) == [0, 1, 2]


def test_a_topic_that_is_not_there_is_not_found_nor_made(kafka: Service, topic: str) -> None:
    other = settings(kafka, f"{topic}-other")
    with closing(connect(KafkaAdminClient, other)) as admin:
        assert find_topic(admin, other) is None
        assert find_topic(admin, other) is None


def test_a_topic_that_the_brokers_refuse_is_told_with_their_reason(kafka: Service, topic: str) -> None:
    if not isinstance(kafka, ApacheKafka):
        pytest.skip("the small broker takes any replication factor")
    with pytest.raises(KafkaAway, match=r"only 1 broker\(s\) are registered"):
        create_topic(settings(kafka, f"{topic}-copied"), replication_factor=3)
