"""Stock that sells down by small steps and is restocked, for the products that the shop has."""

import json
import os
import random
import time
from contextlib import suppress

import psycopg

from demo.inventory.sender import Message, NotSent

OURS_SECONDS = 5  # so long what we sent is newer than what the shop may already show

STOCKED = """
SELECT products.code, stock_levels.inventory
FROM products LEFT JOIN stock_levels ON stock_levels.product_code = products.code
"""


class Shelves:
    """The counts of all products. Raises NotSent where the shop's database can't be asked."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self._sent: dict[str, float] = {}
        self._asked = -float("inf")
        if not os.environ.get("DATABASE_URL"):
            raise NotSent("DATABASE_URL is not set; the stand-in moves the stock of the products it finds there.")
        try:
            self._ask_the_shop()
        except psycopg.OperationalError:
            raise NotSent("The database at DATABASE_URL doesn't answer, so the shop's products aren't known.") from None
        if not self.counts:
            raise NotSent("The shop has no products; `flask --app wsgi seed` makes some.")

    def next(self, bad_share: float = 0) -> Message:
        """Return the next count of some product, or, for `bad_share` of them, a message that the shop must refuse."""
        if time.monotonic() - self._asked > OURS_SECONDS:
            with suppress(psycopg.OperationalError):  # sell on without the shop
                self._ask_the_shop()
        code = random.choice(list(self.counts))
        if random.random() < bad_share:
            return random.choice(bad_messages(code))
        self.counts[code] = _after_a_while(self.counts[code])
        self._sent[code] = time.monotonic()
        return counted(code, self.counts[code])

    def _ask_the_shop(self) -> None:
        """Take up what somebody else published, too, and products that are new."""
        with psycopg.connect(_database_url(), connect_timeout=2) as connection:
            rows = connection.execute(STOCKED).fetchall()
        self._asked = time.monotonic()
        for code, count in rows:
            if self._asked - self._sent.get(code, -OURS_SECONDS) >= OURS_SECONDS:
                self.counts[code] = random.randint(20, 50) if count is None else count


def counted(code: str, count: int) -> Message:
    """Return the message that says `code` now has `count` left."""
    return Message(code.encode(), json.dumps({"product_code": code, "inventory_count": count}).encode())


def bad_messages(code: str) -> list[Message]:
    """Return the kinds of messages that no shop can apply."""
    key = code.encode()
    return [
        counted(code, -1),
        counted("GONE0000", 3),
        Message(key, b"hello"),
        Message(key, b'{"greeting": "hello"}'),
    ]


def _after_a_while(count: int) -> int:
    if count == 0:
        return random.choice([0, 0, random.randint(20, 50)])
    return max(0, count - random.randint(1, 3))


def _database_url() -> str:
    return os.environ["DATABASE_URL"].replace("postgresql+psycopg:", "postgresql:", 1)
