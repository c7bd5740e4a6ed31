"""What the stream sent stands in the log; a burst and the steady stream don't get in each other's way."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from kafka import KafkaConsumer, TopicPartition

from chaos.stream import Stream
from chaos.topic import Topic
from chaos.traffic import usual
from devservices import Service
from tests.end_to_end.conftest import eventually

pytestmark = pytest.mark.kafka


@pytest.fixture
def stream(kafka: Service, topic: str) -> Iterator[Stream]:
    stream = Stream(Topic(kafka.url, topic), usual(), per_second=500)
    yield stream
    stream.stop()


def written(topic: Topic) -> int:
    with closing(KafkaConsumer(bootstrap_servers=topic.bootstrap_servers)) as consumer:
        places = [TopicPartition(topic.name, number) for number in consumer.partitions_for_topic(topic.name)]
        return sum(consumer.end_offsets(places).values())


def test_a_steady_stream_goes_on_after_a_burst_and_all_of_both_is_in_the_log(stream: Stream) -> None:
    stream.start()
    eventually(lambda: stream.sent > 50)
    for _ in range(3):
        stream.burst(2_000)
    before = stream.sent
    assert before > 6_050
    eventually(lambda: stream.sent > before + 50)
    stream.stop()
    assert written(stream.topic) == stream.sent


def test_a_burst_wakes_no_stream_that_rests(stream: Stream) -> None:
    stream.burst(100)
    assert stream.sent == 100
    stream.stop()
    assert written(stream.topic) == 100
