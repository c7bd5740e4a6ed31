"""Each way in which shop and log can differ is found, and said with what was expected."""

import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.structs import OffsetAndMetadata

from chaos.database import Database
from chaos.fold import Fold
from chaos.topic import Topic
from chaos.verdict import SHOWN, differences, lags
from devservices import Postgres, Service
from tests.chaos.records import bad_record, record

INSERT_LETTER = """
INSERT INTO dead_letters (topic, partition, source, leader_epoch, "offset", broker_time, task_id, value, reason, state)
VALUES ('t', 0, 't-0', 0, {offset}, 0, 'task', convert_to('{value}', 'UTF8'), 'it is bad', '{state}')
"""
INSERT_PLACE = "INSERT INTO feed_positions (source, topic, partition, next_offset) VALUES ('{source}', 't', 0, 2)"


@pytest.fixture
def database(postgres: Postgres, database_url: str) -> Database:
    assert database_url.endswith("/shop")
    return Database(postgres, "shop")


@pytest.fixture
def fold() -> Fold:
    fold = Fold()
    fold.add("t-0", record("JANW7810", 23, offset=4, epoch=1, time=100))
    fold.add("t-0", bad_record(b"not JSON", offset=5))
    return fold


@pytest.fixture
def faithful(database: Database, fold: Fold) -> Database:
    """A shop that shows what the log says."""
    assert fold.messages == 2
    database.execute("INSERT INTO stock_levels VALUES ('JANW7810', 23, 't-0', 1, 4, 100)")
    database.execute(INSERT_LETTER.format(offset=5, value="not JSON", state="open"))
    return database


def test_a_shop_that_shows_what_the_log_says_differs_in_nothing(fold: Fold, faithful: Database) -> None:
    assert differences(fold, faithful) == []


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (
            "UPDATE stock_levels SET inventory = 22",
            "product JANW7810: expected 23 of t-0, offset 4, leader epoch 1, broker time 100; found 22 of t-0",
        ),
        ('UPDATE stock_levels SET "offset" = 3', "; found 23 of t-0, offset 3, leader epoch 1"),
        ("UPDATE stock_levels SET broker_time = 99", "; found 23 of t-0, offset 4, leader epoch 1, broker time 99"),
        ("DELETE FROM stock_levels", "broker time 100; found none"),
        ("INSERT INTO stock_levels VALUES ('NOBODY00', 1)", "product NOBODY00: expected none; found 1 of None"),
        (
            "DELETE FROM dead_letters",
            "dead letter of t-0, offset 5, leader epoch 0: expected one with the bytes b'not JSON'; found none",
        ),
        ("UPDATE dead_letters SET state = 'trying'", "found none (trying: it is bad)"),
        ("UPDATE dead_letters SET value = 'other'", "found one with the bytes b'other'"),
        (
            INSERT_LETTER.format(offset=4, value="fine", state="open"),
            "dead letter of t-0, offset 4, leader epoch 0: expected none; found one with the bytes b'fine' (open",
        ),
    ],
)
def test_each_difference_is_one_sentence(fold: Fold, faithful: Database, harm: str, sentence: str) -> None:
    faithful.execute(harm)
    [said] = differences(fold, faithful)
    assert sentence in said


def test_of_many_differences_some_are_shown_and_all_counted(database: Database) -> None:
    fold = Fold()
    for number in range(100):
        fold.add("t-0", record(f"LOST{number:04}", number, offset=number))
    said = differences(fold, database)
    assert len(said) == SHOWN + 1
    assert said[-1] == "… 100 products are wrong in all"


@pytest.fixture
def written(kafka: Service) -> Iterator[Topic]:
    """A topic of one partition with three messages."""
    topic = Topic(kafka.url, f"written-{uuid.uuid4().hex[:8]}")
    topic.create(1)
    with closing(KafkaProducer(bootstrap_servers=kafka.url)) as producer:
        for value in (b"one", b"two", b"three"):
            producer.send(topic.name, value, partition=0).get(10)
    yield topic
    topic.delete()


def commit(topic: Topic, group: str, offset: int) -> None:
    with closing(KafkaConsumer(bootstrap_servers=topic.bootstrap_servers, group_id=group)) as consumer:
        place = TopicPartition(topic.name, 0)
        consumer.assign([place])
        consumer.commit({place: OffsetAndMetadata(offset, "", -1)}, timeout_ms=10_000)


def test_a_place_and_a_commit_before_the_end_of_the_log_are_lags(written: Topic, database: Database) -> None:
    source = written.sources()[0]
    database.execute(INSERT_PLACE.format(source=source))
    commit(written, "group", 1)
    assert lags(written, database, "group") == [
        "partition 0: the log ends at 3; feed_positions says 2",
        "partition 0: the log ends at 3; the group has committed 1",
    ]
    database.execute("UPDATE feed_positions SET next_offset = 3")
    commit(written, "group", 3)
    assert lags(written, database, "group") == []


def test_a_topic_that_nobody_has_read_lags(written: Topic, database: Database) -> None:
    assert lags(written, database, "nobody") == [
        "partition 0: the log ends at 3; feed_positions says None",
        "partition 0: the log ends at 3; the group has committed None",
    ]


def test_the_log_is_read_to_its_end_around_what_nobody_can_read(written: Topic) -> None:
    source = written.sources()[0]
    assert [(of, one.value) for of, one in written.read()] == [(source, b"one"), (source, b"two"), (source, b"three")]
    assert [one.offset for _, one in written.read(without={0: range(1, 2)})] == [0, 2]
    assert [one.offset for _, one in written.read(without={0: range(2, 3)})] == [0, 1]
