"""The stand-in, against a real broker: what it says it sent is what is there."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
from kafka import KafkaConsumer

from devservices.processes import free_port

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.usefixtures("bridge_environment")


@pytest.fixture
def reader(bridge_environment: dict[str, str]) -> Iterator[KafkaConsumer]:
    topic, servers = bridge_environment["KAFKA_TOPIC"], bridge_environment["KAFKA_BOOTSTRAP_SERVERS"]
    options = {"auto_offset_reset": "earliest", "consumer_timeout_ms": 700}
    with closing(KafkaConsumer(topic, bootstrap_servers=servers, **options)) as consumer:
        yield consumer


@pytest.fixture
def products(database_url: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO products (name, code, price) VALUES ('Tea', 'TEAS0001', 5), ('Cup', 'CUPS0001', 7)"
        )
        connection.execute("INSERT INTO stock_levels (product_code, inventory) VALUES ('TEAS0001', 30)")
    return {"TEAS0001", "CUPS0001"}


def test_publish_says_what_it_sent_and_where_it_landed(reader: KafkaConsumer) -> None:
    said = _stand_in("publish", "ABCD1234", "23").stdout
    (message,) = reader
    assert (message.key, message.value) == (b"ABCD1234", b'{"product_code": "ABCD1234", "inventory_count": 23}')
    assert said.strip().endswith(f"· partition {message.partition} · offset {message.offset}")
    assert said.startswith("sent ABCD1234 → {")


@pytest.mark.parametrize(
    ("count", "sent"), [("-1", "-1"), ("many", '"many"'), ("3.0", '"3.0"'), ("007", '"007"'), ("9" * 30, "9" * 30)]
)
def test_a_bad_count_is_sent_as_it_is(reader: KafkaConsumer, count: str, sent: str) -> None:
    _stand_in("publish", "ABCD1234", count)
    assert [message.value.decode() for message in reader] == [
        f'{{"product_code": "ABCD1234", "inventory_count": {sent}}}'
    ]


def test_raw_bytes_are_sent_as_given_without_a_key(reader: KafkaConsumer) -> None:
    _stand_in("publish", "--raw", b"\xff not JSON")
    (message,) = reader
    assert (message.key, message.value) == (None, b"\xff not JSON")


def test_raw_bytes_can_have_a_key(reader: KafkaConsumer) -> None:
    _stand_in("publish", "--raw", '{"greeting": "hello"}', "--key", "ABCD1234")
    assert [message.key for message in reader] == [b"ABCD1234"]


def test_simulate_moves_the_stock_of_products_that_exist(reader: KafkaConsumer, products: set[str]) -> None:
    said = _stand_in("simulate", "--rate", "200", "--count", "40").stdout
    messages = list(reader)
    counts = [json.loads(message.value) for message in messages]
    assert len(messages) == len(said.splitlines()) == 40
    assert {count["product_code"] for count in counts} == products
    assert all(0 <= count["inventory_count"] <= 50 for count in counts)
    assert [message.key.decode() for message in messages] == [count["product_code"] for count in counts]
    assert all(re.search(r"inventory INFO .* · partition \d · offset \d+$", line) for line in said.splitlines())


def test_stock_sells_down_from_where_the_shop_says_it_is(reader: KafkaConsumer, products: set[str]) -> None:
    assert products
    _stand_in("simulate", "--rate", "100", "--count", "20")
    tea = [json.loads(message.value)["inventory_count"] for message in reader if message.key == b"TEAS0001"]
    assert 27 <= tea[0] <= 29
    assert all(1 <= before - after <= 3 for before, after in pairwise(tea) if before > after)


def test_a_bad_share_mixes_in_what_no_shop_can_apply(reader: KafkaConsumer, products: set[str]) -> None:
    assert products
    _stand_in("simulate", "--rate", "500", "--count", "60", "--bad-share", "1")
    values = {re.sub(rb"TEAS|CUPS", b"CODE", message.value) for message in reader}
    assert values == {
        b'{"product_code": "CODE0001", "inventory_count": -1}',
        b'{"product_code": "GONE0000", "inventory_count": 3}',
        b"hello",
        b'{"greeting": "hello"}',
    }


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["publish", "ABCD1234"], "Error: Give either CODE and COUNT, or --raw TEXT."),
        (["simulate", "--rate", "fast"], "Error: --rate is 'fast'; expected a number above 0 to 10000."),
        (["simulate", "--rate", "0"], "Error: --rate is '0'; expected a number above 0 to 10000."),
        (["simulate", "--rate", "1", "--bad-share", "2"], "Error: --bad-share is '2'; expected a number from 0 to 1."),
    ],
)
def test_a_bad_argument_is_one_sentence(arguments: list[str], sentence: str) -> None:
    assert _refusal(*arguments) == sentence


def test_without_a_broker_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    server = f"localhost:{free_port()}"
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", server)
    assert _refusal("publish", "ABCD1234", "3") == f"Error: No Kafka broker answers at {server}."


def test_a_shop_without_products_is_one_sentence(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    assert _refusal("simulate", "--rate", "1") == "Error: The shop has no products; `flask --app wsgi seed` makes some."


def _stand_in(*arguments: str | bytes) -> subprocess.CompletedProcess[str]:
    done = _run(*arguments)
    assert done.returncode == 0, done.stderr
    return done


def _refusal(*arguments: str) -> str:
    done = _run(*arguments)
    assert done.returncode == 1
    return done.stderr.strip()


def _run(*arguments: str | bytes) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "demo.inventory", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=30, check=False)
