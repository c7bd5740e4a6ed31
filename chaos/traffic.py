"""What the inventory system says, without end; each count is another, so that a wrong row names its message.

Two messages in three count one of the usual products; the third counts a product that is never counted again, so that
each single loss is a missing row. One in a hundred is bad.
"""

import json
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count, islice

PRODUCTS = 200
BAD_SHARE = 0.01
ONE_HOUR_MS = 3_600_000

BAD_VALUES = (
    b"not JSON",
    b'{"greeting": "hello"}',
    b'{"product_code": "BAD00000", "inventory_count": -1}',
    b'{"product_code": "BAD00000", "inventory_count": "many"}',
    b'{"product_code": "BAD00000", "inventory_count": 1e400}',
    b'{"product_code": "BAD00000", "inventory_count": true}',
    b'{"product_code": "BAD00000"}',
    b'["BAD00000", 3]',
    b"\xff\xfe\x00",
    b"",
    None,
)


@dataclass(frozen=True, slots=True)
class Message:
    """What to send; `timestamp` in ms since 1970, None: now."""

    key: bytes | None
    value: bytes | None
    timestamp: int | None = None


Traffic = Iterator[Message]


def usual() -> Traffic:
    """Keyed by product, one in a hundred bad."""
    chance = random.Random(0)
    for number in count(1):
        if chance.random() < BAD_SHARE:
            yield Message(b"BAD00000", chance.choice(BAD_VALUES))
        elif number % 3:
            yield counted(f"SHOP{chance.randrange(PRODUCTS):04}", number)
        else:
            yield counted(f"ONCE{number:06}", number)


def counted(code: str, number: int) -> Message:
    """Return the message that `number` are left of `code`."""
    value = {"product_code": code, "inventory_count": number}
    return Message(code.encode(), json.dumps(value).encode())


def keyless() -> Traffic:
    """Without keys: a product's messages stand in several partitions."""
    return (replace(message, key=None) for message in usual() if message.value is not None)  # it needs one of both


def shuffled_and_tripled() -> Traffic:
    """Each message three times, in any order among its neighbours."""
    chance = random.Random(3)
    messages = usual()
    while True:
        neighbours = list(islice(messages, 50)) * 3
        chance.shuffle(neighbours)
        yield from neighbours


def from_the_future() -> Traffic:
    """Stamped an hour ahead by the writer's clock."""
    now = time.time_ns
    return (replace(message, timestamp=now() // 1_000_000 + ONE_HOUR_MS) for message in usual())


def all_bad(messages: Traffic) -> Traffic:
    """Give, in place of `messages`, as many that can't be applied."""
    chance = random.Random(1)
    return (Message(b"BAD00000", chance.choice(BAD_VALUES)) for _ in messages)


def with_special(messages: Traffic, codes: Iterable[str], every: int) -> Traffic:
    """Give `messages`, and among them one for each of `codes`, after each `every` messages."""
    special = iter(codes)
    for number, message in enumerate(messages, 1):
        yield message
        if number % every == 0 and (code := next(special, None)):
            yield counted(code, number)
