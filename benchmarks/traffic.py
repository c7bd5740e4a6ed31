"""The messages of all cases, and what a fold over them leaves.

A message's count is its number within its partition, from 1 on: the highest count of a partition's products tells how
far it has come, whoever applies it. A partition's products take turns. So no product is counted twice within a
thousand messages, and baselines that don't keep a product's order end on the right row, too.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import cycle, islice

from confluent_kafka import Producer

from chaos.topic import Topic
from chaos.traffic import BAD_VALUES

PARTITIONS = 4
PRODUCTS_EACH = 250  # of each partition: a thousand in all

FLUSH_SECONDS = 60
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Message:
    """A message and the partition it goes to."""

    partition: int
    key: bytes
    value: bytes


def code(partition: int, number: int) -> str:
    """Return the code of a partition's product; `number` from 0 on."""
    return f"P{partition}-{number:04}"


def codes() -> list[str]:
    """Return the codes of all products."""
    return [code(partition, number) for partition in range(PARTITIONS) for number in range(PRODUCTS_EACH)]


def messages(total: int) -> Iterator[Message]:
    """Give `total` messages, a multiple of PARTITIONS, the partitions in turn."""
    for place in range(total // PARTITIONS):
        for partition in range(PARTITIONS):
            yield counted(code(partition, place % PRODUCTS_EACH), place + 1, partition)


def counted(product_code: str, count: int, partition: int) -> Message:
    """Return the message that `count` are left."""
    value = json.dumps({"product_code": product_code, "inventory_count": count})
    return Message(partition, product_code.encode(), value.encode())


def with_a_field_more(plain: Iterable[Message]) -> Iterator[Message]:
    """Give `plain` with a field that the shop doesn't know: as good, and read in another way."""
    for message in plain:
        value = {**json.loads(message.value), "warehouse": "north"}
        yield replace(message, value=json.dumps(value).encode())


def with_bad(good: Iterable[Message], share: float) -> Iterator[Message]:
    """Give `good`, and behind a message so many that nobody can apply that they are this share of all."""
    bad = cycle(value for value in BAD_VALUES if value is not None)
    each, owed = share / (1 - share), dict.fromkeys(range(PARTITIONS), 0.0)
    for message in good:
        yield message
        owed[message.partition] += each
        while owed[message.partition] >= 1 - _ROUNDING:
            owed[message.partition] -= 1
            yield Message(message.partition, message.key, next(bad))


@cache
def fold(total: int) -> dict[str, int]:
    """Return by product code what `total` messages leave; 0 where none is about a product."""
    counts = dict.fromkeys(codes(), 0)
    for place in range(total // PARTITIONS):
        for partition in range(PARTITIONS):
            counts[code(partition, place % PRODUCTS_EACH)] = place + 1
    return counts


def producer(topic: Topic, linger_ms: int) -> Producer:
    """Return a producer that keeps the order of messages, whatever it has to send again: librdkafka's own doesn't.

    The counts say how far a partition is; on a busy machine a batch that came late would end on the wrong ones.
    """
    settings = {"bootstrap.servers": topic.bootstrap_servers, "linger.ms": linger_ms, "enable.idempotence": True}
    return Producer(settings)


def write(topic: Topic, stream: Iterable[Message]) -> None:
    """Write all of `stream` to `topic` and wait until the broker has it. Raises RuntimeError where it doesn't take it.

    librdkafka does it ten times as fast as the client that the shop uses: a million messages take seconds.
    """
    send(producer(topic, linger_ms=5), topic, stream)


def send(writer: Producer, topic: Topic, stream: Iterable[Message]) -> None:
    """Do so with a producer that is there. Raises RuntimeError."""
    remaining = iter(stream)
    while batch := list(islice(remaining, 50_000)):  # less than its queue holds
        for message in batch:
            writer.produce(topic.name, message.value, message.key, message.partition)
            writer.poll(0)
        if writer.flush(FLUSH_SECONDS):
            raise RuntimeError(f"Kafka did not take the messages of {topic.name} within {FLUSH_SECONDS} s")
