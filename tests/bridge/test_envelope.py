import json
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.envelope import wrap
from storefront.stock.record import Feed, Record
from tests.bridge.records import FakeRecord

anything = st.none() | st.binary(max_size=200)


@given(value=anything, key=anything, headers=st.lists(st.tuples(st.text(max_size=10), anything), max_size=3))
def test_every_byte_reaches_the_worker(
    value: bytes | None, key: bytes | None, headers: list[tuple[str, bytes | None]]
) -> None:
    sent = json.loads(json.dumps(wrap(FakeRecord(7, value=value, key=key, headers=tuple(headers))).envelope))
    received = Record.from_task(Feed("stock", 1, "topic-id-1"), sent)
    assert (received.value, received.key, received.offset) == (value, key, 7)
    assert [(name, None if data is None else b64decode(data)) for name, data in received.headers] == headers


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b'{"product_code": "ABCD1234", "inventory_count": 23}', "ABCD1234 → 23"),
        (b'{"product_code": "ABCD1234", "inventory_count": "many"}', 'ABCD1234 → "many"'),
        (b"not JSON\n\x00", r"not JSON\n\x00"),
        (b'{"greeting": "hello"}', '{"greeting": "hello"}'),
        (b"\xff\xfe", r"\xff\xfe"),
        (b"[" * 400, "[" * 59 + "…"),
        (b"x" * 5_000_000, "x" * 59 + "…"),
        (b'{"product_code": "A", "inventory_count": ' + b"9" * 5000 + b"}", None),
        (b"", ""),
        (None, "no value"),
    ],
)
def test_flower_shows_what_a_person_recognises(value: bytes | None, shown: str | None) -> None:
    message = wrap(FakeRecord(4711, value=value))
    assert message.shown.endswith(" · partition 1 · offset 4711")
    assert shown is None or message.shown == f"{shown} · partition 1 · offset 4711"
    assert len(message.shown) < 120


def test_a_message_weighs_at_least_its_bytes() -> None:
    assert wrap(FakeRecord(0, value=b"x" * 1000)).size >= 1000


def test_a_broker_without_leader_epochs_is_understood() -> None:
    assert wrap(FakeRecord(0, leader_epoch=None)).envelope["leader_epoch"] == -1
