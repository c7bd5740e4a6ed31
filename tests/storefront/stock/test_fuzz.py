"""Any bytes end alike in the single task, in the settle and by the contract.

2,000 messages in `make test`, 100,000 in `make fuzz`, no two of them alike and each time others: a failure says how to
have the same ones again.
The oracle is Python's own JSON reader with the contract's JSON Schema and what the contract says in words.
"""

import json
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random, randrange
from typing import Any

import pytest
from celery import Celery
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from kombu.serialization import dumps, loads
from sqlalchemy import Engine, text

from bridge.envelope import feed_arguments, wrap
from storefront.queue import make_celery
from storefront.stock.message import BadMessage
from storefront.stock.record import Feed, Record
from storefront.stock.rules import UnknownProduct
from storefront.tasks import LoggedTask
from tests.bridge.records import FEED, FakeRecord
from tests.contracts.examples import SCHEMA
from tests.storefront.stock.mutations import messages

LOTS = 50 if settings.get_current_profile_name() == "fuzz" else 1
IN_A_LOT = 2_000  # Hypothesis keeps in memory what it has tried
FUZZ_SEED = os.environ.get("FUZZ_SEED") or randrange(1_000_000)  # noqa: S311  (nothing is kept secret by it)
TOGETHER = 20  # messages: one look at the database for all of them

MOST_LEVELS = 200
VALIDATOR = Draft202012Validator(SCHEMA)
LETTERS = 'SELECT "offset", value, key, headers, product_code, reason, state, tries FROM dead_letters ORDER BY "offset"'

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)  # what UTF-8 can carry
EXTRAS = st.fixed_dictionaries(
    {
        "key": st.none() | st.binary(max_size=10),
        "headers": st.lists(st.tuples(NAMES, st.none() | st.binary(max_size=8)), max_size=2).map(tuple),
        "timestamp": st.sampled_from([-1, 0, 1_700_000_000_000, 2**62]),
        "leader_epoch": st.sampled_from([None, 0, 3]),
    }
)
Message = tuple[bytes | None, dict[str, Any]]
SEEN: set[bytes | None] = set()


class Members(dict[str, Any]):
    """A JSON object that knows which names stood twice in it, and all values."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs]
        self.twice = {name for name in names if names.count(name) > 1}
        self.every_value = [value for _, value in pairs]


def document_of(value: bytes | None) -> Any:
    """Return what Python reads in `value`. Raises ValueError and RecursionError."""
    return json.loads(
        (value or b"").decode(),
        object_pairs_hook=Members,
        parse_int=lambda digits: int(digits) if len(digits) < 100 else -1,
        parse_float=lambda _: None,  # a count is written "in digits alone"
    )


def by_contract(value: bytes | None) -> tuple[str, int] | None:
    """Return code and count where the contract accepts `value`."""
    try:
        document = document_of(value)
        if (
            VALIDATOR.is_valid(document)
            and not document.twice & {"product_code", "inventory_count"}
            and levels(document) <= MOST_LEVELS
        ):
            document["product_code"].encode()  # no half surrogates
            return document["product_code"], document["inventory_count"]
    except (ValueError, RecursionError):
        pass
    return None


def levels(document: object) -> int:
    """Return how deep arrays and objects nest."""
    deep, inside = 0, [document]
    while inside:
        several = [one for one in inside if isinstance(one, Members | list)]
        inside = [part for one in several for part in (one.every_value if isinstance(one, Members) else one)]
        deep += bool(several)
    return deep


@dataclass(frozen=True)
class Shop:
    """What a worker has."""

    celery: Celery
    engine: Engine

    def run(self, task: str, **arguments: Any) -> Any:
        """Run a task as a worker does that got `arguments` from Redis; return its result, or what it raised."""
        content_type, encoding, payload = dumps(arguments, serializer="json")  # type: ignore[no-untyped-call]
        sent = loads(payload, content_type, encoding, accept={"application/json"})  # type: ignore[no-untyped-call]
        return self.celery.tasks[f"storefront.{task}"].apply(kwargs=sent).result

    def take_state(self) -> tuple[dict[str, tuple[int, int]], list[tuple[Any, ...]]]:
        """Return counts with their offsets and all letters; leave the tables empty."""
        with self.engine.begin() as connection:
            rows = connection.execute(text('SELECT product_code, inventory, "offset" FROM stock_levels'))
            stock = {row[0]: (row[1], row[2]) for row in rows}
            letters = [tuple(row) for row in connection.execute(text(LETTERS))]
            for table in ("stock_levels", "dead_letters", "feed_positions"):
                connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608
        return stock, letters


@pytest.fixture
def shop(app: Flask, engine: Engine, with_product: None) -> Iterator[Shop]:
    assert with_product is None
    logging.disable()  # pytest would keep a line for each message
    yield Shop(make_celery(app, LoggedTask), engine)
    logging.disable(logging.NOTSET)


def new_messages(number: int, chance: Random) -> list[Message]:
    """Return so many messages, none of which was there before.

    Each is an example of its own: of a list of twenty, Hypothesis makes most alike.
    """
    found: list[Message] = []

    @settings(
        max_examples=number,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
        derandomize=False,
        database=None,
    )
    @given(st.tuples(messages(), EXTRAS))
    def keep(message: Message) -> None:
        if message[0] not in SEEN:
            SEEN.add(message[0])
            found.append(message)

    while len(found) < number:
        seed(chance.getrandbits(64))(keep)()
    return found[:number]


@pytest.mark.parametrize("lot", range(LOTS))
def test_any_messages_end_alike_everywhere(shop: Shop, lot: int) -> None:
    print(f"FUZZ_SEED={FUZZ_SEED} brings the same messages again")  # noqa: T201  (shown where the test fails)
    chance = Random(f"{FUZZ_SEED} {lot}")  # noqa: S311
    lot_of_messages = new_messages(IN_A_LOT, chance)
    for first in range(0, IN_A_LOT, TOGETHER):
        assert_end_alike(shop, lot_of_messages[first : first + TOGETHER], chance)


def assert_end_alike(shop: Shop, batch: Sequence[Message], chance: Random) -> None:
    read = [FakeRecord(offset, value, **extras) for offset, (value, extras) in enumerate(batch)]
    feed, envelopes = feed_arguments(FEED), [wrap(record).envelope for record in read]
    assert_nothing_lost(read, envelopes)

    settled = shop.run("settle_updates", feed=feed, records=envelopes, careful=chance.random() < 0.1)
    assert isinstance(settled, dict), settled
    after_settle = shop.take_state()

    results = {}
    for offset in chance.sample(range(TOGETHER), TOGETHER):
        results[offset] = shop.run("update_inventory", feed=feed, record=envelopes[offset])
    assert shop.take_state() == after_settle

    expected = [by_contract(record.value) for record in read]
    assert_as_expected(read, expected, after_settle)
    assert settled["bad"] == len(settled["first"]) == expected.count(None)
    for offset, update in enumerate(expected):
        assert_said(results[offset], update)


def assert_nothing_lost(read: Sequence[FakeRecord], envelopes: list[dict[str, Any]]) -> None:
    for record, envelope in zip(read, envelopes, strict=True):
        arrived = Record.from_task(Feed("stock", 1, "topic-id-1"), json.loads(json.dumps(envelope)))
        assert (arrived.value, arrived.key) == (record.value, record.key)
        assert Record.from_task(arrived.feed, json.loads(json.dumps(arrived.to_task()))) == arrived


def assert_as_expected(
    read: Sequence[FakeRecord],
    expected: list[tuple[str, int] | None],
    state: tuple[dict[str, tuple[int, int]], list[tuple[Any, ...]]],
) -> None:
    stock, letters = state
    epochs = [-1 if record.leader_epoch is None else record.leader_epoch for record in read]
    newest: dict[str, tuple[int, int, int]] = {}
    for offset, update in enumerate(expected):
        if update:
            code, count = update
            newest[code] = max(newest.get(code, (-2, -1, 0)), (epochs[offset], offset, count))
    assert stock == {code: (count, offset) for code, (_, offset, count) in newest.items()}
    assert [letter[0] for letter in letters] == [offset for offset, update in enumerate(expected) if not update]
    for offset, value, key, headers, code, reason, *rest in letters:
        assert (value, key, len(headers)) == (read[offset].value, read[offset].key, len(read[offset].headers))
        assert rest == ["open", 1]
        assert_plain(reason)
        assert code is None or code == document_of(value)["product_code"]


def assert_said(result: object, update: tuple[str, int] | None) -> None:
    if update is None:
        assert type(result) is BadMessage
        assert_plain(str(result))
    elif update[0] == "ABCD1234":
        count = f"ABCD1234 → {update[1]}"
        assert result in {f"applied: {count}", f"stale: {count}, this or a newer count is there"}
    else:
        assert type(result) is UnknownProduct
        assert_plain(str(result))


def assert_plain(sentence: str) -> None:
    assert sentence.isprintable()
    assert 10 < len(sentence) < 350
